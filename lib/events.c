/* events.c - the public calls that visit event records */
#include "cabscan.h"

#include "base/file.h"
#include "base/plain.h"
#include "base/utf.h"
#include "cab/cab.h"
#include "case/sentence.h"
#include "read/eventjson.h"
#include "read/evtx.h"
#include "read/formats.h"
#include "read/jsontext.h"
#include "read/value.h"
#include "scanner.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

struct visitor {
	struct cs_sink sink;            /* first: the records come here */
	struct cs_cab_sink cab;
	struct cs_wish wish;
	const cabscan_visit *visit;
	struct cs_scan scan;
	const char *log;
	struct cs_xml text;             /* XML or JSON; for 'write' of several */
	size_t begin;                   /* where in it the next event begins */
	unsigned n_logs;
	bool stop;
	uint8_t *ids;                   /* of wish: a bit each; NULL: none */
};

static cabscan_status
fail(cabscan_error *err, cabscan_status status, const char *what,
     const char *why)
{
	if (err) {
		err->status = status;
		snprintf(err->message, sizeof(err->message), "%s: %s", what, why);
	}
	return status;
}

/* ---- the filter ----------------------------------------------------------- */

static bool
in_ranges(const cabscan_id_range *ranges, size_t n, uint64_t value)
{
	for (size_t i = 0; i < n; i++)
		if (value >= ranges[i].from && value <= ranges[i].to)
			return true;
	return n == 0;
}

static bool
in_globs(const char *const *globs, size_t n, cs_text text)
{
	for (size_t i = 0; i < n; i++)
		if (cs_glob(cs_text_of(globs[i]), text))
			return true;
	return n == 0;
}

static bool
time_fits(const cabscan_event_filter *f, uint64_t time)
{
	return (f->since == 0 || time >= f->since) &&
	       (f->until == 0 || (time != 0 && time <= f->until));
}

static bool
level_fits(const cabscan_event_filter *f, uint32_t level)
{
	return f->levels == 0 || (level < 32 && (f->levels >> level & 1));
}

static bool
fits(const cabscan_event_filter *f, const struct cs_record *r)
{
	const struct cs_system *s = r->system;

	return in_ranges(f->ids, f->n_ids, s->id) &&
	       level_fits(f, s->level) && time_fits(f, r->time) &&
	       in_ranges(f->records, f->n_records, r->place.record) &&
	       in_globs(f->providers, f->n_providers, s->provider) &&
	       in_globs(f->channels, f->n_channels, s->channel);
}

/* What is not known yet fits; fits() has the last word. */
static bool
may_fit(struct cs_sink *sink, const struct cs_glance *g)
{
	const cabscan_event_filter *f = &((struct visitor *)sink)->visit->filter;

	return in_ranges(f->ids, f->n_ids, g->id) &&
	       level_fits(f, g->level) &&
	       (g->time == 0 || time_fits(f, g->time)) &&
	       (g->record == 0 || in_ranges(f->records, f->n_records, g->record)) &&
	       (!g->provider.at ||
	        in_globs(f->providers, f->n_providers, g->provider)) &&
	       (!g->channel.at || in_globs(f->channels, f->n_channels, g->channel));
}

/* False: no memory. */
static bool
set_ids(struct visitor *v)
{
	const cabscan_event_filter *f = &v->visit->filter;

	v->ids = f->n_ids ? calloc(1, 0x10000 / 8) : NULL;
	v->wish.ids = v->ids;
	if (f->n_ids && !v->ids)
		return false;
	for (size_t i = 0; i < f->n_ids; i++)
		for (uint32_t id = f->ids[i].from;
		     id <= f->ids[i].to && id <= 0xffff; id++)
			v->ids[id / 8] |= (uint8_t)(1u << id % 8);
	return true;
}

static bool
needs_values(const cabscan_event_filter *f)
{
	return f->n_ids || f->levels || f->n_providers || f->n_channels;
}

static bool
filters(const cabscan_event_filter *f)
{
	return needs_values(f) || f->n_records || f->since || f->until;
}

/* ---- a record -------------------------------------------------------------- */

static cabscan_text
text(cs_text t)
{
	return (cabscan_text){ t.len ? t.at : "", t.len };
}

static void
stop(struct visitor *v)
{
	v->stop = true;
	v->scan.watch.cancelled = true;
}

/* Pieces that are written at once. */
#define WRITE_BYTES ((size_t)32 * 1024)

static void
write_text(struct visitor *v)
{
	if (v->begin > 0 && v->visit->write(v->visit->user, v->text.at,
	                                    v->begin) != 0)
		stop(v);
	v->begin = v->text.len = 0;
}

/* In the document of a log all else is as Windows wrote it. */
static void
put_mark(struct visitor *v, const struct cs_record *r)
{
	const char *what = r->origin != CS_LIVE ? cs_origin_name(r->origin)
	                 : r->doubtful ? "doubtful" : NULL;
	size_t len = what ? sizeof("<?cabscan ?>\n") - 1 + strlen(what) : 0;
	char *at;

	if (!what || !cs_xml_room(&v->text, len + 1))
		return;
	at = v->text.at + v->begin;
	memmove(at + len, at, v->text.len - v->begin);
	v->text.len += len;
	memcpy(at, "<?cabscan ", 10);
	memcpy(at + 10, what, len - 13);
	memcpy(at + len - 3, "?>\n", 3);
}

static void
add_text(struct visitor *v, const struct cs_record *r)
{
	cs_text data;

	if (v->visit->json && r->json.len == 0) {
		cs_event_json(&v->text, &v->scan.scratch, v->wish.log, r, &data);
	} else if (!v->visit->json) {
		if (v->text.len == v->begin)    /* it came as text */
			cs_xml_raw(&v->text, r->xml);
		put_mark(v, r);
	}
	cs_xml_raw(&v->text, CS_TEXT("\n"));
	v->begin = v->text.len;
	if (v->begin >= WRITE_BYTES)
		write_text(v);
}

static void
visit_record(struct visitor *v, const struct cs_record *r)
{
	const struct cs_system *s = r->system;
	cs_text json = CS_TEXT(""), data = CS_TEXT(""), xml = r->xml;
	size_t end = v->text.len;
	cabscan_record pub;

	if (v->visit->json) {
		cs_event_json(&v->text, &v->scan.scratch, v->wish.log, r, &data);
		json = (cs_text){ v->text.at + end, v->text.len - end };
		if (end > v->begin)             /* it may have moved */
			xml.at = v->text.at + v->begin;
	}
	pub = (cabscan_record){
		.log = v->log, .offset = r->place.offset,
		.record = r->place.record, .time = r->time,
		.keywords = s->keywords, .id = s->id, .process = s->process,
		.thread = s->thread, .qualifiers = s->qualifiers,
		.task = s->task, .version = s->version, .level = s->level,
		.opcode = s->opcode, .origin = (cabscan_origin)r->origin,
		.doubtful = r->doubtful, .provider = text(s->provider),
		.provider_guid = text(s->provider_guid),
		.event_source = text(s->event_source),
		.channel = text(s->channel), .computer = text(s->computer),
		.user = text(s->user), .activity = text(s->activity),
		.related_activity = text(s->related_activity),
		.message = text(r->message), .xml = text(xml),
		.json = text(json), .data_json = text(data),
		.n_values = r->n_values, .values = r,
	};
	if (v->visit->record(v->visit->user, &pub) != 0)
		stop(v);
	v->text.len = v->begin;
}

static void
take_record(struct cs_sink *sink, const struct cs_record *r)
{
	struct visitor *v = (struct visitor *)sink;

	if (v->stop || r->kind != CS_EVENT ||
	    (v->wish.wants && !fits(&v->visit->filter, r)))
		v->text.len = v->begin;
	else if (v->visit->write)
		add_text(v, r);
	else
		visit_record(v, r);
}

cabscan_value
cabscan_record_value(const cabscan_record *r, size_t i)
{
	const struct cs_record *own = r->values;
	const struct cs_value *v = &own->values[i];

	return (cabscan_value){
		.name = text(v->name), .type = (cabscan_type)v->type,
		.data = v->raw.at, .size = v->raw.len,
	};
}

static struct cs_value
own_value(const cabscan_value *v)
{
	return (struct cs_value){
		.name = CS_TEXT(""), .type = (enum cs_type)v->type,
		.raw = { v->data, v->size },
	};
}

static size_t
copy_out(cs_text t, char *to, size_t room)
{
	size_t n = t.len < room ? t.len : room ? room - 1 : 0;

	/* Not inside of a character. */
	while (n < t.len && n > 0 && ((unsigned char)t.at[n] & 0xc0) == 0x80)
		n--;
	if (n)
		memcpy(to, t.at, n);
	if (room)
		to[n] = '\0';
	return t.len;
}

/* Text of ASCII without line ends to mend goes straight to where it is wanted,
 * which has room for all it could be.  False: it is another. */
static bool
put_plain_text(const struct cs_value *v, char *to, size_t *ret_len)
{
	cs_bytes b = cs_without_nuls(v->raw);
	size_t n = b.len / 2;

	*ret_len = cs_plain_units(to, b.at, n, b.at + b.len, CS_PLAIN_TEXT);
	to[*ret_len] = '\0';
	return *ret_len == n;
}

static size_t
put_any_text(const struct cs_value *v, char *to, size_t room)
{
	cs_arena scratch = { 0 };
	size_t len = copy_out(cs_value_text(&scratch, v), to, room);

	if (scratch.full) {
		copy_out(CS_TEXT(""), to, room);
		len = CABSCAN_NO_MEMORY;
	}
	cs_arena_free(&scratch);
	return len;
}

size_t
cabscan_value_text(const cabscan_value *v, char *to, size_t room)
{
	const struct cs_value own = own_value(v);
	bool fits = room > own.raw.len * 2 + CS_VALUE_CHARS;
	size_t len;

	if (own.type == CS_UTF16 && fits && put_plain_text(&own, to, &len))
		return len;
	if (!fits || own.type == CS_UTF16 || own.type == CS_ANSI ||
	    own.type == CS_UTF8 || own.type == CS_EVTXML)
		return put_any_text(&own, to, room);
	len = cs_value_put(to, own.type, own.raw);
	to[len] = '\0';
	return len;
}

size_t
cabscan_value_json(const cabscan_value *v, char *to)
{
	struct cs_value own = own_value(v);
	cs_arena scratch = { 0 };
	size_t len = cs_json_put(to, &scratch, &own, cs_end(own.raw));

	if (scratch.full)
		len = CABSCAN_NO_MEMORY;
	cs_arena_free(&scratch);
	return len;
}

size_t
cabscan_text_json(cabscan_text t, char *to)
{
	return cs_json_put_text(to, (cs_text){ t.at, t.len });
}

int
cabscan_value_number(const cabscan_value *v, uint64_t *ret)
{
	struct cs_value own = own_value(v);

	return cs_value_number(&own, ret);
}

int
cabscan_value_time(const cabscan_value *v, uint64_t *ret)
{
	struct cs_value own = own_value(v);

	return cs_value_time(&own, ret);
}

const char *
cabscan_origin_name(cabscan_origin o)
{
	return cs_origin_name((enum cs_origin)o);
}

int
cabscan_record_meaning(const cabscan *cs, const cabscan_record *r, char *to,
                       size_t room)
{
	const struct cs_provider *p;
	const struct cs_event_def *e;
	cs_arena scratch = { 0 };
	cs_text says = CS_TEXT("");
	int whole;

	p = cs_know_provider(&cs->know, (cs_text){ r->provider.at,
	                                           r->provider.len });
	e = p ? cs_know_event(p, r->id) : NULL;
	if (e && e->says.len > 0)
		says = cs_event_sentence(&scratch, r->values, e);
	whole = !scratch.full;
	copy_out(whole ? says : CS_TEXT(""), to, room);
	cs_arena_free(&scratch);
	return whole;
}

/* ---- logs ------------------------------------------------------------------ */

static bool
is_log(const struct cs_format *f)
{
	return f == &cs_format_evtx || f == &cs_format_event_xml;
}

static cs_text
json_of(cs_arena *a, cs_text t)
{
	char *to = cs_alloc(a, CS_JSON_ROOM(t.len));

	return (cs_text){ to, to ? cs_json_put_text(to, t) : 0 };
}

/* False: it is not wanted. */
static bool
begin_log(struct visitor *v, const struct cs_member *m, const char *kind)
{
	if (v->visit->write)
		write_text(v);
	v->n_logs++;
	v->log = cs_keep(&v->scan.arena, m->name);
	v->wish.log = json_of(&v->scan.arena, m->name);
	return v->log && v->wish.log.at && (!v->visit->log ||
	                  v->visit->log(v->visit->user, v->log, kind) != 0);
}

static bool
take_member(struct cs_cab_sink *cab, struct cs_member *m)
{
	struct visitor *v = (struct visitor *)((char *)cab -
	                                       offsetof(struct visitor, cab));
	const struct cs_format *f = NULL;

	if (!m->dropped && (m->state == CABSCAN_MEMBER_NOT_READ ||
	                    m->state == CABSCAN_MEMBER_SALVAGED))
		f = cs_format_for(m->name, m->bytes);
	if (f && is_log(f) && begin_log(v, m, f->name))
		f->read(&v->scan, m, &v->sink);
	m->bytes = (cs_bytes){ NULL, 0 };
	cs_arena_reset(&v->scan.scratch);
	return !v->stop && !cs_scan_failed(&v->scan);
}

static bool
reads_member(struct cs_cab_sink *cab, const struct cs_member *m, cs_bytes head)
{
	const struct cs_format *f = cs_format_for(m->name, head);

	(void)cab;
	return f && is_log(f);
}

static struct cs_member *
loose_member(struct visitor *v, const char *path, uint64_t size)
{
	struct cs_member *m = cs_alloc(&v->scan.arena, sizeof(*m));

	if (!m)
		return NULL;
	m->name = cs_keep_text(&v->scan.arena,
	                       cs_clean_utf8(&v->scan.arena, cs_text_of(path),
	                                     NULL));
	m->size = size;
	m->state = CABSCAN_MEMBER_NOT_READ;
	return m;
}

static cabscan_status
visit_bytes(struct visitor *v, const cabscan_input *in, cabscan_error *err)
{
	cs_bytes bytes = { in->data, in->size };
	struct cs_member *m;

	if (cs_cab_claims(bytes)) {
		if (cs_read_cab(&v->scan, cs_text_of(in->name), bytes, &v->cab, err))
			return CABSCAN_OK;
		return err ? err->status : CABSCAN_EFORMAT;
	}
	m = loose_member(v, in->name, in->size);
	if (!m)
		return fail(err, CABSCAN_ENOMEM, in->name, "out of memory");
	m->bytes = bytes;
	take_member(&v->cab, m);
	return CABSCAN_OK;
}

/* A binary log in windows.  False: it is something else. */
static bool
visit_log_file(struct visitor *v, const char *path, cabscan_status *ret,
               cabscan_error *err)
{
	uint64_t size;
	struct cs_file *file = cs_file_open(path, &size);
	struct cs_evtx_counts counts;
	struct cs_member *m;

	*ret = CABSCAN_OK;
	if (!file || cs_format_for(cs_text_of(path), cs_file_at(file, 0, 512)) !=
	             &cs_format_evtx) {
		cs_file_close(file);
		return false;
	}
	m = loose_member(v, path, size);
	if (!m)
		*ret = fail(err, CABSCAN_ENOMEM, path, "out of memory");
	else if (begin_log(v, m, cs_format_evtx.name))
		cs_evtx_visit(&v->scan, m, file, &v->sink, &counts);
	if (*ret == CABSCAN_OK && cs_file_failed(file))
		*ret = fail(err, CABSCAN_EIO, path, "cannot be read to its end");
	cs_file_close(file);
	return true;
}

static cabscan_status
visit_input(struct visitor *v, const cabscan_input *in, uint64_t most,
            cabscan_error *err)
{
	cabscan_input read = *in;
	cabscan_status status;
	uint8_t *data = NULL;

	if (in->data)
		return visit_bytes(v, in, err);
	if (visit_log_file(v, in->name, &status, err))
		return status;
	status = cs_read_file(in->name, most, &data, &read.size, err);
	if (status == CABSCAN_OK) {
		read.data = data;
		status = visit_bytes(v, &read, err);
		free(data);
	}
	return status;
}

static void
hand_out_notes(struct visitor *v)
{
	for (const struct cs_note *n = v->scan.notes; n && v->visit->note;
	     n = n->next) {
		const struct cs_member *m = n->place.member;
		const char *name = m ? cs_keep(&v->scan.arena, m->name) : "";
		const cabscan_note pub = {
			.kind = n->kind, .text = n->text,
			.where = { name ? name : "", n->place.offset,
			           n->place.record, n->place.line },
		};

		v->visit->note(v->visit->user, &pub);
	}
}

cabscan_status
cabscan_worker_events(cabscan_worker *w, const cabscan_input *inputs, size_t n,
                      const cabscan_visit *visit, cabscan_error *err)
{
	uint64_t limits[CABSCAN_N_LIMITS];
	struct visitor v = {
		.sink = { take_record, &v.wish }, .cab = { take_member, reads_member },
		.visit = visit,
		.wish = {
			.xml = visit->xml ? &v.text : NULL,
			.json = visit->json && visit->write &&
			        !filters(&visit->filter) ? &v.text : NULL,
			.slack = visit->recovered != 0,
			.no_values = visit->no_values &&
			             !needs_values(&visit->filter),
			.wants = filters(&visit->filter) ? may_fit : NULL,
			.first_chunk = visit->first_chunk,
			.n_chunks = visit->n_chunks,
		},
	};
	cabscan_status status = CABSCAN_OK;

	if (visit->write && !visit->xml == !visit->json)
		return fail(err, CABSCAN_EUSAGE, "cabscan_visit.write",
		            "either xml or json is written");
	if (!set_ids(&v))
		return fail(err, CABSCAN_ENOMEM, n ? inputs[0].name : "",
		            "out of memory");
	/* At once, since to grow is to copy. */
	if (visit->write)
		cs_xml_grow(&v.text, WRITE_BYTES);
	memcpy(limits, w->cs->limits, sizeof(limits));
	limits[CABSCAN_LIMIT_RECORDS] = UINT64_MAX;     /* none is kept */
	cs_scan_begin(&v.scan, limits);
	v.scan.scratch = w->scratch;
	v.scan.store = &w->store;
	v.scan.watch = w->watch;
	for (size_t i = 0; i < n && status == CABSCAN_OK && !v.stop; i++)
		status = visit_input(&v, &inputs[i],
		                     limits[CABSCAN_LIMIT_CAB_BYTES], err);
	if (visit->write && !v.stop)
		write_text(&v);
	hand_out_notes(&v);
	v.scan.arena.full |= v.text.full;
	if (status == CABSCAN_OK && cs_scan_failed(&v.scan))
		status = fail(err, CABSCAN_ENOMEM, n ? inputs[0].name : "",
		              "out of memory");
	if (status == CABSCAN_OK && v.scan.watch.cancelled && !v.stop)
		status = fail(err, CABSCAN_ECANCELLED, inputs[0].name, "cancelled");
	if (status == CABSCAN_OK && v.n_logs == 0)
		status = fail(err, CABSCAN_EFORMAT, n ? inputs[0].name : "",
		              "no event log is in it");
	cs_xml_end(&v.text);
	free(v.ids);
	cs_arena_reset(&v.scan.scratch);
	w->scratch = v.scan.scratch;
	w->scratch.failed = false;
	v.scan.scratch = (cs_arena){ NULL };
	cs_scan_end(&v.scan);
	return status;
}
