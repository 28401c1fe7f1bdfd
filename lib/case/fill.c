/* fill.c - {fact} in texts and commands */
#include "case/case.h"

/* Characters of a value in a command.  Serial numbers have at most 70. */
#define MAX_PLAIN 100

static bool
is_plain(cs_text value)
{
	for (size_t i = 0; i < value.len; i++) {
		char c = value.at[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		      (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.'))
			return false;
	}
	return value.len > 0 && value.len <= MAX_PLAIN && value.at[0] != '-';
}

/* A value from a CAB never brings quotes, blanks or operators into a command
 * that somebody pastes into a shell: then the name of the fact stands there in
 * capitals, to be filled in by hand. */
static cs_text
placeholder(struct cs_case *c, cs_text name)
{
	char *to;

	cs_cut(&name, '.');
	to = cs_alloc(&c->scan->arena, name.len + 1);
	for (size_t i = 0; to && i < name.len; i++)
		to[i] = name.at[i] >= 'a' && name.at[i] <= 'z'
		      ? (char)(name.at[i] - 'a' + 'A') : name.at[i];
	return to ? (cs_text){ to, name.len } : name;
}

static cs_text
filled(struct cs_case *c, cs_text name, bool command)
{
	const struct cs_fact *f = cs_case_fact(c, cs_know_fact(c->know, name));
	cs_text value = f ? cs_text_of(f->pub.value) : (cs_text){ "", 0 };

	if (value.len > 0 && (!command || is_plain(value)))
		return value;
	return command ? placeholder(c, name) : CS_TEXT("unknown");
}

/* Only a declared fact is a place to fill; other braces are PowerShell's. */
static bool
is_place(const struct cs_case *c, cs_text rest, cs_text *ret_name)
{
	cs_text t = rest;

	if (!memchr(rest.at, '}', rest.len))
		return false;
	*ret_name = cs_cut(&t, '}');
	return cs_know_fact(c->know, *ret_name) != NULL;
}

/* "HP {model}" is no "HP HP EliteBook": makers' names begin models' names. */
static cs_text
without_repeat(cs_text before, cs_text value)
{
	size_t at = before.len;
	cs_text last;

	if (at == 0 || before.at[at - 1] != ' ')
		return value;
	for (at--; at > 0 && before.at[at - 1] != ' '; )
		at--;
	last = (cs_text){ before.at + at, before.len - at };
	if (!cs_starts_caseless(value, last))
		return value;
	return (cs_text){ value.at + last.len, value.len - last.len };
}

const char *
cs_case_fill(struct cs_case *c, cs_text text, bool command)
{
	size_t len = 0, room = text.len + 2048;
	char *out = cs_alloc(&c->scan->arena, room);
	cs_text rest = text, name;

	while (out && rest.len > 0) {
		cs_text piece = { rest.at, 1 };
		size_t skip = 1;

		if (rest.at[0] == '{' && is_place(c, (cs_text){ rest.at + 1,
		                                  rest.len - 1 }, &name)) {
			piece = without_repeat((cs_text){ out, len },
			                       filled(c, name, command));
			skip = name.len + 2;
		}
		if (piece.len >= room - len)
			break;
		memcpy(out + len, piece.at, piece.len);
		len += piece.len;
		rest = (cs_text){ rest.at + skip, rest.len - skip };
	}
	return out;
}
