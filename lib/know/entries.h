/* entries.h - knowledge as the list of its stanzas */
#ifndef CS_ENTRIES_H
#define CS_ENTRIES_H

#include "know/know.h"

struct cs_entry {
	cabscan_entry pub;              /* first: what a user sees */
	struct cs_entry *same_name;     /* the one before it */
};

struct cs_entries {
	struct cs_entry **at;
	size_t n;
};

/* What 'arena' then holds does not need the knowledge any more.  False: out
 * of memory. */
bool cs_know_entries(const struct cs_know *k, cs_arena *arena,
                     struct cs_entries *ret);

#endif
