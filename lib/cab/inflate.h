/*
 * inflate.h - blocks of MSZIP by libdeflate, where there is one: faster,
 * nothing else
 *
 * libdeflate unpacks one stream from its beginning, with nothing before it.
 * So it is shown a stream that begins with the bytes that the block may refer
 * to, as they are, and writes them over themselves.
 */
#ifndef CS_CAB_INFLATE_H
#define CS_CAB_INFLATE_H

#include "cab/stretch.h"

struct cs_inflate {
	struct libdeflate_decompressor *codec;
	uint8_t *stream;
};

/* Adds the n bytes that a block's data, behind its signature, unpacks to.
 * False: it does not unpack to as many, there is no memory, or no libdeflate;
 * then nothing was added, and libmspack is to be asked. */
bool cs_inflate(struct cs_inflate *, cs_bytes data, size_t n,
                struct cs_stretch *out);
void cs_inflate_end(struct cs_inflate *);       /* a zeroed one is fine */

#endif
