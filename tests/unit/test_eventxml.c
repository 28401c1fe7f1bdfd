#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read/formats.h"

#define NS "xmlns='http://schemas.microsoft.com/win/2004/08/events/event'"
#define HEAD "<Event " NS "><System><Provider Name='P'/><EventID>"
#define EVENT(id) HEAD id "</EventID><EventRecordID>" id "</EventRecordID>" \
	"</System><EventData><Data Name='N'>v" id "</Data></EventData></Event>"

/* What was read, as lines: "id:place.line@offset name=text ..." */
struct seen {
	struct cs_sink sink;
	struct cs_scan scan;
	uint64_t limits[CABSCAN_N_LIMITS];
	struct cs_system system;
	struct cs_place places[8];
	cs_arena arena;
	cs_text message;
	char text[8192];
	size_t n, n_values;
};

static void
add(struct seen *s, cs_text t)
{
	size_t have = strlen(s->text);

	if (t.len < sizeof(s->text) - have) {
		memcpy(s->text + have, t.at, t.len);
		s->text[have + t.len] = '\0';
	}
}

static void
take(struct cs_sink *sink, const struct cs_record *r)
{
	struct seen *s = (struct seen *)(void *)sink;
	char id[24];

	assert_int_equal(r->kind, CS_EVENT);
	assert_true(cs_same(r->name, r->system->provider));
	assert_false(r->doubtful);
	if (s->n < 8)
		s->places[s->n] = r->place;
	s->n++;
	s->n_values = r->n_values;
	s->system = *r->system;
	s->message = cs_keep_text(&s->arena, r->message);
	snprintf(id, sizeof(id), "%u:", r->system->id);
	add(s, cs_text_of(id));
	for (size_t i = 0; i < r->n_values; i++) {
		const struct cs_value *v = &r->values[i];

		assert_int_equal(v->type, v->raw.len ? CS_UTF8 : CS_NULL);
		add(s, CS_TEXT(" "));
		add(s, v->name);
		add(s, CS_TEXT("="));
		add(s, cs_value_text(&s->arena, v));
	}
	add(s, CS_TEXT("\n"));
}

static struct seen *
read_bytes(const void *bytes, size_t len)
{
	static const uint64_t limits[CABSCAN_N_LIMITS] = {
		LIMIT_CAB_BYTES, LIMIT_MEMBER_BYTES, LIMIT_TOTAL_BYTES,
		LIMIT_MEMBERS, LIMIT_RECORDS, LIMIT_DECODE_BYTES
	};
	struct cs_member m = { .name = CS_TEXT("x.xml"), .size = len,
	                       .bytes = { bytes, len } };
	struct seen *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->sink.record = take;
	memcpy(s->limits, limits, sizeof(limits));
	cs_scan_begin(&s->scan, s->limits);
	cs_format_event_xml.read(&s->scan, &m, &s->sink);
	return s;
}

static struct seen *
read_text(const char *text)
{
	/* A copy of its exact size, so that a read past it is found. */
	size_t len = strlen(text);
	char *copy = malloc(len ? len : 1);
	struct seen *s;

	assert_non_null(copy);
	memcpy(copy, text, len);
	s = read_bytes(copy, len);
	free(copy);
	return s;
}

static void
done(struct seen *s)
{
	cs_arena_free(&s->arena);
	cs_scan_end(&s->scan);
	free(s);
}

static unsigned
notes(const struct seen *s, cabscan_note_kind kind, const char *part)
{
	unsigned n = 0;

	for (const struct cs_note *i = s->scan.notes; i; i = i->next)
		n += i->kind == kind && strstr(i->text, part) != NULL;
	return n;
}

/* ---- ways to write it ----------------------------------------------- */

static void
every_way_to_write_it(void **state)
{
	static const char *const texts[] = {
		EVENT("1") EVENT("2"),
		EVENT("1") "\r\n" EVENT("2") "\r\n",
		"\xef\xbb\xbf" EVENT("1") "\n" EVENT("2"),
		"<Events>" EVENT("1") EVENT("2") "</Events>",
		"<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>\r\n"
		"<Events>" EVENT("1") EVENT("2") "</Events>",
		"<?xml version='1.0' encoding='utf-16'?>\n<Events>\n" EVENT("1")
		"\n" EVENT("2") "\n</Events>\n",
		/* documents one behind the other */
		"<?xml version='1.0'?><Events>" EVENT("1") "</Events>\n"
		"<?xml version='1.0'?><Events>" EVENT("2") "</Events>",
		"<?xml version='1.0'?>" EVENT("1") "<?xml version='1.0'?>" EVENT("2"),
		"\xef\xbb\xbf" EVENT("1") "\xef\xbb\xbf" EVENT("2"),
		/* a console around it */
		"C:\\>wevtutil qe X /f:xml <nul\n\nok > 1\n" EVENT("1") "\n"
		EVENT("2") "\n\nC:\\>",
		"<Events xmlns:e='u'><!-- " EVENT("9") " -->" EVENT("1")
		"<!-- -- > -->" EVENT("2") "</Events>",
		/* another quote, blanks, no namespace */
		"<Event>\n  <System>\n    <Provider Name=\"P\" />\n"
		"    <EventID>\n1\n</EventID>\n  </System>\n  <EventData>\n"
		"    <Data Name=\"N\">v1</Data>\n  </EventData>\n</Event>\n" EVENT("2"),
		/* a prefix */
		"<e:Event xmlns:e='http://schemas.microsoft.com/win/2004/08/events/"
		"event'><e:System><e:Provider Name='P'/><e:EventID>1</e:EventID>"
		"</e:System><e:EventData><e:Data Name='N'>v1</e:Data></e:EventData>"
		"</e:Event>" EVENT("2"),
		"<e:Event\n><e:System><e:EventID>1</e:EventID></e:System>"
		"<e:EventData><e:Data Name='N'>v1</e:Data></e:EventData></e:Event>"
		EVENT("2"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct seen *s = read_text(texts[i]);

		assert_string_equal(s->text, "1: N=v1\n2: N=v2\n");
		assert_null(s->scan.notes);
		done(s);
	}
}

static size_t
wide(uint8_t *to, const char *from, bool big)
{
	size_t n = 0;

	for (; *from; from++) {
		to[n++] = big ? 0 : (uint8_t)*from;
		to[n++] = big ? (uint8_t)*from : 0;
	}
	return n;
}

static void
utf16_with_and_without_a_mark(void **state)
{
	static const char text[] = "x\n" EVENT("1") "\r\n" EVENT("2") "\r\n";
	uint8_t bytes[2 * sizeof(text) + 2];

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		size_t mark = i & 1 ? 2 : 0, len;
		struct seen *s;

		memcpy(bytes, i & 2 ? "\xfe\xff" : "\xff\xfe", 2);
		len = mark + wide(bytes + mark, text, i & 2);
		s = read_bytes(bytes, len);
		assert_string_equal(s->text, "1: N=v1\n2: N=v2\n");
		assert_int_equal(s->places[0].offset, mark + 4);
		assert_int_equal(s->places[0].line, 2);
		assert_int_equal(s->places[1].offset,
		                 mark + 2 * (2 + strlen(EVENT("1") "\r\n")));
		assert_int_equal(s->places[1].line, 3);
		assert_int_equal(s->places[1].record, 2);
		assert_null(s->scan.notes);
		done(s);
	}
}

static void
a_surrogate_counts_two_units(void **state)
{
	uint8_t bytes[4096] = { 0xff, 0xfe };
	size_t len = 2;
	struct seen *s;

	(void)state;
	len += wide(bytes + len, HEAD "1</EventID></System><EventData><Data>", false);
	memcpy(bytes + len, "\x3d\xd8\x00\xde\x00\xd8", 6);
	len += 6;
	len += wide(bytes + len, "</Data></EventData></Event>", false);
	s = read_bytes(bytes, len + wide(bytes + len, EVENT("2"), false));
	assert_string_equal(s->text, "1: =\xf0\x9f\x98\x80\xef\xbf\xbd\n2: N=v2\n");
	assert_int_equal(s->places[1].offset, len);
	assert_int_equal(notes(s, CABSCAN_NOTE_ENCODING, "UTF-16"), 1);
	done(s);
}

static void
bytes_of_a_code_page(void **state)
{
	struct seen *s;

	(void)state;
	s = read_text(HEAD "1</EventID></System><EventData><Data>Ger\x84t"
	              "</Data></EventData></Event>\x81\n" EVENT("2"));
	assert_string_equal(s->text, "1: =Ger\xef\xbf\xbdt\n2: N=v2\n");
	assert_int_equal(s->places[1].offset,
	                 strlen(HEAD "1</EventID></System><EventData><Data>Ger-t"
	                        "</Data></EventData></Event>-\n"));
	assert_int_equal(notes(s, CABSCAN_NOTE_ENCODING, "2 bytes"), 1);
	assert_int_equal(s->scan.n_notes, 1);
	done(s);
}

/* ---- what is in it -------------------------------------------------- */

static void
all_of_system(void **state)
{
	struct seen *s = read_text(
		"<Event " NS "><System><Provider Name='Some-Provider' "
		"Guid='{BAB3AD92-FB96-5902-450B-B8421BDEC7BD}' "
		"EventSourceName='Old &amp; Source'/>"
		"<EventID Qualifiers='49152'>4294967295</EventID>"
		"<Version>3</Version><Level>255</Level><Task>65535</Task>"
		"<Opcode>2</Opcode><Keywords>0x8000000000000010</Keywords>"
		"<TimeCreated SystemTime='2026-11-22T09:00:44.123456700Z'/>"
		"<EventRecordID>18446744073709551615</EventRecordID>"
		"<Correlation ActivityID='{0F1E2D3C-0000-0000-0000-00000000000A}' "
		"RelatedActivityID='{0f1e2d3c-0000-0000-0000-00000000000b}'/>"
		"<Execution ProcessID='4294967295' ThreadID='7' KernelTime='1'/>"
		"<Channel>A/B</Channel><Computer>PC</Computer>"
		"<Security UserID='S-1-5-18'/></System></Event>");
	const struct cs_system *y = &s->system;

	(void)state;
	assert_int_equal(s->n, 1);
	assert_null(s->scan.notes);
	assert_int_equal(y->id, 0xffffffffu);
	assert_int_equal(y->qualifiers, 49152);
	assert_int_equal(y->version, 3);
	assert_int_equal(y->level, 255);
	assert_int_equal(y->task, 65535);
	assert_int_equal(y->opcode, 2);
	assert_int_equal(y->keywords, 0x8000000000000010u);
	assert_int_equal(y->created, UINT64_C(134398116441234567));
	assert_int_equal(y->written, 0);
	assert_int_equal(y->record_id, UINT64_MAX);
	assert_int_equal(y->process, 0xffffffffu);
	assert_int_equal(y->thread, 7);
	done(s);
}

/* The texts of System live no longer than the record. */
static void
take_texts(struct cs_sink *sink, const struct cs_record *r)
{
	struct seen *s = (struct seen *)(void *)sink;
	const struct cs_system *y = r->system;
	const cs_text texts[] = {
		y->provider, y->provider_guid, y->event_source, y->channel,
		y->computer, y->user, y->activity, y->related_activity,
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		add(s, texts[i]);
		add(s, CS_TEXT("|"));
	}
}

static void
texts_of_system(void **state)
{
	static const char text[] =
		"<Event " NS "><System><Provider Name='P1' "
		"Guid='{BAB3AD92-FB96-5902-450B-B8421BDEC7BD}' "
		"EventSourceName='a &amp; b'/><Correlation "
		"ActivityID='{A}' RelatedActivityID='{B}'/><Channel>C/D</Channel>"
		"<Computer>PC</Computer><Security UserID='S-1-5-18'/></System></Event>"
		"<Event " NS "><System><Provider/><Correlation/><Channel/></System>"
		"</Event>";
	struct cs_member m = { .bytes = { (const uint8_t *)text, strlen(text) } };
	struct seen *s = read_text("");

	(void)state;
	s->sink.record = take_texts;
	cs_format_event_xml.read(&s->scan, &m, &s->sink);
	assert_string_equal(s->text,
	                    "P1|{bab3ad92-fb96-5902-450b-b8421bdec7bd}|a & b|C/D"
	                    "|PC|S-1-5-18|{a}|{b}|||||||||");
	done(s);
}

static void
odd_numbers_are_noted(void **state)
{
	static const char *const odd[] = {
		"<EventID>x</EventID>", "<EventID>4294967296</EventID>",
		"<EventID Qualifiers='65536'>1</EventID>", "<Level>256</Level>",
		"<Keywords>0x10000000000000000</Keywords>",
		"<TimeCreated SystemTime='2026-13-01T00:00:00Z'/>",
		"<EventRecordID>-1</EventRecordID>",
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct seen *s;

		snprintf(text, sizeof(text), "<Event " NS "><System>%s</System>"
		         "</Event>", odd[i]);
		s = read_text(text);
		assert_int_equal(s->n, 1);
		assert_int_equal(notes(s, CABSCAN_NOTE_DAMAGED, "number or time"), 1);
		done(s);
	}
}

static const struct {
	const char *inside, *want;
} payloads[] = {
	{ "", "" },
	{ "<EventData/>", "" },
	{ "<EventData></EventData>", "" },
	{ "<EventData><Data Name='A'>1</Data><Data Name='A'/>"
	  "<Data Name='B'></Data><Data>x</Data><Data Name=''>y</Data>"
	  "<Binary>00FF</Binary></EventData>",
	  " A=1 A= B= =x =y Binary=00FF" },
	/* one text comes in several pieces */
	{ "<EventData><Data Name='a&amp;&apos;&#98;'>1 &lt; 2 &amp;&amp; 3 "
	  "&gt; 2\r\nnew&#9;&#10;<![CDATA[<raw> & ]]>line<!-- no --> &quot;</Data>"
	  "</EventData>",
	  " a&'b=1 < 2 && 3 > 2\nnew\t\n<raw> & line \"" },
	{ "<EventData><Data Name='A'>  kept  </Data></EventData>",
	  " A=  kept  " },
	/* elements inside a value are its text */
	{ "<EventData><Complex Name='C'>a<X>b<Y z='1'/></X>c</Complex>"
	  "<Complex>d</Complex></EventData>", " C=abc Complex=d" },
	{ "<UserData><EventXML xmlns='u' xmlns:q='w' id='5'><Status>7</Status>"
	  "<Error unit='x'>\n <Code>1</Code>\n <Code>2</Code><Text/></Error>"
	  "<Leaf a='1' b=''>z</Leaf></EventXML></UserData>",
	  " @id=5 Status=7 Error@unit=x Error/Code=1 Error/Code=2 Error/Text= "
	  "Leaf@a=1 Leaf@b= Leaf=z" },
	{ "<UserData><Only>v</Only></UserData>", " Only=v" },
	{ "<UserData/>", "" },
	{ "<UserData>text</UserData>", "" },
	{ "<ProcessingErrorData><ErrorCode>15003</ErrorCode>"
	  "<EventPayload>00</EventPayload></ProcessingErrorData>",
	  " ErrorCode=15003 EventPayload=00" },
	{ "<UserData><q:E xmlns:q='u'><q:S>1</q:S></q:E></UserData>",
	  " q:S=1" },
	{ "<UserData><E><Event>x</Event></E></UserData>", " Event=x" },
};

static void
names_and_texts_of_values(void **state)
{
	char text[4096], want[512];

	(void)state;
	for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
		struct seen *s;

		snprintf(text, sizeof(text), HEAD "5</EventID></System>%s</Event>",
		         payloads[i].inside);
		snprintf(want, sizeof(want), "5:%s\n", payloads[i].want);
		s = read_text(text);
		assert_string_equal(s->text, want);
		assert_null(s->scan.notes);
		done(s);
	}
}

static void
an_event_in_cdata_is_text(void **state)
{
	struct seen *s = read_text(
		HEAD "5</EventID></System><UserData><E><A><![CDATA[" EVENT("9")
		"]]></A></E></UserData></Event>" EVENT("6"));

	(void)state;
	assert_string_equal(s->text, "5: A=" EVENT("9") "\n6: N=v6\n");
	assert_null(s->scan.notes);
	done(s);
}

static void
the_message_is_kept_apart(void **state)
{
	struct seen *s = read_text(
		HEAD "5</EventID></System><EventData><Data>1</Data></EventData>"
		"<RenderingInfo Culture='de-DE'><Message>Ger&#228;t &lt;1&gt;\n"
		"bereit</Message><Level>Fehler</Level><Keywords><Keyword>k</Keyword>"
		"</Keywords></RenderingInfo></Event>");

	(void)state;
	assert_string_equal(s->text, "5: =1\n");
	assert_true(cs_same(s->message, CS_TEXT("Ger\xc3\xa4t <1>\nbereit")));
	assert_null(s->scan.notes);
	done(s);
}

/* ---- damage --------------------------------------------------------- */

static const struct {
	const char *text, *want, *note;
} damaged[] = {
	/* not closed, in several places */
	{ HEAD "1</EventID></System>" EVENT("2"), "2: N=v2\n", "event lost" },
	{ HEAD "1</Ev" EVENT("2"), "2: N=v2\n", "event lost" },
	{ "<Event " NS "><Syst" EVENT("2"), "2: N=v2\n", "event lost" },
	{ HEAD "1</EventID></System><EventData><Data Name='x" EVENT("2"),
	  "2: N=v2\n", "event lost" },
	{ HEAD "1</EventID></System><EventData><![CDATA[ " EVENT("2"),
	  "2: N=v2\n", "event lost" },
	{ HEAD "1</EventID></System><EventData><!-- " EVENT("2"),
	  "2: N=v2\n", "event lost" },
	{ EVENT("1") HEAD "2</EventID></Sys", "1: N=v1\n", "event lost" },
	/* cut at its beginning */
	{ EVENT("1") "<Event xmlns='htt" EVENT("2"), "1: N=v1\n2: N=v2\n",
	  "but no event" },
	{ "me='N'>v</Data></EventData></Event>" EVENT("2"), "2: N=v2\n",
	  "but no event" },
	{ EVENT("1") "<Event xmlns", "1: N=v1\n", "but no event" },
	/* not well-formed inside */
	{ HEAD "1</EventID></System><a></b></Event>" EVENT("2"), "2: N=v2\n",
	  "mismatched tag" },
	{ HEAD "1</EventID></System><a b=c/></Event>" EVENT("2"), "2: N=v2\n",
	  "event lost" },
	{ HEAD "1</EventID></System><a b='1' b='2'/></Event>" EVENT("2"),
	  "2: N=v2\n", "duplicate attribute" },
	/* entities and external things do not exist */
	{ HEAD "1</EventID></System><a>&lol;</a></Event>" EVENT("2"),
	  "2: N=v2\n", "undefined entity" },
	{ "<!DOCTYPE E [<!ENTITY a 'x'><!ENTITY b '&a;&a;'>]>" HEAD
	  "1</EventID></System><a>&b;</a></Event>", "", "DOCTYPE" },
	{ "<!DOCTYPE E SYSTEM 'file:///etc/passwd'>" EVENT("2"), "2: N=v2\n",
	  "DOCTYPE" },
	{ HEAD "1</EventID></System><!DOCTYPE E []></Event>" EVENT("2"),
	  "2: N=v2\n", "event lost" },
};

static void
damage_stays_where_it_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		struct seen *s = read_text(damaged[i].text);

		assert_string_equal(s->text, damaged[i].want);
		assert_int_equal(notes(s, CABSCAN_NOTE_DAMAGED, damaged[i].note), 1);
		done(s);
	}
}

static void
damage_says_where(void **state)
{
	struct seen *s = read_text("x\n" EVENT("1") "\n" HEAD
	                           "2</EventID></System>\n</x>\n" EVENT("3"));

	(void)state;
	assert_string_equal(s->text, "1: N=v1\n3: N=v3\n");
	assert_int_equal(s->scan.n_notes, 1);
	assert_int_equal(s->scan.notes->place.line, 3);
	assert_int_equal(s->scan.notes->place.offset, strlen("x\n" EVENT("1") "\n"));
	assert_int_equal(s->places[1].line, 5);
	assert_non_null(strstr(s->scan.notes->text, "mismatched tag"));
	done(s);
}

static void
what_is_no_xml_character(void **state)
{
	struct seen *s = read_text(
		HEAD "1</EventID></System><EventData><Data>a\x01" "b&#x3;c&#0;d"
		"\xef\xbf\xbf" "e&#xD800;f&#1114112;g&#9;&#x0041;h&#;"
		"</Data></EventData></Event>"
		HEAD "2</EventID></System><EventData><Data>a\x01" "b&#x3;c&#0;d"
		"\xef\xbf\xbf" "e&#xD800;f&#1114112;g&#x0041;h&#xe9;"
		"</Data></EventData></Event>junk\x02" EVENT("3"));
	static const char want[] =
		"2: =a\xef\xbf\xbd" "b\xef\xbf\xbd" "c\xef\xbf\xbd" "d\xef\xbf\xbd"
		"e\xef\xbf\xbd" "f\xef\xbf\xbd" "gAh\xc3\xa9\n3: N=v3\n";

	(void)state;
	assert_string_equal(s->text, want);
	assert_int_equal(notes(s, CABSCAN_NOTE_DAMAGED, "event lost"), 1);
	assert_int_equal(notes(s, CABSCAN_NOTE_ENCODING, "XML cannot hold"), 1);
	assert_int_equal(s->scan.n_notes, 2);
	done(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_to_write_it),
		cmocka_unit_test(utf16_with_and_without_a_mark),
		cmocka_unit_test(a_surrogate_counts_two_units),
		cmocka_unit_test(bytes_of_a_code_page),
		cmocka_unit_test(all_of_system),
		cmocka_unit_test(texts_of_system),
		cmocka_unit_test(odd_numbers_are_noted),
		cmocka_unit_test(names_and_texts_of_values),
		cmocka_unit_test(an_event_in_cdata_is_text),
		cmocka_unit_test(the_message_is_kept_apart),
		cmocka_unit_test(damage_stays_where_it_is),
		cmocka_unit_test(damage_says_where),
		cmocka_unit_test(what_is_no_xml_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
