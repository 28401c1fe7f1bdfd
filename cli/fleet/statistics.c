/* statistics.c - Wilson's interval, Fisher's exact test, Holm's correction */
#include "statistics.h"

#include <math.h>
#include <stdlib.h>

/* The 97.5 % point of the normal distribution. */
#define Z 1.959963984540054

/* A term that is smaller by that much no longer counts. */
#define NEGLIGIBLE 1e-18L

void
wilson(uint64_t hits, uint64_t of, double *ret_low, double *ret_high)
{
	double n = (double)of, share, middle, half;

	*ret_low = 0;
	*ret_high = 1;
	if (of == 0)
		return;
	share = (double)hits / n;
	middle = share + Z * Z / (2 * n);
	half = Z * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n));
	if (hits > 0)
		*ret_low = (middle - half) / (1 + Z * Z / n);
	if (hits < of)
		*ret_high = (middle + half) / (1 + Z * Z / n);
}

/* ln(n!), by Stirling's series from where its fourth term is below 1e-20. */
static long double
ln_factorial(uint64_t n)
{
	const long double half_ln_2pi = 0.918938533204672741780329736405617640L;
	long double x = (long double)n + 1, down = 0, square;

	while (x < 64) {
		down += logl(x);
		x += 1;
	}
	square = x * x;
	return (x - 0.5L) * logl(x) - x + half_ln_2pi - down +
	       (1 / 12.0L - (1 / 360.0L - (1 / 1260.0L - (1 / 1680.0L -
	       1 / 1188.0L / square) / square) / square) / square) / x;
}

static long double
ln_choose(uint64_t n, uint64_t k)
{
	return ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k);
}

/* Exactly 'hits': the logarithm, since the number itself may be below what
 * a double holds while the sum is not. */
static long double
ln_exactly(uint64_t hits, uint64_t of, uint64_t all_hits, uint64_t all)
{
	return ln_choose(all_hits, hits) + ln_choose(all - all_hits, of - hits) -
	       ln_choose(all, of);
}

/* The terms on one side of the one for 'hits', that one as the unit. */
static long double
sum_up(uint64_t hits, uint64_t of, uint64_t all_hits, uint64_t all)
{
	uint64_t most = of < all_hits ? of : all_hits;
	long double term = 1, sum = 0;

	for (uint64_t x = hits; x < most; x++) {
		term *= (long double)(all_hits - x) / (long double)(x + 1) *
		        (long double)(of - x) /
		        (long double)(all - all_hits - of + x + 1);
		sum += term;
		if (term < sum * NEGLIGIBLE)
			break;
	}
	return sum;
}

static long double
sum_down(uint64_t hits, uint64_t of, uint64_t all_hits, uint64_t all)
{
	uint64_t least = of + all_hits > all ? of + all_hits - all : 0;
	long double term = 1, sum = 0;

	for (uint64_t x = hits; x > least; x--) {
		term *= (long double)x / (long double)(all_hits - x + 1) *
		        (long double)(all - all_hits - of + x) /
		        (long double)(of - x + 1);
		sum += term;
		if (term < sum * NEGLIGIBLE)
			break;
	}
	return sum;
}

double
fisher_more(uint64_t hits, uint64_t of, uint64_t all_hits, uint64_t all)
{
	uint64_t least = of + all_hits > all ? of + all_hits - all : 0;
	long double p;

	if (of > all || all_hits > all || hits > of || hits > all_hits ||
	    hits <= least)
		return 1;
	/* Below the middle the other side is the shorter one. */
	if ((long double)hits * (long double)all <
	    (long double)of * (long double)all_hits) {
		p = 1 - expl(ln_exactly(hits - 1, of, all_hits, all)) *
		    (1 + sum_down(hits - 1, of, all_hits, all));
	} else {
		p = expl(ln_exactly(hits, of, all_hits, all) +
		         log1pl(sum_up(hits, of, all_hits, all)));
	}
	return p > 1 ? 1 : p < 0 ? 0 : (double)p;
}

static int
by_p(const void *x, const void *y)
{
	const struct p_value *a = x, *b = y;

	return a->p != b->p ? a->p < b->p ? -1 : 1
	     : a->whose < b->whose ? -1 : a->whose > b->whose;
}

void
holm(struct p_value *p, size_t n)
{
	double least = 0;

	if (n > 1)
		qsort(p, n, sizeof(*p), by_p);
	for (size_t i = 0; i < n; i++) {
		double q = p[i].p * (double)(n - i);

		if (q > least)
			least = q > 1 ? 1 : q;
		p[i].p = least;
	}
}
