#include "read/xmlout.h"

#include "base/utf.h"
#include "read/value.h"

#include <stdlib.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* The most that one UTF-16 unit, or byte of UTF-8, grows to: "&#x200e;". */
#define MOST_OF_UNIT 8

void
cs_xml_end(struct cs_xml *x)
{
	free(x->at);
	*x = (struct cs_xml){ NULL };
}

char *
cs_xml_grow(struct cs_xml *x, size_t more)
{
	size_t want = x->len + more;
	char *bigger;

	if (x->full || want > CS_MAX_XML) {
		x->full = true;
		return NULL;
	}
	want = want < 4096 ? 8192 : want * 2;
	bigger = realloc(x->at, want);
	if (!bigger) {
		x->full = true;
		return NULL;
	}
	x->at = bigger;
	x->room = want;
	return x->at + x->len;
}

/* ---- characters ------------------------------------------------------ */

static char *
put_z(char *to, const char *z)
{
	while (*z)
		*to++ = *z++;
	return to;
}

/* A character below 0x80. */
static char *
put_ascii(char *to, unsigned char c, bool in_attribute)
{
	switch (c) {
	case '&':
		return put_z(to, "&amp;");
	case '<':
		return put_z(to, "&lt;");
	case '>':
		return put_z(to, "&gt;");
	case '\r':
		return put_z(to, "&#13;");
	case '"':
		if (in_attribute)
			return put_z(to, "&quot;");
		break;
	case '\t':
		if (in_attribute)
			return put_z(to, "&#9;");
		break;
	case '\n':
		if (in_attribute)
			return put_z(to, "&#10;");
		break;
	default:
		if (c < 0x20)
			return put_z(to, "\xef\xbf\xbd");
	}
	*to = (char)c;
	return to + 1;
}

/* Above 0x7e; what a terminal would obey is a character reference. */
static char *
put_wide(char *to, uint32_t c)
{
	if (c == 0xfffe || c == 0xffff)         /* XML cannot hold them */
		c = 0xfffd;
	if (!cs_is_unshown(c))
		return to + cs_put_utf8(to, c);
	to = put_z(to, "&#x");
	for (int shift = c > 0xff ? 12 : 4; shift >= 0; shift -= 4)
		*to++ = "0123456789abcdef"[c >> shift & 15];
	*to++ = ';';
	return to;
}

/* Copies units from 0x20 to 0x7e that need no escape, and tells how many. */
static size_t
plain_run(char *to, const uint8_t *units, size_t n)
{
	size_t i = 0;

#ifdef __SSE2__
	const __m128i low = _mm_set1_epi8(0x1f), amp = _mm_set1_epi8('&');
	const __m128i quot = _mm_set1_epi8('"'), lt = _mm_set1_epi8('<');
	const __m128i gt = _mm_set1_epi8('>'), del = _mm_set1_epi8(0x7f);

	for (; i + 16 <= n; i += 16) {
		__m128i a = _mm_loadu_si128((const void *)(units + i * 2));
		__m128i b = _mm_loadu_si128((const void *)(units + i * 2 + 16));
		__m128i c = _mm_packus_epi16(a, b);
		/* What is no ASCII is saturated to 0xff or 0, both below. */
		__m128i ok = _mm_andnot_si128(_mm_cmpeq_epi8(c, del),
		                              _mm_cmpgt_epi8(c, low));
		__m128i bad = _mm_or_si128(
			_mm_or_si128(_mm_cmpeq_epi8(c, amp),
			             _mm_cmpeq_epi8(c, quot)),
			_mm_or_si128(_mm_cmpeq_epi8(c, lt),
			             _mm_cmpeq_epi8(c, gt)));

		if (_mm_movemask_epi8(_mm_andnot_si128(bad, ok)) != 0xffff)
			break;
		_mm_storeu_si128((void *)(to + i), c);
	}
#endif
	for (; i < n; i++) {
		unsigned c = cs_load16(units + i * 2);

		if (c < 0x20 || c > 0x7e || c == '&' || c == '<' || c == '>' ||
		    c == '"')
			break;
		to[i] = (char)c;
	}
	return i;
}

void
cs_xml_utf16(struct cs_xml *x, cs_bytes b)
{
	size_t n = b.len / 2, i = 0;
	char *to;

	while (n > 0 && cs_load16(b.at + n * 2 - 2) == 0)
		n--;
	to = cs_xml_room(x, n * MOST_OF_UNIT + 16);
	if (!to)
		return;
	while (i < n) {
		size_t plain = plain_run(to, b.at + i * 2, n - i);
		uint32_t c, low;

		to += plain;
		i += plain;
		if (i == n)
			break;
		c = cs_load16(b.at + i * 2);
		low = i + 1 < n ? cs_load16(b.at + i * 2 + 2) : 0;
		i++;
		if (c < 0x7f) {
			to = put_ascii(to, (unsigned char)c, x->in_attribute);
		} else if (c >= 0xd800 && c < 0xdc00 && low >= 0xdc00 &&
		           low < 0xe000) {
			to = put_wide(to, 0x10000 + ((c - 0xd800) << 10) +
			                  (low - 0xdc00));
			i++;
		} else {
			to = put_wide(to, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
		}
	}
	x->len = (size_t)(to - x->at);
}

void
cs_xml_text(struct cs_xml *x, cs_text t)
{
	char *to = cs_xml_room(x, t.len * MOST_OF_UNIT);

	for (size_t i = 0; to && i < t.len; ) {
		unsigned char c = (unsigned char)t.at[i];
		uint32_t wide;

		if (c < 0x7f) {
			to = put_ascii(to, c, x->in_attribute);
			i++;
		} else {
			i += cs_get_utf8(t, i, &wide);
			to = put_wide(to, wide);
		}
	}
	if (to)
		x->len = (size_t)(to - x->at);
}

/* ---- names ----------------------------------------------------------- */

/* Letters in all editions of XML 1.0: parsers go by the fourth or the fifth, and
 * the fourth has far fewer. */
static bool
begins_name(uint32_t c)
{
	static const struct { uint16_t first, last; } letters[] = {
		{ 0xc0, 0xd6 }, { 0xd8, 0xf6 }, { 0xf8, 0x131 }, { 0x134, 0x13e },
		{ 0x141, 0x148 }, { 0x14a, 0x17e }, { 0x180, 0x1c3 },
		{ 0x388, 0x38a }, { 0x38e, 0x3a1 }, { 0x3a3, 0x3ce },
		{ 0x401, 0x40c }, { 0x40e, 0x44f }, { 0x451, 0x45c },
		{ 0x45e, 0x481 }, { 0x5d0, 0x5ea }, { 0x621, 0x63a },
		{ 0x641, 0x64a }, { 0x3041, 0x3094 }, { 0x30a1, 0x30fa },
		{ 0x4e00, 0x9fa5 }, { 0xac00, 0xd7a3 },
	};

	if (c < 0x80)
		return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		       c == '_';
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (c >= letters[i].first && c <= letters[i].last)
			return true;
	return false;
}

static bool
is_in_name(uint32_t c)
{
	return begins_name(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
	       c == ':' || c == 0xb7;
}

void
cs_xml_name(struct cs_xml *x, cs_bytes units)
{
	size_t n = units.len / 2;
	char *to = cs_xml_room(x, n * 3 + 1);

	for (size_t i = 0; to && i < n; i++) {
		uint32_t c = cs_load16(units.at + i * 2);

		if (!(i == 0 ? begins_name(c) : is_in_name(c)))
			c = '_';
		to += cs_put_utf8(to, c);
	}
	if (to && n == 0)
		*to++ = '_';
	if (to)
		x->len = (size_t)(to - x->at);
}

/* ---- values ---------------------------------------------------------- */

void
cs_xml_value(struct cs_xml *x, cs_arena *scratch, enum cs_type type,
             cs_bytes raw)
{
	struct cs_value v = { CS_TEXT(""), type, raw };
	size_t n;
	char *to;

	if (type == CS_NULL || raw.len == 0)
		return;
	if (type == CS_UTF16 || type == CS_EVTXML) {
		cs_xml_utf16(x, raw);
	} else if (type == CS_UTF8 || type == CS_ANSI) {
		cs_xml_text(x, cs_value_text(scratch, &v));
	} else {
		to = cs_xml_room(x, CS_VALUE_CHARS + raw.len * 2);
		n = to ? cs_value_put(to, &v) : 0;
		x->len += n;
	}
}
