/*
 * snapshot.c - what of a case is worth comparing later: cabscan-snapshot/1
 *
 * One JSON object of some 10 KiB: who the device is, the verdict, each fact with
 * its different values and the first place of each, the tries to attest, how
 * often which event was there, and which members were read.  What was not
 * collected can so be told from what was not found.  A key whose value is not
 * known is left out; "member" is a place in the list of members.
 */
#include "history.h"

#include <stdlib.h>
#include <string.h>

/* A case of 400 facts or 400 kinds of events is hostile, not thorough. */
#define MAX_FACTS 400
#define MAX_EVENTS 400
#define MAX_VALUES 8            /* different ones, of one fact */
#define MAX_VALUE 300           /* bytes */
#define MAX_MEMBERS 400

struct taking {
	const struct row_maker *m;
	const cabscan_case *c;
	json_t *o;
	bool failed;
};

static void
set(struct taking *t, json_t *o, const char *key, json_t *value)
{
	if (!json_is_null(value) && json_object_set_new(o, key, value) != 0)
		t->failed = true;
}

static json_t *
text(struct taking *t, const char *from)
{
	char *plain;
	json_t *j;

	if (!from || !*from)
		return json_null();
	plain = plain_text(from);
	if (plain && strlen(plain) > MAX_VALUE)
		cut_end(plain, MAX_VALUE);
	j = plain ? json_string(plain) : NULL;
	t->failed |= !j;
	free(plain);
	return j;
}

static json_t *
moment(uint64_t time)
{
	return time ? json_string(cabscan_time_text(time).text) : json_null();
}

static json_t *
number(uint64_t n)
{
	return n ? json_integer((json_int_t)n) : json_null();
}

static void
set_place(struct taking *t, json_t *o, const cabscan_where *w)
{
	const cabscan_member *m;

	for (size_t i = 0; i < MAX_MEMBERS &&
	     (m = cabscan_member_at(t->c, i)) != NULL; i++)
		if (strcmp(m->name, w->member) == 0) {
			set(t, o, "member", json_integer((json_int_t)i));
			break;
		}
	set(t, o, "record", number(w->record));
	set(t, o, "line", number(w->line));
}

/* A new object at the end of the list under 'key'. */
static json_t *
new_item(struct taking *t, const char *key)
{
	json_t *list = json_object_get(t->o, key), *o = json_object();

	if (!o || json_array_append_new(list, o) != 0) {
		t->failed = true;
		return NULL;
	}
	return o;
}

/* ---- facts ----------------------------------------------------------------- */

static void
take_fact(struct taking *t, const cabscan_fact *f)
{
	json_t *o = new_item(t, "facts");

	if (!o)
		return;
	set(t, o, "fact", json_string(f->name));
	set(t, o, "title", text(t, f->title));
	set(t, o, "value", text(t, f->value));
	set_place(t, o, &f->where);
	set(t, o, "time", moment(f->time));
}

/* Whether that value stands in the list already, or the fact has enough.  Facts
 * of one name come one after the other. */
static bool
is_taken(const json_t *list, const cabscan_fact *f)
{
	size_t n = 0;

	for (size_t i = json_array_size(list); i > 0; i--) {
		const json_t *o = json_array_get(list, i - 1);

		if (strcmp(json_text(o, "fact"), f->name) != 0)
			break;
		if (strncmp(json_text(o, "value"), f->value, MAX_VALUE - 3) == 0)
			return true;
		n++;
	}
	return n >= MAX_VALUES;
}

static void
take_facts(struct taking *t)
{
	const json_t *list = json_object_get(t->o, "facts");
	const cabscan_fact *f;

	for (size_t i = 0; (f = cabscan_fact_at(t->c, i)) != NULL; i++)
		if (json_array_size(list) < MAX_FACTS && !is_taken(list, f))
			take_fact(t, f);
}

/* ---- events ---------------------------------------------------------------- */

/* "ModernDeployment-Diagnostics-Provider 171: what it says" */
static json_t *
event_of(struct taking *t, const cabscan_event *e)
{
	json_t *list = json_object_get(t->o, "events"), *o;
	size_t len = strcspn(e->what, ":"), i;

	json_array_foreach(list, i, o) {
		const char *name = json_text(o, "event");

		if (strlen(name) == len && strncmp(name, e->what, len) == 0)
			return o;
	}
	if (json_array_size(list) >= MAX_EVENTS)
		return NULL;
	o = new_item(t, "events");
	if (o) {
		set(t, o, "event", json_stringn(e->what, len));
		set(t, o, "count", json_integer(0));
		set(t, o, "first", moment(e->time));
	}
	return o;
}

/* They come in order of time: the last one stays. */
static void
take_event(struct taking *t, const cabscan_event *e)
{
	json_t *o = event_of(t, e);
	const char *says = strstr(e->what, ": ");

	if (!o)
		return;
	set(t, o, "count", json_integer(1 + json_integer_value(
	    json_object_get(o, "count"))));
	set(t, o, "last", moment(e->time));
	set(t, o, "what", text(t, says ? says + 2 : ""));
	set_place(t, o, &e->where);
}

/* ---- the rest -------------------------------------------------------------- */

static void
take_attempts(struct taking *t)
{
	const cabscan_attempt *a;

	for (size_t i = 0; (a = cabscan_attempt_at(t->c, i)) != NULL; i++) {
		json_t *o = new_item(t, "attempts");

		if (!o)
			return;
		set(t, o, "started", moment(a->started));
		set(t, o, "ended", moment(a->ended));
		set(t, o, "outcome", json_string(a->outcome));
		set(t, o, "error", text(t, a->error));
	}
}

static void
take_members(struct taking *t)
{
	const cabscan_member *m;

	for (size_t i = 0; i < MAX_MEMBERS &&
	     (m = cabscan_member_at(t->c, i)) != NULL; i++) {
		json_t *o = new_item(t, "members");

		if (!o)
			return;
		set(t, o, "member", text(t, m->name));
		set(t, o, "state", json_string(cabscan_member_state_name(m->state)));
	}
}

static void
take_verdict(struct taking *t)
{
	const cabscan_verdict *v = cabscan_case_verdict(t->c);
	json_t *o = json_object();

	set(t, o, "cause", json_string(v->cause));
	set(t, o, "confidence", json_string(cabscan_confidence_name(v->confidence)));
	set(t, o, "title", text(t, v->title));
	set(t, t->o, "verdict", o);
}

/* The first value that names a device and not a thousand of them. */
static json_t *
identity(struct taking *t, const char *fact,
         bool (*real)(const char *text, char ret[ID_ROOM]))
{
	char id[ID_ROOM];
	const cabscan_fact *f;

	for (size_t i = 0; (f = cabscan_fact_named(t->c, fact, i)) != NULL; i++)
		if (real(f->value, id))
			return text(t, id);
	return json_null();
}

static void
take_device(struct taking *t)
{
	json_t *o = json_object();

	set(t, o, "serial", identity(t, "device.serial", device_serial));
	set(t, o, "uuid", identity(t, "device.uuid", device_uuid));
	set(t, t->o, "device", o);
}

/* When the device was as the case says: its last try, else the newest thing
 * with a time. */
static uint64_t
evidence_time(const cabscan_case *c)
{
	const cabscan_attempt *a;
	const cabscan_event *e;
	const cabscan_fact *f;
	uint64_t time = 0;

	for (size_t i = 0; (a = cabscan_attempt_at(c, i)) != NULL; i++)
		time = a->ended ? a->ended : a->started;
	for (size_t i = 0; !cabscan_attempt_at(c, 0) &&
	     (e = cabscan_event_at(c, i)) != NULL; i++)
		time = e->time > time ? e->time : time;
	for (size_t i = 0; time == 0 && (f = cabscan_fact_at(c, i)) != NULL; i++)
		time = f->time > time ? f->time : time;
	return time;
}

/* Of the content; with --redact two pseudonyms of it side by side, since one
 * alone is too short to tell a million cases apart.  The first one is that of
 * the row. */
static json_t *
digest(struct taking *t)
{
	const char *sum = cabscan_case_digest(t->c);
	const cabscan_redactor *r;
	char *first, *second;
	json_t *j;

	if (!t->m->private)
		return json_string(sum);
	r = t->m->private->redactor;
	first = cabscan_redact(r, NULL, CABSCAN_TEXT_SECRET, sum);
	second = first ? cabscan_redact(r, NULL, CABSCAN_TEXT_SECRET, first) : NULL;
	j = second ? json_sprintf("%s%s", first + 3, second + 3) : NULL;
	cabscan_redact_free(first);
	cabscan_redact_free(second);
	return j;
}

static void
take_head(struct taking *t, const char *source)
{
	static const char *const lists[] = { "facts", "attempts", "events",
	                                     "members" };

	set(t, t->o, "schema", json_string(SNAPSHOT_SCHEMA));
	set(t, t->o, "source", text(t, source));
	set(t, t->o, "digest", digest(t));
	set(t, t->o, "time", moment(evidence_time(t->c)));
	set(t, t->o, "knowledge", text(t, cabscan_case_knowledge_date(t->c)));
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		set(t, t->o, lists[i], json_array());
}

static json_t *
take_snapshot(const struct row_maker *m, const char *source,
              const cabscan_case *c)
{
	struct taking t = { m, c, json_object(), false };
	const cabscan_event *e;

	take_head(&t, source);
	take_verdict(&t);
	take_device(&t);
	if (!t.failed) {
		take_facts(&t);
		take_attempts(&t);
		take_members(&t);
	}
	for (size_t i = 0; !t.failed && (e = cabscan_event_at(c, i)) != NULL; i++)
		take_event(&t, e);
	if (t.failed) {
		json_decref(t.o);
		return NULL;
	}
	return t.o;
}

char *
snapshot_of_case(const struct row_maker *m, const char *source,
                 const cabscan_case *c)
{
	json_t *o = take_snapshot(m, source, c);
	char *line = o ? json_dumps(o, JSON_COMPACT) : NULL, *shown;

	json_decref(o);
	if (!line || !m->private)
		return line;
	shown = private_case(m->private, c, line, true);
	free(line);
	return shown;
}

/* ---- out of a store ---------------------------------------------------------- */

/* A store may come from anyone: what take_snapshot() would never write is none
 * of ours, and what is shown of the rest needs no second look. */
static bool
is_shown(const json_t *j, unsigned levels)
{
	const char *key, *text = json_string_value(j);
	json_t *value;
	size_t i;
	bool ok = levels > 0;

	for (size_t n = text ? json_string_length(j) : 0; ok && n > 0;) {
		unsigned c = 0;
		size_t step = text_character(text, n, &c);

		ok = !is_unshown(c);
		text += step;
		n -= step;
	}
	json_array_foreach(j, i, value)
		ok = ok && is_shown(value, levels - 1);
	json_object_foreach((json_t *)(uintptr_t)j, key, value)
		ok = ok && is_shown(value, levels - 1);
	return ok;
}

json_t *
load_snapshot(const char *line)
{
	json_t *o = json_loads(line, 0, NULL);

	if (strcmp(json_text(o, "schema"), SNAPSHOT_SCHEMA) == 0 && is_shown(o, 5))
		return o;
	json_decref(o);
	return NULL;
}

const char *
json_text(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text ? text : "";
}
