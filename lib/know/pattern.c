#include "know/pattern.h"

#include "base/limits.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>

struct cs_pattern {
	struct cs_pattern *next;
	pcre2_code *code;
	pcre2_match_context *limits;
	int value_group;                /* 0: the whole match */
};

struct cs_pattern *
cs_pattern_new(cs_arena *a, cs_text regex, bool caseless, char *ret_why,
               size_t why_size)
{
	struct cs_pattern *p = cs_alloc(a, sizeof(*p));
	PCRE2_SIZE at = 0;
	int error = 0;

	snprintf(ret_why, why_size, "out of memory");
	if (!p)
		return NULL;
	p->code = pcre2_compile((PCRE2_SPTR)regex.at, regex.len,
	                        PCRE2_UTF | (caseless ? PCRE2_CASELESS : 0),
	                        &error, &at, NULL);
	if (!p->code) {
		if (error == PCRE2_ERROR_HEAP_FAILED) {
			a->full = true;
			return NULL;
		}
		snprintf(ret_why, why_size, "the pattern is wrong at character %zu"
		         " (PCRE2 error %d)", (size_t)at, error);
		return NULL;
	}
	p->limits = pcre2_match_context_create(NULL);
	if (!p->limits) {
		pcre2_code_free(p->code);
		a->full = true;
		return NULL;
	}
	pcre2_set_match_limit(p->limits, MAX_MATCH_STEPS);
	pcre2_set_heap_limit(p->limits, MAX_MATCH_HEAP);
	p->value_group = pcre2_substring_number_from_name(p->code,
	                                                  (PCRE2_SPTR) "value");
	if (p->value_group < 0)
		p->value_group = 0;
	return p;
}

void
cs_pattern_free(struct cs_pattern *p)
{
	if (!p)
		return;
	pcre2_match_context_free(p->limits);
	pcre2_code_free(p->code);
}

struct cs_pattern *
cs_pattern_next(struct cs_pattern *p)
{
	return p->next;
}

void
cs_pattern_link(struct cs_pattern *p, struct cs_pattern *next)
{
	p->next = next;
}

static enum cs_match
find_in(const struct cs_pattern *p, pcre2_match_data *data, cs_text text,
        cs_text *ret_value)
{
	int rc = pcre2_match(p->code, (PCRE2_SPTR)text.at, text.len, 0, 0, data,
	                     p->limits);
	const PCRE2_SIZE *span;
	size_t from, to;

	if (rc == PCRE2_ERROR_NOMATCH)
		return CS_NO_MATCH;
	if (rc < 0)
		return rc == PCRE2_ERROR_NOMEMORY ? CS_MATCH_MEMORY
		                                  : CS_MATCH_LIMIT;
	span = pcre2_get_ovector_pointer(data);
	from = span[0];
	to = span[1];
	if (p->value_group < rc && span[2 * p->value_group] != PCRE2_UNSET) {
		from = span[2 * p->value_group];
		to = span[2 * p->value_group + 1];
	}
	if (from > to || to > text.len)
		return CS_NO_MATCH;
	*ret_value = (cs_text){ text.at + from, to - from };
	return CS_MATCH;
}

enum cs_match
cs_pattern_find(const struct cs_pattern *p, cs_text text, cs_text *ret_value)
{
	pcre2_match_data *data;
	enum cs_match m;

	if (text.len == 0)
		return CS_NO_MATCH;
	data = pcre2_match_data_create_from_pattern(p->code, NULL);
	if (!data)
		return CS_MATCH_MEMORY;
	m = find_in(p, data, text, ret_value);
	pcre2_match_data_free(data);
	return m;
}
