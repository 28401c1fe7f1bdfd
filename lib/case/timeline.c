/* timeline.c - what happened when, in our own words */
#include "case/case.h"
#include "case/sentence.h"

#include <stdio.h>
#include <stdlib.h>

void
cs_case_moment(struct cs_case *c, const struct cs_record *r,
               const struct cs_provider *p, const struct cs_event_def *e)
{
	struct cs_moment *m;
	cs_text provider = p->full;
	char id[24], text[700];
	cs_text says;

	if (e->says.len == 0 || e->noise || r->time == 0 ||
	    c->n_moments == MAX_GATHERED)
		return;
	if (c->n_moments == c->room_moments) {
		size_t room = c->room_moments ? c->room_moments * 2 : 128;

		m = cs_alloc_n(&c->scan->arena, room, sizeof(*m));
		if (!m)
			return;
		if (c->n_moments)
			memcpy(m, c->moments, c->n_moments * sizeof(*m));
		c->moments = m;
		c->room_moments = room;
	}
	if (cs_starts_caseless(provider, CS_TEXT("Microsoft-Windows-")))
		provider = (cs_text){ provider.at + 18, provider.len - 18 };
	snprintf(id, sizeof(id), "%.*s", (int)e->id.len, e->id.at);
	says = cs_event_sentence(&c->scan->scratch, r, e);
	snprintf(text, sizeof(text), "%.*s %s: %.*s",
	         provider.len < 200 ? (int)provider.len : 200, provider.at, id,
	         (int)says.len, says.at);
	m = &c->moments[c->n_moments];
	m->order = c->n_moments;
	m->pub.time = r->time;
	m->pub.where.member = r->place.member->name.at;
	m->pub.where.record = r->place.record;
	m->pub.where.offset = r->place.offset;
	m->pub.what = cs_keep(&c->scan->arena, cs_text_of(text));
	c->n_moments += m->pub.what != NULL;
}

static int
by_time(const void *x, const void *y)
{
	const struct cs_moment *a = x, *b = y;
	int d;

	if (a->pub.time != b->pub.time)
		return a->pub.time < b->pub.time ? -1 : 1;
	d = strcmp(a->pub.where.member, b->pub.where.member);
	if (d)
		return d;
	if (a->pub.where.record != b->pub.where.record)
		return a->pub.where.record < b->pub.where.record ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

bool
cs_case_timeline(struct cs_case *c)
{
	size_t extra;

	if (c->n_moments > 1)
		qsort(c->moments, c->n_moments, sizeof(*c->moments), by_time);
	if (c->n_moments <= MAX_TIMELINE)
		return true;
	extra = c->n_moments - MAX_TIMELINE;
	cs_note(c->scan, CABSCAN_NOTE_LIMIT, (struct cs_place){ NULL },
	        "the timeline holds the newest %d of %zu events", MAX_TIMELINE,
	        c->n_moments);
	c->moments += extra;
	c->n_moments -= extra;
	return true;
}
