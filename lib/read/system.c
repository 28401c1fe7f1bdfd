#include "read/system.h"

#include <stddef.h>

#define NAME(z) { z, sizeof(z) - 1 }

enum cs_slot
cs_slot_of(cs_text element, cs_text attribute)
{
	static const struct {
		cs_text element, attribute;
		enum cs_slot slot;
	} slots[] = {
		{ NAME("Provider"), NAME("Name"), CS_SLOT_PROVIDER },
		{ NAME("Provider"), NAME("Guid"), CS_SLOT_PROVIDER_GUID },
		{ NAME("Provider"), NAME("EventSourceName"), CS_SLOT_EVENT_SOURCE },
		{ NAME("EventID"), NAME(""), CS_SLOT_EVENT_ID },
		{ NAME("EventID"), NAME("Qualifiers"), CS_SLOT_QUALIFIERS },
		{ NAME("Version"), NAME(""), CS_SLOT_VERSION },
		{ NAME("Level"), NAME(""), CS_SLOT_LEVEL },
		{ NAME("Task"), NAME(""), CS_SLOT_TASK },
		{ NAME("Opcode"), NAME(""), CS_SLOT_OPCODE },
		{ NAME("Keywords"), NAME(""), CS_SLOT_KEYWORDS },
		{ NAME("TimeCreated"), NAME("SystemTime"), CS_SLOT_CREATED },
		{ NAME("EventRecordID"), NAME(""), CS_SLOT_RECORD_ID },
		{ NAME("Correlation"), NAME("ActivityID"), CS_SLOT_ACTIVITY },
		{ NAME("Correlation"), NAME("RelatedActivityID"), CS_SLOT_RELATED_ACTIVITY },
		{ NAME("Execution"), NAME("ProcessID"), CS_SLOT_PROCESS },
		{ NAME("Execution"), NAME("ThreadID"), CS_SLOT_THREAD },
		{ NAME("Channel"), NAME(""), CS_SLOT_CHANNEL },
		{ NAME("Computer"), NAME(""), CS_SLOT_COMPUTER },
		{ NAME("Security"), NAME("UserID"), CS_SLOT_USER },
	};

	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++)
		if (element.len == slots[i].element.len &&
		    attribute.len == slots[i].attribute.len &&
		    cs_same(element, slots[i].element) &&
		    cs_same(attribute, slots[i].attribute))
			return slots[i].slot;
	return CS_SLOT_NONE;
}

#define FIELD(name, text) { (uint8_t)offsetof(struct cs_system, name), \
	(uint8_t)sizeof(((struct cs_system *)NULL)->name), text }
#define NUMBER(name) FIELD(name, false)
#define TEXT(name) FIELD(name, true)

_Static_assert(offsetof(struct cs_system, keywords) ==
               CS_SYSTEM_TEXTS * sizeof(cs_text), "texts come first");

static const struct cs_field fields[] = {
	[CS_SLOT_PROVIDER] = TEXT(provider),
	[CS_SLOT_PROVIDER_GUID] = TEXT(provider_guid),
	[CS_SLOT_EVENT_SOURCE] = TEXT(event_source),
	[CS_SLOT_EVENT_ID] = NUMBER(id),
	[CS_SLOT_QUALIFIERS] = NUMBER(qualifiers),
	[CS_SLOT_VERSION] = NUMBER(version), [CS_SLOT_LEVEL] = NUMBER(level),
	[CS_SLOT_TASK] = NUMBER(task), [CS_SLOT_OPCODE] = NUMBER(opcode),
	[CS_SLOT_KEYWORDS] = NUMBER(keywords),
	[CS_SLOT_CREATED] = NUMBER(created),
	[CS_SLOT_RECORD_ID] = NUMBER(record_id),
	[CS_SLOT_ACTIVITY] = TEXT(activity),
	[CS_SLOT_RELATED_ACTIVITY] = TEXT(related_activity),
	[CS_SLOT_PROCESS] = NUMBER(process), [CS_SLOT_THREAD] = NUMBER(thread),
	[CS_SLOT_CHANNEL] = TEXT(channel), [CS_SLOT_COMPUTER] = TEXT(computer),
	[CS_SLOT_USER] = TEXT(user),
};

struct cs_field
cs_slot_field(enum cs_slot slot)
{
	return slot < sizeof(fields) / sizeof(fields[0])
	       ? fields[slot] : (struct cs_field){ 0, 0, false };
}

cs_text *
cs_slot_text(struct cs_system *s, enum cs_slot slot)
{
	struct cs_field f = cs_slot_field(slot);

	return f.is_text ? cs_field_text(s, f) : NULL;
}
