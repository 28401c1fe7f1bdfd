/*
 * cmd_merge.c - cabscan merge: the row files of shards into one report
 *
 * All files must be of one division into shards and of one key.  A shard is
 * complete when its last row is there and as many before it as that says; a
 * case that several files have, since its shard ran again, counts once.
 */
#include "history.h"
#include "flags.h"
#include "sys.h"

#include <stdlib.h>
#include <string.h>

struct shard_state {
	bool ended;
	size_t promised;                /* the most that an end row says */
	size_t found;                   /* different cases */
};

struct merge {
	const char *format, *output, *fail_on, *store;
	struct flag_list also, files;
	bool help;

	cabscan *scanner;               /* knows the words of --fail-on */
	struct records records;
	struct shard_state *shards;
	unsigned n_shards;
	bool first;
	char key[17];
	struct keep keep;
	bool cut;                       /* some file's last row */
	bool out_of_memory;
};

#define N_FLAGS 6

static void
list_flags(struct merge *m, struct flag ret[N_FLAGS])
{
	const struct flag flags[N_FLAGS] = {
		{ 'f', "format", "NAME", "table (default), ndjson, csv, junit, sarif "
		  "or markdown", .text = &m->format },
		{ 'o', "output", "FILE", "write there; the file appears whole or not "
		  "at all", .text = &m->output },
		{ 0, "also", "FORMAT=FILE", "one more report; may be repeated",
		  .list = &m->also },
		{ 's', "store", "FILE", "keep the cases there, as far as their rows "
		  "say them", .text = &m->store },
		{ 'F', "fail-on", "LIST", "exit 1 on a confidence (possible, likely, "
		  "certain) or causes", .text = &m->fail_on },
		{ 'h', "help", NULL, "show this text", .on = &m->help },
	};

	memcpy(ret, flags, sizeof(flags));
}

static void
show_help(struct merge *m)
{
	struct flag flags[N_FLAGS];

	list_flags(m, flags);
	fputs("Usage: cabscan merge [OPTION]... ROWS...\n"
	      "Makes one report of row files (cabscan batch --format ndjson), of all\n"
	      "shards of a batch or of several batches.\n\n", stdout);
	print_flags(stdout, flags, N_FLAGS);
	fputs("\nExit status: 0 done, 1 --fail-on was met, 2 usage, or files that do\n"
	      "not belong together, 3 a shard lacks or some input could not be read,\n"
	      "4 output failed.\n", stdout);
}

/* ---- one row ---------------------------------------------------------------- */

static bool
belongs(struct merge *m, const struct record *r, const char *file, size_t line)
{
	json_int_t of = json_integer_value(json_object_get(r->o, "shards"));
	json_int_t index = json_integer_value(json_object_get(r->o, "shard"));
	const char *key = row_text(r, "redacted");
	char why[160];

	if (of < 0 || of > MAX_SHARDS || index < 0 || index > of || (of && !index))
		return refuse_row(file, line, "its shard makes no sense");
	if (m->first) {
		m->first = false;
		m->n_shards = (unsigned)of;
		snprintf(m->key, sizeof(m->key), "%s", key);
		m->shards = calloc((size_t)of + 1, sizeof(*m->shards));
		m->out_of_memory = !m->shards;
		return m->shards != NULL;
	}
	if ((unsigned)of != m->n_shards) {
		snprintf(why, sizeof(why), "it is of %u shards, the rows before it "
		         "of %u: they are of different batches (0: of one that is "
		         "not divided)", (unsigned)of, m->n_shards);
		return refuse_row(file, line, why);
	}
	if (strcmp(key, m->key) != 0)
		return refuse_row(file, line, *key && *m->key
		              ? "its pseudonyms are of another key"
		              : "some rows have pseudonyms, others have none");
	return true;
}

static bool
take_row(void *user, const char *text, size_t len, const char *file, size_t line)
{
	struct merge *m = user;
	struct record r;
	const char *why;
	size_t shard;

	if (!read_row(text, len, &r, &why))
		return refuse_row(file, line, why);
	r.file = file;
	if (!belongs(m, &r, file, line)) {
		json_decref(r.o);
		return false;
	}
	shard = (size_t)json_integer_value(json_object_get(r.o, "shard"));
	if (strcmp(r.state, "shard") == 0) {
		struct shard_state *s = &m->shards[shard];
		size_t n = (size_t)json_integer_value(json_object_get(r.o, "rows"));

		if (!s->ended || n > s->promised)
			s->promised = n;
		s->ended = true;
		json_decref(r.o);
		return true;
	}
	m->out_of_memory = !records_add(&m->records, r);
	return !m->out_of_memory;
}

/* ---- files -------------------------------------------------------------------- */

/* A shard that lacks its last rows lacks its end row, too: it may be whole in
 * another file.  Of rows without shards nobody knows. */
static bool
take_file(struct merge *m, const char *path)
{
	enum lines_end end = each_row_line(path, take_row, m);

	m->cut |= end == LINES_CUT;
	return end == LINES_WHOLE || end == LINES_CUT;
}

/* ---- a store ---------------------------------------------------------------------- */

/* Rows that one transaction stores. */
#define MAX_WAITING 256

/* A row without a digest is of nothing that could be told from another. */
static bool
keep_some(struct merge *m, size_t from, size_t end, size_t *n_left_out)
{
	struct rows rows = { .n = 0 };
	bool ok = true;

	for (size_t i = from; ok && i < end; i++) {
		const struct record *r = &m->records.at[i];
		struct row row = { .line = NULL };

		if (!is_case(r))
			continue;
		if (!*row_text(r, "digest")) {
			++*n_left_out;
			continue;
		}
		row.line = json_dumps(r->o, JSON_COMPACT);
		row.snapshot = row.line ? snapshot_of_row(r) : NULL;
		if (row.snapshot) {
			ok = rows_insert(&rows, rows.n, row);
		} else {
			row_free(&row);
			ok = false;
		}
		if (!ok)
			print_problem("out of memory", NULL);
	}
	ok = ok && keep_rows(&m->keep, &rows);
	rows_free(&rows);
	return ok;
}

static bool
keep_all(struct merge *m)
{
	struct private key = { .redactor = NULL };
	size_t n_left_out = 0;
	bool ok;

	snprintf(key.key_id, sizeof(key.key_id), "%s", m->key);
	ok = keep_open(&m->keep, m->store, &key);
	for (size_t i = 0; ok && i < m->records.n; i += MAX_WAITING)
		ok = keep_some(m, i, i + MAX_WAITING < m->records.n
		               ? i + MAX_WAITING : m->records.n, &n_left_out);
	if (n_left_out > 0)
		fprintf(stderr, "cabscan: %zu rows have no digest and are not "
		        "stored\n", n_left_out);
	return ok;
}

/* ---- shards ---------------------------------------------------------------------- */

static bool
all_there(struct merge *m)
{
	bool all = true;
	char what[64], why[120];

	for (size_t i = 0; i < m->records.n; i++) {
		const json_t *o = m->records.at[i].o;

		m->shards[json_integer_value(json_object_get(o, "shard"))].found++;
	}
	for (unsigned k = 1; k <= m->n_shards; k++) {
		const struct shard_state *s = &m->shards[k];

		if (s->ended && s->found >= s->promised)
			continue;
		all = false;
		snprintf(what, sizeof(what), "shard %u of %u", k, m->n_shards);
		if (s->ended)
			snprintf(why, sizeof(why), "has %zu of its %zu rows",
			         s->found, s->promised);
		else if (s->found > 0)
			snprintf(why, sizeof(why), "has not ended: %zu rows, and "
			         "nobody knows how many lack", s->found);
		else
			snprintf(why, sizeof(why), "lacks");
		print_problem(what, why);
	}
	return all;
}

static bool
write_all(struct merge *m)
{
	struct report r = { .fail_on = m->fail_on };
	struct target t = { m->format, m->output };
	bool ok = true;

	r.at = m->records.at;
	r.n = m->records.n;
	for (size_t i = 0; i < m->also.n; i++) {
		struct target also;

		ok = parse_also(m->also.at[i], &also) && write_report(&also, &r) && ok;
	}
	return write_report(&t, &r) && ok;
}

static int
run(struct merge *m)
{
	bool all, failed = false, fails = false;
	size_t n;

	m->scanner = make_scanner(NULL, 0, m->fail_on);
	if (!m->scanner)
		return EXIT_USAGE;
	m->first = true;
	for (size_t i = 0; i < m->files.n; i++)
		if (!take_file(m, m->files.at[i]))
			return EXIT_USAGE;
	if (m->out_of_memory) {
		print_problem("out of memory", NULL);
		return EXIT_UNREADABLE;
	}
	n = m->records.n;
	report_sort(&m->records);
	if (n > m->records.n)
		fprintf(stderr, "cabscan: %zu rows of cases that other rows have, "
		        "too, are counted once\n", n - m->records.n);
	all = m->n_shards ? all_there(m) : !m->cut;
	if (!m->shards) {
		print_problem(m->files.at[0], "no row is in it");
		all = false;
	}
	for (size_t i = 0; i < m->records.n; i++) {
		failed |= is_problem(&m->records.at[i]);
		fails |= m->fail_on && row_fails(m->fail_on, &m->records.at[i]);
	}
	if ((m->store && !keep_all(m)) || !write_all(m))
		return EXIT_OUTPUT;
	if (m->store)
		keep_report(&m->keep);
	return !all || failed ? EXIT_UNREADABLE : fails ? EXIT_FAIL_ON : EXIT_DONE;
}

static bool
parse(struct merge *m, int argc, char **argv)
{
	struct flag flags[N_FLAGS];
	struct target also;

	m->format = "table";
	m->files.at = calloc((size_t)argc + 1, sizeof(char *));
	m->also.at = calloc((size_t)argc + 1, sizeof(char *));
	if (!m->files.at || !m->also.at) {
		print_problem("out of memory", NULL);
		return false;
	}
	list_flags(m, flags);
	if (!parse_flags("merge", argc, argv, flags, N_FLAGS, &m->files))
		return false;
	if (m->help)
		return true;
	for (size_t i = 0; i < m->also.n; i++)
		if (!parse_also(m->also.at[i], &also))
			return false;
	if (m->files.n > 0)
		return check_format(m->format);
	print_problem("nothing to merge", "no row file was given");
	return false;
}

int
cmd_merge(int argc, char **argv)
{
	struct merge m = { .n_shards = 0 };
	int code = EXIT_USAGE;

	if (parse(&m, argc, argv)) {
		if (m.help) {
			show_help(&m);
			code = EXIT_DONE;
		} else {
			code = run(&m);
		}
	}
	records_free(&m.records);
	keep_close(&m.keep);
	cabscan_free(m.scanner);
	free(m.shards);
	free_flag_list(&m.files);
	free(m.also.at);
	return code;
}
