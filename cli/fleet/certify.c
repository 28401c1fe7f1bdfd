/*
 * certify.c - what passed twice from a clean reset: a matrix for each model
 *
 * A life of a device begins with a reset: its logs start anew, behind all that
 * was seen of it before.  A pass counts once a life, and only where no try
 * failed before it in that life.  Two such passes of one device in the same
 * cell certify it, in pre-provisioning.
 */
#include "table.h"

#include <stdlib.h>
#include <string.h>

#define MAX_VALUES 32           /* of one label, and scenarios */

enum age { AGE_CURRENT, AGE_PREVIOUS, AGE_OLDER, AGE_UNKNOWN };
#define N_AGES 4

struct axis {
	char at[MAX_VALUES][MAX_LABEL_VALUE * 4 + 1];
	size_t n;
	bool full;
};

struct model {
	uint32_t maker, model, current, previous;       /* names; 0: unknown */
	uint32_t from, end;             /* of matrix.cases */
};

struct matrix {
	const struct fleet *f;
	struct pool_of keys;
	struct model *models;
	uint32_t *cases;                /* by model, then by device and time */
	bool *clean;                    /* by case: passed, and counts */
	struct axis scenarios, networks, images;
	struct spot {
		uint32_t model;
		unsigned char scenario, network, image, age;
	} *at;
	size_t n, room;
};

/* ---- labels and BIOS versions ---------------------------------------------------------- */

/* The value of a label in "image=24H2;network=wifi"; "": it has none. */
static void
label_of(const struct fleet *f, const struct fleet_case *c, const char *name,
         char *to, size_t room)
{
	const char *text = name_of(f, c, BY_LABELS);
	size_t n = strlen(name);

	to[0] = '\0';
	while (*text) {
		size_t len = strcspn(text, ";");

		if (len > n && strncmp(text, name, n) == 0 && text[n] == '=') {
			snprintf(to, room, "%.*s", (int)(len - n - 1), text + n + 1);
			return;
		}
		text += len + (text[len] == ';');
	}
}

/* Its place on the axis; MAX_VALUES: there is no more room. */
static size_t
place(struct axis *a, const char *value)
{
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->at[i], value) == 0)
			return i;
	if (a->n == MAX_VALUES) {
		a->full = true;
		return MAX_VALUES;
	}
	snprintf(a->at[a->n], sizeof(a->at[0]), "%s", value);
	return a->n++;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* 1.9 before 1.10: numbers by their size, all else by its bytes. */
static int
version_order(const char *a, const char *b)
{
	while (*a && *b) {
		size_t n, m;
		int d;

		if (!is_digit(*a) || !is_digit(*b)) {
			if (*a != *b)
				return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
			a++;
			b++;
			continue;
		}
		a += strspn(a, "0");
		b += strspn(b, "0");
		n = strspn(a, "0123456789");
		m = strspn(b, "0123456789");
		if (n != m)
			return n < m ? -1 : 1;
		d = strncmp(a, b, n);
		if (d)
			return d;
		a += n;
		b += m;
	}
	return *a ? 1 : *b ? -1 : 0;
}

static const char *
name_text(const struct fleet *f, uint32_t name)
{
	return name ? f->names.at[name] + 1 : "";
}

static void
take_bios(const struct fleet *f, struct model *m, uint32_t bios)
{
	if (!bios || bios == m->current || bios == m->previous)
		return;
	if (!m->current ||
	    version_order(name_text(f, bios), name_text(f, m->current)) > 0) {
		m->previous = m->current;
		m->current = bios;
	} else if (!m->previous || version_order(name_text(f, bios),
	                                         name_text(f, m->previous)) > 0) {
		m->previous = bios;
	}
}

static enum age
age_of(const struct model *m, uint32_t bios)
{
	return !bios ? AGE_UNKNOWN : bios == m->current ? AGE_CURRENT
	     : bios == m->previous ? AGE_PREVIOUS : AGE_OLDER;
}

/* ---- lives -------------------------------------------------------------------------------- */

static bool
failed_before_passing(const struct fleet *f, const struct fleet_case *c)
{
	for (size_t i = 0; i < c->n_tries; i++)
		if (f->tries[c->tries + i].how == 'F')
			return true;
	return false;
}

/* The cases of a device are in the order of their ends. */
static void
find_lives(struct matrix *m, size_t device)
{
	const struct fleet *f = m->f;
	uint32_t life = 0, seen = 0;    /* where its logs begin; the last time */
	bool counted = false;

	for (uint32_t i = f->devices[device]; i < f->devices[device + 1]; i++) {
		const struct fleet_case *c = &f->cases[i];

		if (c->logs_from && c->logs_from > seen && c->logs_from != life) {
			life = c->logs_from;
			counted = false;
		}
		if (c->last > seen)
			seen = c->last;
		if (c->result != RESULT_PASSED || !c->last || !c->logs_from ||
		    c->logs_from != life || counted ||
		    failed_before_passing(f, c))
			continue;
		m->clean[i] = counted = true;
	}
}

/* ---- models and their cases ------------------------------------------------------------------ */

static bool
sort_cases(struct matrix *m)
{
	const struct fleet *f = m->f;
	uint32_t *of = calloc(f->configs.n + 1, sizeof(*of)), next = 0;

	for (size_t i = 1; of && i <= f->configs.n; i++) {
		const struct config *c = (const void *)f->configs.at[i];
		uint32_t key[2] = { c->text[BY_MAKER], c->text[BY_MODEL] };

		of[i] = intern(&m->keys, key, sizeof(key));
	}
	m->models = calloc(m->keys.n + 2, sizeof(*m->models));
	m->cases = calloc(f->n_cases + 1, sizeof(*m->cases));
	if (!of || !m->models || !m->cases || m->keys.failed) {
		free(of);
		return false;
	}
	for (size_t i = 0; i < f->n_cases; i++)
		m->models[of[f->cases[i].config]].end++;
	for (size_t k = 1; k <= m->keys.n; k++) {
		uint32_t n = m->models[k].end;

		m->models[k].from = m->models[k].end = next;
		next += n;
	}
	for (size_t i = 0; i < f->n_cases; i++) {
		const struct config *c = config_of(f, &f->cases[i]);
		struct model *x = &m->models[of[f->cases[i].config]];

		x->maker = c->text[BY_MAKER];
		x->model = c->text[BY_MODEL];
		take_bios(f, x, c->text[BY_BIOS]);
		m->cases[x->end++] = (uint32_t)i;
	}
	free(of);
	return true;
}

static struct spot
spot_of(struct matrix *m, uint32_t model, const struct fleet_case *c)
{
	const struct fleet *f = m->f;
	char network[MAX_LABEL_VALUE * 4 + 1], image[MAX_LABEL_VALUE * 4 + 1];

	label_of(f, c, "network", network, sizeof(network));
	label_of(f, c, "image", image, sizeof(image));
	return (struct spot){
		.model = model,
		.scenario = (unsigned char)place(&m->scenarios,
		                                 name_of(f, c, BY_SCENARIO)),
		.network = (unsigned char)place(&m->networks, network),
		.image = (unsigned char)place(&m->images, image),
		.age = (unsigned char)age_of(&m->models[model],
		                             name_id(f, c, BY_BIOS)),
	};
}

static bool
same_spot(const struct spot *a, const struct spot *b)
{
	return a->model == b->model && a->scenario == b->scenario &&
	       a->network == b->network && a->image == b->image &&
	       a->age == b->age;
}

static bool
add_spot(struct matrix *m, struct spot s)
{
	struct spot *more = one_more(m->at, m->n, &m->room, sizeof(*more));

	if (!more)
		return false;
	m->at = more;
	m->at[m->n++] = s;
	return true;
}

/* All that was to be tested, whether it was or not: both scenarios that attest
 * always, both BIOS versions.  The rest only where there is a case. */
static bool
add_spots(struct matrix *m, uint32_t model)
{
	bool *seen = calloc((MAX_VALUES + 1) * (MAX_VALUES + 1) *
	                    (MAX_VALUES + 1) * N_AGES, sizeof(*seen));
	bool ok = seen != NULL, with_scenario[MAX_VALUES + 1] = { true, true };
	size_t at;

	for (uint32_t i = m->models[model].from; ok && i < m->models[model].end;
	     i++) {
		struct spot s = spot_of(m, model, &m->f->cases[m->cases[i]]);

		with_scenario[s.scenario] = true;
		seen[((s.scenario * (MAX_VALUES + 1) + s.network) * (MAX_VALUES + 1) +
		      s.image) * N_AGES + s.age] = true;
	}
	for (size_t s = 0; ok && s < m->scenarios.n; s++)
		for (size_t age = 0; ok && with_scenario[s] && age < N_AGES; age++)
			for (size_t n = 0; ok && n < m->networks.n; n++)
				for (size_t i = 0; ok && i < m->images.n; i++) {
					at = ((s * (MAX_VALUES + 1) + n) *
					      (MAX_VALUES + 1) + i) * N_AGES + age;
					if (!seen[at] &&
					    (age > AGE_PREVIOUS || !m->scenarios.at[s][0] ||
					     (!m->networks.at[n][0] && m->networks.n > 1) ||
					     (!m->images.at[i][0] && m->images.n > 1)))
						continue;
					ok = add_spot(m, (struct spot){ model,
					        (unsigned char)s, (unsigned char)n,
					        (unsigned char)i, (unsigned char)age });
				}
	free(seen);
	return ok;
}

static int
by_value(const void *x, const void *y)
{
	return strcmp(x, y);
}

static bool
find_axes(struct matrix *m)
{
	place(&m->scenarios, "pre-provisioning");
	place(&m->scenarios, "self-deploying");
	for (size_t i = 0; i < m->f->n_cases; i++)
		spot_of(m, 1, &m->f->cases[i]);
	/* The two that come first stay there. */
	if (m->scenarios.n > 2)
		qsort(m->scenarios.at + 2, m->scenarios.n - 2,
		      sizeof(m->scenarios.at[0]), by_value);
	qsort(m->networks.at, m->networks.n, sizeof(m->networks.at[0]), by_value);
	qsort(m->images.at, m->images.n, sizeof(m->images.at[0]), by_value);
	if (m->networks.n == 0)
		place(&m->networks, "");
	if (m->images.n == 0)
		place(&m->images, "");
	if (m->scenarios.full || m->networks.full || m->images.full)
		print_problem("certification", "more than 32 scenarios, networks or "
		              "images: the rest has no cells");
	return true;
}

struct named {
	const char *maker, *model;
	uint32_t which;
};

static int
by_names(const void *x, const void *y)
{
	const struct named *a = x, *b = y;
	int d = strcmp(a->maker, b->maker);

	return d ? d : strcmp(a->model, b->model);
}

/* Whatever the order in which rows came. */
static bool
add_models(struct matrix *m)
{
	struct named *order = calloc(m->keys.n + 1, sizeof(*order));
	bool ok = order != NULL;

	for (uint32_t k = 0; ok && k < m->keys.n; k++)
		order[k] = (struct named){ name_text(m->f, m->models[k + 1].maker),
		                           name_text(m->f, m->models[k + 1].model),
		                           k + 1 };
	if (ok && m->keys.n > 1)
		qsort(order, m->keys.n, sizeof(*order), by_names);
	for (size_t i = 0; ok && i < m->keys.n; i++)
		ok = add_spots(m, order[i].which);
	free(order);
	return ok;
}

struct matrix *
find_matrix(const struct fleet *f)
{
	struct matrix *m = calloc(1, sizeof(*m));
	bool ok = m != NULL;

	if (!m)
		return NULL;
	m->f = f;
	m->clean = calloc(f->n_cases + 1, sizeof(*m->clean));
	ok = m->clean && sort_cases(m) && find_axes(m);
	for (size_t d = 0; ok && d < f->n_devices; d++)
		find_lives(m, d);
	if (ok && add_models(m))
		return m;
	matrix_free(m);
	return NULL;
}

void
matrix_free(struct matrix *m)
{
	if (m) {
		pool_free_all(&m->keys);
		free(m->models);
		free(m->cases);
		free(m->clean);
		free(m->at);
	}
	free(m);
}

/* ---- the table ------------------------------------------------------------------------------- */

enum { SPOT_ID, SPOT_MAKER, SPOT_MODEL, SPOT_SCENARIO, SPOT_AGE, SPOT_BIOS,
       SPOT_NETWORK, SPOT_IMAGE, SPOT_CASES, SPOT_PASSES, SPOT_FAILED,
       SPOT_STATE };

static void
list_spot(const struct matrix *m, const struct spot *s, size_t column,
          struct items *ret)
{
	const struct model *x = &m->models[s->model];
	struct matrix *axes = (struct matrix *)(uintptr_t)m;    /* only looked up */
	size_t best = 0, from = 0;
	uint32_t device = UINT32_MAX;

	for (uint32_t i = x->from; i < x->end; i++) {
		uint32_t k = m->cases[i];
		const struct fleet_case *c = &m->f->cases[k];
		struct spot its = spot_of(axes, s->model, c);

		if (!same_spot(&its, s) ||
		    (column == SPOT_PASSES && !m->clean[k]) ||
		    (column == SPOT_FAILED && c->result != RESULT_FAILED))
			continue;
		/* Of passes, those of the device that has most. */
		if (column == SPOT_PASSES && c->device != device) {
			if (ret->n - from > best) {
				memmove(ret->at, ret->at + from,
				        (ret->n - from) * sizeof(*ret->at));
				best = ret->n - from;
			}
			ret->n = from = best;
			device = c->device;
		}
		add_item(ret, c, NO_TRY);
	}
	if (column != SPOT_PASSES)
		return;
	if (ret->n - from > best) {
		memmove(ret->at, ret->at + from, (ret->n - from) * sizeof(*ret->at));
		best = ret->n - from;
	}
	ret->n = best;
}

static size_t
count_spot(const struct matrix *m, const struct spot *s, size_t column)
{
	struct items l = { .n = 0 };

	list_spot(m, s, column, &l);
	free(l.at);
	return l.n;
}

static const char *
state_of(const struct matrix *m, const struct spot *s)
{
	size_t passes = count_spot(m, s, SPOT_PASSES);

	if (passes >= 2)
		return strcmp(m->scenarios.at[s->scenario], "pre-provisioning") == 0
		       ? "certified" : "passed twice";
	if (passes == 1)
		return "passed once: once more from a clean reset";
	if (count_spot(m, s, SPOT_FAILED) > 0)
		return "failed";
	return count_spot(m, s, SPOT_CASES) > 0 ? "no pass from a clean reset"
	                                        : "not tested";
}

static uint64_t
spot_id(const struct matrix *m, const struct spot *s)
{
	static const char *const ages[N_AGES] = { "c", "p", "o", "u" };
	const struct model *x = &m->models[s->model];
	char text[1024];
	int n = snprintf(text, sizeof(text), "%s|%s|%s|%s|%s|%s",
	                 name_text(m->f, x->maker), name_text(m->f, x->model),
	                 m->scenarios.at[s->scenario], m->networks.at[s->network],
	                 m->images.at[s->image], ages[s->age]);

	return hash_bytes(text, n > 0 ? (size_t)n : 0);
}

static void
spot_cell(const struct table *t, size_t row, size_t column, struct cell *ret)
{
	static const char *const ages[N_AGES] = {
		"current", "previous", "older", "not in the logs",
	};
	const struct matrix *m = t->data;
	const struct spot *s = &m->at[row];
	const struct model *x = &m->models[s->model];
	uint32_t bios = s->age == AGE_CURRENT ? x->current
	              : s->age == AGE_PREVIOUS ? x->previous : 0;

	switch (column) {
	case SPOT_ID:
		set_id(ret, 'c', spot_id(m, s));
		break;
	case SPOT_MAKER:
		set_text(ret, "%s", x->maker ? m->f->shown[x->maker] : "");
		break;
	case SPOT_MODEL:
		set_text(ret, "%s", x->model ? m->f->shown[x->model] : "");
		break;
	case SPOT_SCENARIO:
		set_text(ret, "%s", m->scenarios.at[s->scenario]);
		break;
	case SPOT_AGE:
		set_text(ret, "%s", ages[s->age]);
		break;
	case SPOT_BIOS:
		set_text(ret, "%s", bios ? m->f->shown[bios] : "");
		break;
	case SPOT_NETWORK:
		set_text(ret, "%s", m->networks.at[s->network]);
		break;
	case SPOT_IMAGE:
		set_text(ret, "%s", m->images.at[s->image]);
		break;
	case SPOT_STATE:
		set_text(ret, "%s", state_of(m, s));
		break;
	default:
		ret->value = (double)count_spot(m, s, column);
	}
}

static void
spot_trace(const struct table *t, size_t row, size_t column, struct items *ret)
{
	const struct matrix *m = t->data;

	list_spot(m, &m->at[row], column, ret);
}

void
matrix_table(const struct study *s, struct table *ret)
{
	*ret = (struct table){
		.name = "certification", .title = "Certification",
		.empty = "There is no case.", .n_rows = s->matrix ? s->matrix->n : 0,
		.data = s->matrix, .cell = spot_cell, .trace = spot_trace,
	};
	add_column(ret, "id", "ID", CELL_ID);
	add_column(ret, "manufacturer", "MANUFACTURER", CELL_TEXT);
	add_column(ret, "model", "MODEL", CELL_TEXT);
	add_column(ret, "scenario", "SCENARIO", CELL_TEXT);
	add_column(ret, "bios_age", "BIOS", CELL_TEXT);
	add_column(ret, "bios", "VERSION", CELL_TEXT);
	add_column(ret, "network", "NETWORK", CELL_TEXT);
	add_column(ret, "image", "IMAGE", CELL_TEXT);
	add_column(ret, "cases", "CASES", CELL_COUNT);
	add_column(ret, "passes", "CLEAN PASSES", CELL_COUNT);
	add_column(ret, "failed", "FAILED", CELL_COUNT);
	add_column(ret, "state", "STATE", CELL_TEXT);
}
