/* entries.c - knowledge as the list of its stanzas, for people who look at it */
#include "know/entries.h"

struct walk {
	cs_arena *arena;
	struct cs_entries *out;
	size_t room;
	cs_map last;                    /* of a name: the entry in force */
	const char *file;
	unsigned line;
	cs_text sources, checked;       /* of what follows in this file */
};

/* Several of one name stand side by side. */
static bool
has_variants(cs_text kind)
{
	return cs_same(kind, CS_TEXT("derive")) || cs_same(kind, CS_TEXT("step"));
}

static cs_text
joined(struct walk *w, cs_text a, cs_text b)
{
	char *text = cs_alloc(w->arena, a.len + b.len + 2);

	if (!text)
		return (cs_text){ "", 0 };
	memcpy(text, a.at, a.len);
	text[a.len] = ' ';
	memcpy(text + a.len + 1, b.at, b.len);
	return (cs_text){ text, a.len + 1 + b.len };
}

static struct cs_entry *
new_entry(struct walk *w)
{
	struct cs_entries *e = w->out;

	if (e->n == w->room) {
		size_t room = w->room ? w->room * 2 : 1024;
		struct cs_entry **more = cs_alloc_n(w->arena, room, sizeof(*more));

		if (!more)
			return NULL;
		if (e->n)
			memcpy(more, e->at, e->n * sizeof(*more));
		e->at = more;
		w->room = room;
	}
	e->at[e->n] = cs_alloc(w->arena, sizeof(*e->at[0]));
	return e->at[e->n] ? e->at[e->n++] : NULL;
}

/* A later entry of the same name takes the place of an earlier one, or
 * switches it off. */
static bool
supersede(struct walk *w, struct cs_entry *e, cs_text kind, cs_text name)
{
	bool off = cs_same(kind, CS_TEXT("off"));
	cs_text key = off ? joined(w, name, cs_text_of(e->pub.more))
	                  : joined(w, kind, name);
	struct cs_entry *before = cs_map_get(&w->last, key);

	for (struct cs_entry *b = before; b; b = b->same_name)
		if (off)
			b->pub.state = CABSCAN_ENTRY_OFF;
		else if (!has_variants(kind) || b->pub.file != e->pub.file)
			b->pub.state = CABSCAN_ENTRY_REPLACED;
	if (off)
		return true;
	e->same_name = before;
	return cs_map_set(w->arena, &w->last, key, e);
}

static bool
begin_entry(struct walk *w, cs_text line, struct cs_entry **ret)
{
	struct cs_entry *e = new_entry(w);
	cs_text kind = cs_word(&line), name = cs_word(&line);

	if (!e)
		return false;
	if (cs_same(kind, CS_TEXT("event")))
		name = joined(w, name, cs_word(&line));
	e->pub.kind = cs_keep(w->arena, kind);
	e->pub.name = cs_keep(w->arena, name);
	e->pub.more = cs_keep(w->arena, cs_trim(line));
	e->pub.file = w->file;
	e->pub.line = w->line;
	e->pub.sources = e->pub.checked = e->pub.body = "";
	*ret = e;
	return !w->arena->full && supersede(w, e, kind, name);
}

static void
end_entry(struct walk *w, struct cs_entry *e, const char *body, size_t len)
{
	cs_text rest = { body, len }, sources = w->sources, checked = w->checked;
	char *out = cs_alloc(w->arena, len + 2);
	size_t n = 0;

	while (out && rest.len > 0) {
		cs_text line = cs_trim(cs_cut(&rest, '\n')), value = line;
		cs_text key = cs_word(&value);

		if (line.len == 0 || line.at[0] == '#')
			continue;
		if (cs_same(key, CS_TEXT("source")))
			sources = value;
		else if (cs_same(key, CS_TEXT("checked")))
			checked = value;
		else {
			memcpy(out + n, line.at, line.len);
			n += line.len;
			out[n++] = '\n';
		}
	}
	if (strcmp(e->pub.kind, "about") == 0) {
		w->sources = sources;
		w->checked = checked;
	}
	e->pub.body = out;
	e->pub.sources = cs_keep(w->arena, sources);
	e->pub.checked = cs_keep(w->arena, checked);
}

static bool
is_head(cs_text line)
{
	return line.len > 0 && line.at[0] != ' ' && line.at[0] != '\t' &&
	       line.at[0] != '#' && line.at[0] != '\r';
}

static bool
walk_file(struct walk *w, const struct cs_said *said)
{
	struct cs_entry *e = NULL;
	const char *body = said->text.at;
	cs_text rest = said->text;

	w->file = cs_keep(w->arena, cs_text_of(said->file));
	w->line = 0;
	w->sources = w->checked = (cs_text){ "", 0 };
	while (rest.len > 0) {
		const char *from = rest.at;
		cs_text line = cs_cut(&rest, '\n');

		w->line++;
		if (!is_head(line))
			continue;
		if (e)
			end_entry(w, e, body, (size_t)(from - body));
		if (!begin_entry(w, cs_trim(line), &e))
			return false;
		body = line.at + line.len;
	}
	if (e)
		end_entry(w, e, body,
		          (size_t)(said->text.at + said->text.len - body));
	return !w->arena->full;
}

bool
cs_know_entries(const struct cs_know *k, cs_arena *arena, struct cs_entries *ret)
{
	struct walk w = { .arena = arena, .out = ret };

	*ret = (struct cs_entries){ .n = 0 };
	for (const struct cs_said *said = k->said; said; said = said->next)
		if (!walk_file(&w, said))
			return false;
	return true;
}
