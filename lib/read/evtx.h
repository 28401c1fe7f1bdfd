/*
 * evtx.h - binary event logs, for callers inside the library and its tests
 *
 * A log is a header block and chunks of 64 KiB.  The chunks are found by the
 * size of the file; what headers and tables say about their number, and about
 * where names and templates are, is often wrong in logs that were copied
 * while they were written, and is not needed.
 *
 * cs_evtx_visit() is what cs_format_evtx.read does, with more to say: it counts
 * how records were found, and it can read a file in windows.
 */
#ifndef CS_EVTX_H
#define CS_EVTX_H

#include "base/file.h"
#include "read/record.h"

struct cs_evtx_counts {
	uint64_t records[CS_N_ORIGINS];
	uint64_t chunks;                /* with a header */
};

/* 'file', or NULL: the member's bytes. */
void cs_evtx_visit(struct cs_scan *s, const struct cs_member *m,
                   struct cs_file *file, struct cs_sink *sink,
                   struct cs_evtx_counts *ret);

#endif
