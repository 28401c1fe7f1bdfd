#include "base/map.h"

static unsigned char
lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static size_t
hash(cs_text key)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < key.len; i++)
		h = (h ^ lower(key.at[i])) * UINT64_C(1099511628211);
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
