/* text.c - one screen: the answer first, then why, then what to do */
#include "report/lines.h"

#include <stdio.h>
#include <string.h>

#define LABEL 16        /* columns of the ticket's labels */
#define MAX_TRIES 3

/* A command is one line or several; each can be pasted alone. */
static void
command(struct cs_out *o, const char *lines)
{
	while (*lines) {
		size_t n = strcspn(lines, "\n");

		cs_blanks(o, 6);
		cs_plain_span(o, lines, n);
		cs_out(o, "\n");
		lines += n + (lines[n] == '\n');
	}
}

/* How the newest tries went: an unknown cause still has a known failure. */
static void
attempts(struct cs_out *o, const cabscan_case *c)
{
	const cabscan_attempt *a;
	char line[200];
	size_t n = 0;

	while (cabscan_attempt_at(c, n))
		n++;
	if (n == 0)
		return;
	cs_heading(o, "Tries to attest");
	if (n > MAX_TRIES) {
		snprintf(line, sizeof(line), "  %zu, of which the newest are:\n", n);
		cs_out(o, line);
	}
	for (size_t i = n > MAX_TRIES ? n - MAX_TRIES : 0; i < n; i++) {
		a = cabscan_attempt_at(c, i);
		cs_blanks(o, 2);
		cs_out_second(o, a->started);
		cs_out(o, " to ");
		cs_out_second(o, a->ended);
		snprintf(line, sizeof(line), "  %s%s%s\n", a->outcome,
		         a->error ? " with " : "", a->error ? a->error : "");
		cs_out(o, line);
	}
}

/* Without a cause, what the last try left is all there is. */
static void
left_behind(struct cs_out *o, const cabscan_case *c)
{
	static const char *const names[] = {
		"attestation.error", "attestation.check_error",
		"attestation.gave_up", "attestation.client_text",
		"attestation.client_state", "attestation.server_state",
		"attestation.page_error", "aik.error", "enroll.error", "join.error",
		"health.status",
	};
	const cabscan_fact *list[sizeof(names) / sizeof(names[0])];
	const cabscan_attempt *a, *last = NULL, *previous = NULL;
	size_t n = 0;

	if (cabscan_case_verdict(c)->confidence != CABSCAN_NONE)
		return;
	for (size_t i = 0; (a = cabscan_attempt_at(c, i)) != NULL; i++) {
		previous = last;
		last = a;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		list[n] = cabscan_fact_named(c, names[i], 0);
		n += list[n] && (list[n]->time == 0 || !previous ||
		                 list[n]->time > previous->ended);
	}
	if (n == 0)
		return;
	cs_heading(o, "What the logs say");
	cs_fact_lines(o, list, n, "  . ");
}

static void
verdict(struct cs_out *o, const cabscan_case *c)
{
	const cabscan_verdict *v = cabscan_case_verdict(c);
	char line[700];

	cs_out_plain(o, cabscan_case_source(c));
	cs_out(o, "\n\n");
	if (v->confidence == CABSCAN_NONE)
		snprintf(line, sizeof(line), "%s [%s]", v->title, v->cause);
	else
		snprintf(line, sizeof(line), "%s [%s, %s]", v->title, v->cause,
		         cabscan_confidence_name(v->confidence));
	cs_out(o, "  ");
	cs_wrap(o, line, 2);
	cs_out(o, "  ");
	cs_wrap(o, v->summary, 2);
}

static void
others(struct cs_out *o, const cabscan_case *c)
{
	size_t first = cabscan_case_verdict(c)->finding != NULL;
	const cabscan_finding *f;
	char line[600];

	if (!cabscan_finding_at(c, first))
		return;
	cs_heading(o, first ? "Also found" : "Not excluded");
	for (size_t i = first; (f = cabscan_finding_at(c, i)) != NULL; i++) {
		const cabscan_fact *e = f->n_evidence ? f->evidence[0] : NULL;

		snprintf(line, sizeof(line), "%s [%s, %s]%s%s%s%.*s", f->title,
		         f->cause, cabscan_confidence_name(f->confidence),
		         e ? ": " : "", e ? e->title : "", e ? " " : "",
		         e ? cs_fit(e->value, 200) : 0, e ? e->value : "");
		cs_out(o, "  ~ ");
		cs_wrap(o, line, 4);
	}
}

/* Without a verdict, what came nearest to one is worth a look; what is excluded
 * did not come near. */
static void
near_misses(struct cs_out *o, const cabscan_case *c)
{
	const cabscan_why_not *w;
	char line[900];
	int n = 0;

	if (cabscan_case_verdict(c)->finding)
		return;
	for (size_t i = 0; (w = cabscan_why_not_at(c, i)) != NULL; i++) {
		if (w->n_met == 0 || w->excluded)
			continue;
		if (n++ == 0)
			cs_heading(o, "Came near");
		snprintf(line, sizeof(line), "%s [%s]: %s is %.*s, needed %s",
		         w->title, w->cause, w->lack.title,
		         w->lack.found ? cs_fit(w->lack.found, 200) : 9,
		         w->lack.found ? w->lack.found : "not known",
		         *w->lack.needed ? w->lack.needed : "a value");
		cs_out(o, "  ~ ");
		cs_wrap(o, line, 4);
	}
}

/* ---- what to do ---------------------------------------------------------- */

/* Who does it, and what to expect. */
static void
terms(struct cs_out *o, const cabscan_step *s)
{
	int risky = *s->risk && strcmp(s->risk, "none") != 0;
	char line[1000];

	if (!*s->who)
		return;
	snprintf(line, sizeof(line), "(%s, %s%s%s; done when %s)", s->who, s->takes,
	         risky ? "; risk " : "", risky ? s->risk : "", s->ends);
	cs_blanks(o, 5);
	cs_wrap(o, line, 5);
}

static void
steps(struct cs_out *o, const cabscan_case *c)
{
	const cabscan_step *s;
	char number[16];

	if (!cabscan_step_at(c, 0))
		return;
	cs_heading(o, "Next steps");
	for (size_t i = 0; (s = cabscan_step_at(c, i)) != NULL; i++) {
		snprintf(number, sizeof(number), "%3zu. ", i + 1);
		cs_out(o, number);
		cs_wrap(o, s->text, 5);
		if (s->command)
			command(o, s->command);
		terms(o, s);
	}
}

static void
label(struct cs_out *o, const char *text)
{
	cs_out(o, "  ");
	cs_out(o, text);
	cs_blanks(o, LABEL > strlen(text) ? LABEL - strlen(text) : 1);
}

static const char *
value_of(const cabscan_case *c, const char *name)
{
	const cabscan_fact *f = cabscan_fact_named(c, name, 0);

	return f ? f->value : "not known";
}

/* The five states on one line: it is read as a whole. */
static void
tpm_state(struct cs_out *o, const cabscan_case *c)
{
	static const struct { const char *text, *fact; } states[] = {
		{ "present", "tpm.present" }, { "enabled", "tpm.enabled" },
		{ "activated", "tpm.activated" }, { "owned", "tpm.owned" },
		{ "ready", "tpm.ready" },
		{ "ready to attest", "tpm.ready_for_attestation" },
	};
	char line[300];
	size_t len = 0;

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		const char *v = value_of(c, states[i].fact);

		len += (size_t)snprintf(line + len, sizeof(line) - len,
		                        "%s%s: %s", i > 0 ? ", " : "",
		                        states[i].text,
		                        strcmp(v, "true") == 0 ? "yes"
		                        : strcmp(v, "false") == 0 ? "no" : "?");
	}
	label(o, "TPM state");
	cs_wrap(o, line, LABEL + 2);
}

/* What an inventory says may be of another day than the CAB. */
static void
inventory_place(struct cs_out *o, const cabscan_case *c, const char *name)
{
	const cabscan_fact *f = cabscan_fact_named(c, name, 0);
	const cabscan_member *m;
	char line[40];

	for (size_t i = 0; f && (m = cabscan_member_at(c, i)) != NULL; i++) {
		if (strcmp(m->kind, "inventory") != 0 ||
		    strcmp(m->name, f->where.member) != 0)
			continue;
		cs_out(o, " (");
		cs_out_plain(o, m->name);
		snprintf(line, sizeof(line), ", line %llu)",
		         (unsigned long long)f->where.line);
		cs_out(o, line);
		return;
	}
}

/* The maker asks whether it happens again. */
static void
repeatable(struct cs_out *o, const cabscan_case *c)
{
	const cabscan_attempt *a;
	size_t failed = 0, n = 0;
	char line[100];

	for (; (a = cabscan_attempt_at(c, n)) != NULL; n++)
		failed += strcmp(a->outcome, "failed") == 0;
	label(o, "Repeatable");
	if (n < 2)
		snprintf(line, sizeof(line), "not known from one CAB\n");
	else
		snprintf(line, sizeof(line), "%zu of %zu tries in this CAB failed\n",
		         failed, n);
	cs_out(o, line);
}

static void
ticket(struct cs_out *o, const cabscan_case *c)
{
	static const struct { const char *text, *fact; } rows[] = {
		{ "Serial", "device.serial" },
		{ "Manufacturer", "device.manufacturer" },
		{ "Model", "device.model" }, { "BIOS", "device.bios" },
		{ "Windows", "windows.build" },
		{ "TPM maker", "tpm.vendor" }, { "TPM firmware", "tpm.firmware" },
		{ "TPM spec", "tpm.spec" },
		{ "Scenario", "autopilot.scenario" },
	};

	cs_heading(o, "For the ticket");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		label(o, rows[i].text);
		cs_out_plain(o, value_of(c, rows[i].fact));
		inventory_place(o, c, rows[i].fact);
		cs_out(o, "\n");
	}
	tpm_state(o, c);
	repeatable(o, c);
}

static int
is_in_steps(const cabscan_case *c, const char *lines)
{
	const char *end = strrchr(lines, '\n');
	const char *last = end ? end + 1 : lines;
	const cabscan_step *s;

	for (size_t i = 0; (s = cabscan_step_at(c, i)) != NULL; i++)
		if (s->command && strstr(s->command, last))
			return 1;
	return 0;
}

/* The lines of a command that none before it had. */
static void
new_lines(struct cs_out *o, const cabscan_case *c, size_t i)
{
	const char *lines = cabscan_missing_at(c, i)->command;

	while (*lines) {
		size_t n = strcspn(lines, "\n");
		char line[300];
		int known = 0;

		snprintf(line, sizeof(line), "%.*s", (int)n, lines);
		for (size_t k = 0; k < i && !known; k++)
			known = strstr(cabscan_missing_at(c, k)->command, line)
			        != NULL;
		if (!known)
			command(o, line);
		lines += n + (lines[n] == '\n');
	}
}

/* What is missing for one reason, as one paragraph. */
static void
missing_because(struct cs_out *o, const cabscan_case *c, const char *why,
                const char *title)
{
	const cabscan_missing *m;
	char text[2000];
	size_t len = 0;

	for (size_t i = 0; (m = cabscan_missing_at(c, i)) != NULL; i++)
		if (strcmp(m->why, why) == 0 && len < sizeof(text))
			len += (size_t)snprintf(text + len, sizeof(text) - len,
			                        "%s%s", len ? "; " : "", m->what);
	if (len == 0)
		return;
	cs_heading(o, title);
	cs_out(o, "  ");
	cs_wrap(o, text, 2);
}

static void
missing(struct cs_out *o, const cabscan_case *c)
{
	const cabscan_missing *m;

	missing_because(o, c, "not-collected", "Not collected");
	missing_because(o, c, "failed", "Its collection failed");
	missing_because(o, c, "damaged", "Damaged");
	for (size_t i = 0; (m = cabscan_missing_at(c, i)) != NULL; i++)
		if (!is_in_steps(c, m->command))
			new_lines(o, c, i);
}

static void
notes(struct cs_out *o, const cabscan_case *c)
{
	const cabscan_note *n;
	char at[40];

	if (!cabscan_note_at(c, 0))
		return;
	cs_heading(o, "Notes");
	for (size_t i = 0; (n = cabscan_note_at(c, i)) != NULL; i++) {
		cs_out(o, "  ");
		if (*n->where.member) {
			cs_out_plain(o, n->where.member);
			snprintf(at, sizeof(at), " at %llu: ",
			         (unsigned long long)n->where.offset);
			cs_out(o, at);
		}
		cs_out_plain(o, n->text);
		cs_out(o, "\n");
	}
}

static void
knowledge(struct cs_out *o, const cabscan_case *c)
{
	const char *look_at = cabscan_case_look_at(c);
	char line[600];

	if (!*cabscan_case_knowledge_date(c))
		return;
	snprintf(line, sizeof(line), "Judged with knowledge of %s%s%.400s.",
	         cabscan_case_knowledge_date(c),
	         *look_at ? ", which is more than 180 days old: see what is new "
	                    "at " : "", look_at);
	cs_out(o, "\n");
	cs_wrap(o, line, 0);
}

void
cs_report_text(const cabscan_case *c, struct cs_out *o)
{
	const cabscan_finding *f = cabscan_case_verdict(c)->finding;

	verdict(o, c);
	if (f)
		cs_both_sides(o, f);
	attempts(o, c);
	left_behind(o, c);
	others(o, c);
	near_misses(o, c);
	steps(o, c);
	ticket(o, c);
	missing(o, c);
	notes(o, c);
	knowledge(o, c);
}
