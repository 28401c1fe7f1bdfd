/* lines.h - what the texts for people are made of */
#ifndef CS_LINES_H
#define CS_LINES_H

#include "report/report.h"

#define WIDTH 78        /* columns that a line fills, where words allow it */

/* cs_out_plain() of a part of a text. */
void cs_plain_span(struct cs_out *o, const char *at, size_t len);
void cs_blanks(struct cs_out *o, size_t n);
/* Words until the line is full, then a new one that begins 'indent' in; the
 * first one begins where the output stands. */
void cs_wrap(struct cs_out *o, const char *text, size_t indent);
void cs_heading(struct cs_out *o, const char *text);
/* To the second; the whole of a time is in the JSON output. */
void cs_out_second(struct cs_out *o, uint64_t time);

/* How many of the first 'most' bytes end with a whole character. */
int cs_fit(const char *text, size_t most);

/* Each fact with its places; what several places say is said once. */
void cs_fact_lines(struct cs_out *o, const cabscan_fact *const *list, size_t n,
                   const char *mark);
/* What speaks for a finding, what against it, what would make it surer. */
void cs_both_sides(struct cs_out *o, const cabscan_finding *f);

#endif
