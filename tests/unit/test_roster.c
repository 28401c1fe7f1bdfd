#include "reading.h"

#include "base/time.h"
#include "read/roster.h"

#include <stdlib.h>

static const cs_text serials[] = {
	{ "serialNumber", 12 }, { "deviceSerialNumber", 18 }, { "*nummer", 7 },
};
static const cs_text ids[] = { { "id", 2 } };
static const cs_text entra_ids[] = { { "azureActiveDirectoryDeviceId", 28 } };
static const cs_text dates[] = { { "lastContactedDateTime", 21 } };
static const cs_text marks[] = { { "deploymentState", 15 } };

static const struct cs_roster_names names = {
	{ serials, ids, entra_ids, dates, marks }, { 3, 1, 1, 1, 1 },
};

static struct cs_roster *
open_bytes(const void *bytes, size_t len, cabscan_error *err)
{
	void *copy = malloc(len + 1);

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	return cs_roster_new("list", copy, len, &names, err);
}

static struct cs_roster *
open_list(const char *text)
{
	cabscan_error err = { CABSCAN_OK, "" };
	struct cs_roster *r = open_bytes(text, strlen(text), &err);

	if (!r)
		fail_msg("%s", err.message);
	return r;
}

static size_t
ask(const struct cs_roster *r, struct cs_roster_question q, struct reading *ret)
{
	static const uint64_t limits[CABSCAN_N_LIMITS] = {
		[CABSCAN_LIMIT_RECORDS] = 100000,
	};
	struct cs_member m = { .name = CS_TEXT("list"), .size = r->size };
	size_t n;

	ret->sink.record = take_record;
	ret->text[0] = '\0';
	ret->len = ret->n_records = 0;
	q.record = CS_TEXT("row");
	cs_scan_begin(&ret->scan, limits);
	n = cs_roster_ask(&ret->scan, r, &m, &q, &ret->sink);
	for (const struct cs_note *note = ret->scan.notes; note; note = note->next)
		say(ret, "NOTE %llu: %s\n", (unsigned long long)note->place.line,
		    note->text);
	cs_scan_end(&ret->scan);
	return n;
}

static struct reading found;

static size_t
rows_of(const struct cs_roster *r, const char *serial)
{
	return ask(r, (struct cs_roster_question){
		.key = CS_ROSTER_SERIAL, .value = cs_text_of(serial) }, &found);
}

static void
check_bytes(const void *bytes, size_t len, const char *serial,
            const char *expect)
{
	cabscan_error err = { CABSCAN_OK, "" };
	struct cs_roster *r = open_bytes(bytes, len, &err);

	if (!r)
		fail_msg("%s", err.message);
	rows_of(r, serial);
	assert_string_equal(found.text, expect);
	assert_string_equal(r->cut, "");
	cs_roster_free(r);
}

static void
check(const char *text, const char *serial, const char *expect)
{
	check_bytes(text, strlen(text), serial, expect);
}

/* ---- separated values ----------------------------------------------------- */

#define AB "ROW 2 [row]\n Serialnumber \"AB 1\"\n Model \"x\"\n"

static void
any_separator_and_quoting(void **state)
{
	(void)state;
	check("Serial number,Model\nAB 1,x\n", "AB 1", AB);
	check("\"Serial number\";Model\r\n\"AB 1\";\"x\"\r\n", "AB 1", AB);
	check("Serial number\tModel\r\nAB 1\tx", "AB 1", AB);
	check("\xef\xbb\xbfSerial number , Model\n AB 1 , x \n", "AB 1", AB);
	check("Serial number;Model, and more\nAB 1;x\n", "AB 1",
	      "ROW 2 [row]\n Serialnumber \"AB 1\"\n Modelandmore \"x\"\n");
	check("Serial number\nAB 1\n", "AB 1",
	      "ROW 2 [row]\n Serialnumber \"AB 1\"\n");
	check("sep=;\nSerial number;Model\nAB 1;x\n", "AB 1",
	      "ROW 3 [row]\n Serialnumber \"AB 1\"\n Model \"x\"\n");
	check("Serial number;Model;;\r\nAB 1;x;;;;\r\n", "AB 1", AB);
	check("#TYPE Selected.Thing\n\nSerialNumber,Model\n\n\nAB 1,x\n", "AB 1",
	      "ROW 6 [row]\n SerialNumber \"AB 1\"\n Model \"x\"\n");
}

static void
names_in_any_order_and_spelling(void **state)
{
	(void)state;
	check("Model,device_serial-NUMBER\nx,A1\n", "A1",
	      "ROW 2 [row]\n Model \"x\"\n deviceserialNUMBER \"A1\"\n");
	check("Hersteller;Seriennummer\nHP;A1\n", "A1",
	      "ROW 2 [row]\n Hersteller \"HP\"\n Seriennummer \"A1\"\n");
	check("Serial number,\xc3\xa4 b\nA1,x\n", "A1",
	      "ROW 2 [row]\n Serialnumber \"A1\"\n \\xc3\\xa4b \"x\"\n");
}

static void
utf16_of_both_orders(void **state)
{
	static const char text[] = "Serial number\tModel\nAB 1\tx\n";
	uint8_t wide[2 * sizeof(text) + 2] = { 0xff, 0xfe };
	size_t n = sizeof(text) - 1;

	(void)state;
	for (size_t i = 0; i < n; i++)
		wide[2 + 2 * i] = (uint8_t)text[i];
	check_bytes(wide, 2 + 2 * n, "AB 1", AB);
	check_bytes(wide + 2, 2 * n, "AB 1", AB);
	memmove(wide + 3, wide + 2, 2 * n);
	wide[0] = 0xfe;
	wide[1] = 0xff;
	wide[2] = 0;
	check_bytes(wide, 2 + 2 * n, "AB 1", AB);
}

static void
lines_count_those_inside_quotes(void **state)
{
	(void)state;
	check("Serial number,Note\nA1,\"one\ntwo \"\"2\"\"\nthree\"\nB1,z\n", "B1",
	      "ROW 5 [row]\n Serialnumber \"B1\"\n Note \"z\"\n");
	check("Serial number,Note\nA1,\"one\ntwo \"\"2\"\"\nthree\"\nB1,z\n", "A1",
	      "ROW 2 [row]\n Serialnumber \"A1\"\n"
	      " Note \"one\\x0atwo \"2\"\\x0athree\"\n");
}

static void
keys_without_case_and_blanks_but_with_every_zero(void **state)
{
	struct cs_roster *r = open_list("Serial number\n  abC1 \n0012\n12\n\n,\n");

	(void)state;
	assert_int_equal(rows_of(r, "ABc1"), 1);
	assert_int_equal(rows_of(r, " abc1 "), 1);
	assert_int_equal(rows_of(r, "12"), 1);
	assert_int_equal(rows_of(r, "012"), 0);
	assert_int_equal(rows_of(r, "abc"), 0);
	assert_int_equal(rows_of(r, ""), 0);
	cs_roster_free(r);
}

/* ---- JSON ------------------------------------------------------------------ */

#define ROW_A1 " serialNumber \"A1\"\n model \"x\"\n"

static void
json_in_every_wrapping(void **state)
{
	(void)state;
	check("{\"@odata.count\":1,\"value\":[\n{\"serialNumber\":\"A1\","
	      "\"model\":\"x\"}]}", "a1", "ROW 2 [row]\n" ROW_A1);
	check("{\"value\":[{\"serialNumber\":\"B1\"}],\"@odata.nextLink\":\"u\"}\n"
	      "{\"value\":[{\"serialNumber\":\"A1\",\"model\":\"x\"}]}", "A1",
	      "ROW 2 [row]\n" ROW_A1);
	check("[{\"serialNumber\":\"B1\"},{\"serialNumber\":\"A1\",\"model\":\"x\"}]",
	      "A1", "ROW 1 [row]\n" ROW_A1);
	check("{\"serialNumber\":\"A1\",\"model\":\"x\"}", "A1",
	      "ROW 1 [row]\n" ROW_A1);
	check("{\"serialNumber\":\"B1\"}\r\n{\"serialNumber\":\"A1\",\"model\":\"x\"}\r\n",
	      "A1", "ROW 2 [row]\n" ROW_A1);
	check("{\"SerialNumber\":\"A1\",\"Model\":\"x\",\"AdditionalProperties\":{}}",
	      "A1", "ROW 1 [row]\n SerialNumber \"A1\"\n Model \"x\"\n");
	check("{\"deploymentProfile\":{\"displayName\":\"P [1}\"},"
	      "\"serialNumber\":\" A1\",\"n\":5,\"t\":true,\"e\":null}", "A1",
	      "ROW 1 [row]\n deploymentProfiledisplayName \"P [1}\"\n"
	      " serialNumber \" A1\"\n n i64 5\n t bool 1\n e null\n");
}

static void
json_strings_with_escapes(void **state)
{
	(void)state;
	check("[{\"x\":\"\\\\\\\"}]\",\"serialNumber\":\"A\\/\\u0031\"}]", "a/1",
	      "ROW 1 [row]\n x \"\\\"}]\"\n serialNumber \"A/1\"\n");
	check("{\"\\u0073erialNumber\":\"no\",\"serialNumber\":\"A1\"}", "A1",
	      "ROW 1 [row]\n serialNumber \"no\"\n serialNumber \"A1\"\n");
}

/* ---- keys that are no serial number ----------------------------------------- */

#define ZERO "00000000-0000-0000-0000-000000000000"

static void
rows_by_id(void **state)
{
	struct cs_roster *r = open_list(
		"Serial number,Id,Azure Active Directory device id\n"
		"A1,{0A},E1\nB1,0a," ZERO "\nC1,,E1\n");
	struct cs_roster_question q = { .key = CS_ROSTER_ID,
	                                .value = CS_TEXT("0A") };

	(void)state;
	assert_int_equal(ask(r, q, &found), 2);
	q.unless_serial = CS_TEXT("a1");
	assert_int_equal(ask(r, q, &found), 1);
	assert_string_equal(found.text, "ROW 3 [row]\n Serialnumber \"B1\"\n"
	                    " Id \"0a\"\n AzureActiveDirectorydeviceid \"" ZERO "\"\n");
	q.key = CS_ROSTER_ENTRA_ID;
	q.value = CS_TEXT("E1");
	assert_int_equal(ask(r, q, &found), 1);
	q.value = CS_TEXT(ZERO);
	assert_int_equal(ask(r, q, &found), 0);
	cs_roster_free(r);
}

static void
all_rows_of_a_serial_up_to_a_limit(void **state)
{
	char text[4000] = "Serial number,N\n";
	struct cs_roster *r = open_list("Serial number,N\nA1,1\nB1,2\nA1,3\n");

	(void)state;
	assert_int_equal(rows_of(r, "A1"), 2);
	assert_string_equal(found.text,
		"ROW 2 [row]\n Serialnumber \"A1\"\n N \"1\"\n"
		"ROW 4 [row]\n Serialnumber \"A1\"\n N \"3\"\n");
	cs_roster_free(r);
	for (int i = 0; i < 70; i++)
		snprintf(text + strlen(text), 40, "A1,%d\n", i);
	r = open_list(text);
	assert_int_equal(rows_of(r, "A1"), MAX_ROSTER_ANSWERS);
	assert_non_null(strstr(found.text, "NOTE 0: more than 64 rows"));
	cs_roster_free(r);
}

static int
by_hash_and_name(const void *x, const void *y)
{
	const struct cs_roster_entry *a = x, *b = y;

	return a->hash < b->hash ? -1 : a->hash > b->hash;
}

/* Two serial numbers with one hash are two devices. */
static void
a_hash_is_no_serial_number(void **state)
{
	enum { N = 200000 };
	static char text[N * 9 + 20];
	struct cs_roster *r;
	struct cs_roster_entry *e;
	size_t len = (size_t)sprintf(text, "Serial number\n"), collisions = 0;

	(void)state;
	for (int i = 0; i < N; i++)
		len += (size_t)sprintf(text + len, "S%06d\n", i);
	r = open_list(text);
	e = r->index[CS_ROSTER_SERIAL].at;
	qsort(e, N, sizeof(*e), by_hash_and_name);
	for (size_t i = 0; i + 1 < N; i++) {
		char serial[12];

		if (e[i].hash != e[i + 1].hash)
			continue;
		collisions++;
		snprintf(serial, sizeof(serial), "S%06u", (unsigned)e[i].row);
		assert_int_equal(rows_of(r, serial), 1);
		assert_non_null(strstr(found.text, serial));
	}
	assert_true(collisions > 0);
	cs_roster_free(r);
}

/* ---- the list as a whole ------------------------------------------------------ */

static void
what_may_not_be_whole(void **state)
{
	static const struct { const char *text, *cut; unsigned line; } lists[] = {
		{ "{\"value\":[{\"serialNumber\":\"A1\"}],\n\"@odata.nextLink\":\"u\"}",
		  "its last page says that there is a next one", 2 },
		{ "{\"@odata.count\":3,\"value\":[{\"serialNumber\":\"A1\"}]}",
		  "it says that there are 3 devices, and 1 are in it", 1 },
		{ "[{\"serialNumber\":\"A1\"},\n{\"serialNumber\":\"B1\"",
		  "it ends inside what begins at line 2", 2 },
		{ "[{\"serialNumber\":\"A1\"},\n{\"serialNumber\":\"B1",
		  "a string that does not end", 2 },
		{ "[{\"serialNumber\":\"A1\"}}]", "a bracket that closes nothing", 1 },
		{ "Serial number,N\nA1,1\nB1,\"2\nC1,3\n",
		  "a quote that begins in this row is never closed", 3 },
		{ "Serial number,N\nA1,1\nB1,2,3\n", "a row of 3 fields below 2 names",
		  3 },
		{ "Serial number,N\n", "there is nothing below its names", 2 },
	};
	char text[1000 * 5 + 100] = "Serial number\n";
	struct cs_roster *r;
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		r = open_list(lists[i].text);
		assert_string_equal(r->cut, lists[i].cut);
		assert_int_equal(r->cut_line, lists[i].line);
		if (r->n_rows > 0)
			assert_int_equal(rows_of(r, "A1"), 1);
		cs_roster_free(r);
	}
	len = strlen(text);
	for (int i = 0; i < 1000; i++)
		len += (size_t)sprintf(text + len, "%d\n", 1000 + i);
	r = open_list(text);
	assert_string_equal(r->cut, "it has exactly 1000 rows, as pages of Graph "
	                    "have");
	cs_roster_free(r);
}

static void
date_and_kind(void **state)
{
	char text[CS_TIME_CHARS];
	struct cs_roster *r = open_list(
		"Serial number,Last contacted date time\nA1,2026-05-01 08:00:00\n"
		"B1,2026-05-03T08:00:00Z\nC1,0001-01-01T00:00:00Z\nD1,5/9/2026\n");

	(void)state;
	cs_time_text(r->newest, text);
	assert_string_equal(text, "2026-05-03T08:00:00.0000000Z");
	assert_false(r->has_mark);
	assert_true(cs_roster_has(r, CS_TEXT("lastcontacted*")));
	assert_false(cs_roster_has(r, CS_TEXT("hardwarehash")));
	cs_roster_free(r);
	r = open_list("[{\"serialNumber\":\"A1\",\"deploymentState\":\"failure\","
	              "\"lastContactedDateTime\":\"\\/Date(1763802000000)\\/\"}]");
	cs_time_text(r->newest, text);
	assert_string_equal(text, "2025-11-22T09:00:00.0000000Z");
	assert_true(r->has_mark);
	cs_roster_free(r);
	r = open_list("deployment state,serial number\n,A1\n");
	assert_true(r->has_mark);
	cs_roster_free(r);
}

static void
what_is_no_list(void **state)
{
	static const struct { const char *text, *message; } wrong[] = {
		{ "", "list: the file is empty" },
		{ "\xef\xbb\xbf \r\n", "list: the file is empty" },
		{ "Name,Model\nA1,x\n",
		  "list:1: no column of serial numbers among its names: Name, Model" },
		{ "\n\n<html>\n", "list:3: no column of serial numbers among its "
		  "names: <html>" },
		{ "{\"value\":[]}", "list:1: no object in this JSON has a serial number" },
		{ "[1,2,{\"serialNumber\":5}", "list:1: no object in this JSON has a "
		  "serial number: it ends inside what begins at line 1" },
	};
	static const char nul[] = "Serial number\nA\0B\n";
	cabscan_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_null(open_bytes(wrong[i].text, strlen(wrong[i].text), &err));
		assert_int_equal(err.status, CABSCAN_EFORMAT);
		assert_string_equal(err.message, wrong[i].message);
	}
	assert_null(open_bytes(nul, sizeof(nul) - 1, &err));
	assert_string_equal(err.message, "list: neither separated values nor JSON: "
	                    "there are NULs in it");
	assert_null(open_bytes("x", 1, NULL));
}

static void
json_that_goes_too_deep(void **state)
{
	char text[400] = "[{\"serialNumber\":\"A1\"},";
	struct cs_roster *r;

	(void)state;
	memset(text + strlen(text), '[', 200);
	r = open_list(text);
	assert_string_equal(r->cut, "JSON with too many levels");
	assert_int_equal(rows_of(r, "A1"), 1);
	cs_roster_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_separator_and_quoting),
		cmocka_unit_test(names_in_any_order_and_spelling),
		cmocka_unit_test(utf16_of_both_orders),
		cmocka_unit_test(lines_count_those_inside_quotes),
		cmocka_unit_test(keys_without_case_and_blanks_but_with_every_zero),
		cmocka_unit_test(json_in_every_wrapping),
		cmocka_unit_test(json_strings_with_escapes),
		cmocka_unit_test(rows_by_id),
		cmocka_unit_test(all_rows_of_a_serial_up_to_a_limit),
		cmocka_unit_test(a_hash_is_no_serial_number),
		cmocka_unit_test(what_may_not_be_whole),
		cmocka_unit_test(date_and_kind),
		cmocka_unit_test(what_is_no_list),
		cmocka_unit_test(json_that_goes_too_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
