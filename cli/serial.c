/* serial.c - serial numbers and UUIDs that are none
 *
 * Boards whose maker filled nothing in say so in a handful of phrases, which
 * thousands of devices share.
 */
#include "batch.h"

#include <string.h>

/* In small letters and digits alone. */
static const char *const phrases[] = {
	"tobefilledbyoem", "defaultstring", "systemserialnumber", "serialnumber",
	"chassisserialnumber", "baseboardserialnumber", "boardserialnumber",
	"systemserial", "serial", "oemserial", "none", "null", "unknown", "invalid",
	"empty", "blank", "default", "oem", "notspecified", "notapplicable",
	"notavailable", "notpresent", "notset", "notprovided", "undefined", "na",
	"nil", "tbd", "0123456789", "123456789", "1234567890",
	"12345678", "1234567", "123456", "systemproductname", "systemmanufacturer",
	"systemuuid",
	/* UUIDs: what AMI's code comes with, in both orders of bytes, and a
	 * template's. */
	"03000200040005000006000700080009", "00020003000400050006000700080009",
	"1234567890abcdefabcdef0123456789", "123456781234567890abcddeefaabbcc",
};

bool
is_placeholder(const char *text)
{
	char plain[64];
	size_t n = 0;
	bool one = true;                /* the same character again and again */

	for (; *text && n + 1 < sizeof(plain); text++) {
		char c = *text;

		c = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') &&
		    (unsigned char)c < 0x80)
			continue;
		plain[n++] = c;
		one &= c == plain[0];
	}
	plain[n] = '\0';
	if (*text)                      /* longer than any of them */
		return false;
	if (one)
		return true;
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (strcmp(plain, phrases[i]) == 0)
			return true;
	return false;
}
