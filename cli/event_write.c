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
write_json(struct buffer *b, const cabscan_record *r)
{
	buffer_put(b, r->json.at, r->json.len);
	buffer_put(b, "\n", 1);
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
	put_cell(b, r->data_json.at, r->data_json.len);
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
