#include "reading.h"

#define READER &cs_format_doc_xml

static const struct {
	const char *what, *text, *expect;
} cases[] = {
	{ "elements with text are values of the one around them",
	  "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n"
	  "<MDMEnterpriseDiagnosticsReport>\r\n"
	  " <Version>1.0</Version>\r\n"
	  " <A>\r\n"
	  "  <Name> x &amp; &#228; </Name>\r\n"
	  "  <B><C>1</C><D/></B>\r\n"
	  "  <Last>2</Last>\r\n"
	  " </A>\r\n"
	  "</MDMEnterpriseDiagnosticsReport>\r\n",
	  "XML 6 [MDMEnterpriseDiagnosticsReport/A/B]\n C \"1\"\n D null\n"
	  "XML 4 [MDMEnterpriseDiagnosticsReport/A]\n"
	  " Name \"x & \\xc3\\xa4\"\n Last \"2\"\n"
	  "XML 2 [MDMEnterpriseDiagnosticsReport]\n Version \"1.0\"\n" },
	{ "attributes make a record of their own; prefixes go",
	  "<MDMEnterpriseDiagnosticsReport><x:A xmlns:x=\"u\" k=\"1\">t</x:A>"
	  "<B k=\"2\"/><C>c</C></MDMEnterpriseDiagnosticsReport>",
	  "XML 1 [MDMEnterpriseDiagnosticsReport/A]\n @k \"1\"\n \"t\"\n"
	  "XML 1 [MDMEnterpriseDiagnosticsReport/B]\n @k \"2\"\n"
	  "XML 1 [MDMEnterpriseDiagnosticsReport]\n C \"c\"\n" },
	{ "text beside elements is nobody's",
	  "<MDMEnterpriseDiagnosticsReport>a<B>1</B>c</MDMEnterpriseDiagnosticsReport>",
	  "XML 1 [MDMEnterpriseDiagnosticsReport]\n B \"1\"\n" },
	{ "a decoded hash is the row of a hash",
	  "<HardwareReport>\n<HardwareInventory>\n<p n=\"A\" v=\" 1 \" />\n"
	  "<p v=\"2\" n=\"B\"/><p n=\"C\"/><q/></HardwareInventory></HardwareReport>",
	  "ROW 2 [hash]\n A \"1\"\n B \"2\"\n" },
	{ "what a command says around it",
	  "Decoding the hash\r\n\r\n<HardwareReport>\r\n<HardwareInventory><p n=\"A\" v=\"1\"/>"
	  "</HardwareInventory></HardwareReport>\r\nDone.\r\n",
	  "ROW 4 [hash]\n A \"1\"\n"
	  "NOTE damaged 5: the report is not read further: junk after document element\n" },
	{ "what was whole before the cut",
	  "<HardwareReport><HardwareInventory><p n=\"A\" v=\"1\"/><p n=\"B\" v=\"2",
	  "ROW 1 [hash]\n A \"1\"\n"
	  "NOTE damaged 1: the report is not read further: unclosed token\n" },
	{ "a text that is cut is no value",
	  "<MDMEnterpriseDiagnosticsReport><A><B>1</B><C>10.0.1",
	  "XML 1 [MDMEnterpriseDiagnosticsReport/A]\n B \"1\"\n"
	  "NOTE damaged 1: the report is not read further: no element found\n" },
	{ "damage ends the reading, not what was read",
	  "<MDMEnterpriseDiagnosticsReport><A><B>1</B></A>\n<A><B>2</A>",
	  "XML 1 [MDMEnterpriseDiagnosticsReport/A]\n B \"1\"\n"
	  "NOTE damaged 2: the report is not read further: mismatched tag\n" },
	{ "system information: pairs under their category, in any language",
	  "<?xml version=\"1.0\"?>\r\n<MsInfo>\r\n<Metadata><Version>8.0</Version></Metadata>\r\n"
	  "<Category name=\"Summary\">\r\n"
	  "<Data>\r\n<Item><![CDATA[OS <Name>]]></Item>\r\n<Value><![CDATA[W]]></Value>\r\n</Data>\r\n"
	  "<Category name=\"Inner\"><Data><Element><![CDATA[x]]></Element><Wert></Wert></Data></Category>\r\n"
	  "<Data><Item>y</Item><Value>z</Value><More>m</More></Data>\r\n"
	  "<Data><Item>alone</Item></Data></Category></MsInfo>",
	  "LINE 5 [Summary]\n \"OS <Name>\\x09W\"\n OS <Name> \"W\"\n"
	  "LINE 9 [Inner]\n \"x\\x09\"\n x null\n"
	  "LINE 10 [Summary]\n \"y\\x09z\"\n y \"z\"\n" },
	{ "a character that XML cannot hold",
	  "<MDMEnterpriseDiagnosticsReport><A>x\x01y&#0;</A></MDMEnterpriseDiagnosticsReport>",
	  "XML 1 [MDMEnterpriseDiagnosticsReport]\n"
	  " A \"x\\xef\\xbf\\xbdy\\xef\\xbf\\xbd\"\n"
	  "NOTE encoding 0: 2 characters that XML cannot hold, shown as U+FFFD\n" },
	{ "entities of a DOCTYPE are not made: bombs",
	  "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">]>"
	  "<MDMEnterpriseDiagnosticsReport><A>&b;</A></MDMEnterpriseDiagnosticsReport>",
	  "NOTE limit 1: the report is not read further: "
	  "a DOCTYPE, which no such report has\n" },
	{ "nor asked for outside",
	  "<!DOCTYPE x SYSTEM \"file:///etc/passwd\">"
	  "<MDMEnterpriseDiagnosticsReport><A>1</A></MDMEnterpriseDiagnosticsReport>",
	  "NOTE limit 1: the report is not read further: "
	  "a DOCTYPE, which no such report has\n" },
	{ "an entity that nobody declared",
	  "<MDMEnterpriseDiagnosticsReport><A>1</A><B>&b;</B></MDMEnterpriseDiagnosticsReport>",
	  "XML 1 [MDMEnterpriseDiagnosticsReport]\n A \"1\"\n"
	  "NOTE damaged 1: the report is not read further: undefined entity\n" },
	{ "no XML", "text\ntext\n", "NOTE damaged 3: the report is not read further: "
	  "no element found\n" },
	{ "nothing", "", "NOTE damaged 1: the report is not read further: no element found\n" },
};

static void
reads_reports(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		print_message("# %s\n", cases[i].what);
		check_reading(READER, "MDMDiagReport.xml", cases[i].text,
		              cases[i].expect);
	}
}

static void
any_encoding(void **state)
{
	static const char text[] =
		"<?xml version=\"1.0\" encoding=\"utf-16\"?>"
		"<MDMEnterpriseDiagnosticsReport><A>1</A></MDMEnterpriseDiagnosticsReport>";
	static const char ansi[] =
		"<MDMEnterpriseDiagnosticsReport><A>f\xfcr</A></MDMEnterpriseDiagnosticsReport>";
	static char wide[2 * sizeof(text)];
	static struct reading r;

	(void)state;
	wide[0] = '\xff';
	wide[1] = '\xfe';
	for (size_t i = 0; i + 1 < sizeof(text); i++)
		wide[2 + 2 * i] = text[i];
	read_bytes(&r, READER, "x.xml", wide, 2 * sizeof(text));
	assert_string_equal(r.text,
	    "XML 1 [MDMEnterpriseDiagnosticsReport]\n A \"1\"\n");
	read_bytes(&r, READER, "x.xml", ansi, sizeof(ansi) - 1);
	assert_string_equal(r.text,
	    "XML 1 [MDMEnterpriseDiagnosticsReport]\n A \"f\\xef\\xbf\\xbdr\"\n"
	    "NOTE encoding 0: 1 bytes that are not UTF-8, shown as U+FFFD\n");
}

#define ROOT "<MDMEnterpriseDiagnosticsReport>"

static void
many_levels(void **state)
{
	static char text[sizeof(ROOT) + 3 * 3000];
	static struct reading r;
	size_t len = sizeof(ROOT) - 1;

	(void)state;
	memcpy(text, ROOT, len);
	for (int i = 0; i < 3000; i++, len += 3)
		memcpy(text + len, "<a>", 3);
	read_bytes(&r, READER, "x.xml", text, len);
	assert_string_equal(r.text, "NOTE limit 1: the report is not read "
	                    "further: more than 64 levels of elements\n");
}

static struct reading *
read_many(const char *part, size_t n, const char *end)
{
	return read_repeated(READER, "x.xml", ROOT, part, n, end);
}

static void
limits(void **state)
{
	struct reading *r;

	(void)state;
	r = read_many("<b/>", MAX_EVENT_VALUES, "</MDMEnterpriseDiagnosticsReport>");
	assert_int_equal(r->n_records, 1);
	assert_null(strstr(r->text, "NOTE"));
	r = read_many("<b/>", MAX_EVENT_VALUES + 1, "</MDMEnterpriseDiagnosticsReport>");
	assert_int_equal(r->n_records, 1);
	assert_non_null(strstr(r->text, "NOTE limit 1: an element with more than 4096"));
	r = read_many("<a><b>1</b></a>", 100001, "");
	assert_int_equal(r->n_records, 100000);
	assert_non_null(strstr(r->text, "NOTE limit"));
	/* A tag without an end, a comment, a text, open elements. */
	r = read_many("<b", 1, "");
	assert_non_null(strstr(r->text, "unclosed token"));
	r = read_repeated(READER, "x.xml", ROOT "<!--", "x", 2000000, "");
	assert_non_null(strstr(r->text, "a tag or comment of more than 1 MiB"));
	r = read_many("<a k='0123456789abcdef'/><!--x-->", 40000,
	              "</MDMEnterpriseDiagnosticsReport>");
	assert_int_equal(r->n_records, 40000);
	r = read_many("0123456789", 300000, "<a>1</a>");
	assert_int_equal(r->n_records, 1);
	assert_non_null(strstr(r->text, "a text of more than 1048576 bytes is cut"));
}

static void
claims_reports(void **state)
{
	static const char mdm[] = "\xef\xbb\xbf<?xml version='1.0'?>\r\n<!-- x -->\r\n"
	                          "<MDMEnterpriseDiagnosticsReport>";
	static const char wide[] = "\xff\xfe<\0M\0s\0I\0n\0f\0o\0>\0";

	(void)state;
	check_claim(READER, "any", mdm, sizeof(mdm) - 1, 90);
	check_claim(READER, "any.txt", wide, sizeof(wide) - 1, 90);
	check_claim(READER, "a.xml", "<HardwareReport a='1'>", 22, 90);
	check_claim(READER, "a.xml", "<HardwareReports>", 17, 0);
	check_claim(READER, "a.xml", "<Events>", 8, 0);
	check_claim(READER, "a.txt", "said\n<HardwareReport>", 21, 90);
	check_claim(READER, "mdmdiagreport.XML", "ort><A>", 7, 50);
	check_claim(READER, "MDMDiagReport.xml", "", 0, 50);
	check_claim(READER, "MDMDiagReport.xml", "MSCF\0\0\0\0", 8, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_reports),
		cmocka_unit_test(any_encoding),
		cmocka_unit_test(many_levels),
		cmocka_unit_test(limits),
		cmocka_unit_test(claims_reports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
