#include "base/utf.h"

#include "base/plain.h"

#define REPLACEMENT 0xfffdu

static size_t
put(char *to, uint32_t c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static uint32_t
unit(cs_bytes b, size_t i, bool big)
{
	uint32_t first = b.at[i * 2], second = b.at[i * 2 + 1];

	return big ? first << 8 | second : second << 8 | first;
}

static size_t
put_utf16(char *to, cs_bytes b, bool big, size_t *ret_bad)
{
	size_t n = b.len / 2, len = 0, bad = 0, i = 0;

	while (i < n) {
		uint32_t c, low;

		if (!big) {
			size_t plain = cs_plain_units(to + len, b.at + i * 2,
			                              n - i, b.at + b.len,
			                              CS_PLAIN_TEXT);

			len += plain;
			i += plain;
			if (i == n)
				break;
		}
		c = unit(b, i, big);
		low = i + 1 < n ? unit(b, i + 1, big) : 0;
		i++;
		if (c >= 0xd800 && c < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			i++;
		} else if (c >= 0xd800 && c < 0xe000) {
			c = REPLACEMENT;
			bad++;
		}
		len += put(to + len, c);
	}
	if (ret_bad)
		*ret_bad = bad;
	return len;
}

size_t
cs_put_utf16le(char *to, cs_bytes units, size_t *ret_bad)
{
	return put_utf16(to, units, false, ret_bad);
}

static cs_text
from_utf16(cs_arena *a, cs_bytes b, bool big, size_t *ret_bad)
{
	size_t n = b.len / 2;
	char *to = n < SIZE_MAX / 3 ? cs_room(a, n * 3 + 1) : NULL;
	size_t len = to ? put_utf16(to, b, big, ret_bad) : 0;

	if (!to && ret_bad)
		*ret_bad = 0;
	if (to) {
		to[len] = '\0';
		cs_give_back(a, to, n * 3 + 1, len + 1);
	}
	return (cs_text){ to ? to : "", len };
}

cs_text
cs_from_utf16le(cs_arena *a, cs_bytes units, size_t *ret_bad)
{
	return from_utf16(a, units, false, ret_bad);
}

/* Length of the valid sequence at the front; 0: there is none (overlong
 * forms, surrogates and values above U+10FFFF are not valid). */
static size_t
sequence(const unsigned char *p, size_t left)
{
	static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = p[0] < 0x80 ? 1 : p[0] >> 5 == 6 ? 2 : p[0] >> 4 == 14 ? 3
	         : p[0] >> 3 == 30 ? 4 : 0;
	uint32_t c;

	if (n <= 1)
		return n;
	if (n > left)
		return 0;
	c = p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3fu);
	}
	return c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0 : n;
}

/* Most text is ASCII: where that ends, from i on, as whole words tell. */
static size_t
skip_ascii(const unsigned char *p, size_t i, size_t len)
{
	while (len - i >= 8 && (cs_load64(p + i) & 0x8080808080808080u) == 0)
		i += 8;
	return i;
}

cs_text
cs_clean_utf8(cs_arena *a, cs_text t, size_t *ret_bad)
{
	const unsigned char *from = (const unsigned char *)t.at;
	size_t bad = 0, len = 0, i = 0, n;
	char *to;

	while ((i = skip_ascii(from, i, t.len)) < t.len) {
		n = sequence(from + i, t.len - i);
		bad += n == 0;
		i += n ? n : 1;
	}
	if (ret_bad)
		*ret_bad = bad;
	if (bad == 0)
		return t;
	to = t.len < SIZE_MAX / 4 ? cs_alloc(a, t.len + bad * 2 + 1) : NULL;
	for (i = 0; to && i < t.len; i += n ? n : 1) {
		n = sequence(from + i, t.len - i);
		if (n == 0)
			len += put(to + len, REPLACEMENT);
		for (size_t k = 0; k < n; k++)
			to[len++] = (char)from[i + k];
	}
	return (cs_text){ to ? to : "", to ? len : 0 };
}

/* UTF-16 without a mark: PowerShell and reg.exe mostly write one, some
 * redirections do not.  ASCII text shows as a NUL in every other byte. */
static bool
looks_utf16(cs_bytes f, size_t nul_at)
{
	size_t n = f.len < 64 ? f.len & ~(size_t)1 : 64;

	for (size_t i = 0; i < n; i += 2)
		if (f.at[i + nul_at] != 0 || f.at[i + (1 - nul_at)] == 0)
			return false;
	return n >= 8;
}

cs_text
cs_text_file(cs_arena *a, cs_bytes f, bool *ret_utf16, size_t *ret_bad)
{
	bool little = f.len >= 2 && f.at[0] == 0xff && f.at[1] == 0xfe;
	bool big = f.len >= 2 && f.at[0] == 0xfe && f.at[1] == 0xff;

	if (ret_bad)
		*ret_bad = 0;
	*ret_utf16 = true;
	if (little || big)
		return from_utf16(a, cs_slice(f, 2, f.len), big, ret_bad);
	if (looks_utf16(f, 1))
		return from_utf16(a, f, false, ret_bad);
	if (looks_utf16(f, 0))
		return from_utf16(a, f, true, ret_bad);
	*ret_utf16 = false;
	if (f.len >= 3 && memcmp(f.at, "\xef\xbb\xbf", 3) == 0)
		f = cs_slice(f, 3, f.len);
	return (cs_text){ (const char *)f.at, f.len };
}

size_t
cs_put_utf8(char *to, uint32_t c)
{
	return put(to, c);
}

size_t
cs_get_utf8(cs_text t, size_t i, uint32_t *ret)
{
	const unsigned char *p = (const unsigned char *)t.at + i;
	size_t n = sequence(p, t.len - i);

	*ret = n == 0 ? REPLACEMENT : n == 1 ? p[0] : p[0] & (0x7fu >> n);
	for (size_t k = 1; k < n; k++)
		*ret = *ret << 6 | (p[k] & 0x3fu);
	return n ? n : 1;
}

bool
cs_is_unshown(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e ||
	       c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}
