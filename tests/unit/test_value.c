/* test_value.c - the canonical text of each type, and values as numbers */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "read/array.h"
#include "read/value.h"

struct row {
	enum cs_type type;
	const char *raw;
	size_t len;
	const char *text;
};
#define ROW(type, raw, text) { type, raw, sizeof(raw) - 1, text }

static const struct row texts[] = {
	ROW(CS_NULL, "", ""),
	ROW(CS_NULL, "\1\2\3\4", ""),
	ROW(CS_UTF16, "a\0b\0", "ab"),
	ROW(CS_UTF16, "a\0b\0\0\0\0\0", "ab"),
	ROW(CS_UTF16, " \0a\0 \0", " a "),
	ROW(CS_UTF16, "a\0b", "a"),
	ROW(CS_UTF16, "\0\0", ""),
	ROW(CS_UTF16, "a\0\0\0b\0", "a\xef\xbf\xbd" "b"),
	ROW(CS_UTF16, "\xfc\0\xac\x20", "\xc3\xbc\xe2\x82\xac"),
	ROW(CS_UTF16, "\x3d\xd8\x00\xde", "\xf0\x9f\x98\x80"),
	ROW(CS_UTF16, "a\0\x3d\xd8" "b\0", "a\xef\xbf\xbd" "b"),
	ROW(CS_UTF16, "\x00\xde" "b\0", "\xef\xbf\xbd" "b"),
	ROW(CS_UTF16, "\x3d\xd8", "\xef\xbf\xbd"),
	ROW(CS_UTF16, "a\0\r\0\n\0b\0\r\0", "a\nb\n"),
	ROW(CS_ANSI, "abc\0\0", "abc"),
	ROW(CS_ANSI, "a\0b\0", "a\xef\xbf\xbd" "b"),
	ROW(CS_ANSI, "M\xfcller", "M\xef\xbf\xbdller"),
	ROW(CS_ANSI, "<a>\r\n", "<a>\n"),
	ROW(CS_UTF8, "\xc3\xbc\xff", "\xc3\xbc\xef\xbf\xbd"),
	ROW(CS_UTF8, "a\r\nb\rc", "a\nb\nc"),
	ROW(CS_I8, "\xff", "-1"),
	ROW(CS_I8, "\x80", "-128"),
	ROW(CS_U8, "\xff", "255"),
	ROW(CS_I16, "\x00\x80", "-32768"),
	ROW(CS_U16, "\x00\x80", "32768"),
	ROW(CS_I32, "\x57\x00\x07\x80", "-2147024809"),
	ROW(CS_I32, "\x4c\xff\xff\xff", "-180"),
	ROW(CS_U32, "\x57\x00\x07\x80", "2147942487"),
	ROW(CS_I64, "\0\0\0\0\0\0\0\x80", "-9223372036854775808"),
	ROW(CS_I64, "\xff\xff\xff\xff\xff\xff\xff\xff", "-1"),
	ROW(CS_U64, "\xff\xff\xff\xff\xff\xff\xff\xff", "18446744073709551615"),
	ROW(CS_U32, "\1\0\0\0\xff\xff", "1"),
	ROW(CS_U32, "\xab\xcd", "ABCD"),
	ROW(CS_BOOL, "\0\0\0\0", "false"),
	ROW(CS_BOOL, "\1\0\0\0", "true"),
	ROW(CS_BOOL, "\0\0\0\1", "true"),
	ROW(CS_BOOL, "\xff", "true"),
	ROW(CS_BINARY, "\x00\xff\x1a", "00FF1A"),
	ROW(CS_GUID, "\x92\x3a\xad\xba\x96\xfb\x02\x59\x45\x0b\xb8\x42\x1b\xde"
	    "\xc7\xbd", "{baad3a92-fb96-5902-450b-b8421bdec7bd}"),
	ROW(CS_GUID, "\x92\x3a", "923A"),
	ROW(CS_SIZE, "\x10\x00\x00\x00", "0x10"),
	ROW(CS_SIZE, "\x10\x00\x00\x00\x01\x00\x00\x00", "0x100000010"),
	ROW(CS_FILETIME, "\x00\x80\x3e\xd5\xde\xb1\x9d\x01",
	    "1970-01-01T00:00:00.0000000Z"),
	ROW(CS_FILETIME, "\0\0\0\0\0\0\0\0", "1601-01-01T00:00:00.0000000Z"),
	ROW(CS_SYSTEMTIME, "\xea\x07\x0b\0\0\0\x16\0\x09\0\0\0\x2c\0\x7b\0",
	    "2026-11-22T09:00:44.123Z"),
	ROW(CS_SYSTEMTIME, "\xea\x07\x0d\0\0\0\x16\0\x09\0\0\0\x2c\0\x7b\0",
	    "EA070D0000001600090000002C007B00"),
	ROW(CS_SID, "\1\1\0\0\0\0\0\5\x12\0\0\0", "S-1-5-18"),
	ROW(CS_SID, "\1\2\0\0\0\0\0\5\x20\0\0\0\x20\2\0\0", "S-1-5-32-544"),
	ROW(CS_SID, "\1\0\0\0\0\0\0\0", "S-1-0"),
	ROW(CS_SID, "\1\1\1\0\0\0\0\5\x12\0\0\0", "S-1-0x10000000005-18"),
	ROW(CS_SID, "\1\5\0\0\0\0\0\5\x15\0\0\0\1", "S-1-5-21"),
	ROW(CS_SID, "\1\1\0\0", "01010000"),
	ROW(CS_HEX32, "\x90\x04\x07\x80", "0x80070490"),
	ROW(CS_HEX32, "\0\0\0\0", "0x0"),
	ROW(CS_HEX64, "\1\0\0\0\0\0\0\x80", "0x8000000000000001"),
	ROW(CS_BINXML, "\x0f\1", "0F01"),
	ROW((enum cs_type)0x55, "\1\2", "0102"),
};

static const struct row floats[] = {
	ROW(CS_DOUBLE, "\0\0\0\0\0\0\0\0", "0"),
	ROW(CS_DOUBLE, "\0\0\0\0\0\0\0\x80", "-0"),
	ROW(CS_DOUBLE, "\0\0\0\0\0\0\xf0\x3f", "1"),
	ROW(CS_DOUBLE, "\0\0\0\0\0\0\xf8\xbf", "-1.5"),
	ROW(CS_DOUBLE, "\x9a\x99\x99\x99\x99\x99\xb9\x3f", "0.1"),
	ROW(CS_DOUBLE, "\x33\x33\x33\x33\x33\x33\xd3\x3f", "0.3"),
	ROW(CS_DOUBLE, "\x55\x55\x55\x55\x55\x55\xd5\x3f", "0.3333333333333333"),
	ROW(CS_DOUBLE, "\0\0\0\0\0\x6a\xf8\x40", "100000"),
	ROW(CS_DOUBLE, "\0\0\x34\x26\xf5\x6b\x0c\x43", "1000000000000000"),
	ROW(CS_DOUBLE, "\0\x80\xe0\x37\x79\xc3\x41\x43", "1e+16"),
	ROW(CS_DOUBLE, "\xf1\x68\xe3\x88\xb5\xf8\xe4\x3e", "0.00001"),
	ROW(CS_DOUBLE, "\x8d\xed\xb5\xa0\xf7\xc6\xb0\x3e", "1e-06"),
	ROW(CS_DOUBLE, "\1\0\0\0\0\0\0\0", "5e-324"),
	ROW(CS_DOUBLE, "\xff\xff\xff\xff\xff\xff\xef\x7f",
	    "1.7976931348623157e+308"),
	ROW(CS_DOUBLE, "\0\0\0\0\0\0\x10\0", "2.2250738585072014e-308"),
	ROW(CS_DOUBLE, "\0\0\0\0\0\0\xf0\x7f", "1.#INF"),
	ROW(CS_DOUBLE, "\0\0\0\0\0\0\xf0\xff", "-1.#INF"),
	ROW(CS_DOUBLE, "\0\0\0\0\0\0\xf8\x7f", "1.#QNAN"),
	ROW(CS_FLOAT, "\xcd\xcc\xcc\x3d", "0.1"),
	ROW(CS_FLOAT, "\1\0\0\0", "1e-45"),
	ROW(CS_FLOAT, "\xff\xff\x7f\x7f", "3.4028235e+38"),
	ROW(CS_FLOAT, "\0\0\x80\x7f", "1.#INF"),
	ROW(CS_FLOAT, "\0\0\x80", "000080"),
};

static void
check(const struct row *rows, size_t n)
{
	cs_arena a = { 0 };

	for (size_t i = 0; i < n; i++) {
		struct cs_value v = { CS_TEXT("x"), rows[i].type,
		        { (const uint8_t *)rows[i].raw, rows[i].len } };
		cs_text t = cs_value_text(&a, &v);

		if (!cs_same(t, cs_text_of(rows[i].text)))
			fail_msg("row %zu: \"%.*s\", expected \"%s\"", i,
			         (int)t.len, t.at, rows[i].text);
	}
	cs_arena_free(&a);
}

static void
every_type_has_its_text(void **state)
{
	(void)state;
	check(texts, sizeof(texts) / sizeof(texts[0]));
}

static void
floats_are_short_and_exact(void **state)
{
	(void)state;
	check(floats, sizeof(floats) / sizeof(floats[0]));
}

static const struct { struct row row; bool is_number; uint64_t number; }
numbers[] = {
	{ ROW(CS_I32, "\xff\xff\xff\xff", ""), true, UINT64_MAX },
	{ ROW(CS_U32, "\xff\xff\xff\xff", ""), true, UINT32_MAX },
	{ ROW(CS_HEX32, "\x90\x04\x07\x80", ""), true, 0x80070490 },
	{ ROW(CS_BOOL, "\2\0\0\0", ""), true, 1 },
	{ ROW(CS_UTF16, "1\0" "1\0" "1\0" "6\0", ""), true, 1116 },
	{ ROW(CS_UTF16, "0\0x\0f\0\0\0", ""), true, 15 },
	{ ROW(CS_UTF16, "-\0" "1\0", ""), true, UINT64_MAX },
	{ ROW(CS_UTF8, "0x80070490", ""), true, 0x80070490 },
	{ ROW(CS_ANSI, " 7 ", ""), true, 7 },
	{ ROW(CS_UTF16, "1\0x\0", ""), false, 0 },
	{ ROW(CS_UTF16, "1\0\1\1", ""), false, 0 },
	{ ROW(CS_UTF8, "", ""), false, 0 },
	{ ROW(CS_UTF8, "1111111111111111111111111111111111111111111", ""),
	  false, 0 },
	{ ROW(CS_U32, "\1\0", ""), false, 0 },
	{ ROW(CS_NULL, "", ""), false, 0 },
	{ ROW(CS_GUID, "0123456789abcdef", ""), false, 0 },
};

static void
numbers_are_read_from_any_type(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const struct row *r = &numbers[i].row;
		struct cs_value v = { CS_TEXT(""), r->type,
		        { (const uint8_t *)r->raw, r->len } };
		uint64_t n = 0;

		if (cs_value_number(&v, &n) != numbers[i].is_number ||
		    n != numbers[i].number)
			fail_msg("row %zu: %llu", i, (unsigned long long)n);
	}
}

static void
times_are_read_from_any_type(void **state)
{
	static const struct row rows[] = {
		ROW(CS_FILETIME, "\x00\x80\x3e\xd5\xde\xb1\x9d\x01", ""),
		ROW(CS_SYSTEMTIME, "\xb2\x07\1\0\4\0\1\0\0\0\0\0\0\0\0\0", ""),
		ROW(CS_UTF8, "1970-01-01T00:00:00.0000000Z", ""),
		ROW(CS_UTF8, "1970-01-01T00:00:00Z", ""),
	};
	struct cs_value bad = { CS_TEXT(""), CS_FILETIME,
	                        { (const uint8_t *)"1234", 4 } };
	uint64_t t;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cs_value v = { CS_TEXT(""), rows[i].type,
		        { (const uint8_t *)rows[i].raw, rows[i].len } };

		t = 0;
		assert_true(cs_value_time(&v, &t));
		assert_int_equal(t, 116444736000000000u);
	}
	assert_false(cs_value_time(&bad, &t));
}

static void
arrays_are_cut_into_items(void **state)
{
	static const struct {
		enum cs_type type;
		const char *raw;
		size_t len, n, last;
	} rows[] = {
		{ CS_UTF16, "a\0\0\0b\0\0\0", 8, 2, 2 },
		{ CS_UTF16, "a\0\0\0b\0", 6, 2, 2 },
		{ CS_UTF16, "a\0\0\0\0\0", 6, 2, 0 },
		{ CS_ANSI, "a\0bc\0", 5, 2, 2 },
		{ CS_U32, "\1\0\0\0\2\0\0\0\3", 9, 3, 1 },
		{ CS_SID, "\1\1\0\0\0\0\0\5\x12\0\0\0\1\1\0\0\0\0\0\5\x13\0\0\0",
		  24, 2, 12 },
		{ CS_SIZE, "\1\0\0\0\0\0\0\0", 8, 1, 8 },
		{ CS_SIZE, "\1\0\0\0", 4, 1, 4 },
		{ CS_BINARY, "\1\2\3", 3, 1, 3 },
		{ CS_BOOL, "\1\0\0\0\0\0\0\0", 8, 2, 4 },
		{ CS_GUID, "0123456789abcdef0123456789abcdef", 32, 2, 16 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cs_bytes rest = { (const uint8_t *)rows[i].raw, rows[i].len };
		cs_bytes item = { NULL, 0 };
		size_t n = 0;

		for (; rest.len > 0; n++)
			item = cs_array_next(rows[i].type, &rest);
		assert_int_equal(n, rows[i].n);
		assert_int_equal(item.len, rows[i].last);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_has_its_text),
		cmocka_unit_test(floats_are_short_and_exact),
		cmocka_unit_test(numbers_are_read_from_any_type),
		cmocka_unit_test(times_are_read_from_any_type),
		cmocka_unit_test(arrays_are_cut_into_items),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
