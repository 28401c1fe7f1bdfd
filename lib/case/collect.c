/* collect.c - from records to facts */
#include "case/case.h"
#include "base/utf.h"
#include "case/spell.h"
#include "know/pattern.h"

#include <stdio.h>

static bool
keep(struct cs_case *c, struct cs_fact *f)
{
	struct cs_facts *list = &c->facts[f->def->index];

	if (list->n == list->room && list->room < MAX_FACTS_OF_A_NAME) {
		size_t room = list->room ? list->room * 4 : 4;
		struct cs_fact **more;

		if (room > MAX_FACTS_OF_A_NAME)
			room = MAX_FACTS_OF_A_NAME;
		more = cs_alloc_n(&c->scan->arena, room, sizeof(*more));
		if (!more)
			return false;
		if (list->n)
			memcpy(more, list->at, list->n * sizeof(*more));
		list->at = more;
		list->room = room;
	}
	if (list->n < list->room)
		list->n++;
	list->at[list->seen++ % list->room] = f;
	f->order = c->n_collected++;
	return true;
}

static cs_text
cut_at_character(cs_text t, size_t most)
{
	if (t.len <= most)
		return t;
	while (most > 0 && ((unsigned char)t.at[most] & 0xc0) == 0x80)
		most--;
	t.len = most;
	return t;
}

static const char *
meaning_of(const struct cs_case *c, const struct cs_fact_def *def, cs_text value)
{
	cs_arena *a = &c->scan->arena;
	const struct cs_service *s;
	const struct cs_code *code;
	uint64_t number = 0;

	switch (def->type) {
	case CS_FACT_HRESULT:
		cs_number(value, &number);
		code = cs_know_code(c->know, (uint32_t)number);
		return code ? cs_keep(a, code->says) : "";
	case CS_FACT_SERVICE:
		s = cs_know_service(c->know, value);
		return s ? cs_keep(a, s->says) : "";
	case CS_FACT_MESSAGE:
		for (const struct cs_message *m = c->know->messages; m; m = m->next)
			if (cs_same(m->name, value))
				return cs_keep(a, m->says);
		return "";
	default:
		return "";
	}
}

static struct cs_fact *
new_fact(struct cs_case *c, const struct cs_fact_def *def, cs_text value,
         cs_text raw)
{
	cs_arena *a = &c->scan->arena;
	struct cs_fact *f = cs_alloc(a, sizeof(*f));

	if (!f)
		return NULL;
	f->def = def;
	f->pub.name = cs_keep(a, def->name);
	f->pub.title = cs_keep(a, def->title);
	f->pub.value = cs_keep(a, cut_at_character(value, MAX_FACT_CHARS));
	f->pub.raw = cs_same(value, raw) ? f->pub.value
	           : cs_keep(a, cut_at_character(raw, MAX_FACT_CHARS));
	f->pub.meaning = meaning_of(c, def, value);
	return a->full ? NULL : f;
}

/* ---- one record, one source ---------------------------------------------- */

static const struct cs_value *
value_named(const struct cs_record *r, cs_text field, size_t from)
{
	for (size_t i = from; i < r->n_values; i++)
		if (cs_same_caseless(r->values[i].name, field))
			return &r->values[i];
	return NULL;
}

/* "1", "2", ...: the n-th value, for events whose data have no names. */
static const struct cs_value *
event_value(const struct cs_record *r, cs_text field)
{
	const struct cs_value *v = value_named(r, field, 0);
	uint64_t n;

	if (!v && cs_number(field, &n) && n >= 1 && n <= r->n_values)
		v = &r->values[n - 1];
	return v;
}

static cs_text
text_of(struct cs_case *c, const struct cs_value *v)
{
	return cs_value_text(&c->scan->scratch, v);
}

static bool
filters_pass(struct cs_case *c, const struct cs_source *s,
             const struct cs_record *r)
{
	for (const struct cs_filter *f = s->filters; f; f = f->next) {
		const struct cs_value *v = event_value(r, f->field);
		cs_text found = v ? text_of(c, v) : (cs_text){ "", 0 };

		if (cs_glob(f->value, found) == f->unequal)
			return false;
	}
	return true;
}

void
cs_case_matched(struct cs_case *c, enum cs_match m, struct cs_place place,
                const struct cs_fact_def *def, size_t len)
{
	if (m == CS_MATCH_MEMORY)
		c->scan->arena.full = true;
	if (m != CS_MATCH_LIMIT)
		return;
	if (!c->slow_pattern)
		cs_note(c->scan, CABSCAN_NOTE_LIMIT, place,
		        "a pattern for %.*s took more than %d steps on %zu bytes",
		        (int)def->name.len, def->name.at, MAX_MATCH_STEPS, len);
	c->slow_pattern = true;
}

/* Of what has no time the first are as good as the last, in one member. */
static bool
says_enough(const struct cs_facts *list, const struct cs_record *r)
{
	return r->time == 0 && list->n == MAX_FACTS_OF_A_NAME &&
	       list->at[(list->seen - 1) % list->room]->member ==
	       r->place.member;
}

/* NULL: the source finds nothing there. */
static struct cs_fact *
add_fact(struct cs_case *c, const struct cs_source *s, const struct cs_record *r,
         cs_text raw)
{
	cs_arena *scratch = &c->scan->scratch;
	cs_text value;
	struct cs_fact *f;

	if (s->fact->off || says_enough(&c->facts[s->fact->index], r))
		return NULL;
	if (s->pattern) {
		enum cs_match m = cs_pattern_find(s->pattern, raw, &raw);

		cs_case_matched(c, m, r->place, s->fact, raw.len);
		if (m != CS_MATCH)
			return NULL;
	}
	value = s->fixed.len ? s->fixed
	      : cs_spell(scratch, c->know, s->fact, s->transform, raw);
	if (value.len == 0)
		return NULL;
	f = new_fact(c, s->fact, value, raw);
	if (!f)
		return NULL;
	f->member = r->place.member;
	f->rank = s->rank;
	/* A time says itself when it was. */
	f->pub.time = r->time;
	if (f->pub.time == 0 && s->fact->type == CS_FACT_TIME)
		cs_time_parse(value, &f->pub.time);
	f->pub.where.offset = r->place.offset;
	f->pub.where.record = r->place.record;
	f->pub.where.line = r->place.line;
	f->pub.doubtful = r->doubtful ||
	                  r->place.member->state == CABSCAN_MEMBER_SALVAGED;
	f->pub.side = r->place.member->side;
	f->pub.where.member = r->place.member->name.at;
	return keep(c, f) ? f : NULL;
}

/* Text that is no UTF-8 is shown mended, and kept as it is. */
static void
add_value(struct cs_case *c, const struct cs_source *s, const struct cs_record *r,
          const struct cs_value *v)
{
	cs_text text = text_of(c, v);
	cs_text found = { (const char *)v->raw.at, v->raw.len };
	struct cs_fact *f = add_fact(c, s, r, text);
	size_t bad = 0;

	if (!f || (v->type != CS_UTF8 && v->type != CS_ANSI))
		return;
	if (found.len > MAX_FACT_CHARS)
		found.len = MAX_FACT_CHARS;
	cs_clean_utf8(&c->scan->scratch, found, &bad);
	if (bad == 0)
		return;
	f->pub.bytes = cs_keep(&c->scan->arena, found);
	f->pub.n_bytes = f->pub.bytes ? found.len : 0;
}

/* ---- events -------------------------------------------------------------- */

/* The seconds between two times; nothing where one of them is no time. */
static bool
seconds_between(struct cs_case *c, const struct cs_source *s,
                const struct cs_record *r, char ret[24])
{
	const struct cs_value *a = event_value(r, s->field);
	const struct cs_value *b = event_value(r, s->minus);
	uint64_t x, y;

	if (!a || !b || !cs_any_time(text_of(c, a), &x) ||
	    !cs_any_time(text_of(c, b), &y))
		return false;
	snprintf(ret, 24, "%llu",
	         (unsigned long long)((x > y ? x - y : y - x) / CS_SECOND));
	return true;
}

static void
event_source(struct cs_case *c, const struct cs_source *s,
             const struct cs_record *r)
{
	const struct cs_value *v;
	char seconds[24];

	if (!filters_pass(c, s, r))
		return;
	if (s->minus.len) {
		if (seconds_between(c, s, r, seconds))
			add_fact(c, s, r, cs_text_of(seconds));
	} else if (s->with_message) {
		if (r->message.len)
			add_fact(c, s, r, r->message);
	} else if (s->field.len) {
		v = event_value(r, s->field);
		if (v)
			add_value(c, s, r, v);
	} else if (s->pattern) {
		for (size_t i = 0; i < r->n_values; i++)
			add_value(c, s, r, &r->values[i]);
	} else {
		add_fact(c, s, r, CS_TEXT("true"));
	}
}

/* The name is that of the event before, nearly always. */
static void
note_computer(struct cs_case *c, cs_text name)
{
	for (size_t i = c->n_computers; i-- > 0; )
		if (cs_same(c->computers[i], name))
			return;
	if (name.len == 0 || c->n_computers == MAX_COMPUTERS)
		return;
	name.at = cs_keep(&c->scan->arena, name);
	if (name.at)
		c->computers[c->n_computers++] = name;
}

static void
collect_event(struct cs_case *c, const struct cs_record *r)
{
	const struct cs_provider *p;
	const struct cs_event_def *e;

	note_computer(c, r->system->computer);
	cs_case_audit_event(c, r->system->channel, r->place.member,
	                    r->place.record, r->time);
	p = cs_know_provider(c->know, r->system->provider);
	e = p ? cs_know_event(p, r->system->id) : NULL;
	if (!e)
		return;
	for (const struct cs_source *s = e->sources; s; s = s->next_same)
		event_source(c, s, r);
	cs_case_moment(c, r, p, e);
}

/* Of an event that the knowledge does not name, the audit needs no more than
 * what can be seen before it is decoded.  Most events of most logs are such. */
static bool
wants_event(struct cs_sink *sink, const struct cs_glance *g)
{
	struct cs_case *c = ((struct cs_collector *)sink)->c;
	const struct cs_provider *p;

	if (!g->provider.at || !g->channel.at || !g->computer.at || !g->time)
		return true;
	p = cs_know_provider(c->know, g->provider);
	if (p && cs_know_event(p, g->id))
		return true;
	note_computer(c, g->computer);
	cs_case_audit_event(c, g->channel, g->member, g->record, g->time);
	return false;
}

/* ---- everything else ----------------------------------------------------- */

static cs_text
member_base(const struct cs_record *r)
{
	return cs_base_name(r->place.member->name);
}

/* The sources that a line of this member and output may speak to: the same as
 * of the line before, nearly always. */
static void
listen_to(struct cs_case *c, const struct cs_record *r)
{
	struct cs_listening *l = &c->listening;
	cs_text base = member_base(r);
	size_t n = 0;

	if (l->member.at == base.at && l->output.at == r->output.at)
		return;
	for (const struct cs_source *s = c->know->lines; s && !l->at;
	     s = s->next_same)
		n++;
	if (!l->at)
		l->at = cs_alloc_n(&c->scan->arena, n, sizeof(*l->at));
	l->member = base;
	l->output = r->output;
	l->n = 0;
	for (const struct cs_source *s = c->know->lines; s && l->at;
	     s = s->next_same)
		if (cs_glob(s->member, base) ||
		    (r->output.len > 0 && cs_glob(s->member, r->output)))
			l->at[l->n++] = s;
}

static void
collect_line(struct cs_case *c, const struct cs_record *r)
{
	bool has_label = r->n_values > 1;

	listen_to(c, r);
	for (size_t i = 0; i < c->listening.n; i++) {
		const struct cs_source *s = c->listening.at[i];

		if ((s->field.len &&
		     !(has_label && cs_same_caseless(r->values[1].name, s->field))) ||
		    (s->heading.len && !cs_glob(s->heading, r->name)) ||
		    !filters_pass(c, s, r))
			continue;
		add_value(c, s, r, &r->values[s->field.len > 0]);
	}
}

/* 'glob' matches the whole name, or its end behind a separator. */
static bool
name_matches(cs_text glob, cs_text name)
{
	size_t i = name.len;

	if (cs_glob(glob, name))
		return true;
	while (i-- > 0)
		if ((name.at[i] == '\\' || name.at[i] == '/') &&
		    cs_glob(glob, (cs_text){ name.at + i + 1, name.len - i - 1 }))
			return true;
	return false;
}

static void
collect_named(struct cs_case *c, const struct cs_record *r,
              const struct cs_source *sources)
{
	for (const struct cs_source *s = sources; s; s = s->next_same) {
		if (!name_matches(s->member, r->name) || !filters_pass(c, s, r))
			continue;
		for (size_t i = 0; i < r->n_values; i++)
			if (cs_glob(s->field, r->values[i].name))
				add_value(c, s, r, &r->values[i]);
	}
}

static void
take(struct cs_sink *sink, const struct cs_record *r)
{
	struct cs_case *c = ((struct cs_collector *)sink)->c;

	switch (r->kind) {
	case CS_EVENT:
		collect_event(c, r);
		break;
	case CS_LINE:
		collect_line(c, r);
		break;
	case CS_KEY:
		collect_named(c, r, c->know->keys);
		break;
	case CS_JSON:
		collect_named(c, r, c->know->jsons);
		break;
	case CS_XML:
		collect_named(c, r, c->know->xmls);
		break;
	case CS_ROW:
		collect_named(c, r, c->know->rows);
		break;
	}
}

struct cs_collector
cs_case_collector(struct cs_case *c)
{
	static const struct cs_wish wish = { .wants = wants_event };

	return (struct cs_collector){ { take, &wish }, c };
}

struct cs_fact *
cs_case_conclude(struct cs_case *c, const struct cs_fact_def *def, cs_text value,
                 struct cs_fact *const *because, size_t n)
{
	cs_arena *a = &c->scan->arena;
	struct cs_fact *f = new_fact(c, def, value, value);

	if (!f)
		return NULL;
	f->pub.derived = 1;
	f->pub.where.member = "";
	f->because = cs_alloc_n(a, n, sizeof(*f->because));
	if (n && !f->because)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		f->because[i] = because[i];
		f->pub.doubtful |= because[i]->pub.doubtful;
		f->pub.side |= because[i]->pub.side;
	}
	f->n_because = n;
	if (n > 0) {
		f->member = because[0]->member;
		f->pub.time = because[0]->pub.time;
		f->pub.where = because[0]->pub.where;
	}
	return keep(c, f) ? f : NULL;
}
