/* lanes.c - parts of the work on several threads, handed on in order */
#include "events.h"
#include "sys.h"

#include <stdlib.h>

/* Parts that a lane may be ahead of what has been handed on, for each lane:
 * they wait in memory. */
#define AHEAD 2
#define TICK 200

struct road {
	const struct lanes *l;
	struct door *door;
	struct buffer *done;
	bool *ready;
	size_t next, taken, n_begun;
	bool stop;
};

static void
work(void *user)
{
	struct road *r = user;
	size_t lane, part;

	door_lock(r->door);
	lane = r->n_begun++;
	while (!r->stop && r->next < r->l->n_parts) {
		if (r->next >= r->taken + r->l->n_workers * AHEAD) {
			door_wait(r->door, TICK);
			continue;
		}
		part = r->next++;
		door_unlock(r->door);
		r->l->run(r->l->user, lane, part, &r->done[part]);
		door_lock(r->door);
		r->ready[part] = true;
		door_ring(r->door);
	}
	door_unlock(r->door);
}

static void
hand_on(struct road *r)
{
	door_lock(r->door);
	while (r->taken < r->l->n_parts && !r->stop) {
		struct buffer *b = &r->done[r->taken];
		bool ok;

		if (!r->ready[r->taken]) {
			door_wait(r->door, TICK);
			continue;
		}
		door_unlock(r->door);
		ok = !b->full && r->l->take(r->l->user, r->taken, b);
		buffer_free(b);
		door_lock(r->door);
		r->stop = !ok;
		r->taken++;
		door_ring(r->door);
	}
	door_unlock(r->door);
}

bool
lanes_run(const struct lanes *l)
{
	struct road r = { .l = l, .door = door_new() };
	struct thread **threads = calloc(l->n_workers, sizeof(struct thread *));
	size_t n = 0;

	r.done = calloc(l->n_parts + 1, sizeof(*r.done));
	r.ready = calloc(l->n_parts + 1, sizeof(*r.ready));
	if (r.door && threads && r.done && r.ready) {
		while (n < l->n_workers &&
		       (threads[n] = thread_start(work, &r)) != NULL)
			n++;
		r.stop = n == 0;
		hand_on(&r);
	} else {
		r.stop = true;
	}
	for (size_t i = 0; i < n; i++)
		thread_join(threads[i]);
	for (size_t i = 0; r.done && i < l->n_parts; i++)
		buffer_free(&r.done[i]);
	door_free(r.door);
	free(threads);
	free(r.done);
	free(r.ready);
	return !r.stop;
}
