/* fuzz_record.c - the binary XML of one event, the record around it sound */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_event(data, size);
	return 0;
}
