/* sentence.h - an event in our own words, with its values */
#ifndef CS_SENTENCE_H
#define CS_SENTENCE_H

#include "know/know.h"
#include "read/record.h"

/* At most 400 bytes; "" where the knowledge has none, or out of memory. */
cs_text cs_event_sentence(cs_arena *scratch, const struct cs_record *r,
                          const struct cs_event_def *e);

#endif
