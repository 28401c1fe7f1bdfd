/* fuzz_lines.c - the text that a command printed */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_reader(&cs_format_lines, "x_Output.txt", data, size);
}
