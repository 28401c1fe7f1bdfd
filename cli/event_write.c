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
write_json(struct buffer *b, const cabscan_record *r, struct mask *m)
{
	if (m)
		put_masked_json(b, m, r->json, false);
	else
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

static cabscan_text
text_of(const char *z)
{
	return (cabscan_text){ z, strlen(z) };
}

static void
put_data_cell(struct buffer *b, const cabscan_record *r, struct mask *m)
{
	struct buffer shown = { NULL };

	if (m) {
		put_masked_json(&shown, m, r->data_json, true);
		put_cell(b, shown.at ? shown.at : "", shown.len);
		b->full |= shown.full;
		buffer_free(&shown);
	} else {
		put_cell(b, r->data_json.at, r->data_json.len);
	}
}

static void
put_number_cell(struct buffer *b, uint64_t n)
{
	put_number(b, n);
	buffer_put(b, ",", 1);
}

static void
write_csv(struct buffer *b, const cabscan_record *r, struct mask *m)
{
	put_time(b, r->time);
	put(b, ",");
	put_text_cell(b, text_of(m ? mask_log(m, r->log) : r->log));
	put_number_cell(b, r->record);
	put(b, cabscan_origin_name(r->origin));
	put(b, ",");
	put_text_cell(b, m ? text_of(mask_source(m, r->channel)) : r->channel);
	put_text_cell(b, m ? text_of(mask_source(m, r->provider)) : r->provider);
	put_number_cell(b, r->id);
	put_number_cell(b, r->level);
	put_number_cell(b, r->task);
	put_number_cell(b, r->opcode);
	put_hex(b, r->keywords);
	put(b, ",");
	put_number_cell(b, r->process);
	put_number_cell(b, r->thread);
	put_text_cell(b, m ? text_of(mask_computer(m, r->computer)) : r->computer);
	put_text_cell(b, m ? text_of(mask_text(m, r->user)) : r->user);
	put_data_cell(b, r, m);
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

/* All of a value, since the front of a secret can look harmless. */
static void
put_masked_value(struct buffer *b, const cabscan_value *v, struct mask *m)
{
	char small[EVENT_TEXT], *text = small;
	size_t len = cabscan_value_text(v, small, sizeof(small));

	if (len != CABSCAN_NO_MEMORY && len >= sizeof(small)) {
		text = malloc(len + 1);
		len = text ? cabscan_value_text(v, text, len + 1)
		           : CABSCAN_NO_MEMORY;
	}
	if (len == CABSCAN_NO_MEMORY) {
		b->full = true;
	} else {
		cabscan_text shown = text_of(mask_text(m, text_of(text)));

		put_plain(b, shown.at, shown.len < EVENT_TEXT ? shown.len
		                                             : EVENT_TEXT - 1);
		if (shown.len >= EVENT_TEXT)
			put(b, "...");
	}
	if (text != small)
		free(text);
}

static void
put_value(struct buffer *b, const cabscan_value *v)
{
	char text[EVENT_TEXT];
	size_t len = cabscan_value_text(v, text, sizeof(text));

	if (len == CABSCAN_NO_MEMORY)
		b->full = true;
	put_plain(b, text, strlen(text));
	if (len >= sizeof(text))
		put(b, "...");
}

static void
put_values(struct buffer *b, const cabscan_record *r, struct mask *m)
{
	size_t begun = b->len;

	for (size_t i = 0; i < r->n_values && b->len - begun < EVENT_TEXT; i++) {
		cabscan_value v = cabscan_record_value(r, i);
		cabscan_text name = m ? text_of(mask_name(m, v.name)) : v.name;

		if (i > 0)
			put(b, " ");
		put_plain(b, name.at, name.len);
		if (name.len > 0)
			put(b, "=");
		if (m)
			put_masked_value(b, &v, m);
		else
			put_value(b, &v);
	}
}

static void
put_plain_text(struct buffer *b, cabscan_text t)
{
	put_plain(b, t.at, t.len);
}

static void
write_text(struct buffer *b, const cabscan *cs, const cabscan_record *r,
           struct mask *m)
{
	cabscan_time_chars time = cabscan_time_text(r->time);
	char meaning[512];

	if (time.text[0])
		snprintf(time.text + 23, sizeof(time.text) - 23, "Z");
	put(b, time.text);
	put(b, "  ");
	if (r->channel.len > 0)
		put_plain_text(b, m ? text_of(mask_source(m, r->channel))
		                    : r->channel);
	else
		put_plain_text(b, text_of(m ? mask_log(m, r->log)
		                            : base_name(r->log)));
	put(b, "  ");
	put_plain_text(b, m ? text_of(mask_source(m, r->provider)) : r->provider);
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
		put_plain_text(b, text_of(m ? mask_text(m, text_of(meaning))
		                            : meaning));
	else if (r->n_values == 0 && r->message.len > 0)
		put_plain_text(b, m ? text_of(mask_text(m, r->message))
		                    : r->message);
	else
		put_values(b, r, m);
	put(b, "\n");
}

/* ---- XML ------------------------------------------------------------------- */

static void
write_xml(struct buffer *b, const cabscan_record *r, struct mask *m)
{
	/* In the document of a log all else is as Windows wrote it. */
	if (r->origin != CABSCAN_LIVE) {
		put(b, "<?cabscan ");
		put(b, cabscan_origin_name(r->origin));
		put(b, "?>\n");
	} else if (r->doubtful) {
		put(b, "<?cabscan doubtful?>\n");
	}
	if (m)
		put_masked_xml(b, m, r->xml);
	else
		buffer_put(b, r->xml.at, r->xml.len);
	put(b, "\n");
}

/* ---- all of them ----------------------------------------------------------- */

void
write_event(struct buffer *b, enum event_format f, const cabscan *cs,
            const cabscan_record *r, struct mask *m)
{
	if (m)
		mask_record(m, r);
	switch (f) {
	case EVENTS_TEXT:
		write_text(b, cs, r, m);
		break;
	case EVENTS_XML:
		write_xml(b, r, m);
		break;
	case EVENTS_JSONL:
		write_json(b, r, m);
		break;
	case EVENTS_CSV:
		write_csv(b, r, m);
		break;
	}
	b->full |= m && mask_failed(m);
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
