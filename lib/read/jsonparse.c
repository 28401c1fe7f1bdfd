#include "read/jsonparse.h"

#include "base/utf.h"

static char
peek(const struct cs_json_in *in)
{
	return in->at < in->text.len ? in->text.at[in->at] : '\0';
}

static void
skip_blanks(struct cs_json_in *in)
{
	char c;

	while ((c = peek(in)) == ' ' || c == '\t' || c == '\n' || c == '\r')
		in->at++;
}

static bool
take(struct cs_json_in *in, char c)
{
	skip_blanks(in);
	if (peek(in) != c)
		return false;
	in->at++;
	return true;
}

/* ---- strings ---------------------------------------------------------- */

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0'
	     : c >= 'a' && c <= 'f' ? c - 'a' + 10
	     : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The unit of "\uXXXX" at in->at, which moves behind it. */
static bool
escaped_unit(struct cs_json_in *in, uint32_t *ret)
{
	uint32_t unit = 0;

	if (in->text.len - in->at < 6 || peek(in) != '\\' ||
	    in->text.at[in->at + 1] != 'u')
		return false;
	for (size_t i = 2; i < 6; i++) {
		int digit = hex_digit(in->text.at[in->at + i]);

		if (digit < 0)
			return false;
		unit = unit << 4 | (uint32_t)digit;
	}
	in->at += 6;
	*ret = unit;
	return true;
}

/* Half of a pair is none. */
static bool
escaped_character(struct cs_json_in *in, uint32_t *ret)
{
	uint32_t low;

	if (!escaped_unit(in, ret) || (*ret >= 0xdc00 && *ret < 0xe000))
		return false;
	if (*ret < 0xd800 || *ret >= 0xe000)
		return true;
	if (!escaped_unit(in, &low) || low < 0xdc00 || low >= 0xe000)
		return false;
	*ret = 0x10000 + ((*ret - 0xd800) << 10) + (low - 0xdc00);
	return true;
}

/* The escape at in->at; 'to', if there is one, has room for four bytes. */
static bool
escape(struct cs_json_in *in, char *to, size_t *len)
{
	static const char names[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	char name = in->text.len - in->at < 2 ? '\0' : in->text.at[in->at + 1];
	const char *hit = name ? strchr(names, name) : NULL;
	uint32_t c;

	if (hit) {
		c = (unsigned char)means[hit - names];
		in->at += 2;
	} else if (!escaped_character(in, &c)) {
		return false;
	}
	if (to)
		*len += cs_put_utf8(to + *len, c);
	return true;
}

/* Behind the quote that ends the string; false: there is none, or what a
 * string cannot hold comes first. */
static bool
find_end(struct cs_json_in *in, bool *ret_escapes)
{
	*ret_escapes = false;
	while (in->at < in->text.len) {
		unsigned char c = (unsigned char)in->text.at[in->at];

		if (c == '"') {
			in->at++;
			return true;
		}
		if (c < 0x20)
			return false;
		if (c == '\\') {
			*ret_escapes = true;
			if (!escape(in, NULL, NULL))
				return false;
		} else {
			in->at++;
		}
	}
	return false;
}

/* No escape is shorter than what it stands for. */
static cs_text
without_escapes(cs_arena *a, cs_text raw)
{
	struct cs_json_in in = { .text = raw };
	char *to = cs_room(a, raw.len);
	size_t len = 0;

	if (!to)
		return CS_TEXT("");
	while (in.at < raw.len) {
		if (raw.at[in.at] != '\\')
			to[len++] = raw.at[in.at++];
		else if (!escape(&in, to, &len))
			break;
	}
	cs_give_back(a, to, raw.len, len);
	return (cs_text){ to, len };
}

/* Behind its first quote. */
static bool
string(struct cs_json_in *in, cs_text *ret)
{
	size_t from = in->at;
	bool escapes;

	if (!find_end(in, &escapes))
		return false;
	*ret = (cs_text){ in->text.at + from, in->at - 1 - from };
	if (escapes)
		*ret = without_escapes(in->arena, *ret);
	return true;
}

/* ---- numbers and words --------------------------------------------------- */

static bool
digits(struct cs_json_in *in)
{
	size_t from = in->at;

	while (peek(in) >= '0' && peek(in) <= '9')
		in->at++;
	return in->at > from;
}

static enum cs_json_token
number(struct cs_json_in *in, cs_text *ret)
{
	size_t from = in->at;
	bool real = false;

	in->at += peek(in) == '-';
	if (peek(in) == '0')
		in->at++;
	else if (!digits(in))
		return CS_JSON_WRONG;
	if (peek(in) == '.') {
		real = true;
		in->at++;
		if (!digits(in))
			return CS_JSON_WRONG;
	}
	if (peek(in) == 'e' || peek(in) == 'E') {
		real = true;
		in->at++;
		in->at += peek(in) == '-' || peek(in) == '+';
		if (!digits(in))
			return CS_JSON_WRONG;
	}
	*ret = (cs_text){ in->text.at + from, in->at - from };
	return real ? CS_JSON_REAL : CS_JSON_INTEGER;
}

static bool
word(struct cs_json_in *in, cs_text w)
{
	cs_text rest = { in->text.at + in->at, in->text.len - in->at };

	if (rest.len < w.len || memcmp(rest.at, w.at, w.len) != 0)
		return false;
	in->at += w.len;
	return true;
}

bool
cs_json_integer(cs_text t, int64_t *ret)
{
	bool minus = t.len > 0 && t.at[0] == '-';
	uint64_t most = (uint64_t)INT64_MAX + minus, v = 0;

	for (size_t i = minus; i < t.len; i++) {
		unsigned digit = (unsigned)(t.at[i] - '0');

		if (v > (most - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*ret = (int64_t)(minus ? 0 - v : v);
	return true;
}

/* ---- structure ------------------------------------------------------------ */

enum cs_json_token
cs_json_value(struct cs_json_in *in, cs_text *ret)
{
	char c;

	skip_blanks(in);
	c = peek(in);
	*ret = CS_TEXT("");
	if (c == '{' || c == '[') {
		in->at++;
		return c == '{' ? CS_JSON_OBJECT : CS_JSON_ARRAY;
	}
	if (c == '"') {
		in->at++;
		return string(in, ret) ? CS_JSON_STRING : CS_JSON_WRONG;
	}
	if (c == '-' || (c >= '0' && c <= '9'))
		return number(in, ret);
	if (word(in, CS_TEXT("true")))
		return CS_JSON_TRUE;
	if (word(in, CS_TEXT("false")))
		return CS_JSON_FALSE;
	return word(in, CS_TEXT("null")) ? CS_JSON_NULL : CS_JSON_WRONG;
}

enum cs_json_follows
cs_json_first(struct cs_json_in *in, char end)
{
	return take(in, end) ? CS_JSON_END : CS_JSON_ANOTHER;
}

enum cs_json_follows
cs_json_next(struct cs_json_in *in, char end)
{
	return take(in, ',') ? CS_JSON_ANOTHER
	     : take(in, end) ? CS_JSON_END : CS_JSON_NEITHER;
}

bool
cs_json_name(struct cs_json_in *in, cs_text *ret)
{
	return take(in, '"') && string(in, ret) && take(in, ':');
}

bool
cs_json_at_end(struct cs_json_in *in)
{
	skip_blanks(in);
	return in->at == in->text.len;
}
