#include "read/markup.h"

#include "read/array.h"
#include "read/content.h"
#include "read/value.h"

#include <stddef.h>

/* Each operation writes its literal, then does what its kind says. */
enum op_kind {
	OP_LITERAL,             /* nothing more; it has no value */
	OP_VALUE,               /* the value, in a text */
	OP_ATTRIBUTE,           /* the value, in an attribute */
	OP_UNLESS_NULL,         /* the next 'skip' operations need the value */
	OP_REPEAT               /* the next 'skip', for each item of arrays */
};

struct op {
	uint8_t kind;
	uint16_t index;
	uint32_t skip;
	cs_text text;           /* while compiling, of OP_LITERAL alone: at
	                         * NULL, its end is 'len' */
};

/* The operations for instances of which the same values are NULL: without
 * conditions, and with fewer literals. */
struct flat {
	uint64_t nulls;
	size_t n_values, n;
	const struct op *ops;
};

/* Real templates have one to three that matter. */
#define MAX_FLAT 4
/* Instances of a template before one is worth making. */
#define USES_FOR_FLAT 8

struct cs_markup {
	const struct op *ops, *plain;   /* 'plain': where no value is an array */
	size_t n, n_plain;
	size_t literal_len;     /* of all of them */
	size_t next;            /* chunk offset behind what was compiled */
	const char *damage;     /* NULL: none; else why it ends early, where, */
	size_t damage_at;
	uint16_t damage_token;  /* and at which token */
	cs_arena *arena;        /* where it stays; NULL: it does not */
	unsigned n_uses, n_flat;
	struct flat flat[MAX_FLAT];
};

/* Attributes of one element that are told apart; real ones have three. */
#define MAX_ATTRIBUTES 16

struct element {
	struct cs_token open;
	size_t unless;          /* its OP_UNLESS_NULL, from 1 */
	size_t op, text;        /* where it begins */
	bool has_content;       /* its start tag is complete */
	bool has_child, has_value;
};

struct build {
	cs_arena *arena;
	cs_arena *work;         /* of what is needed while compiling */
	struct cs_xml text;     /* of all literals, one behind the other */
	struct op *ops;
	size_t n, max;
	unsigned depth;
	cs_bytes attributes[MAX_ATTRIBUTES];
	unsigned n_attributes;
	size_t attribute_op, attribute_text;    /* where it begins */
	unsigned attribute_parts;
	uint16_t optional;      /* the value that the attribute goes with */
	bool in_attribute, twice, in_pi;
	const char *damage;
	/* The last, since they are set when they are entered, and take long to
	 * clear; open[0] is no element. */
	struct element open[MAX_XML_DEPTH + 1];
};

/* ---- operations ------------------------------------------------------ */

/* At that place of the list.  NULL: out of memory. */
static struct op *
add_at(struct build *b, size_t at, enum op_kind kind)
{
	if (b->n == b->max) {
		size_t max = b->max ? b->max * 2 : 64;
		struct op *more = cs_room_n(b->work, max, sizeof(*more));

		if (!more)
			return NULL;
		if (b->n)
			memcpy(more, b->ops, b->n * sizeof(*more));
		b->ops = more;
		b->max = max;
	}
	memmove(b->ops + at + 1, b->ops + at, (b->n - at) * sizeof(*b->ops));
	b->n++;
	b->ops[at] = (struct op){ .kind = (uint8_t)kind,
	                          .index = CS_NO_VALUE };
	return &b->ops[at];
}

/* Where the text of the literals before that operation ends. */
static size_t
text_before(const struct build *b, size_t op)
{
	while (op-- > 0)
		if (b->ops[op].kind == OP_LITERAL)
			return b->ops[op].text.len;
	return 0;
}

/* What was written since the last operation becomes one. */
static void
flush(struct build *b)
{
	struct op *op;

	if (b->text.len == text_before(b, b->n))
		return;
	op = add_at(b, b->n, OP_LITERAL);
	if (op)
		op->text.len = b->text.len;
}

static struct op *
add(struct build *b, enum op_kind kind)
{
	flush(b);
	return add_at(b, b->n, kind);
}

/* In front of what was written from 'text' on, which is part of the operations
 * from 'op' on. */
static struct op *
insert(struct build *b, size_t op, size_t text, enum op_kind kind)
{
	struct op *split;

	flush(b);
	if (text > text_before(b, op)) {
		split = add_at(b, op, OP_LITERAL);
		if (!split)
			return NULL;
		split->text.len = text;
		op++;
	}
	return add_at(b, op, kind);
}

static void
raw(struct build *b, const char *z)
{
	cs_xml_raw(&b->text, cs_text_of(z));
}

static uint32_t
ops_behind(const struct build *b, const struct op *op)
{
	return (uint32_t)(b->ops + b->n - op) - 1;
}

/* ---- elements -------------------------------------------------------- */

static void
end_attribute(struct build *b)
{
	struct op *op;

	if (b->in_pi)
		raw(b, "?>");
	b->in_pi = false;
	if (!b->in_attribute)
		return;
	b->in_attribute = b->text.in_attribute = false;
	raw(b, "\"");
	if (b->twice) {
		b->n = b->attribute_op;
		b->text.len = b->attribute_text;
	} else if (b->attribute_parts == 1 && b->optional != CS_NO_VALUE) {
		op = insert(b, b->attribute_op, b->attribute_text, OP_UNLESS_NULL);
		if (op) {
			op->index = b->optional;
			op->skip = ops_behind(b, op);
		}
	}
}

static void
complete_tag(struct build *b)
{
	struct element *e = &b->open[b->depth];

	end_attribute(b);
	if (b->depth == 0 || e->has_content)
		return;
	e->has_content = true;
	raw(b, ">");
}

static void
begin_element(struct build *b, const struct cs_token *t)
{
	struct element *e;

	complete_tag(b);
	b->open[b->depth].has_child = true;
	e = &b->open[++b->depth];
	*e = (struct element){ .open = *t };
	if (t->dependency != CS_NO_VALUE) {
		struct op *op = add(b, OP_UNLESS_NULL);

		if (op)
			op->index = t->dependency;
		e->unless = b->n;
	}
	e->op = b->n;
	e->text = b->text.len;
	raw(b, "<");
	cs_xml_name(&b->text, t->name_units);
	b->n_attributes = 0;
}

static void
end_element(struct build *b)
{
	struct element *e = &b->open[b->depth];
	struct op *op;

	end_attribute(b);
	if (!e->has_content) {
		raw(b, "/>");
	} else {
		raw(b, "</");
		cs_xml_name(&b->text, e->open.name_units);
		raw(b, ">");
	}
	/* An element of text alone is written for each item of an array. */
	if (e->has_value && !e->has_child) {
		op = insert(b, e->op, e->text, OP_REPEAT);
		if (op)
			op->skip = ops_behind(b, op);
	}
	if (e->unless && !b->work->full) {
		flush(b);
		op = &b->ops[e->unless - 1];
		op->skip = ops_behind(b, op);
	}
	b->depth--;
}

static bool
same_units(cs_bytes a, cs_bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static void
begin_attribute(struct build *b, const struct cs_token *t)
{
	cs_bytes units = t->name_units;

	end_attribute(b);
	if (b->depth == 0 || b->open[b->depth].has_content) {
		b->damage = "attribute outside of a start tag";
		return;
	}
	b->attribute_op = b->n;
	b->attribute_text = b->text.len;
	b->in_attribute = b->text.in_attribute = true;
	b->attribute_parts = 0;
	b->optional = CS_NO_VALUE;
	b->twice = b->n_attributes == MAX_ATTRIBUTES;
	for (unsigned i = 0; i < b->n_attributes; i++)
		b->twice |= same_units(b->attributes[i], units);
	if (!b->twice)
		b->attributes[b->n_attributes++] = units;
	raw(b, " ");
	cs_xml_name(&b->text, units);
	raw(b, "=\"");
}

static void
value(struct build *b, const struct cs_token *t)
{
	struct op *op;

	if (!b->in_attribute) {
		complete_tag(b);
		b->open[b->depth].has_value = true;
	} else {
		b->attribute_parts++;
		b->optional = t->optional ? t->index : CS_NO_VALUE;
	}
	op = add(b, b->in_attribute ? OP_ATTRIBUTE : OP_VALUE);
	if (op)
		op->index = t->index;
}

/* ---- texts ----------------------------------------------------------- */

static void
begin_text(struct build *b)
{
	if (b->in_attribute)
		b->attribute_parts++;
	else
		complete_tag(b);
}

static void
entity(struct build *b, const struct cs_token *t)
{
	static const char *const known[] = { "amp", "lt", "gt", "quot", "apos" };
	size_t before;

	begin_text(b);
	before = b->text.len;
	raw(b, "&");
	cs_xml_name(&b->text, t->name_units);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (cs_same((cs_text){ b->text.at + before + 1,
		                       b->text.len - before - 1 },
		            cs_text_of(known[i]))) {
			raw(b, ";");
			return;
		}
	/* No parser knows it: it becomes the text it was written as. */
	b->text.len = before;
	raw(b, "&amp;");
	cs_xml_name(&b->text, t->name_units);
	raw(b, ";");
}

static void
character(struct build *b, uint16_t code)
{
	uint8_t unit[2] = { (uint8_t)(code & 0xff), (uint8_t)(code >> 8) };

	begin_text(b);
	cs_xml_utf16(&b->text, (cs_bytes){ unit, 2 });
}

static void
instruction(struct build *b, const struct cs_token *t)
{
	cs_bytes units = t->name_units;

	complete_tag(b);
	raw(b, "<?");
	/* "xml" itself is taken. */
	if (units.len == 6 && (units.at[0] | 0x20) == 'x' &&
	    (units.at[2] | 0x20) == 'm' && (units.at[4] | 0x20) == 'l')
		raw(b, "_");
	cs_xml_name(&b->text, units);
	raw(b, " ");
	b->in_pi = true;
}

/* Escaped, so that no "?>" can end it early. */
static void
instruction_data(struct build *b, cs_bytes units)
{
	if (b->in_pi)
		cs_xml_utf16(&b->text, units);
}

/* ---- the compiler ---------------------------------------------------- */

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
		complete_tag(b);
		return true;
	case CS_TOK_CLOSE:
		end_element(b);
		return true;
	case CS_TOK_TEXT:
		begin_text(b);
		cs_xml_utf16(&b->text, t->text);
		return true;
	case CS_TOK_CHAR:
		character(b, t->code);
		return true;
	case CS_TOK_ENTITY:
		entity(b, t);
		return true;
	case CS_TOK_VALUE:
		value(b, t);
		return true;
	case CS_TOK_PI:
		instruction(b, t);
		return true;
	case CS_TOK_PI_DATA:
		instruction_data(b, t->text);
		return true;
	case CS_TOK_INSTANCE: case CS_TOK_END:
		b->damage = b->depth ? "end inside an element" : NULL;
		return false;
	case CS_TOK_BAD:
		break;
	}
	b->damage = t->reason;
	return false;
}

/* Literals join the operations behind them, where nothing jumps between. */
static size_t
join(struct op *ops, size_t n, const char *text, uint32_t *place, bool arrays)
{
	size_t begin = 0, m = 0;

	memset(place, 0, (n + 1) * sizeof(*place));
	for (size_t i = 0; i < n; i++)
		if (ops[i].kind == OP_UNLESS_NULL ||
		    (ops[i].kind == OP_REPEAT && arrays))
			place[i + 1 + ops[i].skip] = 1;
	for (size_t i = 0; i < n; i++) {
		bool literal = ops[i].kind == OP_LITERAL;
		bool joins = m > 0 && ops[m - 1].kind == OP_LITERAL && !place[i];
		cs_text t = { text + begin, 0 };        /* with slack behind it */

		if (ops[i].kind == OP_REPEAT && !arrays) {
			place[i + 1] |= place[i];
			place[i] = (uint32_t)m;
			continue;
		}
		if (joins)
			t = ops[--m].text;
		if (literal) {
			t.len += ops[i].text.len - begin;
			begin = ops[i].text.len;
		}
		place[i] = (uint32_t)m;
		ops[m] = ops[i];
		ops[m++].text = t;
	}
	place[n] = (uint32_t)m;
	return m;
}

/* The operations as they run. */
static struct op *
joined(struct build *b, const char *text, uint32_t *place, bool arrays,
       size_t *ret_n)
{
	struct op *ops = cs_room_n(b->arena, b->n, sizeof(*ops));

	if (!ops)
		return NULL;
	if (b->n)
		memcpy(ops, b->ops, b->n * sizeof(*ops));
	*ret_n = join(ops, b->n, text, place, arrays);
	cs_give_back(b->arena, ops, b->n * sizeof(*ops), *ret_n * sizeof(*ops));
	for (size_t i = 0; i < b->n; i++)
		if (b->ops[i].kind == OP_UNLESS_NULL ||
		    (b->ops[i].kind == OP_REPEAT && arrays))
			ops[place[i]].skip = place[i + 1 + b->ops[i].skip] -
			                     place[i] - 1;
	return ops;
}

static struct cs_markup *
finished(struct build *b, size_t next, const struct cs_token *last)
{
	struct cs_markup *m = cs_alloc(b->arena, sizeof(*m));
	char *text = cs_room(b->arena, b->text.len + CS_XML_SLACK);
	uint32_t *place = cs_room_n(b->work, b->n + 1, sizeof(*place));

	if (b->text.full || b->work->full)      /* no template is that long */
		b->arena->full = b->arena->failed = true;
	if (!m || !text || !place || b->arena->full)
		return NULL;
	if (b->text.len)
		memcpy(text, b->text.at, b->text.len);
	memset(text + b->text.len, 0, CS_XML_SLACK);
	*m = (struct cs_markup){
		.literal_len = b->text.len, .next = next, .damage = b->damage,
		.damage_at = last->at, .damage_token = last->code,
	};
	m->ops = joined(b, text, place, true, &m->n);
	m->plain = joined(b, text, place, false, &m->n_plain);
	return b->arena->full ? NULL : m;
}

static struct cs_markup *
compile(struct cs_compiler *c, cs_arena *a, struct cs_binxml x, bool one)
{
	struct cs_markup *m;
	struct cs_token t;
	struct build b;
	bool more;

	memset(&b, 0, offsetof(struct build, open));
	cs_arena_reset(&c->names);
	b.arena = a;
	b.work = &c->names;
	b.text = (struct cs_xml){ .at = c->text.at, .room = c->text.room };
	b.open[0] = (struct element){ .unless = 0 };
	do {
		cs_binxml_next(&x, &t);
		more = take(&b, &t);
	} while (more && !b.damage && !b.text.full && !b.work->full &&
	         !(one && t.kind == CS_TOK_CLOSE && b.depth == 0));
	while (b.depth > 0)
		end_element(&b);
	end_attribute(&b);
	flush(&b);
	m = finished(&b, x.pos, &t);
	c->text = b.text;
	return m;
}

/* ---- the run --------------------------------------------------------- */

struct run {
	struct cs_expand *x;
	struct cs_xml *to;
	bool quiet;             /* the damage has been told */
	/* Behind the item of an array that was written last: items are written
	 * one after the other, and texts are found by going over them. */
	struct { const uint8_t *array; size_t item; cs_bytes rest; } next;
};

static void fragment(struct run *r, cs_bytes bytes);

/* Values are views into the chunk. */
static inline const uint8_t *
readable_end(const struct run *r)
{
	return r->x->chunk.at + r->x->chunk.len;
}

static void
write_text(struct run *r, enum cs_type type, cs_bytes bytes, bool attribute)
{
	struct cs_value v = { CS_TEXT(""), type, bytes };

	r->to->in_attribute = attribute;
	if (type == CS_UTF16 || type == CS_EVTXML)
		cs_xml_utf16(r->to, bytes);
	else
		cs_xml_text(r->to, cs_value_text(&r->x->scan->scratch, &v));
}

static void
write_value(struct run *r, enum cs_type type, cs_bytes bytes, bool attribute)
{
	if (!cs_pay(r->x, cs_value_cost(type, bytes) + bytes.len))
		return;
	if (type != CS_BINXML)
		write_text(r, type, bytes, attribute);
	else if (!attribute)
		fragment(r, bytes);
}

/* Item 'k' of an array, or all of them with commas between. */
static void
write_stored(struct run *r, struct cs_stored s, size_t k, bool all,
             bool attribute)
{
	enum cs_type type = (enum cs_type)(s.type & ~CS_ARRAY_FLAG);
	cs_bytes rest = s.raw, item;
	size_t i = 0;

	if (!(s.type & CS_ARRAY_FLAG)) {
		write_value(r, type, s.raw, attribute);
		return;
	}
	if (!all && r->next.array == s.raw.at && r->next.item == k) {
		rest = r->next.rest;
		i = k;
	}
	for (; rest.len > 0 && !r->x->over; i++) {
		item = cs_array_next(type, &rest);
		if (!all && i < k) {
			cs_pay(r->x, 8);
			continue;
		}
		if (all && i > 0)
			cs_xml_raw(r->to, CS_TEXT(", "));
		if (!all) {
			r->next.array = s.raw.at;
			r->next.item = k + 1;
			r->next.rest = rest;
		}
		write_value(r, type, item, attribute);
		if (!all)
			return;
	}
}

static void run_ops(struct run *r, const struct op *ops, size_t n,
                    const struct cs_stored_values *v, size_t k);

static size_t
items(struct run *r, const struct op *ops, size_t n,
      const struct cs_stored_values *v)
{
	size_t most = 1;

	for (size_t i = 0; i < n; i++) {
		struct cs_stored s = cs_stored_at(v, ops[i].index);
		enum cs_type type = (enum cs_type)(s.type & ~CS_ARRAY_FLAG);
		size_t found = 0;

		if (ops[i].kind != OP_VALUE || !(s.type & CS_ARRAY_FLAG) ||
		    !cs_pay(r->x, s.raw.len))
			continue;
		for (cs_bytes rest = s.raw; rest.len > 0; found++)
			cs_array_next(type, &rest);
		if (found > most)
			most = found;
	}
	return most;
}

static size_t
literals(const struct op *ops, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		len += ops[i].text.len;
	return len;
}

static void
repeat(struct run *r, const struct op *ops, size_t n,
       const struct cs_stored_values *v)
{
	size_t most = items(r, ops, n, v);

	for (size_t i = 0; i < most && cs_pay(r->x, n * STEP_COST +
	                                            literals(ops, n)); i++)
		run_ops(r, ops, n, v, i);
}

/* Of an operation that is more than its literal and a plain value.  Returns how
 * many operations behind it are done. */
static size_t
run_other(struct run *r, const struct op *op, struct cs_stored s,
          const struct cs_stored_values *v, size_t k)
{
	bool attribute = op->kind == OP_ATTRIBUTE;

	if (op->kind == OP_REPEAT) {
		repeat(r, op + 1, op->skip, v);
		return op->skip;
	}
	write_stored(r, s, k, k == SIZE_MAX || attribute, attribute);
	return 0;
}

/* 'k': the item, inside OP_REPEAT; else SIZE_MAX, and arrays are written
 * whole. */
static void
run_ops(struct run *r, const struct op *ops, size_t n,
        const struct cs_stored_values *v, size_t k)
{
	const uint8_t *readable = readable_end(r);
	const struct op *last = ops + n;
	struct cs_expand *x = r->x;
	struct cs_xml *out = r->to;
	char *to = cs_xml_room(out, 0), *end = to ? out->at + out->room : NULL;

	for (const struct op *op = ops; to && op < last; op++) {
		cs_slot s = cs_slot_at(v, op->index);
		cs_bytes raw = cs_slot_bytes(v, s);
		unsigned type = cs_slot_type(s);
		size_t need = op->text.len + CS_XML_ROOM(raw.len);

		if (need >= (size_t)(end - to)) {
			out->len = (size_t)(to - out->at);
			to = cs_xml_grow(out, need);
			end = out->at + out->room;
			if (!to)
				return;
		}
		to = cs_put_blocks(to, op->text);
		if (op->kind == OP_UNLESS_NULL) {
			if (type == CS_NULL)
				op += op->skip;
		} else if (op->kind == OP_REPEAT ||
		           (type > CS_UTF16 && !cs_is_short(type))) {
			out->len = (size_t)(to - out->at);
			op += run_other(r, op, cs_stored_at(v, op->index), v, k);
			to = out->full ? NULL : out->at + out->len;
			end = out->at + out->room;
		} else if (type != CS_NULL &&
		           cs_pay(x, VALUE_COST + raw.len * 2)) {
			if (type == CS_UTF16)
				to = cs_xml_put_utf16(to, raw, readable,
				                      op->kind == OP_ATTRIBUTE);
			else
				to += cs_value_put(to, (enum cs_type)type, raw);
		}
	}
	if (to)
		out->len = (size_t)(to - out->at);
}

/* ---- templates and fragments ----------------------------------------- */

static void
tell(struct run *r, uint32_t id, const struct cs_markup *m)
{
	if (!r->quiet && m && m->damage)
		r->x->damaged(r->x->owner, r->x->place, id, m->damage,
		              m->damage_at, m->damage_token);
}

/* NULL: the store has no room.  One that is damaged is not kept. */
static struct cs_markup *
kept_markup(struct cs_store *store, struct cs_compiler *c, struct cs_binxml x,
            cs_bytes body)
{
	struct cs_kept *kept = cs_store_find(store, x.chunk, body);
	struct cs_markup *m;

	if (kept && kept->markup)
		return kept->markup;
	if (!kept)
		x.uses = cs_store_uses(store, x.chunk, body);
	if (!kept && !x.uses)
		return NULL;
	m = compile(c, &store->arena, x, false);
	if (m && !m->damage && !kept)
		kept = cs_store_keep(store, x.chunk, body);
	if (!m || m->damage || !kept)
		return m;
	m->arena = &store->arena;
	kept->markup = m;
	return m;
}

static struct cs_markup *
markup_of(struct run *r, const struct cs_instance *i)
{
	struct cs_expand *x = r->x;
	struct cs_definition d = { .chunk = x->chunk };
	struct cs_binxml b = { .dependencies = true };
	struct cs_templates *t = x->here;
	struct cs_markup *m = NULL;
	struct cs_recent *recent = cs_recent(x, i, CS_N_PLACES);

	if (cs_is_recent(x, recent, i, CS_N_PLACES))
		return recent->markup;
	if (!cs_binxml_definition(x->chunk, i->definition, i->id, &d.body)) {
		bool found = x->lookup(x->owner, i->id, &d);

		if (!r->quiet)
			x->damaged(x->owner, x->place, i->id,
			           found ? "template lost, another chunk's taken"
			                 : "template lost", i->definition, 0);
		if (!found)
			return NULL;
		t = x->elsewhere;
	}
	if (cs_templates_markup(t, d.body.at, &m)) {
		if (m && t == x->here)
			*recent = (struct cs_recent){
				(uint32_t)i->definition, i->id, t->epoch,
				CS_N_PLACES, NULL, m };
		return m;
	}
	if (!cs_pay(x, d.body.len))
		return NULL;
	b.chunk = d.chunk;
	b.pos = (size_t)(d.body.at - d.chunk.at);
	b.end = b.pos + d.body.len;
	if (t->store)
		m = kept_markup(t->store, x->compiler, b, d.body);
	if (!m)
		m = compile(x->compiler, &t->arena, b, false);
	tell(r, i->id, m);
	cs_templates_add_markup(t, d.body.at, m);
	return m;
}

static void
lost(struct run *r, const struct cs_stored_values *v, bool top)
{
	struct cs_xml *to = r->to;
	char digits[CS_VALUE_CHARS];
	uint8_t id[8];
	const cs_bytes record = { id, sizeof(id) };

	for (size_t i = 0; i < sizeof(id); i++)
		id[i] = (uint8_t)(r->x->place.record >> (8 * i));
	if (top) {
		cs_xml_raw(to, CS_TEXT("<Event xmlns=\"http://schemas.microsoft."
			"com/win/2004/08/events/event\"><System><EventRecordID>"));
		cs_xml_raw(to, (cs_text){ digits, cs_value_put(digits, CS_U64, record) });
		cs_xml_raw(to, CS_TEXT("</EventRecordID></System><EventData>"));
	}
	for (size_t i = 0; i < v->n && cs_pay(r->x, STEP_COST); i++) {
		cs_xml_raw(to, CS_TEXT("<Data>"));
		write_stored(r, cs_stored_at(v, (uint16_t)i), 0, true, false);
		cs_xml_raw(to, CS_TEXT("</Data>"));
	}
	if (top)
		cs_xml_raw(to, CS_TEXT("</EventData></Event>"));
}

static bool
is_null(const struct op *op, const struct cs_stored_values *v)
{
	return cs_slot_type(cs_slot_at(v, op->index)) == CS_NULL;
}

/* Of the operations those that do something for such values. */
static size_t
flatten(const struct cs_markup *m, const struct cs_stored_values *v,
        struct op *to, char *text)
{
	size_t n = 0, begin = 0, len = 0;

	for (size_t i = 0; i < m->n_plain; i++) {
		const struct op *op = &m->plain[i];

		memcpy(text + len, op->text.at, op->text.len);
		len += op->text.len;
		if (op->kind == OP_UNLESS_NULL && is_null(op, v))
			i += op->skip;
		if (op->kind == OP_UNLESS_NULL || is_null(op, v))
			continue;
		to[n] = *op;
		to[n++].text = (cs_text){ text + begin, len - begin };
		begin = len;
	}
	to[n++] = (struct op){ .kind = OP_LITERAL, .index = CS_NO_VALUE,
	                       .text = { text + begin, len - begin } };
	return n;
}

/* NULL: there is none, and none is made. */
static const struct flat *
flat_of(struct cs_markup *m, const struct cs_stored_values *v)
{
	uint64_t nulls;
	struct op *ops;
	struct flat *f;
	char *text;

	if (v->n > 64 || !m->arena)
		return NULL;
	nulls = cs_nulls(v);
	for (f = m->flat; f < m->flat + m->n_flat; f++)
		if (f->nulls == nulls && f->n_values == v->n)
			return f;
	if (m->n_flat == MAX_FLAT || ++m->n_uses < USES_FOR_FLAT ||
	    m->arena->used > m->arena->limit / 2)
		return NULL;
	ops = cs_alloc_n(m->arena, m->n_plain + 1, sizeof(*ops));
	text = cs_alloc(m->arena, m->literal_len + CS_XML_SLACK);
	if (!ops || !text)
		return NULL;
	*f = (struct flat){ nulls, v->n, flatten(m, v, ops, text), ops };
	m->n_flat++;
	return f;
}

static void
run_markup(struct run *r, struct cs_markup *m, const struct cs_stored_values *v)
{
	const struct flat *f;

	if (!cs_pay(r->x, m->n * STEP_COST + m->literal_len))
		return;
	if (v->types & CS_ARRAY_FLAG)
		run_ops(r, m->ops, m->n, v, SIZE_MAX);
	else if ((f = flat_of(m, v)) != NULL)
		run_ops(r, f->ops, f->n, v, SIZE_MAX);
	else
		run_ops(r, m->plain, m->n_plain, v, SIZE_MAX);
}

/* Returns the chunk offset behind the instance, or 'end'. */
static size_t
instance(struct run *r, size_t at, size_t end)
{
	struct cs_stored_values v = { .path = CS_TEXT("") };
	struct cs_markup *m;
	struct cs_instance i;
	size_t next = end, n_slots = r->x->n_slots;

	if (!cs_binxml_instance(r->x->chunk, at, end, &i))
		return end;
	m = markup_of(r, &i);
	if (!cs_read_values(r->x, i.values, end, &v, &next))
		return end;
	if (!m)
		lost(r, &v, r->x->nesting == 0);
	else
		run_markup(r, m, &v);
	r->x->n_slots = n_slots;
	return next;
}

static size_t
elements(struct run *r, size_t at, size_t end)
{
	struct cs_expand *x = r->x;
	struct cs_binxml b = { .chunk = x->chunk, .pos = at, .end = end };
	struct cs_stored_values none = { .chunk = x->chunk.at, .path = CS_TEXT("") };
	struct cs_markup *m;

	if (!cs_pay(x, (end - at) * 2))
		return end;
	m = compile(x->compiler, &x->scan->scratch, b, true);
	if (!m)
		return end;
	tell(r, 0, m);
	run_markup(r, m, &none);
	return m->damage || m->next <= at ? end : m->next;
}

static void
read_fragments(struct run *r, size_t at, size_t end)
{
	while (at < end && !r->x->over) {
		enum cs_fragment_kind kind;

		kind = cs_fragment_next(r->x->chunk, &at, end);
		if (kind == CS_FRAGMENT_END)
			return;
		at = kind == CS_FRAGMENT_INSTANCE ? instance(r, at, end)
		                                  : elements(r, at, end);
	}
}

static void
fragment(struct run *r, cs_bytes bytes)
{
	size_t at = (size_t)(bytes.at - r->x->chunk.at);

	if (bytes.len == 0 || r->x->nesting >= MAX_BINXML_NESTING)
		return;
	r->x->nesting++;
	read_fragments(r, at, at + bytes.len);
	r->x->nesting--;
}

void
cs_markup(struct cs_expand *x, size_t at, size_t end, bool quiet,
          struct cs_xml *to)
{
	const struct cs_stored_values none = { .chunk = x->chunk.at, .path = CS_TEXT("") };
	struct run r = { .x = x, .to = to, .quiet = quiet };
	size_t before = to->len;

	x->nesting = 0;
	x->n_slots = 0;
	x->over = false;
	x->left = x->chunk_left < MAX_EVENT_BYTES ? x->chunk_left
	                                          : MAX_EVENT_BYTES;
	x->chunk_left -= x->left;
	read_fragments(&r, at, end);
	x->chunk_left += x->left;
	if (!x->over && to->len > before)
		return;
	to->len = before;
	lost(&r, &none, true);
}
