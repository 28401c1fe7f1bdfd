/*
 * value.h - event values as numbers and times, whatever their type
 *
 * Forwarded events carry every value as text, so these read text as well.
 */
#ifndef CS_VALUE_H
#define CS_VALUE_H

#include "read/record.h"

/* An integer of any width (signed ones extended to 64 bits), a HexInt, a
 * bool, or text that is a number. */
bool cs_value_number(const struct cs_value *v, uint64_t *ret);

/* FILETIME, SYSTEMTIME, or text that is an ISO 8601 time. */
bool cs_value_time(const struct cs_value *v, uint64_t *ret);

/* The text of a value that is no text itself, as cs_value_text() gives it;
 * returns its length.  'to' has room for CS_VALUE_CHARS and for two characters
 * a byte of the value. */
#define CS_VALUE_CHARS 200      /* the longest is a SID of 15 parts */
size_t cs_value_put(char *to, enum cs_type type, cs_bytes raw);

/* A number as U64 and HEX64 have it; room for 24 characters. */
size_t cs_put_decimal(char *to, uint64_t n);
size_t cs_put_hex(char *to, uint64_t n);

/* UTF-16 text without the NULs at its end. */
cs_bytes cs_without_nuls(cs_bytes units);

/* It has as many bytes as its type needs. */
bool cs_value_is_whole(enum cs_type type, cs_bytes raw);

#endif
