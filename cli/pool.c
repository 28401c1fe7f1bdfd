/*
 * pool.c - workers, one a thread; rows leave in the order of the units
 *
 * A worker takes the next unit, whoever is done.  Rows wait until it is their
 * turn; so that one slow unit cannot pile up all the others, no worker runs
 * more than WINDOW units ahead of it.
 */
#include "batch.h"
#include "sys.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW 4096
#define FULL_WINDOW 64          /* whole cases are larger than rows */
#define TICK 200                /* milliseconds between two looks */

struct shift {
	struct pool *p;
	struct door *door;
	size_t next, written, n_done, window;
	bool *ready;
	bool stop, out_of_memory;
};

/* The next unit that is still to do; SIZE_MAX: none.  Locked. */
static size_t
next_unit(struct shift *s)
{
	for (;;) {
		while (s->next < s->p->units->n && s->ready[s->next])
			s->next++;
		if (s->stop || s->next >= s->p->units->n)
			return SIZE_MAX;
		if (s->next < s->written + s->window)
			return s->next++;
		door_wait(s->door, TICK);
	}
}

static void
work(void *user)
{
	struct shift *s = user;
	struct unit_worker w = { .scanner = s->p->scanner, .maker = s->p->maker };
	size_t i;

	door_lock(s->door);
	while ((i = next_unit(s)) != SIZE_MAX) {
		struct rows rows;

		door_unlock(s->door);
		unit_scan(&w, &s->p->units->at[i], &rows);
		door_lock(s->door);
		if (rows.n == 0) {
			s->out_of_memory = s->stop = true;
		} else {
			/* Under the lock, so that its lines stay whole. */
			if (s->p->journal)
				journal_add(s->p->journal, &s->p->units->at[i],
				            &rows);
			s->p->done[i] = rows;
			s->ready[i] = true;
			s->n_done++;
		}
		door_ring(s->door);
	}
	door_unlock(s->door);
	unit_worker_end(&w);
}

/* Hands over what is ready in order; true: all of it.  Locked. */
static bool
hand_over(struct shift *s)
{
	while (s->written < s->p->units->n && !s->stop &&
	       s->ready[s->written]) {
		struct rows *rows = &s->p->done[s->written];
		bool ok;

		door_unlock(s->door);
		ok = s->p->take(s->p->user, rows);
		door_lock(s->door);
		s->stop |= !ok;
		s->written++;
		door_ring(s->door);
	}
	return s->stop || s->written == s->p->units->n;
}

static void
oversee(struct shift *s)
{
	struct progress progress;

	progress_begin(&progress, s->p->label, s->p->units->n, s->p->n_known);
	door_lock(s->door);
	while (!hand_over(s)) {
		size_t n = s->n_done;

		door_unlock(s->door);
		progress_show(&progress, n);
		door_lock(s->door);
		if (!s->ready[s->written] && !s->stop)
			door_wait(s->door, TICK);
	}
	progress_show(&progress, s->n_done);
	door_unlock(s->door);
	progress_end(&progress);
}

bool
pool_run(struct pool *p)
{
	struct shift s = { .p = p };
	struct thread **threads = calloc(p->n_workers, sizeof(struct thread *));
	size_t n = 0;

	s.window = p->maker->full ? FULL_WINDOW : WINDOW;
	s.door = door_new();
	s.ready = calloc(p->units->n + 1, sizeof(*s.ready));
	if (threads && s.door && s.ready) {
		for (size_t i = 0; i < p->units->n; i++)
			s.ready[i] = p->done[i].n > 0;
		while (n < p->n_workers && n < p->units->n - p->n_known &&
		       (threads[n] = thread_start(work, &s)) != NULL)
			n++;
		if (n > 0 || p->n_known == p->units->n)
			oversee(&s);
		else
			s.out_of_memory = true;
	} else {
		s.out_of_memory = true;
	}
	for (size_t i = 0; i < n; i++)
		thread_join(threads[i]);
	door_free(s.door);
	free(threads);
	free(s.ready);
	return !s.out_of_memory && !s.stop;
}
