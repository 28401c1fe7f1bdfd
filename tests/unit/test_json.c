#include "reading.h"

#include "read/json.h"
#include "read/jsonmend.h"

static const struct {
	const char *what, *text, *expect;
} cases[] = {
	{ "every kind of value",
	  "{\"s\": \"x\", \"e\": \"\", \"i\": -2, \"r\": 2.5, \"t\": true, \"f\": false,"
	  " \"n\": null, \"o\": {}, \"a\": []}",
	  "JSON 1 [x.json]\n s \"x\"\n e \"\"\n i i64 18446744073709551614\n"
	  " r \"2.5\"\n t bool 1\n f bool 0\n n null\n" },
	{ "paths", "[{\"a\": {\"b c\": [1, [2]]}}]",
	  "JSON 1 [x.json]\n 0/a/b c/0 i64 1\n 0/a/b c/1/0 i64 2\n" },
	{ "the line where it begins", "\n\r\n  {\"a\": 1}\n",
	  "JSON 3 [x.json]\n a i64 1\n" },
	{ "a name twice: neither is lost", "{\"a\": 1, \"a\": 2}",
	  "JSON 1 [x.json]\n a i64 1\n a i64 2\n" },
	{ "the least and the largest integers, and beyond them as text",
	  "[-9223372036854775808, 9223372036854775807, -9223372036854775809,"
	  " 9223372036854775808, 0, -0]",
	  "JSON 1 [x.json]\n 0 i64 9223372036854775808\n"
	  " 1 i64 9223372036854775807\n 2 \"-9223372036854775809\"\n"
	  " 3 \"9223372036854775808\"\n 4 i64 0\n 5 i64 0\n" },
	{ "reals as they are written", "[1.50, -0.0, 1e5, 2E-3, 0.1e+10]",
	  "JSON 1 [x.json]\n 0 \"1.50\"\n 1 \"-0.0\"\n 2 \"1e5\"\n"
	  " 3 \"2E-3\"\n 4 \"0.1e+10\"\n" },
	{ "every escape", "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\uDE00\"]",
	  "JSON 1 [x.json]\n 0 \"\"\\/\\x08\\x0c\\x0a\\x0d\\x09\\xc3\\xa9"
	  "\\xf0\\x9f\\x98\\x80\"\n" },
	{ "JSON with something behind it in a string is text",
	  "{\"a\": \"[1] x\", \"b\": \"[1, 2\", \"c\": \" [3] \"}",
	  "JSON 1 [x.json]\n a \"[1] x\"\n b \"[1, 2\"\n c \" [3] \"\n"
	  " c/0 i64 3\n" },
	{ "JSON in strings in JSON",
	  "{\"a\": \"{\\\"b\\\": \\\"[\\\\\\\"c\\\\\\\"]\\\"}\"}",
	  "JSON 1 [x.json]\n a \"{\"b\": \"[\\\"c\\\"]\"}\"\n a/b \"[\"c\"]\"\n"
	  " a/b/0 \"c\"\n" },
	{ "strings that only look like it", "{\"a\": \"{0f0e}\", \"b\": \"[x\"}",
	  "JSON 1 [x.json]\n a \"{0f0e}\"\n b \"[x\"\n" },
	{ "a NUL in a string", "{\"a\": \"x\\u0000y\"}",
	  "JSON 1 [x.json]\n a \"x\\x00y\"\n" },
	{ "documents in a row, with other text around",
	  "log: {\"a\": 1}\n{\"b\": 2}, [3] end",
	  "JSON 1 [x.json]\n a i64 1\nJSON 2 [x.json]\n b i64 2\n"
	  "JSON 2 [x.json]\n 0 i64 3\n"
	  "NOTE damaged 1: 7 bytes before, between or behind JSON not used\n" },
	{ "no JSON", "hello",
	  "NOTE damaged 1: no JSON in 5 bytes\n" },
	{ "nothing", "", "NOTE damaged 1: no JSON in 0 bytes\n" },
	{ "bytes of a code page", "{\"a\": \"\xfc\"}",
	  "JSON 1 [x.json]\n a \"\\xef\\xbf\\xbd\"\n"
	  "NOTE encoding 0: 1 bytes that are not UTF-8, shown as U+FFFD\n" },
	{ "a mark before it", "\xef\xbb\xbf{\"a\": 1}",
	  "JSON 1 [x.json]\n a i64 1\n" },

	/* Mended. */
	{ "commas too many", "{\"a\": [1,, 2,],\n}",
	  "JSON 1 [x.json]\n a/0 i64 1\n a/1 i64 2\n"
	  "NOTE damaged 1: JSON with two commas at column 10; mistakes mended: 3\n" },
	{ "backslashes that escape nothing",
	  "{\n \"p\": \"C:\\Users\\x\", \"u\": \"\\u12\"}",
	  "JSON 1 [x.json]\n p \"C:\\Users\\x\"\n u \"\\u12\"\n"
	  "NOTE damaged 2: JSON with a single backslash at column 10; "
	  "mistakes mended: 3\n" },
	{ "quotes and control characters inside a string",
	  "{\"q\": \"a \"b\" c\td\ne\"}",
	  "JSON 1 [x.json]\n q \"a \"b\" c\\x09d\\x0ae\"\n"
	  "NOTE damaged 1: JSON with a quote inside a string at column 10; "
	  "mistakes mended: 4\n" },
	{ "half surrogate pairs",
	  "{\"a\": \"\\ud83d\\ude00 \\ud83d \\ude00\"}",
	  "JSON 1 [x.json]\n a \"\\xf0\\x9f\\x98\\x80 \\xef\\xbf\\xbd \\xef\\xbf\\xbd\"\n"
	  "NOTE damaged 1: JSON with half a surrogate pair at column 21; "
	  "mistakes mended: 2\n" },
	{ "numbers too large become text, and that is no mistake",
	  "{\"a\": 18446744073709551615, \"b\": 1e999}",
	  "JSON 1 [x.json]\n a \"18446744073709551615\"\n b \"1e999\"\n" },

	/* Cut. */
	{ "cut in a string", "{\"a\": {\"b\": [1, 2, {\"c\": \"x\", \"d\": \"incompl",
	  "JSON 1 [x.json]\n a/b/0 i64 1\n a/b/1 i64 2\n a/b/2/c \"x\"\n"
	  "NOTE damaged 1: JSON cannot be read behind line 1, column 29: "
	  "15 of 43 bytes not used\n" },
	{ "cut in a number: there may have been more of it", "{\"a\": 1,\n \"b\": 12",
	  "JSON 1 [x.json]\n a i64 1\n"
	  "NOTE damaged 1: JSON cannot be read behind line 1, column 8: "
	  "10 of 17 bytes not used\n" },
	{ "cut behind a name", "{\"a\": 1, \"b\":",
	  "JSON 1 [x.json]\n a i64 1\n"
	  "NOTE damaged 1: JSON cannot be read behind line 1, column 8: "
	  "6 of 13 bytes not used\n" },
	{ "cut before its last bracket", "{\"a\": \"x\"",
	  "JSON 1 [x.json]\n a \"x\"\n"
	  "NOTE damaged 1: JSON cannot be read behind line 1, column 10: "
	  "0 of 9 bytes not used\n" },
	{ "a wrong word", "{\"a\": null, \"b\": True, \"c\": 1}",
	  "JSON 1 [x.json]\n a null\n"
	  "NOTE damaged 1: JSON cannot be read behind line 1, column 11: "
	  "20 of 30 bytes not used\n" },
	{ "a comma too few", "[1,\n2 3]",
	  "JSON 1 [x.json]\n 0 i64 1\n 1 i64 2\n"
	  "NOTE damaged 2: JSON cannot be read behind line 2, column 2: "
	  "3 of 8 bytes not used\n" },
	{ "numbers that are none", "[1, 01]",
	  "JSON 1 [x.json]\n 0 i64 1\n"
	  "NOTE damaged 1: JSON cannot be read behind line 1, column 3: "
	  "5 of 7 bytes not used\n" },
	{ "a wrong bracket", "{\"a\": [1], \"b\": [2}",
	  "JSON 1 [x.json]\n a/0 i64 1\n b/0 i64 2\n"
	  "NOTE damaged 1: JSON cannot be read behind line 1, column 19: "
	  "1 of 19 bytes not used\n" },
	{ "nothing but a bracket", "{",
	  "NOTE damaged 1: JSON cannot be read behind line 1, column 2: "
	  "0 of 1 bytes not used\n" },
};

static void
reads_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		print_message("# %s\n", cases[i].what);
		check_reading(&cs_format_json, "dir/x.json", cases[i].text,
		              cases[i].expect);
	}
}

static size_t
repeat(char *to, const char *what, size_t times)
{
	size_t len = strlen(what);

	for (size_t i = 0; i < times; i++)
		memcpy(to + i * len, what, len);
	return len * times;
}

static void
depth_is_limited(void **state)
{
	static char text[200000];
	static struct reading r;
	size_t len;

	(void)state;
	len = repeat(text, "[", MAX_JSON_DEPTH);
	len += repeat(text + len, "]", MAX_JSON_DEPTH);
	assert_true(cs_json_shallow((cs_text){ text, len }));
	read_bytes(&r, &cs_format_json, "x.json", text, len);
	assert_string_equal(r.text, "JSON 1 [x.json]\n");

	len = repeat(text, "[1,", MAX_JSON_DEPTH + 1);
	assert_false(cs_json_shallow((cs_text){ text, len }));
	read_bytes(&r, &cs_format_json, "x.json", text, len);
	assert_int_equal(r.n_records, 1);
	assert_non_null(strstr(r.text, "NOTE limit 1: JSON of more than 64 levels"));

	len = repeat(text, "[", sizeof(text));
	read_bytes(&r, &cs_format_json, "x.json", text, len);
	assert_non_null(strstr(r.text, "NOTE limit 1: JSON of more than 64 levels"));
}

/* "[\"[...\"]" to six levels of strings: four are opened. */
static void
strings_in_strings_are_limited(void **state)
{
	static char text[4096], inner[4096];
	static struct reading r;

	(void)state;
	snprintf(text, sizeof(text), "[\"x\"]");
	for (unsigned level = 0; level < 6; level++) {
		size_t n = 0;

		for (const char *p = text; *p; p++) {
			if (*p == '"' || *p == '\\')
				inner[n++] = '\\';
			inner[n++] = *p;
		}
		snprintf(text, sizeof(text), "[\"%.*s\"]", (int)n, inner);
	}
	read_bytes(&r, &cs_format_json, "x.json", text, strlen(text));
	assert_int_equal(r.n_records, 1);
	assert_non_null(strstr(r.text, "\n 0/0/0/0/0 \""));
	assert_null(strstr(r.text, "\n 0/0/0/0/0/0 \""));
}

static void
size_is_limited(void **state)
{
	static char text[MAX_VALUE_BYTES + 100];
	static struct reading r;
	size_t len;

	(void)state;
	text[0] = '[';
	len = 1 + repeat(text + 1, "\"12345678\",", (sizeof(text) - 1) / 11);
	read_bytes(&r, &cs_format_json, "x.json", text, len);
	assert_int_equal(r.n_records, 1);
	assert_non_null(strstr(r.text, "NOTE limit 1: JSON of 1048675 bytes is "
	                               "read up to 1048576\n"));
	assert_non_null(strstr(r.text, "NOTE damaged 1: JSON cannot be read"));

	len = 1 + repeat(text + 1, "1,", MAX_VALUE_BYTES / 2 - 1);
	text[len - 1] = ']';
	read_bytes(&r, &cs_format_json, "x.json", text, len);
	assert_non_null(strstr(r.text, "NOTE limit 1: JSON is read up to its value"));
}

static void
long_paths_are_left_out(void **state)
{
	static char text[4096];
	static struct reading r;
	size_t len = 0;

	(void)state;
	len += repeat(text, "{\"a\":1,\"", 1);
	len += repeat(text + len, "k", 1100);
	len += repeat(text + len, "\":2,\"b\":3}", 1);
	read_bytes(&r, &cs_format_json, "x.json", text, len);
	assert_string_equal(r.text,
	    "JSON 1 [x.json]\n a i64 1\n b i64 3\n"
	    "NOTE limit 1: JSON with 1 values left out: their names together are "
	    "longer than 1024 bytes\n");
}

static void
reads_utf16(void **state)
{
	static const char text[] = "\xfe\xff\0{\0\"\0a\0\"\0:\0\"\0\xe4\0\"\0}";
	static struct reading r;

	(void)state;
	read_bytes(&r, &cs_format_json, "x.json", text, sizeof(text) - 1);
	assert_string_equal(r.text, "JSON 1 [x.json]\n a \"\\xc3\\xa4\"\n");
}

static void
claims_json(void **state)
{
	static const char lines[] = "{\"Message\":\"x\"}\r\nDate: x\r\n";

	(void)state;
	check_claim(&cs_format_json, "x.json", "{\"a\"", 4, 90);
	check_claim(&cs_format_json, "x.JSON", "x", 1, 40);
	check_claim(&cs_format_json, "x.json", "", 0, 40);
	check_claim(&cs_format_json, "x.json", "\0\0\0\0", 4, 0);
	check_claim(&cs_format_json, "x", "\r\n{ \"a\"", 7, 50);
	check_claim(&cs_format_json, "x", "{0f0e}", 6, 0);
	check_claim(&cs_format_json, "x.txt", "{\r\n\"a\": 1", 9, 50);
	check_claim(&cs_format_json, "x.txt", "{\"a\": 1}\r\n", 10, 50);
	check_claim(&cs_format_json, "x.txt", lines, sizeof(lines) - 1, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_values),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(strings_in_strings_are_limited),
		cmocka_unit_test(size_is_limited),
		cmocka_unit_test(long_paths_are_left_out),
		cmocka_unit_test(reads_utf16),
		cmocka_unit_test(claims_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
