/*
 * batch.h - many inputs at once
 *
 *     cmd_batch.c  options, the run                cmd_merge.c  row files into one
 *     walk.c       which files make which unit     archive.c    ZIP files
 *     unit.c       a unit into rows
 *     pool.c       workers, order                  journal.c    what --resume reads
 *     row.c        cabscan-row/1                   shard.c      --shard
 *     label.c      --label                         serial.c     serial numbers
 *     private.c    --redact                        progress.c   rate and time left
 *     render.c     rows into a report; render_*.c: one format each
 *
 * A unit is what is scanned as a whole: a CAB with the files beside it, an
 * extracted folder, a ZIP.  It gives one row or several.  Every report is made
 * of rows alone, so a merge can make what a batch can.
 */
#ifndef CLI_BATCH_H
#define CLI_BATCH_H

#include "cli.h"
#include "private.h"

#include <jansson.h>

/* Bytes of one row and its line end. */
#define MAX_ROW 1024

/* ---- where a path goes --------------------------------------------------- */

#define MAX_SHARDS 100000

struct shard {
	unsigned index, of;             /* from 1; of 0: there are no shards */
};

/* "3/8" or "auto:8"; false: printed. */
bool parse_shard(const char *text, struct shard *ret);
/* A number for a path, the same on every system. */
uint64_t path_hash(const char *path);
bool in_shard(const struct shard *s, uint64_t hash);
void hex16(uint64_t n, char ret[17]);

/* ---- units ---------------------------------------------------------------- */

/* Recursive, with patterns; sorted, no path twice. */
void find_units(const char *const *paths, size_t n, const cabscan_redactor *r,
                struct devices *ret);
/* A path as find_units() spells it, without "./" and separators that say
 * nothing; from malloc(). */
char *plain_path(const char *path);

/* ---- rows ----------------------------------------------------------------- */

/* What the user says of all inputs: "network=wifi". */
#define MAX_LABELS 4
#define MAX_LABEL_NAME 16
#define MAX_LABEL_VALUE 32

struct labels {
	struct label {
		char name[MAX_LABEL_NAME + 1], value[MAX_LABEL_VALUE + 1];
	} at[MAX_LABELS];
	size_t n;
};

/* Sorted by name.  False: printed. */
bool parse_labels(const char *command, const char *const *texts, size_t n,
                  struct labels *ret);
/* A serial number or UUID that makers leave in ("To be filled by O.E.M."), or
 * none at all: it tells no device. */
bool is_placeholder(const char *text);

struct row_maker {
	struct shard shard;
	const struct private *private;  /* NULL: nothing is hidden */
	struct labels labels;
	bool full;                      /* keep the case, too */
	bool keep;                      /* take a snapshot for a store */
	/* Each case as it is scanned; NULL: nobody wants more than its row. */
	void (*take)(void *user, const char *source, const cabscan_case *c);
	void *user;
};

struct row {
	char *line;                     /* JSON, without a line end */
	char *full;                     /* the case; NULL: not asked for */
	char *snapshot;                 /* the same */
	bool strange;                   /* not one of our files */
};

struct rows {
	struct row *at;
	size_t n;
	bool out_of_memory;
};

/* Puts a row at 'where'; false: out of memory. */
bool rows_insert(struct rows *r, size_t where, struct row row);
void rows_free(struct rows *r);
void row_free(struct row *row);
struct row row_of_case(const struct row_maker *m, const char *source,
                       const cabscan_case *c);
/* 'kind' is one word: "format", "limit", "encrypted", ... */
struct row row_of_problem(const struct row_maker *m, const char *source,
                          const char *kind, const char *text);
const char *problem_kind(cabscan_status status);
/* To at most that many bytes, an ellipsis at the end. */
void cut_end(char *t, size_t most);
struct row row_of_shard(const struct row_maker *m, size_t n_rows);

/* A row that was read, in this program or another run of it. */
struct record {
	json_t *o;
	const char *id, *source, *state;
	const char *file;               /* it came from */
	size_t order;                   /* among the records of all files */
};

struct records {
	struct record *at;
	size_t n, room;
};

/* The i-th key of a row that is a fact, and which; NULL past the end. */
const char *row_fact(size_t i, const char **ret_fact);
/* "" where the value is null or no text. */
const char *row_text(const struct record *r, const char *key);
/* NULL: not a row; 'why' says what is wrong. */
bool read_row(const char *line, size_t len, struct record *ret, const char **why);
/* Says which row of a file is wrong, and why; false. */
bool refuse_row(const char *file, size_t number, const char *why);
/* Takes one row; false stops, and was printed. */
typedef bool take_line_fn(void *user, const char *line, size_t len,
                          const char *file, size_t number);
enum lines_end {
	LINES_WHOLE,
	LINES_CUT,              /* the last one: of a run that was interrupted */
	LINES_LACKING,          /* the file cannot be read, or to its end */
	LINES_REFUSED           /* one is no row, or 'take' stopped */
};
/* The lines of a row file ("-": standard input).  All but LINES_WHOLE was
 * printed. */
enum lines_end each_row_line(const char *path, take_line_fn *take, void *user);
/* UTF-16: what a redirection of PowerShell makes of rows. */
bool is_utf16(const unsigned char *head, size_t n);
bool records_add(struct records *r, struct record record);
void records_free(struct records *r);
bool is_case(const struct record *r);
bool is_problem(const struct record *r);
bool row_fails(const char *fail_on, const struct record *r);
/* By its name; "none" and what is no name are CABSCAN_NONE. */
cabscan_confidence confidence_of(const char *name);

/* ---- --redact ------------------------------------------------------------- */

/* What may be shown of a fact's value. */
cabscan_text_kind fact_kind(const char *fact);

/* ---- one unit ------------------------------------------------------------- */

#define MAX_NESTING 3           /* CABs in CABs in ZIPs */

struct unit_worker {
	const cabscan *scanner;
	const struct row_maker *maker;
	cabscan_worker *workers[MAX_NESTING + 1];
	struct rows *rows;
	uint64_t budget;                /* bytes that archives may still give */
	bool out_of_memory;
};

void unit_scan(struct unit_worker *w, const struct device *d, struct rows *ret);
void unit_worker_end(struct unit_worker *w);

/* Of one device, or of a ZIP: its cases, and why what cannot be read cannot. */
struct case_taker {
	void (*take)(void *user, const char *source, const cabscan_case *c);
	void (*problem)(void *user, const char *why);
	void *user;
};
void each_case(const cabscan *scanner, const struct device *d,
               const struct case_taker *t);

/* ---- archives ------------------------------------------------------------- */

struct archive;
struct archive_entry {
	const char *name;               /* UTF-8, with / */
	uint64_t size;
	bool is_directory, encrypted;
};

bool is_zip_head(const unsigned char *head, size_t n);
bool archives_supported(void);
/* The bytes must stay.  NULL: *ret_why says why. */
struct archive *archive_open(const void *data, size_t len, const char **ret_why);
size_t archive_count(const struct archive *a);
bool archive_entry(struct archive *a, size_t i, struct archive_entry *ret);
/* Some entry was not there for that. */
bool archive_out_of_memory(const struct archive *a);
/* The first 'most' bytes; from malloc(). NULL: *ret_why says why. */
void *archive_read(struct archive *a, size_t i, size_t most, size_t *ret_len,
                   const char **ret_why);
void archive_close(struct archive *a);
const char *zip_version(void);

/* ---- the run -------------------------------------------------------------- */

struct journal;

struct pool {
	const struct devices *units;
	struct rows *done;              /* of each unit; n 0: still to scan */
	const cabscan *scanner;
	const struct row_maker *maker;
	struct journal *journal;        /* NULL: none */
	size_t n_workers;
	size_t n_known;                 /* units that the journal gave */
	const char *label;              /* of progress; NULL: quiet */
	/* In the order of the units; false stops. */
	bool (*take)(void *user, struct rows *rows);
	void *user;
};

bool pool_run(struct pool *p);          /* false: out of memory or stopped */

struct progress {
	const char *label;
	size_t n, n_known, n_done;
	uint64_t begun, shown;
	bool terminal;
};
void progress_begin(struct progress *p, const char *label, size_t n,
                    size_t n_known);
void progress_show(struct progress *p, size_t n_done);
void progress_end(struct progress *p);

/* What an interrupted run has done already goes to done[]. */
struct journal *journal_open(const char *path, uint64_t settings, bool resume,
                             const struct devices *units, struct rows *done,
                             size_t *ret_n, int *ret_exit);
void journal_add(struct journal *j, const struct device *d,
                 const struct rows *rows);
void journal_close(struct journal *j, bool finished);

/* ---- reports -------------------------------------------------------------- */

struct report {
	const struct record *at;        /* sorted by source */
	size_t n;
	const char *fail_on;            /* or NULL */
	FILE *to;
};

typedef void render_fn(const struct report *r);

render_fn render_table, render_csv, render_junit, render_sarif,
          render_markdown, render_rows;
/* NULL: no such format. */
render_fn *renderer(const char *format);
bool check_format(const char *format);
/* Sorts, counts each case once. */
void report_sort(struct records *r);
/* A row's evidence, problem and next step as lines. */
void write_details(const struct record *r, void (*line)(void *user,
                   const char *label, const char *text), void *user);
/* Text of others for a terminal: no control characters. */
void put_plain(FILE *to, const char *text);
/* Characters; the same with blanks up to that many and two more. */
size_t width_of(const char *text);
void put_cell(FILE *to, const char *text, size_t width);
/* In quotes, behind a comma unless it is the first one of its line; never a
 * formula. */
void put_csv(FILE *to, const char *text, bool first);
void put_markdown(FILE *to, const char *text);

struct target {
	const char *format, *path;      /* path NULL: standard output */
};

/* One target a call; false: printed. */
bool write_report(const struct target *t, const struct report *r);
bool parse_also(const char *text, struct target *ret);


#endif
