/*
 * jsonparse.h - the tokens of JSON, without a tree of it
 *
 * A tree would take many times the memory of the text, one small allocation
 * for each value; a reader only wants to see the values once, in their order.
 */
#ifndef CS_JSONPARSE_H
#define CS_JSONPARSE_H

#include "base/arena.h"

enum cs_json_token {
	CS_JSON_WRONG,          /* not JSON, from in->at on */
	CS_JSON_OBJECT, CS_JSON_ARRAY,
	CS_JSON_STRING, CS_JSON_INTEGER, CS_JSON_REAL,
	CS_JSON_TRUE, CS_JSON_FALSE, CS_JSON_NULL,
};

struct cs_json_in {
	cs_text text;           /* valid UTF-8 */
	size_t at;
	cs_arena *arena;        /* for strings with escapes in them */
};

/* The value at in->at, up to its end; of objects and arrays the bracket.
 * *ret_text: a string without its escapes, or a number as it is written; ""
 * where there is no memory for it. */
enum cs_json_token cs_json_value(struct cs_json_in *in, cs_text *ret_text);

/* Behind a bracket, and then behind each value: whether another one follows
 * (of objects its name comes first), or the bracket that ends it. */
enum cs_json_follows {
	CS_JSON_NEITHER, CS_JSON_ANOTHER, CS_JSON_END
};
enum cs_json_follows cs_json_first(struct cs_json_in *in, char end);
enum cs_json_follows cs_json_next(struct cs_json_in *in, char end);

/* A name and its colon. */
bool cs_json_name(struct cs_json_in *in, cs_text *ret_name);

/* An integer that fits. */
bool cs_json_integer(cs_text digits, int64_t *ret);

/* Nothing but blanks is left. */
bool cs_json_at_end(struct cs_json_in *in);

#endif
