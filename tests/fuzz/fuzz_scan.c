/* fuzz_scan.c - the whole path, as a caller of the library takes it: a CAB,
 * or a file whose name is the first line, and every report of it */
#include "fuzz.h"

#include <string.h>

struct report {
	const char *format;
	uint64_t bytes;
};

/* Nothing but text leaves, whatever the input holds. */
static int
take(void *user, const void *bytes, size_t len)
{
	struct report *r = user;
	const unsigned char *p = bytes;

	for (size_t i = 0; i < len; i++)
		PROMISE((p[i] >= 0x20 && p[i] != 0x7f) || p[i] == '\n' ||
		        (p[i] == '\t' && strcmp(r->format, "facts") == 0));
	r->bytes += len;
	return 0;
}

static void
look_at_case(const cabscan_case *c)
{
	const cabscan_fact *f;
	const char *format;

	for (size_t i = 0; (f = cabscan_fact_at(c, i)) != NULL; i++) {
		fuzz_text(cs_text_of(f->value));
		fuzz_text(cs_text_of(f->raw));
	}
	for (size_t i = 0; (format = cabscan_report_format(i)) != NULL; i++) {
		struct report r = { format, 0 };

		PROMISE(cabscan_report(c, format, take, &r, NULL) == CABSCAN_OK);
		PROMISE(r.bytes > 0);
	}
}

static cabscan *
scanner(void)
{
	static cabscan *cs;

	if (!cs) {
		cs = cabscan_new(NULL);
		PROMISE(cs);
		cabscan_set_limit(cs, CABSCAN_LIMIT_MEMBER_BYTES, MIB);
		cabscan_set_limit(cs, CABSCAN_LIMIT_TOTAL_BYTES, 4 * MIB);
		cabscan_set_limit(cs, CABSCAN_LIMIT_DECODE_BYTES, 8 * MIB);
		cabscan_set_limit(cs, CABSCAN_LIMIT_RECORDS, 20000);
	}
	return cs;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[64] = "x.cab";
	cabscan_input in = { name, data, size, CABSCAN_INPUT_AUTO };
	cabscan_error err = { CABSCAN_OK, "" };
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	cabscan_case *c = NULL;

	if (size == 0)
		return 0;
	if (end && data[0] != 'M' && (size_t)(end - data) < sizeof(name)) {
		memcpy(name, data, (size_t)(end - data));
		name[end - data] = '\0';
		in.size = size - (size_t)(end + 1 - data);
		in.data = end + 1;
		in.kind = CABSCAN_INPUT_MEMBER;
	}
	if (cabscan_scan(scanner(), "x", &in, 1, &c, &err) == CABSCAN_OK) {
		look_at_case(c);
		cabscan_case_free(c);
	} else {
		PROMISE(err.status != CABSCAN_OK && c == NULL);
	}
	return 0;
}
