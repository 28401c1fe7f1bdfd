/* change.c - devices that failed, and passed once their firmware was another */
#include "table.h"

#include <stdlib.h>
#include <string.h>

struct changes {
	const struct fleet *f;
	struct change {
		const struct fleet_case *failed, *passed;
	} *at;
	size_t n, room;
	bool out_of_memory;
};

/* Known on both sides, and not the same. */
static bool
differs(const struct fleet *f, const struct change *c, enum column by)
{
	uint32_t a = name_id(f, c->failed, by), b = name_id(f, c->passed, by);

	return a && b && a != b;
}

static void
add(struct changes *l, struct change c)
{
	struct change *more;

	if (!differs(l->f, &c, BY_FIRMWARE) && !differs(l->f, &c, BY_BIOS))
		return;
	more = one_more(l->at, l->n, &l->room, sizeof(*more));
	if (!more) {
		l->out_of_memory = true;
		return;
	}
	l->at = more;
	l->at[l->n++] = c;
}

/* Its last failure before a pass.  A case that recovered changed nothing. */
static void
look(struct changes *l, size_t device)
{
	const struct fleet *f = l->f;
	const struct fleet_case *failed = NULL;

	for (uint32_t i = f->devices[device]; i < f->devices[device + 1]; i++) {
		const struct fleet_case *c = &f->cases[i];

		if (!c->last)
			continue;
		if (c->result == RESULT_FAILED &&
		    strcmp(cause_of(f, c), "recovered") != 0) {
			failed = c;
		} else if (c->result >= RESULT_PASSED && failed) {
			add(l, (struct change){ failed, c });
			failed = NULL;
		}
	}
}

struct changes *
find_changes(const struct fleet *f)
{
	struct changes *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->f = f;
	for (size_t d = 0; d < f->n_devices; d++)
		look(l, d);
	if (!l->out_of_memory)
		return l;
	changes_free(l);
	return NULL;
}

void
changes_free(struct changes *l)
{
	if (l)
		free(l->at);
	free(l);
}

size_t
changes_like(const struct changes *l, const struct fleet_case *c,
             const struct fleet_case **ret_one)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		const struct fleet_case *failed = l->at[i].failed;

		if (failed->cause != c->cause ||
		    name_id(l->f, failed, BY_MODEL) != name_id(l->f, c, BY_MODEL) ||
		    !name_id(l->f, c, BY_MODEL))
			continue;
		n++;
		*ret_one = l->at[i].passed;
	}
	return n;
}

/* ---- the table ------------------------------------------------------------------- */

enum { CHANGE_ID, CHANGE_DEVICE, CHANGE_MODEL, CHANGE_CAUSE, CHANGE_FAILED,
       CHANGE_FIRMWARE_BEFORE, CHANGE_FIRMWARE_AFTER, CHANGE_BIOS_BEFORE,
       CHANGE_BIOS_AFTER, CHANGE_PASSED, CHANGE_CASES, CHANGE_ALSO };

static void
change_cell(const struct table *t, size_t row, size_t column, struct cell *ret)
{
	const struct changes *l = t->data;
	const struct change *c = &l->at[row];
	uint64_t keys[2] = { c->failed->key, c->passed->key };

	switch (column) {
	case CHANGE_ID:
		set_id(ret, 'u', hash_bytes(keys, sizeof(keys)));
		break;
	case CHANGE_DEVICE:
		set_text(ret, "%s", c->passed->name ? c->passed->name : "");
		break;
	case CHANGE_MODEL:
		set_text(ret, "%s", name_of(l->f, c->passed, BY_MODEL));
		break;
	case CHANGE_CAUSE:
		set_text(ret, "%s", cause_of(l->f, c->failed));
		break;
	case CHANGE_FAILED: case CHANGE_PASSED:
		set_time(ret, column == CHANGE_FAILED ? c->failed->last
		                                      : c->passed->last);
		break;
	case CHANGE_FIRMWARE_BEFORE:
		set_text(ret, "%s", name_of(l->f, c->failed, BY_FIRMWARE));
		break;
	case CHANGE_FIRMWARE_AFTER:
		set_text(ret, "%s", name_of(l->f, c->passed, BY_FIRMWARE));
		break;
	case CHANGE_BIOS_BEFORE:
		set_text(ret, "%s", name_of(l->f, c->failed, BY_BIOS));
		break;
	case CHANGE_BIOS_AFTER:
		set_text(ret, "%s", name_of(l->f, c->passed, BY_BIOS));
		break;
	case CHANGE_CASES:
		ret->value = 2;
		break;
	default:
		set_text(ret, "%s", differs(l->f, c, BY_BUILD)
		         ? "the Windows build, too" : "");
	}
}

static void
change_trace(const struct table *t, size_t row, size_t column,
             struct items *ret)
{
	const struct changes *l = t->data;

	(void)column;
	add_item(ret, l->at[row].failed, NO_TRY);
	add_item(ret, l->at[row].passed, NO_TRY);
}

void
changes_table(const struct study *s, struct table *ret)
{
	*ret = (struct table){
		.name = "changes", .title = "Failed, then passed with other firmware",
		.empty = "No device did.", .n_rows = s->changes->n,
		.data = s->changes, .cell = change_cell, .trace = change_trace,
	};
	add_column(ret, "id", "ID", CELL_ID);
	add_column(ret, "device", "DEVICE", CELL_TEXT);
	add_column(ret, "model", "MODEL", CELL_TEXT);
	add_column(ret, "cause", "CAUSE", CELL_TEXT);
	add_column(ret, "failed", "FAILED", CELL_TEXT);
	add_column(ret, "firmware_before", "FIRMWARE", CELL_TEXT);
	add_column(ret, "firmware_after", "THEN", CELL_TEXT);
	add_column(ret, "bios_before", "BIOS", CELL_TEXT);
	add_column(ret, "bios_after", "THEN", CELL_TEXT);
	add_column(ret, "passed", "PASSED", CELL_TEXT);
	add_column(ret, "cases", "CASES", CELL_COUNT);
	add_column(ret, "also", "ALSO CHANGED", CELL_TEXT);
}
