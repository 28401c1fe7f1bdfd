#include "read/quickjson.h"

#include "base/time.h"
#include "read/array.h"
#include "read/content.h"
#include "read/jsontext.h"

/* What is written behind the literal of an operation. */
enum how {
	HOW_LITERAL,            /* nothing */
	HOW_VALUE,
	HOW_TEXT, HOW_GUID,     /* of System */
	HOW_NUMBER,
	HOW_QUALIFIERS,         /* literal and number, where it is not 0 */
	HOW_RECORD,             /* where it is not 0 */
	HOW_KEYWORDS, HOW_TIME
};

struct json_op {
	cs_text text;           /* with slack behind it */
	uint16_t index;
	uint8_t how, size;      /* of a number, in bytes */
	uint32_t types, descriptor;     /* as in struct cs_quick */
};

/* Of instances of one program of which the same values are NULL. */
struct form {
	uint64_t nulls;
	size_t n_values, n;
	const struct json_op *ops;      /* NULL: not this way */
	size_t literal_len;             /* of all of them */
	unsigned uses;                  /* of one value, at most */
	uint16_t nest;                  /* the value that is the payload */
	uint8_t where;
	bool has_values;                /* Data among its own */
};

#define MAX_FORMS 4
/* Values of an instance that has one, and uses of one of them. */
#define MAX_VALUES 64
#define MAX_USES 4
/* Instances before a form is worth making. */
#define USES_FOR_FORM 8

struct cs_json_forms {
	unsigned n_uses, n;
	struct form form[MAX_FORMS];
};

/* ---- to make one ----------------------------------------------------- */

struct making {
	const struct cs_program *p;
	const struct cs_stored_values *v;
	struct json_op *ops;
	size_t n;
	struct cs_xml text;     /* of all literals */
	size_t begin;           /* of the next one */
	cs_arena *arena;
};

static void
put(struct making *m, cs_text t)
{
	cs_xml_raw(&m->text, t);
}

static void
put_string(struct making *m, cs_text t)
{
	char *to = cs_xml_room(&m->text, CS_JSON_ROOM(t.len));

	if (to)
		m->text.len += cs_json_put_text(to, t);
}

/* Its literal is what was put since the last one; until the end its place is
 * in 'len' alone. */
static struct json_op *
add(struct making *m, enum how how, uint16_t index)
{
	struct json_op *op = &m->ops[m->n++];

	*op = (struct json_op){ .how = (uint8_t)how, .index = index,
	                        .text.len = m->text.len - m->begin };
	m->begin = m->text.len;
	return op;
}

static bool
is_null_at(const struct making *m, uint16_t index)
{
	return cs_slot_type(cs_slot_at(m->v, index)) == CS_NULL;
}

/* The last step of that slot that does something; NULL: there is none. */
static const struct cs_quick *
quick_of(const struct making *m, enum cs_slot slot)
{
	const struct cs_quick *found = NULL;

	for (size_t i = 0; i < m->p->n_quick; i++) {
		const struct cs_quick *q = &m->p->quick[i];

		if ((q->kind == CS_QUICK_NUMBER || q->kind == CS_QUICK_TEXT) &&
		    q->step->slot == slot && !is_null_at(m, q->index) &&
		    (q->unless == CS_NO_VALUE || !is_null_at(m, q->unless)))
			found = q;
	}
	return found;
}

static enum how
how_of(enum cs_slot slot)
{
	switch (slot) {
	case CS_SLOT_PROVIDER_GUID: case CS_SLOT_ACTIVITY:
	case CS_SLOT_RELATED_ACTIVITY:
		return HOW_GUID;
	case CS_SLOT_QUALIFIERS:
		return HOW_QUALIFIERS;
	case CS_SLOT_RECORD_ID:
		return HOW_RECORD;
	case CS_SLOT_KEYWORDS:
		return HOW_KEYWORDS;
	case CS_SLOT_CREATED:
		return HOW_TIME;
	default:
		return HOW_NUMBER;
	}
}

static void
put_decimal(struct making *m, uint64_t n)
{
	char *to = cs_xml_room(&m->text, CS_VALUE_CHARS);

	if (to)
		m->text.len += cs_put_decimal(to, n);
}

/* A number of System that is the same in all events.  False: only a value will
 * do. */
static bool
fixed_number(struct making *m, enum cs_slot slot)
{
	const struct cs_system *s = &m->p->fixed;

	switch (slot) {
	case CS_SLOT_EVENT_ID:
		put_decimal(m, s->id);
		return true;
	case CS_SLOT_VERSION:
		put_decimal(m, s->version);
		return true;
	case CS_SLOT_LEVEL:
		put_decimal(m, s->level);
		return true;
	case CS_SLOT_TASK:
		put_decimal(m, s->task);
		return true;
	case CS_SLOT_OPCODE:
		put_decimal(m, s->opcode);
		return true;
	case CS_SLOT_PROCESS:
		put_decimal(m, s->process);
		return true;
	case CS_SLOT_THREAD:
		put_decimal(m, s->thread);
		return true;
	default:
		return false;
	}
}

/* In the order of eventjson.c. */
static const struct {
	enum cs_slot slot;
	const char *key;
} keys[] = {
	{ CS_SLOT_PROVIDER, "{\"Provider\":" },
	{ CS_SLOT_PROVIDER_GUID, ",\"ProviderGuid\":" },
	{ CS_SLOT_EVENT_SOURCE, ",\"EventSourceName\":" },
	{ CS_SLOT_EVENT_ID, ",\"EventID\":" },
	{ CS_SLOT_QUALIFIERS, ",\"Qualifiers\":" },
	{ CS_SLOT_VERSION, ",\"Version\":" }, { CS_SLOT_LEVEL, ",\"Level\":" },
	{ CS_SLOT_TASK, ",\"Task\":" }, { CS_SLOT_OPCODE, ",\"Opcode\":" },
	{ CS_SLOT_KEYWORDS, ",\"Keywords\":" },
	{ CS_SLOT_CREATED, ",\"TimeCreated\":" },
	{ CS_SLOT_RECORD_ID, ",\"EventRecordID\":" },
	{ CS_SLOT_ACTIVITY, ",\"ActivityID\":" },
	{ CS_SLOT_RELATED_ACTIVITY, ",\"RelatedActivityID\":" },
	{ CS_SLOT_PROCESS, ",\"ProcessID\":" },
	{ CS_SLOT_THREAD, ",\"ThreadID\":" },
	{ CS_SLOT_CHANNEL, ",\"Channel\":" },
	{ CS_SLOT_COMPUTER, ",\"Computer\":" }, { CS_SLOT_USER, ",\"UserID\":" },
};
#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

/* False: not this way. */
static bool
make_key(struct making *m, enum cs_slot slot, const char *key)
{
	struct cs_field f = cs_slot_field(slot);
	struct cs_system fixed = m->p->fixed;
	const struct cs_quick *q = quick_of(m, slot);
	cs_text text = f.is_text ? *cs_field_text(&fixed, f) : CS_TEXT("");
	struct json_op *op;

	if (q && f.is_text) {
		put(m, cs_text_of(key));
		add(m, how_of(slot) == HOW_GUID ? HOW_GUID : HOW_TEXT, q->index);
		return true;
	}
	if (f.is_text) {
		if (text.len == 0 && slot != CS_SLOT_PROVIDER)
			return true;
		put(m, cs_text_of(key));
		put_string(m, text);
		return true;
	}
	if (!q && slot == CS_SLOT_QUALIFIERS)
		return fixed.qualifiers == 0;
	if (!q) {
		put(m, cs_text_of(key));
		return fixed_number(m, slot);
	}
	if (how_of(slot) == HOW_QUALIFIERS)
		add(m, HOW_LITERAL, CS_NO_VALUE);
	put(m, cs_text_of(key));
	op = add(m, how_of(slot), q->index);
	op->types = q->types;
	op->descriptor = q->descriptor;
	op->size = f.size;
	return true;
}

static bool
make_value(struct making *m, const struct cs_quick *q, bool first)
{
	if (q->index == CS_NO_VALUE)
		return false;
	put(m, first ? CS_TEXT("{") : CS_TEXT(","));
	put_string(m, q->name);
	put(m, CS_TEXT(":"));
	if (is_null_at(m, q->index))
		put(m, CS_TEXT("null"));
	else
		add(m, HOW_VALUE, q->index);
	return true;
}

static bool
make_values(struct making *m, struct form *f)
{
	const struct cs_program *p = m->p;

	for (size_t i = p->n_numbers; i < p->n_quick; i++) {
		const struct cs_quick *q = &p->quick[i];

		if (q->unless != CS_NO_VALUE && is_null_at(m, q->unless))
			continue;
		if (q->kind == CS_QUICK_VALUE) {
			if (!make_value(m, q, !f->has_values))
				return false;
			f->has_values = true;
		} else if (q->kind == CS_QUICK_NEST && !is_null_at(m, q->index)) {
			if (f->nest != CS_NO_VALUE)
				return false;
			f->nest = q->index;
			f->where = q->step->where;
		}
	}
	return !f->has_values || f->nest == CS_NO_VALUE;
}

/* The literals, where they stay. */
static bool
keep(struct making *m)
{
	char *text = cs_room(m->arena, m->text.len + CS_XML_SLACK);
	size_t at = 0;

	if (!text || m->text.full)
		return false;
	memcpy(text, m->text.at, m->text.len);
	memset(text + m->text.len, 0, CS_XML_SLACK);
	for (size_t i = 0; i < m->n; i++) {
		m->ops[i].text.at = text + at;
		at += m->ops[i].text.len;
	}
	return true;
}

/* False: one is used too often. */
static bool
count_uses(const struct making *m, struct form *f)
{
	uint8_t uses[MAX_VALUES] = { 0 };

	for (size_t i = 0; i < m->n; i++) {
		uint16_t index = m->ops[i].index;

		if (index >= MAX_VALUES)
			continue;
		if (++uses[index] > f->uses)
			f->uses = uses[index];
		if (f->uses > MAX_USES)
			return false;
	}
	return true;
}

static bool
make(struct making *m, struct form *f, bool top)
{
	if (!m->ops || !m->p->names_differ ||
	    (m->p->needs != CS_NO_VALUE && is_null_at(m, m->p->needs)))
		return false;
	for (size_t i = 0; top && i < N_KEYS; i++)
		if (!make_key(m, keys[i].slot, keys[i].key))
			return false;
	if (top)
		put(m, CS_TEXT("},\"Data\":"));
	if (!make_values(m, f) || (!top && f->nest != CS_NO_VALUE))
		return false;
	if (f->nest == CS_NO_VALUE)
		put(m, f->has_values ? CS_TEXT("}}") : CS_TEXT("{}}"));
	add(m, HOW_LITERAL, CS_NO_VALUE);
	f->literal_len = m->text.len;
	return count_uses(m, f) && keep(m);
}

static struct form
new_form(struct cs_compiler *c, const struct cs_program *p,
         const struct cs_stored_values *v, uint64_t nulls, bool top)
{
	struct form f = { .nulls = nulls, .n_values = v->n, .nest = CS_NO_VALUE };
	size_t most = p->n_quick + N_KEYS + 2;
	struct making m = { .p = p, .v = v, .arena = p->arena,
	                    .text = { .at = c->text.at, .room = c->text.room } };

	m.ops = cs_room_n(m.arena, most, sizeof(*m.ops));
	if (make(&m, &f, top)) {
		f.ops = m.ops;
		f.n = m.n;
	}
	c->text = m.text;
	return f;
}

/* Programs stay as they are, but for what is kept here.  NULL: of programs that
 * go away nothing is. */
static struct cs_json_forms *
forms_of(const struct cs_program *p)
{
	struct cs_program *own = (struct cs_program *)(uintptr_t)p;

	if (!p->forms && p->arena)
		own->forms = cs_alloc(p->arena, sizeof(*p->forms));
	return p->forms;
}

/* NULL: there is none, and none is made yet. */
static const struct form *
form_of(struct cs_compiler *c, const struct cs_program *p,
        const struct cs_stored_values *v, bool top)
{
	struct cs_json_forms *all = forms_of(p);
	uint64_t nulls;

	if (!all || v->n > MAX_VALUES)
		return NULL;
	nulls = cs_nulls(v);
	for (struct form *f = all->form; f < all->form + all->n; f++)
		if (f->nulls == nulls && f->n_values == v->n)
			return f;
	if (all->n == MAX_FORMS || ++all->n_uses < USES_FOR_FORM ||
	    p->arena->used > p->arena->limit / 2)
		return NULL;
	all->form[all->n] = new_form(c, p, v, nulls, top);
	return &all->form[all->n++];
}

/* ---- to write it ----------------------------------------------------- */

/* Texts of System lose blanks at their ends, and GUIDs that are text are made
 * lower case. */
static bool
is_as_stored(cs_bytes raw, unsigned type, enum how how)
{
	if (type == CS_GUID || type == CS_SID)
		return raw.len >= (type == CS_GUID ? 16u : 8u);
	return type == CS_UTF16 && how == HOW_TEXT && raw.len >= 2 &&
	       raw.len % 2 == 0 && cs_load16(raw.at) > 0x20 &&
	       cs_load16(raw.at + raw.len - 2) > 0x20;
}

struct writing {
	struct cs_expand *x;
	const struct cs_stored_values *v;
	const uint8_t *readable;
};

static inline char *
put_value(const struct writing *w, char *to, enum cs_type type, cs_bytes raw)
{
	if (raw.len == 0 || (raw.at[0] == 0 && cs_is_empty(type, raw))) {
		memcpy(to, "null", 4);
		return to + 4;
	}
	if (type == CS_UTF16)
		return cs_json_put_utf16(to, raw, w->readable);
	return to + cs_json_put_short(to, type, raw);
}

/* A number of System.  NULL: not this way. */
static char *
put_number(const struct writing *w, char *to, const struct json_op *op,
           uint32_t descriptor, cs_bytes raw)
{
	uint64_t n;

	if (descriptor == op->descriptor && w->readable - raw.at >= 8)
		n = cs_low_bytes(raw.at, descriptor & 0xff);
	else if (!cs_plain_number((struct cs_stored){ raw, (uint8_t)
	                          (descriptor >> 16) }, op->types, &n))
		return NULL;
	n = cs_low_bytes_of(n, op->size);
	if (op->how == HOW_NUMBER)
		return to + cs_put_decimal(to, n);
	switch ((enum how)op->how) {
	case HOW_QUALIFIERS:
		return n ? to + cs_put_decimal(to, n) : to - op->text.len;
	case HOW_KEYWORDS:
		*to++ = '"';
		to += cs_put_hex(to, n);
		*to++ = '"';
		return to;
	case HOW_TIME:
		if (n == 0)
			return NULL;
		*to++ = '"';
		cs_time_text(n, to);
		to[CS_TIME_LEN] = '"';
		return to + CS_TIME_LEN + 1;
	default:                        /* HOW_RECORD */
		return n ? to + cs_put_decimal(to, n) : NULL;
	}
}

/* What is behind the literal of an operation.  NULL: not this way. */
static inline char *
put_stored(const struct writing *w, char *to, const struct json_op *op)
{
	const struct cs_stored_values *v = w->v;
	uint32_t descriptor;
	unsigned type;
	cs_bytes raw;

	if (op->how == HOW_LITERAL)
		return to;
	/* Its index is that of a value: the form is one for so many. */
	descriptor = cs_descriptor(v->descriptors, op->index);
	raw = (cs_bytes){ v->chunk + v->offsets[op->index],
	                  descriptor & 0xffff };
	if (op->how >= HOW_NUMBER)
		return put_number(w, to, op, descriptor, raw);
	type = descriptor >> 16;
	if (op->how == HOW_VALUE ? type != CS_UTF16 && !cs_is_short(type)
	                         : !is_as_stored(raw, type, (enum how)op->how))
		return NULL;
	return put_value(w, to, (enum cs_type)type, raw);
}

/* Of an instance whose values have so many bytes.  False: not this way. */
static bool
write_ops(const struct writing *w, const struct form *f, size_t bytes,
          struct cs_xml *out)
{
	size_t most = bytes * f->uses;          /* that are written */
	uint64_t cost = f->n * VALUE_COST + most * 2;
	char *to;

	if (cost > w->x->left)
		return false;
	to = cs_xml_room(out, f->literal_len + CS_XML_SLACK +
	                      f->n * CS_JSON_ROOM(0) + CS_JSON_ROOM(most));
	for (size_t i = 0; to && i < f->n; i++)
		to = put_stored(w, cs_put_blocks(to, f->ops[i].text), &f->ops[i]);
	if (!to)
		return false;
	w->x->left -= cost;
	out->len = (size_t)(to - out->at);
	return true;
}

/* One instance, from 'at' to the end of its fragment. */
static bool
instance(struct cs_expand *x, size_t at, size_t end, enum cs_where where,
         struct cs_xml *out)
{
	struct cs_stored_values v = { .path = CS_TEXT("") };
	const struct writing w = { x, &v, x->chunk.at + x->chunk.len };
	bool top = where == CS_AT_DOCUMENT;
	const struct cs_program *p;
	const struct form *f;
	struct cs_instance i;
	cs_bytes nested, body;
	size_t bytes;

	if (end - at < 4 || cs_fragment_next(x->chunk, &at, end) !=
	                    CS_FRAGMENT_INSTANCE ||
	    !cs_binxml_instance(x->chunk, at, end, &i))
		return false;
	/* A lost one would be noted here and the long way. */
	if (!cs_is_recent(x, cs_recent(x, &i, where), &i, where) &&
	    !cs_binxml_definition(x->chunk, i.definition, i.id, &body))
		return false;
	p = cs_program_of(x, &i, where);
	if (!p || !p->quick || x->doubtful ||
	    !cs_read_slots(x, i.values, end, &v, &at))
		return false;
	bytes = at - i.values;
	if ((v.types & CS_ARRAY_FLAG) ||
	    cs_fragment_next(x->chunk, &at, end) != CS_FRAGMENT_END)
		return false;
	f = form_of(x->compiler, p, &v, top);
	if (!f || !f->ops || !write_ops(&w, f, bytes, out))
		return false;
	if (f->nest == CS_NO_VALUE)
		return true;
	if (cs_slot_type(cs_slot_at(&v, f->nest)) != CS_BINXML)
		return false;
	nested = cs_slot_bytes(&v, cs_slot_at(&v, f->nest));
	at = (size_t)(nested.at - x->chunk.at);
	return instance(x, at, at + nested.len, (enum cs_where)f->where, out);
}

bool
cs_quick_json(struct cs_expand *x, size_t at, size_t end, struct cs_xml *out)
{
	size_t before = out->len;
	bool done;

	x->left = x->chunk_left < MAX_EVENT_BYTES ? x->chunk_left
	                                          : MAX_EVENT_BYTES;
	x->chunk_left -= x->left;
	x->n_slots = 0;
	done = instance(x, at, end, CS_AT_DOCUMENT, out);
	x->chunk_left += x->left;
	if (!done)
		out->len = before;
	return done;
}
