/* load_words.c - stanzas that say what words mean */
#include "know/load.h"

/* The object of that name, or a new one of 'size' bytes. */
static void *
named(struct loader *l, cs_map *map, cs_text name, size_t size, bool *ret_new)
{
	void *object = cs_map_get(map, name);

	*ret_new = !object;
	if (!object) {
		object = cs_alloc(l->arena, size);
		if (!object || !cs_map_set(l->arena, map, name, object)) {
			out_of_memory(l);
			return NULL;
		}
	}
	l->object = object;
	return object;
}

static bool
set_class(struct loader *l, cs_text name, const struct cs_class **ret)
{
	*ret = cs_map_get(&l->know->classes, name);
	return *ret || mistake(l, "no such class", name);
}

/* ---- class --------------------------------------------------------------- */

static bool
begin_class(struct loader *l, cs_text name, cs_text rest)
{
	bool fresh;
	struct cs_class *c = named(l, &l->know->classes, name, sizeof(*c), &fresh);

	if (rest.len > 0)
		return mistake(l, "a class has a name only, not", rest);
	if (c)
		*c = (struct cs_class){ .name = name, .cause = { "", 0 },
		                        .file = l->file, .line = l->line };
	return c;
}

static bool
class_entry(struct loader *l, cs_text key, cs_text rest)
{
	struct cs_class *c = l->object;

	if (!cs_same(key, CS_TEXT("cause")))
		return mistake(l, "a class has no", key);
	c->cause = cs_same(rest, CS_TEXT("none")) ? CS_TEXT("") : rest;
	return true;
}

/* ---- code ---------------------------------------------------------------- */

static bool
begin_code(struct loader *l, cs_text name, cs_text rest)
{
	uint64_t value;
	bool fresh;
	struct cs_code *c;
	char key[16];

	if (!cs_number(name, &value) || value > UINT32_MAX)
		return mistake(l, "not a code of 32 bits", name);
	cs_know_code_key((uint32_t)value, key);
	c = named(l, &l->know->codes, cs_keep_text(l->arena, cs_text_of(key)),
	          sizeof(*c), &fresh);
	if (!c)
		return false;
	*c = (struct cs_code){ .value = (uint32_t)value, .symbol = rest };
	return true;
}

static bool
code_entry(struct loader *l, cs_text key, cs_text rest)
{
	struct cs_code *c = l->object;

	if (cs_same(key, CS_TEXT("says")))
		c->says = rest;
	else if (cs_same(key, CS_TEXT("fix")))
		c->fix = rest;
	else if (cs_same(key, CS_TEXT("class")))
		return set_class(l, rest, &c->class);
	else if (!cs_same(key, CS_TEXT("from")) &&      /* for readers */
	         !cs_same(key, CS_TEXT("transient")) &&
	         !cs_same(key, CS_TEXT("also")))
		return mistake(l, "a code has no", key);
	return true;
}

/* ---- service, message ---------------------------------------------------- */

static bool
begin_service(struct loader *l, cs_text name, cs_text rest)
{
	bool fresh;
	struct cs_service *s;

	s = named(l, &l->know->services, name, sizeof(*s), &fresh);
	if (s)
		*s = (struct cs_service){ .number = name, .symbol = rest };
	return s;
}

static bool
service_entry(struct loader *l, cs_text key, cs_text rest)
{
	struct cs_service *s = l->object;

	if (cs_same(key, CS_TEXT("says")))
		s->says = rest;
	else if (cs_same(key, CS_TEXT("class")))
		return set_class(l, rest, &s->class);
	else
		return mistake(l, "a service code has no", key);
	return true;
}

static bool
begin_message(struct loader *l, cs_text name, cs_text rest)
{
	struct cs_message *m, **end = &l->know->messages;

	if (rest.len > 0)
		return mistake(l, "a message has a name only, not", rest);
	while (*end && !cs_same((*end)->name, name))
		end = &(*end)->next;
	m = *end;
	if (!m) {
		m = cs_alloc(l->arena, sizeof(*m));
		if (!m)
			return out_of_memory(l);
		*end = m;
	}
	*m = (struct cs_message){ .next = m->next, .name = name,
	                          .file = l->file, .line = l->line };
	l->object = m;
	return true;
}

static bool
message_entry(struct loader *l, cs_text key, cs_text rest)
{
	struct cs_message *m = l->object;

	if (cs_same(key, CS_TEXT("match")))
		m->match = rest;
	else if (cs_same(key, CS_TEXT("says")))
		m->says = rest;
	else if (cs_same(key, CS_TEXT("class")))
		return set_class(l, rest, &m->class);
	else if (!cs_same(key, CS_TEXT("where")))       /* for readers */
		return mistake(l, "a message has no", key);
	return true;
}

/* ---- vendor -------------------------------------------------------------- */

static bool
begin_vendor(struct loader *l, cs_text name, cs_text rest)
{
	bool fresh;
	struct cs_vendor *v = named(l, &l->know->vendors, name, sizeof(*v), &fresh);

	if (rest.len > 0)
		return mistake(l, "a vendor has a name only, not", rest);
	if (v)
		*v = (struct cs_vendor){ .id = name };
	return v;
}

static bool
vendor_firmware(struct loader *l, struct cs_vendor *v, cs_text rest)
{
	struct cs_vendor_firmware **end = &v->firmware;
	struct cs_vendor_firmware *f = cs_alloc(l->arena, sizeof(*f));

	if (!f)
		return out_of_memory(l);
	if (!want_word(l, &rest, "a range of versions", &f->range) ||
	    !want_word(l, &rest, "a word for them", &f->word))
		return false;
	f->says = cs_trim(rest);
	while (*end)
		end = &(*end)->next;
	*end = f;
	return true;
}

static bool
vendor_entry(struct loader *l, cs_text key, cs_text rest)
{
	uint64_t number;

	if (cs_same(key, CS_TEXT("firmware")))
		return vendor_firmware(l, l->object, rest);
	if (cs_same(key, CS_TEXT("id")))
		return (cs_number(rest, &number) && number <= UINT32_MAX) ||
		       mistake(l, "not an id of 32 bits", rest);
	return cs_same(key, CS_TEXT("name")) ||         /* for readers */
	       cs_same(key, CS_TEXT("kind")) ||
	       mistake(l, "a vendor has no", key);
}

/* ---- provider, event, map ------------------------------------------------ */

static bool
begin_provider(struct loader *l, cs_text name, cs_text rest)
{
	struct cs_map *map = &l->know->providers;
	struct cs_provider *p;
	bool fresh;

	if (rest.len == 0)
		return mistake(l, "missing here", CS_TEXT("the full name"));
	p = named(l, map, name, sizeof(*p), &fresh);
	if (!p)
		return false;
	p->name = name;
	p->full = rest;
	return cs_map_set(l->arena, map, rest, p) || out_of_memory(l);
}

static bool
provider_entry(struct loader *l, cs_text key, cs_text rest)
{
	struct cs_provider *p = l->object;

	if (cs_same(key, CS_TEXT("also")))
		return cs_map_set(l->arena, &l->know->providers, rest, p) ||
		       out_of_memory(l);
	if (cs_same(key, CS_TEXT("guid")) || cs_same(key, CS_TEXT("channel")))
		return true;                            /* for readers */
	return mistake(l, "a provider has no", key);
}

static bool
begin_event(struct loader *l, cs_text name, cs_text rest)
{
	struct cs_provider *p = cs_map_get(&l->know->providers, name);
	struct cs_event_def *e;
	uint64_t id;
	bool fresh;

	if (!p)
		return mistake(l, "no such provider", name);
	if (!cs_number(rest, &id))
		return mistake(l, "not an event id", rest);
	e = named(l, &p->events, rest, sizeof(*e), &fresh);
	if (!e)
		return false;
	*e = (struct cs_event_def){ .id = rest, .sources = e->sources };
	return true;
}

static bool
event_map(struct loader *l, struct cs_event_def *e, cs_text rest)
{
	struct cs_field_map *m = cs_alloc(l->arena, sizeof(*m));

	if (!m)
		return out_of_memory(l);
	m->field = cs_word(&rest);
	m->map = cs_map_get(&l->know->value_maps, rest);
	if (!m->map)
		return mistake(l, "no such map", rest);
	m->next = e->maps;
	e->maps = m;
	return true;
}

static bool
event_entry(struct loader *l, cs_text key, cs_text rest)
{
	struct cs_event_def *e = l->object;

	if (cs_same(key, CS_TEXT("says")))
		e->says = rest;
	else if (cs_same(key, CS_TEXT("for")))
		e->noise = cs_has_caseless(rest, CS_TEXT("noise"));
	else if (cs_same(key, CS_TEXT("map")))
		return event_map(l, e, rest);
	else if (!cs_same(key, CS_TEXT("level")) &&     /* for readers */
	         !cs_same(key, CS_TEXT("fields")) &&
	         !cs_same(key, CS_TEXT("builds")))
		return mistake(l, "an event has no", key);
	return true;
}

static bool
begin_map(struct loader *l, cs_text name, cs_text rest)
{
	struct cs_value_map *m;
	bool fresh;

	if (rest.len > 0)
		return mistake(l, "a map has a name only, not", rest);
	m = named(l, &l->know->value_maps, name, sizeof(*m), &fresh);
	if (m)
		*m = (struct cs_value_map){ .name = name };
	return m;
}

static bool
map_entry(struct loader *l, cs_text key, cs_text rest)
{
	struct cs_value_map *m = l->object;
	struct cs_map_entry *e;
	uint64_t number;

	if (cs_same(key, CS_TEXT("inferred")))          /* for readers */
		return true;
	if (!cs_number(key, &number))
		return mistake(l, "not a number", key);
	e = cs_alloc(l->arena, sizeof(*e));
	if (!e)
		return out_of_memory(l);
	*e = (struct cs_map_entry){ m->entries, key, rest };
	m->entries = e;
	return true;
}

const struct stanza word_stanzas[] = {
	{ "class", begin_class, class_entry },
	{ "code", begin_code, code_entry },
	{ "service", begin_service, service_entry },
	{ "message", begin_message, message_entry },
	{ "vendor", begin_vendor, vendor_entry },
	{ "provider", begin_provider, provider_entry },
	{ "event", begin_event, event_entry },
	{ "map", begin_map, map_entry },
	{ NULL, NULL, NULL },
};
