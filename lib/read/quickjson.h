/*
 * quickjson.h - events as JSON straight from their binary values
 *
 * Nearly all events are a template with a payload, both in the short form that
 * template.h has.  For those the object of eventjson.h is made of literals that
 * are known from the templates, and of the values between them.
 */
#ifndef CS_QUICKJSON_H
#define CS_QUICKJSON_H

#include "read/expand.h"
#include "read/xmlout.h"

/* Appends System and Data, and the brace that ends the object, of the record
 * x->place, whose binary XML is [at, end) of the chunk.  False: it has to be
 * done the long way, which notes what is wrong; nothing was appended. */
bool cs_quick_json(struct cs_expand *x, size_t at, size_t end,
                   struct cs_xml *to);

#endif
