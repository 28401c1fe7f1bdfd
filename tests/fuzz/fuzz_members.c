/* fuzz_members.c - a cabinet, up to the bytes of its members */
#include "fuzz.h"

#include "cab/cab.h"

struct sink {
	struct cs_cab_sink cab;         /* first: the sink is this */
	uint64_t sum;
};

static bool
take(struct cs_cab_sink *sink, struct cs_member *m)
{
	struct sink *s = (struct sink *)sink;

	fuzz_text(m->name);
	PROMISE(m->bytes.len <= m->size);
	PROMISE(m->state != CABSCAN_MEMBER_NOT_READ || m->bytes.len == m->size);
	PROMISE(m->state != CABSCAN_MEMBER_LOST || m->bytes.len == 0);
	for (size_t i = 0; i < m->bytes.len; i++)
		s->sum += m->bytes.at[i];
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sink sink = { { take }, 0 };
	struct cs_scan s;
	cabscan_error err = { CABSCAN_OK, "" };

	fuzz_scan_begin(&s);
	if (!cs_read_cab(&s, CS_TEXT("x.cab"), (cs_bytes){ data, size },
	                 &sink.cab, &err)) {
		PROMISE(err.status != CABSCAN_OK);
		fuzz_text(cs_text_of(err.message));
	}
	fuzz_scan_end(&s);
	return 0;
}
