/*
 * reading.h - what a reader hands out, as text to compare
 *
 *     LINE 3 [heading]            kind, line, name
 *      "the whole line"           a value without a name
 *      label "value"              and one with
 *     NOTE damaged 3: text        behind all records
 */
#ifndef CS_TEST_READING_H
#define CS_TEST_READING_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read/formats.h"

struct reading {
	struct cs_sink sink;            /* first: the sink is the reading */
	struct cs_scan scan;
	char text[65536];
	size_t len;
	size_t n_records;
};

static void
say(struct reading *r, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(r->text + r->len, sizeof(r->text) - r->len, format, args);
	va_end(args);
	assert_true(n >= 0 && (size_t)n < sizeof(r->text) - r->len);
	r->len += (size_t)n;
}

static void
say_text(struct reading *r, const void *at, size_t len)
{
	const unsigned char *p = at;

	if (len > 8000)
		say(r, "(%zu bytes)", len);
	for (size_t i = 0; i < len && len <= 8000; i++)
		say(r, p[i] < 0x20 || p[i] > 0x7e ? "\\x%02x" : "%c", p[i]);
}

static uint64_t
little_endian(cs_bytes b)
{
	uint64_t v = 0;

	for (size_t i = b.len; i-- > 0; )
		v = v << 8 | b.at[i];
	return v;
}

static void
say_number(struct reading *r, const char *type, size_t size, cs_bytes raw)
{
	assert_int_equal(raw.len, size);
	say(r, "%s %llu", type, (unsigned long long)little_endian(raw));
}

static void
say_value(struct reading *r, const struct cs_value *v)
{
	say(r, " ");
	say_text(r, v->name.at, v->name.len);
	say(r, v->name.len > 0 ? " " : "");
	switch (v->type) {
	case CS_NULL:
		say(r, "null");
		break;
	case CS_UTF8:
		say(r, "\"");
		say_text(r, v->raw.at, v->raw.len);
		say(r, "\"");
		break;
	case CS_U32:
		say_number(r, "u32", 4, v->raw);
		break;
	case CS_U64:
		say_number(r, "u64", 8, v->raw);
		break;
	case CS_I64:
		say_number(r, "i64", 8, v->raw);
		break;
	case CS_DOUBLE:
		say_number(r, "double", 8, v->raw);
		break;
	case CS_BOOL:
		say_number(r, "bool", 4, v->raw);
		break;
	case CS_BINARY:
		say(r, "binary ");
		for (size_t i = 0; i < v->raw.len; i++)
			say(r, "%02x", v->raw.at[i]);
		break;
	default:
		fail_msg("a value of type %d", (int)v->type);
	}
	say(r, "\n");
}

static void
take_record(struct cs_sink *sink, const struct cs_record *rec)
{
	static const char *const kinds[] = {
		[CS_EVENT] = "EVENT", [CS_LINE] = "LINE", [CS_KEY] = "KEY",
		[CS_JSON] = "JSON", [CS_XML] = "XML", [CS_ROW] = "ROW",
	};
	struct reading *r = (struct reading *)sink;

	r->n_records++;
	if (r->len > sizeof(r->text) / 2)
		return;                 /* many records are only counted */
	say(r, "%s %llu [", kinds[rec->kind], (unsigned long long)rec->place.line);
	say_text(r, rec->name.at, rec->name.len);
	say(r, rec->doubtful ? "] doubtful\n" : "]\n");
	for (size_t i = 0; i < rec->n_values; i++)
		if (r->len < sizeof(r->text) / 2)
			say_value(r, &rec->values[i]);
}

/* Reads the bytes as that member; what came out is in r->text. */
static void
read_bytes(struct reading *r, const struct cs_format *format, const char *name,
           const void *bytes, size_t len)
{
	static const char *const kinds[] = {
		[CABSCAN_NOTE_DAMAGED] = "damaged", [CABSCAN_NOTE_LIMIT] = "limit",
		[CABSCAN_NOTE_ENCODING] = "encoding",
	};
	static const uint64_t limits[CABSCAN_N_LIMITS] = {
		[CABSCAN_LIMIT_RECORDS] = 100000,
	};
	struct cs_member member = {
		.name = cs_text_of(name), .bytes = { bytes, len }, .size = len
	};

	r->sink.record = take_record;
	r->text[0] = '\0';
	r->len = 0;
	r->n_records = 0;
	cs_scan_begin(&r->scan, limits);
	format->read(&r->scan, &member, &r->sink);
	for (const struct cs_note *n = r->scan.notes; n; n = n->next)
		say(r, "NOTE %s %llu: %s\n", kinds[n->kind],
		    (unsigned long long)n->place.line, n->text);
	cs_scan_end(&r->scan);
}

static inline void
check_reading(const struct cs_format *format, const char *name,
              const char *text, const char *expect)
{
	static struct reading r;

	read_bytes(&r, format, name, text, strlen(text));
	assert_string_equal(r.text, expect);
}

/* The beginning, n times the part, the end. */
static inline struct reading *
read_repeated(const struct cs_format *format, const char *name,
              const char *begin, const char *part, size_t n, const char *end)
{
	static struct reading r;
	size_t part_len = strlen(part), len = strlen(begin);
	char *text = malloc(len + n * part_len + strlen(end) + 1);

	assert_non_null(text);
	memcpy(text, begin, len);
	for (size_t i = 0; i < n; i++, len += part_len)
		memcpy(text + len, part, part_len);
	memcpy(text + len, end, strlen(end) + 1);
	read_bytes(&r, format, name, text, len + strlen(end));
	free(text);
	return &r;
}

static inline void
check_claim(const struct cs_format *format, const char *name, const char *head,
            size_t len, int expect)
{
	cs_bytes bytes = { (const uint8_t *)head, len };

	if (format->claims(cs_text_of(name), bytes) != expect)
		fail_msg("%s of %s: %d, not %d", format->name, name,
		         format->claims(cs_text_of(name), bytes), expect);
}

#endif
