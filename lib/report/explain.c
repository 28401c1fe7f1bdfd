/* explain.c - what is known of one code, event, cause, ... for people */
#include "report/lines.h"

#include <stdio.h>
#include <string.h>

#define MAX_VALUE 1000

struct explainer {
	struct cs_out out;
	const cabscan_knowledge *k;
};

/* ---- entries ------------------------------------------------------------- */

/* The last one: of a step's variants the one for every device. */
static const cabscan_entry *
entry_named(const struct explainer *x, const char *kind, const char *name)
{
	const cabscan_entry *e, *found = NULL;

	for (size_t i = 0; (e = cabscan_entry_at(x->k, i)) != NULL; i++)
		if (e->state == CABSCAN_ENTRY_IN_FORCE &&
		    strcmp(e->kind, kind) == 0 && strcmp(e->name, name) == 0)
			found = e;
	return found;
}

/* One line of a body: a key, and what follows it. */
struct line {
	char key[40];
	char value[MAX_VALUE];
};

static int
next_line(const char **body, struct line *l)
{
	size_t len = strcspn(*body, "\n"), key = strcspn(*body, " \t\n");
	size_t gap = key + strspn(*body + key, " \t");

	if (len == 0)
		return 0;
	snprintf(l->key, sizeof(l->key), "%.*s", (int)(key < 39 ? key : 39), *body);
	snprintf(l->value, sizeof(l->value), "%.*s",
	         (int)(len > gap ? len - gap : 0), *body + (gap < len ? gap : len));
	*body += len + ((*body)[len] == '\n');
	return 1;
}

/* The first line of that key; "": there is none. */
static const char *
value_of(const cabscan_entry *e, const char *key, struct line *l)
{
	const char *body = e ? e->body : "";

	while (next_line(&body, l))
		if (strcmp(l->key, key) == 0)
			return l->value;
	return "";
}

/* ---- lines of output ----------------------------------------------------- */

static void
wrapped(struct explainer *x, size_t indent, const char *text)
{
	cs_blanks(&x->out, indent);
	cs_wrap(&x->out, text, indent);
}

static void
field(struct explainer *x, const char *label, const char *text)
{
	char line[MAX_VALUE + 60];

	if (!*text)
		return;
	snprintf(line, sizeof(line), "%s: %s", label, text);
	wrapped(x, 2, line);
}

static void
field_of(struct explainer *x, const cabscan_entry *e, const char *label,
         const char *key)
{
	struct line l;

	field(x, label, value_of(e, key, &l));
}

static void
sources(struct explainer *x, const cabscan_entry *e)
{
	const char *names = e->sources;
	char line[2 * MAX_VALUE];
	struct line title, where;

	while (*names) {
		char name[40];
		const cabscan_entry *s;
		size_t n = strcspn(names, " ");

		snprintf(name, sizeof(name), "%.*s", (int)(n < 39 ? n : 39), names);
		s = entry_named(x, "source", name);
		snprintf(line, sizeof(line), "source: %.900s [%s] %.500s",
		         value_of(s, "title", &title), name,
		         value_of(s, "where", &where));
		wrapped(x, 2, line);
		names += n + strspn(names + n, " ");
	}
	field(x, "checked", e->checked);
	snprintf(line, sizeof(line), "said in: %.300s:%u", e->file, e->line);
	wrapped(x, 2, line);
}

/* ---- conditions in words ------------------------------------------------- */

/* "aik.error is 0x80190190" with the fact's title. */
static void
condition_text(const struct explainer *x, const char *condition, char *ret,
               size_t room)
{
	int ever = strncmp(condition, "ever ", 5) == 0;
	const char *fact = condition + (ever ? 5 : 0);
	size_t n = strcspn(fact, " ");
	char name[80];
	struct line l;
	const char *title;

	snprintf(name, sizeof(name), "%.*s", (int)(n < 79 ? n : 79), fact);
	title = value_of(entry_named(x, "fact", name), "title", &l);
	snprintf(ret, room, "%s%s (%s)%s", ever ? "in any try, " : "",
	         *title ? title : name, name, fact + n);
}

/* ---- codes --------------------------------------------------------------- */

/* Whether one of the words of the text is the code. */
static int
names_code(const char *text, uint32_t code)
{
	while (*text) {
		size_t n = strcspn(text, " ,");
		char word[24];
		uint32_t value;

		snprintf(word, sizeof(word), "%.*s", (int)(n < 23 ? n : 23), text);
		if (strncmp(word, "0x", 2) == 0 && cabscan_code(word, &value) &&
		    value == code)
			return 1;
		text += n + strspn(text + n, " ,");
	}
	return 0;
}

static int
speaks_of(const char *condition, uint32_t code, const char *cause)
{
	const char *means = strstr(condition, " means ");

	return names_code(condition, code) ||
	       (means && *cause && strcmp(means + 7, cause) == 0);
}

static const char *
level_of(const char *key)
{
	static const char *const levels[] = { "certain", "likely", "possible",
	                                      "against", "lowers", "excluded",
	                                      "outranks" };

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (strcmp(levels[i], key) == 0)
			return levels[i];
	return NULL;
}

/* The conditions of the rule that the text begins with. */
static int
rule_size(const char *body)
{
	struct line l;
	int n = 0;

	while (next_line(&body, &l) && (n == 0 || strcmp(l.key, "when") == 0))
		n += *l.value != '\0';
	return n;
}

/* A code means something only with what carries it: which rules look where. */
static void
carriers(struct explainer *x, uint32_t code, const char *cause)
{
	const cabscan_entry *e;
	char before[MAX_VALUE + 300] = "";
	int n = 0, size = 0;

	for (size_t i = 0; (e = cabscan_entry_at(x->k, i)) != NULL; i++) {
		const char *body = e->body, *at = body, *level = NULL;
		struct line l;

		if (strcmp(e->kind, "cause") != 0 ||
		    e->state != CABSCAN_ENTRY_IN_FORCE)
			continue;
		for (; next_line(&body, &l); at = body) {
			char text[MAX_VALUE + 200], line[MAX_VALUE + 300];

			if (level_of(l.key)) {
				level = level_of(l.key);
				size = rule_size(at);
			}
			if ((!level_of(l.key) && strcmp(l.key, "when") != 0) ||
			    !level || !speaks_of(l.value, code, cause))
				continue;
			if (n++ == 0)
				wrapped(x, 2, "carried by what, it counts for what:");
			condition_text(x, l.value, text, sizeof(text));
			snprintf(line, sizeof(line), "%s, %s: %s%s", e->name,
			         level, text, size > 1 ? ", and more" : "");
			if (strcmp(line, before) != 0)
				wrapped(x, 4, line);
			memcpy(before, line, sizeof(before));
		}
	}
	wrapped(x, 2, n ? "elsewhere, or alone, it decides nothing"
	                : "no cause counts it: it decides nothing by itself");
}

static void
decoded(struct explainer *x, uint32_t code)
{
	char line[200], number[16];
	uint32_t facility = code >> 16 & 0x7ff, low = code & 0xffff;
	struct line title;
	const cabscan_entry *f;

	snprintf(number, sizeof(number), "0x%x", (unsigned)facility);
	f = entry_named(x, "facility", number);
	snprintf(line, sizeof(line), "bits: %s, facility %s%s%.60s%s, code %u (0x%x)",
	         code & 0x80000000u ? "failure" : "success", number,
	         f ? " (" : "", f ? value_of(f, "says", &title) : "", f ? ")" : "",
	         (unsigned)low, (unsigned)low);
	wrapped(x, 2, line);
	if (facility == 0x19 && low >= 100 && low < 600) {
		snprintf(line, sizeof(line), "HTTP status %u", (unsigned)low);
		wrapped(x, 2, line);
	}
	if (facility == 7 && code & 0x80000000u) {
		snprintf(line, sizeof(line), "Win32 error %u", (unsigned)low);
		wrapped(x, 2, line);
	}
}

static void
explain_code(struct explainer *x, uint32_t code)
{
	const cabscan_entry *e, *found = NULL;
	struct line class, cause;
	uint32_t value;
	char line[200];

	for (size_t i = 0; !found && (e = cabscan_entry_at(x->k, i)) != NULL; i++)
		if (strcmp(e->kind, "code") == 0 &&
		    e->state == CABSCAN_ENTRY_IN_FORCE &&
		    cabscan_code(e->name, &value) && value == code)
			found = e;
	snprintf(line, sizeof(line), "0x%08X  %s  (%ld)", (unsigned)code,
	         !found ? "not published" : strcmp(found->more, "-") == 0
	         ? "no published symbol" : found->more,
	         code > INT32_MAX ? -(long)(UINT32_MAX - code) - 1 : (long)code);
	cs_out_plain(&x->out, line);
	cs_out(&x->out, "\n");
	decoded(x, code);
	if (!found) {
		wrapped(x, 2, "Nobody published what this code means.  What stands "
		        "above follows from its bits alone.");
		carriers(x, code, "");
		return;
	}
	field_of(x, found, "also", "also");
	field_of(x, found, "says", "says");
	field_of(x, found, "from", "from");
	field_of(x, found, "temporary", "transient");
	field_of(x, found, "remedy", "fix");
	value_of(found, "class", &class);
	field(x, "class", class.value);
	value_of(entry_named(x, "class", class.value), "cause", &cause);
	carriers(x, code, strcmp(cause.value, "none") == 0 ? "" : cause.value);
	sources(x, found);
}

/* ---- anything else with a name ------------------------------------------- */

static void
explain_entry(struct explainer *x, const cabscan_entry *e)
{
	const char *body = e->body;
	char head[400];
	struct line l;

	snprintf(head, sizeof(head), "%.40s %.200s%s%.100s", e->kind, e->name,
	         *e->more ? " " : "", e->more);
	cs_out_plain(&x->out, head);
	cs_out(&x->out, "\n");
	while (next_line(&body, &l)) {
		char text[MAX_VALUE + 200], line[MAX_VALUE + 300];

		if (strcmp(e->kind, "cause") == 0 && *l.value &&
		    (level_of(l.key) || strcmp(l.key, "when") == 0))
			condition_text(x, l.value, text, sizeof(text));
		else
			snprintf(text, sizeof(text), "%s", l.value);
		snprintf(line, sizeof(line), "%s%s%s",
		         strcmp(l.key, "when") == 0 ? "and" : l.key,
		         *text ? ": " : "", text);
		wrapped(x, strcmp(l.key, "when") == 0 ? 4 : 2, line);
	}
	if (*value_of(e, "class", &l)) {
		struct line cause;

		value_of(entry_named(x, "class", l.value), "cause", &cause);
		field(x, "speaks for", cause.value);
	}
	sources(x, e);
}

/* What a step of a cause says, in the order of the cause. */
static void
explain_steps(struct explainer *x, const cabscan_entry *cause)
{
	struct line steps, text;
	const char *p = value_of(cause, "do", &steps);
	char line[MAX_VALUE + 80];

	while (*p) {
		size_t n = strcspn(p, " ");
		char name[80];

		snprintf(name, sizeof(name), "%.*s", (int)(n < 79 ? n : 79), p);
		snprintf(line, sizeof(line), "step %s: %.900s", name,
		         value_of(entry_named(x, "step", name), "text", &text));
		wrapped(x, 2, line);
		p += n + strspn(p + n, " ");
	}
}

/* ---- events -------------------------------------------------------------- */

static int
has_channel(const cabscan_entry *provider, const char *channel, size_t len)
{
	const char *body = provider->body;
	struct line l;

	if (strlen(provider->more) == len &&
	    strncmp(provider->more, channel, len) == 0)
		return 1;
	if (strlen(provider->name) == len &&
	    strncmp(provider->name, channel, len) == 0)
		return 1;
	while (next_line(&body, &l))
		if (strcmp(l.key, "channel") == 0 && strlen(l.value) == len &&
		    strncmp(l.value, channel, len) == 0)
			return 1;
	return 0;
}

/* Whether the name is one of a list, "mdd,pdp"; *text is then behind it. */
static int
in_list(const char **text, const char *name)
{
	size_t want = strlen(name), n;
	int found = 0;

	for (;;) {
		n = strcspn(*text, ", ");
		found |= n == want && strncmp(*text, name, n) == 0;
		*text += n;
		if (**text != ',')
			break;
		++*text;
	}
	*text += strspn(*text, " ");
	return found;
}

/* Facts whose "from event PROVIDERS IDS" lines name that event. */
static int
reads_event(const char *from, const char *provider, const char *id)
{
	if (strncmp(from, "event ", 6) != 0)
		return 0;
	from += 6;
	return in_list(&from, provider) && in_list(&from, id);
}

static void
facts_of_event(struct explainer *x, const char *provider, const char *id)
{
	const cabscan_entry *e;

	for (size_t i = 0; (e = cabscan_entry_at(x->k, i)) != NULL; i++) {
		const char *body = e->body;
		struct line l;

		if (strcmp(e->kind, "fact") != 0)
			continue;
		while (next_line(&body, &l))
			if (strcmp(l.key, "from") == 0 &&
			    reads_event(l.value, provider, id)) {
				field(x, "read as the fact", e->name);
				break;
			}
	}
}

/* CHANNEL/ID, where a channel has slashes of its own.  0: no such provider. */
static int
explain_event(struct explainer *x, const char *question)
{
	const char *slash = strrchr(question, '/');
	const cabscan_entry *p;
	int known = 0;

	if (!slash || !slash[1] || strspn(slash + 1, "0123456789") !=
	                           strlen(slash + 1))
		return 0;
	for (size_t i = 0; (p = cabscan_entry_at(x->k, i)) != NULL; i++) {
		const cabscan_entry *e;
		char name[200];

		if (strcmp(p->kind, "provider") != 0 ||
		    !has_channel(p, question, (size_t)(slash - question)))
			continue;
		known = 1;
		snprintf(name, sizeof(name), "%.100s %.20s", p->name, slash + 1);
		e = entry_named(x, "event", name);
		field(x, "provider", p->more);
		if (e) {
			struct line l;

			explain_entry(x, e);
			if (!*value_of(e, "says", &l))
				wrapped(x, 2, "its meaning is not published");
		} else {
			snprintf(name, sizeof(name), "event %.20s: no build that "
			         "was looked at declares it", slash + 1);
			wrapped(x, 0, name);
		}
		facts_of_event(x, p->name, slash + 1);
	}
	return known;
}

/* ---- the question -------------------------------------------------------- */

static int
explain_named(struct explainer *x, const char *name)
{
	static const char *const kinds[] = {
		"cause", "service", "fact", "message", "step", "vendor", "class",
		"artefact", "remark", "source", "facility", "baseline",
	};
	int n = 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const cabscan_entry *e = entry_named(x, kinds[i], name);

		if (!e)
			continue;
		explain_entry(x, e);
		if (strcmp(kinds[i], "cause") == 0)
			explain_steps(x, e);
		n++;
	}
	return n > 0;
}

/* The symbol of a code, or a second one that is the same number. */
static int
explain_symbol(struct explainer *x, const char *symbol)
{
	const cabscan_entry *e;
	struct line also;
	uint32_t code;

	for (size_t i = 0; (e = cabscan_entry_at(x->k, i)) != NULL; i++)
		if (strcmp(e->kind, "code") == 0 &&
		    e->state == CABSCAN_ENTRY_IN_FORCE &&
		    (strcmp(e->more, symbol) == 0 ||
		     strcmp(value_of(e, "also", &also), symbol) == 0) &&
		    cabscan_code(e->name, &code)) {
			explain_code(x, code);
			return 1;
		}
	return 0;
}

static int
explain(struct explainer *x, const char *question)
{
	uint32_t code;

	if (strncmp(question, "event ", 6) == 0)
		return explain_event(x, question + 6);
	if (strncmp(question, "cause ", 6) == 0)
		return explain_named(x, question + 6);
	if (explain_named(x, question) || explain_symbol(x, question))
		return 1;
	if (strchr(question, '/'))
		return explain_event(x, question);
	if (!cabscan_code(question, &code))
		return 0;
	if (code != 0 && code <= 0xffff) {
		wrapped(x, 0, "As a plain Windows error number this is:");
		code |= 0x80070000u;
	}
	explain_code(x, code);
	return 1;
}

cabscan_status
cabscan_explain(const cabscan_knowledge *k, const char *question,
                cabscan_write_fn *write, void *user, cabscan_error *err)
{
	struct explainer x = { { write, user, 0 }, k };
	int known = explain(&x, question);
	cabscan_status status = !known ? CABSCAN_EUSAGE
	                      : x.out.failed ? CABSCAN_EWRITE : CABSCAN_OK;

	if (status != CABSCAN_OK && err) {
		err->status = status;
		snprintf(err->message, sizeof(err->message), "%.200s: %s", question,
		         known ? "the writer took less than it was given"
		         : "neither a code nor an event CHANNEL/ID nor a name "
		           "that is known");
	}
	return status;
}
