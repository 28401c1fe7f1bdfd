#include "read/base64.h"

static int
bits_of(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26
	     : c >= '0' && c <= '9' ? c - '0' + 52 : c == '+' ? 62
	     : c == '/' ? 63 : -1;
}

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

cs_bytes
cs_from_base64(cs_arena *a, cs_text t, size_t *ret_bad)
{
	uint8_t *to = cs_alloc(a, t.len / 4 * 3 + 3);
	size_t n = 0, len = 0, bad = 0;
	uint32_t bits = 0;

	for (size_t i = 0; to && i < t.len && t.at[i] != '='; i++) {
		int v = bits_of(t.at[i]);

		if (blank(t.at[i]))
			continue;
		bad += v < 0;
		bits = bits << 6 | (uint32_t)(v < 0 ? 0 : v);
		if (n++ % 4 == 0)
			continue;
		/* 4, 2 or 0 bits are left over after the byte. */
		to[len++] = (uint8_t)(bits >> (6 - (n - 1) % 4 * 2));
	}
	*ret_bad = bad;
	return (cs_bytes){ to, to ? len : 0 };
}

cs_text
cs_to_base64(cs_arena *a, cs_bytes b)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop"
	                             "qrstuvwxyz0123456789+/";
	size_t len = (b.len + 2) / 3 * 4;
	char *to = cs_alloc(a, len + 1);

	for (size_t i = 0, n = 0; to && i < b.len; i += 3) {
		uint32_t v = (uint32_t)b.at[i] << 16;

		v |= i + 1 < b.len ? (uint32_t)b.at[i + 1] << 8 : 0;
		v |= i + 2 < b.len ? b.at[i + 2] : 0;
		to[n++] = digits[v >> 18];
		to[n++] = digits[v >> 12 & 63];
		to[n++] = i + 1 < b.len ? digits[v >> 6 & 63] : '=';
		to[n++] = i + 2 < b.len ? digits[v & 63] : '=';
	}
	return (cs_text){ to ? to : "", to ? len : 0 };
}

bool
cs_is_base64(cs_text t)
{
	size_t n = 0;

	for (size_t i = 0; i < t.len; i++) {
		if (bits_of(t.at[i]) < 0 && t.at[i] != '=' && !blank(t.at[i]))
			return false;
		n += bits_of(t.at[i]) >= 0;
	}
	return n > 0;
}
