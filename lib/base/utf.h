/*
 * utf.h - foreign text becomes UTF-8 once, at a reader's edge
 *
 * What has no character (an unpaired surrogate, a byte that is not UTF-8)
 * becomes U+FFFD, one for each unit or byte; the results say how many, so
 * that the caller can note it.  Every result is valid UTF-8.  NUL ends
 * nothing here: it is kept as a byte.
 */
#ifndef CS_UTF_H
#define CS_UTF_H

#include "base/arena.h"

/* Text from UTF-16; an odd last byte is left out.  Empty when memory ran out
 * (the arena is then full). */
cs_text cs_from_utf16le(cs_arena *a, cs_bytes units, size_t *ret_bad);

/* The same text where it is valid UTF-8, else a mended copy. */
cs_text cs_clean_utf8(cs_arena *a, cs_text t, size_t *ret_bad);

/* A whole text file: UTF-16 by its byte order mark (or, without one, by a
 * NUL in every other byte of its beginning), otherwise bytes as they are;
 * byte order marks are cut off.  *ret_utf16 says which it was. */
cs_text cs_text_file(cs_arena *a, cs_bytes file, bool *ret_utf16,
                     size_t *ret_bad);

/* To a place with room for three bytes a unit; returns how many were needed. */
size_t cs_put_utf16le(char *to, cs_bytes units, size_t *ret_bad);

/* One character; returns its bytes, at most four. */
size_t cs_put_utf8(char *to, uint32_t character);
/* The one at t.at + i; what is no UTF-8 is U+FFFD of one byte. */
size_t cs_get_utf8(cs_text t, size_t i, uint32_t *ret);

/* Controls, and marks that turn the direction of text. */
bool cs_is_unshown(uint32_t character);

#endif
