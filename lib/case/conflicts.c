/* conflicts.c - two places that disagree about one fact */
#include "case/case.h"

/* "2.0" and "2.0.0.0" are one version, and so are "10.0.22631" and
 * "10.0.22631.4317": not every source knows all numbers. */
static bool
same_value(const struct cs_fact_def *def, const char *a, const char *b)
{
	cs_text x = cs_text_of(a), y = cs_text_of(b);

	if (def->type == CS_FACT_VERSION)
		return cs_version_order(x, y) == 0 || cs_version_order(y, x) == 0;
	if (def->parts && (cs_has_caseless(x, y) || cs_has_caseless(y, x)))
		return true;
	return cs_same_caseless(x, y);
}

static bool
said_before(const struct cs_facts *list, size_t i)
{
	for (size_t j = 1; j < i; j++)
		if (same_value(list->at[i]->def, list->at[j]->pub.value,
		               list->at[i]->pub.value))
			return true;
	return false;
}

/* Where the spellings of a value are known, another text is one that is not:
 * no contradiction, though worth a note. */
static bool
is_spelt(const struct cs_fact *f)
{
	for (const struct cs_alias *a = f->def->aliases; a; a = a->next)
		if (cs_same_caseless(a->as, cs_text_of(f->pub.value)))
			return true;
	return f->def->aliases == NULL;
}

static void
conflict(struct cs_case *c, struct cs_fact *best, struct cs_fact *other)
{
	struct cs_place place = { .member = other->member,
	                          .record = other->pub.where.record,
	                          .line = other->pub.where.line,
	                          .offset = other->pub.where.offset };

	if (!other->pub.side && is_spelt(best) && is_spelt(other))
		best->disputed = other->disputed = other->outweighed = true;
	cs_note(c->scan, CABSCAN_NOTE_CONFLICT, place,
	        "%s is %.60s here and %.60s in %.80s%s", best->pub.title,
	        other->pub.value, best->pub.value, best->pub.where.member,
	        other->pub.side ? "; this file lies beside the CAB and may be "
	        "older or newer than it" : "");
}

void
cs_case_conflicts(struct cs_case *c)
{
	for (const struct cs_fact_def *d = c->know->facts; d; d = d->next) {
		const struct cs_facts *list = &c->facts[d->index];

		if (d->quiet || d->of_attempt || d->of_boot || d->role != CS_ROLE_NONE)
			continue;
		for (size_t i = 1; i < list->n; i++)
			if (list->at[i]->pub.time == 0 &&
			    !same_value(d, list->at[0]->pub.value,
			                list->at[i]->pub.value) &&
			    !said_before(list, i))
				conflict(c, list->at[0], list->at[i]);
	}
}
