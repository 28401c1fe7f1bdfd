/*
 * hwhash.c - DeviceHash_*.csv: rows with a hardware hash in one column
 *
 * Columns are found by their names.  A hash alone, without a table around
 * it, is read as well, and so are rows without the line of names.
 */
#include "read/base64.h"
#include "read/csv.h"
#include "read/formats.h"
#include "read/hwblob.h"
#include "read/wholetext.h"

static const char *const usual_columns[] = {
	"Device Serial Number", "Windows Product ID", "Hardware Hash",
	"Group Tag", "Assigned User",
};
#define N_USUAL (sizeof(usual_columns) / sizeof(*usual_columns))

struct row {
	const char *at;                 /* in the text */
	cs_text field[MAX_HASH_COLUMNS];
	size_t n;
};

struct table {
	struct cs_scan *scan;
	struct cs_sink *sink;
	struct cs_whole whole;
	cs_text rest;
	cs_arena arena;                 /* holds the names */
	cs_text columns[MAX_HASH_COLUMNS];
	size_t n_columns;
	size_t hash;                    /* its column; MAX_HASH_COLUMNS: none */
};

/* "T0" and a third letter stand for "OA" and the upper half of a byte. */
static bool
begins_hash(cs_text t)
{
	return t.len >= 3 && t.at[0] == 'T' && t.at[1] == '0' &&
	       t.at[2] >= 'E' && t.at[2] <= 'H';
}

/* A hash may be broken into lines: takes those that hold nothing else. */
static void
join_lines(cs_text *rest, cs_text *last)
{
	cs_text more = *rest, line;

	if (!begins_hash(*last))
		return;
	for (;;) {
		line = cs_trim(cs_cut(&more, '\n'));
		if (begins_hash(line) || !cs_is_base64(line))
			return;
		last->len = (size_t)(line.at + line.len - last->at);
		*rest = more;
	}
}

/* What is left of a line nobody wants, unless quotes may hide where it ends. */
static bool
pass_line(cs_text *rest)
{
	cs_text after = *rest, line = cs_cut(&after, '\n');

	if (line.len > 0 && memchr(line.at, '"', line.len))
		return false;
	*rest = after;
	return true;
}

static bool
next_row(struct table *t, struct row *ret)
{
	bool passed = false;
	struct cs_csv_field f = { .more = true };

	ret->n = 0;
	if (!cs_csv_row(&t->rest))
		return false;
	ret->at = t->rest.at;
	while (f.more) {
		f = cs_csv_next(&t->scan->scratch, ',', &t->rest);
		if (ret->n < MAX_HASH_COLUMNS)
			ret->field[ret->n++] = f.text;
		if (ret->n == MAX_HASH_COLUMNS && !passed) {
			passed = true;
			f.more = f.more && !pass_line(&t->rest);
		}
	}
	if (!f.quoted)
		join_lines(&t->rest, &ret->field[ret->n - 1]);
	return true;
}

static void
hand_out_hash(struct table *t, struct cs_place place, cs_text hash)
{
	struct cs_record r = { .kind = CS_ROW, .name = CS_TEXT("hash"),
	                       .place = place };
	size_t bad;
	cs_bytes blob;

	if (hash.len > MAX_VALUE_BYTES)
		hash.len = MAX_VALUE_BYTES;
	blob = cs_from_base64(&t->scan->scratch, hash, &bad);
	if (bad > 0)
		cs_note(t->scan, CABSCAN_NOTE_DAMAGED, place,
		        "hardware hash with %zu characters that are not base64", bad);
	r.n_values = cs_hash_values(t->scan, place, blob, &r.values, &r.doubtful);
	r.doubtful = r.doubtful || bad > 0;
	if (r.n_values > 0)
		cs_hand_out(t->scan, t->sink, &r);
}

static bool
hand_out_row(struct table *t, const struct row *row)
{
	struct cs_value values[MAX_HASH_COLUMNS];
	struct cs_record r = {
		.kind = CS_ROW, .name = CS_TEXT("csv"), .values = values,
		.n_values = row->n, .place = cs_whole_place(&t->whole, row->at),
	};

	for (size_t i = 0; i < row->n; i++)
		values[i] = (struct cs_value){
			.name = i < t->n_columns ? t->columns[i] : CS_TEXT(""),
			.type = row->field[i].len > 0 ? CS_UTF8 : CS_NULL,
			.raw = { (const uint8_t *)row->field[i].at,
			         row->field[i].len },
		};
	if (!cs_hand_out(t->scan, t->sink, &r))
		return false;
	if (t->hash < row->n && row->field[t->hash].len > 0)
		hand_out_hash(t, r.place, row->field[t->hash]);
	return true;
}

static void
name_columns(struct table *t, const struct row *names)
{
	for (size_t i = 0; i < names->n; i++) {
		t->columns[i] = cs_keep_text(&t->arena, names->field[i]);
		if (cs_same_caseless(names->field[i], CS_TEXT("Hardware Hash")))
			t->hash = i;
	}
	t->n_columns = names->n;
}

static void
usual_names(struct table *t, size_t hash)
{
	for (size_t i = 0; i < N_USUAL; i++)
		t->columns[i] = cs_text_of(usual_columns[i]);
	t->n_columns = hash == 2 ? N_USUAL : 0;
	t->hash = hash;
}

/* Returns whether the first row is one of names. */
static bool
first_row(struct table *t, const struct row *row)
{
	t->hash = MAX_HASH_COLUMNS;
	for (size_t i = 0; i < row->n; i++) {
		if (begins_hash(row->field[i])) {
			usual_names(t, i);
			return false;
		}
	}
	name_columns(t, row);
	if (t->hash == MAX_HASH_COLUMNS)
		cs_note(t->scan, CABSCAN_NOTE_DAMAGED,
		        cs_whole_place(&t->whole, row->at),
		        "no column of that name: Hardware Hash");
	return true;
}

static void
read_table(struct table *t)
{
	struct row row;
	bool first = true;

	for (;;) {
		cs_arena_reset(&t->scan->scratch);
		if (!next_row(t, &row))
			return;
		if (first && first_row(t, &row)) {
			first = false;
			continue;
		}
		first = false;
		if (!hand_out_row(t, &row))
			return;
	}
}

static void
read_hash(struct cs_scan *s, const struct cs_member *m, struct cs_sink *sink)
{
	struct table t = { .scan = s, .sink = sink, .arena.limit = MIB };

	cs_whole_open(s, m, &t.whole);
	t.rest = t.whole.text;
	if (begins_hash(cs_trim(t.rest)) && cs_is_base64(t.rest)) {
		cs_arena_reset(&s->scratch);
		hand_out_hash(&t, cs_whole_place(&t.whole, t.rest.at), t.rest);
	} else {
		read_table(&t);
	}
	cs_scan_release(s, &t.arena);
	cs_whole_close(&t.whole);
}

static bool
has_column(cs_text line)
{
	while (line.len > 0) {
		cs_text name = cs_trim(cs_cut(&line, ','));

		if (name.len > 1 && name.at[0] == '"')
			name = cs_trim((cs_text){ name.at + 1, name.len - 2 });
		if (cs_same_caseless(name, CS_TEXT("Hardware Hash")))
			return true;
	}
	return false;
}

static int
claims(cs_text member, cs_bytes head)
{
	char chars[CS_HEAD_CHARS];
	cs_text text = cs_trim(cs_head_text(head, chars));
	cs_text name = cs_base_name(member), rest = text;

	if (has_column(cs_cut(&rest, '\n')))
		return 95;
	if (begins_hash(text) && text.len >= 40 && cs_is_base64(text))
		return 85;
	if (head.len > 0 && text.len == 0)
		return 0;
	return cs_starts(name, CS_TEXT("DeviceHash_")) &&
	       cs_ends(name, CS_TEXT(".csv")) ? 60 : 0;
}

const struct cs_format cs_format_device_hash = {
	"hardware-hash", claims, read_hash
};
