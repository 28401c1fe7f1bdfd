/*
 * events.h - cabscan events: the records of event logs
 *
 *     cmd_events.c     options, filters, the run
 *     event_list.c     lists of numbers, levels and times as options have them
 *     event_write.c    one record in a format
 *     lanes.c          parts of the work on several threads, handed on in order
 */
#ifndef CLI_EVENTS_H
#define CLI_EVENTS_H

#include "cli.h"

#include <string.h>

/* Text that grows. */
struct buffer {
	char *at;
	size_t len, room;
	bool full;                      /* out of memory: some text lacks */
};

char *buffer_grow(struct buffer *b, size_t more);

/* Room for that much more at at + len; NULL: out of memory. */
static inline char *
buffer_room(struct buffer *b, size_t more)
{
	return more < b->room - b->len ? b->at + b->len : buffer_grow(b, more);
}

static inline void
buffer_put(struct buffer *b, const char *text, size_t len)
{
	char *to = buffer_room(b, len);

	if (!to || len == 0)
		return;
	memcpy(to, text, len);
	b->len += len;
}

void buffer_free(struct buffer *b);

/* ---- event_list.c ---- */

/* "171,172,200-211"; *ret is from malloc().  False: it is no such list. */
bool parse_ranges(const char *text, cabscan_id_range **ret, size_t *ret_n);
/* "error,warning" or "1-3"; bits as in the filter. */
bool parse_levels(const char *text, uint32_t *ret);
/* A date, or date and time; 'end' of the day, minute or second. */
bool parse_moment(const char *text, bool end, uint64_t *ret);
const char *level_name(unsigned level);

/* ---- event_write.c ---- */

enum event_format { EVENTS_TEXT, EVENTS_XML, EVENTS_JSONL, EVENTS_CSV };

void write_event(struct buffer *b, enum event_format f, const cabscan *cs,
                 const cabscan_record *r);
void write_events_head(struct buffer *b, enum event_format f);
void write_events_tail(struct buffer *b, enum event_format f);

/* ---- lanes.c ---- */

struct lanes {
	size_t n_parts, n_workers;
	/* On some thread; 'lane' is below n_workers. */
	void (*run)(void *user, size_t lane, size_t part, struct buffer *to);
	/* In the order of the parts; false stops. */
	bool (*take)(void *user, size_t part, const struct buffer *text);
	void *user;
};

bool lanes_run(const struct lanes *l);  /* false: out of memory, or stopped */

#endif
