/*
 * journal.c - what a run has done so far, for --resume
 *
 * The first line names the settings, each other one holds a unit: the hash of
 * its source, a hash of its files' names, sizes and times, its rows.  Lines
 * are written whole as the units end; of an interrupted run only the last one
 * can be cut, and it is not believed.
 */
#include "batch.h"
#include "sys.h"

#include <stdlib.h>
#include <string.h>

struct journal {
	FILE *file;
	char *path;
};

static uint64_t
mix(uint64_t h, uint64_t n)
{
	h ^= n;
	h *= 0x9e3779b97f4a7c15U;
	return h ^ h >> 29;
}

static uint64_t
stamp(const struct device *d)
{
	uint64_t h = d->n;

	for (size_t i = 0; i < d->n; i++) {
		uint64_t size = 0, written = 0;

		if (!file_stamp(d->inputs[i].name, &size, &written))
			size = written = 0;
		h = mix(mix(mix(h, path_hash(d->inputs[i].name)), size), written);
	}
	return h;
}

/* ---- writing ---------------------------------------------------------------- */

/* What could not be read, or held, this time may be the next time. */
static bool
is_worth_trying_again(const struct rows *rows)
{
	bool ret = rows->out_of_memory;

	for (size_t i = 0; i < rows->n; i++)
		ret |= strstr(rows->at[i].line, "\"problem\":\"unreadable\"") ||
		       strstr(rows->at[i].line, "\"problem\":\"memory\"");
	return ret;
}

void
journal_add(struct journal *j, const struct device *d, const struct rows *rows)
{
	char id[17], when[17];
	json_t *lines = json_array(), *full = json_array(), *o = json_object();
	json_t *snapshots = json_array();
	char *line = NULL;
	bool failed = is_worth_trying_again(rows);

	hex16(path_hash(d->source), id);
	hex16(stamp(d), when);
	for (size_t i = 0; i < rows->n; i++) {
		const struct row *r = &rows->at[i];

		failed |= json_array_append_new(lines, json_string(r->line)) != 0;
		failed |= json_array_append_new(full, r->full
		          ? json_string(r->full) : json_null()) != 0;
		failed |= json_array_append_new(snapshots, r->snapshot
		          ? json_string(r->snapshot) : json_null()) != 0;
	}
	failed |= json_object_set_new(o, "unit", json_string(id)) != 0;
	failed |= json_object_set_new(o, "stamp", json_string(when)) != 0;
	failed |= json_object_set(o, "rows", lines) != 0;
	failed |= json_object_set(o, "full", full) != 0;
	failed |= json_object_set(o, "snapshots", snapshots) != 0;
	if (!failed)
		line = json_dumps(o, JSON_COMPACT);
	if (line) {
		fprintf(j->file, "%s\n", line);
		fflush(j->file);
	}
	free(line);
	json_decref(lines);
	json_decref(full);
	json_decref(snapshots);
	json_decref(o);
}

void
journal_close(struct journal *j, bool finished)
{
	if (!j)
		return;
	if (j->file)
		fclose(j->file);
	if (finished)
		remove_path(j->path);
	free(j->path);
	free(j);
}

/* ---- reading ---------------------------------------------------------------- */

/* A line without its end, from malloc(); NULL: the end, or a cut line. */
static char *
read_line(FILE *f)
{
	size_t len = 0, room = 4096;
	char *line = malloc(room);

	while (line && fgets(line + len, (int)(room - len), f)) {
		len += strlen(line + len);
		if (len > 0 && line[len - 1] == '\n') {
			line[len - 1] = '\0';
			return line;
		}
		if (room - len < 2) {
			char *more = room < (size_t)1 << 30 ? realloc(line, room *= 2)
			                                    : NULL;
			if (!more)
				break;
			line = more;
		}
	}
	free(line);
	return NULL;
}

struct by_hash {
	uint64_t hash;
	size_t unit;
};

static int
by_number(const void *x, const void *y)
{
	const struct by_hash *a = x, *b = y;

	return a->hash < b->hash ? -1 : a->hash > b->hash;
}

static uint64_t
from_hex(const char *text)
{
	uint64_t n = 0;

	for (; text && *text; text++)
		n = n << 4 | (uint64_t)(*text >= 'a' ? *text - 'a' + 10
		                                     : *text - '0');
	return n;
}

static char *
copy_item(const json_t *o, const char *key, size_t i)
{
	const json_t *list = json_object_get(o, key);
	const char *text = json_string_value(json_array_get(list, i));

	return text ? copy_text(text, strlen(text)) : NULL;
}

static struct row
row_from(const json_t *o, size_t i)
{
	return (struct row){
		.line = copy_item(o, "rows", i), .full = copy_item(o, "full", i),
		.snapshot = copy_item(o, "snapshots", i),
	};
}

/* One line; the rows go to their unit when its files are as they were. */
static bool
take_line(const char *line, const struct by_hash *table,
          const struct devices *units, struct rows *done)
{
	json_t *o = json_loads(line, 0, NULL);
	const json_t *lines = json_object_get(o, "rows");
	const char *id = json_string_value(json_object_get(o, "unit"));
	const char *when = json_string_value(json_object_get(o, "stamp"));
	struct by_hash key = { from_hex(id), 0 };
	const struct by_hash *found = NULL;
	bool taken = false;

	if (id && when && json_array_size(lines) > 0)
		found = bsearch(&key, table, units->n, sizeof(*table), by_number);
	if (found && done[found->unit].n == 0 &&
	    stamp(&units->at[found->unit]) == from_hex(when)) {
		taken = true;
		for (size_t i = 0; i < json_array_size(lines); i++)
			taken &= rows_insert(&done[found->unit], i,
			                     row_from(o, i));
		if (!taken)
			rows_free(&done[found->unit]);
	}
	json_decref(o);
	return taken;
}

static size_t
take_lines(FILE *f, const struct devices *units, struct rows *done)
{
	struct by_hash *table = malloc((units->n + 1) * sizeof(*table));
	size_t n = 0;
	char *line;

	for (size_t i = 0; table && i < units->n; i++)
		table[i] = (struct by_hash){ path_hash(units->at[i].source), i };
	if (table)
		qsort(table, units->n, sizeof(*table), by_number);
	while (table && (line = read_line(f)) != NULL) {
		n += take_line(line, table, units, done);
		free(line);
	}
	free(table);
	return n;
}

/* False: it is there, and of other settings. */
static bool
read_journal(const char *path, const char *settings, const struct devices *units,
             struct rows *done, size_t *ret_n)
{
	FILE *f = open_path(path, "rb");
	char *first = f ? read_line(f) : NULL;
	bool same = true;

	*ret_n = 0;
	if (first && strcmp(first, settings) != 0)
		same = false;
	else if (first)
		*ret_n = take_lines(f, units, done);
	free(first);
	if (f)
		fclose(f);
	return same;
}

static bool
write_again(const char *path, const char *settings, const struct devices *units,
            const struct rows *done)
{
	struct output o;
	struct journal j = { NULL, NULL };
	bool ok = output_open(&o, path);

	j.file = o.file;
	if (ok)
		fprintf(o.file, "%s\n", settings);
	for (size_t i = 0; ok && i < units->n; i++)
		if (done[i].n > 0)
			journal_add(&j, &units->at[i], &done[i]);
	return output_close(&o, ok) && ok;
}

struct journal *
journal_open(const char *path, uint64_t settings, bool resume,
             const struct devices *units, struct rows *done, size_t *ret_n,
             int *ret_exit)
{
	struct journal *j = calloc(1, sizeof(*j));
	char digits[17], first[64];

	hex16(settings, digits);
	snprintf(first, sizeof(first), "cabscan-resume/1 %s", digits);
	*ret_n = 0;
	*ret_exit = EXIT_OUTPUT;
	if (resume && !read_journal(path, first, units, done, ret_n)) {
		print_problem(path, "is of a run with other options, another "
		              "cabscan or other knowledge: run with the same, or "
		              "without --resume");
		*ret_exit = EXIT_USAGE;
		free(j);
		return NULL;
	}
	if (j)
		j->path = copy_text(path, strlen(path));
	if (j && j->path && write_again(path, first, units, done))
		j->file = open_path(path, "ab");
	if (j && j->file)
		return j;
	print_problem(path, "cannot be written");
	if (j)
		free(j->path);
	free(j);
	return NULL;
}
