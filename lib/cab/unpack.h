/*
 * unpack.h - the data blocks of one folder, unpacked one after the other
 *
 * A folder is gone through once.  The first thing that is wrong with it ends
 * what is sound; what the codec gives from there on is salvaged:
 *   stored   the bytes as they are (libmspack is not asked)
 *   MSZIP    each block starts anew with the 32 KiB before it; what does not
 *            unpack is zeros, so that all the rest is where it should be
 *   LZX, Quantum
 *            until the codec stops, which is usually soon
 * Where the header of a block is damaged too, stored and MSZIP folders go on
 * at the next block whose checksum holds, in its right place: as many blocks
 * as are counted from there to the end of the folder are its last ones.
 */
#ifndef CS_CAB_UNPACK_H
#define CS_CAB_UNPACK_H

#include "cab/codec.h"
#include "cab/inflate.h"
#include "cab/listing.h"

/* Bytes of data blocks that may still be gone through: folders that share
 * their blocks must not multiply the work. */
struct cs_walk {
	size_t chain;           /* from one block to the next */
	size_t search;          /* byte by byte, in search of one behind damage */
	size_t again;           /* from one that was found to the next */
};

struct cs_unpack {
	struct cs_scan *scan;
	const struct cs_cab_listing *list;
	struct cs_cab_folder folder;
	struct cs_stretch *out;         /* where the unpacked bytes go */

	uint64_t pos;           /* unpacked so far; the end of 'out' */
	uint64_t sound;         /* without doubt up to here */
	bool damaged;           /* then 'sound' is final, and this is why: */
	char why[200];
	size_t damaged_at;      /* the block's place in the CAB */
	bool limited;           /* a limit stopped it */
	bool no_memory;

	unsigned block;         /* the next one */
	bool short_before;      /* the last one had less than 32 KiB */
	unsigned n_readable;    /* blocks that are all there, one after the other */
	size_t at;              /* of the next block in the cabinet */
	struct cs_walk *walk;
	struct cs_inflate inflate;
	struct cs_codec codec;
	uint64_t codec_begin;   /* where the folder that it is shown begins */
	uint8_t *made;          /* the beginning of the cabinet that it is shown */
};

void cs_unpack_begin(struct cs_unpack *, struct cs_scan *,
                     const struct cs_cab_listing *, unsigned folder,
                     struct cs_walk *, struct cs_stretch *out);

/* Adds the next block to 'out'.  False: there is nothing more to be had. */
bool cs_unpack_next(struct cs_unpack *);
void cs_unpack_end(struct cs_unpack *);

#endif
