/* audit.c - how the collection itself went */
#include "case/case.h"

#include <stdio.h>

/* The first record of a log that was read, by channel. */
struct cs_log_begin {
	struct cs_log_begin *next;
	cs_text channel;
	const struct cs_member *member;
	uint64_t record, time;
	struct cs_clock_step last;
	bool side;
};

void
cs_case_audit_event(struct cs_case *c, cs_text channel,
                    const struct cs_member *member, uint64_t record,
                    uint64_t time)
{
	struct cs_log_begin *b = cs_map_get(&c->channels, channel);
	cs_arena *a = &c->scan->arena;

	if (!b) {
		if (channel.len == 0 || channel.len > MAX_CHANNEL ||
		    c->channels.n >= MAX_CHANNELS)
			return;
		b = cs_alloc(a, sizeof(*b));
		if (!b)
			return;
		b->channel = cs_keep_text(a, channel);
		b->record = UINT64_MAX;
		if (!cs_map_set(a, &c->channels, b->channel, b))
			return;
		b->next = c->begins;
		c->begins = b;
	}
	cs_case_clock_event(c, &b->last, member, record, time);
	if (record != 0 && record < b->record) {
		b->record = record;
		b->time = time;
		b->member = member;
	}
}

/* A log that does not begin with record 1 was overwritten or emptied: that
 * nothing stands in it proves less. */
static void
overwritten_logs(struct cs_case *c)
{
	const struct cs_fact_def *def;

	def = cs_know_fact(c->know, CS_TEXT("collection.overwritten"));
	for (struct cs_log_begin *b = c->begins; def && b; b = b->next) {
		struct cs_fact *f;

		if (b->record <= 1 || b->record == UINT64_MAX)
			continue;
		f = cs_case_conclude(c, def, b->channel, NULL, 0);
		if (!f)
			return;
		f->member = b->member;
		f->pub.where.member = b->member->name.at;
		f->pub.where.record = b->record;
		f->pub.time = b->time;
	}
}

static void
publish_logs(struct cs_case *c)
{
	cs_arena *a = &c->scan->arena;

	c->logs = cs_alloc_n(a, c->channels.n + 1, sizeof(*c->logs));
	for (struct cs_log_begin *b = c->begins; c->logs && b; b = b->next)
		if (b->record != UINT64_MAX)
			c->logs[c->n_logs++] = (cabscan_log){
				.channel = cs_keep(a, b->channel),
				.first = { cs_keep(a, b->member->name), 0,
				           b->record, 0 },
				.time = b->time,
			};
}

static void
remark(struct cs_case *c, const struct cs_remark *r)
{
	struct cs_fact *proof[8];
	const struct cs_fact *first = NULL;
	struct cs_place place = { .member = NULL };
	const char *text;

	for (const struct cs_condition *q = r->conditions; q; q = q->next) {
		size_t n;

		if (!cs_case_holds(c, q, proof, 8, &n))
			return;
		if (n > 0 && !first)
			first = proof[0];
	}
	if (first)
		place = (struct cs_place){ first->member, first->pub.where.offset,
		                           first->pub.where.record,
		                           first->pub.where.line };
	text = cs_case_fill(c, r->text, false);
	if (text)
		cs_note(c->scan, CABSCAN_NOTE_COLLECTION, place, "%s", text);
}

void
cs_case_audit(struct cs_case *c)
{
	overwritten_logs(c);
	publish_logs(c);
	for (const struct cs_remark *r = c->know->remarks; r; r = r->next)
		if (!r->off)
			remark(c, r);
}
