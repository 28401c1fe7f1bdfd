/*
 * test_cab.c - members out of cabinets that mkcabs.py has made
 *
 *     test_cab DIR                  the tests; DIR is what mkcabs.py wrote
 *     test_cab --list X.cab...      what comes out, one line a member
 *     test_cab --dump X.cab N       the bytes of the N-th member of the list
 */
#include "cabrun.h"
#include "cab/inflate.h"
#include "cab/stretch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what a cabinet's .txt expects ------------------------------------ */

static bool
state_matches(cabscan_member_state s, cs_text word)
{
	if (cs_same(word, CS_TEXT("doubtful")))
		return s == CABSCAN_MEMBER_LOST || s == CABSCAN_MEMBER_SALVAGED;
	return cs_same(word, cs_text_of(cabrun_state_word(s)));
}

static void
print_notes(const struct cabrun *r)
{
	for (const struct cs_note *n = r->scan.notes; n; n = n->next)
		print_message("#     note %s at %llu of '%s': %s\n",
		              cabrun_note_kinds[n->kind],
		              (unsigned long long)n->place.offset,
		              n->place.member ? n->place.member->name.at : "",
		              n->text);
}

static bool
same_or_dash(cs_text word, uint64_t value)
{
	uint64_t v;

	if (word.len > 1 && word.at[0] == '<') {
		word.at++;
		word.len--;
		return cs_number(word, &v) && value < v;
	}
	return cs_same(word, CS_TEXT("-")) ||
	       (cs_number(word, &v) && v == value);
}

/* STATE SIZE LEN CRC NAME */
static bool
member_matches(const struct got *g, cs_text rest)
{
	cs_text state = cs_cut(&rest, ' ');
	cs_text size = cs_cut(&rest, ' ');
	cs_text len = cs_cut(&rest, ' ');
	cs_text crc = cs_cut(&rest, ' ');

	return state_matches(g->state, state) && same_or_dash(size, g->size) &&
	       same_or_dash(len, g->len) && same_or_dash(crc, g->crc) &&
	       cs_same(rest, g->member->name);
}

static const char *const limit_words[CABSCAN_N_LIMITS] = {
	[CABSCAN_LIMIT_CAB_BYTES] = "cab-bytes",
	[CABSCAN_LIMIT_MEMBER_BYTES] = "member-bytes",
	[CABSCAN_LIMIT_TOTAL_BYTES] = "total-bytes",
	[CABSCAN_LIMIT_MEMBERS] = "members",
	[CABSCAN_LIMIT_RECORDS] = "records",
	[CABSCAN_LIMIT_DECODE_BYTES] = "decode-bytes",
};

static void
set_limits(struct cabrun *r, cs_text expected)
{
	while (expected.len > 0) {
		cs_text line = cs_cut(&expected, '\n');
		cs_text name;

		if (!cs_same(cs_cut(&line, ' '), CS_TEXT("limit")))
			continue;
		name = cs_cut(&line, ' ');
		for (size_t i = 0; i < CABSCAN_N_LIMITS; i++)
			if (cs_same(name, cs_text_of(limit_words[i])))
				assert_true(cs_number(line, &r->limits[i]));
	}
}

static bool
line_holds(const struct cabrun *r, cs_text line, size_t *next)
{
	cs_text word = cs_cut(&line, ' ');
	char text[300];
	cs_text kind;

	if (cs_same(word, CS_TEXT("member")))
		return *next < r->n && member_matches(&r->got[(*next)++], line);
	if (cs_same(word, CS_TEXT("members")))
		return same_or_dash(line, *next = r->n);
	if (cs_same(word, CS_TEXT("no-notes")))
		return r->scan.notes == NULL;
	if (cs_same(word, CS_TEXT("limit")))
		return true;
	kind = cs_same(word, CS_TEXT("note")) ? cs_cut(&line, ' ') : word;
	snprintf(text, sizeof(text), "%.*s", (int)line.len, line.at);
	if (cs_same(word, CS_TEXT("note")))
		return cabrun_has_note(r, kind, text);
	if (cs_same(word, CS_TEXT("error")))
		return !r->ok && strstr(r->err.message, text);
	return false;
}

static unsigned
count_mistakes(const struct cabrun *r, const char *name, cs_text expected)
{
	bool wants_error = false;
	unsigned wrong = 0;
	size_t next = 0;

	while (expected.len > 0) {
		cs_text line = cs_cut(&expected, '\n');

		wants_error |= line.len > 5 && memcmp(line.at, "error", 5) == 0;
		if (line_holds(r, line, &next))
			continue;
		wrong++;
		print_message("# %s: not so: %.*s\n", name, (int)line.len, line.at);
		if (next > 0 && next <= r->n)
			print_message("#     found %s %llu %zu %lu %s\n",
			              cabrun_state_word(r->got[next - 1].state),
			              (unsigned long long)r->got[next - 1].size,
			              r->got[next - 1].len,
			              (unsigned long)r->got[next - 1].crc,
			              r->got[next - 1].member->name.at);
	}
	if (next != r->n || r->ok == wants_error) {
		wrong++;
		print_message("# %s: %zu members, %s (%s)\n", name, r->n,
		              r->ok ? "read" : "not read", r->err.message);
	}
	if (wrong)
		print_notes(r);
	return wrong;
}

static unsigned
check_made(const char *name)
{
	cs_bytes cab = cabrun_made(name, ".cab");
	cs_bytes txt = cabrun_made(name, ".txt");
	cs_text expected = { (const char *)txt.at, txt.len };
	unsigned wrong;
	struct cabrun r;

	cabrun_begin(&r);
	set_limits(&r, expected);
	cabrun(&r, cab);
	wrong = count_mistakes(&r, name, expected);
	cabrun_end(&r);
	cabrun_drop(cab);
	cabrun_drop(txt);
	return wrong;
}

/* The mistakes of all of them. */
static unsigned
each_made(unsigned (*check)(const char *name))
{
	cs_bytes index = cabrun_made("index", ".txt");
	cs_text rest = { (const char *)index.at, index.len };
	unsigned wrong = 0, n = 0;
	char name[200];

	while (rest.len > 0) {
		cs_text line = cs_cut(&rest, '\n');

		cs_cut(&line, ' ');             /* sound or not */
		snprintf(name, sizeof(name), "%.*s", (int)line.len, line.at);
		wrong += check(name);
		n++;
	}
	cabrun_drop(index);
	assert_true(n > 60);
	return wrong;
}

static void
made_cabinets_give_what_was_put_in(void **state)
{
	(void)state;
	assert_int_equal(each_made(check_made), 0);
}

/* ---- members that nobody reads ------------------------------------------ */

static bool
reads_none(struct cs_cab_sink *sink, const struct cs_member *m, cs_bytes head)
{
	(void)sink, (void)m;
	assert_int_equal(head.len, CS_CAB_HEAD_BYTES);
	return false;
}

static bool
reads_some(struct cs_cab_sink *sink, const struct cs_member *m, cs_bytes head)
{
	unsigned sum = 0;

	for (size_t i = 0; i < m->name.len; i++)
		sum += (uint8_t)m->name.at[i];
	return sum % 2 || reads_none(sink, m, head);
}

static unsigned n_dropped;

/* The same members and notes; only bytes of dropped ones may lack. */
static unsigned
count_differences(const struct cabrun *r, const struct cabrun *all)
{
	const struct cs_note *n = r->scan.notes, *o = all->scan.notes;
	unsigned wrong = r->n != all->n || r->ok != all->ok;

	for (; n && o && strcmp(n->text, o->text) == 0; n = n->next)
		o = o->next;
	wrong += n || o;
	for (size_t i = 0; i < r->n && i < all->n; i++) {
		const struct got *g = &r->got[i], *h = &all->got[i];

		n_dropped += g->member->dropped;
		wrong += g->state != h->state || g->size != h->size;
		wrong += !g->member->dropped &&
		         (g->len != h->len || g->crc != h->crc);
	}
	return wrong;
}

static unsigned
check_dropped(const char *name)
{
	cs_bytes cab = cabrun_made(name, ".cab");
	unsigned wrong = 0;
	struct cabrun all, r;

	cabrun_begin(&all);
	cabrun(&all, cab);
	for (unsigned some = 0; some < 2; some++) {
		cabrun_begin(&r);
		r.sink.reads = some ? reads_some : reads_none;
		cabrun(&r, cab);
		wrong += count_differences(&r, &all);
		cabrun_end(&r);
	}
	if (wrong)
		print_message("# %s: %u differences\n", name, wrong);
	cabrun_end(&all);
	cabrun_drop(cab);
	return wrong;
}

static void
dropping_what_nobody_reads_changes_nothing_else(void **state)
{
	(void)state;
	assert_int_equal(each_made(check_dropped), 0);
	assert_true(n_dropped > 60);
}

/* ---- limits: at, below and above -------------------------------------- */

/* limits.cab: one MSZIP folder with members of 1000, 70000 and 3000 bytes. */
static const struct limit_case {
	cabscan_limit limit;
	uint64_t value;
	const char *states;     /* w, l: one for each member handed over */
} limit_cases[] = {
	{ CABSCAN_LIMIT_MEMBERS, 4, "www" },
	{ CABSCAN_LIMIT_MEMBERS, 3, "www" },
	{ CABSCAN_LIMIT_MEMBERS, 2, "ww" },
	{ CABSCAN_LIMIT_MEMBERS, 0, "" },
	{ CABSCAN_LIMIT_MEMBER_BYTES, 70001, "www" },
	{ CABSCAN_LIMIT_MEMBER_BYTES, 70000, "www" },
	{ CABSCAN_LIMIT_MEMBER_BYTES, 69999, "wlw" },
	{ CABSCAN_LIMIT_MEMBER_BYTES, 0, "lll" },
	{ CABSCAN_LIMIT_TOTAL_BYTES, 74001, "www" },
	{ CABSCAN_LIMIT_TOTAL_BYTES, 74000, "www" },
	{ CABSCAN_LIMIT_TOTAL_BYTES, 73999, "wwl" },
	{ CABSCAN_LIMIT_TOTAL_BYTES, 70999, "wll" },
	{ CABSCAN_LIMIT_TOTAL_BYTES, 0, "lll" },
	{ CABSCAN_LIMIT_DECODE_BYTES, 74001, "www" },
	{ CABSCAN_LIMIT_DECODE_BYTES, 74000, "www" },
	{ CABSCAN_LIMIT_DECODE_BYTES, 73999, "wll" },
	{ CABSCAN_LIMIT_DECODE_BYTES, 32768, "wll" },
	{ CABSCAN_LIMIT_DECODE_BYTES, 32767, "lll" },
};

static void
limits_stop_where_they_should(void **state)
{
	cs_bytes cab = cabrun_made("limits", ".cab");

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(limit_cases) / sizeof(limit_cases[0]); i++) {
		const struct limit_case *c = &limit_cases[i / 2];
		struct cabrun r;

		cabrun_begin(&r);
		r.sink.reads = i % 2 ? reads_none : NULL;
		r.limits[c->limit] = c->value;
		cabrun(&r, cab);
		assert_true(r.ok);
		if (r.n != strlen(c->states))
			print_message("# limit case %zu\n", i / 2);
		assert_int_equal(r.n, strlen(c->states));
		for (size_t k = 0; k < r.n; k++)
			assert_int_equal(r.got[k].state, c->states[k] == 'w'
			                 ? CABSCAN_MEMBER_NOT_READ
			                 : CABSCAN_MEMBER_LIMITED);
		assert_int_equal(cabrun_has_note(&r, CS_TEXT("limit"), ""),
		                 strchr(c->states, 'l') != NULL || r.n < 3);
		cabrun_end(&r);
	}
	cabrun_drop(cab);
}

/* ---- the rest ----------------------------------------------------------- */

static void
a_sink_may_stop(void **state)
{
	cs_bytes cab = cabrun_made("limits", ".cab");
	struct cabrun r;

	(void)state;
	cabrun_begin(&r);
	r.stop_after = 2;
	cabrun(&r, cab);
	assert_true(r.ok);
	assert_int_equal(r.n, 2);
	assert_null(r.scan.notes);
	cabrun_end(&r);
	cabrun_drop(cab);
}

static void
an_error_may_be_unwanted(void **state)
{
	struct cabrun r;

	(void)state;
	cabrun_begin(&r);
	cs_scan_begin(&r.scan, r.limits);
	assert_false(cs_read_cab(&r.scan, CS_TEXT("X.cab"), (cs_bytes){ NULL, 0 },
	                         &r.sink, NULL));
	cabrun_end(&r);
}

static void
a_long_source_name_leaves_room_for_the_message(void **state)
{
	char name[2000];
	struct cabrun r;

	(void)state;
	memset(name, 'x', sizeof(name));
	memcpy(name + sizeof(name) - 201, "\xc3\xa4", 2);
	cabrun_begin(&r);
	cs_scan_begin(&r.scan, r.limits);
	assert_false(cs_read_cab(&r.scan, (cs_text){ name, sizeof(name) },
	                         (cs_bytes){ NULL, 0 }, &r.sink, &r.err));
	assert_int_equal(r.err.message[0], 'x');
	assert_non_null(strstr(r.err.message, " is empty"));
	cabrun_end(&r);
}

static void
a_cabinet_is_known_by_its_first_bytes(void **state)
{
	(void)state;
	assert_true(cs_cab_claims((cs_bytes){ (const uint8_t *)"MSCF", 4 }));
	assert_false(cs_cab_claims((cs_bytes){ (const uint8_t *)"MSC", 3 }));
	assert_false(cs_cab_claims((cs_bytes){ (const uint8_t *)"MSCX", 4 }));
	assert_false(cs_cab_claims((cs_bytes){ NULL, 0 }));
}

/* What nobody needs any more makes room for what comes. */
static void
a_stretch_stays_as_small_as_what_is_needed(void **state)
{
	struct cs_stretch s = { 0 };
	uint8_t chunk[1000];

	(void)state;
	for (size_t i = 0; i < 100000; i++) {
		memset(chunk, (int)(i & 0xff), sizeof(chunk));
		assert_true(cs_stretch_add(&s, (cs_bytes){ chunk, sizeof(chunk) }));
		if (i > 500)
			cs_stretch_forget(&s, (i - 500) * sizeof(chunk));
	}
	assert_int_equal(cs_stretch_behind(&s).len, CS_STRETCH_BEHIND);
	assert_ptr_equal(cs_stretch_behind(&s).at + CS_STRETCH_BEHIND,
	                 cs_stretch_room(&s, 1));
	assert_true(s.room < 2 * 1024 * 1024);
	for (size_t i = 99600; i < 100000; i++) {
		cs_bytes b = cs_stretch_view(&s, i * 1000, i * 1000 + 1000);

		assert_int_equal(b.len, 1000);
		assert_int_equal(b.at[0], i & 0xff);
		assert_int_equal(b.at[999], i & 0xff);
	}
	assert_int_equal(cs_stretch_view(&s, 1000, 2000).len, 0);
	assert_int_equal(cs_stretch_view(&s, 99999500, 100000500).len, 500);
	cs_stretch_cut(&s, 99999000);
	assert_int_equal(cs_stretch_view(&s, 99998500, 100000000).len, 500);
	cs_stretch_free(&s);
}

/* Forgotten bytes stay as far as a block may refer to them. */
static void
a_stretch_keeps_what_is_behind_it(void **state)
{
	struct cs_stretch s = { 0 };
	uint8_t chunk[5000];
	cs_bytes b;

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		memset(chunk, (int)(i & 0xff), sizeof(chunk));
		assert_true(cs_stretch_add(&s, (cs_bytes){ chunk, sizeof(chunk) }));
		cs_stretch_forget(&s, (i + 1) * (uint64_t)sizeof(chunk));
		b = cs_stretch_behind(&s);
		assert_int_equal(b.len, i < 6 ? (i + 1) * sizeof(chunk)
		                              : CS_STRETCH_BEHIND);
		for (size_t back = 1; back <= b.len; back++)
			assert_int_equal(b.at[b.len - back],
			                 (i - (back - 1) / sizeof(chunk)) & 0xff);
	}
	assert_true(s.room < 512 * 1024);
	cs_stretch_restart(&s);
	assert_int_equal(cs_stretch_behind(&s).len, 0);
	cs_stretch_free(&s);
}

/* Two blocks, the second of which repeats the first; what does not unpack to
 * the size that is asked for adds nothing. */
static void
blocks_are_inflated_behind_each_other(void **state)
{
	static const uint8_t first[] = { 1, 7, 0, 0xf8, 0xff,
	                                 'a', 't', 't', 'e', 's', 't', '.' };
	static const uint8_t again[] = { 0x83, 0x52, 0x00 };
	struct cs_inflate i = { 0 };
	struct cs_stretch s = { 0 };
	cs_bytes one = { first, sizeof(first) }, two = { again, sizeof(again) };

	(void)state;
	assert_false(cs_inflate(&i, two, 7, &s));
	assert_false(cs_inflate(&i, one, 6, &s));
	assert_false(cs_inflate(&i, one, 8, &s));
	assert_false(cs_inflate(&i, cs_slice(one, 0, 11), 7, &s));
	assert_int_equal(cs_stretch_behind(&s).len, 0);
#ifdef HAVE_LIBDEFLATE
	assert_true(cs_inflate(&i, one, 7, &s));
	cs_stretch_forget(&s, 7);
	assert_false(cs_inflate(&i, two, 6, &s));
	assert_true(cs_inflate(&i, two, 7, &s));
	assert_int_equal(cs_stretch_behind(&s).len, 14);
	assert_memory_equal(cs_stretch_behind(&s).at, "attest.attest.", 14);
#endif
	cs_inflate_end(&i);
	cs_stretch_free(&s);
}

static int
list(const char *path, long dump)
{
	cs_bytes cab = cabrun_load(path);
	struct cabrun r;

	cabrun_begin(&r);
	r.dump = dump;
	cabrun(&r, cab);
	for (size_t i = 0; i < r.n && !dump; i++)
		printf("%s %llu %zu %08lx %s\n", cabrun_state_word(r.got[i].state),
		       (unsigned long long)r.got[i].size, r.got[i].len,
		       (unsigned long)r.got[i].crc, r.got[i].member->name.at);
	for (const struct cs_note *n = r.scan.notes; n; n = n->next)
		fprintf(stderr, "%s: %s: %s\n", path, cabrun_note_kinds[n->kind], n->text);
	if (!r.ok)
		fprintf(stderr, "%s\n", r.err.message);
	cabrun_end(&r);
	cabrun_drop(cab);
	return r.ok ? 0 : 3;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(made_cabinets_give_what_was_put_in),
		cmocka_unit_test(dropping_what_nobody_reads_changes_nothing_else),
		cmocka_unit_test(limits_stop_where_they_should),
		cmocka_unit_test(a_sink_may_stop),
		cmocka_unit_test(an_error_may_be_unwanted),
		cmocka_unit_test(a_long_source_name_leaves_room_for_the_message),
		cmocka_unit_test(a_cabinet_is_known_by_its_first_bytes),
		cmocka_unit_test(a_stretch_stays_as_small_as_what_is_needed),
		cmocka_unit_test(a_stretch_keeps_what_is_behind_it),
		cmocka_unit_test(blocks_are_inflated_behind_each_other),
	};

	if (argc == 4 && strcmp(argv[1], "--dump") == 0)
		return list(argv[2], strtol(argv[3], NULL, 10));
	if (argc > 2 && strcmp(argv[1], "--list") == 0) {
		int worst = 0;

		for (int i = 2; i < argc; i++)
			worst |= list(argv[i], 0);
		return worst;
	}
	cabrun_directory = argc > 1 ? argv[1] : getenv("CABSCAN_TEST_CABS");
	if (!cabrun_directory) {
		fprintf(stderr, "usage: %s DIR (made by mkcabs.py)\n", argv[0]);
		return 2;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
