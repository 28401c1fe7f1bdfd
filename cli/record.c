/* record.c - rows that were written, by this run or another one */
#include "batch.h"
#include "sys.h"

#include <stdlib.h>
#include <string.h>

/* Levels of JSON in a row.  It has three. */
#define MAX_ROW_LEVELS 16

const char *
row_text(const struct record *r, const char *key)
{
	const char *text = json_string_value(json_object_get(r->o, key));

	return text ? text : "";
}

bool
is_case(const struct record *r)
{
	return strcmp(r->state, "scanned") == 0;
}

bool
is_problem(const struct record *r)
{
	return strcmp(r->state, "failed") == 0;
}

static bool
is_marker(const struct record *r)
{
	return strcmp(r->state, "shard") == 0;
}

cabscan_confidence
confidence_of(const char *name)
{
	for (int i = CABSCAN_POSSIBLE; i <= CABSCAN_CERTAIN; i++)
		if (strcmp(cabscan_confidence_name((cabscan_confidence)i), name) == 0)
			return (cabscan_confidence)i;
	return CABSCAN_NONE;
}

bool
row_fails(const char *fail_on, const struct record *r)
{
	const char *cause = row_text(r, "cause");
	cabscan_confidence level = confidence_of(row_text(r, "confidence"));

	if (!is_case(r))
		return false;
	if (fail_on)
		return fail_on_applies(fail_on, cause, level);
	return !is_harmless(cause) && strcmp(cause, "unknown") != 0;
}

static json_t *
plain_string(const char *text)
{
	char *plain = plain_text(text);
	json_t *j = plain ? json_string(plain) : NULL;

	free(plain);
	return j;
}

/* A row may come from anywhere: it is cleaned once, here, for every report. */
static bool
make_plain(json_t *j, unsigned levels)
{
	const char *key;
	json_t *value;
	void *next;
	size_t i;

	if (levels == 0)
		return false;
	json_object_foreach_safe(j, next, key, value) {
		if (!is_plain(key))
			json_object_del(j, key);
		else if (json_is_string(value) && !is_plain(json_string_value(value)))
			json_object_set_new(j, key,
			                    plain_string(json_string_value(value)));
		else if (!make_plain(value, levels - 1))
			return false;
	}
	json_array_foreach(j, i, value) {
		if (json_is_string(value) && !is_plain(json_string_value(value)))
			json_array_set_new(j, i,
			                   plain_string(json_string_value(value)));
		else if (!make_plain(value, levels - 1))
			return false;
	}
	return true;
}

bool
read_row(const char *line, size_t len, struct record *ret, const char **why)
{
	struct record r = { .o = json_loadb(line, len, 0, NULL) };

	*why = "this line is no JSON object";
	if (!json_is_object(r.o) || !make_plain(r.o, MAX_ROW_LEVELS)) {
		json_decref(r.o);
		return false;
	}
	r.id = row_text(&r, "id");
	r.source = row_text(&r, "source");
	r.state = row_text(&r, "state");
	*why = "this line is no cabscan-row/1";
	if (strcmp(row_text(&r, "schema"), "cabscan-row/1") != 0 ||
	    (!is_marker(&r) && ((!is_case(&r) && !is_problem(&r)) || !*r.id ||
	                        !*r.source || (is_case(&r) &&
	                                       !*row_text(&r, "cause"))))) {
		if (strcmp(row_text(&r, "schema"), "cabscan-case/1") == 0)
			*why = "this line is a whole case (--full), which cannot be "
			       "merged";
		json_decref(r.o);
		return false;
	}
	*ret = r;
	return true;
}

bool
refuse_row(const char *file, size_t number, const char *why)
{
	char place[400];

	snprintf(place, sizeof(place), "%.300s: row %zu", file, number);
	print_problem(place, why);
	return false;
}

static bool
long_line(const char *path, size_t number, const char *line)
{
	return refuse_row(path, number, strstr(line, "cabscan-case/1")
	                  ? "this line is a whole case (--full), which no row is"
	                  : "this line is longer than a row");
}

bool
is_utf16(const unsigned char *head, size_t n)
{
	return n >= 2 && ((head[0] == 0xff && head[1] == 0xfe) ||
	                  (head[0] == 0xfe && head[1] == 0xff));
}

/* Without its end, and a mark of UTF-8 at the beginning of a file. */
static bool
hand_out_line(const char *path, char *line, size_t len, size_t number,
              take_line_fn *take, void *user)
{
	size_t from = number == 1 && strncmp(line, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	if (len - from > MAX_ROW)
		return long_line(path, number, line);
	line[--len] = '\0';
	if (len > from && line[len - 1] == '\r')
		line[--len] = '\0';
	return len == from || take(user, line + from, len - from, path, number);
}

static enum lines_end
read_row_lines(FILE *f, const char *path, take_line_fn *take, void *user)
{
	char line[MAX_ROW + 8];
	bool ok = true;

	for (size_t n = 1; ok && fgets(line, sizeof(line), f); n++) {
		size_t len = strlen(line);

		if (n == 1 && is_utf16((const unsigned char *)line, 2))
			ok = refuse_row(path, n, "this file is UTF-16, as PowerShell "
			                "redirects: let --output write it");
		else if (len > 0 && line[len - 1] == '\n')
			ok = hand_out_line(path, line, len, n, take, user);
		else if (!feof(f))
			ok = long_line(path, n, line);
		else if (f == stdin || read_to_end(f, path)) {
			print_problem(path, "its last row is cut and not counted");
			return LINES_CUT;
		}
	}
	if (!ok)
		return LINES_REFUSED;
	if (f == stdin ? ferror(f) == 0 : read_to_end(f, path))
		return LINES_WHOLE;
	print_problem(path, "cannot be read to its end");
	return LINES_LACKING;
}

enum lines_end
each_row_line(const char *path, take_line_fn *take, void *user)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : open_path(path, "rb");
	enum lines_end end = LINES_LACKING;

	if (!f)
		print_problem(path, "cannot be read");
	else
		end = read_row_lines(f, path, take, user);
	if (f && f != stdin)
		fclose(f);
	return end;
}

bool
records_add(struct records *r, struct record record)
{
	if (r->n == r->room) {
		size_t room = r->room ? r->room * 2 : 256;
		struct record *more = realloc(r->at, room * sizeof(*more));

		if (!more) {
			json_decref(record.o);
			return false;
		}
		r->at = more;
		r->room = room;
	}
	record.order = r->n;
	r->at[r->n++] = record;
	return true;
}

void
records_free(struct records *r)
{
	for (size_t i = 0; i < r->n; i++)
		json_decref(r->at[i].o);
	free(r->at);
	*r = (struct records){ .n = 0 };
}

/* Of rows of one case the one that was scanned comes first, then the one that
 * was read last. */
static int
by_source(const void *x, const void *y)
{
	const struct record *a = x, *b = y;
	int order = strcmp(a->source, b->source);

	if (order == 0)
		order = strcmp(a->id, b->id);
	if (order == 0)
		order = (int)is_case(b) - (int)is_case(a);
	return order ? order : a->order > b->order ? -1 : a->order < b->order;
}

void
report_sort(struct records *r)
{
	size_t n = 0;

	if (r->n > 1)
		qsort(r->at, r->n, sizeof(*r->at), by_source);
	for (size_t i = 0; i < r->n; i++) {
		if (n > 0 && strcmp(r->at[n - 1].id, r->at[i].id) == 0)
			json_decref(r->at[i].o);
		else
			r->at[n++] = r->at[i];
	}
	r->n = n;
}
