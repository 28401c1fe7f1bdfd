/* lines.c - what the texts for people are made of */
#include "report/lines.h"

#include <stdio.h>
#include <string.h>

/* Characters, not bytes; wide ones count as one, which only breaks a line
 * later. */
static size_t
columns(const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	return n;
}

void
cs_blanks(struct cs_out *o, size_t n)
{
	while (n-- > 0)
		cs_out_bytes(o, " ", 1);
}

void
cs_plain_span(struct cs_out *o, const char *at, size_t len)
{
	char part[256];

	while (len > 0) {
		size_t n = len < sizeof(part) ? len : sizeof(part) - 1;

		while (n > 1 && n < len && ((unsigned char)at[n] & 0xc0) == 0x80)
			n--;
		memcpy(part, at, n);
		part[n] = '\0';
		cs_out_plain(o, part);
		at += n;
		len -= n;
	}
}

int
cs_fit(const char *text, size_t most)
{
	size_t n = strlen(text);

	if (n > most)
		for (n = most; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80; )
			n--;
	return (int)n;
}

void
cs_wrap(struct cs_out *o, const char *text, size_t indent)
{
	size_t at = indent, n;
	int first = 1;

	for (; *text; text += n) {
		size_t gap = strspn(text, " \t\r\n");

		text += gap;
		n = strcspn(text, " \t\r\n");
		if (n == 0)
			break;
		if (!first && at + 1 + columns(text, n) > WIDTH) {
			cs_out(o, "\n");
			cs_blanks(o, indent);
			at = indent;
			first = 1;
		}
		if (!first) {
			cs_out(o, " ");
			at++;
		}
		cs_plain_span(o, text, n);
		at += columns(text, n);
		first = 0;
	}
	cs_out(o, "\n");
}

void
cs_heading(struct cs_out *o, const char *text)
{
	cs_out(o, "\n");
	cs_out(o, text);
	cs_out(o, "\n");
}

/* ---- where and what ------------------------------------------------------ */

void
cs_out_second(struct cs_out *o, uint64_t time)
{
	cs_out_bytes(o, cabscan_time_text(time).text, 19);
	cs_out(o, "Z");
}

static void
where(struct cs_out *o, const cabscan_where *w, uint64_t time)
{
	char number[40];

	cs_out_plain(o, *w->member ? w->member : "(concluded)");
	if (w->record) {
		snprintf(number, sizeof(number), ", record %llu",
		         (unsigned long long)w->record);
		cs_out(o, number);
	} else if (w->line) {
		snprintf(number, sizeof(number), ", line %llu",
		         (unsigned long long)w->line);
		cs_out(o, number);
	}
	if (time) {
		cs_out(o, ", ");
		cs_out_second(o, time);
	}
}

static void
place(struct cs_out *o, const cabscan_fact *f)
{
	cs_blanks(o, 6);
	cs_out(o, "[");
	where(o, &f->where, f->time);
	if (f->doubtful)
		cs_out(o, ", salvaged or damaged bytes");
	if (f->side)
		cs_out(o, ", beside the CAB");
	cs_out(o, "]\n");
}

static int
same_fact(const cabscan_fact *a, const cabscan_fact *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->value, b->value) == 0;
}

void
cs_fact_lines(struct cs_out *o, const cabscan_fact *const *list, size_t n,
      const char *mark)
{
	char line[1200];

	for (size_t i = 0; i < n; i++) {
		size_t first = 0;

		while (!same_fact(list[first], list[i]))
			first++;
		if (first < i)
			continue;
		snprintf(line, sizeof(line), "%s: %.*s%s%.*s", list[i]->title,
		         cs_fit(list[i]->value, 300), list[i]->value,
		         *list[i]->meaning ? " - " : "",
		         cs_fit(list[i]->meaning, 600), list[i]->meaning);
		cs_out(o, mark);
		cs_wrap(o, line, 4);
		for (size_t k = i; k < n; k++)
			if (same_fact(list[i], list[k]))
				place(o, list[k]);
	}
}

static void
surer(struct cs_out *o, const cabscan_lack *l)
{
	char line[700];

	int without = strcmp(l->needed, "no value") == 0;
	int any = !*l->needed || strcmp(l->needed, "any value") == 0;

	snprintf(line, sizeof(line), "It would be surer with%s \"%s\"%s%s (found: "
	         "%.*s).", without ? "out" : "", l->title,
	         without || any ? "" : ": ", without || any ? "" : l->needed,
	         l->found ? cs_fit(l->found, 200) : 7,
	         l->found ? l->found : "nothing");
	cs_out(o, "    ");
	cs_wrap(o, line, 4);
}

void
cs_both_sides(struct cs_out *o, const cabscan_finding *f)
{
	if (f->n_evidence > 0) {
		cs_heading(o, "Evidence");
		cs_fact_lines(o, f->evidence, f->n_evidence, "  + ");
	}
	cs_heading(o, "Against it");
	if (f->n_against == 0)
		cs_out(o, "  nothing that was collected\n");
	cs_fact_lines(o, f->against, f->n_against, "  - ");
	if (f->surer)
		surer(o, f->surer);
}
