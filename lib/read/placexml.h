/*
 * placexml.h - where expat stands in its text
 *
 * In 64 bits: expat 2.9 has functions of its own for that and deprecates the
 * older ones, which were as wide as a long.
 */
#ifndef CS_PLACEXML_H
#define CS_PLACEXML_H

#include <stdint.h>

#include <expat.h>

#if XML_MAJOR_VERSION > 2 || XML_MINOR_VERSION >= 9
#define CS_EXPAT_64(function) function##64
#else
#define CS_EXPAT_64(function) function
#endif

/* The offset of the current event, or of the error; -1 where there is none. */
static inline int64_t
cs_expat_offset(XML_Parser parser)
{
	return CS_EXPAT_64(XML_GetCurrentByteIndex)(parser);
}

/* How many bytes the current event has. */
static inline uint64_t
cs_expat_length(XML_Parser parser)
{
	return (uint64_t)CS_EXPAT_64(XML_GetCurrentByteCount)(parser);
}

#endif
