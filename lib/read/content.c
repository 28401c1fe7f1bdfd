#include "read/content.h"

#include "read/array.h"
#include "read/value.h"

void
cs_overspent(struct cs_expand *x)
{
	if (!x->told)
		cs_note(x->scan, CABSCAN_NOTE_LIMIT, x->place,
		        "events cut short: 64 KiB of the log grow to "
		        "more than %llu bytes, or one event has more "
		        "than %u values",
		        (unsigned long long)MAX_EVENT_BYTES,
		        (unsigned)MAX_EVENT_VALUES);
	x->over = x->told = true;
}

uint64_t
cs_float_cost(enum cs_type type, cs_bytes raw)
{
	unsigned exponent;

	if (type == CS_FLOAT)
		return VALUE_COST + DOUBLE_COST;
	if (raw.len < 8)
		return VALUE_COST + raw.len;
	exponent = ((unsigned)raw.at[7] << 4 | raw.at[6] >> 4) & 0x7ff;
	return VALUE_COST + (exponent > 1023 - 128 && exponent < 1023 + 128
	                     ? DOUBLE_COST : FAR_DOUBLE_COST);
}

bool
cs_is_empty(enum cs_type type, cs_bytes raw)
{
	if (type == CS_NULL || raw.len == 0)
		return true;
	if (type != CS_UTF16 && type != CS_ANSI)
		return false;
	for (size_t i = 0; i < raw.len; i++)
		if (raw.at[i])
			return false;
	return true;
}

/* Item 'k' of an array; false: it has fewer. */
static bool
array_item(struct cs_stored s, size_t k, cs_bytes *ret)
{
	enum cs_type type = (enum cs_type)(s.type & ~CS_ARRAY_FLAG);
	cs_bytes rest = s.raw;

	*ret = cs_array_next(type, &rest);
	while (k-- > 0) {
		if (rest.len == 0)
			return false;
		*ret = cs_array_next(type, &rest);
	}
	return true;
}

/* ---- text of several parts ------------------------------------------ */

static void
add_text(struct cs_expand *x, cs_text t)
{
	if (!cs_pay(x, t.len))
		return;
	if (t.len > x->text_size - x->text_len) {
		size_t size = (x->text_len + t.len) * 2 + 64;
		char *more;

		if (!cs_pay(x, size))
			return;
		more = cs_alloc(&x->scan->scratch, size);
		if (!more)
			return;
		if (x->text_len)
			memcpy(more, x->text, x->text_len);
		x->text = more;
		x->text_size = size;
	}
	if (t.len)
		memcpy(x->text + x->text_len, t.at, t.len);
	x->text_len += t.len;
}

static void
add_value(struct cs_expand *x, enum cs_type type, cs_bytes raw)
{
	struct cs_value v = { CS_TEXT(""), type, raw };

	if (type == CS_BINXML)
		cs_expand_fragment(x, raw, CS_AT_TEXT, CS_TEXT(""));
	else if (cs_pay(x, cs_value_cost(type, raw) + raw.len * 3))
		add_text(x, cs_value_text(&x->scan->scratch, &v));
}

void
cs_add_parts(struct cs_expand *x, const struct cs_part *parts, size_t n,
             const struct cs_stored_values *v, size_t k, bool all)
{
	for (size_t i = 0; i < n && cs_pay(x, STEP_COST); i++) {
		struct cs_stored s = { parts[i].literal, parts[i].type };
		enum cs_type type;

		if (parts[i].index != CS_NO_VALUE)
			s = cs_stored_at(v, parts[i].index);
		type = (enum cs_type)(s.type & ~CS_ARRAY_FLAG);
		if (!(s.type & CS_ARRAY_FLAG)) {
			add_value(x, type, s.raw);
		} else if (!all) {
			/* It is found by going over those before it. */
			if (cs_pay(x, s.raw.len) && array_item(s, k, &s.raw))
				add_value(x, type, s.raw);
		} else {
			for (cs_bytes rest = s.raw; rest.len > 0 && !x->over; ) {
				cs_bytes item = cs_array_next(type, &rest);

				add_value(x, type, item);
				if (rest.len > 0)
					add_text(x, CS_TEXT(", "));
			}
		}
	}
}

cs_text
cs_parts_text(struct cs_expand *x, const struct cs_part *parts, size_t n,
              const struct cs_stored_values *v, size_t k, bool all)
{
	char *text = x->text;
	size_t len = x->text_len, size = x->text_size;
	cs_text t;

	x->text = NULL;
	x->text_len = x->text_size = 0;
	cs_add_parts(x, parts, n, v, k, all);
	t = (cs_text){ x->text ? x->text : "", x->text_len };
	x->text = text;
	x->text_len = len;
	x->text_size = size;
	return t;
}

static cs_bytes
bytes_of(cs_text t)
{
	return (cs_bytes){ (const uint8_t *)t.at, t.len };
}

struct cs_value
cs_content(struct cs_expand *x, const struct cs_step *step,
           const struct cs_stored_values *v)
{
	const struct cs_part *p = step->parts + step->n_name_parts;
	struct cs_value value = { step->name, CS_NULL, { NULL, 0 } };
	struct cs_stored s;

	if (step->n_parts == 0)
		return value;
	if (step->n_parts == 1 && p->index == CS_NO_VALUE) {
		value.type = (enum cs_type)p->type;
		value.raw = p->literal;
		return value;
	}
	s = cs_stored_at(v, p->index);
	if (!cs_pay(x, s.raw.len))
		return value;
	if (step->n_parts == 1 && !(s.type & CS_ARRAY_FLAG) && s.type != CS_BINXML) {
		value.type = (enum cs_type)s.type;
		value.raw = s.raw;
		return value;
	}
	value.type = CS_UTF8;
	value.raw = bytes_of(cs_parts_text(x, p, step->n_parts, v, 0, true));
	return value;
}

/* ---- System --------------------------------------------------------- */

/* GUIDs that are stored as text are in either case. */
static cs_text
lower_case(struct cs_expand *x, cs_text t)
{
	char *to = NULL;

	for (size_t i = 0; i < t.len; i++) {
		if (t.at[i] < 'A' || t.at[i] > 'F')
			continue;
		if (!to) {
			if (!cs_pay(x, t.len))
				return t;
			to = cs_alloc(&x->scan->scratch, t.len);
			if (!to)
				return t;
			memcpy(to, t.at, t.len);
		}
		to[i] = (char)(t.at[i] + ('a' - 'A'));
	}
	return to ? (cs_text){ to, t.len } : t;
}

static cs_text
system_text(struct cs_expand *x, enum cs_slot slot,
            const struct cs_value *value)
{
	cs_text t = { (const char *)value->raw.at, value->raw.len };

	if (value->type != CS_UTF8) {
		if (!cs_pay(x, value->raw.len * 3))
			return CS_TEXT("");
		t = cs_value_text(&x->scan->scratch, value);
	}
	if (slot == CS_SLOT_MESSAGE)
		return t;
	if (value->type != CS_GUID &&
	    (slot == CS_SLOT_PROVIDER_GUID || slot == CS_SLOT_ACTIVITY ||
	     slot == CS_SLOT_RELATED_ACTIVITY))
		t = lower_case(x, t);
	return cs_trim(t);
}

void
cs_system_step(struct cs_expand *x, const struct cs_step *step,
            const struct cs_stored_values *v)
{
	struct cs_value value = cs_content(x, step, v);
	enum cs_slot slot = (enum cs_slot)step->slot;
	cs_text *text = slot == CS_SLOT_MESSAGE ? &x->message
	                                        : cs_slot_text(&x->system, slot);
	uint64_t number;

	if (cs_is_empty(value.type, value.raw))
		return;
	if (text)
		*text = system_text(x, slot, &value);
	else if (slot == CS_SLOT_CREATED)
		cs_value_time(&value, &x->system.created);
	else if (cs_value_number(&value, &number))
		cs_slot_number(&x->system, slot, number);
}

