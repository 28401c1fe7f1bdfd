/*
 * eventspan.h - where events begin in a text, before any XML parser sees it
 *
 * Exported events come with a root or without, as several documents one
 * behind the other, with lines of a console around them, and damaged.  So the
 * text is cut at the beginnings of events, and each part is parsed alone: one
 * that is damaged takes none of its neighbours with it.  The parts do not
 * overlap, so all of them together cost one pass.
 */
#ifndef CS_EVENTSPAN_H
#define CS_EVENTSPAN_H

#include "base/arena.h"

struct cs_event_spans {
	cs_text text;
	size_t at;              /* everything before it has been looked at */
	size_t next;            /* the event that begins behind the last one */
	bool has_next;
	bool no_comment_end, no_cdata_end;      /* none from 'at' on */
};

struct cs_event_spans cs_event_spans(cs_text text);

/* From the beginning of an event to that of the next, or to the end.  An
 * event begins with a start tag of that name, with or without a prefix, that
 * has the namespace of events or a System element right behind it; one in a
 * comment or in CDATA is none.  False: there are no more. */
bool cs_next_event(struct cs_event_spans *s, cs_text *ret);

/* Whether a text that begins so holds events, 0 to 100; 1: it cannot be told
 * from that. */
int cs_looks_like_events(cs_text head);

/* Tags of an event: where no event was found, the rest of a damaged one. */
bool cs_has_event_tag(cs_text t);
bool cs_has_doctype(cs_text t);

/* What is valid UTF-8 but no XML character (as it stands, or as a character
 * reference) becomes U+FFFD.  The same text where nothing has to. */
cs_text cs_mend_xml(cs_arena *a, cs_text t, size_t *ret_bad);

#endif
