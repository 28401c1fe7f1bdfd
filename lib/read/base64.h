/* base64.h - base64 (RFC 4648), both ways */
#ifndef CS_BASE64_H
#define CS_BASE64_H

#include "base/arena.h"

/* Blanks and line ends are passed over; '=' ends it.  A character that is
 * none counts as zero bits, so that what follows stays in step; *ret_bad says
 * how many.  Empty when memory ran out. */
cs_bytes cs_from_base64(cs_arena *a, cs_text t, size_t *ret_bad);

cs_text cs_to_base64(cs_arena *a, cs_bytes b);

/* Whether it is nothing but base64, '=' and blanks. */
bool cs_is_base64(cs_text t);

#endif
