/* event_list.c - lists of numbers, levels and times as options have them */
#include "events.h"

#include <stdlib.h>
#include <string.h>

static const char *const levels[] = {
	"always", "critical", "error", "warning", "information", "verbose",
};
#define N_LEVELS (sizeof(levels) / sizeof(levels[0]))

const char *
level_name(unsigned level)
{
	return level < N_LEVELS ? levels[level] : "";
}

static bool
number(const char **text, uint64_t most, uint64_t *ret)
{
	const char *t = *text;

	*ret = 0;
	while (*t >= '0' && *t <= '9' && *ret <= most)
		*ret = *ret * 10 + (uint64_t)(*t++ - '0');
	if (t == *text || *ret > most)
		return false;
	*text = t;
	return true;
}

/* "7" or "3-9", up to the comma or end. */
static bool
range(const char **text, uint64_t *from, uint64_t *to)
{
	if (!number(text, UINT32_MAX, from))
		return false;
	*to = *from;
	if (**text == '-') {
		++*text;
		if (!number(text, UINT32_MAX, to))
			return false;
	}
	return *from <= *to && (**text == ',' || **text == '\0');
}

bool
parse_ranges(const char *text, cabscan_id_range **ret, size_t *ret_n)
{
	size_t n = 1;

	for (const char *t = text; *t; t++)
		n += *t == ',';
	*ret = calloc(n, sizeof(**ret));
	*ret_n = 0;
	for (; *ret; text++) {
		uint64_t from, to;

		if (!range(&text, &from, &to))
			break;
		(*ret)[(*ret_n)++] = (cabscan_id_range){ (uint32_t)from,
		                                         (uint32_t)to };
		if (*text == '\0')
			return true;
	}
	free(*ret);
	*ret = NULL;
	return false;
}

static bool
named_level(const char **text, uint32_t *ret)
{
	size_t n = strcspn(*text, ",");

	for (unsigned i = 0; i < N_LEVELS && n > 0; i++)
		if (strncmp(levels[i], *text, n) == 0 && n >= 3) {
			/* Level 0 is shown as information by viewers. */
			*ret |= i == 4 ? 1u | 1u << 4 : 1u << i;
			*text += n;
			return true;
		}
	return false;
}

bool
parse_levels(const char *text, uint32_t *ret)
{
	*ret = 0;
	for (;; text++) {
		uint64_t from, to;

		if (!named_level(&text, ret)) {
			if (!range(&text, &from, &to) || to > 31)
				return false;
			for (; from <= to; from++)
				*ret |= (uint32_t)1 << from;
		}
		if (*text == '\0')
			return true;
	}
}

/* "2026-11-22", "2026-11-22T09:00", "...:44", "...:44.123", with Z or an
 * offset: the library reads all but the shortest. */
bool
parse_moment(const char *text, bool end, uint64_t *ret)
{
	const uint64_t second = 10000000;
	cabscan_value v = { .type = CABSCAN_TYPE_UTF8 };
	size_t n = strlen(text);
	uint64_t to_end = 0;
	char whole[64];

	if (n == 10) {
		snprintf(whole, sizeof(whole), "%sT00:00:00Z", text);
		to_end = 24 * 3600 * second - 1;
	} else if (n == 16) {
		snprintf(whole, sizeof(whole), "%s:00Z", text);
		to_end = 60 * second - 1;
	} else if (n < sizeof(whole)) {
		memcpy(whole, text, n + 1);
		to_end = strchr(text, '.') ? 0 : second - 1;
	} else {
		return false;
	}
	v.data = whole;
	v.size = strlen(whole);
	if (!cabscan_value_time(&v, ret) || *ret == 0)
		return false;
	if (end)
		*ret += to_end;
	return true;
}
