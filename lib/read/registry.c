/*
 * registry.c - keys and values, written in one of two ways
 *
 * An export by regedit has a header line; strings escape \ and ", binary
 * values are hex bytes over several lines.  A dump of the diagnostics tool
 * has no header, its values are indented, and its strings are raw: quotes and
 * line ends inside are not marked.  There a string ends at a quote at the end
 * of a line, when a value, a key or the end of the file follows.  A string
 * can hold just that, so a dump is read as it most probably was meant.
 */
#include "read/formats.h"
#include "read/json.h"
#include "read/regvalue.h"
#include "read/wholetext.h"

struct dump {
	struct cs_scan *scan;
	struct cs_sink *sink;
	struct cs_whole whole;
	struct cs_reg_text text;
	cs_text key;
	struct cs_place key_place;
	bool in_key, key_deleted, stop;
	struct cs_value values[MAX_PART_VALUES];
	struct cs_place places[MAX_PART_VALUES];
	size_t n_values;
	size_t n_stray;                 /* lines that are neither */
	struct cs_place first_stray;
};

static bool
holds_json(const struct cs_value *v)
{
	return v->type == CS_UTF8 &&
	       cs_looks_json((cs_text){ (const char *)v->raw.at, v->raw.len });
}

static void
hand_out_json(struct dump *d, const struct cs_value *v, struct cs_place place)
{
	size_t len = d->key.len + 1 + v->name.len;
	char *name = cs_alloc(&d->scan->scratch, len);

	if (!name)
		return;
	memcpy(name, d->key.at, d->key.len);
	name[d->key.len] = '\\';
	if (v->name.len > 0)
		memcpy(name + d->key.len + 1, v->name.at, v->name.len);
	cs_read_json(d->scan, place, (cs_text){ name, len },
	             (cs_text){ (const char *)v->raw.at, v->raw.len }, d->sink);
}

/* Hands out what was gathered; the key stays open for more values, and
 * scratch is left to the caller. */
static void
hand_out_part(struct dump *d)
{
	struct cs_record r = { .kind = CS_KEY, .name = d->key,
	                       .place = d->key_place, .values = d->values,
	                       .n_values = d->n_values };

	if (!cs_hand_out(d->scan, d->sink, &r))
		d->stop = true;
	for (size_t i = 0; i < d->n_values && !d->stop; i++)
		if (holds_json(&d->values[i]))
			hand_out_json(d, &d->values[i], d->places[i]);
	d->n_values = 0;
}

static void
end_key(struct dump *d)
{
	if ((d->in_key && !d->key_deleted) || d->n_values > 0)
		hand_out_part(d);
	cs_arena_reset(&d->scan->scratch);
	d->in_key = false;
}

static void
add_value(struct dump *d, cs_text name, struct cs_reg_value v,
          struct cs_place place)
{
	if (d->key_deleted || d->stop)
		return;
	if (d->n_values == MAX_PART_VALUES)
		hand_out_part(d);
	d->places[d->n_values] = place;
	d->values[d->n_values++] = (struct cs_value){
		.name = name, .type = v.type, .raw = v.raw
	};
}

/* The strings of a list are values of the same name. */
static void
add_list(struct dump *d, cs_text name, cs_bytes list, struct cs_place place)
{
	cs_text rest = { (const char *)list.at, list.len };
	struct cs_reg_value v = { .type = CS_NULL };
	bool any = false;

	while (rest.len > 0) {
		cs_text item = cs_cut(&rest, '\0');

		if (item.len == 0)
			continue;
		v.type = CS_UTF8;
		v.raw = (cs_bytes){ (const uint8_t *)item.at, item.len };
		add_value(d, name, v, place);
		any = true;
	}
	if (!any)
		add_value(d, name, v, place);
}

static void
read_value(struct dump *d, cs_text line)
{
	struct cs_place place = cs_whole_place(&d->whole, line.at);
	struct cs_reg_value v;
	cs_text name;

	if (d->scan->scratch.used > MAX_PART_BYTES) {
		hand_out_part(d);
		cs_arena_reset(&d->scan->scratch);
	}
	if (!cs_reg_name(&d->text, d->scan, &name)) {
		if (d->n_stray++ == 0)
			d->first_stray = place;
		cs_reg_skip_line(&d->text);
		return;
	}
	v = cs_reg_read(&d->text, d->scan, place);
	if (v.deleted)
		return;
	if (v.list)
		add_list(d, name, v.raw, place);
	else
		add_value(d, name, v, place);
}

/* [KEY], or [-KEY] where an export deletes it. */
static void
begin_key(struct dump *d, cs_text line, cs_text path)
{
	end_key(d);
	d->key_deleted = path.at[0] == '-';
	d->key = path;
	d->key_place = cs_whole_place(&d->whole, line.at);
	d->in_key = true;
	cs_reg_skip_line(&d->text);
}

static void
note_stray(struct dump *d)
{
	if (d->n_stray > 0)
		cs_note(d->scan, CABSCAN_NOTE_DAMAGED, d->first_stray,
		        "%zu lines that are neither a key nor a value, from here on",
		        d->n_stray);
}

static void
read_all(struct dump *d)
{
	cs_text path, line;

	d->text = cs_reg_begin(d->whole.text);
	while (!d->stop && cs_reg_line(&d->text, &line)) {
		if (cs_reg_is_key(line, &path))
			begin_key(d, line, path);
		else
			read_value(d, line);
	}
	if (!d->stop)
		end_key(d);
	note_stray(d);
}

static void
read_registry(struct cs_scan *s, const struct cs_member *m,
              struct cs_sink *sink)
{
	/* Too large for the stack of a small thread. */
	cs_arena own = { .limit = MIB };
	struct dump *d = cs_alloc(&own, sizeof(*d));

	if (d) {
		d->scan = s;
		d->sink = sink;
		d->key = CS_TEXT("");
		cs_whole_open(s, m, &d->whole);
		/* Values may stand before any key, where damage took its line. */
		d->key_place = cs_whole_place(&d->whole, d->whole.text.at);
		cs_arena_reset(&s->scratch);
		read_all(d);
		cs_whole_close(&d->whole);
	}
	cs_scan_release(s, &own);
}

static int
claims(cs_text member, cs_bytes head)
{
	char chars[CS_HEAD_CHARS];
	cs_text text = cs_trim(cs_head_text(head, chars));

	if (cs_starts(text, CS_TEXT("Windows Registry Editor Version ")) ||
	    cs_starts(text, CS_TEXT("REGEDIT4")))
		return 95;
	if (cs_starts(text, CS_TEXT("[HKEY_")))
		return 90;
	if (head.len > 0 && text.len == 0)
		return 0;
	return cs_ends(cs_base_name(member), CS_TEXT(".reg")) ? 50 : 0;
}

const struct cs_format cs_format_registry = { "registry", claims, read_registry };
