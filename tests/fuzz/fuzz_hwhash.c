/* fuzz_hwhash.c - a hardware hash and the CSV around it */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_reader(&cs_format_device_hash, "DeviceHash_X.csv", data, size);
}
