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

#include "base/time.h"
#include "base/utf.h"

#define NUMBER_CHARS 40

static const char upper[] = "0123456789ABCDEF";
static const char lower[] = "0123456789abcdef";
static const char pairs[] =
	"00010203040506070809101112131415161718192021222324"
	"25262728293031323334353637383940414243444546474849"
	"50515253545556575859606162636465666768697071727374"
	"75767778798081828384858687888990919293949596979899";

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
static size_t
decimal(char *to, uint64_t v)
{
	char digits[20];
	size_t n = sizeof(digits);

	for (; v >= 100; v /= 100) {
		n -= 2;
		memcpy(digits + n, pairs + v % 100 * 2, 2);
	}
	if (v >= 10) {
		n -= 2;
		memcpy(digits + n, pairs + v * 2, 2);
	} else {
		digits[--n] = (char)('0' + v);
	}
	memcpy(to, digits + n, sizeof(digits) - n);
	return sizeof(digits) - n;
}

static size_t
hexadecimal(char *to, uint64_t v)
{
	size_t n = 1;

	while (n < 16 && v >> (n * 4))
		n++;
	for (size_t i = n; i-- > 0; v >>= 4)
		to[i] = lower[v & 15];
	return n;
}

static void
put_decimal(struct line *l, uint64_t v)
{
	if (CS_VALUE_CHARS - l->len >= 20)
		l->len += decimal(l->at + l->len, v);
}

static void
put_hexadecimal(struct line *l, uint64_t v)
{
	if (CS_VALUE_CHARS - l->len >= 16)
		l->len += hexadecimal(l->at + l->len, v);
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

static cs_text
keep(cs_arena *a, const struct line *l)
{
	return cs_keep_text(a, (cs_text){ l->at, l->len });
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
	for (size_t i = 0; i < b.len; i++) {
		to[i * 2] = upper[b.at[i] >> 4];
		to[i * 2 + 1] = upper[b.at[i] & 15];
	}
	return b.len * 2;
}

static cs_text
hex(cs_arena *a, cs_bytes b)
{
	char *to = b.len < SIZE_MAX / 2 ? cs_alloc(a, b.len * 2) : NULL;

	return (cs_text){ to ? to : "", to ? put_hex(to, b) : 0 };
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
static size_t
width(enum cs_type type)
{
	switch (type) {
	case CS_I8: case CS_U8: case CS_BOOL:
		return 1;
	case CS_I16: case CS_U16:
		return 2;
	case CS_I32: case CS_U32: case CS_FLOAT: case CS_HEX32: case CS_SIZE:
	case CS_HANDLE:
		return 4;
	case CS_I64: case CS_U64: case CS_DOUBLE: case CS_FILETIME: case CS_HEX64:
	case CS_SID:
		return 8;
	case CS_GUID: case CS_SYSTEMTIME:
		return 16;
	default:
		return 0;
	}
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

static void
put_signed(struct line *l, uint64_t v)
{
	if (v >> 63)
		put(l, '-');
	put_decimal(l, v >> 63 ? 0 - v : v);
}

static void
put_guid(struct line *l, const uint8_t *p)
{
	static const uint8_t order[] = {
		3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15
	};
	char *to = l->at + l->len;

	if (CS_VALUE_CHARS - l->len < 38)
		return;
	*to++ = '{';
	for (size_t i = 0; i < sizeof(order); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*to++ = '-';
		*to++ = lower[p[order[i]] >> 4];
		*to++ = lower[p[order[i]] & 15];
	}
	*to = '}';
	l->len += 38;
}

static void
put_sid(struct line *l, cs_bytes raw)
{
	uint64_t authority = 0;
	size_t parts = raw.at[1];

	for (size_t i = 2; i < 8; i++)
		authority = authority << 8 | raw.at[i];
	put_text(l, "S-");
	put_decimal(l, raw.at[0]);
	put(l, '-');
	if (authority >> 32) {
		put_text(l, "0x");
		put_hexadecimal(l, authority);
	} else {
		put_decimal(l, authority);
	}
	for (size_t i = 0; i < parts && i < 15 && 12 + i * 4 <= raw.len; i++) {
		put(l, '-');
		put_decimal(l, cs_load32(raw.at + 8 + i * 4));
	}
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

static void
put_time(struct line *l, uint64_t time, size_t digits)
{
	char text[CS_TIME_CHARS];

	size_t n = CS_TIME_LEN - 1 - (7 - digits);

	if (CS_VALUE_CHARS - l->len < CS_TIME_LEN)
		return;
	cs_time_text(time, text);
	memcpy(l->at + l->len, text, n);
	l->len += n;
	put(l, 'Z');
}

/* False: these bytes are not of that type. */
static bool
put_value(struct line *l, enum cs_type type, cs_bytes raw)
{
	uint64_t time;

	switch (type) {
	case CS_I8: case CS_I16: case CS_I32: case CS_I64:
		put_signed(l, integer(type, raw));
		return true;
	case CS_U8: case CS_U16: case CS_U32: case CS_U64:
		put_decimal(l, integer(type, raw));
		return true;
	case CS_FLOAT:
		put_float(l, little(cs_slice(raw, 0, 4)), 23, 8);
		return true;
	case CS_DOUBLE:
		put_float(l, little(cs_slice(raw, 0, 8)), 52, 11);
		return true;
	case CS_BOOL:
		put_text(l, integer(type, raw) ? "true" : "false");
		return true;
	case CS_GUID:
		put_guid(l, raw.at);
		return true;
	case CS_SIZE: case CS_HEX32: case CS_HEX64: case CS_HANDLE:
		put_text(l, "0x");
		put_hexadecimal(l, integer(type, raw));
		return true;
	case CS_FILETIME:
		put_time(l, little(cs_slice(raw, 0, 8)), 7);
		return true;
	case CS_SYSTEMTIME:
		if (!systemtime(raw, &time))
			return false;
		put_time(l, time, 3);
		return true;
	case CS_SID:
		put_sid(l, raw);
		return true;
	default:
		return false;
	}
}

bool
cs_value_is_whole(const struct cs_value *v)
{
	return v->raw.len > 0 && v->raw.len >= width(v->type);
}

size_t
cs_value_put(char *to, const struct cs_value *v)
{
	struct line l = { to, 0 };

	if (v->type == CS_NULL || v->raw.len == 0)
		return 0;
	/* The most frequent ones straight away. */
	if (v->type == CS_U32 && v->raw.len >= 4)
		return decimal(to, cs_load32(v->raw.at));
	if (v->type == CS_U16 && v->raw.len >= 2)
		return decimal(to, cs_load16(v->raw.at));
	if (v->type == CS_U8)
		return decimal(to, v->raw.at[0]);
	if (v->type == CS_HEX64 && v->raw.len >= 8) {
		memcpy(to, "0x", 2);
		return 2 + hexadecimal(to + 2, cs_load64(v->raw.at));
	}
	if (v->raw.len >= width(v->type) && put_value(&l, v->type, v->raw))
		return l.len;
	return put_hex(to, v->raw);
}

cs_text
cs_value_text(cs_arena *a, const struct cs_value *v)
{
	char room[CS_VALUE_CHARS];
	struct line l = { room, 0 };

	if (v->type == CS_NULL || v->raw.len == 0)
		return CS_TEXT("");
	if (v->type == CS_UTF8)
		return utf8(a, v->raw);
	if (v->type == CS_ANSI)
		return utf8(a, without_nuls(v->raw, 1));
	if (v->type == CS_UTF16 || v->type == CS_EVTXML)
		return plain(a, cs_from_utf16le(a, without_nuls(v->raw, 2), NULL));
	if (v->raw.len >= width(v->type) && put_value(&l, v->type, v->raw))
		return keep(a, &l);
	return hex(a, v->raw);
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
