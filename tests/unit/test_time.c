#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/time.h"

#define DAY (86400 * CS_SECOND)
#define EPOCH_1970 UINT64_C(116444736000000000)
#define END_OF_9999 UINT64_C(2650467743999999999)

static uint64_t
civil(unsigned y, unsigned mo, unsigned d)
{
	uint64_t t = 1;

	assert_true(cs_time_civil(y, mo, d, 0, 0, 0, 0, &t));
	return t;
}

static void
civil_dates(void **state)
{
	uint64_t t;

	(void)state;
	assert_int_equal(civil(1601, 1, 1), 0);
	assert_int_equal(civil(1970, 1, 1), EPOCH_1970);
	assert_int_equal(civil(2000, 3, 1) - civil(2000, 2, 28), 2 * DAY);
	assert_int_equal(civil(1900, 3, 1) - civil(1900, 2, 28), DAY);
	assert_int_equal(civil(2026, 11, 20), UINT64_C(134396064000000000));
	assert_true(cs_time_civil(9999, 12, 31, 23, 59, 59, 9999999, &t));
	assert_int_equal(t, END_OF_9999);
	/* A leap second is the first of the next minute. */
	assert_true(cs_time_civil(2016, 12, 31, 23, 59, 60, 0, &t));
	assert_int_equal(t, civil(2017, 1, 1));
}

static void
civil_fields_out_of_range(void **state)
{
	static const unsigned wrong[][7] = {
		{ 1600, 1, 1, 0, 0, 0, 0 }, { 10000, 1, 1, 0, 0, 0, 0 },
		{ 2026, 0, 1, 0, 0, 0, 0 }, { 2026, 13, 1, 0, 0, 0, 0 },
		{ 2026, 1, 0, 0, 0, 0, 0 }, { 2026, 4, 31, 0, 0, 0, 0 },
		{ 2026, 2, 29, 0, 0, 0, 0 }, { 1900, 2, 29, 0, 0, 0, 0 },
		{ 2026, 1, 1, 24, 0, 0, 0 }, { 2026, 1, 1, 0, 60, 0, 0 },
		{ 2026, 1, 1, 0, 0, 61, 0 }, { 2026, 1, 1, 0, 0, 0, 10000000 },
		{ 65535, 65535, 65535, 65535, 65535, 65535, 65535 },
		{ UINT32_MAX, 1, 1, 0, 0, 0, 0 },
	};
	uint64_t t = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const unsigned *w = wrong[i];

		if (cs_time_civil(w[0], w[1], w[2], w[3], w[4], w[5], w[6], &t))
			fail_msg("number %zu", i);
	}
	assert_int_equal(t, 42);
}

static const struct { const char *text, *same_as; } spellings[] = {
	{ "2026-11-20T09:00:44.1234567Z", "2026-11-20T09:00:44.1234567Z" },
	{ "2026-11-20 09:00:44", "2026-11-20T09:00:44.0000000Z" },
	{ "2026-11-20t09:00:44z", "2026-11-20T09:00:44.0000000Z" },
	{ "  2026-11-20T09:00Z\r\n", "2026-11-20T09:00:00.0000000Z" },
	{ "2026-11-20T09:00:44,5", "2026-11-20T09:00:44.5000000Z" },
	{ "2026-11-20T09:00:44.1", "2026-11-20T09:00:44.1000000Z" },
	{ "2026-11-20T09:00:44.123456789Z", "2026-11-20T09:00:44.1234567Z" },
	{ "2026-11-20T09:00:44.0000001Z", "2026-11-20T09:00:44.0000001Z" },
	{ "2026-11-20T09:00:44+01:00", "2026-11-20T08:00:44.0000000Z" },
	{ "2026-11-20T09:00:44.5-0530", "2026-11-20T14:30:44.5000000Z" },
	{ "2026-11-20T09:00:44+02", "2026-11-20T07:00:44.0000000Z" },
	{ "2026-01-01T00:30:00+14:00", "2025-12-31T10:30:00.0000000Z" },
	{ "2024-02-29T23:59:59.9999999-00:01", "2024-03-01T00:00:59.9999999Z" },
	{ "1601-01-01T00:00:00Z", "1601-01-01T00:00:00.0000000Z" },
	{ "9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z" },
	{ "/Date(0)/", "1970-01-01T00:00:00.0000000Z" },
	{ "/Date(1763802000123)/", "2025-11-22T09:00:00.1230000Z" },
};

static void
parses(void **state)
{
	char text[CS_TIME_CHARS];
	uint64_t t;

	(void)state;
	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		if (!cs_time_parse(cs_text_of(spellings[i].text), &t))
			fail_msg("'%s' is a time", spellings[i].text);
		cs_time_text(t, text);
		assert_string_equal(text, spellings[i].same_as);
	}
}

static void
refuses_what_is_no_time(void **state)
{
	static const char *const wrong[] = {
		"", "2026", "2026-11-20", "2026-11-20T", "2026-11-20T09",
		"2026-11-20T09:0", "2026-11-20T09:00:4", "2026-11-20T09:00:44.",
		"2026-11-20T09:00:44.1234567890Z", "2026-11-20T09:00:44ZZ",
		"2026-11-20T09:00:44+", "2026-11-20T09:00:44+1",
		"2026-11-20T09:00:44+15:00", "2026-11-20T09:00:44+01:60",
		"2026-11-20T09:00:44 UTC", "2026-02-30T09:00:00Z",
		"2026-11-20X09:00:00Z", "1600-12-31T23:00:00Z",
		"99999-01-01T00:00:00Z", "-026-11-20T09:00:00Z",
		"2026-11-20T25:00:00Z", "2026/11/20 09:00:00",
		"/Date(-62135596800000)/", "/Date()/", "/Date(", "/Date(1)",
		"/Date(253402300800000)/", "/Date(1x)/",
		/* Before the first time that there is. */
		"1601-01-01T00:00:00+00:01", "1601-01-01T13:59:59+14:00",
	};
	uint64_t t = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (cs_time_parse(cs_text_of(wrong[i]), &t))
			fail_msg("'%s' is no time", wrong[i]);
	assert_int_equal(t, 42);
	assert_false(cs_time_parse((cs_text){ "2026-11-20T09:00:44\0Z", 21 }, &t));
}

/* Every cut of a time, and every byte of it replaced: never past the end. */
static void
hostile_bytes(void **state)
{
	static const char good[] = "2026-11-20T09:00:44.1234567+01:00";
	char bad[sizeof(good)];
	uint64_t t;

	(void)state;
	for (size_t n = 0; n < sizeof(good) - 1; n++) {
		cs_time_parse((cs_text){ good, n }, &t);
		for (unsigned c = 0; c < 256; c++) {
			memcpy(bad, good, sizeof(good));
			bad[n] = (char)c;
			cs_time_parse((cs_text){ bad, sizeof(good) - 1 }, &t);
		}
	}
	assert_true(cs_time_parse((cs_text){ good, sizeof(good) - 1 }, &t));
}

static void
round_trip(void **state)
{
	char text[CS_TIME_CHARS];
	uint64_t t = 1, back = 0, seen = 0;

	(void)state;
	/* A step that is prime to days, months and years. */
	for (; t < END_OF_9999; t += UINT64_C(31556952000017) * 13, seen++) {
		cs_time_text(t, text);
		assert_int_equal(strlen(text), 28);
		assert_true(cs_time_parse(cs_text_of(text), &back));
		assert_int_equal(back, t);
	}
	assert_true(seen > 6000);
	/* Every day of four centuries. */
	for (t = 0; t < 146100 * DAY; t += DAY) {
		cs_time_text(t, text);
		assert_true(cs_time_parse(cs_text_of(text), &back));
		assert_int_equal(back, t);
	}
}

static void
texts_of_any_number(void **state)
{
	char text[CS_TIME_CHARS];

	(void)state;
	cs_time_text(END_OF_9999, text);
	assert_string_equal(text, "9999-12-31T23:59:59.9999999Z");
	cs_time_text(END_OF_9999 + 1, text);
	assert_string_equal(text, "9999-12-31T23:59:59.9999999Z");
	cs_time_text(UINT64_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59.9999999Z");
	cs_time_text(0, text);
	assert_string_equal(text, "1601-01-01T00:00:00.0000000Z");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(civil_dates),
		cmocka_unit_test(civil_fields_out_of_range),
		cmocka_unit_test(parses),
		cmocka_unit_test(refuses_what_is_no_time),
		cmocka_unit_test(hostile_bytes),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(texts_of_any_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
