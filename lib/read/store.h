/*
 * store.h - what was compiled of templates, for the next chunk and the next log
 *
 * Each chunk of 64 KiB holds the definitions of its templates again, and the
 * same few hundred recur in the logs of every machine; to compile one takes
 * longer than to run it.  A definition is recognised exactly, never by its
 * GUID alone: its bytes are those of the one that is kept, but for the words
 * that say where in the chunk a name lies, and the names there are the same.
 */
#ifndef CS_STORE_H
#define CS_STORE_H

#include "base/arena.h"
#include "read/binxml.h"

/* What the elements of a fragment are children of. */
enum cs_where {
	CS_AT_DOCUMENT,         /* nothing: this is Event itself */
	CS_AT_EVENT,
	CS_AT_SYSTEM,
	CS_AT_DATA,             /* EventData */
	CS_AT_RENDERING,        /* RenderingInfo */
	CS_AT_OTHER,            /* UserData and the like */
	CS_AT_PATH,             /* below the first element of UserData */
	CS_AT_TEXT              /* one value: only text counts */
};
#define CS_N_PLACES (CS_AT_TEXT + 1)

/* A word of a body that says where a name is. */
struct cs_name_word {
	uint16_t at;            /* in the body */
	uint16_t outside;       /* which of 'names', from 1; 0: the name lies in
	                         * the body, right behind the word */
};

struct cs_kept {
	struct cs_kept *next;   /* of its bucket */
	uint8_t guid[16];
	cs_bytes body;          /* a copy */
	const struct cs_name_word *words;
	size_t n_words;
	const cs_bytes *names;  /* units of those outside of the body: copies */
	const struct cs_program *programs[CS_N_PLACES];
	struct cs_markup *markup;
};

/* Where a log defines its templates, for the next piece of the same log: a
 * damaged one would be searched for each.  Known by its size and header. */
struct cs_log_index {
	uint64_t size;
	uint8_t head[128];
	void *slots;            /* from malloc(); NULL: there is none */
};

#define CS_STORE_BUCKETS 256

struct cs_store {
	cs_arena arena;
	struct cs_kept *buckets[CS_STORE_BUCKETS];
	struct cs_name_uses uses;       /* of the definition that is compiled */
	struct cs_log_index index;
};

/* Before each log: a store that is full is emptied.  NULL is fine. */
void cs_store_begin(struct cs_store *s);
void cs_store_end(struct cs_store *s);

/* The definition with this body.  NULL: it is not there. */
struct cs_kept *cs_store_find(struct cs_store *s, cs_bytes chunk, cs_bytes body);

/* Whoever compiles a definition that is to be kept does it into s->arena, and
 * has its names noted here; NULL: it cannot be kept. */
struct cs_name_uses *cs_store_uses(struct cs_store *s, cs_bytes chunk,
                                   cs_bytes body);

/* Keeps the one whose names were noted.  NULL: no room. */
struct cs_kept *cs_store_keep(struct cs_store *s, cs_bytes chunk, cs_bytes body);

#endif
