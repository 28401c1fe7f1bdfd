/* From facts to findings and a verdict. */
#include "judging.h"

#include "judge/judge.h"

/* ---- confidence and order ---------------------------------------------------- */

static void
the_most_confident_wins(void **state)
{
	const cabscan_verdict *v;

	(void)state;
	learn("cause one\n  title One\n  why W\n  possible t.a known\n  likely t.b known\n"
	      "  certain t.c known\n"
	      "cause two\n  title Two\n  likely t.a known\n");
	v = scan_text("A: 1\n");
	EXPECT(v, "two", CABSCAN_LIKELY);
	assert_string_equal(v->title, "Two");
	assert_string_equal(cabscan_finding_at(result, 0)->cause, "two");
	assert_string_equal(cabscan_finding_at(result, 1)->cause, "one");
	assert_int_equal(cabscan_finding_at(result, 1)->confidence, CABSCAN_POSSIBLE);
	assert_null(cabscan_finding_at(result, 2));
	/* Equal: the order of the causes, however much speaks for one. */
	EXPECT(scan_text("A: 1\nB: 1\n"), "one", CABSCAN_LIKELY);
	EXPECT(scan_text("C: 1\nA: 1\n"), "one", CABSCAN_CERTAIN);
	EXPECT(scan_text("D: 1\n"), "unknown", CABSCAN_NONE);
	assert_null(cabscan_case_verdict(result)->finding);
	assert_null(cabscan_finding_at(result, 0));
}

static void
conditions_are_not_counted(void **state)
{
	(void)state;
	learn("cause one\n  title One\n  likely t.a known\n"
	      "cause two\n  title Two\n  likely t.a known\n  likely t.b known\n"
	      "  likely t.c known\n  likely t.a is 1\n");
	EXPECT(scan_text("A: 1\nB: 1\nC: 1\n"), "one", CABSCAN_LIKELY);
	assert_int_equal(finding("two")->n_evidence, 3);
}

static void
all_conditions_of_a_rule_hold(void **state)
{
	(void)state;
	learn("cause one\n  title One\n  certain t.a is 1\n  when t.b is 2\n  when t.c missing\n");
	EXPECT(scan_text("A: 1\nB: 2\n"), "one", CABSCAN_CERTAIN);
	assert_int_equal(finding("one")->n_evidence, 2);
	EXPECT(scan_text("A: 1\nB: 3\n"), "unknown", CABSCAN_NONE);
	assert_string_equal(why_not("one")->lack.fact, "t.b");
	assert_string_equal(why_not("one")->lack.found, "3");
	assert_string_equal(why_not("one")->lack.needed, "2");
	EXPECT(scan_text("A: 1\n"), "unknown", CABSCAN_NONE);
	assert_null(why_not("one")->lack.found);
	EXPECT(scan_text("A: 1\nB: 2\nC: x\n"), "unknown", CABSCAN_NONE);
	assert_string_equal(why_not("one")->lack.fact, "t.c");
	assert_string_equal(why_not("one")->lack.found, "x");
	assert_string_equal(why_not("one")->lack.needed, "no value");
}

static void
lowered_once(void **state)
{
	(void)state;
	learn("cause one\n  title One\n  certain t.a known\n  lowers t.b known\n"
	      "  lowers t.c known\n"
	      "cause two\n  title Two\n  possible t.n known\n  lowers t.b known\n");
	EXPECT(scan_text("A: 1\nB: 1\nC: 1\n"), "one", CABSCAN_LIKELY);
	assert_int_equal(finding("one")->n_against, 2);
	assert_string_equal(finding("one")->against[0]->name, "t.b");
	/* Nothing is below possible but excluded. */
	EXPECT(scan_text("N: 1\nB: 1\n"), "two", CABSCAN_POSSIBLE);
}

static void
outranking_decides_between_equals(void **state)
{
	(void)state;
	learn("cause one\n  title One\n  likely t.a known\n  certain t.c known\n"
	      "cause two\n  title Two\n  likely t.a known\n  outranks t.b is 1\n");
	EXPECT(scan_text("A: 1\n"), "one", CABSCAN_LIKELY);
	EXPECT(scan_text("A: 1\nB: 2\n"), "one", CABSCAN_LIKELY);
	EXPECT(scan_text("A: 1\nB: 1\n"), "two", CABSCAN_LIKELY);
	/* Confidence comes first, and what outranks is no evidence. */
	EXPECT(scan_text("A: 1\nB: 1\nC: 1\n"), "one", CABSCAN_CERTAIN);
	assert_int_equal(finding("two")->n_evidence, 1);
	EXPECT(scan_text("B: 1\n"), "unknown", CABSCAN_NONE);
}

/* Surer by what can still be found, not by another value of what was. */
static void
surer_by_what_lacks(void **state)
{
	(void)state;
	learn("cause one\n  title One\n  likely t.a known\n"
	      "  certain t.a known\n  when t.b is 2\n  certain t.c known\n");
	EXPECT(scan_text("A: 1\nB: 1\n"), "one", CABSCAN_LIKELY);
	assert_string_equal(finding("one")->surer->fact, "t.c");
	EXPECT(scan_text("A: 1\n"), "one", CABSCAN_LIKELY);
	assert_string_equal(finding("one")->surer->fact, "t.b");
	/* Of what was not found, the strongest sign. */
	EXPECT(scan_text("D: 1\n"), "unknown", CABSCAN_NONE);
	learn("cause one\n  title One\n  possible t.a known\n  certain t.c known\n");
	EXPECT(scan_text("D: 1\n"), "unknown", CABSCAN_NONE);
	assert_string_equal(why_not("one")->lack.fact, "t.c");
}

/* One of two files that disagree is wrong, and nobody knows which. */
static void
what_is_disputed_is_not_certain(void **state)
{
	const struct file files[] = { { "t.txt", "V: 1.2\n" }, { "u.txt", "V: 2.0\n" } };
	const struct file alike[] = { { "t.txt", "V: 1.2\n" }, { "u.txt", "V: 1.2\n" } };

	(void)state;
	learn("fact t.v\n  from line u.txt V\n"
	      "cause one\n  title One\n  certain t.v in 1.2\n");
	EXPECT(scan(alike, 2), "one", CABSCAN_CERTAIN);
	EXPECT(scan(files, 2), "one", CABSCAN_LIKELY);
	/* A text that no spelling explains contradicts nothing. */
	learn("fact t.s\n  title S\n  same Q = quick*\n  same R = rich*\n"
	      "  from line t.txt V\n  from line u.txt V\n"
	      "cause one\n  title One\n  certain t.s is Q\n");
	EXPECT(scan((const struct file[]){ { "t.txt", "V: quick\n" },
	                                   { "u.txt", "V: rich\n" } }, 2),
	       "one", CABSCAN_LIKELY);
	EXPECT(scan((const struct file[]){ { "t.txt", "V: quick\n" },
	                                   { "u.txt", "V: X\n" } }, 2),
	       "one", CABSCAN_CERTAIN);
}

/* Where nothing was to be attested, a sick TPM is not the answer. */
static void
attestation_is_not_at_stake(void **state)
{
	(void)state;
	learn("cause sick\n  title Sick\n  stage attestation\n  certain t.a known\n"
	      "cause later\n  title Later\n  stage later\n  likely t.b known\n"
	      "cause idle\n  title Idle\n  stage none\n  likely t.c is 1\n"
	      "  possible t.c is 2\n");
	EXPECT(scan_text("A: 1\nC: 1\n"), "idle", CABSCAN_LIKELY);
	assert_int_equal(finding("sick")->confidence, CABSCAN_CERTAIN);
	EXPECT(scan_text("A: 1\nB: 1\nC: 1\n"), "later", CABSCAN_LIKELY);
	EXPECT(scan_text("A: 1\nC: 2\n"), "sick", CABSCAN_CERTAIN);
	EXPECT(scan_text("A: 1\n"), "sick", CABSCAN_CERTAIN);
}

static void
against_is_shown_only(void **state)
{
	(void)state;
	learn("cause one\n  title One\n  certain t.a known\n  against t.b known\n");
	EXPECT(scan_text("A: 1\nB: 5\n"), "one", CABSCAN_CERTAIN);
	assert_int_equal(finding("one")->n_against, 1);
	assert_string_equal(finding("one")->against[0]->value, "5");
	EXPECT(scan_text("A: 1\n"), "one", CABSCAN_CERTAIN);
	assert_int_equal(finding("one")->n_against, 0);
}

static void
excluded_says_why(void **state)
{
	(void)state;
	learn("cause one\n  title One\n  certain t.a known\n  excluded t.b is 1, 2\n"
	      "  excluded t.c known\n");
	EXPECT(scan_text("A: 1\nB: 2\n"), "unknown", CABSCAN_NONE);
	assert_null(finding("one"));
	assert_string_equal(why_not("one")->lack.fact, "t.b");
	assert_string_equal(why_not("one")->lack.found, "2");
	assert_string_equal(why_not("one")->lack.needed, "not 1, 2");
	EXPECT(scan_text("A: 1\nC: 2\n"), "unknown", CABSCAN_NONE);
	assert_string_equal(why_not("one")->lack.needed, "no value");
	EXPECT(scan_text("A: 1\nB: 3\n"), "one", CABSCAN_CERTAIN);
}

static void
why_not_is_the_nearest_rule(void **state)
{
	(void)state;
	learn("cause one\n  title One\n  certain t.a is 9\n"
	      "  likely t.a is 1\n  when t.b is 2\n");
	EXPECT(scan_text("A: 1\nB: 3\n"), "unknown", CABSCAN_NONE);
	assert_string_equal(why_not("one")->lack.fact, "t.b");
	assert_string_equal(why_not("one")->lack.needed, "2");
}

/* What was met speaks for it, what contradicts it against. */
static void
a_near_miss_says_both_sides(void **state)
{
	(void)state;
	learn("cause one\n  title One\n  certain t.a is 1\n  when t.b is 2\n"
	      "  against t.c known\n  excluded t.n is 7\n");
	scan_text("A: 1\nB: 3\nC: x\n");
	assert_false(why_not("one")->excluded);
	assert_int_equal(why_not("one")->n_met, 1);
	assert_string_equal(why_not("one")->met[0]->name, "t.a");
	assert_int_equal(why_not("one")->n_against, 2);
	assert_string_equal(why_not("one")->against[0]->name, "t.b");
	assert_string_equal(why_not("one")->against[1]->name, "t.c");
	scan_text("A: 1\nB: 2\nN: 7\n");
	assert_true(why_not("one")->excluded);
	assert_string_equal(why_not("one")->lack.needed, "not 7");
	assert_int_equal(why_not("one")->n_met, 2);
	assert_int_equal(why_not("one")->n_against, 1);
	assert_string_equal(why_not("one")->against[0]->name, "t.n");
	scan_text("B: 3\n");
	assert_int_equal(why_not("one")->n_met, 0);
}

static void
a_finding_says_what_would_make_it_surer(void **state)
{
	(void)state;
	learn("cause one\n  title One\n  certain t.a is 1\n  when t.b is 2\n"
	      "  possible t.a is 1\n");
	EXPECT(scan_text("A: 1\nB: 3\n"), "one", CABSCAN_POSSIBLE);
	assert_string_equal(finding("one")->surer->fact, "t.b");
	assert_string_equal(finding("one")->surer->found, "3");
	assert_string_equal(finding("one")->surer->needed, "2");
	EXPECT(scan_text("A: 1\nB: 2\n"), "one", CABSCAN_CERTAIN);
	assert_null(finding("one")->surer);
}

/* ---- conditions --------------------------------------------------------------- */

static const struct { const char *condition, *text; bool holds; } conditions[] = {
	{ "t.a is x, Y", "A: y\n", true }, { "t.a is x, y", "A: z\n", false },
	{ "t.a is x", "A: z\nA: x\n", true },
	{ "t.a not x, y", "A: z\n", true }, { "t.a not x, y", "A: y\n", false },
	{ "t.a not x", "A: z\nA: x\n", false }, { "t.a not x", "B: 1\n", false },
	{ "t.a has ell, q", "A: Hello\n", true }, { "t.a has q", "A: Hello\n", false },
	{ "t.a known", "A: 1\n", true }, { "t.a known", "B: 1\n", false },
	{ "t.a missing", "B: 1\n", true }, { "t.a missing", "A: 1\n", false },
	{ "t.a matches /^h.*O$/i", "A: hello\n", true },
	{ "t.a matches /^h.*O$/", "A: hello\n", false },
	{ "t.n below 300", "N: 299\n", true }, { "t.n below 300", "N: 300\n", false },
	{ "t.n above 300", "N: 0x12d\n", true }, { "t.n above 300", "N: 300\n", false },
	{ "t.n is 5", "N: 0x5\n", true },
	{ "t.n bits 0x60", "N: 96\n", true }, { "t.n bits 0x60", "N: 64\n", false },
	{ "t.n lacks-bits 0x60", "N: 31\n", true },
	{ "t.n lacks-bits 0x60", "N: 32\n", false },
	{ "t.h is 0x80070490", "H: -2147023728\n", true },
	{ "t.h means network-blocked", "H: 0x80072ee7\n", true },
	{ "t.h means network-blocked", "H: 0x81039001\n", false },
	{ "t.a same-as t.b", "A: x\nB: X\n", true },
	{ "t.a same-as t.b", "A: x\nB: y\n", false },
	{ "t.a same-as t.b", "A: x\n", false },
	{ "t.a differs t.b", "A: x\nB: y\n", true },
	{ "t.a differs t.b", "A: x\nB: X\n", false },
	{ "t.a differs t.b", "A: x\n", false },
	/* versions: as many numbers as the bound has */
	{ "t.v in 3.*.0.*", "V: 3.57.0.5\n", true },
	{ "t.v in 3.*.0.*", "V: 3.57.2.5\n", false },
	{ "t.v in 3.*.0.*", "V: 3.57\n", true },
	{ "t.v in 4.0-4.33, 6.*", "V: 4.33.7.1\n", true },
	{ "t.v in 4.0-4.33, 6.*", "V: 4.34\n", false },
	{ "t.v in 4.0-4.33, 6.*", "V: 3.99\n", false },
	{ "t.v in 4.0-4.33, 6.*", "V: 6.1.2\n", true },
	{ "t.v in 7.85", "V: 7.85.1\n", true }, { "t.v in 7.85", "V: 7.8\n", false },
	{ "t.v below 10.0.22000.675", "V: 10.0.22000.51\n", true },
	{ "t.v below 10.0.22000.675", "V: 10.0.22000.675\n", false },
	{ "t.v below 10.0.22000.675", "V: 10.0.22000.1000\n", false },
	{ "t.v above 10.0.22000.675", "V: 10.0.22000.1000\n", true },
	{ "t.v above 10.0.22000", "V: 10.0.22000.1000\n", false },
	{ "t.v is 2.0", "V: 2.0.0.0\n", true },
};

static void
conditions_hold_or_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
		char text[300];

		snprintf(text, sizeof(text), "cause one\n  title One\n  certain %s\n",
		         conditions[i].condition);
		learn(text);
		if ((strcmp(scan_text(conditions[i].text)->cause, "one") == 0) !=
		    conditions[i].holds)
			fail_msg("%s on %s", conditions[i].condition,
			         conditions[i].text);
	}
}

static void
vendor_and_firmware(void **state)
{
	(void)state;
	learn("cause one\n  title One\n  certain tpm.firmware vendor-says known-bad\n"
	      "fact tpm.vendor\n  from line t.txt Vendor\n"
	      "fact tpm.firmware\n  from line t.txt Firmware\n"
	      "cause amd-ftpm\n  title T\n");
	EXPECT(scan_text("Vendor: AMD\nFirmware: 3.50.0.5\n"), "one", CABSCAN_CERTAIN);
	assert_int_equal(finding("one")->n_evidence, 2);
	assert_string_not_equal(scan_text("Vendor: AMD\nFirmware: 3.50.2.5\n")->cause,
	                        "one");
	assert_string_not_equal(scan_text("Vendor: STM\nFirmware: 3.50.0.5\n")->cause,
	                        "one");
}

static void
derived_facts(void **state)
{
	(void)state;
	learn("derive t.derived first\n  when t.a is 1\n  when t.b known\n"
	      "derive t.derived second\n  when t.a known\n"
	      "cause one\n  title One\n  certain t.derived known\n");
	EXPECT(scan_text("A: 1\nB: 2\n"), "one", CABSCAN_CERTAIN);
	assert_string_equal(cabscan_fact_named(result, "t.derived", 0)->value, "first");
	assert_true(cabscan_fact_named(result, "t.derived", 0)->derived);
	/* It is shown by what it was concluded from. */
	assert_int_equal(finding("one")->n_evidence, 2);
	assert_string_equal(finding("one")->evidence[0]->name, "t.a");
	scan_text("A: 2\nB: 2\n");
	assert_string_equal(cabscan_fact_named(result, "t.derived", 0)->value, "second");
	assert_null(cabscan_fact_named(result, "t.derived", 1));
	/* What was read outranks it. */
	learn("fact t.derived\n  from line t.txt R\n");
	scan_text("A: 1\nB: 2\nR: read\n");
	assert_string_equal(cabscan_fact_named(result, "t.derived", 0)->value, "read");
	assert_null(cabscan_fact_named(result, "t.derived", 1));
}

/* ---- trust -------------------------------------------------------------------- */

static void
a_side_file_is_outranked(void **state)
{
	const struct file files[] = {
		{ "+t.txt", "A: side\n" }, { "u.txt", "A: cab\n" },
	};
	const cabscan_note *note;

	(void)state;
	/* Though its source is the first. */
	learn("fact t.a\n  from line u.txt A\n"
	      "cause one\n  title One\n  certain t.a is side\n"
	      "cause two\n  title Two\n  likely t.a is cab\n");
	EXPECT(scan(files, 2), "two", CABSCAN_LIKELY);
	assert_string_equal(cabscan_fact_named(result, "t.a", 0)->value, "cab");
	assert_string_equal(cabscan_fact_named(result, "t.a", 1)->value, "side");
	assert_true(cabscan_fact_named(result, "t.a", 1)->side);
	note = cabscan_note_at(result, 0);
	assert_non_null(note);
	assert_int_equal(note->kind, CABSCAN_NOTE_CONFLICT);
	assert_string_equal(note->where.member, "t.txt");
	assert_non_null(strstr(note->text, "side"));
	assert_non_null(strstr(note->text, "cab"));
	/* Alone it is heard, but it may be from before an update. */
	EXPECT(scan(files, 1), "one", CABSCAN_LIKELY);
	assert_null(cabscan_note_at(result, 0));
}

static void
the_first_source_is_the_most_trusted(void **state)
{
	const struct file files[] = { { "t.txt", "A: first\n" }, { "u.txt", "A: second\n" } };
	const struct file turned[] = { { "u.txt", "A: second\n" }, { "t.txt", "A: first\n" } };

	(void)state;
	learn("fact t.a\n  from line u.txt A\n");
	scan(files, 2);
	assert_string_equal(cabscan_fact_named(result, "t.a", 0)->value, "first");
	scan(turned, 2);
	assert_string_equal(cabscan_fact_named(result, "t.a", 0)->value, "first");
	assert_int_equal(cabscan_note_at(result, 0)->kind, CABSCAN_NOTE_CONFLICT);
	assert_null(cabscan_note_at(result, 1));
}

/* ---- doubt: below the public calls, for a record that a reader doubts ---------- */

static const char doubt[] =
	"fact t.a\n  title Alpha\n  from line t.txt A\n"
	"fact t.b\n  title Beta\n"
	"derive t.b 1\n  when t.a is 1\n"
	"cause one\n  title One\n  certain t.b is 1\n"
	"cause two\n  title Two\n  certain t.a is 2\n"
	"cause unknown\n  title U\n";

static void
judge_line(struct cs_know *k, const char *values, cabscan_member_state member_state,
           cabscan_confidence expect)
{
	static const uint64_t limits[CABSCAN_N_LIMITS] = { 0 };
	struct cs_member m = { .name = { "t.txt", 5 }, .state = member_state };
	struct cs_judgement j;
	struct cs_collector take;
	struct cs_scan s;
	struct cs_case c;

	cs_scan_begin(&s, limits);
	assert_true(cs_case_begin(&c, k, &s));
	take = cs_case_collector(&c);
	for (; *values; values++) {
		bool doubtful = *values == '?';
		const uint8_t *at = (const uint8_t *)values + doubtful;
		struct cs_value v[2] = {
			{ { "", 0 }, CS_UTF8, { (const uint8_t *)"A", 1 } },
			{ { "A", 1 }, CS_UTF8, { at, 1 } },
		};
		struct cs_record r = { .kind = CS_LINE, .name = { "", 0 },
			.place = { .member = &m }, .values = v, .n_values = 2,
			.doubtful = doubtful };

		take.sink.record(&take.sink, &r);
		values += doubtful;
	}
	assert_true(cs_case_finish(&c));
	assert_true(cs_judge(&c, &j));
	assert_int_equal(j.verdict.confidence, expect);
	cs_scan_end(&s);
}

static void
bytes_that_are_no_text_are_kept(void **state)
{
	const cabscan_fact *f;

	(void)state;
	learn("");
	scan_text("A: gr\xfc\xdf\n");
	f = cabscan_fact_named(result, "t.a", 0);
	assert_non_null(f);
	assert_string_equal(f->value, "gr\xef\xbf\xbd\xef\xbf\xbd");
	assert_int_equal(f->n_bytes, 4);
	assert_memory_equal(f->bytes, "gr\xfc\xdf", 4);
	scan_text("A: gr\xc3\xbc\n");
	assert_null(cabscan_fact_named(result, "t.a", 0)->bytes);
}

static void
doubtful_is_never_certain(void **state)
{
	struct cs_know k;

	(void)state;
	cs_know_begin(&k);
	assert_int_equal(cs_know_load(&k, "k", cs_text_of(doubt), NULL), CABSCAN_OK);
	judge_line(&k, "2", CABSCAN_MEMBER_READ, CABSCAN_CERTAIN);
	judge_line(&k, "?2", CABSCAN_MEMBER_READ, CABSCAN_LIKELY);
	judge_line(&k, "2", CABSCAN_MEMBER_SALVAGED, CABSCAN_LIKELY);
	/* Concluded from something doubtful. */
	judge_line(&k, "1", CABSCAN_MEMBER_READ, CABSCAN_CERTAIN);
	judge_line(&k, "?1", CABSCAN_MEMBER_READ, CABSCAN_LIKELY);
	judge_line(&k, "1", CABSCAN_MEMBER_SALVAGED, CABSCAN_LIKELY);
	/* The same from whole bytes, too. */
	judge_line(&k, "?22", CABSCAN_MEMBER_READ, CABSCAN_CERTAIN);
	judge_line(&k, "3", CABSCAN_MEMBER_READ, CABSCAN_NONE);
	cs_know_end(&k);
}

/* ---- errors ----------------------------------------------------------------------- */

static void
nothing_readable(void **state)
{
	cabscan_input in = { "x.bin", "\x01\x02", 2, CABSCAN_INPUT_MEMBER };
	cabscan_input empty = { "t.txt", "", 0, CABSCAN_INPUT_AUTO };
	cabscan_case *c = NULL;
	cabscan_error err;

	(void)state;
	learn("");
	assert_int_equal(cabscan_scan(scanner, "x", &in, 1, &c, &err), CABSCAN_EFORMAT);
	assert_int_equal(err.status, CABSCAN_EFORMAT);
	assert_int_equal(cabscan_scan(scanner, "x", &empty, 1, &c, &err),
	                 CABSCAN_EFORMAT);
	assert_string_equal(err.message, "x: the file is empty");
	assert_int_equal(cabscan_scan(scanner, "x", &in, 0, &c, &err), CABSCAN_EUSAGE);
	assert_int_equal(cabscan_scan_file(scanner, "/nowhere/x.cab", &c, &err),
	                 CABSCAN_EIO);
	assert_int_equal(cabscan_scan_file(scanner, "/nowhere/x.cab", &c, NULL),
	                 CABSCAN_EIO);
	assert_null(c);
}

static void
limits_are_errors_or_notes(void **state)
{
	const struct file files[] = { { "t.txt", "A: 1\n" }, { "u.txt", "A: 1\n" } };
	cabscan_input in = { "t.txt", "A: 1\n", 5, CABSCAN_INPUT_MEMBER };
	cabscan_case *c = NULL;
	cabscan_error err;

	(void)state;
	learn("");
	assert_true(cabscan_set_limit(scanner, CABSCAN_LIMIT_CAB_BYTES, 4) > 4);
	assert_int_equal(cabscan_get_limit(scanner, CABSCAN_LIMIT_CAB_BYTES), 4);
	assert_int_equal(cabscan_scan(scanner, "x", &in, 1, &c, &err), CABSCAN_ELIMIT);
	assert_null(c);
	cabscan_set_limit(scanner, CABSCAN_LIMIT_CAB_BYTES, 100);
	cabscan_set_limit(scanner, CABSCAN_LIMIT_MEMBERS, 1);
	scan(files, 2);
	assert_int_equal(cabscan_note_at(result, 0)->kind, CABSCAN_NOTE_LIMIT);
	assert_null(cabscan_member_at(result, 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_most_confident_wins),
		TEST(conditions_are_not_counted),
		TEST(all_conditions_of_a_rule_hold),
		TEST(lowered_once),
		TEST(outranking_decides_between_equals),
		TEST(surer_by_what_lacks),
		TEST(what_is_disputed_is_not_certain),
		TEST(attestation_is_not_at_stake),
		TEST(against_is_shown_only),
		TEST(excluded_says_why),
		TEST(why_not_is_the_nearest_rule),
		TEST(a_near_miss_says_both_sides),
		TEST(a_finding_says_what_would_make_it_surer),
		TEST(conditions_hold_or_not),
		TEST(vendor_and_firmware),
		TEST(derived_facts),
		TEST(a_side_file_is_outranked),
		TEST(the_first_source_is_the_most_trusted),
		TEST(bytes_that_are_no_text_are_kept),
		TEST(doubtful_is_never_certain),
		TEST(nothing_readable),
		TEST(limits_are_errors_or_notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
