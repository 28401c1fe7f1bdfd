/* Counts against exact values: test_statistics FILE */
#include "fleet/statistics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WITHIN 1e-11

static const char *reference;

static bool
close_to(double found, double wanted)
{
	return fabs(found - wanted) <= WITHIN * fabs(wanted);
}

static void
values_are_exact(void **state)
{
	FILE *f = fopen(reference, "r");
	char line[200];
	size_t n = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		unsigned long long a, b, c, d;
		double x, y, low, high;

		if (sscanf(line, "fisher %llu %llu %llu %llu %lf", &a, &b, &c, &d,
		           &x) == 5) {
			double p = fisher_more(a, b, c, d);

			if (!close_to(p, x))
				fail_msg("%s gives %.17e", line, p);
		} else {
			assert_int_equal(sscanf(line, "wilson %llu %llu %lf %lf", &a,
			                        &b, &x, &y), 4);
			wilson(a, b, &low, &high);
			if (!close_to(low, x) || !close_to(high, y))
				fail_msg("%s gives %.17e %.17e", line, low, high);
		}
		n++;
	}
	fclose(f);
	assert_true(n > 30);
}

static void
nothing_says_nothing(void **state)
{
	double low, high;

	(void)state;
	wilson(0, 0, &low, &high);
	assert_true(low <= 0 && high >= 1);
	assert_true(fisher_more(0, 5, 0, 10) >= 1);
	assert_true(fisher_more(5, 5, 5, 5) >= 1);
	assert_true(fisher_more(3, 2, 5, 10) >= 1);
	assert_true(fisher_more(1, 20, 5, 10) >= 1);
}

/* The chances of at least n and of fewer are one together, whatever the side
 * that was summed up. */
static void
both_sides_meet(void **state)
{
	double before = 1;

	(void)state;
	for (uint64_t hits = 0; hits <= 60; hits++) {
		double p = fisher_more(hits, 60, 300, 1000);

		assert_true(p <= before && p > 0);
		before = p;
	}
	assert_true(close_to(fisher_more(18, 60, 300, 1000) +
	                     fisher_more(60 - 17, 60, 700, 1000), 1));
}

static void
far_tails_stay_above_zero(void **state)
{
	double p = fisher_more(52, 53, 52, 900000);

	(void)state;
	assert_true(p > 0 && p < 1e-200);
	p = fisher_more(450000, 450000, 450000, 900000);
	assert_true(p >= 0 && p < 1e-300);
	p = fisher_more(450000, 900000, 500000, 1000000);
	assert_true(p > 0.5 && p <= 1);
}

/* Holm's own example of three, and order. */
static void
holm_corrects_and_keeps_whose(void **state)
{
	struct p_value p[] = { { 0.03, 0 }, { 0.01, 1 }, { 0.02, 2 }, { 0.9, 3 } };
	static const double wanted[] = { 0.04, 0.06, 0.06, 0.9 };
	static const size_t whose[] = { 1, 2, 0, 3 };

	(void)state;
	holm(p, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_true(close_to(p[i].p, wanted[i]));
		assert_int_equal(p[i].whose, whose[i]);
	}
	p[0].p = 0.7;
	p[1].p = 0.8;
	holm(p, 2);
	assert_true(close_to(p[0].p, 1) && close_to(p[1].p, 1));
	holm(p, 0);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_exact),
		cmocka_unit_test(nothing_says_nothing),
		cmocka_unit_test(both_sides_meet),
		cmocka_unit_test(far_tails_stay_above_zero),
		cmocka_unit_test(holm_corrects_and_keeps_whose),
	};

	reference = argc > 1 ? argv[1] : "";
	return cmocka_run_group_tests(tests, NULL, NULL);
}
