/* intern.c - texts and tuples, each once */
#include "fleet.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK 262144

struct block {
	struct block *next;
	size_t used, size;
	char bytes[];
};

uint64_t
hash_bytes(const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 0x100000001b3;
	h = (h ^ h >> 32) * 0xd6e8feb86659fd93;
	return h ^ h >> 32;
}

void *
one_more(void *list, size_t n, size_t *room, size_t size)
{
	size_t more = *room ? *room * 2 : 64;
	void *moved;

	if (n < *room)
		return list;
	moved = realloc(list, more * size);
	if (moved)
		*room = more;
	return moved;
}

char *
pool_keep(struct pool_of *p, const void *bytes, size_t len)
{
	struct block *b = p->blocks;
	char *to;

	if (!b || b->size - b->used < len + 1) {
		size_t size = len + 1 > BLOCK ? len + 1 : BLOCK;

		b = malloc(sizeof(*b) + size);
		if (!b) {
			p->failed = true;
			return NULL;
		}
		*b = (struct block){ .next = p->blocks, .size = size };
		p->blocks = b;
	}
	to = b->bytes + b->used;
	if (len > 0)
		memcpy(to, bytes, len);
	to[len] = '\0';
	/* Tuples of numbers are read where they lie. */
	b->used += (len + 1 + 7) & ~(size_t)7;
	if (b->used > b->size)
		b->used = b->size;
	return to;
}

static bool
more_slots(struct pool_of *p)
{
	size_t n = p->n_slots ? p->n_slots * 2 : 1024;
	uint32_t *slots = calloc(n, sizeof(*slots));

	if (!slots)
		return false;
	for (uint32_t i = 1; i <= p->n; i++) {
		size_t at = hash_bytes(p->at[i], p->len[i]) & (n - 1);

		while (slots[at])
			at = (at + 1) & (n - 1);
		slots[at] = i;
	}
	free(p->slots);
	p->slots = slots;
	p->n_slots = n;
	return true;
}

static bool
more_room(struct pool_of *p)
{
	size_t room = p->room ? p->room * 2 : 512;
	const char **at = realloc(p->at, room * sizeof(*at));
	uint32_t *len;

	if (at)
		p->at = at;
	len = at ? realloc(p->len, room * sizeof(*len)) : NULL;
	if (!len)
		return false;
	p->len = len;
	p->room = room;
	return true;
}

uint32_t
intern(struct pool_of *p, const void *bytes, size_t len)
{
	size_t at;

	if (p->failed || (p->n_slots < (p->n + 1) * 2 && !more_slots(p)) ||
	    (p->room < p->n + 2 && !more_room(p))) {
		p->failed = true;
		return 0;
	}
	at = hash_bytes(bytes, len) & (p->n_slots - 1);
	while (p->slots[at]) {
		uint32_t i = p->slots[at];

		if (p->len[i] == len && memcmp(p->at[i], bytes, len) == 0)
			return i;
		at = (at + 1) & (p->n_slots - 1);
	}
	p->at[p->n + 1] = pool_keep(p, bytes, len);
	if (p->failed)
		return 0;
	p->len[++p->n] = (uint32_t)len;
	p->slots[at] = (uint32_t)p->n;
	return (uint32_t)p->n;
}

void
pool_free_all(struct pool_of *p)
{
	while (p->blocks) {
		struct block *next = p->blocks->next;

		free(p->blocks);
		p->blocks = next;
	}
	free(p->at);
	free(p->len);
	free(p->slots);
	*p = (struct pool_of){ .n = 0 };
}
