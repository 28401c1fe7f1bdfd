/*
 * arena.h - memory that is all freed at once
 *
 * Everything that belongs to a case (or to the knowledge) lives in its arena;
 * nothing in it is freed alone.  An allocation that fails, or that would take
 * the arena over its limit, returns NULL and marks the arena as full: callers
 * may finish what they do and ask once.
 */
#ifndef CS_ARENA_H
#define CS_ARENA_H

#include "base/bytes.h"
#include "base/text.h"

typedef struct cs_arena {
	struct cs_page *page;           /* the one that is being filled */
	struct cs_page *spare;          /* emptied by a reset, for reuse */
	size_t used;                    /* bytes handed out */
	size_t limit;                   /* 0: none */
	bool full;
	bool failed;                    /* it was not the limit: the system had no
	                                 * memory; a reset does not forget that */
} cs_arena;

void *cs_alloc(cs_arena *a, size_t size);               /* zeroed */
void *cs_room(cs_arena *a, size_t size);                /* with old bytes in it */
/* Of the last allocation, which had 'size' bytes, only 'used' are needed. */
void cs_give_back(cs_arena *a, void *mem, size_t size, size_t used);
void *cs_alloc_n(cs_arena *a, size_t n, size_t size);   /* n * size, checked */
void *cs_room_n(cs_arena *a, size_t n, size_t size);
const char *cs_keep(cs_arena *a, cs_text t);            /* a copy, with NUL */
cs_text cs_keep_text(cs_arena *a, cs_text t);           /* the same, as view */
void cs_arena_reset(cs_arena *a);       /* empty again; small pages are kept */
void cs_arena_free(cs_arena *a);

#endif
