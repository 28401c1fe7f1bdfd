/*
 * fleet.h - rows of many devices into groups, tables and evidence
 *
 *     statistics.c  intervals and tests            intern.c    texts, each once
 *     source.c      where rows come from           names.c     one name for a thing
 *     fields.c      what a row says                load.c      a row into a case
 *     devices.c     cases into devices             twin.c      passing twins
 *     group.c       devices into groups            answer.c    one text, many models
 *     change.c      what a device did next         certify.c   passes from a reset
 *     ready.c       what is proved of a model      explain.c   a case in its fleet
 *     table.c       a table in every format        tables.c    groups, devices, traces
 *
 * Rows come one at a time and leave a few dozen bytes each; all that is
 * counted is counted over those, by the same functions that a trace lists
 * with, so that a number and its list cannot differ.
 */
#ifndef FLEET_H
#define FLEET_H

#include "../batch.h"

/* ---- intern.c -------------------------------------------------------------- */

/* Byte strings that get numbers from 1 in the order of their coming. */
struct pool_of {
	const char **at;                /* by number; NUL behind each */
	uint32_t *len, *slots;
	size_t n, room, n_slots;
	struct block *blocks;
	bool failed;
};

/* 0: out of memory, and the pool stays failed. */
uint32_t intern(struct pool_of *p, const void *bytes, size_t len);
/* Bytes that live as long as the pool; NULL: out of memory. */
char *pool_keep(struct pool_of *p, const void *bytes, size_t len);
void pool_free_all(struct pool_of *p);
uint64_t hash_bytes(const void *bytes, size_t len);
/* Room for one more behind the first n of a list from malloc(), whose 'room' is
 * kept up to date.  NULL: out of memory, the list stays. */
void *one_more(void *list, size_t n, size_t *room, size_t size);

/* ---- a case ------------------------------------------------------------------ */

/* What cases can be grouped by. */
enum column {
	BY_MAKER, BY_MODEL, BY_VENDOR, BY_FIRMWARE, BY_BIOS, BY_BUILD, BY_SCENARIO,
	BY_MESSAGE, BY_AUTHORITY, BY_LABELS
};
#define N_COLUMNS_BY 10
/* No column, but a group has it where it is asked for. */
#define BY_CAUSE 10

struct config {
	uint32_t text[N_COLUMNS_BY];    /* names; 0: not known */
};

/* What a case says of attestation itself. */
enum result {
	RESULT_UNTRIED,                 /* not needed or not tried, as far as the
	                                 * logs say */
	RESULT_UNKNOWN, RESULT_PASSED, RESULT_FAILED
};

struct fleet_case {
	uint64_t key;                   /* the same for the same input */
	uint64_t id;
	uint64_t serial, uuid;          /* 0: unknown */
	const char *source;
	const char *name;               /* of the device, for people; or NULL */
	uint32_t config, device, order;
	uint32_t first, last, logs_from;        /* seconds since 1970; 0: unknown */
	uint32_t tries;                 /* the first one of n_tries */
	uint16_t cause;
	uint8_t result, confidence, n_tries;
};

/* A try to attest, as a case lists it. */
struct try_ {
	uint32_t began;                 /* seconds since 1970; 0: unknown */
	char how;                       /* F, P, I */
};

/* The tries of one device, each once, in the order of time. */
struct attempt {
	struct try_ try_;
	const struct fleet_case *of;    /* that saw it first */
};

struct attempts {
	struct attempt *at;
	size_t n, room;
};

struct fleet {
	struct pool_of names;           /* what a thing is called in lists of
	                                 * names.c; shown[] has it for people */
	const char **shown;
	size_t room_shown;
	struct pool_of configs, causes;
	struct fleet_case *cases;       /* at last by device, then by time */
	size_t n_cases, room_cases;
	struct try_ *tries;
	size_t n_tries, room_tries;
	uint32_t *devices;              /* the first case of each; one more */
	size_t n_devices;
	size_t n_rows, n_twice, n_unreadable;
	struct shard_seen *shards;
	size_t n_shards;
	char key[17];                   /* of the pseudonyms; "": none */
	bool has_rows, out_of_memory;
	bool hides;                     /* rows with clear names are refused */
};

/* ---- fields.c -------------------------------------------------------------- */

enum field {
	FIELD_SCHEMA, FIELD_ID, FIELD_SOURCE, FIELD_STATE, FIELD_REDACTED,
	FIELD_CAUSE, FIELD_CONFIDENCE, FIELD_SERIAL, FIELD_UUID, FIELD_MAKER,
	FIELD_MODEL, FIELD_BIOS, FIELD_VENDOR, FIELD_FIRMWARE, FIELD_BUILD,
	FIELD_SCENARIO, FIELD_MESSAGE, FIELD_AUTHORITY, FIELD_FIRST,
	FIELD_OUTCOME, FIELD_TIME, FIELD_LOGS_FROM, FIELD_DIGEST, FIELD_PROBLEM
};
#define N_FIELDS 24

enum field_number { NUMBER_SHARD, NUMBER_SHARDS, NUMBER_ROWS };
#define N_NUMBERS 3
#define MAX_FIELD_TRIES 64

/* What a row says; it points into itself. */
struct fields {
	const char *text[N_FIELDS];     /* "" where it says nothing */
	int64_t number[N_NUMBERS];
	const char *tries[MAX_FIELD_TRIES];
	struct field_label {
		const char *name, *value;
	} label[MAX_LABELS];
	size_t n_tries, n_labels;
	bool has_shards;
	json_t *o;                      /* NULL: read from 'line' */
	char line[MAX_ROW + 1];
};

/* False: *why says why; else fields_end() must be called. */
bool fields_read(struct fields *f, const char *line, size_t len,
                 const char **why);
void fields_end(struct fields *f);

/* ---- names.c --------------------------------------------------------------- */

/* What is the same whatever the spelling: 'to' has room for 'room' bytes.
 * Returns the length; 0: it says nothing. */
size_t plain_name(enum column c, const char *text, char *to, size_t room);
/* A model without its maker, whom *ret_maker names ("": it does not say). */
const char *model_alone(const char *model, const char **ret_maker);
/* 0: it tells no device. */
uint64_t serial_key(const char *text);
uint64_t uuid_key(const char *text);

/* ---- load.c ---------------------------------------------------------------- */

/* 'user' is a fleet. */
bool fleet_take(void *user, const char *line, size_t len, const char *file,
                size_t number);
/* "2026-03-15T10:27:16Z" and more digits; 0: it is none. */
uint32_t seconds_of(const char *time);
void time_of(uint32_t seconds, char ret[24]);   /* "" for 0 */
const char *name_of(const struct fleet *f, const struct fleet_case *c,
                    enum column by);            /* for people; "": unknown */
const char *cause_of(const struct fleet *f, const struct fleet_case *c);
const struct config *config_of(const struct fleet *f,
                               const struct fleet_case *c);
/* Its number among the names; 0: not known. */
uint32_t name_id(const struct fleet *f, const struct fleet_case *c,
                 enum column by);
/* False: some shard of a divided batch lacks, which was printed. */
bool shards_complete(const struct fleet *f);
void fleet_free(struct fleet *f);

/* ---- source.c -------------------------------------------------------------- */

struct source_options {
	const char *const *paths;
	size_t n;
	const cabscan *scanner;
	struct row_maker *maker;
	size_t n_workers;
	bool quiet;
	bool has_lists;                 /* the scanner learnt some */
};

/* Row files and stores among the paths one after another, then all that must
 * be scanned.  *ret_lacking: some input could not be read, or a shard lacks;
 * false: stopped. */
bool source_rows(const struct source_options *o, take_line_fn *take, void *user,
                 bool *ret_lacking);

/* ---- devices.c ------------------------------------------------------------- */

/* Once all rows are there: each case once, devices told apart. */
bool fleet_settle(struct fleet *f);
/* From malloc() in 'ret', which is emptied first; false: out of memory. */
bool device_attempts(const struct fleet *f, size_t device, struct attempts *ret);
/* Their numbers in the order of maker, model and name; from malloc(). */
uint32_t *devices_by_name(const struct fleet *f);
/* "d24e2ea6b39a8" */
void device_id(const struct fleet *f, size_t device, char ret[24]);
void case_id(const struct fleet *f, const struct fleet_case *c, char ret[17]);

/* ---- group.c --------------------------------------------------------------- */

#define MIN_DEVICES 5
#define SIGNIFICANT 0.05

/* What is the same in all columns of --by, but for the cause. */
struct slice {
	const struct config *config;    /* one of its */
	uint32_t cases, attempts;
	uint32_t known, passed, unknown, untried;       /* devices */
};

struct group {
	uint32_t slice, cause;          /* cause 0: nothing failed here */
	uint32_t cases, failures, failed;       /* cases; tries; devices */
	uint32_t retried, mixed;        /* failed devices that tried again with
	                                 * nothing in the slice changed; of these,
	                                 * those that passed, too */
	uint32_t anywhere;              /* known devices of the slice that failed
	                                 * for that cause in any slice */
	uint32_t first, last;           /* when it was seen */
	double low, high, p, holm;      /* p -1: too few devices, or no others */
	uint64_t id;
};

struct grouping {
	const struct fleet *fleet;
	enum column by[N_COLUMNS_BY];
	size_t n_by;
	bool by_cause;
	struct pool_of slices;
	uint32_t *slice_of;             /* by config */
	struct slice *slice;
	struct group *group;            /* the surest first */
	size_t n_groups;
	uint32_t *failed_of;            /* by cause: devices that failed for it */
	uint32_t known;                 /* devices of the fleet with a result */
};

/* "model,vendor,cause"; false: printed. */
bool parse_by(const char *text, struct grouping *ret);
const char *by_name(size_t by);         /* "model" */
bool group_all(struct grouping *g, const struct fleet *f);
void grouping_free(struct grouping *g);
/* "model-wide", "intermittent", ... with what they rest on, for people. */
void group_finding(const struct grouping *g, const struct group *x, char *to,
                   size_t room);
bool is_model_wide(const struct group *x);
bool is_intermittent(const struct group *x);
/* The cause that the failed tries of a case count for; 0: none. */
uint32_t group_cause(const struct grouping *g, const struct fleet_case *c);

#endif
