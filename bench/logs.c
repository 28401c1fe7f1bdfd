/*
 * logs.c - what event logs cost a scan once they are unpacked
 *
 *     logs PASSES FILE...
 *
 * The files are members in memory, scanned by one worker that has scanned them
 * before, as in a batch.  Prints the median of a pass in microseconds, the
 * bytes and the records.
 */
#define _POSIX_C_SOURCE 199309L
#include "cabscan.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int
by_number(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;

	return a < b ? -1 : a > b;
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int
read_file(const char *path, cabscan_input *ret)
{
	FILE *f = fopen(path, "rb");
	long size = -1;
	void *bytes;

	if (!f || fseek(f, 0, SEEK_END) != 0 || (size = ftell(f)) < 0)
		return 0;
	rewind(f);
	bytes = malloc((size_t)size + 1);
	if (!bytes || fread(bytes, 1, (size_t)size, f) != (size_t)size)
		return 0;
	fclose(f);
	*ret = (cabscan_input){ path, bytes, (size_t)size, CABSCAN_INPUT_MEMBER };
	return 1;
}

int
main(int argc, char **argv)
{
	size_t n_passes = argc > 2 ? (size_t)atoi(argv[1]) : 0, bytes = 0;
	size_t n = argc > 2 ? (size_t)argc - 2 : 0;
	cabscan_input *inputs = calloc(n + 1, sizeof(*inputs));
	double *times = calloc(n_passes + 1, sizeof(*times));
	cabscan_error err = { CABSCAN_OK, "" };
	cabscan *cs = cabscan_new(&err);
	cabscan_worker *w = cs ? cabscan_worker_new(cs, &err) : NULL;

	if (!inputs || !times || !w || n_passes == 0)
		return 2;
	for (size_t i = 0; i < n; i++) {
		if (!read_file(argv[i + 2], &inputs[i])) {
			perror(argv[i + 2]);
			return 1;
		}
		bytes += inputs[i].size;
	}
	for (size_t i = 0; i <= n_passes; i++) {
		double begun = now();
		cabscan_case *c;

		if (cabscan_worker_scan(w, "logs", inputs, n, &c, &err) != CABSCAN_OK) {
			fprintf(stderr, "%s\n", err.message);
			return 1;
		}
		cabscan_case_free(c);
		times[i] = now() - begun;
	}
	/* The first pass has made the worker warm. */
	qsort(times + 1, n_passes, sizeof(*times), by_number);
	printf("%.0f %zu\n", times[1 + n_passes / 2], bytes);
	return 0;
}
