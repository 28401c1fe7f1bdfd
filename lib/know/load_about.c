/* load_about.c - stanzas about knowledge itself, and those that are a site's */
#include "know/load.h"

#include "base/time.h"

#define WORD(text, literal) cs_same(text, CS_TEXT(literal))

/* ---- source, about ------------------------------------------------------- */

static bool
begin_source(struct loader *l, cs_text name, cs_text rest)
{
	struct cs_know *k = l->know;
	struct cs_known_from *f = cs_alloc(l->arena, sizeof(*f));

	if (rest.len > 0)
		return mistake(l, "a source has a name only, not", rest);
	if (!f || !cs_map_set(l->arena, &k->known_from, name, f))
		return out_of_memory(l);
	f->name = name;
	l->object = f;
	return true;
}

static bool
source_entry(struct loader *l, cs_text key, cs_text rest)
{
	struct cs_known_from *f = l->object;

	if (WORD(key, "title"))
		f->title = rest;
	else if (WORD(key, "where"))
		f->where = rest;
	else if (WORD(key, "watch")) {
		f->watch = true;
		l->know->watch = f;
	} else
		return mistake(l, "a source has no", key);
	return true;
}

/* What follows in the file comes from there, where it says nothing else. */
static bool
begin_about(struct loader *l, cs_text name, cs_text rest)
{
	(void)name;
	(void)rest;
	l->object = l->know;
	return true;
}

static bool
about_entry(struct loader *l, cs_text key, cs_text rest)
{
	(void)rest;
	return mistake(l, "knowledge about what follows has no", key);
}

/* Every stanza may say where it comes from, and when somebody looked there. */
bool
entry_of_every_stanza(struct loader *l, cs_text key, cs_text rest, bool *ret_is)
{
	struct cs_know *k = l->know;

	*ret_is = true;
	if (WORD(key, "source")) {
		while (rest.len > 0) {
			cs_text name = cs_word(&rest);

			if (!cs_map_get(&k->known_from, name))
				return mistake(l, "no such source", name);
		}
		return true;
	}
	if (WORD(key, "checked")) {
		uint64_t day;

		if (!cs_time_day(rest, &day))
			return mistake(l, "not a date (YYYY-MM-DD)", rest);
		if (k->date.len == 0 || memcmp(rest.at, k->date.at, rest.len) > 0)
			k->date = rest;
		return true;
	}
	*ret_is = false;
	return true;
}

/* The number and name of a part of codes: for people who look one up. */
static bool
begin_facility(struct loader *l, cs_text name, cs_text rest)
{
	uint64_t number;

	l->object = l->know;
	if (rest.len > 0)
		return mistake(l, "a facility has a number only, not", rest);
	return cs_number(name, &number) || mistake(l, "not a number", name);
}

static bool
facility_entry(struct loader *l, cs_text key, cs_text rest)
{
	(void)rest;
	return WORD(key, "says") || mistake(l, "a facility has no", key);
}

/* ---- off ----------------------------------------------------------------- */

static bool
off_code(struct loader *l, cs_text name)
{
	struct cs_code *c = NULL;
	uint64_t value;
	char key[16];

	if (cs_number(name, &value) && value <= UINT32_MAX) {
		cs_know_code_key((uint32_t)value, key);
		c = cs_map_get(&l->know->codes, cs_text_of(key));
	}
	return c ? (c->off = true) : mistake(l, "no such code", name);
}

static bool
off_message(struct loader *l, cs_text name)
{
	for (struct cs_message *m = l->know->messages; m; m = m->next)
		if (cs_same(m->name, name))
			return m->off = true;
	return mistake(l, "no such message", name);
}

static bool
off_remark(struct loader *l, cs_text name)
{
	for (struct cs_remark *r = l->know->remarks; r; r = r->next)
		if (cs_same(r->name, name))
			return r->off = true;
	return mistake(l, "no such remark", name);
}

/* All its variants. */
static bool
off_step(struct loader *l, cs_text name)
{
	bool found = false;

	for (struct cs_step_def *s = l->know->steps; s; s = s->next)
		if (cs_same(s->name, name))
			found = s->off = true;
	return found || mistake(l, "no such step", name);
}

static bool
off_service(struct loader *l, cs_text name)
{
	struct cs_service *s = cs_map_get(&l->know->services, name);

	return s ? (s->off = true) : mistake(l, "no such service code", name);
}

static bool
off_cause(struct loader *l, cs_text name)
{
	struct cs_cause *c = cs_map_get(&l->know->causes_by_name, name);

	if (WORD(name, "unknown"))
		return mistake(l, "cannot be switched off", name);
	return c ? (c->off = true) : mistake(l, "no such cause", name);
}

static bool
off_fact(struct loader *l, cs_text name)
{
	struct cs_fact_def *f = cs_know_fact(l->know, name);

	return f ? (f->off = true) : mistake(l, "no such fact", name);
}

static bool
off_artefact(struct loader *l, cs_text name)
{
	struct cs_artefact *a = cs_map_get(&l->know->artefacts_by_name, name);

	return a ? (a->off = true) : mistake(l, "no such artefact", name);
}

static bool
begin_off(struct loader *l, cs_text kind, cs_text rest)
{
	static const struct {
		const char *kind;
		bool (*off)(struct loader *, cs_text name);
	} kinds[] = {
		{ "code", off_code }, { "service", off_service },
		{ "message", off_message }, { "fact", off_fact },
		{ "cause", off_cause }, { "step", off_step },
		{ "artefact", off_artefact }, { "remark", off_remark },
	};

	l->object = l->know;
	if (rest.len == 0)
		return mistake(l, "missing here", CS_TEXT("a name"));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (cs_same(kind, cs_text_of(kinds[i].kind)))
			return kinds[i].off(l, cs_word(&rest));
	return mistake(l, "nothing that can be switched off", kind);
}

static bool
off_entry(struct loader *l, cs_text key, cs_text rest)
{
	(void)rest;
	return mistake(l, "what is switched off has no", key);
}

/* ---- baseline ------------------------------------------------------------ */

static bool
begin_baseline(struct loader *l, cs_text name, cs_text rest)
{
	struct cs_know *k = l->know;
	struct cs_baseline *b = k->baselines, *next;

	if (rest.len > 0)
		return mistake(l, "a baseline has a name only, not", rest);
	while (b && !cs_same(b->name, name))
		b = b->next;
	if (!b) {
		b = cs_alloc(l->arena, sizeof(*b));
		if (!b)
			return out_of_memory(l);
		*k->baselines_end = b;
		k->baselines_end = &b->next;
	}
	next = b->next;
	*b = (struct cs_baseline){ .next = next, .name = name,
	                           .manufacturer = CS_TEXT("*"),
	                           .model = CS_TEXT("*"), .file = l->file,
	                           .line = l->line };
	l->object = b;
	return true;
}

static bool
has_digit(cs_text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (t.at[i] >= '0' && t.at[i] <= '9')
			return true;
	return false;
}

static bool
baseline_entry(struct loader *l, cs_text key, cs_text rest)
{
	struct cs_baseline *b = l->object;

	if (WORD(key, "manufacturer"))
		b->manufacturer = rest;
	else if (WORD(key, "model"))
		b->model = rest;
	else if (!WORD(key, "bios") && !WORD(key, "tpm"))
		return mistake(l, "a baseline has no", key);
	else if (!has_digit(rest))
		return mistake(l, "not a version", rest);
	else if (WORD(key, "bios"))
		b->bios = rest;
	else
		b->tpm = rest;
	return true;
}

const struct stanza about_stanzas[] = {
	{ "source", begin_source, source_entry },
	{ "about", begin_about, about_entry },
	{ "facility", begin_facility, facility_entry },
	{ "off", begin_off, off_entry },
	{ "baseline", begin_baseline, baseline_entry },
	{ NULL, NULL, NULL },
};
