/*
 * stretch.h - the part of an unpacked folder that somebody still needs
 *
 * One buffer, used again for every member: it grows by what the codec really
 * gives, never by a size that a cabinet states.  The last bytes stay when
 * nobody needs them: the next block of MSZIP may refer to them.
 */
#ifndef CS_CAB_STRETCH_H
#define CS_CAB_STRETCH_H

#include "base/bytes.h"

#define CS_STRETCH_BEHIND 32768u

struct cs_stretch {
	uint8_t *mem;
	size_t start, len, room;        /* mem[start .. start+len) is in use */
	uint64_t begin;                 /* the first byte's place in the folder */
	bool no_memory;
};

void cs_stretch_restart(struct cs_stretch *);   /* empty, at 0; keeps memory */
void cs_stretch_free(struct cs_stretch *);

/* False: out of memory. */
bool cs_stretch_add(struct cs_stretch *, cs_bytes bytes);
bool cs_stretch_add_zeros(struct cs_stretch *, size_t n);
void cs_stretch_cut(struct cs_stretch *, uint64_t end);      /* none behind it */
void cs_stretch_forget(struct cs_stretch *, uint64_t before);

/* Room for n bytes more, to be written by the caller (NULL: out of memory),
 * and that they have been. */
uint8_t *cs_stretch_room(struct cs_stretch *, size_t n);
void cs_stretch_fill(struct cs_stretch *, size_t n);

/* The last CS_STRETCH_BEHIND bytes of the folder so far, or as many as there
 * have been; they end where the room begins. */
cs_bytes cs_stretch_behind(const struct cs_stretch *);

/* What is there of [begin, end) of the folder, from 'begin' on. */
cs_bytes cs_stretch_view(const struct cs_stretch *, uint64_t begin, uint64_t end);

#endif
