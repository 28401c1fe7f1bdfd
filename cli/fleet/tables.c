/* tables.c - the whole fleet, its groups, its devices, and what a number counts */
#include "table.h"

#include <stdlib.h>
#include <string.h>

static const char *
level_text(uint8_t level)
{
	return cabscan_confidence_name((cabscan_confidence)level);
}

static void
set_result(struct cell *c, const struct fleet *f, const struct fleet_case *x)
{
	switch (x->result) {
	case RESULT_PASSED:
		set_text(c, "passed");
		break;
	case RESULT_FAILED:
		if (strcmp(cause_of(f, x), "unknown") == 0)
			set_text(c, "failed: cause unknown");
		else
			set_text(c, "failed: %s (%s)", cause_of(f, x),
			         level_text(x->confidence));
		break;
	case RESULT_UNKNOWN:
		set_text(c, "unknown");
		break;
	default:
		set_text(c, "no attestation: %s", cause_of(f, x));
	}
}

/* ---- what a device did, in all cases or in those of one slice ------------------- */

struct scope {
	const struct grouping *g;       /* NULL: all cases */
	uint32_t slice;
};

struct deeds {
	const struct fleet_case *last;  /* NULL: it has no case in the scope */
	bool passed, failed, unknown;
	uint32_t decided;               /* tries */
};

static bool
in_scope(const struct scope *s, const struct fleet_case *c)
{
	return !s->g || s->g->slice_of[c->config] == s->slice;
}

static struct deeds
deeds_of(const struct fleet *f, size_t device, const struct scope *s,
         struct attempts *tries)
{
	struct deeds d = { NULL, false, false, false, 0 };

	for (uint32_t i = f->devices[device]; i < f->devices[device + 1]; i++) {
		const struct fleet_case *c = &f->cases[i];

		if (!in_scope(s, c))
			continue;
		d.last = c;
		d.passed |= c->result == RESULT_PASSED;
		d.failed |= c->result == RESULT_FAILED;
		d.unknown |= c->result == RESULT_UNKNOWN;
	}
	if (!d.last || !device_attempts(f, device, tries))
		return d;
	for (size_t i = 0; i < tries->n; i++) {
		if (!in_scope(s, tries->at[i].of))
			continue;
		d.passed |= tries->at[i].try_.how == 'P';
		d.decided += tries->at[i].try_.how != 'I';
	}
	return d;
}

enum device_kind {
	DEVICES_ALL, DEVICES_KNOWN, DEVICES_PASSED, DEVICES_FAILED, DEVICES_UNKNOWN,
	DEVICES_UNTRIED, DEVICES_RETRIED, DEVICES_MIXED
};

static bool
is_of_kind(const struct deeds *d, enum device_kind kind)
{
	bool known = d->passed || d->failed;

	switch (kind) {
	case DEVICES_ALL: return true;
	case DEVICES_KNOWN: return known;
	case DEVICES_PASSED: return d->passed && !d->failed;
	case DEVICES_FAILED: return d->failed;
	case DEVICES_UNKNOWN: return !known && d->unknown;
	case DEVICES_UNTRIED: return !known && !d->unknown;
	case DEVICES_RETRIED: return d->failed && d->decided > 1;
	case DEVICES_MIXED: return d->failed && d->decided > 1 && d->passed;
	}
	return false;
}

static const struct fleet_case *
last_failed(const struct fleet *f, size_t device, const struct scope *s,
            uint32_t cause)
{
	for (uint32_t i = f->devices[device + 1]; i-- > f->devices[device]; ) {
		const struct fleet_case *c = &f->cases[i];

		if (in_scope(s, c) && c->result == RESULT_FAILED &&
		    (!cause || group_cause(s->g, c) == cause))
			return c;
	}
	return NULL;
}

/* One case for each such device: its last one in the scope; of failed ones
 * the last that failed for 'cause' (0: for any). */
static void
list_devices(const struct fleet *f, const struct scope *s,
             enum device_kind kind, uint32_t cause, struct items *ret)
{
	bool failing = kind == DEVICES_FAILED || kind == DEVICES_RETRIED ||
	               kind == DEVICES_MIXED;
	struct attempts tries = { NULL, 0, 0 };

	for (size_t d = 0; d < f->n_devices; d++) {
		struct deeds deeds = deeds_of(f, d, s, &tries);
		const struct fleet_case *shown = deeds.last;

		if (!shown || !is_of_kind(&deeds, kind))
			continue;
		if (failing)
			shown = last_failed(f, d, s, cause);
		if (shown)
			add_item(ret, shown, NO_TRY);
	}
	free(tries.at);
}

/* 'how' 0: all tries. */
static void
list_tries(const struct fleet *f, const struct scope *s, char how,
           uint32_t cause, size_t first_device, size_t n_devices,
           struct items *ret)
{
	struct attempts tries = { NULL, 0, 0 };

	for (size_t d = first_device; d < first_device + n_devices; d++) {
		if (!device_attempts(f, d, &tries)) {
			ret->out_of_memory = true;
			break;
		}
		for (size_t i = 0; i < tries.n; i++) {
			const struct attempt *a = &tries.at[i];

			if (in_scope(s, a->of) && (!how || a->try_.how == how) &&
			    (!cause || group_cause(s->g, a->of) == cause))
				add_item(ret, a->of, a->try_);
		}
	}
	free(tries.at);
}

static void
list_cases(const struct fleet *f, const struct scope *s, uint32_t cause,
           struct items *ret)
{
	for (size_t i = 0; i < f->n_cases; i++)
		if (in_scope(s, &f->cases[i]) &&
		    (!cause || group_cause(s->g, &f->cases[i]) == cause))
			add_item(ret, &f->cases[i], NO_TRY);
}

/* ---- the whole ------------------------------------------------------------------ */

static const struct { const char *key; enum device_kind kind; } sums[] = {
	{ "devices", DEVICES_ALL }, { "failed", DEVICES_FAILED },
	{ "passed", DEVICES_PASSED }, { "unknown", DEVICES_UNKNOWN },
	{ "untried", DEVICES_UNTRIED },
};
#define N_SUMS (sizeof(sums) / sizeof(sums[0]))

static void
fleet_trace(const struct table *t, size_t row, size_t column, struct items *ret)
{
	static const struct scope everything = { NULL, 0 };
	const struct fleet *f = ((const struct study *)t->data)->fleet;

	(void)row;
	if (column == 1)
		list_cases(f, &everything, 0, ret);
	else if (column == 2)
		list_tries(f, &everything, 0, 0, 0, f->n_devices, ret);
	else if (column >= 3)
		list_devices(f, &everything, sums[column - 3].kind, 0, ret);
}

static void
fleet_cell(const struct table *t, size_t row, size_t column, struct cell *ret)
{
	struct items l = { .n = 0 };

	if (column == 0) {
		set_text(ret, "fleet");
		return;
	}
	fleet_trace(t, row, column, &l);
	ret->value = (double)l.n;
	free(l.at);
}

void
fleet_table(const struct study *s, struct table *ret)
{
	*ret = (struct table){
		.name = "fleet", .title = "The fleet", .empty = "", .n_rows = 1,
		.data = s, .cell = fleet_cell, .trace = fleet_trace,
	};
	add_column(ret, "id", "ID", CELL_ID);
	add_column(ret, "cases", "CASES", CELL_COUNT);
	add_column(ret, "attempts", "TRIES", CELL_COUNT);
	add_column(ret, "devices", "DEVICES", CELL_COUNT);
	add_column(ret, "failed", "FAILED", CELL_COUNT);
	add_column(ret, "passed", "ONLY PASSED", CELL_COUNT);
	add_column(ret, "unknown", "UNKNOWN", CELL_COUNT);
	add_column(ret, "untried", "UNTRIED", CELL_COUNT);
}

/* ---- groups ---------------------------------------------------------------------- */

/* Behind the columns of --by. */
enum group_column {
	GROUP_CASES, GROUP_ATTEMPTS, GROUP_FAILURES, GROUP_DEVICES, GROUP_FAILED,
	GROUP_UNKNOWN, GROUP_UNTRIED, GROUP_RATE, GROUP_LOW, GROUP_HIGH, GROUP_P, GROUP_HOLM,
	GROUP_RETRIED, GROUP_MIXED, GROUP_FIRST, GROUP_LAST, GROUP_FINDING
};

static void
group_number(const struct grouping *g, const struct group *x,
             enum group_column column, struct cell *ret)
{
	const struct slice *s = &g->slice[x->slice];
	const double numbers[] = {
		[GROUP_CASES] = x->cases, [GROUP_ATTEMPTS] = s->attempts,
		[GROUP_FAILURES] = x->failures, [GROUP_DEVICES] = s->known,
		[GROUP_FAILED] = x->failed, [GROUP_UNKNOWN] = s->unknown,
		[GROUP_UNTRIED] = s->untried,
		[GROUP_RATE] = s->known ? (double)x->failed / s->known : -1,
		[GROUP_LOW] = s->known ? x->low : -1,
		[GROUP_HIGH] = s->known ? x->high : -1,
		[GROUP_P] = x->p, [GROUP_HOLM] = x->holm,
		[GROUP_RETRIED] = x->retried,
		[GROUP_MIXED] = x->mixed,
	};

	ret->value = numbers[column];
}

static void
group_cell(const struct table *t, size_t row, size_t column, struct cell *ret)
{
	const struct study *study = t->data;
	const struct grouping *g = &study->groups;
	const struct group *x = &g->group[row];
	const struct config *c = g->slice[x->slice].config;
	size_t n = g->n_by;
	uint32_t name;

	if (column == 0) {
		set_id(ret, 'g', x->id);
	} else if (column <= n) {
		name = c->text[g->by[column - 1]];
		set_text(ret, "%s", name ? study->fleet->shown[name] : "");
	} else if (g->by_cause && column == n + 1) {
		set_text(ret, "%s", x->cause ? study->fleet->causes.at[x->cause] : "");
	} else {
		column -= n + 1 + (g->by_cause ? 1 : 0);
		if (column <= GROUP_MIXED)
			group_number(g, x, (enum group_column)column, ret);
		else if (column == GROUP_FINDING)
			group_finding(g, x, ret->text, sizeof(ret->text));
		else
			set_time(ret, column == GROUP_FIRST ? x->first : x->last);
	}
}

static void
group_trace(const struct table *t, size_t row, size_t column, struct items *ret)
{
	const struct study *study = t->data;
	const struct grouping *g = &study->groups;
	const struct group *x = &g->group[row];
	const struct fleet *f = study->fleet;
	struct scope s = { g, x->slice };
	size_t before = g->n_by + 1 + (g->by_cause ? 1 : 0);

	switch (column < before ? GROUP_CASES : (enum group_column)(column - before)) {
	case GROUP_ATTEMPTS:
		list_tries(f, &s, 0, 0, 0, f->n_devices, ret);
		break;
	case GROUP_FAILURES:
		if (x->cause)
			list_tries(f, &s, 'F', x->cause, 0, f->n_devices, ret);
		break;
	case GROUP_FAILED:
		if (x->cause)
			list_devices(f, &s, DEVICES_FAILED, x->cause, ret);
		break;
	case GROUP_UNKNOWN:
		list_devices(f, &s, DEVICES_UNKNOWN, 0, ret);
		break;
	case GROUP_UNTRIED:
		list_devices(f, &s, DEVICES_UNTRIED, 0, ret);
		break;
	case GROUP_RETRIED:
		if (x->cause)
			list_devices(f, &s, DEVICES_RETRIED, x->cause, ret);
		break;
	case GROUP_MIXED:
		if (x->cause)
			list_devices(f, &s, DEVICES_MIXED, x->cause, ret);
		break;
	case GROUP_DEVICES: case GROUP_RATE: case GROUP_LOW: case GROUP_HIGH:
	case GROUP_P: case GROUP_HOLM:
		list_devices(f, &s, DEVICES_KNOWN, 0, ret);
		break;
	default:
		list_cases(f, &s, x->cause, ret);
	}
}

void
groups_table(const struct study *s, struct table *ret)
{
	static const char *const titles[] = {
		"MANUFACTURER", "MODEL", "TPM", "FIRMWARE", "BIOS", "BUILD",
		"SCENARIO", "ANSWER", "ISSUER", "LABELS",
	};

	*ret = (struct table){
		.name = "groups", .title = "Groups", .empty = "There is no case.",
		.n_rows = s->groups.n_groups, .data = s, .cell = group_cell,
		.trace = group_trace,
	};
	add_column(ret, "id", "ID", CELL_ID);
	for (size_t i = 0; i < s->groups.n_by; i++)
		add_column(ret, by_name(s->groups.by[i]), titles[s->groups.by[i]],
		           CELL_TEXT);
	if (s->groups.by_cause)
		add_column(ret, "cause", "CAUSE", CELL_TEXT);
	add_column(ret, "cases", "CASES", CELL_COUNT);
	add_column(ret, "attempts", "TRIES", CELL_COUNT);
	add_column(ret, "failures", "FAILURES", CELL_COUNT);
	add_column(ret, "devices", "DEVICES", CELL_COUNT);
	add_column(ret, "failed", "FAILED", CELL_COUNT);
	add_column(ret, "unknown", "UNKNOWN", CELL_COUNT);
	add_column(ret, "untried", "UNTRIED", CELL_COUNT);
	add_column(ret, "rate", "RATE", CELL_SHARE);
	add_column(ret, "low", "FROM", CELL_SHARE);
	add_column(ret, "high", "TO", CELL_SHARE);
	add_column(ret, "p", "P", CELL_CHANCE);
	add_column(ret, "p_holm", "P (HOLM)", CELL_CHANCE);
	add_column(ret, "retried", "RETRIED", CELL_COUNT);
	add_column(ret, "mixed", "MIXED", CELL_COUNT);
	add_column(ret, "first", "FIRST SEEN", CELL_TEXT);
	add_column(ret, "last", "LAST SEEN", CELL_TEXT);
	add_column(ret, "finding", "FINDING", CELL_TEXT);
}

/* ---- devices --------------------------------------------------------------------- */

enum { DEVICE_ID, DEVICE_NAME, DEVICE_MAKER, DEVICE_MODEL, DEVICE_BIOS,
       DEVICE_VENDOR, DEVICE_FIRMWARE, DEVICE_BUILD, DEVICE_RESULT,
       DEVICE_CASES, DEVICE_TRIES, DEVICE_FAILURES, DEVICE_LAST };

static void
device_trace(const struct table *t, size_t row, size_t column,
             struct items *ret)
{
	static const struct scope everything = { NULL, 0 };
	const struct study *s = t->data;
	const struct fleet *f = s->fleet;
	size_t d = s->order[row];

	if (column == DEVICE_TRIES || column == DEVICE_FAILURES)
		list_tries(f, &everything, column == DEVICE_TRIES ? 0 : 'F', 0, d,
		           1, ret);
	else
		for (uint32_t i = f->devices[d]; i < f->devices[d + 1]; i++)
			add_item(ret, &f->cases[i], NO_TRY);
}

static void
device_cell(const struct table *t, size_t row, size_t column, struct cell *ret)
{
	static const enum column names[] = {
		[DEVICE_MAKER] = BY_MAKER, [DEVICE_MODEL] = BY_MODEL,
		[DEVICE_BIOS] = BY_BIOS, [DEVICE_VENDOR] = BY_VENDOR,
		[DEVICE_FIRMWARE] = BY_FIRMWARE, [DEVICE_BUILD] = BY_BUILD,
	};
	const struct study *s = t->data;
	const struct fleet *f = s->fleet;
	size_t d = s->order[row];
	const struct fleet_case *c = &f->cases[f->devices[d + 1] - 1];
	struct items l = { .n = 0 };
	char id[24];

	switch (column) {
	case DEVICE_ID:
		device_id(f, d, id);
		set_text(ret, "%s", id);
		break;
	case DEVICE_NAME:
		set_text(ret, "%s", c->name ? c->name : "");
		break;
	case DEVICE_RESULT:
		set_result(ret, f, c);
		break;
	case DEVICE_CASES: case DEVICE_TRIES: case DEVICE_FAILURES:
		device_trace(t, row, column, &l);
		ret->value = (double)l.n;
		free(l.at);
		break;
	case DEVICE_LAST:
		set_time(ret, c->last);
		break;
	default:
		set_text(ret, "%s", name_of(f, c, names[column]));
	}
}

void
devices_table(const struct study *s, struct table *ret)
{
	*ret = (struct table){
		.name = "devices", .title = "Devices, as they were last seen",
		.empty = "There is no case.", .n_rows = s->order ? s->fleet->n_devices : 0,
		.data = s, .cell = device_cell, .trace = device_trace,
	};
	add_column(ret, "id", "ID", CELL_ID);
	add_column(ret, "device", "DEVICE", CELL_TEXT);
	add_column(ret, "manufacturer", "MANUFACTURER", CELL_TEXT);
	add_column(ret, "model", "MODEL", CELL_TEXT);
	add_column(ret, "bios", "BIOS", CELL_TEXT);
	add_column(ret, "vendor", "TPM", CELL_TEXT);
	add_column(ret, "firmware", "FIRMWARE", CELL_TEXT);
	add_column(ret, "build", "BUILD", CELL_TEXT);
	add_column(ret, "result", "RESULT", CELL_TEXT);
	add_column(ret, "cases", "CASES", CELL_COUNT);
	add_column(ret, "attempts", "TRIES", CELL_COUNT);
	add_column(ret, "failures", "FAILURES", CELL_COUNT);
	add_column(ret, "last", "LAST SEEN", CELL_TEXT);
}

/* ---- what a number counts ----------------------------------------------------------- */

struct listed {
	const struct fleet *f;
	const struct items *l;
};

static const char *
how_text(char how)
{
	return how == 'P' ? "try passed" : how == 'F' ? "try failed"
	     : "try did not end";
}

static void
item_cell(const struct table *t, size_t row, size_t column, struct cell *ret)
{
	static const enum column names[] = {
		[5] = BY_MODEL, [6] = BY_BIOS, [7] = BY_VENDOR, [8] = BY_FIRMWARE,
		[9] = BY_BUILD,
	};
	const struct listed *d = t->data;
	const struct item *i = &d->l->at[row];
	char id[24];

	switch (column) {
	case 0:
		case_id(d->f, i->of, id);
		set_text(ret, "%s", id);
		break;
	case 1:
		device_id(d->f, i->of->device, id);
		set_text(ret, "%s", id);
		break;
	case 2:
		set_text(ret, "%s", i->of->name ? i->of->name : "");
		break;
	case 3:
		if (i->try_.how)
			set_text(ret, "%s", how_text(i->try_.how));
		else
			set_result(ret, d->f, i->of);
		break;
	case 4:
		set_time(ret, i->try_.how ? i->try_.began : i->of->last);
		break;
	case 10:
		set_text(ret, "%s", i->of->source);
		break;
	default:
		set_text(ret, "%s", name_of(d->f, i->of, names[column]));
	}
}

void
items_table(const struct fleet *f, const struct items *l, struct table *ret)
{
	struct listed *d = malloc(sizeof(*d));

	if (d)
		*d = (struct listed){ f, l };
	*ret = (struct table){
		.name = "trace", .title = "What it counts", .empty = "Nothing.",
		.n_rows = d ? l->n : 0, .data = d, .cell = item_cell,
	};
	add_column(ret, "case", "CASE", CELL_TEXT);
	add_column(ret, "device_id", "DEVICE ID", CELL_TEXT);
	add_column(ret, "device", "DEVICE", CELL_TEXT);
	add_column(ret, "result", "RESULT", CELL_TEXT);
	add_column(ret, "time", "WHEN", CELL_TEXT);
	add_column(ret, "model", "MODEL", CELL_TEXT);
	add_column(ret, "bios", "BIOS", CELL_TEXT);
	add_column(ret, "vendor", "TPM", CELL_TEXT);
	add_column(ret, "firmware", "FIRMWARE", CELL_TEXT);
	add_column(ret, "build", "BUILD", CELL_TEXT);
	add_column(ret, "source", "INPUT", CELL_TEXT);
}
