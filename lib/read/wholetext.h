/*
 * wholetext.h - what the readers of text share
 *
 * The text of a member is a view of its bytes, or a copy in an arena of its
 * own where it was UTF-16.  Scratch belongs to the single record: it is
 * emptied before each one, so a log of a million lines needs no more of it
 * than its longest line.
 */
#ifndef CS_WHOLETEXT_H
#define CS_WHOLETEXT_H

#include "read/record.h"

struct cs_whole {
	cs_text text;           /* without a byte order mark */
	cs_arena arena;
	const struct cs_member *member;
	size_t mark;            /* bytes before the text */
	bool utf16;
	char end;               /* of lines: \r where there is no \n */
	/* Where the last question about a place ended. */
	size_t at, units;
	uint64_t line;
};

/* Notes once how many bytes are no text. */
void cs_whole_open(struct cs_scan *s, const struct cs_member *m,
                   struct cs_whole *ret);
void cs_whole_close(struct cs_whole *w);

/* Line and offset of a place in the text, which may only move forward. */
struct cs_place cs_whole_place(struct cs_whole *w, const char *at);

/* The first bytes of a member as ASCII ('?' for all else), for claims: empty
 * where they are not text. */
#define CS_HEAD_CHARS CABSCAN_HEAD_BYTES
cs_text cs_head_text(cs_bytes head, char ret[CS_HEAD_CHARS]);

bool cs_starts(cs_text t, cs_text with);                /* caseless */
bool cs_ends(cs_text t, cs_text with);                  /* caseless */

/* False: the limit on records was reached, and the note is written. */
bool cs_hand_out(struct cs_scan *s, struct cs_sink *sink,
                 const struct cs_record *r);

#endif
