/* fuzz_json.c - JSON texts, damaged ones too */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_reader(&cs_format_json, "x.json", data, size);
}
