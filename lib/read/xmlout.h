/*
 * xmlout.h - XML text that grows, and values as its text
 *
 * Whatever the bytes are, what comes out is text that XML 1.0 can hold: a
 * character it cannot hold becomes U+FFFD, and a carriage return leaves as a
 * character reference, since a parser would drop it.
 */
#ifndef CS_XMLOUT_H
#define CS_XMLOUT_H

#include "read/record.h"

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

/* The same for text that has CS_XML_SLACK readable bytes behind it. */
#define CS_XML_SLACK 16

static inline void
cs_xml_literal(struct cs_xml *x, cs_text t)
{
	char *to = cs_xml_room(x, t.len + CS_XML_SLACK);

	if (!to)
		return;
	for (size_t i = 0; i < t.len; i += CS_XML_SLACK)
		memcpy(to + i, t.at + i, CS_XML_SLACK);
	x->len += t.len;
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

/* A name; what no name can hold becomes '_'. */
void cs_xml_name(struct cs_xml *x, cs_bytes utf16);
void cs_xml_text(struct cs_xml *x, cs_text utf8);
void cs_xml_utf16(struct cs_xml *x, cs_bytes units);
void cs_xml_value(struct cs_xml *x, cs_arena *scratch, enum cs_type type,
                  cs_bytes raw);

#endif
