/*
 * html.c - MDMDiagHtmlReport.html: each row of a table is a line
 *
 * Its first cell is the label, its second one the value, the whole line all
 * cells with tabs between; the heading is the table's id.  Real pages are not
 * well-formed: a cell, row or table ends where the next one begins, scripts
 * and styles are passed over, and a tag without an end is text.
 */
#include "read/formats.h"
#include "read/wholetext.h"
#include "base/utf.h"

#define MAX_CELLS 32
#define MAX_TABLES 16           /* in one another */
#define MAX_TAG_BYTES 8192
#define MAX_ID 64

struct page {
	struct cs_scan *scan;
	struct cs_sink *sink;
	struct cs_whole whole;
	char id[MAX_TABLES][MAX_ID];    /* of the tables that are open */
	size_t id_len[MAX_TABLES];
	unsigned n_tables;              /* may be more than MAX_TABLES */
	char *row;                      /* MAX_VALUE_BYTES: cells, one tab each */
	size_t row_len;
	size_t cell[MAX_CELLS];         /* where each begins */
	size_t n_cells;
	const char *row_at;
	bool in_cell, cut, full;
};

static cs_text
from(cs_text t, size_t n)
{
	return (cs_text){ t.at + n, t.len - n };
}

/* Where 'mark' begins; t.len: nowhere. */
static size_t
find_caseless(cs_text t, cs_text mark)
{
	for (size_t i = 0; i + mark.len <= t.len; i++) {
		const char *hit = memchr(t.at + i, mark.at[0], t.len - i);

		if (!hit)
			return t.len;
		i = (size_t)(hit - t.at);
		if (cs_starts_caseless(from(t, i), mark))
			return i;
	}
	return t.len;
}

/* ---- text ----------------------------------------------------------------- */

static void
put(struct page *p, const char *at, size_t len)
{
	if (len > MAX_VALUE_BYTES - p->row_len) {
		p->cut = true;
		return;
	}
	memcpy(p->row + p->row_len, at, len);
	p->row_len += len;
}

static bool
ends_in_blank(const struct page *p)
{
	size_t begin = p->n_cells ? p->cell[p->n_cells - 1] : 0;

	return p->row_len == begin || p->row[p->row_len - 1] == ' ';
}

static void
put_character(struct page *p, uint32_t c)
{
	char to[4];

	if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0xa0) {
		if (!ends_in_blank(p))
			put(p, " ", 1);
		return;
	}
	if (c < 0x20 || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
		c = 0xfffd;
	put(p, to, cs_put_utf8(to, c));
}

static const struct {
	const char *name;
	uint32_t character;
} entities[] = {
	{ "amp;", '&' }, { "lt;", '<' }, { "gt;", '>' }, { "quot;", '"' },
	{ "apos;", '\'' }, { "nbsp;", 0xa0 }, { "reg;", 0xae }, { "copy;", 0xa9 },
	{ "trade;", 0x2122 }, { "auml;", 0xe4 }, { "ouml;", 0xf6 },
	{ "uuml;", 0xfc }, { "Auml;", 0xc4 }, { "Ouml;", 0xd6 },
	{ "Uuml;", 0xdc }, { "szlig;", 0xdf }, { "eacute;", 0xe9 },
	{ "egrave;", 0xe8 }, { "agrave;", 0xe0 },
};

/* "#228;" or "#xe4;": bytes of it, or 0. */
static size_t
numeric_entity(cs_text t, uint32_t *ret)
{
	char digits[12] = "0x";
	size_t n = 1, len;
	bool hex = t.len > 1 && (t.at[1] == 'x' || t.at[1] == 'X');
	uint64_t v;

	n += hex;
	for (len = 0; n + len < t.len && len < 8 && t.at[n + len] != ';'; len++)
		digits[2 + len] = t.at[n + len];
	if (n + len >= t.len || t.at[n + len] != ';' ||
	    !cs_number((cs_text){ digits + (hex ? 0 : 2), len + (hex ? 2 : 0) }, &v))
		return 0;
	*ret = v > 0x10ffff ? 0xfffd : (uint32_t)v;
	return n + len + 1;
}

/* Bytes of the entity behind '&'; 0: it is none, and stays text. */
static size_t
entity(cs_text t, uint32_t *ret)
{
	if (t.len > 0 && t.at[0] == '#')
		return numeric_entity(t, ret);
	for (size_t i = 0; i < sizeof(entities) / sizeof(*entities); i++) {
		cs_text name = cs_text_of(entities[i].name);

		if (t.len >= name.len && memcmp(t.at, name.at, name.len) == 0) {
			*ret = entities[i].character;
			return name.len;
		}
	}
	return 0;
}

static void
put_text(struct page *p, cs_text t)
{
	for (size_t i = 0; p->in_cell && i < t.len; ) {
		uint32_t c = '&';
		size_t n = t.at[i] == '&' ? entity(from(t, i + 1), &c) : 0;

		i += t.at[i] == '&' ? 1 + n : cs_get_utf8(t, i, &c);
		put_character(p, c);
	}
}

/* ---- rows ----------------------------------------------------------------- */

static cs_text
cell_text(const struct page *p, size_t i)
{
	size_t end = i + 1 < p->n_cells ? p->cell[i + 1] - 1 : p->row_len;

	return cs_trim((cs_text){ p->row + p->cell[i], end - p->cell[i] });
}

static struct cs_value
value_of(cs_text name, cs_text text)
{
	return (struct cs_value){
		.name = name, .type = text.len > 0 ? CS_UTF8 : CS_NULL,
		.raw = { (const uint8_t *)text.at, text.len },
	};
}

/* The blank at the end of a cell is none. */
static void
end_cell(struct page *p)
{
	if (p->n_cells > 0 && p->row_len > p->cell[p->n_cells - 1] &&
	    p->row[p->row_len - 1] == ' ')
		p->row_len--;
	p->in_cell = false;
}

static void
end_row(struct page *p)
{
	unsigned table = p->n_tables;
	struct cs_value values[2];
	struct cs_record r = { .kind = CS_LINE, .name = CS_TEXT(""),
	                       .output = CS_TEXT("MDMDiagHtmlReport"),
	                       .values = values, .n_values = 2 };

	end_cell(p);
	if (p->n_cells >= 2 && cell_text(p, 0).len > 0 && !p->full) {
		if (table > 0 && table <= MAX_TABLES)
			r.name = (cs_text){ p->id[table - 1],
			                    p->id_len[table - 1] };
		r.place = cs_whole_place(&p->whole, p->row_at);
		values[0] = value_of(CS_TEXT(""), (cs_text){ p->row, p->row_len });
		values[1] = value_of(cell_text(p, 0), cell_text(p, 1));
		cs_arena_reset(&p->scan->scratch);
		p->full = !cs_hand_out(p->scan, p->sink, &r);
	}
	p->n_cells = p->row_len = 0;
}

static void
begin_cell(struct page *p, const char *at)
{
	if (p->n_cells == 0)
		p->row_at = at;
	end_cell(p);
	p->in_cell = p->n_cells < MAX_CELLS && p->row_len < MAX_VALUE_BYTES;
	p->cut = p->cut || !p->in_cell;
	if (!p->in_cell)
		return;
	if (p->n_cells > 0)
		put(p, "\t", 1);
	p->cell[p->n_cells++] = p->row_len;
}

/* ---- tags ----------------------------------------------------------------- */

static cs_text
tag_name(cs_text tag)
{
	size_t n = 0;

	while (n < tag.len && ((tag.at[n] >= 'a' && tag.at[n] <= 'z') ||
	                       (tag.at[n] >= 'A' && tag.at[n] <= 'Z') ||
	                       (n > 0 && tag.at[n] >= '0' && tag.at[n] <= '9')))
		n++;
	return (cs_text){ tag.at, n };
}

/* The value of id=, with quotes or without. */
static cs_text
id_of(cs_text tag)
{
	for (size_t i = 1; i + 3 < tag.len; i++) {
		cs_text t = from(tag, i);
		char quote;
		size_t n = 0;

		if ((unsigned char)tag.at[i - 1] > 0x20 ||
		    !cs_starts_caseless(t, CS_TEXT("id")))
			continue;
		t = cs_trim(from(t, 2));
		if (t.len == 0 || t.at[0] != '=')
			continue;
		t = cs_trim(from(t, 1));
		quote = t.len > 0 && (t.at[0] == '"' || t.at[0] == '\'') ? t.at[0] : 0;
		t = from(t, quote != 0);
		while (n < t.len && (quote ? t.at[n] != quote
		                           : (unsigned char)t.at[n] > 0x20))
			n++;
		return (cs_text){ t.at, n };
	}
	return CS_TEXT("");
}

static void
begin_table(struct page *p, cs_text tag)
{
	cs_text id = id_of(tag);

	end_row(p);
	if (p->n_tables++ >= MAX_TABLES)
		return;
	if (id.len > MAX_ID)
		id.len = MAX_ID;
	if (id.len > 0)
		memcpy(p->id[p->n_tables - 1], id.at, id.len);
	p->id_len[p->n_tables - 1] = id.len;
}

static bool
is(cs_text name, const char *tag)
{
	return cs_same_caseless(name, cs_text_of(tag));
}

static bool
closes(cs_text tag)
{
	return tag.len > 0 && tag.at[0] == '/';
}

static void
take_tag(struct page *p, cs_text tag)
{
	bool close = closes(tag);
	cs_text name = tag_name(close ? from(tag, 1) : tag);

	if (is(name, "td") || is(name, "th")) {
		if (close)
			p->in_cell = false;
		else
			begin_cell(p, tag.at);
	} else if (is(name, "tr")) {
		end_row(p);
	} else if (is(name, "table")) {
		if (!close) {
			begin_table(p, tag);
		} else {
			end_row(p);
			p->n_tables -= p->n_tables > 0;
		}
	} else if (is(name, "br") || is(name, "p") || is(name, "div")) {
		if (p->in_cell)
			put_character(p, ' ');
	}
}

/* Bytes of a tag behind its '<', with its '>'; 0: it has no end and is text.
 * A '>' in quotes is none, unless the quotes have no end. */
static size_t
tag_length(cs_text t)
{
	size_t most = t.len < MAX_TAG_BYTES ? t.len : MAX_TAG_BYTES, first = 0;
	char quote = 0;

	for (size_t i = 0; i < most; i++) {
		char c = t.at[i];

		if (c == '>' && !quote)
			return i + 1;
		if (c == '<' && !quote)
			return first;
		if (c == '>' && first == 0)
			first = i + 1;
		if (quote && c == quote)
			quote = 0;
		else if (!quote && (c == '"' || c == '\''))
			quote = c;
	}
	return first;
}

/* Bytes of what is not shown: comments, scripts, styles.  0: none is here. */
static size_t
past_hidden(struct page *p, cs_text t)
{
	static const struct {
		cs_text begin, end;
	} hidden[] = {
		{ { "<!--", 4 }, { "-->", 3 } },
		{ { "<script", 7 }, { "</script", 8 } },
		{ { "<style", 6 }, { "</style", 7 } },
	};

	for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++) {
		size_t end;

		if (!cs_starts_caseless(t, hidden[i].begin))
			continue;
		end = find_caseless(t, hidden[i].end);
		if (end < t.len)
			return end + hidden[i].end.len;
		cs_note(p->scan, CABSCAN_NOTE_DAMAGED,
		        cs_whole_place(&p->whole, t.at),
		        "%s has no end: %zu bytes are not read",
		        hidden[i].begin.at + 1, t.len);
		return t.len;
	}
	return 0;
}

static void
read_page(struct page *p)
{
	cs_text rest = p->whole.text;

	while (rest.len > 0 && !p->full) {
		const char *open = memchr(rest.at, '<', rest.len);
		size_t n = open ? (size_t)(open - rest.at) : rest.len, len;

		put_text(p, (cs_text){ rest.at, n });
		rest = from(rest, n);
		if (rest.len == 0)
			break;
		n = past_hidden(p, rest);
		len = n ? 0 : tag_length(from(rest, 1));
		if (len > 0)
			take_tag(p, (cs_text){ rest.at + 1, len - 1 });
		else if (n == 0)
			put_text(p, (cs_text){ rest.at, 1 });
		rest = from(rest, n ? n : 1 + len);
	}
	end_row(p);
	if (p->cut)
		cs_note(p->scan, CABSCAN_NOTE_LIMIT,
		        (struct cs_place){ .member = p->whole.member },
		        "rows of more than %llu bytes or %d cells are cut",
		        (unsigned long long)MAX_VALUE_BYTES, MAX_CELLS);
}

static void
read_html(struct cs_scan *s, const struct cs_member *m, struct cs_sink *sink)
{
	cs_arena own = { .limit = MAX_VALUE_BYTES + MIB };
	struct page *p = cs_alloc(&own, sizeof(*p));
	char *row = cs_room(&own, MAX_VALUE_BYTES);

	if (p && row) {
		p->scan = s;
		p->sink = sink;
		p->row = row;
		cs_whole_open(s, m, &p->whole);
		read_page(p);
		cs_whole_close(&p->whole);
	} else {
		s->arena.full = true;
	}
	cs_arena_free(&own);
}

static int
claims(cs_text member, cs_bytes head)
{
	static const char *const marks[] = {
		"DeviceInfoTable", "ConnectionInfoTable", "MDMDiag",
	};
	char chars[CS_HEAD_CHARS];
	cs_text text = cs_trim(cs_head_text(head, chars));
	cs_text name = cs_base_name(member);

	if (head.len > 0 && text.len == 0)
		return 0;
	if (cs_starts_caseless(name, CS_TEXT("MDMDiag")) &&
	    (cs_ends_caseless(name, CS_TEXT(".html")) ||
	     cs_ends_caseless(name, CS_TEXT(".htm"))))
		return 70;
	if (text.len == 0 || text.at[0] != '<')
		return 0;
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (cs_has_caseless(text, cs_text_of(marks[i])) &&
		    cs_has_caseless(text, CS_TEXT("<html")))
			return 70;
	return 0;
}

const struct cs_format cs_format_html = { "html", claims, read_html };
