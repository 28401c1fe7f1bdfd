/* missing.c - what such a CAB holds and this one does not */
#include "case/case.h"

static bool
named(const struct cs_artefact *a, const struct cs_member *m)
{
	for (const struct cs_word *w = a->members; w; w = w->next)
		if (cs_glob(w->text, cs_base_name(m->name)))
			return true;
	return false;
}

bool
cs_case_is_artefact(const struct cs_know *k, const struct cs_member *m)
{
	for (const struct cs_artefact *a = k->artefacts; a; a = a->next)
		if (named(a, m))
			return true;
	return false;
}

/* What stands in for the artefact: its member, whatever became of it. */
static const struct cs_member *
member_of(const struct cs_case *c, const struct cs_artefact *a)
{
	const struct cs_member *found = NULL;

	for (size_t i = 0; i < c->n_members; i++)
		if (!c->members[i]->list && named(a, c->members[i]) &&
		    (!found || c->members[i]->state == CABSCAN_MEMBER_READ))
			found = c->members[i];
	return found;
}

static bool
is_wanted(struct cs_case *c, const struct cs_artefact *a)
{
	struct cs_fact *proof[1];
	size_t n;

	if (a->off)
		return false;
	for (const struct cs_condition *q = a->conditions; q; q = q->next)
		if (!cs_case_holds(c, q, proof, 1, &n))
			return false;
	return true;
}

static bool
is_known_otherwise(const struct cs_case *c, const struct cs_artefact *a)
{
	for (size_t i = 0; i < a->n_facts; i++)
		if (cs_case_fact(c, a->facts[i]))
			return true;
	return a->channel.len && cs_map_get(&c->channels, a->channel);
}

/* "failed" where the collector itself says that it could not take it. */
static const char *
why_missing(struct cs_case *c, const struct cs_artefact *a,
            const struct cs_member *m)
{
	const struct cs_fact_def *failed;

	if (m)
		return m->state == CABSCAN_MEMBER_LOST ||
		       m->state == CABSCAN_MEMBER_SALVAGED ||
		       m->state == CABSCAN_MEMBER_LIMITED ? "damaged" : NULL;
	failed = cs_know_fact(c->know, CS_TEXT("collection.failed"));
	if (failed && !a->side)
		for (size_t i = 0; i < c->facts[failed->index].n; i++) {
			const char *v = c->facts[failed->index].at[i]->pub.value;

			if (cs_same_caseless(cs_text_of(v), a->by))
				return "failed";
		}
	return "not-collected";
}

static bool
add(struct cs_case *c, const struct cs_artefact *a, const char *why)
{
	const struct cs_fact_def *def;
	cs_arena *arena = &c->scan->arena;
	cabscan_missing *m = &c->missing[c->n_missing];

	m->what = cs_keep(arena, a->what);
	m->why = why;
	m->command = cs_keep(arena, a->command);
	c->n_missing++;
	def = cs_know_fact(c->know, CS_TEXT("collection.missing"));
	if (def && !cs_case_conclude(c, def, a->name, NULL, 0))
		return false;
	return m->what && m->command;
}

bool
cs_case_missing(struct cs_case *c)
{
	size_t n = 0;

	for (const struct cs_artefact *a = c->know->artefacts; a; a = a->next)
		n++;
	c->missing = cs_alloc_n(&c->scan->arena, n + 1, sizeof(*c->missing));
	if (!c->missing)
		return false;
	for (const struct cs_artefact *a = c->know->artefacts; a; a = a->next) {
		const char *why = why_missing(c, a, member_of(c, a));

		if (!why || is_known_otherwise(c, a) || !is_wanted(c, a))
			continue;
		if (!add(c, a, why))
			return false;
	}
	return true;
}
