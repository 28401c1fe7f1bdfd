/*
 * xmlout.h - XML text that grows, and values as its text
 *
 * Whatever the bytes are, what comes out is text that XML 1.0 can hold: a
 * character it cannot hold becomes U+FFFD, and a carriage return leaves as a
 * character reference, since a parser would drop it.
 */
#ifndef CS_XMLOUT_H
#define CS_XMLOUT_H

#include "read/value.h"

struct cs_xml {
	char *at;               /* from malloc(): cs_xml_end() */
	size_t len, room;
	bool in_attribute;      /* where the next text goes */
	bool full;              /* out of memory, or longer than it may be */
};

/* One event. */
#define CS_MAX_XML ((size_t)32 * 1024 * 1024)

void cs_xml_end(struct cs_xml *x);
/* Room for that much more at at + len; NULL: there is none. */
char *cs_xml_grow(struct cs_xml *x, size_t more);

static inline char *
cs_xml_room(struct cs_xml *x, size_t more)
{
	if (!x->full && more < x->room - x->len)
		return x->at + x->len;
	return cs_xml_grow(x, more);
}

/* Copied in blocks of that size: literals have so many readable bytes behind
 * them, and so much more room is asked for. */
#define CS_XML_SLACK 16

/* 't' and 'to' have the slack. */
static inline char *
cs_put_blocks(char *to, cs_text t)
{
	for (size_t i = 0; i < t.len; i += CS_XML_SLACK)
		memcpy(to + i, t.at + i, CS_XML_SLACK);
	return to + t.len;
}

static inline void
cs_xml_raw(struct cs_xml *x, cs_text t)
{
	char *to = t.len ? cs_xml_room(x, t.len) : NULL;

	if (!to)
		return;
	memcpy(to, t.at, t.len);
	x->len += t.len;
}

/* Room for so many bytes of UTF-16 or UTF-8, whatever they are: a character
 * grows to at most eight, as "&#x200e;"; and for any value that is no text. */
#define CS_XML_ROOM(size) ((size) * 8 + CS_VALUE_CHARS + CS_XML_SLACK)

/* A name; what no name can hold becomes '_'. */
void cs_xml_name(struct cs_xml *x, cs_bytes utf16);
void cs_xml_text(struct cs_xml *x, cs_text utf8);
void cs_xml_utf16(struct cs_xml *x, cs_bytes units);

/* To a place with CS_XML_ROOM; returns its new end.  Memory behind the units
 * can be read up to 'end'. */
char *cs_xml_put_utf16(char *to, cs_bytes units, const uint8_t *end,
                       bool in_attribute);

#endif
