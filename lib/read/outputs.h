/*
 * outputs.h - which command printed a text, as its lines show
 *
 * People name such files as they like, and put several outputs in one file.
 */
#ifndef CS_OUTPUTS_H
#define CS_OUTPUTS_H

#include "base/text.h"

/* A line as label and value. */
struct cs_split {
	cs_text label, value;
	char by;                /* ':', '=' or a tab; 0: not split */
	bool tight;             /* no blank before it */
};
struct cs_split cs_split_line(cs_text line);

/* The line up to its end and what is behind it, whatever ends lines here:
 * 'end' is what cs_line_end() says of the whole text. */
char cs_line_end(cs_text t);
cs_text cs_cut_line(cs_text *rest, char end);

/* The name of the output that shows itself in this line, which was split so
 * and which 'rest' with lines of that end follows; "": none does. */
cs_text cs_output_of(cs_text line, const struct cs_split *p, cs_text rest,
                     char end);

/* Tables: a line of names, and a line of values below it. */
#define CS_MAX_COLUMNS 64
enum cs_table { CS_NO_TABLE, CS_TABLE_QUOTED, CS_TABLE_ALIGNED };
struct cs_columns {
	enum cs_table kind;
	cs_text output;
	cs_text name[CS_MAX_COLUMNS];
	size_t at[CS_MAX_COLUMNS];      /* in characters, where aligned */
	size_t n;
};

/* False: the line is no line of names that is known. */
bool cs_table_begins(cs_text line, struct cs_columns *ret);
/* The values in a line of them, "" where there is none; returns how many
 * columns it has. */
size_t cs_table_row(const struct cs_columns *c, cs_text line,
                    cs_text ret[CS_MAX_COLUMNS]);

#endif
