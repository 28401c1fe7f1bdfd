/* Tries to attest, told apart by their events. */
#include "judging.h"

#define HEAD "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>" \
	"<System><Provider Name='Microsoft-Windows-ModernDeployment-Diagnostics-" \
	"Provider'/><EventID>"
#define EVENT(n, id, time, data) HEAD #id "</EventID><TimeCreated SystemTime='2026-11-" \
	time ".0000000Z'/><EventRecordID>" #n "</EventRecordID></System><EventData>" \
	data "</EventData></Event>"
#define START(n, time) EVENT(n, 150, time, "")
#define BEGIN(n, time) EVENT(n, 153, time, "<Data Name='InitialState'>1</Data>" \
	"<Data Name='UpdateState'>2</Data>")
#define STEP(n, time) EVENT(n, 151, time, "")
#define PASS(n, time) EVENT(n, 169, time, "")
#define FAIL(n, time, code) EVENT(n, 171, time, "<Data Name='HRESULT'>" code "</Data>")

static const cabscan_verdict *
scan_events(const char *xml)
{
	return scan(&(struct file){ "x.event.xml", xml }, 1);
}

static size_t
count_attempts(void)
{
	size_t n = 0;

	while (cabscan_attempt_at(result, n))
		n++;
	return n;
}

static void
expect_attempt(size_t i, const char *outcome, const char *error)
{
	const cabscan_attempt *a = cabscan_attempt_at(result, i);

	assert_non_null(a);
	assert_string_equal(a->outcome, outcome);
	if (error)
		assert_string_equal(a->error, error);
	else
		assert_null(a->error);
}

static void
pass_alone(void **state)
{
	(void)state;
	learn("");
	EXPECT(scan_events(START(1, "20T09:00:00") STEP(2, "20T09:01:00")
	                   PASS(3, "20T09:02:00")), "attested", CABSCAN_CERTAIN);
	assert_int_equal(count_attempts(), 1);
	expect_attempt(0, "passed", NULL);
	assert_string_equal(cabscan_time_text(cabscan_attempt_at(result, 0)->started).text,
	                    "2026-11-20T09:00:00.0000000Z");
	assert_string_equal(cabscan_time_text(cabscan_attempt_at(result, 0)->ended).text,
	                    "2026-11-20T09:02:00.0000000Z");
}

static void
failure_then_pass(void **state)
{
	(void)state;
	learn("");
	/* In one try, in two tries, and a day apart. */
	EXPECT(scan_events(START(1, "20T09:00:00") FAIL(2, "20T09:01:00", "0x81039001")
	                   PASS(3, "20T09:02:00")), "recovered", CABSCAN_CERTAIN);
	assert_int_equal(count_attempts(), 1);
	expect_attempt(0, "passed", NULL);
	EXPECT(scan_events(START(1, "20T09:00:00") FAIL(2, "20T09:01:00", "0x81039001")
	                   START(3, "20T09:05:00") PASS(4, "20T09:06:00")),
	       "recovered", CABSCAN_CERTAIN);
	assert_int_equal(count_attempts(), 2);
	expect_attempt(0, "failed", "0x81039001");
	expect_attempt(1, "passed", NULL);
	EXPECT(scan_events(FAIL(1, "19T09:01:00", "0x81039001") PASS(2, "20T09:06:00")),
	       "recovered", CABSCAN_CERTAIN);
	assert_int_equal(count_attempts(), 2);
}

static void
pass_then_failure(void **state)
{
	const cabscan_verdict *v;

	(void)state;
	learn("");
	v = scan_events(START(1, "20T09:00:00") PASS(2, "20T09:01:00")
	                START(3, "20T09:05:00") FAIL(4, "20T09:06:00", "0x81039024"));
	EXPECT(v, "tpm-firmware-vulnerable", CABSCAN_LIKELY);
	assert_int_equal(count_attempts(), 2);
	expect_attempt(0, "passed", NULL);
	expect_attempt(1, "failed", "0x81039024");
	/* Without a start between them as well. */
	v = scan_events(PASS(1, "20T09:01:00") FAIL(2, "20T09:06:00", "0x81039024"));
	EXPECT(v, "tpm-firmware-vulnerable", CABSCAN_LIKELY);
	expect_attempt(0, "failed", "0x81039024");
}

static void
order_of_writing_does_not_matter(void **state)
{
	(void)state;
	learn("");
	EXPECT(scan_events(PASS(3, "20T09:02:00") FAIL(2, "20T09:01:00", "0x81039001")
	                   START(1, "20T09:00:00")), "recovered", CABSCAN_CERTAIN);
	/* At the same moment the record numbers tell. */
	EXPECT(scan_events(PASS(2, "20T09:02:00") FAIL(1, "20T09:02:00", "0x81039001")),
	       "recovered", CABSCAN_CERTAIN);
}

static void
a_try_ends_in_silence(void **state)
{
	(void)state;
	learn("");
	scan_events(START(1, "20T09:00:00") STEP(2, "20T09:30:00") STEP(3, "20T10:00:00"));
	assert_int_equal(count_attempts(), 1);
	expect_attempt(0, "incomplete", NULL);
	scan_events(START(1, "20T09:00:00") STEP(2, "20T09:30:01"));
	assert_int_equal(count_attempts(), 2);
	/* A start within a try that goes on is part of it. */
	scan_events(START(1, "20T09:00:00") START(2, "20T09:01:00") PASS(3, "20T09:02:00"));
	assert_int_equal(count_attempts(), 1);
}

static void
a_step_long_after_a_pass_is_no_try(void **state)
{
	(void)state;
	learn("");
	EXPECT(scan_events(START(1, "20T09:00:00") PASS(2, "20T09:01:00")
	                   STEP(3, "21T09:00:00")), "attested", CABSCAN_CERTAIN);
	assert_int_equal(count_attempts(), 1);
	/* After a failure it is: somebody tried again. */
	EXPECT(scan_events(FAIL(1, "20T09:00:00", "0x81039024") STEP(2, "21T09:00:00")),
	       "unknown", CABSCAN_NONE);
	assert_int_equal(count_attempts(), 2);
	expect_attempt(1, "incomplete", NULL);
}

/* Yesterday's failure would name the vulnerable firmware. */
static void
yesterday_is_out_of_scope(void **state)
{
	(void)state;
	learn("");
	EXPECT(scan_events(FAIL(1, "19T09:00:00", "0x81039024")
	                   START(2, "20T09:00:00") FAIL(3, "20T09:01:00", "0x81039001")),
	       "unknown", CABSCAN_NONE);
	assert_null(finding("tpm-firmware-vulnerable"));
	assert_int_equal(count_attempts(), 2);
	/* Unless a condition asks for every try. */
	learn("cause one\n  title One\n  likely ever attestation.error is 0x81039024\n");
	EXPECT(scan_events(FAIL(1, "19T09:00:00", "0x81039024")
	                   START(2, "20T09:00:00") FAIL(3, "20T09:01:00", "0x81039001")),
	       "one", CABSCAN_LIKELY);
}

/* The minutes before a try belong to it. */
static void
the_lead_of_a_try(void **state)
{
	(void)state;
	learn("");
	EXPECT(scan_events(EVENT(1, 750, "20T08:45:00", "")
	                   START(2, "20T09:00:00") FAIL(3, "20T09:01:00", "0x81039001")),
	       "clock-skew", CABSCAN_LIKELY);
	EXPECT(scan_events(EVENT(1, 750, "20T08:44:59", "")
	                   START(2, "20T09:00:00") FAIL(3, "20T09:01:00", "0x81039001")),
	       "unknown", CABSCAN_NONE);
}

/* Windows tries again by itself; a person needs longer. */
static void
a_retry_is_no_new_try(void **state)
{
	(void)state;
	learn("");
	EXPECT(scan_events(START(1, "20T09:00:00") FAIL(2, "20T09:01:00", "0x81039024")
	                   START(3, "20T09:04:00") FAIL(4, "20T09:05:00", "0x81039001")),
	       "tpm-firmware-vulnerable", CABSCAN_LIKELY);
	assert_int_equal(count_attempts(), 1);
	scan_events(START(1, "20T09:00:00") FAIL(2, "20T09:01:00", "0x81039024")
	            START(3, "20T09:04:01") FAIL(4, "20T09:05:00", "0x81039001"));
	assert_int_equal(count_attempts(), 2);
	/* What begins the whole of it begins a try at once. */
	scan_events(BEGIN(1, "20T09:00:00") FAIL(2, "20T09:01:00", "0x81039024")
	            BEGIN(3, "20T09:01:10") FAIL(4, "20T09:02:00", "0x81039001"));
	assert_int_equal(count_attempts(), 2);
}

/* The minutes before a try are its own only after the end of the one before. */
static void
ten_minutes_ago_is_out_of_scope(void **state)
{
	(void)state;
	learn("");
	EXPECT(scan_events(BEGIN(1, "20T09:00:00") FAIL(2, "20T09:01:00", "0x81039024")
	                   BEGIN(3, "20T09:05:00") FAIL(4, "20T09:06:00", "0x81039001")),
	       "unknown", CABSCAN_NONE);
	/* Unless it never came to an end. */
	EXPECT(scan_events(EVENT(1, 750, "20T08:50:00", "") BEGIN(2, "20T08:51:00")
	                   BEGIN(3, "20T09:00:00") FAIL(4, "20T09:01:00", "0x81039001")),
	       "clock-skew", CABSCAN_LIKELY);
}

#define SYSTEM(n, provider, id, time) "<Event xmlns='http://schemas.microsoft.com/" \
	"win/2004/08/events/event'><System><Provider Name='" provider "'/><EventID>" \
	#id "</EventID><TimeCreated SystemTime='2026-11-" time ".0000000Z'/>" \
	"<EventRecordID>" #n "</EventRecordID><Channel>System</Channel></System>" \
	"<EventData></EventData></Event>"
#define BOOT(n, time) SYSTEM(n, "EventLog", 6005, time)
#define DEFECT(n, time) SYSTEM(n, "TPM", 14, time)
#define LAST START(8, "20T15:00:00") FAIL(9, "20T15:01:00", "0x81039001")

/* Drivers log as Windows starts, however long the device waits then. */
static void
the_start_of_windows_belongs_to_the_try(void **state)
{
	(void)state;
	learn("");
	EXPECT(scan_events(BOOT(2, "20T04:00:30") DEFECT(1, "20T04:00:00") LAST),
	       "tpm-hardware-fault", CABSCAN_LIKELY);
	EXPECT(scan_events(DEFECT(1, "20T13:00:00") BOOT(2, "20T14:00:00") LAST),
	       "unknown", CABSCAN_NONE);
	/* Also where a try came between. */
	EXPECT(scan_events(BOOT(2, "20T14:00:30") DEFECT(1, "20T14:00:00")
	                   BEGIN(3, "20T14:50:00") FAIL(4, "20T14:51:00", "0x81039001")
	                   LAST), "tpm-hardware-fault", CABSCAN_LIKELY);
	/* Where nothing tells of a start: half a day. */
	EXPECT(scan_events(DEFECT(1, "20T03:00:00") LAST), "tpm-hardware-fault",
	       CABSCAN_LIKELY);
	EXPECT(scan_events(DEFECT(1, "20T02:59:59") LAST), "unknown", CABSCAN_NONE);
}

static void
many_tries(void **state)
{
	enum { N = 1300 };
	size_t room = N * 1000, len = 0;
	char *xml = malloc(room);

	(void)state;
	learn("");
	assert_non_null(xml);
	for (unsigned i = 0; i < N; i++)
		len += (size_t)snprintf(xml + len, room - len,
		                        BEGIN(%u, "20T%02u:%02u:00")
		                        FAIL(%u, "20T%02u:%02u:30", "0x81039001"),
		                        i / 60, i % 60, 2 * i + 1, i / 60, i % 60,
		                        2 * i + 2);
	scan_events(xml);
	free(xml);
	assert_int_equal(count_attempts(), 1000);
	expect_attempt(999, "failed", "0x81039001");
}

#define EK(n, id, time) EVENT(n, id, time, "")

/* The EK certificate came: a newer value outdates the older one. */
static void
the_newest_state_counts(void **state)
{
	(void)state;
	learn("cause gone\n  title Gone\n  certain tpm.ek_certificate is false\n"
	      "cause there\n  title There\n  certain tpm.ek_certificate is true\n");
	scan_events(EK(1, 209, "20T09:00:00") EK(2, 208, "20T09:01:00"));
	assert_null(finding("gone"));
	assert_non_null(finding("there"));
	scan_events(EK(2, 208, "20T09:01:00") EK(3, 209, "20T09:02:00"));
	assert_non_null(finding("gone"));
	assert_null(finding("there"));
	/* What has no date may be of any time. */
	scan((const struct file[]){
	     { "x.event.xml", EK(1, 208, "20T09:00:00") },
	     { "TpmHliInfo_Output.txt",
	       "TpmHLI IsReady for Attestation result: 0x00000000\n"
	       "Ready: False\n  -NoValidEkCert: none\n" } }, 2);
	assert_non_null(finding("gone"));
	assert_non_null(finding("there"));
}

static void
failed_alike(void **state)
{
	(void)state;
	learn("");
	scan_events(FAIL(1, "19T09:00:00", "0x81039001")
	            FAIL(2, "20T09:00:00", "0x81039001"));
	assert_non_null(cabscan_fact_named(result, "attempt.failed_alike", 0));
	scan_events(FAIL(1, "19T09:00:00", "0x80072ee7")
	            FAIL(2, "20T09:00:00", "0x81039001"));
	assert_null(cabscan_fact_named(result, "attempt.failed_alike", 0));
	scan_events(FAIL(1, "19T09:00:00", "0x81039001") START(2, "20T09:00:00"));
	assert_null(cabscan_fact_named(result, "attempt.failed_alike", 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pass_alone),
		TEST(failure_then_pass),
		TEST(pass_then_failure),
		TEST(order_of_writing_does_not_matter),
		TEST(a_try_ends_in_silence),
		TEST(a_step_long_after_a_pass_is_no_try),
		TEST(yesterday_is_out_of_scope),
		TEST(the_lead_of_a_try),
		TEST(a_retry_is_no_new_try),
		TEST(ten_minutes_ago_is_out_of_scope),
		TEST(the_start_of_windows_belongs_to_the_try),
		TEST(many_tries),
		TEST(the_newest_state_counts),
		TEST(failed_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
