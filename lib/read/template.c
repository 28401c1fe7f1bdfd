#include "read/template.h"

#include "base/utf.h"
#include "read/value.h"

#include <stddef.h>

/* Bytes that the programs of one chunk may take, or all that are lost.  Those
 * of a full real chunk take 400,000. */
#define MAX_PROGRAM_BYTES ((size_t)2 * 1024 * 1024)

/* Bytes of the path of an element; ten levels of real names have 150. */
#define MAX_PATH_BYTES 256

struct frame {
	enum cs_where at;               /* what the element is a child of */
	enum cs_where inside;           /* what its children are children of */
	enum cs_slot slot;
	bool has_child, is_named;
	uint16_t n_attributes;
	size_t unless;                  /* its UNLESS_NULL step, from 1 */
	size_t first_part, n_name_parts;
	cs_text element, name, path;
};

struct build {
	struct cs_compiler *c;
	cs_arena *arena;
	const char *damage;
	unsigned depth;
	bool in_attribute, no_memory;
	cs_text attribute;
	size_t attribute_part;
	/* The last, since they are set when they are entered, and take longer to
	 * clear than most templates to compile; frames[0] is the place itself. */
	struct frame frames[MAX_XML_DEPTH + 1];
};

/* ---- vectors -------------------------------------------------------- */

static void *
grown(cs_arena *a, const void *old, size_t n, size_t *max, size_t size)
{
	size_t more = *max ? *max * 2 : 128;
	void *mem = cs_room_n(a, more, size);

	if (!mem)
		return NULL;
	if (n)
		memcpy(mem, old, n * size);
	*max = more;
	return mem;
}

static struct cs_step *
add_step(struct build *b, enum cs_step_kind kind)
{
	struct cs_compiler *c = b->c;

	if (c->n_steps == c->max_steps) {
		struct cs_step *more = grown(c->keep, c->steps, c->n_steps,
		                             &c->max_steps, sizeof(*more));

		if (!more) {
			b->no_memory = true;
			return NULL;
		}
		c->steps = more;
	}
	c->steps[c->n_steps] = (struct cs_step){ .kind = (uint8_t)kind };
	return &c->steps[c->n_steps++];
}

static void
add_part(struct build *b, struct cs_part part)
{
	struct cs_compiler *c = b->c;

	if (c->n_parts == c->max_parts) {
		struct cs_part *more = grown(c->keep, c->parts, c->n_parts,
		                             &c->max_parts, sizeof(*more));

		if (!more) {
			b->no_memory = true;
			return;
		}
		c->parts = more;
	}
	c->parts[c->n_parts++] = part;
}

/* ---- names ---------------------------------------------------------- */

/* A name while its element is open; most are one of two. */
static cs_text
name_for_now(struct build *b, cs_bytes units)
{
	if (units.len == 8 && memcmp(units.at, "D\0a\0t\0a", 8) == 0)
		return CS_TEXT("Data");
	if (units.len == 8 && memcmp(units.at, "N\0a\0m\0e", 8) == 0)
		return CS_TEXT("Name");
	return cs_from_utf16le(&b->c->names, units, NULL);
}

static cs_text
joined(struct build *b, cs_text left, char between, cs_text right)
{
	char *to;

	if (left.len == 0 && between == '/')
		return cs_keep_text(b->arena, right);
	if (left.len + right.len >= MAX_PATH_BYTES) {
		b->damage = "path of an element too long";
		return left;
	}
	to = cs_room(b->arena, left.len + 1 + right.len);
	if (!to) {
		b->no_memory = true;
		return right;
	}
	if (left.len)
		memcpy(to, left.at, left.len);
	to[left.len] = between;
	if (right.len)
		memcpy(to + left.len + 1, right.at, right.len);
	return (cs_text){ to, left.len + 1 + right.len };
}

static enum cs_where
below_event(cs_text element)
{
	if (cs_same(element, CS_TEXT("System")))
		return CS_AT_SYSTEM;
	if (cs_same(element, CS_TEXT("EventData")))
		return CS_AT_DATA;
	if (cs_same(element, CS_TEXT("RenderingInfo")))
		return CS_AT_RENDERING;
	return CS_AT_OTHER;
}

static bool
is_namespace(cs_text attribute)
{
	return cs_same(attribute, CS_TEXT("xmlns")) ||
	       (attribute.len > 6 && memcmp(attribute.at, "xmlns:", 6) == 0);
}

/* ---- steps ---------------------------------------------------------- */

/* The parts from 'first' on become the content of the step; where they are is
 * known when all are there (see finished()). */
static void
set_parts(struct build *b, struct cs_step *s, size_t first)
{
	s->skip = (uint32_t)first;
	s->n_parts = (uint32_t)(b->c->n_parts - first);
}

/* A literal that every event shares is made UTF-8 once, here. */
static void
system_step(struct build *b, enum cs_slot slot, size_t first)
{
	struct cs_part *p = b->c->parts + first;
	struct cs_step *s = slot ? add_step(b, CS_STEP_SYSTEM) : NULL;

	if (!s)
		return;
	s->slot = (uint8_t)slot;
	set_parts(b, s, first);
	if (s->n_parts == 1 && p->index == CS_NO_VALUE && p->type == CS_UTF16) {
		cs_text t = cs_from_utf16le(b->arena, p->literal, NULL);

		p->type = CS_UTF8;
		p->literal = (cs_bytes){ (const uint8_t *)t.at, t.len };
	}
}

static void
nest_step(struct build *b, const struct frame *f, uint16_t index)
{
	struct cs_step *s = add_step(b, CS_STEP_NEST);

	if (!s)
		return;
	s->index = index;
	s->where = (uint8_t)f->inside;
	s->path = f->path;
}

static void
value_step(struct build *b, const struct frame *f)
{
	struct cs_step *s = add_step(b, CS_STEP_VALUE);

	if (!s)
		return;
	s->name = f->name;
	s->path = f->path;
	s->below = f->inside == CS_AT_PATH;
	s->n_attributes = f->n_attributes;
	s->n_name_parts = (uint16_t)f->n_name_parts;
	set_parts(b, s, f->first_part);
	s->n_parts -= s->n_name_parts;
}

/* The name of a Data element; nearly always one literal.  True: its parts are
 * still needed. */
static bool
data_name(struct build *b, struct frame *f)
{
	struct cs_compiler *c = b->c;
	const struct cs_part *p = c->parts ? c->parts + b->attribute_part : NULL;
	size_t n = c->n_parts - b->attribute_part;

	if (f->is_named || n > UINT16_MAX)
		return false;
	f->is_named = true;
	f->name = CS_TEXT("");
	if (n == 1 && p->index == CS_NO_VALUE && p->type == CS_UTF16) {
		f->name = cs_from_utf16le(b->arena, p->literal, NULL);
		return false;
	}
	f->n_name_parts = n;
	f->first_part = b->attribute_part;
	return n > 0;
}

static void
attribute_step(struct build *b, struct frame *f)
{
	struct cs_step *s = add_step(b, CS_STEP_ATTRIBUTE);

	if (!s)
		return;
	f->n_attributes++;
	s->name = joined(b, f->path, '@', b->attribute);
	set_parts(b, s, b->attribute_part);
}

static void
end_attribute(struct build *b)
{
	struct frame *f = &b->frames[b->depth];
	enum cs_slot slot;
	bool keep = false;

	if (!b->in_attribute)
		return;
	b->in_attribute = false;
	if (f->at == CS_AT_SYSTEM) {
		slot = cs_slot_of(f->element, b->attribute);
		system_step(b, slot, b->attribute_part);
		keep = slot != CS_SLOT_NONE;
	} else if (f->at == CS_AT_DATA && cs_same(b->attribute, CS_TEXT("Name"))) {
		keep = data_name(b, f);
	} else if (f->inside == CS_AT_PATH && !is_namespace(b->attribute)) {
		attribute_step(b, f);
		keep = true;
	}
	if (!keep)
		b->c->n_parts = b->attribute_part;
	if (f->n_name_parts == 0)
		f->first_part = b->c->n_parts;
}

static void
begin_attribute(struct build *b, const struct cs_token *t)
{
	end_attribute(b);
	b->in_attribute = true;
	b->attribute = name_for_now(b, t->name_units);
	b->attribute_part = b->c->n_parts;
}

/* ---- elements ------------------------------------------------------- */

/* An element is no value any more once it has a child; what it holds besides
 * is of interest only where it may be elements as well. */
static void
becomes_parent(struct build *b, struct frame *f)
{
	struct cs_compiler *c = b->c;
	size_t first = f->first_part, last = c->n_parts;

	if (f->inside == CS_AT_TEXT)
		return;
	if (!f->has_child && f->inside == CS_AT_PATH) {
		for (size_t i = first; i < last; i++)
			if (c->parts[i].index != CS_NO_VALUE)
				nest_step(b, f, c->parts[i].index);
		c->n_parts = first;
	}
	f->has_child = true;
}

static void
place_element(struct build *b, struct frame *f, const struct frame *parent)
{
	f->inside = CS_AT_TEXT;
	switch (f->at) {
	case CS_AT_DOCUMENT:
		f->inside = CS_AT_EVENT;
		break;
	case CS_AT_EVENT:
		f->inside = below_event(f->element);
		break;
	case CS_AT_SYSTEM:
		f->slot = cs_slot_of(f->element, CS_TEXT(""));
		break;
	case CS_AT_RENDERING:
		if (cs_same(f->element, CS_TEXT("Message")))
			f->slot = CS_SLOT_MESSAGE;
		break;
	case CS_AT_DATA:
		f->name = cs_same(f->element, CS_TEXT("Data"))
		          ? CS_TEXT("") : cs_keep_text(b->arena, f->element);
		break;
	case CS_AT_OTHER:
		f->inside = CS_AT_PATH;
		f->name = cs_keep_text(b->arena, f->element);
		break;
	case CS_AT_PATH:
		f->inside = CS_AT_PATH;
		f->path = f->name = joined(b, parent->path, '/', f->element);
		break;
	case CS_AT_TEXT:
		break;
	}
}

static void
begin_element(struct build *b, const struct cs_token *t)
{
	struct frame *parent = &b->frames[b->depth];
	struct frame *f;

	end_attribute(b);
	becomes_parent(b, parent);
	f = &b->frames[++b->depth];
	*f = (struct frame){ .at = parent->inside, .path = CS_TEXT("") };
	f->element = name_for_now(b, t->name_units);
	place_element(b, f, parent);
	if (t->dependency != CS_NO_VALUE && f->at != CS_AT_TEXT) {
		struct cs_step *s = add_step(b, CS_STEP_UNLESS_NULL);

		if (s)
			s->index = t->dependency;
		f->unless = b->c->n_steps;
	}
	f->first_part = b->c->n_parts;
}

static void
end_element(struct build *b)
{
	struct frame *f = &b->frames[b->depth];
	struct cs_compiler *c = b->c;

	end_attribute(b);
	if (f->slot)
		system_step(b, f->slot, f->first_part);
	else if (f->at == CS_AT_DATA || (f->inside == CS_AT_PATH && !f->has_child))
		value_step(b, f);
	else if (f->at == CS_AT_SYSTEM || f->at == CS_AT_RENDERING)
		c->n_parts = f->first_part;     /* nobody wants it */
	if (f->unless && !b->no_memory)
		c->steps[f->unless - 1].skip = (uint32_t)(c->n_steps - f->unless);
	b->depth--;
}

/* ---- content -------------------------------------------------------- */

static void
content(struct build *b, struct cs_part part)
{
	const struct frame *f = &b->frames[b->depth];
	bool wanted = f->inside == CS_AT_TEXT ||
	              (f->inside == CS_AT_PATH && b->depth > 0 && !f->has_child);

	if (b->in_attribute || wanted)
		add_part(b, part);
	else if (part.index != CS_NO_VALUE)
		nest_step(b, f, part.index);
}

static void
literal(struct build *b, enum cs_type type, cs_bytes bytes)
{
	content(b, (struct cs_part){ bytes, CS_NO_VALUE, (uint8_t)type, false });
}

static void
literal_text(struct build *b, cs_text t)
{
	literal(b, CS_UTF8, (cs_bytes){ (const uint8_t *)t.at, t.len });
}

static void
character(struct build *b, uint16_t code)
{
	uint8_t unit[2] = { (uint8_t)(code & 0xff), (uint8_t)(code >> 8) };

	literal_text(b, cs_from_utf16le(b->arena, (cs_bytes){ unit, 2 }, NULL));
}

static void
entity(struct build *b, cs_bytes units)
{
	static const struct { const char *name, *text; } known[] = {
		{ "amp", "&" }, { "lt", "<" }, { "gt", ">" }, { "quot", "\"" },
		{ "apos", "'" },
	};
	cs_text n = cs_from_utf16le(b->arena, units, NULL);

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (cs_same(n, cs_text_of(known[i].name))) {
			literal_text(b, cs_text_of(known[i].text));
			return;
		}
	literal_text(b, CS_TEXT("&"));
	literal_text(b, n);
	literal_text(b, CS_TEXT(";"));
}

/* ---- the compiler --------------------------------------------------- */

/* Takes one token; false: it was the last. */
static bool
take(struct build *b, const struct cs_token *t)
{
	switch (t->kind) {
	case CS_TOK_OPEN:
		begin_element(b, t);
		return true;
	case CS_TOK_ATTRIBUTE:
		begin_attribute(b, t);
		return true;
	case CS_TOK_CONTENT:
		end_attribute(b);
		return true;
	case CS_TOK_CLOSE:
		end_element(b);
		return true;
	case CS_TOK_TEXT:
		literal(b, CS_UTF16, t->text);
		return true;
	case CS_TOK_CHAR:
		character(b, t->code);
		return true;
	case CS_TOK_ENTITY:
		entity(b, t->name_units);
		return true;
	case CS_TOK_VALUE:
		content(b, (struct cs_part){ { NULL, 0 }, t->index, t->type,
		                             t->optional });
		return true;
	case CS_TOK_PI: case CS_TOK_PI_DATA:
		return true;                    /* they say nothing */
	case CS_TOK_INSTANCE:
		b->damage = b->depth ? "template inside an element" : NULL;
		return false;
	case CS_TOK_END:
		b->damage = b->depth ? "end inside an element" : NULL;
		return false;
	case CS_TOK_BAD:
		break;
	}
	b->damage = t->reason;
	return false;
}

/* ---- the short form ------------------------------------------------- */

static bool
is_number_slot(enum cs_slot slot)
{
	struct cs_system any;

	return slot != CS_SLOT_MESSAGE && !cs_slot_text(&any, slot);
}

/* A literal of System.  False: it has to be looked at in each event. */
static bool
fix(cs_arena *a, const struct cs_step *s, struct cs_system *ret)
{
	const struct cs_part *p = s->parts;
	enum cs_slot slot = (enum cs_slot)s->slot;
	struct cs_value v = { CS_TEXT(""), (enum cs_type)p->type, p->literal };
	cs_text t = { (const char *)p->literal.at, p->literal.len };
	uint64_t number;
	char *copy;

	if (p->type != CS_UTF8)
		return false;
	if (slot == CS_SLOT_CREATED) {
		cs_value_time(&v, &ret->created);
	} else if (is_number_slot(slot)) {
		if (cs_value_number(&v, &number))
			cs_slot_number(ret, slot, number);
	} else if (slot != CS_SLOT_MESSAGE) {
		t = cs_trim(cs_value_text(a, &v));
		copy = cs_alloc(a, t.len);
		if (!copy)
			return false;
		if (t.len)
			memcpy(copy, t.at, t.len);
		/* GUIDs that are stored as text are in either case. */
		for (size_t i = 0; i < t.len && (slot == CS_SLOT_PROVIDER_GUID ||
		     slot == CS_SLOT_ACTIVITY || slot == CS_SLOT_RELATED_ACTIVITY);
		     i++)
			if (copy[i] >= 'A' && copy[i] <= 'F')
				copy[i] = (char)(copy[i] + ('a' - 'A'));
		if (t.len)
			*cs_slot_text(ret, slot) = (cs_text){ copy, t.len };
	}
	return slot != CS_SLOT_MESSAGE;
}

static enum cs_quick_kind
quick_kind(const struct cs_step *s)
{
	if (s->kind == CS_STEP_NEST)
		return CS_QUICK_NEST;
	if (s->kind == CS_STEP_VALUE)
		return CS_QUICK_VALUE;
	return is_number_slot((enum cs_slot)s->slot) ? CS_QUICK_NUMBER
	                                             : CS_QUICK_TEXT;
}

#define NO_DESCRIPTOR UINT32_MAX

static uint32_t
number_descriptor(unsigned type, uint32_t types)
{
	if (type > 31 || !(types >> type & 1))
		return NO_DESCRIPTOR;
	return CS_DESCRIPTOR(type, type == CS_U8 ? 1 : type == CS_U16 ? 2
	                           : type == CS_U32 ? 4 : 8);
}

/* What a step is in short.  False: it is not quick. */
static bool
shorten(const struct cs_step *s, struct cs_quick *ret)
{
	*ret = (struct cs_quick){
		.step = s, .name = s->name, .index = s->index,
		.unless = CS_NO_VALUE,
		.kind = (uint8_t)quick_kind(s),
	};
	if (s->kind == CS_STEP_NEST)
		return s->where != CS_AT_PATH;
	if ((s->kind != CS_STEP_SYSTEM && s->kind != CS_STEP_VALUE) ||
	    s->slot == CS_SLOT_MESSAGE || s->n_parts != 1 || s->n_name_parts ||
	    s->n_attributes || s->below)
		return false;
	ret->part = s->parts;
	ret->index = s->parts->index;
	ret->field = cs_slot_field((enum cs_slot)s->slot);
	ret->types = s->slot == CS_SLOT_CREATED ? 1u << CS_FILETIME
	             : 1u << CS_U8 | 1u << CS_U16 | 1u << CS_U32 | 1u << CS_U64 |
	               1u << CS_HEX64;
	ret->descriptor = number_descriptor(s->parts->type, ret->types);
	return true;
}

/* True: 'all' and p->fixed are the whole program. */
static bool
shorten_all(struct build *b, struct cs_program *p, struct cs_quick *all,
            enum cs_where where)
{
	uint32_t by_value = 0;
	size_t end = 0;
	uint16_t unless = CS_NO_VALUE;

	for (size_t i = 0; i < p->n_steps; i++) {
		const struct cs_step *s = &p->steps[i];
		struct cs_quick *q = &all[p->n_quick];

		if (i >= end)
			unless = CS_NO_VALUE;
		if (s->kind == CS_STEP_UNLESS_NULL) {
			if (i == 0 && s->skip == p->n_steps - 1) {
				p->needs = s->index;    /* Event itself has one */
				continue;
			}
			if (i < end)
				return false;
			unless = s->index;
			end = i + 1 + s->skip;
			continue;
		}
		if (!shorten(s, q) ||
		    (s->kind == CS_STEP_SYSTEM && where != CS_AT_DOCUMENT))
			return false;
		/* A value of System that is NULL says nothing anyway. */
		q->unless = s->kind == CS_STEP_SYSTEM && unless == q->index
		            ? CS_NO_VALUE : unless;
		if (q->unless != CS_NO_VALUE)
			q->descriptor = NO_DESCRIPTOR;
		q->is_simple = q->kind == CS_QUICK_VALUE &&
		               q->index != CS_NO_VALUE && unless == CS_NO_VALUE;
		if (s->kind != CS_STEP_SYSTEM || q->index != CS_NO_VALUE) {
			by_value |= s->kind == CS_STEP_SYSTEM ? 1u << s->slot : 0;
			p->n_quick++;
		} else if (unless != CS_NO_VALUE || (by_value >> s->slot & 1) ||
		           !fix(b->arena, s, &p->fixed)) {
			return false;
		}
	}
	return true;
}

static bool
names_differ(const struct cs_program *p)
{
	uint64_t seen = 0;

	for (size_t i = p->n_numbers; i < p->n_quick; i++) {
		const struct cs_quick *q = &p->quick[i];
		uint64_t bit;

		if (q->kind != CS_QUICK_VALUE)
			continue;
		if (q->name.len == 0)
			return false;
		/* Of 64 bits names that differ mostly have others. */
		bit = (uint64_t)1 << ((q->name.len * 5 + (unsigned char)q->name.at[0] +
		       (unsigned char)q->name.at[q->name.len - 1] * 3) & 63);
		for (size_t k = p->n_numbers; (seen & bit) && k < i; k++)
			if (p->quick[k].kind == CS_QUICK_VALUE &&
			    cs_same(p->quick[k].name, q->name))
				return false;
		seen |= bit;
	}
	return true;
}

/* Room that is used again for the next program. */
static struct cs_quick *
quick_room(struct cs_compiler *c, size_t n)
{
	if (n > c->max_quick) {
		c->quick = cs_room_n(c->keep, n, sizeof(*c->quick));
		c->max_quick = c->quick ? n : 0;
	}
	return c->quick;
}

static bool
is_list(const struct cs_program *p)
{
	for (size_t i = 0; i < p->n_quick; i++)
		if (!p->quick[i].is_simple || p->quick[i].index != i)
			return false;
	return p->n_quick > 0 && p->needs == CS_NO_VALUE;
}

static void
add_quick(struct build *b, struct cs_program *p, enum cs_where where)
{
	struct cs_quick *all = quick_room(b->c, p->n_steps), *sorted;
	size_t n = 0;

	p->fixed.provider = CS_TEXT("");
	p->needs = CS_NO_VALUE;
	if (!all || p->damage || (where != CS_AT_DOCUMENT &&
	                          where != CS_AT_EVENT && where != CS_AT_DATA) ||
	    !shorten_all(b, p, all, where))
		return;
	sorted = cs_room_n(b->arena, p->n_quick, sizeof(*sorted));
	if (!sorted)
		return;
	/* In passes: the id, other numbers, the rest. */
	for (int pass = 0; pass < 3; pass++)
		for (size_t i = 0; i < p->n_quick; i++) {
			bool number = all[i].kind == CS_QUICK_NUMBER;
			bool id = number &&
			          all[i].step->slot == CS_SLOT_EVENT_ID;

			if (pass == (id ? 0 : number ? 1 : 2))
				sorted[n++] = all[i];
		}
	for (size_t i = 0; i < n; i++) {
		p->n_numbers += sorted[i].kind == CS_QUICK_NUMBER;
		p->n_values += sorted[i].kind == CS_QUICK_VALUE;
	}
	p->quick = sorted;
	p->is_list = is_list(p);
	/* Real ones have 30 values; not worth the time for thousands. */
	p->names_differ = p->n_values <= 128 && names_differ(p);
}

/* Copies the vectors to where the program lives. */
static struct cs_program *
finished(struct build *b, const struct cs_program *program, enum cs_where where)
{
	struct cs_compiler *c = b->c;
	struct cs_program *p = cs_room(b->arena, sizeof(*p));
	struct cs_step *steps = cs_room_n(b->arena, c->n_steps, sizeof(*steps));
	struct cs_part *parts = cs_room_n(b->arena, c->n_parts, sizeof(*parts));

	if (!p || !steps || !parts || b->no_memory)
		return NULL;
	if (c->n_parts)
		memcpy(parts, c->parts, c->n_parts * sizeof(*parts));
	for (size_t i = 0; i < c->n_steps; i++) {
		steps[i] = c->steps[i];
		if (steps[i].kind != CS_STEP_UNLESS_NULL) {
			steps[i].parts = parts + steps[i].skip;
			steps[i].skip = 0;
		}
	}
	*p = *program;
	p->steps = steps;
	p->n_steps = c->n_steps;
	if (c->n_steps > 0)
		add_quick(b, p, where);
	return b->arena->full || c->names.full || c->keep->full ? NULL : p;
}

struct cs_program *
cs_compile(struct cs_compiler *c, cs_arena *a, struct cs_binxml x,
           enum cs_where where, bool one)
{
	struct cs_program p = { 0 };
	struct cs_token t;
	struct build b;
	bool more;

	memset(&b, 0, offsetof(struct build, frames));
	b.c = c;
	b.arena = a;
	c->n_steps = c->n_parts = 0;
	cs_arena_reset(&c->names);
	b.frames[0] = (struct frame){ .inside = where, .path = CS_TEXT("") };
	do {
		cs_binxml_next(&x, &t);
		more = take(&b, &t);
	} while (more && !b.damage && !b.no_memory &&
	         !(one && t.kind == CS_TOK_CLOSE && b.depth == 0));
	p.next = x.pos;
	p.damage = b.damage;
	p.damage_at = t.at;
	p.damage_token = t.code;
	while (b.depth > 0)
		end_element(&b);
	if (where == CS_AT_TEXT && c->n_parts > 0) {
		struct cs_step *s = add_step(&b, CS_STEP_TEXT);

		if (s)
			set_parts(&b, s, 0);
	}
	return finished(&b, &p, where);
}

/* ---- programs by definition ----------------------------------------- */

void
cs_templates_forget(struct cs_templates *t, size_t most)
{
	cs_arena_reset(&t->arena);
	t->arena.limit = MAX_PROGRAM_BYTES;
	t->left = most;
	t->n = 0;
	t->epoch++;
}

static struct cs_template_slot *
slot_for(struct cs_templates *t, const uint8_t *body, unsigned where)
{
	size_t i = ((uintptr_t)body * 0x9e3779b1u >> 7) + where;
	struct cs_template_slot *s = &t->slots[i % CS_TEMPLATE_SLOTS];

	while (s->epoch == t->epoch && (s->body != body || s->where != where)) {
		i++;
		s = &t->slots[i % CS_TEMPLATE_SLOTS];
	}
	return s;
}

/* A table that is nearly full is left alone: what may be compiled for one chunk
 * has its own end. */
static void
remember(struct cs_templates *t, struct cs_template_slot *at,
         struct cs_template_slot what)
{
	if (t->n >= CS_TEMPLATE_SLOTS * 3 / 4)
		return;
	what.epoch = t->epoch;
	*at = what;
	t->n++;
}

/* Literals point into the chunk; those of a program that stays point into the
 * copy of the body that stays with it. */
static void
move_literals(const struct cs_program *p, cs_bytes body, const uint8_t *copy)
{
	for (size_t i = 0; i < p->n_steps; i++) {
		const struct cs_step *s = &p->steps[i];
		struct cs_part *part = (struct cs_part *)(uintptr_t)s->parts;

		for (size_t n = s->n_parts + s->n_name_parts; n > 0; n--, part++)
			if (part->literal.at >= body.at &&
			    part->literal.at <= body.at + body.len)
				part->literal.at = copy + (part->literal.at -
				                           body.at);
	}
}

/* NULL: the store has no room.  One that is damaged is not kept. */
static const struct cs_program *
kept_program(struct cs_store *store, struct cs_compiler *c, struct cs_binxml x,
             cs_bytes body, enum cs_where where, bool *ret_new)
{
	struct cs_kept *kept = cs_store_find(store, x.chunk, body);
	struct cs_program *p;

	if (kept && kept->programs[where])
		return kept->programs[where];
	*ret_new = true;
	if (!kept)
		x.uses = cs_store_uses(store, x.chunk, body);
	if (!kept && !x.uses)
		return NULL;
	p = cs_compile(c, &store->arena, x, where, false);
	if (p && !p->damage && !kept)
		kept = cs_store_keep(store, x.chunk, body);
	if (!p || p->damage || !kept)
		return p;
	p->arena = &store->arena;
	move_literals(p, body, kept->body.at);
	kept->programs[where] = p;
	return p;
}

const struct cs_program *
cs_template(struct cs_templates *t, struct cs_compiler *c, cs_bytes chunk,
            cs_bytes body, enum cs_where where, bool *ret_new)
{
	struct cs_template_slot *s = slot_for(t, body.at, where);
	size_t at = (size_t)(body.at - chunk.at);
	struct cs_binxml x = { .chunk = chunk, .pos = at, .end = at + body.len,
	                       .dependencies = true };
	const struct cs_program *p = NULL;

	*ret_new = false;
	if (s->epoch == t->epoch)
		return s->program;
	if (body.len > t->left)
		return NULL;
	t->left -= body.len;
	if (t->store)
		p = kept_program(t->store, c, x, body, where, ret_new);
	if (!p) {
		*ret_new = true;
		p = cs_compile(c, &t->arena, x, where, false);
	}
	if (p)
		remember(t, s, (struct cs_template_slot){
			.body = body.at, .program = p, .where = where });
	return p;
}

bool
cs_templates_markup(struct cs_templates *t, const uint8_t *body,
                    struct cs_markup **ret)
{
	const struct cs_template_slot *s = slot_for(t, body, CS_N_PLACES);

	*ret = s->epoch == t->epoch ? s->markup : NULL;
	return s->epoch == t->epoch;
}

void
cs_templates_add_markup(struct cs_templates *t, const uint8_t *body,
                        struct cs_markup *m)
{
	remember(t, slot_for(t, body, CS_N_PLACES), (struct cs_template_slot){
		.body = body, .markup = m, .where = CS_N_PLACES });
}
