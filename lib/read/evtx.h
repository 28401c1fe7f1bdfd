/*
 * evtx.h - binary event logs, for callers inside the library and its tests
 *
 * A log is a header block and chunks of 64 KiB.  The chunks are found by the
 * size of the file; what headers and tables say about their number, and about
 * where names and templates are, is often wrong in logs that were copied
 * while they were written, and is not needed.
 *
 * cs_evtx_visit() is what cs_format_evtx.read does, with more to say: it can
 * look into the slack of chunks, and it counts how records were found.
 */
#ifndef CS_EVTX_H
#define CS_EVTX_H

#include "read/record.h"

enum cs_evtx_origin {
	CS_EVTX_LIVE,           /* reached from the chunk's first record */
	CS_EVTX_RESYNCED,       /* found behind damage, on the 8-byte grid */
	CS_EVTX_HEADERLESS,     /* found in a chunk without header */
	CS_EVTX_SLACK           /* left over behind the end of the records */
};
#define CS_EVTX_N_ORIGINS 4

struct cs_evtx_counts {
	uint64_t records[CS_EVTX_N_ORIGINS];
	uint64_t chunks;                /* with a header */
	enum cs_evtx_origin origin;     /* of the record the sink has now */
};

/* 'slack': records behind the free-space offset as well, as doubtful ones.
 * They are no part of the log any more. */
void cs_evtx_visit(struct cs_scan *s, const struct cs_member *m,
                   struct cs_sink *sink, bool slack,
                   struct cs_evtx_counts *ret);

#endif
