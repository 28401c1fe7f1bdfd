#include "read/jsontext.h"

#include "base/plain.h"
#include "base/utf.h"
#include "read/value.h"

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
	if (c < 0x20 || c == '"' || c == '\\' || cs_is_unshown(c))
		return put_escape(to, c);
	return to + cs_put_utf8(to, c);
}

static bool
is_plain_at(cs_bytes b, size_t i)
{
	return cs_is_plain(cs_load16(b.at + i * 2), CS_PLAIN_JSON);
}

/* As cs_value_text() has it: NULs at the end are none, one inside is U+FFFD,
 * line ends are LF. */
char *
cs_json_put_utf16(char *to, cs_bytes b, const uint8_t *end)
{
	size_t n = b.len / 2, i = 0;

	while (n > 0 && cs_load16(b.at + n * 2 - 2) == 0)
		n--;
	*to++ = '"';
	while (i < n) {
		size_t plain = cs_plain_units(to, b.at + i * 2, n - i, end,
		                              CS_PLAIN_JSON);

		to += plain;
		i += plain;
		/* Line ends and tabs come in groups. */
		while (i < n && !is_plain_at(b, i)) {
			uint32_t c = cs_load16(b.at + i * 2);
			uint32_t low = i + 1 < n ? cs_load16(b.at + i * 2 + 2) : 0;

			i++;
			if (c == '\t' || c == '\n') {
				memcpy(to, c == '\t' ? "\\t" : "\\n", 2);
				to += 2;
				continue;
			}
			if (c >= 0xd800 && c < 0xdc00 && low >= 0xdc00 &&
			    low < 0xe000) {
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
	}
	*to++ = '"';
	return to;
}

size_t
cs_json_put_text(char *to, cs_text t)
{
	char *begin = to;

	*to++ = '"';
	for (size_t i = 0; i < t.len; ) {
		size_t plain = cs_plain_bytes(to, (const uint8_t *)t.at + i,
		                              t.len - i, CS_PLAIN_JSON);
		uint32_t wide;

		to += plain;
		i += plain;
		if (i == t.len)
			break;
		i += cs_get_utf8(t, i, &wide);
		to = put_character(to, wide);
	}
	*to++ = '"';
	return (size_t)(to - begin);
}

/* What JSON has as well, where all its bytes are there. */
static bool
is_bare(enum cs_type type)
{
	return (type >= CS_I8 && type <= CS_DOUBLE) || type == CS_BOOL;
}

size_t
cs_json_put_short(char *to, enum cs_type type, cs_bytes raw)
{
	bool bare = is_bare(type) && cs_value_is_whole(type, raw);
	size_t n = cs_value_put(to + !bare, type, raw);

	if (bare && ((type != CS_FLOAT && type != CS_DOUBLE) ||
	             !memchr(to, '#', n)))
		return n;
	if (bare)
		memmove(to + 1, to, n);
	to[0] = to[n + 1] = '"';
	return n + 2;
}

size_t
cs_json_put(char *to, cs_arena *scratch, const struct cs_value *v,
            const uint8_t *end)
{
	switch (v->type) {
	case CS_NULL:
		memcpy(to, "null", 4);
		return 4;
	case CS_UTF16: case CS_EVTXML:
		return (size_t)(cs_json_put_utf16(to, v->raw, end) - to);
	case CS_UTF8: case CS_ANSI:
		return cs_json_put_text(to, cs_value_text(scratch, v));
	default:
		return cs_json_put_short(to, v->type, v->raw);
	}
}
