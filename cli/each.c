/* each.c - the cases of what was given, those in a ZIP among them */
#include "batch.h"

#include <string.h>

/* What is in it that cannot be read has rows of its own. */
static void
each_in_zip(const cabscan *scanner, const struct device *d,
            const struct case_taker *t)
{
	const struct row_maker maker = { .take = t->take, .user = t->user };
	struct unit_worker w = { .scanner = scanner, .maker = &maker };
	struct rows rows;

	unit_scan(&w, d, &rows);
	unit_worker_end(&w);
	for (size_t i = 0; i < rows.n; i++) {
		struct record record;
		const char *why;
		char text[MAX_ROW];

		if (!read_row(rows.at[i].line, strlen(rows.at[i].line), &record, &why))
			continue;
		if (is_problem(&record)) {
			snprintf(text, sizeof(text), "%s: %s", record.source,
			         row_text(&record, "problem_text"));
			t->problem(t->user, text);
		}
		json_decref(record.o);
	}
	if (rows.out_of_memory)
		t->problem(t->user, "out of memory");
	rows_free(&rows);
}

void
each_case(const cabscan *scanner, const struct device *d,
          const struct case_taker *t)
{
	const cabscan_note *note;
	cabscan_error err;
	cabscan_case *c;

	if (d->n == 1 && !d->inputs[0].data && is_zip(d->inputs[0].name)) {
		each_in_zip(scanner, d, t);
	} else if (cabscan_scan(scanner, d->source, d->inputs, d->n, &c, &err)
	           != CABSCAN_OK) {
		t->problem(t->user, err.message);
	} else {
		t->take(t->user, d->source, c);
		for (size_t i = 0; (note = cabscan_note_at(c, i)) != NULL; i++)
			if (note->kind == CABSCAN_NOTE_UNREAD)
				t->problem(t->user, note->text);
		cabscan_case_free(c);
	}
}
