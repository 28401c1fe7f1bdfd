/* What to do, and what a CAB may put into it. */
#include "judging.h"

static void
places_are_filled(void **state)
{
	(void)state;
	learn("cause one\n  title One\n  certain t.a known\n  do s\n"
	      "step s\n  text S {t.a} {t.b} {not.a.fact} {\n"
	      "  command get '{t.a}' '{t.b}' { $_.{t.n} }\n");
	scan_text("A: PF0-x_1.2\nN: 5\n");
	assert_string_equal(step_with("S ")->text, "S PF0-x_1.2 unknown {not.a.fact} {");
	assert_string_equal(step_with("S ")->command, "get 'PF0-x_1.2' 'B' { $_.5 }");
}

static void
collecting_has_its_place(void **state)
{
	(void)state;
	learn("cause one\n  title One\n  certain t.a known\n  do s collect r\n"
	      "step s\n  text S\nstep r\n  text R\n");
	scan_text("A: 1\n");
	assert_string_equal(cabscan_step_at(result, 0)->text, "S");
	assert_non_null(strstr(cabscan_step_at(result, 1)->text, "CertReq"));
	assert_non_null(strstr(cabscan_step_at(result, 2)->text, "off the device"));
	assert_string_equal(cabscan_step_at(result, 3)->text, "R");
}

static void
a_step_says_who_and_what_to_expect(void **state)
{
	(void)state;
	learn("cause one\n  title One\n  certain t.a known\n  do s r\n"
	      "step s\n  text S\n  who maker\n  risk much\n  takes days\n"
	      "  ends it\n  ends ends\n"
	      "step r\n  text R HP {t.b}, {t.b}\n");
	scan_text("A: 1\nB: HP Elite\n");
	assert_string_equal(step_with("S")->who, "maker");
	assert_string_equal(step_with("S")->risk, "much");
	assert_string_equal(step_with("S")->takes, "days");
	assert_string_equal(step_with("S")->ends, "it ends");
	assert_string_equal(step_with("R")->who, "");
	assert_string_equal(step_with("R")->text, "R HP Elite, HP Elite");
}

static void
commands_take_no_hostile_value(void **state)
{
	static const char *const hostile[] = {
		"'); rm -rf / #", "a b", "\"", "'", "`id`", "$(id)", "a;b", "a|b", "a&b",
		"%PATH%", "-rf", "a\\b", "a/b", "{t.b}", "a\x1b[2J", "\xc3\xa4", "a,b",
		"(a)", "a>b", "@a", "^a", "!a!",
	};
	char text[700];

	(void)state;
	learn("cause one\n  title One\n  certain t.a known\n  do s\n"
	      "step s\n  text S\n  command get '{t.a}'\n");
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		snprintf(text, sizeof(text), "A: %s\n", hostile[i]);
		scan_text(text);
		assert_string_equal(cabscan_fact_named(result, "t.a", 0)->value,
		                    hostile[i]);
		assert_string_equal(step_with("S")->command, "get 'A'");
	}
	memset(text, 'A', 600);
	memcpy(text, "A: ", 3);
	memcpy(text + 600, "\n", 2);
	scan_text(text);
	assert_string_equal(step_with("S")->command, "get 'A'");
}

/* The serial number of the built-in commands, from where it really stands. */
static void
the_serial_is_filled_in(void **state)
{
	const struct file plain[] = {
		{ "DeviceHash_X.csv", "Device Serial Number,Windows Product ID,Hardware Hash\n"
		  "PF0SYNTH1,,\n" },
		{ "AutopilotDDSZTDFile.json", "{\"ErrorCode\": 807, \"ErrorReason\": "
		  "\"ZtdDeviceIsNotRegistered\"}" },
	};
	const struct file hostile[] = {
		{ "DeviceHash_X.csv", "Device Serial Number,Windows Product ID,Hardware Hash\n"
		  "'); rm -rf / #,,\n" }, plain[1],
	};
	const cabscan_step *s;

	(void)state;
	learn("");
	EXPECT(scan(plain, 2), "registration-missing", CABSCAN_CERTAIN);
	assert_non_null(strstr(step_with("portal")->command,
	                       "contains(serialNumber,'PF0SYNTH1')"));
	EXPECT(scan(hostile, 2), "registration-missing", CABSCAN_CERTAIN);
	assert_non_null(strstr(step_with("portal")->command,
	                       "contains(serialNumber,'SERIAL')"));
	for (size_t i = 0; (s = cabscan_step_at(result, i)) != NULL; i++)
		assert_true(!s->command || !strstr(s->command, "rm -rf"));
}

static void
variants_of_a_step(void **state)
{
	(void)state;
	learn("cause one\n  title One\n  certain t.a known\n  do s t s\n"
	      "step s\n  when t.a is 1\n  text S one\n"
	      "step s\n  when t.a is 2\n  text S two\n"
	      "step s\n  text S other\n"
	      "step t\n  when t.b known\n  text T\n");
	scan_text("A: 2\n");
	assert_string_equal(cabscan_step_at(result, 0)->text, "S two");
	assert_null(cabscan_step_at(result, 0)->command);
	assert_string_equal(cabscan_step_at(result, 1)->text, "S two");
	assert_null(cabscan_step_at(result, 2));
	scan_text("A: 3\nB: 1\n");
	assert_string_equal(cabscan_step_at(result, 0)->text, "S other");
	assert_string_equal(cabscan_step_at(result, 1)->text, "T");
}

/* Nothing is reset before what is missing has been collected and copied off. */
static void
collecting_comes_first(void **state)
{
	const cabscan_step *s;

	(void)state;
	learn("cause one\n  title One\n  collect-first\n  certain t.a known\n  do clear-tpm\n");
	scan_text("A: 1\n");
	s = cabscan_step_at(result, 0);
	assert_non_null(strstr(s->text, "Collect what is missing"));
	assert_non_null(strstr(s->command, "md C:\\Temp\n"));
	assert_non_null(strstr(s->command, "-area \"Autopilot;TPM\""));
	assert_non_null(strstr(s->command, "wevtutil epl System"));
	assert_non_null(strstr(s->command, "wevtutil epl Application"));
	assert_null(strstr(s->command, "Clear-Tpm"));
	assert_non_null(strstr(cabscan_step_at(result, 1)->text, "off the device"));
	assert_non_null(strstr(cabscan_step_at(result, 2)->command, "Clear-Tpm"));
	/* Each line once, though many artefacts have the same. */
	assert_null(strstr(strstr(s->command, "md C:\\Temp") + 1, "md C:\\Temp"));
}

/* Of a certain cause the evidence is here: only what destroys it, or sends it
 * away, waits for the rest. */
static void
a_certain_cause_is_mended_first(void **state)
{
	(void)state;
	learn("cause one\n  title One\n  collect-first\n  certain t.a is 1\n"
	      "  likely t.a is 2\n  do mend send\n"
	      "step mend\n  text Mend\n  who technician\n"
	      "step send\n  text Send\n  who maker\n");
	scan_text("A: 1\n");
	assert_string_equal(cabscan_step_at(result, 0)->text, "Mend");
	assert_non_null(strstr(cabscan_step_at(result, 1)->text, "Collect what is missing"));
	assert_non_null(strstr(cabscan_step_at(result, 2)->text, "off the device"));
	assert_string_equal(cabscan_step_at(result, 3)->text, "Send");
	scan_text("A: 2\n");
	assert_non_null(strstr(cabscan_step_at(result, 0)->text, "Collect what is missing"));
	assert_string_equal(cabscan_step_at(result, 2)->text, "Mend");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(places_are_filled),
		TEST(collecting_has_its_place),
		TEST(a_step_says_who_and_what_to_expect),
		TEST(commands_take_no_hostile_value),
		TEST(the_serial_is_filled_in),
		TEST(variants_of_a_step),
		TEST(collecting_comes_first),
		TEST(a_certain_cause_is_mended_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
