/*
 * value.c - the canonical text of a value
 *
 *     UTF16, ANSI     the text without the NULs at its end; a NUL inside is
 *                     U+FFFD.  Bytes of ANSI that are not UTF-8 are U+FFFD:
 *                     nothing in a log says what code page it is.
 *     I8 ... U64      decimal
 *     FLOAT, DOUBLE   the shortest text that reads back as the same number:
 *                     "0.1", "-1e-07"; "1.#INF", "-1.#INF", "1.#QNAN"
 *     BOOL            "true" or "false", from 1 to 4 bytes
 *     BINARY          hexadecimal, upper case
 *     GUID            "{bab3ad92-fb96-5902-450b-b8421bdec7bd}"
 *     SIZE, HEX32,    "0x" and lower-case hexadecimal without padding
 *     HEX64, HANDLE
 *     FILETIME        "2026-11-22T09:00:44.1234567Z"
 *     SYSTEMTIME      "2026-11-22T09:00:44.123Z"
 *     SID             "S-1-5-18"; an authority of 2^32 and above in hexadecimal
 *     UTF8            the text, mended
 *     NULL            ""
 *
 * In all texts CR LF and CR are LF: an XML parser reads them so.  What is
 * stored with fewer bytes than its type has is hexadecimal, like BINARY.
 *
 * Exported XML says no types, so what needs the type is left to whoever
 * compares the two forms: exporters differ in the case of GUIDs and of
 * hexadecimal, in the padding of HexInt values, in the digits of a time (3, 7
 * or 9) and in how they write a floating point number.
 */
#include "read/value.h"

#include "base/plain.h"
#include "base/time.h"
#include "base/utf.h"

#define NUMBER_CHARS 40

static const char upper[] = "0123456789ABCDEF";
static const char lower[] = "0123456789abcdef";

static uint64_t
little(cs_bytes b)
{
	uint64_t v = 0;

	for (size_t i = b.len; i-- > 0; )
		v = v << 8 | b.at[i];
	return v;
}

/* ---- short texts ---------------------------------------------------- */

struct line {
	char *at;               /* room for CS_VALUE_CHARS */
	size_t len;
};

static void
put(struct line *l, char c)
{
	if (l->len < CS_VALUE_CHARS)
		l->at[l->len++] = c;
}

static void
put_text(struct line *l, const char *z)
{
	while (*z)
		put(l, *z++);
}

/* Returns the length. */
static inline size_t
small_decimal(char *to, uint32_t v)
{
	size_t n, i;

	if (v < 10) {
		to[0] = (char)('0' + v);
		return 1;
	}
	n = v < 100 ? 2 : v < 1000 ? 3 : v < 10000 ? 4 : v < 100000 ? 5
	  : v < 1000000 ? 6 : v < 10000000 ? 7 : v < 100000000 ? 8
	  : v < 1000000000 ? 9 : 10;
	for (i = n; v >= 100; v /= 100) {
		i -= 2;
		memcpy(to + i, cs_two_digits + v % 100 * 2, 2);
	}
	if (i == 2)
		memcpy(to, cs_two_digits + v * 2, 2);
	else
		to[0] = (char)('0' + v);
	return n;
}

static size_t
decimal(char *to, uint64_t v)
{
	uint64_t high = v / 1000000000;
	uint32_t low = (uint32_t)(v % 1000000000);
	size_t n;

	if (high == 0)
		return small_decimal(to, low);
	n = decimal(to, high);
	for (size_t i = n + 9; i > n; low /= 10)
		to[--i] = (char)('0' + low % 10);
	return n + 9;
}

/* Two digits a byte. */
static inline void
put_nibbles(char *to, const uint8_t *p, size_t n, const char *digits)
{
	size_t i = 0;

#ifdef __SSE2__
	const __m128i low = _mm_set1_epi8(15), nine = _mm_set1_epi8(9);
	const __m128i zero = _mm_set1_epi8('0');
	const __m128i letter = _mm_set1_epi8((char)(digits[10] - '0' - 10));

	for (; i + 8 <= n; i += 8) {
		__m128i v = _mm_loadl_epi64((const void *)(p + i));
		__m128i d = _mm_unpacklo_epi8(
			_mm_and_si128(_mm_srli_epi16(v, 4), low),
			_mm_and_si128(v, low));

		d = _mm_add_epi8(_mm_add_epi8(d, zero),
		                 _mm_and_si128(_mm_cmpgt_epi8(d, nine), letter));
		_mm_storeu_si128((void *)(to + i * 2), d);
	}
#endif
	for (; i < n; i++) {
		to[i * 2] = digits[p[i] >> 4];
		to[i * 2 + 1] = digits[p[i] & 15];
	}
}

/* Returns the length; writes up to 16 bytes. */
static inline size_t
hexadecimal(char *to, uint64_t v)
{
	char digits[32] = { 0 };
	uint8_t big[8];
	size_t n = 1;

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (uint8_t)(v >> (56 - 8 * i));
	put_nibbles(digits, big, sizeof(big), lower);
	while (n < 16 && v >> (n * 4))
		n++;
	memcpy(to, digits + 16 - n, 16);
	return n;
}

static void
put_padded(struct line *l, unsigned v, unsigned digits)
{
	unsigned divisor = 1;

	while (--digits)
		divisor *= 10;
	for (; divisor; divisor /= 10)
		put(l, lower[v / divisor % 10]);
}

/* ---- texts ---------------------------------------------------------- */

static cs_bytes
without_nuls(cs_bytes b, size_t unit)
{
	b.len -= b.len % unit;
	while (b.len >= unit && b.at[b.len - 1] == 0 && b.at[b.len - unit] == 0)
		b.len -= unit;
	return b;
}

cs_bytes
cs_without_nuls(cs_bytes units)
{
	return without_nuls(units, 2);
}

/* Line ends as XML has them, and no NULs. */
static cs_text
plain(cs_arena *a, cs_text t)
{
	size_t n = 0, nuls = 0;
	char *to;

	if (t.len == 0 || (!memchr(t.at, '\r', t.len) && !memchr(t.at, 0, t.len)))
		return t;
	for (size_t i = 0; i < t.len; i++)
		nuls += t.at[i] == '\0';
	to = cs_alloc(a, t.len + nuls * 2);
	for (size_t i = 0; to && i < t.len; i++) {
		if (t.at[i] == '\0') {
			memcpy(to + n, "\xef\xbf\xbd", 3);
			n += 3;
		} else if (t.at[i] != '\r') {
			to[n++] = t.at[i];
		} else if (i + 1 == t.len || t.at[i + 1] != '\n') {
			to[n++] = '\n';
		}
	}
	return (cs_text){ to ? to : "", n };
}

static cs_text
utf8(cs_arena *a, cs_bytes b)
{
	cs_text t = { b.len ? (const char *)b.at : "", b.len };

	return plain(a, cs_clean_utf8(a, t, NULL));
}

static size_t
put_hex(char *to, cs_bytes b)
{
	put_nibbles(to, b.at, b.len, upper);
	return b.len * 2;
}

/* ---- floating point ------------------------------------------------- */

/* A whole number of up to 1216 bits: what a double needs. */
#define BIG_WORDS 38

struct big {
	uint32_t word[BIG_WORDS];       /* the lowest first */
	unsigned n;
};

static void
big_add_small(struct big *b, uint32_t factor, uint32_t more)
{
	uint64_t carry = more;

	for (unsigned i = 0; i < b->n; i++) {
		carry += (uint64_t)b->word[i] * factor;
		b->word[i] = (uint32_t)carry;
		carry >>= 32;
	}
	if (carry && b->n < BIG_WORDS)
		b->word[b->n++] = (uint32_t)carry;
}

static struct big
big_of(uint64_t v, unsigned shift)
{
	struct big b = { .n = 2 };

	b.word[0] = (uint32_t)v;
	b.word[1] = (uint32_t)(v >> 32);
	for (; shift >= 16; shift -= 16)
		big_add_small(&b, 65536, 0);
	big_add_small(&b, (uint32_t)1 << shift, 0);
	return b;
}

static int
big_cmp(const struct big *a, const struct big *b)
{
	for (unsigned i = a->n > b->n ? a->n : b->n; i-- > 0; )
		if (a->word[i] != b->word[i])
			return a->word[i] < b->word[i] ? -1 : 1;
	return 0;
}

/* a + b and c */
static int
big_cmp_sum(const struct big *a, const struct big *b, const struct big *c)
{
	struct big sum = { .n = a->n > b->n ? a->n : b->n };
	uint64_t carry = 0;

	for (unsigned i = 0; i < sum.n; i++) {
		carry += (uint64_t)a->word[i] + b->word[i];
		sum.word[i] = (uint32_t)carry;
		carry >>= 32;
	}
	if (carry && sum.n < BIG_WORDS)
		sum.word[sum.n++] = (uint32_t)carry;
	return big_cmp(&sum, c);
}

static void
big_subtract(struct big *a, const struct big *b)
{
	uint64_t borrow = 0;

	for (unsigned i = 0; i < a->n; i++) {
		uint64_t d = (uint64_t)a->word[i] - b->word[i] - borrow;

		a->word[i] = (uint32_t)d;
		borrow = d >> 63;
	}
}

static void
big_power_of_ten(struct big *b, int times)
{
	for (; times >= 9; times -= 9)
		big_add_small(b, 1000000000, 0);
	for (; times > 0; times--)
		big_add_small(b, 10, 0);
}

/* The exponent of a power of ten that is not above mantissa * 2^exponent and
 * at most two steps below it: log10(2) is between 1233/4096 and 1234/4096. */
static int
ten_below(uint64_t mantissa, int exponent)
{
	int bits = exponent - 1;

	for (; mantissa; mantissa >>= 1)
		bits++;
	return (bits < 0 ? -(-bits * 1234 / 4096) : bits * 1233 / 4096) - 1;
}

/* The shortest digits that read back as mantissa * 2^exponent, after Steele
 * and White: the digits of r/s, until the rest is within half a step of the
 * neighbours. *ret_point: digits before the decimal point. */
static size_t
shortest(uint64_t mantissa, int exponent, bool low_is_near, char *digits,
         int *ret_point)
{
	unsigned up = exponent > 0 ? (unsigned)exponent : 0;
	unsigned down = exponent < 0 ? (unsigned)-exponent : 0;
	unsigned near = low_is_near ? 1 : 0;
	struct big r = big_of(mantissa, up + 1 + near);
	struct big s = big_of(1, down + 1 + near);
	struct big low = big_of(1, up), high = big_of(1, up + near);
	bool even = (mantissa & 1) == 0, under, over;
	size_t n = 0;
	int point = ten_below(mantissa, exponent);

	big_power_of_ten(&s, point);
	big_power_of_ten(&r, -point);
	big_power_of_ten(&low, -point);
	big_power_of_ten(&high, -point);
	while (big_cmp_sum(&r, &high, &s) >= (even ? 0 : 1)) {
		big_add_small(&s, 10, 0);
		point++;
	}
	do {
		char d = '0';

		big_add_small(&r, 10, 0);
		big_add_small(&low, 10, 0);
		big_add_small(&high, 10, 0);
		while (big_cmp(&r, &s) >= 0) {
			big_subtract(&r, &s);
			d++;
		}
		under = big_cmp(&r, &low) < (even ? 1 : 0);
		over = big_cmp_sum(&r, &high, &s) >= (even ? 0 : 1);
		if (over && (!under || big_cmp_sum(&r, &r, &s) >= 0))
			d++;
		digits[n++] = d;
	} while (!under && !over && n < NUMBER_CHARS);
	*ret_point = point;
	return n;
}

static void
put_digits(struct line *l, const char *digits, size_t n, int point)
{
	int e = point - 1;

	if (e >= -5 && e < 16) {
		for (int i = point; i <= 0; i++) {
			put(l, '0');
			if (i == point)
				put(l, '.');
		}
		for (int i = 0; i < (int)n || i < point; i++) {
			if (i == point && i > 0)
				put(l, '.');
			put(l, i < (int)n ? digits[i] : '0');
		}
		return;
	}
	put(l, digits[0]);
	if (n > 1)
		put(l, '.');
	for (size_t i = 1; i < n; i++)
		put(l, digits[i]);
	put(l, 'e');
	put(l, e < 0 ? '-' : '+');
	put_padded(l, (unsigned)(e < 0 ? -e : e), e > -100 && e < 100 ? 2 : 3);
}

/* IEEE 754, from its bits; 'fraction' of 23 or 52 bits. */
static void
put_float(struct line *l, uint64_t bits, unsigned fraction, unsigned exponents)
{
	uint64_t one = 1, m = bits & ((one << fraction) - 1);
	unsigned most = (1u << exponents) - 1;
	unsigned e = (unsigned)(bits >> fraction) & most;
	int bias = (int)(most >> 1) + (int)fraction;
	char digits[NUMBER_CHARS];
	int point;
	size_t n;

	if (bits >> (fraction + exponents) & 1)
		put(l, '-');
	if (e == most) {
		put_text(l, m == 0 ? "1.#INF" : "1.#QNAN");
	} else if (e == 0 && m == 0) {
		put(l, '0');
	} else {
		n = shortest(e ? m | one << fraction : m, (int)(e ? e : 1) - bias,
		             m == 0 && e > 1, digits, &point);
		put_digits(l, digits, n, point);
	}
}

/* ---- the types ------------------------------------------------------ */

/* Bytes that a type has; 0: any number. */
static inline size_t
width(enum cs_type type)
{
	static const uint8_t widths[] = {
		[CS_I8] = 1, [CS_U8] = 1, [CS_BOOL] = 1, [CS_I16] = 2,
		[CS_U16] = 2, [CS_I32] = 4, [CS_U32] = 4, [CS_FLOAT] = 4,
		[CS_HEX32] = 4, [CS_SIZE] = 4, [CS_HANDLE] = 4, [CS_I64] = 8,
		[CS_U64] = 8, [CS_DOUBLE] = 8, [CS_FILETIME] = 8,
		[CS_HEX64] = 8, [CS_SID] = 8, [CS_GUID] = 16,
		[CS_SYSTEMTIME] = 16,
	};

	return (size_t)type < sizeof(widths) ? widths[type] : 0;
}

static uint64_t
integer(enum cs_type type, cs_bytes raw)
{
	size_t n = width(type);
	uint64_t v, sign;

	if (type == CS_BOOL)
		return little(cs_slice(raw, 0, 4)) != 0;
	if ((type == CS_SIZE || type == CS_HANDLE) && raw.len >= 8)
		n = 8;
	v = little(cs_slice(raw, 0, n));
	if (type != CS_I8 && type != CS_I16 && type != CS_I32)
		return v;
	sign = (uint64_t)1 << (n * 8 - 1);
	return (v ^ sign) - sign;
}

static size_t
put_signed(char *to, int64_t v)
{
	if (v >= 0)
		return decimal(to, (uint64_t)v);
	to[0] = '-';
	return 1 + decimal(to + 1, 0 - (uint64_t)v);
}

static size_t
put_0x(char *to, uint64_t v)
{
	to[0] = '0';
	to[1] = 'x';
	return 2 + hexadecimal(to + 2, v);
}

static size_t
put_guid(char *to, const uint8_t *p)
{
	const uint8_t b[16] = {
		p[3], p[2], p[1], p[0], p[5], p[4], p[7], p[6],
		p[8], p[9], p[10], p[11], p[12], p[13], p[14], p[15]
	};
	char digits[32];

	put_nibbles(digits, b, sizeof(b), lower);
	to[0] = '{';
	memcpy(to + 1, digits, 8);
	to[9] = to[14] = to[19] = to[24] = '-';
	memcpy(to + 10, digits + 8, 4);
	memcpy(to + 15, digits + 12, 4);
	memcpy(to + 20, digits + 16, 4);
	memcpy(to + 25, digits + 20, 12);
	to[37] = '}';
	return 38;
}

/* At most S-255-0xffffffffffff and 15 parts of ten digits. */
static size_t
put_sid(char *to, cs_bytes raw)
{
	char *begin = to;
	uint64_t authority = 0;
	size_t parts = raw.at[1];

	for (size_t i = 2; i < 8; i++)
		authority = authority << 8 | raw.at[i];
	*to++ = 'S';
	*to++ = '-';
	to += small_decimal(to, raw.at[0]);
	*to++ = '-';
	to += authority >> 32 ? put_0x(to, authority) : decimal(to, authority);
	for (size_t i = 0; i < parts && i < 15 && 12 + i * 4 <= raw.len; i++) {
		*to++ = '-';
		to += small_decimal(to, cs_load32(raw.at + 8 + i * 4));
	}
	return (size_t)(to - begin);
}

static bool
systemtime(cs_bytes raw, uint64_t *ret)
{
	cs_reader r = cs_read(raw);
	unsigned year = cs_u16le(&r), month = cs_u16le(&r), weekday = cs_u16le(&r);
	unsigned day = cs_u16le(&r), hour = cs_u16le(&r), minute = cs_u16le(&r);
	unsigned second = cs_u16le(&r), ms = cs_u16le(&r);

	return !r.is_short && weekday < 7 && ms < 1000 &&
	       cs_time_civil(year, month, day, hour, minute, second, ms * 10000,
	                     ret);
}

static size_t
put_time(char *to, uint64_t time, size_t digits)
{
	size_t n = CS_TIME_LEN - 1 - (7 - digits);

	cs_time_text(time, to);
	to[n] = 'Z';
	return n + 1;
}

static size_t
put_bool(char *to, bool on)
{
	memcpy(to, on ? "true" : "false", 5);
	return on ? 4 : 5;
}

static size_t
put_any_float(char *to, enum cs_type type, const uint8_t *p)
{
	struct line l = { to, 0 };

	if (type == CS_FLOAT)
		put_float(&l, cs_load32(p), 23, 8);
	else
		put_float(&l, cs_load64(p), 52, 11);
	return l.len;
}

/* Of a type whose bytes are all there. 0: they are not of that type. */
static inline size_t
put_whole(char *to, enum cs_type type, cs_bytes raw)
{
	const uint8_t *p = raw.at;
	uint64_t time;

	switch (type) {
	case CS_U8:
		return small_decimal(to, p[0]);
	case CS_U16:
		return small_decimal(to, cs_load16(p));
	case CS_U32:
		return small_decimal(to, cs_load32(p));
	case CS_U64:
		return decimal(to, cs_load64(p));
	case CS_I8:
		return put_signed(to, (int8_t)p[0]);
	case CS_I16:
		return put_signed(to, (int16_t)cs_load16(p));
	case CS_I32:
		return put_signed(to, (int32_t)cs_load32(p));
	case CS_I64:
		return put_signed(to, (int64_t)cs_load64(p));
	case CS_FLOAT: case CS_DOUBLE:
		return put_any_float(to, type, p);
	case CS_BOOL:
		return put_bool(to, integer(type, raw) != 0);
	case CS_GUID:
		return put_guid(to, p);
	case CS_HEX32:
		return put_0x(to, cs_load32(p));
	case CS_HEX64:
		return put_0x(to, cs_load64(p));
	case CS_SIZE: case CS_HANDLE:
		return put_0x(to, integer(type, raw));
	case CS_FILETIME:
		return put_time(to, cs_load64(p), 7);
	case CS_SYSTEMTIME:
		return systemtime(raw, &time) ? put_time(to, time, 3) : 0;
	case CS_SID:
		return put_sid(to, raw);
	default:
		return 0;
	}
}

size_t
cs_put_decimal(char *to, uint64_t n)
{
	return n <= UINT32_MAX ? small_decimal(to, (uint32_t)n) : decimal(to, n);
}

size_t
cs_put_hex(char *to, uint64_t n)
{
	return put_0x(to, n);
}

bool
cs_value_is_whole(enum cs_type type, cs_bytes raw)
{
	return raw.len > 0 && raw.len >= width(type);
}

size_t
cs_value_put(char *to, enum cs_type type, cs_bytes raw)
{
	size_t n = 0;

	if (type == CS_NULL || raw.len == 0)
		return 0;
	if (raw.len >= width(type))
		n = put_whole(to, type, raw);
	return n ? n : put_hex(to, raw);
}

cs_text
cs_value_text(cs_arena *a, const struct cs_value *v)
{
	size_t room = CS_VALUE_CHARS + v->raw.len * 2, len;
	char *to;

	if (v->type == CS_NULL || v->raw.len == 0)
		return CS_TEXT("");
	if (v->type == CS_UTF8)
		return utf8(a, v->raw);
	if (v->type == CS_ANSI)
		return utf8(a, without_nuls(v->raw, 1));
	if (v->type == CS_UTF16 || v->type == CS_EVTXML)
		return plain(a, cs_from_utf16le(a, without_nuls(v->raw, 2), NULL));
	to = v->raw.len < SIZE_MAX / 4 ? cs_room(a, room) : NULL;
	if (!to)
		return CS_TEXT("");
	len = cs_value_put(to, v->type, v->raw);
	cs_give_back(a, to, room, len);
	return (cs_text){ to, len };
}

/* ---- as numbers and times ------------------------------------------- */

/* The ASCII text of a value, if it is text, and short. */
static cs_text
short_text(const struct cs_value *v, char *room, size_t size)
{
	size_t unit = v->type == CS_UTF16 ? 2 : 1;
	cs_bytes b = without_nuls(v->raw, unit);
	size_t n = b.len / unit;

	if (n >= size)
		return CS_TEXT("");
	for (size_t i = 0; i < n; i++) {
		if (unit == 2 && b.at[i * 2 + 1] != 0)
			return CS_TEXT("");
		room[i] = (char)b.at[i * unit];
	}
	return cs_trim((cs_text){ room, n });
}

static bool
number_of(cs_text t, uint64_t *ret)
{
	bool negative = t.len > 1 && t.at[0] == '-';

	if (negative)
		t = (cs_text){ t.at + 1, t.len - 1 };
	if (!cs_number(t, ret))
		return false;
	if (negative)
		*ret = 0 - *ret;
	return true;
}

bool
cs_value_number(const struct cs_value *v, uint64_t *ret)
{
	char room[NUMBER_CHARS];

	switch (v->type) {
	case CS_UTF16: case CS_ANSI: case CS_UTF8:
		return number_of(short_text(v, room, sizeof(room)), ret);
	case CS_I8: case CS_U8: case CS_I16: case CS_U16: case CS_I32: case CS_U32:
	case CS_I64: case CS_U64: case CS_BOOL: case CS_SIZE: case CS_HEX32:
	case CS_HEX64: case CS_HANDLE:
		if (v->raw.len < width(v->type))
			return false;
		*ret = integer(v->type, v->raw);
		return true;
	default:
		return false;
	}
}

bool
cs_value_time(const struct cs_value *v, uint64_t *ret)
{
	char room[NUMBER_CHARS];

	switch (v->type) {
	case CS_UTF16: case CS_ANSI: case CS_UTF8:
		return cs_time_parse(short_text(v, room, sizeof(room)), ret);
	case CS_FILETIME:
		if (v->raw.len < 8)
			return false;
		*ret = little(cs_slice(v->raw, 0, 8));
		return true;
	case CS_SYSTEMTIME:
		return systemtime(v->raw, ret);
	default:
		return false;
	}
}
