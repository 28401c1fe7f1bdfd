/*
 * event_mask.c - events --redact: what of a record others may see
 *
 * A record says little of whose it is; its case says more.  So each input is
 * scanned, with the files that belong to it, before its events are written:
 * what that case knows as its own is found in every text.  All other texts are
 * foreign ones.  Numbers up to 32 bits stay, and what Windows calls its own
 * providers, channels and their values.
 */
#include "events.h"
#include "batch.h"

#include <stdlib.h>
#include <string.h>

#define DIGITS 12               /* of a pseudonym */
#define MAX_NAME_DIGITS 6       /* more are a serial number */
#define MAX_DIGITS 10           /* of 32 bits */
#define NO_UNIT SIZE_MAX

/* How a text is judged. */
enum how {
	AS_TEXT, AS_SECRET, AS_PATH, AS_FILE,
	AS_OURS,                /* a word that the library wrote: stays */
	AS_NUMBER,              /* of the record itself: as long as it is one */
	AS_NAME,                /* of a value or an element */
	AS_WINDOWS,             /* a provider or channel */
	AS_NAMESPACE
};

/* ---- cases ----------------------------------------------------------------- */

static int
by_path(const void *x, const void *y)
{
	return strcmp(((const struct mask_input *)x)->path,
	              ((const struct mask_input *)y)->path);
}

bool
masks_open(struct masks *m, const char *const *paths, size_t n)
{
	const char **files = calloc(n + 1, sizeof(*files));
	size_t n_files = 0, room = 0;

	for (size_t i = 0; files && i < n; i++)
		if (strcmp(paths[i], "-") != 0)
			files[n_files++] = paths[i];
	if (files)
		find_units(files, n_files, m->private->redactor, &m->units);
	free(files);
	for (size_t i = 0; i < m->units.n; i++)
		room += m->units.at[i].n;
	m->inputs = calloc(room + 1, sizeof(*m->inputs));
	if (!files || !m->inputs || m->units.out_of_memory)
		return false;
	for (size_t i = 0; i < m->units.n; i++)
		for (size_t k = 0; k < m->units.at[i].n; k++)
			m->inputs[m->n_inputs++] = (struct mask_input){
				m->units.at[i].inputs[k].name, i };
	if (m->n_inputs > 1)
		qsort(m->inputs, m->n_inputs, sizeof(*m->inputs), by_path);
	return true;
}

void
masks_close(struct masks *m)
{
	free_devices(&m->units);
	free(m->inputs);
}

/* False: out of memory. */
static bool
unit_of(const struct masks *m, const char *path, size_t *ret)
{
	char *plain = plain_path(path);
	struct mask_input key = { plain, 0 };
	const struct mask_input *found = NULL;

	if (!plain)
		return false;
	if (m->n_inputs > 0)
		found = bsearch(&key, m->inputs, m->n_inputs, sizeof(key), by_path);
	*ret = found ? found->unit : NO_UNIT;
	free(plain);
	return true;
}

static void
forget_case(struct mask *m)
{
	cabscan_case_free(m->c);
	m->c = NULL;
	m->unit = NO_UNIT;
}

/* A file that could not be read may be the one that says whose the log is. */
static bool
is_whole(const cabscan_case *c, cabscan_error *err)
{
	const cabscan_note *note;

	for (size_t i = 0; (note = cabscan_note_at(c, i)) != NULL; i++)
		if (note->kind == CABSCAN_NOTE_UNREAD) {
			err->status = CABSCAN_EIO;
			snprintf(err->message, sizeof(err->message), "%s", note->text);
			return false;
		}
	return true;
}

/* Nothing that is readable makes no case: then the visit will say so. */
cabscan_status
mask_begin(struct mask *m, cabscan_worker *w, const cabscan_input *in,
           cabscan_error *err)
{
	cabscan_status status = CABSCAN_EFORMAT;
	const struct device *d;
	size_t unit = NO_UNIT;

	if (!in->data && !unit_of(m->all, in->name, &unit)) {
		err->status = CABSCAN_ENOMEM;
		snprintf(err->message, sizeof(err->message), "%s: out of memory",
		         in->name);
		return CABSCAN_ENOMEM;
	}
	d = unit == NO_UNIT ? NULL : &m->all->units.at[unit];
	m->path = in->name;
	if (d && m->c && m->unit == unit)
		return CABSCAN_OK;
	forget_case(m);
	if (d && d->n > 1)
		status = cabscan_worker_scan(w, d->source, d->inputs, d->n, &m->c,
		                             err);
	if (status == CABSCAN_OK && !is_whole(m->c, err)) {
		forget_case(m);
		return CABSCAN_EIO;
	}
	if (status == CABSCAN_OK)
		m->unit = unit;
	else
		status = cabscan_worker_scan(w, in->name, in, 1, &m->c, err);
	return status == CABSCAN_EFORMAT ? CABSCAN_OK : status;
}

void
mask_end(struct mask *m)
{
	forget_case(m);
	buffer_free(&m->plain);
	buffer_free(&m->shown);
	buffer_free(&m->decoded);
}

/* ---- one text -------------------------------------------------------------- */

static const struct { const char *name; enum how how; } of_system[] = {
	{ "EventID", AS_NUMBER }, { "Qualifiers", AS_NUMBER },
	{ "Version", AS_NUMBER }, { "Level", AS_NUMBER }, { "Task", AS_NUMBER },
	{ "Opcode", AS_NUMBER }, { "Keywords", AS_NUMBER },
	{ "EventRecordID", AS_NUMBER }, { "ProcessID", AS_NUMBER },
	{ "ThreadID", AS_NUMBER }, { "ProcessorID", AS_NUMBER },
	{ "SessionID", AS_NUMBER }, { "KernelTime", AS_NUMBER },
	{ "UserTime", AS_NUMBER }, { "ProcessorTime", AS_NUMBER },
	{ "Provider", AS_WINDOWS }, { "Name", AS_WINDOWS },
	{ "EventSourceName", AS_WINDOWS }, { "Channel", AS_WINDOWS },
	{ "Computer", AS_SECRET },
};

static enum how
how_of_system(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(of_system) / sizeof(of_system[0]); i++)
		if (strlen(of_system[i].name) == len &&
		    memcmp(of_system[i].name, name, len) == 0)
			return of_system[i].how;
	return AS_TEXT;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* "4294967296", "0x4000000000000000" */
static bool
is_number(const char *t)
{
	size_t n = strlen(t), i = n > 2 && t[0] == '0' && t[1] == 'x' ? 2 : 0;
	bool hex = i > 0;

	for (; i < n; i++)
		if (!(hex ? is_hex(t[i]) : is_digit(t[i])))
			return false;
	return n > 0 && n <= 20;
}

/* Of such letters, and with few digits. */
static bool
is_name(const char *t, const char *also)
{
	size_t digits = 0;

	for (; *t; t++) {
		bool letter = (*t >= 'a' && *t <= 'z') || (*t >= 'A' && *t <= 'Z');

		digits += is_digit(*t);
		if (!letter && !is_digit(*t) && !strchr(also, *t))
			return false;
	}
	return digits <= MAX_NAME_DIGITS;
}

/* Something that the case knows as its own stood there. */
static bool
has_known(const char *shown)
{
	for (const char *t = shown; (t = strstr(t, "id-")) != NULL; t += 3) {
		size_t n = 0;

		while (n < DIGITS && is_hex(t[3 + n]))
			n++;
		if (n == DIGITS)
			return true;
	}
	return false;
}

static bool
begins(const char *t, const char *with)
{
	return strncmp(t, with, strlen(with)) == 0;
}

/* Of the schema of events. */
static bool
is_markup(const char *name)
{
	static const char *const names[] = {
		"Event", "System", "TimeCreated", "SystemTime", "Guid", "Correlation",
		"ActivityID", "RelatedActivityID", "Execution", "Security", "UserID",
		"EventData", "UserData", "Data", "Binary", "RenderingInfo",
		"Culture", "Message", "Keyword", "xmlns",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return how_of_system(name, strlen(name)) != AS_TEXT;
}

static bool
is_of_windows(const char *name)
{
	return begins(name, "Microsoft-") && is_name(name, "_./ -");
}

/* Whether it stays as it is, if nothing in it is the case's own. */
static bool
may_stay(const struct mask *m, enum how how, const char *t)
{
	switch (how) {
	case AS_NAME:
		return is_markup(t) || (m->of_windows && is_name(t, "_./@:-"));
	case AS_WINDOWS:
		return is_of_windows(t);
	case AS_NAMESPACE:
		return (begins(t, "http://schemas.microsoft.com/") ||
		        begins(t, "http://manifests.microsoft.com/")) &&
		       is_name(t, "_./:-");
	default:
		return false;
	}
}

static void
fill(struct buffer *b, const char *text, size_t len)
{
	b->len = 0;
	buffer_put(b, text, len);
	buffer_put(b, "", 1);
}

static const char *
redact(struct mask *m, cabscan_text_kind kind, const char *text)
{
	char *shown = cabscan_redact(m->all->private->redactor, m->c, kind, text);

	if (shown)
		fill(&m->shown, shown, strlen(shown));
	else
		m->shown.full = true;
	cabscan_redact_free(shown);
	return m->shown.full ? "" : m->shown.at;
}

/* Lives until the next call.  Out of memory: "", and the mask knows. */
static const char *
masked(struct mask *m, enum how how, const char *text, size_t len)
{
	/* What is no name must become one: a pseudonym is. */
	static const cabscan_text_kind kinds[] = {
		[AS_TEXT] = CABSCAN_TEXT_FOREIGN, [AS_SECRET] = CABSCAN_TEXT_SECRET,
		[AS_PATH] = CABSCAN_TEXT_PATH, [AS_FILE] = CABSCAN_TEXT_FILE,
		[AS_NUMBER] = CABSCAN_TEXT_FOREIGN, [AS_NAME] = CABSCAN_TEXT_SECRET,
		[AS_WINDOWS] = CABSCAN_TEXT_FOREIGN,
		[AS_NAMESPACE] = CABSCAN_TEXT_FOREIGN,
	};

	fill(&m->plain, text, len);
	if (m->plain.full)
		return "";
	if (!*m->plain.at || how == AS_OURS || (how == AS_NUMBER && is_number(m->plain.at)))
		return m->plain.at;
	if (may_stay(m, how, m->plain.at) &&
	    !has_known(redact(m, CABSCAN_TEXT_MODEL, m->plain.at)))
		return m->plain.at;
	return redact(m, kinds[how], m->plain.at);
}

void
mask_record(struct mask *m, const cabscan_record *r)
{
	fill(&m->plain, r->provider.at, r->provider.len);
	m->of_windows = !m->plain.full && is_of_windows(m->plain.at);
}

const char *
mask_text(struct mask *m, cabscan_text t)
{
	return masked(m, AS_TEXT, t.at, t.len);
}

const char *
mask_name(struct mask *m, cabscan_text t)
{
	return masked(m, AS_NAME, t.at, t.len);
}

const char *
mask_source(struct mask *m, cabscan_text t)
{
	return masked(m, AS_WINDOWS, t.at, t.len);
}

const char *
mask_computer(struct mask *m, cabscan_text t)
{
	return masked(m, AS_SECRET, t.at, t.len);
}

/* A path of the user's, or a member's name. */
const char *
mask_log(struct mask *m, const char *log)
{
	bool path = !m->path || strcmp(log, m->path) == 0;

	while (path && log[0] == '.' && (log[1] == '/' || log[1] == '\\') && log[2])
		log += 2;
	return masked(m, path ? AS_PATH : AS_FILE, log, strlen(log));
}

bool
mask_failed(const struct mask *m)
{
	return m->plain.full || m->shown.full || m->decoded.full;
}

/* ---- JSON: cabscan-event/1 ------------------------------------------------- */

struct json_walk {
	struct mask *m;
	struct buffer *to;
	const char *at, *end;
	bool in_system, in_data;
};

/* The string at w->at, with its quotes. */
static cabscan_text
json_token(struct json_walk *w)
{
	cabscan_text t = { w->at++, 0 };

	while (w->at < w->end && *w->at != '"')
		w->at += *w->at == '\\' ? 2 : 1;
	w->at += w->at < w->end;
	if (w->at > w->end)
		w->at = w->end;
	t.len = (size_t)(w->at - t.at);
	return t;
}

static void
put_utf8(struct buffer *b, unsigned c)
{
	char t[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n; i-- > 1; c >>= 6)
		t[i] = (char)(0x80 | (c & 0x3f));
	t[0] = (char)(n == 1 ? c : (0xf00u >> n & 0xff) | c);
	buffer_put(b, t, n);
}

static unsigned
hex4(const char *t)
{
	unsigned n = 0;

	for (size_t i = 0; i < 4; i++)
		n = n << 4 | (unsigned)(is_digit(t[i]) ? t[i] - '0'
		                        : is_hex(t[i]) ? (t[i] | 0x20) - 'a' + 10 : 0);
	return n;
}

/* What a backslash begins; returns its bytes.  Not from jansson, which ends the
 * program where memory lacks: a file that is being written would stay. */
static size_t
put_escape(struct buffer *b, const char *at, size_t len)
{
	static const char letters[] = "bfnrt", means[] = "\b\f\n\r\t";
	const char *letter = len > 1 ? strchr(letters, at[1]) : NULL;
	bool number = len >= 6 && at[1] == 'u';
	unsigned c = number ? hex4(at + 2) : 0, low = 0;

	if (number && c >= 0xd800 && c < 0xdc00 && len >= 12 && at[6] == '\\')
		low = hex4(at + 8);
	if (low >= 0xdc00 && low < 0xe000)
		c = 0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00));
	if (number)
		put_utf8(b, c ? c : 0xfffd);
	else if (letter && *letter)
		buffer_put(b, &means[letter - letters], 1);
	else if (len > 1)
		buffer_put(b, at + 1, 1);
	return c >= 0x10000 ? 12 : number ? 6 : len > 1 ? 2 : 1;
}

/* A string without its quotes. */
static cabscan_text
decoded(struct mask *m, cabscan_text token)
{
	struct buffer *b = &m->decoded;
	const char *at = token.at + 1;
	size_t len = token.len > 2 ? token.len - 2 : 0, n;

	b->len = 0;
	for (size_t i = 0; i < len; i += n) {
		const char *next = memchr(at + i, '\\', len - i);

		if (next == at + i) {
			n = put_escape(b, next, len - i);
		} else {
			n = next ? (size_t)(next - at) - i : len - i;
			buffer_put(b, at + i, n);
		}
	}
	buffer_put(b, "", 1);
	return (cabscan_text){ b->full ? "" : b->at, b->full ? 0 : b->len - 1 };
}

static void
put_json_text(struct buffer *b, const char *text)
{
	cabscan_text t = { text, strlen(text) };
	char *to = buffer_room(b, CABSCAN_JSON_ROOM(t.len));

	if (to)
		b->len += cabscan_text_json(t, to);
}

/* An integer of 32 bits, or no number at all but true, false or null. */
static bool
is_small(const char *t, size_t len)
{
	size_t sign = *t == '-', i = sign;

	if (!is_digit(t[sign]))
		return true;
	while (i < len && is_digit(t[i]))
		i++;
	return i == len && len - sign <= MAX_DIGITS;
}

/* Small ones of a value are codes and counts, unless the case knows better. */
static void
put_json_number(struct json_walk *w)
{
	const char *begin = w->at, *shown = begin;
	size_t n = 0;

	while (begin + n < w->end && !strchr(",]}", begin[n]))
		n++;
	w->at += n;
	if (w->in_data) {
		shown = masked(w->m, AS_TEXT, begin, n);
		if ((strlen(shown) == n && memcmp(shown, begin, n) == 0) ||
		    (is_small(begin, n) && !has_known(shown)))
			shown = begin;
	}
	if (shown == begin)
		buffer_put(w->to, begin, n);
	else
		put_json_text(w->to, shown);
}

static void
put_json_string(struct json_walk *w, enum how how, bool is_log)
{
	cabscan_text token = json_token(w), text = decoded(w->m, token);

	put_json_text(w->to, is_log ? mask_log(w->m, text.at)
	                            : masked(w->m, how, text.at, text.len));
}

static bool
is_key(cabscan_text token, const char *key)
{
	return token.len == strlen(key) + 2 &&
	       memcmp(token.at + 1, key, strlen(key)) == 0;
}

/* A key; how its value is judged. */
static enum how
put_json_key(struct json_walk *w, bool *is_log)
{
	cabscan_text token = json_token(w), key;

	*is_log = false;
	if (w->in_data) {
		key = decoded(w->m, token);
		put_json_text(w->to, masked(w->m, AS_NAME, key.at, key.len));
		return AS_TEXT;
	}
	buffer_put(w->to, token.at, token.len);
	if (w->in_system)
		return how_of_system(token.at + 1, token.len - 2);
	*is_log = is_key(token, "log");
	w->in_system = is_key(token, "System");
	w->in_data = is_key(token, "Data");
	return is_key(token, "origin") ? AS_OURS : AS_TEXT;
}

void
put_masked_json(struct buffer *b, struct mask *m, cabscan_text json,
                bool data_alone)
{
	struct json_walk w = { m, b, json.at, json.at + json.len, false,
	                       data_alone };
	enum how how = AS_TEXT;
	bool value = false, is_log = false;
	unsigned lists = 0;

	while (w.at < w.end) {
		char c = *w.at;

		if (c == '"' && (value || lists > 0)) {
			put_json_string(&w, how, is_log);
			value = false;
		} else if (c == '"') {
			how = put_json_key(&w, &is_log);
		} else if (is_digit(c) || c == '-' || (c >= 'a' && c <= 'z')) {
			put_json_number(&w);
			value = false;
		} else {
			lists += c == '[';
			lists -= c == ']';
			value = c == ':' || (value && c != '{' && c != '[');
			if (c == '}')
				w.in_system = w.in_data = false;
			buffer_put(b, &c, 1);
			w.at++;
		}
	}
	b->full |= mask_failed(m);
}

/* ---- XML ------------------------------------------------------------------- */

struct xml_walk {
	struct mask *m;
	struct buffer *to;
	const char *at, *end;
	bool in_system;
	enum how how;                   /* of the text that comes, which is judged
	                                 * as a whole: a comment in it hides nothing */
};

/* One of the five entities, or the number of a character; returns its bytes,
 * 0: it is none. */
static size_t
put_entity(struct buffer *b, const char *at, size_t len)
{
	static const struct { const char *name; char c; } entities[] = {
		{ "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' },
		{ "&quot;", '"' }, { "&apos;", '\'' },
	};
	bool hex = len > 3 && at[1] == '#' && at[2] == 'x';
	size_t n = hex ? 3 : 2;
	unsigned c = 0;

	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
		if (len >= strlen(entities[i].name) &&
		    memcmp(at, entities[i].name, strlen(entities[i].name)) == 0) {
			buffer_put(b, &entities[i].c, 1);
			return strlen(entities[i].name);
		}
	if (len < 4 || at[1] != '#')
		return 0;
	for (; n < len && is_hex(at[n]) && c < 0x110000; n++)
		c = c * (hex ? 16 : 10) + (unsigned)(is_digit(at[n]) ? at[n] - '0'
		                           : (at[n] | 0x20) - 'a' + 10);
	if (n == len || at[n] != ';' || c == 0 || c > 0x10ffff)
		return 0;
	put_utf8(b, c);
	return n + 1;
}

static void
put_without_entities(struct buffer *b, const char *at, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i += n) {
		const char *next = memchr(at + i, '&', len - i);

		n = next == at + i ? put_entity(b, next, len - i) : 0;
		if (n == 0) {
			n = next && next > at + i ? (size_t)(next - at) - i
			  : next ? 1 : len - i;
			buffer_put(b, at + i, n);
		}
	}
}

static void
put_xml_text(struct buffer *b, const char *t)
{
	size_t len = strlen(t);

	while (len > 0) {
		unsigned c;
		size_t n = text_character(t, len, &c);
		char number[16];

		if (strchr("&<>\"", *t) || (is_unshown(c) && *t != '\n' &&
		                            *t != '\t')) {
			snprintf(number, sizeof(number), "&#%u;",
			         c == 0 || (c < 0x20 && c != '\r') ? '?' : c);
			buffer_put(b, number, strlen(number));
		} else {
			buffer_put(b, t, n);
		}
		t += n;
		len -= n;
	}
}

/* The text that was gathered, and no more of it. */
static void
put_gathered(struct xml_walk *w, enum how how)
{
	struct buffer *b = &w->m->decoded;

	if (b->len > 0 && !b->full)
		put_xml_text(w->to, masked(w->m, how, b->at, b->len));
	b->len = 0;
}

static void
put_masked_text(struct xml_walk *w, enum how how, const char *at, size_t len)
{
	w->m->decoded.len = 0;
	put_without_entities(&w->m->decoded, at, len);
	put_gathered(w, how);
}

static size_t
name_length(const char *at, const char *end)
{
	size_t n = 0;

	while (at + n < end && (unsigned char)at[n] > 0x20 &&
	       !strchr("=/>\"'", at[n]))
		n++;
	return n;
}

/* Without the prefix of its namespace. */
static cabscan_text
local_name(const char *name, size_t len)
{
	const char *colon = memchr(name, ':', len);
	size_t prefix = colon ? (size_t)(colon - name) + 1 : 0;

	return (cabscan_text){ name + prefix, len - prefix };
}

static bool
is_called(cabscan_text t, const char *name)
{
	return t.len == strlen(name) && memcmp(t.at, name, t.len) == 0;
}

static void
skip_blanks(struct xml_walk *w)
{
	while (w->at < w->end && (unsigned char)*w->at <= 0x20)
		w->at++;
}

static enum how
how_of_attribute(const struct xml_walk *w, cabscan_text element,
                 const char *name, size_t len)
{
	if (len >= 5 && memcmp(name, "xmlns", 5) == 0)
		return AS_NAMESPACE;
	if (w->in_system)
		return how_of_system(name, len);
	return is_called(element, "Data") && len == 4 &&
	       memcmp(name, "Name", 4) == 0 ? AS_NAME : AS_TEXT;
}

static void
put_attribute(struct xml_walk *w, cabscan_text element)
{
	const char *name = w->at, *value, *close;
	size_t len = name_length(name, w->end);

	w->at += len;
	skip_blanks(w);
	if (w->at == w->end || *w->at != '=')
		return;
	w->at++;
	skip_blanks(w);
	value = w->at + 1;
	close = w->at < w->end && (*w->at == '"' || *w->at == '\'')
	      ? memchr(value, *w->at, (size_t)(w->end - value)) : NULL;
	if (!close) {
		w->at = w->end;
		return;
	}
	buffer_put(w->to, " ", 1);
	put_masked_text(w, AS_NAME, name, len);
	buffer_put(w->to, "=\"", 2);
	put_masked_text(w, how_of_attribute(w, element, name, len), value,
	                (size_t)(close - value));
	buffer_put(w->to, "\"", 1);
	w->at = close + 1;
}

/* <name ...>, <name .../> or </name> */
static void
put_tag(struct xml_walk *w)
{
	bool ends = w->at + 1 < w->end && w->at[1] == '/';
	const char *name = w->at + 1 + ends;
	size_t len = name_length(name, w->end);
	cabscan_text element = local_name(name, len);

	buffer_put(w->to, "</", 1 + ends);
	put_masked_text(w, AS_NAME, name, len);
	w->in_system |= !ends && is_called(element, "System");
	w->how = ends || !w->in_system ? AS_TEXT
	       : how_of_system(element.at, element.len);
	w->at = name + len;
	while (w->at < w->end && *w->at != '>') {
		const char *before = w->at;

		if (*w->at == '/' || (unsigned char)*w->at <= 0x20) {
			if (*w->at == '/') {
				buffer_put(w->to, "/", 1);
				w->how = AS_TEXT;
			}
			w->at++;
		} else {
			put_attribute(w, element);
			w->at += w->at == before;
		}
	}
	buffer_put(w->to, ">", 1);
	w->at += w->at < w->end;
	w->in_system &= !(ends && is_called(element, "System"));
}

static bool
stands_at(const char *at, const char *end, const char *what)
{
	size_t n = strlen(what);

	return (size_t)(end - at) >= n && memcmp(at, what, n) == 0;
}

/* Comments and instructions are left out; CDATA becomes text. */
static bool
gather_special(struct xml_walk *w)
{
	static const struct { const char *begin, *end; } specials[] = {
		{ "<![CDATA[", "]]>" }, { "<!--", "-->" }, { "<?", "?>" },
	};

	for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++) {
		const char *from, *to;

		if (!stands_at(w->at, w->end, specials[i].begin))
			continue;
		from = to = w->at + strlen(specials[i].begin);
		while (to < w->end && !stands_at(to, w->end, specials[i].end))
			to++;
		if (i == 0)
			buffer_put(&w->m->decoded, from, (size_t)(to - from));
		w->at = to < w->end ? to + strlen(specials[i].end) : to;
		return true;
	}
	return false;
}

void
put_masked_xml(struct buffer *b, struct mask *m, cabscan_text xml)
{
	struct xml_walk w = { m, b, xml.at, xml.at + xml.len, false, AS_TEXT };

	m->decoded.len = 0;
	while (w.at < w.end) {
		const char *tag = memchr(w.at, '<', (size_t)(w.end - w.at));
		size_t n = (size_t)((tag ? tag : w.end) - w.at);

		put_without_entities(&m->decoded, w.at, n);
		w.at += n;
		if (w.at < w.end && gather_special(&w))
			continue;
		put_gathered(&w, w.how);
		if (w.at < w.end)
			put_tag(&w);
	}
	put_gathered(&w, w.how);
	b->full |= mask_failed(m);
}
