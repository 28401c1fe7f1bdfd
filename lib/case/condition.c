/* condition.c - whether a condition of a cause or derived fact holds */
#include "case/case.h"
#include "know/pattern.h"

/* Facts that one condition hands on as evidence.  The newest say enough. */
#define MAX_PROOFS 3

/* The n-th number of a version; false: it has none or it is no number. */
static bool
component(cs_text version, size_t n, cs_text *ret)
{
	for (size_t i = 0; i < n; i++) {
		cs_cut(&version, '.');
		if (version.len == 0)
			return false;
	}
	*ret = cs_trim(cs_cut(&version, '.'));
	return ret->len > 0;
}

/* 3.*.0.*: number by number; what the pattern does not name may be anything. */
static bool
version_like(cs_text version, cs_text like)
{
	cs_text want, have;
	uint64_t x, y;

	for (size_t i = 0; component(like, i, &want); i++) {
		if (cs_same(want, CS_TEXT("*")))
			continue;
		if (!component(version, i, &have))
			have = CS_TEXT("0");
		if (!cs_number(want, &x) || !cs_number(have, &y) || x != y)
			return false;
	}
	return true;
}

int
cs_version_order(cs_text version, cs_text bound)
{
	cs_text want, have;
	uint64_t x, y;

	for (size_t i = 0; component(bound, i, &want); i++) {
		if (!component(version, i, &have))
			have = CS_TEXT("0");
		if (!cs_number(want, &x) || !cs_number(have, &y))
			return -1;
		if (x != y)
			return y < x ? -1 : 1;
	}
	return 0;
}

/* Whether the bound has more numbers than the version, which agrees as far as
 * it goes: on which side of the bound it lies cannot be told. */
static bool
cannot_tell(cs_text version, cs_text bound)
{
	cs_text more;
	size_t n = 0;

	while (component(version, n, &more))
		n++;
	return component(bound, n, &more) && cs_version_order(bound, version) == 0;
}

static bool
version_in(cs_text version, cs_text range)
{
	cs_text low = cs_trim(cs_cut(&range, '-'));

	range = cs_trim(range);
	if (range.len == 0)
		return version_like(version, low);
	return !cannot_tell(version, low) && !cannot_tell(version, range) &&
	       cs_version_order(version, low) >= 0 &&
	       cs_version_order(version, range) <= 0;
}

/* ---- one value ----------------------------------------------------------- */

static int
order_of(const struct cs_fact_def *def, cs_text a, cs_text b)
{
	uint64_t x, y;

	if (def->type == CS_FACT_VERSION)
		return cs_version_order(a, b);
	if (cs_number(a, &x) && cs_number(b, &y))
		return x < y ? -1 : x > y;
	return cs_same_caseless(a, b) ? 0 : 1;
}

static bool
any_of(const struct cs_condition *q, cs_text value)
{
	cs_text list = q->value;

	while (list.len > 0) {
		cs_text one = cs_trim(cs_cut(&list, ','));

		if (q->op == CS_IN ? version_in(value, one)
		    : q->op == CS_HAS || q->op == CS_LACKS
		      ? cs_has_caseless(value, one)
		    : order_of(q->fact, value, one) == 0)
			return true;
	}
	return false;
}

static bool
has_bits(const struct cs_condition *q, cs_text value, bool all_clear)
{
	uint64_t bits, v;

	if (!cs_number(q->value, &bits) || !cs_number(value, &v))
		return false;
	return all_clear ? (v & bits) == 0 : (v & bits) == bits;
}

/* The cause that the class of a code, service code or message stands for. */
static cs_text
cause_of(const struct cs_case *c, const struct cs_fact_def *def, cs_text value)
{
	const struct cs_class *class = NULL;
	const struct cs_service *s;
	const struct cs_code *code;
	uint64_t number;

	if (def->type == CS_FACT_HRESULT && cs_number(value, &number)) {
		code = cs_know_code(c->know, (uint32_t)number);
		class = code ? code->class : NULL;
	} else if (def->type == CS_FACT_SERVICE) {
		s = cs_know_service(c->know, value);
		class = s ? s->class : NULL;
	} else if (def->type == CS_FACT_MESSAGE) {
		for (const struct cs_message *m = c->know->messages; m; m = m->next)
			if (cs_same(m->name, value))
				class = m->class;
	}
	return class ? class->cause : (cs_text){ "", 0 };
}

static bool
matches(struct cs_case *c, const struct cs_condition *q, const struct cs_fact *f,
        cs_text value)
{
	cs_text found;
	enum cs_match m = cs_pattern_find(q->pattern, value, &found);

	cs_case_matched(c, m, (struct cs_place){ .member = f->member }, f->def,
	                value.len);
	return m == CS_MATCH;
}

static bool
value_meets(struct cs_case *c, const struct cs_condition *q,
            const struct cs_fact *f)
{
	cs_text value = cs_text_of(f->pub.value);
	cs_text cause;

	switch (q->op) {
	case CS_IS:
	case CS_IN:
	case CS_HAS:
		return any_of(q, value);
	case CS_BELOW:
		return order_of(q->fact, value, q->value) < 0;
	case CS_ABOVE:
		return order_of(q->fact, value, q->value) > 0;
	case CS_MATCHES:
		return matches(c, q, f, cs_text_of(f->pub.raw));
	case CS_BITS:
		return has_bits(q, value, false);
	case CS_LACKS_BITS:
		return has_bits(q, value, true);
	case CS_MEANS:
		cause = cause_of(c, q->fact, value);
		return cause.len > 0 && cs_same(cause, q->value);
	case CS_KNOWN:
		return true;
	default:
		return false;
	}
}

/* ---- all values of a fact ------------------------------------------------ */

/* Undated facts from beside the CAB are silent where the CAB itself speaks. */
static bool
is_heard(const struct cs_case *c, const struct cs_condition *q,
         const struct cs_fact *f)
{
	const struct cs_fact *best = c->facts[q->fact->index].at[0];

	if (!q->ever && !cs_case_counts(c, f))
		return false;
	return !f->pub.side || f->pub.time != 0 || best->pub.side;
}

const struct cs_vendor_firmware *
cs_case_vendor_line(const struct cs_case *c, const struct cs_condition *q)
{
	const struct cs_fact *vendor = cs_case_named(c, "tpm.vendor");
	const struct cs_fact *firmware = cs_case_fact(c, q->fact);
	const struct cs_vendor *v = NULL;

	if (vendor && firmware)
		v = cs_know_vendor(c->know, cs_text_of(vendor->pub.value));
	for (const struct cs_vendor_firmware *f = v ? v->firmware : NULL; f;
	     f = f->next)
		if (cs_same(f->word, q->value) &&
		    version_in(cs_text_of(firmware->pub.value), f->range))
			return f;
	return NULL;
}

static bool
vendor_says(const struct cs_case *c, const struct cs_condition *q,
            struct cs_fact **ret_vendor, struct cs_fact **ret_firmware)
{
	*ret_vendor = cs_case_named(c, "tpm.vendor");
	*ret_firmware = cs_case_fact(c, q->fact);
	return cs_case_vendor_line(c, q) != NULL;
}

/* Records that follow from one another lie that close. */
#define NEAR_BY (120 * CS_SECOND)

/* The newest ones of both that count. */
static bool
times_compare(const struct cs_condition *q, const struct cs_fact *a,
              const struct cs_fact *b)
{
	uint64_t x = a->pub.time, y = b->pub.time;
	uint64_t apart = x > y ? x - y : y - x;

	if (x == 0 || y == 0)
		return false;
	return q->op == CS_NEAR ? apart <= NEAR_BY
	     : apart > NEAR_BY && (x < y) == (q->op == CS_BEFORE);
}

static struct cs_fact *
heard(const struct cs_case *c, const struct cs_condition *q,
      const struct cs_fact_def *def)
{
	const struct cs_facts *list = &c->facts[def->index];

	for (size_t i = 0; i < list->n; i++)
		if (q->ever || cs_case_counts(c, list->at[i]))
			return list->at[i];
	return NULL;
}

/* Two facts with one value each: texts without case, seconds against minutes,
 * or their times. */
static bool
compares(const struct cs_case *c, const struct cs_condition *q,
         struct cs_fact **ret_a, struct cs_fact **ret_b)
{
	uint64_t seconds, minutes;

	*ret_a = heard(c, q, q->fact);
	*ret_b = heard(c, q, q->other);
	if (!*ret_a || !*ret_b)
		return false;
	if (q->op >= CS_BEFORE)
		return times_compare(q, *ret_a, *ret_b);
	if (q->op == CS_ABOVE_MINUTES)
		return cs_number(cs_text_of((*ret_a)->pub.value), &seconds) &&
		       cs_number(cs_text_of((*ret_b)->pub.value), &minutes) &&
		       seconds / 60 >= minutes;
	return cs_same_caseless(cs_text_of((*ret_a)->pub.value),
	                        cs_text_of((*ret_b)->pub.value)) ==
	       (q->op == CS_SAME_AS);
}

static size_t
two_facts(struct cs_fact *a, struct cs_fact *b, struct cs_fact **ret, size_t room)
{
	if (room > 0)
		ret[0] = a;
	if (room > 1)
		ret[1] = b;
	return room < 2 ? room : 2;
}

bool
cs_case_holds(struct cs_case *c, const struct cs_condition *q,
              struct cs_fact **ret_facts, size_t room, size_t *ret_n)
{
	const struct cs_facts *list = &c->facts[q->fact->index];
	struct cs_fact *a, *b;
	bool none = q->op == CS_NOT || q->op == CS_LACKS;
	bool known = false, met = false;

	*ret_n = 0;
	if (q->op == CS_VENDOR_SAYS || q->other) {
		met = q->op == CS_VENDOR_SAYS ? vendor_says(c, q, &a, &b)
		                              : compares(c, q, &a, &b);
		if (met)
			*ret_n = two_facts(a, b, ret_facts, room);
		return met;
	}
	for (size_t i = 0; i < list->n; i++) {
		if (!is_heard(c, q, list->at[i]))
			continue;
		known = true;
		if (none ? any_of(q, cs_text_of(list->at[i]->pub.value))
		         : value_meets(c, q, list->at[i])) {
			met = true;
			if (!none && *ret_n < room && *ret_n < MAX_PROOFS)
				ret_facts[(*ret_n)++] = list->at[i];
		}
	}
	if (q->op == CS_MISSING)
		return !known;
	if (!none)
		return met;
	if (known && !met && room > 0) {
		ret_facts[0] = list->at[0];
		*ret_n = 1;
	}
	return known && !met;
}
