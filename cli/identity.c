/* identity.c - serial numbers and UUIDs in one spelling each */
#include "history.h"

#include <string.h>

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Without blanks, in capitals. */
bool
device_serial(const char *text, char ret[ID_ROOM])
{
	size_t n = 0;

	for (; *text && n < ID_ROOM - 1; text++)
		if (!is_blank(*text))
			ret[n++] = *text >= 'a' && *text <= 'z'
			         ? (char)(*text - ('a' - 'A')) : *text;
	ret[n] = '\0';
	return *text == '\0' && !is_placeholder(ret);
}

/* In groups, in small letters, without braces. */
bool
device_uuid(const char *text, char ret[ID_ROOM])
{
	char digits[33];
	size_t n = 0;

	for (; *text; text++) {
		char c = *text >= 'A' && *text <= 'F'
		       ? (char)(*text + ('a' - 'A')) : *text;

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')) {
			if (n == 32)
				return false;
			digits[n++] = c;
		} else if (c != '-' && c != '{' && c != '}' && !is_blank(c)) {
			return false;
		}
	}
	if (n != 32)
		return false;
	digits[n] = '\0';
	snprintf(ret, ID_ROOM, "%.8s-%.4s-%.4s-%.4s-%.12s", digits, digits + 8,
	         digits + 12, digits + 16, digits + 20);
	return !is_placeholder(ret);
}
