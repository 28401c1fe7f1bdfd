/*
 * cabrun.h - reads a cabinet and remembers what came out, for the tests of
 * members
 */
#ifndef CABRUN_H
#define CABRUN_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/crc32.h"
#include "cab/cab.h"

#define CABRUN_MAX_SEEN 70000

struct got {
	const struct cs_member *member;
	cabscan_member_state state;
	uint64_t size;
	size_t len;
	uint32_t crc;
};

struct cabrun {
	struct cs_cab_sink sink;
	struct cs_scan scan;
	uint64_t limits[CABSCAN_N_LIMITS];
	cabscan_error err;
	bool ok;
	size_t n, stop_after;
	struct got *got;
	struct cs_crc32 crc32;
	long dump;                      /* the one whose bytes are printed */
	bool no_crc;                    /* it takes longer than unpacking */
};

extern const char *cabrun_directory;    /* what mkcabs.py wrote */
extern const char *const cabrun_note_kinds[];

void cabrun_begin(struct cabrun *);
void cabrun(struct cabrun *, cs_bytes cab);
void cabrun_end(struct cabrun *);

cs_bytes cabrun_load(const char *path);
cs_bytes cabrun_made(const char *name, const char *ending);
void cabrun_drop(cs_bytes);

bool cabrun_has_note(const struct cabrun *, cs_text kind, const char *text);
const char *cabrun_state_word(cabscan_member_state);

#endif
