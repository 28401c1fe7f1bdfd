/*
 * event_write.c - one record in a format
 *
 * The layout of jsonl is cabscan-event/1: cabscan-event.schema.json.
 */
#include "events.h"

#include <stdlib.h>
#include <string.h>

#define EVENT_TEXT 300          /* bytes of data on a line of text */

char *
buffer_grow(struct buffer *b, size_t more)
{
	size_t want = b->len + more;
	char *bigger;

	want = want < 65536 ? 131072 : want * 2;
	bigger = realloc(b->at, want);
	if (!bigger) {
		b->full = true;
		return NULL;
	}
	b->at = bigger;
	b->room = want;
	return b->at + b->len;
}

void
buffer_free(struct buffer *b)
{
	free(b->at);
	free(b->scratch);
	*b = (struct buffer){ NULL };
}

static void
put(struct buffer *b, const char *z)
{
	buffer_put(b, z, strlen(z));
}

static void
put_number(struct buffer *b, uint64_t n)
{
	char digits[20];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	buffer_put(b, digits + i, sizeof(digits) - i);
}

static void
put_hex(struct buffer *b, uint64_t n)
{
	char text[18] = "0x";
	size_t digits = 1;

	while (digits < 16 && n >> (digits * 4))
		digits++;
	for (size_t i = digits; i-- > 0; n >>= 4)
		text[2 + i] = "0123456789abcdef"[n & 15];
	buffer_put(b, text, 2 + digits);
}

static void
put_time(struct buffer *b, uint64_t time)
{
	put(b, cabscan_time_text(time).text);
}

/* ---- JSON ------------------------------------------------------------------ */

static void
put_json_text(struct buffer *b, cabscan_text t)
{
	char *to = buffer_room(b, CABSCAN_JSON_ROOM(t.len));

	if (to)
		b->len += cabscan_text_json(t, to);
}

static void
put_value(struct buffer *b, const cabscan_value *v)
{
	char *to = buffer_room(b, CABSCAN_JSON_ROOM(v->size));

	size_t len = to ? cabscan_value_json(v, to) : CABSCAN_NO_MEMORY;

	if (len != CABSCAN_NO_MEMORY)
		b->len += len;
	else
		b->full = true;
}

#define PUT(b, literal) buffer_put(b, literal, sizeof(literal) - 1)

/* The first key of System is written with its brace. */
#define PUT_TEXT_KEY(b, key, text) do { \
	if ((text).len > 0) { \
		PUT(b, ",\"" key "\":"); \
		put_json_text(b, text); \
	} \
} while (0)

#define PUT_NUMBER_KEY(b, key, n) do { \
	PUT(b, ",\"" key "\":"); \
	put_number(b, n); \
} while (0)

static bool
same_name(const cabscan_value *a, const cabscan_value *b)
{
	return a->name.len == b->name.len &&
	       memcmp(a->name.at, b->name.at, a->name.len) == 0;
}

/* The values of a record, and which names come more than once. */
struct values {
	cabscan_value *at;
	size_t n;
	bool unique;
};

static uint64_t
name_bit(cabscan_text t)
{
	uint32_t h = (uint32_t)t.len * 31;

	for (size_t i = 0; i < t.len; i++)
		h = (h ^ (unsigned char)t.at[i]) * 0x01000193u;
	return (uint64_t)1 << (h >> 26);
}

static bool
find_values(struct buffer *b, const cabscan_record *r, struct values *ret)
{
	size_t room = r->n_values * sizeof(*ret->at);
	uint64_t seen = 0;

	if (room > b->scratch_room) {
		free(b->scratch);
		b->scratch = malloc(room * 2);
		b->scratch_room = b->scratch ? room * 2 : 0;
		b->full |= !b->scratch;
	}
	*ret = (struct values){ b->scratch, r->n_values, true };
	if (room > b->scratch_room)
		return false;
	for (size_t i = 0; i < r->n_values; i++) {
		cabscan_value *v = &ret->at[i];
		uint64_t bit;

		*v = cabscan_record_value(r, i);
		bit = name_bit(v->name);
		for (size_t k = 0; (seen & bit) && k < i && ret->unique; k++)
			ret->unique = !same_name(&ret->at[k], v);
		seen |= bit;
		ret->unique &= v->name.len > 0;
	}
	return true;
}

/* Where that name comes next, from 'i' on; n: nowhere. */
static size_t
next_same(const struct values *v, size_t i, const cabscan_value *like)
{
	while (i < v->n && !same_name(&v->at[i], like))
		i++;
	return i;
}

static void
put_named(struct buffer *b, const struct values *v, size_t i)
{
	const cabscan_value *one = &v->at[i];
	size_t next = v->unique ? v->n : next_same(v, i + 1, one);

	put_json_text(b, one->name);
	PUT(b, ":");
	if (next == v->n && one->name.len > 0) {
		put_value(b, one);
		return;
	}
	PUT(b, "[");
	put_value(b, one);
	for (; next < v->n; next = next_same(v, next + 1, one)) {
		PUT(b, ",");
		put_value(b, &v->at[next]);
	}
	PUT(b, "]");
}

/* By name; what has no name, or a name that comes again, is an array. */
static void
put_data(struct buffer *b, const cabscan_record *r)
{
	struct values v;
	bool first = true;

	if (!find_values(b, r, &v))
		return;
	PUT(b, "{");
	for (size_t i = 0; i < v.n; i++) {
		if (!v.unique && next_same(&v, 0, &v.at[i]) < i)
			continue;
		if (!first)
			PUT(b, ",");
		first = false;
		put_named(b, &v, i);
	}
	PUT(b, "}");
}

static void
put_system(struct buffer *b, const cabscan_record *r)
{
	PUT(b, "{\"Provider\":");
	put_json_text(b, r->provider);
	PUT_TEXT_KEY(b, "ProviderGuid", r->provider_guid);
	PUT_TEXT_KEY(b, "EventSourceName", r->event_source);
	PUT_NUMBER_KEY(b, "EventID", r->id);
	if (r->qualifiers)
		PUT_NUMBER_KEY(b, "Qualifiers", r->qualifiers);
	PUT_NUMBER_KEY(b, "Version", r->version);
	PUT_NUMBER_KEY(b, "Level", r->level);
	PUT_NUMBER_KEY(b, "Task", r->task);
	PUT_NUMBER_KEY(b, "Opcode", r->opcode);
	PUT(b, ",\"Keywords\":\"");
	put_hex(b, r->keywords);
	PUT(b, "\",\"TimeCreated\":\"");
	put_time(b, r->time);
	PUT(b, "\"");
	PUT_NUMBER_KEY(b, "EventRecordID", r->record);
	PUT_TEXT_KEY(b, "ActivityID", r->activity);
	PUT_TEXT_KEY(b, "RelatedActivityID", r->related_activity);
	PUT_NUMBER_KEY(b, "ProcessID", r->process);
	PUT_NUMBER_KEY(b, "ThreadID", r->thread);
	PUT_TEXT_KEY(b, "Channel", r->channel);
	PUT_TEXT_KEY(b, "Computer", r->computer);
	PUT_TEXT_KEY(b, "UserID", r->user);
	PUT(b, "}");
}

static cabscan_text
text_of(const char *z)
{
	return (cabscan_text){ z, strlen(z) };
}

static void
write_json(struct buffer *b, const cabscan_record *r)
{
	PUT(b, "{\"log\":");
	put_json_text(b, text_of(r->log));
	PUT(b, ",\"offset\":");
	put_number(b, r->offset);
	PUT(b, ",\"origin\":\"");
	put(b, cabscan_origin_name(r->origin));
	put(b, r->doubtful ? "\",\"doubtful\":true,\"System\":"
	                   : "\",\"doubtful\":false,\"System\":");
	put_system(b, r);
	PUT(b, ",\"Data\":");
	put_data(b, r);
	PUT_TEXT_KEY(b, "Message", r->message);
	PUT(b, "}\n");
}

/* ---- csv ------------------------------------------------------------------- */

static void
put_cell(struct buffer *b, const char *t, size_t len)
{
	buffer_put(b, "\"", 1);
	if (is_formula(t, len))
		buffer_put(b, "'", 1);
	while (len > 0) {
		unsigned c = (unsigned char)*t;
		size_t n = c < 0x7f ? 1 : text_character(t, len, &c);

		if (c == '"')
			buffer_put(b, "\"\"", 2);
		else if (is_unshown(c))
			buffer_put(b, " ", 1);
		else
			buffer_put(b, t, n);
		t += n;
		len -= n;
	}
	buffer_put(b, "\"", 1);
}

static void
put_text_cell(struct buffer *b, cabscan_text t)
{
	put_cell(b, t.at, t.len);
	buffer_put(b, ",", 1);
}

static void
put_number_cell(struct buffer *b, uint64_t n)
{
	put_number(b, n);
	buffer_put(b, ",", 1);
}

static void
write_csv(struct buffer *b, const cabscan_record *r)
{
	struct buffer data = { NULL };

	put_time(b, r->time);
	put(b, ",");
	put_text_cell(b, (cabscan_text){ r->log, strlen(r->log) });
	put_number_cell(b, r->record);
	put(b, cabscan_origin_name(r->origin));
	put(b, ",");
	put_text_cell(b, r->channel);
	put_text_cell(b, r->provider);
	put_number_cell(b, r->id);
	put_number_cell(b, r->level);
	put_number_cell(b, r->task);
	put_number_cell(b, r->opcode);
	put_hex(b, r->keywords);
	put(b, ",");
	put_number_cell(b, r->process);
	put_number_cell(b, r->thread);
	put_text_cell(b, r->computer);
	put_text_cell(b, r->user);
	put_data(&data, r);
	put_cell(b, data.at ? data.at : "", data.len);
	b->full |= data.full;
	buffer_free(&data);
	put(b, "\r\n");
}

/* ---- text ------------------------------------------------------------------ */

/* What a terminal may show, on one line. */
static void
put_plain(struct buffer *b, const char *t, size_t len)
{
	while (len > 0) {
		unsigned c;
		size_t n = text_character(t, len, &c);

		if (c == '\n' || c == '\t' || c == '\r')
			buffer_put(b, " ", 1);
		else if (is_unshown(c))
			buffer_put(b, "?", 1);
		else
			buffer_put(b, t, n);
		t += n;
		len -= n;
	}
}

static void
put_values(struct buffer *b, const cabscan_record *r)
{
	size_t begun = b->len;

	for (size_t i = 0; i < r->n_values && b->len - begun < EVENT_TEXT; i++) {
		cabscan_value v = cabscan_record_value(r, i);
		char text[EVENT_TEXT];
		size_t len = cabscan_value_text(&v, text, sizeof(text));

		if (len == CABSCAN_NO_MEMORY)
			b->full = true;
		if (i > 0)
			put(b, " ");
		put_plain(b, v.name.at, v.name.len);
		if (v.name.len > 0)
			put(b, "=");
		put_plain(b, text, strlen(text));
		if (len >= sizeof(text))
			put(b, "...");
	}
}

static void
write_text(struct buffer *b, const cabscan *cs, const cabscan_record *r)
{
	cabscan_time_chars time = cabscan_time_text(r->time);
	const char *log = base_name(r->log);
	char meaning[512];

	if (time.text[0])
		snprintf(time.text + 23, sizeof(time.text) - 23, "Z");
	put(b, time.text);
	put(b, "  ");
	if (r->channel.len > 0)
		put_plain(b, r->channel.at, r->channel.len);
	else
		put_plain(b, log, strlen(log));
	put(b, "  ");
	put_plain(b, r->provider.at, r->provider.len);
	put(b, " ");
	put_number(b, r->id);
	put(b, " ");
	if (*level_name(r->level))
		put(b, level_name(r->level));
	else
		put_number(b, r->level);
	if (r->origin != CABSCAN_LIVE || r->doubtful) {
		put(b, " [");
		put(b, r->origin != CABSCAN_LIVE ? cabscan_origin_name(r->origin)
		                                 : "doubtful");
		put(b, "]");
	}
	put(b, ": ");
	if (!cabscan_record_meaning(cs, r, meaning, sizeof(meaning)))
		b->full = true;
	if (meaning[0])
		put_plain(b, meaning, strlen(meaning));
	else if (r->n_values == 0 && r->message.len > 0)
		put_plain(b, r->message.at, r->message.len);
	else
		put_values(b, r);
	put(b, "\n");
}

/* ---- XML ------------------------------------------------------------------- */

static void
write_xml(struct buffer *b, const cabscan_record *r)
{
	/* In the document of a log all else is as Windows wrote it. */
	if (r->origin != CABSCAN_LIVE) {
		put(b, "<?cabscan ");
		put(b, cabscan_origin_name(r->origin));
		put(b, "?>\n");
	} else if (r->doubtful) {
		put(b, "<?cabscan doubtful?>\n");
	}
	buffer_put(b, r->xml.at, r->xml.len);
	put(b, "\n");
}

/* ---- all of them ----------------------------------------------------------- */

void
write_event(struct buffer *b, enum event_format f, const cabscan *cs,
            const cabscan_record *r)
{
	switch (f) {
	case EVENTS_TEXT:
		write_text(b, cs, r);
		break;
	case EVENTS_XML:
		write_xml(b, r);
		break;
	case EVENTS_JSONL:
		write_json(b, r);
		break;
	case EVENTS_CSV:
		write_csv(b, r);
		break;
	}
}

void
write_events_head(struct buffer *b, enum event_format f)
{
	if (f == EVENTS_XML)
		put(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Events>\n");
	if (f == EVENTS_CSV)
		put(b, "time,log,record,origin,channel,provider,id,level,task,"
		       "opcode,keywords,process,thread,computer,user,data\r\n");
}

void
write_events_tail(struct buffer *b, enum event_format f)
{
	if (f == EVENTS_XML)
		put(b, "</Events>\n");
}
