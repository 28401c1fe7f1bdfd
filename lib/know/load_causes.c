/* load_causes.c - stanzas that say what follows from facts */
#include "know/load.h"

#define WORD(text, literal) cs_same(text, CS_TEXT(literal))

/* ---- conditions ---------------------------------------------------------- */

static const struct {
	const char *word;
	enum cs_op op;
	bool has_value;
} ops[] = {
	{ "is", CS_IS, true }, { "not", CS_NOT, true }, { "in", CS_IN, true },
	{ "below", CS_BELOW, true }, { "above", CS_ABOVE, true },
	{ "has", CS_HAS, true }, { "matches", CS_MATCHES, true },
	{ "bits", CS_BITS, true }, { "lacks-bits", CS_LACKS_BITS, true },
	{ "means", CS_MEANS, true }, { "vendor-says", CS_VENDOR_SAYS, true },
	{ "same-as", CS_SAME_AS, true }, { "differs", CS_DIFFERS, true },
	{ "above-minutes", CS_ABOVE_MINUTES, true },
	{ "before", CS_BEFORE, true }, { "near", CS_NEAR, true },
	{ "after", CS_AFTER, true }, { "lacks", CS_LACKS, true },
	{ "known", CS_KNOWN, false }, { "missing", CS_MISSING, false },
};

static bool
set_operand(struct loader *l, struct cs_condition *c, cs_text value)
{
	uint64_t number;

	c->value = value;
	if ((c->op == CS_BITS || c->op == CS_LACKS_BITS) &&
	    !cs_number(value, &number))
		return mistake(l, "not a number", value);
	if (c->op == CS_MATCHES) {
		struct token t = next_token(&value);

		return t.kind == TOKEN_PATTERN ? want_pattern(l, t, &c->pattern)
		                               : mistake(l, "not a /pattern/", t.text);
	}
	if (c->op >= CS_SAME_AS && c->op <= CS_AFTER) {
		c->other = cs_know_fact(l->know, value);
		return c->other || mistake(l, "no such fact", value);
	}
	return true;
}

bool
add_condition(struct loader *l, struct cs_condition **list, cs_text rest)
{
	struct cs_condition *c = cs_alloc(l->arena, sizeof(*c));
	cs_text name = cs_word(&rest), word;
	size_t i;

	if (!c)
		return out_of_memory(l);
	if (WORD(name, "ever")) {
		c->ever = true;
		name = cs_word(&rest);
	}
	c->fact = cs_know_fact(l->know, name);
	if (!c->fact)
		return mistake(l, "no such fact", name);
	word = cs_word(&rest);
	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (cs_same(word, cs_text_of(ops[i].word)))
			break;
	if (i == sizeof(ops) / sizeof(ops[0]))
		return mistake(l, "no such comparison", word);
	if (ops[i].has_value == (rest.len == 0))
		return mistake(l, ops[i].has_value ? "nothing to compare with after"
		               : "nothing may follow", word);
	c->op = ops[i].op;
	c->file = l->file;
	c->line = l->line;
	while (*list)
		list = &(*list)->next;
	*list = c;
	return set_operand(l, c, rest);
}

/* ---- derive -------------------------------------------------------------- */

static bool
begin_derive(struct loader *l, cs_text name, cs_text rest)
{
	struct cs_know *k = l->know;
	struct cs_derive *d = cs_alloc(l->arena, sizeof(*d));

	if (!d)
		return out_of_memory(l);
	d->fact = cs_know_fact(k, name);
	if (!d->fact)
		return mistake(l, "no such fact", name);
	if (!want_word(l, &rest, "the value", &d->value))
		return false;
	*k->derives_end = d;
	k->derives_end = &d->next;
	l->object = d;
	return true;
}

static bool
derive_entry(struct loader *l, cs_text key, cs_text rest)
{
	struct cs_derive *d = l->object;

	if (!WORD(key, "when"))
		return mistake(l, "a derived fact has no", key);
	return add_condition(l, &d->conditions, rest);
}

/* ---- cause --------------------------------------------------------------- */

static bool
begin_cause(struct loader *l, cs_text name, cs_text rest)
{
	struct cs_know *k = l->know;
	struct cs_cause *c = cs_map_get(&k->causes_by_name, name);

	if (rest.len > 0)
		return mistake(l, "a cause has a name only, not", rest);
	if (c) {                                /* said again: starts afresh */
		*c = (struct cs_cause){ .next = c->next, .name = c->name,
		                        .name_z = c->name_z };
	} else {
		c = cs_alloc(l->arena, sizeof(*c));
		if (!c || !cs_map_set(l->arena, &k->causes_by_name, name, c))
			return out_of_memory(l);
		c->name = name;
		c->name_z = cs_keep(l->arena, name);
		if (!c->name_z)
			return out_of_memory(l);
		*k->causes_end = c;
		k->causes_end = &c->next;
	}
	l->object = c;
	return true;
}

static bool
begin_rule(struct loader *l, struct cs_cause *c, enum cs_rule_kind kind,
           cabscan_confidence confidence)
{
	struct cs_rule *r = cs_alloc(l->arena, sizeof(*r));
	struct cs_rule **end = &c->rules;

	if (!r)
		return out_of_memory(l);
	r->kind = kind;
	r->confidence = confidence;
	while (*end)
		end = &(*end)->next;
	*end = r;
	l->rule = r;
	return true;
}

static bool
set_stage(struct loader *l, struct cs_cause *c, cs_text word)
{
	if (WORD(word, "attestation"))
		c->stage = CS_STAGE_ATTESTATION;
	else if (WORD(word, "pass"))
		c->stage = CS_STAGE_PASS;
	else if (WORD(word, "later"))
		c->stage = CS_STAGE_LATER;
	else if (WORD(word, "none"))
		c->stage = CS_STAGE_NONE;
	else
		return mistake(l, "no such stage", word);
	return true;
}

/* The line that opens a rule may hold its only condition. */
static bool
rule_line(struct loader *l, struct cs_cause *c, cs_text key, cs_text rest,
          bool *ret_is_rule)
{
	static const struct {
		const char *word;
		enum cs_rule_kind kind;
		cabscan_confidence confidence;
	} kinds[] = {
		{ "certain", CS_RULE_FOR, CABSCAN_CERTAIN },
		{ "likely", CS_RULE_FOR, CABSCAN_LIKELY },
		{ "possible", CS_RULE_FOR, CABSCAN_POSSIBLE },
		{ "against", CS_RULE_AGAINST, CABSCAN_NONE },
		{ "lowers", CS_RULE_LOWERS, CABSCAN_NONE },
		{ "excluded", CS_RULE_EXCLUDED, CABSCAN_NONE },
		{ "outranks", CS_RULE_OUTRANKS, CABSCAN_NONE },
	};

	*ret_is_rule = false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (cs_same(key, cs_text_of(kinds[i].word))) {
			*ret_is_rule = true;
			return begin_rule(l, c, kinds[i].kind,
			                  kinds[i].confidence) &&
			       (rest.len == 0 ||
			        add_condition(l, &l->rule->conditions, rest));
		}
	return true;
}

static bool
cause_steps(struct loader *l, struct cs_cause *c, cs_text rest)
{
	while (rest.len > 0)
		if (!add_word(l, &c->steps, cs_word(&rest)))
			return false;
	return true;
}

static bool
cause_entry(struct loader *l, cs_text key, cs_text rest)
{
	struct cs_cause *c = l->object;
	bool is_rule;

	if (!rule_line(l, c, key, rest, &is_rule))
		return false;
	if (is_rule)
		return true;
	if (WORD(key, "when"))
		return l->rule ? add_condition(l, &l->rule->conditions, rest)
		               : mistake(l, "no rule is open for", key);
	if (WORD(key, "title"))
		c->title = rest;
	else if (WORD(key, "why"))
		return add_text(l, &c->why, rest, ' ');
	else if (WORD(key, "summary"))
		return add_text(l, &c->summary, rest, ' ');
	else if (WORD(key, "stage"))
		return set_stage(l, c, rest);
	else if (WORD(key, "collect-first"))
		c->collect_first = true;
	else if (WORD(key, "do"))
		return cause_steps(l, c, rest);
	else
		return mistake(l, "a cause has no", key);
	return true;
}

/* ---- step ---------------------------------------------------------------- */

/* Several steps of one name are variants; a later load replaces them all. */
static bool
begin_step(struct loader *l, cs_text name, cs_text rest)
{
	struct cs_know *k = l->know;
	struct cs_step_def *s = cs_alloc(l->arena, sizeof(*s)), **at = &k->steps;

	if (rest.len > 0)
		return mistake(l, "a step has a name only, not", rest);
	if (!s)
		return out_of_memory(l);
	while (*at) {
		if (cs_same((*at)->name, name) && (*at)->load != k->n_loads)
			*at = (*at)->next;
		else
			at = &(*at)->next;
	}
	s->name = name;
	s->load = k->n_loads;
	*at = s;
	l->object = s;
	return true;
}

static bool
set_who(struct loader *l, struct cs_step_def *s, cs_text who)
{
	static const char *const known[] = { "technician", "administrator",
	                                     "maker" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (cs_same(who, cs_text_of(known[i]))) {
			s->who = who;
			return true;
		}
	return mistake(l, "nobody who can do a step (technician, administrator, "
	               "maker)", who);
}

static bool
step_entry(struct loader *l, cs_text key, cs_text rest)
{
	struct cs_step_def *s = l->object;

	if (WORD(key, "when"))
		return add_condition(l, &s->conditions, rest);
	if (WORD(key, "text"))
		return add_text(l, &s->text, rest, ' ');
	if (WORD(key, "command"))
		return add_text(l, &s->command, rest, '\n');
	if (WORD(key, "who"))
		return set_who(l, s, rest);
	if (WORD(key, "risk"))
		s->risk = rest;
	else if (WORD(key, "takes"))
		s->takes = rest;
	else if (WORD(key, "ends"))
		return add_text(l, &s->ends, rest, ' ');
	else
		return mistake(l, "a step has no", key);
	return true;
}

/* ---- artefact ------------------------------------------------------------ */

static bool
begin_artefact(struct loader *l, cs_text name, cs_text rest)
{
	struct cs_know *k = l->know;
	struct cs_artefact *a = cs_map_get(&k->artefacts_by_name, name);

	if (rest.len > 0)
		return mistake(l, "an artefact has a name only, not", rest);
	if (a) {
		*a = (struct cs_artefact){ .next = a->next, .name = name };
	} else {
		a = cs_alloc(l->arena, sizeof(*a));
		if (!a || !cs_map_set(l->arena, &k->artefacts_by_name, name, a))
			return out_of_memory(l);
		a->name = name;
		*k->artefacts_end = a;
		k->artefacts_end = &a->next;
	}
	l->object = a;
	return true;
}

static bool
artefact_entry(struct loader *l, cs_text key, cs_text rest)
{
	struct cs_artefact *a = l->object;

	if (WORD(key, "what"))
		a->what = rest;
	else if (WORD(key, "channel"))
		a->channel = rest;
	else if (WORD(key, "member"))
		return add_word(l, &a->members, rest);
	else if (WORD(key, "command"))
		return add_text(l, &a->command, rest, '\n');
	else if (WORD(key, "by"))
		a->by = rest;
	else if (WORD(key, "side"))
		a->side = true;
	else if (WORD(key, "when"))
		return add_condition(l, &a->conditions, rest);
	else if (WORD(key, "or-fact")) {
		if (a->n_facts == MAX_OR_FACTS)
			return mistake(l, "more than four facts; too many is", rest);
		a->facts[a->n_facts] = cs_know_fact(l->know, rest);
		return a->facts[a->n_facts++] ||
		       mistake(l, "no such fact", rest);
	} else if (!WORD(key, "area"))          /* for readers */
		return mistake(l, "an artefact has no", key);
	return true;
}

/* ---- remark -------------------------------------------------------------- */

static bool
begin_remark(struct loader *l, cs_text name, cs_text rest)
{
	struct cs_remark **at = &l->know->remarks, *r;

	if (rest.len > 0)
		return mistake(l, "a remark has a name only, not", rest);
	while (*at && !cs_same((*at)->name, name))
		at = &(*at)->next;
	r = *at;
	if (!r) {
		r = cs_alloc(l->arena, sizeof(*r));
		if (!r)
			return out_of_memory(l);
		*at = r;
	}
	*r = (struct cs_remark){ .next = r->next, .name = name };
	l->object = r;
	return true;
}

static bool
remark_entry(struct loader *l, cs_text key, cs_text rest)
{
	struct cs_remark *r = l->object;

	if (WORD(key, "when"))
		return add_condition(l, &r->conditions, rest);
	if (WORD(key, "text"))
		return add_text(l, &r->text, rest, ' ');
	return mistake(l, "a remark has no", key);
}

const struct stanza cause_stanzas[] = {
	{ "derive", begin_derive, derive_entry },
	{ "cause", begin_cause, cause_entry },
	{ "step", begin_step, step_entry },
	{ "artefact", begin_artefact, artefact_entry },
	{ "remark", begin_remark, remark_entry },
	{ NULL, NULL, NULL },
};
