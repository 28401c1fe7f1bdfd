#include "read/array.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Bytes of one item; 0: items end at a NUL, or say their length. */
static size_t
stride(enum cs_type type)
{
	switch (type) {
	case CS_I8: case CS_U8:
		return 1;
	case CS_I16: case CS_U16:
		return 2;
	case CS_I32: case CS_U32: case CS_FLOAT: case CS_BOOL: case CS_HEX32:
		return 4;
	case CS_I64: case CS_U64: case CS_DOUBLE: case CS_FILETIME: case CS_HEX64:
		return 8;
	case CS_GUID: case CS_SYSTEMTIME:
		return 16;
	default:
		return 0;
	}
}

/* Bytes in front of the first NUL, or all that are whole. */
static size_t
utf16_item(cs_bytes rest)
{
	size_t n = 0;

#ifdef __SSE2__
	for (; n + 16 <= rest.len; n += 16) {
		__m128i eight = _mm_loadu_si128((const void *)(rest.at + n));
		int nuls = _mm_movemask_epi8(
			_mm_cmpeq_epi16(eight, _mm_setzero_si128()));

		if (nuls)
			return n + (unsigned)__builtin_ctz((unsigned)nuls);
	}
#endif
	while (n + 2 <= rest.len && cs_load16(rest.at + n) != 0)
		n += 2;
	return n;
}

static size_t
ansi_item(cs_bytes rest)
{
	const uint8_t *nul = rest.len ? memchr(rest.at, 0, rest.len) : NULL;

	return nul ? (size_t)(nul - rest.at) : rest.len;
}

cs_bytes
cs_array_next(enum cs_type type, cs_bytes *rest)
{
	size_t len = stride(type), over = 0;
	cs_bytes item;

	if (type == CS_UTF16) {
		len = utf16_item(*rest);
		over = 2;
	} else if (type == CS_ANSI) {
		len = ansi_item(*rest);
		over = 1;
	} else if (type == CS_SID && rest->len >= 8) {
		len = 8 + (size_t)rest->at[1] * 4;
	} else if (type == CS_SIZE) {
		len = rest->len % 8 == 0 ? 8 : 4;
	} else if (len == 0) {
		len = rest->len;
	}
	item = cs_slice(*rest, 0, len);
	*rest = cs_slice(*rest, len + over, rest->len);
	return item;
}
