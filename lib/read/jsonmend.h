/*
 * jsonmend.h - JSON that a parser takes, out of JSON that it refuses
 *
 * Mended are: commas too many, control characters, quotes and backslashes in
 * strings that should have been escaped, and half surrogate pairs.  What cannot
 * be mended is cut off behind the last whole value, and what is open there is
 * closed.
 */
#ifndef CS_JSONMEND_H
#define CS_JSONMEND_H

#include "base/scan.h"

struct cs_json_cut {
	size_t out, in;                 /* ends here: of the result, of the text */
	unsigned depth;
	char open[MAX_JSON_DEPTH];      /* '{' or '[' */
};

struct cs_json_mend {
	cs_text in;                     /* valid UTF-8, beginning with { or [ */
	size_t limit;                   /* no byte of the result behind this */
	char *out;
	size_t len;
	struct cs_json_cut cut;
	bool whole;                     /* up to the bracket that ends it */
	bool too_deep;
	size_t mistakes, first_mistake; /* mended; where in the text */
	const char *what;               /* the first of them */
};

/* False: out of memory.  With nothing worth keeping, m->len is 0. */
bool cs_json_mend(cs_arena *a, struct cs_json_mend *m);

/* Whether valid JSON stays within MAX_JSON_DEPTH, without any recursion. */
bool cs_json_shallow(cs_text t);

#endif
