#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>

#include "know/know.h"
#include "know/pattern.h"

/* What the text of a mistake builds on: eight lines. */
static const char base[] =
	"class c\n"
	"  cause none\n"
	"provider p The-Provider\n"
	"event p 7\n"
	"map m\n"
	"  1 one\n"
	"fact f\n"
	"fact g\n";

static const struct { const char *text, *message; } mistakes[] = {
	{ "nonsense x", "k:9: unknown kind of stanza: nonsense" },
	{ "cause", "k:9: missing here: a name" },
	{ "  title x", NULL },          /* belongs to "fact g" above */
	{ "# comment\n\n  \nnonsense x", "k:12: unknown kind of stanza: nonsense" },
	/* words */
	{ "class a b", "k:9: a class has a name only, not: b" },
	{ "class a\n  says x", "k:10: a class has no: says" },
	{ "code x S", "k:9: not a code of 32 bits: x" },
	{ "code 0x100000000 S", "k:9: not a code of 32 bits: 0x100000000" },
	{ "code 5 S\n  colour red", "k:10: a code has no: colour" },
	{ "code 5 S\n  class d", "k:10: no such class: d" },
	{ "service 807 S\n  class d", "k:10: no such class: d" },
	{ "service 807 S\n  where x", "k:10: a service code has no: where" },
	{ "message m b", "k:9: a message has a name only, not: b" },
	{ "message m\n  class d", "k:10: no such class: d" },
	{ "message m\n  colour red", "k:10: a message has no: colour" },
	{ "vendor V b", "k:9: a vendor has a name only, not: b" },
	{ "vendor V\n  id x", "k:10: not an id of 32 bits: x" },
	{ "vendor V\n  firmware", "k:10: missing here: a range of versions" },
	{ "vendor V\n  firmware 1-2", "k:10: missing here: a word for them" },
	{ "step s\n  text x\n  who me", "k:11: nobody who can do a step (technician, administrator, maker): me" },
	{ "source s b", "k:9: a source has a name only, not: b" },
	{ "source s\n  colour red", "k:10: a source has no: colour" },
	{ "code 5 S\n  source nowhere", "k:10: no such source: nowhere" },
	{ "code 5 S\n  checked 2026-13-01", "k:10: not a date (YYYY-MM-DD): 2026-13-01" },
	{ "about x\n  colour red", "k:10: knowledge about what follows has no: colour" },
	{ "off", "k:9: missing here: a name" },
	{ "off cause", "k:9: missing here: a name" },
	{ "off cause nothing", "k:9: no such cause: nothing" },
	{ "off sun moon", "k:9: nothing that can be switched off: sun" },
	{ "off code 0x99", "k:9: no such code: 0x99" },
	{ "off message m", "k:9: no such message: m" },
	{ "off service 1", "k:9: no such service code: 1" },
	{ "off fact x.y", "k:9: no such fact: x.y" },
	{ "off step x", "k:9: no such step: x" },
	{ "off artefact x", "k:9: no such artefact: x" },
	{ "off remark x", "k:9: no such remark: x" },
	{ "baseline b c", "k:9: a baseline has a name only, not: c" },
	{ "baseline b\n  bios newest", "k:10: not a version: newest" },
	{ "baseline b\n  colour red", "k:10: a baseline has no: colour" },
	{ "facility x", "k:9: not a number: x" },
	{ "facility 1\n  colour red", "k:10: a facility has no: colour" },
	{ "cause c\n  likely g near nothing", "k:10: no such fact: nothing" },
	{ "vendor V\n  colour red", "k:10: a vendor has no: colour" },
	{ "provider q", "k:9: missing here: the full name" },
	{ "provider q Q\n  colour red", "k:10: a provider has no: colour" },
	{ "event q 1", "k:9: no such provider: q" },
	{ "event p x", "k:9: not an event id: x" },
	{ "event p 1\n  map F n", "k:10: no such map: n" },
	{ "event p 1\n  colour red", "k:10: an event has no: colour" },
	{ "map n b", "k:9: a map has a name only, not: b" },
	{ "map n\n  x y", "k:10: not a number: x" },
	/* facts */
	{ "fact h b", "k:9: a fact has a name only, not: b" },
	{ "fact h\n  type colour", "k:10: no such type: colour" },
	{ "fact h\n  role colour", "k:10: no such role: colour" },
	{ "fact h\n  of case", "k:10: a fact has no: of" },
	{ "fact h\n  colour red", "k:10: a fact has no: colour" },
	{ "fact h\n  from file x", "k:10: no such kind of source: file" },
	{ "fact h\n  from line", "k:10: missing here: a member" },
	{ "fact h\n  from event", "k:10: missing here: a provider" },
	{ "fact h\n  from event p", "k:10: missing here: an event id" },
	{ "fact h\n  from event q 7", "k:10: no such provider: q" },
	{ "fact h\n  from event p 8", "k:10: no such event: 8" },
	{ "fact h\n  from event p 7,8", "k:10: no such event: 8" },
	{ "fact h\n  from event p,q 7", "k:10: no such provider: q" },
	{ "provider r R\nfact h\n  from event p,r 7", "k:11: no such event: 7" },
	{ "fact h\n  from registry", "k:10: missing here: a key, document or path" },
	{ "fact h\n  from json d", "k:10: missing here: a field" },
	{ "fact h\n  from row", "k:10: missing here: csv or hash" },
	{ "fact h\n  from line x L as colour",
	  "k:10: no such way to spell a value: colour" },
	{ "fact h\n  from line x L as", "k:10: missing here: a way to spell it" },
	{ "fact h\n  from line x L is", "k:10: missing here: a value" },
	{ "fact h\n  from line x L if F", "k:10: missing here: = or !=" },
	{ "fact h\n  from line x L if F < 1", "k:10: no such comparison: <" },
	{ "fact h\n  from line x L if F =", "k:10: missing here: a value" },
	{ "fact h\n  from line x L colour", "k:10: not part of a source: colour" },
	{ "fact h\n  from line x /(/",
	  "k:10: the pattern is wrong at character 1 (PCRE2 error 114): (" },
	/* what follows */
	{ "derive h x", "k:9: no such fact: h" },
	{ "derive f", "k:9: missing here: the value" },
	{ "derive f x\n  if g known", "k:10: a derived fact has no: if" },
	{ "derive f x\n  when h known", "k:10: no such fact: h" },
	{ "cause a b", "k:9: a cause has a name only, not: b" },
	{ "cause a\n  colour red", "k:10: a cause has no: colour" },
	{ "cause a\n  stage x", "k:10: no such stage: x" },
	{ "cause a\n  when f known", "k:10: no rule is open for: when" },
	{ "cause a\n  likely h known", "k:10: no such fact: h" },
	{ "cause a\n  likely ever h known", "k:10: no such fact: h" },
	{ "cause a\n  likely f colour x", "k:10: no such comparison: colour" },
	{ "cause a\n  likely f", "k:10: no such comparison: " },
	{ "cause a\n  likely f is", "k:10: nothing to compare with after: is" },
	{ "cause a\n  likely f known x", "k:10: nothing may follow: known" },
	{ "cause a\n  likely f same-as h", "k:10: no such fact: h" },
	{ "cause a\n  likely f matches x", "k:10: not a /pattern/: x" },
	{ "cause a\n  likely f matches /[/",
	  "k:10: the pattern is wrong at character 1 (PCRE2 error 106): [" },
	{ "step s b", "k:9: a step has a name only, not: b" },
	{ "step s\n  when h known", "k:10: no such fact: h" },
	{ "step s\n  colour red", "k:10: a step has no: colour" },
	{ "artefact a b", "k:9: an artefact has a name only, not: b" },
	{ "artefact a\n  or-fact h", "k:10: no such fact: h" },
	{ "artefact a\n  colour red", "k:10: an artefact has no: colour" },
	{ "artefact a\n  when h known", "k:10: no such fact: h" },
};

static void
mistakes_have_file_and_line(void **state)
{
	char text[1000];

	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		cabscan_error err = { CABSCAN_OK, "" };
		cabscan_status status;
		struct cs_know k;

		snprintf(text, sizeof(text), "%s%s\nfact behind\n", base,
		         mistakes[i].text);
		cs_know_begin(&k);
		status = cs_know_load(&k, "k", cs_text_of(text), &err);
		if (!mistakes[i].message) {
			assert_int_equal(status, CABSCAN_OK);
		} else {
			assert_string_equal(err.message, mistakes[i].message);
			assert_int_equal(status, CABSCAN_EKNOWLEDGE);
			assert_int_equal(err.status, CABSCAN_EKNOWLEDGE);
			/* Nothing behind the mistake is loaded. */
			assert_null(cs_know_fact(&k, CS_TEXT("behind")));
		}
		cs_know_end(&k);
	}
}

static void
an_entry_needs_a_stanza(void **state)
{
	cabscan_error err;
	struct cs_know k;

	(void)state;
	cs_know_begin(&k);
	assert_int_equal(cs_know_load(&k, "dir/x.txt", CS_TEXT("\n  title T\n"), &err),
	                 CABSCAN_EKNOWLEDGE);
	assert_string_equal(err.message,
	                    "dir/x.txt:2: nothing to add this to: title");
	/* The caller may not want to know. */
	assert_int_equal(cs_know_load(&k, "x", CS_TEXT("nonsense"), NULL),
	                 CABSCAN_EKNOWLEDGE);
	cs_know_end(&k);
}

/* Every beginning of a text that uses everything, and every byte of it
 * broken: it loads or it does not, with a line. */
static void
damaged_texts(void **state)
{
	static const char whole[] =
		"class c\r\n  cause none\r\n"
		"code 0x80070002 S\n  class c\n  says x y\n"
		"message m\n  match z\n  class c\n"
		"vendor V\n  firmware 1.0-2.* bad It is.\n"
		"provider p P\n  guid {x}\nmap n\n  1 one\n"
		"event p 7\n  map F n\n  says a {F} b\n"
		"fact f\n  type hresult\n  same a = b, c\n"
		"  from line *x* [h*] \"L l\" /a(?<value>b)\\/c/i if F != \"q r\" is z\n"
		"fact g\n  from event p 7 F minus G\n"
		"derive g 1\n  when ever f is 1, 2\n"
		"cause u\n  stage later\n  likely f matches /a/i\n  when g known\n  do s\n"
		"step s\n  text {f}\n  command c\n"
		"artefact a\n  member *\n  or-fact g\n";
	char text[sizeof(whole)];

	(void)state;
	for (size_t n = 0; n < sizeof(whole); n++)
		for (unsigned c = 0; c < 4; c++) {
			cabscan_error err;
			struct cs_know k;
			size_t len = c == 0 ? n : sizeof(whole) - 1;

			memcpy(text, whole, sizeof(whole));
			text[n] = "\0\"/\xff"[c];
			cs_know_begin(&k);
			if (cs_know_load(&k, "k", (cs_text){ text, len }, &err))
				assert_memory_equal(err.message, "k:", 2);
			else if (c == 0 && n == sizeof(whole) - 1)
				assert_non_null(cs_know_fact(&k, CS_TEXT("g")));
			cs_know_end(&k);
		}
}

/* ---- a name that is said again ---------------------------------------------- */

static void
load(struct cs_know *k, const char *text)
{
	cabscan_error err;

	if (cs_know_load(k, "k", cs_text_of(text), &err) != CABSCAN_OK)
		fail_msg("%s", err.message);
}

static void
later_words_replace(void **state)
{
	const struct cs_code *code;
	const struct cs_event_def *e;
	struct cs_know k;

	(void)state;
	cs_know_begin(&k);
	load(&k, "class c\n  cause a\nclass d\n  cause b\n"
	     "code 0x80070002 S\n  says old\n  class c\n  fix f\n"
	     "message m\n  match x\n  class c\nmessage n\n  match y\n"
	     "provider p P\nmap v\n  4 four\nevent p 7\n  says old\n  map F v\n"
	     "fact f\n  from event p 7\n");
	load(&k, "code 0x80070002 T\n  says new\n  class d\n"
	     "message m\n  match z\n  class d\nclass d\n  cause c\n"
	     "event p 7\n  says new\n");
	code = cs_know_code(&k, 0x80070002);
	assert_non_null(code);
	assert_true(cs_same(code->says, CS_TEXT("new")));
	assert_true(cs_same(code->symbol, CS_TEXT("T")));
	assert_int_equal(code->fix.len, 0);
	assert_true(cs_same(code->class->cause, CS_TEXT("c")));
	assert_null(cs_know_code(&k, 0x80070003));
	assert_null(cs_know_message(&k, CS_TEXT("an x")));
	assert_true(cs_same(cs_know_message(&k, CS_TEXT("y Z"))->name, CS_TEXT("m")));
	e = cs_know_event(cs_know_provider(&k, CS_TEXT("p")), 7);
	assert_true(cs_same(e->says, CS_TEXT("new")));
	assert_null(e->maps);
	/* What facts read of the event stays. */
	assert_non_null(e->sources);
	cs_know_end(&k);
}

static size_t
count_rules(const struct cs_cause *c)
{
	size_t n = 0;

	for (const struct cs_rule *r = c->rules; r; r = r->next)
		n++;
	return n;
}

static void
a_cause_starts_afresh_in_its_place(void **state)
{
	struct cs_know k;

	(void)state;
	cs_know_begin(&k);
	load(&k, "fact f\ncause a\n  title A\n  why w\n  likely f known\n"
	     "  possible f known\n  do x y\ncause b\n  title B\n");
	load(&k, "cause a\n  title New\n  certain f is 1\n");
	assert_true(cs_same(k.causes->name, CS_TEXT("a")));
	assert_true(cs_same(k.causes->title, CS_TEXT("New")));
	assert_string_equal(k.causes->name_z, "a");
	assert_int_equal(k.causes->why.len, 0);
	assert_int_equal(count_rules(k.causes), 1);
	assert_null(k.causes->steps);
	assert_true(cs_same(k.causes->next->name, CS_TEXT("b")));
	assert_null(k.causes->next->next);
	load(&k, "cause c\n  title C\n");
	assert_true(cs_same(k.causes->next->next->name, CS_TEXT("c")));
	cs_know_end(&k);
}

static size_t
count_steps(const struct cs_know *k, const char *name)
{
	size_t n = 0;

	for (const struct cs_step_def *s = k->steps; s; s = s->next)
		n += cs_same(s->name, cs_text_of(name));
	return n;
}

static void
steps_of_one_load_are_variants(void **state)
{
	struct cs_know k;

	(void)state;
	cs_know_begin(&k);
	load(&k, "fact f\nstep s\n  when f known\n  text 1\nstep t\n  text t\n"
	     "step s\n  text 2\n");
	assert_int_equal(count_steps(&k, "s"), 2);
	load(&k, "step s\n  text 3\n");
	assert_int_equal(count_steps(&k, "s"), 1);
	assert_int_equal(count_steps(&k, "t"), 1);
	for (const struct cs_step_def *s = k.steps; s; s = s->next)
		if (cs_same(s->name, CS_TEXT("s")))
			assert_true(cs_same(s->text, CS_TEXT("3")));
	cs_know_end(&k);
}

static void
a_fact_gains_sources(void **state)
{
	const struct cs_fact_def *f;
	struct cs_know k;

	(void)state;
	cs_know_begin(&k);
	load(&k, "fact f\n  title T\n  from line a L\n");
	load(&k, "fact f\n  from line b L\n  from json c d\n");
	f = cs_know_fact(&k, CS_TEXT("F"));
	assert_true(cs_same(f->title, CS_TEXT("T")));
	assert_int_equal(f->n_sources, 3);
	assert_int_equal(k.n_facts, 1);
	/* The first that was said is the most trusted. */
	for (const struct cs_source *s = f->sources; s; s = s->next)
		assert_int_equal(s->rank, s->member.at[0] - 'a');
	cs_know_end(&k);
}

/* ---- the parts of a source --------------------------------------------------- */

static void
a_source_with_everything(void **state)
{
	const struct cs_source *s;
	struct cs_know k;

	(void)state;
	cs_know_begin(&k);
	load(&k, "fact f\n  from line \"*a b*\" [Head *] \"La bel\" "
	     "/x\\/(?<value>y)/i if \"F g\" != \"h *\" if I = j as vendor is z\n");
	s = cs_know_fact(&k, CS_TEXT("f"))->sources;
	assert_true(cs_same(s->member, CS_TEXT("*a b*")));
	assert_true(cs_same(s->heading, CS_TEXT("Head *")));
	assert_true(cs_same(s->field, CS_TEXT("La bel")));
	assert_true(cs_same(s->transform, CS_TEXT("vendor")));
	assert_true(cs_same(s->fixed, CS_TEXT("z")));
	assert_non_null(s->pattern);
	assert_true(cs_same(s->filters->field, CS_TEXT("I")));
	assert_false(s->filters->unequal);
	assert_true(cs_same(s->filters->next->field, CS_TEXT("F g")));
	assert_true(cs_same(s->filters->next->value, CS_TEXT("h *")));
	assert_true(s->filters->next->unequal);
	assert_null(s->filters->next->next);
	cs_know_end(&k);
}

static void
a_word_of_the_tail_can_be_quoted_as_field(void **state)
{
	const struct cs_source *s;
	struct cs_know k;

	(void)state;
	cs_know_begin(&k);
	load(&k, "fact f\n  from line a \"is\" is x\nfact g\n  from line a is x\n");
	s = cs_know_fact(&k, CS_TEXT("f"))->sources;
	assert_true(cs_same(s->field, CS_TEXT("is")));
	assert_true(cs_same(s->fixed, CS_TEXT("x")));
	s = cs_know_fact(&k, CS_TEXT("g"))->sources;
	assert_int_equal(s->field.len, 0);
	assert_true(cs_same(s->fixed, CS_TEXT("x")));
	cs_know_end(&k);
}

/* ---- patterns ---------------------------------------------------------------- */

static enum cs_match
find(const char *regex, bool caseless, cs_text text, cs_text *ret)
{
	cs_arena a = { .used = 0 };
	char why[120];
	struct cs_pattern *p = cs_pattern_new(&a, cs_text_of(regex), caseless, why,
	                                      sizeof(why));
	enum cs_match m;

	assert_non_null(p);
	m = cs_pattern_find(p, text, ret);
	cs_pattern_free(p);
	cs_arena_free(&a);
	return m;
}

static void
patterns_find(void **state)
{
	cs_text v = { NULL, 0 };

	(void)state;
	assert_int_equal(find("b+", false, CS_TEXT("abbc"), &v), CS_MATCH);
	assert_true(cs_same(v, CS_TEXT("bb")));
	assert_int_equal(find("a(?<value>b)c", false, CS_TEXT("xabc"), &v), CS_MATCH);
	assert_true(cs_same(v, CS_TEXT("b")));
	/* The group takes no part: the whole match. */
	assert_int_equal(find("a|(?<value>b)", false, CS_TEXT("xa"), &v), CS_MATCH);
	assert_true(cs_same(v, CS_TEXT("a")));
	assert_int_equal(find("B", false, CS_TEXT("abc"), &v), CS_NO_MATCH);
	assert_int_equal(find("B", true, CS_TEXT("abc"), &v), CS_MATCH);
	assert_int_equal(find("^.$", false, CS_TEXT("\xc3\xa4"), &v), CS_MATCH);
	assert_int_equal(find("x*", false, CS_TEXT(""), &v), CS_NO_MATCH);
	assert_int_equal(find("a\\Kb", false, CS_TEXT("ab"), &v), CS_MATCH);
	assert_true(cs_same(v, CS_TEXT("b")));
}

static void
patterns_end(void **state)
{
	cs_text v = { NULL, 0 };

	(void)state;
	assert_int_equal(find("^(a+)+$", false,
	                      CS_TEXT("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"), &v),
	                 CS_MATCH_LIMIT);
	assert_null(v.at);
	/* About a million steps, and about a thousand. */
	assert_int_equal(find("^(a+)+$", false, CS_TEXT("aaaaaaaaaaaaaaaaaaaa!"), &v),
	                 CS_MATCH_LIMIT);
	assert_int_equal(find("^(a+)+$", false, CS_TEXT("aaaaaaaaaa!"), &v),
	                 CS_NO_MATCH);
	assert_int_equal(find("^(a+)+$", false, CS_TEXT("aaaa"), &v), CS_MATCH);
}

/* One line that the pattern cannot decide is a note, and no fact. */
static void
a_limit_is_noted(void **state)
{
	static const char text[] =
		"Alpha: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\nBeta: 1\n";
	static const char learnt[] =
		"fact t.alpha\n  from line t.txt Alpha /^(a+)+$/\n"
		"fact t.beta\n  from line t.txt Beta\n";
	cabscan_input in = { "t.txt", text, sizeof(text) - 1, CABSCAN_INPUT_MEMBER };
	cabscan *cs = cabscan_new(NULL);
	const cabscan_note *note;
	cabscan_case *c;

	(void)state;
	assert_int_equal(cabscan_learn(cs, "k", learnt, sizeof(learnt) - 1, NULL),
	                 CABSCAN_OK);
	assert_int_equal(cabscan_scan(cs, "t", &in, 1, &c, NULL), CABSCAN_OK);
	assert_null(cabscan_fact_named(c, "t.alpha", 0));
	assert_non_null(cabscan_fact_named(c, "t.beta", 0));
	note = cabscan_note_at(c, 0);
	assert_non_null(note);
	assert_int_equal(note->kind, CABSCAN_NOTE_LIMIT);
	assert_string_equal(note->text, "a pattern for t.alpha took more than "
	                    "100000 steps on 33 bytes");
	assert_int_equal(note->where.line, 1);
	assert_null(cabscan_note_at(c, 1));
	cabscan_case_free(c);
	cabscan_free(cs);
}

/* ---- the built-in knowledge -------------------------------------------------- */

static void
the_scanner_learns(void **state)
{
	static const char *const gates[] = {
		"attested", "tpm-firmware-outdated", "unsupported-hardware",
		"tpm-not-ready", "tpm-firmware-vulnerable", "amd-ftpm",
		"ek-certificate-missing", "ek-refused", "clock-skew",
		"network-blocked", "registration-stale", "transient-service",
		"unknown",
	};
	size_t gate = 0;
	cabscan_error err;
	cabscan *cs = cabscan_new(&err);
	size_t n = 0;

	(void)state;
	assert_non_null(cs);
	for (const char *id; (id = cabscan_cause_id(cs, n)) != NULL; n++)
		gate += gate < sizeof(gates) / sizeof(gates[0]) &&
		        strcmp(id, gates[gate]) == 0;
	assert_int_equal(n, 21);
	assert_int_equal(gate, sizeof(gates) / sizeof(gates[0]));
	assert_string_equal(cabscan_cause_id(cs, 0), "attested");
	assert_string_equal(cabscan_cause_id(cs, n - 1), "unknown");
	assert_int_equal(cabscan_learn(cs, "my.txt", "cause mine\n  colour red\n", 24,
	                               &err), CABSCAN_EKNOWLEDGE);
	assert_string_equal(err.message, "my.txt:2: a cause has no: colour");
	cabscan_free(cs);
	cabscan_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_have_file_and_line),
		cmocka_unit_test(an_entry_needs_a_stanza),
		cmocka_unit_test(damaged_texts),
		cmocka_unit_test(later_words_replace),
		cmocka_unit_test(a_cause_starts_afresh_in_its_place),
		cmocka_unit_test(steps_of_one_load_are_variants),
		cmocka_unit_test(a_fact_gains_sources),
		cmocka_unit_test(a_source_with_everything),
		cmocka_unit_test(a_word_of_the_tail_can_be_quoted_as_field),
		cmocka_unit_test(patterns_find),
		cmocka_unit_test(patterns_end),
		cmocka_unit_test(a_limit_is_noted),
		cmocka_unit_test(the_scanner_learns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
