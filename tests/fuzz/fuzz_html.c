/* fuzz_html.c - the report as a page */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_reader(&cs_format_html, "x.html", data, size);
}
