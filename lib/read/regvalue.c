#include "read/regvalue.h"

#include "base/utf.h"
#include "read/wholetext.h"

static bool
blank(char c)
{
	return c == ' ' || c == '\t';
}

static size_t
skip_blanks(cs_text t, size_t i)
{
	while (i < t.len && blank(t.at[i]))
		i++;
	return i;
}

static size_t
find(cs_text t, size_t i, char c)
{
	const char *hit = i < t.len ? memchr(t.at + i, c, t.len - i) : NULL;

	return hit ? (size_t)(hit - t.at) : t.len;
}

static cs_text
part(cs_text t, size_t from, size_t to)
{
	return (cs_text){ t.at + from, to - from };
}

/* Whether nothing but carriage returns and blanks is left on this line. */
static bool
at_line_end(cs_text t, size_t i)
{
	while (i < t.len && (blank(t.at[i]) || t.at[i] == '\r'))
		i++;
	return i == t.len || t.at[i] == '\n';
}

static size_t
next_line(cs_text t, size_t i)
{
	i = find(t, i, '\n');
	return i < t.len ? i + 1 : i;
}

struct cs_reg_text
cs_reg_begin(cs_text all)
{
	struct cs_reg_text t = { .all = all, .no_end_from = SIZE_MAX };
	cs_text line;

	if (!cs_reg_line(&t, &line))
		return t;
	t.ansi = cs_starts(line, CS_TEXT("REGEDIT4"));
	t.exported = t.ansi || cs_starts(line, CS_TEXT("Windows Registry Editor "));
	if (t.exported)
		cs_reg_skip_line(&t);
	return t;
}

bool
cs_reg_line(struct cs_reg_text *t, cs_text *ret)
{
	while (t->at < t->all.len) {
		size_t end = find(t->all, t->at, '\n');
		cs_text line = cs_trim(part(t->all, t->at, end));

		if (line.len > 0 && !(t->exported && line.at[0] == ';')) {
			t->indented = blank(t->all.at[t->at]);
			*ret = line;
			return true;
		}
		t->at = end < t->all.len ? end + 1 : end;
	}
	return false;
}

void
cs_reg_skip_line(struct cs_reg_text *t)
{
	t->at = next_line(t->all, t->at);
}

bool
cs_reg_is_key(cs_text line, cs_text *ret_path)
{
	if (!cs_starts(line, CS_TEXT("[HKEY_")) &&
	    !cs_starts(line, CS_TEXT("[-HKEY_")))
		return false;
	line = part(line, 1, line.len);
	if (line.at[line.len - 1] == ']')
		line.len--;
	*ret_path = line;
	return true;
}

/* The quote that ends an escaped string, from behind its first; the length of
 * the text where there is none. */
static size_t
escaped_end(cs_text t, size_t i)
{
	while (i < t.len && t.at[i] != '"')
		i += t.at[i] == '\\' ? 2 : 1;
	return i < t.len ? i : t.len;
}

static cs_text
unescape(struct cs_scan *s, cs_text t)
{
	char *to;
	size_t n = 0;

	if (find(t, 0, '\\') == t.len)
		return t;
	to = cs_alloc(&s->scratch, t.len);
	if (!to)
		return CS_TEXT("");
	for (size_t i = 0; i < t.len; i++) {
		bool escape = t.at[i] == '\\' && i + 1 < t.len &&
		              (t.at[i + 1] == '\\' || t.at[i + 1] == '"');

		to[n++] = t.at[escape ? ++i : i];
	}
	return (cs_text){ to, n };
}

/* Behind the '=' of a name that begins at 'i', or 0: this is no value.  The
 * name is then *ret_from to *ret_to. */
static size_t
name_end(cs_text line, size_t i, bool escaped, size_t *ret_from, size_t *ret_to)
{
	size_t q;

	if (i >= line.len)
		return 0;
	*ret_from = *ret_to = i;
	if (line.at[i] == '@') {
		i = skip_blanks(line, i + 1);
		return i < line.len && line.at[i] == '=' ? i + 1 : 0;
	}
	if (line.at[i] != '"')
		return 0;
	*ret_from = i + 1;
	for (q = i + 1; ; q++) {
		q = escaped ? escaped_end(line, q) : find(line, q, '"');
		if (q + 1 >= line.len)
			return 0;
		if (line.at[q + 1] == '=')
			break;
	}
	*ret_to = q;
	return q + 2;
}

bool
cs_reg_name(struct cs_reg_text *t, struct cs_scan *s, cs_text *ret)
{
	cs_text line = part(t->all, t->at, find(t->all, t->at, '\n'));
	bool escaped = t->exported || !t->indented;
	size_t i = skip_blanks(line, 0), from, to;
	size_t end = name_end(line, i, escaped, &from, &to);

	if (end == 0 && escaped) {
		escaped = false;
		end = name_end(line, i, false, &from, &to);
	}
	if (end == 0)
		return false;
	*ret = part(line, from, to);
	if (escaped)
		*ret = unescape(s, *ret);
	t->at += end;
	return true;
}

static bool
begins_value(cs_text t, size_t i)
{
	size_t end = find(t, i, '\n'), from, to;
	cs_text line = part(t, i, end);

	return name_end(line, skip_blanks(line, 0), false, &from, &to) > 0;
}

static bool
begins_key(cs_text t, size_t i)
{
	return cs_starts(part(t, i, t.len), CS_TEXT("[HKEY_"));
}

static cs_text
limited(struct cs_scan *s, cs_text v, struct cs_place place)
{
	if (v.len > MAX_VALUE_BYTES) {
		cs_note(s, CABSCAN_NOTE_LIMIT, place,
		        "registry value of %zu bytes is read up to %llu", v.len,
		        (unsigned long long)MAX_VALUE_BYTES);
		v.len = MAX_VALUE_BYTES;
	}
	return v;
}

/* Whether what follows the quote at 'q' shows that a raw string ends here. */
static bool
raw_ends_at(cs_text t, size_t q)
{
	size_t i = q + 1, lines = 0;

	if (!at_line_end(t, i))
		return false;
	do {
		i = next_line(t, i);
		lines++;
	} while (i < t.len && at_line_end(t, i));
	return i >= t.len || begins_key(t, i) ||
	       (lines == 1 && begins_value(t, i));
}

/* Where a raw string without an end is cut: before what looks like the next
 * value or key. */
static size_t
likely_end(cs_text t, size_t i)
{
	for (;;) {
		size_t eol = find(t, i, '\n');

		if (eol + 1 >= t.len || begins_value(t, eol + 1) ||
		    begins_key(t, eol + 1))
			return eol;
		i = eol + 1;
	}
}

static cs_text
raw_string(struct cs_reg_text *t, struct cs_scan *s, struct cs_place place)
{
	size_t from = t->at, q = find(t->all, from, '"');
	cs_text v;

	if (from >= t->no_end_from)
		q = t->all.len;
	while (q < t->all.len && !raw_ends_at(t->all, q))
		q = find(t->all, q + 1, '"');
	if (q == t->all.len) {
		q = likely_end(t->all, from);
		if (t->no_end_from == SIZE_MAX)
			cs_note(s, CABSCAN_NOTE_DAMAGED, place,
			        "registry string without an end, cut after %zu "
			        "bytes, as any later one is", q - from);
		if (from < t->no_end_from)
			t->no_end_from = from;
		v = part(t->all, from, q);
		while (v.len > 0 && v.at[v.len - 1] == '\r')
			v.len--;
	} else {
		v = part(t->all, from, q);
	}
	t->at = q;
	return limited(s, v, place);
}

static cs_text
string(struct cs_reg_text *t, struct cs_scan *s, struct cs_place place)
{
	bool escaped = t->exported || !t->indented;
	size_t from = ++t->at, end = from;

	if (escaped)
		end = escaped_end(t->all, from);
	if (!escaped || end == t->all.len || !at_line_end(t->all, end + 1))
		return raw_string(t, s, place);
	t->at = end;
	return unescape(s, limited(s, part(t->all, from, end), place));
}

static int
nibble(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10
	     : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Digits to the end of the line as 'size' bytes, little-endian. */
static bool
number(struct cs_reg_text *t, struct cs_scan *s, size_t size, cs_bytes *ret)
{
	size_t i = t->at, first = i;
	uint64_t n = 0;
	uint8_t *raw;

	for (; i < t->all.len && nibble(t->all.at[i]) >= 0; i++) {
		if (i - first == size * 2)
			return false;
		n = n << 4 | (unsigned)nibble(t->all.at[i]);
	}
	if (i == first || !at_line_end(t->all, i))
		return false;
	raw = cs_alloc(&s->scratch, size);
	for (size_t k = 0; raw && k < size; k++)
		raw[k] = (uint8_t)(n >> (8 * k));
	*ret = (cs_bytes){ raw, raw ? size : 0 };
	t->at = i;
	return true;
}

/* Behind a backslash that continues a value on the next line; else 'i'. */
static size_t
continued(cs_text t, size_t i)
{
	if (t.at[i] != '\\' || !at_line_end(t, i + 1))
		return i;
	return next_line(t, i);
}

/* The end of "00,0a,\" over several lines, from t->at. */
static size_t
hex_end(const struct cs_reg_text *t, size_t *ret_digits)
{
	cs_text all = t->all;
	size_t i, k, digits = 0;

	for (i = t->at; i < all.len; i = k) {
		k = continued(all, i);
		if (k == i && nibble(all.at[i]) < 0 && all.at[i] != ',' &&
		    !blank(all.at[i]))
			break;
		digits += k == i && nibble(all.at[i]) >= 0;
		k += k == i;
	}
	*ret_digits = digits;
	return i;
}

static bool
hex_bytes(struct cs_reg_text *t, struct cs_scan *s, struct cs_place place,
          cs_bytes *ret)
{
	size_t digits, end = hex_end(t, &digits), n = 0, len;
	uint8_t *raw;

	if (!at_line_end(t->all, end) || digits % 2 != 0)
		return false;
	len = limited(s, (cs_text){ "", digits / 2 }, place).len;
	raw = cs_alloc(&s->scratch, len);
	for (size_t i = t->at; raw && i < end && n < len * 2; i++) {
		int d = nibble(t->all.at[i]);

		if (d < 0)
			continue;
		raw[n / 2] = (uint8_t)(raw[n / 2] << 4 | d);
		n++;
	}
	*ret = (cs_bytes){ raw, raw ? len : 0 };
	t->at = end;
	return true;
}

static cs_bytes
bytes_of(cs_text t)
{
	return (cs_bytes){ (const uint8_t *)t.at, t.len };
}

static cs_bytes
as_text(struct cs_reg_text *t, struct cs_scan *s, cs_bytes b)
{
	cs_text text;

	if (t->ansi)
		return b;
	text = cs_from_utf16le(&s->scratch, b, NULL);
	return bytes_of(text);
}

static cs_bytes
big_endian(struct cs_scan *s, cs_bytes b)
{
	uint8_t *raw = cs_alloc(&s->scratch, b.len);

	for (size_t i = 0; raw && i < b.len; i++)
		raw[i] = b.at[b.len - 1 - i];
	return (cs_bytes){ raw, raw ? b.len : 0 };
}

/* Bytes by the number that stands for their type: hex(7). */
static struct cs_reg_value
typed(struct cs_reg_text *t, struct cs_scan *s, uint64_t type, cs_bytes b)
{
	struct cs_reg_value v = { .type = CS_BINARY, .raw = b };

	if (type == 1 || type == 2) {
		v.type = CS_UTF8;
		v.raw = as_text(t, s, b);
		v.raw.len = find((cs_text){ (const char *)v.raw.at, v.raw.len },
		                 0, '\0');
	} else if (type == 7) {
		v.list = true;
		v.raw = as_text(t, s, b);
	} else if (type == 4 && b.len == 4) {
		v.type = CS_U32;
	} else if (type == 5 && b.len == 4) {
		v.type = CS_U32;
		v.raw = big_endian(s, b);
	} else if (type == 0xb && b.len == 8) {
		v.type = CS_U64;
	}
	return v;
}

/* "hex:" or "hex(b):". */
static bool
hex_value(struct cs_reg_text *t, struct cs_scan *s, struct cs_place place,
          struct cs_reg_value *ret)
{
	size_t start = t->at, i = start + 3;
	uint64_t type = 3;
	cs_bytes b;

	if (i < t->all.len && t->all.at[i] == '(') {
		type = 0;
		for (i++; i < t->all.len && nibble(t->all.at[i]) >= 0; i++)
			type = (type << 4 | (unsigned)nibble(t->all.at[i])) & 0xffffffff;
		if (i >= t->all.len || t->all.at[i++] != ')')
			return false;
	}
	if (i >= t->all.len || t->all.at[i] != ':')
		return false;
	t->at = i + 1;
	if (!hex_bytes(t, s, place, &b)) {
		t->at = start;
		return false;
	}
	*ret = typed(t, s, type, b);
	return true;
}

static bool
numbered(struct cs_reg_text *t, struct cs_scan *s, struct cs_reg_value *ret)
{
	cs_text rest = part(t->all, t->at, t->all.len);
	bool wide = cs_starts(rest, CS_TEXT("qword:"));
	size_t start = t->at;

	if (!wide && !cs_starts(rest, CS_TEXT("dword:")))
		return false;
	t->at += strlen("dword:");
	if (number(t, s, wide ? 8 : 4, &ret->raw)) {
		ret->type = wide ? CS_U64 : CS_U32;
		return true;
	}
	t->at = start;
	return false;
}

struct cs_reg_value
cs_reg_read(struct cs_reg_text *t, struct cs_scan *s, struct cs_place place)
{
	struct cs_reg_value v = { .type = CS_UTF8 };
	cs_text rest;

	t->at = skip_blanks(t->all, t->at);
	rest = part(t->all, t->at, t->all.len);
	if (rest.len > 0 && rest.at[0] == '"') {
		v.raw = bytes_of(string(t, s, place));
	} else if (!numbered(t, s, &v) &&
	           !(cs_starts(rest, CS_TEXT("hex")) &&
	             hex_value(t, s, place, &v))) {
		rest = cs_trim(part(t->all, t->at, find(t->all, t->at, '\n')));
		v.deleted = t->exported && cs_same(rest, CS_TEXT("-"));
		v.raw = bytes_of(limited(s, rest, place));
	}
	cs_reg_skip_line(t);
	return v;
}
