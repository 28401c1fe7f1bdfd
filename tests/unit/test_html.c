#include "reading.h"

#define READER &cs_format_html

static const struct {
	const char *what, *text, *expect;
} cases[] = {
	{ "nothing", "", "" },
	{ "rows of a table, under its id",
	  "<html><head><style>td > { x: \"<td>\" }</style></head><body>\r\n"
	  "<table class='t' id=\"DeviceInfoTable\"><tr><td class=\"a>b\">PC  name</td>\r\n"
	  "<td>X &amp;\r\n Y</td></tr>\r\n<tr><th>Edition</th><td>W<b>in</b>dows</td><td>c</td></tr>\r\n"
	  "</table><p>text</p></body></html>",
	  "LINE 2 [DeviceInfoTable]\n \"PC name\\x09X & Y\"\n PC name \"X & Y\"\n"
	  "LINE 5 [DeviceInfoTable]\n \"Edition\\x09Windows\\x09c\"\n Edition \"Windows\"\n" },
	{ "cells and rows without ends; names in capitals; ids without quotes",
	  "<TABLE ID=t1>\n<TR><TD>a<TD>1\n<TR><TD>b<TD>2\n<table id='t2'><tr><td>c<td>3</table>\n"
	  "<tr><td>d<td>4",
	  "LINE 2 [t1]\n \"a\\x091\"\n a \"1\"\n"
	  "LINE 3 [t1]\n \"b\\x092\"\n b \"2\"\n"
	  "LINE 4 [t2]\n \"c\\x093\"\n c \"3\"\n"
	  "LINE 5 [t1]\n \"d\\x094\"\n d \"4\"\n" },
	{ "entities, and what is none",
	  "<table><tr><td>&lt;&#65;&#x42;&gt;&nbsp;x</td><td>&uuml;&foo;&#;&#xzz; & &#1114112; &#0;</td></tr></table>",
	  "LINE 1 []\n \"<AB> x\\x09\\xc3\\xbc&foo;&#;&#xzz; & \\xef\\xbf\\xbd \\xef\\xbf\\xbd\"\n"
	  " <AB> x \"\\xc3\\xbc&foo;&#;&#xzz; & \\xef\\xbf\\xbd \\xef\\xbf\\xbd\"\n" },
	{ "rows of one cell, and labels of none, are no lines",
	  "<table><tr><td>alone</td></tr><tr><td> </td><td>x</td></tr>"
	  "<tr><td>e</td><td></td></tr></table>",
	  "LINE 1 []\n \"e\\x09\"\n e null\n" },
	{ "comments and scripts hide tables",
	  "<!-- <table><tr><td>a<td>b</table> --><script>\"<td>\"</SCRIPT>"
	  "<table><tr><td>c<!-- x -->d<td>e</table>",
	  "LINE 1 []\n \"cd\\x09e\"\n cd \"e\"\n" },
	{ "a comment without an end",
	  "<table><tr><td>a<td>b</tr>\n<!-- <tr><td>c<td>d",
	  "LINE 1 []\n \"a\\x09b\"\n a \"b\"\n"
	  "NOTE damaged 2: !-- has no end: 19 bytes are not read\n" },
	{ "quotes without an end do not hide the rest",
	  "<table><tr><td class=\"x>a</td><td>b</td></tr></table>",
	  "LINE 1 []\n \"a\\x09b\"\n a \"b\"\n" },
	{ "a tag without an end is text",
	  "<table><tr><td>1 < 2<td>b",
	  "LINE 1 []\n \"1 < 2\\x09b\"\n 1 < 2 \"b\"\n" },
	{ "bytes of a code page",
	  "<table><tr><td>f\xfcr<td>b</table>",
	  "LINE 1 []\n \"f\\xef\\xbf\\xbdr\\x09b\"\n f\\xef\\xbf\\xbdr \"b\"\n"
	  "NOTE encoding 0: 1 bytes that are not UTF-8, shown as U+FFFD\n" },
};

static void
reads_tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		print_message("# %s\n", cases[i].what);
		check_reading(READER, "x.html", cases[i].text, cases[i].expect);
	}
}

/* Every cut of the page gives a beginning of what the whole one gives. */
static void
every_cut(void **state)
{
	const char *text = cases[1].text;
	static struct reading r;

	(void)state;
	for (size_t n = 0; n <= strlen(text); n++) {
		read_bytes(&r, READER, "x.html", text, n);
		assert_true(r.n_records <= 2);
	}
}

static struct reading *
read_many(const char *begin, const char *part, size_t n)
{
	return read_repeated(READER, "x.html", begin, part, n, "");
}

static void
limits(void **state)
{
	struct reading *r;

	(void)state;
	r = read_many("<table><tr>", "<td>x", 32);
	assert_int_equal(r->n_records, 1);
	assert_null(strstr(r->text, "NOTE"));
	r = read_many("<table><tr>", "<td>x", 33);
	assert_int_equal(r->n_records, 1);
	assert_non_null(strstr(r->text, "NOTE limit 0: rows of more than 1048576 bytes or 32"));
	r = read_many("<table><tr><td>a<td>", "0123456789<td>", 200000);
	assert_int_equal(r->n_records, 1);
	r = read_many("<table><tr><td>", "0123456789", 200000);
	assert_int_equal(r->n_records, 0);
	r = read_many("<table><tr><td>a<td>", "0123456789", 200000);
	assert_non_null(strstr(r->text, "NOTE limit"));
	r = read_many("", "<table>", 3000);
	assert_int_equal(r->n_records, 0);
	r = read_many("<table>", "<tr><td>a<td>b", 100001);
	assert_int_equal(r->n_records, 100000);
	/* No time is lost on tags and quotes that do not end. */
	r = read_many("<table><tr><td>", "<", 4000000);
	r = read_many("<table><tr><td>", "<\"", 2000000);
	r = read_many("<table><tr><td>", "<\"'", 2000000);
	r = read_many("<table><tr><td>", "&#", 2000000);
	assert_int_equal(r->n_records, 0);
}

static void
claims_the_report(void **state)
{
	static const char page[] = "<!DOCTYPE html>\n<html><body><table id=\"DeviceInfoTable\">";

	(void)state;
	check_claim(READER, "any", page, sizeof(page) - 1, 70);
	check_claim(READER, "MDMDiagHtmlReport.html", "<p>", 3, 70);
	check_claim(READER, "MDMDiagHtmlReport.html", "", 0, 70);
	check_claim(READER, "MDMDiagReport.htm", "<p>", 3, 70);
	check_claim(READER, "MDMDiagReport.xml", "<p>", 3, 0);
	check_claim(READER, "battery-report.html", "<html><body><table id='x'>", 26, 0);
	check_claim(READER, "MDMDiagHtmlReport.html", "MSCF\0\0\0\0", 8, 0);
	check_claim(READER, "x.txt", "about DeviceInfoTable", 21, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_tables),
		cmocka_unit_test(every_cut),
		cmocka_unit_test(limits),
		cmocka_unit_test(claims_the_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
