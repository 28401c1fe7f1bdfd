/*
 * map.h - from a text to a pointer
 *
 * Keys are compared without regard to the case of ASCII letters and must
 * live as long as the map.  Everything is in the arena that is passed in.
 */
#ifndef CS_MAP_H
#define CS_MAP_H

#include "base/arena.h"

struct cs_slot {
	cs_text key;
	void *value;
};

typedef struct cs_map {
	struct cs_slot *slots;
	size_t n, size;         /* size: 0 or a power of two */
} cs_map;

void *cs_map_get(const cs_map *m, cs_text key);         /* NULL: not there */
/* Adds or replaces; false: out of memory. */
bool cs_map_set(cs_arena *a, cs_map *m, cs_text key, void *value);

#endif
