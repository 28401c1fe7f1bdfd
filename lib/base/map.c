#include "base/map.h"

#include "base/bytes.h"

/* Keys that differ in the case of letters must not differ here; that some
 * others do not either costs nothing. */
#define NO_CASE UINT64_C(0x2020202020202020)

static uint64_t
mix(uint64_t h, uint64_t word)
{
	h ^= word | NO_CASE;
	return (h ^ h >> 32) * UINT64_C(0x9e3779b97f4a7c15);
}

static size_t
hash(cs_text key)
{
	const uint8_t *p = (const uint8_t *)key.at;
	uint64_t h = key.len, last = 0;
	size_t n = key.len;

	for (; n >= 8; n -= 8, p += 8)
		h = mix(h, cs_load64(p));
	while (n > 0)
		last = last << 8 | p[--n];
	h = mix(h, last);
	return (size_t)(h ^ h >> 32);
}

/* The slot of the key, or the empty one where it belongs. */
static struct cs_slot *
find(const cs_map *m, cs_text key)
{
	size_t i = hash(key) & (m->size - 1);

	while (m->slots[i].value && !cs_same_caseless(m->slots[i].key, key))
		i = (i + 1) & (m->size - 1);
	return &m->slots[i];
}

void *
cs_map_get(const cs_map *m, cs_text key)
{
	return m->size ? find(m, key)->value : NULL;
}

static bool
grow(cs_arena *a, cs_map *m)
{
	cs_map bigger = { .size = m->size ? m->size * 2 : 16, .n = m->n };

	bigger.slots = cs_alloc_n(a, bigger.size, sizeof(*bigger.slots));
	if (!bigger.slots)
		return false;
	for (size_t i = 0; i < m->size; i++)
		if (m->slots[i].value)
			*find(&bigger, m->slots[i].key) = m->slots[i];
	*m = bigger;
	return true;
}

bool
cs_map_set(cs_arena *a, cs_map *m, cs_text key, void *value)
{
	struct cs_slot *slot;

	if (m->n + 1 > m->size / 2 && !grow(a, m))
		return false;
	slot = find(m, key);
	m->n += !slot->value;
	slot->key = key;
	slot->value = value;
	return true;
}
