/*
 * rosterjson.c - where in JSON its devices are
 *
 * Every object with a serial number of its own is one, whatever is around it:
 * pages with an array "value", several of them one behind the other, a bare
 * array, one object, an object a line.  Nothing is built: a walk over strings
 * and brackets finds where each object begins and ends; its row is parsed when
 * somebody asks for it.
 */
#include "read/roster.h"

#include "base/utf.h"
#include "read/jsonparse.h"

struct level {
	bool object, device;
	uint32_t at, line;
	struct cs_roster_cells cells;
};

/* Names are the same in each object: they are looked up once. */
#define MAX_KNOWN 64
struct known_name {
	cs_text name;
	unsigned columns;
};

struct walk {
	struct cs_roster *r;
	const struct cs_roster_names *names;
	cs_arena scratch;               /* cells with escapes */
	unsigned escaped;               /* the outermost level with one; 0: none */
	size_t at;
	uint32_t line;
	struct level level[MAX_JSON_DEPTH];
	unsigned depth;
	cs_text key;                    /* of the value that comes next */
	unsigned columns;               /* that are called like it, as bits */
	struct known_name known[MAX_KNOWN];
	bool wants_key;
	size_t n_pages, n_next;         /* that have a next one */
	uint32_t next_line;
	uint64_t count;                 /* that a page says there are */
	uint32_t count_line;
	const char *damage;             /* NULL: none */
};

/* The string at w->at, as it is between its quotes; false: it does not end. */
static bool
take_string(struct walk *w, cs_text *ret, bool *ret_escapes)
{
	const cs_text *t = &w->r->text;
	size_t from = w->at + 1, i = from;

	*ret_escapes = false;
	for (; i < t->len && t->at[i] != '"'; i++) {
		if (t->at[i] == '\\') {
			*ret_escapes = true;
			i++;
		}
		w->line += i < t->len && t->at[i] == '\n';
	}
	if (i >= t->len) {
		w->damage = "a string that does not end";
		return false;
	}
	w->at = i + 1;
	*ret = (cs_text){ t->at + from, i - from };
	return true;
}

static cs_text
without_escapes(struct walk *w, cs_text value)
{
	struct cs_json_in in = { .arena = &w->scratch };
	cs_text text;

	if (w->escaped == 0 || w->depth < w->escaped)
		w->escaped = w->depth;
	if (value.len > MAX_VALUE_BYTES)
		return CS_TEXT("");
	in.text = cs_clean_utf8(&w->scratch,
	                        (cs_text){ value.at - 1, value.len + 2 }, NULL);
	return cs_json_value(&in, &text) == CS_JSON_STRING ? text : CS_TEXT("");
}

static void
take_value(struct walk *w, cs_text value, bool escapes)
{
	struct level *l = &w->level[w->depth - 1];

	for (int c = 0; w->columns >> c > 0; c++) {
		if (l->cells.at[c].at || !(w->columns >> c & 1))
			continue;
		l->cells.at[c] = escapes ? without_escapes(w, value) : value;
		l->device |= c == CS_ROSTER_SERIAL;
	}
}

static unsigned
columns_of(struct walk *w, cs_text key)
{
	size_t slot = key.len == 0 ? 0 : key.len * 31 +
	              (unsigned char)key.at[0] * 7 +
	              (unsigned char)key.at[key.len - 1];
	struct known_name *k = &w->known[slot % MAX_KNOWN];

	if (!k->name.at || !cs_same(k->name, key))
		*k = (struct known_name){ key, cs_roster_columns(w->names, key) };
	return k->columns;
}

static void
take_key(struct walk *w, cs_text key)
{
	w->key = key;
	w->columns = columns_of(w, key);
	w->wants_key = false;
	if (cs_same(key, CS_TEXT("@odata.nextLink"))) {
		w->n_next++;
		w->next_line = w->line;
	}
}

static void
take_text(struct walk *w)
{
	cs_text text;
	bool escapes;

	if (!take_string(w, &text, &escapes) || w->depth == 0 ||
	    !w->level[w->depth - 1].object)
		return;
	if (w->wants_key)
		take_key(w, text);
	else
		take_value(w, text, escapes);
}

/* A number, true, false, null. */
static void
take_word(struct walk *w)
{
	const cs_text *t = &w->r->text;
	size_t from = w->at;
	uint64_t n;

	while (w->at < t->len && !strchr(",:{}[]\" \t\r\n", t->at[w->at]))
		w->at++;
	if (w->at == from)
		w->at++;                /* a NUL */
	if (cs_same(w->key, CS_TEXT("@odata.count")) &&
	    cs_number((cs_text){ t->at + from, w->at - from }, &n) &&
	    n > w->count) {
		w->count = n;
		w->count_line = w->line;
	}
}

static void
open_level(struct walk *w, bool object)
{
	if (w->depth == MAX_JSON_DEPTH) {
		w->damage = "JSON with too many levels";
		return;
	}
	w->n_pages += !object && cs_same(w->key, CS_TEXT("value"));
	w->level[w->depth++] = (struct level){
		.object = object, .at = (uint32_t)w->at, .line = w->line };
	w->wants_key = object;
	w->at++;
}

static bool
close_level(struct walk *w, bool object, cabscan_error *err)
{
	struct level *l = w->depth > 0 ? &w->level[w->depth - 1] : NULL;
	bool ok = true;

	w->at++;
	if (!l || l->object != object) {
		w->damage = "a bracket that closes nothing";
		return true;
	}
	w->depth--;
	if (l->device)
		ok = cs_roster_add(w->r, (struct cs_roster_row){
			l->at, (uint32_t)w->at - l->at, l->line }, &l->cells, err);
	if (w->escaped > w->depth) {
		cs_arena_reset(&w->scratch);
		w->escaped = 0;
	}
	return ok;
}

/* One step; false: err says why the list cannot be used. */
static bool
step(struct walk *w, cabscan_error *err)
{
	switch (w->r->text.at[w->at]) {
	case '\n':
		w->line++;
		w->at++;
		return true;
	case ' ': case '\t': case '\r': case ':':
		w->at++;
		return true;
	case ',':
		w->at++;
		w->wants_key = w->depth > 0 && w->level[w->depth - 1].object;
		return true;
	case '"':
		take_text(w);
		return true;
	case '{': case '[':
		open_level(w, w->r->text.at[w->at] == '{');
		return true;
	case '}': case ']':
		return close_level(w, w->r->text.at[w->at] == '}', err);
	default:
		take_word(w);
		return true;
	}
}

static void
say_what_is_cut(struct walk *w)
{
	struct cs_roster *r = w->r;

	if (w->damage)
		cs_roster_cut(r, w->line, "%s", w->damage);
	else if (w->depth > 0)
		cs_roster_cut(r, w->line, "it ends inside what begins at line %u",
		              w->level[w->depth - 1].line);
	else if (w->n_next > 0 && w->n_next >= w->n_pages)
		cs_roster_cut(r, w->next_line, "its last page says that there is "
		              "a next one");
	else if (w->count > r->n_rows)
		cs_roster_cut(r, w->count_line, "it says that there are %llu "
		              "devices, and %zu are in it",
		              (unsigned long long)w->count, r->n_rows);
}

bool
cs_roster_json(struct cs_roster *r, const struct cs_roster_names *names,
               cabscan_error *err)
{
	struct walk *w = cs_alloc(&r->arena, sizeof(*w));
	bool ok = w != NULL;

	if (!ok)
		return false;
	w->r = r;
	w->names = names;
	w->line = 1;
	while (ok && !w->damage && w->at < r->text.len)
		ok = step(w, err);
	say_what_is_cut(w);
	r->arena.failed |= w->scratch.failed;
	cs_arena_free(&w->scratch);
	return ok;
}
