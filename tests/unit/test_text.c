#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/text.h"

#define TEXT(z) cs_text_of(z)
#define EXPECT(t, z) assert_true(is(t, z))

static bool
is(cs_text t, const char *z)
{
	return t.len == strlen(z) && (t.len == 0 || memcmp(t.at, z, t.len) == 0);
}

static void
compares_without_case(void **state)
{
	(void)state;
	assert_true(cs_same(TEXT("aB"), TEXT("aB")));
	assert_false(cs_same(TEXT("aB"), TEXT("ab")));
	assert_false(cs_same(TEXT("ab"), TEXT("abc")));
	assert_true(cs_same((cs_text){ NULL, 0 }, TEXT("")));
	assert_true(cs_same_caseless(TEXT("AZaz09_"), TEXT("azAZ09_")));
	/* Neighbours of the letters in ASCII, and letters beyond it. */
	assert_false(cs_same_caseless(TEXT("@["), TEXT("`{")));
	assert_false(cs_same_caseless(TEXT("\xc3\x84"), TEXT("\xc3\xa4")));
	assert_true(cs_has_caseless(TEXT("no valid TPM EK here"), TEXT("tpm ek")));
	assert_true(cs_has_caseless(TEXT("abc"), TEXT("ABC")));
	assert_false(cs_has_caseless(TEXT("ab"), TEXT("abc")));
	assert_true(cs_has_caseless(TEXT("abc"), TEXT("")));
	assert_true(cs_starts_caseless(TEXT("DeviceHash_X"), TEXT("devicehash")));
	assert_false(cs_starts_caseless(TEXT("Device"), TEXT("DeviceHash")));
	assert_true(cs_ends_caseless(TEXT("A.EVTX"), TEXT(".evtx")));
	assert_false(cs_ends_caseless(TEXT("vtx"), TEXT(".evtx")));
}

static const struct { const char *glob, *text; bool matches; } globs[] = {
	{ "", "", true }, { "", "a", false }, { "*", "", true },
	{ "*", "anything", true }, { "?", "a", true }, { "?", "", false },
	{ "a*c", "abbbc", true }, { "a*c", "ac", true }, { "a*c", "abcd", false },
	{ "*.evtx", "System.EVTX", true }, { "*.evtx", "System.evtx.txt", false },
	{ "DeviceHash*", "devicehash_pc.csv", true },
	{ "*a*b*", "xxaxxbxx", true }, { "*a*b*", "xxbxxaxx", false },
	{ "*ab", "aab", true }, { "*aab", "aaab", true }, { "a**", "a", true },
	{ "*\\AutopilotSettings", "HKLM\\A\\AutopilotSettings", true },
	{ "a?c*e", "abcde", true }, { "[ab]", "a", false },
};

static void
globs_match(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(globs) / sizeof(globs[0]); i++)
		if (cs_glob(TEXT(globs[i].glob), TEXT(globs[i].text)) !=
		    globs[i].matches)
			fail_msg("'%s' on '%s'", globs[i].glob, globs[i].text);
}

/* Many stars over a text that never matches: an exponential matcher would
 * not come back. */
static void
globs_are_not_exponential(void **state)
{
	char text[4001], glob[201];

	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t i = 0; i + 1 < sizeof(glob); i += 2)
		memcpy(glob + i, "*a", 2);
	glob[200] = 'b';
	assert_false(cs_glob((cs_text){ glob, sizeof(glob) },
	                     (cs_text){ text, sizeof(text) }));
}

static void
cuts_and_trims(void **state)
{
	cs_text rest = TEXT("a.b..c");

	(void)state;
	EXPECT(cs_cut(&rest, '.'), "a");
	EXPECT(cs_cut(&rest, '.'), "b");
	EXPECT(cs_cut(&rest, '.'), "");
	EXPECT(cs_cut(&rest, '.'), "c");
	assert_int_equal(rest.len, 0);
	EXPECT(cs_cut(&rest, '.'), "");
	rest = (cs_text){ NULL, 0 };
	assert_int_equal(cs_cut(&rest, '.').len, 0);
	rest = TEXT("  one\ttwo \r\n");
	EXPECT(cs_word(&rest), "one");
	EXPECT(rest, "two");
	EXPECT(cs_word(&rest), "two");
	EXPECT(cs_word(&rest), "");
	rest = (cs_text){ NULL, 0 };
	assert_int_equal(cs_word(&rest).len, 0);
	EXPECT(cs_trim(TEXT(" \t\r\n")), "");
	EXPECT(cs_trim(TEXT(" a b ")), "a b");
}

static void
numbers(void **state)
{
	static const struct { const char *text; uint64_t value; } right[] = {
		{ "0", 0 }, { "007", 7 }, { "0x0", 0 }, { "0XfF", 255 },
		{ "18446744073709551615", UINT64_MAX },
		{ "0xffffffffffffffff", UINT64_MAX },
		{ "0x00000000000000000000000001", 1 },
	};
	static const char *const wrong[] = {
		"", " 1", "1 ", "-1", "+1", "0x", "0xg", "1.0", "12a",
		"18446744073709551616", "0x10000000000000000",
		"99999999999999999999", "x10", "\xd9\xa3",
	};
	uint64_t v;

	(void)state;
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		v = 77;
		assert_true(cs_number(TEXT(right[i].text), &v));
		assert_int_equal(v, right[i].value);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		v = 77;
		if (cs_number(TEXT(wrong[i]), &v))
			fail_msg("'%s' is no number", wrong[i]);
		assert_int_equal(v, 77);
	}
	/* A view ends where it says. */
	assert_true(cs_number((cs_text){ "123456", 3 }, &v));
	assert_int_equal(v, 123);
}

static void
versions(void **state)
{
	static const struct { const char *a, *b; int order; } pairs[] = {
		{ "1", "1", 0 }, { "7.85", "7.101", -1 }, { "7.101", "7.85", 1 },
		{ "2.0", "2.0.0.0", 0 }, { "2.0.0.0", "2", 0 },
		{ "2.0", "2.0.0.1", -1 }, { "2.0.1", "2.0", 1 },
		{ "", "", 0 }, { "", "0.0", 0 }, { "10.0.22000.675",
		"10.0.22000.1", 1 }, { "5.0.1089.2", "5.0.1089.02", 0 },
		{ "3.x.0", "3.1.0", -1 }, { "3.1", "3.x", 1 }, { "3.x", "3.y", 0 },
		{ "18446744073709551615", "1", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (cs_version_cmp(TEXT(pairs[i].a), TEXT(pairs[i].b)) !=
		    pairs[i].order)
			fail_msg("'%s' and '%s'", pairs[i].a, pairs[i].b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compares_without_case),
		cmocka_unit_test(globs_match),
		cmocka_unit_test(globs_are_not_exponential),
		cmocka_unit_test(cuts_and_trims),
		cmocka_unit_test(numbers),
		cmocka_unit_test(versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
