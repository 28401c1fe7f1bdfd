/*
 * pattern.h - regular expressions, each tied to one named source or value
 *
 * PCRE2 with limits on steps and heap: a pattern that runs into them finds
 * nothing, and its case notes the first time.  /.../ with the flag i; the named
 * group "value" is what is taken, else the whole match.
 */
#ifndef CS_PATTERN_H
#define CS_PATTERN_H

#include "base/arena.h"

struct cs_pattern;

enum cs_match { CS_NO_MATCH, CS_MATCH, CS_MATCH_LIMIT, CS_MATCH_MEMORY };

/* NULL: not a pattern; ret_why is then one sentence. */
struct cs_pattern *cs_pattern_new(cs_arena *a, cs_text regex, bool caseless,
                                  char *ret_why, size_t why_size);
void cs_pattern_free(struct cs_pattern *p);
struct cs_pattern *cs_pattern_next(struct cs_pattern *p);
void cs_pattern_link(struct cs_pattern *p, struct cs_pattern *next);

/* On CS_MATCH *ret_value is a view into the text. */
enum cs_match cs_pattern_find(const struct cs_pattern *p, cs_text text,
                              cs_text *ret_value);

#endif
