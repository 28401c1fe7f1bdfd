/*
 * report.h - writers of one case
 *
 * A writer sees what any user of the library sees: cabscan.h alone.  That is
 * the proof that the public header is enough.
 */
#ifndef CS_REPORT_H
#define CS_REPORT_H

#include "cabscan.h"

/* Where a report goes; once a write was refused, the rest is swallowed. */
struct cs_out {
	cabscan_write_fn *write;
	void *user;
	int failed;
};

void cs_out(struct cs_out *o, const char *text);
void cs_out_bytes(struct cs_out *o, const char *bytes, size_t len);

/* What a line of a terminal or a table may show: control characters, line
 * breaks and the marks that turn the direction of text become U+FFFD or a
 * blank.  Foreign text goes through this everywhere. */
void cs_out_plain(struct cs_out *o, const char *text);
/* A piece of a JSON text; such characters leave as their escapes. */
void cs_out_json(struct cs_out *o, const char *json, size_t len);

void cs_report_text(const cabscan_case *c, struct cs_out *o);
void cs_report_facts(const cabscan_case *c, struct cs_out *o);
/* 0: out of memory. */
int cs_report_json(const cabscan_case *c, struct cs_out *o, int one_line);

#endif
