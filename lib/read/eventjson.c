#include "read/eventjson.h"

#include "base/time.h"
#include "read/jsontext.h"

/* Literals are copied in one piece. */
#define PUT(to, literal) \
	(memcpy(to, literal, sizeof(literal) - 1), (to) + sizeof(literal) - 1)

/* Keys and numbers of all that is not a text. */
#define FRAME 1024

static const char *const origins[] = {
	[CS_LIVE] = "live", [CS_RESYNCED] = "resynced",
	[CS_HEADERLESS] = "headerless", [CS_SLACK] = "slack",
};

const char *
cs_origin_name(enum cs_origin o)
{
	return origins[o];
}

/* ---- System ---------------------------------------------------------- */

static char *
put_number(char *to, uint64_t n)
{
	return to + cs_put_decimal(to, n);
}

static char *
put_time(char *to, uint64_t time)
{
	*to++ = '"';
	if (time) {
		cs_time_text(time, to);
		to += CS_TIME_LEN;
	}
	*to++ = '"';
	return to;
}

#define PUT_NUMBER(to, key, n) put_number(PUT(to, ",\"" key "\":"), n)
#define PUT_TEXT(to, key, t) ((t).len == 0 ? (to) : \
	put_text(PUT(to, ",\"" key "\":"), t))

static char *
put_text(char *to, cs_text t)
{
	return to + cs_json_put_text(to, t);
}

static char *
put_system(char *to, const struct cs_record *r)
{
	const struct cs_system *s = r->system;

	to = put_text(PUT(to, "{\"Provider\":"), s->provider);
	to = PUT_TEXT(to, "ProviderGuid", s->provider_guid);
	to = PUT_TEXT(to, "EventSourceName", s->event_source);
	to = PUT_NUMBER(to, "EventID", s->id);
	if (s->qualifiers)
		to = PUT_NUMBER(to, "Qualifiers", s->qualifiers);
	to = PUT_NUMBER(to, "Version", s->version);
	to = PUT_NUMBER(to, "Level", s->level);
	to = PUT_NUMBER(to, "Task", s->task);
	to = PUT_NUMBER(to, "Opcode", s->opcode);
	to = PUT(to, ",\"Keywords\":\"");
	to += cs_put_hex(to, s->keywords);
	to = put_time(PUT(to, "\",\"TimeCreated\":"), r->time);
	to = PUT_NUMBER(to, "EventRecordID", r->place.record);
	to = PUT_TEXT(to, "ActivityID", s->activity);
	to = PUT_TEXT(to, "RelatedActivityID", s->related_activity);
	to = PUT_NUMBER(to, "ProcessID", s->process);
	to = PUT_NUMBER(to, "ThreadID", s->thread);
	to = PUT_TEXT(to, "Channel", s->channel);
	to = PUT_TEXT(to, "Computer", s->computer);
	to = PUT_TEXT(to, "UserID", s->user);
	*to++ = '}';
	return to;
}

static size_t
texts_of(const struct cs_record *r)
{
	const struct cs_system *s = r->system;

	return s->provider.len + s->provider_guid.len + s->event_source.len +
	       s->channel.len + s->computer.len + s->user.len +
	       s->activity.len + s->related_activity.len + r->message.len;
}

/* ---- values ---------------------------------------------------------- */

/* One of 64 bits: names that differ mostly have others. */
static uint64_t
name_bit(cs_text t)
{
	uint32_t h = (uint32_t)t.len;

	if (t.len >= 4)
		h ^= cs_load32((const uint8_t *)t.at) ^
		     cs_load32((const uint8_t *)t.at + t.len - 4) * 31;
	else
		for (size_t i = 0; i < t.len; i++)
			h = h << 8 ^ (unsigned char)t.at[i];
	return (uint64_t)1 << (h * 0x9e3779b1u >> 26);
}

/* Whether each value has a name of its own. */
static bool
names_differ(const struct cs_record *r)
{
	uint64_t seen = 0;

	for (size_t i = 0; i < r->n_values; i++) {
		cs_text name = r->values[i].name;
		uint64_t bit = name_bit(name);

		if (name.len == 0)
			return false;
		for (size_t k = 0; (seen & bit) && k < i; k++)
			if (cs_same(r->values[k].name, name))
				return false;
		seen |= bit;
	}
	return true;
}

/* Room for a value and its name; NULL: there is none. */
static char *
room(struct cs_xml *out, const struct cs_value *v)
{
	return cs_xml_room(out, CS_JSON_ROOM(v->raw.len) + v->name.len * 6);
}

static char *
put_value(char *to, cs_arena *scratch, const struct cs_record *r,
          const struct cs_value *v)
{
	size_t before = (uintptr_t)v->raw.at - (uintptr_t)r->chunk.at;
	/* Some texts are not in the chunk but in a template that was kept. */
	const uint8_t *end = cs_end(before < r->chunk.len ? r->chunk : v->raw);

	return to + cs_json_put(to, scratch, v, end);
}

static void
put_differing(struct cs_xml *out, cs_arena *scratch, const struct cs_record *r)
{
	for (size_t i = 0; i < r->n_values; i++) {
		const struct cs_value *v = &r->values[i];
		char *to = room(out, v);

		if (!to)
			return;
		if (i > 0)
			*to++ = ',';
		to = put_text(to, v->name);
		*to++ = ':';
		to = put_value(to, scratch, r, v);
		out->len = (size_t)(to - out->at);
	}
}

/* Where that name comes next, from 'i' on; n_values: nowhere. */
static size_t
next_same(const struct cs_record *r, size_t i, cs_text name)
{
	while (i < r->n_values && !cs_same(r->values[i].name, name))
		i++;
	return i;
}

/* A value whose name comes first here: with all others of that name. */
static void
put_named(struct cs_xml *out, cs_arena *scratch, const struct cs_record *r,
          size_t i)
{
	const struct cs_value *v = &r->values[i];
	size_t next = next_same(r, i + 1, v->name);
	bool list = next < r->n_values || v->name.len == 0;
	char *to = room(out, v);

	if (!to)
		return;
	to = put_text(to, v->name);
	*to++ = ':';
	if (list)
		*to++ = '[';
	to = put_value(to, scratch, r, v);
	out->len = (size_t)(to - out->at);
	for (; next < r->n_values; next = next_same(r, next + 1, v->name)) {
		to = room(out, &r->values[next]);
		if (!to)
			return;
		*to++ = ',';
		to = put_value(to, scratch, r, &r->values[next]);
		out->len = (size_t)(to - out->at);
	}
	if (list)
		cs_xml_raw(out, CS_TEXT("]"));
}

static void
put_values(struct cs_xml *out, cs_arena *scratch, const struct cs_record *r)
{
	cs_xml_raw(out, CS_TEXT("{"));
	if (r->names_differ || names_differ(r)) {
		put_differing(out, scratch, r);
	} else {
		for (size_t i = 0; i < r->n_values; i++) {
			if (next_same(r, 0, r->values[i].name) < i)
				continue;
			if (i > 0)
				cs_xml_raw(out, CS_TEXT(","));
			put_named(out, scratch, r, i);
		}
	}
	cs_xml_raw(out, CS_TEXT("}"));
}

/* ---- the whole ------------------------------------------------------- */

void
cs_event_json_head(struct cs_xml *out, cs_text log, uint64_t offset,
                   enum cs_origin origin, bool doubtful)
{
	char *to = cs_xml_room(out, FRAME + log.len);
	cs_text name = cs_text_of(cs_origin_name(origin));

	if (!to)
		return;
	to = PUT(to, "{\"log\":");
	memcpy(to, log.at, log.len);
	to = put_number(PUT(to + log.len, ",\"offset\":"), offset);
	to = PUT(to, ",\"origin\":\"");
	memcpy(to, name.at, name.len);
	to = PUT(to + name.len, "\",\"doubtful\":");
	to = doubtful ? PUT(to, "true") : PUT(to, "false");
	to = PUT(to, ",\"System\":");
	out->len = (size_t)(to - out->at);
}

void
cs_event_json(struct cs_xml *out, cs_arena *scratch, cs_text log,
              const struct cs_record *r, cs_text *ret_data)
{
	size_t data;
	char *to;

	*ret_data = CS_TEXT("");
	cs_event_json_head(out, log, r->place.offset, r->origin, r->doubtful);
	to = cs_xml_room(out, FRAME + texts_of(r) * 6);
	if (!to)
		return;
	to = PUT(put_system(to, r), ",\"Data\":");
	data = (size_t)(to - out->at);
	out->len = data;
	put_values(out, scratch, r);
	*ret_data = (cs_text){ out->at + data, out->len - data };
	to = cs_xml_room(out, 64 + r->message.len * 6);
	if (!to)
		return;
	to = PUT_TEXT(to, "Message", r->message);
	*to++ = '}';
	out->len = (size_t)(to - out->at);
	ret_data->at = out->at + data;
}
