/*
 * plain.h - runs of ASCII that are written as they are, sixteen at a time
 *
 * Nearly all text of a log is such a run.  What ends one (a character that
 * has to be escaped, one above 0x7f, a NUL) is for the caller, one by one.
 */
#ifndef CS_PLAIN_H
#define CS_PLAIN_H

#include "base/bytes.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Where the text goes, and so what is plain there. */
enum cs_plain {
	CS_PLAIN_TEXT,          /* all of ASCII but NUL and CR */
	CS_PLAIN_XML,           /* what is shown, tabs and line ends; not & < > */
	CS_PLAIN_ATTRIBUTE,     /* what is shown; not & < > " */
	CS_PLAIN_JSON           /* what is shown; not " \ */
};

/* Behind what it tells it may write so many bytes. */
#define CS_PLAIN_SLACK 16

static inline bool
cs_is_plain(unsigned c, enum cs_plain kind)
{
	if (kind == CS_PLAIN_TEXT)
		return c < 0x80 && c != 0 && c != '\r';
	if (kind == CS_PLAIN_XML && (c == '\t' || c == '\n'))
		return true;
	if (c < 0x20 || c > 0x7e || (c == '"' && kind != CS_PLAIN_XML))
		return false;
	return kind == CS_PLAIN_JSON ? c != '\\'
	                             : c != '&' && c != '<' && c != '>';
}

#ifdef __SSE2__
/* Bit i: byte i is not plain. */
static inline unsigned
cs_not_plain(__m128i c, enum cs_plain kind)
{
	const __m128i cr = _mm_set1_epi8('\r'), amp = _mm_set1_epi8('&');
	const __m128i quot = _mm_set1_epi8('"'), back = _mm_set1_epi8('\\');
	/* '<' and '>' differ in one bit. */
	const __m128i gt = _mm_set1_epi8('>'), two = _mm_set1_epi8(2);
	/* Bytes from 0x80 on are negative. */
	__m128i ok = _mm_cmpgt_epi8(c, _mm_set1_epi8(0x1f)), bad;

	if (kind == CS_PLAIN_TEXT) {
		ok = _mm_cmpgt_epi8(c, _mm_setzero_si128());
		bad = _mm_cmpeq_epi8(c, cr);
	} else if (kind == CS_PLAIN_JSON) {
		bad = _mm_or_si128(_mm_cmpeq_epi8(c, quot),
		                   _mm_cmpeq_epi8(c, back));
	} else {
		bad = _mm_or_si128(_mm_cmpeq_epi8(c, amp),
		                   _mm_cmpeq_epi8(_mm_or_si128(c, two), gt));
		if (kind == CS_PLAIN_ATTRIBUTE)
			bad = _mm_or_si128(bad, _mm_cmpeq_epi8(c, quot));
		else
			ok = _mm_or_si128(ok, _mm_or_si128(
				_mm_cmpeq_epi8(c, _mm_set1_epi8('\t')),
				_mm_cmpeq_epi8(c, _mm_set1_epi8('\n'))));
	}
	if (kind != CS_PLAIN_TEXT)
		bad = _mm_or_si128(bad, _mm_cmpeq_epi8(c, _mm_set1_epi8(0x7f)));
	return (unsigned)_mm_movemask_epi8(_mm_andnot_si128(bad, ok)) ^ 0xffff;
}
#endif

/* Copies the units at the front that are plain, and tells how many.  Memory
 * can be read up to 'end', which is not before the last unit. */
static inline size_t
cs_plain_units(char *to, const uint8_t *units, size_t n, const uint8_t *end,
               enum cs_plain kind)
{
	size_t i = 0;

#ifdef __SSE2__
	for (; i < n && (size_t)(end - units) >= i * 2 + 32; i += 16) {
		__m128i a = _mm_loadu_si128((const void *)(units + i * 2));
		__m128i b = _mm_loadu_si128((const void *)(units + i * 2 + 16));
		/* What is no ASCII is saturated to 0xff or 0: never plain. */
		__m128i c = _mm_packus_epi16(a, b);
		unsigned bad = cs_not_plain(c, kind);

		_mm_storeu_si128((void *)(to + i), c);
		if (n - i < 16)
			bad |= 0xffffu << (n - i);
		if (bad)
			return i + (unsigned)__builtin_ctz(bad);
	}
	if (i + 8 <= n) {
		__m128i a = _mm_loadu_si128((const void *)(units + i * 2));
		__m128i c = _mm_packus_epi16(a, a);
		unsigned bad = cs_not_plain(c, kind);

		_mm_storel_epi64((void *)(to + i), c);
		if (bad)
			return i + (unsigned)__builtin_ctz(bad);
		i += 8;
	}
#else
	(void)end;
#endif
	for (; i < n; i++) {
		unsigned c = cs_load16(units + i * 2);

		if (!cs_is_plain(c, kind))
			return i;
		to[i] = (char)c;
	}
	return i;
}

#ifdef __SSE2__
/* The last bytes of 'n', which are 'rest', with the help of those before. */
static inline size_t
cs_plain_rest(char *to, const uint8_t *from, size_t n, size_t rest,
              enum cs_plain kind)
{
	__m128i c;
	unsigned bad;

	if (n >= 16) {
		c = _mm_loadu_si128((const void *)(from + n - 16));
		_mm_storeu_si128((void *)(to + n - 16), c);
		bad = cs_not_plain(c, kind);
		return bad ? n - 16 + (unsigned)__builtin_ctz(bad) : n;
	}
	if (rest >= 8) {
		__m128i a = _mm_loadl_epi64((const void *)from);
		__m128i b = _mm_loadl_epi64((const void *)(from + n - 8));

		_mm_storel_epi64((void *)to, a);
		_mm_storel_epi64((void *)(to + n - 8), b);
		bad = cs_not_plain(_mm_unpacklo_epi64(a, b), kind);
		if (bad & 0xff)
			return (unsigned)__builtin_ctz(bad);
		return bad ? n - 16 + (unsigned)__builtin_ctz(bad) : n;
	}
	for (size_t i = n - rest; i < n; i++) {
		if (!cs_is_plain(from[i], kind))
			return i;
		to[i] = (char)from[i];
	}
	return n;
}
#endif

/* The same for bytes. */
static inline size_t
cs_plain_bytes(char *to, const uint8_t *from, size_t n, enum cs_plain kind)
{
	size_t i = 0;

#ifdef __SSE2__
	for (; i + 16 <= n; i += 16) {
		__m128i c = _mm_loadu_si128((const void *)(from + i));
		unsigned bad = cs_not_plain(c, kind);

		_mm_storeu_si128((void *)(to + i), c);
		if (bad)
			return i + (unsigned)__builtin_ctz(bad);
	}
	return i < n ? cs_plain_rest(to, from, n, n - i, kind) : n;
#else
	for (; i < n; i++) {
		if (!cs_is_plain(from[i], kind))
			return i;
		to[i] = (char)from[i];
	}
	return n;
#endif
}

#endif
