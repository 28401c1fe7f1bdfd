/*
 * group.c - devices into groups
 *
 * A slice is what shares maker, firmware and so on; a group is a slice and a
 * cause.  The test compares the devices of a slice that failed for the cause
 * with the devices that are not in the slice.
 */
#include "fleet.h"
#include "statistics.h"

#include <stdlib.h>
#include <string.h>

static const char *const by_names[] = {
	"manufacturer", "model", "vendor", "firmware", "bios", "build", "scenario",
	"message", "authority", "labels", "cause",
};
#define N_BY (sizeof(by_names) / sizeof(by_names[0]))

const char *
by_name(size_t by)
{
	return by_names[by];
}

bool
parse_by(const char *text, struct grouping *ret)
{
	bool wanted[N_BY] = { false };

	while (*text) {
		size_t n = strcspn(text, ","), i = 0;

		while (i < N_BY && (strlen(by_names[i]) != n ||
		                    strncmp(by_names[i], text, n) != 0))
			i++;
		if (i == N_BY) {
			print_problem("--by takes manufacturer, model, vendor, "
			              "firmware, bios, build, scenario, message, "
			              "authority, labels and cause, not", text);
			return false;
		}
		wanted[i] = true;
		text += n + (text[n] == ',');
	}
	ret->n_by = 0;
	for (size_t i = 0; i < N_COLUMNS_BY; i++)
		if (wanted[i])
			ret->by[ret->n_by++] = (enum column)i;
	ret->by_cause = wanted[BY_CAUSE];
	return true;
}

/* ---- slices ------------------------------------------------------------------- */

/* Models of two makers are two, whatever they are called. */
static bool
find_slices(struct grouping *g)
{
	const struct pool_of *configs = &g->fleet->configs;

	g->slice_of = calloc(configs->n + 1, sizeof(*g->slice_of));
	g->slice = calloc(configs->n + 1, sizeof(*g->slice));
	if (!g->slice_of || !g->slice)
		return false;
	for (size_t i = 1; i <= configs->n; i++) {
		const struct config *c = (const void *)configs->at[i];
		struct config part = { { 0 } };
		uint32_t s;

		for (size_t k = 0; k < g->n_by; k++) {
			part.text[g->by[k]] = c->text[g->by[k]];
			if (g->by[k] == BY_MODEL)
				part.text[BY_MAKER] = c->text[BY_MAKER];
		}
		s = intern(&g->slices, &part, sizeof(part));
		if (!s)
			return false;
		g->slice_of[i] = s;
		if (!g->slice[s].config)
			g->slice[s].config = (const void *)g->slices.at[s];
	}
	return true;
}

/* ---- groups ------------------------------------------------------------------- */

/* A set of numbers that is emptied at once, however many there can be. */
struct few {
	uint32_t *list, *where;
	size_t n, most;
};

static bool
few_begin(struct few *s, size_t most)
{
	s->list = calloc(most + 1, sizeof(*s->list));
	s->where = calloc(most + 1, sizeof(*s->where));
	s->most = most;
	return s->list && s->where;
}

static void
few_end(struct few *s)
{
	free(s->list);
	free(s->where);
}

/* Where it stands in the list; it is put there if it is not. */
static size_t
few_add(struct few *s, uint32_t what)
{
	size_t at = s->where[what];

	if (at < s->n && s->list[at] == what)
		return at;
	s->where[what] = (uint32_t)s->n;
	s->list[s->n] = what;
	return s->n++;
}

struct maker {
	struct grouping *g;
	uint32_t *slots;                /* of groups, by slice and cause */
	size_t n_slots, room;
	struct attempts attempts;
	struct part {                   /* of a device: what it did in a slice */
		uint32_t slice;
		bool passed, failed, unknown;
		uint32_t tries;         /* decided ones */
	} *part;
	struct few parts, failed_for, pairs;    /* of a device */
};

uint32_t
group_cause(const struct grouping *g, const struct fleet_case *c)
{
	if (c->result != RESULT_FAILED)
		return 0;
	return g->by_cause ? c->cause : 1;
}

static size_t
slot_of(const struct maker *m, uint32_t slice, uint32_t cause)
{
	uint32_t key[2] = { slice, cause };
	size_t at = hash_bytes(key, sizeof(key)) & (m->n_slots - 1);

	while (m->slots[at] && (m->g->group[m->slots[at] - 1].slice != slice ||
	                        m->g->group[m->slots[at] - 1].cause != cause))
		at = (at + 1) & (m->n_slots - 1);
	return at;
}

static bool
grow(struct maker *m)
{
	size_t room = m->room ? m->room * 2 : 1024;
	struct group *more = realloc(m->g->group, room * sizeof(*more));

	if (!more)
		return false;
	m->g->group = more;
	m->room = room;
	free(m->slots);
	m->n_slots = room * 4;
	m->slots = calloc(m->n_slots, sizeof(*m->slots));
	for (size_t i = 0; m->slots && i < m->g->n_groups; i++)
		m->slots[slot_of(m, more[i].slice, more[i].cause)] = (uint32_t)i + 1;
	return m->slots != NULL;
}

/* Its number, from 1; 0: out of memory. */
static uint32_t
group_of(struct maker *m, uint32_t slice, uint32_t cause)
{
	size_t at;

	if (m->g->n_groups == m->room && !grow(m))
		return 0;
	at = slot_of(m, slice, cause);
	if (!m->slots[at]) {
		m->g->group[m->g->n_groups++] = (struct group){ .slice = slice,
		                                                .cause = cause };
		m->slots[at] = (uint32_t)m->g->n_groups;
	}
	return m->slots[at];
}

static struct part *
part_of(struct maker *m, uint32_t slice)
{
	size_t n = m->parts.n, at = few_add(&m->parts, slice);

	if (at == n)
		m->part[at] = (struct part){ .slice = slice };
	return &m->part[at];
}

static void
see(struct group *g, const struct fleet_case *c)
{
	uint32_t from = c->first ? c->first : c->last;

	g->cases++;
	if (from && (!g->first || from < g->first))
		g->first = from;
	if (c->last > g->last)
		g->last = c->last;
}

/* Groups are made before they are counted: of how many causes a device failed
 * matters only where there is a group. */
static bool
make_groups(struct maker *m)
{
	const struct fleet *f = m->g->fleet;

	for (size_t i = 0; i < f->n_cases; i++) {
		const struct fleet_case *c = &f->cases[i];
		uint32_t slice = m->g->slice_of[c->config], group;
		uint32_t cause = group_cause(m->g, c);

		m->g->slice[slice].cases++;
		if (!cause)
			continue;
		group = group_of(m, slice, cause);
		if (!group)
			return false;
		see(&m->g->group[group - 1], c);
	}
	return true;
}

static void
take_cases(struct maker *m, const struct fleet_case *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t slice = m->g->slice_of[c[i].config];
		uint32_t cause = group_cause(m->g, &c[i]);
		struct part *p = part_of(m, slice);

		p->passed |= c[i].result == RESULT_PASSED;
		p->failed |= c[i].result == RESULT_FAILED;
		p->unknown |= c[i].result == RESULT_UNKNOWN;
		if (!cause)
			continue;
		few_add(&m->pairs, m->slots[slot_of(m, slice, cause)]);
		few_add(&m->failed_for, cause);
	}
}

static void
take_attempts(struct maker *m)
{
	for (size_t i = 0; i < m->attempts.n; i++) {
		const struct attempt *a = &m->attempts.at[i];
		uint32_t slice = m->g->slice_of[a->of->config];
		uint32_t cause = group_cause(m->g, a->of);
		struct part *p = part_of(m, slice);

		m->g->slice[slice].attempts++;
		p->tries += a->try_.how != 'I';
		p->passed |= a->try_.how == 'P';
		if (a->try_.how == 'F' && cause)
			m->g->group[m->slots[slot_of(m, slice, cause)] - 1].failures++;
	}
}

/* The rest of the fleet is without the slice's own devices: of them is counted
 * which failed for a cause, be it in another slice. */
static void
count_elsewhere(struct maker *m, const struct part *p)
{
	for (size_t k = 0; k < m->failed_for.n; k++) {
		uint32_t group = m->slots[slot_of(m, p->slice,
		                                  m->failed_for.list[k])];

		if (group)
			m->g->group[group - 1].anywhere++;
	}
}

static void
take_device(struct maker *m, const struct fleet_case *c, size_t n)
{
	bool known = false;

	m->parts.n = m->failed_for.n = m->pairs.n = 0;
	take_cases(m, c, n);
	take_attempts(m);
	for (size_t i = 0; i < m->parts.n; i++) {
		const struct part *p = &m->part[i];
		struct slice *s = &m->g->slice[p->slice];

		s->known += p->passed || p->failed;
		s->passed += p->passed && !p->failed;
		s->unknown += !p->passed && !p->failed && p->unknown;
		s->untried += !p->passed && !p->failed && !p->unknown;
		if (!p->passed && !p->failed)
			continue;
		known = true;
		count_elsewhere(m, p);
	}
	for (size_t i = 0; i < m->pairs.n; i++) {
		struct group *g = &m->g->group[m->pairs.list[i] - 1];
		const struct part *p = part_of(m, g->slice);

		g->failed++;
		g->retried += p->tries > 1;
		g->mixed += p->tries > 1 && p->passed;
	}
	for (size_t k = 0; k < m->failed_for.n; k++)
		m->g->failed_of[m->failed_for.list[k]]++;
	m->g->known += known;
}

/* ---- what is not chance -------------------------------------------------------- */

static bool
test_all(struct grouping *g)
{
	struct p_value *p = calloc(g->n_groups + 1, sizeof(*p));
	size_t n = 0;

	if (!p)
		return false;
	for (size_t i = 0; i < g->n_groups; i++) {
		struct group *x = &g->group[i];
		const struct slice *s = &g->slice[x->slice];
		uint32_t elsewhere = g->failed_of[x->cause] - x->anywhere;

		wilson(x->failed, s->known, &x->low, &x->high);
		x->p = x->holm = -1;
		if (!x->cause || s->known < MIN_DEVICES || s->known == g->known)
			continue;
		x->p = fisher_more(x->failed, s->known, x->failed + elsewhere,
		                   g->known);
		p[n++] = (struct p_value){ x->p, i };
	}
	holm(p, n);
	for (size_t i = 0; i < n; i++)
		g->group[p[i].whose].holm = p[i].p;
	free(p);
	return true;
}

bool
is_model_wide(const struct group *x)
{
	return x->holm >= 0 && x->holm < SIGNIFICANT;
}

/* Of the failed devices that tried again with nothing changed, half passed. */
bool
is_intermittent(const struct group *x)
{
	return x->mixed > 0 && x->mixed * 2 >= x->retried;
}

void
group_finding(const struct grouping *g, const struct group *x, char *to,
              size_t room)
{
	const struct slice *s = &g->slice[x->slice];
	const char *also = is_intermittent(x) ? ", intermittent" : "";

	if (!x->cause)
		snprintf(to, room, "%s", s->known ? "none failed" : "no result");
	else if (is_model_wide(x))
		snprintf(to, room, "model-wide%s", also);
	else if (s->known < MIN_DEVICES)
		snprintf(to, room, "too few devices%s", also);
	else if (x->holm < 0)
		snprintf(to, room, "nothing to compare with%s", also);
	else
		snprintf(to, room, "%s", *also ? also + 2 : "not more than elsewhere");
}

/* ---- the whole ------------------------------------------------------------------ */

/* From what it is called, so that it is the same in the next run. */
static uint64_t
id_of(const struct grouping *g, const struct group *x)
{
	const struct config *c = g->slice[x->slice].config;
	const struct fleet *f = g->fleet;
	uint64_t h = 0;

	for (size_t i = 0; i < N_COLUMNS_BY; i++) {
		uint32_t t = c->text[i];

		h = h * 31 + (t ? hash_bytes(f->names.at[t], f->names.len[t]) : 1);
	}
	for (size_t i = 0; i < g->n_by; i++)
		h = h * 31 + (uint64_t)g->by[i];
	if (x->cause && g->by_cause)
		h = h * 31 + hash_bytes(f->causes.at[x->cause],
		                        f->causes.len[x->cause]);
	return hash_bytes(&h, sizeof(h)) ^ (x->cause ? 1 : 0);
}

static int
by_weight(const void *x, const void *y)
{
	const struct group *a = x, *b = y;
	int wide = (int)is_model_wide(b) - (int)is_model_wide(a);

	if (wide)
		return wide;
	if (a->failed != b->failed)
		return a->failed > b->failed ? -1 : 1;
	if (a->cases != b->cases)
		return a->cases > b->cases ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

/* Groups that nothing failed in fall out, but for one of a slice that has no
 * other: it says that all is well there, or that nobody knows. */
static bool
finish_groups(struct maker *m)
{
	struct grouping *g = m->g;
	bool *has = calloc(g->slices.n + 1, sizeof(*has));
	size_t n = 0;

	if (!has)
		return false;
	for (size_t i = 0; i < g->n_groups; i++)
		if (g->group[i].failed) {
			has[g->group[i].slice] = true;
			g->group[n++] = g->group[i];
		}
	g->n_groups = n;
	for (uint32_t s = 1; s <= g->slices.n; s++) {
		if (has[s] || !g->slice[s].cases)
			continue;
		if (g->n_groups == m->room && !grow(m)) {
			free(has);
			return false;
		}
		g->group[g->n_groups++] = (struct group){ .slice = s };
	}
	free(has);
	for (size_t i = 0; i < g->n_groups; i++)
		g->group[i].id = id_of(g, &g->group[i]);
	return true;
}

/* Groups of slices without failures have been seen, too. */
static void
see_rest(struct grouping *g)
{
	uint32_t *rest = calloc(g->slices.n + 1, sizeof(*rest));

	for (size_t i = 0; rest && i < g->n_groups; i++)
		if (!g->group[i].cause)
			rest[g->group[i].slice] = (uint32_t)i + 1;
	for (size_t i = 0; rest && i < g->fleet->n_cases; i++) {
		const struct fleet_case *c = &g->fleet->cases[i];
		uint32_t k = rest[g->slice_of[c->config]];

		if (k)
			see(&g->group[k - 1], c);
	}
	free(rest);
}

static bool
begin(struct maker *m)
{
	struct grouping *g = m->g;

	g->failed_of = calloc(g->fleet->causes.n + 2, sizeof(*g->failed_of));
	if (!g->failed_of || !find_slices(g) || !grow(m) || !make_groups(m))
		return false;
	m->part = calloc(g->slices.n + 1, sizeof(*m->part));
	return m->part && few_begin(&m->parts, g->slices.n) &&
	       few_begin(&m->pairs, g->n_groups) &&
	       few_begin(&m->failed_for, g->fleet->causes.n + 1);
}

static void
end(struct maker *m)
{
	free(m->slots);
	free(m->attempts.at);
	free(m->part);
	few_end(&m->parts);
	few_end(&m->pairs);
	few_end(&m->failed_for);
}

bool
group_all(struct grouping *g, const struct fleet *f)
{
	struct maker m = { .g = g };
	bool ok;

	g->fleet = f;
	ok = begin(&m);
	for (size_t d = 0; ok && d < f->n_devices; d++) {
		ok = device_attempts(f, d, &m.attempts);
		if (ok)
			take_device(&m, &f->cases[f->devices[d]],
			            f->devices[d + 1] - f->devices[d]);
	}
	ok = ok && finish_groups(&m) && test_all(g);
	if (ok) {
		see_rest(g);
		if (g->n_groups > 1)
			qsort(g->group, g->n_groups, sizeof(*g->group), by_weight);
	}
	end(&m);
	return ok;
}

void
grouping_free(struct grouping *g)
{
	pool_free_all(&g->slices);
	free(g->slice_of);
	free(g->slice);
	free(g->group);
	free(g->failed_of);
}
