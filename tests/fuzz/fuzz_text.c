/* fuzz_text.c - text of either encoding becomes UTF-8, and escapes of it */
#include "fuzz.h"

#include "base/utf.h"
#include "read/jsontext.h"
#include "read/xmlout.h"

#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cs_bytes b = { data, size };
	cs_arena a = { 0 };
	struct cs_xml xml = { NULL };
	size_t bad, len = size / 2 * 3;
	bool utf16;
	char *to = malloc(len + CS_JSON_ROOM(size)), *json = to + len;
	cs_text t;

	PROMISE(to);
	t = cs_from_utf16le(&a, b, &bad);
	fuzz_text(t);
	PROMISE(cs_put_utf16le(to, b, NULL) == t.len);
	PROMISE(t.len == 0 || memcmp(to, t.at, t.len) == 0);
	t = cs_clean_utf8(&a, (cs_text){ (const char *)data, size }, &bad);
	fuzz_text(t);
	if (bad == 0) {
		len = cs_json_put_text(json, t);
		PROMISE(len <= CS_JSON_ROOM(size));
		fuzz_text((cs_text){ json, len });
	}
	cs_xml_text(&xml, t);
	cs_xml_utf16(&xml, b);
	PROMISE(!xml.full);
	fuzz_text((cs_text){ xml.at ? xml.at : "", xml.len });
	cs_xml_end(&xml);
	t = cs_text_file(&a, b, &utf16, &bad);
	PROMISE(t.len <= size * 3);
	cs_arena_free(&a);
	free(to);
	return 0;
}
