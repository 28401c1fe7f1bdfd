#include "cab/stretch.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM ((size_t)256 * 1024)

void
cs_stretch_restart(struct cs_stretch *s)
{
	s->start = s->len = 0;
	s->begin = 0;
}

void
cs_stretch_free(struct cs_stretch *s)
{
	free(s->mem);
	*s = (struct cs_stretch){ 0 };
}

/* Doubles while that is cheap, then by quarters: members of a quarter of a
 * gigabyte must not take twice their size. */
static size_t
more_room(size_t room, size_t need)
{
	size_t step = room < ((size_t)64 << 20) ? room : room / 4;

	if (room == 0)
		step = FIRST_ROOM;
	return need > room + step ? need : room + step;
}

static bool
grow(struct cs_stretch *s, size_t need)
{
	size_t room = more_room(s->room, need);
	uint8_t *mem = realloc(s->mem, room);

	if (!mem) {
		s->no_memory = true;
		return false;
	}
	s->mem = mem;
	s->room = room;
	return true;
}

/* Moves what is in use to the front, and what it may refer to. */
static void
move_down(struct cs_stretch *s)
{
	size_t before = s->start < CS_STRETCH_BEHIND ? s->start : CS_STRETCH_BEHIND;

	memmove(s->mem, s->mem + s->start - before, before + s->len);
	s->start = before;
}

/* Whether moving costs no more than 'share' of what it frees. */
static bool
worth_moving(const struct cs_stretch *s, size_t share)
{
	return s->start > CS_STRETCH_BEHIND &&
	       (s->start - CS_STRETCH_BEHIND) * share >= CS_STRETCH_BEHIND + s->len;
}

uint8_t *
cs_stretch_room(struct cs_stretch *s, size_t n)
{
	if (n > s->room - s->start - s->len) {
		if (worth_moving(s, 4))
			move_down(s);
		if (n > s->room - s->start - s->len &&
		    !grow(s, s->start + s->len + n))
			return NULL;
	}
	return s->mem + s->start + s->len;
}

void
cs_stretch_fill(struct cs_stretch *s, size_t n)
{
	s->len += n;
}

bool
cs_stretch_add(struct cs_stretch *s, cs_bytes bytes)
{
	uint8_t *to = bytes.len ? cs_stretch_room(s, bytes.len) : NULL;

	if (!to)
		return bytes.len == 0;
	memcpy(to, bytes.at, bytes.len);
	s->len += bytes.len;
	return true;
}

bool
cs_stretch_add_zeros(struct cs_stretch *s, size_t n)
{
	uint8_t *to = n ? cs_stretch_room(s, n) : NULL;

	if (!to)
		return n == 0;
	memset(to, 0, n);
	s->len += n;
	return true;
}

void
cs_stretch_cut(struct cs_stretch *s, uint64_t end)
{
	if (end < s->begin)
		end = s->begin;
	if (end - s->begin < s->len)
		s->len = (size_t)(end - s->begin);
}

/* Moving at once, as soon as that is cheap, keeps small members where the
 * memory is warm. */
void
cs_stretch_forget(struct cs_stretch *s, uint64_t before)
{
	size_t n;

	if (before <= s->begin)
		return;
	n = before - s->begin < s->len ? (size_t)(before - s->begin) : s->len;
	s->begin += n;
	s->len -= n;
	s->start += n;
	if (worth_moving(s, 1))
		move_down(s);
}

cs_bytes
cs_stretch_behind(const struct cs_stretch *s)
{
	size_t end = s->start + s->len;
	size_t n = end < CS_STRETCH_BEHIND ? end : CS_STRETCH_BEHIND;

	return (cs_bytes){ s->mem ? s->mem + end - n : NULL, n };
}

cs_bytes
cs_stretch_view(const struct cs_stretch *s, uint64_t begin, uint64_t end)
{
	cs_bytes all = { s->mem ? s->mem + s->start : NULL, s->len };

	if (begin < s->begin || begin - s->begin >= s->len || end <= begin)
		return (cs_bytes){ NULL, 0 };
	return cs_slice(all, (size_t)(begin - s->begin), (size_t)(end - begin));
}
