/*
 * steps.c - what to do, in this order
 *
 * Missing logs come first, then copying them off the device, then what the
 * cause asks for: nothing may be reset before the evidence is safe.  Of a
 * certain cause the evidence is here: what is missing comes before a step that
 * destroys something, or that sends everything to the maker.
 */
#include "judge/judge.h"

static cabscan_step *
new_step(struct cs_judgement *j)
{
	cabscan_step *s = j->n_steps < MAX_STEPS ? &j->steps[j->n_steps++] : NULL;

	if (s)
		s->who = s->risk = s->takes = s->ends = "";
	return s;
}

/* ---- collecting first ---------------------------------------------------- */

/* Whether one of the lines is that one. */
static bool
has_line(cs_text lines, cs_text line)
{
	while (lines.len > 0)
		if (cs_same(cs_cut(&lines, '\n'), line))
			return true;
	return false;
}

/* Every line of every command once, in order: artefacts share commands, and
 * commands share the line that makes the directory. */
static const char *
all_commands(struct cs_case *c)
{
	size_t room = 1, len = 0;
	char *out;

	for (size_t i = 0; i < c->n_missing; i++)
		room += strlen(c->missing[i].command) + 1;
	out = cs_alloc(&c->scan->arena, room);
	for (size_t i = 0; out && i < c->n_missing; i++) {
		cs_text rest = cs_text_of(c->missing[i].command);

		while (rest.len > 0) {
			cs_text line = cs_cut(&rest, '\n');

			if (has_line((cs_text){ out, len }, line))
				continue;
			if (len > 0)
				out[len++] = '\n';
			memcpy(out + len, line.at, line.len);
			len += line.len;
		}
	}
	return out;
}

static const char *
what_is_missing(struct cs_case *c, cs_text lead)
{
	size_t len, room = lead.len + 2;
	char *out;

	for (size_t k = 0; k < c->n_missing; k++)
		room += strlen(c->missing[k].what) + 2;
	out = cs_alloc(&c->scan->arena, room);
	if (!out)
		return NULL;
	if (lead.len > 0)
		memcpy(out, lead.at, lead.len);
	len = lead.len;
	for (size_t k = 0; k < c->n_missing; k++) {
		size_t n = strlen(c->missing[k].what);

		if (k > 0)
			out[len++] = ';';
		out[len++] = ' ';
		memcpy(out + len, c->missing[k].what, n);
		len += n;
	}
	out[len] = '.';
	return out;
}

static bool
keep_words(struct cs_case *c, const struct cs_step_def *d, cabscan_step *s)
{
	cs_arena *a = &c->scan->arena;

	s->who = cs_keep(a, d->who);
	s->risk = cs_keep(a, d->risk);
	s->takes = cs_keep(a, d->takes);
	s->ends = cs_keep(a, d->ends);
	return s->who && s->risk && s->takes && s->ends;
}

/* The first variant whose conditions hold; NULL: none does. */
static const struct cs_step_def *
step_named(struct cs_case *c, cs_text name)
{
	for (const struct cs_step_def *d = c->know->steps; d; d = d->next) {
		bool holds = !d->off && cs_same(d->name, name);

		for (const struct cs_condition *q = d->conditions; holds && q;
		     q = q->next) {
			struct cs_fact *facts[1];
			size_t n;

			holds = cs_case_holds(c, q, facts, 1, &n);
		}
		if (holds)
			return d;
	}
	return NULL;
}

static bool
add_step(struct cs_case *c, struct cs_judgement *j, const struct cs_step_def *d)
{
	cabscan_step *s = d ? new_step(j) : NULL;

	if (!s)
		return true;
	s->text = cs_case_fill(c, d->text, false);
	s->command = d->command.len ? cs_case_fill(c, d->command, true) : NULL;
	return s->text && (s->command || d->command.len == 0) &&
	       keep_words(c, d, s);
}

static bool
collect_steps(struct cs_case *c, struct cs_judgement *j)
{
	const struct cs_step_def *d = step_named(c, CS_TEXT("collect"));
	cabscan_step *s = d && c->n_missing > 0 ? new_step(j) : NULL;

	if (!s)
		return true;
	s->text = what_is_missing(c, d->text);
	s->command = all_commands(c);
	return s->text && s->command && keep_words(c, d, s) &&
	       add_step(c, j, step_named(c, CS_TEXT("copy-off")));
}

/* Whether what is not collected by then is lost, or missed. */
static bool
wants_evidence(const struct cs_step_def *d)
{
	return cs_starts_caseless(d->risk, CS_TEXT("high")) ||
	       cs_same(d->who, CS_TEXT("maker"));
}

bool
cs_judge_steps(struct cs_case *c, const struct cs_cause *cause,
               struct cs_judgement *j)
{
	bool certain = j->verdict.confidence == CABSCAN_CERTAIN;
	bool collect = cause->collect_first;

	j->steps = cs_alloc_n(&c->scan->arena, MAX_STEPS, sizeof(*j->steps));
	if (!j->steps)
		return false;
	for (const struct cs_word *w = cause->steps; w; w = w->next) {
		const struct cs_step_def *d = step_named(c, w->text);

		if (collect && (!certain || (d && wants_evidence(d)))) {
			if (!collect_steps(c, j))
				return false;
			collect = false;
		}
		if (cs_same(w->text, CS_TEXT("collect")) ? !collect_steps(c, j)
		    : !add_step(c, j, d))
			return false;
	}
	return true;
}
