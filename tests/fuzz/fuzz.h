/*
 * fuzz.h - what the fuzz targets share
 *
 * A target is one function, which libFuzzer or replay.c calls with bytes.  It
 * aborts when a promise is broken: that text is valid UTF-8, that places lie
 * inside the member, that memory stays within the limits.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "read/formats.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PROMISE(is_true) \
	do { \
		if (!(is_true)) \
			fuzz_broken(__FILE__, __LINE__, #is_true); \
	} while (0)

void fuzz_broken(const char *file, int line, const char *what);
void fuzz_text(cs_text t);              /* promises that it is UTF-8 */

void fuzz_scan_begin(struct cs_scan *s);
void fuzz_scan_end(struct cs_scan *s);  /* looks at the notes first */

/* Takes every record and makes text of every value. */
struct fuzz_sink {
	struct cs_sink sink;            /* first: the sink is this */
	struct cs_scan *scan;
};
struct fuzz_sink fuzz_sink(struct cs_scan *s);

/* All of it: the bytes as a member of that name. */
int fuzz_reader(const struct cs_format *format, const char *name,
                const uint8_t *data, size_t size);

/* As the records of a chunk of an event log, the rest of which is sound. */
void fuzz_records(const uint8_t *data, size_t size);
/* As the binary XML of its only record, which begins there in the chunk. */
#define FUZZ_EVENT_AT (512 + 24)
void fuzz_event(const uint8_t *data, size_t size);

#endif
