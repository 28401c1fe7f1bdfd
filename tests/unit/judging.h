/*
 * judging.h - scans of inputs in memory, with a little knowledge beside the
 * built-in one, for the tests of verdicts
 */
#ifndef JUDGING_H
#define JUDGING_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cabscan.h"

/* A name that begins with '+' is a file beside the CAB. */
struct file {
	const char *name, *text;
};

/* Of the test that runs; forget() frees them. */
extern cabscan *scanner;
extern cabscan_case *result;

int forget(void **state);
/* Facts t.a, t.b, t.c (text), t.v, t.h, t.n (version, hresult, number), which
 * t.txt says as "A: value", and t.derived are known already. */
void learn(const char *knowledge);
const cabscan_verdict *scan(const struct file *files, size_t n);
const cabscan_verdict *scan_text(const char *t_txt);
const cabscan_why_not *why_not(const char *cause);
const cabscan_finding *finding(const char *cause);      /* NULL: none */
const cabscan_step *step_with(const char *text);

#define EXPECT(v, id, level) do { \
	assert_string_equal((v)->cause, id); \
	assert_int_equal((v)->confidence, level); \
} while (0)

#define TEST(f) cmocka_unit_test_teardown(f, forget)

#endif
