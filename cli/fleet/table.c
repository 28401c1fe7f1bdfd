/* table.c - a table as text, CSV, Markdown and JSON */
#include "table.h"

#include <stdarg.h>
#include <string.h>

void
add_column(struct table *t, const char *key, const char *title,
           enum cell_kind kind)
{
	t->columns[t->n_columns++] = (struct table_column){ key, title, kind };
}

void
set_text(struct cell *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(c->text, sizeof(c->text), format, args);
	va_end(args);
}

void
add_item(struct items *l, const struct fleet_case *c, struct try_ t)
{
	struct item *more = one_more(l->at, l->n, &l->room, sizeof(*more));

	if (!more) {
		l->out_of_memory = true;
		return;
	}
	l->at = more;
	l->at[l->n++] = (struct item){ c, t };
}

bool
parse_table_format(const char *text, enum table_format *ret)
{
	static const char *const names[] = { "text", "csv", "markdown", "json" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(text, names[i]) == 0) {
			*ret = (enum table_format)i;
			return true;
		}
	print_problem("--format takes text, csv, markdown and json, not", text);
	return false;
}

void
set_id(struct cell *c, char letter, uint64_t hash)
{
	set_text(c, "%c%012llx", letter, (unsigned long long)(hash >> 16));
}

void
set_time(struct cell *c, uint32_t seconds)
{
	char time[24];

	time_of(seconds, time);
	set_text(c, "%s", time);
}

static bool
is_number(enum cell_kind k)
{
	return k == CELL_COUNT || k == CELL_SHARE || k == CELL_CHANCE;
}

/* With the text that its number is for people. */
static void
get(const struct table *t, size_t row, size_t column, struct cell *ret)
{
	enum cell_kind kind = t->columns[column].kind;

	ret->text[0] = '\0';
	ret->value = -1;
	t->cell(t, row, column, ret);
	if (!is_number(kind) || ret->value < 0)
		return;
	if (kind == CELL_COUNT)
		set_text(ret, "%.0f", ret->value);
	else if (kind == CELL_SHARE)
		set_text(ret, "%.1f%%", ret->value * 100);
	else if (ret->value < 1e-300)
		set_text(ret, "<1e-300");
	else
		set_text(ret, "%.2g", ret->value);
}

/* ---- text --------------------------------------------------------------------- */

static void
right(FILE *to, const char *text, size_t width)
{
	for (size_t n = width_of(text); n < width; n++)
		fputc(' ', to);
	put_plain(to, text);
	fputs("  ", to);
}

static void
text_cell(FILE *to, const struct table *t, size_t column, const char *text,
          size_t width)
{
	if (is_number(t->columns[column].kind))
		right(to, text, width);
	else if (column + 1 < t->n_columns)
		put_cell(to, text, width);
	else
		put_plain(to, text);
}

static void
as_text(FILE *to, const struct table *t)
{
	size_t width[MAX_COLUMNS];
	struct cell c;

	fprintf(to, "%s\n", t->title);
	if (t->n_rows == 0) {
		fprintf(to, "  %s\n", t->empty);
		return;
	}
	for (size_t k = 0; k < t->n_columns; k++) {
		width[k] = strlen(t->columns[k].title);
		for (size_t i = 0; i < t->n_rows; i++) {
			get(t, i, k, &c);
			if (width_of(c.text) > width[k])
				width[k] = width_of(c.text);
		}
	}
	for (size_t k = 0; k < t->n_columns; k++)
		text_cell(to, t, k, t->columns[k].title, width[k]);
	fputc('\n', to);
	for (size_t i = 0; i < t->n_rows; i++) {
		for (size_t k = 0; k < t->n_columns; k++) {
			get(t, i, k, &c);
			text_cell(to, t, k, *c.text ? c.text : "-", width[k]);
		}
		fputc('\n', to);
	}
}

/* ---- CSV ------------------------------------------------------------------------- */

/* Numbers as such: a share as a fraction, a count of nothing as nothing. */
static void
csv_cell(FILE *to, enum cell_kind kind, struct cell *c, bool first)
{
	if (is_number(kind) && c->value >= 0)
		set_text(c, "%.*g", kind == CELL_COUNT ? 15 : 6, c->value);
	put_csv(to, c->text, first);
}

static void
as_csv(FILE *to, const struct table *t)
{
	struct cell c;

	for (size_t k = 0; k < t->n_columns; k++)
		put_csv(to, t->columns[k].key, k == 0);
	fputs("\r\n", to);
	for (size_t i = 0; i < t->n_rows; i++) {
		for (size_t k = 0; k < t->n_columns; k++) {
			get(t, i, k, &c);
			csv_cell(to, t->columns[k].kind, &c, k == 0);
		}
		fputs("\r\n", to);
	}
}

/* ---- Markdown --------------------------------------------------------------------- */

static void
as_markdown(FILE *to, const struct table *t)
{
	struct cell c;

	fputs("\n### ", to);
	put_markdown(to, t->title);
	fputs("\n\n", to);
	if (t->n_rows == 0) {
		put_markdown(to, t->empty);
		fputc('\n', to);
		return;
	}
	for (size_t k = 0; k < t->n_columns; k++) {
		fputs("| ", to);
		put_markdown(to, t->columns[k].title);
		fputc(' ', to);
	}
	fputs("|\n", to);
	for (size_t k = 0; k < t->n_columns; k++)
		fputs(is_number(t->columns[k].kind) ? "|---:" : "|---", to);
	fputs("|\n", to);
	for (size_t i = 0; i < t->n_rows; i++) {
		for (size_t k = 0; k < t->n_columns; k++) {
			get(t, i, k, &c);
			fputs("| ", to);
			put_markdown(to, c.text);
			fputc(' ', to);
		}
		fputs("|\n", to);
	}
}

/* ---- JSON ------------------------------------------------------------------------- */

static bool
json_row(FILE *to, const struct table *t, size_t row)
{
	json_t *o = json_object();
	bool ok = o != NULL;
	struct cell c;

	for (size_t k = 0; ok && k < t->n_columns; k++) {
		const struct table_column *column = &t->columns[k];
		json_t *v = NULL;

		get(t, row, k, &c);
		if (is_number(column->kind) && c.value >= 0)
			v = column->kind == CELL_COUNT ? json_integer((json_int_t)c.value)
			                               : json_real(c.value);
		else if (!is_number(column->kind) && *c.text)
			v = json_string(c.text);
		else
			continue;
		ok = v && json_object_set_new(o, column->key, v) == 0;
	}
	ok = ok && json_dumpf(o, to, JSON_COMPACT | JSON_ENSURE_ASCII) == 0;
	json_decref(o);
	return ok;
}

static bool
as_json(FILE *to, const struct table *const *t, size_t n)
{
	bool ok = true;

	fputs("{\"schema\":\"cabscan-fleet/1\"", to);
	for (size_t i = 0; ok && i < n; i++) {
		fprintf(to, ",\n\"%s\":[", t[i]->name);
		for (size_t k = 0; ok && k < t[i]->n_rows; k++) {
			fputs(k ? ",\n" : "\n", to);
			ok = json_row(to, t[i], k);
		}
		fputc(']', to);
	}
	fputs("}\n", to);
	return ok;
}

bool
write_tables(FILE *to, enum table_format format, const char *head,
             const struct table *const *t, size_t n)
{
	if (format == AS_JSON)
		return as_json(to, t, n);
	if (*head && format == AS_TEXT)
		fprintf(to, "%s\n", head);
	if (*head && format == AS_MARKDOWN) {
		put_markdown(to, head);
		fputc('\n', to);
	}
	for (size_t i = 0; i < n; i++) {
		if (format == AS_TEXT && i > 0)
			fputc('\n', to);
		if (format == AS_TEXT)
			as_text(to, t[i]);
		else if (format == AS_CSV)
			as_csv(to, t[i]);
		else
			as_markdown(to, t[i]);
	}
	return true;
}
