/* fuzz_evtx.c - a whole event log */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_reader(&cs_format_evtx, "x.evtx", data, size);
}
