/*
 * docxml.c - XML reports: MDMDiagReport.xml, OA3Tool's decoded hash, msinfo32
 *
 * The element at the top says which it is, and so what its records are:
 *   MDMEnterpriseDiagnosticsReport   an element that holds elements is an XML
 *                                    record, of those that hold text alone
 *   HardwareReport                   its <p n= v=> are the row of a hash
 *   MsInfo                           each Data is a line, a tab between its
 *                                    two texts, under the name of its Category;
 *                                    the elements' names differ by language
 *
 * A report is read as it comes: what was whole before damage, a cut or a limit
 * is handed out.  None of them has a DOCTYPE; at one, reading ends, so no
 * entity but the five of XML exists and nothing outside is ever asked for.
 */
#include "read/eventspan.h"
#include "read/formats.h"
#include "read/placexml.h"
#include "read/wholetext.h"
#include "base/utf.h"

#include <expat.h>

/* Bytes that expat is given at once, and those that may come without that it
 * says anything: one tag or comment. */
#define PIECE_BYTES 65536
#define MAX_TOKEN_BYTES MIB

#define MAX_PATH 2048

enum report { MDM, HARDWARE, SYSTEM };

static const struct {
	const char *root;
	enum report report;
} reports[] = {
	{ "MDMEnterpriseDiagnosticsReport", MDM },
	{ "HardwareReport", HARDWARE },
	{ "MsInfo", SYSTEM },
};
#define N_REPORTS (sizeof(reports) / sizeof(*reports))

/* A value: its name and text lie in 'bytes'. */
struct item {
	size_t name, name_len, text, text_len;
};

/* An element that is open.  What it holds lies at the end of 'items' and of
 * 'bytes', and goes when it closes. */
struct frame {
	size_t path_len;                /* with its name */
	size_t bytes, name_len, text;
	size_t first;                   /* of its items */
	size_t n_attributes;
	bool has_child;
	struct cs_place place;
};

struct reader {
	struct cs_scan *scan;
	struct cs_sink *sink;
	struct cs_whole whole;
	XML_Parser parser;
	enum report report;
	struct frame frames[MAX_XML_DEPTH];
	unsigned depth;
	struct item items[MAX_EVENT_VALUES];
	size_t n_items;
	char path[MAX_PATH];
	char *bytes;                    /* MAX_EVENT_BYTES */
	size_t n_bytes;
	bool too_many, too_long, full;  /* full: no more records are wanted */
	const char *given_up;           /* why; NULL: it was not */
};

static void
give_up(struct reader *r, const char *why)
{
	if (r->given_up)
		return;
	r->given_up = why;
	XML_StopParser(r->parser, XML_FALSE);
}

static void
no_memory(struct reader *r)
{
	r->scan->arena.full = true;
	give_up(r, "no memory left");
}

/* Mended text has other offsets; they stay inside the member. */
static struct cs_place
place_of(struct reader *r)
{
	int64_t at = cs_expat_offset(r->parser);
	size_t index = at > 0 ? (size_t)at : 0;
	struct cs_place place;

	if (index > r->whole.text.len)
		index = r->whole.text.len;
	place = cs_whole_place(&r->whole, r->whole.text.at + index);
	if (place.offset > r->whole.member->bytes.len)
		place.offset = r->whole.member->bytes.len;
	return place;
}

/* ---- what is kept of open elements ---------------------------------------- */

static bool
add_bytes(struct reader *r, const char *at, size_t len)
{
	if (len > MAX_EVENT_BYTES - r->n_bytes) {
		give_up(r, "open elements with more than 4 MiB of text");
		return false;
	}
	if (len > 0)
		memcpy(r->bytes + r->n_bytes, at, len);
	r->n_bytes += len;
	return true;
}

static bool
add_item(struct reader *r, struct item item)
{
	if (r->n_items == MAX_EVENT_VALUES) {
		r->too_many = true;
		return false;
	}
	r->items[r->n_items++] = item;
	return true;
}

static cs_text
text_at(const struct reader *r, size_t at, size_t len)
{
	return (cs_text){ r->bytes + at, len };
}

static cs_text
item_name(const struct reader *r, size_t i)
{
	return text_at(r, r->items[i].name, r->items[i].name_len);
}

static cs_text
item_text(const struct reader *r, size_t i)
{
	return cs_trim(text_at(r, r->items[i].text, r->items[i].text_len));
}

/* ---- records -------------------------------------------------------------- */

static struct cs_value
value_of(cs_text name, cs_text text)
{
	return (struct cs_value){
		.name = name, .type = text.len > 0 ? CS_UTF8 : CS_NULL,
		.raw = { (const uint8_t *)text.at, text.len },
	};
}

static void
hand_out(struct reader *r, struct cs_record *record)
{
	if (!r->full && !cs_hand_out(r->scan, r->sink, record)) {
		r->full = true;
		give_up(r, "the limit on records");
	}
}

static void
hand_out_element(struct reader *r, const struct frame *f)
{
	size_t n = r->n_items - f->first;
	struct cs_value *values;
	struct cs_record record = {
		.kind = r->report == HARDWARE ? CS_ROW : CS_XML,
		.name = r->report == HARDWARE ? CS_TEXT("hash")
		      : (cs_text){ r->path, f->path_len },
		.output = CS_TEXT(""), .place = f->place, .n_values = n,
	};

	if (n == 0)
		return;
	cs_arena_reset(&r->scan->scratch);
	values = cs_alloc_n(&r->scan->scratch, n, sizeof(*values));
	if (!values) {
		no_memory(r);
		return;
	}
	for (size_t i = 0; i < n; i++)
		values[i] = value_of(item_name(r, f->first + i),
		                     item_text(r, f->first + i));
	record.values = values;
	hand_out(r, &record);
}

/* The name of the innermost Category around. */
static cs_text
category(const struct reader *r)
{
	for (unsigned d = r->depth; d-- > 0; ) {
		const struct frame *f = &r->frames[d];

		if (f->n_attributes > 0 &&
		    cs_same(item_name(r, f->first), CS_TEXT("@name")))
			return item_text(r, f->first);
	}
	return CS_TEXT("");
}

/* Item and value, however the language calls them. */
static void
hand_out_pair(struct reader *r, const struct frame *f)
{
	cs_text label, text;
	struct cs_value values[2];
	struct cs_record record = {
		.kind = CS_LINE, .name = category(r), .place = f->place,
		.output = CS_TEXT("msinfo32"), .values = values, .n_values = 2,
	};
	char *line;

	if (r->n_items - f->first < 2 || f->n_attributes > 0)
		return;
	label = item_text(r, f->first);
	text = item_text(r, f->first + 1);
	cs_arena_reset(&r->scan->scratch);
	if (label.len == 0)
		return;
	line = cs_alloc(&r->scan->scratch, label.len + 1 + text.len);
	if (!line) {
		no_memory(r);
		return;
	}
	memcpy(line, label.at, label.len);
	line[label.len] = '\t';
	if (text.len > 0)
		memcpy(line + label.len + 1, text.at, text.len);
	values[0] = value_of(CS_TEXT(""),
	                     (cs_text){ line, label.len + 1 + text.len });
	values[1] = value_of(label, text);
	hand_out(r, &record);
}

static void
close_element(struct reader *r, const struct frame *f)
{
	if (r->report == SYSTEM)
		hand_out_pair(r, f);
	else
		hand_out_element(r, f);
	r->n_items = f->first;
	r->n_bytes = f->bytes;
}

/* ---- what expat says ------------------------------------------------------ */

static cs_text
without_prefix(const XML_Char *name)
{
	cs_text t = cs_text_of(name);
	const char *colon = memchr(t.at, ':', t.len);

	if (!colon)
		return t;
	return (cs_text){ colon + 1, t.len - (size_t)(colon - t.at) - 1 };
}

static bool
enter(struct reader *r, cs_text name)
{
	size_t before = r->depth ? r->frames[r->depth - 1].path_len : 0;
	size_t len = before + (before > 0) + name.len;

	if (r->depth == MAX_XML_DEPTH) {
		give_up(r, "more than 64 levels of elements");
		return false;
	}
	if (len > sizeof(r->path)) {
		give_up(r, "names of elements that are too long together");
		return false;
	}
	if (before > 0)
		r->path[before] = '/';
	memcpy(r->path + len - name.len, name.at, name.len);
	if (before > 0)
		r->frames[r->depth - 1].has_child = true;
	r->frames[r->depth++] = (struct frame){
		.path_len = len, .bytes = r->n_bytes, .name_len = name.len,
		.first = r->n_items, .place = place_of(r),
	};
	return add_bytes(r, name.at, name.len);
}

static void
add_attribute(struct reader *r, struct frame *f, cs_text name, cs_text value)
{
	struct item item = { r->n_bytes, name.len + 1,
	                     r->n_bytes + name.len + 1, value.len };

	if (cs_starts_caseless(name, CS_TEXT("xmlns")))
		return;
	if (add_bytes(r, "@", 1) && add_bytes(r, name.at, name.len) &&
	    add_bytes(r, value.at, value.len) && add_item(r, item))
		f->n_attributes++;
}

static void XMLCALL
on_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
	struct reader *r = user;
	struct frame *f;

	if (r->given_up || !enter(r, without_prefix(name)))
		return;
	f = &r->frames[r->depth - 1];
	for (; attributes[0] && !r->given_up; attributes += 2)
		add_attribute(r, f, cs_text_of(attributes[0]),
		              cs_text_of(attributes[1]));
	f->text = r->n_bytes;
}

static void XMLCALL
on_text(void *user, const XML_Char *piece, int len)
{
	struct reader *r = user;
	struct frame *f = r->depth ? &r->frames[r->depth - 1] : NULL;

	if (r->given_up || !f || f->has_child)
		return;
	if (r->n_bytes - f->text + (size_t)len > MAX_VALUE_BYTES) {
		r->too_long = true;
		return;
	}
	add_bytes(r, piece, (size_t)len);
}

/* <p n="NAME" v="VALUE"/> becomes a value of what is around it. */
static bool
pair_of_attributes(struct reader *r, const struct frame *f, struct item *ret)
{
	bool name = false, value = false;

	for (size_t i = f->first; i < f->first + f->n_attributes; i++) {
		const struct item *item = &r->items[i];

		if (cs_same(item_name(r, i), CS_TEXT("@n"))) {
			ret->name = item->text;
			ret->name_len = item->text_len;
			name = true;
		} else if (cs_same(item_name(r, i), CS_TEXT("@v"))) {
			ret->text = item->text;
			ret->text_len = item->text_len;
			value = true;
		}
	}
	return name && value;
}

/* An element without elements is a value of the one around it. */
static void
close_leaf(struct reader *r, const struct frame *f)
{
	struct item item = { f->bytes, f->name_len, f->text, r->n_bytes - f->text };

	if (r->report == HARDWARE && !pair_of_attributes(r, f, &item))
		item.name_len = 0;
	if (r->report == MDM && f->n_attributes > 0) {
		item.name_len = 0;              /* the text, behind them */
		if (item.text_len > 0)
			add_item(r, item);
		close_element(r, f);
		return;
	}
	r->n_items = f->first;
	if (r->depth == 0 || (r->report == HARDWARE && item.name_len == 0) ||
	    !add_item(r, item))
		r->n_bytes = f->bytes;
}

static void XMLCALL
on_end(void *user, const XML_Char *name)
{
	struct reader *r = user;
	struct frame f;

	(void)name;
	if (r->given_up || r->depth == 0)
		return;
	f = r->frames[--r->depth];
	if (f.has_child)
		close_element(r, &f);
	else
		close_leaf(r, &f);
}

static void XMLCALL
on_doctype(void *user, const XML_Char *name, const XML_Char *system,
           const XML_Char *public, int internal)
{
	(void)name;
	(void)system;
	(void)public;
	(void)internal;
	give_up(user, "a DOCTYPE, which no such report has");
}

/* ---- one report ----------------------------------------------------------- */

static void
note_end(struct reader *r)
{
	enum XML_Error error = XML_GetErrorCode(r->parser);
	struct cs_place place = place_of(r);

	if (error == XML_ERROR_NO_MEMORY)
		no_memory(r);
	if (r->full || r->scan->arena.full)
		return;
	if (r->given_up)
		cs_note(r->scan, CABSCAN_NOTE_LIMIT, place,
		        "the report is not read further: %s", r->given_up);
	else if (error != XML_ERROR_NONE)
		cs_note(r->scan, CABSCAN_NOTE_DAMAGED, place,
		        "the report is not read further: %s",
		        XML_ErrorString(error));
	if (r->too_many)
		cs_note(r->scan, CABSCAN_NOTE_LIMIT, place,
		        "an element with more than %d values; the first are used",
		        MAX_EVENT_VALUES);
	if (r->too_long)
		cs_note(r->scan, CABSCAN_NOTE_LIMIT, place,
		        "a text of more than %llu bytes is cut",
		        (unsigned long long)MAX_VALUE_BYTES);
}

static void
parse(struct reader *r)
{
	cs_text t = r->whole.text;
	enum XML_Status status = XML_STATUS_OK;

	for (size_t at = 0; status == XML_STATUS_OK && !r->given_up; ) {
		size_t n = t.len - at < PIECE_BYTES ? t.len - at : PIECE_BYTES;
		int64_t said;

		status = XML_Parse(r->parser, t.at + at, (int)n, at + n == t.len);
		at += n;
		if (at == t.len)
			break;
		said = cs_expat_offset(r->parser);
		if (said < 0 || at - (size_t)said > MAX_TOKEN_BYTES)
			give_up(r, "a tag or comment of more than 1 MiB");
	}
	note_end(r);
	/* What was open holds values that were whole. */
	while (r->depth > 0) {
		struct frame f = r->frames[--r->depth];

		if (f.has_child)
			close_element(r, &f);
		else
			r->n_items = f.first;
	}
}

static cs_text
root_of(cs_text head)
{
	while (head.len > 0) {
		cs_text t, name;

		cs_cut(&head, '<');
		t = head;
		if (t.len == 0 || t.at[0] == '?' || t.at[0] == '!')
			continue;
		name = (cs_text){ t.at, 0 };
		while (name.len < t.len && !strchr(" \t\r\n/>", t.at[name.len]))
			name.len++;
		return name;
	}
	return CS_TEXT("");
}

static bool
report_of(cs_text head, enum report *ret)
{
	cs_text root = root_of(head);

	for (size_t i = 0; i < N_REPORTS; i++)
		if (cs_same(root, cs_text_of(reports[i].root))) {
			*ret = reports[i].report;
			return true;
		}
	return false;
}

/* What a command says before its report is no part of it. */
static void
skip_preface(struct cs_whole *w)
{
	size_t n = 0;

	for (; n < w->text.len && w->text.at[n] != '<'; n++)
		w->line += w->text.at[n] == '\n';
	w->text = (cs_text){ w->text.at + n, w->text.len - n };
	w->mark += w->utf16 ? n * 2 : n;
}

static void
read_report(struct reader *r)
{
	size_t bad = 0;
	cs_text head;

	skip_preface(&r->whole);
	head = r->whole.text;

	r->whole.text = cs_clean_utf8(&r->whole.arena, r->whole.text, NULL);
	r->whole.text = cs_mend_xml(&r->whole.arena, r->whole.text, &bad);
	if (r->whole.arena.full) {
		no_memory(r);
		return;
	}
	if (bad > 0)
		cs_note(r->scan, CABSCAN_NOTE_ENCODING,
		        (struct cs_place){ .member = r->whole.member },
		        "%zu characters that XML cannot hold, shown as U+FFFD", bad);
	if (head.len > CABSCAN_HEAD_BYTES)
		head.len = CABSCAN_HEAD_BYTES;
	/* Claimed by its name alone, it may have lost its beginning. */
	if (!report_of(head, &r->report))
		r->report = MDM;
	XML_SetUserData(r->parser, r);
	XML_SetElementHandler(r->parser, on_start, on_end);
	XML_SetCharacterDataHandler(r->parser, on_text);
	XML_SetStartDoctypeDeclHandler(r->parser, on_doctype);
	parse(r);
}

static void
read_xml(struct cs_scan *s, const struct cs_member *m, struct cs_sink *sink)
{
	cs_arena own = { .limit = MAX_EVENT_BYTES + 2 * MIB };
	struct reader *r = cs_alloc(&own, sizeof(*r));
	char *bytes = cs_room(&own, MAX_EVENT_BYTES);

	if (r && bytes) {
		r->scan = s;
		r->sink = sink;
		r->bytes = bytes;
		/* Whatever it declares: the text is UTF-8 by now. */
		r->parser = XML_ParserCreate("UTF-8");
	}
	if (r && r->parser) {
		cs_whole_open(s, m, &r->whole);
		read_report(r);
		cs_whole_close(&r->whole);
		XML_ParserFree(r->parser);
	} else {
		s->arena.full = true;
	}
	cs_arena_free(&own);
}

static int
claims(cs_text member, cs_bytes head)
{
	char chars[CS_HEAD_CHARS];
	cs_text text = cs_head_text(head, chars);
	enum report report;

	if (report_of(text, &report))
		return 90;
	if (head.len > 0 && text.len == 0)
		return 0;
	return cs_same_caseless(cs_base_name(member), CS_TEXT("MDMDiagReport.xml"))
	       ? 50 : 0;
}

const struct cs_format cs_format_doc_xml = { "xml", claims, read_xml };
