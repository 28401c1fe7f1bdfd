/*
 * clock.c - what the logs themselves say of the device's clock
 *
 * Records are numbered in the order of writing: one that is older than the
 * one before it was written after the clock was set back.  And the service
 * puts its date into what it answers to the request that the collector makes:
 * no event of the CAB is later than that, if the clock was right, and the
 * collector's own note of the time is of the same day.
 */
#include "case/case.h"

#include <stdio.h>

/* What Windows allows, unless the registry says otherwise. */
#define DRIFT (300 * CS_SECOND)

/* The collector writes local time without saying where: two times of one
 * moment are no further apart. */
#define ANY_ZONE (26 * 3600 * CS_SECOND)

static struct cs_fact *
conclude(struct cs_case *c, const char *name, uint64_t apart,
         const struct cs_clock_step *step)
{
	const struct cs_fact_def *def = cs_know_fact(c->know, cs_text_of(name));
	struct cs_fact *f;
	char seconds[24];

	if (!def || def->off)
		return NULL;
	snprintf(seconds, sizeof(seconds), "%llu",
	         (unsigned long long)(apart / CS_SECOND));
	f = cs_case_conclude(c, def, cs_text_of(seconds), NULL, 0);
	if (!f)
		return NULL;
	f->member = step->member;
	f->pub.side = step->member->side;
	f->pub.where.member = step->member->name.at;
	f->pub.where.record = step->record;
	f->pub.time = step->time;
	return f;
}

void
cs_case_clock_event(struct cs_case *c, struct cs_clock_step *last,
                    const struct cs_member *member, uint64_t record,
                    uint64_t time)
{
	struct cs_clock_step now = { member, record, time };

	if (time == 0)
		return;
	if (last->member == member && record > last->record &&
	    time + DRIFT < last->time) {
		c->set_back = now;
		c->set_back_by = last->time - time;
		c->after_that = last;
	}
	*last = now;
	if (!member->side && time > c->newest.time)
		c->newest = now;
}

static uint64_t
time_named(const struct cs_case *c, const char *name)
{
	const struct cs_fact *f = cs_case_named(c, name);
	uint64_t time;

	return f && !f->pub.side && cs_time_parse(cs_text_of(f->pub.value), &time)
	       ? time : 0;
}

static void
off_server(struct cs_case *c, uint64_t server, uint64_t device, const char *what)
{
	struct cs_fact *f = conclude(c, "clock.off_server", device > server
	                             ? device - server : server - device,
	                             &c->newest);
	char text[200], at_server[CS_TIME_CHARS], at_device[CS_TIME_CHARS];

	cs_time_text(server, at_server);
	cs_time_text(device, at_device);
	snprintf(text, sizeof(text), "The service answered at %.19s; %s is of %.19s.",
	         at_server, what, at_device);
	if (f)
		f->pub.meaning = cs_keep(&c->scan->arena, cs_text_of(text));
}

void
cs_case_clock(struct cs_case *c)
{
	uint64_t server = time_named(c, "aik.server_time");
	uint64_t taken = time_named(c, "collection.started");
	uint64_t apart = taken > server ? taken - server : server - taken;

	/* Times from before it was set back say nothing of the clock now, and
	 * which of another log are from before cannot be told. */
	if (c->set_back.member) {
		conclude(c, "clock.set_back", c->set_back_by, &c->set_back);
		c->newest = *c->after_that;
	}
	if (server == 0 || !c->newest.member)
		return;
	if (c->newest.time > server + DRIFT)
		off_server(c, server, c->newest.time, "an event before that");
	else if (taken != 0 && apart > ANY_ZONE)
		off_server(c, server, taken, "the collector's note");
}
