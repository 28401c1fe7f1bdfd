#include "read/content.h"

#include "read/array.h"

/* A byte of elements without a template costs more than one that is only
 * pointed to: it is compiled each time. */
#define COMPILE_COST 8

/* Bytes of a fragment: its header and an empty element. */
#define SHORTEST_FRAGMENT 14

/* ---- values --------------------------------------------------------- */

static bool
grow_values(struct cs_expand *x)
{
	size_t max = x->max_values ? x->max_values * 2 : 128;
	struct cs_value *more;

	if (max > MAX_EVENT_VALUES)
		max = MAX_EVENT_VALUES;
	if (max == x->max_values) {
		cs_pay(x, x->left + 1);
		return false;
	}
	more = cs_room_n(x->compiler->keep, max, sizeof(*more));
	if (!more)
		return false;
	if (x->n_values)
		memcpy(more, x->values, x->n_values * sizeof(*more));
	x->values = more;
	x->max_values = max;
	return true;
}

static void
emit(struct cs_expand *x, cs_text name, enum cs_type type, cs_bytes raw)
{
	if (!cs_pay(x, cs_value_cost(type, raw)))
		return;
	if (cs_is_empty(type, raw)) {
		type = CS_NULL;
		raw = (cs_bytes){ NULL, 0 };
	}
	if (x->n_values == x->max_values && !grow_values(x))
		return;
	x->values[x->n_values++] = (struct cs_value){ name, type, raw };
}

static void
emit_slot(struct cs_expand *x, cs_text name, struct cs_stored s)
{
	enum cs_type type = (enum cs_type)(s.type & ~CS_ARRAY_FLAG);
	cs_bytes rest = s.raw;

	if (!(s.type & CS_ARRAY_FLAG)) {
		emit(x, name, type, s.raw);
		return;
	}
	do {
		emit(x, name, type, cs_array_next(type, &rest));
	} while (rest.len > 0 && !x->over);
}

/* ---- event data ----------------------------------------------------- */

static cs_text
prefixed(struct cs_expand *x, cs_text path, cs_text name)
{
	size_t between = name.len > 0 && name.at[0] == '@' ? 0 : 1;
	size_t len = path.len + between + name.len;
	char *to;

	if (path.len == 0 || !cs_pay(x, len))
		return name;
	if (name.len == 0)
		return path;
	to = cs_alloc(&x->scan->scratch, len);
	if (!to)
		return name;
	memcpy(to, path.at, path.len);
	if (between)
		to[path.len] = '/';
	memcpy(to + path.len + between, name.at, name.len);
	return (cs_text){ to, len };
}

static void
attribute_step(struct cs_expand *x, const struct cs_step *step,
               const struct cs_stored_values *v)
{
	const struct cs_part *p = step->parts;
	struct cs_value value;

	x->names_differ = false;
	if (step->n_parts == 1 && p->index != CS_NO_VALUE && p->optional &&
	    cs_stored_at(v, p->index).type == CS_NULL)
		return;
	value = cs_content(x, step, v);
	emit(x, prefixed(x, v->path, step->name), value.type, value.raw);
}

/* Items of the longest array among the parts, at least one. */
static size_t
repetitions(struct cs_expand *x, const struct cs_step *step,
            const struct cs_stored_values *v)
{
	const struct cs_part *p = step->parts + step->n_name_parts;
	size_t most = 1;

	for (size_t i = 0; i < step->n_parts; i++) {
		struct cs_stored s = { { NULL, 0 }, CS_NULL };
		enum cs_type type;
		size_t n = 0;

		if (p[i].index != CS_NO_VALUE)
			s = cs_stored_at(v, p[i].index);
		type = (enum cs_type)(s.type & ~CS_ARRAY_FLAG);
		if (!(s.type & CS_ARRAY_FLAG) || !cs_pay(x, s.raw.len))
			continue;
		for (cs_bytes rest = s.raw; rest.len > 0; n++)
			cs_array_next(type, &rest);
		if (n > most)
			most = n;
	}
	return most < MAX_EVENT_VALUES ? most : MAX_EVENT_VALUES;
}

static bool
has_elements(const struct cs_step *step, const struct cs_stored_values *v)
{
	const struct cs_part *p = step->parts + step->n_name_parts;

	for (size_t i = 0; i < step->n_parts; i++)
		if (p[i].index != CS_NO_VALUE &&
		    cs_stored_at(v, p[i].index).type == CS_BINXML &&
		    cs_stored_at(v, p[i].index).raw.len > 0)
			return true;
	return false;
}

static void
nest_parts(struct cs_expand *x, const struct cs_step *step,
           const struct cs_stored_values *v)
{
	const struct cs_part *p = step->parts + step->n_name_parts;
	cs_text path = prefixed(x, v->path, step->path);

	for (size_t i = 0; i < step->n_parts; i++) {
		struct cs_stored s = { { NULL, 0 }, CS_NULL };

		if (p[i].index != CS_NO_VALUE)
			s = cs_stored_at(v, p[i].index);
		if (s.type == CS_BINXML)
			cs_expand_fragment(x, s.raw, CS_AT_PATH, path);
	}
}

/* The element again for each item, with its attributes. */
static void
repeat_typed(struct cs_expand *x, const struct cs_step *step,
             const struct cs_stored_values *v, cs_text name)
{
	struct cs_stored s = cs_stored_at(v, step->parts[step->n_name_parts].index);
	enum cs_type type = (enum cs_type)(s.type & ~CS_ARRAY_FLAG);
	cs_bytes rest = s.raw;

	emit(x, name, type, cs_array_next(type, &rest));
	while (rest.len > 0 && !x->over) {
		for (size_t i = step->n_attributes; i > 0; i--)
			attribute_step(x, step - i, v);
		emit(x, name, type, cs_array_next(type, &rest));
	}
}

/* The same where the content is an array and something else. */
static void
repeat_text(struct cs_expand *x, const struct cs_step *step,
            const struct cs_stored_values *v, cs_text name)
{
	const struct cs_part *p = step->parts + step->n_name_parts;
	size_t n = repetitions(x, step, v);

	for (size_t k = 0; k < n && !x->over; k++) {
		cs_text t;

		for (size_t i = step->n_attributes; k > 0 && i > 0; i--)
			attribute_step(x, step - i, v);
		t = cs_parts_text(x, p, step->n_parts, v, k, false);
		emit(x, name, CS_UTF8,
		     (cs_bytes){ (const uint8_t *)t.at, t.len });
	}
}

static void
value_step(struct cs_expand *x, const struct cs_step *step,
           const struct cs_stored_values *v)
{
	const struct cs_part *p = step->parts + step->n_name_parts;
	cs_text name = step->name;

	x->names_differ = false;
	if (step->below && has_elements(step, v)) {
		nest_parts(x, step, v);
		return;
	}
	if (step->n_name_parts)
		name = cs_parts_text(x, step->parts, step->n_name_parts, v, 0, true);
	if (step->below)
		name = prefixed(x, v->path, name);
	if (step->n_parts == 0)
		emit(x, name, CS_NULL, (cs_bytes){ NULL, 0 });
	else if (step->n_parts > 1 || cs_stored_at(v, p->index).type == CS_BINXML)
		repeat_text(x, step, v, name);
	else if (p->index == CS_NO_VALUE)
		emit(x, name, (enum cs_type)p->type, p->literal);
	else if (cs_stored_at(v, p->index).type & CS_ARRAY_FLAG)
		repeat_typed(x, step, v, name);
	else
		emit_slot(x, name, cs_stored_at(v, p->index));
}

/* ---- programs ------------------------------------------------------- */

static void
nest_step(struct cs_expand *x, const struct cs_step *step,
          const struct cs_stored_values *v)
{
	struct cs_stored s = cs_stored_at(v, step->index);
	cs_text path = v->path;

	if (s.type != CS_BINXML)
		return;
	if (step->where == CS_AT_PATH)
		path = prefixed(x, v->path, step->path);
	cs_expand_fragment(x, s.raw, (enum cs_where)step->where, path);
}

static inline bool
is_off(const struct cs_quick *q, const struct cs_stored_values *v)
{
	return q->unless != CS_NO_VALUE &&
	       cs_slot_type(cs_slot_at(v, q->unless)) == CS_NULL;
}

static void
quick_number(struct cs_expand *x, const struct cs_quick *q,
             const struct cs_stored_values *v)
{
	struct cs_stored s;
	uint64_t number;

	if (is_off(q, v))
		return;
	s = cs_stored_at(v, q->index);
	if (cs_plain_number(s, q->types, &number))
		cs_put_field(&x->system, q->field, number);
	else if (s.type != CS_NULL)
		cs_system_step(x, q->step, v);
}

static void
quick_numbers(struct cs_expand *x, const struct cs_program *p,
              const struct cs_stored_values *v)
{
	const struct cs_stored_values own = *v; /* which no store can change */
	const size_t last = x->chunk.len - 8;

	for (const struct cs_quick *q = p->quick, *end = q + p->n_numbers;
	     q < end; q++) {
		if (q->index < own.n && own.offsets[q->index] <= last &&
		    cs_descriptor(own.descriptors, q->index) == q->descriptor)
			cs_put_field(&x->system, q->field,
			             cs_low_bytes(own.chunk + own.offsets[q->index],
			                          q->descriptor & 0xff));
		else
			quick_number(x, q, v);
	}
}

/* A text of System, of the same bytes as the last time where they are. */
static void
quick_text(struct cs_expand *x, const struct cs_quick *q,
           const struct cs_stored_values *v)
{
	cs_slot slot = cs_slot_at(v, q->index);
	uint32_t descriptor = (uint32_t)(slot >> 32);
	struct cs_memo *m = &x->memos[q->field.at / sizeof(cs_text)];
	cs_text *text = cs_field_text(&x->system, q->field);
	cs_bytes raw = cs_slot_bytes(v, slot);
	uint8_t type = cs_slot_type(slot);

	if (type == CS_NULL)
		return;
	if (m->descriptor == descriptor &&
	    memcmp(m->raw, raw.at, raw.len) == 0) {
		*text = (cs_text){ m->text, m->text_len };
		return;
	}
	cs_system_step(x, q->step, v);
	if (raw.len > sizeof(m->raw) || text->len > sizeof(m->text) ||
	    text->len == 0 || (type & CS_ARRAY_FLAG) || type == CS_BINXML)
		return;
	m->descriptor = descriptor;
	m->text_len = (uint16_t)text->len;
	memcpy(m->raw, raw.at, raw.len);
	memcpy(m->text, text->at, text->len);
}

/* Nothing, or of VALUE_COST and its bytes. */
static inline bool
is_plain(unsigned type)
{
	const uint32_t types = SHORT_TYPES | 1u << CS_NULL | 1u << CS_UTF16;

	return type < 32 && (types >> type & 1);
}

/* A value of a plain type, as emit() makes it. */
static inline void
put_value(struct cs_value *to, cs_text name, unsigned type, cs_bytes raw)
{
	to->name = name;
	to->type = (enum cs_type)type;
	to->raw = raw;
	if (type == CS_NULL || raw.len == 0 ||
	    (type == CS_UTF16 && raw.at[0] == 0 && cs_is_empty(CS_UTF16, raw))) {
		to->type = CS_NULL;
		to->raw = (cs_bytes){ NULL, 0 };
	}
}

/* Values that are as their template stores them, up to the first that is not.
 * There is room for all. */
static const struct cs_quick *
quick_values(struct cs_expand *x, const struct cs_quick *q,
             const struct cs_quick *end, const struct cs_stored_values *v)
{
	struct cs_value *to = x->values + x->n_values;
	uint64_t cost = 0;
	size_t n;

	for (; q < end && q->is_simple && q->index < v->n; q++, to++) {
		cs_slot s = cs_slot_at(v, q->index);
		cs_bytes raw = cs_slot_bytes(v, s);

		if (!is_plain(cs_slot_type(s)))
			break;
		put_value(to, q->name, cs_slot_type(s), raw);
		cost += raw.len;
	}
	n = (size_t)(to - x->values);
	if (cs_pay(x, cost + (n - x->n_values) * VALUE_COST))
		x->n_values = n;
	return q;
}

static void
quick_value(struct cs_expand *x, const struct cs_quick *q,
            const struct cs_stored_values *v)
{
	struct cs_stored s = { q->part->literal, q->part->type };

	if (q->index != CS_NO_VALUE)
		s = cs_stored_at(v, q->index);
	if ((s.type & CS_ARRAY_FLAG) || s.type == CS_BINXML)
		value_step(x, q->step, v);
	else
		emit(x, q->name, (enum cs_type)s.type, s.raw);
}

static void
run_quick_rest(struct cs_expand *x, const struct cs_program *p,
               const struct cs_stored_values *v)
{
	const struct cs_quick *end = p->quick + p->n_quick;

	x->names_differ &= p->n_values == 0 ||
	                   (p->names_differ && x->n_values == 0);
	for (const struct cs_quick *q = p->quick + p->n_numbers; q < end; q++) {
		if (q->is_simple && x->max_values - x->n_values >= p->n_values) {
			q = quick_values(x, q, end, v);
			if (q == end)
				return;
		}
		if (is_off(q, v))
			continue;
		if (q->kind == CS_QUICK_NEST)
			nest_step(x, q->step, v);
		else if (q->kind == CS_QUICK_TEXT)
			quick_text(x, q, v);
		else
			quick_value(x, q, v);
	}
}

/* The short form of a program.  The numbers first: they tell whether the event
 * is wanted. */
static void
run_quick(struct cs_expand *x, const struct cs_program *p,
          const struct cs_stored_values *v, bool top)
{
	if (p->needs != CS_NO_VALUE && cs_stored_at(v, p->needs).type == CS_NULL)
		return;
	if (!cs_pay(x, p->n_quick * STEP_COST))
		return;
	if (top) {
		x->system = p->fixed;
		quick_numbers(x, p, v);
		if (x->wants && !x->wants(x->owner, p, &x->system)) {
			x->refused = true;
			return;
		}
	}
	run_quick_rest(x, p, v);
}

/* A list in one go, without a look at where its values are before.  False, and
 * nothing is done: it is one that takes longer. */
static bool
run_list(struct cs_expand *x, const struct cs_program *p, size_t at, size_t end,
         size_t *ret_end)
{
	const uint8_t *descriptors = x->chunk.at + at + 4, *data;
	const uint8_t *const last = x->chunk.at + end;
	size_t n = end - at >= 4 ? cs_load32(x->chunk.at + at) : SIZE_MAX, begin;
	const struct cs_quick *q = p->quick;
	struct cs_value *to;

	if (n != p->n_quick || n > x->max_values - x->n_values ||
	    n > (end - at - 4) / CS_DESCRIPTOR_BYTES)
		return false;
	to = x->values + x->n_values;
	begin = at + 4 + n * CS_DESCRIPTOR_BYTES;
	data = x->chunk.at + begin;
	for (size_t i = 0; i < n; i++) {
		uint32_t descriptor = cs_descriptor(descriptors, i);
		cs_bytes raw = { data, descriptor & 0xffff };

		if (!is_plain(descriptor >> 16) ||
		    raw.len > (size_t)(last - data))
			return false;
		put_value(&to[i], q[i].name, descriptor >> 16, raw);
		data += raw.len;
	}
	*ret_end = (size_t)(data - x->chunk.at);
	if (!cs_pay(x, n * (sizeof(struct cs_stored) + STEP_COST + VALUE_COST) +
	               (*ret_end - begin)))
		return true;
	x->names_differ &= p->names_differ && x->n_values == 0;
	x->n_values += n;
	return true;
}

static void
run(struct cs_expand *x, const struct cs_program *p,
    const struct cs_stored_values *v)
{
	for (size_t i = 0; i < p->n_steps && cs_pay(x, STEP_COST); i++) {
		const struct cs_step *step = &p->steps[i];

		switch ((enum cs_step_kind)step->kind) {
		case CS_STEP_UNLESS_NULL:
			if (cs_stored_at(v, step->index).type == CS_NULL)
				i += step->skip;
			break;
		case CS_STEP_SYSTEM:
			cs_system_step(x, step, v);
			break;
		case CS_STEP_ATTRIBUTE:
			attribute_step(x, step, v);
			break;
		case CS_STEP_VALUE:
			value_step(x, step, v);
			break;
		case CS_STEP_TEXT:
			cs_add_parts(x, step->parts, step->n_parts, v, 0, true);
			break;
		case CS_STEP_NEST:
			nest_step(x, step, v);
			break;
		}
	}
}

static void
report(struct cs_expand *x, uint32_t id, const struct cs_program *p)
{
	x->damaged(x->owner, x->place, id, p->damage, p->damage_at,
	           p->damage_token);
}

/* ---- template instances --------------------------------------------- */

/* Room for so many; NULL: there is none. */
static uint32_t *
offset_room(struct cs_expand *x, size_t n)
{
	uint32_t *room = x->offsets + x->n_slots;

	if (n > CS_SLOT_ROOM - x->n_slots)
		return cs_room_n(&x->scan->scratch, n, sizeof(*room));
	x->n_slots += n;
	return room;
}

/* Values that run past their record are cut there, in a copy of their
 * descriptors.  Returns the offset behind them; 0: no memory. */
static size_t
cut_values(struct cs_expand *x, struct cs_stored_values *v,
           uint32_t *offsets, size_t at, size_t end)
{
	const uint8_t *p = x->chunk.at + at + 4;
	uint8_t *copy = cs_room_n(&x->scan->scratch, v->n, CS_DESCRIPTOR_BYTES);
	size_t over = 0, data = at + 4 + v->n * CS_DESCRIPTOR_BYTES;
	size_t left = end - data;

	if (!copy)
		return 0;
	v->descriptors = copy;
	for (size_t i = 0; i < v->n; i++, p += 4, copy += 4) {
		size_t size = cs_load16(p);

		if (size > left) {
			over += size - left;
			size = left;
		}
		copy[0] = (uint8_t)(size & 0xff);
		copy[1] = (uint8_t)(size >> 8);
		copy[2] = p[2];
		copy[3] = 0;
		offsets[i] = (uint32_t)data;
		v->types |= p[2];
		data += size;
		left -= size;
	}
	if (over) {
		x->doubtful = true;
		x->damaged(x->owner, x->place, 0, "values longer than their record",
		           at, (unsigned)(over < 0xffff ? over : 0xffff));
	}
	return data;
}

bool
cs_read_slots(struct cs_expand *x, size_t at, size_t end,
              struct cs_stored_values *v, size_t *ret_end)
{
	size_t room = at + 4 <= end ? (end - at - 4) / CS_DESCRIPTOR_BYTES : 0;
	size_t n_slots = x->n_slots, n, data;
	const uint8_t *p = x->chunk.at + at + 4;
	uint32_t *offsets, types = 0;

	n = at + 4 <= end ? cs_load32(p - 4) : SIZE_MAX;
	offsets = n <= room ? offset_room(x, n) : NULL;
	if (!offsets)
		return false;
	data = at + 4 + n * CS_DESCRIPTOR_BYTES;
	for (size_t i = 0; i < n; i++) {
		offsets[i] = (uint32_t)data;
		data += cs_load16(p + i * CS_DESCRIPTOR_BYTES);
	}
	for (size_t i = 0; i < n; i++)
		types |= cs_descriptor(p, i);
	if (data > end) {
		x->n_slots = n_slots;
		return false;
	}
	v->chunk = x->chunk.at;
	v->descriptors = p;
	v->offsets = offsets;
	v->n = n;
	v->types = (uint8_t)(types >> 16);
	*ret_end = data;
	return true;
}

bool
cs_read_values(struct cs_expand *x, size_t at, size_t end,
               struct cs_stored_values *v, size_t *ret_end)
{
	size_t room = at + 4 <= end ? (end - at - 4) / 4 : 0;
	size_t n = at + 4 <= end ? cs_load32(x->chunk.at + at) : 0;
	uint32_t *offsets;

	if (n <= room && !cs_pay(x, n * sizeof(struct cs_stored)))
		return false;
	if (cs_read_slots(x, at, end, v, ret_end))
		return true;
	if (n > room) {
		x->damaged(x->owner, x->place, 0, "more values than bytes", at,
		           (unsigned)(n < 0xffff ? n : 0xffff));
		n = room;
		if (!cs_pay(x, n * sizeof(struct cs_stored)))
			return false;
	}
	offsets = offset_room(x, n);
	if (!offsets)
		return false;
	v->chunk = x->chunk.at;
	v->offsets = offsets;
	v->n = n;
	v->types = 0;
	*ret_end = at + 4 <= end ? cut_values(x, v, offsets, at, end) : end;
	return *ret_end != 0;
}

/* What a lost template leaves: elements inside its values, and under
 * EventData and UserData the values, without names. */
static void
run_lost(struct cs_expand *x, enum cs_where where,
         const struct cs_stored_values *v)
{
	bool nameless = where != CS_AT_DOCUMENT && where != CS_AT_SYSTEM &&
	                where != CS_AT_RENDERING;

	x->names_differ = false;
	if (where == CS_AT_DOCUMENT)
		where = CS_AT_EVENT;
	for (size_t i = 0; i < v->n && cs_pay(x, STEP_COST); i++) {
		struct cs_stored s = cs_stored_at(v, (uint16_t)i);

		if (s.type == CS_BINXML)
			cs_expand_fragment(x, s.raw, where, v->path);
		else if (nameless)
			emit_slot(x, CS_TEXT(""), s);
	}
}

static const struct cs_program *
find_program(struct cs_expand *x, const struct cs_instance *i,
           enum cs_where where)
{
	struct cs_definition d = { .chunk = x->chunk };
	struct cs_templates *t = x->here;
	const struct cs_program *p;
	bool is_new;

	if (!cs_binxml_definition(x->chunk, i->definition, i->id, &d.body)) {
		x->doubtful = true;
		if (!x->lookup(x->owner, i->id, &d)) {
			x->damaged(x->owner, x->place, i->id, "template lost",
			           i->definition, 0);
			return NULL;
		}
		x->damaged(x->owner, x->place, i->id,
		           "template lost, another chunk's taken",
		           i->definition, 0);
		t = x->elsewhere;
	}
	p = cs_template(t, x->compiler, d.chunk, d.body, where, &is_new);
	if (!p)
		x->damaged(x->owner, x->place, i->id,
		           "template not read: too many, or too large",
		           i->definition, 0);
	else if (p->damage && is_new)
		report(x, i->id, p);
	if (!p || p->damage)
		x->doubtful = true;
	return p;
}

/* Records beside each other use the same few templates. */
const struct cs_program *
cs_program_of(struct cs_expand *x, const struct cs_instance *i,
              enum cs_where where)
{
	struct cs_recent *r = cs_recent(x, i, where);
	const struct cs_program *p;

	if (cs_is_recent(x, r, i, where))
		return r->program;
	p = find_program(x, i, where);
	/* What is wrong with a template makes each of its events doubtful. */
	if (p && p->quick && !x->doubtful)
		*r = (struct cs_recent){ (uint32_t)i->definition, i->id,
		                         x->here->epoch, (uint8_t)where, p, NULL };
	return p;
}

static bool
has_bit(const uint8_t *bits, uint64_t n)
{
	return n > 0xffff || (bits[n / 8] >> n % 8 & 1);
}

/* Before any other value is looked at. */
static bool
is_wanted_id(const struct cs_expand *x, const struct cs_program *p, size_t at,
             size_t end)
{
	const uint8_t *count = x->chunk.at + at, *sizes = count + 4;
	const struct cs_quick *q = p->quick;
	size_t n = at + 4 <= end ? cs_load32(count) : 0, value;
	struct cs_stored s;
	uint64_t id;

	if (p->n_numbers == 0 || q->step->slot != CS_SLOT_EVENT_ID)
		return p->fixed.id == 0 || has_bit(x->ids, p->fixed.id);
	if ((q->unless != CS_NO_VALUE && q->unless != q->index) ||
	    q->index >= n || n > (end - at - 4) / 4)
		return true;
	value = at + 4 + n * 4;
	for (size_t i = 0; i < q->index; i++)
		value += cs_load16(sizes + i * 4);
	s.raw.len = cs_load16(sizes + q->index * 4);
	s.type = sizes[q->index * 4 + 2];
	if (value > end || s.raw.len > end - value)
		return true;
	s.raw.at = x->chunk.at + value;
	return !cs_plain_number(s, q->types, &id) || has_bit(x->ids, id);
}

/* Returns the chunk offset behind the instance, or 'end'. */
static size_t
instance(struct cs_expand *x, size_t at, size_t end, enum cs_where where,
         cs_text path)
{
	struct cs_stored_values v = { .path = path };
	const struct cs_program *p;
	struct cs_instance i;
	size_t next = end, n_slots = x->n_slots;

	if (!cs_binxml_instance(x->chunk, at, end, &i)) {
		x->doubtful = true;
		x->damaged(x->owner, x->place, 0, "template instance cut short",
		           at, 0x0c);
		return end;
	}
	p = cs_program_of(x, &i, where);
	if (x->ids && where == CS_AT_DOCUMENT && p && p->quick &&
	    !is_wanted_id(x, p, i.values, end)) {
		x->refused = true;
		return end;
	}
	if (p && p->is_list && where != CS_AT_DOCUMENT &&
	    run_list(x, p, i.values, end, &next))
		return next;
	if (!cs_read_values(x, i.values, end, &v, &next))
		return end;
	if (p && p->quick)
		run_quick(x, p, &v, where == CS_AT_DOCUMENT);
	else if (p)
		run(x, p, &v);
	else
		run_lost(x, where, &v);
	x->n_slots = n_slots;
	return x->refused ? end : next;
}

/* ---- fragments ------------------------------------------------------ */

/* Elements without a template.  Returns the offset behind them. */
static size_t
elements(struct cs_expand *x, size_t at, size_t end, enum cs_where where,
         cs_text path)
{
	struct cs_binxml b = { .chunk = x->chunk, .pos = at, .end = end };
	size_t used = x->scan->scratch.used;
	struct cs_stored_values none = { .chunk = x->chunk.at, .path = path };
	const struct cs_program *p;

	if (!cs_pay(x, (end - at) * COMPILE_COST))
		return end;
	p = cs_compile(x->compiler, &x->scan->scratch, b, where, true);
	if (!p || !cs_pay(x, x->scan->scratch.used - used))
		return end;
	if (p->damage) {
		x->doubtful = true;
		report(x, 0, p);
	}
	run(x, p, &none);
	if (p->damage || p->next <= at)
		return end;
	x->left += (end - p->next) * COMPILE_COST;
	return p->next;
}

/* A document can be several fragments, each with its own header and end
 * token.  The bytes behind the last one, up to the next multiple of eight, are
 * often a piece of an older record, and may begin as a fragment does; no
 * fragment is that short. */
enum cs_fragment_kind
cs_fragment_next(cs_bytes chunk, size_t *at, size_t end)
{
	while (*at < end) {
		switch (chunk.at[*at]) {
		case 0x0f:
			*at += 4;
			break;
		case 0x0c:
			return CS_FRAGMENT_INSTANCE;
		case 0x00:
			++*at;
			if (end - *at < SHORTEST_FRAGMENT ||
			    chunk.at[*at] != 0x0f)
				return CS_FRAGMENT_END;
			break;
		default:
			return CS_FRAGMENT_ELEMENTS;
		}
	}
	return CS_FRAGMENT_END;
}

static void
read_fragments(struct cs_expand *x, size_t at, size_t end,
               enum cs_where where, cs_text path)
{
	enum cs_fragment_kind kind;

	while (!x->over &&
	       (kind = cs_fragment_next(x->chunk, &at, end)) != CS_FRAGMENT_END)
		at = kind == CS_FRAGMENT_INSTANCE
		     ? instance(x, at, end, where, path)
		     : elements(x, at, end, where, path);
}

void
cs_expand_fragment(struct cs_expand *x, cs_bytes raw, enum cs_where where,
                   cs_text path)
{
	size_t at;

	if (raw.len == 0 || !cs_pay(x, STEP_COST))
		return;
	if (x->nesting >= MAX_BINXML_NESTING) {
		x->damaged(x->owner, x->place, 0, "binary XML nested too deep",
		           (size_t)(raw.at - x->chunk.at), 0);
		return;
	}
	at = (size_t)(raw.at - x->chunk.at);
	x->nesting++;
	read_fragments(x, at, at + raw.len, where, path);
	x->nesting--;
}

void
cs_expand_nothing(struct cs_expand *x, struct cs_place place)
{
	x->place = place;
	x->system = (struct cs_system){ .provider = CS_TEXT("") };
	x->message = CS_TEXT("");
	x->n_values = 0;
	x->names_differ = true;
	x->nesting = 0;
	x->n_slots = 0;
	x->over = x->doubtful = x->refused = false;
	x->text = NULL;
	x->text_len = x->text_size = 0;
}

void
cs_expand(struct cs_expand *x, struct cs_place place, size_t at, size_t end)
{
	cs_expand_nothing(x, place);
	x->left = x->chunk_left < MAX_EVENT_BYTES ? x->chunk_left
	                                          : MAX_EVENT_BYTES;
	x->chunk_left -= x->left;
	read_fragments(x, at, end, CS_AT_DOCUMENT, CS_TEXT(""));
	x->chunk_left += x->left;
}
