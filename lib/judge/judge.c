#include "judge/judge.h"

/* Facts listed for and against one cause.  A screen holds no more. */
#define MAX_LISTED 12

struct list {
	const cabscan_fact *at[MAX_LISTED];
	size_t n;
};

/* The rule that came nearest to holding: most conditions met. */
struct nearest {
	const struct cs_condition *failed;      /* NULL: there is none */
	unsigned met;
	struct list proof;                      /* of those that are met */
};

struct finding {
	const struct cs_cause *cause;
	cabscan_confidence confidence;
	struct list evidence, against;
	bool outranks;                  /* others that are as sure */
	struct nearest surer;           /* of the rules that would say more */
};

/* Retries log one code again and again: one record of a member is enough. */
static bool
listed(const struct list *l, const cabscan_fact *f)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->at[i]->name, f->name) == 0 &&
		    strcmp(l->at[i]->value, f->value) == 0 &&
		    strcmp(l->at[i]->where.member, f->where.member) == 0)
			return true;
	return false;
}

/* A derived fact is shown by what it was concluded from, unless it says
 * something of its own. */
static void
list_fact(struct list *l, const struct cs_fact *f, unsigned depth)
{
	if (f->n_because > 0 && depth > 0 && !*f->pub.meaning) {
		for (size_t i = 0; i < f->n_because; i++)
			list_fact(l, f->because[i], depth - 1);
		return;
	}
	if (l->n < MAX_LISTED && !listed(l, &f->pub))
		l->at[l->n++] = &f->pub;
}

/* ---- one rule ------------------------------------------------------------ */

struct outcome {
	bool holds, doubtful, outweighed;
	unsigned met;
	const struct cs_condition *failed;
};

static struct outcome
try_rule(struct cs_case *c, const struct cs_rule *r, struct list *proof)
{
	struct outcome o = { .holds = true };

	for (const struct cs_condition *q = r->conditions; q; q = q->next) {
		struct cs_fact *facts[8];
		size_t n;

		if (!cs_case_holds(c, q, facts, 8, &n)) {
			o.holds = false;
			o.failed = q;
			break;
		}
		o.met++;
		/* The most trusted comes first.  What lies beside the CAB may
		 * be older than it, unless it has a date of its own; and one
		 * of two files that disagree is wrong. */
		o.doubtful |= n > 0 && (facts[0]->pub.doubtful || facts[0]->disputed ||
		              (facts[0]->pub.side && facts[0]->pub.time == 0));
		o.outweighed |= n > 0 && facts[0]->outweighed;
		for (size_t i = 0; i < n; i++)
			list_fact(proof, facts[i], 4);
	}
	return o;
}

static void
append(struct list *to, const struct list *from)
{
	for (size_t i = 0; i < from->n; i++)
		if (to->n < MAX_LISTED && !listed(to, from->at[i]))
			to->at[to->n++] = from->at[i];
}

static bool
publish_list(struct cs_case *c, const struct list *l, size_t *ret_n,
             const cabscan_fact *const **ret)
{
	const cabscan_fact **copy = cs_alloc_n(&c->scan->arena, l->n + 1,
	                                       sizeof(*copy));

	if (!copy)
		return false;
	for (size_t i = 0; i < l->n; i++)
		copy[i] = l->at[i];
	*ret = copy;
	*ret_n = l->n;
	return true;
}

/* ---- one cause ----------------------------------------------------------- */

static const char *const op_words[] = {
	[CS_IS] = "", [CS_NOT] = "not ", [CS_IN] = "in ", [CS_BELOW] = "below ",
	[CS_ABOVE] = "above ", [CS_HAS] = "has ", [CS_MATCHES] = "matches ",
	[CS_BITS] = "has the bits ", [CS_LACKS_BITS] = "lacks the bits ",
	[CS_MEANS] = "a code or answer that means ",
	[CS_VENDOR_SAYS] = "a version that its vendor lists as ",
	[CS_SAME_AS] = "the same as ", [CS_DIFFERS] = "other than ",
	[CS_ABOVE_MINUTES] = "more than the minutes of ",
	[CS_BEFORE] = "more than two minutes before ",
	[CS_NEAR] = "within two minutes of ",
	[CS_AFTER] = "more than two minutes after ", [CS_LACKS] = "no ",
	[CS_KNOWN] = "any value", [CS_MISSING] = "no value",
};

static const char *
joined(cs_arena *a, const char *first, const char *second, cs_text third)
{
	size_t x = strlen(first), y = strlen(second);
	char *text = cs_alloc(a, x + y + third.len + 1);

	if (!text)
		return NULL;
	memcpy(text, first, x);
	memcpy(text + x, second, y);
	if (third.len)
		memcpy(text + x + y, third.at, third.len);
	return text;
}

/* What the condition would have needed, and what there is instead. */
static cabscan_lack
lack_of(struct cs_case *c, const struct cs_condition *q, bool excluded)
{
	cs_arena *a = &c->scan->arena;
	struct cs_fact *found = cs_case_fact(c, q->fact);

	if (found && !cs_case_counts(c, found) && !q->ever)
		found = NULL;
	return (cabscan_lack){
		.fact = cs_keep(a, q->fact->name),
		.title = cs_keep(a, q->fact->title),
		.found = found ? found->pub.value : NULL,
		.needed = excluded && q->op == CS_KNOWN ? op_words[CS_MISSING]
		        : joined(a, excluded ? "not " : "", op_words[q->op],
		                 q->value),
	};
}

static cabscan_confidence
lowered(cabscan_confidence c)
{
	return c == CABSCAN_CERTAIN ? CABSCAN_LIKELY : CABSCAN_POSSIBLE;
}

static void
come_near(struct nearest *near, const struct outcome *o, const struct list *proof)
{
	if (near->failed && o->met <= near->met)
		return;
	*near = (struct nearest){ o->failed, o->met, *proof };
}

/* Whether somebody could still find it: nothing is known of it, and it is
 * written somewhere. */
static bool
may_be_found(struct cs_case *c, const struct cs_condition *q)
{
	const struct cs_facts *list = &c->facts[q->fact->index];

	for (size_t i = 0; i < list->n; i++)
		if (q->ever || cs_case_counts(c, list->at[i]))
			return false;
	return q->fact->sources != NULL && q->op != CS_MISSING;
}

/* By confidence: the nearest rules, and those that only lack a fact. */
struct nearby {
	struct nearest any[CABSCAN_CERTAIN + 1], lacking[CABSCAN_CERTAIN + 1];
};

static void
weigh_for(struct cs_case *c, const struct cs_rule *r, struct finding *f,
          struct nearby *near)
{
	struct list proof = { .n = 0 };
	struct outcome o = try_rule(c, r, &proof);
	cabscan_confidence sure = r->confidence;

	if (!o.holds) {
		come_near(&near->any[sure], &o, &proof);
		if (may_be_found(c, o.failed))
			come_near(&near->lacking[sure], &o, &proof);
		return;
	}
	if (o.doubtful && sure == CABSCAN_CERTAIN)
		sure = CABSCAN_LIKELY;
	if (o.outweighed)
		sure = CABSCAN_POSSIBLE;
	if (sure > f->confidence) {
		struct list before = f->evidence;

		f->confidence = sure;
		f->evidence = proof;
		append(&f->evidence, &before);
	} else {
		append(&f->evidence, &proof);
	}
}

static void
weigh_against(struct cs_case *c, struct finding *f)
{
	bool lower = false;

	for (const struct cs_rule *r = f->cause->rules; r; r = r->next) {
		struct list proof = { .n = 0 };

		if ((r->kind != CS_RULE_AGAINST && r->kind != CS_RULE_LOWERS) ||
		    !try_rule(c, r, &proof).holds)
			continue;
		append(&f->against, &proof);
		lower |= r->kind == CS_RULE_LOWERS;
	}
	if (lower && f->confidence != CABSCAN_NONE)
		f->confidence = lowered(f->confidence);
}

/* The nearest of the rules that would give more than that.  Among equals the
 * next step; of a cause that was not found the strongest sign. */
static struct nearest
nearest_above(const struct nearest near[CABSCAN_CERTAIN + 1],
              cabscan_confidence sure)
{
	struct nearest best = { .failed = NULL };

	for (int i = (int)sure + 1; i <= CABSCAN_CERTAIN; i++)
		if (near[i].failed && (!best.failed || near[i].met > best.met ||
		                       (sure == CABSCAN_NONE &&
		                        near[i].met == best.met)))
			best = near[i];
	return best;
}

/* The rule that excludes the cause; its proof may be empty, where it is that
 * something is missing. */
static const struct cs_rule *
excluded_by(struct cs_case *c, const struct cs_cause *cause, struct list *proof)
{
	for (const struct cs_rule *r = cause->rules; r; r = r->next) {
		*proof = (struct list){ .n = 0 };
		if (r->kind == CS_RULE_EXCLUDED && try_rule(c, r, proof).holds)
			return r;
	}
	return NULL;
}

static bool
outranks(struct cs_case *c, const struct cs_cause *cause)
{
	for (const struct cs_rule *r = cause->rules; r; r = r->next) {
		struct list proof = { .n = 0 };

		if (r->kind == CS_RULE_OUTRANKS && try_rule(c, r, &proof).holds)
			return true;
	}
	return false;
}

/* Of several conditions not even the first is met: it says nothing yet. */
static bool
far_off(const struct nearest *near)
{
	return near->failed && near->met == 0 && near->failed->next;
}

static void
weigh(struct cs_case *c, const struct cs_cause *cause, struct finding *f)
{
	struct nearby near = { .any = { { .failed = NULL } } };

	*f = (struct finding){ .cause = cause };
	for (const struct cs_rule *r = cause->rules; r; r = r->next)
		if (r->kind == CS_RULE_FOR)
			weigh_for(c, r, f, &near);
	weigh_against(c, f);
	f->outranks = outranks(c, cause);
	/* What would make a finding surer is something to collect, if it can. */
	if (f->confidence != CABSCAN_NONE)
		f->surer = nearest_above(near.lacking, f->confidence);
	if (!f->surer.failed)
		f->surer = nearest_above(near.any, f->confidence);
	if (f->confidence == CABSCAN_LIKELY && far_off(&f->surer))
		f->surer.failed = NULL;
}

/* Its evidence is what was met, its 'against' what contradicts it: what
 * excludes it, the value that is not the one needed, what speaks against it
 * anyway. */
static bool
why_not(struct cs_case *c, struct cs_judgement *j, const struct finding *f,
        const struct cs_rule *excluded, const struct list *proof)
{
	const struct nearest *near = &f->surer;
	const struct cs_condition *q = excluded ? excluded->conditions
	                                        : near->failed;
	const struct list *met = f->evidence.n > 0 ? &f->evidence : &near->proof;
	struct list against = *proof;
	cabscan_why_not *w = &j->why_not[j->n_why_not];
	struct cs_fact *found;

	if (!q)
		return true;
	j->n_why_not++;
	w->cause = cs_keep(&c->scan->arena, f->cause->name);
	w->title = cs_keep(&c->scan->arena, f->cause->title);
	w->excluded = excluded != NULL;
	w->lack = lack_of(c, q, excluded);
	found = w->lack.found ? cs_case_fact(c, q->fact) : NULL;
	if (found)
		list_fact(&against, found, 4);
	append(&against, &f->against);
	return publish_list(c, met, &w->n_met, &w->met) &&
	       publish_list(c, &against, &w->n_against, &w->against);
}

/* A finding has confidence; without one, why not is said. */
static bool
consider(struct cs_case *c, const struct cs_cause *cause, struct finding *f,
         struct cs_judgement *j)
{
	struct list proof;
	const struct cs_rule *excluded = excluded_by(c, cause, &proof);

	weigh(c, cause, f);
	if (!excluded && f->confidence != CABSCAN_NONE)
		return true;
	f->confidence = CABSCAN_NONE;
	return why_not(c, j, f, excluded, &proof);
}

/* ---- the verdict --------------------------------------------------------- */

static bool
passed(const struct cs_case *c)
{
	return c->n_attempts > 0 &&
	       strcmp(c->attempts[c->n_attempts - 1].pub.outcome, "passed") == 0;
}

/* Whether attestation is at stake: not after a pass, nor where the deployment
 * asks for none and that is more than possible. */
static bool
at_stake(const struct cs_case *c, const struct finding *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (f[i].cause->stage == CS_STAGE_NONE &&
		    f[i].confidence >= CABSCAN_LIKELY)
			return false;
	return !passed(c);
}

/* What explains a failed attestation is an answer only where one is at stake.
 * Where it is not, what came later counts before the pass itself, and before
 * that nothing was tried, if it is more than possible.  Where it is, that
 * nothing was tried is the answer only if nothing else is as sure. */
static int
precedence(const struct finding *f, bool stake)
{
	int sure = (int)f->confidence;

	if (stake)
		return sure * 4 + f->outranks * 2 +
		       (f->cause->stage != CS_STAGE_NONE);
	if (f->cause->stage == CS_STAGE_LATER && f->confidence >= CABSCAN_LIKELY)
		return 20 + sure;
	return f->cause->stage == CS_STAGE_ATTESTATION ||
	       f->cause->stage == CS_STAGE_LATER ? sure - 10 : 10 + sure;
}

static struct finding *
best_of(struct finding *f, size_t n, bool stake)
{
	struct finding *best = NULL;

	for (size_t i = 0; i < n; i++)
		if (!best || precedence(&f[i], stake) > precedence(best, stake))
			best = &f[i];
	return best && precedence(best, stake) > 0 ? best : NULL;
}

static bool
publish(struct cs_case *c, const struct finding *f, struct cs_judgement *j)
{
	cabscan_finding *p = &j->findings[j->n_findings++];
	cs_arena *a = &c->scan->arena;

	p->cause = cs_keep(a, f->cause->name);
	p->title = cs_keep(a, f->cause->title);
	p->why = cs_keep(a, f->cause->why);
	p->confidence = f->confidence;
	if (f->surer.failed) {
		cabscan_lack *lack = cs_alloc(a, sizeof(*lack));

		if (lack)
			*lack = lack_of(c, f->surer.failed, false);
		p->surer = lack;
	}
	return publish_list(c, &f->evidence, &p->n_evidence, &p->evidence) &&
	       publish_list(c, &f->against, &p->n_against, &p->against);
}

/* That and how the try failed belongs to why. */
static void
add_failure(const struct cs_case *c, struct finding *f)
{
	const struct cs_attempt *last;

	if (c->n_attempts == 0 || f->cause->stage != CS_STAGE_ATTESTATION)
		return;
	last = &c->attempts[c->n_attempts - 1];
	if (last->decided && last->decided->def->role == CS_ROLE_FAIL)
		list_fact(&f->evidence, last->decided, 0);
}

static bool
publish_all(struct cs_case *c, const struct finding *f, size_t n,
            const struct finding *best, struct cs_judgement *j)
{
	if (best && !publish(c, best, j))
		return false;
	for (int sure = CABSCAN_CERTAIN; sure >= CABSCAN_POSSIBLE; sure--)
		for (size_t i = 0; i < n; i++)
			if (&f[i] != best && (int)f[i].confidence == sure &&
			    !publish(c, &f[i], j))
				return false;
	return true;
}

static void
pronounce(struct cs_case *c, const struct cs_cause *cause,
          const struct finding *best, struct cs_judgement *j)
{
	cs_arena *a = &c->scan->arena;

	j->verdict.cause = cs_keep(a, cause->name);
	j->verdict.title = cs_keep(a, cause->title);
	j->verdict.summary = cs_keep(a, cause->summary.len ? cause->summary
	                                                   : cause->why);
	j->verdict.confidence = best ? best->confidence : CABSCAN_NONE;
	j->verdict.finding = best ? &j->findings[0] : NULL;
}

bool
cs_judge(struct cs_case *c, struct cs_judgement *ret)
{
	const struct cs_cause *unknown, *verdict;
	struct finding *found, *best;
	size_t n = 0, n_causes = 0;

	*ret = (struct cs_judgement){ .n_findings = 0 };
	for (const struct cs_cause *w = c->know->causes; w; w = w->next)
		n_causes++;
	found = cs_alloc_n(&c->scan->arena, n_causes + 1, sizeof(*found));
	ret->findings = cs_alloc_n(&c->scan->arena, n_causes + 1,
	                           sizeof(*ret->findings));
	ret->why_not = cs_alloc_n(&c->scan->arena, n_causes + 1,
	                          sizeof(*ret->why_not));
	if (!found || !ret->findings || !ret->why_not)
		return false;
	for (const struct cs_cause *w = c->know->causes; w; w = w->next) {
		if (w->off)
			continue;
		if (!consider(c, w, &found[n], ret))
			return false;
		n += found[n].confidence != CABSCAN_NONE;
	}
	best = best_of(found, n, at_stake(c, found, n));
	if (best)
		add_failure(c, best);
	unknown = cs_map_get(&c->know->causes_by_name, CS_TEXT("unknown"));
	verdict = best ? best->cause : unknown;
	if (!verdict || !publish_all(c, found, n, best, ret))
		return false;
	pronounce(c, verdict, best, ret);
	return cs_judge_steps(c, verdict, ret) && !c->scan->arena.full;
}
