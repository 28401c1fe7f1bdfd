/*
 * eventxml.c - exported events: XML text, one event at a time
 *
 * eventspan.c cuts the text at the beginnings of events; expat parses each
 * part alone, from its start tag to the end tag.  So expat never sees a
 * DOCTYPE, and no entity but the five of XML exists.
 *
 * Which element or attribute is a value of which name: see record.h.
 */
#include "read/formats.h"
#include "read/placexml.h"
#include "read/eventspan.h"
#include "read/wholetext.h"
#include "base/time.h"
#include "base/utf.h"

#include <expat.h>
#include <stdio.h>

enum place {
	IN_DOCUMENT, IN_EVENT, IN_SYSTEM, IN_DATA, IN_RENDERING,
	IN_OTHER,               /* UserData and the like */
	IN_PATH,                /* below it: elements are values, or hold some */
	IN_TEXT                 /* only text counts */
};

struct frame {
	enum place at, inside;
	bool has_child;
	cs_text element;
	cs_text name;           /* as a value */
	cs_text path;           /* what comes before the names below it */
};

struct reader {
	struct cs_scan *scan;
	struct cs_sink *sink;
	struct cs_whole whole;
	XML_Parser parser;
	size_t n_mended;

	/* The event that is being read; all of it lives in the scratch. */
	struct cs_system system;
	struct cs_value *values;
	size_t n_values, max_values;
	cs_text message;
	char *text;             /* of the innermost value, as far as it came */
	size_t text_len, max_text;
	size_t kept;            /* bytes of names and texts */
	size_t prefix_len;      /* of the names of elements: "e:" */
	struct frame frames[MAX_XML_DEPTH + 1];
	unsigned depth;
	size_t length;          /* of its text, when it is done */
	bool done, too_many;
	const char *given_up;   /* why; NULL: it was not */
	const char *odd;        /* an element of System with an odd number */
};

/* ---- what an event is made of --------------------------------------- */

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

/* Room in the scratch; NULL, and the event is given up, where there is none. */
static char *
room(struct reader *r, size_t len)
{
	char *to;

	r->kept += len;
	if (r->kept > MAX_EVENT_BYTES) {
		give_up(r, "names and values of more than 4 MiB");
		return NULL;
	}
	to = cs_alloc(&r->scan->scratch, len + 1);
	if (!to)
		no_memory(r);
	return to;
}

static cs_text
keep(struct reader *r, cs_text t)
{
	char *to = room(r, t.len);

	if (to && t.len > 0)
		memcpy(to, t.at, t.len);
	return (cs_text){ to ? to : "", to ? t.len : 0 };
}

static cs_text
joined(struct reader *r, cs_text before, char sep, cs_text after)
{
	size_t len = before.len + 1 + after.len;
	char *to = room(r, len);

	if (!to)
		return CS_TEXT("");
	if (before.len > 0)
		memcpy(to, before.at, before.len);
	to[before.len] = sep;
	if (after.len > 0)
		memcpy(to + before.len + 1, after.at, after.len);
	return (cs_text){ to, len };
}

static void
add_value(struct reader *r, cs_text name, cs_text text)
{
	size_t more = r->max_values ? r->max_values * 2 : 32;
	struct cs_value *v;

	if (r->n_values >= MAX_EVENT_VALUES) {
		r->too_many = true;
		return;
	}
	if (r->n_values == r->max_values) {
		v = cs_alloc_n(&r->scan->scratch, more, sizeof(*v));
		if (!v) {
			no_memory(r);
			return;
		}
		if (r->n_values > 0)
			memcpy(v, r->values, r->n_values * sizeof(*v));
		r->values = v;
		r->max_values = more;
	}
	text = keep(r, text);
	v = &r->values[r->n_values++];
	v->name = name;
	v->type = text.len > 0 ? CS_UTF8 : CS_NULL;
	v->raw = (cs_bytes){ (const uint8_t *)text.at, text.len };
}

/* ---- System --------------------------------------------------------- */

enum how { TEXT, GUID, U8, U16, U32, U64, TIME };

struct field {
	const char *element, *attribute;
	enum how how;
	size_t at;
};

#define AT(member) offsetof(struct cs_system, member)
static const struct field fields[] = {
	{ "Provider", "Name", TEXT, AT(provider) },
	{ "Provider", "Guid", GUID, AT(provider_guid) },
	{ "Provider", "EventSourceName", TEXT, AT(event_source) },
	{ "EventID", "", U32, AT(id) },
	{ "EventID", "Qualifiers", U16, AT(qualifiers) },
	{ "Version", "", U8, AT(version) },
	{ "Level", "", U8, AT(level) },
	{ "Task", "", U16, AT(task) },
	{ "Opcode", "", U8, AT(opcode) },
	{ "Keywords", "", U64, AT(keywords) },
	{ "TimeCreated", "SystemTime", TIME, AT(created) },
	{ "EventRecordID", "", U64, AT(record_id) },
	{ "Correlation", "ActivityID", GUID, AT(activity) },
	{ "Correlation", "RelatedActivityID", GUID, AT(related_activity) },
	{ "Execution", "ProcessID", U32, AT(process) },
	{ "Execution", "ThreadID", U32, AT(thread) },
	{ "Channel", "", TEXT, AT(channel) },
	{ "Computer", "", TEXT, AT(computer) },
	{ "Security", "UserID", TEXT, AT(user) },
};

static const struct field *
field_of(cs_text element, cs_text attribute)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (cs_same(element, cs_text_of(fields[i].element)) &&
		    cs_same(attribute, cs_text_of(fields[i].attribute)))
			return &fields[i];
	return NULL;
}

static void
set_text(struct reader *r, const struct field *f, cs_text t)
{
	char *to = room(r, t.len);

	if (!to)
		return;
	memcpy(to, t.at, t.len);
	/* As binary logs give them; exporters differ. */
	for (size_t i = 0; i < t.len && f->how == GUID; i++)
		if (to[i] >= 'A' && to[i] <= 'F')
			to[i] = (char)(to[i] + ('a' - 'A'));
	t.at = to;
	memcpy((char *)&r->system + f->at, &t, sizeof(t));
}

static void
set_number(struct reader *r, const struct field *f, uint64_t v)
{
	char *to = (char *)&r->system + f->at;
	uint32_t v32 = (uint32_t)v;
	uint16_t v16 = (uint16_t)v;
	uint8_t v8 = (uint8_t)v;

	if (f->how == U8 && v == v8)
		memcpy(to, &v8, sizeof(v8));
	else if (f->how == U16 && v == v16)
		memcpy(to, &v16, sizeof(v16));
	else if (f->how == U32 && v == v32)
		memcpy(to, &v32, sizeof(v32));
	else if (f->how == U64 || f->how == TIME)
		memcpy(to, &v, sizeof(v));
	else
		r->odd = f->element;
}

static void
set_field(struct reader *r, cs_text element, cs_text attribute, cs_text t)
{
	const struct field *f = field_of(element, attribute);
	uint64_t v;

	t = cs_trim(t);
	if (!f || t.len == 0)
		return;
	if (f->how == TEXT || f->how == GUID)
		set_text(r, f, t);
	else if (f->how == TIME ? cs_time_parse(t, &v) : cs_number(t, &v))
		set_number(r, f, v);
	else
		r->odd = f->element;
}

/* ---- what expat says ------------------------------------------------ */

static enum place
below_event(cs_text element)
{
	if (cs_same(element, CS_TEXT("System")))
		return IN_SYSTEM;
	if (cs_same(element, CS_TEXT("EventData")))
		return IN_DATA;
	if (cs_same(element, CS_TEXT("RenderingInfo")))
		return IN_RENDERING;
	return IN_OTHER;
}

static bool
is_namespace(cs_text attribute)
{
	return cs_same(attribute, CS_TEXT("xmlns")) ||
	       (attribute.len > 6 && memcmp(attribute.at, "xmlns:", 6) == 0);
}

/* Without the prefix that Event itself has. */
static cs_text
element_name(struct reader *r, cs_text name)
{
	const char *colon = memchr(name.at, ':', name.len);

	if (r->depth == 1)
		r->prefix_len = colon ? (size_t)(colon - name.at) + 1 : 0;
	if (r->prefix_len > 0 && colon &&
	    (size_t)(colon - name.at) + 1 == r->prefix_len)
		return (cs_text){ name.at + r->prefix_len,
		                  name.len - r->prefix_len };
	return name;
}

static void
place_element(struct reader *r, struct frame *f, const struct frame *parent)
{
	f->inside = IN_TEXT;
	f->name = f->element;
	if (f->at == IN_DOCUMENT) {
		f->inside = IN_EVENT;
	} else if (f->at == IN_EVENT) {
		f->inside = below_event(f->element);
	} else if (f->at == IN_DATA && cs_same(f->element, CS_TEXT("Data"))) {
		f->name = CS_TEXT("");
	} else if (f->at == IN_OTHER) {
		f->inside = IN_PATH;
	} else if (f->at == IN_PATH) {
		f->inside = IN_PATH;
		if (parent->path.len > 0)
			f->name = joined(r, parent->path, '/', f->element);
		f->path = f->name;
	}
}

static void
on_attribute(struct reader *r, struct frame *f, cs_text name, cs_text value)
{
	if (f->at == IN_SYSTEM)
		set_field(r, f->element, name, value);
	else if (f->at == IN_DATA && cs_same(name, CS_TEXT("Name")))
		f->name = keep(r, value);
	else if (f->inside == IN_PATH && !is_namespace(name))
		add_value(r, joined(r, f->path, '@', name), value);
}

static void XMLCALL
on_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
	struct reader *r = user;
	struct frame *parent = &r->frames[r->depth], *f;

	if (r->given_up || r->done)
		return;
	if (r->depth == MAX_XML_DEPTH) {
		give_up(r, "more than 64 levels of elements");
		return;
	}
	parent->has_child = true;
	f = &r->frames[++r->depth];
	*f = (struct frame){ .at = parent->inside, .path = CS_TEXT("") };
	f->element = keep(r, element_name(r, cs_text_of(name)));
	place_element(r, f, parent);
	if (f->at != IN_TEXT)
		r->text_len = 0;
	for (; attributes[0] && !r->given_up; attributes += 2)
		on_attribute(r, f, cs_text_of(attributes[0]),
		             cs_text_of(attributes[1]));
}

/* Expat says one text in several pieces. */
static void XMLCALL
on_text(void *user, const XML_Char *piece, int piece_len)
{
	struct reader *r = user;
	size_t len = (size_t)piece_len, need = r->text_len + len;
	enum place inside = r->frames[r->depth].inside;

	if (r->given_up || r->done || (inside != IN_TEXT && inside != IN_PATH))
		return;
	if (need > r->max_text) {
		size_t max = need < 512 ? 1024 : need * 2;
		char *to = cs_alloc(&r->scan->scratch, max);

		if (!to) {
			no_memory(r);
			return;
		}
		if (r->text_len > 0)
			memcpy(to, r->text, r->text_len);
		r->text = to;
		r->max_text = max;
	}
	memcpy(r->text + r->text_len, piece, len);
	r->text_len = need;
}

static void XMLCALL
on_end(void *user, const XML_Char *name)
{
	struct reader *r = user;
	struct frame *f = &r->frames[r->depth];
	cs_text text = { r->text ? r->text : "", r->text_len };

	(void)name;
	if (r->given_up || r->done)
		return;
	if (f->at == IN_SYSTEM)
		set_field(r, f->element, CS_TEXT(""), text);
	else if (f->at == IN_DATA || (f->inside == IN_PATH && !f->has_child))
		add_value(r, f->name, text);
	else if (f->at == IN_RENDERING && cs_same(f->element, CS_TEXT("Message")))
		r->message = keep(r, text);
	r->depth--;
	if (r->depth == 0 && !r->given_up) {
		r->done = true;
		r->length = (size_t)cs_expat_offset(r->parser) +
		            (size_t)cs_expat_length(r->parser);
		XML_StopParser(r->parser, XML_FALSE);
	}
}

/* ---- one event ------------------------------------------------------ */

static void
begin_event(struct reader *r)
{
	const cs_text none = CS_TEXT("");

	cs_arena_reset(&r->scan->scratch);
	r->system = (struct cs_system){
		.provider = none, .provider_guid = none, .event_source = none,
		.channel = none, .computer = none, .user = none,
		.activity = none, .related_activity = none,
	};
	r->values = NULL;
	r->message = none;
	r->text = NULL;
	r->n_values = r->max_values = r->text_len = r->max_text = r->kept = 0;
	r->frames[0] = (struct frame){ .inside = IN_DOCUMENT };
	r->depth = 0;
	r->done = r->too_many = false;
	r->given_up = r->odd = NULL;
}

/* Returns how many bytes the event has, or those up to what is wrong. */
static size_t
parse(struct reader *r, cs_text xml)
{
	XML_Parser p = r->parser;
	enum XML_Error error;

	XML_ParserReset(p, "UTF-8");
	XML_SetUserData(p, r);
	XML_SetElementHandler(p, on_start, on_end);
	XML_SetCharacterDataHandler(p, on_text);
	XML_Parse(p, xml.at, (int)xml.len, 1);
	error = XML_GetErrorCode(p);
	if (error == XML_ERROR_NO_MEMORY)
		no_memory(r);
	if (!r->done && !r->given_up)
		r->given_up = XML_ErrorString(error);
	if (!r->given_up)
		r->given_up = "not XML";
	return r->done ? r->length : (size_t)cs_expat_offset(p);
}

/* Where the n-th '>' ends. */
static size_t
behind_nth_tag(cs_text t, size_t n)
{
	size_t i = 0;

	for (; n > 0 && i < t.len; i++)
		n -= t.at[i] == '>';
	return i;
}

static size_t
count_tags(cs_text t)
{
	size_t n = 0;

	for (size_t i = 0; i < t.len; i++)
		n += t.at[i] == '>';
	return n;
}

/* XML that leaves as it came may hold what a terminal would obey; there are
 * references for that.  None is longer than "&#x202e;". */
static cs_text
shown_xml(cs_arena *a, cs_text xml)
{
	size_t n_unshown = 0, len = 0, n;
	uint32_t c;
	char *to;

	for (size_t i = 0; i < xml.len; i += n) {
		n = cs_get_utf8(xml, i, &c);
		n_unshown += c >= 0x7f && cs_is_unshown(c);
	}
	if (n_unshown == 0)
		return xml;
	to = cs_room(a, xml.len + n_unshown * 8);
	for (size_t i = 0; to && i < xml.len; i += n) {
		n = cs_get_utf8(xml, i, &c);
		if (c >= 0x7f && cs_is_unshown(c)) {
			len += (size_t)snprintf(to + len, 9, "&#x%x;", (unsigned)c);
		} else {
			memcpy(to + len, xml.at + i, n);
			len += n;
		}
	}
	return (cs_text){ to ? to : "", to ? len : 0 };
}

static bool
hand_out(struct reader *r, struct cs_place place, cs_text xml)
{
	bool wanted = r->sink->wish && r->sink->wish->xml;
	const struct cs_record record = {
		.kind = CS_EVENT, .name = r->system.provider,
		.time = r->system.created, .place = place,
		.system = &r->system, .values = r->values,
		.n_values = r->n_values, .message = r->message,
		.xml = wanted ? shown_xml(&r->scan->scratch, xml) : CS_TEXT(""),
	};

	if (r->odd)
		cs_note(r->scan, CABSCAN_NOTE_DAMAGED, place,
		        "%s of the event is not a number or time that fits",
		        r->odd);
	if (r->too_many)
		cs_note(r->scan, CABSCAN_NOTE_LIMIT, place,
		        "the event has more than %d values; the first are used",
		        MAX_EVENT_VALUES);
	return cs_hand_out(r->scan, r->sink, &record);
}

/* Sets *ret_len to what belongs to the event.  False: no more events are
 * wanted. */
static bool
read_event(struct reader *r, cs_text span, size_t *ret_len)
{
	struct cs_place place = cs_whole_place(&r->whole, span.at);
	cs_text raw = { span.at, span.len < MAX_EVENT_BYTES ? span.len
	                                                    : MAX_EVENT_BYTES };
	cs_text xml;
	size_t len, bad;

	*ret_len = span.len;
	begin_event(r);
	xml = cs_clean_utf8(&r->scan->scratch, raw, NULL);
	xml = cs_mend_xml(&r->scan->scratch, xml, &bad);
	if (r->scan->scratch.full) {
		r->scan->arena.full = true;
		return false;
	}
	len = parse(r, xml);
	if (r->done) {
		*ret_len = xml.at == raw.at
		           ? len : behind_nth_tag(raw, count_tags((cs_text){
		                                               xml.at, len }));
		r->n_mended += bad;
		place.record = r->system.record_id;
		return hand_out(r, place, (cs_text){ xml.at, len });
	}
	if (raw.len < span.len)
		cs_note(r->scan, CABSCAN_NOTE_LIMIT, place,
		        "an event of more than %llu bytes is left out",
		        (unsigned long long)MAX_EVENT_BYTES);
	else
		cs_note(r->scan, CABSCAN_NOTE_DAMAGED, place,
		        "event lost: %s, %zu bytes behind its beginning",
		        r->given_up, len);
	return !r->scan->arena.full;
}

/* ---- the member ----------------------------------------------------- */

/* Text outside of events: declarations, a root, lines of a console. */
static void
look_between(struct reader *r, cs_text t)
{
	if (cs_has_doctype(t))
		cs_note(r->scan, CABSCAN_NOTE_DAMAGED,
		        cs_whole_place(&r->whole, t.at),
		        "a DOCTYPE, which no export of events has, is not read");
	if (cs_has_event_tag(t))
		cs_note(r->scan, CABSCAN_NOTE_DAMAGED,
		        cs_whole_place(&r->whole, t.at),
		        "%zu bytes with a tag of an event, but no event", t.len);
}

static void
read_events(struct reader *r)
{
	struct cs_event_spans spans = cs_event_spans(r->whole.text);
	const char *end = r->whole.text.at + r->whole.text.len;
	const char *behind = r->whole.text.at;
	cs_text span;
	size_t len;

	while (cs_next_event(&spans, &span)) {
		look_between(r, (cs_text){ behind, (size_t)(span.at - behind) });
		if (!read_event(r, span, &len))
			return;
		behind = span.at + len;
	}
	look_between(r, (cs_text){ behind, (size_t)(end - behind) });
}

static void
read_event_xml(struct cs_scan *s, const struct cs_member *m,
               struct cs_sink *sink)
{
	struct reader r = { .scan = s, .sink = sink,
	                    .parser = XML_ParserCreate("UTF-8") };

	if (!r.parser) {
		s->arena.full = true;
		return;
	}
	cs_whole_open(s, m, &r.whole);
	read_events(&r);
	if (r.n_mended > 0)
		cs_note(s, CABSCAN_NOTE_ENCODING, (struct cs_place){ .member = m },
		        "%zu characters that XML cannot hold, shown as U+FFFD",
		        r.n_mended);
	cs_whole_close(&r.whole);
	XML_ParserFree(r.parser);
}

static int
claims(cs_text member, cs_bytes head)
{
	char buffer[CS_HEAD_CHARS];
	cs_text base = cs_base_name(member);
	int sure = cs_looks_like_events(cs_head_text(head, buffer));

	if (sure != 1)
		return sure;
	if (cs_same_caseless(base, CS_TEXT("MDMDiagReport.xml")) ||
	    !cs_ends(base, CS_TEXT(".xml")))
		return 0;
	return 10;
}

const struct cs_format cs_format_event_xml = {
	"event-xml", claims, read_event_xml
};
