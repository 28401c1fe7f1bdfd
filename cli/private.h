/* private.h - --redact: what may be shown to others, and the key file */
#ifndef CLI_PRIVATE_H
#define CLI_PRIVATE_H

#include "cabscan.h"

#include <stdbool.h>
#include <stdio.h>

struct private {
	cabscan_redactor *redactor;
	char key_id[17];                /* names the key, tells nothing of it */
};

/* The key file is made when there is none.  Not EXIT_DONE: why was printed. */
int private_open(struct private *p, const char *key_file);
void private_close(struct private *p);
/* print_problem() of a text of that kind; 'r' NULL: as it is. */
void print_private(const cabscan_redactor *r, cabscan_text_kind kind,
                   const char *text, const char *what);
/* A case as JSON, from JSON; NULL: out of memory. */
char *private_case(const struct private *p, const cabscan_case *c,
                   const char *json, bool one_line);
/* What cabscan_report() writes, from malloc(); NULL: out of memory. */
char *report_text(const cabscan_case *c, const char *format);
/* The same, for others to see. */
char *private_report(const struct private *p, const cabscan_case *c,
                     const char *format);

#endif
