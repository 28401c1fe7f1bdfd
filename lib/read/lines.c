/*
 * lines.c - any text: one record a line, split at its first colon or '='
 *
 * A line stands under a heading, which is a line above it:
 *   - a label that ends in " result", until the next such line;
 *   - the text of a box, "| text |" below "+---+", until the next box;
 *   - a label with nothing behind its colon and deeper lines below it, for
 *     these deeper lines.
 * A line that is a heading itself stands under none of the first two kinds.
 */
#include "read/formats.h"
#include "read/wholetext.h"

#define MAX_HEADINGS 8          /* levels of indented headings; tpmtool has 1 */
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
	cs_text section;                /* the heading that is not indented */
	struct heading open[MAX_HEADINGS];
	size_t n_open;
	bool after_rule;                /* the line above is "+---+" */
	bool cut_noted;
};

struct split {
	cs_text label, value;
	char by;                        /* ':' or '='; 0: not split */
	bool tight;                     /* no blank before it */
};

static cs_text
from(cs_text t, size_t n)
{
	return (cs_text){ t.at + n, t.len - n };
}

static cs_text
without_cr(cs_text t)
{
	while (t.len > 0 && t.at[t.len - 1] == '\r')
		t.len--;
	return t;
}

static bool
quoted(cs_text t)
{
	return t.len >= 2 && t.at[0] == '"' && t.at[t.len - 1] == '"';
}

/* "name" : "value", takes the quotes off both. */
static void
unquote(struct split *p)
{
	cs_text v = p->value;

	if (!quoted(p->label))
		return;
	p->label = (cs_text){ p->label.at + 1, p->label.len - 2 };
	if (v.len > 0 && v.at[v.len - 1] == ',')
		v.len--;
	if (quoted(v))
		p->value = (cs_text){ v.at + 1, v.len - 2 };
}

static struct split
split(cs_text line)
{
	struct split p = { .by = 0 };
	cs_text label = cs_trim(line);
	size_t n = 0;

	while (label.len > 0 && (label.at[0] == '-' || label.at[0] == ' '))
		label = from(label, 1);
	while (n < label.len && label.at[n] != ':' && label.at[n] != '=')
		n++;
	if (n == 0 || n == label.len)
		return p;
	p.by = label.at[n];
	p.value = cs_trim(from(label, n + 1));
	p.label = cs_trim((cs_text){ label.at, n });
	p.tight = p.label.len == n;
	unquote(&p);
	if (p.label.len == 0)
		p.by = 0;
	return p;
}

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
next_indent(cs_text rest)
{
	while (rest.len > 0) {
		cs_text line = cs_cut(&rest, '\n');

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

/* The heading of this line; opens the one that it makes itself. */
static cs_text
heading(struct lines *l, cs_text line, const struct split *p)
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
	while (l->n_open > 0 && column <= l->open[l->n_open - 1].indent)
		l->n_open--;
	above = l->n_open > 0 ? l->open[l->n_open - 1].text : l->section;
	/* Lists with aligned colons have a blank before each: their empty
	 * values open nothing, however the next label is indented. */
	if (p->by == ':' && p->tight && p->value.len == 0 &&
	    l->n_open < MAX_HEADINGS && next_indent(l->rest) > column)
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
read_line(struct lines *l, cs_text line)
{
	struct cs_place place = cs_whole_place(&l->whole, line.at);
	cs_text whole = cut_to_limit(l, line, place);
	struct split p = split(whole);
	struct cs_value values[2];
	struct cs_record r = { .kind = CS_LINE, .place = place, .values = values,
	                       .n_values = p.by ? 2 : 1 };

	r.name = heading(l, whole, &p);
	l->after_rule = is_rule(cs_trim(whole));
	values[0] = text_value(CS_TEXT(""), whole);
	values[1] = text_value(p.label, p.value);
	cs_arena_reset(&l->scan->scratch);
	return cs_hand_out(l->scan, l->sink, &r);
}

static void
read_lines(struct cs_scan *s, const struct cs_member *m, struct cs_sink *sink)
{
	struct lines l = { .scan = s, .sink = sink };

	cs_whole_open(s, m, &l.whole);
	l.rest = l.whole.text;
	while (l.rest.len > 0) {
		cs_text line = without_cr(cs_cut(&l.rest, '\n'));

		if (cs_trim(line).len > 0 && !read_line(&l, line))
			break;
	}
	cs_whole_close(&l.whole);
}

/* What the first lines of known outputs begin with, dashes left out. */
static bool
known_beginning(cs_text head)
{
	static const char *const beginnings[] = {
		"TpmHLI ", "TPM Present:", "TpmPresent ", "TPM-Version:",
		"IsActivated_InitialValue ", "Start at:", "| Device State",
		"UEFI is supported",
	};

	for (unsigned n = 0; n < 6 && head.len > 0; n++) {
		cs_text line = cs_trim(cs_cut(&head, '\n'));

		while (line.len > 0 && (line.at[0] == '-' || line.at[0] == ' '))
			line = from(line, 1);
		for (size_t i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++)
			if (cs_starts(line, cs_text_of(beginnings[i])))
				return true;
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
