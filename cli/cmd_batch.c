/* cmd_batch.c - cabscan batch: options, and the run from units to reports */
#include "history.h"
#include "flags.h"
#include "sys.h"

#include <stdlib.h>
#include <string.h>

struct batch {
	const char *format, *output, *fail_on, *jobs, *shard, *redact, *store;
	struct flag_list knowledge, also, labels, paths;
	struct device_lists lists;
	bool full, resume, quiet, help;

	cabscan *scanner;
	struct private private;
	struct row_maker maker;
	struct devices units;
	struct rows *done;
	struct journal *journal;
	char *journal_path;
	size_t n_workers, n_known;

	struct output stream;           /* rows, as they come */
	bool streams;
	bool keeps;                     /* rows, for reports */
	struct records records;
	size_t n_rows;
	struct keep keep;
	struct rows waiting;            /* for the store; then they go on */
	uint64_t stored;                /* when, last */
	bool failed, fail_on_met, output_failed, store_failed;
};

#define N_FLAGS (14 + N_DEVICE_LIST_FLAGS)

static void
list_flags(struct batch *b, struct flag ret[N_FLAGS])
{
	const struct flag flags[N_FLAGS] = {
		{ 'f', "format", "NAME", "table (default), ndjson, csv, junit, sarif "
		  "or markdown", .text = &b->format },
		{ 'o', "output", "FILE", "write there; the file appears whole or not "
		  "at all", .text = &b->output },
		{ 0, "also", "FORMAT=FILE", "one more report of the same run; may be "
		  "repeated", .list = &b->also },
		{ 'j', "jobs", "N", "workers (default: as many as there are cores)",
		  .text = &b->jobs },
		{ 0, "full", NULL, "ndjson: whole cases (cabscan-case/1) for rows",
		  .on = &b->full },
		{ 0, "resume", NULL, "go on where an interrupted run with the same "
		  "--output ended", .on = &b->resume },
		{ 0, "shard", "K/N|auto:N", "scan only that part of the inputs",
		  .text = &b->shard },
		{ 0, "redact", "KEYFILE", "pseudonyms for all that tells a device, "
		  "tenant or person", .text = &b->redact },
		{ 'l', "label", "NAME=VALUE", "what no log says of these inputs "
		  "(network=wifi); may be repeated", .list = &b->labels },
		{ 's', "store", "FILE", "keep the cases there, and say what fixed "
		  "cases like them", .text = &b->store },
		{ 'k', "knowledge", "FILE", "add knowledge, or replace some; may be "
		  "repeated", .list = &b->knowledge },
		DEVICE_LIST_FLAGS(&b->lists),
		{ 'F', "fail-on", "LIST", "exit 1 on a confidence (possible, likely, "
		  "certain) or causes", .text = &b->fail_on },
		{ 'q', "quiet", NULL, "no progress", .on = &b->quiet },
		{ 'h', "help", NULL, "show this text", .on = &b->help },
	};

	memcpy(ret, flags, sizeof(flags));
}

static void
show_help(struct batch *b)
{
	struct flag flags[N_FLAGS];

	list_flags(b, flags);
	fputs("Usage: cabscan batch [OPTION]... PATH...\n"
	      "Scans every CAB, ZIP and extracted folder below the PATHs, which are\n"
	      "directories, files and patterns ('share/**/*.cab').\n\n", stdout);
	print_flags(stdout, flags, N_FLAGS);
	printf("\nZIP files: %s%s\n", archives_supported() ? "yes, libzip "
	       : "no, this cabscan was built without libzip",
	       archives_supported() ? zip_version() : "");
	printf("Stores: %s%s\n", store_supported() ? "yes, SQLite "
	       : "no, this cabscan was built without SQLite", store_version());
	fputs("Exit status: 0 done, 1 --fail-on was met, 2 usage, 3 some input\n"
	      "could not be read (it has a row), 4 output failed.\n", stdout);
}

static bool
usage(const char *what, const char *which)
{
	print_problem(what, which);
	fputs("Try 'cabscan batch --help'.\n", stderr);
	return false;
}

/* ---- options -------------------------------------------------------------- */

static bool
check(struct batch *b)
{
	struct target also;

	if (b->paths.n == 0)
		return usage("nothing to scan", "no PATH was given");
	for (size_t i = 0; i < b->paths.n; i++)
		if (strcmp(b->paths.at[i], "-") == 0)
			return usage("-", "a batch does not read standard input");
	if (!check_format(b->format) ||
	    !parse_jobs("batch", b->jobs, 1, &b->n_workers) ||
	    (b->shard && !parse_shard(b->shard, &b->maker.shard)))
		return false;
	for (size_t i = 0; i < b->also.n; i++)
		if (!parse_also(b->also.at[i], &also))
			return false;
	if (!parse_labels("batch", b->labels.at, b->labels.n, &b->maker.labels))
		return false;
	if (b->resume && !b->output)
		return usage("--resume", "needs --output, beside which it keeps "
		             "what is done");
	b->streams = strcmp(b->format, "ndjson") == 0;
	b->keeps = !b->streams || b->also.n > 0;
	b->maker.full = b->full;
	b->maker.keep = b->store != NULL;
	return !b->full || b->streams || usage("--full", "is for --format ndjson");
}

static bool
parse(struct batch *b, int argc, char **argv)
{
	struct flag flags[N_FLAGS];
	size_t room = (size_t)argc + 1;

	b->format = "table";
	b->paths.at = calloc(room, sizeof(char *));
	b->knowledge.at = calloc(room, sizeof(char *));
	b->also.at = calloc(room, sizeof(char *));
	b->labels.at = calloc(room, sizeof(char *));
	if (!b->paths.at || !b->knowledge.at || !b->also.at || !b->labels.at ||
	    !flag_lists(argc, &b->lists.intune, &b->lists.inventory))
		return usage("out of memory", NULL);
	list_flags(b, flags);
	if (!parse_flags("batch", argc, argv, flags, N_FLAGS, &b->paths))
		return false;
	return b->help || check(b);
}

/* ---- what --resume compares ------------------------------------------------- */

static uint64_t
add_text(uint64_t h, const char *text)
{
	return (h * 31) ^ path_hash(text ? text : "");
}

static uint64_t
add_files(uint64_t h, const struct flag_list *paths)
{
	uint64_t size, written;

	for (size_t i = 0; i < paths->n; i++) {
		h = add_text(h, paths->at[i]);
		if (file_stamp(paths->at[i], &size, &written))
			h = (h ^ size) * 31 + written;
	}
	return h;
}

/* The settings that rows depend on. */
static uint64_t
settings(const struct batch *b)
{
	uint64_t h = add_text(0, cabscan_version());
	char shard[40];

	snprintf(shard, sizeof(shard), "%u/%u", b->maker.shard.index,
	         b->maker.shard.of);
	h = add_text(add_text(h, shard), b->full ? "full" : "rows");
	h = add_text(h, b->store ? "store" : "");
	h = add_text(h, b->maker.private ? b->private.key_id : "");
	for (size_t i = 0; i < b->maker.labels.n; i++)
		h = add_text(add_text(h, b->maker.labels.at[i].name),
		             b->maker.labels.at[i].value);
	h = add_files(add_text(h, "knowledge"), &b->knowledge);
	h = add_files(add_text(h, "intune"), &b->lists.intune);
	return add_files(add_text(h, "inventory"), &b->lists.inventory);
}

static int
open_journal(struct batch *b)
{
	size_t n;
	int code;

	if (!b->output || path_kind(b->output) == PATH_OTHER)
		return EXIT_DONE;
	n = strlen(b->output) + 8;
	b->journal_path = malloc(n);
	if (!b->journal_path)
		return EXIT_OUTPUT;
	snprintf(b->journal_path, n, "%s.resume", b->output);
	b->journal = journal_open(b->journal_path, settings(b), b->resume,
	                          &b->units, b->done, &b->n_known, &code);
	return b->journal ? EXIT_DONE : code;
}

/* ---- rows as they come ------------------------------------------------------- */

static bool
take_row(struct batch *b, const struct row *row)
{
	struct record r;
	const char *why;

	b->n_rows++;
	if (b->streams) {
		fprintf(b->stream.file, "%s\n", row->full ? row->full : row->line);
		if (fflush(b->stream.file) != 0) {
			b->output_failed = true;
			return false;
		}
	}
	if (!read_row(row->line, strlen(row->line), &r, &why)) {
		print_problem("a row of this program", why);
		return false;
	}
	r.file = "";
	b->failed |= is_problem(&r);
	b->fail_on_met |= b->fail_on && row_fails(b->fail_on, &r);
	if (b->keeps && strcmp(r.state, "shard") != 0)
		return records_add(&b->records, r);
	json_decref(r.o);
	return true;
}

static bool
hand_on(struct batch *b, struct rows *rows)
{
	bool ok = true;

	for (size_t i = 0; ok && i < rows->n; i++)
		ok = take_row(b, &rows->at[i]);
	rows_free(rows);
	return ok;
}

/* ---- rows into the store, and then on ------------------------------------------ */

/* Rows that one transaction stores, and milliseconds between two of them: a
 * commit costs some milliseconds of disk, whatever is in it. */
#define MAX_WAITING 256
#define STORE_EVERY 200

static bool
store_waiting(struct batch *b)
{
	b->stored = clock_ms();
	if (b->waiting.n > 0 && !keep_rows(&b->keep, &b->waiting)) {
		b->store_failed = true;
		return false;
	}
	return hand_on(b, &b->waiting);
}

/* What has left is stored: who reads a row may rely on it. */
static bool
take_rows(void *user, struct rows *rows)
{
	struct batch *b = user;

	b->failed |= rows->out_of_memory;
	if (!b->store)
		return hand_on(b, rows);
	for (size_t i = 0; i < rows->n; i++) {
		struct row row = rows->at[i];

		rows->at[i] = (struct row){ .line = NULL };
		if (!rows_insert(&b->waiting, b->waiting.n, row))
			return false;
	}
	rows_free(rows);
	return (b->waiting.n < MAX_WAITING &&
	        clock_ms() - b->stored < STORE_EVERY) || store_waiting(b);
}

static bool
scan_all(struct batch *b)
{
	struct pool pool = {
		.units = &b->units, .done = b->done, .scanner = b->scanner,
		.maker = &b->maker, .journal = b->journal,
		.n_workers = b->n_workers, .n_known = b->n_known,
		.label = b->quiet ? NULL : "cabscan", .take = take_rows, .user = b,
	};
	struct rows end = { .n = 0 };
	bool ok = pool_run(&pool);

	ok = ok && store_waiting(b);
	if (ok && b->maker.shard.of) {
		ok = rows_insert(&end, 0, row_of_shard(&b->maker, b->n_rows)) &&
		     hand_on(b, &end);
	}
	if (!ok && !b->output_failed && !b->store_failed)
		print_problem("out of memory", NULL);
	return ok;
}

/* ---- reports ------------------------------------------------------------------ */

static bool
write_all(struct batch *b)
{
	struct report r = { .fail_on = b->fail_on };
	struct target t = { b->format, b->output };
	bool ok = true;

	report_sort(&b->records);
	r.at = b->records.at;
	r.n = b->records.n;
	for (size_t i = 0; i < b->also.n; i++) {
		struct target also;

		ok = parse_also(b->also.at[i], &also) && write_report(&also, &r) && ok;
	}
	return b->streams ? ok : write_report(&t, &r) && ok;
}

/* The units of this shard, which keep their order. */
static void
keep_shard(struct batch *b)
{
	struct devices *d = &b->units;
	struct devices rest = { .at = calloc(d->n + 1, sizeof(*d->at)) };
	size_t n = 0;

	if (!rest.at) {
		d->out_of_memory = true;
		return;
	}
	for (size_t i = 0; i < d->n; i++) {
		if (in_shard(&b->maker.shard, path_hash(d->at[i].source)))
			d->at[n++] = d->at[i];
		else
			rest.at[rest.n++] = d->at[i];
	}
	d->n = n;
	free_devices(&rest);
}

static int
run(struct batch *b)
{
	int code = EXIT_DONE;
	bool ok;

	b->scanner = make_scanner(b->knowledge.at, b->knowledge.n, b->fail_on);
	if (!b->scanner || !learn_lists(b->scanner, &b->lists))
		return EXIT_USAGE;
	code = b->redact ? private_open(&b->private, b->redact) : EXIT_DONE;
	if (code != EXIT_DONE)
		return code;
	if (b->redact)
		b->maker.private = &b->private;
	find_units(b->paths.at, b->paths.n, b->private.redactor, &b->units);
	keep_shard(b);
	b->done = calloc(b->units.n + 1, sizeof(*b->done));
	if (b->units.out_of_memory || !b->done) {
		print_problem("out of memory", NULL);
		return EXIT_UNREADABLE;
	}
	b->failed = b->units.unreadable ||
	            (b->units.n == 0 && b->maker.shard.of == 0);
	if (b->units.n == 0 && b->maker.shard.of == 0)
		print_private(b->private.redactor, CABSCAN_TEXT_PATH,
		              b->paths.at[0],
		              "no CAB, ZIP or extracted folder was found");
	if (b->store && !keep_open(&b->keep, b->store, b->maker.private))
		return EXIT_OUTPUT;
	code = open_journal(b);
	if (code != EXIT_DONE)
		return code;
	ok = !b->streams || output_open(&b->stream, b->output);
	b->output_failed = !ok;
	ok = ok && scan_all(b);
	if (b->streams && !output_close(&b->stream, ok))
		b->output_failed = true;
	if (b->output_failed)
		print_problem(b->output ? b->output : "standard output",
		              "could not be written");
	else if (ok && !write_all(b))
		b->output_failed = true;
	journal_close(b->journal, ok && !b->output_failed);
	if (b->store)
		keep_report(&b->keep);
	return b->output_failed || b->store_failed ? EXIT_OUTPUT
	     : !ok || b->failed ? EXIT_UNREADABLE
	     : b->fail_on_met ? EXIT_FAIL_ON : EXIT_DONE;
}

int
cmd_batch(int argc, char **argv)
{
	struct batch b = { .n_workers = 1 };
	int code = EXIT_USAGE;

	if (parse(&b, argc, argv)) {
		if (b.help) {
			show_help(&b);
			code = EXIT_DONE;
		} else {
			code = run(&b);
		}
	}
	records_free(&b.records);
	for (size_t i = 0; b.done && i < b.units.n; i++)
		rows_free(&b.done[i]);
	free(b.done);
	free_devices(&b.units);
	rows_free(&b.waiting);
	keep_close(&b.keep);
	private_close(&b.private);
	cabscan_free(b.scanner);
	free(b.journal_path);
	free_flag_list(&b.paths);
	free(b.knowledge.at);
	free(b.also.at);
	free(b.labels.at);
	free_flag_lists(&b.lists.intune, &b.lists.inventory);
	return code;
}
