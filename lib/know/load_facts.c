/* load_facts.c - stanzas that say what facts are and where they are written */
#include "know/load.h"

#define WORD(text, literal) cs_same(text, CS_TEXT(literal))

static bool
begin_fact(struct loader *l, cs_text name, cs_text rest)
{
	struct cs_know *k = l->know;
	struct cs_fact_def *f = cs_know_fact(k, name);

	if (rest.len > 0)
		return mistake(l, "a fact has a name only, not", rest);
	l->object = f;
	if (f)
		return true;            /* said again: more sources */
	f = cs_alloc(l->arena, sizeof(*f));
	if (!f || !cs_map_set(l->arena, &k->facts_by_name, name, f))
		return out_of_memory(l);
	f->name = name;
	f->index = k->n_facts++;
	*k->facts_end = f;
	k->facts_end = &f->next;
	l->object = f;
	return true;
}

/* ---- from ---------------------------------------------------------------- */

static bool
add_filter(struct loader *l, struct cs_source *s, cs_text *rest)
{
	struct cs_filter *f = cs_alloc(l->arena, sizeof(*f));
	cs_text op;

	if (!f)
		return out_of_memory(l);
	if (!want_word(l, rest, "a field", &f->field) ||
	    !want_word(l, rest, "= or !=", &op) ||
	    !want_word(l, rest, "a value", &f->value))
		return false;
	f->unequal = WORD(op, "!=");
	if (!f->unequal && !WORD(op, "="))
		return mistake(l, "no such comparison", op);
	f->next = s->filters;
	s->filters = f;
	return true;
}

static bool
set_transform(struct loader *l, struct cs_source *s, cs_text *rest)
{
	if (!want_word(l, rest, "a way to spell it", &s->transform))
		return false;
	return WORD(s->transform, "vendor") || WORD(s->transform, "firmware") ||
	       WORD(s->transform, "spec") || WORD(s->transform, "win32") ||
	       mistake(l, "no such way to spell a value", s->transform);
}

/* What may follow where the value stands: a pattern, "if", "as", "is", "minus". */
static bool
source_tail(struct loader *l, struct cs_source *s, cs_text rest)
{
	for (;;) {
		struct token t = next_token(&rest);

		if (t.kind == TOKEN_END)
			return true;
		if (t.kind == TOKEN_OPEN)
			return mistake(l, "begins and does not end", rest);
		if (t.kind == TOKEN_PATTERN) {
			if (!want_pattern(l, t, &s->pattern))
				return false;
		} else if (WORD(t.text, "if")) {
			if (!add_filter(l, s, &rest))
				return false;
		} else if (WORD(t.text, "as")) {
			if (!set_transform(l, s, &rest))
				return false;
		} else if (WORD(t.text, "is")) {
			if (!want_word(l, &rest, "a value", &s->fixed))
				return false;
		} else if (WORD(t.text, "minus")) {
			if (!want_word(l, &rest, "a field", &s->minus))
				return false;
		} else if (WORD(t.text, "message")) {
			s->with_message = true;
		} else {
			return mistake(l, "not part of a source", t.text);
		}
	}
}

/* A field, unless what follows belongs to the tail. */
static void
optional_field(struct cs_source *s, cs_text *rest)
{
	static const char *const tail[] = { "if", "as", "is", "message" };
	cs_text ahead = *rest;
	struct token t = next_token(&ahead);

	if (t.kind != TOKEN_WORD && t.kind != TOKEN_QUOTED)
		return;
	for (size_t i = 0; i < sizeof(tail) / sizeof(tail[0]); i++)
		if (t.kind == TOKEN_WORD && cs_same(t.text, cs_text_of(tail[i])))
			return;
	s->field = t.text;
	*rest = ahead;
}

static bool
link_event(struct loader *l, struct cs_event_def *e, const struct cs_source *s)
{
	struct cs_source *copy = cs_alloc(l->arena, sizeof(*copy));

	if (!copy)
		return out_of_memory(l);
	*copy = *s;
	copy->next_same = e->sources;
	e->sources = copy;
	copy->next = s->fact->sources;
	s->fact->sources = copy;
	return true;
}

/* One id, in every provider of the list. */
static bool
link_id(struct loader *l, cs_text providers, cs_text id, const struct cs_source *s)
{
	while (providers.len > 0) {
		cs_text name = cs_cut(&providers, ',');
		struct cs_provider *p = cs_map_get(&l->know->providers, name);
		struct cs_event_def *e = p ? cs_map_get(&p->events, id) : NULL;

		if (!p)
			return mistake(l, "no such provider", name);
		if (!e)
			return mistake(l, "no such event", id);
		if (!link_event(l, e, s))
			return false;
	}
	return true;
}

static bool
from_event(struct loader *l, struct cs_source *s, cs_text rest)
{
	cs_text providers, ids;

	if (!want_word(l, &rest, "a provider", &providers) ||
	    !want_word(l, &rest, "an event id", &ids))
		return false;
	optional_field(s, &rest);
	if (!source_tail(l, s, rest))
		return false;
	while (ids.len > 0)
		if (!link_id(l, providers, cs_cut(&ids, ','), s))
			return false;
	return true;
}

static bool
from_line(struct loader *l, struct cs_source *s, cs_text rest)
{
	cs_text ahead;
	struct token t;

	if (!want_word(l, &rest, "a member", &s->member))
		return false;
	ahead = rest;
	t = next_token(&ahead);
	if (t.kind == TOKEN_HEADING) {
		s->heading = t.text;
		rest = ahead;
	}
	optional_field(s, &rest);
	return source_tail(l, s, rest);
}

static bool
from_named(struct loader *l, struct cs_source *s, cs_text rest)
{
	if (s->kind != CS_FROM_ROW &&
	    !want_word(l, &rest, "a key, document or path", &s->member))
		return false;
	if (s->kind == CS_FROM_ROW &&
	    !want_word(l, &rest, "csv or hash", &s->member))
		return false;
	if (!want_word(l, &rest, "a field", &s->field))
		return false;
	return source_tail(l, s, rest);
}

static bool
add_source(struct loader *l, struct cs_fact_def *f, cs_text rest)
{
	struct cs_source *s = cs_alloc(l->arena, sizeof(*s));
	struct cs_source **list;
	cs_text kind = cs_word(&rest);
	bool ok;

	if (!s)
		return out_of_memory(l);
	s->fact = f;
	s->rank = f->n_sources++;
	if (WORD(kind, "event"))
		return from_event(l, s, rest);
	if (WORD(kind, "line")) {
		s->kind = CS_FROM_LINE;
		list = &l->know->lines;
		ok = from_line(l, s, rest);
	} else {
		s->kind = WORD(kind, "registry") ? CS_FROM_REGISTRY
		        : WORD(kind, "json") ? CS_FROM_JSON
		        : WORD(kind, "xml") ? CS_FROM_XML : CS_FROM_ROW;
		list = s->kind == CS_FROM_REGISTRY ? &l->know->keys
		     : s->kind == CS_FROM_JSON ? &l->know->jsons
		     : s->kind == CS_FROM_XML ? &l->know->xmls : &l->know->rows;
		if (s->kind == CS_FROM_ROW && !WORD(kind, "row"))
			return mistake(l, "no such kind of source", kind);
		ok = from_named(l, s, rest);
	}
	if (!ok)
		return false;
	s->next_same = *list;
	*list = s;
	s->next = f->sources;
	f->sources = s;
	return true;
}

/* ---- the other entries --------------------------------------------------- */

static bool
set_type(struct loader *l, struct cs_fact_def *f, cs_text word)
{
	static const struct { const char *word; enum cs_fact_type type; } types[] = {
		{ "text", CS_FACT_TEXT }, { "number", CS_FACT_NUMBER },
		{ "hresult", CS_FACT_HRESULT }, { "version", CS_FACT_VERSION },
		{ "bool", CS_FACT_BOOL }, { "time", CS_FACT_TIME },
		{ "service", CS_FACT_SERVICE }, { "message", CS_FACT_MESSAGE },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (cs_same(word, cs_text_of(types[i].word))) {
			f->type = types[i].type;
			return true;
		}
	return mistake(l, "no such type", word);
}

static bool
set_role(struct loader *l, struct cs_fact_def *f, cs_text word)
{
	static const struct { const char *word; enum cs_role role; } roles[] = {
		{ "boot", CS_ROLE_BOOT }, { "start", CS_ROLE_START },
		{ "again", CS_ROLE_AGAIN },
		{ "step", CS_ROLE_STEP }, { "pass", CS_ROLE_PASS }, { "fail", CS_ROLE_FAIL },
		{ "error", CS_ROLE_ERROR },
	};

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (cs_same(word, cs_text_of(roles[i].word))) {
			f->role = roles[i].role;
			return true;
		}
	return mistake(l, "no such role", word);
}

static bool
add_aliases(struct loader *l, struct cs_fact_def *f, cs_text rest)
{
	cs_text as = cs_trim(cs_cut(&rest, '='));

	while (rest.len > 0) {
		struct cs_alias *a = cs_alloc(l->arena, sizeof(*a));

		if (!a)
			return out_of_memory(l);
		a->as = as;
		a->value = cs_trim(cs_cut(&rest, ','));
		a->next = f->aliases;
		f->aliases = a;
	}
	return true;
}

static bool
fact_entry(struct loader *l, cs_text key, cs_text rest)
{
	struct cs_fact_def *f = l->object;

	if (WORD(key, "title"))
		f->title = rest;
	else if (WORD(key, "type"))
		return set_type(l, f, rest);
	else if (WORD(key, "role"))
		return set_role(l, f, rest);
	else if (WORD(key, "same"))
		return add_aliases(l, f, rest);
	else if (WORD(key, "from"))
		return add_source(l, f, rest);
	else if (WORD(key, "of") && WORD(rest, "attempt"))
		f->of_attempt = true;
	else if (WORD(key, "of") && WORD(rest, "boot"))
		f->of_boot = true;
	else if (WORD(key, "quiet"))
		f->quiet = true;
	else if (WORD(key, "parts"))
		f->parts = true;
	else if (WORD(key, "newest"))
		f->newest = f->quiet = true;
	else if (WORD(key, "built-in"))
		f->built_in = true;
	else
		return mistake(l, "a fact has no", key);
	return true;
}

const struct stanza fact_stanzas[] = {
	{ "fact", begin_fact, fact_entry },
	{ NULL, NULL, NULL },
};
