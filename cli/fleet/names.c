/*
 * names.c - one name for one thing, whatever its spelling
 *
 * Makers and models are written in many ways; serial numbers with blanks,
 * dashes and in either case; UUIDs in two orders of bytes.
 */
#include "fleet.h"

#include <string.h>

/* How a maker writes itself, in small letters and digits; the first of a line
 * is its name here.  The same words in front of a model name the maker. */
static const char *const makers[][5] = {
	{ "hp", "hewlettpackard", "hpinc", "hewlettpackardcompany" },
	{ "dell", "dellinc" }, { "lenovo", "lenovogrouplimited" },
	{ "microsoft", "microsoftcorporation", "microsoftcorp" },
	{ "acer", "acerinc" }, { "asus", "asustek", "asustekcomputerinc" },
	{ "fujitsu", "fujitsuclientcomputinglimited", "fujitsulimited" },
	{ "panasonic", "panasoniccorporation", "panasonicconnectcoltd" },
	{ "toshiba" }, { "dynabook", "dynabookinc" },
	{ "samsung", "samsungelectronicscoltd" }, { "getac", "getaccorporation" },
	{ "lg", "lgelectronics" }, { "vmware", "vmwareinc" },
};
#define N_MAKERS (sizeof(makers) / sizeof(makers[0]))

static char
small(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       (unsigned char)c >= 0x80;
}

/* Small letters and digits alone. */
static size_t
squeeze(const char *text, size_t len, char *to, size_t room)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n + 1 < room; i++)
		if (is_word(small(text[i])))
			to[n++] = small(text[i]);
	to[n] = '\0';
	return n;
}

static const char *
maker_of(const char *plain)
{
	for (size_t i = 0; i < N_MAKERS; i++)
		for (size_t k = 0; k < 5 && makers[i][k]; k++)
			if (strcmp(plain, makers[i][k]) == 0)
				return makers[i][0];
	return NULL;
}

const char *
model_alone(const char *model, const char **ret_maker)
{
	const char *rest = model;
	char plain[64];

	*ret_maker = "";
	/* "Hewlett-Packard HP ..." has it twice. */
	for (unsigned i = 0; i < 3; i++) {
		size_t n = strcspn(rest, " ");
		const char *maker;

		squeeze(rest, n, plain, sizeof(plain));
		maker = maker_of(plain);
		if (!maker || rest[n] == '\0')
			break;
		*ret_maker = maker;
		rest += n;
		rest += strspn(rest, " ");
		/* "Dell Inc. ...", "Microsoft Corporation ..." */
		n = strcspn(rest, " ");
		squeeze(rest, n, plain, sizeof(plain));
		if (rest[n] && (strcmp(plain, "inc") == 0 ||
		                strcmp(plain, "corporation") == 0)) {
			rest += n;
			rest += strspn(rest, " ");
		}
	}
	return *rest ? rest : model;
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Ids and numbers that differ from device to device become one mark. */
static size_t
without_numbers(char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; ) {
		size_t k = i, digits = 0;

		while (k < len && is_hex(text[k]))
			digits += text[k] >= '0' && text[k] <= '9', k++;
		if (digits >= 4 || (digits > 0 && k - i >= 8)) {
			if (n == 0 || text[n - 1] != '#')
				text[n++] = '#';
			i = k;
		} else if (k > i) {
			memmove(text + n, text + i, k - i);
			n += k - i;
			i = k;
		} else {
			text[n++] = text[i++];
		}
	}
	text[n] = '\0';
	return n;
}

/* Small letters, one blank between words, none around them. */
static size_t
one_line(const char *text, char *to, size_t room)
{
	size_t n = 0;

	for (; *text && n + 1 < room; text++) {
		if ((unsigned char)*text > ' ')
			to[n++] = small(*text);
		else if (n > 0 && to[n - 1] != ' ')
			to[n++] = ' ';
	}
	while (n > 0 && to[n - 1] == ' ')
		n--;
	to[n] = '\0';
	return n;
}

/* 1.1.1 is a BIOS, 7.7 a firmware, whatever 111 is as a serial number. */
static bool
is_version(const char *text)
{
	size_t n = strspn(text, "0123456789.");

	return text[n] == '\0' && strchr(text, '.') && strpbrk(text, "123456789");
}

size_t
plain_name(enum column c, const char *text, char *to, size_t room)
{
	const char *maker;
	size_t n;

	to[0] = '\0';
	if (c <= BY_BIOS && is_placeholder(text) && !is_version(text))
		return 0;
	if (c == BY_MAKER) {
		n = squeeze(text, strlen(text), to, room);
		maker = maker_of(to);
		if (!maker)
			return n;
		n = strlen(maker);
		memcpy(to, maker, n + 1);
		return n;
	}
	if (c == BY_MODEL)
		text = model_alone(text, &maker);
	n = one_line(text, to, room);
	return c == BY_MESSAGE ? without_numbers(to, n) : n;
}

uint64_t
serial_key(const char *text)
{
	char plain[64];
	size_t n = squeeze(text, strlen(text), plain, sizeof(plain));

	return n == 0 || is_placeholder(text) ? 0 : hash_bytes(plain, n) | 1;
}

/* The first three fields are written in either order of bytes: of the two
 * spellings the smaller one stands for both. */
uint64_t
uuid_key(const char *text)
{
	static const unsigned char turned[16] = {
		3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15,
	};
	char plain[64], other[33];
	size_t n = squeeze(text, strlen(text), plain, sizeof(plain));

	if (n == 0 || is_placeholder(text))
		return 0;
	if (n != 32)
		return hash_bytes(plain, n) | 1;
	for (size_t i = 0; i < 16; i++)
		memcpy(other + 2 * i, plain + 2 * turned[i], 2);
	return hash_bytes(memcmp(other, plain, 32) < 0 ? other : plain, 32) | 1;
}
