#include "read/json.h"

#include "base/utf.h"
#include "read/formats.h"
#include "read/jsonmend.h"
#include "read/jsonparse.h"
#include "read/wholetext.h"

#include <stdio.h>

struct document {
	struct cs_scan *scan;
	struct cs_place place;
	cs_arena arena;                 /* of the values */
	cs_arena mended;                /* of the text that they view */
	struct cs_value *values;
	size_t n_values, room;
	char path[MAX_JSON_PATH];
	size_t path_len;
	unsigned depth;
	unsigned strings_left;          /* levels of JSON in strings */
	unsigned left_out;              /* inside of so many of them */
	size_t n_left_out;              /* values whose path is too long */
	bool cut;                       /* nothing behind it can be read */
};

/* ---- values ---------------------------------------------------------- */

static bool
make_room(struct document *d)
{
	size_t room = d->room ? d->room * 2 : 64;
	struct cs_value *more;

	if (d->n_values < d->room)
		return true;
	more = cs_alloc_n(&d->arena, room, sizeof(*more));
	if (!more)
		return false;
	if (d->n_values > 0)
		memcpy(more, d->values, d->n_values * sizeof(*more));
	d->values = more;
	d->room = room;
	return true;
}

static void
add(struct document *d, enum cs_type type, cs_bytes raw)
{
	cs_text name;

	if (d->left_out > 0 || d->arena.full)
		return;
	name = cs_keep_text(&d->arena, (cs_text){ d->path, d->path_len });
	if (d->arena.full || !make_room(d))
		return;
	d->values[d->n_values++] = (struct cs_value){
		.name = name, .type = type, .raw = raw
	};
}

static void
add_number(struct document *d, enum cs_type type, uint64_t bits, size_t size)
{
	uint8_t *raw = cs_alloc(&d->arena, size);

	for (size_t i = 0; raw && i < size; i++)
		raw[i] = (uint8_t)(bits >> (8 * i));
	add(d, type, (cs_bytes){ raw, raw ? size : 0 });
}

/* Appends to the path; what it has no room for is left out, with all in it.
 * Returns where the path ended. */
static size_t
enter(struct document *d, cs_text part)
{
	size_t before = d->path_len;

	if (d->left_out > 0 ||
	    part.len + (before > 0) > sizeof(d->path) - before) {
		d->n_left_out += d->left_out == 0;
		d->left_out++;
		return before;
	}
	if (before > 0)
		d->path[d->path_len++] = '/';
	if (part.len > 0)
		memcpy(d->path + d->path_len, part.at, part.len);
	d->path_len += part.len;
	return before;
}

static void
leave(struct document *d, size_t before)
{
	if (d->left_out > 0)
		d->left_out--;
	d->path_len = before;
}

static bool read_value(struct document *d, struct cs_json_in *in);

static bool
read_object(struct document *d, struct cs_json_in *in)
{
	enum cs_json_follows follows = cs_json_first(in, '}');

	while (follows == CS_JSON_ANOTHER) {
		cs_text name;
		size_t before;

		if (!cs_json_name(in, &name))
			return false;
		before = enter(d, name);
		if (!read_value(d, in))
			return false;
		leave(d, before);
		follows = cs_json_next(in, '}');
	}
	return follows == CS_JSON_END;
}

static bool
read_array(struct document *d, struct cs_json_in *in)
{
	enum cs_json_follows follows = cs_json_first(in, ']');

	for (unsigned i = 0; follows == CS_JSON_ANOTHER; i++) {
		char index[24];
		size_t before;

		snprintf(index, sizeof(index), "%u", i);
		before = enter(d, cs_text_of(index));
		if (!read_value(d, in))
			return false;
		leave(d, before);
		follows = cs_json_next(in, ']');
	}
	return follows == CS_JSON_END;
}

/* A string, and the JSON that it holds: all of that, or none. */
static void
add_string(struct document *d, cs_text t)
{
	struct cs_json_in in = { .text = cs_trim(t), .arena = &d->arena };
	size_t n_values, n_left_out = d->n_left_out, path_len = d->path_len;
	unsigned depth = d->depth, left_out = d->left_out;

	add(d, CS_UTF8, (cs_bytes){ (const uint8_t *)t.at, t.len });
	n_values = d->n_values;
	if (d->strings_left == 0 || in.text.len < 2 ||
	    (in.text.at[0] != '{' && in.text.at[0] != '[') ||
	    !cs_json_shallow(in.text))
		return;
	d->strings_left--;
	d->depth = 0;
	if (!read_value(d, &in) || !cs_json_at_end(&in)) {
		d->n_values = n_values;
		d->n_left_out = n_left_out;
	}
	d->left_out = left_out;
	d->path_len = path_len;
	d->depth = depth;
	d->strings_left++;
}

/* An integer that 64 bits hold is one; any other number is the text that it
 * is written with. */
static void
add_digits(struct document *d, enum cs_json_token token, cs_text t)
{
	int64_t n;

	if (token == CS_JSON_INTEGER && cs_json_integer(t, &n))
		add_number(d, CS_I64, (uint64_t)n, 8);
	else
		add(d, CS_UTF8, (cs_bytes){ (const uint8_t *)t.at, t.len });
}

/* As deep as MAX_JSON_DEPTH for each level of strings. */
static bool
read_value(struct document *d, struct cs_json_in *in)
{
	cs_text t;
	enum cs_json_token token = cs_json_value(in, &t);
	bool sound = true;

	switch (token) {
	case CS_JSON_WRONG:
		return false;
	case CS_JSON_OBJECT:
	case CS_JSON_ARRAY:
		if (d->depth == MAX_JSON_DEPTH)
			return false;
		d->depth++;
		sound = token == CS_JSON_OBJECT ? read_object(d, in)
		                                : read_array(d, in);
		d->depth--;
		break;
	case CS_JSON_STRING:
		add_string(d, t);
		break;
	case CS_JSON_INTEGER:
	case CS_JSON_REAL:
		add_digits(d, token, t);
		break;
	case CS_JSON_TRUE:
	case CS_JSON_FALSE:
		add_number(d, CS_BOOL, token == CS_JSON_TRUE, 4);
		break;
	case CS_JSON_NULL:
		add(d, CS_NULL, (cs_bytes){ NULL, 0 });
		break;
	}
	return sound;
}

/* False: it is not JSON; nothing was read, and *ret_end is where it is wrong. */
static bool
parse(struct document *d, cs_text t, size_t *ret_end)
{
	struct cs_json_in in = { .text = t, .arena = &d->arena };
	bool sound;

	d->strings_left = MAX_JSON_STRINGS;
	d->depth = d->left_out = 0;
	d->path_len = d->n_values = d->n_left_out = 0;
	sound = read_value(d, &in);
	*ret_end = in.at;
	if (!sound) {
		cs_arena_reset(&d->arena);
		d->values = NULL;
		d->n_values = d->room = 0;
	}
	return sound;
}

/* ---- one document ---------------------------------------------------- */

static unsigned
column(cs_text t, size_t at)
{
	size_t from = at;

	while (from > 0 && t.at[from - 1] != '\n')
		from--;
	return (unsigned)(at - from + 1);
}

static struct cs_place
line_of(struct cs_place place, cs_text t, size_t at)
{
	for (size_t i = 0; i < at; i++)
		place.line += t.at[i] == '\n';
	return place;
}

static void
note_mended(struct document *d, const struct cs_json_mend *m)
{
	struct cs_place place = d->place;

	if (m->mistakes > 0 && m->first_mistake <= m->cut.in) {
		place = line_of(place, m->in, m->first_mistake);
		cs_note(d->scan, CABSCAN_NOTE_DAMAGED, place,
		        "JSON with %s at column %u; mistakes mended: %zu", m->what,
		        column(m->in, m->first_mistake), m->mistakes);
	}
	if (m->whole)
		return;
	place = line_of(d->place, m->in, m->cut.in);
	if (m->too_deep)
		cs_note(d->scan, CABSCAN_NOTE_LIMIT, place,
		        "JSON of more than %u levels is read up to column %u: "
		        "%zu of %zu bytes not used", MAX_JSON_DEPTH,
		        column(m->in, m->cut.in), m->in.len - m->cut.in, m->in.len);
	else
		cs_note(d->scan, CABSCAN_NOTE_DAMAGED, place,
		        "JSON cannot be read behind line %llu, column %u: "
		        "%zu of %zu bytes not used",
		        (unsigned long long)place.line,
		        column(m->in, m->cut.in), m->in.len - m->cut.in, m->in.len);
}

/* Mends, and cuts back until it is JSON. */
static bool
parse_damaged(struct document *d, cs_text t, size_t *ret_end)
{
	struct cs_json_mend m = { .in = t, .limit = SIZE_MAX };
	bool sound = false;
	size_t at;

	for (unsigned try = 0; !sound && try < MAX_JSON_TRIES; try++) {
		if (!cs_json_mend(&d->mended, &m) || m.len == 0)
			return false;
		sound = parse(d, (cs_text){ m.out, m.len }, &at);
		m.limit = m.whole ? m.len - 1 : m.cut.out - 1;
		if (at < m.limit)
			m.limit = at;
	}
	if (!sound)
		return false;
	note_mended(d, &m);
	d->cut = !m.whole;
	*ret_end = m.cut.in;
	return true;
}

/* Reads the document at the front of 't'; false: there is none. */
static bool
read_document(struct document *d, cs_text t, size_t *ret_end)
{
	if (!(cs_json_shallow(t) && parse(d, t, ret_end)) &&
	    !parse_damaged(d, t, ret_end))
		return false;
	if (d->arena.full)
		cs_note(d->scan, CABSCAN_NOTE_LIMIT, d->place,
		        "JSON is read up to its value %zu: the rest needs more "
		        "than %llu bytes of memory", d->n_values,
		        (unsigned long long)MAX_JSON_BYTES);
	if (d->n_left_out > 0)
		cs_note(d->scan, CABSCAN_NOTE_LIMIT, d->place,
		        "JSON with %zu values left out: their names together are "
		        "longer than %u bytes", d->n_left_out, MAX_JSON_PATH);
	return true;
}

static void
end_document(struct document *d)
{
	cs_scan_release(d->scan, &d->arena);
	cs_scan_release(d->scan, &d->mended);
}

/* ---- a text ---------------------------------------------------------- */

/* Where the next document begins; t.len: none. */
static size_t
next_document(cs_text t, size_t at)
{
	const char *hit;

	while (at < t.len && t.at[at] != '\0' && strchr(" \t\r\n,;", t.at[at]))
		at++;
	if (at == t.len || t.at[at] == '{' || t.at[at] == '[')
		return at;
	hit = memchr(t.at + at, '{', t.len - at);
	if (!hit)
		hit = memchr(t.at + at, '[', t.len - at);
	return hit ? (size_t)(hit - t.at) : t.len;
}

static size_t
not_blank(cs_text t, size_t from, size_t to)
{
	size_t n = 0;

	for (; from < to; from++)
		n += t.at[from] == '\0' || !strchr(" \t\r\n,;", t.at[from]);
	return n;
}

/* Returns the end of the document, or 0 to read no further. */
static size_t
hand_out_document(struct document *d, cs_text name, cs_text t,
                  struct cs_sink *sink)
{
	struct cs_record r = { .kind = CS_JSON, .name = name, .place = d->place };
	size_t end = 0;

	if (!read_document(d, t, &end)) {
		cs_note(d->scan, CABSCAN_NOTE_DAMAGED, d->place,
		        "JSON of which nothing can be read: %zu bytes not used",
		        t.len);
		return 0;
	}
	r.values = d->values;
	r.n_values = d->n_values;
	if ((r.n_values > 0 || !d->cut) && !cs_hand_out(d->scan, sink, &r))
		return 0;
	return d->cut ? 0 : end;
}

static void
read_documents(struct cs_scan *s, struct cs_place place, cs_text name,
               cs_text t, struct cs_sink *sink)
{
	size_t at = 0, lost = 0, documents = 0, end;
	struct cs_place here = place;

	for (;;) {
		size_t from = next_document(t, at);
		struct document d = { .scan = s, .arena.limit = MAX_JSON_BYTES,
		                      .mended.limit = MAX_JSON_BYTES };

		lost += not_blank(t, at, from);
		here = line_of(here, (cs_text){ t.at + at, from - at }, from - at);
		if (from == t.len)
			break;
		d.place = here;
		documents++;
		t = (cs_text){ t.at + from, t.len - from };
		end = hand_out_document(&d, name, t, sink);
		end_document(&d);
		if (end == 0)
			break;
		here = line_of(here, t, end);
		at = end;
	}
	if (documents == 0)
		cs_note(s, CABSCAN_NOTE_DAMAGED, place, "no JSON in %zu bytes", t.len);
	else if (lost > 0)
		cs_note(s, CABSCAN_NOTE_DAMAGED, place,
		        "%zu bytes before, between or behind JSON not used", lost);
}

bool
cs_looks_json(cs_text t)
{
	cs_text inner;

	t = cs_trim(t);
	if (t.len < 2 || (t.at[0] != '{' && t.at[0] != '['))
		return false;
	inner = cs_trim((cs_text){ t.at + 1, t.len - 1 });
	return inner.len == 0 ||
	       (inner.at[0] != '\0' &&
	        strchr(t.at[0] == '{' ? "\"}" : "{[]\"", inner.at[0]));
}

void
cs_read_json(struct cs_scan *s, struct cs_place place, cs_text name,
             cs_text text, struct cs_sink *sink)
{
	cs_arena arena = { .limit = MAX_VALUE_BYTES * 4 };

	if (text.len > MAX_VALUE_BYTES) {
		cs_note(s, CABSCAN_NOTE_LIMIT, place,
		        "JSON of %zu bytes is read up to %llu", text.len,
		        (unsigned long long)MAX_VALUE_BYTES);
		text.len = MAX_VALUE_BYTES;
	}
	/* Its owner has noted what is not UTF-8 in it. */
	text = cs_clean_utf8(&arena, text, NULL);
	read_documents(s, place, name, text, sink);
	cs_scan_release(s, &arena);
}

static void
read_json(struct cs_scan *s, const struct cs_member *m, struct cs_sink *sink)
{
	struct cs_whole whole;

	cs_whole_open(s, m, &whole);
	cs_read_json(s, cs_whole_place(&whole, whole.text.at),
	             cs_base_name(m->name), whole.text, sink);
	cs_whole_close(&whole);
}

/* A .txt is JSON when its first line is not all of an object: outputs have
 * lines of JSON among others. */
static bool
spans_lines(cs_text head)
{
	cs_text line = cs_trim(cs_cut(&head, '\n'));

	return line.at[line.len - 1] != '}' || cs_trim(head).len == 0;
}

static int
claims(cs_text member, cs_bytes head)
{
	char chars[CS_HEAD_CHARS];
	cs_text text = cs_trim(cs_head_text(head, chars));
	cs_text name = cs_base_name(member);

	if (head.len > 0 && text.len == 0)
		return 0;
	if (cs_ends(name, CS_TEXT(".json")))
		return cs_looks_json(text) ? 90 : 40;
	if (text.len == 0 || text.at[0] != '{' || !cs_looks_json(text))
		return 0;
	if (cs_ends(name, CS_TEXT(".txt")) || cs_ends(name, CS_TEXT(".log")))
		return spans_lines(text) ? 50 : 0;
	return 50;
}

const struct cs_format cs_format_json = { "json", claims, read_json };
