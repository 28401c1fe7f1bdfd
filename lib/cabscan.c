/* cabscan.c - the public calls; scan() is the path that data takes */
#include "cabscan.h"

#include "base/file.h"
#include "base/sha256.h"
#include "base/time.h"
#include "base/utf.h"
#include "cab/cab.h"
#include "case/case.h"
#include "case/spell.h"
#include "judge/judge.h"
#include "rosters.h"
#include "scanner.h"
#include "know/builtin.h"
#include "know/entries.h"
#include "know/know.h"
#include "read/formats.h"
#include "read/record.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Knowledge of that age may lack what is known by now. */
#define STALE_AFTER (180 * 24 * 3600 * CS_SECOND)

struct cabscan_case {
	struct cs_scan scan;
	struct cs_case facts;
	struct cs_judgement judgement;
	cabscan_member *members;
	size_t n_members;
	cabscan_note *notes;
	size_t n_notes;
	const char *source;
	const char *knowledge_date, *look_at;
	char digest[2 * CS_SHA256_BYTES + 1];
};

struct cabscan_knowledge {
	cs_arena arena;
	struct cs_entries entries;
};

#if defined(__MINGW32__)
__attribute__((format(gnu_printf, 3, 4)))
#elif defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
static cabscan_status
fail(cabscan_error *err, cabscan_status status, const char *format, ...)
{
	va_list args;

	if (err) {
		err->status = status;
		va_start(args, format);
		vsnprintf(err->message, sizeof(err->message), format, args);
		va_end(args);
	}
	return status;
}

const char *
cabscan_version(void)
{
	return CABSCAN_VERSION;
}

/* ---- the scanner --------------------------------------------------------- */

static const uint64_t default_limits[CABSCAN_N_LIMITS] = {
	[CABSCAN_LIMIT_CAB_BYTES] = LIMIT_CAB_BYTES,
	[CABSCAN_LIMIT_MEMBER_BYTES] = LIMIT_MEMBER_BYTES,
	[CABSCAN_LIMIT_TOTAL_BYTES] = LIMIT_TOTAL_BYTES,
	[CABSCAN_LIMIT_MEMBERS] = LIMIT_MEMBERS,
	[CABSCAN_LIMIT_RECORDS] = LIMIT_RECORDS,
	[CABSCAN_LIMIT_DECODE_BYTES] = LIMIT_DECODE_BYTES,
};

static cabscan_status
check(cabscan *cs, cabscan_error *err)
{
	struct cs_know *k = &cs->know;

	cs->date = cs_keep(&k->arena, k->date);
	cs->news = cs_keep(&k->arena, k->watch ? k->watch->where
	                                       : CS_TEXT(""));
	if (!cs->date || !cs->news)
		return fail(err, CABSCAN_ENOMEM, "out of memory");
	return cs_know_check(k, err);
}

cabscan *
cabscan_new_empty(cabscan_error *err)
{
	cabscan *cs = calloc(1, sizeof(*cs));

	if (!cs) {
		fail(err, CABSCAN_ENOMEM, "out of memory");
		return NULL;
	}
	memcpy(cs->limits, default_limits, sizeof(cs->limits));
	cs_know_begin(&cs->know);
	cs->date = cs->news = "";
	cs->is_empty = true;
	return cs;
}

cabscan *
cabscan_new(cabscan_error *err)
{
	cabscan *cs = cabscan_new_empty(err);

	if (!cs)
		return NULL;
	cs->is_empty = false;
	for (const struct cs_builtin *b = cs_builtin; b->name; b++) {
		cs_text text = { (const char *)b->text, b->len };

		if (cs_know_load(&cs->know, b->name, text, err) == CABSCAN_OK)
			continue;
		cabscan_free(cs);
		return NULL;
	}
	if (check(cs, err) != CABSCAN_OK) {
		cabscan_free(cs);
		return NULL;
	}
	return cs;
}

void
cabscan_free(cabscan *cs)
{
	if (!cs)
		return;
	cs_rosters_free(cs->rosters);
	cs_know_end(&cs->know);
	free(cs);
}

cabscan_status
cabscan_learn(cabscan *cs, const char *name, const char *text, size_t len,
              cabscan_error *err)
{
	cabscan_status status;

	status = cs_know_load(&cs->know, name, (cs_text){ text, len }, err);
	return status == CABSCAN_OK ? check(cs, err) : status;
}

uint64_t
cabscan_set_limit(cabscan *cs, cabscan_limit which, uint64_t value)
{
	uint64_t before = cs->limits[which];

	cs->limits[which] = value;
	return before;
}

uint64_t
cabscan_get_limit(const cabscan *cs, cabscan_limit which)
{
	return cs->limits[which];
}

const char *
cabscan_cause_id(const cabscan *cs, size_t i)
{
	const struct cs_cause *w = cs->know.causes;

	while (w && i-- > 0)
		w = w->next;
	return w ? w->name_z : NULL;
}

/* ---- what it knows ------------------------------------------------------- */

const char *
cabscan_knowledge_date(const cabscan *cs)
{
	return cs->date;
}

const char *
cabscan_knowledge_news(const cabscan *cs)
{
	return cs->news;
}

void
cabscan_set_today(cabscan *cs, uint64_t time)
{
	cs->today = time;
}

cabscan_knowledge *
cabscan_knowledge_new(const cabscan *cs, cabscan_error *err)
{
	cabscan_knowledge *k = calloc(1, sizeof(*k));

	if (k && cs_know_entries(&cs->know, &k->arena, &k->entries))
		return k;
	fail(err, CABSCAN_ENOMEM, "out of memory");
	cabscan_knowledge_free(k);
	return NULL;
}

void
cabscan_knowledge_free(cabscan_knowledge *k)
{
	if (!k)
		return;
	cs_arena_free(&k->arena);
	free(k);
}

const cabscan_entry *
cabscan_entry_at(const cabscan_knowledge *k, size_t i)
{
	return i < k->entries.n ? &k->entries.at[i]->pub : NULL;
}

int
cabscan_code(const char *text, uint32_t *ret)
{
	return cs_hresult(cs_text_of(text), ret);
}

int
cabscan_knows_file(const char *name, const void *head, size_t len)
{
	cs_bytes bytes = { head, len };

	return cs_cab_claims(bytes) ||
	       cs_format_for(cs_text_of(name), bytes) != NULL;
}

/* ---- a worker ------------------------------------------------------------ */

static void
worker_end(cabscan_worker *w)
{
	cs_arena_free(&w->scratch);
	cs_store_end(&w->store);
}

cabscan_worker *
cabscan_worker_new(const cabscan *cs, cabscan_error *err)
{
	cabscan_worker *w = calloc(1, sizeof(*w));

	if (w)
		w->cs = cs;
	else
		fail(err, CABSCAN_ENOMEM, "out of memory");
	return w;
}

void
cabscan_worker_free(cabscan_worker *w)
{
	if (!w)
		return;
	worker_end(w);
	free(w);
}

void
cabscan_worker_watch(cabscan_worker *w, cabscan_progress_fn *progress,
                     void *user)
{
	w->watch = (struct cs_watch){ .progress = progress, .user = user };
}

void
cabscan_worker_cabinets(cabscan_worker *w, cabscan_cabinet_fn *cabinet,
                        void *user)
{
	w->cabinet = cabinet;
	w->cabinet_user = user;
}

/* ---- one scan ------------------------------------------------------------ */

struct sum {
	uint8_t bytes[CS_SHA256_BYTES];
};

struct scanner {
	struct cs_cab_sink cab;         /* first: the CAB's members come here */
	struct cabscan_case *c;
	const cabscan_worker *worker;
	struct cs_collector collector;
	bool side;
	unsigned n_known;               /* members that a diagnostics CAB holds */
	cabscan_error unread;           /* of the first input that could not be */
	struct sum *sums;               /* of the inputs read so far */
	size_t n_sums;
};

/* A member that nobody reads: only its size is known to matter. */
static const char *
kind_unread(cs_text name, cs_bytes head)
{
	if (cs_cab_claims(head) || cs_ends_caseless(name, CS_TEXT(".cab")))
		return "cabinet";
	if (cs_ends_caseless(name, CS_TEXT(".etl")) ||
	    cs_ends_caseless(name, CS_TEXT(".etl.merged")))
		return "trace";
	return "other";
}

static void
hand_out_cabinet(struct scanner *s, const struct cs_member *m)
{
	const char *name;

	if (!s->worker->cabinet || m->state != CABSCAN_MEMBER_NOT_READ ||
	    !cs_cab_claims(m->bytes))
		return;
	name = cs_keep(&s->c->scan.scratch, m->name);
	if (name)
		s->worker->cabinet(s->worker->cabinet_user, name, m->bytes.at,
		                   m->bytes.len);
	cs_arena_reset(&s->c->scan.scratch);
}

static void
read_member(struct scanner *s, struct cs_member *m)
{
	struct cs_scan *scan = &s->c->scan;
	const struct cs_format *format = NULL;
	size_t n_facts = s->c->facts.n_collected;

	m->side = s->side;
	if (!cs_begin_member(scan, m))
		return;
	cs_case_add_member(&s->c->facts, m);
	if (!m->dropped && (m->state == CABSCAN_MEMBER_NOT_READ ||
	                    m->state == CABSCAN_MEMBER_SALVAGED))
		format = cs_format_for(m->name, m->bytes);
	m->kind = format ? format->name : kind_unread(m->name, m->bytes);
	if (!format) {
		/* Lost, but it is known what: that is a case, not a strange file. */
		s->n_known += (m->state == CABSCAN_MEMBER_LOST ||
		               m->state == CABSCAN_MEMBER_LIMITED) &&
		              cs_case_is_artefact(s->c->facts.know, m);
		hand_out_cabinet(s, m);
		return;
	}
	if (m->state == CABSCAN_MEMBER_NOT_READ)
		m->state = CABSCAN_MEMBER_READ;
	format->read(scan, m, &s->collector.sink);
	/* Every text is read; one that says nothing, and is none of ours by its
	 * name either, makes no case. */
	s->n_known += m->size > 0 && (format != &cs_format_lines ||
	              s->c->facts.n_collected > n_facts ||
	              cs_case_is_artefact(s->c->facts.know, m));
	cs_arena_reset(&scan->scratch);
	m->bytes = (cs_bytes){ NULL, 0 };
}

static bool
take_member(struct cs_cab_sink *sink, struct cs_member *m)
{
	struct scanner *s = (struct scanner *)sink;

	read_member(s, m);
	return !cs_scan_failed(&s->c->scan) && !s->c->scan.watch.cancelled;
}

static bool
reads_member(struct cs_cab_sink *sink, const struct cs_member *m, cs_bytes head)
{
	(void)sink;
	return cs_cab_claims(head) || cs_format_for(m->name, head);
}

static cabscan_status
scan_loose(struct scanner *s, const cabscan_input *in, cabscan_error *err)
{
	struct cs_scan *scan = &s->c->scan;
	struct cs_member *m = cs_alloc(&scan->arena, sizeof(*m));
	cs_text name = cs_base_name(cs_text_of(in->name));
	size_t bad;

	if (!m)
		return fail(err, CABSCAN_ENOMEM, "%s: out of memory", in->name);
	m->name = cs_keep_text(&scan->arena,
	                       cs_clean_utf8(&scan->arena, name, &bad));
	m->bytes = (cs_bytes){ in->data, in->size };
	m->size = in->size;
	m->state = CABSCAN_MEMBER_NOT_READ;
	if (!cs_spend(scan, CABSCAN_LIMIT_MEMBERS, 1,
	              (struct cs_place){ .member = m }))
		return CABSCAN_OK;
	if (in->size > scan->limits[CABSCAN_LIMIT_MEMBER_BYTES] ||
	    !cs_spend(scan, CABSCAN_LIMIT_TOTAL_BYTES, in->size,
	              (struct cs_place){ .member = m })) {
		m->state = CABSCAN_MEMBER_LIMITED;
		m->bytes = (cs_bytes){ NULL, 0 };
	}
	read_member(s, m);
	m->bytes = (cs_bytes){ NULL, 0 };
	return CABSCAN_OK;
}

static bool
names_cab(const char *name)
{
	return cs_ends_caseless(cs_text_of(name), CS_TEXT(".cab"));
}

static cabscan_status
scan_bytes(struct scanner *s, const cabscan_input *in, cabscan_error *err)
{
	cs_bytes bytes = { in->data, in->size };
	cabscan_error own = { .status = CABSCAN_OK };
	uint64_t most = s->c->scan.limits[CABSCAN_LIMIT_CAB_BYTES];

	if (in->size > most)
		return fail(err, CABSCAN_ELIMIT, "%s: %zu bytes are more than "
		            "the limit of %llu for one input", in->name,
		            in->size, (unsigned long long)most);
	cs_sha256(bytes, s->sums[s->n_sums++].bytes);
	if (in->kind != CABSCAN_INPUT_AUTO ||
	    (!cs_cab_claims(bytes) && !names_cab(in->name)))
		return scan_loose(s, in, err);
	if (cs_read_cab(&s->c->scan, cs_text_of(in->name), bytes, &s->cab, &own))
		return CABSCAN_OK;
	return fail(err, own.status, "%s", own.message);
}

/* Of several files one that cannot be read is a note: the others still make
 * a case. */
static cabscan_status
scan_input(struct scanner *s, const cabscan_input *in, cabscan_error *err)
{
	uint64_t most = s->c->scan.limits[CABSCAN_LIMIT_CAB_BYTES];
	cabscan_error own = { .status = CABSCAN_OK };
	cabscan_note_kind kind = CABSCAN_NOTE_UNREAD;
	cabscan_input read = *in;
	cabscan_status status;
	uint8_t *data = NULL;

	s->side = in->kind == CABSCAN_INPUT_SIDE;
	if (in->data)
		return scan_bytes(s, in, err);
	status = cs_read_file(in->name, most, &data, &read.size, &own);
	if (status == CABSCAN_OK) {
		kind = CABSCAN_NOTE_DAMAGED;
		read.data = data;
		status = scan_bytes(s, &read, &own);
		free(data);
	}
	if (status == CABSCAN_OK || status == CABSCAN_ENOMEM ||
	    in->kind == CABSCAN_INPUT_AUTO)
		return status == CABSCAN_OK ? status
		     : fail(err, status, "%s", own.message);
	cs_note(&s->c->scan, kind, (struct cs_place){ NULL }, "%s", own.message);
	if (kind == CABSCAN_NOTE_UNREAD && s->unread.status == CABSCAN_OK)
		s->unread = own;
	return CABSCAN_OK;
}

static int
by_bytes(const void *x, const void *y)
{
	return memcmp(x, y, CS_SHA256_BYTES);
}

/* Of several inputs the sum of their sums, whatever their order and names. */
static void
publish_digest(struct scanner *s)
{
	struct sum sum;

	if (s->n_sums == 0)
		return;
	sum = s->sums[0];
	if (s->n_sums > 1) {
		qsort(s->sums, s->n_sums, sizeof(*s->sums), by_bytes);
		cs_sha256((cs_bytes){ s->sums->bytes, s->n_sums * sizeof(*s->sums) },
		          sum.bytes);
	}
	for (size_t i = 0; i < CS_SHA256_BYTES; i++)
		snprintf(s->c->digest + 2 * i, 3, "%02x", sum.bytes[i]);
}

static bool
publish_members(struct cabscan_case *c)
{
	cs_arena *a = &c->scan.arena;

	c->n_members = c->facts.n_members;
	c->members = cs_alloc_n(a, c->n_members + 1, sizeof(*c->members));
	for (size_t i = 0; c->members && i < c->n_members; i++) {
		const struct cs_member *m = c->facts.members[i];

		c->members[i] = (cabscan_member){
			.name = cs_keep(a, m->name), .bytes = m->size,
			.kind = m->kind, .state = m->state, .side = m->side,
		};
	}
	return c->members && !a->full;
}

static bool
publish_notes(struct cabscan_case *c)
{
	cs_arena *a = &c->scan.arena;
	size_t n = 0;

	for (const struct cs_note *note = c->scan.notes; note; note = note->next)
		n++;
	c->notes = cs_alloc_n(a, n + 1, sizeof(*c->notes));
	for (const struct cs_note *note = c->scan.notes; c->notes && note;
	     note = note->next) {
		const struct cs_member *m = note->place.member;

		c->notes[c->n_notes++] = (cabscan_note){
			.kind = note->kind, .text = note->text,
			.where = { m ? cs_keep(a, m->name) : "",
			           note->place.offset, note->place.record,
			           note->place.line },
		};
	}
	return c->notes && !a->full;
}

static bool
publish_age(struct cabscan_case *c, const cabscan *cs)
{
	cs_arena *a = &c->scan.arena;
	uint64_t checked;
	bool stale = cs->today && cs_time_day(cs_text_of(cs->date), &checked) &&
	             cs->today > checked && cs->today - checked > STALE_AFTER;

	c->knowledge_date = cs_keep(a, cs_text_of(cs->date));
	c->look_at = cs_keep(a, cs_text_of(stale ? cs->news : ""));
	return c->knowledge_date && c->look_at;
}

static cabscan_status
scan(struct cabscan_case *c, const cabscan_worker *w,
     const cabscan_input *inputs, size_t n, cabscan_error *err)
{
	struct scanner s = { .cab = { take_member, reads_member }, .c = c, .worker = w };
	cabscan_status status = CABSCAN_OK;

	if (!cs_case_begin(&c->facts, &w->cs->know, &c->scan))
		return fail(err, CABSCAN_ENOMEM, "%s: out of memory", c->source);
	s.collector = cs_case_collector(&c->facts);
	s.sums = cs_alloc_n(&c->scan.arena, n, sizeof(*s.sums));
	if (!s.sums)
		return fail(err, CABSCAN_ENOMEM, "%s: out of memory", c->source);
	for (size_t i = 0; i < n && status == CABSCAN_OK &&
	     !c->scan.watch.cancelled; i++)
		status = scan_input(&s, &inputs[i], err);
	if (c->scan.watch.cancelled)
		return fail(err, CABSCAN_ECANCELLED, "%s: cancelled", c->source);
	if (status != CABSCAN_OK)
		return status;
	if (cs_scan_failed(&c->scan))
		return fail(err, CABSCAN_ENOMEM, "%s: out of memory after %zu "
		            "bytes", c->source, c->scan.arena.used);
	if (s.n_known == 0 && n == 1 && c->facts.n_members == 1 &&
	    c->facts.members[0]->size == 0)
		return fail(err, CABSCAN_EFORMAT, "%s: the file is empty",
		            c->source);
	if (s.n_known == 0 && s.unread.status != CABSCAN_OK)
		return fail(err, s.unread.status, "%s", s.unread.message);
	if (s.n_known == 0)
		return fail(err, CABSCAN_EFORMAT, "%s: none of its %zu files is "
		            "one that a diagnostics CAB holds", c->source,
		            c->facts.n_members);
	publish_digest(&s);
	if (!cs_rosters_ask(w->cs->rosters, &c->facts, &s.collector.sink) ||
	    !cs_case_finish(&c->facts) || !cs_judge(&c->facts, &c->judgement) ||
	    !publish_members(c) || !publish_notes(c) || !publish_age(c, w->cs) ||
	    cs_scan_failed(&c->scan))
		return fail(err, CABSCAN_ENOMEM, "%s: out of memory after %zu "
		            "bytes", c->source, c->scan.arena.used);
	return CABSCAN_OK;
}

cabscan_status
cabscan_worker_scan(cabscan_worker *w, const char *source,
                    const cabscan_input *inputs, size_t n,
                    cabscan_case **ret_case, cabscan_error *err)
{
	cabscan_case *c;
	cabscan_status status;

	if (n == 0 || w->cs->is_empty)
		return fail(err, CABSCAN_EUSAGE, "%s: %s", source,
		            n ? "a scanner without knowledge cannot scan"
		              : "nothing to scan");
	c = calloc(1, sizeof(*c));
	if (!c)
		return fail(err, CABSCAN_ENOMEM, "%s: out of memory", source);
	cs_scan_begin(&c->scan, w->cs->limits);
	c->scan.watch = w->watch;
	c->scan.scratch = w->scratch;
	c->scan.store = &w->store;
	c->source = cs_keep(&c->scan.arena,
	                    cs_clean_utf8(&c->scan.arena, cs_text_of(source),
	                                  NULL));
	status = c->source ? scan(c, w, inputs, n, err)
	       : fail(err, CABSCAN_ENOMEM, "%s: out of memory", source);
	cs_arena_reset(&c->scan.scratch);
	w->scratch = c->scan.scratch;
	w->scratch.failed = false;
	c->scan.scratch = (cs_arena){ NULL };
	c->scan.store = NULL;
	if (status == CABSCAN_OK)
		*ret_case = c;
	else
		cabscan_case_free(c);
	return status;
}

cabscan_status
cabscan_scan(const cabscan *cs, const char *source, const cabscan_input *inputs,
             size_t n, cabscan_case **ret_case, cabscan_error *err)
{
	cabscan_worker w = { .cs = cs };
	cabscan_status status;

	status = cabscan_worker_scan(&w, source, inputs, n, ret_case, err);
	worker_end(&w);
	return status;
}

void
cabscan_case_free(cabscan_case *c)
{
	if (!c)
		return;
	cs_scan_end(&c->scan);
	free(c);
}

cabscan_status
cabscan_scan_file(const cabscan *cs, const char *path, cabscan_case **ret_case,
                  cabscan_error *err)
{
	cabscan_input file = { .name = path, .kind = CABSCAN_INPUT_AUTO };

	return cabscan_scan(cs, path, &file, 1, ret_case, err);
}

/* ---- what a case holds --------------------------------------------------- */

const char *
cabscan_case_source(const cabscan_case *c)
{
	return c->source;
}

const char *
cabscan_case_knowledge_date(const cabscan_case *c)
{
	return c->knowledge_date;
}

const char *
cabscan_case_look_at(const cabscan_case *c)
{
	return c->look_at;
}

const char *
cabscan_case_digest(const cabscan_case *c)
{
	return c->digest;
}

const cabscan_verdict *
cabscan_case_verdict(const cabscan_case *c)
{
	return &c->judgement.verdict;
}

const char *
cabscan_computer_at(const cabscan_case *c, size_t i)
{
	return i < c->facts.n_computers ? c->facts.computers[i].at : NULL;
}

const cabscan_finding *
cabscan_finding_at(const cabscan_case *c, size_t i)
{
	return i < c->judgement.n_findings ? &c->judgement.findings[i] : NULL;
}

const cabscan_why_not *
cabscan_why_not_at(const cabscan_case *c, size_t i)
{
	return i < c->judgement.n_why_not ? &c->judgement.why_not[i] : NULL;
}

const cabscan_fact *
cabscan_fact_at(const cabscan_case *c, size_t i)
{
	return i < c->facts.n_all ? &c->facts.all[i]->pub : NULL;
}

const cabscan_attempt *
cabscan_attempt_at(const cabscan_case *c, size_t i)
{
	return i < c->facts.n_attempts ? &c->facts.attempts[i].pub : NULL;
}

const cabscan_event *
cabscan_event_at(const cabscan_case *c, size_t i)
{
	return i < c->facts.n_moments ? &c->facts.moments[i].pub : NULL;
}

const cabscan_member *
cabscan_member_at(const cabscan_case *c, size_t i)
{
	return i < c->n_members ? &c->members[i] : NULL;
}

const cabscan_log *
cabscan_log_at(const cabscan_case *c, size_t i)
{
	return i < c->facts.n_logs ? &c->facts.logs[i] : NULL;
}

const cabscan_missing *
cabscan_missing_at(const cabscan_case *c, size_t i)
{
	return i < c->facts.n_missing ? &c->facts.missing[i] : NULL;
}

const cabscan_note *
cabscan_note_at(const cabscan_case *c, size_t i)
{
	return i < c->n_notes ? &c->notes[i] : NULL;
}

const cabscan_step *
cabscan_step_at(const cabscan_case *c, size_t i)
{
	return i < c->judgement.n_steps ? &c->judgement.steps[i] : NULL;
}

const cabscan_fact *
cabscan_fact_named(const cabscan_case *c, const char *name, size_t i)
{
	const struct cs_fact_def *def = cs_know_fact(c->facts.know,
	                                             cs_text_of(name));

	if (!def || i >= c->facts.facts[def->index].n)
		return NULL;
	return &c->facts.facts[def->index].at[i]->pub;
}

/* ---- names --------------------------------------------------------------- */

const char *
cabscan_confidence_name(cabscan_confidence c)
{
	static const char *const names[] = {
		[CABSCAN_NONE] = "none", [CABSCAN_POSSIBLE] = "possible",
		[CABSCAN_LIKELY] = "likely", [CABSCAN_CERTAIN] = "certain",
	};

	return names[c];
}

const char *
cabscan_member_state_name(cabscan_member_state s)
{
	static const char *const names[] = {
		[CABSCAN_MEMBER_READ] = "read",
		[CABSCAN_MEMBER_NOT_READ] = "not-read",
		[CABSCAN_MEMBER_LOST] = "lost",
		[CABSCAN_MEMBER_SALVAGED] = "salvaged",
		[CABSCAN_MEMBER_LIMITED] = "limited",
	};

	return names[s];
}

const char *
cabscan_note_kind_name(cabscan_note_kind k)
{
	static const char *const names[] = {
		[CABSCAN_NOTE_DAMAGED] = "damaged",
		[CABSCAN_NOTE_LIMIT] = "limit",
		[CABSCAN_NOTE_CONFLICT] = "conflict",
		[CABSCAN_NOTE_ENCODING] = "encoding",
		[CABSCAN_NOTE_CABINET] = "cabinet",
		[CABSCAN_NOTE_COLLECTION] = "collection",
		[CABSCAN_NOTE_UNREAD] = "unread",
	};

	return names[k];
}

cabscan_time_chars
cabscan_time_text(uint64_t time)
{
	cabscan_time_chars chars = { "" };

	if (time)
		cs_time_text(time, chars.text);
	return chars;
}
