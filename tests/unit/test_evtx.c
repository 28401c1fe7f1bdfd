/* test_evtx.c - what sound event logs say */
#include "evtxlog.h"

static void
an_event_has_its_fields(void **state)
{
	struct log l = begin();
	size_t definition = simple_event(&l, 171, "one");
	struct got *g;

	(void)state;
	same_event(&l, definition, 172, "two");
	end_chunk(&l);
	g = read_log(&l);
	assert_int_equal(g->n, 2);
	assert_int_equal(g->scan.n_notes, 0);
	assert_string_equal(g->events[0].provider, "Simple");
	assert_int_equal(g->events[0].system.id, 171);
	assert_int_equal(g->events[0].system.level, 2);
	assert_int_equal(g->events[0].system.record_id, 1);
	assert_int_equal(g->events[0].system.created, WRITTEN - 5);
	assert_int_equal(g->events[0].system.written, WRITTEN);
	assert_int_equal(g->events[0].time, WRITTEN - 5);
	assert_int_equal(g->events[0].place.offset, FIRST + 512);
	assert_int_equal(g->events[0].place.record, 1);
	assert_string_equal(g->events[0].data, "Text=one;");
	assert_int_equal(g->events[1].system.id, 172);
	assert_int_equal(g->events[1].place.record, 2);
	assert_string_equal(g->events[1].data, "Text=two;");
	assert_false(g->events[1].doubtful);
	assert_int_equal(g->counts.records[CS_LIVE], 2);
	done(g, &l);
}

static void
logs_are_known_by_their_first_bytes(void **state)
{
	const struct cs_format *f = &cs_format_evtx;
	cs_text any = CS_TEXT("x.bin"), evtx = CS_TEXT("a/Setup.EVTX");
	cs_bytes file = { (const uint8_t *)"ElfFile\0....", 12 };
	cs_bytes chunk = { (const uint8_t *)"ElfChnk\0....", 12 };
	cs_bytes zeros = { (const uint8_t *)"\0\0\0\0\0\0\0\0", 8 };
	cs_bytes none = { NULL, 0 };

	(void)state;
	assert_string_equal(f->name, "event-log");
	assert_int_equal(f->claims(any, file), 100);
	assert_true(f->claims(any, chunk) > 90);
	assert_int_equal(f->claims(any, zeros), 0);
	assert_true(f->claims(evtx, zeros) > 0);
	assert_int_equal(f->claims(evtx, none), 0);
	assert_int_equal(f->claims(any, none), 0);
}

static void
arrays_repeat_their_element(void **state)
{
	struct log l = begin_data();

	(void)state;
	data(&l, "S", 3, 0x81);
	data(&l, "N", 4, 0x86);
	data(&l, "E", 5, 0x8a);
	element(&l, "Data");
	value(&l, 6, 0x81);
	close_element(&l);
	data(&l, "B", 7, 0x8d);
	end_data(&l, 5);
	add(&l, 0x81, "a\0\0\0\0\0b\0\0\0\0\0", 12);
	add(&l, 0x86, "\1\0\2\0", 4);
	add(&l, 0x8a, "", 0);
	add(&l, 0x81, "x\0", 2);
	add(&l, 0x8d, "\1\0\0\0\0\0\0\0", 8);
	end_record(&l);
	assert_data(&l, "S=a;S=<null>;S=b;S=<null>;N=1;N=2;E=<null>;=x;"
	                "B=true;B=false;");
}

/* Two arrays in one element, and one array twice in the next. */
static void
arrays_in_one_element_are_in_step(void **state)
{
	struct log l = begin_data();
	struct got *g;

	(void)state;
	element(&l, "Data");
	value(&l, 3, 0x81);
	text(&l, "-");
	value(&l, 4, 0x82);
	close_element(&l);
	element(&l, "Data");
	value(&l, 3, 0x81);
	value(&l, 3, 0x81);
	close_element(&l);
	end_data(&l, 2);
	add(&l, 0x81, "a\0\0\0\0\0l\0o\0n\0g\0e\0r\0 \0o\0n\0e\0\0\0", 28);
	add(&l, 0x82, "x\0yy\0", 5);
	end_record(&l);
	end_chunk(&l);
	g = read_log(&l);
	assert_int_equal(g->n, 1);
	assert_non_null(strstr(g->events[0].xml, "<EventData>"
		"<Data>a-x</Data><Data>-yy</Data><Data>longer one-</Data>"
		"<Data>aa</Data><Data></Data><Data>longer onelonger one</Data>"
		"</EventData>"));
	assert_string_equal(g->events[0].data, "=a-x;=-yy;=longer one-;"
	                    "=aa;=<null>;=longer onelonger one;");
	done(g, &l);
}

static void
missing_and_null_values_are_null(void **state)
{
	struct log l = begin_data();

	(void)state;
	data(&l, "Sized", 3, 0x01);
	data(&l, "After", 4, 0x08);
	data(&l, "Missing", 5, 0x08);
	data(&l, "Far", 0xfffe, 0x08);
	element_depending(&l, "Data", false, 3);
	content(&l);
	text(&l, "dropped");
	close_element(&l);
	element_depending(&l, "Data", false, 4);
	content(&l);
	text(&l, "kept");
	close_element(&l);
	element(&l, "Binary");
	optional(&l, 3, 0x0e);
	close_element(&l);
	element(&l, "Data");
	close_element(&l);
	end_data(&l, 2);
	add(&l, 0x00, "0123456789abcdef", 16);
	add_number(&l, 0x08, 7, 4);
	end_record(&l);
	assert_data(&l, "Sized=<null>;After=7;Missing=<null>;Far=<null>;=kept;"
	                "Binary=<null>;=<null>;");
}

static void
content_of_several_tokens_is_one_text(void **state)
{
	struct log l = begin_data();

	(void)state;
	element_with(&l, "Data");
	attribute(&l, "Name");
	text(&l, "A");
	put(&l, 0x49, 1);
	name(&l, "amp");
	value(&l, 4, 0x08);
	content(&l);
	text(&l, "x ");
	value(&l, 3, 0x01);
	put(&l, 0x09, 1);
	name(&l, "lt");
	put(&l, 0x08, 1);
	put(&l, 0x20ac, 2);
	put(&l, 0x47, 1);
	put(&l, 2, 2);
	units(&l, "<>");
	put(&l, 0x09, 1);
	name(&l, "own");
	put(&l, 0x0a, 1);
	name(&l, "target");
	put(&l, 0x0b, 1);
	put(&l, 3, 2);
	units(&l, "any");
	put(&l, 0x08, 1);
	put(&l, 0xd800, 2);
	close_element(&l);
	end_data(&l, 2);
	add(&l, 0x01, "y\0", 2);
	add_number(&l, 0x08, 7, 4);
	end_record(&l);
	assert_data(&l, "A&7=x y<\xe2\x82\xac<>&own;\xef\xbf\xbd;");
}

static void
user_data_is_named_by_path(void **state)
{
	struct log l = begin();

	(void)state;
	begin_record(&l);
	begin_template(&l, 0x78);
	system_of(&l, "P");
	element(&l, "UserData");
	element_with(&l, "EventXML");
	attribute(&l, "xmlns");
	text(&l, "urn:x");
	attribute(&l, "xmlns:n");
	text(&l, "urn:y");
	attribute(&l, "kind");
	value(&l, 3, 0x08);
	attribute(&l, "gone");
	optional(&l, 5, 0x01);
	content(&l);
	element(&l, "Status");
	value(&l, 3, 0x08);
	close_element(&l);
	element(&l, "Error");
	element_with(&l, "Code");
	attribute(&l, "hex");
	text(&l, "yes");
	content(&l);
	value(&l, 4, 0x84);
	close_element(&l);
	element(&l, "None");
	close_element(&l);
	close_element(&l);
	close_element(&l);
	close_element(&l);
	close_element(&l);
	end_template(&l);
	values(&l, 6);
	system_values(&l, 1);
	add_number(&l, 0x08, 7, 4);
	add(&l, 0x84, "\1\2", 2);
	add(&l, 0x00, "", 0);
	end_record(&l);
	assert_data(&l, "@kind=7;Status=7;Error/Code@hex=yes;Error/Code=1;"
	                "Error/Code@hex=yes;Error/Code=2;Error/None=<null>;");
}

/* A value that is a template instance, as most events have them. */
static void
payloads_are_nested(void **state)
{
	struct log l = begin();
	size_t start, descriptor;

	(void)state;
	begin_record(&l);
	begin_template(&l, 0x79);
	system_of(&l, "P");
	optional(&l, 3, 0x21);
	element(&l, "UserData");
	value(&l, 4, 0x21);
	close_element(&l);
	close_element(&l);
	end_template(&l);
	values(&l, 5);
	system_values(&l, 1);
	descriptor = l.descriptor;
	start = l.n;
	put(&l, 0x0001010f, 4);
	begin_template(&l, 0x80);
	element(&l, "EventData");
	data(&l, "Inner", 0, 0x08);
	close_element(&l);
	end_template(&l);
	values(&l, 1);
	add_number(&l, 0x08, 5, 4);
	put(&l, 0, 1);
	set(&l, descriptor, (l.n - start) | 0x210000, 4);
	start = l.n;                    /* bare elements, no dependency ids */
	element(&l, "Root");
	element(&l, "Leaf");
	text(&l, "z");
	close_element(&l);
	close_element(&l);
	set(&l, descriptor + 4, (l.n - start) | 0x210000, 4);
	end_record(&l);
	assert_data(&l, "Inner=5;Leaf=z;");
}

/* An event as a collector forwards it: all is text. */
static void
forwarded_event(struct log *l)
{
	begin_record(l);
	element(l, "Event");
	element(l, "System");
	element_with(l, "Provider");
	attribute(l, "Name");
	text(l, "Far");
	attribute(l, "Guid");
	text(l, "{BAB3AD92-FB96-5902-450B-B8421BDEC7BD}");
	close_empty(l);
	element_with(l, "EventID");
	attribute(l, "Qualifiers");
	text(l, "16384");
	content(l);
	text(l, "1116");
	close_element(l);
	element(l, "Keywords");
	text(l, "0x8000000000000001");
	close_element(l);
	element_with(l, "TimeCreated");
	attribute(l, "SystemTime");
	text(l, "2024-11-22T08:00:00.1234567Z");
	close_empty(l);
	element(l, "EventRecordID");
	text(l, "4711");
	close_element(l);
	close_element(l);
	element(l, "EventData");
	element_with(l, "Data");
	attribute(l, "Name");
	text(l, "A");
	content(l);
	text(l, "b");
	close_element(l);
	close_element(l);
	element(l, "RenderingInfo");
	element(l, "Message");
	text(l, "Told afar");
	close_element(l);
	element(l, "Level");
	text(l, "Error");
	close_element(l);
	close_element(l);
	close_element(l);
	end_record(l);
}

/* Two definitions: one inside of which a name is, one that refers to it. */
static void
chunk_with_name_elsewhere(struct log *l, const char *z)
{
	size_t place;

	begin_record(l);
	begin_template(l, 0x90);
	system_of(l, "P");
	element(l, "EventData");
	place = l->n + 11;              /* token, dependency, size, the word */
	element(l, z);
	value(l, 3, 0x08);
	close_element(l);
	end_data(l, 1);
	add_number(l, 0x08, 1, 4);
	end_record(l);
	begin_record(l);
	begin_template(l, 0x91);
	system_of(l, "P");
	element(l, "EventData");
	put(l, 0xffff01, 3);
	l->open[l->depth++] = l->n;
	put(l, 0, 4);
	put(l, place - l->chunk, 4);
	put(l, 0x02, 1);
	value(l, 3, 0x08);
	close_element(l);
	end_data(l, 1);
	add_number(l, 0x08, 2, 4);
	end_record(l);
	end_chunk(l);
}

/* The second definition has the same bytes in both chunks. */
static void
names_elsewhere_tell_templates_apart(void **state)
{
	struct log l = begin();
	struct got *g;

	(void)state;
	chunk_with_name_elsewhere(&l, "Alpha");
	begin_chunk(&l);
	chunk_with_name_elsewhere(&l, "Gamma");
	g = read_log(&l);
	assert_int_equal(g->n, 4);
	assert_string_equal(g->events[1].data, "Alpha=2;");
	assert_string_equal(g->events[2].data, "Gamma=1;");
	assert_string_equal(g->events[3].data, "Gamma=2;");
	assert_int_equal(g->scan.n_notes, 0);
	done(g, &l);
}

static void
forwarded_events_have_no_template(void **state)
{
	struct log l = begin();
	struct got *g;

	(void)state;
	for (int dependencies = 0; dependencies < 2; dependencies++) {
		l.dependencies = dependencies;
		forwarded_event(&l);
	}
	end_chunk(&l);
	g = read_log(&l);
	assert_int_equal(g->n, 2);
	assert_int_equal(g->scan.n_notes, 0);
	for (size_t i = 0; i < 2; i++) {
		const struct cs_system *s = &g->events[i].system;

		assert_string_equal(g->events[i].provider, "Far");
		assert_string_equal(g->events[i].guid,
		                    "{bab3ad92-fb96-5902-450b-b8421bdec7bd}");
		assert_int_equal(s->id, 1116);
		assert_int_equal(s->qualifiers, 16384);
		assert_int_equal(s->keywords, 0x8000000000000001u);
		assert_int_equal(s->record_id, 4711);
		assert_int_equal(g->events[i].place.record, 4711);
		assert_int_equal(s->created, 133767360001234567u);
		assert_string_equal(g->events[i].data, "A=b;");
		assert_string_equal(g->events[i].message, "Told afar");
	}
	done(g, &l);
}

static void
a_record_can_be_several_documents(void **state)
{
	struct log l = begin();

	(void)state;
	begin_record(&l);
	element(&l, "Event");
	element(&l, "EventData");
	element(&l, "Data");
	text(&l, "1");
	close_element(&l);
	close_element(&l);
	close_element(&l);
	put(&l, 0, 1);
	put(&l, 0x0001010f, 4);
	element(&l, "Event");
	element(&l, "EventData");
	element(&l, "Data");
	text(&l, "2");
	close_element(&l);
	close_element(&l);
	close_element(&l);
	end_record(&l);
	assert_data(&l, "=1;=2;");
}

static void
a_record_can_be_empty(void **state)
{
	struct log l = begin();
	struct got *g;

	(void)state;
	begin_record(&l);
	l.n -= 4;
	end_record(&l);
	end_chunk(&l);
	g = read_log(&l);
	assert_int_equal(g->n, 1);
	assert_string_equal(g->events[0].provider, "");
	assert_int_equal(g->events[0].system.record_id, 1);
	assert_int_equal(g->events[0].time, WRITTEN);
	done(g, &l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_has_its_fields),
		cmocka_unit_test(logs_are_known_by_their_first_bytes),
		cmocka_unit_test(arrays_repeat_their_element),
		cmocka_unit_test(arrays_in_one_element_are_in_step),
		cmocka_unit_test(missing_and_null_values_are_null),
		cmocka_unit_test(content_of_several_tokens_is_one_text),
		cmocka_unit_test(user_data_is_named_by_path),
		cmocka_unit_test(payloads_are_nested),
		cmocka_unit_test(names_elsewhere_tell_templates_apart),
		cmocka_unit_test(forwarded_events_have_no_template),
		cmocka_unit_test(a_record_can_be_several_documents),
		cmocka_unit_test(a_record_can_be_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
