/* fuzz_value.c - one event value: its type is the first byte, the rest is it */
#include "fuzz.h"

#include "read/array.h"
#include "read/value.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cs_value v = { .name = CS_TEXT("") };
	cs_arena a = { .limit = (size_t)(64 * MIB) };
	cs_bytes rest, item;
	uint64_t n;

	if (size == 0)
		return 0;
	v.type = (enum cs_type)(data[0] & ~CS_ARRAY_FLAG);
	v.raw = rest = (cs_bytes){ data + 1, size - 1 };
	fuzz_text(cs_value_text(&a, &v));
	cs_value_number(&v, &n);
	cs_value_time(&v, &n);
	while (data[0] & CS_ARRAY_FLAG && rest.len > 0) {
		size_t before = rest.len;

		item = cs_array_next(v.type, &rest);
		PROMISE(rest.len < before && item.len <= before);
		v.raw = item;
		cs_arena_reset(&a);
		fuzz_text(cs_value_text(&a, &v));
	}
	cs_arena_free(&a);
	return 0;
}
