/* How much of a text is read, and how much it costs. */
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
#define EVENT(id) HEAD id "</EventID></System><EventData><Data Name='N'>v" id \
	"</Data></EventData></Event>"

struct seen {
	struct cs_sink sink;
	struct cs_scan scan;
	uint64_t limits[CABSCAN_N_LIMITS];
	char ids[256];
	size_t n, n_values;
};

static void
take(struct cs_sink *sink, const struct cs_record *r)
{
	struct seen *s = (struct seen *)(void *)sink;
	size_t have = strlen(s->ids);

	s->n++;
	s->n_values = r->n_values;
	snprintf(s->ids + have, sizeof(s->ids) - have, "%u ", r->system->id);
	for (size_t i = 0; i < r->n_values; i++)
		assert_true(cs_value_text(&s->scan.scratch, &r->values[i]).len <=
		            MAX_EVENT_BYTES);
}

static struct seen *
begin(void)
{
	static const uint64_t limits[CABSCAN_N_LIMITS] = {
		LIMIT_CAB_BYTES, LIMIT_MEMBER_BYTES, LIMIT_TOTAL_BYTES,
		LIMIT_MEMBERS, LIMIT_RECORDS, LIMIT_DECODE_BYTES
	};
	struct seen *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->sink.record = take;
	memcpy(s->limits, limits, sizeof(limits));
	cs_scan_begin(&s->scan, s->limits);
	return s;
}

/* Reads a copy of its exact size, so that a read past it is found. */
static void
read_bytes(struct seen *s, const void *bytes, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	struct cs_member m = { .name = CS_TEXT("x.xml"), .size = len,
	                       .bytes = { copy, len } };

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	cs_format_event_xml.read(&s->scan, &m, &s->sink);
	free(copy);
}

static struct seen *
read_text(const char *text)
{
	struct seen *s = begin();

	read_bytes(s, text, strlen(text));
	return s;
}

static void
done(struct seen *s)
{
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

/* ---- limits --------------------------------------------------------- */

static char *
repeat(const char *before, const char *part, size_t n, const char *behind)
{
	size_t len = strlen(part);
	char *text = malloc(strlen(before) + n * len + strlen(behind) + 1), *to;

	assert_non_null(text);
	strcpy(text, before);
	to = text + strlen(before);
	for (size_t i = 0; i < n; i++)
		memcpy(to + i * len, part, len);
	strcpy(to + n * len, behind);
	return text;
}

static struct seen *
read_repeated(const char *before, const char *part, size_t n,
              const char *behind)
{
	char *text = repeat(before, part, n, behind);
	struct seen *s = read_text(text);

	free(text);
	return s;
}

static void
depth_is_limited(void **state)
{
	struct seen *s;

	(void)state;
	s = read_repeated(HEAD "1</EventID></System>", "<a>", 100000, EVENT("2"));
	assert_string_equal(s->ids, "2 ");
	assert_int_equal(notes(s, CABSCAN_NOTE_DAMAGED, "64 levels"), 1);
	done(s);
	s = read_repeated(HEAD "1</EventID></System>", "<a>", 64, EVENT("2"));
	assert_int_equal(notes(s, CABSCAN_NOTE_DAMAGED, "64 levels"), 1);
	done(s);
	s = read_repeated(HEAD "1</EventID></System>", "<a>", 63, EVENT("2"));
	assert_int_equal(notes(s, CABSCAN_NOTE_DAMAGED, "64 levels"), 0);
	assert_int_equal(notes(s, CABSCAN_NOTE_DAMAGED, "event lost"), 1);
	done(s);
}

static void
values_are_limited(void **state)
{
	struct seen *s;

	(void)state;
	s = read_repeated(HEAD "1</EventID></System><EventData>",
	                  "<Data>1</Data>", MAX_EVENT_VALUES,
	                  "</EventData></Event>");
	assert_int_equal(s->n_values, MAX_EVENT_VALUES);
	assert_null(s->scan.notes);
	done(s);
	s = read_repeated(HEAD "1</EventID></System><EventData>",
	                  "<Data>1</Data>", MAX_EVENT_VALUES + 1,
	                  "</EventData></Event>");
	assert_int_equal(s->n_values, MAX_EVENT_VALUES);
	assert_int_equal(notes(s, CABSCAN_NOTE_LIMIT, "4096 values"), 1);
	done(s);
}

static void
bytes_are_limited(void **state)
{
	struct seen *s;
	char *deep;

	(void)state;
	s = read_repeated(HEAD "1</EventID></System><a><b>", "abcdefghij", 500000,
	                  "</b></a></Event>" EVENT("2"));
	assert_string_equal(s->ids, "2 ");
	assert_int_equal(notes(s, CABSCAN_NOTE_LIMIT, "left out"), 1);
	done(s);
	/* a long path that every value repeats */
	deep = repeat(HEAD "1</EventID></System><a><b><", "abcdefghij", 5000, ">");
	s = read_repeated(deep, "<c/>", 4000, "");
	free(deep);
	assert_int_equal(notes(s, CABSCAN_NOTE_DAMAGED, "4 MiB"), 1);
	assert_true(s->scan.scratch.used < 4 * MAX_EVENT_BYTES);
	done(s);
}

static void
records_are_limited(void **state)
{
	struct cs_member m = { .bytes = { (const uint8_t *)EVENT("1") EVENT("2"),
	                                  strlen(EVENT("1") EVENT("2")) } };
	struct seen *s = read_text("");

	(void)state;
	s->limits[CABSCAN_LIMIT_RECORDS] = 1;
	cs_format_event_xml.read(&s->scan, &m, &s->sink);
	assert_string_equal(s->ids, "1 ");
	assert_int_equal(notes(s, CABSCAN_NOTE_LIMIT, "records"), 1);
	done(s);
}

/* Each takes minutes where a part of the text is read once per event. */
static void
hostile_texts_cost_one_pass(void **state)
{
	static const char *const parts[] = {
		"<Event><System>", "<Event ", "<Event><System><![CDATA[",
		"<Event><System><!--", "<!--", "<Event><System><?x ",
		"<Event><System a='", "<", "&#", "<Event><Event>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct seen *s = read_repeated(EVENT("1"), parts[i],
		                               2000000 / strlen(parts[i]), "");

		assert_int_equal(s->n, 1);
		done(s);
	}
}

/* ---- cut and changed ------------------------------------------------ */

static void
every_cut_loses_one_event_at_most(void **state)
{
	static const char text[] = EVENT("1") "\n" EVENT("2") "\n" EVENT("3");
	size_t one = strlen(EVENT("1"));

	(void)state;
	for (size_t len = 0; len <= strlen(text); len++) {
		size_t inside = len % (one + 1), whole = (len + 1) / (one + 1);
		struct seen *s = begin();

		read_bytes(s, text, len);
		assert_int_equal(s->n, whole);
		/* "<Even" may be anything; from then on a part is missed. */
		if (inside > strlen("<Event") && inside < one)
			assert_int_equal(s->scan.n_notes, 1);
		else
			assert_int_equal(s->scan.n_notes, 0);
		done(s);
	}
}

static void
a_changed_byte_loses_one_event_at_most(void **state)
{
	static const char bytes[] = "\0<>&'\"\x80\xff x";
	char text[] = EVENT("1") "\n" EVENT("2") "\n" EVENT("3");
	size_t one = strlen(EVENT("1"));

	(void)state;
	for (size_t at = one + 1; at < 2 * one + 1; at++) {
		char was = text[at];

		for (size_t i = 0; i < sizeof(bytes) - 1; i++) {
			struct seen *s = begin();

			text[at] = bytes[i];
			read_bytes(s, text, sizeof(text) - 1);
			assert_int_equal(strncmp(s->ids, "1 ", 2), 0);
			assert_non_null(strstr(s->ids, "3 "));
			assert_true(s->n == 3 || s->scan.n_notes > 0);
			done(s);
		}
		text[at] = was;
	}
}

/* ---- claims --------------------------------------------------------- */

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
claims_its_own_and_nothing_else(void **state)
{
	static const struct {
		const char *name, *head;
		int least, most;
	} cases[] = {
		{ "a.xml", EVENT("1"), 90, 100 },
		{ "no-name", EVENT("1"), 90, 100 },
		{ "a.txt", "<Events><Event ", 90, 100 },
		{ "a.txt", "\xef\xbb\xbf<?xml version='1.0'?>\r\n<Events>", 90, 100 },
		{ "a.txt", "<!-- by hand --><e:Events xmlns:e='u'>", 90, 100 },
		{ "a.txt", "C:\\>wevtutil\r\n\r\n" EVENT("1"), 60, 90 },
		{ "a.txt", "Reading <all>\n<Events>", 60, 90 },
		{ "a.txt", "a line that says <Event xmlns", 0, 1 },
		{ "a.XML", "\n", 1, 30 },
		{ "a.xml", "<?xml version='1.0'?><!-- long", 1, 30 },
		{ "a.xml", "<EventLog/>", 0, 0 },
		{ "a.xml", "<?xml version='1.0'?><root/>", 0, 0 },
		{ "MDMDiagReport.xml", "<?xml version=\"1.0\"?>\r\n"
		  "<MDMEnterpriseDiagnosticsReport><Version>1.0", 0, 0 },
		{ "x\\mdmdiagreport.xml", "<!-- ", 0, 0 },
		{ "a.html", "<!DOCTYPE html><html><Events>", 0, 0 },
		{ "a.html", "<html>\n<Events>", 0, 0 },
		{ "a.txt", "", 0, 0 },
		{ "a.evtx", "ElfFile", 0, 0 },
	};
	uint8_t both[2048];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cs_text name = cs_text_of(cases[i].name);
		const char *head = cases[i].head;
		int sure = cs_format_event_xml.claims(
			name, (cs_bytes){ (const uint8_t *)head, strlen(head) });
		int wide_sure;

		assert_in_range(sure, cases[i].least, cases[i].most);
		if ((head[0] & 0x80) != 0)
			continue;
		memcpy(both, "\xff\xfe", 2);
		wide_sure = cs_format_event_xml.claims(
			name, (cs_bytes){ both, 2 + wide(both + 2, head, false) });
		assert_int_equal(wide_sure, sure);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(values_are_limited),
		cmocka_unit_test(bytes_are_limited),
		cmocka_unit_test(records_are_limited),
		cmocka_unit_test(hostile_texts_cost_one_pass),
		cmocka_unit_test(every_cut_loses_one_event_at_most),
		cmocka_unit_test(a_changed_byte_loses_one_event_at_most),
		cmocka_unit_test(claims_its_own_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
