/*
 * twin.c - for a device that failed, the one most like it that passed
 *
 * Most like: the most parts are the same, and of as many, the more important
 * ones.  Each set of parts that passing devices have is kept, so that the
 * search looks up sets of the failed one, from all of it down.
 */
#include "table.h"

#include <stdlib.h>
#include <string.h>

/* From the least to the most important. */
static const enum column parts[] = {
	BY_SCENARIO, BY_BUILD, BY_BIOS, BY_FIRMWARE, BY_VENDOR, BY_MODEL,
};
#define N_PARTS 6
#define N_SETS (1u << N_PARTS)

struct twins {
	const struct fleet *f;
	unsigned char sets[N_SETS];     /* the one with most parts first */
	struct kept {
		uint64_t key;
		uint32_t passed;        /* a case, from 1; 0: free */
	} *kept;
	size_t n_kept, n_slots;
	struct twin {
		const struct fleet_case *failed, *passed;       /* passed NULL: none */
	} *at;
	size_t n, room;
	bool out_of_memory;
};

static unsigned
count_parts(unsigned set)
{
	unsigned n = 0;

	for (; set; set >>= 1)
		n += set & 1;
	return n;
}

static void
order_sets(struct twins *t)
{
	size_t k = 0;

	for (unsigned n = N_PARTS + 1; n-- > 0; )
		for (unsigned set = N_SETS; set-- > 0; )
			if (count_parts(set) == n)
				t->sets[k++] = (unsigned char)set;
}

static uint64_t
key_of(const struct config *c, unsigned set)
{
	uint32_t values[N_PARTS + 2] = { set };

	for (unsigned i = 0; i < N_PARTS; i++)
		if (set & 1u << i)
			values[i + 1] = c->text[parts[i]];
	if (set & 1u << (N_PARTS - 1))
		values[N_PARTS + 1] = c->text[BY_MAKER];
	return hash_bytes(values, sizeof(values));
}

static struct kept *
slot(const struct twins *t, uint64_t key)
{
	size_t at = key & (t->n_slots - 1);

	while (t->kept[at].passed && t->kept[at].key != key)
		at = (at + 1) & (t->n_slots - 1);
	return &t->kept[at];
}

static bool
grow(struct twins *t)
{
	struct kept *old = t->kept;
	size_t n = t->n_slots;

	t->n_slots = n ? n * 2 : 4096;
	t->kept = calloc(t->n_slots, sizeof(*t->kept));
	if (!t->kept) {
		free(old);
		return false;
	}
	for (size_t i = 0; i < n; i++)
		if (old[i].passed)
			*slot(t, old[i].key) = old[i];
	free(old);
	return true;
}

/* The newest one stands for all of its parts. */
static bool
keep(struct twins *t, uint32_t i)
{
	const struct config *c = config_of(t->f, &t->f->cases[i]);

	for (unsigned set = 0; set < N_SETS; set++) {
		struct kept *k;

		if (t->n_kept * 2 >= t->n_slots && !grow(t))
			return false;
		k = slot(t, key_of(c, set));
		if (!k->passed) {
			*k = (struct kept){ key_of(c, set), i + 1 };
			t->n_kept++;
		} else if (t->f->cases[k->passed - 1].last < t->f->cases[i].last) {
			k->passed = i + 1;
		}
	}
	return true;
}

static const struct fleet_case *
nearest(const struct twins *t, const struct fleet_case *failed)
{
	const struct config *c = config_of(t->f, failed);

	for (unsigned i = 0; t->n_kept && i < N_SETS; i++) {
		const struct kept *k = slot(t, key_of(c, t->sets[i]));

		if (k->passed)
			return &t->f->cases[k->passed - 1];
	}
	return NULL;
}

static bool
add(struct twins *t, const struct fleet_case *failed)
{
	struct twin *more = one_more(t->at, t->n, &t->room, sizeof(*more));

	if (!more)
		return false;
	t->at = more;
	t->at[t->n++] = (struct twin){ failed, nearest(t, failed) };
	return true;
}

/* How a device ended: its last case that says so. */
static const struct fleet_case *
decided(const struct fleet *f, size_t device)
{
	for (uint32_t i = f->devices[device + 1]; i-- > f->devices[device]; )
		if (f->cases[i].result >= RESULT_PASSED)
			return &f->cases[i];
	return NULL;
}

static bool
has_passed(const struct fleet *f, const struct fleet_case *c)
{
	return c->result == RESULT_PASSED ||
	       strcmp(cause_of(f, c), "recovered") == 0;
}

struct twins *
find_twins(const struct fleet *f)
{
	struct twins *t = calloc(1, sizeof(*t));
	bool ok = t != NULL;

	if (!t)
		return NULL;
	t->f = f;
	order_sets(t);
	for (unsigned pass = 0; ok && pass < 2; pass++)
		for (size_t d = 0; ok && d < f->n_devices; d++) {
			const struct fleet_case *c = decided(f, d);

			if (!c || has_passed(f, c) != (pass == 0))
				continue;
			ok = pass == 0 ? keep(t, (uint32_t)(c - f->cases))
			               : add(t, c);
		}
	if (ok)
		return t;
	twins_free(t);
	return NULL;
}

void
twins_free(struct twins *t)
{
	if (t) {
		free(t->kept);
		free(t->at);
	}
	free(t);
}

/* ---- the table ------------------------------------------------------------------- */

void
twin_differences(const struct fleet *f, const struct fleet_case *failed,
                 const struct fleet_case *passed, char *to, size_t room)
{
	size_t len = 0;

	to[0] = '\0';
	for (size_t i = N_PARTS; i-- > 0 && len + 1 < room; ) {
		const char *here = name_of(f, failed, parts[i]);
		const char *there = name_of(f, passed, parts[i]);
		int n;

		if (name_id(f, failed, parts[i]) == name_id(f, passed, parts[i]))
			continue;
		n = snprintf(to + len, room - len, "%s%s %s, there %s",
		             len ? "; " : "", by_name(parts[i]),
		             *here ? here : "not known", *there ? there : "not known");
		len += n > 0 ? (size_t)n : 0;
	}
	if (len == 0)
		snprintf(to, room, "nothing that the logs show");
}

const struct fleet_case *
twin_of(const struct twins *t, const struct fleet_case *failed)
{
	return nearest(t, failed);
}

enum { TWIN_ID, TWIN_DEVICE, TWIN_MODEL, TWIN_CAUSE, TWIN_TWIN,
       TWIN_DIFFERENCES, TWIN_CASES };

static void
twin_cell(const struct table *t, size_t row, size_t column, struct cell *ret)
{
	const struct twins *l = t->data;
	const struct twin *w = &l->at[row];

	switch (column) {
	case TWIN_ID:
		set_id(ret, 't', hash_bytes(&w->failed->key,
		                            sizeof(w->failed->key)));
		break;
	case TWIN_DEVICE:
		set_text(ret, "%s", w->failed->name ? w->failed->name : "");
		break;
	case TWIN_MODEL:
		set_text(ret, "%s", name_of(l->f, w->failed, BY_MODEL));
		break;
	case TWIN_CAUSE:
		set_text(ret, "%s", cause_of(l->f, w->failed));
		break;
	case TWIN_TWIN:
		set_text(ret, "%s", !w->passed ? "" : w->passed->name
		         ? w->passed->name : w->passed->source);
		break;
	case TWIN_DIFFERENCES:
		if (w->passed)
			twin_differences(l->f, w->failed, w->passed, ret->text,
			                 sizeof(ret->text));
		else
			set_text(ret, "no device passed");
		break;
	default:
		ret->value = w->passed ? 2 : 1;
	}
}

static void
twin_trace(const struct table *t, size_t row, size_t column, struct items *ret)
{
	const struct twins *l = t->data;

	(void)column;
	add_item(ret, l->at[row].failed, NO_TRY);
	if (l->at[row].passed)
		add_item(ret, l->at[row].passed, NO_TRY);
}

void
twins_table(const struct study *s, struct table *ret)
{
	*ret = (struct table){
		.name = "twins", .title = "Failed devices and their passing twins",
		.empty = "No device failed.", .n_rows = s->twins ? s->twins->n : 0,
		.data = s->twins, .cell = twin_cell, .trace = twin_trace,
	};
	add_column(ret, "id", "ID", CELL_ID);
	add_column(ret, "device", "DEVICE", CELL_TEXT);
	add_column(ret, "model", "MODEL", CELL_TEXT);
	add_column(ret, "cause", "CAUSE", CELL_TEXT);
	add_column(ret, "twin", "PASSED", CELL_TEXT);
	add_column(ret, "differences", "WHAT DIFFERS", CELL_TEXT);
	add_column(ret, "cases", "CASES", CELL_COUNT);
}
