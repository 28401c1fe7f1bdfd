/*
 * crc32.h - the checksum of zip, zlib and event logs (IEEE 802.3, reflected)
 *
 * By libdeflate, which uses the instructions of the processor, where there is
 * one; else by tables.  They are made by the caller once and belong to it:
 * nothing here is global.
 */
#ifndef CS_CRC32_H
#define CS_CRC32_H

#include "base/bytes.h"

struct cs_crc32 {
#ifdef HAVE_LIBDEFLATE
	char unused;
#else
	uint32_t table[16][256];
#endif
};

void cs_crc32_begin(struct cs_crc32 *t);

/* Goes on from 'crc', which is 0 at first: the parts of a text one after the
 * other give the checksum of the whole. */
uint32_t cs_crc32(const struct cs_crc32 *t, uint32_t crc, cs_bytes b);

#endif
