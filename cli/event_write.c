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
buffer_room(struct buffer *b, size_t more)
{
	size_t want = b->len + more;
	char *bigger;

	if (want <= b->room)
		return b->at + b->len;
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
buffer_put(struct buffer *b, const char *text, size_t len)
{
	char *to = buffer_room(b, len);

	if (!to || len == 0)
		return;
	memcpy(to, text, len);
	b->len += len;
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
	char text[24];

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)n);
	put(b, text);
}

static void
put_time(struct buffer *b, uint64_t time)
{
	put(b, cabscan_time_text(time).text);
}

/* ---- JSON ------------------------------------------------------------------ */

/* Bytes at the front that a JSON string and a terminal take as they are. */
static size_t
plain_run(const char *t, size_t len)
{
	size_t i = 0;

	while (i < len && (unsigned char)t[i] >= 0x20 && t[i] != '"' &&
	       t[i] != '\\' && (unsigned char)t[i] < 0x7f)
		i++;
	return i;
}

static void
put_escape(struct buffer *b, unsigned c)
{
	char text[8] = "\\n";

	if (c == '"' || c == '\\')
		text[1] = (char)c;
	else if (c == '\t')
		text[1] = 't';
	else if (c != '\n')
		snprintf(text, sizeof(text), "\\u%04x", c & 0xffff);
	put(b, text);
}

static void
put_json_text(struct buffer *b, const char *t, size_t len)
{
	buffer_put(b, "\"", 1);
	while (len > 0) {
		size_t n = plain_run(t, len);
		unsigned c;

		buffer_put(b, t, n);
		t += n;
		len -= n;
		if (len == 0)
			break;
		n = text_character(t, len, &c);
		if (is_unshown(c) || c == '"' || c == '\\')
			put_escape(b, c);
		else
			buffer_put(b, t, n);
		t += n;
		len -= n;
	}
	buffer_put(b, "\"", 1);
}

/* The text of a value; it stays until the next one. */
static const char *
value_text(struct buffer *b, const cabscan_value *v, size_t *ret_len)
{
	size_t room = v->size * 3 + 256;

	if (room > b->scratch_room) {
		free(b->scratch);
		b->scratch_room = 0;
		b->scratch = malloc(room * 2);
		if (!b->scratch) {
			b->full = true;
			*ret_len = 0;
			return "";
		}
		b->scratch_room = room * 2;
	}
	*ret_len = cabscan_value_text(v, b->scratch, b->scratch_room);
	return b->scratch;
}

static bool
is_finite_number(const char *t)
{
	return !strchr(t, '#');
}

static void
put_value(struct buffer *b, const cabscan_value *v)
{
	size_t len;
	const char *t = value_text(b, v, &len);
	bool bare = false;

	switch (v->type) {
	case CABSCAN_TYPE_NULL:
		put(b, "null");
		return;
	case CABSCAN_TYPE_I8: case CABSCAN_TYPE_U8: case CABSCAN_TYPE_I16:
	case CABSCAN_TYPE_U16: case CABSCAN_TYPE_I32: case CABSCAN_TYPE_U32:
	case CABSCAN_TYPE_I64: case CABSCAN_TYPE_U64: case CABSCAN_TYPE_BOOL:
		/* Bytes that are too few for the type are hexadecimal. */
		bare = cabscan_value_number(v, &(uint64_t){ 0 });
		break;
	case CABSCAN_TYPE_FLOAT: case CABSCAN_TYPE_DOUBLE:
		bare = is_finite_number(t) && v->size >= 4u +
		       (v->type == CABSCAN_TYPE_DOUBLE ? 4u : 0u);
		break;
	default:
		break;
	}
	if (bare)
		buffer_put(b, t, len);
	else
		put_json_text(b, t, len);
}

static void
put_key(struct buffer *b, const char *name, bool *first)
{
	if (!*first)
		buffer_put(b, ",", 1);
	*first = false;
	buffer_put(b, "\"", 1);
	put(b, name);
	buffer_put(b, "\":", 2);
}

static void
put_text_key(struct buffer *b, const char *name, cabscan_text t, bool *first)
{
	if (t.len == 0)
		return;
	put_key(b, name, first);
	put_json_text(b, t.at, t.len);
}

static void
put_number_key(struct buffer *b, const char *name, uint64_t n, bool *first)
{
	put_key(b, name, first);
	put_number(b, n);
}

static bool
same_name(const cabscan_value *a, const cabscan_value *b)
{
	return a->name.len == b->name.len &&
	       memcmp(a->name.at, b->name.at, a->name.len) == 0;
}

static bool
seen_before(const cabscan_record *r, size_t i, const cabscan_value *v)
{
	for (size_t k = 0; k < i; k++) {
		cabscan_value before = cabscan_record_value(r, k);

		if (same_name(&before, v))
			return true;
	}
	return false;
}

static bool
comes_again(const cabscan_record *r, size_t i, const cabscan_value *v)
{
	for (size_t k = i + 1; k < r->n_values; k++) {
		cabscan_value next = cabscan_record_value(r, k);

		if (same_name(&next, v))
			return true;
	}
	return false;
}

static void
put_array(struct buffer *b, const cabscan_record *r, size_t i,
          const cabscan_value *like)
{
	bool first = true;

	put(b, "[");
	for (; i < r->n_values; i++) {
		cabscan_value v = cabscan_record_value(r, i);

		if (!same_name(&v, like))
			continue;
		if (!first)
			put(b, ",");
		first = false;
		put_value(b, &v);
	}
	put(b, "]");
}

/* By name; what has no name, or a name that comes again, is an array. */
static void
put_data(struct buffer *b, const cabscan_record *r)
{
	bool first = true;

	put(b, "{");
	for (size_t i = 0; i < r->n_values; i++) {
		cabscan_value v = cabscan_record_value(r, i);

		if (seen_before(r, i, &v))
			continue;
		if (!first)
			put(b, ",");
		first = false;
		put_json_text(b, v.name.at, v.name.len);
		put(b, ":");
		if (v.name.len == 0 || comes_again(r, i, &v))
			put_array(b, r, i, &v);
		else
			put_value(b, &v);
	}
	put(b, "}");
}

static void
put_system(struct buffer *b, const cabscan_record *r)
{
	bool first = true;

	put(b, "{");
	put_text_key(b, "Provider", r->provider, &first);
	put_text_key(b, "ProviderGuid", r->provider_guid, &first);
	put_text_key(b, "EventSourceName", r->event_source, &first);
	put_number_key(b, "EventID", r->id, &first);
	if (r->qualifiers)
		put_number_key(b, "Qualifiers", r->qualifiers, &first);
	put_number_key(b, "Version", r->version, &first);
	put_number_key(b, "Level", r->level, &first);
	put_number_key(b, "Task", r->task, &first);
	put_number_key(b, "Opcode", r->opcode, &first);
	put_key(b, "Keywords", &first);
	put(b, "\"");
	put_hex(b, r->keywords);
	put(b, "\"");
	put_key(b, "TimeCreated", &first);
	put(b, "\"");
	put_time(b, r->time);
	put(b, "\"");
	put_number_key(b, "EventRecordID", r->record, &first);
	put_text_key(b, "ActivityID", r->activity, &first);
	put_text_key(b, "RelatedActivityID", r->related_activity, &first);
	put_number_key(b, "ProcessID", r->process, &first);
	put_number_key(b, "ThreadID", r->thread, &first);
	put_text_key(b, "Channel", r->channel, &first);
	put_text_key(b, "Computer", r->computer, &first);
	put_text_key(b, "UserID", r->user, &first);
	put(b, "}");
}

static void
write_json(struct buffer *b, const cabscan_record *r)
{
	put(b, "{\"log\":");
	put_json_text(b, r->log, strlen(r->log));
	put(b, ",\"offset\":");
	put_number(b, r->offset);
	put(b, ",\"origin\":\"");
	put(b, cabscan_origin_name(r->origin));
	put(b, r->doubtful ? "\",\"doubtful\":true,\"System\":"
	                   : "\",\"doubtful\":false,\"System\":");
	put_system(b, r);
	put(b, ",\"Data\":");
	put_data(b, r);
	if (r->message.len > 0) {
		put(b, ",\"Message\":");
		put_json_text(b, r->message.at, r->message.len);
	}
	put(b, "}\n");
}

/* ---- csv ------------------------------------------------------------------- */

static void
put_cell(struct buffer *b, const char *t, size_t len)
{
	buffer_put(b, "\"", 1);
	if (len > 0 && strchr("=+-@\t\r", t[0]))
		buffer_put(b, "'", 1);
	for (size_t i = 0; i < len; i++) {
		if (t[i] == '"')
			buffer_put(b, "\"\"", 2);
		else if ((unsigned char)t[i] < 0x20 || t[i] == 0x7f)
			buffer_put(b, " ", 1);
		else
			buffer_put(b, &t[i], 1);
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
	cabscan_record_meaning(cs, r, meaning, sizeof(meaning));
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
