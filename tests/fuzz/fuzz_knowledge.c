/* fuzz_knowledge.c - knowledge text, on nothing that was known before */
#include "fuzz.h"

#include "know/know.h"
#include "know/pattern.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char empty[] = "";
	cs_text text = { size > 0 ? (const char *)data : empty, size };
	cabscan_error err = { CABSCAN_OK, "" };
	struct cs_know k;
	cs_text value;

	cs_know_begin(&k);
	if (cs_know_load(&k, "x.txt", text, &err) == CABSCAN_OK)
		cs_know_check(&k, &err);
	for (struct cs_pattern *p = k.patterns; p; p = cs_pattern_next(p))
		if (cs_pattern_find(p, CS_TEXT("VendorID:'STM '-aaaaaaaaaaaaaaaaaaaaab"),
		                    &value) == CS_MATCH)
			PROMISE(value.len <= 40);
	cs_know_end(&k);
	return 0;
}
