/*
 * fuzz_transcoder.c - UTF-16 as UTF-8, as XML and as JSON, against the slowest
 * way to do it: a character at a time, read back with a parser
 */
#include "fuzz.h"

#include "base/utf.h"
#include "read/jsonparse.h"
#include "read/jsontext.h"
#include "read/xmlout.h"

#include <expat.h>
#include <string.h>

struct text {
	char *at;
	size_t len;
};

static uint32_t
unit(cs_bytes b, size_t i)
{
	return b.at[2 * i] | (uint32_t)b.at[2 * i + 1] << 8;
}

/* One for each unit that has no partner. */
static size_t
characters(cs_bytes b, uint32_t *ret)
{
	size_t units = b.len / 2, n = 0;

	for (size_t i = 0; i < units; i++) {
		uint32_t c = unit(b, i), low = i + 1 < units ? unit(b, i + 1) : 0;

		if (c >= 0xd800 && c < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			i++;
		} else if (c >= 0xd800 && c < 0xe000) {
			c = 0xfffd;
		}
		ret[n++] = c;
	}
	return n;
}

static void
add(struct text *t, uint32_t c)
{
	t->len += cs_put_utf8(t->at + t->len, c);
}

static bool
in_xml(uint32_t c)
{
	return (c >= 0x20 || c == '\t' || c == '\n' || c == '\r') &&
	       c != 0xfffe && c != 0xffff;
}

static void
on_text(void *user, const XML_Char *at, int len)
{
	struct text *t = user;

	memcpy(t->at + t->len, at, (size_t)len);
	t->len += (size_t)len;
}

static void
look_at_xml(cs_bytes b, const uint32_t *c, size_t n, struct text wanted)
{
	XML_Parser p = XML_ParserCreate("UTF-8");
	struct cs_xml xml = { NULL };
	struct text got = { malloc(b.len * 4 + 16), 0 };

	PROMISE(p && got.at);
	cs_xml_utf16(&xml, b);
	PROMISE(!xml.full);
	XML_SetUserData(p, &got);
	XML_SetCharacterDataHandler(p, on_text);
	PROMISE(XML_Parse(p, "<a>", 3, 0) == XML_STATUS_OK);
	PROMISE(XML_Parse(p, xml.at ? xml.at : "", (int)xml.len, 0) == XML_STATUS_OK);
	PROMISE(XML_Parse(p, "</a>", 4, 1) == XML_STATUS_OK);
	while (n > 0 && c[n - 1] == 0)
		n--;
	for (size_t i = 0; i < n; i++)
		add(&wanted, in_xml(c[i]) ? c[i] : 0xfffd);
	PROMISE(got.len == wanted.len);
	PROMISE(got.len == 0 || memcmp(got.at, wanted.at, got.len) == 0);
	XML_ParserFree(p);
	cs_xml_end(&xml);
	free(got.at);
}

/* Without NULs at the end, with LF for every end of a line. */
static void
look_at_json(cs_bytes b, const uint32_t *c, size_t n, struct text wanted)
{
	struct cs_value v = { .name = CS_TEXT(""), .type = CS_UTF16, .raw = b };
	cs_arena a = { 0 };
	char *json = malloc(CS_JSON_ROOM(b.len));
	struct cs_json_in in = { .at = 0, .arena = &a };
	cs_text got;

	PROMISE(json);
	in.text = (cs_text){ json, cs_json_put(json, &a, &v,
	                                         b.at + b.len) };
	PROMISE(in.text.len <= CS_JSON_ROOM(b.len));
	PROMISE(cs_json_value(&in, &got) == CS_JSON_STRING && cs_json_at_end(&in));
	while (n > 0 && c[n - 1] == 0)
		n--;
	for (size_t i = 0; i < n; i++) {
		if (c[i] == '\r' && i + 1 < n && c[i + 1] == '\n')
			continue;
		add(&wanted, c[i] == 0 ? 0xfffd : c[i] == '\r' ? '\n' : c[i]);
	}
	PROMISE(got.len == wanted.len);
	PROMISE(got.len == 0 || memcmp(got.at, wanted.at, got.len) == 0);
	got = cs_value_text(&a, &v);
	PROMISE(got.len == wanted.len);
	PROMISE(got.len == 0 || memcmp(got.at, wanted.at, got.len) == 0);
	cs_arena_free(&a);
	free(json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cs_bytes b = { data, size };
	uint32_t *c = malloc((size / 2 + 1) * sizeof(*c));
	struct text wanted = { malloc(size * 2 + 16), 0 };
	char *to = malloc(size / 2 * 3 + 1);
	size_t n;

	PROMISE(c && wanted.at && to);
	n = characters(b, c);
	look_at_xml(b, c, n, wanted);
	look_at_json(b, c, n, wanted);
	for (size_t i = 0; i < n; i++)
		add(&wanted, c[i]);
	PROMISE(cs_put_utf16le(to, b, NULL) == wanted.len);
	PROMISE(wanted.len == 0 || memcmp(to, wanted.at, wanted.len) == 0);
	free(to);
	free(wanted.at);
	free(c);
	return 0;
}
