/* test_worker.c - one worker over several scans: progress, cancelling, reuse */
#include "cabscan.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES 20000

static char long_text[LINES * 12 + 1];

static const cabscan_input inputs[] = {
	{ "TPMUtil_Output.txt", "VendorID:'INTC'\n", 16, CABSCAN_INPUT_MEMBER },
	{ "TpmHliInfo_Output.txt", long_text, LINES * 12, CABSCAN_INPUT_MEMBER },
	{ "other.txt", "x", 1, CABSCAN_INPUT_MEMBER },
};
#define N_INPUTS (sizeof(inputs) / sizeof(inputs[0]))

struct watch {
	unsigned calls, cancel_at;
	uint64_t begun;
	char members[400];
};

static int
watch(void *user, const cabscan_progress *p)
{
	struct watch *w = user;

	assert_non_null(p->member);
	assert_true(p->n_begun >= w->begun);
	assert_true(p->n_begun <= N_INPUTS);
	if (p->n_begun > w->begun) {
		strcat(w->members, p->member);
		strcat(w->members, " ");
	}
	w->begun = p->n_begun;
	return ++w->calls == w->cancel_at;
}

struct text {
	char *at;
	size_t len;
};

static int
keep(void *user, const void *bytes, size_t len)
{
	struct text *t = user;

	t->at = realloc(t->at, t->len + len + 1);
	assert_non_null(t->at);
	memcpy(t->at + t->len, bytes, len);
	t->len += len;
	t->at[t->len] = '\0';
	return 0;
}

static char *
json(const cabscan_case *c)
{
	struct text t = { NULL, 0 };

	assert_int_equal(cabscan_report(c, "json", keep, &t, NULL), CABSCAN_OK);
	return t.at;
}

static int
set_up(void **state)
{
	for (size_t i = 0; i < LINES; i++)
		memcpy(long_text + i * 12, "-Key: value\n", 12);
	*state = cabscan_new(NULL);
	return *state ? 0 : -1;
}

static int
tear_down(void **state)
{
	cabscan_free(*state);
	return 0;
}

static void
tells_each_member_and_the_work_between(void **state)
{
	cabscan_worker *w = cabscan_worker_new(*state, NULL);
	struct watch seen = { 0 };
	cabscan_case *c = NULL;

	assert_non_null(w);
	cabscan_worker_watch(w, watch, &seen);
	assert_int_equal(cabscan_worker_scan(w, "x", inputs, N_INPUTS, &c, NULL),
	                 CABSCAN_OK);
	assert_string_equal(seen.members, "TPMUtil_Output.txt "
	                    "TpmHliInfo_Output.txt other.txt ");
	assert_true(seen.calls > N_INPUTS);
	cabscan_case_free(c);
	cabscan_worker_free(w);
}

static void
cancels_at_every_call_and_scans_again(void **state)
{
	cabscan_worker *w = cabscan_worker_new(*state, NULL);
	cabscan_case *c = NULL;
	char *expected, *got;
	unsigned n_cancelled = 0;

	assert_int_equal(cabscan_scan(*state, "x", inputs, N_INPUTS, &c, NULL),
	                 CABSCAN_OK);
	expected = json(c);
	cabscan_case_free(c);
	for (unsigned at = 1;; at++) {
		struct watch seen = { .cancel_at = at };
		cabscan_error err = { CABSCAN_OK, "" };
		cabscan_status status;

		c = NULL;
		cabscan_worker_watch(w, watch, &seen);
		status = cabscan_worker_scan(w, "x", inputs, N_INPUTS, &c, &err);
		assert_int_equal(seen.calls < at ? CABSCAN_OK
		                                 : CABSCAN_ECANCELLED, status);
		if (status == CABSCAN_OK)
			break;
		n_cancelled++;
		assert_null(c);
		assert_string_equal(err.message, "x: cancelled");
	}
	assert_true(n_cancelled > N_INPUTS);
	got = json(c);
	assert_string_equal(got, expected);
	free(got);
	free(expected);
	cabscan_case_free(c);
	cabscan_worker_free(w);
}

static void
cases_outlive_their_worker(void **state)
{
	cabscan_worker *w = cabscan_worker_new(*state, NULL);
	cabscan_case *c[3] = { NULL };
	char *first, *last;

	for (size_t i = 0; i < 3; i++)
		assert_int_equal(cabscan_worker_scan(w, "x", inputs, N_INPUTS,
		                                     &c[i], NULL), CABSCAN_OK);
	cabscan_worker_free(w);
	first = json(c[0]);
	last = json(c[2]);
	assert_string_equal(first, last);
	free(first);
	free(last);
	for (size_t i = 0; i < 3; i++)
		cabscan_case_free(c[i]);
}

/* A list is copied; one that cannot be used changes nothing. */
static void
a_list_is_learnt_for_every_scan(void **state)
{
	static const char hash[] = "Device Serial Number,Windows Product ID,"
	                           "Hardware Hash\nA1,,\n";
	static const cabscan_input device = {
		"DeviceHash_PC.csv", hash, sizeof(hash) - 1, CABSCAN_INPUT_MEMBER
	};
	char list[] = "Serial number,Profile status\na1,Assigned\n";
	cabscan *cs = cabscan_new(NULL), *empty = cabscan_new_empty(NULL);
	cabscan_error err;
	cabscan_case *c;

	(void)state;
	assert_int_equal(cabscan_learn_roster(empty, CABSCAN_ROSTER_INTUNE, "x",
	                                      list, sizeof(list) - 1, &err),
	                 CABSCAN_EUSAGE);
	cabscan_free(empty);
	assert_int_equal(cabscan_learn_roster(cs, CABSCAN_ROSTER_INTUNE, "x",
	                                      "Name\nA1\n", 8, &err),
	                 CABSCAN_EFORMAT);
	assert_string_equal(err.message, "x:1: no column of serial numbers among "
	                    "its names: Name");
	assert_int_equal(cabscan_learn_roster(cs, CABSCAN_ROSTER_INTUNE,
	                                      "no such/file", NULL, 0, &err),
	                 CABSCAN_EIO);
	assert_int_equal(cabscan_learn_roster(cs, CABSCAN_ROSTER_INTUNE, "d/x.csv",
	                                      list, sizeof(list) - 1, &err),
	                 CABSCAN_OK);
	memset(list, '#', sizeof(list));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(cabscan_scan(cs, "device", &device, 1, &c, &err),
		                 CABSCAN_OK);
		assert_string_equal(cabscan_fact_named(c, "intune.profile_status",
		                                       0)->value, "assigned");
		assert_string_equal(cabscan_fact_named(c, "intune.serial",
		                                       0)->where.member, "x.csv");
		assert_string_equal(cabscan_member_at(c, 1)->kind,
		                    "intune-devices");
		assert_null(cabscan_member_at(c, 2));
		cabscan_case_free(c);
	}
	cabscan_free(cs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_each_member_and_the_work_between),
		cmocka_unit_test(cancels_at_every_call_and_scans_again),
		cmocka_unit_test(cases_outlive_their_worker),
		cmocka_unit_test(a_list_is_learnt_for_every_scan),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
