#include "read/xmlout.h"

#include "base/plain.h"
#include "base/utf.h"
#include "read/value.h"

#include <stdlib.h>

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

static inline char *
put_utf16(char *to, cs_bytes b, const uint8_t *end, enum cs_plain kind)
{
	size_t n = b.len / 2, i = 0;

	while (n > 0 && cs_load16(b.at + n * 2 - 2) == 0)
		n--;
	while (i < n) {
		size_t plain = cs_plain_units(to, b.at + i * 2, n - i, end, kind);
		uint32_t c, low;

		to += plain;
		i += plain;
		if (i == n)
			break;
		c = cs_load16(b.at + i * 2);
		low = i + 1 < n ? cs_load16(b.at + i * 2 + 2) : 0;
		i++;
		if (c < 0x7f) {
			to = put_ascii(to, (unsigned char)c,
			               kind == CS_PLAIN_ATTRIBUTE);
		} else if (c >= 0xd800 && c < 0xdc00 && low >= 0xdc00 &&
		           low < 0xe000) {
			to = put_wide(to, 0x10000 + ((c - 0xd800) << 10) +
			                  (low - 0xdc00));
			i++;
		} else {
			to = put_wide(to, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
		}
	}
	return to;
}

char *
cs_xml_put_utf16(char *to, cs_bytes b, const uint8_t *end, bool in_attribute)
{
	return in_attribute ? put_utf16(to, b, end, CS_PLAIN_ATTRIBUTE)
	                    : put_utf16(to, b, end, CS_PLAIN_XML);
}

void
cs_xml_utf16(struct cs_xml *x, cs_bytes b)
{
	char *to = cs_xml_room(x, CS_XML_ROOM(b.len));

	if (to && b.len)
		x->len = (size_t)(cs_xml_put_utf16(to, b, b.at + b.len,
		                                   x->in_attribute) - x->at);
}

void
cs_xml_text(struct cs_xml *x, cs_text t)
{
	char *to = cs_xml_room(x, CS_XML_ROOM(t.len));

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
