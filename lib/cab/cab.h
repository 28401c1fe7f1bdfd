/*
 * cab.h - from the bytes of a CAB to its members
 *
 * Members are handed out one by one, in the order in which they lie in the
 * cabinet (by folder, then by offset), out of one buffer that is used again:
 * a folder is unpacked once, from its beginning to the last byte that a
 * member needs, whatever the list of members says.
 */
#ifndef CS_CAB_H
#define CS_CAB_H

#include "base/scan.h"

/* What tells of a member whether anybody reads it. */
#define CS_CAB_HEAD_BYTES CABSCAN_HEAD_BYTES

struct cs_cab_sink {
	/* Called once for each listed member.  Its bytes are gone when this
	 * returns; the member itself lives in the scan's arena.  'state' is
	 *   NOT_READ   whole, and nobody has looked at it yet
	 *   SALVAGED   some of it lies in or behind damage; may be too short
	 *   LOST       no bytes
	 *   LIMITED    no bytes: a limit was in the way
	 * False: no more, please. */
	bool (*member)(struct cs_cab_sink *, struct cs_member *);
	/* Whether anybody reads a member that begins so; NULL: all are read.
	 * Asked of members that are long, before the rest is unpacked: the
	 * bytes of one that nobody reads are dropped as they come. */
	bool (*reads)(struct cs_cab_sink *, const struct cs_member *,
	              cs_bytes head);
};

bool cs_cab_claims(cs_bytes head);

/* Damage is noted and the rest goes on.  False, with err set, only where
 * there is no list of members to hand out, or where memory ran out (some
 * members may have been handed out then).  'source' is what messages call
 * the CAB. */
bool cs_read_cab(struct cs_scan *, cs_text source, cs_bytes cab,
                 struct cs_cab_sink *, cabscan_error *err);

#endif
