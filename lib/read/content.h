/*
 * content.h - the content of one step, as a value or as text
 *
 * Used by expand.c and markup.c.  All text that is made here is in scratch memory and
 * paid for from the budget of the event.
 */
#ifndef CS_CONTENT_H
#define CS_CONTENT_H

#include "read/expand.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* What a step costs of the budget, whatever it does: a chunk can then run
 * 131,072 of them, and the fullest real one has about 20,000.  A value costs
 * more, since it will be put in text as well; a double is slow at that, and
 * very large and very small ones are very slow. */
#define STEP_COST 32
#define VALUE_COST 128
#define DOUBLE_COST 128
#define FAR_DOUBLE_COST 2048

/* The values of one template instance; elements without a template have
 * none. */
struct cs_stored_values {
	const uint8_t *chunk;
	const uint8_t *descriptors;     /* of each value, as CS_DESCRIPTOR */
	const uint32_t *offsets;        /* in the chunk */
	size_t n;
	uint8_t types;          /* all of them, or'ed: CS_ARRAY_FLAG */
	cs_text path;           /* what the names below begin with */
};

void cs_overspent(struct cs_expand *x);

/* False: that is more than is left of the budget. */
static inline bool
cs_pay(struct cs_expand *x, uint64_t cost)
{
	if (!x->over && cost <= x->left) {
		x->left -= cost;
		return true;
	}
	cs_overspent(x);
	return false;
}

/* Types whose text cs_value_put() makes, for VALUE_COST. */
#define SHORT_TYPES \
	(1u << CS_I8 | 1u << CS_U8 | 1u << CS_I16 | 1u << CS_U16 | \
	 1u << CS_I32 | 1u << CS_U32 | 1u << CS_I64 | 1u << CS_U64 | \
	 1u << CS_BOOL | 1u << CS_BINARY | 1u << CS_GUID | 1u << CS_SIZE | \
	 1u << CS_FILETIME | 1u << CS_SYSTEMTIME | 1u << CS_SID | \
	 1u << CS_HEX32 | 1u << CS_HEX64)

static inline bool
cs_is_short(unsigned type)
{
	return type < 32 && (SHORT_TYPES >> type & 1);
}

uint64_t cs_float_cost(enum cs_type type, cs_bytes raw);

static inline uint64_t
cs_value_cost(enum cs_type type, cs_bytes raw)
{
	if (type == CS_FLOAT || type == CS_DOUBLE)
		return cs_float_cost(type, raw);
	return VALUE_COST + raw.len;
}

static inline uint32_t
cs_descriptor(const uint8_t *descriptors, size_t i)
{
	return cs_load32(descriptors + i * CS_DESCRIPTOR_BYTES) & 0xffffff;
}

static inline uint8_t
cs_slot_type(cs_slot s)
{
	return (uint8_t)(s >> 48);
}

static inline cs_bytes
cs_slot_bytes(const struct cs_stored_values *v, cs_slot s)
{
	return (cs_bytes){ v->chunk + (uint32_t)s, s >> 32 & 0xffff };
}

/* NULL where the instance has fewer values. */
static inline cs_slot
cs_slot_at(const struct cs_stored_values *v, uint16_t index)
{
	if (index >= v->n)
		return (cs_slot)CS_NULL << 48;
	return (cs_slot)cs_descriptor(v->descriptors, index) << 32 |
	       v->offsets[index];
}

/* Bit n: value n is NULL.  There are 64 at most. */
static inline uint64_t
cs_nulls(const struct cs_stored_values *v)
{
	const uint8_t *p = v->descriptors;
	uint64_t nulls = 0;
	size_t i = 0;

#ifdef __SSE2__
	for (; i + 4 <= v->n; i += 4, p += 4 * CS_DESCRIPTOR_BYTES) {
		__m128i four = _mm_and_si128(_mm_loadu_si128((const void *)p),
		                             _mm_set1_epi32(0xff0000));

		four = _mm_cmpeq_epi32(four, _mm_setzero_si128());
		nulls |= (uint64_t)(unsigned)
		         _mm_movemask_ps(_mm_castsi128_ps(four)) << i;
	}
#endif
	for (; i < v->n; i++, p += CS_DESCRIPTOR_BYTES)
		nulls |= (uint64_t)(p[2] == CS_NULL) << i;
	return nulls;
}

static inline struct cs_stored
cs_stored_at(const struct cs_stored_values *v, uint16_t index)
{
	cs_slot s = cs_slot_at(v, index);

	if (index >= v->n)
		return (struct cs_stored){ { NULL, 0 }, CS_NULL };
	return (struct cs_stored){ cs_slot_bytes(v, s), cs_slot_type(s) };
}

/* What is left of a number in so many bytes, 1 to 8. */
static inline uint64_t
cs_low_bytes_of(uint64_t n, unsigned size)
{
	return n & UINT64_MAX >> (64 - size * 8);
}

/* The number in so many bytes, of eight that can be read. */
static inline uint64_t
cs_low_bytes(const uint8_t *p, unsigned size)
{
	return cs_low_bytes_of(cs_load64(p), size);
}

/* The bytes of that value as a number.  False: it is another type. */
static inline bool
cs_plain_number(struct cs_stored s, uint32_t types, uint64_t *ret)
{
	if (s.type > 31 || !(types >> s.type & 1))
		return false;
	if (s.type == CS_U8 && s.raw.len == 1)
		*ret = s.raw.at[0];
	else if (s.type == CS_U16 && s.raw.len == 2)
		*ret = cs_load16(s.raw.at);
	else if (s.type == CS_U32 && s.raw.len == 4)
		*ret = cs_load32(s.raw.at);
	else if (s.type > CS_U32 && s.raw.len == 8)
		*ret = cs_load64(s.raw.at);
	else
		return false;
	return true;
}

/* Whether the text of the value is "". */
bool cs_is_empty(enum cs_type type, cs_bytes raw);

/* The text of the parts one behind the other.  Of arrays the item 'k', or all
 * items where 'all' is set. */
cs_text cs_parts_text(struct cs_expand *x, const struct cs_part *parts,
                      size_t n, const struct cs_stored_values *v, size_t k,
                      bool all);

/* Appends it to the text that is being gathered. */
void cs_add_parts(struct cs_expand *x, const struct cs_part *parts, size_t n,
                  const struct cs_stored_values *v, size_t k, bool all);

/* The content of a step as one value: typed where it is one part. */
struct cs_value cs_content(struct cs_expand *x, const struct cs_step *step,
                           const struct cs_stored_values *v);

/* CS_STEP_SYSTEM. */
void cs_system_step(struct cs_expand *x, const struct cs_step *step,
                    const struct cs_stored_values *v);

/* The binary XML in a value; a value is always a view into the chunk. */
void cs_expand_fragment(struct cs_expand *x, cs_bytes raw,
                        enum cs_where where, cs_text path);

/* What to run for an instance.  NULL: its template is lost, or cannot be
 * compiled; what is wrong is noted, and makes the event doubtful. */
const struct cs_program *cs_program_of(struct cs_expand *x,
                                       const struct cs_instance *i,
                                       enum cs_where where);

/* Descriptors of size, type and a zero, then the values back to back.  The
 * count is foreign: it is cut to what the bytes left can hold. */
bool cs_read_values(struct cs_expand *x, size_t at, size_t end,
                    struct cs_stored_values *v, size_t *ret_end);

/* The same of an instance that is sound; false, and no note: it is not. */
bool cs_read_slots(struct cs_expand *x, size_t at, size_t end,
                   struct cs_stored_values *v, size_t *ret_end);

/* What is next of a document or fragment. */
enum cs_fragment_kind {
	CS_FRAGMENT_END, CS_FRAGMENT_INSTANCE, CS_FRAGMENT_ELEMENTS
};
enum cs_fragment_kind cs_fragment_next(cs_bytes chunk, size_t *at, size_t end);

#endif
