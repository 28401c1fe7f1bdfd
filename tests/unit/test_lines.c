#include "reading.h"

static const struct {
	const char *what, *text, *expect;
} cases[] = {
	{ "nothing", "", "" },
	{ "empty lines are left out, and counted",
	  "\r\n\n \t\na\r\n",
	  "LINE 4 []\n \"a\"\n" },
	{ "carriage returns go, other blanks stay in the whole line",
	  "  x y \r\r\n",
	  "LINE 1 []\n \"  x y \"\n" },
	{ "the last line has no end", "a\nb", "LINE 1 []\n \"a\"\nLINE 2 []\n \"b\"\n" },
	{ "split at a colon; dashes and blanks before the label go",
	  " - -Label one : value: more \n",
	  "LINE 1 []\n \" - -Label one : value: more \"\n"
	  " Label one \"value: more\"\n" },
	{ "split at the equals sign where it comes first",
	  "fIsReady = 1\na=b:c\n",
	  "LINE 1 []\n \"fIsReady = 1\"\n fIsReady \"1\"\n"
	  "LINE 2 []\n \"a=b:c\"\n a \"b:c\"\n" },
	{ "no label, no split", ": x\n=\n---\n",
	  "LINE 1 []\n \": x\"\nLINE 2 []\n \"=\"\nLINE 3 []\n \"---\"\n" },
	{ "an empty value", "OwnerAuth  :\n",
	  "LINE 1 []\n \"OwnerAuth  :\"\n OwnerAuth null\n" },
	{ "quotes of a name and its value go",
	  "\"AreaName\" : \"A;B;\",\n\"x\": 1\n\"\": 2\n",
	  "LINE 1 []\n \"\"AreaName\" : \"A;B;\",\"\n AreaName \"A;B;\"\n"
	  "LINE 2 []\n \"\"x\": 1\"\n x \"1\"\n"
	  "LINE 3 []\n \"\"\": 2\"\n" },
	{ "a heading that ends in \" result\"",
	  "Stamp\nApi A result: 0x0\nReady: True\nApi B result: 0x1\nReady: False\n",
	  "LINE 1 []\n \"Stamp\"\n"
	  "LINE 2 []\n \"Api A result: 0x0\"\n Api A result \"0x0\"\n"
	  "LINE 3 [Api A result]\n \"Ready: True\"\n Ready \"True\"\n"
	  "LINE 4 []\n \"Api B result: 0x1\"\n Api B result \"0x1\"\n"
	  "LINE 5 [Api B result]\n \"Ready: False\"\n Ready \"False\"\n" },
	{ "a heading for the deeper lines below it",
	  "-A: 1\n-Lock:\n\n\t-B: 2\n\t-C:\n-D: 3\n",
	  "LINE 1 []\n \"-A: 1\"\n A \"1\"\n"
	  "LINE 2 []\n \"-Lock:\"\n Lock null\n"
	  "LINE 4 [Lock]\n \"\\x09-B: 2\"\n B \"2\"\n"
	  "LINE 5 [Lock]\n \"\\x09-C:\"\n C null\n"
	  "LINE 6 []\n \"-D: 3\"\n D \"3\"\n" },
	{ "headings in headings",
	  "a:\n b:\n  c: 1\n d: 2\n",
	  "LINE 1 []\n \"a:\"\n a null\n"
	  "LINE 2 [a]\n \" b:\"\n b null\n"
	  "LINE 3 [b]\n \"  c: 1\"\n c \"1\"\n"
	  "LINE 4 [a]\n \" d: 2\"\n d \"2\"\n" },
	{ "aligned lists have no headings",
	  "  Owner : \n     Next : x\n",
	  "LINE 1 []\n \"  Owner : \"\n Owner null\n"
	  "LINE 2 []\n \"     Next : x\"\n Next \"x\"\n" },
	{ "boxes",
	  "+---+\n| One State |\n+---+\n  Joined : NO\n+---+\n| Two |\n+---+\nA : B\n",
	  "LINE 1 []\n \"+---+\"\n"
	  "LINE 2 []\n \"| One State |\"\n"
	  "LINE 3 [One State]\n \"+---+\"\n"
	  "LINE 4 [One State]\n \"  Joined : NO\"\n Joined \"NO\"\n"
	  "LINE 5 [One State]\n \"+---+\"\n"
	  "LINE 6 []\n \"| Two |\"\n"
	  "LINE 7 [Two]\n \"+---+\"\n"
	  "LINE 8 [Two]\n \"A : B\"\n A \"B\"\n" },
	{ "a bar without a rule above is no box",
	  "| x |\ny\n",
	  "LINE 1 []\n \"| x |\"\nLINE 2 []\n \"y\"\n" },
	{ "bytes of a code page stay, and are counted once",
	  "f\x81r: \xe4\n\xc3\xa4\n",
	  "LINE 1 []\n \"f\\x81r: \\xe4\"\n f\\x81r \"\\xe4\"\n"
	  "LINE 2 []\n \"\\xc3\\xa4\"\n"
	  "NOTE encoding 0: 2 bytes that are not UTF-8, shown as U+FFFD\n" },
};

static void
splits_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		print_message("# %s\n", cases[i].what);
		check_reading(&cs_format_lines, "x.txt", cases[i].text,
		              cases[i].expect);
	}
}

/* The place of each line, as bytes of the member. */
struct places {
	struct cs_sink sink;
	uint64_t offset[4];
	size_t n;
};

static void
take_place(struct cs_sink *sink, const struct cs_record *r)
{
	struct places *p = (struct places *)sink;

	assert_true(p->n < 4);
	p->offset[p->n++] = r->place.offset;
}

static void
check_offsets(const char *bytes, size_t len, const uint64_t *expect, size_t n)
{
	static const uint64_t limits[CABSCAN_N_LIMITS] = {
		[CABSCAN_LIMIT_RECORDS] = 10,
	};
	struct places p = { .sink.record = take_place };
	struct cs_member m = { .name = CS_TEXT("x.txt"),
	                       .bytes = { (const uint8_t *)bytes, len } };
	struct cs_scan s;

	cs_scan_begin(&s, limits);
	cs_format_lines.read(&s, &m, &p.sink);
	cs_scan_end(&s);
	assert_int_equal(p.n, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(p.offset[i], expect[i]);
}

static void
offsets_are_bytes_of_the_member(void **state)
{
	static const char plain[] = "ab\r\n\r\ncd\n";
	static const char marked[] = "\xef\xbb\xbf" "ab\ncd";
	static const char wide[] = "\xff\xfe\xe4\0\n\0b\0";
	static const char astral[] = "\xfe\xff\xd8\x3d\xde\x00\0\n\0b";
	static const char unmarked[] = "a\0b\0\n\0c\0d\0";

	(void)state;
	check_offsets(plain, sizeof(plain) - 1, (const uint64_t[]){ 0, 6 }, 2);
	check_offsets(marked, sizeof(marked) - 1, (const uint64_t[]){ 3, 6 }, 2);
	check_offsets(wide, sizeof(wide) - 1, (const uint64_t[]){ 2, 6 }, 2);
	check_offsets(astral, sizeof(astral) - 1, (const uint64_t[]){ 2, 8 }, 2);
	check_offsets(unmarked, sizeof(unmarked) - 1, (const uint64_t[]){ 0, 6 }, 2);
}

static void
utf16_becomes_utf8(void **state)
{
	static const char text[] = "\xff\xfe" "A\0:\0\xe4\0\0\xd8\r\0\n\0";
	static struct reading r;

	(void)state;
	read_bytes(&r, &cs_format_lines, "x.txt", text, sizeof(text) - 1);
	assert_string_equal(r.text,
	    "LINE 1 []\n \"A:\\xc3\\xa4\\xef\\xbf\\xbd\"\n"
	    " A \"\\xc3\\xa4\\xef\\xbf\\xbd\"\n"
	    "NOTE encoding 0: 1 units of UTF-16 without a partner\n");
}

static void
long_lines_are_cut(void **state)
{
	static char text[MAX_VALUE_BYTES + 100];
	static struct reading r;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 3] = '\n';
	read_bytes(&r, &cs_format_lines, "x.txt", text, sizeof(text) - 1);
	assert_int_equal(r.n_records, 2);
	assert_non_null(strstr(r.text, "NOTE limit 1: line of 1048673 bytes"));
}

static void
records_are_limited(void **state)
{
	static char text[2 * 100002];
	static struct reading r;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i += 2)
		memcpy(text + i, "a\n", 2);
	read_bytes(&r, &cs_format_lines, "x.txt", text, sizeof(text));
	assert_int_equal(r.n_records, 100000);
	assert_non_null(strstr(r.text, "NOTE limit 100001: "));
}

static void
claims_text(void **state)
{
	static const char known[] = "stamp\r\nTpmHLI GetVersion result: 0x0\r\n";
	static const char wide[] = "\xff\xfe-\0T\0P\0M\0 \0P\0r\0e\0s\0e\0n\0t\0:\0";

	(void)state;
	check_claim(&cs_format_lines, "a/b.txt", "hello", 5, 30);
	check_claim(&cs_format_lines, "SETUPACT.LOG", "hello", 5, 30);
	check_claim(&cs_format_lines, "b.bin", "hello", 5, 0);
	check_claim(&cs_format_lines, "b.txt", "", 0, 30);
	check_claim(&cs_format_lines, "b.txt", "MSCF\0\0\0\0", 8, 0);
	check_claim(&cs_format_lines, "b.txt", "text\0text", 9, 0);
	check_claim(&cs_format_lines, "b", known, sizeof(known) - 1, 60);
	check_claim(&cs_format_lines, "b", wide, sizeof(wide) - 1, 60);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits_lines),
		cmocka_unit_test(offsets_are_bytes_of_the_member),
		cmocka_unit_test(utf16_becomes_utf8),
		cmocka_unit_test(long_lines_are_cut),
		cmocka_unit_test(records_are_limited),
		cmocka_unit_test(claims_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
