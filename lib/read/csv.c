#include "read/csv.h"

#include "base/limits.h"

static cs_text
from(cs_text t, size_t n)
{
	return (cs_text){ t.at + n, t.len - n };
}

/* Where the quote that opens the text is closed; two quotes are none. */
static size_t
closing_quote(cs_text t, bool *ret_doubled)
{
	size_t i = 1;

	*ret_doubled = false;
	for (; i < t.len; i++) {
		if (t.at[i] != '"')
			continue;
		if (i + 1 >= t.len || t.at[i + 1] != '"')
			break;
		*ret_doubled = true;
		i++;
	}
	return i < t.len ? i : t.len;
}

static cs_text
quoted_text(cs_arena *a, cs_text *rest, bool *ret_open)
{
	bool doubled;
	size_t end = closing_quote(*rest, &doubled), n = 0;
	cs_text field = { rest->at + 1, end - 1 };
	char *to;

	*ret_open = end == rest->len;
	*rest = from(*rest, end + (end < rest->len));
	if (field.len > MAX_VALUE_BYTES)
		field.len = MAX_VALUE_BYTES;
	to = doubled ? cs_alloc(a, field.len) : NULL;
	if (!to)
		return field;
	for (size_t i = 0; i < field.len; i++) {
		to[n++] = field.at[i];
		i += field.at[i] == '"';
	}
	return (cs_text){ to, n };
}

static size_t
field_end(cs_text t, char separator)
{
	size_t n = 0;

	while (n < t.len && t.at[n] != separator && t.at[n] != '\n')
		n++;
	return n;
}

struct cs_csv_field
cs_csv_next(cs_arena *a, char separator, cs_text *rest)
{
	struct cs_csv_field f = { .quoted = false };
	size_t n;

	while (rest->len > 0 && (rest->at[0] == ' ' || rest->at[0] == '\t') &&
	       rest->at[0] != separator)
		*rest = from(*rest, 1);
	f.quoted = rest->len > 0 && rest->at[0] == '"';
	if (f.quoted)
		f.text = quoted_text(a, rest, &f.open);
	n = field_end(*rest, separator);
	if (!f.quoted)
		f.text = (cs_text){ rest->at, n };
	f.text = cs_trim(f.text);
	if (f.text.len > MAX_VALUE_BYTES)
		f.text.len = MAX_VALUE_BYTES;
	f.more = n < rest->len && rest->at[n] == separator;
	*rest = from(*rest, n + (n < rest->len));
	return f;
}

bool
cs_csv_row(cs_text *rest)
{
	while (rest->len > 0) {
		cs_text after = *rest, line = cs_cut(&after, '\n');

		if (cs_trim(line).len > 0)
			return true;
		*rest = after;
	}
	return false;
}
