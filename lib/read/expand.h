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
#define CS_RECENT 64

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

	/* set for each chunk */
	cs_bytes chunk;
	uint64_t chunk_left;            /* budget, in bytes */
	bool told;                      /* that it is overspent */
	struct cs_recent {
		uint32_t definition, id, epoch;
		uint8_t where;
		const struct cs_program *program;
	} recent[CS_RECENT];

	/* of the record that is being made */
	struct cs_place place;
	struct cs_system system;
	cs_text message;
	struct cs_value *values;        /* grows; belongs to compiler->keep */
	size_t n_values, max_values;
	uint64_t left;
	unsigned nesting;
	bool over, doubtful, refused;
	char *text;                     /* CS_STEP_TEXT gathers here */
	size_t text_len, text_size;
};

/* Begins a record and reads the binary XML at [at, end) of the chunk. */
void cs_expand(struct cs_expand *x, struct cs_place place, size_t at,
               size_t end);

/* The same without its values. */
void cs_expand_nothing(struct cs_expand *x, struct cs_place place);

#endif
