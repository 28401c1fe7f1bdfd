/* load.c - knowledge text: lines, tokens and stanzas */
#include "know/load.h"

#include <stdio.h>

bool
mistake(struct loader *l, const char *what, cs_text value)
{
	if (l->err && l->err->status == CABSCAN_OK) {
		l->err->status = CABSCAN_EKNOWLEDGE;
		snprintf(l->err->message, sizeof(l->err->message),
		         "%s:%u: %s: %.*s", l->file, l->line, what,
		         (int)(value.len < 80 ? value.len : 80),
		         value.at ? value.at : "");
	}
	return false;
}

bool
out_of_memory(struct loader *l)
{
	l->err->status = CABSCAN_ENOMEM;
	snprintf(l->err->message, sizeof(l->err->message),
	         "%s:%u: out of memory", l->file ? l->file : "knowledge", l->line);
	return false;
}

/* Cuts what stands between the first character and the next 'end'; false: it
 * does not end. */
static bool
enclosed(cs_text *rest, char end, cs_text *ret)
{
	rest->at++;
	rest->len--;
	if (!memchr(rest->at, end, rest->len))
		return false;
	*ret = cs_cut(rest, end);
	return true;
}

static struct token
pattern_token(cs_text *rest)
{
	struct token t = { .kind = TOKEN_PATTERN };
	size_t i = 1;

	while (i < rest->len && (rest->at[i] != '/' || rest->at[i - 1] == '\\'))
		i++;
	if (i == rest->len)
		t.kind = TOKEN_OPEN;
	t.text = (cs_text){ rest->at + 1, i - 1 };
	i += i < rest->len;
	*rest = (cs_text){ rest->at + i, rest->len - i };
	if (rest->len > 0 && rest->at[0] == 'i') {
		t.caseless = true;
		rest->at++;
		rest->len--;
	}
	return t;
}

struct token
next_token(cs_text *rest)
{
	struct token t = { .kind = TOKEN_END };

	*rest = cs_trim(*rest);
	if (rest->len == 0)
		return t;
	switch (rest->at[0]) {
	case '"':
		t.kind = enclosed(rest, '"', &t.text) ? TOKEN_QUOTED : TOKEN_OPEN;
		return t;
	case '[':
		t.kind = enclosed(rest, ']', &t.text) ? TOKEN_HEADING : TOKEN_OPEN;
		return t;
	case '/':
		return pattern_token(rest);
	default:
		t.kind = TOKEN_WORD;
		t.text = cs_word(rest);
		return t;
	}
}

bool
want_word(struct loader *l, cs_text *rest, const char *what, cs_text *ret)
{
	struct token t = next_token(rest);

	if (t.kind == TOKEN_OPEN)
		return mistake(l, "begins and does not end", *rest);
	if (t.kind != TOKEN_WORD && t.kind != TOKEN_QUOTED)
		return mistake(l, "missing here", cs_text_of(what));
	*ret = t.text;
	return true;
}

bool
want_pattern(struct loader *l, struct token t, struct cs_pattern **ret)
{
	struct cs_pattern *p;
	char why[120];

	p = cs_pattern_new(l->arena, t.text, t.caseless, why, sizeof(why));
	if (!p)
		return !l->arena->full && mistake(l, why, t.text);
	cs_pattern_link(p, l->know->patterns);
	l->know->patterns = p;
	*ret = p;
	return true;
}

bool
add_word(struct loader *l, struct cs_word **list, cs_text text)
{
	struct cs_word *w = cs_alloc(l->arena, sizeof(*w));

	if (!w)
		return out_of_memory(l);
	w->text = text;
	w->file = l->file;
	w->line = l->line;
	while (*list)
		list = &(*list)->next;
	*list = w;
	return true;
}

bool
add_text(struct loader *l, cs_text *text, cs_text more, char with)
{
	char *joined;

	if (text->len == 0) {
		*text = more;
		return true;
	}
	joined = cs_alloc(l->arena, text->len + more.len + 2);
	if (!joined)
		return out_of_memory(l);
	memcpy(joined, text->at, text->len);
	joined[text->len] = with;
	if (more.len > 0)
		memcpy(joined + text->len + 1, more.at, more.len);
	*text = (cs_text){ joined, text->len + 1 + more.len };
	return true;
}

static const struct stanza *
stanza_of(cs_text kind)
{
	const struct stanza *tables[] = { word_stanzas, fact_stanzas,
	                                  cause_stanzas, about_stanzas };

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct stanza *s = tables[i]; s->kind; s++)
			if (cs_same(kind, cs_text_of(s->kind)))
				return s;
	return NULL;
}

static bool
load_line(struct loader *l, cs_text line)
{
	bool margin = line.len > 0 && line.at[0] != ' ' && line.at[0] != '\t';
	cs_text rest = cs_trim(line), key, name;
	bool is_common;

	if (rest.len == 0 || rest.at[0] == '#')
		return true;
	key = cs_word(&rest);
	if (!margin) {
		if (!l->object)
			return mistake(l, "nothing to add this to", key);
		return entry_of_every_stanza(l, key, rest, &is_common) &&
		       (is_common || l->open->entry(l, key, rest));
	}
	l->object = NULL;
	l->rule = NULL;
	l->open = stanza_of(key);
	if (!l->open)
		return mistake(l, "unknown kind of stanza", key);
	if (!want_word(l, &rest, "a name", &name))
		return false;
	return l->open->begin(l, name, cs_trim(rest));
}

cabscan_status
cs_know_load(struct cs_know *k, const char *name, cs_text text,
             cabscan_error *err)
{
	cabscan_error own = { .status = CABSCAN_OK };
	struct loader l = { .know = k, .arena = &k->arena, .err = &own };
	cs_text rest = cs_keep_text(&k->arena, text);
	struct cs_said *said = cs_alloc(&k->arena, sizeof(*said));

	l.file = cs_keep(&k->arena, cs_text_of(name));
	if (k->arena.full || !l.file || !said) {
		out_of_memory(&l);
	} else {
		*said = (struct cs_said){ NULL, l.file, rest };
		*k->said_end = said;
		k->said_end = &said->next;
	}
	k->n_loads++;
	while (own.status == CABSCAN_OK && rest.len > 0) {
		l.line++;
		if (!load_line(&l, cs_cut(&rest, '\n')) &&
		    own.status == CABSCAN_OK)
			out_of_memory(&l);
	}
	if (k->arena.full)              /* what looks like a mistake was none */
		out_of_memory(&l);
	if (err)
		*err = own;
	return own.status;
}

void
cs_know_begin(struct cs_know *k)
{
	*k = (struct cs_know){ .n_facts = 0 };
	k->facts_end = &k->facts;
	k->derives_end = &k->derives;
	k->causes_end = &k->causes;
	k->artefacts_end = &k->artefacts;
	k->baselines_end = &k->baselines;
	k->said_end = &k->said;
}

void
cs_know_end(struct cs_know *k)
{
	struct cs_pattern *next;

	for (struct cs_pattern *p = k->patterns; p; p = next) {
		next = cs_pattern_next(p);
		cs_pattern_free(p);
	}
	cs_arena_free(&k->arena);
}
