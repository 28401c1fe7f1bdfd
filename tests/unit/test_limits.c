/* test_limits.c - what a whole scan may have: just below, at and above each
 * limit that test_cab.c and the tests of single readers do not know */
#include "judging.h"

#include "base/limits.h"
#include "base/scan.h"

static char *text;
static size_t text_len, text_room;

static void
begin_text(void)
{
	text_len = 0;
	if (text)
		text[0] = '\0';
}

static void
say(const char *format, ...)
{
	va_list args;
	int n;

	if (text_room - text_len < 4096) {
		text_room = text_room ? text_room * 2 : 1 << 16;
		text = realloc(text, text_room);
		assert_non_null(text);
	}
	va_start(args, format);
	n = vsnprintf(text + text_len, text_room - text_len, format, args);
	va_end(args);
	assert_true(n >= 0 && (size_t)n < text_room - text_len);
	text_len += (size_t)n;
}

#define HEAD "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>" \
	"<System><Provider Name='Microsoft-Windows-ModernDeployment-Diagnostics-" \
	"Provider'/><EventID>"

static void
say_event(unsigned id, unsigned n, const char *computer)
{
	say(HEAD "%u</EventID><TimeCreated SystemTime='2026-11-%02uT%02u:%02u:%02u."
	    "0000000Z'/><EventRecordID>%u</EventRecordID><Computer>%s</Computer>"
	    "</System><EventData><Data Name='HRESULT'>0x81039001</Data></EventData>"
	    "</Event>\n", id, 1 + n / 86400, n / 3600 % 24, n / 60 % 60, n % 60,
	    n + 1, computer);
}

static bool
noted(cabscan_note_kind kind, const char *part)
{
	const cabscan_note *n;

	for (size_t i = 0; (n = cabscan_note_at(result, i)) != NULL; i++)
		if (n->kind == kind && strstr(n->text, part))
			return true;
	return false;
}

static size_t
count_facts(const char *name)
{
	size_t n = 0;

	while (cabscan_fact_named(result, name, n))
		n++;
	return n;
}

/* ---- limits that can be set ------------------------------------------------- */

static void
bytes_of_one_input(void **state)
{
	static const char t[] = "A: x\n";
	cabscan_input in = { "t.txt", t, sizeof(t) - 1, CABSCAN_INPUT_AUTO };
	cabscan_error err = { CABSCAN_OK, "" };

	(void)state;
	learn("");
	cabscan_set_limit(scanner, CABSCAN_LIMIT_CAB_BYTES, sizeof(t));
	scan_text(t);
	cabscan_set_limit(scanner, CABSCAN_LIMIT_CAB_BYTES, sizeof(t) - 1);
	scan_text(t);
	cabscan_set_limit(scanner, CABSCAN_LIMIT_CAB_BYTES, sizeof(t) - 2);
	cabscan_case_free(result);
	result = NULL;
	assert_int_equal(cabscan_scan(scanner, "x", &in, 1, &result, &err),
	                 CABSCAN_ELIMIT);
	assert_non_null(strstr(err.message, "5 bytes are more than the limit of 4"));
}

static void
bytes_of_one_file(void **state)
{
	const struct file two[] = { { "t.txt", "A: x\n" }, { "u/t.txt", "A: yy\n" } };

	(void)state;
	learn("");
	for (uint64_t most = 5; most <= 7; most++) {
		cabscan_set_limit(scanner, CABSCAN_LIMIT_MEMBER_BYTES, most);
		scan(two, 2);
		assert_int_equal(count_facts("t.a"), most < 6 ? 1 : 2);
		assert_int_equal(cabscan_member_at(result, 1)->state,
		                 most < 6 ? CABSCAN_MEMBER_LIMITED
		                          : CABSCAN_MEMBER_READ);
	}
}

static void
bytes_of_all_files(void **state)
{
	const struct file two[] = { { "t.txt", "A: x\n" }, { "u/t.txt", "A: yy\n" } };

	(void)state;
	learn("");
	for (uint64_t most = 10; most <= 12; most++) {
		cabscan_set_limit(scanner, CABSCAN_LIMIT_TOTAL_BYTES, most);
		scan(two, 2);
		assert_int_equal(count_facts("t.a"), most < 11 ? 1 : 2);
		assert_int_equal(noted(CABSCAN_NOTE_LIMIT, "bytes in all members"),
		                 most < 11);
	}
}

static void
files(void **state)
{
	const struct file two[] = { { "t.txt", "A: x\n" }, { "u/t.txt", "A: yy\n" } };

	(void)state;
	learn("");
	for (uint64_t most = 1; most <= 3; most++) {
		cabscan_set_limit(scanner, CABSCAN_LIMIT_MEMBERS, most);
		scan(two, 2);
		assert_int_equal(count_facts("t.a"), most < 2 ? 1 : 2);
		assert_int_equal(noted(CABSCAN_NOTE_LIMIT, "more than 1 members"),
		                 most < 2);
	}
}

static void
records(void **state)
{
	(void)state;
	learn("");
	for (uint64_t most = 2; most <= 4; most++) {
		cabscan_set_limit(scanner, CABSCAN_LIMIT_RECORDS, most);
		scan_text("A: x\nA: y\nA: z\n");
		assert_int_equal(count_facts("t.a"), most < 3 ? 2 : 3);
		assert_int_equal(noted(CABSCAN_NOTE_LIMIT, "more than 2 records"),
		                 most < 3);
	}
}

static void
a_limit_is_given_back(void **state)
{
	(void)state;
	learn("");
	assert_int_equal(cabscan_set_limit(scanner, CABSCAN_LIMIT_RECORDS, 7),
	                 LIMIT_RECORDS);
	assert_int_equal(cabscan_get_limit(scanner, CABSCAN_LIMIT_RECORDS), 7);
	assert_int_equal(cabscan_get_limit(scanner, CABSCAN_LIMIT_MEMBER_BYTES),
	                 LIMIT_MEMBER_BYTES);
}

/* ---- limits that hold for every case ------------------------------------------ */

static void
notes(void **state)
{
	static const uint64_t limits[CABSCAN_N_LIMITS] = { 0 };

	(void)state;
	for (unsigned n = MAX_NOTES - 1; n <= MAX_NOTES + 1; n++) {
		struct cs_scan s;
		const struct cs_note *last;
		unsigned kept = 1;

		cs_scan_begin(&s, limits);
		for (unsigned i = 0; i < n; i++)
			cs_note(&s, CABSCAN_NOTE_DAMAGED, (struct cs_place){ 0 },
			        "note %u", i);
		for (last = s.notes; last->next; last = last->next)
			kept++;
		assert_int_equal(kept, n < MAX_NOTES ? n : MAX_NOTES);
		assert_string_equal(last->text, n < MAX_NOTES ? "note 198"
		                    : "more went wrong than is listed here");
		cs_scan_end(&s);
	}
}

static void
facts_of_a_name(void **state)
{
	(void)state;
	learn("");
	for (unsigned n = MAX_FACTS_OF_A_NAME - 1; n <= MAX_FACTS_OF_A_NAME + 1; n++) {
		begin_text();
		for (unsigned i = 0; i < n; i++)
			say("A: v%u\n", i);
		scan_text(text);
		assert_int_equal(count_facts("t.a"),
		                 n < MAX_FACTS_OF_A_NAME ? n : MAX_FACTS_OF_A_NAME);
		assert_string_equal(cabscan_fact_named(result, "t.a", 0)->value, "v0");
	}
}

static void
characters_of_a_value(void **state)
{
	(void)state;
	learn("");
	for (unsigned n = MAX_FACT_CHARS - 1; n <= MAX_FACT_CHARS + 1; n++) {
		size_t len;

		begin_text();
		say("A: ");
		for (unsigned i = 0; i < n; i++)
			say("x");
		say("\n");
		scan_text(text);
		len = strlen(cabscan_fact_named(result, "t.a", 0)->value);
		assert_int_equal(len, n < MAX_FACT_CHARS ? n : MAX_FACT_CHARS);
	}
}

static void
names_of_computers(void **state)
{
	(void)state;
	learn("");
	for (unsigned n = MAX_COMPUTERS - 1; n <= MAX_COMPUTERS + 1; n++) {
		unsigned kept = 0;

		begin_text();
		for (unsigned i = 0; i < n; i++) {
			char computer[16];

			snprintf(computer, sizeof(computer), "PC-%u", i);
			say_event(150, i, computer);
		}
		scan(&(struct file){ "x.event.xml", text }, 1);
		while (cabscan_computer_at(result, kept))
			kept++;
		assert_int_equal(kept, n < MAX_COMPUTERS ? n : MAX_COMPUTERS);
	}
}

static void
entries_of_the_timeline(void **state)
{
	(void)state;
	learn("");
	for (unsigned n = MAX_TIMELINE - 1; n <= MAX_TIMELINE + 1; n++) {
		unsigned kept = 0;

		begin_text();
		for (unsigned i = 0; i < n; i++)
			say_event(171, i, "PC");
		scan(&(struct file){ "x.event.xml", text }, 1);
		while (cabscan_event_at(result, kept))
			kept++;
		assert_int_equal(kept, n < MAX_TIMELINE ? n : MAX_TIMELINE);
		assert_int_equal(noted(CABSCAN_NOTE_LIMIT, "newest 2000 of 2001"),
		                 n > MAX_TIMELINE);
		assert_int_equal(cabscan_event_at(result, kept - 1)->where.record, n);
	}
}

/* Each failure ends a try. */
static void
tries(void **state)
{
	(void)state;
	learn("");
	for (unsigned n = MAX_ATTEMPTS - 1; n <= MAX_ATTEMPTS + 1; n++) {
		unsigned kept = 0;

		begin_text();
		for (unsigned i = 0; i < n; i++) {
			say_event(150, i * 600, "PC");
			say_event(171, i * 600 + 1, "PC");
		}
		scan(&(struct file){ "x.event.xml", text }, 1);
		while (cabscan_attempt_at(result, kept))
			kept++;
		assert_int_equal(kept, n < MAX_ATTEMPTS ? n : MAX_ATTEMPTS);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bytes_of_one_input), TEST(bytes_of_one_file),
		TEST(bytes_of_all_files), TEST(files), TEST(records),
		TEST(a_limit_is_given_back), cmocka_unit_test(notes),
		TEST(facts_of_a_name), TEST(characters_of_a_value),
		TEST(names_of_computers), TEST(entries_of_the_timeline), TEST(tries),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(text);
	return failed;
}
