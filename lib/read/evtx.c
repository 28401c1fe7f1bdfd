#include "read/evtx.h"

#include "base/crc32.h"
#include "read/formats.h"
#include "read/markup.h"
#include "read/quickjson.h"
#include "read/eventjson.h"

#include <stddef.h>
#include <stdlib.h>

#define CHUNK_SIZE ((size_t)64 * 1024)
#define CHUNK_HEADER 512
#define FILE_HEADER 128
#define FILE_HEADER_BLOCK 4096
#define FLAG_NO_CRC 4u

#define RECORD_MAGIC 0x00002a2au
#define RECORD_HEADER 24
#define RECORD_MIN 28
#define RECORD_GRID 8
#define FRAGMENT_HEADER 0x0001010fu

/* Notes about one log; the rest of them would say the same. */
#define MAX_LOG_NOTES 40

/* Definitions of templates that are remembered for chunks that lost theirs. A
 * whole machine's logs have about 600. */
#define INDEX_SLOTS 4096

/* What is wrong with templates, not to be noted again in the same chunk. */
#define TOLD 16

struct found {
	uint64_t chunk;
	size_t body, len;               /* len 0: this slot is empty */
	uint32_t id;
};

/* Chunks of a file that hold such definitions, and stay in memory. */
#define MAX_OTHER_CHUNKS 32

struct evtx {
	struct cs_scan *scan;
	const struct cs_member *member;
	struct cs_sink *sink;
	const struct cs_wish *wish;
	struct cs_evtx_counts *counts;
	struct cs_file *file;           /* NULL: the member's bytes */
	uint64_t size;
	cs_arena arena;                 /* as long as the log is read */
	struct cs_crc32 crc;
	struct cs_compiler compiler;
	struct cs_templates templates;
	struct cs_store *store;
	struct found *index;            /* NULL: not needed yet */
	unsigned n_others;
	uint64_t base;                  /* of the first chunk */
	unsigned n_notes;
	bool no_crc, stop;

	/* the chunk */
	uint64_t at;                    /* in the log */
	cs_bytes chunk;
	bool doubtful;
	unsigned n_told;

	/* The last, with what need not be cleared at its end. */
	struct cs_expand expand;
	struct { uint64_t at; cs_bytes chunk; } others[MAX_OTHER_CHUNKS];
	struct { uint32_t id; const char *what; } told[TOLD];
};

/* Part of the log; from a file it stays until the next call. */
static cs_bytes
part(const struct evtx *e, uint64_t at, size_t len)
{
	return e->file ? cs_file_at(e->file, at, len)
	               : cs_slice(e->member->bytes, (size_t)at, len);
}

static struct cs_place
place(const struct evtx *e, uint64_t offset)
{
	return (struct cs_place){ .member = e->member, .offset = offset };
}

static bool
may_note(struct evtx *e, struct cs_place where)
{
	if (e->n_notes > MAX_LOG_NOTES)
		return false;
	if (e->n_notes++ < MAX_LOG_NOTES)
		return true;
	cs_note(e->scan, CABSCAN_NOTE_DAMAGED, where,
	        "from here on, damage to this log is not listed");
	return false;
}

/* ---- templates that a chunk has lost -------------------------------- */

static struct found *
index_slot(struct evtx *e, uint32_t id)
{
	uint32_t i = id * 0x9e3779b1u >> 16;

	while (e->index[i % INDEX_SLOTS].len && e->index[i % INDEX_SLOTS].id != id)
		i++;
	return &e->index[i % INDEX_SLOTS];
}

/* A definition stands in the record that uses it first, right behind its
 * instance: 0c 01, id, and the offset of the byte behind that offset.  So all
 * definitions of a log are found without reading a record. */
static void
index_chunk(struct evtx *e, uint64_t at, cs_bytes chunk, size_t *n)
{
	const uint8_t *p = chunk.at, *end = chunk.at + chunk.len;

	for (; (p = memchr(p, 0x0c, (size_t)(end - p))) != NULL; p++) {
		struct cs_instance i;
		struct found *f;
		cs_bytes body;

		if (end - p < 10 || p[1] != 0x01 ||
		    !cs_binxml_instance(chunk, (size_t)(p - chunk.at),
		                        chunk.len, &i) ||
		    !i.is_inline ||
		    !cs_binxml_definition(chunk, i.definition, i.id, &body))
			continue;
		f = index_slot(e, i.id);
		if (f->len || *n >= INDEX_SLOTS * 3 / 4)
			continue;
		*f = (struct found){ at, (size_t)(body.at - chunk.at), body.len,
		                     i.id };
		(*n)++;
	}
}

/* What the store has of this log, which is read in pieces.  Else *ret says what
 * it will be known by. */
static bool
take_index(struct evtx *e, struct cs_log_index *ret)
{
	const struct cs_log_index *kept = &e->store->index;

	*ret = (struct cs_log_index){ .size = e->size };
	if (!e->file || (!e->wish->n_chunks && !e->wish->first_chunk) ||
	    cs_file_read(e->file, 0, ret->head, sizeof(ret->head)) <
	    sizeof(ret->head))
		return false;
	if (kept->slots && kept->size == ret->size &&
	    memcmp(kept->head, ret->head, sizeof(ret->head)) == 0)
		e->index = kept->slots;
	else
		ret->slots = calloc(INDEX_SLOTS, sizeof(*e->index));
	return e->index != NULL;
}

static void
index_log(struct evtx *e)
{
	uint8_t *window = e->file ? cs_alloc(&e->arena, CHUNK_SIZE) : NULL;
	struct cs_log_index own;
	size_t n = 0;

	if (take_index(e, &own))
		return;
	e->index = own.slots ? own.slots
	         : cs_alloc_n(&e->arena, INDEX_SLOTS, sizeof(*e->index));
	if (!e->index || (e->file && !window)) {
		free(own.slots);
		e->index = NULL;
		return;
	}
	for (uint64_t at = e->base; at < e->size; at += CHUNK_SIZE) {
		cs_bytes chunk = { window, 0 };

		if (e->file)
			chunk.len = cs_file_read(e->file, at, window, CHUNK_SIZE);
		else
			chunk = part(e, at, CHUNK_SIZE);
		index_chunk(e, at, chunk, &n);
	}
	if (own.slots) {
		free(e->store->index.slots);
		e->store->index = own;
	}
}

/* Empty: there are too many. */
static cs_bytes
other_chunk(struct evtx *e, uint64_t at)
{
	uint8_t *copy;

	if (!e->file)
		return part(e, at, CHUNK_SIZE);
	for (unsigned i = 0; i < e->n_others; i++)
		if (e->others[i].at == at)
			return e->others[i].chunk;
	copy = e->n_others < MAX_OTHER_CHUNKS ? cs_alloc(&e->arena, CHUNK_SIZE)
	                                      : NULL;
	if (!copy)
		return (cs_bytes){ NULL, 0 };
	e->others[e->n_others].at = at;
	e->others[e->n_others].chunk = (cs_bytes){
		copy, cs_file_read(e->file, at, copy, CHUNK_SIZE)
	};
	return e->others[e->n_others++].chunk;
}

static bool
lookup(void *owner, uint32_t id, struct cs_definition *ret)
{
	struct evtx *e = owner;
	struct cs_templates *t;
	const struct found *f;

	if (!e->expand.elsewhere) {
		t = cs_alloc(&e->arena, sizeof(*t));
		if (t)
			cs_templates_forget(t, CS_COMPILED_ELSEWHERE);
		e->expand.elsewhere = t;
		index_log(e);
	}
	if (!e->expand.elsewhere || !e->index)
		return false;
	f = index_slot(e, id);
	if (!f->len)
		return false;
	ret->chunk = other_chunk(e, f->chunk);
	ret->body = cs_slice(ret->chunk, f->body, f->len);
	return ret->body.len == f->len;
}

/* ---- notes about binary XML ----------------------------------------- */

static bool
told_already(struct evtx *e, uint32_t id, const char *what)
{
	for (unsigned i = 0; i < e->n_told; i++)
		if (e->told[i].id == id && e->told[i].what == what)
			return true;
	if (e->n_told < TOLD) {
		e->told[e->n_told].id = id;
		e->told[e->n_told++].what = what;
	}
	return false;
}

static void
damaged(void *owner, struct cs_place where, uint32_t id, const char *what,
        size_t at, unsigned token)
{
	struct evtx *e = owner;

	if ((id && told_already(e, id, what)) || !may_note(e, where))
		return;
	if (id)
		cs_note(e->scan, CABSCAN_NOTE_DAMAGED, where,
		        "event template 0x%08x: %s (0x%02x at 0x%zx of the chunk)",
		        (unsigned)id, what, token, at);
	else
		cs_note(e->scan, CABSCAN_NOTE_DAMAGED, where,
		        "binary XML: %s (0x%02x at 0x%zx of the chunk)",
		        what, token, at);
}

/* ---- records -------------------------------------------------------- */

/* Magic, size, id, time, binary XML, the size again. */
static bool
record_at(cs_bytes chunk, size_t at, size_t *ret_size)
{
	cs_reader r = cs_read(chunk);
	uint32_t magic, size;

	cs_seek(&r, at);
	magic = cs_u32le(&r);
	size = cs_u32le(&r);
	if (r.is_short || magic != RECORD_MAGIC || size < RECORD_MIN ||
	    size > chunk.len - at)
		return false;
	cs_seek(&r, at + size - 4);
	if (cs_u32le(&r) != size)
		return false;
	*ret_size = size;
	return true;
}

static bool
wants(void *owner, const struct cs_program *p, const struct cs_system *s)
{
	struct evtx *e = owner;
	const struct cs_glance g = {
		.program = p, .member = e->member, .time = s->created,
		.record = s->record_id ? s->record_id : e->expand.place.record,
		.id = s->id, .level = s->level,
		.provider = { s->provider.len ? s->provider.at : NULL,
		              s->provider.len },
		.channel = { s->channel.len ? s->channel.at : NULL,
		             s->channel.len },
		.computer = { s->computer.len ? s->computer.at : NULL,
		              s->computer.len },
	};

	return e->wish->wants(e->sink, &g);
}

/* The record as the sink takes it. */
static void
hand_out(struct evtx *e, enum cs_origin origin, cs_text xml, cs_text json)
{
	struct cs_expand *x = &e->expand;
	struct cs_system *system = &x->system;
	struct cs_record record = {
		.kind = CS_EVENT, .name = system->provider,
		.time = system->created ? system->created : system->written,
		.place = x->place, .system = system, .values = x->values,
		.n_values = x->n_values, .message = x->message,
		.xml = xml, .json = json, .chunk = e->chunk, .names_differ = x->names_differ,
		.origin = origin,
		.doubtful = e->doubtful || x->doubtful || origin != CS_LIVE,
	};

	if (system->record_id == 0)
		system->record_id = x->place.record;
	record.place.record = system->record_id;
	if (e->scan->scratch.full)              /* part of it is lacking */
		e->scan->arena.full = true;
	e->sink->record(e->sink, &record);
}

/* False: it has to go the long way. */
static bool
emit_json(struct evtx *e, struct cs_place where, size_t at, size_t end,
          enum cs_origin origin)
{
	struct cs_xml *out = e->wish->json;
	size_t before = out->len;

	cs_expand_nothing(&e->expand, where);
	cs_event_json_head(out, e->wish->log, where.offset, origin,
	                   e->doubtful || origin != CS_LIVE);
	if (!cs_quick_json(&e->expand, at, end, out) || out->full) {
		out->len = before;
		return false;
	}
	e->counts->records[origin]++;
	hand_out(e, origin, CS_TEXT(""),
	         (cs_text){ out->at + before, out->len - before });
	return true;
}

static void
emit(struct evtx *e, size_t at, size_t size, enum cs_origin origin, bool torn)
{
	const uint8_t *header = e->chunk.at + at;
	struct cs_place where = place(e, e->at + at);
	struct cs_expand *x = &e->expand;
	struct cs_xml *out = e->wish->xml;
	cs_text xml = CS_TEXT("");

	where.record = cs_load64(header + 8);
	if (!cs_spend(e->scan, CABSCAN_LIMIT_RECORDS, 1, where)) {
		e->stop = true;
		return;
	}
	if (e->scan->scratch.used > 0 || e->scan->scratch.full)
		cs_arena_reset(&e->scan->scratch);
	if (e->wish->json && !torn &&
	    emit_json(e, where, at + RECORD_HEADER, at + size - 4, origin))
		return;
	if (e->wish->no_values && !torn)
		cs_expand_nothing(x, where);
	else
		cs_expand(x, where, at + RECORD_HEADER, at + size - 4);
	if (torn && x->system.provider.len == 0)
		return;                 /* too little of it was written */
	e->counts->records[origin]++;
	if (x->refused)
		return;
	if (out) {
		size_t before = out->len;

		cs_markup(x, at + RECORD_HEADER, at + size - 4,
		          !e->wish->no_values, out);
		if (out->full)
			e->scan->scratch.full = true;
		else
			xml = (cs_text){ out->at + before, out->len - before };
	}
	x->system.written = cs_load64(header + 16);
	hand_out(e, origin, xml, CS_TEXT(""));
}

static void
note_bad_record(struct evtx *e, size_t at, size_t end)
{
	cs_reader r = cs_read(e->chunk);
	struct cs_place where = place(e, e->at + at);
	uint32_t magic, size, copy = 0;

	if (!may_note(e, where))
		return;
	cs_seek(&r, at);
	magic = cs_u32le(&r);
	size = cs_u32le(&r);
	if (size >= RECORD_MIN && size <= e->chunk.len - at) {
		cs_seek(&r, at + size - 4);
		copy = cs_u32le(&r);
	}
	cs_note(e->scan, CABSCAN_NOTE_DAMAGED, where,
	        "event record with magic 0x%08x, %u bytes long, %u by its end "
	        "mark, with %zu bytes of records left in its chunk", (unsigned)magic,
	        (unsigned)size, (unsigned)copy, end - at);
}

/* The next record on the grid; 'end': there is none. */
static size_t
resync(const struct evtx *e, size_t at, size_t end, size_t *ret_size)
{
	for (; at + RECORD_MIN <= end; at += RECORD_GRID)
		if (e->chunk.at[at] == 0x2a && record_at(e->chunk, at, ret_size))
			return at;
	return end;
}

static bool
zeros(cs_bytes b)
{
	return b.len == 0 ||
	       (b.at[0] == 0 && memcmp(b.at, b.at + 1, b.len - 1) == 0);
}

/* A record of which the last bytes were never written: its beginning stands,
 * and the size at its end does not. */
static bool
torn_at(const struct evtx *e, size_t at, size_t end, size_t *ret_size)
{
	const uint8_t *p = e->chunk.at + at;
	size_t size;

	if (end - at < RECORD_HEADER + 4 || cs_load32(p) != RECORD_MAGIC ||
	    cs_load32(p + RECORD_HEADER) != FRAGMENT_HEADER)
		return false;
	size = cs_load32(p + 4);
	*ret_size = size;
	return size >= RECORD_MIN && size <= end - at && size % RECORD_GRID == 0 &&
	       cs_load32(p + size - 4) == 0;
}

/* The records that begin in [at, end).  A record whose magic is zero is the
 * clean end, if no damage came before. */
static void
live_records(struct evtx *e, size_t at, size_t end)
{
	enum cs_origin origin = CS_LIVE;
	size_t size;

	while (!e->stop && at + RECORD_MIN <= end) {
		if (record_at(e->chunk, at, &size)) {
			emit(e, at, size, origin, false);
			at += size;
			continue;
		}
		if (origin == CS_LIVE &&
		    zeros(cs_slice(e->chunk, at, RECORD_GRID)))
			return;
		note_bad_record(e, at, end);
		origin = CS_RESYNCED;
		if (torn_at(e, at, end, &size))
			emit(e, at, size, origin, true);
		at = resync(e, (at & ~(size_t)(RECORD_GRID - 1)) + RECORD_GRID,
		            end, &size);
	}
}

/* All records on the grid. */
static void
scattered_records(struct evtx *e, size_t at, size_t end,
                  enum cs_origin origin)
{
	size_t size = 0;

	while (!e->stop && (at = resync(e, at, end, &size)) < end) {
		emit(e, at, size, origin, false);
		at += (size + RECORD_GRID - 1) & ~(size_t)(RECORD_GRID - 1);
	}
}

/* ---- chunks --------------------------------------------------------- */

struct header {
	uint32_t free_offset, data_crc, flags, crc;
};

static bool
chunk_header(cs_bytes chunk, struct header *ret)
{
	cs_reader r = cs_read(chunk);
	cs_bytes magic = cs_take(&r, 8);
	struct header h;

	cs_seek(&r, 48);
	h.free_offset = cs_u32le(&r);
	h.data_crc = cs_u32le(&r);
	cs_seek(&r, 120);
	h.flags = cs_u32le(&r);
	h.crc = cs_u32le(&r);
	if (r.is_short || memcmp(magic.at, "ElfChnk", 8) != 0)
		return false;
	*ret = h;
	return true;
}

static void
check_crc(struct evtx *e, const struct header *h)
{
	struct cs_place where = place(e, e->at);
	uint32_t crc;

	if (e->no_crc || (h->flags & FLAG_NO_CRC))
		return;
	crc = cs_crc32(&e->crc, 0, cs_slice(e->chunk, 0, 120));
	crc = cs_crc32(&e->crc, crc, cs_slice(e->chunk, 128, CHUNK_HEADER - 128));
	if (crc != h->crc && e->chunk.len >= CHUNK_HEADER && may_note(e, where))
		cs_note(e->scan, CABSCAN_NOTE_DAMAGED, where,
		        "header of an event log chunk with checksum 0x%08x, "
		        "computed 0x%08x", (unsigned)h->crc, (unsigned)crc);
	if (h->free_offset < CHUNK_HEADER || h->free_offset > e->chunk.len)
		return;
	crc = cs_crc32(&e->crc, 0, cs_slice(e->chunk, CHUNK_HEADER,
	                                    h->free_offset - CHUNK_HEADER));
	if (crc == h->data_crc)
		return;
	e->doubtful = true;
	if (may_note(e, where))
		cs_note(e->scan, CABSCAN_NOTE_DAMAGED, where,
		        "records of an event log chunk with checksum 0x%08x, "
		        "computed 0x%08x", (unsigned)h->data_crc, (unsigned)crc);
}

static void
read_chunk(struct evtx *e, const struct header *h)
{
	size_t end = h->free_offset;
	struct cs_place where = place(e, e->at);

	e->counts->chunks++;
	check_crc(e, h);
	if (e->chunk.len < CHUNK_SIZE && may_note(e, where))
		cs_note(e->scan, CABSCAN_NOTE_DAMAGED, where,
		        "event log chunk cut short: %zu of %zu bytes",
		        e->chunk.len, CHUNK_SIZE);
	if (end < CHUNK_HEADER || end > CHUNK_SIZE) {
		if (may_note(e, where))
			cs_note(e->scan, CABSCAN_NOTE_DAMAGED, where,
			        "event log chunk with its free space at %zu, "
			        "expected %d to %zu", end, CHUNK_HEADER,
			        CHUNK_SIZE);
		end = CHUNK_SIZE;
	}
	if (end > e->chunk.len)
		end = e->chunk.len;
	live_records(e, CHUNK_HEADER, end);
	if (e->wish->slack)
		scattered_records(e, (end + RECORD_GRID - 1) &
		                     ~(size_t)(RECORD_GRID - 1),
		                  e->chunk.len, CS_SLACK);
}

static void
read_headerless(struct evtx *e)
{
	uint64_t before = e->counts->records[CS_HEADERLESS];

	if (zeros(e->chunk))
		return;
	e->doubtful = true;
	scattered_records(e, 0, e->chunk.len, CS_HEADERLESS);
	if (e->chunk.len == CHUNK_SIZE && may_note(e, place(e, e->at)))
		cs_note(e->scan, CABSCAN_NOTE_DAMAGED, place(e, e->at),
		        "64 KiB without the header of an event log chunk; "
		        "%llu records found in them",
		        (unsigned long long)
		        (e->counts->records[CS_HEADERLESS] - before));
}

static void
any_chunk(struct evtx *e, uint64_t at)
{
	struct cs_expand *x = &e->expand;
	struct header h;

	e->at = at;
	e->chunk = part(e, at, CHUNK_SIZE);
	e->doubtful = e->member->state == CABSCAN_MEMBER_SALVAGED;
	e->n_told = 0;
	x->chunk = e->chunk;
	x->chunk_left = MAX_EVENT_BYTES;
	x->told = false;
	cs_templates_forget(&e->templates, CS_COMPILED_HERE);
	if (chunk_header(e->chunk, &h))
		read_chunk(e, &h);
	else
		read_headerless(e);
}

/* ---- the file ------------------------------------------------------- */

static bool
is_chunk(cs_bytes all, size_t at)
{
	cs_bytes magic = cs_slice(all, at, 8);

	return magic.len == 8 && memcmp(magic.at, "ElfChnk", 8) == 0;
}

/* Where the chunks begin. */
static uint64_t
file_header(struct evtx *e)
{
	cs_bytes all = part(e, 0, FILE_HEADER);
	cs_reader r = cs_read(all);
	cs_bytes magic = cs_take(&r, 8);
	uint32_t flags, crc, computed;
	size_t block;

	if (is_chunk(all, 0))
		return 0;
	cs_seek(&r, 40);
	block = cs_u16le(&r);
	cs_seek(&r, 120);
	flags = cs_u32le(&r);
	crc = cs_u32le(&r);
	computed = cs_crc32(&e->crc, 0, cs_slice(all, 0, 120));
	e->no_crc = (flags & FLAG_NO_CRC) != 0;
	if (r.is_short || memcmp(magic.at, "ElfFile", 8) != 0)
		cs_note(e->scan, CABSCAN_NOTE_DAMAGED, place(e, 0),
		        "%llu bytes that do not begin as an event log does",
		        (unsigned long long)e->size);
	else if (!e->no_crc && crc != computed)
		cs_note(e->scan, CABSCAN_NOTE_DAMAGED, place(e, 0),
		        "header of an event log with checksum 0x%08x, "
		        "computed 0x%08x", (unsigned)crc, (unsigned)computed);
	else if (block >= FILE_HEADER && block % RECORD_GRID == 0 &&
	         (is_chunk(part(e, block, 8), 0) ||
	          !is_chunk(part(e, FILE_HEADER_BLOCK, 8), 0)))
		return block;
	return FILE_HEADER_BLOCK;
}

static void
read_log(struct evtx *e)
{
	uint64_t at, end = e->size;

	e->base = file_header(e);
	at = e->base + e->wish->first_chunk * CHUNK_SIZE;
	if (e->wish->n_chunks && e->wish->n_chunks < (end - e->base) / CHUNK_SIZE)
		end = at + e->wish->n_chunks * CHUNK_SIZE;
	for (; at < end && at < e->size && !e->stop; at += CHUNK_SIZE)
		any_chunk(e, at);
	if (e->file && cs_file_failed(e->file))
		cs_note(e->scan, CABSCAN_NOTE_DAMAGED, place(e, at),
		        "the file cannot be read to its end");
}

void
cs_evtx_visit(struct cs_scan *s, const struct cs_member *m,
              struct cs_file *file, struct cs_sink *sink,
              struct cs_evtx_counts *ret)
{
	static const struct cs_wish all = { .wants = NULL };
	struct cs_store own = { .arena = { NULL } };
	/* Large, and little of it is touched for a small log. */
	struct evtx *e = malloc(sizeof(*e));

	*ret = (struct cs_evtx_counts){ .chunks = 0 };
	if (!e) {
		s->arena.full = true;
		return;
	}
	memset(e, 0, offsetof(struct evtx, expand) +
	             offsetof(struct cs_expand, offsets));
	e->scan = s;
	e->member = m;
	e->sink = sink;
	e->counts = ret;
	e->wish = sink->wish ? sink->wish : &all;
	e->file = file;
	e->size = file ? m->size : m->bytes.len;
	e->compiler.keep = &e->arena;
	e->store = s->store ? s->store : &own;
	cs_store_begin(e->store);
	e->templates.store = e->store;
	e->expand.scan = s;
	e->expand.compiler = &e->compiler;
	e->expand.here = &e->templates;
	e->expand.lookup = lookup;
	e->expand.damaged = damaged;
	e->expand.owner = e;
	e->expand.wants = e->wish->wants ? wants : NULL;
	e->expand.ids = e->wish->ids;
	cs_crc32_begin(&e->crc);
	read_log(e);
	cs_scan_release(s, &e->templates.arena);
	cs_scan_release(s, &e->compiler.names);
	cs_xml_end(&e->compiler.text);
	cs_store_end(&own);
	if (e->expand.elsewhere)
		cs_scan_release(s, &e->expand.elsewhere->arena);
	cs_scan_release(s, &e->arena);
	free(e);
}

static void
read_evtx(struct cs_scan *s, const struct cs_member *m, struct cs_sink *sink)
{
	struct cs_evtx_counts counts;

	cs_evtx_visit(s, m, NULL, sink, &counts);
}

static int
claims(cs_text member, cs_bytes head)
{
	cs_text end = { member.at, 0 };

	if (head.len >= 8 && memcmp(head.at, "ElfFile", 8) == 0)
		return 100;
	if (is_chunk(head, 0))
		return 95;
	if (member.len > 5)
		end = (cs_text){ member.at + member.len - 5, 5 };
	return head.len > 0 && cs_same_caseless(end, CS_TEXT(".evtx")) ? 40 : 0;
}

const struct cs_format cs_format_evtx = { "event-log", claims, read_evtx };
