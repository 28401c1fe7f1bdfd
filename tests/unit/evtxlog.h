/*
 * evtxlog.h - event logs built by hand, where damage must be exact
 *
 * struct log is a file that grows: the functions append records and tokens of
 * binary XML to it; end_chunk() sets the checksums.  struct got is what the
 * reader makes of it.
 */
#ifndef EVTXLOG_H
#define EVTXLOG_H

#include <expat.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/crc32.h"
#include "read/evtx.h"
#include "read/xmlout.h"
#include "read/formats.h"

#define CHUNK 65536u
#define FIRST 4096u
#define MAX_LOG (FIRST + 4 * CHUNK)
#define WRITTEN 133767360001234567u     /* of every record */

/* ---- a log that is being written ------------------------------------ */

struct log {
	uint8_t *bytes;
	size_t n;
	size_t chunk, record;           /* where the open ones begin */
	size_t open[80];                /* size fields of open elements */
	unsigned depth;
	size_t definition;              /* 0: none is open */
	bool dependencies;
	size_t descriptor, data;        /* values of the open instance */
	uint64_t id;
};

static inline void
put(struct log *l, uint64_t v, size_t len)
{
	assert_true(l->n + len <= MAX_LOG);
	for (size_t i = 0; i < len; i++, v >>= 8)
		l->bytes[l->n++] = (uint8_t)v;
}

static inline void
set(struct log *l, size_t at, uint64_t v, size_t len)
{
	for (size_t i = 0; i < len; i++, v >>= 8)
		l->bytes[at + i] = (uint8_t)v;
}

static inline uint32_t
get32(const struct log *l, size_t at)
{
	return (uint32_t)l->bytes[at] | (uint32_t)l->bytes[at + 1] << 8 |
	       (uint32_t)l->bytes[at + 2] << 16 |
	       (uint32_t)l->bytes[at + 3] << 24;
}

static inline void
units(struct log *l, const char *z)
{
	for (; *z; z++)
		put(l, (uint8_t)*z, 2);
}

static inline void
name(struct log *l, const char *z)
{
	uint32_t hash = 0;

	for (const char *p = z; *p; p++)
		hash = hash * 65599 + (uint8_t)*p;
	put(l, l->n + 4 - l->chunk, 4);
	put(l, 0, 4);
	put(l, hash & 0xffff, 2);
	put(l, strlen(z), 2);
	units(l, z);
	put(l, 0, 2);
}

static inline void
begin_chunk(struct log *l)
{
	l->chunk = l->n;
	memcpy(l->bytes + l->n, "ElfChnk", 8);
	set(l, l->n + 40, 128, 4);
	l->n += 512;
}

static inline struct log
begin(void)
{
	struct log l = { .bytes = calloc(MAX_LOG, 1), .id = 1 };

	assert_non_null(l.bytes);
	memcpy(l.bytes, "ElfFile", 8);
	set(&l, 32, 128, 4);
	set(&l, 36, 1, 2);
	set(&l, 38, 3, 2);
	set(&l, 40, FIRST, 2);
	l.n = FIRST;
	begin_chunk(&l);
	return l;
}

static inline void
checksums(struct log *l, size_t chunk)
{
	struct cs_crc32 *t = malloc(sizeof(*t));
	uint8_t *p = l->bytes + chunk;
	uint32_t crc;

	assert_non_null(t);
	cs_crc32_begin(t);
	crc = cs_crc32(t, 0, (cs_bytes){ p + 512, get32(l, chunk + 48) - 512 });
	set(l, chunk + 52, crc, 4);
	crc = cs_crc32(t, 0, (cs_bytes){ p, 120 });
	crc = cs_crc32(t, crc, (cs_bytes){ p + 128, 384 });
	set(l, chunk + 124, crc, 4);
	set(l, 124, cs_crc32(t, 0, (cs_bytes){ l->bytes, 120 }), 4);
	free(t);
}

static inline void
end_chunk(struct log *l)
{
	set(l, l->chunk + 48, l->n - l->chunk, 4);
	checksums(l, l->chunk);
	assert_true(l->n <= l->chunk + CHUNK);
	l->n = l->chunk + CHUNK;
}

static inline void
begin_record(struct log *l)
{
	l->record = l->n;
	put(l, 0x2a2a, 4);
	put(l, 0, 4);
	put(l, l->id++, 8);
	put(l, WRITTEN, 8);
	put(l, 0x0001010f, 4);
}

static inline void
end_record(struct log *l)
{
	size_t size;

	put(l, 0, 1);
	while ((l->n + 4) % 8)
		put(l, 0, 1);
	size = l->n + 4 - l->record;
	put(l, size, 4);
	set(l, l->record + 4, size, 4);
}

/* ---- tokens --------------------------------------------------------- */

static inline void
element_depending(struct log *l, const char *z, bool attributes, unsigned on)
{
	put(l, attributes ? 0x41 : 0x01, 1);
	if (l->dependencies)
		put(l, on, 2);
	l->open[l->depth++] = l->n;
	put(l, 0, 4);
	name(l, z);
	if (attributes)
		put(l, 0, 4);
}

/* Without attributes. */
static inline void
element(struct log *l, const char *z)
{
	element_depending(l, z, false, 0xffff);
	put(l, 0x02, 1);
}

/* With attributes: some attribute() and then content() or close_empty(). */
static inline void
element_with(struct log *l, const char *z)
{
	element_depending(l, z, true, 0xffff);
}

static inline void
content(struct log *l)
{
	put(l, 0x02, 1);
}

static inline void
end_with(struct log *l, unsigned token)
{
	size_t at = l->open[--l->depth];

	put(l, token, 1);
	set(l, at, l->n - at - 4, 4);
}

static inline void
close_element(struct log *l)
{
	end_with(l, 0x04);
}

static inline void
close_empty(struct log *l)
{
	end_with(l, 0x03);
}

static inline void
attribute(struct log *l, const char *z)
{
	put(l, 0x46, 1);
	name(l, z);
}

static inline void
text(struct log *l, const char *z)
{
	put(l, 0x0105, 2);
	put(l, strlen(z), 2);
	units(l, z);
}

static inline void
value(struct log *l, unsigned index, unsigned type)
{
	put(l, 0x0d, 1);
	put(l, index, 2);
	put(l, type, 1);
}

static inline void
optional(struct log *l, unsigned index, unsigned type)
{
	put(l, 0x0e, 1);
	put(l, index, 2);
	put(l, type, 1);
}

/* A Data element. */
static inline void
data(struct log *l, const char *z, unsigned index, unsigned type)
{
	element_with(l, "Data");
	attribute(l, "Name");
	text(l, z);
	content(l);
	value(l, index, type);
	close_element(l);
}

/* ---- templates ------------------------------------------------------ */

static inline void
begin_template(struct log *l, uint32_t id)
{
	put(l, 0x010c, 2);
	put(l, id, 4);
	put(l, l->n + 4 - l->chunk, 4);
	l->definition = l->n;
	put(l, 0, 4);
	put(l, id, 4);
	put(l, 0, 12);
	put(l, 0, 4);
	put(l, 0x0001010f, 4);
	l->dependencies = true;
}

static inline size_t
end_template(struct log *l)
{
	put(l, 0, 1);
	set(l, l->definition + 20, l->n - l->definition - 24, 4);
	l->dependencies = false;
	return l->definition;
}

static inline void
instance_of(struct log *l, uint32_t id, size_t definition)
{
	put(l, 0x010c, 2);
	put(l, id, 4);
	put(l, definition - l->chunk, 4);
}

static inline void
values(struct log *l, size_t n)
{
	put(l, n, 4);
	l->descriptor = l->n;
	l->n += 4 * n;
}

static inline void
add(struct log *l, unsigned type, const void *p, size_t len)
{
	set(l, l->descriptor, len | (uint64_t)type << 16, 4);
	l->descriptor += 4;
	memcpy(l->bytes + l->n, p, len);
	l->n += len;
}

static inline void
add_number(struct log *l, unsigned type, uint64_t v, size_t len)
{
	uint8_t raw[8];

	for (size_t i = 0; i < len; i++, v >>= 8)
		raw[i] = (uint8_t)v;
	add(l, type, raw, len);
}

/* Event and System of a template; values 0 to 2 are event id, time and
 * level. */
static inline void
system_of(struct log *l, const char *provider)
{
	element_with(l, "Event");
	attribute(l, "xmlns");
	text(l, "http://schemas.microsoft.com/win/2004/08/events/event");
	content(l);
	element(l, "System");
	element_with(l, "Provider");
	attribute(l, "Name");
	text(l, provider);
	close_empty(l);
	element(l, "EventID");
	value(l, 0, 0x06);
	close_element(l);
	element(l, "Level");
	value(l, 2, 0x04);
	close_element(l);
	element_with(l, "TimeCreated");
	attribute(l, "SystemTime");
	value(l, 1, 0x11);
	close_empty(l);
	close_element(l);
}

static inline void
system_values(struct log *l, unsigned event)
{
	add_number(l, 0x06, event, 2);
	add_number(l, 0x11, WRITTEN - 5, 8);
	add_number(l, 0x04, 2, 1);
}

/* One event with one text value, by a template of its own. */
static inline size_t
simple_event(struct log *l, unsigned event, const char *z)
{
	size_t definition;

	begin_record(l);
	begin_template(l, 0x1000);
	system_of(l, "Simple");
	element(l, "EventData");
	data(l, "Text", 3, 0x02);
	close_element(l);
	close_element(l);
	definition = end_template(l);
	values(l, 4);
	system_values(l, event);
	add(l, 0x02, z, strlen(z));
	end_record(l);
	return definition;
}

static inline void
same_event(struct log *l, size_t definition, unsigned event, const char *z)
{
	begin_record(l);
	instance_of(l, 0x1000, definition);
	values(l, 4);
	system_values(l, event);
	add(l, 0x02, z, strlen(z));
	end_record(l);
}

/* Opens a record with a template, up to inside EventData. */
static inline struct log
begin_data(void)
{
	struct log l = begin();

	begin_record(&l);
	begin_template(&l, 0x77);
	system_of(&l, "P");
	element(&l, "EventData");
	return l;
}

static inline void
end_data(struct log *l, size_t n_values)
{
	close_element(l);
	close_element(l);
	end_template(l);
	values(l, 3 + n_values);
	system_values(l, 1);
}

/* ---- what comes out ------------------------------------------------- */

#define MAX_GOT 1200

struct got {
	struct cs_sink sink;
	struct cs_scan scan;
	cs_arena arena;
	struct cs_evtx_counts counts;
	size_t n, n_values, most_scratch;
	struct {
		struct cs_system system;
		struct cs_place place;
		uint64_t time;
		bool doubtful;
		enum cs_origin origin;
		const char *provider, *guid, *message, *data;
		const char *xml;        /* "": it is long */
	} events[MAX_GOT];
};

/* "name=text;" of each value, or "name=<null>;" */
static const char *
data_of(struct got *g, const struct cs_record *r)
{
	char line[2000] = "";
	size_t n = 0;

	for (size_t i = 0; i < r->n_values && n < 1500; i++) {
		cs_text t = cs_value_text(&g->arena, &r->values[i]);
		bool none = r->values[i].type == CS_NULL;
		int len = snprintf(line + n, sizeof(line) - n, "%.*s=%.*s;",
		                   (int)r->values[i].name.len,
		                   r->values[i].name.at,
		                   none ? 6 : t.len < 300 ? (int)t.len : 300,
		                   none ? "<null>" : t.at);

		n += (size_t)len;
	}
	return cs_keep(&g->arena, (cs_text){ line, strlen(line) });
}

/* Whatever a log holds, its events are XML. */
static inline void
assert_well_formed(cs_text xml)
{
	XML_Parser p = XML_ParserCreate("UTF-8");

	assert_non_null(p);
	if (XML_Parse(p, "<Events>", 8, 0) != XML_STATUS_OK ||
	    XML_Parse(p, xml.at, (int)xml.len, 0) != XML_STATUS_OK ||
	    XML_Parse(p, "</Events>", 9, 1) != XML_STATUS_OK)
		fail_msg("%s: %.*s", XML_ErrorString(XML_GetErrorCode(p)),
		         xml.len < 2000 ? (int)xml.len : 2000, xml.at);
	XML_ParserFree(p);
	assert_true(xml.len > 0);
}

static inline void
take(struct cs_sink *sink, const struct cs_record *r)
{
	struct got *g = (struct got *)(void *)sink;

	assert_int_equal(r->kind, CS_EVENT);
	assert_non_null(r->system);
	assert_true(cs_same(r->name, r->system->provider));
	assert_true(r->n_values <= MAX_EVENT_VALUES);
	if (sink->wish) {
		assert_well_formed(r->xml);
		sink->wish->xml->len = 0;
	}
	g->n_values += r->n_values;
	for (size_t i = 0; i < r->n_values; i++)
		cs_value_text(&g->scan.scratch, &r->values[i]);
	assert_false(g->scan.scratch.full);
	if (g->scan.scratch.used > g->most_scratch)
		g->most_scratch = g->scan.scratch.used;
	if (g->n == MAX_GOT)
		return;
	g->events[g->n].system = *r->system;
	g->events[g->n].place = r->place;
	g->events[g->n].time = r->time;
	g->events[g->n].doubtful = r->doubtful;
	g->events[g->n].origin = r->origin;
	g->events[g->n].provider = cs_keep(&g->arena, r->name);
	g->events[g->n].guid = cs_keep(&g->arena, r->system->provider_guid);
	g->events[g->n].message = cs_keep(&g->arena, r->message);
	g->events[g->n].data = data_of(g, r);
	g->events[g->n].xml = cs_keep(&g->arena, r->xml.len < 4000
	                                         ? r->xml : CS_TEXT(""));
	g->n++;
}

static const uint64_t limits[CABSCAN_N_LIMITS] = {
	LIMIT_CAB_BYTES, LIMIT_MEMBER_BYTES, LIMIT_TOTAL_BYTES, LIMIT_MEMBERS,
	LIMIT_RECORDS, LIMIT_DECODE_BYTES
};

static inline struct got *
read_bytes(cs_bytes bytes, bool slack, const uint64_t *with)
{
	struct got *g = calloc(1, sizeof(*g));
	struct cs_xml xml = { NULL };
	const struct cs_wish wish = { .xml = &xml, .slack = slack };
	struct cs_member m = { .name = CS_TEXT("x.evtx"), .bytes = bytes };

	assert_non_null(g);
	g->sink.record = take;
	cs_scan_begin(&g->scan, with);
	g->sink.wish = &wish;
	cs_evtx_visit(&g->scan, &m, NULL, &g->sink, &g->counts);
	g->sink.wish = NULL;
	cs_xml_end(&xml);
	return g;
}

static inline struct got *
read_log(const struct log *l)
{
	return read_bytes((cs_bytes){ l->bytes, l->n }, false, limits);
}

static inline void
done(struct got *g, struct log *l)
{
	cs_scan_end(&g->scan);
	cs_arena_free(&g->arena);
	free(g);
	if (l)
		free(l->bytes);
}

static inline bool
noted(const struct got *g, const char *what)
{
	for (const struct cs_note *n = g->scan.notes; n; n = n->next)
		if (strstr(n->text, what))
			return true;
	return false;
}

static inline void
assert_data(struct log *l, const char *expected)
{
	struct got *g;

	end_chunk(l);
	g = read_log(l);
	assert_int_equal(g->n, 1);
	assert_string_equal(g->events[0].data, expected);
	assert_int_equal(g->scan.n_notes, 0);
	assert_false(g->events[0].doubtful);
	done(g, l);
}

#endif
