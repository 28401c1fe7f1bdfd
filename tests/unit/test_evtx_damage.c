/* test_evtx_damage.c - event logs that are damaged in one place */
#include "evtxlog.h"

static struct log
five_events(void)
{
	struct log l = begin();
	size_t definition = simple_event(&l, 1, "a");

	for (unsigned i = 2; i <= 5; i++)
		same_event(&l, definition, i, "b");
	end_chunk(&l);
	return l;
}

static size_t
record_offset(const struct log *l, unsigned n)
{
	size_t at = FIRST + 512;

	while (n-- > 0)
		at += get32(l, at + 4);
	return at;
}

static void
wrong_checksums_make_doubtful(void **state)
{
	struct log l = five_events();
	struct got *g;

	(void)state;
	l.bytes[FIRST + 52] ^= 1;
	g = read_log(&l);
	assert_int_equal(g->n, 5);
	assert_true(g->events[0].doubtful);
	assert_true(noted(g, "records of an event log chunk with checksum"));
	assert_true(noted(g, "header of an event log chunk with checksum"));
	done(g, NULL);
	set(&l, FIRST + 120, 4, 4);     /* says that it has none */
	g = read_log(&l);
	assert_int_equal(g->n, 5);
	assert_false(g->events[0].doubtful);
	assert_int_equal(g->scan.n_notes, 0);
	done(g, &l);
}

static void
salvaged_members_are_doubtful(void **state)
{
	struct log l = five_events();
	struct cs_member m = { .name = CS_TEXT("x"),
	                       .bytes = { l.bytes, l.n },
	                       .state = CABSCAN_MEMBER_SALVAGED };
	struct got *g = calloc(1, sizeof(*g));

	(void)state;
	assert_non_null(g);
	g->sink.record = take;
	cs_scan_begin(&g->scan, limits);
	cs_format_evtx.read(&g->scan, &m, &g->sink);
	assert_int_equal(g->n, 5);
	assert_true(g->events[4].doubtful);
	done(g, &l);
}

static void
reading_goes_on_behind_a_bad_record(void **state)
{
	static const struct { size_t at; uint32_t with; } damage[] = {
		{ 0, 0x12345678 }, { 4, 0 }, { 4, 0xfffffff8 }, { 4, 48 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
		struct log l = five_events();
		size_t at = record_offset(&l, 1);
		struct got *g;

		set(&l, at + damage[i].at, damage[i].with, 4);
		checksums(&l, FIRST);
		g = read_log(&l);
		assert_int_equal(g->n, 4);
		assert_int_equal(g->counts.records[CS_LIVE], 1);
		assert_int_equal(g->counts.records[CS_RESYNCED], 3);
		assert_int_equal(g->events[1].system.id, 3);
		assert_false(g->events[0].doubtful);
		assert_true(g->events[1].doubtful);
		assert_string_equal(g->events[1].data, "Text=b;");
		assert_int_equal(g->scan.n_notes, 1);
		assert_int_equal(g->scan.notes->place.offset, at);
		assert_true(noted(g, "event record with magic"));
		done(g, &l);
	}
}

static void
a_zero_magic_ends_the_records(void **state)
{
	struct log l = five_events();
	struct got *g;

	(void)state;
	memset(l.bytes + record_offset(&l, 3), 0, 8);
	checksums(&l, FIRST);
	g = read_log(&l);
	assert_int_equal(g->n, 3);
	assert_int_equal(g->scan.n_notes, 0);
	done(g, &l);
}

static void
slack_is_not_live(void **state)
{
	struct log l = five_events();
	struct got *g;

	(void)state;
	set(&l, FIRST + 48, record_offset(&l, 3) - FIRST, 4);
	checksums(&l, FIRST);
	g = read_log(&l);
	assert_int_equal(g->n, 3);
	assert_int_equal(g->scan.n_notes, 0);
	done(g, NULL);
	g = read_bytes((cs_bytes){ l.bytes, l.n }, true, limits);
	assert_int_equal(g->n, 5);
	assert_int_equal(g->counts.records[CS_SLACK], 2);
	assert_int_equal(g->events[4].origin, CS_SLACK);
	assert_true(g->events[4].doubtful);
	assert_false(g->events[2].doubtful);
	done(g, &l);
}

static void
counts_of_the_header_do_not_matter(void **state)
{
	struct log l = five_events();
	struct got *g;

	(void)state;
	l.n += CHUNK;                   /* zeros, between live chunks */
	begin_chunk(&l);
	simple_event(&l, 6, "c");
	end_chunk(&l);
	set(&l, 42, 1, 2);
	memset(l.bytes + FIRST + 8, 0xff, 32);
	memset(l.bytes + FIRST + 128, 0xff, 384);
	checksums(&l, FIRST);
	g = read_log(&l);
	assert_int_equal(g->n, 6);
	assert_int_equal(g->scan.n_notes, 0);
	assert_int_equal(g->counts.chunks, 2);
	assert_int_equal(g->events[5].place.offset, FIRST + 2 * CHUNK + 512);
	done(g, &l);
}

static void
a_bad_file_header_is_noted(void **state)
{
	struct log l = five_events();
	struct got *g;

	(void)state;
	memset(l.bytes, 0, 128);
	g = read_log(&l);
	assert_int_equal(g->n, 5);
	assert_true(noted(g, "do not begin as an event log"));
	done(g, NULL);
	memcpy(l.bytes, "ElfFile", 8);
	set(&l, 40, 0x1234, 2);
	g = read_log(&l);
	assert_int_equal(g->n, 5);
	assert_true(noted(g, "header of an event log with checksum"));
	done(g, NULL);                  /* only the chunk was left */
	g = read_bytes((cs_bytes){ l.bytes + FIRST, CHUNK }, false, limits);
	assert_int_equal(g->n, 5);
	assert_int_equal(g->scan.n_notes, 0);
	done(g, &l);
}

static void
a_log_cut_short_gives_what_is_left(void **state)
{
	struct log l = five_events();
	struct got *g;

	(void)state;
	g = read_bytes((cs_bytes){ l.bytes, record_offset(&l, 3) + 20 }, false,
	               limits);
	assert_int_equal(g->n, 3);
	assert_false(g->events[0].doubtful);
	assert_true(noted(g, "chunk cut short"));
	done(g, NULL);
	for (size_t n = 0; n < FIRST + 520; n += 8) {
		g = read_bytes((cs_bytes){ l.bytes, n }, true, limits);
		assert_int_equal(g->n, 0);
		done(g, NULL);
	}
	free(l.bytes);
}

static void
headerless_chunks_borrow_templates(void **state)
{
	struct log l = begin();
	size_t definition;
	struct got *g;

	(void)state;
	/* The first chunk lost its beginning: header and definition. */
	definition = simple_event(&l, 1, "lost");
	same_event(&l, definition, 2, "found");
	l.n += 8;
	same_event(&l, definition, 3, "found too");
	end_chunk(&l);
	memset(l.bytes + FIRST, 0, record_offset(&l, 1) - FIRST);
	begin_chunk(&l);
	simple_event(&l, 4, "sound");
	end_chunk(&l);
	g = read_log(&l);
	assert_int_equal(g->n, 3);
	assert_int_equal(g->counts.records[CS_HEADERLESS], 2);
	assert_int_equal(g->events[0].system.id, 2);
	assert_string_equal(g->events[0].provider, "Simple");
	assert_string_equal(g->events[0].data, "Text=found;");
	assert_true(g->events[0].doubtful);
	assert_string_equal(g->events[1].data, "Text=found too;");
	assert_int_equal(g->events[2].system.id, 4);
	assert_false(g->events[2].doubtful);
	assert_true(noted(g, "template lost, another chunk's taken"));
	assert_true(noted(g, "2 records found"));
	done(g, &l);
}

static void
a_lost_template_leaves_its_values(void **state)
{
	struct log l = begin();
	size_t start;
	struct got *g;

	(void)state;
	begin_record(&l);
	instance_of(&l, 0x55, l.chunk + 0x4000);
	values(&l, 2);
	add_number(&l, 0x06, 9, 2);
	start = l.n;
	instance_of(&l, 0x56, l.chunk + 0x5000);
	values(&l, 2);
	add_number(&l, 0x08, 0x80070490, 4);
	add(&l, 0x02, "text", 4);
	/* 'values' moved the descriptor: set that of the payload by hand. */
	set(&l, start - 2 - 4, (l.n - start) | 0x210000, 4);
	end_record(&l);
	end_chunk(&l);
	g = read_log(&l);
	assert_int_equal(g->n, 1);
	assert_true(g->events[0].doubtful);
	assert_int_equal(g->events[0].place.record, 1);
	assert_int_equal(g->events[0].time, WRITTEN);
	assert_string_equal(g->events[0].data, "=2147943568;=text;");
	assert_true(noted(g, "0x00000055: template lost"));
	assert_true(noted(g, "0x00000056: template lost"));
	done(g, &l);
}

static void
a_broken_template_is_noted_once(void **state)
{
	struct log l = begin();
	size_t definition, broken;
	struct got *g;

	(void)state;
	begin_record(&l);
	begin_template(&l, 0x1000);
	system_of(&l, "Simple");
	element(&l, "EventData");
	data(&l, "Text", 3, 0x02);
	broken = l.n;
	put(&l, 0x3f, 1);
	close_element(&l);
	close_element(&l);
	definition = end_template(&l);
	values(&l, 4);
	system_values(&l, 1);
	add(&l, 0x02, "x", 1);
	end_record(&l);
	same_event(&l, definition, 2, "y");
	end_chunk(&l);
	g = read_log(&l);
	assert_int_equal(g->n, 2);
	assert_string_equal(g->events[1].data, "Text=y;");
	assert_true(g->events[1].doubtful);
	assert_int_equal(g->scan.n_notes, 1);
	assert_true(noted(g, "unknown token (0x3f at"));
	assert_int_equal(l.bytes[broken], 0x3f);
	done(g, &l);
}

static void
limits_on_records_hold(void **state)
{
	static const uint64_t few[CABSCAN_N_LIMITS] = {
		[CABSCAN_LIMIT_RECORDS] = 3
	};
	struct log l = five_events();
	struct got *g;

	(void)state;
	g = read_bytes((cs_bytes){ l.bytes, l.n }, false, few);
	assert_int_equal(g->n, 3);
	assert_int_equal(g->scan.n_notes, 1);
	assert_int_equal(g->scan.notes->kind, CABSCAN_NOTE_LIMIT);
	done(g, &l);
}

/* Every byte of a small log set to a few values: nothing may happen but
 * notes. */
static void
any_byte_may_be_wrong(void **state)
{
	static const uint8_t with[] = { 0x00, 0x01, 0x0c, 0x21, 0x41, 0x81, 0xff };
	struct log l = begin();
	size_t end;

	(void)state;
	simple_event(&l, 1, "a");
	end = l.n;
	end_chunk(&l);
	for (size_t at = FIRST; at < end; at++) {
		uint8_t was;

		if (at == FIRST + 128)          /* the tables nobody reads */
			at = FIRST + 512;
		was = l.bytes[at];
		for (size_t i = 0; i < sizeof(with); i++) {
			struct got *g;

			l.bytes[at] = with[i];
			g = read_bytes((cs_bytes){ l.bytes, end }, true, limits);
			assert_true(g->n <= 1);
			done(g, NULL);
		}
		l.bytes[at] = was;
	}
	free(l.bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_checksums_make_doubtful),
		cmocka_unit_test(salvaged_members_are_doubtful),
		cmocka_unit_test(reading_goes_on_behind_a_bad_record),
		cmocka_unit_test(a_zero_magic_ends_the_records),
		cmocka_unit_test(slack_is_not_live),
		cmocka_unit_test(counts_of_the_header_do_not_matter),
		cmocka_unit_test(a_bad_file_header_is_noted),
		cmocka_unit_test(a_log_cut_short_gives_what_is_left),
		cmocka_unit_test(headerless_chunks_borrow_templates),
		cmocka_unit_test(a_lost_template_leaves_its_values),
		cmocka_unit_test(a_broken_template_is_noted_once),
		cmocka_unit_test(limits_on_records_hold),
		cmocka_unit_test(any_byte_may_be_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
