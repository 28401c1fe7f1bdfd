/*
 * expand.h - an event record: programs run over the values they are for
 *
 * A template can use one value ten times, and that value can be a template
 * again: 60 KB may ask for gigabytes.  So everything that is produced is paid
 * for from a budget, of the record and of its chunk; what cannot be paid is
 * left out, with a note.
 */
#ifndef CS_EXPAND_H
#define CS_EXPAND_H

#include "read/template.h"

/* A definition that its own chunk has lost. */
struct cs_definition {
	cs_bytes chunk, body;
};

/* Programs that were used last, by the offset of the definition. */
#define CS_RECENT 128

/* A value as its template instance stores it: 'type' can be an array. */
struct cs_stored {
	cs_bytes raw;
	uint8_t type;
};

/* The same in eight bytes, from the lowest on 32 bits of the offset in the
 * chunk, 16 of the length, 8 of the type. */
typedef uint64_t cs_slot;

/* Values of a record and its payload that need no other memory; real ones have
 * 18 and 20. */
#define CS_SLOT_ROOM 256

/* The text of System that was made last for a field: most records of a log have
 * the same computer, channel and user. */
struct cs_memo {
	uint32_t descriptor;            /* of the value */
	uint8_t raw[160];
	uint16_t text_len;
	char text[240];
};

struct cs_expand {
	/* set once by the owner */
	struct cs_scan *scan;
	struct cs_compiler *compiler;
	struct cs_templates *here;      /* of the chunk */
	struct cs_templates *elsewhere; /* of other chunks; never forgotten */
	/* Looks for a definition in other chunks. */
	bool (*lookup)(void *owner, uint32_t id, struct cs_definition *ret);
	/* Something is wrong; it may be noted, or there were enough notes. */
	void (*damaged)(void *owner, struct cs_place place, uint32_t id,
	                const char *what, size_t at, unsigned token);
	void *owner;
	/* Whether an event is wanted of which 'system' has what its numbers and
	 * its template say.  NULL: all are. */
	bool (*wants)(void *owner, const struct cs_program *p,
	              const struct cs_system *system);
	const uint8_t *ids;             /* as in struct cs_wish */

	/* set for each chunk */
	cs_bytes chunk;
	uint64_t chunk_left;            /* budget, in bytes */
	bool told;                      /* that it is overspent */
	struct cs_recent {
		uint32_t definition, id, epoch;
		uint8_t where;          /* CS_N_PLACES: the markup */
		const struct cs_program *program;
		struct cs_markup *markup;
	} recent[CS_RECENT];
	size_t n_slots;

	/* of the record that is being made */
	struct cs_place place;
	struct cs_system system;
	cs_text message;
	struct cs_value *values;        /* grows; belongs to compiler->keep */
	size_t n_values, max_values;
	uint64_t left;
	unsigned nesting;
	bool names_differ;              /* of the values, known from the template */
	bool over, doubtful, refused;
	char *text;                     /* CS_STEP_TEXT gathers here */
	size_t text_len, text_size;

	struct cs_memo memos[CS_SYSTEM_TEXTS];
	/* The last, since they need not be cleared. */
	uint32_t offsets[CS_SLOT_ROOM];
};

/* Where the program of that instance would be among the recent ones. */
static inline struct cs_recent *
cs_recent(struct cs_expand *x, const struct cs_instance *i, unsigned where)
{
	uint32_t key = (uint32_t)i->definition << 4 | where;

	return &x->recent[(key * 0x9e3779b1u >> 16) % CS_RECENT];
}

static inline bool
cs_is_recent(const struct cs_expand *x, const struct cs_recent *r,
             const struct cs_instance *i, unsigned where)
{
	return r->definition == i->definition && r->id == i->id &&
	       r->where == where && r->epoch == x->here->epoch &&
	       (r->program || r->markup);
}

/* Begins a record and reads the binary XML at [at, end) of the chunk. */
void cs_expand(struct cs_expand *x, struct cs_place place, size_t at,
               size_t end);

/* The same without its values. */
void cs_expand_nothing(struct cs_expand *x, struct cs_place place);

#endif
