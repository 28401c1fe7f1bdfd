/*
 * csv.h - one field after the other of separated values (RFC 4180)
 *
 * Quotes may stand or not, lines end in LF or CR LF, blanks around a field are
 * none of it.  A field is a view of the text, or of the arena where quotes in
 * it were doubled.
 */
#ifndef CS_CSV_H
#define CS_CSV_H

#include "base/arena.h"

struct cs_csv_field {
	cs_text text;           /* trimmed, at most MAX_VALUE_BYTES */
	bool quoted;
	bool open;              /* its quote is never closed: it is all the rest */
	bool more;              /* a separator follows: the row goes on */
};

/* Takes one field, and what ends it, off the front of *rest. */
struct cs_csv_field cs_csv_next(cs_arena *a, char separator, cs_text *rest);
/* Passes empty lines; false: the end. */
bool cs_csv_row(cs_text *rest);

#endif
