/*
 * fields.c - what a row says, read where it stands
 *
 * Rows as cabscan writes them are read in one go, without a tree of values: a
 * million of them are read in seconds.  Whatever else may be JSON, blanks and
 * escapes among it, takes the long way, which also says what is wrong.
 */
#include "fleet.h"

#include <stdlib.h>
#include <string.h>

static const char *const keys[N_FIELDS] = {
	[FIELD_SCHEMA] = "schema", [FIELD_ID] = "id", [FIELD_SOURCE] = "source",
	[FIELD_STATE] = "state", [FIELD_REDACTED] = "redacted",
	[FIELD_CAUSE] = "cause", [FIELD_CONFIDENCE] = "confidence",
	[FIELD_SERIAL] = "serial", [FIELD_UUID] = "uuid",
	[FIELD_MAKER] = "manufacturer", [FIELD_MODEL] = "model",
	[FIELD_BIOS] = "bios", [FIELD_VENDOR] = "vendor",
	[FIELD_FIRMWARE] = "firmware", [FIELD_BUILD] = "build",
	[FIELD_SCENARIO] = "scenario", [FIELD_MESSAGE] = "message",
	[FIELD_AUTHORITY] = "authority", [FIELD_FIRST] = "first",
	[FIELD_OUTCOME] = "outcome", [FIELD_TIME] = "time",
	[FIELD_LOGS_FROM] = "logs_from", [FIELD_DIGEST] = "digest",
	[FIELD_PROBLEM] = "problem_text",
};

static const char *const number_keys[N_NUMBERS] = {
	[NUMBER_SHARD] = "shard", [NUMBER_SHARDS] = "shards",
	[NUMBER_ROWS] = "rows",
};

static void
empty(struct fields *f)
{
	for (size_t i = 0; i < N_FIELDS; i++)
		f->text[i] = "";
	memset(f->number, 0, sizeof(f->number));
	f->has_shards = false;
	f->n_tries = f->n_labels = 0;
}

/* ---- in one go ---------------------------------------------------------------- */

/* The text behind a quote, which gets its NUL; NULL: not that simple. */
static char *
text_at(char **p, const char *end)
{
	char *begin, *at = *p;

	if (at == end || *at != '"')
		return NULL;
	for (begin = ++at; at < end && *at != '"'; ) {
		unsigned char c = (unsigned char)*at;
		unsigned character;

		if (c < 0x20 || c == '\\')
			return NULL;
		if (c < 0x80) {
			at++;
			continue;
		}
		at += text_character(at, (size_t)(end - at), &character);
		if (character == 0)
			return NULL;
	}
	if (at == end)
		return NULL;
	*at = '\0';
	*p = at + 1;
	return begin;
}

static bool
number_at(char **p, int64_t *ret)
{
	size_t n = strspn(*p, "0123456789");

	if (n == 0 || n > 15 || (n > 1 && **p == '0'))
		return false;
	*ret = strtoll(*p, p, 10);
	return true;
}

static bool
texts_at(char **p, const char *end, struct fields *f, bool wanted)
{
	++*p;
	if (**p == ']') {
		++*p;
		return true;
	}
	for (;;) {
		const char *text = text_at(p, end);
		char c = **p;

		if (!text || (c != ',' && c != ']'))
			return false;
		++*p;
		if (wanted && f->n_tries < MAX_FIELD_TRIES)
			f->tries[f->n_tries++] = text;
		if (c == ']')
			return true;
	}
}

static bool
labels_at(char **p, const char *end, struct fields *f)
{
	++*p;
	for (;;) {
		const char *name = text_at(p, end), *value;
		char c;

		if (!name || **p != ':')
			return false;
		++*p;
		value = text_at(p, end);
		c = **p;
		if (!value || (c != ',' && c != '}') || f->n_labels == MAX_LABELS)
			return false;
		++*p;
		f->label[f->n_labels++] = (struct field_label){ name, value };
		if (c == '}')
			return true;
	}
}

static bool
text_value(char **p, const char *end, const char *key, struct fields *f)
{
	const char *text = text_at(p, end);

	for (size_t i = 0; text && i < N_FIELDS; i++)
		if (strcmp(keys[i], key) == 0) {
			f->text[i] = text;
			break;
		}
	return text != NULL;
}

static bool
number_value(char **p, const char *key, struct fields *f)
{
	int64_t number;

	if (!number_at(p, &number))
		return false;
	for (size_t i = 0; i < N_NUMBERS; i++)
		if (strcmp(number_keys[i], key) == 0) {
			f->number[i] = number;
			f->has_shards |= i == NUMBER_SHARDS;
		}
	return true;
}

static bool
value_at(char **p, const char *end, const char *key, struct fields *f)
{
	switch (**p) {
	case '"': return text_value(p, end, key, f);
	case '[': return texts_at(p, end, f, strcmp(key, "tries") == 0);
	case '{': return strcmp(key, "labels") == 0 && labels_at(p, end, f);
	default: return number_value(p, key, f);
	}
}

static bool
read_quickly(struct fields *f, size_t len)
{
	char *p = f->line;
	const char *end = p + len;

	if (*p++ != '{')
		return false;
	for (;;) {
		const char *key = text_at(&p, end);
		char c;

		if (!key || *p != ':')
			return false;
		p++;
		if (!value_at(&p, end, key, f))
			return false;
		c = *p++;
		if (c == '}')
			return p == end;
		if (c != ',')
			return false;
	}
}

/* What read_row() asks for: so a row that is none takes the long way. */
static bool
is_row(const struct fields *f)
{
	const char *state = f->text[FIELD_STATE];

	if (strcmp(f->text[FIELD_SCHEMA], "cabscan-row/1") != 0)
		return false;
	if (strcmp(state, "shard") == 0)
		return true;
	if (!*f->text[FIELD_ID] || !*f->text[FIELD_SOURCE])
		return false;
	return strcmp(state, "failed") == 0 ||
	       (strcmp(state, "scanned") == 0 && *f->text[FIELD_CAUSE]);
}

/* ---- the long way ------------------------------------------------------------------ */

static bool
read_slowly(struct fields *f, const char *line, size_t len, const char **why)
{
	struct record r;
	const char *key;
	json_t *v;
	size_t i;

	if (!read_row(line, len, &r, why))
		return false;
	f->o = r.o;
	for (i = 0; i < N_FIELDS; i++)
		f->text[i] = row_text(&r, keys[i]);
	for (i = 0; i < N_NUMBERS; i++)
		f->number[i] = json_integer_value(json_object_get(r.o,
		                                                  number_keys[i]));
	f->has_shards = json_is_integer(json_object_get(r.o, "shards"));
	json_array_foreach(json_object_get(r.o, "tries"), i, v)
		if (json_is_string(v) && f->n_tries < MAX_FIELD_TRIES)
			f->tries[f->n_tries++] = json_string_value(v);
	json_object_foreach(json_object_get(r.o, "labels"), key, v)
		if (json_is_string(v) && f->n_labels < MAX_LABELS)
			f->label[f->n_labels++] = (struct field_label){
				key, json_string_value(v) };
	return true;
}

bool
fields_read(struct fields *f, const char *line, size_t len, const char **why)
{
	f->o = NULL;
	empty(f);
	if (len < sizeof(f->line)) {
		memcpy(f->line, line, len);
		f->line[len] = '\0';
		if (read_quickly(f, len) && is_row(f))
			return true;
		empty(f);
	}
	return read_slowly(f, line, len, why);
}

void
fields_end(struct fields *f)
{
	json_decref(f->o);
}
