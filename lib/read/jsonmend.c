#include "read/jsonmend.h"

struct mender {
	struct cs_json_mend *m;
	size_t at;                      /* in the text */
	char open[MAX_JSON_DEPTH];
	bool value_next[MAX_JSON_DEPTH];        /* behind a colon; arrays: true */
	unsigned depth;
	bool comma;                     /* read, and not yet written */
	bool stop;
};

static bool
space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool
cs_json_shallow(cs_text t)
{
	unsigned depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < t.len; i++) {
		char c = t.at[i];

		if (in_string) {
			in_string = c != '"';
			i += c == '\\';
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			if (++depth > MAX_JSON_DEPTH)
				return false;
		} else if ((c == '}' || c == ']') && (depth == 0 || --depth == 0)) {
			return true;
		}
	}
	return true;
}

static void
put(struct mender *w, char c)
{
	w->m->out[w->m->len++] = c;
}

static void
put_all(struct mender *w, size_t n)
{
	memcpy(w->m->out + w->m->len, w->m->in.at + w->at, n);
	w->m->len += n;
	w->at += n;
}

static void
mistake(struct mender *w, const char *what)
{
	if (w->m->mistakes++ == 0) {
		w->m->first_mistake = w->at;
		w->m->what = what;
	}
}

/* Here the text may be cut. */
static void
may_cut(struct mender *w)
{
	struct cs_json_cut *cut = &w->m->cut;

	if (w->m->len > w->m->limit) {
		w->stop = true;
		return;
	}
	cut->out = w->m->len;
	cut->in = w->at;
	cut->depth = w->depth;
	memcpy(cut->open, w->open, w->depth);
}

static void
value_ended(struct mender *w)
{
	unsigned top = w->depth - 1;

	if (!w->value_next[top])
		return;                 /* a name, not a value */
	w->value_next[top] = w->open[top] == '[';
	may_cut(w);
}

static void
put_comma(struct mender *w)
{
	if (w->comma)
		put(w, ',');
	w->comma = false;
}

static void
open_bracket(struct mender *w, char c)
{
	if (w->depth == MAX_JSON_DEPTH) {
		w->m->too_deep = true;
		w->stop = true;
		return;
	}
	put_comma(w);
	w->open[w->depth] = c;
	w->value_next[w->depth++] = c == '[';
	put_all(w, 1);
	may_cut(w);
}

static void
close_bracket(struct mender *w, char c)
{
	if (w->open[w->depth - 1] != (c == '}' ? '{' : '[')) {
		w->stop = true;
		return;
	}
	if (w->comma)
		mistake(w, "a comma before a closing bracket");
	w->comma = false;
	put_all(w, 1);
	w->depth--;
	if (w->depth > 0) {
		value_ended(w);
		return;
	}
	w->stop = true;
	w->m->whole = w->m->len <= w->m->limit;
}

/* Whether the quote at 'i' ends its string: what may follow a string does. */
static bool
ends_string(cs_text t, size_t i)
{
	for (i++; i < t.len && space(t.at[i]); i++)
		if (t.at[i] == '\n')
			return true;
	return i == t.len || strchr(",:}]", t.at[i]);
}

/* The unit of "\uXXXX" at 'i'; false: it is none. */
static bool
escaped_unit(cs_text t, size_t i, unsigned *ret)
{
	uint64_t v;
	char digits[] = "0x0000";

	if (t.len - i < 6 || i > t.len || t.at[i] != '\\' || t.at[i + 1] != 'u')
		return false;
	memcpy(digits + 2, t.at + i + 2, 4);
	if (!cs_number((cs_text){ digits, 6 }, &v))
		return false;
	*ret = (unsigned)v;
	return true;
}

static void
escaped_character(struct mender *w, unsigned unit)
{
	unsigned low = 0;
	bool high = unit >= 0xd800 && unit < 0xdc00;
	bool paired = high && escaped_unit(w->m->in, w->at + 6, &low) &&
	              low >= 0xdc00 && low < 0xe000;

	if (paired) {
		put_all(w, 12);
	} else if (unit >= 0xd800 && unit < 0xe000) {
		mistake(w, "half a surrogate pair");
		memcpy(w->m->out + w->m->len, "\\ufffd", 6);
		w->m->len += 6;
		w->at += 6;
	} else {
		put_all(w, 6);
	}
}

static void
backslash(struct mender *w)
{
	cs_text t = w->m->in;
	unsigned unit;

	if (escaped_unit(t, w->at, &unit)) {
		escaped_character(w, unit);
	} else if (w->at + 1 < t.len && t.at[w->at + 1] != '\0' &&
	           strchr("\"\\/bfnrt", t.at[w->at + 1])) {
		put_all(w, 2);
	} else {
		mistake(w, "a single backslash");
		put(w, '\\');
		put_all(w, 1);
	}
}

static void
string_character(struct mender *w, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";

	if (c == '\\') {
		backslash(w);
	} else if (c == '"') {
		mistake(w, "a quote inside a string");
		put(w, '\\');
		put_all(w, 1);
	} else if (c < 0x20) {
		mistake(w, "a control character inside a string");
		memcpy(w->m->out + w->m->len, "\\u00", 4);
		w->m->len += 4;
		put(w, hex[c >> 4]);
		put(w, hex[c & 15]);
		w->at++;
	} else {
		put_all(w, 1);
	}
}

static void
string(struct mender *w)
{
	cs_text t = w->m->in;

	put_comma(w);
	put_all(w, 1);
	while (w->at < t.len) {
		if (t.at[w->at] == '"' && ends_string(t, w->at)) {
			put_all(w, 1);
			value_ended(w);
			return;
		}
		string_character(w, (unsigned char)t.at[w->at]);
	}
	w->stop = true;
}

static void
scalar(struct mender *w)
{
	cs_text t = w->m->in;
	size_t n = 1;

	while (w->at + n < t.len && !space(t.at[w->at + n]) &&
	       t.at[w->at + n] != '\0' && !strchr(",:{}[]\"", t.at[w->at + n]))
		n++;
	if (w->at + n == t.len) {       /* there may have been more of it */
		w->stop = true;
		return;
	}
	put_comma(w);
	put_all(w, n);
	value_ended(w);
}

static void
step(struct mender *w)
{
	char c = w->m->in.at[w->at];

	if (c == '{' || c == '[') {
		open_bracket(w, c);
	} else if (c == '}' || c == ']') {
		close_bracket(w, c);
	} else if (c == '"') {
		string(w);
	} else if (c == ',') {
		if (w->comma)
			mistake(w, "two commas");
		w->comma = true;
		w->at++;
	} else if (c == ':' || space(c)) {
		if (c == ':')
			w->value_next[w->depth - 1] = true;
		put_all(w, 1);
	} else {
		scalar(w);
	}
}

/* No character takes more than this. */
static size_t
room(cs_text t)
{
	size_t n = MAX_JSON_DEPTH + 16 + t.len;

	for (size_t i = 0; i < t.len; i++) {
		if ((unsigned char)t.at[i] < 0x20)
			n += 5;
		else if (t.at[i] == '"' || t.at[i] == '\\')
			n += 1;
	}
	return n;
}

static void
cut_and_close(struct cs_json_mend *m)
{
	m->len = m->cut.out;
	for (unsigned i = m->cut.depth; i > 0; i--)
		m->out[m->len++] = m->cut.open[i - 1] == '{' ? '}' : ']';
}

bool
cs_json_mend(cs_arena *a, struct cs_json_mend *m)
{
	struct mender w = { .m = m };

	if (!m->out)
		m->out = cs_alloc(a, room(m->in));
	if (!m->out)
		return false;
	m->len = 0;
	m->cut = (struct cs_json_cut){ .depth = 0 };
	m->whole = m->too_deep = false;
	m->mistakes = 0;
	do
		step(&w);
	while (!w.stop && w.at < m->in.len);
	if (m->whole)
		m->cut.in = w.at;
	else
		cut_and_close(m);
	return true;
}
