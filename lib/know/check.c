/* check.c - names that may be used before they are declared */
#include "know/know.h"

#include <stdio.h>

static cabscan_status
wrong(cabscan_error *err, const char *file, unsigned line, const char *what,
      cs_text name)
{
	if (err) {
		err->status = CABSCAN_EKNOWLEDGE;
		snprintf(err->message, sizeof(err->message), "%s:%u: %s: %.*s",
		         file, line, what, (int)(name.len < 80 ? name.len : 80),
		         name.at);
	}
	return CABSCAN_EKNOWLEDGE;
}

static bool
is_step(const struct cs_know *k, cs_text name)
{
	for (const struct cs_step_def *s = k->steps; s; s = s->next)
		if (cs_same(s->name, name))
			return true;
	return false;
}

static cabscan_status
check_conditions(const struct cs_know *k, const struct cs_condition *list,
                 cabscan_error *err)
{
	for (const struct cs_condition *q = list; q; q = q->next)
		if (q->op == CS_MEANS && !cs_map_get(&k->causes_by_name, q->value))
			return wrong(err, q->file, q->line, "no such cause",
			             q->value);
	return CABSCAN_OK;
}

static cabscan_status
check_cause(const struct cs_know *k, const struct cs_cause *c, cabscan_error *err)
{
	for (const struct cs_word *w = c->steps; w; w = w->next)
		if (!is_step(k, w->text))
			return wrong(err, w->file, w->line, "no such step", w->text);
	for (const struct cs_rule *r = c->rules; r; r = r->next)
		if (check_conditions(k, r->conditions, err) != CABSCAN_OK)
			return CABSCAN_EKNOWLEDGE;
	return CABSCAN_OK;
}

static cabscan_status
check_class(const struct cs_know *k, const struct cs_class *c, cabscan_error *err)
{
	if (c->cause.len == 0 || cs_map_get(&k->causes_by_name, c->cause))
		return CABSCAN_OK;
	return wrong(err, c->file, c->line, "no such cause", c->cause);
}

cabscan_status
cs_know_check(const struct cs_know *k, cabscan_error *err)
{
	cabscan_status status = CABSCAN_OK;

	for (size_t i = 0; i < k->classes.size && status == CABSCAN_OK; i++)
		if (k->classes.slots[i].value)
			status = check_class(k, k->classes.slots[i].value, err);
	for (const struct cs_message *m = k->messages; m && status == CABSCAN_OK;
	     m = m->next)
		if (m->match.len == 0)
			status = wrong(err, m->file, m->line,
			               "a message without match", m->name);
	for (const struct cs_cause *c = k->causes; c && status == CABSCAN_OK;
	     c = c->next)
		status = check_cause(k, c, err);
	return status;
}
