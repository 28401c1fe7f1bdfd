/*
 * crosscheck.c - what lists of devices say, beside what the device says
 *
 * One row agrees or not by itself: knowledge compares that.  Here is what needs
 * several rows, a count, or a comparison of names that are never spelled the
 * same.
 */
#include "case/case.h"

#include <stdio.h>

/* Facts that one conclusion shows as its reason. */
#define MAX_REASONS 4

/* A list that was taken that long before the last try may lack what was
 * registered since. */
#define OLDER_BY (24 * 3600 * CS_SECOND)

/* A deployment takes hours, and its clock may be of another zone. */
#define SAME_DEPLOYMENT (24 * 3600 * CS_SECOND)

/* Fewer may be what a search in the portal found, and not all there is. */
#define FEW_ROWS 10

/* Characters of a name that are compared. */
#define MAX_BARE 100

static const struct cs_facts *
facts_of(const struct cs_case *c, const char *name)
{
	const struct cs_fact_def *def = cs_know_fact(c->know, cs_text_of(name));

	return def ? &c->facts[def->index] : NULL;
}

static struct cs_fact *
conclude(struct cs_case *c, const char *name, bool value,
         const struct cs_facts *because)
{
	const struct cs_fact_def *def = cs_know_fact(c->know, cs_text_of(name));

	if (!def || def->off)
		return NULL;
	return cs_case_conclude(c, def,
	                        value ? CS_TEXT("true") : CS_TEXT("false"),
	                        because->at, because->n < MAX_REASONS
	                                     ? because->n : MAX_REASONS);
}

/* ---- whether it is listed ----------------------------------------------------- */

static uint64_t
sum(const struct cs_facts *f)
{
	uint64_t total = 0, n;

	for (size_t i = 0; f && i < f->n; i++)
		if (cs_number(cs_text_of(f->at[i]->pub.value), &n))
			total += n;
	return total;
}

static void
check_listed(struct cs_case *c)
{
	const struct cs_facts *found = facts_of(c, "intune.found");
	const struct cs_fact *newest = cs_case_named(c, "intune.newest");
	struct cs_fact *f;
	uint64_t rows;
	char text[160];

	if (!found || found->n == 0)
		return;
	f = conclude(c, "intune.listed", sum(found) > 0, found);
	rows = sum(facts_of(c, "intune.rows"));
	snprintf(text, sizeof(text), "Rows that were read: %llu; newest date in "
	         "them: %.10s.", (unsigned long long)rows,
	         newest ? newest->pub.value : "none");
	if (f)
		f->pub.meaning = cs_keep(&c->scan->arena, cs_text_of(text));
	if (rows < FEW_ROWS)
		conclude(c, "intune.few", true, facts_of(c, "intune.rows"));
}

/* The newest of the lists together. */
static void
check_age(struct cs_case *c)
{
	const struct cs_facts *dates = facts_of(c, "intune.newest");
	const struct cs_attempt *last = c->n_attempts
	                                ? &c->attempts[c->n_attempts - 1] : NULL;
	uint64_t newest = 0, time;

	for (size_t i = 0; dates && i < dates->n; i++)
		if (cs_time_parse(cs_text_of(dates->at[i]->pub.value), &time) &&
		    time > newest)
			newest = time;
	if (newest && last && newest + OLDER_BY < last->pub.started)
		conclude(c, "intune.older", true, dates);
}

/* ---- several records ---------------------------------------------------------- */

static bool
is_new(const struct cs_facts *f, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (cs_same_caseless(cs_text_of(f->at[k]->pub.value),
		                     cs_text_of(f->at[i]->pub.value)))
			return false;
	return true;
}

static bool
several_rows(const struct cs_facts *rows)
{
	for (size_t i = 1; i < rows->n; i++)
		if (rows->at[i]->member == rows->at[0]->member &&
		    rows->at[i]->pub.where.line != rows->at[0]->pub.where.line)
			return true;
	return false;
}

/* By their ids; the same record in two lists is one.  Without ids, two rows
 * of one list are two. */
static void
check_several(struct cs_case *c)
{
	const struct cs_facts *ids = facts_of(c, "intune.id");
	const struct cs_facts *rows = facts_of(c, "intune.serial");
	size_t n = 0;

	for (size_t i = 0; ids && i < ids->n; i++)
		n += is_new(ids, i);
	if (n > 1)
		conclude(c, "intune.several", true, ids);
	else if (n == 0 && rows && several_rows(rows))
		conclude(c, "intune.several", true, rows);
}

/* ---- makers and models -------------------------------------------------------- */

static bool
is_digit(char ch)
{
	return ch >= '0' && ch <= '9';
}

/* In small letters, without blanks and marks but for those between two digits:
 * "840 14" is not 84014. */
static cs_text
bare(const char *name, char to[MAX_BARE])
{
	bool skipped = false;
	size_t n = 0;

	for (; *name && n < MAX_BARE; name++) {
		char ch = *name;

		if (ch >= 'A' && ch <= 'Z')
			ch = (char)(ch + ('a' - 'A'));
		if (!(ch >= 'a' && ch <= 'z') && !is_digit(ch) &&
		    (unsigned char)ch < 0x80) {
			skipped = true;
			continue;
		}
		if (skipped && n > 0 && is_digit(to[n - 1]) && is_digit(ch))
			to[n++] = ' ';
		if (n < MAX_BARE)
			to[n++] = ch;
		skipped = false;
	}
	return (cs_text){ to, n };
}

/* A number is whole: "G1" is not in "G10", nor "440" in "7440". */
static bool
holds(cs_text whole, cs_text part)
{
	for (size_t i = 0, end = part.len; end <= whole.len; i++, end++) {
		if (!cs_same((cs_text){ whole.at + i, part.len }, part))
			continue;
		if (!(i > 0 && is_digit(whole.at[i - 1]) && is_digit(part.at[0])) &&
		    !(end < whole.len && is_digit(whole.at[end]) &&
		      is_digit(part.at[part.len - 1])))
			return true;
	}
	return false;
}

/* "Dell Inc." is Dell, "HP EliteBook 840 G9" is "EliteBook 840 G9". */
static bool
same_name(const char *a, const char *b)
{
	char x[MAX_BARE], y[MAX_BARE];
	cs_text one = bare(a, x), other = bare(b, y);

	if (holds(one, CS_TEXT("hewlettpackard")))
		one = CS_TEXT("hp");
	if (holds(other, CS_TEXT("hewlettpackard")))
		other = CS_TEXT("hp");
	return one.len > 0 && other.len > 0 &&
	       (holds(one, other) || holds(other, one));
}

/* One row that agrees is enough: which of several is right, is another
 * question. */
static void
check_name(struct cs_case *c, const char *ours, const char *theirs,
           const char *matches)
{
	struct cs_fact *mine = cs_case_named(c, ours);
	const struct cs_facts *rows = facts_of(c, theirs);
	struct cs_fact *both[2] = { mine, NULL };
	struct cs_facts because = { .at = both, .n = 2 };
	bool same = false;

	/* A name that came out of a list is no word of the device. */
	if (!mine || mine->pub.side || !rows || rows->n == 0)
		return;
	both[1] = rows->at[0];
	for (size_t i = 0; !same && i < rows->n; i++) {
		same = same_name(mine->pub.value, rows->at[i]->pub.value);
		if (same)
			both[1] = rows->at[i];
	}
	conclude(c, matches, same, &because);
}

/* ---- deployments -------------------------------------------------------------- */

/* Where two or more failed, and the phase is known. */
static void
check_deployments(struct cs_case *c)
{
	const struct cs_facts *phases = facts_of(c, "deployment.failed_phase");
	struct cs_fact *f;
	char text[100];
	size_t n = 0;

	for (size_t i = 0; phases && i < phases->n; i++)
		n += cs_same(cs_text_of(phases->at[i]->pub.value),
		             CS_TEXT("device-preparation"));
	if (!phases || phases->n < 2)
		return;
	f = conclude(c, "deployment.always_preparation", n == phases->n, phases);
	snprintf(text, sizeof(text), "Of %zu failed deployments in the report %zu "
	         "ended there.", phases->n, n);
	if (f)
		f->pub.meaning = cs_keep(&c->scan->arena, cs_text_of(text));
}

static struct cs_fact *
of_the_same_row(const struct cs_facts *list, const struct cs_fact *row)
{
	for (size_t i = 0; list && i < list->n; i++)
		if (list->at[i]->member == row->member &&
		    list->at[i]->pub.where.line == row->pub.where.line &&
		    list->at[i]->pub.where.offset == row->pub.where.offset)
			return list->at[i];
	return NULL;
}

static bool
is_of_last_try(const struct cs_case *c, const struct cs_fact *started)
{
	uint64_t last = c->n_attempts
	                ? c->attempts[c->n_attempts - 1].pub.started : 0;
	uint64_t time;

	if (!started || !last ||
	    !cs_time_parse(cs_text_of(started->pub.value), &time))
		return false;
	return (time > last ? time - last : last - time) < SAME_DEPLOYMENT;
}

/* A report holds the deployments of months: the failed one that began when the
 * last try did. */
static void
check_last_deployment(struct cs_case *c)
{
	const struct cs_fact_def *def =
		cs_know_fact(c->know, CS_TEXT("deployment.failed_now"));
	const struct cs_facts *phases = facts_of(c, "deployment.failed_phase");
	const struct cs_facts *started = facts_of(c, "deployment.started");

	for (size_t i = 0; def && !def->off && phases && i < phases->n; i++) {
		struct cs_fact *because[2] = { phases->at[i], NULL };

		because[1] = of_the_same_row(started, phases->at[i]);
		if (!is_of_last_try(c, because[1]))
			continue;
		cs_case_conclude(c, def, cs_text_of(phases->at[i]->pub.value),
		                 because, 2);
		return;
	}
}

void
cs_case_crosscheck(struct cs_case *c)
{
	check_listed(c);
	check_age(c);
	check_several(c);
	check_name(c, "device.manufacturer", "intune.manufacturer",
	           "intune.manufacturer_matches");
	check_name(c, "device.model", "intune.model", "intune.model_matches");
	check_deployments(c);
	check_last_deployment(c);
}
