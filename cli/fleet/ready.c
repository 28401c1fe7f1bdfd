/*
 * ready.c - the hardware readiness report: what is proved of each model
 *
 * A row is a model with one maker of TPMs; one that comes with two has two.
 */
#include "table.h"

#include <stdlib.h>
#include <string.h>

#define MAX_LISTED 12           /* values in one cell */

struct ready {
	const struct fleet *f;
	struct pool_of rows;            /* maker, model, vendor */
	uint32_t *cases;                /* by row, then as in the fleet */
	uint32_t *starts;               /* the first of each row, from 1 */
	struct named {
		const char *maker, *model, *vendor;
		uint32_t row;
	} *order;                       /* of the table */
};

struct run {
	const struct ready *r;
	uint32_t from, end;
};

static bool
find_rows(struct ready *r, uint32_t *row_of)
{
	for (size_t i = 1; i <= r->f->configs.n; i++) {
		const struct config *c = (const void *)r->f->configs.at[i];
		uint32_t key[3] = { c->text[BY_MAKER], c->text[BY_MODEL],
		                    c->text[BY_VENDOR] };

		row_of[i] = intern(&r->rows, key, sizeof(key));
		if (!row_of[i])
			return false;
	}
	return true;
}

static bool
sort_cases(struct ready *r, const uint32_t *row_of)
{
	const struct fleet *f = r->f;
	uint32_t *next = calloc(r->rows.n + 2, sizeof(*next));

	r->starts = calloc(r->rows.n + 2, sizeof(*r->starts));
	r->cases = calloc(f->n_cases + 1, sizeof(*r->cases));
	if (!next || !r->starts || !r->cases) {
		free(next);
		return false;
	}
	for (size_t i = 0; i < f->n_cases; i++)
		next[row_of[f->cases[i].config]]++;
	for (size_t k = 1; k <= r->rows.n + 1; k++) {
		r->starts[k] = r->starts[k - 1] + next[k - 1];
		next[k - 1] = r->starts[k - 1];
	}
	for (size_t i = 0; i < f->n_cases; i++)
		r->cases[next[row_of[f->cases[i].config]]++] = (uint32_t)i;
	free(next);
	return true;
}

static int
by_names(const void *x, const void *y)
{
	const struct named *a = x, *b = y;
	int d = strcmp(a->maker, b->maker);

	d = d ? d : strcmp(a->model, b->model);
	return d ? d : strcmp(a->vendor, b->vendor);
}

static const char *
name_text(const struct fleet *f, uint32_t name)
{
	return name ? f->names.at[name] : "";
}

/* Whatever the order in which rows came. */
static bool
order_rows(struct ready *r)
{
	r->order = calloc(r->rows.n + 1, sizeof(*r->order));
	if (!r->order)
		return false;
	for (uint32_t i = 0; i < r->rows.n; i++) {
		const uint32_t *key = (const void *)r->rows.at[i + 1];

		r->order[i] = (struct named){ name_text(r->f, key[0]),
			name_text(r->f, key[1]), name_text(r->f, key[2]), i + 1 };
	}
	if (r->rows.n > 1)
		qsort(r->order, r->rows.n, sizeof(*r->order), by_names);
	return true;
}

struct ready *
find_ready(const struct fleet *f)
{
	struct ready *r = calloc(1, sizeof(*r));
	uint32_t *row_of = calloc(f->configs.n + 1, sizeof(*row_of));
	bool ok = r && row_of;

	if (ok) {
		r->f = f;
		ok = find_rows(r, row_of) && sort_cases(r, row_of) &&
		     order_rows(r);
	}
	free(row_of);
	if (ok)
		return r;
	ready_free(r);
	return NULL;
}

void
ready_free(struct ready *r)
{
	if (r) {
		pool_free_all(&r->rows);
		free(r->cases);
		free(r->starts);
		free(r->order);
	}
	free(r);
}

/* ---- the table --------------------------------------------------------------------- */

enum { READY_ID, READY_MAKER, READY_MODEL, READY_BIOS, READY_VENDOR,
       READY_FIRMWARE, READY_MODES, READY_EXCEPTIONS, READY_DEVICES,
       READY_PASSED, READY_FAILED, READY_FAILURES };

static const struct fleet_case *
case_at(const struct run *run, uint32_t i)
{
	return &run->r->f->cases[run->r->cases[i]];
}

/* The BIOS with which a device passed last. */
static void
baseline(const struct run *run, struct cell *ret)
{
	const struct fleet *f = run->r->f;
	const struct fleet_case *best = NULL;

	for (uint32_t i = run->from; i < run->end; i++) {
		const struct fleet_case *c = case_at(run, i);

		if (c->result == RESULT_PASSED && name_id(f, c, BY_BIOS) &&
		    (!best || c->last >= best->last))
			best = c;
	}
	set_text(ret, "%s", best ? name_of(f, best, BY_BIOS) : "");
}

static void
append(struct cell *to, const char *separator, const char *text)
{
	size_t len = strlen(to->text);

	snprintf(to->text + len, sizeof(to->text) - len, "%s%s",
	         len ? separator : "", text);
}

/* Each value with which devices passed, once. */
static void
values(const struct run *run, enum column by, struct cell *ret)
{
	const struct fleet *f = run->r->f;
	uint32_t seen[MAX_LISTED];
	size_t n = 0;

	for (uint32_t i = run->from; i < run->end; i++) {
		const struct fleet_case *c = case_at(run, i);
		uint32_t v = name_id(f, c, by);
		size_t k = 0;

		if (c->result != RESULT_PASSED || !v)
			continue;
		while (k < n && seen[k] != v)
			k++;
		if (k < n)
			continue;
		if (n == MAX_LISTED) {
			append(ret, ", ", "and more");
			return;
		}
		seen[n++] = v;
		append(ret, ", ", name_of(f, c, by));
	}
}

/* "tpm-firmware-outdated with firmware 7.63.3353.0" */
static void
exceptions(const struct run *run, struct cell *ret)
{
	const struct fleet *f = run->r->f;
	uint32_t seen[MAX_LISTED][2];
	size_t n = 0;
	char line[256];

	for (uint32_t i = run->from; i < run->end; i++) {
		const struct fleet_case *c = case_at(run, i);
		uint32_t firmware = name_id(f, c, BY_FIRMWARE);
		size_t k = 0;

		if (c->result != RESULT_FAILED)
			continue;
		while (k < n && (seen[k][0] != c->cause || seen[k][1] != firmware))
			k++;
		if (k < n)
			continue;
		if (n == MAX_LISTED) {
			append(ret, "; ", "and more");
			return;
		}
		seen[n][0] = c->cause;
		seen[n++][1] = firmware;
		snprintf(line, sizeof(line), "%s%s%s",
		         strcmp(cause_of(f, c), "unknown") == 0 ? "cause unknown"
		         : cause_of(f, c),
		         firmware ? " with firmware " : "",
		         name_of(f, c, BY_FIRMWARE));
		append(ret, "; ", line);
	}
}

/* One case for each device: those that passed, or failed, at least once. */
static void
devices(const struct run *run, enum result result, struct items *ret)
{
	uint32_t device = UINT32_MAX;

	for (uint32_t i = run->from; i < run->end; i++) {
		const struct fleet_case *c = case_at(run, i);

		if (c->device == device ||
		    (result != RESULT_UNTRIED && c->result != result))
			continue;
		device = c->device;
		add_item(ret, c, NO_TRY);
	}
}

static struct run
run_of(const struct table *t, size_t row)
{
	const struct ready *r = t->data;

	uint32_t k = r->order[row].row;

	return (struct run){ r, r->starts[k], r->starts[k + 1] };
}

static void
ready_trace(const struct table *t, size_t row, size_t column,
            struct items *ret)
{
	struct run run = run_of(t, row);

	if (column == READY_FAILURES) {
		for (uint32_t i = run.from; i < run.end; i++)
			if (case_at(&run, i)->result == RESULT_FAILED)
				add_item(ret, case_at(&run, i), NO_TRY);
	} else {
		devices(&run, column == READY_PASSED ? RESULT_PASSED
		        : column == READY_FAILED ? RESULT_FAILED : RESULT_UNTRIED,
		        ret);
	}
}

static void
ready_cell(const struct table *t, size_t row, size_t column, struct cell *ret)
{
	struct run run = run_of(t, row);
	const struct fleet *f = run.r->f;
	const struct fleet_case *c = case_at(&run, run.from);
	struct items l = { .n = 0 };
	uint64_t h = 0;

	switch (column) {
	case READY_ID:
		for (enum column by = BY_MAKER; by <= BY_VENDOR; by++) {
			uint32_t v = name_id(f, c, by);

			h = h * 31 + (v ? hash_bytes(f->names.at[v],
			                             f->names.len[v]) : 1);
		}
		set_id(ret, 'm', hash_bytes(&h, sizeof(h)));
		break;
	case READY_MAKER: case READY_MODEL: case READY_VENDOR:
		set_text(ret, "%s", name_of(f, c, column == READY_MAKER ? BY_MAKER
		         : column == READY_MODEL ? BY_MODEL : BY_VENDOR));
		break;
	case READY_BIOS:
		baseline(&run, ret);
		break;
	case READY_FIRMWARE: case READY_MODES:
		values(&run, column == READY_MODES ? BY_SCENARIO : BY_FIRMWARE, ret);
		break;
	case READY_EXCEPTIONS:
		exceptions(&run, ret);
		break;
	default:
		ready_trace(t, row, column, &l);
		ret->value = (double)l.n;
		free(l.at);
	}
}

void
ready_table(const struct study *s, struct table *ret)
{
	*ret = (struct table){
		.name = "readiness", .title = "Hardware readiness",
		.empty = "There is no case.",
		.n_rows = s->ready ? s->ready->rows.n : 0, .data = s->ready,
		.cell = ready_cell, .trace = ready_trace,
	};
	add_column(ret, "id", "ID", CELL_ID);
	add_column(ret, "manufacturer", "MANUFACTURER", CELL_TEXT);
	add_column(ret, "model", "MODEL", CELL_TEXT);
	add_column(ret, "bios", "BIOS BASELINE", CELL_TEXT);
	add_column(ret, "vendor", "TPM", CELL_TEXT);
	add_column(ret, "firmware", "TPM FIRMWARE THAT PASSED", CELL_TEXT);
	add_column(ret, "modes", "MODES VALIDATED", CELL_TEXT);
	add_column(ret, "exceptions", "KNOWN EXCEPTIONS", CELL_TEXT);
	add_column(ret, "devices", "DEVICES", CELL_COUNT);
	add_column(ret, "passed", "PASSED", CELL_COUNT);
	add_column(ret, "failed", "FAILED", CELL_COUNT);
	add_column(ret, "failures", "FAILED CASES", CELL_COUNT);
}
