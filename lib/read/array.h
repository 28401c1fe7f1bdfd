/*
 * array.h - values that are several of one type, back to back
 */
#ifndef CS_ARRAY_H
#define CS_ARRAY_H

#include "read/record.h"

/* Set in the type of a value in binary XML. */
#define CS_ARRAY_FLAG 0x80

/* Cuts the first item off *rest and returns it.  Texts end at a NUL, SIDs say
 * their own length, the others have a fixed one; an item that is cut short is
 * returned as far as it goes. */
cs_bytes cs_array_next(enum cs_type type, cs_bytes *rest);

#endif
