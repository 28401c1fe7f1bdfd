/*
 * compare.c - two snapshots into what changed: cabscan-diff/1
 *
 * Oldest first by the time of the evidence.  Each change has what both sides
 * say and where; where one side says nothing, whether the file that the other
 * side has it from was read there.  Of a side that is a row alone (thin.c) only
 * what rows say is compared.
 */
#include "history.h"

#include <stdlib.h>
#include <string.h>

/* What a device is, in the order in which people ask. */
static const char *const device_facts[] = {
	"tpm.firmware", "device.bios", "windows.build", "autopilot.profile",
	"autopilot.scenario", "autopilot.tenant", "tpm.vendor", "tpm.spec",
	"windows.edition", "device.manufacturer", "device.model", "device.cpu",
	"device.serial", "device.uuid",
};

struct comparing {
	const json_t *before, *after;
	json_t *ret;
	bool failed;
};

static void
set(struct comparing *c, json_t *o, const char *key, json_t *value)
{
	if (!value || json_object_set_new(o, key, value) != 0)
		c->failed = true;
}

static void
add(struct comparing *c, json_t *list, json_t *value)
{
	if (!value || json_array_append_new(list, value) != 0)
		c->failed = true;
}

json_t *
known_or_null(const json_t *o, const char *key)
{
	json_t *value = json_object_get(o, key);

	return value ? json_incref(value) : json_null();
}

static const json_t *
part(const json_t *o, const char *key)
{
	return json_object_get(o, key);
}

/* The name of the member that a place is in, for another object to keep. */
static json_t *
member_of(const json_t *snapshot, const json_t *place)
{
	const json_t *at = part(place, "member");
	json_t *m = json_is_integer(at)
	          ? json_array_get(part(snapshot, "members"),
	                           (size_t)json_integer_value(at)) : NULL;

	return known_or_null(m, "member");
}

/* ---- evidence --------------------------------------------------------------- */

static json_t *
evidence(struct comparing *c, const json_t *snapshot, const json_t *fact)
{
	static const char *const keys[] = { "record", "line", "time" };
	json_t *o = json_object();

	set(c, o, "value", known_or_null(fact, "value"));
	set(c, o, "member", member_of(snapshot, fact));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		set(c, o, keys[i], known_or_null(fact, keys[i]));
	return o;
}

static bool
is_fact(const json_t *fact, const char *name)
{
	return strcmp(json_text(fact, "fact"), name) == 0;
}

/* The different values of a fact, the most trusted first. */
static json_t *
values(struct comparing *c, const json_t *snapshot, const char *name)
{
	json_t *list = json_array(), *fact;
	size_t i;

	json_array_foreach(part(snapshot, "facts"), i, fact)
		if (is_fact(fact, name))
			add(c, list, evidence(c, snapshot, fact));
	return list;
}

static bool
has_value(const json_t *list, const char *value)
{
	json_t *o;
	size_t i;

	json_array_foreach(list, i, o)
		if (strcmp(json_text(o, "value"), value) == 0)
			return true;
	return false;
}

static bool
has_all(const json_t *a, const json_t *b)
{
	json_t *o;
	size_t i;

	json_array_foreach(b, i, o)
		if (!has_value(a, json_text(o, "value")))
			return false;
	return true;
}

/* A row has the most trusted value alone, or does not say. */
static bool
same_values(const struct comparing *c, const json_t *before, const json_t *after)
{
	if (is_thin(c->before))
		return json_array_size(after) == 0 || has_all(after, before);
	if (is_thin(c->after))
		return json_array_size(before) == 0 || has_all(before, after);
	return json_array_size(before) == json_array_size(after) &&
	       has_all(after, before);
}

/* The collector puts the computer's name into that one. */
static bool
same_member(const char *a, const char *b)
{
	static const char hash[] = "DeviceHash_";

	return strcmp(a, b) == 0 || (strncmp(a, hash, sizeof(hash) - 1) == 0 &&
	                             strncmp(b, hash, sizeof(hash) - 1) == 0);
}

static bool
was_read(const json_t *snapshot, const char *member)
{
	json_t *o;
	size_t i;

	json_array_foreach(part(snapshot, "members"), i, o)
		if (same_member(json_text(o, "member"), member) &&
		    (strcmp(json_text(o, "state"), "read") == 0 ||
		     strcmp(json_text(o, "state"), "salvaged") == 0))
			return true;
	return false;
}

/* Why a side says nothing of what the other one has: null where it does. */
static json_t *
why_nothing(const json_t *own, const json_t *snapshot, const json_t *others)
{
	json_t *o;
	size_t i;

	if (json_array_size(own) > 0)
		return json_null();
	json_array_foreach(others, i, o)
		if (!*json_text(o, "member") ||
		    was_read(snapshot, json_text(o, "member")))
			return json_string("not-found");
	return json_string("not-collected");
}

static void
add_change(struct comparing *c, const char *kind, const char *what,
           const char *title, json_t *before, json_t *after)
{
	json_t *o = json_object();

	set(c, o, "kind", json_string(kind));
	set(c, o, "what", json_string(what));
	set(c, o, "title", json_string(title));
	set(c, o, "before", before);
	set(c, o, "before_why", why_nothing(before, c->before, after));
	set(c, o, "after", after);
	set(c, o, "after_why", why_nothing(after, c->after, before));
	add(c, json_object_get(c->ret, "changes"), o);
}

/* ---- verdict and facts ------------------------------------------------------- */

static json_t *
verdict(struct comparing *c, const json_t *snapshot)
{
	const json_t *v = part(snapshot, "verdict");
	json_t *list = json_array(), *o = json_object();
	static const char *const none[] = { "member", "record", "line" };

	set(c, o, "value", json_sprintf("%s [%s, %s]", json_text(v, "title"),
	                                json_text(v, "cause"),
	                                json_text(v, "confidence")));
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		set(c, o, none[i], json_null());
	set(c, o, "time", known_or_null(snapshot, "time"));
	add(c, list, o);
	return list;
}

static void
compare_verdicts(struct comparing *c)
{
	const json_t *a = part(c->before, "verdict"), *b = part(c->after, "verdict");

	if (strcmp(json_text(a, "cause"), json_text(b, "cause")) == 0 &&
	    strcmp(json_text(a, "confidence"), json_text(b, "confidence")) == 0)
		return;
	add_change(c, "verdict", "verdict", "Verdict", verdict(c, c->before),
	           verdict(c, c->after));
}

static bool
is_device_fact(const char *name)
{
	for (size_t i = 0; i < sizeof(device_facts) / sizeof(*device_facts); i++)
		if (strcmp(name, device_facts[i]) == 0)
			return true;
	return false;
}

static const char *
title_of(struct comparing *c, const char *name)
{
	const json_t *sides[] = { c->after, c->before };
	json_t *fact;
	size_t i;

	for (size_t k = 0; k < 2; k++)
		json_array_foreach(part(sides[k], "facts"), i, fact)
			if (is_fact(fact, name))
				return json_text(fact, "title");
	return name;
}

static void
compare_fact(struct comparing *c, const char *kind, const char *name)
{
	json_t *before = values(c, c->before, name);
	json_t *after = values(c, c->after, name);

	if (same_values(c, before, after)) {
		json_decref(before);
		json_decref(after);
		return;
	}
	add_change(c, kind, name, title_of(c, name), before, after);
}

/* Each fact that a side has and that was not compared before. */
static void
compare_rest(struct comparing *c, const json_t *snapshot, json_t *done)
{
	json_t *fact;
	size_t i;

	json_array_foreach(part(snapshot, "facts"), i, fact) {
		const char *name = json_text(fact, "fact");

		if (is_device_fact(name) || json_object_get(done, name))
			continue;
		json_object_set_new(done, name, json_true());
		compare_fact(c, "fact", name);
	}
}

/* ---- events and tries ---------------------------------------------------------- */

static const json_t *
event_named(const json_t *snapshot, const char *name)
{
	json_t *o;
	size_t i;

	json_array_foreach(part(snapshot, "events"), i, o)
		if (strcmp(json_text(o, "event"), name) == 0)
			return o;
	return NULL;
}

static json_t *
event_side(struct comparing *c, const json_t *snapshot, const json_t *event)
{
	static const char *const keys[] = { "count", "what", "record", "first",
	                                    "last" };
	json_t *o = event ? json_object() : json_null();

	if (event)
		set(c, o, "member", member_of(snapshot, event));
	for (size_t i = 0; event && i < sizeof(keys) / sizeof(keys[0]); i++)
		set(c, o, keys[i], known_or_null(event, keys[i]));
	return o;
}

static void
compare_event(struct comparing *c, const json_t *a, const json_t *b)
{
	json_t *o;

	if (a && b && json_equal(part(a, "count"), part(b, "count")))
		return;
	o = json_object();
	set(c, o, "event", known_or_null(a ? a : b, "event"));
	set(c, o, "before", event_side(c, c->before, a));
	set(c, o, "after", event_side(c, c->after, b));
	add(c, json_object_get(c->ret, "events"), o);
}

static void
compare_events(struct comparing *c)
{
	json_t *o;
	size_t i;

	if (is_thin(c->before) || is_thin(c->after))
		return;
	json_array_foreach(part(c->before, "events"), i, o)
		compare_event(c, o, event_named(c->after, json_text(o, "event")));
	json_array_foreach(part(c->after, "events"), i, o)
		if (!event_named(c->before, json_text(o, "event")))
			compare_event(c, NULL, o);
}

/* A row tells when a try began to two seconds, and when the last one ended. */
static const char *
end_of(const json_t *attempt)
{
	static const char *const keys[] = { "ended", "until", "started" };
	const char *end = "";

	for (size_t i = 0; i < 3 && !*end; i++)
		end = json_text(attempt, keys[i]);
	return end;
}

/* One device makes one try at a time: tries that overlap are one, seen by two
 * logs. */
bool
same_try(const json_t *a, const json_t *b)
{
	return strcmp(json_text(a, "started"), end_of(b)) <= 0 &&
	       strcmp(json_text(b, "started"), end_of(a)) <= 0;
}

json_t *
whole_try(const json_t *from)
{
	return json_pack("{s:o, s:o, s:o, s:o}", "started", known_or_null(from, "started"),
	                 "ended", known_or_null(from, "ended"), "outcome",
	                 known_or_null(from, "outcome"), "error", known_or_null(from, "error"));
}

/* The tries of the newer side that the older one does not have. */
static void
compare_attempts(struct comparing *c)
{
	const json_t *list = part(c->before, "attempts");
	const char *seen = is_thin(c->before)   /* it leaves some out */
	                 ? json_text(json_array_get(list, json_array_size(list) - 1),
	                             "started") : "";
	json_t *a, *b;
	size_t i, k;

	json_array_foreach(part(c->after, "attempts"), i, b) {
		bool known = strcmp(json_text(b, "started"), seen) <= 0;

		json_array_foreach(list, k, a)
			known |= same_try(a, b);
		if (!known)
			add(c, json_object_get(c->ret, "attempts"), whole_try(b));
	}
}

/* ---- both sides ---------------------------------------------------------------- */

static json_t *
side(struct comparing *c, const json_t *snapshot)
{
	static const char *const keys[] = { "source", "digest", "time" };
	json_t *o = json_object();
	const json_t *device = part(snapshot, "device");

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		set(c, o, keys[i], known_or_null(snapshot, keys[i]));
	set(c, o, "serial", known_or_null(device, "serial"));
	set(c, o, "uuid", known_or_null(device, "uuid"));
	set(c, o, "verdict", known_or_null(snapshot, "verdict"));
	set(c, o, "knowledge", known_or_null(snapshot, "knowledge"));
	set(c, o, "from", json_string(is_thin(snapshot) ? "row" : "case"));
	return o;
}

/* Null where a side does not say, and nothing that both say differs. */
static json_t *
same_device(const json_t *a, const json_t *b)
{
	static const char *const keys[] = { "serial", "uuid" };
	bool known = false;

	for (size_t i = 0; i < 2; i++) {
		const char *x = json_text(part(a, "device"), keys[i]);
		const char *y = json_text(part(b, "device"), keys[i]);

		if (*x && *y && strcmp(x, y) != 0)
			return json_false();
		known |= *x && *y;
	}
	return known ? json_true() : json_null();
}

/* Times are of one form, so that their order is that of their texts. */
static bool
is_newer(const json_t *a, const json_t *b)
{
	const char *x = json_text(a, "time"), *y = json_text(b, "time");

	return *x && *y && strcmp(x, y) > 0;
}

json_t *
compare_snapshots(const json_t *a, const json_t *b)
{
	bool turn = is_newer(a, b);
	struct comparing c = { turn ? b : a, turn ? a : b, json_object(), false };
	json_t *done = json_object();

	set(&c, c.ret, "schema", json_string("cabscan-diff/1"));
	set(&c, c.ret, "before", side(&c, c.before));
	set(&c, c.ret, "after", side(&c, c.after));
	set(&c, c.ret, "order", json_string(*json_text(a, "time") &&
	    *json_text(b, "time") ? "evidence" : "given"));
	set(&c, c.ret, "same_device", same_device(a, b));
	set(&c, c.ret, "changes", json_array());
	set(&c, c.ret, "events", json_array());
	set(&c, c.ret, "attempts", json_array());
	compare_verdicts(&c);
	for (size_t i = 0; i < sizeof(device_facts) / sizeof(*device_facts); i++)
		compare_fact(&c, "device", device_facts[i]);
	if (!is_thin(c.before) && !is_thin(c.after)) {
		compare_rest(&c, c.before, done);
		compare_rest(&c, c.after, done);
	}
	compare_events(&c);
	compare_attempts(&c);
	json_decref(done);
	if (!c.failed)
		return c.ret;
	json_decref(c.ret);
	return NULL;
}

/* ---- for people ------------------------------------------------------------------ */

void
print_change(const json_t *change, const char *indent, FILE *to)
{
	static const char *const sides[] = { "before", "after" };

	fputs(indent, to);
	print_plain(json_text(change, "title"), to);
	fputc('\n', to);
	for (size_t k = 0; k < 2; k++) {
		const json_t *list = part(change, sides[k]);
		const char *why = json_text(change, k ? "after_why" : "before_why");
		json_t *o;
		size_t i;

		if (json_array_size(list) == 0)
			fprintf(to, "%s  %-6s  %s\n", indent, sides[k],
			        strcmp(why, "not-found") == 0
			        ? "not found (its file was read)"
			        : "not collected");
		json_array_foreach(list, i, o) {
			fprintf(to, "%s  %-6s  ", indent, i ? "" : sides[k]);
			print_plain(json_text(o, "value"), to);
			print_place(o, to);
			fputc('\n', to);
		}
	}
}

/* " [member, record 28, 2026-03-15T10:30:50.8271577Z]" */
void
print_place(const json_t *o, FILE *to)
{
	json_int_t record = json_integer_value(part(o, "record"));
	json_int_t line = json_integer_value(part(o, "line"));
	const char *time = json_text(o, json_object_get(o, "last") ? "last" : "time");
	const char *comma = "";

	if (!*json_text(o, "member") && !*time)
		return;
	fputs("  [", to);
	if (*json_text(o, "member")) {
		print_plain(base_name(json_text(o, "member")), to);
		comma = ", ";
	}
	if (record)
		fprintf(to, "%srecord %lld", comma, (long long)record);
	else if (line)
		fprintf(to, "%sline %lld", comma, (long long)line);
	if (*time)
		fprintf(to, "%s%s", comma, time);
	fputc(']', to);
}
