/* jsontext.h - a value as JSON: a number, true or false, a string, or null */
#ifndef CS_JSONTEXT_H
#define CS_JSONTEXT_H

#include "read/record.h"

/* 'to' has room for CS_JSON_ROOM(bytes of the value); returns the length.
 * Integers and bools are bare, and floating point numbers that JSON has; all
 * else is the text of the value as a string, with escapes for what a terminal
 * would obey.  Memory behind the value can be read up to 'end'. */
#define CS_JSON_ROOM(size) ((size) * 6 + 256)
size_t cs_json_put(char *to, cs_arena *scratch, const struct cs_value *v,
                   const uint8_t *end);

/* The same for UTF-16, and for what is neither text nor NULL. */
char *cs_json_put_utf16(char *to, cs_bytes units, const uint8_t *end);
size_t cs_json_put_short(char *to, enum cs_type type, cs_bytes raw);

/* A string of valid UTF-8; room for six bytes a byte, and two. */
size_t cs_json_put_text(char *to, cs_text t);

#endif
