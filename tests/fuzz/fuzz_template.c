/*
 * fuzz_template.c - the definition of a template, and the values of an instance
 *
 * The input: the size of the definition's body (2 bytes), the body, then for
 * each value its type, its size, and its bytes.  What is around them is sound.
 */
#include "fuzz.h"

#include <string.h>

#define MOST 60000
#define MAX_VALUES 64

struct writer {
	uint8_t bytes[MOST + 4096];
	size_t n;
};

static void
put(struct writer *w, uint64_t v, size_t len)
{
	for (; len > 0; len--, v >>= 8)
		w->bytes[w->n++] = (uint8_t)v;
}

static void
put_values(struct writer *w, const uint8_t *data, size_t size)
{
	const uint8_t *from[MAX_VALUES];
	size_t n = 0, at = 0;
	size_t count = w->n;

	put(w, 0, 4);
	while (n < MAX_VALUES && size - at >= 2) {
		size_t len = data[at + 1];

		if (len > size - at - 2)
			len = size - at - 2;
		put(w, len, 2);
		put(w, data[at], 1);
		put(w, 0, 1);
		from[n++] = data + at + 2;
		at += 2 + len;
	}
	w->bytes[count] = (uint8_t)n;
	for (size_t i = 0; i < n; i++) {
		size_t len = w->bytes[count + 4 + i * 4];

		if (len > 0)
			memcpy(w->bytes + w->n, from[i], len);
		w->n += len;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct writer w;
	size_t body;

	if (size < 2 || size > MOST - MAX_VALUES * 256)
		return 0;
	body = data[0] | (size_t)data[1] << 8;
	if (body > size - 2)
		body = size - 2;
	w.n = 0;
	put(&w, 0x0001010f, 4);         /* the header of a fragment */
	put(&w, 0x010c, 2);             /* an instance */
	put(&w, 0x1234, 4);
	put(&w, FUZZ_EVENT_AT + w.n + 4, 4);
	put(&w, 0, 4);                  /* its definition follows */
	put(&w, 0x1234, 16);
	put(&w, body, 4);
	if (body > 0)
		memcpy(w.bytes + w.n, data + 2, body);
	w.n += body;
	put_values(&w, data + 2 + body, size - 2 - body);
	fuzz_event(w.bytes, w.n);
	return 0;
}
