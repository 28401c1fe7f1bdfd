/*
 * attempts.c - which tries to attest a case holds
 *
 * A try begins with an event that starts attestation, or with any event of
 * it after the last try ended or fell silent; it ends with the last event
 * that says passed or failed.  A start of Windows ends a try that was under
 * way, and a result after it is that of another try.  The judge looks at the
 * last try alone: a failure of yesterday is not the cause of today's, nor is
 * that of ten minutes ago.
 */
#include "case/case.h"

#include <stdlib.h>

/* After this long without an event of attestation the next one belongs to
 * another try.  The retries inside one try wait for minutes. */
#define SILENCE (30 * 60 * CS_SECOND)

/* Windows tries again by itself a minute after it failed, which is the same
 * try. */
#define RETRY (3 * 60 * CS_SECOND)

/* Facts of the minutes before a try (the profile download, the clock) belong
 * to it, unless another one ended since. */
#define LEAD (15 * 60 * CS_SECOND)

/* What drivers log as Windows starts is true until it starts again.  Their
 * first records are a little older than those that tell of the start.  Where
 * nothing does, half a day is what a start may lie back. */
#define BOOT_LEAD (2 * 60 * CS_SECOND)
#define BOOT_AT_MOST (12 * 3600 * CS_SECOND)

static int
by_time(const void *x, const void *y)
{
	const struct cs_fact *a = *(struct cs_fact *const *)x;
	const struct cs_fact *b = *(struct cs_fact *const *)y;

	if (a->pub.time != b->pub.time)
		return a->pub.time < b->pub.time ? -1 : 1;
	if (a->pub.where.record != b->pub.where.record)
		return a->pub.where.record < b->pub.where.record ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static bool
is_event(const struct cs_fact *f)
{
	return f->def->role != CS_ROLE_NONE && f->pub.time != 0;
}

static struct cs_fact **
in_time_order(struct cs_case *c, size_t *ret_n)
{
	struct cs_fact **list;
	size_t n = 0, k = 0;

	for (size_t i = 0; i < c->know->n_facts; i++)
		for (size_t j = 0; j < c->facts[i].n; j++)
			n += is_event(c->facts[i].at[j]);
	list = cs_alloc_n(&c->scan->arena, n + 1, sizeof(*list));
	if (!list)
		return NULL;
	for (size_t i = 0; i < c->know->n_facts; i++)
		for (size_t j = 0; j < c->facts[i].n; j++)
			if (is_event(c->facts[i].at[j]))
				list[k++] = c->facts[i].at[j];
	if (n > 1)
		qsort(list, n, sizeof(*list), by_time);
	*ret_n = n;
	return list;
}

/* After a silence a step alone begins another try, unless the last one passed:
 * key states are logged again on a sound device.  An error alone begins none. */
static bool
begins_another(const struct cs_attempt *a, uint64_t last, bool booted,
               const struct cs_fact *f)
{
	bool passed = a->decided && a->decided->def->role == CS_ROLE_PASS;

	if (f->def->role == CS_ROLE_ERROR)
		return false;
	if (booted && (!a->decided || f->def->role != CS_ROLE_STEP))
		return true;
	if (f->pub.time - last > SILENCE)
		return f->def->role != CS_ROLE_STEP || !passed;
	return a->decided &&
	       (f->def->role == CS_ROLE_START ||
	        (f->def->role == CS_ROLE_AGAIN && f->pub.time - last > RETRY));
}

/* What follows a pass after a silence and begins nothing belongs to no try. */
static bool
is_stray(const struct cs_attempt *a, uint64_t last, const struct cs_fact *f)
{
	return f->pub.time - last > SILENCE && !begins_another(a, last, false, f);
}

static void
goes_on(struct cs_attempt *a, struct cs_fact *f)
{
	a->pub.ended = f->pub.time;
	if (f->def->role == CS_ROLE_PASS) {
		a->decided = f;
		a->pub.outcome = "passed";
		a->pub.error = NULL;
	} else if (f->def->role == CS_ROLE_FAIL) {
		a->decided = f;
		a->pub.outcome = "failed";
	}
	if (f->def->role >= CS_ROLE_FAIL && f->def->type == CS_FACT_HRESULT &&
	    (!a->decided || a->decided->def->role == CS_ROLE_FAIL))
		a->pub.error = f->pub.value;
}

static void
tell_apart(struct cs_case *c, struct cs_fact **list, size_t n)
{
	uint64_t last = 0;
	bool booted = false;            /* since the last event of a try */

	for (size_t i = 0; i < n; i++) {
		struct cs_attempt *a = c->attempts + c->n_attempts;

		if (list[i]->def->role == CS_ROLE_BOOT) {
			booted = true;
			continue;
		}
		if (list[i]->def->role == CS_ROLE_ERROR && c->n_attempts == 0)
			continue;
		if (c->n_attempts == 0 || begins_another(a - 1, last, booted, list[i])) {
			if (c->n_attempts == MAX_ATTEMPTS) {
				memmove(c->attempts, c->attempts + 1,
				        (MAX_ATTEMPTS - 1) * sizeof(*a));
				c->n_attempts--;
				a--;
			}
			*a = (struct cs_attempt){ .pub.started = list[i]->pub.time };
			a->pub.outcome = "incomplete";
			c->n_attempts++;
			a++;
		}
		if (is_stray(a - 1, last ? last : list[i]->pub.time, list[i]))
			continue;
		goes_on(a - 1, list[i]);
		booted = false;
		last = list[i]->pub.time;
	}
}

/* That an earlier try ended with the code of the last one. */
static bool
failed_alike(struct cs_case *c, const struct cs_attempt *last)
{
	const struct cs_fact_def *def;

	def = cs_know_fact(c->know, CS_TEXT("attempt.failed_alike"));
	for (struct cs_attempt *a = c->attempts; def && a < last; a++)
		if (a->decided && a->decided->def->role == CS_ROLE_FAIL &&
		    a->pub.error && last->pub.error &&
		    strcmp(a->pub.error, last->pub.error) == 0)
			return cs_case_conclude(c, def, cs_text_of(a->pub.error),
			                        &a->decided, 1) != NULL;
	return true;
}

/* The facts that causes ask for: how the last try ended, whether one failed
 * before it passed, whether one failed like it. */
static bool
conclude(struct cs_case *c, struct cs_fact **list, size_t n)
{
	const struct cs_fact_def *outcome, *failed;
	struct cs_attempt *last = &c->attempts[c->n_attempts - 1];
	struct cs_fact *before = NULL;
	struct cs_fact *base = last->decided;

	for (size_t i = n; !base && i > 0; i--)
		if (list[i - 1]->def->role != CS_ROLE_BOOT)
			base = list[i - 1];
	outcome = cs_know_fact(c->know, CS_TEXT("attempt.outcome"));
	failed = cs_know_fact(c->know, CS_TEXT("attempt.failed_before"));
	if (outcome && !cs_case_conclude(c, outcome, cs_text_of(last->pub.outcome),
	                                 &base, 1))
		return false;
	if (!last->decided || last->decided->def->role != CS_ROLE_PASS)
		return !last->decided || failed_alike(c, last);
	for (size_t i = 0; i < n && list[i] != last->decided; i++)
		if (list[i]->def->role == CS_ROLE_FAIL)
			before = list[i];
	return !failed || !before ||
	       cs_case_conclude(c, failed, CS_TEXT("true"), &before, 1);
}

static uint64_t
before(uint64_t time, uint64_t by)
{
	return time > by ? time - by : 0;
}

/* Where what belongs to the last try begins. */
static void
begin_last(struct cs_case *c, struct cs_fact **list, size_t n)
{
	const struct cs_attempt *last = &c->attempts[c->n_attempts - 1];
	const struct cs_attempt *previous = c->n_attempts > 1 ? last - 1 : NULL;
	uint64_t started = last->pub.started;
	uint64_t boot = 0;

	c->since = before(started, LEAD);
	if (previous && previous->decided && c->since <= previous->pub.ended)
		c->since = previous->pub.ended + 1;
	for (size_t i = 0; i < n && list[i]->pub.time <= started; i++)
		if (list[i]->def->role == CS_ROLE_BOOT)
			boot = list[i]->pub.time;
	c->since_boot = boot > 0 ? before(boot, BOOT_LEAD)
	                         : before(started, BOOT_AT_MOST);
}

bool
cs_case_attempts(struct cs_case *c)
{
	struct cs_fact **list;
	size_t n = 0;

	list = in_time_order(c, &n);
	if (!list)
		return false;
	if (n == 0)
		return true;
	c->attempts = cs_alloc_n(&c->scan->arena,
	                         n < MAX_ATTEMPTS ? n : MAX_ATTEMPTS,
	                         sizeof(*c->attempts));
	if (!c->attempts)
		return false;
	tell_apart(c, list, n);
	if (c->n_attempts == 0)
		return true;
	begin_last(c, list, n);
	return conclude(c, list, n);
}
