#include "read/eventspan.h"

#include "read/wholetext.h"

#define NO_MORE ((size_t)-1)

static cs_text
from(cs_text t, size_t n)
{
	return n < t.len ? (cs_text){ t.at + n, t.len - n }
	                 : (cs_text){ t.at ? t.at + t.len : NULL, 0 };
}

static cs_text
upto(cs_text t, size_t n)
{
	return (cs_text){ t.at, n < t.len ? n : t.len };
}

static bool
begins(cs_text t, cs_text with)
{
	return t.len >= with.len && cs_same(upto(t, with.len), with);
}

static size_t
find(cs_text t, cs_text what)
{
	size_t i = 0;

	while (t.len - i >= what.len) {
		const char *c = memchr(t.at + i, what.at[0], t.len - i);

		if (!c)
			break;
		i = (size_t)(c - t.at);
		if (begins(from(t, i), what))
			return i;
		i++;
	}
	return NO_MORE;
}

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static cs_text
skip_blanks(cs_text t)
{
	size_t i = 0;

	while (i < t.len && i < MAX_EVENT_TAG && blank(t.at[i]))
		i++;
	return from(t, i);
}

/* ---- tags ----------------------------------------------------------- */

static bool
ends_name(char c)
{
	return blank(c) || c == '<' || c == '>' || c == '/' || c == '=' ||
	       c == '\'' || c == '"' || c == '\0';
}

/* The name behind "<" or "</", without its prefix. */
static cs_text
tag_name(cs_text t)
{
	size_t i = 0, begin = 0;

	while (i < t.len && i < MAX_EVENT_TAG && !ends_name(t.at[i])) {
		if (t.at[i] == ':')
			begin = i + 1;
		i++;
	}
	if (i == t.len)
		return CS_TEXT("");             /* it may go on */
	return (cs_text){ t.at + begin, i - begin };
}

/* The length of a tag with its "<" and ">"; 0: it has no end, or holds a "<"
 * and so is damaged. */
static size_t
tag_length(cs_text t)
{
	char quote = '\0';

	for (size_t i = 1; i < t.len && i < MAX_EVENT_TAG; i++) {
		char c = t.at[i];

		if (c == '<')
			return 0;
		if (c == '>' && !quote)
			return i + 1;
		if (quote && c == quote)
			quote = '\0';
		else if (!quote && (c == '"' || c == '\''))
			quote = c;
	}
	return 0;
}

/* 't' begins with "<". */
static bool
begins_event(cs_text t)
{
	static const cs_text space = {
		"schemas.microsoft.com/win/2004/08/events/event", 46
	};
	size_t len;

	if (!cs_same(tag_name(from(t, 1)), CS_TEXT("Event")))
		return false;
	len = tag_length(t);
	if (len == 0)
		return false;
	if (find(upto(t, len), space) != NO_MORE)
		return true;
	t = skip_blanks(from(t, len));
	return begins(t, CS_TEXT("<")) &&
	       cs_same(tag_name(from(t, 1)), CS_TEXT("System"));
}

/* ---- from one event to the next ------------------------------------- */

/* Where a comment or CDATA that begins here ends; 1 where none begins, and
 * where it has no end: then it is damage. */
static size_t
past_hidden(struct cs_event_spans *s, cs_text t)
{
	bool comment = begins(t, CS_TEXT("<!--"));
	bool *no_end = comment ? &s->no_comment_end : &s->no_cdata_end;
	size_t end;

	if ((!comment && !begins(t, CS_TEXT("<![CDATA["))) || *no_end)
		return 1;
	end = find(from(t, 4), comment ? CS_TEXT("-->") : CS_TEXT("]]>"));
	if (end == NO_MORE) {
		*no_end = true;
		return 1;
	}
	return end + 4 + 3;
}

static void
look_for_next(struct cs_event_spans *s)
{
	s->has_next = false;
	while (s->at < s->text.len) {
		cs_text rest = from(s->text, s->at);
		const char *tag = memchr(rest.at, '<', rest.len);

		if (!tag) {
			s->at = s->text.len;
			return;
		}
		s->at = (size_t)(tag - s->text.at);
		rest = from(s->text, s->at);
		if (begins_event(rest)) {
			s->has_next = true;
			s->next = s->at++;
			return;
		}
		s->at += past_hidden(s, rest);
	}
}

struct cs_event_spans
cs_event_spans(cs_text text)
{
	struct cs_event_spans s = { .text = text };

	look_for_next(&s);
	return s;
}

bool
cs_next_event(struct cs_event_spans *s, cs_text *ret)
{
	size_t begin = s->next, end;

	if (!s->has_next)
		return false;
	look_for_next(s);
	end = s->has_next ? s->next : s->text.len;
	*ret = upto(from(s->text, begin), end - begin);
	return true;
}

/* ---- what else a text holds ----------------------------------------- */

static bool
names_event(cs_text name)
{
	return cs_same(name, CS_TEXT("Event")) || cs_same(name, CS_TEXT("Events"));
}

/* Past a declaration, a comment or a DOCTYPE; 0: it is none of these. */
static size_t
past_prolog(cs_text t)
{
	size_t end;

	if (begins(t, CS_TEXT("<?")))
		end = find(t, CS_TEXT("?>"));
	else if (begins(t, CS_TEXT("<!--")))
		end = find(t, CS_TEXT("-->"));
	else if (begins(t, CS_TEXT("<!")))
		end = find(t, CS_TEXT(">"));
	else
		return 0;
	return end == NO_MORE ? t.len : end + 1;
}

int
cs_looks_like_events(cs_text head)
{
	cs_text t = cs_trim(head), name;
	bool is_xml = begins(t, CS_TEXT("<"));
	size_t i = 0, skip;

	if (cs_starts(t, CS_TEXT("<!doctype html")))
		return 0;
	for (; i < t.len; i++) {
		if (t.at[i] != '<')
			continue;
		skip = past_prolog(from(t, i));
		if (skip > 0) {
			i += skip - 1;
			continue;
		}
		name = tag_name(from(t, i + 1));
		if (names_event(name) && (is_xml || t.at[i - 1] == '\n'))
			return is_xml ? 95 : 80;
		if (is_xml && name.len > 0)
			return 0;
	}
	return 1;
}

bool
cs_has_event_tag(cs_text t)
{
	struct cs_event_spans s = { .text = t };
	size_t i;

	while ((i = find(t, CS_TEXT("<"))) != NO_MORE) {
		cs_text tag = from(t, i);
		size_t past = past_hidden(&s, tag);

		t = from(tag, past);
		if (past == 1 &&
		    cs_same(tag_name(begins(t, CS_TEXT("/")) ? from(t, 1) : t),
		            CS_TEXT("Event")))
			return true;
	}
	return false;
}

bool
cs_has_doctype(cs_text t)
{
	return find(t, CS_TEXT("<!DOCTYPE")) != NO_MORE;
}

/* ---- characters ----------------------------------------------------- */

static bool
is_xml_char(uint32_t c)
{
	return c == '\t' || c == '\n' || c == '\r' ||
	       (c >= 0x20 && c < 0xd800) || (c >= 0xe000 && c < 0xfffe) ||
	       (c >= 0x10000 && c <= 0x10ffff);
}

static unsigned
digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a' + 10);
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A' + 10);
	return 99;
}

/* The length of a character reference, and its number; 0: it is none. */
static size_t
reference(cs_text t, uint32_t *ret)
{
	bool hex = begins(t, CS_TEXT("&#x"));
	size_t i = hex ? 3 : 2, first = i;
	unsigned base = hex ? 16 : 10;
	uint32_t c = 0;

	if (!begins(t, CS_TEXT("&#")))
		return 0;
	for (; i < t.len && i < first + 16 && digit(t.at[i]) < base; i++)
		c = c > 0x110000 ? c : c * base + digit(t.at[i]);
	*ret = c;
	return i > first && i < t.len && t.at[i] == ';' ? i + 1 : 0;
}

/* The length of what stands here and is no XML character; 0: it is one. */
static size_t
no_xml_char(cs_text t)
{
	unsigned char c = (unsigned char)t.at[0];
	uint32_t number;
	size_t len;

	if (c == '&') {
		len = reference(t, &number);
		return len > 0 && !is_xml_char(number) ? len : 0;
	}
	if (c == 0xef)
		return begins(t, CS_TEXT("\xef\xbf\xbe")) ||
		       begins(t, CS_TEXT("\xef\xbf\xbf")) ? 3 : 0;
	return is_xml_char(c) ? 0 : 1;
}

/* The length of the front of a text that needs no second look. */
static size_t
harmless(cs_text t)
{
	size_t i = 0;

	while (i < t.len && (unsigned char)t.at[i] >= 0x20 && t.at[i] != '&' &&
	       (unsigned char)t.at[i] != 0xef)
		i++;
	return i;
}

/* 'to' NULL: counts only. */
static size_t
mend(cs_text t, char *to, size_t *ret_bad)
{
	size_t n = 0, bad = 0;

	while (t.len > 0) {
		size_t good = harmless(t);
		size_t len = good < t.len ? no_xml_char(from(t, good)) : 0;

		if (good < t.len && len == 0)
			good++;
		if (to)
			memcpy(to + n, t.at, good);
		n += good;
		if (to && len > 0)
			memcpy(to + n, "\xef\xbf\xbd", 3);
		n += len > 0 ? 3 : 0;
		bad += len > 0;
		t = from(t, good + len);
	}
	*ret_bad = bad;
	return n;
}

cs_text
cs_mend_xml(cs_arena *a, cs_text t, size_t *ret_bad)
{
	size_t len = mend(t, NULL, ret_bad);
	char *to;

	if (*ret_bad == 0)
		return t;
	to = cs_alloc(a, len);
	if (!to)
		return CS_TEXT("");
	mend(t, to, ret_bad);
	return (cs_text){ to, len };
}
