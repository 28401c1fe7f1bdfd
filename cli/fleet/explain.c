/* explain.c - what its fleet says for and against the verdict of a case */
#include "table.h"

#include <stdlib.h>
#include <string.h>

/* They lie in what all devices of a kind share: that the whole kind fails
 * speaks for them, that a device sometimes passes against them. */
static const char *const of_a_kind[] = {
	"tpm-firmware-outdated", "tpm-firmware-vulnerable", "amd-ftpm",
	"rsa3072-st-nuvoton", "unsupported-hardware", "ek-certificate-missing",
	"ek-refused", "windows-update-missing",
};
/* They come and go. */
static const char *const passing[] = {
	"transient-service", "network-blocked", "recovered",
};
#define ANY_OF(list, cause) any_of(list, sizeof(list) / sizeof((list)[0]), cause)

enum side { SAYS_FOR, SAYS_AGAINST, SAYS_NEITHER };

struct lines {
	const struct study *s;
	struct line {
		const struct fleet_case *of;
		enum side side;
		char letter;            /* and id: of the row that has the */
		uint64_t id;            /* numbers; 0: of none */
		char text[CELL_ROOM];
	} *at;
	size_t n, room;
	bool out_of_memory;
};

static bool
any_of(const char *const *list, size_t n, const char *cause)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], cause) == 0)
			return true;
	return false;
}

/* A new line, whose text is to be written. */
static char *
say(struct lines *l, const struct fleet_case *c, enum side side, char letter,
    uint64_t id)
{
	struct line *x;

	x = one_more(l->at, l->n, &l->room, sizeof(*x));
	if (!x) {
		l->out_of_memory = true;
		return NULL;
	}
	l->at = x;
	x = &l->at[l->n++];
	*x = (struct line){ .of = c, .side = side, .letter = letter, .id = id };
	return x->text;
}

/* ---- groups -------------------------------------------------------------------- */

static void
describe(const struct grouping *g, const struct slice *s, char *to, size_t room)
{
	size_t len = 0;

	to[0] = '\0';
	for (size_t i = 0; i < g->n_by && len + 1 < room; i++) {
		uint32_t name = s->config->text[g->by[i]];
		int n = snprintf(to + len, room - len, "%s%s %s", i ? ", " : "",
		                 by_name(g->by[i]),
		                 name ? g->fleet->shown[name] : "not known");

		len += n > 0 ? (size_t)n : 0;
	}
}

static void
say_rate(struct lines *l, const struct fleet_case *c, const struct group *x)
{
	const struct grouping *g = &l->s->groups;
	const struct slice *s = &g->slice[x->slice];
	bool kind = ANY_OF(of_a_kind, cause_of(g->fleet, c));
	uint32_t elsewhere = g->failed_of[x->cause] - x->anywhere;
	enum side side = !is_model_wide(x) ? SAYS_NEITHER
	               : kind ? SAYS_FOR : SAYS_NEITHER;
	char what[400], finding[80], *text;

	if (kind && s->known >= MIN_DEVICES && x->holm >= 0 && !is_model_wide(x))
		side = SAYS_AGAINST;
	text = say(l, c, side, 'g', x->id);
	if (!text)
		return;
	describe(g, s, what, sizeof(what));
	group_finding(g, x, finding, sizeof(finding));
	snprintf(text, CELL_ROOM, "%u of %u devices with %s failed for this cause "
	         "(%.0f to %.0f %%), of others %u of %u: %s", x->failed, s->known,
	         what, x->low * 100, x->high * 100, elsewhere,
	         g->known - s->known, finding);
}

static void
say_intermittent(struct lines *l, const struct fleet_case *c,
                 const struct group *x)
{
	const char *cause = cause_of(l->s->fleet, c);
	char *text;

	if (!x->mixed)
		return;
	text = say(l, c, ANY_OF(passing, cause) ? SAYS_FOR
	           : ANY_OF(of_a_kind, cause) ? SAYS_AGAINST : SAYS_NEITHER, 'g',
	           x->id);
	if (text)
		snprintf(text, CELL_ROOM, "of %u such devices that tried again "
		         "with nothing changed %u also passed", x->retried,
		         x->mixed);
}

/* A case without a cause can look at what others of its kind have. */
static void
say_others(struct lines *l, const struct fleet_case *c, const struct group *x)
{
	const struct grouping *g = &l->s->groups;
	char what[400], *text = say(l, c, SAYS_NEITHER, 'g', x->id);

	if (!text)
		return;
	describe(g, &g->slice[x->slice], what, sizeof(what));
	snprintf(text, CELL_ROOM, "%u of %u devices with %s failed for %s",
	         x->failed, g->slice[x->slice].known, what,
	         g->by_cause ? g->fleet->causes.at[x->cause] : "some cause");
}

static void
say_groups(struct lines *l, const struct fleet_case *c)
{
	const struct grouping *g = &l->s->groups;
	uint32_t cause = group_cause(g, c);

	for (size_t i = 0; i < g->n_groups; i++) {
		const struct group *x = &g->group[i];

		if (x->slice != g->slice_of[c->config] || !x->cause)
			continue;
		if (x->cause == cause) {
			say_rate(l, c, x);
			say_intermittent(l, c, x);
		} else {
			say_others(l, c, x);
		}
	}
}

/* ---- the rest --------------------------------------------------------------------- */

static void
say_changes(struct lines *l, const struct fleet_case *c)
{
	const struct fleet *f = l->s->fleet;
	const struct fleet_case *one = NULL;
	size_t n = changes_like(l->s->changes, c, &one);
	char *text;

	if (n == 0 || c->result != RESULT_FAILED)
		return;
	text = say(l, c, ANY_OF(of_a_kind, cause_of(f, c)) ? SAYS_FOR
	           : SAYS_NEITHER, 0, 0);
	if (text)
		snprintf(text, CELL_ROOM, "%zu device%s of this model failed for "
		         "this cause and passed with other firmware, the last "
		         "with TPM firmware %s, BIOS %s", n, n == 1 ? "" : "s",
		         *name_of(f, one, BY_FIRMWARE) ? name_of(f, one, BY_FIRMWARE)
		         : "not known", *name_of(f, one, BY_BIOS)
		         ? name_of(f, one, BY_BIOS) : "not known");
}

static void
say_answer(struct lines *l, const struct fleet_case *c)
{
	char what[CELL_ROOM], *text;
	uint64_t id;
	bool sure;

	if (!answer_for(l->s->answers, c, what, sizeof(what), &sure, &id))
		return;
	text = say(l, c, strcmp(cause_of(l->s->fleet, c), "transient-service") == 0
	           ? SAYS_FOR : sure ? SAYS_AGAINST : SAYS_NEITHER, 'a', id);
	if (text)
		snprintf(text, CELL_ROOM, "%s", what);
}

static void
say_twin(struct lines *l, const struct fleet_case *c)
{
	const struct fleet *f = l->s->fleet;
	const struct fleet_case *twin = twin_of(l->s->twins, c);
	char what[700], *text;
	bool same;

	if (c->result != RESULT_FAILED || !twin || twin->device == c->device)
		return;
	twin_differences(f, c, twin, what, sizeof(what));
	same = strncmp(what, "nothing", 7) == 0;
	text = say(l, c, same && ANY_OF(of_a_kind, cause_of(f, c)) ? SAYS_AGAINST
	           : SAYS_NEITHER, 0, 0);
	if (text)
		snprintf(text, CELL_ROOM, "the nearest device that passed is %s; "
		         "what differs: %s", twin->name ? twin->name : twin->source,
		         what);
}

/* ---- the table ----------------------------------------------------------------------- */

enum { LINE_CASE, LINE_SOURCE, LINE_DEVICE, LINE_VERDICT, LINE_SIDE, LINE_TEXT,
       LINE_TRACE };

static void
line_cell(const struct table *t, size_t row, size_t column, struct cell *ret)
{
	static const char *const sides[] = { "for", "against", "neither" };
	const struct lines *l = t->data;
	const struct line *x = &l->at[row];
	const struct fleet *f = l->s->fleet;
	char id[24];

	switch (column) {
	case LINE_CASE:
		case_id(f, x->of, id);
		set_text(ret, "%s", id);
		break;
	case LINE_SOURCE:
		set_text(ret, "%s", x->of->source);
		break;
	case LINE_DEVICE:
		set_text(ret, "%s", x->of->name ? x->of->name : "");
		break;
	case LINE_VERDICT:
		set_text(ret, "%s", cause_of(f, x->of));
		break;
	case LINE_SIDE:
		set_text(ret, "%s", sides[x->side]);
		break;
	case LINE_TEXT:
		set_text(ret, "%s", x->text);
		break;
	default:
		if (x->letter)
			set_id(ret, x->letter, x->id);
	}
}

static bool
is_asked(const struct fleet *f, const struct fleet_case *c, const char *which,
         uint64_t serial)
{
	char id[24];

	case_id(f, c, id);
	if (strcmp(id, which) == 0 || strcmp(c->source, which) == 0 ||
	    (serial && c->serial == serial))
		return true;
	device_id(f, c->device, id);
	return strcmp(id, which) == 0;
}

bool
explain_cases(const struct study *s, const char *which,
              enum table_format format, FILE *to)
{
	const struct fleet *f = s->fleet;
	struct lines l = { .s = s };
	struct table t = {
		.name = "evidence", .title = "What the fleet says",
		.empty = "Nothing: no group, twin or change has to do with it.",
		.data = &l, .cell = line_cell,
	};
	const struct table *list[1] = { &t };
	uint64_t serial = serial_key(which);
	bool found = false, ok;

	for (size_t i = 0; i < f->n_cases; i++) {
		if (!is_asked(f, &f->cases[i], which, serial))
			continue;
		found = true;
		say_groups(&l, &f->cases[i]);
		say_answer(&l, &f->cases[i]);
		say_changes(&l, &f->cases[i]);
		say_twin(&l, &f->cases[i]);
	}
	add_column(&t, "case", "CASE", CELL_TEXT);
	add_column(&t, "source", "INPUT", CELL_TEXT);
	add_column(&t, "device", "DEVICE", CELL_TEXT);
	add_column(&t, "cause", "VERDICT", CELL_TEXT);
	add_column(&t, "side", "SAYS", CELL_TEXT);
	add_column(&t, "text", "WHAT", CELL_TEXT);
	add_column(&t, "trace", "TRACE", CELL_TEXT);
	t.n_rows = l.n;
	ok = found && !l.out_of_memory && write_tables(to, format, "", list, 1);
	free(l.at);
	return ok;
}
