#include "read/roster.h"

#include "base/time.h"
#include "base/utf.h"
#include "read/csv.h"
#include "read/json.h"
#include "read/wholetext.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Columns of separated values.  Inventories of everything have 200. */
#define MAX_COLUMNS 512

/* Bytes of a name that a message shows. */
#define MAX_SHOWN 40

/* Characters of a name; Graph's longest, with its path, has 90. */
#define MAX_NAME 200

/* As much of the text as 'most' bytes hold, for a "%.*s". */
static int
whole_characters(cs_text t, size_t most)
{
	size_t n = t.len < most ? t.len : most;

	while (n > 0 && n < t.len && ((unsigned char)t.at[n] & 0xc0) == 0x80)
		n--;
	return (int)n;
}

#if defined(__MINGW32__)
__attribute__((format(gnu_printf, 4, 5)))
#elif defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
static bool
fail(cabscan_error *err, cabscan_status status, cs_text name,
     const char *format, ...)
{
	va_list args;
	int n;

	if (!err)
		return false;
	err->status = status;
	n = snprintf(err->message, sizeof(err->message) / 2, "%.*s",
	             whole_characters(name, 250), name.at);
	va_start(args, format);
	vsnprintf(err->message + n, sizeof(err->message) - (size_t)n, format, args);
	va_end(args);
	return false;
}

void
cs_roster_cut(struct cs_roster *r, uint64_t line, const char *format, ...)
{
	va_list args;

	if (r->cut[0])
		return;
	r->cut_line = line;
	va_start(args, format);
	vsnprintf(r->cut, sizeof(r->cut), format, args);
	va_end(args);
}

/* ---- names ---------------------------------------------------------------- */

/* Letters, digits and what is no ASCII; a sign of OData is none. */
static bool
counts(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

static cs_text
squeezed(cs_text name, char to[MAX_NAME])
{
	size_t n = 0;

	for (size_t i = 0; i < name.len && n < MAX_NAME; i++)
		if (counts(name.at[i]))
			to[n++] = name.at[i];
	return (cs_text){ to, n };
}

static bool
one_of(const cs_text *globs, size_t n, cs_text name)
{
	for (size_t i = 0; i < n; i++)
		if (cs_glob(globs[i], name))
			return true;
	return false;
}

unsigned
cs_roster_columns(const struct cs_roster_names *names, cs_text name)
{
	char chars[MAX_NAME];
	unsigned found = 0;

	name = squeezed(name, chars);
	for (int c = 0; c < CS_N_ROSTER_COLUMNS; c++)
		if (one_of(names->at[c], names->n[c], name))
			found |= 1u << c;
	return found;
}

/* ---- keys ----------------------------------------------------------------- */

/* A serial number is compared without the blanks around it and without case;
 * an id also without its braces.  Nothing else is the same: 0012 is not 12. */
static cs_text
bare_key(cs_text key)
{
	key = cs_trim(key);
	if (key.len > 2 && key.at[0] == '{' && key.at[key.len - 1] == '}')
		key = (cs_text){ key.at + 1, key.len - 2 };
	return key;
}

static uint32_t
hash(cs_text key)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < key.len; i++) {
		char c = key.at[i];

		c = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
		h = (h ^ (unsigned char)c) * UINT64_C(1099511628211);
	}
	return (uint32_t)(h ^ h >> 32);
}

/* The id of nothing: Graph writes it where there is none. */
static bool
is_nothing(cs_text key)
{
	for (size_t i = 0; i < key.len; i++)
		if (key.at[i] != '0' && key.at[i] != '-')
			return false;
	return true;
}

static bool
grow(void **at, size_t *room, size_t size)
{
	size_t more = *room ? *room * 2 : 256;
	void *bigger = realloc(*at, more * size);

	if (!bigger)
		return false;
	*at = bigger;
	*room = more;
	return true;
}

static bool
add_key(struct cs_roster_index *x, cs_text key, uint32_t row)
{
	void *at = x->at;

	key = bare_key(key);
	if (is_nothing(key))
		return true;
	if (x->n == x->room && !grow(&at, &x->room, sizeof(*x->at)))
		return false;
	x->at = at;
	x->at[x->n++] = (struct cs_roster_entry){ hash(key), row };
	return true;
}

bool
cs_roster_add(struct cs_roster *r, struct cs_roster_row row,
              const struct cs_roster_cells *cells, cabscan_error *err)
{
	void *at = r->rows;
	uint64_t time;
	bool ok = true;

	if (r->n_rows == MAX_ROSTER_ROWS)
		return fail(err, CABSCAN_ELIMIT, r->name, ":%u: more than %u rows",
		            row.line, MAX_ROSTER_ROWS);
	if (r->n_rows == r->room_rows)
		ok = grow(&at, &r->room_rows, sizeof(*r->rows));
	r->rows = at;
	for (int i = 0; ok && i < CS_N_ROSTER_KEYS; i++)
		ok = add_key(&r->index[i], cells->at[i], (uint32_t)r->n_rows);
	if (!ok)
		return fail(err, CABSCAN_ENOMEM, r->name, ": out of memory");
	r->rows[r->n_rows++] = row;
	r->has_mark |= cells->at[CS_ROSTER_MARK].at != NULL;
	r->has_mark_2 |= cells->at[CS_ROSTER_MARK_2].at != NULL;
	if (cells->at[CS_ROSTER_DATE].len > 0 &&
	    cs_time_parse(cells->at[CS_ROSTER_DATE], &time) &&
	    time > r->newest)
		r->newest = time;
	return true;
}

static int
by_hash(const void *x, const void *y)
{
	const struct cs_roster_entry *a = x, *b = y;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return a->row < b->row ? -1 : a->row > b->row;
}

static void
sort(struct cs_roster *r)
{
	for (int i = 0; i < CS_N_ROSTER_KEYS; i++)
		if (r->index[i].n > 1)
			qsort(r->index[i].at, r->index[i].n,
			      sizeof(*r->index[i].at), by_hash);
}

/* ---- separated values ------------------------------------------------------ */

/* The fields of the row at the front; returns how many.  Empty ones at its end
 * are none: programs write them as they like. */
static size_t
fields(cs_arena *a, char separator, cs_text *rest, cs_text *ret, size_t room,
       bool *ret_open)
{
	struct cs_csv_field f = { .more = true };
	size_t n = 0;

	*ret_open = false;
	for (size_t i = 0; f.more; i++) {
		f = cs_csv_next(a, separator, rest);
		*ret_open |= f.open;
		if (i < room)
			ret[i] = f.text;
		if (f.text.len > 0)
			n = i + 1;
	}
	return n;
}

/* Lines that come before the names: "sep=;" of Excel, "#TYPE ..." of
 * PowerShell. */
static cs_text
behind_preamble(cs_text text, uint32_t *line)
{
	for (;;) {
		cs_text rest = text, first = cs_cut(&rest, '\n');
		cs_text t = cs_trim(first);

		if (rest.len == 0 ||
		    !(t.len == 0 || cs_starts(t, CS_TEXT("#TYPE ")) ||
		      (t.len <= 5 && cs_starts(t, CS_TEXT("sep=")))))
			return text;
		text = rest;
		++*line;
	}
}

/* Takes the separator that gives a column of serial numbers, or else the most
 * columns. */
static size_t
split_names(struct cs_roster *r, const struct cs_roster_names *names,
            cs_text text, cs_text *field, cs_text *ret_rest)
{
	static const char separators[] = { ',', ';', '\t' };
	size_t best = 0, most = 0, n;
	bool open;

	for (size_t i = 0; i < sizeof(separators); i++) {
		cs_text rest = text;
		bool has = false;

		n = fields(&r->arena, separators[i], &rest, field, MAX_COLUMNS,
		           &open);
		for (size_t k = 0; k < n && k < MAX_COLUMNS; k++)
			has |= cs_roster_columns(names, field[k]) >>
			       CS_ROSTER_SERIAL & 1;
		if (n + (has ? MAX_COLUMNS : 0) > most) {
			most = n + (has ? MAX_COLUMNS : 0);
			best = i;
		}
	}
	*ret_rest = text;
	r->separator = separators[best];
	n = fields(&r->arena, r->separator, ret_rest, field, MAX_COLUMNS, &open);
	return n < MAX_COLUMNS ? n : MAX_COLUMNS;
}

static bool
no_serial(struct cs_roster *r, const cs_text *field, size_t n, uint32_t line,
          cabscan_error *err)
{
	char list[160] = "";
	size_t len = 0;

	for (size_t i = 0; i < n && len + MAX_SHOWN + 3 < sizeof(list); i++) {
		cs_text name = cs_clean_utf8(&r->arena, field[i], NULL);

		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%.*s",
		                        i ? ", " : "",
		                        whole_characters(name, MAX_SHOWN),
		                        name.at);
	}
	return fail(err, CABSCAN_EFORMAT, r->name, ":%u: no column of serial "
	            "numbers among its names: %s", line, list);
}

static bool
name_columns(struct cs_roster *r, const struct cs_roster_names *names,
             const cs_text *field, size_t n)
{
	char chars[MAX_NAME];

	r->columns = cs_alloc_n(&r->arena, n + 1, sizeof(*r->columns));
	if (!r->columns)
		return false;
	r->n_columns = n;
	for (int c = 0; c < CS_N_ROSTER_COLUMNS; c++)
		r->column[c] = n;
	for (size_t i = 0; i < n; i++) {
		cs_text name = cs_clean_utf8(&r->arena, field[i], NULL);
		unsigned found = cs_roster_columns(names, name);

		r->columns[i] = cs_keep_text(&r->arena, squeezed(name, chars));
		for (int c = 0; c < CS_N_ROSTER_COLUMNS; c++)
			if (r->column[c] == n && found >> c & 1)
				r->column[c] = i;
	}
	return !r->arena.failed;
}

static uint32_t
lines_in(cs_text t)
{
	uint32_t n = 0;

	for (const char *p = t.at; p && t.len > 0; n++) {
		const char *hit = memchr(p, '\n', t.len);

		if (!hit)
			break;
		t.len -= (size_t)(hit + 1 - p);
		p = hit + 1;
	}
	return n;
}

/* What makes a row one that a whole export would not have. */
static void
check_row(struct cs_roster *r, uint32_t line, size_t n, bool open)
{
	if (open)
		cs_roster_cut(r, line, "a quote that begins in this row is never "
		              "closed");
	else if (n > r->n_columns)
		cs_roster_cut(r, line, "a row of %zu fields below %zu names", n,
		              r->n_columns);
}

static bool
index_rows(struct cs_roster *r, cs_text rest, uint32_t line, cabscan_error *err)
{
	cs_text *field = cs_alloc_n(&r->arena, r->n_columns + 1, sizeof(*field));
	cs_arena scratch = { .limit = 0 };
	const char *counted = rest.at;
	bool ok = field != NULL;

	while (ok && cs_csv_row(&rest)) {
		struct cs_roster_cells cells = { .at = { { NULL, 0 } } };
		struct cs_roster_row row;
		bool open;
		size_t n;

		line += lines_in((cs_text){ counted, (size_t)(rest.at - counted) });
		counted = rest.at;
		row = (struct cs_roster_row){
			.at = (uint32_t)(rest.at - r->text.at), .line = line };
		cs_arena_reset(&scratch);
		n = fields(&scratch, r->separator, &rest, field, r->n_columns, &open);
		check_row(r, line, n, open);
		for (int c = 0; c < CS_N_ROSTER_COLUMNS; c++)
			if (r->column[c] < n && r->column[c] < r->n_columns)
				cells.at[c] = field[r->column[c]];
		ok = cs_roster_add(r, row, &cells, err);
	}
	if (ok && r->n_rows == 0)
		cs_roster_cut(r, line, "there is nothing below its names");
	r->arena.failed |= scratch.failed;
	cs_arena_free(&scratch);
	return ok;
}

static bool
read_table(struct cs_roster *r, const struct cs_roster_names *names,
           cabscan_error *err)
{
	cs_text *field = cs_alloc_n(&r->arena, MAX_COLUMNS, sizeof(*field));
	uint32_t line = 1;
	cs_text text = behind_preamble(r->text, &line), rest = text;
	size_t n = field ? split_names(r, names, text, field, &rest) : 0;

	if (!field || !name_columns(r, names, field, n))
		return false;
	if (r->column[CS_ROSTER_SERIAL] == n)
		return no_serial(r, field, n, line, err);
	line += lines_in((cs_text){ text.at, (size_t)(rest.at - text.at) });
	return index_rows(r, rest, line, err);
}

/* Commands that read one page of Graph and no more are often the reason for a
 * list of such a size. */
static void
check_size(struct cs_roster *r)
{
	if (r->n_rows == 100 || (r->n_rows > 0 && r->n_rows % 1000 == 0))
		cs_roster_cut(r, 1, "it has exactly %zu rows, as pages of Graph "
		              "have", r->n_rows);
}

/* ---- the file --------------------------------------------------------------- */

static bool
open_text(struct cs_roster *r, size_t len, cabscan_error *err)
{
	bool utf16;
	size_t bad;

	if (len > MAX_ROSTER_BYTES)
		return fail(err, CABSCAN_ELIMIT, r->name, ": %zu bytes are more "
		            "than the limit of %llu", len,
		            (unsigned long long)MAX_ROSTER_BYTES);
	r->text = cs_text_file(&r->arena, (cs_bytes){ r->bytes, len }, &utf16,
	                       &bad);
	if (r->arena.failed || r->text.len > UINT32_MAX)
		return fail(err, CABSCAN_ENOMEM, r->name, ": out of memory");
	/* Characters beyond ASCII are of different lengths in both forms. */
	r->step = utf16 ? 2 : 1;
	r->mark = len - r->text.len * r->step;
	if (r->mark > 3)
		r->step = 0;
	if (utf16) {
		free(r->bytes);
		r->bytes = NULL;
	}
	if (cs_trim(r->text).len == 0)
		return fail(err, CABSCAN_EFORMAT, r->name, ": the file is empty");
	if (memchr(r->text.at, '\0', r->text.len < 4096 ? r->text.len : 4096))
		return fail(err, CABSCAN_EFORMAT, r->name, ": neither separated "
		            "values nor JSON: there are NULs in it");
	return true;
}

static bool
begins_json(cs_text t)
{
	t = cs_trim((cs_text){ t.at, t.len < 4096 ? t.len : 4096 });
	return t.len > 0 && (t.at[0] == '{' || t.at[0] == '[');
}

struct cs_roster *
cs_roster_new(const char *name, void *bytes, size_t len,
              const struct cs_roster_names *names, cabscan_error *err)
{
	struct cs_roster *r = calloc(1, sizeof(*r));
	bool ok;

	if (!r) {
		free(bytes);
		fail(err, CABSCAN_ENOMEM, cs_text_of(name), ": out of memory");
		return NULL;
	}
	r->bytes = bytes;
	r->size = len;
	r->names = names;
	r->name = cs_keep_text(&r->arena, cs_clean_utf8(&r->arena,
	                                                cs_text_of(name), NULL));
	ok = r->name.at && open_text(r, len, err);
	r->is_json = ok && begins_json(r->text);
	ok = ok && (r->is_json ? cs_roster_json(r, names, err)
	                       : read_table(r, names, err));
	if (ok && r->n_rows == 0 && r->is_json)
		ok = fail(err, CABSCAN_EFORMAT, r->name, ":1: no object in this "
		          "JSON has a serial number%s%s", *r->cut ? ": " : "",
		          r->cut);
	if (r->arena.failed)
		ok = fail(err, CABSCAN_ENOMEM, cs_text_of(name), ": out of memory");
	if (ok) {
		check_size(r);
		sort(r);
		return r;
	}
	cs_roster_free(r);
	return NULL;
}

void
cs_roster_free(struct cs_roster *r)
{
	if (!r)
		return;
	for (int i = 0; i < CS_N_ROSTER_KEYS; i++)
		free(r->index[i].at);
	free(r->rows);
	free(r->bytes);
	cs_arena_free(&r->arena);
	free(r);
}

bool
cs_roster_has(const struct cs_roster *r, cs_text name)
{
	for (size_t i = 0; i < r->n_columns; i++)
		if (cs_glob(name, r->columns[i]))
			return true;
	return false;
}

/* ---- looking things up ------------------------------------------------------ */

/* Checks and renames what the readers below hand out. */
struct row_sink {
	struct cs_sink sink;            /* first: the sink is this */
	struct cs_scan *scan;
	const struct cs_roster *roster;
	const struct cs_roster_question *question;
	struct cs_sink *to;
	size_t n;                       /* rows that are an answer */
};

static bool
same_key(const struct cs_roster *r, const struct cs_record *rec,
         enum cs_roster_column key, cs_text value, cs_arena *scratch)
{
	for (size_t i = 0; i < rec->n_values; i++)
		if (one_of(r->names->at[key], r->names->n[key],
		           rec->values[i].name) &&
		    cs_same_caseless(bare_key(value),
		             bare_key(cs_value_text(scratch, &rec->values[i]))))
			return true;
	return false;
}

static void
take_row(struct row_sink *s, const struct cs_record *r)
{
	const struct cs_roster_question *q = s->question;
	cs_arena *scratch = &s->scan->scratch;

	/* A hash alone is no proof. */
	if (!same_key(s->roster, r, q->key, q->value, scratch) ||
	    (q->unless_serial.len > 0 &&
	     same_key(s->roster, r, CS_ROSTER_SERIAL, q->unless_serial, scratch)))
		return;
	s->n++;
	s->to->record(s->to, r);
}

/* An object's names become like those of columns. */
static void
take_object(struct cs_sink *sink, const struct cs_record *found)
{
	struct row_sink *s = (struct row_sink *)sink;
	cs_arena *scratch = &s->scan->scratch;
	struct cs_value *values = cs_alloc_n(scratch, found->n_values + 1,
	                                     sizeof(*values));
	struct cs_record r = *found;
	char chars[MAX_NAME];

	for (size_t i = 0; values && i < found->n_values; i++) {
		values[i] = found->values[i];
		values[i].name = cs_keep_text(scratch,
		                              squeezed(values[i].name, chars));
		if (!values[i].name.at)
			return;
	}
	if (!values)
		return;
	r.kind = CS_ROW;
	r.name = s->question->record;
	r.values = values;
	take_row(s, &r);
}

static void
read_fields(struct row_sink *s, struct cs_place place, cs_text text)
{
	const struct cs_roster *r = s->roster;
	cs_arena *scratch = &s->scan->scratch;
	cs_text *field = cs_alloc_n(scratch, r->n_columns, sizeof(*field));
	struct cs_value *values = cs_alloc_n(scratch, r->n_columns,
	                                     sizeof(*values));
	struct cs_record rec = { .kind = CS_ROW, .name = s->question->record,
	                         .place = place, .values = values };
	bool open;
	size_t n;

	if (!field || !values ||
	    !cs_spend(s->scan, CABSCAN_LIMIT_RECORDS, 1, place))
		return;
	n = fields(scratch, r->separator, &text, field, r->n_columns, &open);
	rec.n_values = n < r->n_columns ? n : r->n_columns;
	rec.doubtful = open || n > r->n_columns;
	for (size_t i = 0; i < rec.n_values; i++)
		values[i] = (struct cs_value){
			.name = r->columns[i],
			.type = field[i].len > 0 ? CS_UTF8 : CS_NULL,
			.raw = { (const uint8_t *)field[i].at, field[i].len },
		};
	take_row(s, &rec);
}

static void
read_row(struct row_sink *s, const struct cs_member *m, uint32_t row)
{
	const struct cs_roster *r = s->roster;
	const struct cs_roster_row *w = &r->rows[row];
	struct cs_place place = {
		.member = m, .line = w->line,
		.offset = r->step ? r->mark + w->at * (uint64_t)r->step : 0,
	};
	cs_text text = { r->text.at + w->at,
	                 w->len ? w->len : r->text.len - w->at };

	cs_arena_reset(&s->scan->scratch);
	if (r->is_json)
		cs_read_json(s->scan, place, s->question->record, text, &s->sink);
	else
		read_fields(s, place, text);
}

/* Where the entries of that hash begin. */
static size_t
first_of(const struct cs_roster_index *x, uint32_t h)
{
	size_t low = 0, high = x->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (x->at[mid].hash < h)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

size_t
cs_roster_ask(struct cs_scan *s, const struct cs_roster *r,
              const struct cs_member *m, const struct cs_roster_question *q,
              struct cs_sink *to)
{
	const struct cs_roster_index *x = &r->index[q->key];
	struct row_sink sink = { { take_object, NULL }, s, r, q, to, 0 };
	cs_text key = bare_key(q->value);
	uint32_t h = hash(key);
	unsigned n = 0;

	if (is_nothing(key))
		return 0;
	for (size_t i = first_of(x, h); i < x->n && x->at[i].hash == h; i++, n++) {
		if (n == MAX_ROSTER_ANSWERS) {
			cs_note(s, CABSCAN_NOTE_LIMIT,
			        (struct cs_place){ .member = m },
			        "more than %u rows of one device are not read",
			        MAX_ROSTER_ANSWERS);
			break;
		}
		read_row(&sink, m, x->at[i].row);
	}
	cs_arena_reset(&s->scratch);
	return sink.n;
}
