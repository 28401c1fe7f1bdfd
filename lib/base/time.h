/*
 * time.h - points in time
 *
 * A time is a FILETIME: 100-nanosecond intervals since 1601-01-01 UTC, as
 * event logs store it.  0 means: not known.
 */
#ifndef CS_TIME_H
#define CS_TIME_H

#include "base/text.h"

#define CS_SECOND ((uint64_t)10000000)
#define CS_TIME_CHARS 32        /* room for cs_time_text(), with NUL */
#define CS_TIME_LEN 28          /* what it has */

/* RFC 3339, UTC, seven digits: "2026-11-22T09:00:44.1234567Z".  Years after
 * 9999 are cut to the last moment of 9999. */
void cs_time_text(uint64_t time, char ret[CS_TIME_CHARS]);

/* An ISO 8601 date and time: 'T' or a blank between, 0 to 9 digits of a
 * second, 'Z', an offset or nothing (then: UTC) behind.  Or milliseconds since
 * 1970, as Windows PowerShell writes them in JSON: "/Date(1762000000000)/".
 * False: none. */
bool cs_time_parse(cs_text t, uint64_t *ret);

/* A day, "2026-11-22": its first moment.  False: it is none. */
bool cs_time_day(cs_text t, uint64_t *ret);

/* From a civil date.  False where a field is out of its range (SYSTEMTIME
 * fields are foreign bytes). */
bool cs_time_civil(unsigned year, unsigned month, unsigned day, unsigned hour,
                   unsigned minute, unsigned second, unsigned hundred_ns,
                   uint64_t *ret);

#endif
