/* statistics.h - what counts of devices can prove */
#ifndef FLEET_STATISTICS_H
#define FLEET_STATISTICS_H

#include <stddef.h>
#include <stdint.h>

/* The 95 % interval of Wilson for a share; of nothing it is 0 to 1. */
void wilson(uint64_t hits, uint64_t of, double *ret_low, double *ret_high);

/* Fisher's exact test, one-sided: how likely at least 'hits' of 'of' are, when
 * in all 'all_hits' of 'all' are hits and where they fall is chance.  Above
 * zero down to 1e-300 and below; 1 where nothing can be compared. */
double fisher_more(uint64_t hits, uint64_t of, uint64_t all_hits, uint64_t all);

/* A p-value, and whose it is. */
struct p_value {
	double p;
	size_t whose;
};
/* Sorts them and makes the correction of Holm. */
void holm(struct p_value *p, size_t n);

#endif
