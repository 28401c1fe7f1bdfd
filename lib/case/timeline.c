/* timeline.c - what happened when, in our own words */
#include "case/case.h"
#include "base/utf.h"

#include <stdio.h>
#include <stdlib.h>

/* Moments that are gathered before the newest MAX_TIMELINE are chosen. */
#define MAX_GATHERED 20000

#define MAX_SENTENCE 400

struct sentence {
	char text[MAX_SENTENCE];
	size_t len;
};

static void
say(struct sentence *s, cs_text t)
{
	size_t room = sizeof(s->text) - 1 - s->len;

	if (t.len > room)
		t.len = room;
	if (t.len)
		memcpy(s->text + s->len, t.at, t.len);
	s->len += t.len;
}

/* The value of a {Field}: its number with the word that a map has for it. */
static void
say_field(struct cs_case *c, struct sentence *s, const struct cs_record *r,
          const struct cs_event_def *e, cs_text field)
{
	const struct cs_value *v = NULL;
	cs_text value, word;
	uint64_t n;

	for (size_t i = 0; i < r->n_values && !v; i++)
		if (cs_same_caseless(r->values[i].name, field))
			v = &r->values[i];
	if (!v && cs_number(field, &n) && n >= 1 && n <= r->n_values)
		v = &r->values[n - 1];
	if (!v) {
		say(s, CS_TEXT("?"));
		return;
	}
	value = cs_value_text(&c->scan->scratch, v);
	if (value.len > 120) {
		value.len = 120;
		while (value.len > 0 &&
		       ((unsigned char)value.at[value.len] & 0xc0) == 0x80)
			value.len--;
	}
	say(s, value);
	word = cs_know_mapped(e, field, value);
	if (word.len > 0) {
		say(s, CS_TEXT(" ("));
		say(s, word);
		say(s, CS_TEXT(")"));
	}
}

static void
say_event(struct cs_case *c, struct sentence *s, const struct cs_record *r,
          const struct cs_event_def *e)
{
	cs_text rest = e->says;

	while (rest.len > 0) {
		bool open = memchr(rest.at, '{', rest.len) != NULL;

		say(s, cs_cut(&rest, '{'));
		if (open)
			say_field(c, s, r, e, cs_cut(&rest, '}'));
	}
}

void
cs_case_moment(struct cs_case *c, const struct cs_record *r,
               const struct cs_provider *p, const struct cs_event_def *e)
{
	struct cs_moment *m;
	struct sentence s = { .len = 0 };
	cs_text provider = p->full;
	char id[24];

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
	snprintf(id, sizeof(id), " %.*s: ", (int)e->id.len, e->id.at);
	say(&s, provider);
	say(&s, cs_text_of(id));
	say_event(c, &s, r, e);
	m = &c->moments[c->n_moments];
	m->order = c->n_moments;
	m->pub.time = r->time;
	m->pub.where.member = r->place.member->name.at;
	m->pub.where.record = r->place.record;
	m->pub.where.offset = r->place.offset;
	/* The sentence may have been cut inside a character. */
	m->pub.what = cs_keep(&c->scan->arena,
	                      cs_clean_utf8(&c->scan->scratch,
	                                    (cs_text){ s.text, s.len }, NULL));
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
