/*
 * row.c - cabscan-row/1: one case on one line of at most 1 KiB
 *
 * The schema stands in cabscan-row.schema.json.  A row that would be longer
 * is made again with shorter texts, sentences before names, since names are
 * what rows are grouped by; what is cut ends in an ellipsis.
 */
#include "history.h"

#include <stdlib.h>
#include <string.h>

#define ELLIPSIS "\xe2\x80\xa6"
#define MAX_TRIES 12

/* What texts may take, in bytes.  The first plan that makes a row fit is
 * taken. */
struct plan {
	unsigned n_evidence, evidence, next, title, source, problem;
	unsigned names;                 /* eighths */
};

static const struct plan plans[] = {
	{ 3, 150, 180, 120, 300, 240, 8 }, { 2, 150, 180, 100, 300, 240, 8 },
	{ 2, 150, 140, 100, 200, 240, 8 }, { 2, 130, 110, 80, 140, 200, 8 },
	{ 1, 130, 110, 80, 140, 200, 8 }, { 1, 110, 80, 60, 100, 160, 8 },
	{ 1, 90, 60, 48, 80, 120, 8 }, { 1, 60, 40, 40, 60, 80, 8 },
	{ 1, 30, 30, 24, 48, 60, 8 }, { 1, 20, 22, 15, 37, 30, 8 },
	{ 1, 20, 22, 15, 37, 30, 4 }, { 1, 20, 22, 15, 37, 30, 2 },
	{ 1, 20, 22, 15, 37, 30, 1 },
};
#define N_PLANS (sizeof(plans) / sizeof(plans[0]))

struct builder {
	const struct row_maker *m;
	const cabscan_case *c;          /* NULL: there is none */
	json_t *o;
	const struct plan *plan;
	bool failed;
};

/* ---- texts ---------------------------------------------------------------- */

/* In place, with room for the ellipsis: 'most' bytes at least 4. */
void
cut_end(char *t, size_t most)
{
	size_t n = most - 3;

	if (strlen(t) <= most)
		return;
	while (n > 0 && ((unsigned char)t[n] & 0xc0) == 0x80)
		n--;
	memcpy(t + n, ELLIPSIS, 4);
}

/* Of a path the end says more. */
static void
cut_begin(char *t, size_t most)
{
	size_t len = strlen(t), from;

	if (len <= most)
		return;
	from = len - (most - 3);
	while (from < len && ((unsigned char)t[from] & 0xc0) == 0x80)
		from++;
	memmove(t + 3, t + from, len - from + 1);
	memcpy(t, ELLIPSIS, 3);
}

/* A serial number that thousands share tells no device, but would be one
 * device under its pseudonym. */
static char *
hidden(struct builder *b, cabscan_text_kind kind, const char *text)
{
	const struct private *p = b->m->private;
	char *shown, *mended;

	if (!p || is_placeholder(text))
		return plain_text(text);
	shown = cabscan_redact(p->redactor, b->c, kind, text);
	mended = shown ? plain_text(shown) : NULL;
	cabscan_redact_free(shown);
	return mended;
}

static json_t *
short_text(struct builder *b, cabscan_text_kind kind, const char *text,
            size_t most)
{
	char *t;
	json_t *value;

	if (!text || !*text)
		return json_null();
	t = hidden(b, kind, text);
	if (!t) {
		b->failed = true;
		return json_null();
	}
	if (kind == CABSCAN_TEXT_PATH)
		cut_begin(t, most);
	else
		cut_end(t, most);
	value = json_string(t);
	free(t);
	if (!value)
		value = json_string("(no UTF-8)");
	return value;
}

/* Of at least 32 bytes. */
static json_t *
short_name(struct builder *b, cabscan_text_kind kind, const char *text,
           size_t most)
{
	return short_text(b, kind, text, most * b->plan->names / 8);
}

/* What is not known has no key. */
static void
set(struct builder *b, const char *key, json_t *value)
{
	if (json_is_null(value))
		return;
	if (!value || json_object_set_new(b->o, key, value) != 0)
		b->failed = true;
}

/* ---- what a row says ------------------------------------------------------- */

/* In the order of a row. */
static const struct {
	const char *key, *fact;
	unsigned char most;
} device_keys[] = {
	{ "serial", "device.serial", 48 }, { "uuid", "device.uuid", 40 },
	{ "manufacturer", "device.manufacturer", 48 },
	{ "model", "device.model", 48 }, { "bios", "device.bios", 48 },
	{ "vendor", "tpm.vendor", 48 }, { "firmware", "tpm.firmware", 48 },
	{ "spec", "tpm.spec", 32 }, { "build", "windows.build", 48 },
	{ "scenario", "autopilot.scenario", 32 },
	{ "profile", "autopilot.profile", 40 },
	{ "message", "aik.message", 48 },
};
#define N_DEVICE_KEYS (sizeof(device_keys) / sizeof(device_keys[0]))

const char *
row_fact(size_t i, const char **ret_fact)
{
	*ret_fact = i < N_DEVICE_KEYS ? device_keys[i].fact : NULL;
	return i < N_DEVICE_KEYS ? device_keys[i].key : NULL;
}

static json_t *
identity(struct builder *b, const char *source)
{
	char digits[17];
	char *name;
	json_t *id;

	hex16(path_hash(source), digits);
	if (!b->m->private)
		return json_string(digits);
	/* The same pseudonym as the source's, without its extension. */
	name = cabscan_redact(b->m->private->redactor, NULL, CABSCAN_TEXT_SECRET,
	                      source);
	id = name ? json_string(name + 3) : NULL;
	cabscan_redact_free(name);
	return id;
}

/* Backslashes of Windows would make one source two. */
static char *
with_slashes(const char *source)
{
	char *t = copy_text(source, strlen(source));

	for (char *p = t; p && *p; p++)
		if (*p == '\\')
			*p = '/';
	return t;
}

static void
head(struct builder *b, const char *source, const char *state)
{
	const struct shard *s = &b->m->shard;
	char *path = with_slashes(source);

	b->o = json_object();
	set(b, "schema", json_string("cabscan-row/1"));
	set(b, "id", path ? identity(b, path) : NULL);
	set(b, "source", path ? short_text(b, CABSCAN_TEXT_PATH, path, b->plan->source) : NULL);
	set(b, "state", json_string(state));
	set(b, "shard", s->of ? json_integer(s->index) : json_null());
	set(b, "shards", s->of ? json_integer(s->of) : json_null());
	set(b, "redacted", b->m->private ? json_string(b->m->private->key_id)
	                                 : json_null());
	free(path);
}

static const char *
fact_text(const cabscan_case *c, const char *name)
{
	const cabscan_fact *f = cabscan_fact_named(c, name, 0);

	return f ? f->value : NULL;
}

cabscan_text_kind
fact_kind(const char *fact)
{
	static const char *const models[] = {
		"device.manufacturer", "device.model", "device.bios",
		"device.cpu", "windows.edition", "windows.build",
		"intune.manufacturer", "intune.model",
	};
	static const char *const secrets[] = {
		"device.serial", "device.uuid", "device.csv_serial",
		"autopilot.tenant", "autopilot.profile", "intune.serial",
		"intune.other_serial", "intune.profile", "deployment.serial",
		"inventory.serial",
	};

	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		if (strcmp(fact, secrets[i]) == 0)
			return CABSCAN_TEXT_SECRET;
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++)
		if (strcmp(fact, models[i]) == 0)
			return CABSCAN_TEXT_MODEL;
	return CABSCAN_TEXT_FOREIGN;
}

/* "Attestation failed with: 0x81039001 [autopilot.evtx, record 28]" */
static json_t *
evidence_line(struct builder *b, const cabscan_fact *f)
{
	char *value = hidden(b, fact_kind(f->name), f->value);
	char *member = hidden(b, CABSCAN_TEXT_FILE, base_name(f->where.member));
	char place[64] = "", line[400];
	json_t *j;

	if (f->where.record)
		snprintf(place, sizeof(place), ", record %llu",
		         (unsigned long long)f->where.record);
	else if (f->where.line)
		snprintf(place, sizeof(place), ", line %llu",
		         (unsigned long long)f->where.line);
	if (value)
		cut_end(value, 64);
	if (member)
		cut_begin(member, 28);
	snprintf(line, sizeof(line), "%.80s: %s%s%s%s%s", f->title,
	         value ? value : "", member && *member ? " [" : "",
	         member ? member : "", place, member && *member ? "]" : "");
	b->failed |= !value || !member;
	free(value);
	free(member);
	cut_end(line, b->plan->evidence);
	j = json_string(line);
	return j ? j : json_null();
}

/* The same, read at another place. */
static bool
said_before(const cabscan_finding *f, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(f->evidence[k]->name, f->evidence[i]->name) == 0 &&
		    strcmp(f->evidence[k]->value, f->evidence[i]->value) == 0)
			return true;
	return false;
}

static void
evidence(struct builder *b, const cabscan_finding *f)
{
	json_t *list = json_array();
	size_t n = 0;

	for (size_t i = 0; f && i < f->n_evidence && n < b->plan->n_evidence; i++) {
		if (said_before(f, i))
			continue;
		n++;
		if (json_array_append_new(list, evidence_line(b, f->evidence[i])))
			b->failed = true;
	}
	set(b, "evidence", list);
	set(b, "evidence_count", json_integer(f ? (json_int_t)f->n_evidence : 0));
	set(b, "against_count", json_integer(f ? (json_int_t)f->n_against : 0));
}

#define SECOND 10000000u

static char
letter_of(const cabscan_attempt *a)
{
	return strcmp(a->outcome, "passed") == 0 ? 'P'
	     : strcmp(a->outcome, "failed") == 0 ? 'F' : 'I';
}

/* The first try and the latest ones, as "F0", "P193": how each ended, and
 * seconds from the first one's start. */
static json_t *
tries(struct builder *b, size_t n)
{
	json_t *list = json_array();
	uint64_t first = n ? cabscan_attempt_at(b->c, 0)->started : 0;

	for (size_t i = 0; i < n; i++) {
		const cabscan_attempt *a = cabscan_attempt_at(b->c, i);
		char text[24];

		if (n > MAX_TRIES && i == 1)
			i = n - MAX_TRIES + 1, a = cabscan_attempt_at(b->c, i);
		snprintf(text, sizeof(text), "%c%llu", letter_of(a),
		         (unsigned long long)((a->started - first) / SECOND));
		if (json_array_append_new(list, json_string(text)))
			b->failed = true;
	}
	return list;
}

/* To the second. */
static json_t *
short_time(uint64_t time)
{
	cabscan_time_chars chars = cabscan_time_text(time);

	if (!time)
		return json_null();
	memcpy(chars.text + strlen("2026-03-15T10:27:16"), "Z", 2);
	return json_string(chars.text);
}

static void
attempts(struct builder *b)
{
	const cabscan_attempt *last = NULL;
	uint64_t time;
	size_t n = 0;

	while (b->c && cabscan_attempt_at(b->c, n))
		last = cabscan_attempt_at(b->c, n++);
	time = last ? last->ended ? last->ended : last->started : 0;
	set(b, "attempts", json_integer((json_int_t)n));
	set(b, "first", short_time(n ? cabscan_attempt_at(b->c, 0)->started : 0));
	set(b, "tries", tries(b, n));
	set(b, "outcome", last ? json_string(last->outcome) : json_null());
	set(b, "error", last && last->error ? json_string(last->error)
	                                    : json_null());
	set(b, "time", time ? json_string(cabscan_time_text(time).text)
	                    : json_null());
}

/* When the log of attestation begins: all that is left of a device's life
 * before a reset is gone.  A log that was overwritten cannot tell. */
static uint64_t
logs_from(const cabscan_case *c)
{
	const cabscan_log *l;
	uint64_t time = 0;

	for (size_t i = 0; (l = cabscan_log_at(c, i)) != NULL; i++)
		if (ends_with(l->channel, "/autopilot") && l->first.record == 1 &&
		    l->time && (!time || l->time < time))
			time = l->time;
	return time;
}

/* "IFX-KeyId-24e2ea6b39a86e3d...": who issued the EK certificate, by the first
 * part of the attestation host's name. */
static json_t *
authority(struct builder *b)
{
	const char *host = fact_text(b->c, "aik.host");
	size_t n = host ? strcspn(host, ".") : 0;
	char text[40];

	snprintf(text, sizeof(text), "%.*s", (int)(n < 32 ? n : 32),
	         host ? host : "");
	return short_name(b, CABSCAN_TEXT_SECRET, text, 40);
}

/* The same for the same bytes. */
static json_t *
digest(struct builder *b)
{
	const char *sum = cabscan_case_digest(b->c);
	char *name;
	json_t *j;

	if (!b->m->private)
		return json_stringn(sum, strlen(sum) < 16 ? strlen(sum) : 16);
	name = cabscan_redact(b->m->private->redactor, NULL, CABSCAN_TEXT_SECRET,
	                      sum);
	j = name ? json_string(name + 3) : NULL;
	cabscan_redact_free(name);
	return j;
}

static json_t *
labels(struct builder *b)
{
	const struct labels *l = &b->m->labels;
	json_t *o = l->n ? json_object() : json_null();

	for (size_t i = 0; i < l->n; i++)
		if (json_object_set_new(o, l->at[i].name,
		                        short_name(b, CABSCAN_TEXT_MODEL,
		                                   l->at[i].value, 32)) != 0)
			b->failed = true;
	return o;
}

/* The first thing to do that is not "collect more". */
static const char *
next_step(const cabscan_case *c)
{
	const cabscan_step *s;
	const cabscan_verdict *v = cabscan_case_verdict(c);
	const char *first = NULL;
	bool missing = cabscan_missing_at(c, 0) != NULL;

	for (size_t i = 0; (s = cabscan_step_at(c, i)) != NULL; i++) {
		if (!first)
			first = s->text;
		if (!missing || v->confidence == CABSCAN_NONE ||
		    (strncmp(s->text, "Collect", 7) != 0 &&
		     strncmp(s->text, "Copy", 4) != 0))
			return s->text;
	}
	return first;
}

static json_t *
device_name(struct builder *b, size_t i)
{
	const char *fact = device_keys[i].fact;

	return short_name(b, strncmp(fact, "tpm.", 4) == 0 ? CABSCAN_TEXT_MODEL
	                                                   : fact_kind(fact),
	                  fact_text(b->c, fact), device_keys[i].most);
}

static size_t
count_notes(const cabscan_case *c)
{
	size_t n = 0;

	while (cabscan_note_at(c, n))
		n++;
	return n;
}

static void
body(struct builder *b, const char *kind, const char *problem)
{
	const cabscan_case *c = b->c;
	const cabscan_verdict *v = c ? cabscan_case_verdict(c) : NULL;

	set(b, "cause", v ? json_string(v->cause) : json_null());
	set(b, "confidence", v ? json_string(cabscan_confidence_name(v->confidence))
	                       : json_null());
	set(b, "title", v ? short_text(b, CABSCAN_TEXT_OURS, v->title,
	                             b->plan->title)
	                  : json_null());
	for (size_t i = 0; i < N_DEVICE_KEYS; i++)
		set(b, device_keys[i].key, c ? device_name(b, i) : json_null());
	set(b, "authority", c ? authority(b) : json_null());
	attempts(b);
	set(b, "logs_from", c ? short_time(logs_from(c)) : json_null());
	set(b, "digest", c ? digest(b) : json_null());
	set(b, "labels", labels(b));
	evidence(b, v ? v->finding : NULL);
	set(b, "next", c ? short_text(b, CABSCAN_TEXT_OURS, next_step(c),
	                                  b->plan->next)
	                 : json_null());
	set(b, "notes", json_integer(c ? (json_int_t)count_notes(c) : 0));
	set(b, "problem", kind ? json_string(kind) : json_null());
	set(b, "problem_text", short_text(b, CABSCAN_TEXT_FOREIGN, problem,
	                                  b->plan->problem));
}

#define SHARDS "\"shard\":%u,\"shards\":%u,"

/* The length, with the longest shard there can be: texts must not be cut
 * differently where a batch is divided. */
static size_t
full_length(const struct row_maker *m, const char *line)
{
	char shard[60] = "";

	if (m->shard.of)
		snprintf(shard, sizeof(shard), SHARDS, m->shard.index, m->shard.of);
	return strlen(line) + 1 - strlen(shard) +
	       strlen("\"shard\":100000,\"shards\":100000,");
}

/* Again with shorter texts until it fits: with the last plan anything does. */
static char *
make(const struct row_maker *m, const cabscan_case *c, const char *source,
     const char *kind, const char *problem)
{
	char *line = NULL;

	for (size_t i = 0; i < N_PLANS && !line; i++) {
		struct builder b = { .m = m, .c = c, .plan = &plans[i] };

		head(&b, source, c ? "scanned" : "failed");
		body(&b, kind, problem);
		line = b.failed ? NULL : json_dumps(b.o, JSON_COMPACT);
		json_decref(b.o);
		if (b.failed)
			return NULL;
		if (line && full_length(m, line) > MAX_ROW &&
		    i + 1 < N_PLANS) {
			free(line);
			line = NULL;
		}
	}
	return line;
}

/* ---- the case itself -------------------------------------------------------- */

static char *
whole_case(const struct row_maker *m, const cabscan_case *c)
{
	char *text = m->private ? private_report(m->private, c, "ndjson")
	                        : report_text(c, "ndjson");

	if (text)
		text[strcspn(text, "\n")] = '\0';
	return text;
}

/* ---- rows -------------------------------------------------------------------- */

struct row
row_of_case(const struct row_maker *m, const char *source, const cabscan_case *c)
{
	struct row row = { .line = make(m, c, source, NULL, NULL) };

	if (row.line && ((m->full && !(row.full = whole_case(m, c))) ||
	    (m->keep && !(row.snapshot = snapshot_of_case(m, source, c))))) {
		row_free(&row);
		row = (struct row){ .line = NULL };
	}
	return row;
}

struct row
row_of_problem(const struct row_maker *m, const char *source, const char *kind,
               const char *text)
{
	size_t n = strlen(source);

	/* The source stands in the row already. */
	while (strncmp(text, source, n) == 0 && text[n] == ':' && text[n + 1] == ' ')
		text += n + 2;
	return (struct row){ .line = make(m, NULL, source, kind, text) };
}

const char *
problem_kind(cabscan_status status)
{
	switch (status) {
	case CABSCAN_ENOMEM: return "memory";
	case CABSCAN_EIO: return "unreadable";
	case CABSCAN_ELIMIT: return "limit";
	default: return "format";
	}
}

/* The last row of a shard: how many there are before it. */
struct row
row_of_shard(const struct row_maker *m, size_t n_rows)
{
	struct builder b = { .m = m };
	struct row row = { .line = NULL };

	b.o = json_object();
	set(&b, "schema", json_string("cabscan-row/1"));
	set(&b, "state", json_string("shard"));
	set(&b, "shard", json_integer(m->shard.index));
	set(&b, "shards", json_integer(m->shard.of));
	set(&b, "redacted", m->private ? json_string(m->private->key_id)
	                               : json_null());
	set(&b, "rows", json_integer((json_int_t)n_rows));
	row.line = b.failed ? NULL : json_dumps(b.o, JSON_COMPACT);
	json_decref(b.o);
	return row;
}

void
row_free(struct row *row)
{
	free(row->line);
	free(row->full);
	free(row->snapshot);
}

bool
rows_insert(struct rows *r, size_t where, struct row row)
{
	struct row *more = row.line ? realloc(r->at, (r->n + 1) * sizeof(*more))
	                            : NULL;

	if (!more) {
		row_free(&row);
		r->out_of_memory = true;
		return false;
	}
	r->at = more;
	memmove(more + where + 1, more + where, (r->n - where) * sizeof(*more));
	more[where] = row;
	r->n++;
	return true;
}

void
rows_free(struct rows *r)
{
	for (size_t i = 0; i < r->n; i++)
		row_free(&r->at[i]);
	free(r->at);
	*r = (struct rows){ .n = 0 };
}
