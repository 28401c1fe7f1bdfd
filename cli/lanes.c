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
	struct buffer *spare;           /* of parts that were handed on */
	size_t n_spare;
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
		if (r->n_spare > 0)
			r->done[part] = r->spare[--r->n_spare];
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
		door_lock(r->door);
		/* Memory that is new to the process costs more than to fill it. */
		b->len = 0;
		r->spare[r->n_spare++] = *b;
		*b = (struct buffer){ NULL };
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
	r.spare = calloc(l->n_parts + 1, sizeof(*r.spare));
	if (r.door && threads && r.done && r.ready && r.spare) {
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
	while (r.n_spare > 0)
		buffer_free(&r.spare[--r.n_spare]);
	door_free(r.door);
	free(threads);
	free(r.done);
	free(r.ready);
	free(r.spare);
	return !r.stop;
}
