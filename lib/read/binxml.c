#include "read/binxml.h"

#include "base/limits.h"

#define TOKEN_MORE 0x40         /* flag on tokens: says nothing we need */
#define SMALLEST_ELEMENT 5      /* name offset and the empty-element token */
#define DEFINITION_HEADER 24

/* Units of a name.  Real ones have at most about 60; names of 30,000 that are
 * used by each of 6,000 elements would take their time. */
#define MAX_NAME 256

static inline cs_reader
reader_at(cs_bytes b, size_t at)
{
	cs_reader r = cs_read(b);

	cs_seek(&r, at);
	return r;
}

/* Of a name, without its units. */
#define NAME_FRAME 10

#define FACTOR 65599u

/* Two units at a time, which is what the processor waits for. */
static uint16_t
name_hash(cs_bytes units)
{
	const uint8_t *p = units.at;
	size_t n = units.len / 2;
	uint32_t h = 0;

	for (; n > 1; n -= 2, p += 4)
		h = h * (FACTOR * FACTOR) + cs_load16(p) * FACTOR + cs_load16(p + 2);
	return (uint16_t)(n ? h * FACTOR + cs_load16(p) : h);
}

/* A name: the next one of its hash bucket (nobody follows that), hash,
 * length, units, a NUL. */
static bool
read_name(cs_bytes chunk, size_t at, cs_bytes *ret, size_t *ret_end)
{
	size_t left = at < chunk.len ? chunk.len - at : 0, n;
	const uint8_t *p;

	if (left < NAME_FRAME)
		return false;
	p = chunk.at + at;
	n = cs_load16(p + 6);
	if (n == 0 || n > MAX_NAME || n * 2 > left - NAME_FRAME ||
	    name_hash((cs_bytes){ p + 8, n * 2 }) != cs_load16(p + 4))
		return false;
	*ret = (cs_bytes){ p + 8, n * 2 };
	*ret_end = at + NAME_FRAME + n * 2;
	return true;
}

bool
cs_binxml_name(cs_bytes chunk, size_t at, cs_bytes *ret)
{
	size_t end;

	return read_name(chunk, at, ret, &end);
}

/* A reference to a name; the name itself follows where it is used first. */
static bool
name_reference(cs_bytes chunk, cs_reader *r, struct cs_token *t)
{
	cs_bytes units;
	size_t end, word = r->pos;
	uint32_t at = cs_u32le(r);

	if (r->is_short || !read_name(chunk, at, &units, &end))
		return false;
	if (at == r->pos)
		cs_seek(r, end);
	t->name = at;
	t->name_word = word;
	t->name_units = units;
	return !r->is_short;
}

static void
bad(struct cs_token *t, const char *reason)
{
	t->kind = CS_TOK_BAD;
	t->reason = reason;
}

/* One of the two layouts of an element's beginning.  'strict' asks that the
 * element's size fits as well. */
static bool
open_as(const struct cs_binxml *x, cs_reader r, bool dependency, bool strict,
        struct cs_token *t, size_t *ret_pos)
{
	uint32_t size;

	t->dependency = dependency ? cs_u16le(&r) : CS_NO_VALUE;
	size = cs_u32le(&r);
	if (r.is_short ||
	    (strict && (size < SMALLEST_ELEMENT || size > x->end - r.pos)))
		return false;
	if (!name_reference(x->chunk, &r, t) || r.pos > x->end)
		return false;
	*ret_pos = r.pos;
	return true;
}

/* Elements of templates have a dependency id, others mostly have not, and
 * nothing in the stream says so; the hash of the name tells. */
static bool
open_element(struct cs_binxml *x, cs_reader *r, bool attributes,
             struct cs_token *t)
{
	size_t pos = 0;

	if (x->depth >= MAX_XML_DEPTH) {
		bad(t, "elements too deep");
		return false;
	}
	if (!open_as(x, *r, x->dependencies, true, t, &pos) &&
	    !open_as(x, *r, !x->dependencies, true, t, &pos) &&
	    !open_as(x, *r, x->dependencies, false, t, &pos) &&
	    !open_as(x, *r, !x->dependencies, false, t, &pos)) {
		bad(t, "element without a name");
		return false;
	}
	cs_seek(r, pos);
	if (attributes)
		cs_skip(r, 4);                  /* bytes of the attributes */
	x->depth++;
	t->kind = CS_TOK_OPEN;
	return true;
}

static void
counted_text(cs_reader *r, struct cs_token *t)
{
	uint16_t n = cs_u16le(r);

	t->kind = CS_TOK_TEXT;
	t->text = cs_take(r, (size_t)n * 2);
}

static void
value_text(cs_reader *r, struct cs_token *t)
{
	uint8_t type = cs_u8(r);

	if (type == 0x01)
		counted_text(r, t);
	else
		bad(t, "literal that is not text");
}

static void
named(const struct cs_binxml *x, cs_reader *r, enum cs_token_kind kind,
      struct cs_token *t)
{
	if (name_reference(x->chunk, r, t))
		t->kind = kind;
	else
		bad(t, "name that does not exist");
}

static void
substitution(cs_reader *r, bool optional, struct cs_token *t)
{
	t->kind = CS_TOK_VALUE;
	t->optional = optional;
	t->index = cs_u16le(r);
	t->type = cs_u8(r);
}

static void
close_element(struct cs_binxml *x, struct cs_token *t)
{
	if (x->depth == 0) {
		bad(t, "end of an element that never began");
		return;
	}
	x->depth--;
	t->kind = CS_TOK_CLOSE;
}

static bool
is_open(uint8_t token)
{
	return (token & ~TOKEN_MORE) == 0x01;
}

/* One token; false: it was of a kind that says nothing. */
static bool
one_token(struct cs_binxml *x, cs_reader *r, uint8_t token, struct cs_token *t)
{
	if (is_open(token)) {
		open_element(x, r, (token & TOKEN_MORE) != 0, t);
		return true;
	}
	switch (token & ~TOKEN_MORE) {
	case 0x00:
		t->kind = CS_TOK_END;
		return true;
	case 0x02:
		t->kind = CS_TOK_CONTENT;
		return true;
	case 0x03: case 0x04:
		close_element(x, t);
		return true;
	case 0x05:
		value_text(r, t);
		return true;
	case 0x06:
		named(x, r, CS_TOK_ATTRIBUTE, t);
		return true;
	case 0x07:
		counted_text(r, t);
		return true;
	case 0x08:
		t->kind = CS_TOK_CHAR;
		t->code = cs_u16le(r);
		return true;
	case 0x09:
		named(x, r, CS_TOK_ENTITY, t);
		return true;
	case 0x0a:
		named(x, r, CS_TOK_PI, t);
		return true;
	case 0x0b:
		counted_text(r, t);
		t->kind = CS_TOK_PI_DATA;
		return true;
	case 0x0c:
		t->kind = CS_TOK_INSTANCE;
		return true;
	case 0x0d: case 0x0e:
		substitution(r, (token & ~TOKEN_MORE) == 0x0e, t);
		return true;
	case 0x0f:                              /* fragment header */
		cs_skip(r, 3);
		return r->is_short;
	default:
		bad(t, "unknown token");
		return true;
	}
}

static void
note_use(struct cs_name_uses *uses, const struct cs_token *t)
{
	if (uses->n == uses->room)
		uses->over = true;
	else
		uses->at[uses->n++] = (struct cs_name_use){
			(uint32_t)t->name_word, t->name, t->name_units };
}

void
cs_binxml_next(struct cs_binxml *x, struct cs_token *ret)
{
	cs_reader r = reader_at(cs_slice(x->chunk, 0, x->end), x->pos);
	uint8_t token = 0;
	bool done = false;

	while (!done) {
		*ret = (struct cs_token){ .kind = CS_TOK_END, .at = r.pos };
		if (!r.is_short)
			x->pos = r.pos;
		if (r.is_short || r.pos >= r.all.len)
			return;
		token = cs_u8(&r);
		done = one_token(x, &r, token, ret);
	}
	if (r.is_short)
		bad(ret, "token cut short");
	if (ret->kind == CS_TOK_BAD)
		ret->code = token;
	else if (ret->kind != CS_TOK_INSTANCE)
		x->pos = r.pos;
	if (x->uses && ret->name_word && ret->kind != CS_TOK_BAD)
		note_use(x->uses, ret);
}

bool
cs_binxml_instance(cs_bytes chunk, size_t at, size_t end,
                   struct cs_instance *ret)
{
	struct cs_instance i = { .values = at + 10 };
	cs_bytes body;

	/* The token; always 1; id; offset of the definition. */
	if (end > chunk.len || at > end || end - at < 10)
		return false;
	i.id = cs_load32(chunk.at + at + 2);
	i.definition = cs_load32(chunk.at + at + 6);
	if (i.definition == i.values) {
		if (!cs_binxml_definition(cs_slice(chunk, 0, end), i.values, i.id,
		                          &body))
			return false;
		i.values += DEFINITION_HEADER + body.len;
		i.is_inline = true;
	}
	*ret = i;
	return true;
}

bool
cs_binxml_definition(cs_bytes chunk, size_t at, uint32_t id, cs_bytes *ret_body)
{
	cs_reader r = reader_at(chunk, at);
	uint32_t found;
	cs_bytes body;

	cs_skip(&r, 4);                         /* next of its bucket */
	found = cs_u32le(&r);                   /* the GUID begins with the id */
	cs_skip(&r, 12);
	body = cs_take(&r, cs_u32le(&r));
	if (r.is_short || found != id || body.len == 0)
		return false;
	*ret_body = body;
	return true;
}
