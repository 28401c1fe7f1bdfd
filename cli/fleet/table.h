/* table.h - a table that can be written in every format, and traced */
#ifndef FLEET_TABLE_H
#define FLEET_TABLE_H

#include "fleet.h"

enum cell_kind {
	CELL_ID,                        /* names the row in --trace */
	CELL_TEXT,
	CELL_COUNT,                     /* of cases, tries or devices */
	CELL_SHARE,                     /* 0 to 1 */
	CELL_CHANCE                     /* a p-value */
};

struct table_column {
	const char *key, *title;
	enum cell_kind kind;
};

#define CELL_ROOM 1024
#define MAX_COLUMNS 32          /* groups by everything have 29 */

struct cell {
	char text[CELL_ROOM];           /* "": not known */
	double value;                   /* of numbers; below 0: there is none */
};

/* One of the things that a count counts. */
struct item {
	const struct fleet_case *of;
	struct try_ try_;               /* how 0: the case, or its device */
};

struct items {
	struct item *at;
	size_t n, room;
	bool out_of_memory;
};

void add_item(struct items *l, const struct fleet_case *c, struct try_ t);
#define NO_TRY ((struct try_){ 0, 0 })

struct table {
	const char *name, *title;
	const char *empty;              /* what to say where it has no rows */
	struct table_column columns[MAX_COLUMNS];
	size_t n_columns, n_rows;
	const void *data;
	void (*cell)(const struct table *t, size_t row, size_t column,
	             struct cell *ret);
	/* What the number there counts, or is computed from. */
	void (*trace)(const struct table *t, size_t row, size_t column,
	              struct items *ret);
};

void add_column(struct table *t, const char *key, const char *title,
                enum cell_kind kind);
void set_text(struct cell *c, const char *format, ...);
void set_id(struct cell *c, char letter, uint64_t hash);
void set_time(struct cell *c, uint32_t seconds);

enum table_format { AS_TEXT, AS_CSV, AS_MARKDOWN, AS_JSON };
bool parse_table_format(const char *text, enum table_format *ret);
/* One after another; false: out of memory. 'head' is said first, line by line
 * ("": nothing is). */
bool write_tables(FILE *to, enum table_format format, const char *head,
                  const struct table *const *t, size_t n);

/* ---- everything that was found in a fleet ------------------------------------- */

struct answers;
struct changes;
struct twins;
struct ready;
struct matrix;

struct study {
	const struct fleet *fleet;
	struct grouping groups;
	uint32_t *order;                /* of devices */
	struct answers *answers;
	struct changes *changes;
	struct twins *twins;
	struct ready *ready;
	struct matrix *matrix;
};

/* Each from malloc(); NULL: out of memory. */
struct answers *find_answers(const struct fleet *f);
struct changes *find_changes(const struct fleet *f);
struct twins *find_twins(const struct fleet *f);
struct ready *find_ready(const struct fleet *f);
struct matrix *find_matrix(const struct fleet *f);
void answers_free(struct answers *a);
void changes_free(struct changes *c);
void twins_free(struct twins *t);
void ready_free(struct ready *r);
void matrix_free(struct matrix *m);

void fleet_table(const struct study *s, struct table *ret);
void groups_table(const struct study *s, struct table *ret);
void devices_table(const struct study *s, struct table *ret);
void answers_table(const struct study *s, struct table *ret);
void changes_table(const struct study *s, struct table *ret);
void twins_table(const struct study *s, struct table *ret);
void ready_table(const struct study *s, struct table *ret);
void matrix_table(const struct study *s, struct table *ret);
/* The items of a trace. */
void items_table(const struct fleet *f, const struct items *l,
                 struct table *ret);

/* twin.c: the passing device most like it (NULL: none), and what differs. */
const struct fleet_case *twin_of(const struct twins *t,
                                 const struct fleet_case *failed);
void twin_differences(const struct fleet *f, const struct fleet_case *failed,
                      const struct fleet_case *passed, char *to, size_t room);
/* answer.c: what of a failed case is the service's fault; false: nothing. */
bool answer_for(const struct answers *l, const struct fleet_case *c, char *to,
                size_t room, bool *ret_sure, uint64_t *ret_id);
/* change.c: the devices of that model that failed for that cause and passed
 * with other firmware. */
size_t changes_like(const struct changes *l, const struct fleet_case *c,
                    const struct fleet_case **ret_one);

/* ---- explain.c ------------------------------------------------------------------ */

/* What the fleet says for and against each case of that id, source or serial
 * number, or of the device that has it.  False: there is none. */
bool explain_cases(const struct study *s, const char *which,
                   enum table_format format, FILE *to);

#endif
