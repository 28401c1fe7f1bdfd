/* fuzz_chunk.c - the records of one chunk, the framing around them sound */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_records(data, size);
	return 0;
}
