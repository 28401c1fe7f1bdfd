/*
 * history.h - what is known of devices over time
 *
 *     identity.c     which serial numbers and UUIDs name one device
 *     snapshot.c     what of a case is worth comparing later
 *     thin.c         the same of a row, which says less
 *     compare.c      two snapshots: what changed, with both sides' evidence
 *     keep.c         cases into a store; what fixed cases like one
 *     found.c        which stored cases a name means
 *     store/         the store itself, which alone knows SQLite
 *     cmd_diff.c     cabscan diff       cmd_history.c  cabscan history
 *     cmd_outcome.c  cabscan outcome
 */
#ifndef CLI_HISTORY_H
#define CLI_HISTORY_H

#include "batch.h"
#include "store/store.h"

/* ---- who a device is ------------------------------------------------------ */

/* Room for a serial number or UUID in its one spelling, with its NUL. */
#define ID_ROOM 128

/* The one spelling of it.  False: it names no device ("Default string"). */
bool device_serial(const char *text, char ret[ID_ROOM]);
bool device_uuid(const char *text, char ret[ID_ROOM]);

/* ---- snapshots ------------------------------------------------------------ */

#define SNAPSHOT_SCHEMA "cabscan-snapshot/1"

/* On one line, redacted as the row maker says; from malloc().  NULL: out of
 * memory. */
char *snapshot_of_case(const struct row_maker *m, const char *source,
                       const cabscan_case *c);
/* What a row says of it; the same ownership. */
char *snapshot_of_row(const struct record *r);
/* It was made of a row: what it does not say was not stored. */
bool is_thin(const json_t *snapshot);
/* One that was stored; yours: json_decref().  NULL: it is damaged, or memory
 * lacks. */
json_t *load_snapshot(const char *line);
/* "" where the value is null or no text. */
const char *json_text(const json_t *o, const char *key);

/* ---- what changed ---------------------------------------------------------- */

/* A cabscan-diff/1, oldest first; yours.  NULL: out of memory. */
json_t *compare_snapshots(const json_t *a, const json_t *b);
/* Whether two tries of one device are one, seen by two logs. */
bool same_try(const json_t *a, const json_t *b);
/* A try of a snapshot with all its keys; yours. */
json_t *whole_try(const json_t *from);
/* The value of a key, for another object to keep; null where there is none. */
json_t *known_or_null(const json_t *o, const char *key);
/* One change of a diff, both sides with their places. */
void print_change(const json_t *change, const char *indent, FILE *to);
void print_place(const json_t *evidence, FILE *to);
/* "  STARTED to ENDED  failed with 0x81039001" */
void print_try(const json_t *attempt, FILE *to);
/* With a line end; false: out of memory. */
bool write_json(json_t *o, FILE *to);

/* ---- cases into a store ---------------------------------------------------- */

struct keep {
	struct store *store;            /* NULL: nothing is kept */
	const char *path;
	struct put_sum sum;
	json_t *kinds;                  /* of failed cases that were kept */
};

/* False: printed. */
bool keep_open(struct keep *k, const char *path, const struct private *p);
/* All rows with a snapshot, or none.  False: printed. */
bool keep_rows(struct keep *k, const struct rows *rows);
/* How many there were, and what fixed cases like them. */
void keep_report(struct keep *k);
void keep_close(struct keep *k);

void print_day(const char *time, FILE *to);
/* A row's; they live as long as the row. */
struct traits traits_of(const struct record *r);
/* What fixed cases like this one, the nearest first, below a heading; nothing
 * where nobody said. */
void print_likes(struct store *s, const char *heading, const char *cause,
                 const struct traits *t, const char *digest, FILE *to);

/* ---- what a store has of a device ------------------------------------------- */

struct found_case {
	long long id;
	char *digest, *serial, *uuid;   /* of its device; "": unknown */
	json_t *snapshot;
	struct record row;
};

struct found {
	struct found_case *at;          /* device by device, oldest first */
	size_t n;
};

/* The cases of the device, or devices, that 'what' names: a serial number, a
 * UUID, or the beginning of a case's digest; with pseudonyms, where they were
 * made with 'p', the name itself will do.  False: none, printed. */
bool find_device(struct store *s, const struct private *p, const char *what,
                 struct found *ret);
void free_found(struct found *f);
bool same_device_as(const struct found_case *a, const struct found_case *b);
/* Whether pseudonyms of the store are of that key (NULL: none was given).
 * False: printed. */
bool key_fits(const struct store *s, const char *path, const struct private *p);

#endif
