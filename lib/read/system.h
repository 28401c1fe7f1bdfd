/*
 * system.h - the fields of an event's System element, by name
 *
 * Each is an element's text or one of its attributes, and ends up as a number
 * or a text in struct cs_system.
 */
#ifndef CS_SYSTEM_H
#define CS_SYSTEM_H

#include "read/record.h"

/* The fields of System, and the one of RenderingInfo that is kept. */
enum cs_slot {
	CS_SLOT_NONE,
	CS_SLOT_PROVIDER, CS_SLOT_PROVIDER_GUID, CS_SLOT_EVENT_SOURCE,
	CS_SLOT_EVENT_ID, CS_SLOT_QUALIFIERS, CS_SLOT_VERSION, CS_SLOT_LEVEL,
	CS_SLOT_TASK, CS_SLOT_OPCODE, CS_SLOT_KEYWORDS, CS_SLOT_CREATED,
	CS_SLOT_RECORD_ID, CS_SLOT_ACTIVITY, CS_SLOT_RELATED_ACTIVITY,
	CS_SLOT_PROCESS, CS_SLOT_THREAD, CS_SLOT_CHANNEL, CS_SLOT_COMPUTER,
	CS_SLOT_USER, CS_SLOT_MESSAGE
};

/* 'attribute' is "" for the text of the element itself. */
enum cs_slot cs_slot_of(cs_text element, cs_text attribute);

/* Where a text goes; NULL: the slot is a number, a time, or no part of
 * System. */
cs_text *cs_slot_text(struct cs_system *s, enum cs_slot slot);

void cs_slot_number(struct cs_system *s, enum cs_slot slot, uint64_t n);

#endif
