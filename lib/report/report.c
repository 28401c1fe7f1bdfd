#include "report/report.h"

#include <stdio.h>
#include <string.h>

void
cs_out_bytes(struct cs_out *o, const char *bytes, size_t len)
{
	if (!o->failed && len > 0 && o->write(o->user, bytes, len) != 0)
		o->failed = 1;
}

void
cs_out(struct cs_out *o, const char *text)
{
	cs_out_bytes(o, text, strlen(text));
}

/* How many bytes of the (valid) UTF-8 at p are not to be shown: C0 and C1
 * controls, DEL, and U+061C, U+200E/F, U+2028-202E, U+2066-2069. */
static size_t
unshown(const unsigned char *p)
{
	if (p[0] < 0x20 || p[0] == 0x7f)
		return 1;
	if ((p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) ||
	    (p[0] == 0xd8 && p[1] == 0x9c))
		return 2;
	if (p[0] == 0xe2 && p[1] == 0x80 &&
	    (p[2] == 0x8e || p[2] == 0x8f || (p[2] >= 0xa8 && p[2] <= 0xae)))
		return 3;
	if (p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9)
		return 3;
	return 0;
}

void
cs_out_plain(struct cs_out *o, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	const unsigned char *from = p;

	while (*p) {
		size_t n = unshown(p);

		if (n == 0) {
			p++;
			continue;
		}
		cs_out_bytes(o, (const char *)from, (size_t)(p - from));
		cs_out(o, *p == '\n' || *p == '\t' || *p == '\r' ? " "
		                                                 : "\xef\xbf\xbd");
		p += n;
		from = p;
	}
	cs_out_bytes(o, (const char *)from, (size_t)(p - from));
}

/* In JSON such characters stand in strings alone, so each has an escape. */
static void
out_escaped(struct cs_out *o, const unsigned char *p, size_t n)
{
	unsigned c = n == 1 ? p[0]
	           : n == 2 ? (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu)
	           : (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
	char text[8];

	snprintf(text, sizeof(text), "\\u%04x", c);
	cs_out(o, text);
}

void
cs_out_json(struct cs_out *o, const char *json, size_t len)
{
	const unsigned char *p = (const unsigned char *)json, *end = p + len;
	const unsigned char *from = p;

	while (p < end) {
		size_t n = *p == '\n' ? 0 : unshown(p);

		if (n > 0) {
			cs_out_bytes(o, (const char *)from, (size_t)(p - from));
			out_escaped(o, p, n);
			from = p + n;
		}
		p += n ? n : 1;
	}
	cs_out_bytes(o, (const char *)from, (size_t)(p - from));
}

static const char *const formats[] = { "text", "json", "ndjson", "facts" };

const char *
cabscan_report_format(size_t i)
{
	return i < sizeof(formats) / sizeof(formats[0]) ? formats[i] : NULL;
}

static cabscan_status
result(cabscan_error *err, cabscan_status status, const char *what,
       const char *why)
{
	if (err) {
		err->status = status;
		snprintf(err->message, sizeof(err->message), "%s: %s", what, why);
	}
	return status;
}

cabscan_status
cabscan_report(const cabscan_case *c, const char *format,
               cabscan_write_fn *write, void *user, cabscan_error *err)
{
	struct cs_out o = { write, user, 0 };
	const char *source = cabscan_case_source(c);
	int enough = 1;

	if (strcmp(format, "text") == 0)
		cs_report_text(c, &o);
	else if (strcmp(format, "facts") == 0)
		cs_report_facts(c, &o);
	else if (strcmp(format, "json") == 0)
		enough = cs_report_json(c, &o, 0);
	else if (strcmp(format, "ndjson") == 0)
		enough = cs_report_json(c, &o, 1);
	else
		return result(err, CABSCAN_EUSAGE, format, "no such format");
	if (!enough)
		return result(err, CABSCAN_ENOMEM, source, "out of memory");
	if (o.failed)
		return result(err, CABSCAN_EWRITE, source,
		              "its report could not be written");
	return CABSCAN_OK;
}
