/*
 * events.c - how fast event logs are read, beside the least that reading costs
 *
 *     events MODE PASSES FILE...
 *
 *     limit   the file in windows, CRC-32 of all chunks (libdeflate), and a
 *             walk over the record headers: what nobody can do without
 *     crc     the same without the walk
 *     ids     records of two ids that are rare
 *     typed   all records, each value looked at where it lies
 *     fields  all records, each value as UTF-8
 *     xml     all records as XML, handed out in large pieces
 *     json    the same as JSON lines
 *     cold    typed, with a new worker for each file
 *
 * Prints one line: nanoseconds of processor time of the fastest pass (others
 * may use the machine at the same time), records, a sum that keeps the work
 * from being optimised away.
 */
#define _POSIX_C_SOURCE 200809L
#include "cabscan.h"

#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHUNK 65536
#define WINDOW (4 * CHUNK)

struct total {
	uint64_t records, sum;
	int fields;
};

static uint32_t
u32(const unsigned char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static void
walk(const unsigned char *c, struct total *t)
{
	uint32_t at = 512, end = u32(c + 48);

	while (at + 28 <= end && end <= CHUNK && u32(c + at) == 0x2a2a) {
		uint32_t size = u32(c + at + 4);

		if (size < 28 || size > end - at)
			return;
		t->records++;
		t->sum += u32(c + at + 8);
		at += size;
	}
}

static int
limit(const char *path, int walks, struct total *t)
{
	static unsigned char window[WINDOW];
	FILE *f = fopen(path, "rb");
	size_t got;

	if (!f)
		return 1;
	setvbuf(f, NULL, _IONBF, 0);
	fseek(f, 4096, SEEK_SET);
	while ((got = fread(window, 1, WINDOW, f)) > 0) {
		for (size_t i = 0; i + CHUNK <= got; i += CHUNK) {
			const unsigned char *c = window + i;
			uint32_t end = u32(c + 48);

			if (end >= 512 && end <= CHUNK)
				t->sum += libdeflate_crc32(0, c + 512, end - 512);
			t->sum += libdeflate_crc32(0, c, 120);
			t->sum += libdeflate_crc32(0, c + 128, 384);
			if (walks)
				walk(c, t);
		}
	}
	fclose(f);
	return 0;
}

static int
take(void *user, const cabscan_record *r)
{
	struct total *t = user;
	char text[4096];

	t->records++;
	t->sum += r->id;
	for (size_t i = 0; i < r->n_values; i++) {
		cabscan_value v = cabscan_record_value(r, i);

		t->sum += v.size + v.name.len;
		if (t->fields)
			t->sum += cabscan_value_text(&v, text, sizeof(text));
	}
	return 0;
}

static int
take_text(void *user, const void *text, size_t len)
{
	struct total *t = user;

	t->sum += len + *(const unsigned char *)text;
	return 0;
}

static uint64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int
pass(const char *mode, cabscan *cs, cabscan_worker *w, char **files, int n,
     struct total *t)
{
	static const cabscan_id_range ids[] = { { 4902, 4902 }, { 171, 172 } };
	cabscan_visit v = { .record = take, .user = t };
	int bad = 0;

	if (strcmp(mode, "ids") == 0) {
		v.filter.ids = ids;
		v.filter.n_ids = 2;
	}
	v.xml = v.no_values = strcmp(mode, "xml") == 0;
	v.json = strcmp(mode, "json") == 0;
	if (v.xml || v.json)
		v.write = take_text;
	t->fields = strcmp(mode, "fields") == 0;
	for (int i = 0; i < n; i++) {
		cabscan_input in = { files[i], NULL, 0, CABSCAN_INPUT_AUTO };
		int cold = strcmp(mode, "cold") == 0;
		cabscan_worker *own = cold ? cabscan_worker_new(cs, NULL) : w;

		if (strcmp(mode, "limit") == 0 || strcmp(mode, "crc") == 0)
			bad |= limit(files[i], mode[0] == 'l', t);
		else
			bad |= cabscan_worker_events(own, &in, 1, &v, NULL) !=
			       CABSCAN_OK;
		if (cold)
			cabscan_worker_free(own);
	}
	return bad;
}

int
main(int argc, char **argv)
{
	cabscan *cs = cabscan_new_empty(NULL);
	cabscan_worker *w = cs ? cabscan_worker_new(cs, NULL) : NULL;
	uint64_t best = UINT64_MAX;
	struct total t = { 0 };

	if (argc < 4 || !w) {
		fputs("usage: events MODE PASSES FILE...\n", stderr);
		return 2;
	}
	for (long n = strtol(argv[2], NULL, 10); n >= 0; n--) {
		uint64_t begin = now(), took;

		t = (struct total){ 0 };
		if (pass(argv[1], cs, w, argv + 3, argc - 3, &t) != 0) {
			fputs("events: a file could not be read\n", stderr);
			return 1;
		}
		took = now() - begin;
		if (took < best)
			best = took;
	}
	printf("%llu %llu %llu\n", (unsigned long long)best,
	       (unsigned long long)t.records, (unsigned long long)t.sum);
	cabscan_worker_free(w);
	cabscan_free(cs);
	return 0;
}
