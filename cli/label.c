/* label.c - --label NAME=VALUE: what no log says of a case */
#include "batch.h"
#include "flags.h"

#include <stdlib.h>
#include <string.h>

/* Evidence says these. */
static const char *const taken[] = {
	"scenario", "bios", "model", "manufacturer", "vendor", "firmware", "build",
	"cause", "serial", "uuid", "spec", "outcome",
};

static bool
is_name(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(text[i] >= 'a' && text[i] <= 'z') &&
		    (i == 0 || (!(text[i] >= '0' && text[i] <= '9') &&
		                text[i] != '-' && text[i] != '_')))
			return false;
	return n > 0 && n <= MAX_LABEL_NAME;
}

static const char *
what_is_wrong(const char *text, size_t n)
{
	const char *value = text + n + 1;
	size_t len;

	if (!is_name(text, n))
		return "--label needs NAME=VALUE, the name of 1 to 16 small letters, "
		       "digits, - and _";
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (strlen(taken[i]) == n && strncmp(text, taken[i], n) == 0)
			return "--label cannot say what the evidence says";
	len = text[n] == '=' ? strlen(value) : 0;
	if (len == 0 || len > MAX_LABEL_VALUE)
		return "--label needs a value of 1 to 32 bytes";
	for (size_t i = 0; i < len; ) {
		unsigned character;
		size_t step = text_character(value + i, len - i, &character);

		if (is_unshown(character))
			return "--label needs a value that can be printed";
		i += step;
	}
	return NULL;
}

static int
by_name(const void *x, const void *y)
{
	return strcmp(((const struct label *)x)->name,
	              ((const struct label *)y)->name);
}

bool
parse_labels(const char *command, const char *const *texts, size_t n,
             struct labels *ret)
{
	*ret = (struct labels){ .n = 0 };
	if (n > MAX_LABELS)
		return wrong_usage(command, "--label can be given four times at most",
		                   texts[MAX_LABELS]);
	for (size_t i = 0; i < n; i++) {
		size_t name = strcspn(texts[i], "=");
		const char *why = what_is_wrong(texts[i], name);
		struct label *l = &ret->at[ret->n++];

		if (why)
			return wrong_usage(command, why, texts[i]);
		snprintf(l->name, sizeof(l->name), "%.*s", (int)name, texts[i]);
		snprintf(l->value, sizeof(l->value), "%s", texts[i] + name + 1);
	}
	qsort(ret->at, ret->n, sizeof(ret->at[0]), by_name);
	for (size_t i = 1; i < ret->n; i++)
		if (strcmp(ret->at[i - 1].name, ret->at[i].name) == 0)
			return wrong_usage(command, "--label is given twice",
			                   ret->at[i].name);
	return true;
}
