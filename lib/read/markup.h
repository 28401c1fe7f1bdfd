/*
 * markup.h - an event record as XML
 *
 * The same event as expand.c gives as values, as the elements that it was
 * written with.  A template is compiled once to literals (names, brackets and
 * fixed texts, escaped) and to the places of values; it is kept beside its
 * other programs in the store.
 *
 * What comes out is well-formed whatever the log holds: elements that damage
 * left open are closed, an attribute that comes twice is left out, and an
 * event whose template is lost is made of its values alone.
 */
#ifndef CS_MARKUP_H
#define CS_MARKUP_H

#include "read/expand.h"
#include "read/xmlout.h"

/* The record x->place, whose binary XML is [at, end) of the chunk.  Spends what
 * is left of the chunk's budget; what does not fit becomes an event without
 * values.  'quiet': its damage has been told. */
void cs_markup(struct cs_expand *x, size_t at, size_t end, bool quiet,
               struct cs_xml *to);

#endif
