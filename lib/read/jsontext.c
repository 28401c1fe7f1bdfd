#include "read/jsontext.h"

#include "base/utf.h"
#include "read/value.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static const char hex_digits[] = "0123456789abcdef";

static char *
put_escape(char *to, unsigned c)
{
	*to++ = '\\';
	switch (c) {
	case '"': case '\\':
		*to++ = (char)c;
		return to;
	case '\n':
		*to++ = 'n';
		return to;
	case '\t':
		*to++ = 't';
		return to;
	default:
		*to++ = 'u';
		for (int shift = 12; shift >= 0; shift -= 4)
			*to++ = hex_digits[c >> shift & 15];
		return to;
	}
}

static char *
put_character(char *to, uint32_t c)
{
	if (cs_is_unshown(c) || c == '"' || c == '\\')
		return put_escape(to, c);
	return to + cs_put_utf8(to, c);
}

/* Copies what is printable ASCII without an escape, and tells how many. */
static size_t
plain_units(char *to, const uint8_t *units, size_t n)
{
	size_t i = 0;

#ifdef __SSE2__
	const __m128i low = _mm_set1_epi8(0x1f), quot = _mm_set1_epi8('"');
	const __m128i slash = _mm_set1_epi8('\\'), del = _mm_set1_epi8(0x7f);

	for (; i + 16 <= n; i += 16) {
		__m128i a = _mm_loadu_si128((const void *)(units + i * 2));
		__m128i b = _mm_loadu_si128((const void *)(units + i * 2 + 16));
		/* What is no ASCII is saturated to 0xff or 0, both below. */
		__m128i c = _mm_packus_epi16(a, b);
		__m128i bad = _mm_or_si128(_mm_cmpeq_epi8(c, quot),
			_mm_or_si128(_mm_cmpeq_epi8(c, slash),
			             _mm_cmpeq_epi8(c, del)));
		__m128i good = _mm_andnot_si128(bad, _mm_cmpgt_epi8(c, low));

		if (_mm_movemask_epi8(good) != 0xffff)
			break;
		_mm_storeu_si128((void *)(to + i), c);
	}
#endif
	for (; i < n; i++) {
		unsigned c = cs_load16(units + i * 2);

		if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
			break;
		to[i] = (char)c;
	}
	return i;
}

/* As cs_value_text() has it: NULs at the end are none, one inside is U+FFFD,
 * line ends are LF. */
static char *
put_utf16(char *to, cs_bytes b)
{
	size_t n, i = 0;

	b = cs_without_nuls(b);
	n = b.len / 2;
	while (i < n) {
		size_t plain = plain_units(to, b.at + i * 2, n - i);
		uint32_t c, low;

		to += plain;
		i += plain;
		if (i == n)
			break;
		c = cs_load16(b.at + i * 2);
		low = i + 1 < n ? cs_load16(b.at + i * 2 + 2) : 0;
		i++;
		if (c >= 0xd800 && c < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			i++;
		} else if ((c >= 0xd800 && c < 0xe000) || c == 0) {
			c = 0xfffd;
		} else if (c == '\r') {
			if (low == '\n')
				continue;
			c = '\n';
		}
		to = put_character(to, c);
	}
	return to;
}

size_t
cs_json_put_text(char *to, cs_text t)
{
	char *begin = to;

	*to++ = '"';
	for (size_t i = 0; i < t.len; ) {
		unsigned char c = (unsigned char)t.at[i];
		uint32_t wide;

		if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
			*to++ = (char)c;
			i++;
			continue;
		}
		i += cs_get_utf8(t, i, &wide);
		to = put_character(to, wide);
	}
	*to++ = '"';
	return (size_t)(to - begin);
}

static size_t
put_other(char *to, const struct cs_value *v)
{
	bool bare = false;
	size_t n;

	switch (v->type) {
	case CS_I8: case CS_U8: case CS_I16: case CS_U16: case CS_I32:
	case CS_U32: case CS_I64: case CS_U64: case CS_BOOL: case CS_FLOAT:
	case CS_DOUBLE:
		/* Bytes that are too few for the type are hexadecimal. */
		bare = cs_value_is_whole(v);
		break;
	default:
		break;
	}
	n = cs_value_put(to + 1, v);
	if (bare && !memchr(to + 1, '#', n)) {
		memmove(to, to + 1, n);
		return n;
	}
	to[0] = to[n + 1] = '"';
	return n + 2;
}

size_t
cs_json_put(char *to, cs_arena *scratch, const struct cs_value *v)
{
	char *end;

	switch (v->type) {
	case CS_NULL:
		memcpy(to, "null", 4);
		return 4;
	case CS_UTF16: case CS_EVTXML:
		to[0] = '"';
		end = put_utf16(to + 1, v->raw);
		*end = '"';
		return (size_t)(end + 1 - to);
	case CS_UTF8: case CS_ANSI:
		return cs_json_put_text(to, cs_value_text(scratch, v));
	default:
		return put_other(to, v);
	}
}
