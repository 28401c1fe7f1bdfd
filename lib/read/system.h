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

/* Where in struct cs_system it is kept, and its bytes; 0: nowhere. */
struct cs_field {
	uint8_t at, size;
	bool is_text;
};
struct cs_field cs_slot_field(enum cs_slot slot);

static inline void
cs_put_field(struct cs_system *s, struct cs_field f, uint64_t n)
{
	void *at = (char *)s + f.at;

	switch (f.size) {
	case 1:
		*(uint8_t *)at = (uint8_t)n;
		break;
	case 2:
		*(uint16_t *)at = (uint16_t)n;
		break;
	case 4:
		*(uint32_t *)at = (uint32_t)n;
		break;
	case 8:
		*(uint64_t *)at = n;
		break;
	default:
		break;
	}
}

static inline cs_text *
cs_field_text(struct cs_system *s, struct cs_field f)
{
	return (void *)((char *)s + f.at);
}

/* Where a text goes; NULL: the slot is a number, a time, or no part of
 * System. */
cs_text *cs_slot_text(struct cs_system *s, enum cs_slot slot);

static inline void
cs_slot_number(struct cs_system *s, enum cs_slot slot, uint64_t n)
{
	struct cs_field f = cs_slot_field(slot);

	if (!f.is_text)
		cs_put_field(s, f, n);
}

#endif
