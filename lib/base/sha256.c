#include "base/sha256.h"

#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
# define HAS_X86 1
# include <cpuid.h>
# include <immintrin.h>
#endif

#define BLOCK 64

/* Asking what the processor can do costs as much as this many bytes. */
#define WORTH_ASKING 4096

static uint32_t
rotate(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

static uint32_t
big_endian(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

/* First 32 bits of the fractions of the cube roots of 64 primes. */
static const uint32_t k[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b,
	0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
	0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7,
	0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
	0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152,
	0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
	0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08,
	0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
	0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* One round; the eight names move on by one from round to round. */
#define ROUND(a, b, c, d, e, f, g, h, word) do { \
	uint32_t one = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + \
	               ((e & f) ^ (~e & g)) + (word); \
	d += one; \
	h = one + (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + \
	    ((a & b) ^ (a & c) ^ (b & c)); \
} while (0)

/* Sixteen words are kept of the 64 that a block is stretched to. */
static uint32_t
stretch(uint32_t w[16], unsigned i)
{
	uint32_t a = w[(i + 1) & 15], b = w[(i + 14) & 15];
	uint32_t s0 = rotate(a, 7) ^ rotate(a, 18) ^ a >> 3;
	uint32_t s1 = rotate(b, 17) ^ rotate(b, 19) ^ b >> 10;

	return w[i & 15] += s0 + w[(i + 9) & 15] + s1;
}

static void
blocks(uint32_t h[8], const uint8_t *bytes, size_t n)
{
	for (; n > 0; n--, bytes += BLOCK) {
		uint32_t w[16];
		uint32_t a = h[0], b = h[1], c = h[2], d = h[3];
		uint32_t e = h[4], f = h[5], g = h[6], i = h[7];

		for (unsigned t = 0; t < 16; t++)
			w[t] = big_endian(bytes + t * 4);
		for (unsigned t = 0; t < 64; t += 8) {
#define WORD(x) k[t + x] + (t < 16 ? w[t + x] : stretch(w, t + x))
			ROUND(a, b, c, d, e, f, g, i, WORD(0));
			ROUND(i, a, b, c, d, e, f, g, WORD(1));
			ROUND(g, i, a, b, c, d, e, f, WORD(2));
			ROUND(f, g, i, a, b, c, d, e, WORD(3));
			ROUND(e, f, g, i, a, b, c, d, WORD(4));
			ROUND(d, e, f, g, i, a, b, c, WORD(5));
			ROUND(c, d, e, f, g, i, a, b, WORD(6));
			ROUND(b, c, d, e, f, g, i, a, WORD(7));
#undef WORD
		}
		h[0] += a, h[1] += b, h[2] += c, h[3] += d;
		h[4] += e, h[5] += f, h[6] += g, h[7] += i;
	}
}

/* ---- with the instructions that processors have for it ---------------------- */

#ifdef HAS_X86
static bool
has_instructions(void)
{
	unsigned a, b, c, d, bits;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & 1u << 9) || !(c & 1u << 19))
		return false;
	return __get_cpuid_count(7, 0, &a, &bits, &c, &d) && (bits & 1u << 29);
}

__attribute__((target("sha,sse4.1"))) static void
fast_blocks(uint32_t h[8], const uint8_t *bytes, size_t n)
{
	const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	__m128i t = _mm_loadu_si128((const void *)h);
	__m128i cdgh = _mm_loadu_si128((const void *)(h + 4)), abef;

	t = _mm_shuffle_epi32(t, 0xb1);
	cdgh = _mm_shuffle_epi32(cdgh, 0x1b);
	abef = _mm_alignr_epi8(t, cdgh, 8);
	cdgh = _mm_blend_epi16(cdgh, t, 0xf0);
	for (; n > 0; n--, bytes += BLOCK) {
		const __m128i abef_before = abef, cdgh_before = cdgh;
		__m128i w[4];

		for (unsigned i = 0; i < 4; i++)
			w[i] = _mm_shuffle_epi8(_mm_loadu_si128(
				(const void *)(bytes + 16 * i)), swap);
		for (unsigned i = 0; i < 16; i++) {
			const __m128i last = w[(i + 3) & 3];

			t = _mm_add_epi32(w[i & 3],
			                  _mm_loadu_si128((const void *)(k + 4 * i)));
			cdgh = _mm_sha256rnds2_epu32(cdgh, abef, t);
			abef = _mm_sha256rnds2_epu32(abef, cdgh,
			                             _mm_shuffle_epi32(t, 0x0e));
			t = _mm_sha256msg1_epu32(w[i & 3], w[(i + 1) & 3]);
			t = _mm_add_epi32(t, _mm_alignr_epi8(last, w[(i + 2) & 3],
			                                     4));
			w[i & 3] = _mm_sha256msg2_epu32(t, last);
		}
		abef = _mm_add_epi32(abef, abef_before);
		cdgh = _mm_add_epi32(cdgh, cdgh_before);
	}
	t = _mm_shuffle_epi32(abef, 0x1b);
	cdgh = _mm_shuffle_epi32(cdgh, 0xb1);
	_mm_storeu_si128((void *)h, _mm_blend_epi16(t, cdgh, 0xf0));
	_mm_storeu_si128((void *)(h + 4), _mm_alignr_epi8(cdgh, t, 8));
}
#endif

static void
all_blocks(uint32_t h[8], const uint8_t *bytes, size_t n)
{
#ifdef HAS_X86
	if (n >= WORTH_ASKING / BLOCK && has_instructions()) {
		fast_blocks(h, bytes, n);
		return;
	}
#endif
	blocks(h, bytes, n);
}

void
cs_sha256(cs_bytes b, uint8_t ret[CS_SHA256_BYTES])
{
	uint32_t h[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};
	uint8_t last[2 * BLOCK] = { 0 };
	size_t rest = b.len % BLOCK, n = rest + 9 > BLOCK ? 2 * BLOCK : BLOCK;
	uint64_t bits = (uint64_t)b.len * 8;

	if (b.len >= BLOCK)
		all_blocks(h, b.at, b.len / BLOCK);
	if (rest > 0)
		memcpy(last, b.at + b.len - rest, rest);
	last[rest] = 0x80;
	for (unsigned i = 0; i < 8; i++)
		last[n - 1 - i] = (uint8_t)(bits >> (8 * i));
	blocks(h, last, n / BLOCK);
	for (unsigned i = 0; i < CS_SHA256_BYTES; i++)
		ret[i] = (uint8_t)(h[i / 4] >> (24 - i % 4 * 8));
}
