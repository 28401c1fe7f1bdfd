#include "redact/shapes.h"

#include <string.h>

/* Longer ones are serial numbers, product ids and telephones. */
#define MAX_PLAIN_DIGITS 6

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static size_t
span(cs_text t, size_t from, bool (*in)(char c))
{
	size_t n = from;

	while (n < t.len && in(t.at[n]))
		n++;
	return n - from;
}

/* In a pattern 'h' stands for a hexadecimal digit, 'd' for a decimal one,
 * everything else for itself. */
static bool
like(cs_text t, const char *pattern)
{
	if (t.len != strlen(pattern))
		return false;
	for (size_t i = 0; i < t.len; i++)
		if (pattern[i] == 'h' ? !is_hex(t.at[i])
		    : pattern[i] == 'd' ? !is_digit(t.at[i])
		    : t.at[i] != pattern[i])
			return false;
	return true;
}

static bool
is_code(cs_text t)
{
	return t.len >= 3 && t.len <= 10 && t.at[0] == '0' &&
	       (t.at[1] == 'x' || t.at[1] == 'X') && span(t, 2, is_hex) == t.len - 2;
}

/* 2026-03-15, 2026-03-15T10:27:16, ...Z, with or without fractions; 10:27 */
static bool
is_moment(cs_text t)
{
	cs_text day = { t.at, 10 }, clock = { t.at + 11, 8 };
	size_t n;

	if (like(t, "dddd-dd-dd") || like(t, "dd:dd") || like(t, "dd:dd:dd"))
		return true;
	if (t.len < 19 || !like(day, "dddd-dd-dd") || t.at[10] != 'T' ||
	    !like(clock, "dd:dd:dd"))
		return false;
	n = 19;
	if (n < t.len && t.at[n] == '.')
		n += 1 + span(t, n + 1, is_digit);
	if (n < t.len && t.at[n] == 'Z')
		n++;
	return n == t.len && n <= 30;
}

static bool
is_version(cs_text t)
{
	size_t dots = 0;

	for (size_t i = 0; i < t.len; i++) {
		dots += t.at[i] == '.';
		if (!is_digit(t.at[i]) && (t.at[i] != '.' || i == 0 ||
		                           t.at[i - 1] == '.'))
			return false;
	}
	return dots > 0 && t.len <= 24;
}

/* Four numbers up to 255; a port behind it does not matter. */
static bool
is_ipv4(cs_text t)
{
	size_t at = 0;

	for (unsigned part = 0; part < 4; part++) {
		size_t n = span(t, at, is_digit);
		unsigned value = 0;

		for (size_t i = 0; i < n && i < 4; i++)
			value = value * 10 + (unsigned)(t.at[at + i] - '0');
		if (n == 0 || n > 3 || value > 255)
			return false;
		at += n;
		if (part < 3 && (at >= t.len || t.at[at++] != '.'))
			return false;
	}
	return at == t.len || t.at[at] == ':' || t.at[at] == '/';
}

static bool
is_ipv6(cs_text t)
{
	size_t colons = 0, digits = 0;
	bool twice = false;

	for (size_t i = 0; i < t.len && t.at[i] != '%' && t.at[i] != '/'; i++) {
		if (t.at[i] == ':') {
			colons++;
			twice |= i > 0 && t.at[i - 1] == ':';
		} else if (!is_hex(t.at[i]) && t.at[i] != '.') {
			return false;
		} else {
			digits++;
		}
	}
	return (colons == 7 || (twice && colons >= 2)) && digits > 0;
}

enum cs_shape
cs_shape_of(cs_text t)
{
	if (memchr(t.at, '@', t.len))
		return CS_SHAPE_MAIL;
	if (is_code(t) || is_moment(t) ||
	    (t.len <= MAX_PLAIN_DIGITS && span(t, 0, is_digit) == t.len))
		return CS_SHAPE_PLAIN;
	if (like(t, "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh"))
		return CS_SHAPE_UUID;
	if (cs_starts_caseless(t, CS_TEXT("S-1-")))
		return CS_SHAPE_SID;
	if (like(t, "hh:hh:hh:hh:hh:hh") || like(t, "hh-hh-hh-hh-hh-hh"))
		return CS_SHAPE_MAC;
	if (is_ipv4(t) || is_ipv6(t))
		return CS_SHAPE_IP;
	return is_version(t) ? CS_SHAPE_VERSION : CS_SHAPE_OTHER;
}
