#include "fuzz.h"

#include "base/utf.h"
#include "read/evtx.h"
#include "read/jsontext.h"
#include "read/xmlout.h"

#include <expat.h>

#include <string.h>

/* What one input may make a reader hold at once, beside the case. */
#define MAX_SCRATCH (64 * MIB)

void
fuzz_broken(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: broken promise: %s\n", file, line, what);
	abort();
}

void
fuzz_text(cs_text t)
{
	cs_arena count_only = { .full = true };
	size_t bad = 0;

	if (t.len == 0)
		return;
	cs_clean_utf8(&count_only, t, &bad);
	PROMISE(bad == 0);
}

void
fuzz_scan_begin(struct cs_scan *s)
{
	static const uint64_t limits[CABSCAN_N_LIMITS] = {
		[CABSCAN_LIMIT_CAB_BYTES] = LIMIT_CAB_BYTES,
		[CABSCAN_LIMIT_MEMBER_BYTES] = MIB,
		[CABSCAN_LIMIT_TOTAL_BYTES] = 4 * MIB,
		[CABSCAN_LIMIT_MEMBERS] = 1000,
		[CABSCAN_LIMIT_RECORDS] = 20000,
		[CABSCAN_LIMIT_DECODE_BYTES] = 8 * MIB,
	};

	cs_scan_begin(s, limits);
}

void
fuzz_scan_end(struct cs_scan *s)
{
	PROMISE(s->n_notes <= MAX_NOTES);
	for (const struct cs_note *n = s->notes; n; n = n->next)
		fuzz_text(cs_text_of(n->text));
	for (int i = 0; i < CABSCAN_N_LIMITS; i++)
		PROMISE(s->spent[i] <= s->limits[i]);
	cs_scan_end(s);
}

/* Names of a record are as found; only what is made text of is UTF-8. */
static void
touch(cs_text t)
{
	static volatile char sum;

	for (size_t i = 0; i < t.len; i++)
		sum = (char)(sum + t.at[i]);
}

/* Of the event that is being looked at. */
static struct cs_xml xml;

static void
look_at_xml(cs_text t)
{
	XML_Parser p = XML_ParserCreate("UTF-8");

	PROMISE(p);
	PROMISE(XML_Parse(p, "<Events>", 8, 0) == XML_STATUS_OK);
	PROMISE(XML_Parse(p, t.at, (int)t.len, 0) == XML_STATUS_OK);
	PROMISE(XML_Parse(p, "</Events>", 9, 1) == XML_STATUS_OK);
	XML_ParserFree(p);
}

static void
look_at_json(struct cs_scan *s, const struct cs_value *v)
{
	size_t room = CS_JSON_ROOM(v->raw.len), len;
	char *text = malloc(room);

	PROMISE(text);
	len = cs_json_put(text, &s->scratch, v,
	                  v->raw.len ? v->raw.at + v->raw.len : v->raw.at);
	PROMISE(len <= room);
	fuzz_text((cs_text){ text, len });
	free(text);
}

static void
look_at_system(const struct cs_system *s)
{
	touch(s->provider);
	touch(s->provider_guid);
	touch(s->event_source);
	touch(s->channel);
	touch(s->computer);
	touch(s->user);
	touch(s->activity);
	touch(s->related_activity);
}

static void
take(struct cs_sink *sink, const struct cs_record *r)
{
	struct cs_scan *s = ((struct fuzz_sink *)sink)->scan;

	PROMISE(r->place.offset <= r->place.member->size);
	PROMISE((r->kind == CS_EVENT) == (r->system != NULL));
	touch(r->name);
	if (r->system) {
		PROMISE(r->n_values <= MAX_EVENT_VALUES);
		look_at_system(r->system);
		touch(r->message);
		if (r->xml.len > 0)
			look_at_xml(r->xml);
		xml.len = 0;
	}
	for (size_t i = 0; i < r->n_values; i++) {
		touch(r->values[i].name);
		fuzz_text(cs_value_text(&s->scratch, &r->values[i]));
		if (i < 100)
			look_at_json(s, &r->values[i]);
	}
	PROMISE(s->scratch.used < MAX_SCRATCH);
}

struct fuzz_sink
fuzz_sink(struct cs_scan *s)
{
	static const struct cs_wish wish = { .xml = &xml, .slack = true };

	cs_xml_end(&xml);

	return (struct fuzz_sink){ { take, &wish }, s };
}

int
fuzz_reader(const struct cs_format *format, const char *name,
            const uint8_t *data, size_t size)
{
	struct cs_member m = { .name = cs_text_of(name),
	                       .bytes = { data, size }, .size = size };
	struct cs_scan s;
	struct fuzz_sink sink = fuzz_sink(&s);
	int sure = format->claims(m.name, cs_slice(m.bytes, 0, 512));

	PROMISE(sure >= 0 && sure <= 100);
	fuzz_scan_begin(&s);
	format->read(&s, &m, &sink.sink);
	fuzz_scan_end(&s);
	return 0;
}

/* ---- event logs ---------------------------------------------------------- */

#define CHUNK 65536
#define HEADER 512

static void
put(uint8_t *at, uint64_t v, size_t len)
{
	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)(v >> (8 * i));
}

static void
look_at_chunk(const uint8_t *chunk)
{
	struct cs_member m = { .name = CS_TEXT("x.evtx"), .size = CHUNK,
	                       .bytes = { chunk, CHUNK } };
	struct cs_scan s;
	struct fuzz_sink sink = fuzz_sink(&s);
	struct cs_evtx_counts counts;

	fuzz_scan_begin(&s);
	cs_evtx_visit(&s, &m, NULL, &sink.sink, &counts);
	PROMISE(counts.chunks == 1);
	fuzz_scan_end(&s);
}

static void
begin_chunk(uint8_t *chunk, size_t used)
{
	memset(chunk, 0, CHUNK);
	memcpy(chunk, "ElfChnk", 8);
	put(chunk + 48, HEADER + used, 4);
	put(chunk + 120, 4, 4);         /* no checksums */
}

void
fuzz_records(const uint8_t *data, size_t size)
{
	static uint8_t chunk[CHUNK];
	size_t n = size < CHUNK - HEADER ? size : CHUNK - HEADER;

	begin_chunk(chunk, n);
	if (n > 0)
		memcpy(chunk + HEADER, data, n);
	look_at_chunk(chunk);
}

void
fuzz_event(const uint8_t *data, size_t size)
{
	static uint8_t chunk[CHUNK];
	uint8_t *record = chunk + HEADER;
	size_t most = CHUNK - FUZZ_EVENT_AT - 12;
	size_t n = size < most ? size : most, all = (24 + n + 4 + 7) & ~(size_t)7;

	begin_chunk(chunk, all);
	put(record, 0x2a2a, 4);
	put(record + 4, all, 4);
	put(record + 8, 1, 8);
	put(record + 16, 133767360001234567u, 8);
	if (n > 0)
		memcpy(record + 24, data, n);
	put(record + all - 4, all, 4);
	look_at_chunk(chunk);
}
