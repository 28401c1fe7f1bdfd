/* json.c - cabscan-case/1: the schema stands in cabscan-case.schema.json */
#include "report/report.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Sets a key, and tells whether that worked: a report that lacks a key for
 * want of memory must not leave. */
struct builder {
	int short_of_memory;
};

static void
set(struct builder *b, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) != 0)
		b->short_of_memory = 1;
}

static void
add(struct builder *b, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) != 0)
		b->short_of_memory = 1;
}

static json_t *
text(const char *t)
{
	return t ? json_string(t) : json_null();
}

/* What is not known, or does not apply, is null. */
static json_t *
known_text(const char *t)
{
	return t && *t ? json_string(t) : json_null();
}

static json_t *
known_number(uint64_t n)
{
	return n ? json_integer((json_int_t)n) : json_null();
}

static json_t *
moment(uint64_t t)
{
	return t ? json_string(cabscan_time_text(t).text) : json_null();
}

static json_t *
fact_text(const cabscan_case *c, const char *name)
{
	const cabscan_fact *f = cabscan_fact_named(c, name, 0);

	return f ? json_string(f->value) : json_null();
}

static json_t *
fact_bool(const cabscan_case *c, const char *name)
{
	const cabscan_fact *f = cabscan_fact_named(c, name, 0);

	return f ? json_boolean(strcmp(f->value, "true") == 0) : json_null();
}

static void
add_fact(struct builder *b, json_t *list, const cabscan_fact *f)
{
	json_t *o = json_object();

	set(b, o, "fact", text(f->name));
	set(b, o, "value", text(f->value));
	set(b, o, "member", known_text(f->where.member));
	set(b, o, "record", known_number(f->where.record));
	set(b, o, "line", known_number(f->where.line));
	set(b, o, "time", moment(f->time));
	add(b, list, o);
}

static json_t *
evidence(struct builder *b, const cabscan_fact *const *facts, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		add_fact(b, list, facts[i]);
	return list;
}

/* What is not the verdict has something against it: where no fact
 * contradicts it, that what it needs was not found. */
static json_t *
against(struct builder *b, const cabscan_fact *const *facts, size_t n,
        const cabscan_lack *lack)
{
	json_t *list = evidence(b, facts, n);

	if (n == 0 && lack) {
		cabscan_fact nothing = { .name = lack->fact,
		                         .value = lack->found,
		                         .where = { .member = "" } };

		add_fact(b, list, &nothing);
	}
	return list;
}

static json_t *
lack(struct builder *b, const cabscan_lack *l)
{
	json_t *o;

	if (!l)
		return json_null();
	o = json_object();
	set(b, o, "fact", text(l->fact));
	set(b, o, "found", text(l->found));
	set(b, o, "needed", text(l->needed));
	return o;
}

static json_t *
verdict(struct builder *b, const cabscan_case *c)
{
	const cabscan_verdict *v = cabscan_case_verdict(c);
	json_t *o = json_object();

	set(b, o, "cause", text(v->cause));
	set(b, o, "confidence", text(cabscan_confidence_name(v->confidence)));
	set(b, o, "title", text(v->title));
	set(b, o, "summary", text(v->summary));
	return o;
}

static json_t *
findings(struct builder *b, const cabscan_case *c)
{
	const cabscan_finding *f;
	json_t *list = json_array();

	for (size_t i = 0; (f = cabscan_finding_at(c, i)) != NULL; i++) {
		json_t *o = json_object();

		set(b, o, "cause", text(f->cause));
		set(b, o, "confidence",
		    text(cabscan_confidence_name(f->confidence)));
		set(b, o, "evidence", evidence(b, f->evidence, f->n_evidence));
		set(b, o, "against",
		    against(b, f->against, f->n_against,
		            f == cabscan_case_verdict(c)->finding ? NULL
		                                                  : f->surer));
		set(b, o, "surer", lack(b, f->surer));
		add(b, list, o);
	}
	return list;
}

static json_t *
why_not(struct builder *b, const cabscan_case *c)
{
	const cabscan_why_not *w;
	json_t *causes = json_object();

	for (size_t i = 0; (w = cabscan_why_not_at(c, i)) != NULL; i++) {
		json_t *o = lack(b, &w->lack);

		set(b, o, "met", evidence(b, w->met, w->n_met));
		set(b, o, "against",
		    against(b, w->against, w->n_against, &w->lack));
		set(b, causes, w->cause, o);
	}
	return causes;
}

struct key {
	const char *key, *fact;
	int is_bool;
};

static json_t *
facts(struct builder *b, const cabscan_case *c, const struct key *keys, size_t n)
{
	json_t *o = json_object();

	for (size_t i = 0; i < n; i++)
		set(b, o, keys[i].key, keys[i].is_bool
		    ? fact_bool(c, keys[i].fact) : fact_text(c, keys[i].fact));
	return o;
}

static const struct key device_keys[] = {
	{ "serial", "device.serial", 0 }, { "uuid", "device.uuid", 0 },
	{ "manufacturer", "device.manufacturer", 0 },
	{ "model", "device.model", 0 }, { "bios", "device.bios", 0 },
};

static const struct key tpm_keys[] = {
	{ "vendor", "tpm.vendor", 0 }, { "firmware", "tpm.firmware", 0 },
	{ "spec", "tpm.spec", 0 }, { "present", "tpm.present", 1 },
	{ "enabled", "tpm.enabled", 1 }, { "activated", "tpm.activated", 1 },
	{ "owned", "tpm.owned", 1 }, { "ready", "tpm.ready", 1 },
	{ "ready_for_storage", "tpm.ready_for_storage", 1 },
	{ "ready_for_attestation", "tpm.ready_for_attestation", 1 },
	{ "locked_out", "tpm.locked_out", 1 },
};

static const struct key autopilot_keys[] = {
	{ "scenario", "autopilot.scenario", 0 },
	{ "profile", "autopilot.profile", 0 },
	{ "tenant", "autopilot.tenant", 0 },
};

static const struct key windows_keys[] = {
	{ "build", "windows.build", 0 }, { "edition", "windows.edition", 0 },
};

#define FACTS(b, c, keys) facts(b, c, keys, sizeof(keys) / sizeof(keys[0]))

static json_t *
attempts(struct builder *b, const cabscan_case *c)
{
	const cabscan_attempt *a;
	json_t *list = json_array();

	for (size_t i = 0; (a = cabscan_attempt_at(c, i)) != NULL; i++) {
		json_t *o = json_object();

		set(b, o, "started", moment(a->started));
		set(b, o, "ended", moment(a->ended));
		set(b, o, "outcome", text(a->outcome));
		set(b, o, "error", text(a->error));
		add(b, list, o);
	}
	return list;
}

static json_t *
timeline(struct builder *b, const cabscan_case *c)
{
	const cabscan_event *e;
	json_t *list = json_array();

	for (size_t i = 0; (e = cabscan_event_at(c, i)) != NULL; i++) {
		json_t *o = json_object();

		set(b, o, "time", moment(e->time));
		set(b, o, "member", text(e->where.member));
		set(b, o, "record", known_number(e->where.record));
		set(b, o, "what", text(e->what));
		add(b, list, o);
	}
	return list;
}

static json_t *
members(struct builder *b, const cabscan_case *c)
{
	const cabscan_member *m;
	json_t *list = json_array();

	for (size_t i = 0; (m = cabscan_member_at(c, i)) != NULL; i++) {
		json_t *o = json_object();

		set(b, o, "name", text(m->name));
		set(b, o, "bytes", json_integer((json_int_t)m->bytes));
		set(b, o, "kind", text(m->kind));
		set(b, o, "state", text(cabscan_member_state_name(m->state)));
		add(b, list, o);
	}
	return list;
}

static json_t *
missing(struct builder *b, const cabscan_case *c)
{
	const cabscan_missing *m;
	json_t *list = json_array();

	for (size_t i = 0; (m = cabscan_missing_at(c, i)) != NULL; i++) {
		json_t *o = json_object();

		set(b, o, "what", text(m->what));
		set(b, o, "why", text(m->why));
		set(b, o, "command", text(m->command));
		add(b, list, o);
	}
	return list;
}

static json_t *
notes(struct builder *b, const cabscan_case *c)
{
	const cabscan_note *n;
	json_t *list = json_array();

	for (size_t i = 0; (n = cabscan_note_at(c, i)) != NULL; i++) {
		json_t *o = json_object();

		set(b, o, "kind", text(cabscan_note_kind_name(n->kind)));
		set(b, o, "member", known_text(n->where.member));
		set(b, o, "offset", *n->where.member
		    ? json_integer((json_int_t)n->where.offset) : json_null());
		set(b, o, "text", text(n->text));
		add(b, list, o);
	}
	return list;
}

static json_t *
steps(struct builder *b, const cabscan_case *c)
{
	const cabscan_step *s;
	json_t *list = json_array();

	for (size_t i = 0; (s = cabscan_step_at(c, i)) != NULL; i++) {
		json_t *o = json_object();

		set(b, o, "text", text(s->text));
		set(b, o, "command", text(s->command));
		set(b, o, "who", known_text(s->who));
		set(b, o, "risk", known_text(s->risk));
		set(b, o, "takes", known_text(s->takes));
		set(b, o, "ends", known_text(s->ends));
		add(b, list, o);
	}
	return list;
}

static json_t *
knowledge(struct builder *b, const cabscan_case *c)
{
	json_t *o = json_object();

	set(b, o, "date", known_text(cabscan_case_knowledge_date(c)));
	set(b, o, "look_at", known_text(cabscan_case_look_at(c)));
	return o;
}

static json_t *
build(struct builder *b, const cabscan_case *c)
{
	json_t *o = json_object();

	set(b, o, "schema", text("cabscan-case/1"));
	set(b, o, "source", text(cabscan_case_source(c)));
	set(b, o, "verdict", verdict(b, c));
	set(b, o, "findings", findings(b, c));
	set(b, o, "why_not", why_not(b, c));
	set(b, o, "device", FACTS(b, c, device_keys));
	set(b, o, "tpm", FACTS(b, c, tpm_keys));
	set(b, o, "autopilot", FACTS(b, c, autopilot_keys));
	set(b, o, "windows", FACTS(b, c, windows_keys));
	set(b, o, "attempts", attempts(b, c));
	/* One CAB cannot tell whether a failure repeats. */
	set(b, o, "repeatable", json_null());
	set(b, o, "timeline", timeline(b, c));
	set(b, o, "members", members(b, c));
	set(b, o, "missing", missing(b, c));
	set(b, o, "notes", notes(b, c));
	set(b, o, "next_steps", steps(b, c));
	set(b, o, "knowledge", knowledge(b, c));
	return o;
}

/* Pieces hold whole characters. */
static int
take_piece(const char *piece, size_t len, void *user)
{
	cs_out_json(user, piece, len);
	return 0;
}

/* Not as one string: the least that jansson 2.14 does when it cannot grow one
 * is to go on without a piece of it. */
int
cs_report_json(const cabscan_case *c, struct cs_out *o, int one_line)
{
	struct builder b = { 0 };
	json_t *j = build(&b, c);
	int whole = !b.short_of_memory &&
	            json_dump_callback(j, take_piece, o, one_line
	                               ? JSON_COMPACT : JSON_INDENT(2)) == 0;

	json_decref(j);
	if (whole)
		cs_out(o, "\n");
	return whole;
}
