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

#endif
