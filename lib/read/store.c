#include "read/store.h"

#include <stdlib.h>
#include <string.h>

/* The templates of a whole machine's logs, some 600, take about 2 MB. */
#define MAX_STORE_BYTES ((size_t)8 * 1024 * 1024)

/* In front of a body: next of its bucket, GUID, size. */
#define HEADER 24
#define GUID_AT 4

/* A name takes a token and the word itself. */
#define LEAST_OF_NAME 5

/* Names of one definition outside of its body, which differ; real ones have 12. */
#define MAX_OUTSIDE 64

void
cs_store_begin(struct cs_store *s)
{
	if (!s || (!s->arena.full && s->arena.used < MAX_STORE_BYTES / 4 * 3))
		return;
	cs_store_end(s);
}

void
cs_store_end(struct cs_store *s)
{
	cs_arena_free(&s->arena);
	free(s->uses.at);
	free(s->index.slots);
	memset(s, 0, sizeof(*s));
}

/* ---- to recognise one ----------------------------------------------------- */

static bool
same_name(cs_bytes chunk, uint32_t at, cs_bytes units)
{
	cs_bytes name = cs_slice(chunk, at, 8 + units.len);

	return name.len == 8 + units.len &&
	       cs_load16(name.at + 6) == units.len / 2 &&
	       memcmp(name.at + 8, units.at, units.len) == 0;
}

static bool
same(const struct cs_kept *k, cs_bytes chunk, cs_bytes body)
{
	uint32_t base = (uint32_t)(body.at - chunk.at);
	uint32_t found_at[MAX_OUTSIDE] = { 0 }; /* where 'names' are, this time */
	size_t done = 0;

	if (k->body.len != body.len ||
	    memcmp(k->guid, body.at - HEADER + GUID_AT, sizeof(k->guid)) != 0)
		return false;
	for (size_t i = 0; i < k->n_words; i++) {
		const struct cs_name_word *w = &k->words[i];
		uint32_t found = cs_load32(body.at + w->at);

		if (memcmp(body.at + done, k->body.at + done, w->at - done) != 0)
			return false;
		done = w->at + 4u;
		if (w->outside) {
			if ((found == 0 || found != found_at[w->outside - 1]) &&
			    !same_name(chunk, found, k->names[w->outside - 1]))
				return false;
			found_at[w->outside - 1] = found;
			continue;
		}
		if (found != base + done)
			return false;
		/* Its first word is the next name of a hash bucket. */
		done += 4;
	}
	return memcmp(body.at + done, k->body.at + done, body.len - done) == 0;
}

static struct cs_kept **
bucket_of(struct cs_store *s, cs_bytes body)
{
	uint32_t id = cs_load32(body.at - HEADER + GUID_AT);

	return &s->buckets[((id ^ body.len) * 0x9e3779b1u >> 20) %
	                   CS_STORE_BUCKETS];
}

struct cs_kept *
cs_store_find(struct cs_store *s, cs_bytes chunk, cs_bytes body)
{
	if (body.at - chunk.at < HEADER)
		return NULL;
	for (struct cs_kept *k = *bucket_of(s, body); k; k = k->next)
		if (same(k, chunk, body))
			return k;
	return NULL;
}

/* ---- to keep one ---------------------------------------------------------- */

struct cs_name_uses *
cs_store_uses(struct cs_store *s, cs_bytes chunk, cs_bytes body)
{
	struct cs_name_uses *u = &s->uses;
	size_t most = body.len / LEAST_OF_NAME + 1;

	s->arena.limit = MAX_STORE_BYTES;
	if (body.at - chunk.at < HEADER || body.len > UINT16_MAX ||
	    s->arena.full)
		return NULL;
	if (most > u->room) {
		free(u->at);
		u->at = malloc(most * sizeof(*u->at));
		u->room = u->at ? most : 0;
	}
	u->n = 0;
	u->over = false;
	return u->at ? u : NULL;
}

struct outside {
	uint32_t at[MAX_OUTSIDE];       /* in the chunk */
	cs_bytes *names;
	size_t n;
};

/* Which of those outside it is, from 1; 0: no room.  The same few names come
 * again and again. */
static uint16_t
outside(cs_arena *a, struct outside *o, const struct cs_name_use *use)
{
	uint8_t *copy;

	for (size_t i = 0; i < o->n; i++)
		if (o->at[i] == use->name)
			return (uint16_t)(i + 1);
	copy = o->n < MAX_OUTSIDE ? cs_room(a, use->units.len) : NULL;
	if (!copy)
		return 0;
	memcpy(copy, use->units.at, use->units.len);
	o->at[o->n] = use->name;
	o->names[o->n++] = (cs_bytes){ copy, use->units.len };
	return (uint16_t)o->n;
}

/* All the words of names, in their order, or none of them: false. */
static bool
take_words(cs_arena *a, const struct cs_name_uses *u, uint32_t base,
           struct cs_name_word *words, struct outside *o)
{
	uint32_t behind = 0;

	for (size_t i = 0; i < u->n; i++) {
		const struct cs_name_use *use = &u->at[i];
		uint32_t at = use->word - base;

		if (at < behind)
			return false;
		words[i] = (struct cs_name_word){ .at = (uint16_t)at };
		behind = at + 4;
		if (use->name == use->word + 4)
			behind += 4;
		else if ((words[i].outside = outside(a, o, use)) == 0)
			return false;
	}
	return true;
}

static size_t
count_outside(const struct cs_name_uses *u)
{
	size_t n = 0;

	for (size_t i = 0; i < u->n; i++)
		n += u->at[i].name != u->at[i].word + 4;
	return n < MAX_OUTSIDE ? n : MAX_OUTSIDE;
}

struct cs_kept *
cs_store_keep(struct cs_store *s, cs_bytes chunk, cs_bytes body)
{
	const struct cs_name_uses *u = &s->uses;
	struct cs_kept *k = cs_alloc(&s->arena, sizeof(*k));
	uint8_t *copy = cs_room(&s->arena, body.len);
	struct cs_name_word *words = cs_room_n(&s->arena, u->n, sizeof(*words));
	struct outside o = { .n = 0 };
	struct cs_kept **bucket = bucket_of(s, body);
	size_t most = count_outside(u);

	o.names = cs_room_n(&s->arena, most, sizeof(*o.names));
	if (!k || !copy || !words || !o.names || u->over ||
	    !take_words(&s->arena, u, (uint32_t)(body.at - chunk.at), words, &o))
		return NULL;
	memcpy(copy, body.at, body.len);
	memcpy(k->guid, body.at - HEADER + GUID_AT, sizeof(k->guid));
	k->body = (cs_bytes){ copy, body.len };
	k->words = words;
	k->n_words = u->n;
	k->names = o.names;
	k->next = *bucket;
	*bucket = k;
	return k;
}
