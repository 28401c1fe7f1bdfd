#include "read/system.h"

enum cs_slot
cs_slot_of(cs_text element, cs_text attribute)
{
	static const struct {
		const char *element, *attribute;
		enum cs_slot slot;
	} slots[] = {
		{ "Provider", "Name", CS_SLOT_PROVIDER },
		{ "Provider", "Guid", CS_SLOT_PROVIDER_GUID },
		{ "Provider", "EventSourceName", CS_SLOT_EVENT_SOURCE },
		{ "EventID", "", CS_SLOT_EVENT_ID },
		{ "EventID", "Qualifiers", CS_SLOT_QUALIFIERS },
		{ "Version", "", CS_SLOT_VERSION },
		{ "Level", "", CS_SLOT_LEVEL },
		{ "Task", "", CS_SLOT_TASK },
		{ "Opcode", "", CS_SLOT_OPCODE },
		{ "Keywords", "", CS_SLOT_KEYWORDS },
		{ "TimeCreated", "SystemTime", CS_SLOT_CREATED },
		{ "EventRecordID", "", CS_SLOT_RECORD_ID },
		{ "Correlation", "ActivityID", CS_SLOT_ACTIVITY },
		{ "Correlation", "RelatedActivityID", CS_SLOT_RELATED_ACTIVITY },
		{ "Execution", "ProcessID", CS_SLOT_PROCESS },
		{ "Execution", "ThreadID", CS_SLOT_THREAD },
		{ "Channel", "", CS_SLOT_CHANNEL },
		{ "Computer", "", CS_SLOT_COMPUTER },
		{ "Security", "UserID", CS_SLOT_USER },
	};

	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++)
		if (cs_same(element, cs_text_of(slots[i].element)) &&
		    cs_same(attribute, cs_text_of(slots[i].attribute)))
			return slots[i].slot;
	return CS_SLOT_NONE;
}

cs_text *
cs_slot_text(struct cs_system *s, enum cs_slot slot)
{
	switch (slot) {
	case CS_SLOT_PROVIDER:
		return &s->provider;
	case CS_SLOT_PROVIDER_GUID:
		return &s->provider_guid;
	case CS_SLOT_EVENT_SOURCE:
		return &s->event_source;
	case CS_SLOT_ACTIVITY:
		return &s->activity;
	case CS_SLOT_RELATED_ACTIVITY:
		return &s->related_activity;
	case CS_SLOT_CHANNEL:
		return &s->channel;
	case CS_SLOT_COMPUTER:
		return &s->computer;
	case CS_SLOT_USER:
		return &s->user;
	default:
		return NULL;
	}
}

void
cs_slot_number(struct cs_system *s, enum cs_slot slot, uint64_t n)
{
	switch (slot) {
	case CS_SLOT_EVENT_ID:
		s->id = (uint32_t)n;
		break;
	case CS_SLOT_QUALIFIERS:
		s->qualifiers = (uint16_t)n;
		break;
	case CS_SLOT_VERSION:
		s->version = (uint8_t)n;
		break;
	case CS_SLOT_LEVEL:
		s->level = (uint8_t)n;
		break;
	case CS_SLOT_TASK:
		s->task = (uint16_t)n;
		break;
	case CS_SLOT_OPCODE:
		s->opcode = (uint8_t)n;
		break;
	case CS_SLOT_KEYWORDS:
		s->keywords = n;
		break;
	case CS_SLOT_RECORD_ID:
		s->record_id = n;
		break;
	case CS_SLOT_PROCESS:
		s->process = (uint32_t)n;
		break;
	case CS_SLOT_THREAD:
		s->thread = (uint32_t)n;
		break;
	default:
		break;
	}
}
