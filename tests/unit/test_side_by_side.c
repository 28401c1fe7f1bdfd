/*
 * test_side_by_side.c - one event, two ways to write it, equal records
 *
 *     test_side_by_side A.evtx A.saveas.xml A.qe.xml ... B.evtx B.saveas.xml ...
 *
 * Every .evtx file is compared with the XML files behind it; both were made
 * from the same .events text.  Equal means: the same System, and the same
 * names and texts of values in the same order.  What exporters are free to
 * write differently is brought to one form first: the case of GUIDs and
 * hexadecimal, the digits of times, and characters that XML has not.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "base/utf.h"
#include "read/formats.h"

struct event {
	struct cs_system system;
	struct cs_place place;
	uint64_t time;
	cs_text name, message;
	size_t n_values;
	struct { cs_text name, text; } *values;
};

struct log {
	struct cs_sink sink;
	cs_arena arena;
	struct event *events;
	size_t n, max;
	struct cs_scan scan;
	cs_bytes bytes;
};

struct pair {
	const char *evtx, *xml;
};

/* ---- reading -------------------------------------------------------- */

static void
take(struct cs_sink *sink, const struct cs_record *r)
{
	struct log *log = (struct log *)(void *)sink;
	cs_arena *a = &log->arena;
	struct event *e;

	if (log->n == log->max) {
		log->max = log->max ? log->max * 2 : 64;
		log->events = realloc(log->events, log->max * sizeof(*e));
		assert_non_null(log->events);
	}
	assert_int_equal(r->kind, CS_EVENT);
	e = &log->events[log->n++];
	*e = (struct event){ .system = *r->system, .place = r->place,
	                     .time = r->time, .n_values = r->n_values };
	e->system.provider = cs_keep_text(a, r->system->provider);
	e->system.provider_guid = cs_keep_text(a, r->system->provider_guid);
	e->system.event_source = cs_keep_text(a, r->system->event_source);
	e->system.channel = cs_keep_text(a, r->system->channel);
	e->system.computer = cs_keep_text(a, r->system->computer);
	e->system.user = cs_keep_text(a, r->system->user);
	e->system.activity = cs_keep_text(a, r->system->activity);
	e->system.related_activity =
		cs_keep_text(a, r->system->related_activity);
	e->name = cs_keep_text(a, r->name);
	e->message = cs_keep_text(a, r->message);
	e->values = cs_alloc_n(a, r->n_values + 1, sizeof(*e->values));
	assert_non_null(e->values);
	for (size_t i = 0; i < r->n_values; i++) {
		e->values[i].name = cs_keep_text(a, r->values[i].name);
		e->values[i].text =
			cs_keep_text(a, cs_value_text(a, &r->values[i]));
	}
}

static cs_bytes
file_bytes(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *bytes;
	long size;

	if (!f)
		fail_msg("cannot open %s", path);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	size = ftell(f);
	assert_true(size > 0);
	rewind(f);
	bytes = malloc((size_t)size);
	assert_non_null(bytes);
	assert_int_equal(fread(bytes, 1, (size_t)size, f), size);
	fclose(f);
	return (cs_bytes){ bytes, (size_t)size };
}

static void
read_log(struct log *log, const char *path, const char *kind)
{
	static const uint64_t limits[CABSCAN_N_LIMITS] = {
		LIMIT_CAB_BYTES, LIMIT_MEMBER_BYTES, LIMIT_TOTAL_BYTES,
		LIMIT_MEMBERS, LIMIT_RECORDS, LIMIT_DECODE_BYTES
	};
	struct cs_member m = { .name = cs_text_of(path) };
	const struct cs_format *f;

	*log = (struct log){ .sink = { take } };
	log->bytes = m.bytes = file_bytes(path);
	m.size = m.bytes.len;
	cs_scan_begin(&log->scan, limits);
	f = cs_same(cs_text_of(kind), cs_text_of(cs_format_evtx.name))
	    ? &cs_format_evtx : &cs_format_event_xml;
	assert_true(f->claims(m.name, cs_slice(m.bytes, 0, 512)) >= 80);
	f->read(&log->scan, &m, &log->sink);
	for (struct cs_note *n = log->scan.notes; n; n = n->next)
		if (n->kind != CABSCAN_NOTE_ENCODING)
			fail_msg("%s at %llu: %s", path,
			         (unsigned long long)n->place.offset, n->text);
}

static void
free_log(struct log *log)
{
	free(log->events);
	free((void *)(uintptr_t)log->bytes.at);
	cs_arena_free(&log->arena);
	cs_scan_end(&log->scan);
}

/* ---- one form ------------------------------------------------------- */

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
	       (c >= 'A' && c <= 'F');
}

/* A GUID in braces, or 0x and hexadecimal. */
static bool
is_caseless(cs_text t)
{
	bool guid = t.len == 38 && t.at[0] == '{' && t.at[37] == '}';
	size_t end = guid ? 37 : t.len;

	if (!guid && !(t.len > 2 && t.at[0] == '0' && t.at[1] == 'x'))
		return false;
	for (size_t i = guid ? 1 : 2; i < end; i++)
		if (!is_hex(t.at[i]) && !(guid && t.at[i] == '-'))
			return false;
	return true;
}

static bool
is_control(unsigned char c)
{
	return c < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

/* Characters that XML has not are U+FFFD in it. */
static cs_text
as_in_xml(cs_arena *a, cs_text t)
{
	char *to = cs_alloc(a, t.len * 3 + 1);
	size_t n = 0;

	assert_non_null(to);
	for (size_t i = 0; i < t.len; i++) {
		bool no_char = t.len - i >= 3 &&
		               (memcmp(t.at + i, "\xef\xbf\xbe", 3) == 0 ||
		                memcmp(t.at + i, "\xef\xbf\xbf", 3) == 0);

		if (no_char || is_control((unsigned char)t.at[i])) {
			memcpy(to + n, "\xef\xbf\xbd", 3);
			n += 3;
			i += no_char ? 2 : 0;
		} else {
			to[n++] = t.at[i];
		}
	}
	return (cs_text){ to, n };
}

static bool
same_text(cs_arena *a, cs_text binary, cs_text xml)
{
	uint64_t x, y;

	if (is_caseless(binary))
		return cs_same_caseless(binary, xml);
	if (binary.len >= 20 && cs_time_parse(binary, &x) &&
	    cs_time_parse(xml, &y))
		return x == y;
	return cs_same(as_in_xml(a, binary), xml);
}

static void
equal_text(struct log *log, const struct event *e, const char *what,
           cs_text binary, cs_text xml)
{
	if (same_text(&log->arena, binary, xml))
		return;
	fail_msg("%s of record %llu is \"%.*s\" in binary, \"%.*s\" in XML", what,
	         (unsigned long long)e->place.record, (int)binary.len, binary.at,
	         (int)xml.len, xml.at);
}

static void
equal_system(struct log *log, const struct event *a, const struct event *b)
{
	const struct cs_system *x = &a->system, *y = &b->system;

	assert_int_equal(x->record_id, y->record_id);
	assert_int_equal(x->id, y->id);
	assert_int_equal(x->qualifiers, y->qualifiers);
	assert_int_equal(x->version, y->version);
	assert_int_equal(x->level, y->level);
	assert_int_equal(x->task, y->task);
	assert_int_equal(x->opcode, y->opcode);
	assert_int_equal(x->keywords, y->keywords);
	assert_int_equal(x->created, y->created);
	assert_int_equal(x->process, y->process);
	assert_int_equal(x->thread, y->thread);
	equal_text(log, a, "provider", x->provider, y->provider);
	equal_text(log, a, "channel", x->channel, y->channel);
	equal_text(log, a, "computer", x->computer, y->computer);
	equal_text(log, a, "user", x->user, y->user);
	equal_text(log, a, "event source", x->event_source, y->event_source);
	assert_true(cs_same(x->provider_guid, y->provider_guid));
	assert_true(cs_same(x->activity, y->activity));
	assert_true(cs_same(x->related_activity, y->related_activity));
}

static void
equal_event(struct log *log, const struct event *a, const struct event *b)
{
	equal_system(log, a, b);
	equal_text(log, a, "name", a->name, b->name);
	assert_int_equal(a->time, b->time);
	assert_int_equal(a->place.record, b->place.record);
	for (size_t i = 0; i < a->n_values && i < b->n_values; i++) {
		equal_text(log, a, "name of a value", a->values[i].name,
		           b->values[i].name);
		equal_text(log, a, "value", a->values[i].text,
		           b->values[i].text);
	}
	assert_int_equal(a->n_values, b->n_values);
}

static void
both_are_equal(void **state)
{
	const struct pair *p = *state;
	struct log evtx, xml;

	read_log(&evtx, p->evtx, "event-log");
	read_log(&xml, p->xml, "event-xml");
	assert_true(evtx.n > 0);
	assert_int_equal(evtx.n, xml.n);
	for (size_t i = 0; i < evtx.n; i++)
		equal_event(&evtx, &evtx.events[i], &xml.events[i]);
	free_log(&evtx);
	free_log(&xml);
}

static bool
is_evtx(const char *path)
{
	size_t len = strlen(path);

	return len > 5 && strcmp(path + len - 5, ".evtx") == 0;
}

int
main(int argc, char **argv)
{
	size_t max = (size_t)argc, n = 0;
	struct pair *pairs = calloc(max, sizeof(*pairs));
	struct CMUnitTest *tests = calloc(max, sizeof(*tests));
	const char *evtx = NULL;
	int failed = 1;

	for (int i = 1; pairs && tests && i < argc; i++) {
		if (is_evtx(argv[i])) {
			evtx = argv[i];
			continue;
		}
		pairs[n] = (struct pair){ evtx, argv[i] };
		tests[n] = (struct CMUnitTest){ argv[i], both_are_equal, NULL,
		                                NULL, &pairs[n] };
		n += evtx != NULL;
	}
	if (n > 0)
		failed = _cmocka_run_group_tests("side by side", tests, n, NULL,
		                                 NULL);
	else
		fprintf(stderr, "usage: test_side_by_side A.evtx A.xml ...\n");
	free(pairs);
	free(tests);
	return failed;
}
