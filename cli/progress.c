/* progress.c - how far a batch is: one line that is rewritten on a terminal,
 * plain lines now and then elsewhere */
#include "batch.h"
#include "sys.h"

#include <string.h>

#define ON_TERMINAL 250         /* milliseconds between two lines */
#define ELSEWHERE 10000

void
progress_begin(struct progress *p, const char *label, size_t n, size_t n_known)
{
	*p = (struct progress){
		.label = label, .n = n, .n_known = n_known, .begun = clock_ms(),
		.terminal = is_terminal(stderr),
	};
	p->shown = p->begun;
	if (label && n_known > 0)
		fprintf(stderr, "%s: %zu of %zu are done already\n", label,
		        n_known, n);
}

static void
duration(char *ret, size_t room, uint64_t seconds)
{
	if (seconds < 100)
		snprintf(ret, room, "%u s", (unsigned)seconds);
	else if (seconds < 6000)
		snprintf(ret, room, "%u min", (unsigned)((seconds + 30) / 60));
	else
		snprintf(ret, room, "%u h %u min", (unsigned)(seconds / 3600),
		         (unsigned)(seconds % 3600 / 60));
}

static void
line(const struct progress *p, const char *before, const char *after)
{
	uint64_t ms = clock_ms() - p->begun;
	uint64_t tenths = ms ? p->n_done * (uint64_t)10000 / ms : 0;
	size_t left = p->n - p->n_known - p->n_done;
	char when[40];

	fprintf(stderr, "%s%s: %zu of %zu, %lu.%lu a second", before, p->label,
	        p->n_known + p->n_done, p->n, (unsigned long)(tenths / 10),
	        (unsigned long)(tenths % 10));
	if (left > 0 && p->n_done > 0) {
		duration(when, sizeof(when), ms / 1000 * left / p->n_done +
		         ms % 1000 * left / p->n_done / 1000);
		fprintf(stderr, ", about %s left", when);
	} else if (left == 0) {
		duration(when, sizeof(when), ms / 1000);
		fprintf(stderr, ", in %s", when);
	}
	fputs(after, stderr);
	fflush(stderr);
}

void
progress_show(struct progress *p, size_t n_done)
{
	uint64_t now = clock_ms();

	p->n_done = n_done;
	if (!p->label || now - p->shown < (p->terminal ? ON_TERMINAL : ELSEWHERE))
		return;
	p->shown = now;
	if (p->terminal)
		line(p, "\r", "\033[K");
	else
		line(p, "", "\n");
}

void
progress_end(struct progress *p)
{
	if (p->label && p->n_done > 0)
		line(p, p->terminal ? "\r" : "", p->terminal ? "\033[K\n" : "\n");
}
