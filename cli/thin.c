/*
 * thin.c - a snapshot of what a row says, for a store that gets rows alone
 *
 * A row has the verdict, the device and the tries of a case, but no places, no
 * events and no members.  So "from": "row" stands in such a snapshot: what it
 * lacks is not stored, which is neither "not found" nor "not collected".  A text
 * that was cut to fit the row is left out.
 */
#include "history.h"

#include <stdlib.h>
#include <string.h>

#define SECOND 10000000u
/* A row tells both the first try and the distance of the others to a second. */
#define SLACK ((uint64_t)2 * SECOND)

struct thin {
	const struct record *r;
	json_t *o;
	bool failed;
};

static void
set(struct thin *t, json_t *o, const char *key, json_t *value)
{
	if (!json_is_null(value) && json_object_set_new(o, key, value) != 0)
		t->failed = true;
}

static json_t *
text(const char *from)
{
	return *from ? json_string(from) : json_null();
}

static json_t *
moment(uint64_t time)
{
	return time ? json_string(cabscan_time_text(time).text) : json_null();
}

static uint64_t
time_of_row(const struct thin *t, const char *key)
{
	const char *says = row_text(t->r, key);
	cabscan_value v = { .type = CABSCAN_TYPE_UTF8, .data = says,
	                    .size = strlen(says) };
	uint64_t time = 0;

	return *says && cabscan_value_time(&v, &time) ? time : 0;
}

static bool
is_cut(const char *value)
{
	return ends_with(value, "\xe2\x80\xa6");
}

static void
take_facts(struct thin *t)
{
	json_t *list = json_array(), *o;
	const char *key, *fact;

	for (size_t i = 0; (key = row_fact(i, &fact)) != NULL; i++) {
		const char *value = row_text(t->r, key);

		if (!*value || is_cut(value))
			continue;
		o = json_pack("{s:s, s:s, s:s}", "fact", fact, "title", key,
		              "value", value);
		t->failed |= json_array_append_new(list, o) != 0;
	}
	set(t, t->o, "facts", list);
}

/* Pseudonyms are what they are. */
static void
take_identity(struct thin *t, json_t *device, const char *key,
              bool (*real)(const char *text, char ret[ID_ROOM]))
{
	const char *value = row_text(t->r, key);
	char id[ID_ROOM];

	if (*row_text(t->r, "redacted") && strncmp(value, "id-", 3) == 0)
		set(t, device, key, json_string(value));
	else if (*value && !is_cut(value) && real(value, id))
		set(t, device, key, json_string(id));
}

static void
take_device(struct thin *t)
{
	json_t *device = json_object();

	take_identity(t, device, "serial", device_serial);
	take_identity(t, device, "uuid", device_uuid);
	set(t, t->o, "device", device);
}

static void
take_verdict(struct thin *t)
{
	static const char *const keys[] = { "cause", "confidence", "title" };
	json_t *o = json_object();

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		set(t, o, keys[i], text(row_text(t->r, keys[i])));
	set(t, t->o, "verdict", o);
}

/* "F193": how a try ended, and how many seconds after the first it began. */
static json_t *
try_of(struct thin *t, const char *says, bool last)
{
	uint64_t first = time_of_row(t, "first");
	uint64_t began = first + strtoull(says + 1, NULL, 10) * SECOND;
	json_t *o = json_object();

	set(t, o, "started", moment(first ? began : 0));
	set(t, o, "until", moment(first ? began + SLACK : 0));
	set(t, o, "outcome", json_string(*says == 'P' ? "passed" : *says == 'F'
	                                 ? "failed" : "incomplete"));
	if (last && *says != 'I') {
		set(t, o, "ended", moment(time_of_row(t, "time")));
		set(t, o, "error", text(row_text(t->r, "error")));
	}
	return o;
}

static void
take_attempts(struct thin *t)
{
	const json_t *tries = json_object_get(t->r->o, "tries");
	size_t n = json_array_size(tries);
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		const char *says = json_string_value(json_array_get(tries, i));

		if (says && *says && json_array_append_new(list,
		    try_of(t, says, i + 1 == n)) != 0)
			t->failed = true;
	}
	set(t, t->o, "attempts", list);
}

char *
snapshot_of_row(const struct record *r)
{
	struct thin t = { r, json_object(), false };
	char *line = NULL;

	set(&t, t.o, "schema", json_string(SNAPSHOT_SCHEMA));
	set(&t, t.o, "from", json_string("row"));
	set(&t, t.o, "source", text(r->source));
	set(&t, t.o, "digest", text(row_text(r, "digest")));
	set(&t, t.o, "time", moment(time_of_row(&t, "time")));
	take_verdict(&t);
	take_device(&t);
	take_facts(&t);
	take_attempts(&t);
	set(&t, t.o, "events", json_array());
	set(&t, t.o, "members", json_array());
	if (!t.failed)
		line = json_dumps(t.o, JSON_COMPACT);
	json_decref(t.o);
	return line;
}

bool
is_thin(const json_t *snapshot)
{
	return strcmp(json_text(snapshot, "from"), "row") == 0;
}
