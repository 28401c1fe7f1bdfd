/*
 * regvalue.h - one value of a registry text, in either way to write it
 *
 * Shared by registry.c, which puts keys together, and regvalue.c.
 */
#ifndef CS_REGVALUE_H
#define CS_REGVALUE_H

#include "read/record.h"

struct cs_reg_text {
	cs_text all;
	size_t at;
	bool exported;          /* has the header line of an export */
	bool ansi;              /* REGEDIT4: strings in hex are single bytes */
	bool indented;          /* the current line is */
	size_t no_end_from;     /* from here on no raw string has an end */
};

struct cs_reg_value {
	enum cs_type type;
	cs_bytes raw;           /* from the text or from scratch */
	bool deleted;           /* an export deletes the value */
	bool list;              /* raw: strings with a NUL between */
};

/* Recognises and passes the header. */
struct cs_reg_text cs_reg_begin(cs_text all);

/* Moves to the next line with something on it and shows it, without moving
 * past it; false: the end. */
bool cs_reg_line(struct cs_reg_text *t, cs_text *ret);
void cs_reg_skip_line(struct cs_reg_text *t);
bool cs_reg_is_key(cs_text line, cs_text *ret_path);

/* The name of the value on this line, and moves behind its '='. */
bool cs_reg_name(struct cs_reg_text *t, struct cs_scan *s, cs_text *ret);
struct cs_reg_value cs_reg_read(struct cs_reg_text *t, struct cs_scan *s,
                                struct cs_place place);

#endif
