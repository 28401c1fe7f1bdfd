/* cmd_diff.c - cabscan diff: what changed between two cases */
#include "flags.h"
#include "history.h"
#include "sys.h"

#include <stdlib.h>
#include <string.h>

struct diff {
	const char *format, *output, *store_path, *redact;
	struct flag_list knowledge, paths;
	bool help;

	cabscan *scanner;
	struct private private;
	struct row_maker maker;
	struct store *store;
};

#define N_FLAGS 6

static void
list_flags(struct diff *d, struct flag ret[N_FLAGS])
{
	const struct flag flags[N_FLAGS] = {
		{ 'f', "format", "NAME", "text (default) or json", .text = &d->format },
		{ 'o', "output", "FILE", "write there; the file appears whole or not "
		  "at all", .text = &d->output },
		{ 's', "store", "FILE", "A and B may be digests of cases there, or "
		  "their beginnings", .text = &d->store_path },
		{ 0, "redact", "KEYFILE", "pseudonyms for all that tells a device, "
		  "tenant or person", .text = &d->redact },
		{ 'k', "knowledge", "FILE", "add knowledge, or replace some; may be "
		  "repeated", .list = &d->knowledge },
		{ 'h', "help", NULL, "show this text", .on = &d->help },
	};

	memcpy(ret, flags, sizeof(flags));
}

/* ---- two snapshots ----------------------------------------------------------- */

struct one_case {
	struct diff *d;
	size_t n;
	bool failed;                    /* why was printed */
	json_t *snapshot;
};

static void
take_scanned(void *user, const char *source, const cabscan_case *c)
{
	struct one_case *one = user;
	char *line;

	if (one->n++ > 0)
		return;
	line = snapshot_of_case(&one->d->maker, source, c);
	one->snapshot = line ? json_loads(line, 0, NULL) : NULL;
	if (!one->snapshot) {
		print_problem("out of memory", NULL);
		one->failed = true;
	}
	free(line);
}

static void
say_why_not(void *user, const char *why)
{
	struct one_case *one = user;

	print_private(one->d->private.redactor, CABSCAN_TEXT_FOREIGN, why, NULL);
	one->failed = true;
}

/* NULL: printed. */
static json_t *
scan(struct diff *d, const char *path)
{
	struct one_case one = { d, 0, false, NULL };
	const struct case_taker taker = { take_scanned, say_why_not, &one };
	struct devices devices;

	group_inputs(&path, 1, d->private.redactor, &devices);
	one.failed = devices.unreadable || devices.out_of_memory;
	if (devices.n == 1 && !one.failed)
		each_case(d->scanner, devices.at, &taker);
	if (!one.failed && one.n != 1) {
		print_private(d->private.redactor, CABSCAN_TEXT_PATH, path,
		              "is not one case: give one CAB, a ZIP with one, or the "
		              "directory of one");
		one.failed = true;
	}
	free_devices(&devices);
	if (!one.failed)
		return one.snapshot;
	json_decref(one.snapshot);
	return NULL;
}

struct finding {
	json_t *snapshot;
	size_t n;
};

static bool
take_case(void *user, const struct stored *c)
{
	struct finding *f = user;

	if (f->n++ == 0)
		f->snapshot = load_snapshot(c->snapshot);
	return f->n < 2;
}

/* NULL: printed. */
static json_t *
fetch(struct diff *d, const char *what)
{
	struct finding f = { NULL, 0 };

	store_find_case(d->store, what, take_case, &f);
	if (f.n == 1 && f.snapshot)
		return f.snapshot;
	if (f.n > 1)
		print_problem(what, "several cases in the store begin so");
	else if (f.n == 0)
		print_problem(what, "is neither a file nor a case in the store");
	else
		print_problem(what, "its snapshot in the store is damaged");
	json_decref(f.snapshot);
	return NULL;
}

static json_t *
take(struct diff *d, const char *what)
{
	return d->store && path_kind(what) == PATH_NONE ? fetch(d, what)
	                                                : scan(d, what);
}

/* ---- output -------------------------------------------------------------------- */

static void
print_side(const json_t *o, const char *label, FILE *to)
{
	const json_t *v = json_object_get(o, "verdict");
	const char *time = json_text(o, "time");

	fprintf(to, "%-6s  ", label);
	print_plain(json_text(o, "source"), to);
	fprintf(to, "  %s  ", *time ? time : "(no time)");
	print_plain(*json_text(o, "serial") ? json_text(o, "serial")
	            : "(no serial number)", to);
	fprintf(to, "  %s, %s%s\n", json_text(v, "cause"), json_text(v, "confidence"),
	        strcmp(json_text(o, "from"), "row") == 0
	        ? "  (stored as a row: verdict, device and tries alone)" : "");
}

static void
print_kind(const json_t *diff, const char *kind, const char *heading, FILE *to)
{
	json_t *o;
	size_t i;
	bool any = false;

	json_array_foreach(json_object_get(diff, "changes"), i, o) {
		if (strcmp(json_text(o, "kind"), kind) != 0)
			continue;
		fprintf(to, "%s%s", any ? "" : "\n", any ? "" : heading);
		any = true;
		print_change(o, *heading ? "  " : "", to);
	}
}

static long long
count_of(const json_t *side)
{
	return json_integer_value(json_object_get(side, "count"));
}

/* What only one side has is shown with what it said last. */
static void
print_event(const json_t *event, FILE *to)
{
	const json_t *before = json_object_get(event, "before");
	const json_t *after = json_object_get(event, "after");
	const json_t *only = json_is_null(after) ? before : after;

	fputs("  ", to);
	print_plain(json_text(event, "event"), to);
	fprintf(to, ": %lld before, %lld after", count_of(before), count_of(after));
	if (!json_is_null(before) && !json_is_null(after)) {
		fputc('\n', to);
		return;
	}
	fputs("\n    ", to);
	print_plain(json_text(only, "what"), to);
	print_place(only, to);
	fputc('\n', to);
}

static void
print_events(const json_t *diff, FILE *to)
{
	json_t *o;
	size_t i;

	json_array_foreach(json_object_get(diff, "events"), i, o) {
		if (i == 0)
			fputs("\nEvents\n", to);
		print_event(o, to);
	}
}

void
print_try(const json_t *o, FILE *to)
{
	const char *ended = json_text(o, "ended");

	fprintf(to, "  %s to %s  %s", json_text(o, "started"),
	        *ended ? ended : "(no end)", json_text(o, "outcome"));
	if (*json_text(o, "error"))
		fprintf(to, " with %s", json_text(o, "error"));
}

static void
print_diff(const json_t *diff, FILE *to)
{
	const json_t *same = json_object_get(diff, "same_device");
	json_t *o;
	size_t i;

	print_side(json_object_get(diff, "before"), "before", to);
	print_side(json_object_get(diff, "after"), "after", to);
	if (json_is_false(same))
		fputs("These are two devices: serial number or UUID differ.\n", to);
	else if (json_is_null(same))
		fputs("Whether this is one device cannot be told: no serial number or "
		      "UUID in both.\n", to);
	if (strcmp(json_text(diff, "order"), "given") == 0)
		fputs("A case has no time: the order is that of the arguments.\n", to);
	print_kind(diff, "verdict", "", to);
	print_kind(diff, "device", "Device\n", to);
	print_kind(diff, "fact", "Other facts\n", to);
	print_events(diff, to);
	json_array_foreach(json_object_get(diff, "attempts"), i, o) {
		if (i == 0)
			fputs("\nTries that only the newer case has\n", to);
		print_try(o, to);
		fputc('\n', to);
	}
	if (json_array_size(json_object_get(diff, "changes")) == 0 &&
	    json_array_size(json_object_get(diff, "events")) == 0 &&
	    json_array_size(json_object_get(diff, "attempts")) == 0)
		fputs("\nNothing changed.\n", to);
}

bool
write_json(json_t *o, FILE *to)
{
	char *text = o ? json_dumps(o, JSON_INDENT(2)) : NULL;
	bool ok = text != NULL;

	if (ok)
		fprintf(to, "%s\n", text);
	free(text);
	return ok;
}

static int
write_diff(struct diff *d, json_t *diff)
{
	struct output o;
	bool ok = output_open(&o, d->output);

	if (ok && strcmp(d->format, "json") == 0)
		ok = write_json(diff, o.file);
	else if (ok)
		print_diff(diff, o.file);
	if (output_close(&o, ok) && ok)
		return EXIT_DONE;
	print_problem(d->output ? d->output : "standard output",
	              "could not be written");
	return EXIT_OUTPUT;
}

/* ---- the run ---------------------------------------------------------------------- */

/* A case that is scanned for it is compared as it would lie in the store. */
static bool
key_is_right(struct diff *d)
{
	if (!d->store || !key_fits(d->store, d->store_path, d->maker.private))
		return !d->store;
	if (d->redact || !*store_key(d->store))
		return true;
	print_problem(d->store_path, "it holds pseudonyms: give --redact with "
	              "their key");
	return false;
}

static int
run(struct diff *d)
{
	json_t *a, *b, *diff;
	int code;

	d->scanner = make_scanner(d->knowledge.at, d->knowledge.n, NULL);
	if (!d->scanner)
		return EXIT_USAGE;
	code = d->redact ? private_open(&d->private, d->redact) : EXIT_DONE;
	if (code != EXIT_DONE)
		return code;
	if (d->redact)
		d->maker.private = &d->private;
	if (d->store_path && !(d->store = store_open(d->store_path, STORE_READ)))
		return EXIT_UNREADABLE;
	if (!key_is_right(d))
		return EXIT_USAGE;
	a = take(d, d->paths.at[0]);
	b = take(d, d->paths.at[1]);
	code = EXIT_UNREADABLE;
	if (a && b) {
		diff = compare_snapshots(a, b);
		code = diff ? write_diff(d, diff) : EXIT_UNREADABLE;
		if (!diff)
			print_problem("out of memory", NULL);
		json_decref(diff);
	}
	json_decref(a);
	json_decref(b);
	return code;
}

static void
show_help(struct diff *d)
{
	struct flag flags[N_FLAGS];

	list_flags(d, flags);
	fputs("Usage: cabscan diff [OPTION]... A B\n"
	      "What changed between two cases, oldest first by the time of their\n"
	      "evidence: verdict, firmware, BIOS, build, profile, facts, events.\n\n",
	      stdout);
	print_flags(stdout, flags, N_FLAGS);
	fputs("\nExit status: 0 done, 2 usage, 3 an input could not be read, 4 output\n"
	      "failed.\n", stdout);
}

static int
parse_and_run(struct diff *d, int argc, char **argv)
{
	struct flag flags[N_FLAGS];

	list_flags(d, flags);
	if (!parse_flags("diff", argc, argv, flags, N_FLAGS, &d->paths))
		return EXIT_USAGE;
	if (d->help) {
		show_help(d);
		return fflush(stdout) != 0 ? EXIT_OUTPUT : EXIT_DONE;
	}
	if (strcmp(d->format, "text") != 0 && strcmp(d->format, "json") != 0)
		wrong_usage("diff", "no such format", d->format);
	else if (d->paths.n != 2)
		wrong_usage("diff", "two cases are compared, no more and no less",
		            NULL);
	else
		return run(d);
	return EXIT_USAGE;
}

int
cmd_diff(int argc, char **argv)
{
	struct diff d = { .format = "text" };
	int code = EXIT_USAGE;

	if (flag_lists(argc, &d.paths, &d.knowledge))
		code = parse_and_run(&d, argc, argv);
	store_close(d.store);
	private_close(&d.private);
	cabscan_free(d.scanner);
	free_flag_lists(&d.paths, &d.knowledge);
	return code;
}
