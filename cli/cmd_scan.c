/* cmd_scan.c - cases, reports, exit code */
#include "flags.h"
#include "history.h"

#include <stdlib.h>
#include <string.h>

struct run {
	const char *format, *output_path, *fail_on, *redact, *store;
	struct flag_list knowledge, paths;
	struct device_lists lists;
	bool help, version;
	cabscan *scanner;
	struct private private;
	struct output output;
	size_t n_reports;
	bool array;                     /* JSON of several cases */
	char *alone;                    /* JSON that may be the only one */
	struct keep keep;
	bool unreadable, fail_on_met, output_failed, store_failed;
};

int
write_out(void *user, const void *bytes, size_t len)
{
	return fwrite(bytes, 1, len, user) == len ? 0 : -1;
}

/* ---- the path ------------------------------------------------------------ */

static void
between(struct run *r)
{
	FILE *f = r->output.file;

	if (strcmp(r->format, "text") == 0 && r->n_reports > 0)
		fputs("\n----------------------------------------"
		      "--------------------------------------\n\n", f);
	else if (r->array)
		fputs(r->n_reports > 0 ? ",\n" : "[\n", f);
	r->n_reports++;
}

/* Stored before its report is written: who reads that may rely on it. */
static bool
keep_case(struct run *r, const char *source, const cabscan_case *c,
          struct row *ret)
{
	const struct row_maker maker = {
		.keep = true, .private = r->redact ? &r->private : NULL,
	};
	struct rows rows = { .at = ret, .n = 1 };

	if (!r->store)
		return true;
	*ret = row_of_case(&maker, source, c);
	if (!ret->line)
		print_problem("out of memory", NULL);
	r->store_failed = !ret->line || !keep_rows(&r->keep, &rows);
	return !r->store_failed;
}

/* Beside a report that is for people, else where people look. */
static void
tell_likes(struct run *r, const struct row *row)
{
	struct record record;
	const char *why;
	FILE *to = strcmp(r->format, "text") == 0 ? r->output.file : stderr;
	json_t *snapshot = row->snapshot ? json_loads(row->snapshot, 0, NULL) : NULL;

	if (snapshot && read_row(row->line, strlen(row->line), &record, &why)) {
		struct traits t = traits_of(&record);

		print_likes(r->keep.store, "What fixed like cases",
		            row_text(&record, "cause"), &t,
		            json_text(snapshot, "digest"), to);
		json_decref(record.o);
	}
	json_decref(snapshot);
}

static void
say_why_not(void *user, const char *why)
{
	struct run *r = user;

	print_private(r->private.redactor, CABSCAN_TEXT_FOREIGN, why, NULL);
	r->unreadable = true;
}

/* How many cases a ZIP holds is known when the second one comes. */
static bool
hold(struct run *r, char *text)
{
	if (r->array || r->n_reports > 0 || strcmp(r->format, "json") != 0)
		return false;
	r->alone = text;
	r->n_reports++;
	return true;
}

static void
release(struct run *r)
{
	if (!r->alone)
		return;
	r->array = true;
	r->n_reports = 0;
	between(r);
	fputs(r->alone, r->output.file);
	free(r->alone);
	r->alone = NULL;
}

static bool
write_case(struct run *r, const cabscan_case *c)
{
	char *text = r->redact ? private_report(&r->private, c, r->format)
	                       : report_text(c, r->format);
	bool ok;

	if (!text) {
		print_problem("out of memory", NULL);
		return false;
	}
	release(r);
	if (hold(r, text))
		return true;
	between(r);
	ok = fputs(text, r->output.file) >= 0;
	free(text);
	return ok;
}

static void
take_case(void *user, const char *source, const cabscan_case *c)
{
	struct run *r = user;
	const cabscan_verdict *v = cabscan_case_verdict(c);
	struct row row = { .line = NULL };

	if (r->output_failed || r->store_failed)
		return;
	if (r->fail_on && fail_on_applies(r->fail_on, v->cause, v->confidence))
		r->fail_on_met = true;
	if (!keep_case(r, source, c, &row)) {
		/* Said already. */
	} else if (!write_case(r, c)) {
		r->output_failed = true;
	} else if (r->store && !is_harmless(v->cause)) {
		tell_likes(r, &row);
	}
	row_free(&row);
}

static void
scan_all(struct run *r)
{
	const struct case_taker taker = { take_case, say_why_not, r };
	struct devices d;

	group_inputs(r->paths.at, r->paths.n, r->private.redactor, &d);
	r->unreadable = d.unreadable || d.out_of_memory;
	if (d.out_of_memory)
		fputs("cabscan: out of memory\n", stderr);
	r->array = strcmp(r->format, "json") == 0 &&
	           d.n + d.n_refused > 1;
	for (size_t i = 0; i < d.n && !r->output_failed && !r->store_failed; i++)
		each_case(r->scanner, &d.at[i], &taker);
	if (r->alone)
		fputs(r->alone, r->output.file);
	else if (r->array)
		fputs(r->n_reports > 0 ? "]\n" : "[]\n", r->output.file);
	free(r->alone);
	free_devices(&d);
}

static int
run(struct run *r)
{
	int code;

	r->scanner = make_scanner(r->knowledge.at, r->knowledge.n, r->fail_on);
	if (!r->scanner || !learn_lists(r->scanner, &r->lists))
		return EXIT_USAGE;
	code = r->redact ? private_open(&r->private, r->redact) : EXIT_DONE;
	if (code != EXIT_DONE)
		return code;
	if (r->store && !keep_open(&r->keep, r->store,
	                           r->redact ? &r->private : NULL))
		return EXIT_OUTPUT;
	if (!output_open(&r->output, r->output_path)) {
		r->output_failed = true;
		output_close(&r->output, false);
	} else {
		scan_all(r);
		if (!output_close(&r->output, !r->output_failed &&
		                  !r->store_failed))
			r->output_failed = true;
	}
	if (r->output_failed)
		print_problem(r->output_path ? r->output_path
		              : "standard output", "could not be written");
	return r->output_failed || r->store_failed ? EXIT_OUTPUT
	     : r->unreadable ? EXIT_UNREADABLE
	     : r->fail_on_met ? EXIT_FAIL_ON : EXIT_DONE;
}

/* ---- options ------------------------------------------------------------- */

static void
print_help(const struct flag *flags, size_t n)
{
	fputs("Usage: cabscan [OPTION]... PATH...\n"
	      "Why a Windows device failed Autopilot TPM attestation, from its\n"
	      "diagnostics CAB.\n\n"
	      "PATH is a CAB, a ZIP with CABs, a directory with CABs or with the\n"
	      "files of one, a file out of a CAB, or - for standard input.  Files\n"
	      "named after a CAB (X.tpmtool.txt beside X.cab) join its case.\n\n",
	      stdout);
	print_flags(stdout, flags, n);
	print_statuses(stdout, true);
	print_commands(stdout);
}

static bool
known_format(const char *name)
{
	const char *f;

	for (size_t i = 0; (f = cabscan_report_format(i)) != NULL; i++)
		if (strcmp(f, name) == 0)
			return true;
	return wrong_usage("", "no such format", name);
}

static int
parse_and_run(struct run *r, int argc, char **argv)
{
	const struct flag flags[] = {
		{ 'f', "format", "NAME", "text (default), json, ndjson or facts",
		  .text = &r->format },
		{ 'o', "output", "FILE",
		  "write there; the file appears whole or not at all",
		  .text = &r->output_path },
		{ 'k', "knowledge", "FILE",
		  "add knowledge, or replace some; may be repeated",
		  .list = &r->knowledge },
		DEVICE_LIST_FLAGS(&r->lists),
		{ 's', "store", "FILE",
		  "keep the cases there, and say what fixed cases\n"
		  "                              like them", .text = &r->store },
		{ 'F', "fail-on", "LIST",
		  "exit 1 on this confidence (possible, likely,\n"
		  "                              certain) or more, or on these causes",
		  .text = &r->fail_on },
		{ 0, "redact", "KEYFILE",
		  "pseudonyms for all that tells a device, tenant or\n"
		  "                              person", .text = &r->redact },
		{ 'h', "help", NULL, "show this text", .on = &r->help },
		{ 'V', "version", NULL, "show the version", .on = &r->version },
	};
	size_t n = sizeof(flags) / sizeof(flags[0]);

	if (!parse_flags("", argc, argv, flags, n, &r->paths))
		return EXIT_USAGE;
	if (r->help || r->version) {
		if (r->help)
			print_help(flags, n);
		else
			printf("cabscan %s\n", cabscan_version());
		return EXIT_DONE;
	}
	if (r->paths.n == 0)
		wrong_usage("", "nothing to scan", "no PATH was given");
	else if (known_format(r->format))
		return run(r);
	return EXIT_USAGE;
}

int
cmd_scan(int argc, char **argv)
{
	struct run r = { .format = "text" };
	int code = EXIT_USAGE;

	if (flag_lists(argc, &r.paths, &r.knowledge) &&
	    flag_lists(argc, &r.lists.intune, &r.lists.inventory))
		code = parse_and_run(&r, argc, argv);
	keep_close(&r.keep);
	private_close(&r.private);
	cabscan_free(r.scanner);
	free_flag_lists(&r.paths, &r.knowledge);
	free_flag_lists(&r.lists.intune, &r.lists.inventory);
	return code;
}
