/*
 * lines.c - any text: one record a line, split at its first colon, '=' or tab
 *
 * outputs.c tells which command printed it.  Tables of some become a record
 * for each cell.  A line stands under a heading, which is a line above it:
 *   - a label that ends in " result", until the next such line;
 *   - the text of a box, "| text |" below "+---+", until the next box;
 *   - "..., variable name: NAME", as UEFI variables are listed: NAME, until
 *     the next one;
 *   - a label with nothing behind its colon and deeper lines below it, for
 *     these deeper lines.
 * A line that is a heading itself stands under none of the first three kinds.
 */
#include "read/formats.h"
#include "read/outputs.h"
#include "read/wholetext.h"

#define TAB_STOP 8

struct heading {
	cs_text text;
	size_t indent;
};

struct lines {
	struct cs_scan *scan;
	struct cs_sink *sink;
	struct cs_whole whole;
	cs_text rest;                   /* behind the current line */
	cs_text output;                 /* what printed it */
	struct cs_columns columns;      /* of the table whose rows follow */
	cs_text section;                /* the heading that is not indented */
	struct heading open[MAX_HEADINGS];
	size_t n_open;
	bool after_rule;                /* the line above is "+---+" */
	bool cut_noted;
};

static size_t
indent(cs_text line)
{
	size_t columns = 0;

	for (size_t i = 0; i < line.len; i++) {
		if (line.at[i] == '\t')
			columns += TAB_STOP - columns % TAB_STOP;
		else if (line.at[i] == ' ')
			columns++;
		else
			break;
	}
	return columns;
}

/* The indent of the next line that is not empty; 0 at the end. */
static size_t
next_indent(cs_text rest, char end)
{
	while (rest.len > 0) {
		cs_text line = cs_cut(&rest, end);

		if (cs_trim(line).len > 0)
			return indent(line);
	}
	return 0;
}

static bool
is_rule(cs_text t)
{
	if (t.len < 3 || t.at[0] != '+' || t.at[t.len - 1] != '+')
		return false;
	for (size_t i = 1; i + 1 < t.len; i++)
		if (t.at[i] != '-')
			return false;
	return true;
}

static void
new_section(struct lines *l, cs_text text)
{
	l->section = text;
	l->n_open = 0;
}

static bool
variable_name(const struct cs_split *p, cs_text *ret)
{
	static const cs_text mark = { ", variable name:", 16 };
	cs_text v = p->value;

	for (size_t i = 0; p->by && i + mark.len <= v.len; i++)
		if (cs_starts((cs_text){ v.at + i, v.len - i }, mark)) {
			i += mark.len;
			*ret = cs_trim((cs_text){ v.at + i, v.len - i });
			return true;
		}
	return false;
}

/* The heading of this line; opens the one that it makes itself. */
static cs_text
heading(struct lines *l, cs_text line, const struct cs_split *p)
{
	cs_text t = cs_trim(line), above;
	size_t column = indent(line);

	if (l->after_rule && t.len > 2 && t.at[0] == '|' && t.at[t.len - 1] == '|') {
		new_section(l, cs_trim((cs_text){ t.at + 1, t.len - 2 }));
		return CS_TEXT("");
	}
	if (p->by == ':' && p->value.len > 0 && cs_ends(p->label, CS_TEXT(" result"))) {
		new_section(l, p->label);
		return CS_TEXT("");
	}
	if (variable_name(p, &above)) {
		new_section(l, above);
		return CS_TEXT("");
	}
	while (l->n_open > 0 && column <= l->open[l->n_open - 1].indent)
		l->n_open--;
	above = l->n_open > 0 ? l->open[l->n_open - 1].text : l->section;
	/* Lists with aligned colons have a blank before each: their empty
	 * values open nothing, however the next label is indented. */
	if (p->by == ':' && p->tight && p->value.len == 0 &&
	    l->n_open < MAX_HEADINGS && next_indent(l->rest, l->whole.end) > column)
		l->open[l->n_open++] = (struct heading){ p->label, column };
	return above;
}

static cs_text
cut_to_limit(struct lines *l, cs_text line, struct cs_place place)
{
	if (line.len <= MAX_VALUE_BYTES)
		return line;
	if (!l->cut_noted)
		cs_note(l->scan, CABSCAN_NOTE_LIMIT, place,
		        "line of %zu bytes is read up to %llu, as any later one is",
		        line.len, (unsigned long long)MAX_VALUE_BYTES);
	l->cut_noted = true;
	line.len = MAX_VALUE_BYTES;
	return line;
}

static struct cs_value
text_value(cs_text name, cs_text t)
{
	return (struct cs_value){
		.name = name, .type = t.len > 0 ? CS_UTF8 : CS_NULL,
		.raw = { (const uint8_t *)t.at, t.len },
	};
}

static bool
hand_out_line(struct lines *l, struct cs_place place, cs_text heading,
              cs_text whole, const struct cs_split *p)
{
	struct cs_value values[2] = { text_value(CS_TEXT(""), whole),
	                              text_value(p->label, p->value) };
	struct cs_record r = { .kind = CS_LINE, .place = place, .name = heading,
	                       .output = l->output, .values = values,
	                       .n_values = p->by ? 2 : 1 };

	return cs_hand_out(l->scan, l->sink, &r);
}

/* "label: value", in scratch. */
static cs_text
as_line(struct lines *l, const struct cs_split *p)
{
	size_t len = p->label.len + 2 + p->value.len;
	char *to = cs_alloc(&l->scan->scratch, len + 1);

	if (!to) {
		l->scan->arena.full = true;
		return CS_TEXT("");
	}
	memcpy(to, p->label.at, p->label.len);
	memcpy(to + p->label.len, ": ", 2);
	if (p->value.len > 0)
		memcpy(to + p->label.len + 2, p->value.at, p->value.len);
	return (cs_text){ to, len };
}

static bool
read_row(struct lines *l, cs_text line, struct cs_place place)
{
	const struct cs_columns *c = &l->columns;
	cs_text cells[CS_MAX_COLUMNS];
	size_t n = cs_table_row(c, line, cells);

	for (size_t i = 0; i < n; i++) {
		struct cs_split p = { c->name[i], cells[i], .by = ':' };

		cs_arena_reset(&l->scan->scratch);
		if (!hand_out_line(l, place, CS_TEXT(""), as_line(l, &p), &p))
			return false;
	}
	return true;
}

static bool
read_line(struct lines *l, cs_text line)
{
	struct cs_place place = cs_whole_place(&l->whole, line.at);
	cs_text whole = cut_to_limit(l, line, place), above, output;
	struct cs_split p;

	if (l->columns.kind != CS_NO_TABLE) {
		bool more = read_row(l, whole, place);

		l->columns.kind = CS_NO_TABLE;
		return more;
	}
	p = cs_split_line(whole);
	output = cs_table_begins(whole, &l->columns) ? l->columns.output
	       : cs_output_of(whole, &p, l->rest, l->whole.end);
	if (output.len > 0)
		l->output = output;
	above = heading(l, whole, &p);
	l->after_rule = is_rule(cs_trim(whole));
	cs_arena_reset(&l->scan->scratch);
	return hand_out_line(l, place, above, whole, &p);
}

static void
read_lines(struct cs_scan *s, const struct cs_member *m, struct cs_sink *sink)
{
	struct lines l = { .scan = s, .sink = sink, .output = CS_TEXT("") };

	cs_whole_open(s, m, &l.whole);
	l.rest = l.whole.text;
	while (l.rest.len > 0) {
		cs_text line = cs_cut_line(&l.rest, l.whole.end);

		if (cs_trim(line).len > 0 && !read_line(&l, line))
			break;
	}
	cs_whole_close(&l.whole);
}

/* A few lines of something else may stand before what is known. */
#define MAX_LINES_BEFORE 12

static bool
known_beginning(cs_text head)
{
	struct cs_columns columns;
	struct cs_split p;
	char end = cs_line_end(head);

	for (unsigned n = 0; n < MAX_LINES_BEFORE && head.len > 0; ) {
		cs_text line = cs_cut_line(&head, end);

		if (cs_trim(line).len == 0)
			continue;
		p = cs_split_line(line);
		if (cs_output_of(line, &p, head, end).len > 0 ||
		    cs_table_begins(line, &columns))
			return true;
		n++;
	}
	return false;
}

static int
claims(cs_text member, cs_bytes head)
{
	char chars[CS_HEAD_CHARS];
	cs_text text = cs_head_text(head, chars);
	cs_text name = cs_base_name(member);

	if (head.len > 0 && text.len == 0)
		return 0;
	if (known_beginning(text))
		return 60;
	return cs_ends(name, CS_TEXT(".txt")) || cs_ends(name, CS_TEXT(".log")) ? 30 : 0;
}

const struct cs_format cs_format_lines = { "text", claims, read_lines };
