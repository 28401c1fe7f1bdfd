/* fuzz_docxml.c - reports in XML */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_reader(&cs_format_doc_xml, "x.xml", data, size);
}
