/* fuzz_registry.c - a registry dump */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_reader(&cs_format_registry, "x.reg", data, size);
}
