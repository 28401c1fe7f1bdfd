#include "base/arena.h"

#include <stdalign.h>
#include <stdlib.h>

#define ARENA_PAGE ((size_t)8 * 1024)

struct cs_page {
	struct cs_page *next;
	size_t used, size;
	alignas(max_align_t) unsigned char bytes[];
};

static struct cs_page *
take_spare(cs_arena *a)
{
	struct cs_page *p = a->spare;

	if (p)
		a->spare = p->next;
	return p;
}

static struct cs_page *
new_page(cs_arena *a, size_t need)
{
	size_t size = need > ARENA_PAGE ? need : ARENA_PAGE;
	struct cs_page *p = size == ARENA_PAGE ? take_spare(a) : NULL;

	if (!p) {
		p = malloc(sizeof(*p) + size);
		if (!p) {
			a->failed = true;
			return NULL;
		}
		p->size = size;
	}
	p->used = 0;
	if (a->page && need > ARENA_PAGE) {      /* keep filling the old one */
		p->next = a->page->next;
		a->page->next = p;
	} else {
		p->next = a->page;
		a->page = p;
	}
	return p;
}

static size_t
rounded(size_t size)
{
	return (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
}

void *
cs_room(cs_arena *a, size_t size)
{
	struct cs_page *p = a->page;
	size_t need;
	void *mem;

	if (a->full || size > SIZE_MAX / 2)
		goto full;
	need = rounded(size);
	if (a->limit && need > a->limit - a->used)
		goto full;
	if (!p || need > p->size - p->used)
		p = new_page(a, need);
	if (!p)
		goto full;
	mem = p->bytes + p->used;
	p->used += need;
	a->used += need;
	return mem;
full:
	a->full = true;
	return NULL;
}

void
cs_give_back(cs_arena *a, void *mem, size_t size, size_t used)
{
	struct cs_page *p = a->page;
	size_t need = rounded(size), keep = rounded(used);

	/* A page of its own is not the one that is being filled. */
	if (!p || need > p->used ||
	    (unsigned char *)mem != p->bytes + p->used - need)
		return;
	p->used -= need - keep;
	a->used -= need - keep;
}

void *
cs_alloc(cs_arena *a, size_t size)
{
	void *mem = cs_room(a, size);

	if (mem)
		memset(mem, 0, size);
	return mem;
}

void *
cs_room_n(cs_arena *a, size_t n, size_t size)
{
	if (size && n > SIZE_MAX / size) {
		a->full = true;
		return NULL;
	}
	return cs_room(a, n * size);
}

void *
cs_alloc_n(cs_arena *a, size_t n, size_t size)
{
	void *mem = cs_room_n(a, n, size);

	if (mem && n)
		memset(mem, 0, n * size);
	return mem;
}

const char *
cs_keep(cs_arena *a, cs_text t)
{
	char *copy = cs_alloc(a, t.len + 1);

	if (copy && t.len)
		memcpy(copy, t.at, t.len);
	return copy;
}

cs_text
cs_keep_text(cs_arena *a, cs_text t)
{
	const char *copy = cs_keep(a, t);

	return (cs_text){ copy ? copy : "", copy ? t.len : 0 };
}

void
cs_arena_reset(cs_arena *a)
{
	struct cs_page *p = a->page, *next;

	for (; p; p = next) {
		next = p->next;
		if (p->size > ARENA_PAGE) {
			free(p);
			continue;
		}
		p->next = a->spare;
		a->spare = p;
	}
	a->page = NULL;
	a->used = 0;
	a->full = false;
}

void
cs_arena_free(cs_arena *a)
{
	struct cs_page *p, *next;

	cs_arena_reset(a);
	for (p = a->spare; p; p = next) {
		next = p->next;
		free(p);
	}
	*a = (cs_arena){ .limit = a->limit };
}
