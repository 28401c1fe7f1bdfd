/* load.c - a row into a case of a few dozen bytes */
#include "fleet.h"

#include <stdlib.h>
#include <string.h>

#define MAX_NAME 128
#define MAX_CAUSES 1000
#define MAX_TOLD 10             /* inputs that could not be read, by name */

/* ---- times ----------------------------------------------------------------- */

static int64_t
days_before(int64_t year, int64_t month, int64_t day)
{
	/* March begins the year, so that the leap day ends it. */
	int64_t y = month <= 2 ? year - 1 : year, era = y / 400, of = y % 400;
	int64_t m = month > 2 ? month - 3 : month + 9;

	return era * 146097 + of * 365 + of / 4 - of / 100 +
	       (153 * m + 2) / 5 + day - 1 - 719468;
}

static int64_t
number_at(const char *text, size_t from, size_t n)
{
	int64_t value = 0;

	for (size_t i = from; i < from + n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + text[i] - '0';
	}
	return value;
}

uint32_t
seconds_of(const char *time)
{
	static const unsigned char at[6] = { 0, 5, 8, 11, 14, 17 };
	int64_t part[6], all;

	if (strlen(time) < 20)
		return 0;
	for (size_t i = 0; i < 6; i++)
		if ((part[i] = number_at(time, at[i], i ? 2 : 4)) < 0)
			return 0;
	if (part[1] < 1 || part[1] > 12)
		return 0;
	all = days_before(part[0], part[1], part[2]) * 86400 + part[3] * 3600 +
	      part[4] * 60 + part[5];
	return all > 0 && all <= UINT32_MAX ? (uint32_t)all : 0;
}

void
time_of(uint32_t seconds, char ret[24])
{
	cabscan_time_chars chars;

	ret[0] = '\0';
	if (seconds == 0)
		return;
	chars = cabscan_time_text((seconds + 11644473600ull) * 10000000ull);
	snprintf(ret, 24, "%.19sZ", chars.text);
}

/* ---- names ------------------------------------------------------------------ */

/* Of several spellings the longest one is shown, of these the first in the
 * order of bytes: the order of rows does not matter. */
static void
show(struct fleet *f, uint32_t i, const char *text)
{
	const char *now;

	if (i >= f->room_shown) {
		size_t room = f->room_shown ? f->room_shown * 2 : 1024;
		const char **more;

		while (room <= i)
			room *= 2;
		more = realloc(f->shown, room * sizeof(*more));
		if (!more) {
			f->out_of_memory = true;
			return;
		}
		memset(more + f->room_shown, 0,
		       (room - f->room_shown) * sizeof(*more));
		f->shown = more;
		f->room_shown = room;
	}
	now = f->shown[i];
	if (!now || strlen(text) > strlen(now) ||
	    (strlen(text) == strlen(now) && strcmp(text, now) < 0)) {
		f->shown[i] = pool_keep(&f->names, text, strlen(text));
		f->out_of_memory |= !f->shown[i];
	}
}

static uint32_t
name(struct fleet *f, enum column by, const char *text)
{
	char plain[MAX_NAME + 2];
	size_t n;
	uint32_t i;

	if (!*text)
		return 0;
	plain[0] = (char)('A' + (int)by);
	n = plain_name(by, text, plain + 1, MAX_NAME);
	if (n == 0)
		return 0;
	i = intern(&f->names, plain, n + 1);
	if (i)
		show(f, i, text);
	return i;
}

const struct config *
config_of(const struct fleet *f, const struct fleet_case *c)
{
	return (const void *)f->configs.at[c->config];
}

uint32_t
name_id(const struct fleet *f, const struct fleet_case *c, enum column by)
{
	return config_of(f, c)->text[by];
}

const char *
name_of(const struct fleet *f, const struct fleet_case *c, enum column by)
{
	uint32_t i = name_id(f, c, by);

	return i ? f->shown[i] : "";
}

const char *
cause_of(const struct fleet *f, const struct fleet_case *c)
{
	return f->causes.at[c->cause];
}

/* "image=24H2;network=wifi", by name */
static void
label_text(const struct fields *r, char *to, size_t room)
{
	struct field_label l[MAX_LABELS];
	size_t len = 0;

	for (size_t i = 0; i < r->n_labels; i++) {
		size_t k = i;

		for (; k > 0 && strcmp(l[k - 1].name, r->label[i].name) > 0; k--)
			l[k] = l[k - 1];
		l[k] = r->label[i];
	}
	to[0] = '\0';
	for (size_t i = 0; i < r->n_labels && len < room; i++) {
		int n = snprintf(to + len, room - len, "%s%s=%s", i ? ";" : "",
		                 l[i].name, l[i].value);

		len += n > 0 ? (size_t)n : 0;
	}
}

static uint32_t
config(struct fleet *f, const struct fields *r)
{
	static const struct { enum column by; enum field field; } columns[] = {
		{ BY_MODEL, FIELD_MODEL }, { BY_VENDOR, FIELD_VENDOR },
		{ BY_FIRMWARE, FIELD_FIRMWARE }, { BY_BIOS, FIELD_BIOS },
		{ BY_BUILD, FIELD_BUILD }, { BY_SCENARIO, FIELD_SCENARIO },
		{ BY_MESSAGE, FIELD_MESSAGE }, { BY_AUTHORITY, FIELD_AUTHORITY },
	};
	struct config c = { { 0 } };
	const char *maker = r->text[FIELD_MAKER], *says;
	char labels[4 * MAX_NAME];

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		c.text[columns[i].by] = name(f, columns[i].by,
		                             r->text[columns[i].field]);
	model_alone(r->text[FIELD_MODEL], &says);
	c.text[BY_MAKER] = name(f, BY_MAKER, *maker ? maker : says);
	label_text(r, labels, sizeof(labels));
	c.text[BY_LABELS] = name(f, BY_LABELS, labels);
	return intern(&f->configs, &c, sizeof(c));
}

/* ---- what happened ---------------------------------------------------------- */

/* The outcome is evidence; a cause alone may be of something else. */
static enum result
result_of(const struct fields *r)
{
	const char *cause = r->text[FIELD_CAUSE], *outcome = r->text[FIELD_OUTCOME];

	if (strcmp(cause, "recovered") == 0)
		return RESULT_FAILED;
	if (strcmp(cause, "attested") == 0 || strcmp(outcome, "passed") == 0)
		return RESULT_PASSED;
	if (is_harmless(cause))
		return RESULT_UNTRIED;
	if (strcmp(cause, "unknown") == 0)
		return strcmp(outcome, "failed") == 0 ? RESULT_FAILED
		                                      : RESULT_UNKNOWN;
	return RESULT_FAILED;
}

static bool
add_try(struct fleet *f, struct fleet_case *c, uint32_t began, char how)
{
	struct try_ *more = one_more(f->tries, f->n_tries, &f->room_tries,
	                             sizeof(*more));

	if (!more)
		return false;
	f->tries = more;
	f->tries[f->n_tries++] = (struct try_){ began, how };
	c->n_tries++;
	return true;
}

/* A case that failed or passed, and lists no try, is one. */
static bool
read_tries(struct fleet *f, struct fleet_case *c, const struct fields *r)
{
	c->tries = (uint32_t)f->n_tries;
	for (size_t i = 0; i < r->n_tries; i++) {
		const char *text = r->tries[i];
		unsigned long after;

		if (!*text || !strchr("FPI", *text))
			continue;
		after = strtoul(text + 1, NULL, 10);
		if (after > UINT32_MAX - c->first)
			after = 0;
		if (!add_try(f, c, c->first ? c->first + (uint32_t)after : 0,
		             text[0]))
			return false;
	}
	if (c->n_tries == 0 && c->result >= RESULT_PASSED)
		return add_try(f, c, c->last, c->result == RESULT_PASSED ? 'P' : 'F');
	return true;
}

static uint64_t
number_of(const char *hex)
{
	return strtoull(hex, NULL, 16);
}

static const char *
device_name(struct fleet *f, const struct fields *r, const struct fleet_case *c)
{
	const char *text = c->serial ? r->text[FIELD_SERIAL]
	                 : c->uuid ? r->text[FIELD_UUID] : NULL;

	return text ? pool_keep(&f->names, text, strlen(text)) : NULL;
}

static bool
add_case(struct fleet *f, const struct fields *r)
{
	const char *cause = r->text[FIELD_CAUSE], *digest = r->text[FIELD_DIGEST];
	const char *source = r->text[FIELD_SOURCE];
	struct fleet_case *c = one_more(f->cases, f->n_cases, &f->room_cases,
	                                sizeof(*c));

	if (!c)
		return false;
	f->cases = c;
	c = &f->cases[f->n_cases];
	*c = (struct fleet_case){
		.id = number_of(r->text[FIELD_ID]), .order = (uint32_t)f->n_cases,
		.serial = serial_key(r->text[FIELD_SERIAL]),
		.uuid = uuid_key(r->text[FIELD_UUID]),
		.config = config(f, r),
		.cause = (uint16_t)intern(&f->causes, cause, strlen(cause)),
		.confidence = (uint8_t)confidence_of(r->text[FIELD_CONFIDENCE]),
		.result = (uint8_t)result_of(r),
		.first = seconds_of(r->text[FIELD_FIRST]),
		.last = seconds_of(r->text[FIELD_TIME]),
		.logs_from = seconds_of(r->text[FIELD_LOGS_FROM]),
	};
	c->key = *digest ? hash_bytes(digest, strlen(digest)) : c->id;
	c->source = pool_keep(&f->names, source, strlen(source));
	c->name = device_name(f, r, c);
	f->n_cases++;
	/* More causes than the knowledge can have: this is no row of ours. */
	return read_tries(f, c, r) && c->source && c->config && c->cause &&
	       f->causes.n <= MAX_CAUSES && !f->out_of_memory && !f->names.failed;
}

/* ---- shards ------------------------------------------------------------------ */

struct shard_seen {
	unsigned index, of;
	size_t promised, found;
	bool ended;
};

static struct shard_seen *
shard(struct fleet *f, const struct fields *r)
{
	int64_t of = r->number[NUMBER_SHARDS], index = r->number[NUMBER_SHARD];
	struct shard_seen *more;

	for (size_t i = f->n_shards; i-- > 0; )
		if (f->shards[i].index == index && f->shards[i].of == of)
			return &f->shards[i];
	more = realloc(f->shards, (f->n_shards + 1) * sizeof(*more));
	if (!more) {
		f->out_of_memory = true;
		return NULL;
	}
	f->shards = more;
	more[f->n_shards] = (struct shard_seen){ (unsigned)index, (unsigned)of,
	                                         0, 0, false };
	return &more[f->n_shards++];
}

static int
by_division(const void *x, const void *y)
{
	const struct shard_seen *a = x, *b = y;

	return a->of != b->of ? a->of < b->of ? -1 : 1
	     : a->index < b->index ? -1 : a->index > b->index;
}

bool
shards_complete(const struct fleet *f)
{
	unsigned next = 1;
	bool all = true;
	char what[64];

	if (f->n_shards > 1)
		qsort(f->shards, f->n_shards, sizeof(*f->shards), by_division);
	for (size_t i = 0; i < f->n_shards; i++) {
		const struct shard_seen *s = &f->shards[i];
		bool ends = i + 1 == f->n_shards || s[1].of != s->of;
		bool whole = s->ended && s->found >= s->promised;

		snprintf(what, sizeof(what), "shard %u of %u", s->index, s->of);
		if (!whole)
			print_problem(what, s->ended ? "has fewer rows than it says"
			                             : "has not ended");
		if (s->index != next || (ends && s->index != s->of)) {
			snprintf(what, sizeof(what), "shards of %u", s->of);
			print_problem(what, "some lack");
			whole = false;
		}
		all &= whole;
		next = ends ? 1 : s->index + 1;
	}
	return all;
}

/* ---- a row ------------------------------------------------------------------- */

static bool
fits(struct fleet *f, const struct fields *r, const char **why)
{
	const char *key = r->text[FIELD_REDACTED];

	if (f->hides && !*key) {
		*why = "it is clear and --redact cannot hide that: write rows and "
		       "stores with batch --redact";
		return false;
	}
	if (!f->has_rows)
		snprintf(f->key, sizeof(f->key), "%s", key);
	f->has_rows = true;
	*why = "its shard makes no sense";
	if (r->has_shards && (r->number[NUMBER_SHARDS] < 1 ||
	    r->number[NUMBER_SHARDS] > MAX_SHARDS || r->number[NUMBER_SHARD] < 1 ||
	    r->number[NUMBER_SHARD] > r->number[NUMBER_SHARDS]))
		return false;
	*why = *key && *f->key ? "its pseudonyms are of another key than those "
	       "before: one device would be two"
	       : "some rows have pseudonyms, others have none: one device would "
	       "be two";
	return strcmp(key, f->key) == 0;
}

static bool
take(struct fleet *f, const struct fields *r)
{
	struct shard_seen *s = r->has_shards ? shard(f, r) : NULL;

	if (strcmp(r->text[FIELD_STATE], "shard") == 0) {
		size_t n = (size_t)r->number[NUMBER_ROWS];

		if (s && n > s->promised)
			s->promised = n;
		if (s)
			s->ended = true;
		return !f->out_of_memory;
	}
	if (s)
		s->found++;
	f->n_rows++;
	if (strcmp(r->text[FIELD_STATE], "scanned") == 0)
		return add_case(f, r);
	if (f->n_unreadable++ < MAX_TOLD)
		print_problem(r->text[FIELD_SOURCE], r->text[FIELD_PROBLEM]);
	return true;
}

bool
fleet_take(void *user, const char *line, size_t len, const char *file,
           size_t number)
{
	struct fleet *f = user;
	struct fields r;
	const char *why;
	bool ok;

	if (!fields_read(&r, line, len, &why))
		return refuse_row(file, number, why);
	ok = fits(f, &r, &why);
	if (!ok)
		refuse_row(file, number, why);
	else if (!take(f, &r))
		ok = refuse_row(file, number, f->causes.n > MAX_CAUSES
		                ? "more than 1000 different causes: these are no rows "
		                "of cabscan" : "out of memory");
	fields_end(&r);
	return ok;
}

void
fleet_free(struct fleet *f)
{
	pool_free_all(&f->names);
	pool_free_all(&f->configs);
	pool_free_all(&f->causes);
	free(f->shown);
	free(f->cases);
	free(f->tries);
	free(f->devices);
	free(f->shards);
	*f = (struct fleet){ .n_cases = 0 };
}
