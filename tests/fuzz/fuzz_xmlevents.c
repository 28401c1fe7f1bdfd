/* fuzz_xmlevents.c - exported events */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_reader(&cs_format_event_xml, "x.xml", data, size);
}
