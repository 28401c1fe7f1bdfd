/*
 * codec.h - libmspack, unpacking one folder out of memory
 *
 * libmspack is shown a small cabinet that is made here: one folder, one file,
 * then data blocks as they are stored.  So nothing that it reads in a header
 * comes from outside, and it has no names to open.  The folder is asked for
 * in pieces, one a data block; each goes on where the last one ended.
 */
#ifndef CS_CAB_CODEC_H
#define CS_CAB_CODEC_H

#include "cab/stretch.h"

#include <mspack.h>

#define CS_CAB_HEAD_ROOM 80     /* bytes of the cabinet around the blocks */

struct cs_codec {
	struct mspack_system sys;       /* first: libmspack hands back its address */
	struct mscab_decompressor *mscab;
	struct mscabd_cabinet *cab;
	cs_bytes head, body;            /* the made cabinet: one behind the other */
	size_t at;
	struct cs_stretch *out;
	size_t arrived;                 /* bytes of the piece that was asked for */
	unsigned writes;                /* in which they arrived */
	bool no_memory;
};

/* Whether libmspack was built with our idea of off_t. */
bool cs_codec_usable(void);

/* The cabinet that goes before the blocks; returns its length. */
size_t cs_codec_head(uint8_t ret[CS_CAB_HEAD_ROOM], unsigned compression,
                     unsigned n_blocks, unsigned block_reserve);

/* 'repair': MSZIP blocks that cannot be unpacked become zeros from where they
 * fail.  Checksums are not looked at.  False: out of memory. */
bool cs_codec_open(struct cs_codec *, cs_bytes head, cs_bytes body, bool repair,
                   struct cs_stretch *out);

/* Adds [begin, begin+len) of the unpacked folder to 'out', or as much of it
 * as the codec gives; arrived and writes say how it went. */
void cs_codec_piece(struct cs_codec *, uint64_t begin, size_t len);
void cs_codec_close(struct cs_codec *);         /* a zeroed one is fine */

#endif
