/* case.c - a case from its beginning to its order */
#include "case/case.h"

#include <stdlib.h>

bool
cs_case_begin(struct cs_case *c, const struct cs_know *k, struct cs_scan *s)
{
	*c = (struct cs_case){ .know = k, .scan = s };
	c->facts = cs_alloc_n(&s->arena, k->n_facts + 1, sizeof(*c->facts));
	return c->facts != NULL;
}

bool
cs_case_add_member(struct cs_case *c, const struct cs_member *m)
{
	if (c->n_members == c->room_members) {
		size_t room = c->room_members ? c->room_members * 2 : 64;
		const struct cs_member **more;

		more = cs_alloc_n(&c->scan->arena, room, sizeof(*more));
		if (!more)
			return false;
		if (c->n_members)
			memcpy(more, c->members, c->n_members * sizeof(*more));
		c->members = more;
		c->room_members = room;
	}
	c->members[c->n_members++] = m;
	return true;
}

/* ---- order --------------------------------------------------------------- */

static int
compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* The most trusted first; where nothing else tells them apart, by place, so
 * that the order of members in a CAB changes nothing. */
static int
by_trust(const void *x, const void *y)
{
	const struct cs_fact *a = *(struct cs_fact *const *)x;
	const struct cs_fact *b = *(struct cs_fact *const *)y;
	int d = a->pub.side - b->pub.side;

	if (!d)
		d = a->pub.doubtful - b->pub.doubtful;
	if (!d)
		d = (a->pub.time != 0) - (b->pub.time != 0);
	if (!d && a->pub.time == 0)
		d = compare(a->rank, b->rank);
	if (!d)
		d = compare(b->pub.time, a->pub.time);
	if (!d)
		d = compare(b->pub.where.record, a->pub.where.record);
	if (!d)
		d = strcmp(a->pub.where.member, b->pub.where.member);
	if (!d)
		d = compare(a->pub.where.line, b->pub.where.line);
	return d ? d : compare(a->order, b->order);
}

/* Of a state that was logged again and again the newest value counts; what has
 * no date does in any case.  Bytes from behind damage outdate nothing. */
static void
outdate(struct cs_facts *list)
{
	uint64_t newest = 0;

	for (size_t i = 0; i < list->n; i++)
		if (!list->at[i]->pub.doubtful && list->at[i]->pub.time > newest)
			newest = list->at[i]->pub.time;
	for (size_t i = 0; i < list->n; i++)
		list->at[i]->outdated = list->at[i]->pub.time != 0 &&
		                        list->at[i]->pub.time < newest;
}

static void
conclude(struct cs_case *c, const struct cs_derive *d,
         struct cs_fact *const *because, size_t n)
{
	struct cs_fact *f = cs_case_conclude(c, d->fact, d->value, because, n);

	for (const struct cs_condition *q = d->conditions; f && q; q = q->next) {
		const struct cs_vendor_firmware *line = NULL;

		if (q->op == CS_VENDOR_SAYS)
			line = cs_case_vendor_line(c, q);
		if (line)
			f->pub.meaning = cs_keep(&c->scan->arena, line->says);
	}
}

/* Derived facts in the order in which knowledge states them; the first that
 * holds gives a fact its value, and what was read outranks it. */
static void
derive(struct cs_case *c)
{
	for (const struct cs_derive *d = c->know->derives; d; d = d->next) {
		struct cs_fact *because[16];
		size_t n = 0, more;
		bool holds = !d->fact->off &&
		             c->facts[d->fact->index].n == 0;

		for (const struct cs_condition *q = d->conditions; holds && q;
		     q = q->next) {
			holds = cs_case_holds(c, q, because + n,
			                      sizeof(because) / sizeof(because[0]) - n,
			                      &more);
			n += more;
		}
		if (holds)
			conclude(c, d, because, n);
	}
}

static bool
list_all(struct cs_case *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->know->n_facts; i++)
		n += c->facts[i].n;
	c->all = cs_alloc_n(&c->scan->arena, n + 1, sizeof(*c->all));
	if (!c->all)
		return false;
	for (const struct cs_fact_def *d = c->know->facts; d; d = d->next)
		for (size_t i = 0; i < c->facts[d->index].n; i++)
			c->all[c->n_all++] = c->facts[d->index].at[i];
	return true;
}

void
cs_case_sort(struct cs_case *c)
{
	for (size_t i = 0; i < c->know->n_facts; i++)
		if (c->facts[i].n > 1)
			qsort(c->facts[i].at, c->facts[i].n,
			      sizeof(*c->facts[i].at), by_trust);
	for (const struct cs_fact_def *d = c->know->facts; d; d = d->next)
		if (d->newest)
			outdate(&c->facts[d->index]);
}

bool
cs_case_finish(struct cs_case *c)
{
	cs_case_sort(c);
	if (!cs_case_attempts(c))
		return false;
	cs_case_baseline(c);
	cs_case_crosscheck(c);
	cs_case_clock(c);
	derive(c);
	if (!cs_case_missing(c))
		return false;
	cs_case_audit(c);
	cs_case_conflicts(c);
	return cs_case_timeline(c) && list_all(c) && !c->scan->arena.full;
}

struct cs_fact *
cs_case_fact(const struct cs_case *c, const struct cs_fact_def *def)
{
	return def && c->facts[def->index].n ? c->facts[def->index].at[0] : NULL;
}

struct cs_fact *
cs_case_named(const struct cs_case *c, const char *name)
{
	return cs_case_fact(c, cs_know_fact(c->know, cs_text_of(name)));
}

bool
cs_case_counts(const struct cs_case *c, const struct cs_fact *f)
{
	if (f->outdated)
		return false;
	return f->pub.time == 0 ||
	       ((!f->def->of_attempt || f->pub.time >= c->since) &&
	        (!f->def->of_boot || f->pub.time >= c->since_boot));
}
