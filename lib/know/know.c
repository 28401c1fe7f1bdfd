/* know.c - looking things up in what was loaded */
#include "know/know.h"

#include <stdio.h>

struct cs_fact_def *
cs_know_fact(const struct cs_know *k, cs_text name)
{
	return cs_map_get(&k->facts_by_name, name);
}

void
cs_know_code_key(uint32_t value, char ret[16])
{
	snprintf(ret, 16, "0x%08x", value);
}

const struct cs_code *
cs_know_code(const struct cs_know *k, uint32_t value)
{
	const struct cs_code *c;
	char key[16];

	cs_know_code_key(value, key);
	c = cs_map_get(&k->codes, cs_text_of(key));
	return c && !c->off ? c : NULL;
}

const struct cs_service *
cs_know_service(const struct cs_know *k, cs_text number)
{
	const struct cs_service *s = cs_map_get(&k->services, number);

	return s && !s->off ? s : NULL;
}

const struct cs_provider *
cs_know_provider(const struct cs_know *k, cs_text full)
{
	return cs_map_get(&k->providers, full);
}

const struct cs_event_def *
cs_know_event(const struct cs_provider *p, uint32_t id)
{
	char key[16];

	snprintf(key, sizeof(key), "%u", id);
	return cs_map_get(&p->events, cs_text_of(key));
}

const struct cs_message *
cs_know_message(const struct cs_know *k, cs_text text)
{
	for (const struct cs_message *m = k->messages; m; m = m->next)
		if (!m->off && cs_has_caseless(text, m->match))
			return m;
	return NULL;
}

const struct cs_vendor *
cs_know_vendor(const struct cs_know *k, cs_text id)
{
	return cs_map_get(&k->vendors, id);
}

cs_text
cs_know_mapped(const struct cs_event_def *e, cs_text field, cs_text number)
{
	const struct cs_field_map *m = e->maps;

	while (m && !cs_same_caseless(m->field, field))
		m = m->next;
	for (const struct cs_map_entry *n = m ? m->map->entries : NULL; n;
	     n = n->next)
		if (cs_same(n->number, number))
			return n->says;
	return (cs_text){ "", 0 };
}
