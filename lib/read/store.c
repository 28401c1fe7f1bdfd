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
	free(s->words);
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
	size_t done = 0;

	if (k->body.len != body.len ||
	    memcmp(k->guid, body.at - HEADER + GUID_AT, sizeof(k->guid)) != 0)
		return false;
	for (size_t i = 0; i < k->n_words; i++) {
		const struct cs_name_word *w = &k->words[i];
		uint32_t found = cs_load32(body.at + w->at);

		if (memcmp(body.at + done, k->body.at + done, w->at - done) != 0)
			return false;
		done = w->at + 4;
		if (!w->inside) {
			if (!same_name(chunk, found, w->units))
				return false;
			continue;
		}
		/* Its first word is the next name of a hash bucket. */
		if (found != base + w->inside)
			return false;
		if (w->inside == done)
			done += 4;
	}
	return memcmp(body.at + done, k->body.at + done, body.len - done) == 0;
}

/* ---- to keep one ---------------------------------------------------------- */

/* All the name words of a body, or none of them: false. */
static bool
find_words(cs_arena *a, cs_bytes chunk, cs_bytes body,
           struct cs_name_word *words, size_t max, size_t *ret_n)
{
	size_t base = (size_t)(body.at - chunk.at);
	struct cs_binxml x = { .chunk = chunk, .pos = base,
	                       .end = base + body.len, .dependencies = true };
	struct cs_token t;
	size_t n = 0, behind = 0;

	for (cs_binxml_next(&x, &t); t.kind != CS_TOK_END;
	     cs_binxml_next(&x, &t)) {
		cs_bytes units = t.name_units;

		if (t.kind == CS_TOK_BAD || t.kind == CS_TOK_INSTANCE)
			return false;
		if (t.name_word == 0)
			continue;
		if (n == max || t.name_word < base + behind)
			return false;
		words[n] = (struct cs_name_word){
			.at = (uint32_t)(t.name_word - base)
		};
		behind = words[n].at + 4;
		if (t.name == t.name_word + 4) {
			words[n].inside = (uint32_t)behind;
			behind += 4;
		} else {
			uint8_t *copy = cs_room(a, units.len);

			if (!copy)
				return false;
			memcpy(copy, units.at, units.len);
			words[n].units = (cs_bytes){ copy, units.len };
		}
		n++;
	}
	*ret_n = n;
	return true;
}

/* Room that is used again for the next definition. */
static struct cs_name_word *
word_room(struct cs_store *s, size_t n)
{
	if (n > s->room_words) {
		free(s->words);
		s->words = malloc(n * sizeof(*s->words));
		s->room_words = s->words ? n : 0;
	}
	return s->words;
}

static struct cs_kept *
keep(struct cs_store *s, cs_bytes chunk, cs_bytes body)
{
	size_t max = body.len / LEAST_OF_NAME + 1;
	struct cs_kept *k = cs_alloc(&s->arena, sizeof(*k));
	uint8_t *copy = cs_room(&s->arena, body.len);
	struct cs_name_word *words = word_room(s, max), *kept;

	if (!k || !copy || !words ||
	    !find_words(&s->arena, chunk, body, words, max, &k->n_words))
		return NULL;
	kept = cs_room(&s->arena, k->n_words * sizeof(*kept));
	if (!kept)
		return NULL;
	memcpy(copy, body.at, body.len);
	memcpy(k->guid, body.at - HEADER + GUID_AT, sizeof(k->guid));
	k->body = (cs_bytes){ copy, body.len };
	if (k->n_words)
		memcpy(kept, words, k->n_words * sizeof(*kept));
	k->words = kept;
	return k;
}

struct cs_kept *
cs_store_take(struct cs_store *s, cs_bytes chunk, cs_bytes body)
{
	size_t at = (size_t)(body.at - chunk.at);
	struct cs_kept **bucket, *k;
	uint32_t id;

	if (at < HEADER || s->arena.full)
		return NULL;
	id = cs_load32(body.at - HEADER + GUID_AT);
	bucket = &s->buckets[((id ^ body.len) * 0x9e3779b1u >> 20) %
	                     CS_STORE_BUCKETS];
	for (k = *bucket; k; k = k->next)
		if (same(k, chunk, body))
			return k;
	s->arena.limit = MAX_STORE_BYTES;
	k = keep(s, chunk, body);
	if (k) {
		k->next = *bucket;
		*bucket = k;
	}
	return k;
}
