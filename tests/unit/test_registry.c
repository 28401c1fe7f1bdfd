#include "reading.h"

#define DUMP "[HKEY_LOCAL_MACHINE\\A]\r\n"
#define EXPORT "Windows Registry Editor Version 5.00\r\n\r\n" DUMP

static const struct {
	const char *what, *text, *expect;
} cases[] = {
	{ "nothing", "", "" },
	{ "a dump: kinds of values",
	  DUMP
	  "    \"s\"=\"text\"\r\n"
	  "    \"d\"=DWORD:0000002a\r\n"
	  "    \"q\"=QWORD:1d9f3a2b4c5d6e7\r\n"
	  "    @=\"default\"\r\n"
	  "    \"o\"=anything else \r\n"
	  "\r\n",
	  "KEY 1 [HKEY_LOCAL_MACHINE\\A]\n s \"text\"\n d u32 42\n"
	  " q u64 133405544127256295\n \"default\"\n o \"anything else\"\n" },
	{ "a dump: strings are raw",
	  DUMP
	  "    \"p\"=\"C:\\\\x\\new \"quoted\"\"\r\n"
	  "    \"a\"b\"=\"c\"\r\n"
	  "    \"e\"=\"\"\r\n",
	  "KEY 1 [HKEY_LOCAL_MACHINE\\A]\n p \"C:\\\\x\\new \"quoted\"\"\n"
	  " a\"b \"c\"\n e \"\"\n" },
	{ "a dump: a string of several lines, with a key inside",
	  DUMP
	  "    \"m\"=\"one\"\r\n two\r\n[HKEY_X]\r\n    \"x\"=DWORD:00000001\"\r\n"
	  "    \"n\"=DWORD:00000002\r\n",
	  "KEY 1 [HKEY_LOCAL_MACHINE\\A]\n"
	  " m \"one\"\\x0d\\x0a two\\x0d\\x0a[HKEY_X]\\x0d\\x0a    \"x\"=DWORD:00000001\"\n"
	  " n u32 2\n" },
	{ "a dump: strings end before a key, with and without an empty line",
	  DUMP "    \"m\"=\"one\"\r\n\r\n[HKEY_B]\r\n    \"m\"=\"two\"\r\n[HKEY_C]\r\n",
	  "KEY 1 [HKEY_LOCAL_MACHINE\\A]\n m \"one\"\n"
	  "KEY 4 [HKEY_B]\n m \"two\"\nKEY 6 [HKEY_C]\n" },
	{ "a dump: doubled carriage returns",
	  DUMP "    \"j\"=\"x\r\r\ny\"\r\n    \"k\"=\"z\"\r\r\n    \"d\"=DWORD:00000001\r\r\n",
	  "KEY 1 [HKEY_LOCAL_MACHINE\\A]\n j \"x\\x0d\\x0d\\x0ay\"\n k \"z\"\n d u32 1\n" },
	{ "a dump: numbers that are none stay text",
	  DUMP "    \"d\"=DWORD:123456789\r\n    \"e\"=DWORD:\r\n    \"f\"=DWORD:12x\r\n",
	  "KEY 1 [HKEY_LOCAL_MACHINE\\A]\n d \"DWORD:123456789\"\n e \"DWORD:\"\n"
	  " f \"DWORD:12x\"\n" },
	{ "a dump: a string that is cut off",
	  DUMP "    \"a\"=\"cut here\r\n    \"b\"=DWORD:00000001\r\n",
	  "KEY 1 [HKEY_LOCAL_MACHINE\\A]\n a \"cut here\"\n b u32 1\n"
	  "NOTE damaged 2: registry string without an end, cut after 9 bytes, as "
	  "any later one is\n" },
	{ "lines that are neither are passed and counted",
	  DUMP "    \"d\"=DWORD:00000001\r\nwhat\r\nis\r\n    \"e\"=DWORD:00000002\r\n",
	  "KEY 1 [HKEY_LOCAL_MACHINE\\A]\n d u32 1\n e u32 2\n"
	  "NOTE damaged 3: 2 lines that are neither a key nor a value, from here on\n" },
	{ "values before any key",
	  "    \"d\"=DWORD:00000001\r\n" DUMP,
	  "KEY 1 []\n d u32 1\nKEY 2 [HKEY_LOCAL_MACHINE\\A]\n" },
	{ "a key whose bracket is cut off", "[HKEY_X\\Y",
	  "KEY 1 [HKEY_X\\Y]\n" },
	{ "an export: strings are escaped",
	  EXPORT "\"s\"=\"C:\\\\x \\\"y\\\"\"\r\n\"a\\\\b\"=\"\"\r\n@=\"\\n\"\r\n",
	  "KEY 3 [HKEY_LOCAL_MACHINE\\A]\n s \"C:\\x \"y\"\"\n a\\b \"\"\n \"\\n\"\n" },
	{ "an export: numbers, bytes, comments and deletions",
	  EXPORT "; note\r\n\"d\"=dword:0000002a\r\n\"x\"=-\r\n"
	  "\"b\"=hex:00,ff,\\\r\n  10\r\n\"n\"=hex(0):\r\n"
	  "\"q\"=hex(b):2a,00,00,00,00,00,00,00\r\n\"l\"=hex(4):2a,00,00,00\r\n"
	  "\"g\"=hex(5):00,00,00,2a\r\n",
	  "KEY 3 [HKEY_LOCAL_MACHINE\\A]\n d u32 42\n b binary 00ff10\n n binary \n"
	  " q u64 42\n l u32 42\n g u32 42\n" },
	{ "an export: text in hex",
	  EXPORT "\"e\"=hex(2):25,00,41,00,\\\r\n  25,00,00,00\r\n"
	  "\"m\"=hex(7):61,00,00,00,e4,00,00,00,00,00\r\n\"z\"=hex(7):00,00\r\n"
	  "\"s\"=hex(1):41,00\r\n",
	  "KEY 3 [HKEY_LOCAL_MACHINE\\A]\n e \"%A%\"\n m \"a\"\n m \"\\xc3\\xa4\"\n"
	  " z null\n s \"A\"\n" },
	{ "an export: hex that is none stays text",
	  EXPORT "\"a\"=hex:0\r\n\"b\"=hex:zz\r\n\"c\"=hex(2:00\r\n\"d\"=hexagon\r\n",
	  "KEY 3 [HKEY_LOCAL_MACHINE\\A]\n a \"hex:0\"\n b \"hex:zz\"\n"
	  " c \"hex(2:00\"\n d \"hexagon\"\n" },
	{ "an old export: text in hex is single bytes",
	  "REGEDIT4\n\n[HKEY_X]\n\"e\"=hex(2):25,41,00\n",
	  "KEY 3 [HKEY_X]\n e \"%A\"\n" },
	{ "an export: a string of several lines",
	  EXPORT "\"s\"=\"a\r\nb\"\r\n\"t\"=\"c\"\r\n",
	  "KEY 3 [HKEY_LOCAL_MACHINE\\A]\n s \"a\\x0d\\x0ab\"\n t \"c\"\n" },
	{ "a deleted key is no key",
	  EXPORT "[-HKEY_X]\r\n\"s\"=\"a\"\r\n[HKEY_Y]\r\n",
	  "KEY 3 [HKEY_LOCAL_MACHINE\\A]\nKEY 6 [HKEY_Y]\n" },
	{ "no header and no indent: escaped, where that can be",
	  DUMP "\"a\"=\"C:\\\\x\"\r\n\"j\"=\"{\"k\": 1}\"\r\n",
	  "KEY 1 [HKEY_LOCAL_MACHINE\\A]\n a \"C:\\x\"\n j \"{\"k\": 1}\"\n"
	  "JSON 3 [HKEY_LOCAL_MACHINE\\A\\j]\n k i64 1\n" },
	{ "JSON in a string, of several lines",
	  DUMP "    \"n\"=DWORD:00000001\r\n    \"Cache\"=\"{\r\r\n  \"a\": \"b\",\r\r\n"
	  "  \"s\": \"{\\u0022c\\u0022:2}\"\r\r\n}\"\r\n    \"d\"=DWORD:00000000\r\n",
	  "KEY 1 [HKEY_LOCAL_MACHINE\\A]\n n u32 1\n"
	  " Cache \"{\\x0d\\x0d\\x0a  \"a\": \"b\",\\x0d\\x0d\\x0a"
	  "  \"s\": \"{\\u0022c\\u0022:2}\"\\x0d\\x0d\\x0a}\"\n d u32 0\n"
	  "JSON 3 [HKEY_LOCAL_MACHINE\\A\\Cache]\n a \"b\"\n s \"{\"c\":2}\"\n s/c i64 2\n" },
	{ "braces that are no JSON",
	  DUMP "    \"g\"=\"{0f0e}\"\r\n    \"s\"=\"[section]\"\r\n",
	  "KEY 1 [HKEY_LOCAL_MACHINE\\A]\n g \"{0f0e}\"\n s \"[section]\"\n" },
	{ "bytes of a code page stay",
	  DUMP "    \"s\"=\"\xfc\"\r\n",
	  "KEY 1 [HKEY_LOCAL_MACHINE\\A]\n s \"\\xfc\"\n"
	  "NOTE encoding 0: 1 bytes that are not UTF-8, shown as U+FFFD\n" },
};

static void
reads_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		print_message("# %s\n", cases[i].what);
		check_reading(&cs_format_registry, "x.reg", cases[i].text,
		              cases[i].expect);
	}
}

static void
reads_utf16(void **state)
{
	static const char ascii[] = EXPORT "\"s\"=\"a\"\r\n";
	static char wide[2 * sizeof(ascii)] = "\xff\xfe";
	static struct reading r;

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(ascii); i++)
		wide[2 + 2 * i] = ascii[i];
	read_bytes(&r, &cs_format_registry, "x.reg", wide, sizeof(wide));
	assert_string_equal(r.text, "KEY 3 [HKEY_LOCAL_MACHINE\\A]\n s \"a\"\n");
	check_claim(&cs_format_registry, "x.txt", wide, 512 < sizeof(wide) ? 512
	            : sizeof(wide), 95);
}

/* A key of many values comes in parts of the same name. */
static void
large_keys_come_in_parts(void **state)
{
	static char text[200000];
	static struct reading r;
	size_t len = 0;

	(void)state;
	len += (size_t)snprintf(text, sizeof(text), "[HKEY_X]\n");
	for (unsigned i = 0; i < 2500; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		                        "    \"v%u\"=DWORD:%08x\n", i, i);
	read_bytes(&r, &cs_format_registry, "x.reg", text, len);
	assert_int_equal(r.n_records, 3);
	assert_non_null(strstr(r.text, " v1023 u32 1023\nKEY 1 [HKEY_X]\n v1024 "));
}

static void
long_values_are_cut(void **state)
{
	static char text[MAX_VALUE_BYTES + 100];
	static struct reading r;
	size_t len = (size_t)snprintf(text, sizeof(text), "[HKEY_X]\n    \"v\"=\"");

	(void)state;
	memset(text + len, '\\', sizeof(text) - len);
	memcpy(text + sizeof(text) - 30, "\"\n    \"d\"=DWORD:00000001\n   \n\n", 30);
	read_bytes(&r, &cs_format_registry, "x.reg", text, sizeof(text));
	assert_int_equal(r.n_records, 1);
	assert_non_null(strstr(r.text, "NOTE limit 2: registry value of 1048628 "
	                               "bytes is read up to 1048576\n"));
}

static void
claims_registry(void **state)
{
	(void)state;
	check_claim(&cs_format_registry, "x", "\r\n[HKEY_USERS]\r\n", 16, 90);
	check_claim(&cs_format_registry, "x.txt", "REGEDIT4\n", 9, 95);
	check_claim(&cs_format_registry, "x.REG", "\"a\"=1", 5, 50);
	check_claim(&cs_format_registry, "x.reg", "regf\0\0\0\0", 8, 0);
	check_claim(&cs_format_registry, "x.txt", "hello", 5, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_keys),
		cmocka_unit_test(reads_utf16),
		cmocka_unit_test(large_keys_come_in_parts),
		cmocka_unit_test(long_values_are_cut),
		cmocka_unit_test(claims_registry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
