#include "base/crc32.h"

#ifdef HAVE_LIBDEFLATE

#include <libdeflate.h>

void
cs_crc32_begin(struct cs_crc32 *t)
{
	(void)t;
}

uint32_t
cs_crc32(const struct cs_crc32 *t, uint32_t crc, cs_bytes b)
{
	(void)t;
	return b.len ? libdeflate_crc32(crc, b.at, b.len) : crc;
}

#else

#define POLYNOMIAL 0xedb88320u

void
cs_crc32_begin(struct cs_crc32 *t)
{
	for (uint32_t n = 0; n < 256; n++) {
		uint32_t c = n;

		for (int bit = 0; bit < 8; bit++)
			c = c >> 1 ^ (c & 1 ? POLYNOMIAL : 0);
		t->table[0][n] = c;
	}
	for (unsigned k = 1; k < 16; k++)
		for (uint32_t n = 0; n < 256; n++) {
			uint32_t c = t->table[k - 1][n];

			t->table[k][n] = c >> 8 ^ t->table[0][c & 0xff];
		}
}

/* What four bytes contribute that stand 'k' + 4 bytes before the end. */
static uint32_t
four(const struct cs_crc32 *t, unsigned k, uint32_t v)
{
	return t->table[k + 3][v & 0xff] ^ t->table[k + 2][v >> 8 & 0xff] ^
	       t->table[k + 1][v >> 16 & 0xff] ^ t->table[k][v >> 24];
}

uint32_t
cs_crc32(const struct cs_crc32 *t, uint32_t crc, cs_bytes b)
{
	const uint8_t *p = b.at;
	size_t n = b.len;

	crc = ~crc;
	for (; n >= 16; n -= 16, p += 16)
		crc = four(t, 12, cs_load32(p) ^ crc) ^ four(t, 8, cs_load32(p + 4)) ^
		      four(t, 4, cs_load32(p + 8)) ^ four(t, 0, cs_load32(p + 12));
	for (; n > 0; n--, p++)
		crc = crc >> 8 ^ t->table[0][(crc ^ *p) & 0xff];
	return ~crc;
}

#endif
