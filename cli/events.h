/*
 * events.h - cabscan events: the records of event logs
 *
 *     cmd_events.c     options, filters, the run
 *     event_list.c     lists of numbers, levels and times as options have them
 *     event_write.c    one record in a format
 *     event_mask.c     --redact: what of it others may see
 *     lanes.c          parts of the work on several threads, handed on in order
 */
#ifndef CLI_EVENTS_H
#define CLI_EVENTS_H

#include "cli.h"
#include "private.h"

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

struct mask;

/* 'm' NULL: nothing is hidden. */
void write_event(struct buffer *b, enum event_format f, const cabscan *cs,
                 const cabscan_record *r, struct mask *m);
void write_events_head(struct buffer *b, enum event_format f);
void write_events_tail(struct buffer *b, enum event_format f);

/* ---- event_mask.c ---- */

/* Which inputs belong to one case; it does not change while they are read. */
struct masks {
	const struct private *private;
	struct devices units;
	struct mask_input {
		const char *path;
		size_t unit;
	} *inputs;                      /* sorted by path */
	size_t n_inputs;
};

/* Of one thread, for one input after the other. */
struct mask {
	const struct masks *all;
	cabscan_case *c;                /* that the input belongs to, or NULL */
	size_t unit;
	const char *path;               /* of the input */
	bool of_windows;                /* the record is of a provider of Windows */
	struct buffer plain, shown, decoded;
};

bool masks_open(struct masks *m, const char *const *paths, size_t n);
void masks_close(struct masks *m);
/* The case of an input is made, unless it is still that of the one before. */
cabscan_status mask_begin(struct mask *m, cabscan_worker *w,
                          const cabscan_input *in, cabscan_error *err);
void mask_end(struct mask *m);
/* Before the texts of a record. */
void mask_record(struct mask *m, const cabscan_record *r);
/* Texts live until the next call with this mask; out of memory they are "", and
 * what is put says so. */
const char *mask_text(struct mask *m, cabscan_text t);
const char *mask_name(struct mask *m, cabscan_text t);
const char *mask_source(struct mask *m, cabscan_text t);
const char *mask_computer(struct mask *m, cabscan_text t);
const char *mask_log(struct mask *m, const char *log);
bool mask_failed(const struct mask *m);
/* An object of cabscan-event/1, or the object of its values alone. */
void put_masked_json(struct buffer *b, struct mask *m, cabscan_text json,
                     bool data_alone);
/* One Event element that is well formed. */
void put_masked_xml(struct buffer *b, struct mask *m, cabscan_text xml);

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
