/* fuzz_chunk.c - the records of one chunk, the framing around them sound */
#include "fuzz.h"

#include "base/crc32.h"
#include "read/evtx.h"

#include <string.h>

#define CHUNK 65536
#define HEADER 512

static void
put32(uint8_t *at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(v >> (8 * i));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t chunk[CHUNK];
	size_t n = size < CHUNK - HEADER ? size : CHUNK - HEADER;
	struct cs_member m = { .name = CS_TEXT("x.evtx"), .size = CHUNK,
	                       .bytes = { chunk, CHUNK } };
	struct cs_scan s;
	struct fuzz_sink sink = fuzz_sink(&s);
	struct cs_evtx_counts counts;

	memset(chunk, 0, sizeof(chunk));
	memcpy(chunk, "ElfChnk", 8);
	put32(chunk + 48, (uint32_t)(HEADER + n));
	put32(chunk + 120, 4);          /* no checksums */
	if (n > 0)
		memcpy(chunk + HEADER, data, n);
	fuzz_scan_begin(&s);
	cs_evtx_visit(&s, &m, NULL, &sink.sink, &counts);
	PROMISE(counts.chunks == 1);
	fuzz_scan_end(&s);
	return 0;
}
