/* render.c - rows into a report: what the formats share, table, csv */
#include "batch.h"
#include "sys.h"

#include <stdlib.h>
#include <string.h>

static const struct { const char *name; render_fn *render; } formats[] = {
	{ "table", render_table }, { "ndjson", render_rows },
	{ "csv", render_csv }, { "junit", render_junit },
	{ "sarif", render_sarif }, { "markdown", render_markdown },
};
#define N_FORMATS (sizeof(formats) / sizeof(formats[0]))

render_fn *
renderer(const char *format)
{
	for (size_t i = 0; i < N_FORMATS; i++)
		if (strcmp(formats[i].name, format) == 0)
			return formats[i].render;
	return NULL;
}

bool
check_format(const char *format)
{
	if (renderer(format))
		return true;
	print_problem("no such format", format);
	fputs("The formats are table, ndjson, csv, junit, sarif and markdown.\n",
	      stderr);
	return false;
}

bool
parse_also(const char *text, struct target *ret)
{
	static const char *const names[] = {
		"table", "ndjson", "csv", "junit", "sarif", "markdown",
	};
	size_t n = strcspn(text, "=");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == n && strncmp(text, names[i], n) == 0 &&
		    text[n] == '=' && text[n + 1]) {
			*ret = (struct target){ names[i], text + n + 1 };
			return true;
		}
	print_problem("--also needs FORMAT=FILE", text);
	return false;
}

bool
write_report(const struct target *t, const struct report *r)
{
	struct report with = *r;
	struct output o;
	bool ok = output_open(&o, t->path);

	if (ok) {
		with.to = o.file;
		renderer(t->format)(&with);
	}
	if (output_close(&o, ok) && ok)
		return true;
	print_problem(t->path ? t->path : "standard output",
	              "could not be written");
	return false;
}

void
write_details(const struct record *r, void (*line)(void *user,
              const char *label, const char *text), void *user)
{
	const json_t *list = json_object_get(r->o, "evidence");
	json_t *e;
	size_t i;

	if (is_problem(r))
		line(user, row_text(r, "problem"), row_text(r, "problem_text"));
	json_array_foreach(list, i, e)
		line(user, "Evidence", json_string_value(e) ? json_string_value(e)
		                                            : "");
	if (*row_text(r, "next"))
		line(user, "Next step", row_text(r, "next"));
}

void
render_rows(const struct report *r)
{
	for (size_t i = 0; i < r->n; i++) {
		char *line = json_dumps(r->at[i].o, JSON_COMPACT);

		if (line)
			fprintf(r->to, "%s\n", line);
		free(line);
	}
}

/* ---- table ---------------------------------------------------------------- */

/* What a terminal could take for a command, and marks that turn text round. */
static size_t
unshown(const unsigned char *p)
{
	if (p[0] < 0x20 || p[0] == 0x7f)
		return 1;
	if ((p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) ||
	    (p[0] == 0xd8 && p[1] == 0x9c))
		return 2;
	if (p[0] == 0xe2 && p[1] == 0x80 &&
	    (p[2] == 0x8e || p[2] == 0x8f || (p[2] >= 0xa8 && p[2] <= 0xae)))
		return 3;
	return p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9 ? 3 : 0;
}

void
put_plain(FILE *to, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	while (*p) {
		size_t n = unshown(p);

		if (n > 0)
			fputs("\xef\xbf\xbd", to);
		else
			fputc(*p, to);
		p += n > 0 ? n : 1;
	}
}

static const struct { const char *title, *key; } columns[] = {
	{ "CAUSE", "cause" }, { "SURE", "confidence" }, { "MODEL", "model" },
	{ "TPM", "vendor" }, { "FIRMWARE", "firmware" }, { "INPUT", "source" },
};
#define N_COLUMNS (sizeof(columns) / sizeof(columns[0]))

static const char *
cell(const struct record *r, size_t column)
{
	const char *text = row_text(r, columns[column].key);

	if (column == 0 && is_problem(r))
		return "(failed)";
	if (column == 1 && is_problem(r))
		return row_text(r, "problem");
	return *text ? text : "-";
}

size_t
width_of(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

void
put_cell(FILE *to, const char *text, size_t width)
{
	put_plain(to, text);
	for (size_t n = width_of(text); n < width + 2; n++)
		fputc(' ', to);
}

struct count {
	const char *cause, *title;
	size_t n;
};

static int
by_count(const void *x, const void *y)
{
	const struct count *a = x, *b = y;

	return a->n != b->n ? a->n < b->n ? 1 : -1 : strcmp(a->cause, b->cause);
}

/* Each cause once, the most frequent first; from malloc(). */
static struct count *
count_causes(const struct report *r, size_t *ret_n)
{
	struct count *c = calloc(r->n + 1, sizeof(*c));
	size_t n = 0, k;

	for (size_t i = 0; c && i < r->n; i++) {
		const char *cause = is_problem(&r->at[i]) ? "(failed)"
		                  : row_text(&r->at[i], "cause");

		for (k = 0; k < n && strcmp(c[k].cause, cause) != 0; )
			k++;
		if (k == n)
			c[n++] = (struct count){ cause, row_text(&r->at[i], "title"),
			                         0 };
		c[k].n++;
	}
	if (c && n > 1)
		qsort(c, n, sizeof(*c), by_count);
	*ret_n = n;
	return c;
}

void
render_table(const struct report *r)
{
	size_t width[N_COLUMNS], n;
	struct count *counts = count_causes(r, &n);

	for (size_t k = 0; k < N_COLUMNS; k++) {
		width[k] = strlen(columns[k].title);
		for (size_t i = 0; i < r->n; i++)
			if (width_of(cell(&r->at[i], k)) > width[k])
				width[k] = width_of(cell(&r->at[i], k));
	}
	for (size_t k = 0; k + 1 < N_COLUMNS; k++)
		put_cell(r->to, columns[k].title, width[k]);
	fprintf(r->to, "%s\n", columns[N_COLUMNS - 1].title);
	for (size_t i = 0; i < r->n; i++) {
		for (size_t k = 0; k + 1 < N_COLUMNS; k++)
			put_cell(r->to, cell(&r->at[i], k), width[k]);
		put_plain(r->to, cell(&r->at[i], N_COLUMNS - 1));
		fputc('\n', r->to);
	}
	fputc('\n', r->to);
	for (size_t i = 0; counts && i < n; i++) {
		fprintf(r->to, "%6zu  %s%s", counts[i].n, counts[i].cause,
		        *counts[i].title ? ": " : "");
		put_plain(r->to, counts[i].title);
		fputc('\n', r->to);
	}
	fprintf(r->to, "%6zu  in all\n", r->n);
	free(counts);
}

/* ---- csv ------------------------------------------------------------------ */

static const char *const csv_keys[] = {
	"source", "state", "cause", "confidence", "title", "serial",
	"uuid", "manufacturer", "model", "bios", "vendor", "firmware", "build",
	"scenario", "outcome",
	"error", "time", "next", "problem", "problem_text", "id",
};

void
put_csv(FILE *to, const char *text, bool first)
{
	fputs(first ? "\"" : ",\"", to);
	if (is_formula(text, strlen(text)))
		fputc('\'', to);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', to);
		fputc((unsigned char)*text < 0x20 ? ' ' : *text, to);
	}
	fputc('"', to);
}

void
render_csv(const struct report *r)
{
	size_t n = sizeof(csv_keys) / sizeof(csv_keys[0]);

	for (size_t k = 0; k < n; k++)
		put_csv(r->to, csv_keys[k], k == 0);
	fputs("\r\n", r->to);
	for (size_t i = 0; i < r->n; i++) {
		for (size_t k = 0; k < n; k++)
			put_csv(r->to, row_text(&r->at[i], csv_keys[k]), k == 0);
		fputs("\r\n", r->to);
	}
}
