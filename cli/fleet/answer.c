/*
 * answer.c - one answer or issuer over unrelated models on the same days
 *
 * When devices that share nothing get the same answer of the attestation
 * service within a few days, and did not before or after, the fault is not in
 * the devices.  What is compared are days of devices: a device counts once a
 * day.
 */
#include "table.h"
#include "statistics.h"

#include <stdlib.h>
#include <string.h>

#define DAY 86400
#define WINDOW 3                /* days */
#define MIN_MODELS 3
#define MIN_SPAN 14             /* days; with fewer nothing can be compared */
#define MIN_RATIO 3             /* times as often as on other days */
#define CHANCE 0.01

struct answers {
	const struct fleet *f;
	struct answer {
		enum column kind;       /* BY_MESSAGE, BY_AUTHORITY */
		uint32_t text, from, to;        /* days, both included */
		const uint32_t *cases;  /* failed ones with that text: a slice of
		                         * one of by_text */
		size_t n_cases;
		uint32_t n[6];          /* by column */
		double p;
		bool compared;
	} *at;
	size_t n, room;
	uint32_t *by_text[2];           /* failed cases with a text of each kind */
	uint32_t *seen, round;          /* in which round of list() something was
	                                 * seen last: names, then devices */
};

/* A failed case with such a text. */
struct sighting {
	uint32_t text, day, device, which;
};

enum { ANSWER_ID, ANSWER_KIND, ANSWER_TEXT, ANSWER_FROM, ANSWER_TO,
       ANSWER_CASES, ANSWER_DEVICES, ANSWER_MODELS, ANSWER_MAKERS,
       ANSWER_VENDORS, ANSWER_ELSEWHEN, ANSWER_P, ANSWER_FINDING };

/* ---- the lists that are counted ---------------------------------------------------- */

static bool
has_it(const struct fleet *f, enum column kind, const struct fleet_case *c)
{
	return c->result == RESULT_FAILED && c->last && name_id(f, c, kind);
}

static bool
in_days(const struct answer *a, const struct fleet_case *c)
{
	return c->last / DAY >= a->from && c->last / DAY <= a->to;
}

/* One case for each different value of a column, or for each device. */
static void
list(struct answers *l, const struct answer *a, size_t column,
     struct items *ret)
{
	const struct fleet *f = l->f;
	enum column by = column == ANSWER_MODELS ? BY_MODEL
	               : column == ANSWER_MAKERS ? BY_MAKER : BY_VENDOR;
	bool devices = column == ANSWER_DEVICES || column == ANSWER_ELSEWHEN;

	l->round++;
	for (size_t i = 0; i < a->n_cases; i++) {
		const struct fleet_case *c = &f->cases[a->cases[i]];
		size_t what = devices ? f->names.n + 1 + c->device
		                      : name_id(f, c, by);

		if (in_days(a, c) == (column == ANSWER_ELSEWHEN))
			continue;
		if (column != ANSWER_CASES &&
		    (l->seen[what] == l->round || (!devices && !what)))
			continue;
		l->seen[what] = l->round;
		add_item(ret, c, NO_TRY);
	}
}

/* ---- finding them --------------------------------------------------------------------- */

static int
by_text(const void *x, const void *y)
{
	const struct sighting *a = x, *b = y;

	if (a->text != b->text)
		return a->text < b->text ? -1 : 1;
	if (a->day != b->day)
		return a->day < b->day ? -1 : 1;
	return a->device < b->device ? -1 : a->device > b->device;
}

static struct sighting *
sightings(const struct fleet *f, enum column kind, size_t *ret_n)
{
	struct sighting *s;
	size_t n = 0;

	for (size_t i = 0; i < f->n_cases; i++)
		n += has_it(f, kind, &f->cases[i]);
	s = calloc(n + 1, sizeof(*s));
	*ret_n = n;
	n = 0;
	for (size_t i = 0; s && i < f->n_cases; i++) {
		const struct fleet_case *c = &f->cases[i];

		if (has_it(f, kind, c))
			s[n++] = (struct sighting){ name_id(f, c, kind), c->last / DAY,
			                            c->device, (uint32_t)i };
	}
	if (n > 1)
		qsort(s, n, sizeof(*s), by_text);
	return s;
}

static int
by_number(const void *x, const void *y)
{
	uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;

	return a < b ? -1 : a > b;
}

/* The cases of one text in the order of the fleet's. */
static void
keep_cases(const struct sighting *s, size_t n, uint32_t *to)
{
	for (size_t i = 0; i < n; i++)
		to[i] = s[i].which;
	if (n > 1)
		qsort(to, n, sizeof(*to), by_number);
}

/* Of one text: a device counts once a day.  How many are left. */
static size_t
once_a_day(struct sighting *s, size_t n)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		if (k == 0 || by_text(&s[k - 1], &s[i]) != 0)
			s[k++] = s[i];
	return k;
}

/* The days of a text that have the most of it. */
static void
fullest(const struct sighting *s, size_t n, size_t *ret_from, size_t *ret_end)
{
	size_t from = 0;

	*ret_from = *ret_end = 0;
	for (size_t end = 1; end <= n; end++) {
		while (s[end - 1].day - s[from].day >= WINDOW)
			from++;
		if (end - from > *ret_end - *ret_from) {
			*ret_from = from;
			*ret_end = end;
		}
	}
}

/* Days on which devices were seen with a result, from the first day on. */
struct calendar {
	uint32_t first, last;
	uint32_t *devices;              /* by day */
	uint64_t all;
};

static bool
make_calendar(const struct fleet *f, struct calendar *cal)
{
	uint32_t device = UINT32_MAX, day = 0;

	*cal = (struct calendar){ UINT32_MAX, 0, NULL, 0 };
	for (size_t i = 0; i < f->n_cases; i++) {
		uint32_t d = f->cases[i].last / DAY;

		if (!d || f->cases[i].result < RESULT_PASSED)
			continue;
		cal->first = d < cal->first ? d : cal->first;
		cal->last = d > cal->last ? d : cal->last;
	}
	if (cal->first > cal->last)
		cal->first = cal->last;
	cal->devices = calloc(cal->last - cal->first + 1, sizeof(uint32_t));
	for (size_t i = 0; cal->devices && i < f->n_cases; i++) {
		const struct fleet_case *c = &f->cases[i];

		/* The cases of a device are in the order of time. */
		if (!c->last || c->result < RESULT_PASSED ||
		    (c->device == device && c->last / DAY == day))
			continue;
		device = c->device;
		day = c->last / DAY;
		cal->devices[day - cal->first]++;
		cal->all++;
	}
	return cal->devices != NULL;
}

/* The fullest days were looked for among all days, in each of the texts: so
 * many chances there were. */
static void
compare(const struct calendar *cal, struct answer *a, size_t in, size_t all,
        size_t n_texts)
{
	uint32_t days = cal->last - cal->first + 1;
	uint64_t of = 0;
	double here, there;

	for (uint32_t d = a->from; d <= a->to && d <= cal->last; d++)
		of += cal->devices[d - cal->first];
	a->p = -1;
	a->compared = false;
	if (days < MIN_SPAN || of >= cal->all)
		return;
	a->p = fisher_more(in, of, all, cal->all) * days * (double)n_texts;
	a->p = a->p > 1 ? 1 : a->p;
	here = (double)in / (double)of;
	there = (double)(all - in) / (double)(cal->all - of);
	a->compared = a->p < CHANCE && here >= MIN_RATIO * there;
}

/* The service asks for firmware by name: without other days to compare with,
 * that is what it means. */
static bool
asks_for_firmware(struct answers *l, const struct answer *a)
{
	struct items cases = { .n = 0 };
	size_t n = 0;

	list(l, a, ANSWER_CASES, &cases);
	for (size_t i = 0; i < cases.n; i++)
		n += strncmp(cause_of(l->f, cases.at[i].of), "tpm-firmware-", 13) == 0;
	free(cases.at);
	return n * 2 >= cases.n;
}

static size_t
count(struct answers *l, const struct answer *a, size_t column)
{
	struct items found = { .n = 0 };

	list(l, a, column, &found);
	free(found.at);
	return found.n;
}

static bool
take(struct answers *l, struct answer *a)
{
	struct answer *more;

	for (size_t k = ANSWER_CASES; k <= ANSWER_ELSEWHEN; k++)
		a->n[k - ANSWER_CASES] = (uint32_t)count(l, a, k);
	if (a->n[ANSWER_DEVICES - ANSWER_CASES] < MIN_DEVICES ||
	    a->n[ANSWER_MODELS - ANSWER_CASES] < MIN_MODELS ||
	    (a->n[ANSWER_MAKERS - ANSWER_CASES] < 2 &&
	     a->n[ANSWER_VENDORS - ANSWER_CASES] < 2))
		return true;
	if (!a->compared && (a->p >= 0 || asks_for_firmware(l, a)))
		return true;
	more = one_more(l->at, l->n, &l->room, sizeof(*more));
	if (!more)
		return false;
	l->at = more;
	l->at[l->n++] = *a;
	return true;
}

/* Whether that many devices and models can be there at all. */
static bool
worth_it(const struct fleet *f, const struct sighting *s, size_t n)
{
	uint32_t models[MIN_MODELS];
	size_t k = 0;

	for (size_t i = 0; n >= MIN_DEVICES && i < n && k < MIN_MODELS; i++) {
		uint32_t m = name_id(f, &f->cases[s[i].which], BY_MODEL);
		size_t j = 0;

		while (j < k && models[j] != m)
			j++;
		if (j == k && m)
			models[k++] = m;
	}
	return k == MIN_MODELS;
}

static bool
look(struct answers *l, const struct calendar *cal, enum column kind)
{
	size_t n, end, n_texts = 0;
	struct sighting *s = sightings(l->f, kind, &n);
	uint32_t *cases = calloc(n + 1, sizeof(*cases));
	bool ok = s && cases;

	l->by_text[kind == BY_AUTHORITY] = cases;
	for (size_t i = 0; ok && i < n; i++)
		n_texts += i == 0 || s[i - 1].text != s[i].text;
	for (size_t i = 0; ok && i < n; i = end) {
		struct answer a = { .kind = kind, .text = s[i].text,
		                    .cases = cases + i };
		size_t from, to, days;

		for (end = i; end < n && s[end].text == s[i].text; )
			end++;
		a.n_cases = end - i;
		keep_cases(s + i, end - i, cases + i);
		days = once_a_day(s + i, end - i);
		fullest(s + i, days, &from, &to);
		a.from = s[i + from].day;
		a.to = s[i + to - 1].day;
		compare(cal, &a, to - from, days, n_texts);
		if (worth_it(l->f, s + i + from, to - from) &&
		    (a.compared || a.p < 0))
			ok = take(l, &a);
	}
	free(s);
	return ok;
}

struct answers *
find_answers(const struct fleet *f)
{
	struct answers *l = calloc(1, sizeof(*l));
	struct calendar cal = { .devices = NULL };
	bool ok;

	if (!l)
		return NULL;
	l->f = f;
	l->seen = calloc(f->names.n + f->n_devices + 2, sizeof(*l->seen));
	ok = l->seen && make_calendar(f, &cal) && look(l, &cal, BY_MESSAGE) &&
	     look(l, &cal, BY_AUTHORITY);
	free(cal.devices);
	if (ok)
		return l;
	answers_free(l);
	return NULL;
}

void
answers_free(struct answers *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < 2; i++)
		free(l->by_text[i]);
	free(l->seen);
	free(l->at);
	free(l);
}

/* ---- the table ------------------------------------------------------------------------- */

static uint64_t
answer_id(const struct fleet *f, const struct answer *a)
{
	uint64_t key[2] = {
		hash_bytes(f->names.at[a->text], f->names.len[a->text]), a->from,
	};

	return hash_bytes(key, sizeof(key));
}

static void
answer_cell(const struct table *t, size_t row, size_t column, struct cell *ret)
{
	const struct answers *l = t->data;
	const struct answer *a = &l->at[row];
	char time[24];

	switch (column) {
	case ANSWER_ID:
		set_id(ret, 'a', answer_id(l->f, a));
		break;
	case ANSWER_KIND:
		set_text(ret, a->kind == BY_MESSAGE ? "answer" : "issuer");
		break;
	case ANSWER_TEXT:
		set_text(ret, "%s", l->f->shown[a->text]);
		break;
	case ANSWER_FROM: case ANSWER_TO:
		time_of((column == ANSWER_FROM ? a->from : a->to) * DAY, time);
		set_text(ret, "%.10s", time);
		break;
	case ANSWER_P:
		ret->value = a->p;
		break;
	case ANSWER_FINDING:
		set_text(ret, "%s", a->compared
		         ? "the service or an issuing CA: stop flashing firmware"
		         : "perhaps the service or an issuing CA: no other days to "
		         "compare with; wait before flashing firmware");
		break;
	default:
		ret->value = a->n[column - ANSWER_CASES];
	}
}

static void
answer_trace(const struct table *t, size_t row, size_t column,
             struct items *ret)
{
	struct answers *l = (struct answers *)(uintptr_t)t->data;

	list(l, &l->at[row], column < ANSWER_CASES || column > ANSWER_ELSEWHEN
	     ? ANSWER_DEVICES : column, ret);
}

bool
answer_for(const struct answers *l, const struct fleet_case *c, char *to,
           size_t room, bool *ret_sure, uint64_t *ret_id)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct answer *a = &l->at[i];
		char from[24], until[24];

		if (!has_it(l->f, a->kind, c) ||
		    name_id(l->f, c, a->kind) != a->text || !in_days(a, c))
			continue;
		time_of(a->from * DAY, from);
		time_of(a->to * DAY, until);
		*ret_sure = a->compared;
		*ret_id = answer_id(l->f, a);
		snprintf(to, room, "the same %s (%s) for %u devices of %u models "
		         "from %.10s to %.10s%s",
		         a->kind == BY_MESSAGE ? "answer" : "issuer",
		         l->f->shown[a->text], a->n[ANSWER_DEVICES - ANSWER_CASES],
		         a->n[ANSWER_MODELS - ANSWER_CASES], from, until,
		         a->compared ? ", and not on other days: the service or an "
		         "issuing CA, stop flashing firmware"
		         : ": perhaps the service or an issuing CA");
		return true;
	}
	return false;
}

void
answers_table(const struct study *s, struct table *ret)
{
	*ret = (struct table){
		.name = "answers",
		.title = "One answer or issuer over unrelated models on the same days",
		.empty = "None: nothing says that the service is at fault.",
		.n_rows = s->answers->n, .data = s->answers, .cell = answer_cell,
		.trace = answer_trace,
	};
	add_column(ret, "id", "ID", CELL_ID);
	add_column(ret, "kind", "WHAT", CELL_TEXT);
	add_column(ret, "text", "TEXT", CELL_TEXT);
	add_column(ret, "from", "FROM", CELL_TEXT);
	add_column(ret, "to", "TO", CELL_TEXT);
	add_column(ret, "cases", "CASES", CELL_COUNT);
	add_column(ret, "devices", "DEVICES", CELL_COUNT);
	add_column(ret, "models", "MODELS", CELL_COUNT);
	add_column(ret, "manufacturers", "MAKERS", CELL_COUNT);
	add_column(ret, "vendors", "TPMS", CELL_COUNT);
	add_column(ret, "other_days", "ON OTHER DAYS", CELL_COUNT);
	add_column(ret, "p", "P", CELL_CHANCE);
	add_column(ret, "finding", "FINDING", CELL_TEXT);
}
