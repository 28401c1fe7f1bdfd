/* scanner.c - a scanner with the knowledge that was asked for; --fail-on */
#include "cli.h"
#include "flags.h"
#include "sys.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- --fail-on ----------------------------------------------------------- */

static const struct { const char *word; cabscan_confidence level; } levels[] = {
	{ "possible", CABSCAN_POSSIBLE }, { "likely", CABSCAN_LIKELY },
	{ "certain", CABSCAN_CERTAIN },
};

/* Verdicts that are no failed attestation: only their name asks for them. */
static const char *const harmless[] = {
	"attested", "recovered", "not-attempted", "later-esp-failure",
};

bool
is_harmless(const char *cause)
{
	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		if (strcmp(cause, harmless[i]) == 0)
			return true;
	return false;
}

static bool
same(const char *word, size_t len, const char *with)
{
	return strlen(with) == len && strncmp(word, with, len) == 0;
}

static bool
word_applies(const char *word, size_t len, const char *cause,
              cabscan_confidence level)
{
	if (same(word, len, cause))
		return true;
	if (is_harmless(cause))
		return false;
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (same(word, len, levels[i].word))
			return level >= levels[i].level;
	return false;
}

bool
fail_on_applies(const char *list, const char *cause, cabscan_confidence level)
{
	for (;;) {
		size_t n = strcspn(list, ",");

		if (word_applies(list, n, cause, level))
			return true;
		if (list[n] == '\0')
			return false;
		list += n + 1;
	}
}

static bool
is_word(const cabscan *cs, const char *word, size_t len)
{
	const char *cause;

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (same(word, len, levels[i].word))
			return true;
	for (size_t i = 0; (cause = cabscan_cause_id(cs, i)) != NULL; i++)
		if (same(word, len, cause))
			return true;
	return false;
}

static bool
fail_on_is_right(const cabscan *cs, const char *list)
{
	while (list) {
		size_t n = strcspn(list, ",");

		if (!is_word(cs, list, n)) {
			print_problem("--fail-on: neither a level nor a cause",
			              list);
			return false;
		}
		list = list[n] ? list + n + 1 : NULL;
	}
	return true;
}

/* ---- knowledge ----------------------------------------------------------- */

static bool
learn_file(cabscan *cs, const char *path)
{
	FILE *f = open_path(path, "rb");
	char *text = NULL;
	size_t len = 0, room = 0, got = 1;
	cabscan_error err = { CABSCAN_OK, "" };

	while (f && got > 0) {
		if (len == room) {
			char *more = realloc(text, room += 65536);

			if (!more)
				break;
			text = more;
		}
		got = fread(text + len, 1, room - len, f);
		len += got;
	}
	if (!f || got > 0 || !read_to_end(f, path))
		print_problem(path, "cannot be read");
	else if (cabscan_learn(cs, path, text, len, &err) != CABSCAN_OK)
		print_problem(err.message, NULL);
	else
		got = SIZE_MAX;
	free(text);
	if (f)
		fclose(f);
	return got == SIZE_MAX;
}

/* SOURCE_DATE_EPOCH stands in for the clock, so that a report can be made
 * again. */
uint64_t
today(void)
{
	const char *fixed = getenv("SOURCE_DATE_EPOCH");
	unsigned long long seconds = fixed ? strtoull(fixed, NULL, 10)
	                                   : (unsigned long long)time(NULL);

	return (seconds + 11644473600u) * 10000000u;
}

static bool
learn_list(cabscan *cs, cabscan_roster_kind kind, const struct flag_list *paths)
{
	cabscan_error err = { CABSCAN_OK, "" };

	for (size_t i = 0; i < paths->n; i++)
		if (cabscan_learn_roster(cs, kind, paths->at[i], NULL, 0, &err)
		    != CABSCAN_OK) {
			print_problem(err.message, NULL);
			return false;
		}
	return true;
}

bool
learn_lists(cabscan *cs, const struct device_lists *l)
{
	return learn_list(cs, CABSCAN_ROSTER_INTUNE, &l->intune) &&
	       learn_list(cs, CABSCAN_ROSTER_INVENTORY, &l->inventory);
}

cabscan *
make_scanner(const char *const *knowledge, size_t n, const char *fail_on)
{
	cabscan_error err;
	cabscan *cs = cabscan_new(&err);
	bool ok = cs != NULL;

	if (!cs)
		print_problem(err.message, NULL);
	else
		cabscan_set_today(cs, today());
	for (size_t i = 0; ok && i < n; i++)
		ok = learn_file(cs, knowledge[i]);
	if (ok && fail_on_is_right(cs, fail_on))
		return cs;
	cabscan_free(cs);
	return NULL;
}
