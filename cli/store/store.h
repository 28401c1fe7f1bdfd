/*
 * store.h - a file that remembers cases: --store fleet.db
 *
 * An SQLite database in one file, with a rollback journal and not a log of
 * writes ahead: it stays one file that can be copied between runs, and it works
 * on a share, where the shared memory of such a log does not.  Every call that
 * writes is one transaction: when it has returned true, what it was given
 * survives a kill and a loss of power.  Any number of processes may write; each
 * waits up to a minute for its turn, and readers let go between pages.
 *
 * A case is known by the digest of its content.  Which device it is of follows
 * from all cases together, whatever their order was:
 *   - serial number and UUID name the device; two devices with one serial
 *     number and two UUIDs stay two;
 *   - a case with only one of both is of the device that has it, if only one
 *     does, else of one that is known by it alone;
 *   - a case with neither is a device of its own.
 *
 * Everything here prints what is wrong, as other parts of the program do.
 */
#ifndef CLI_STORE_H
#define CLI_STORE_H

#include <stdbool.h>
#include <stddef.h>

struct store;

enum store_use {
	STORE_READ,             /* there must be one */
	STORE_WRITE             /* is made where there is none */
};

bool store_supported(void);
/* "3.40.1"; "" without SQLite. */
const char *store_version(void);

/* NULL: printed.  A store of an older cabscan is brought up to date. */
struct store *store_open(const char *path, enum store_use use);
void store_close(struct store *s);      /* NULL is fine */
/* Rows with pseudonyms never lie beside clear ones, nor beside those of another
 * key: the first writer decides.  'key' is its name, "" for none.  False:
 * printed. */
bool store_takes(struct store *s, const char *key);
/* The name of the key of its pseudonyms, "" where it holds none; lives as long
 * as the store. */
const char *store_key(const struct store *s);

/* ---- cases ----------------------------------------------------------------- */

/* What is stored of a case, each on one line: a cabscan-row/1, a
 * cabscan-snapshot/1. */
struct kept {
	const char *row, *snapshot;
};

struct put_sum {
	size_t n_new, n_known;          /* added up over calls */
};

/* All of them or none. */
bool store_put(struct store *s, const struct kept *at, size_t n,
               struct put_sum *sum);

/* Each case's row; 'take' returns false to stop.  Rows that are stored while
 * this runs may come or not; each comes once.  False: printed, or stopped. */
bool store_each_row(struct store *s, bool (*take)(void *user, const char *row),
                    void *user);

/* A case as it lies there, and the device it is of; "" for what is not known.
 * It lives until your function returns. */
struct stored {
	long long id;
	const char *digest, *serial, *uuid;
	const char *row, *snapshot;
};

typedef bool stored_fn(void *user, const struct stored *c);

/* The cases of all devices of that serial number, and of all of that UUID
 * ("": none), device by device, oldest first. */
bool store_find(struct store *s, const char *serial, const char *uuid,
                stored_fn *take, void *user);
/* The cases whose digest begins so. */
bool store_find_case(struct store *s, const char *digest, stored_fn *take,
                     void *user);

/* ---- outcomes -------------------------------------------------------------- */

/* What of a device decides whether the fix of another one is of use. */
struct traits {
	const char *manufacturer, *model, *vendor, *firmware;   /* "": unknown */
};

enum judged { JUDGED_OPEN, JUDGED_RIGHT, JUDGED_WRONG };

/* What fixed a device.  All texts are "" where nobody said. */
struct outcome {
	long long case_id;              /* that it is about */
	const char *said;               /* when, RFC 3339 */
	const char *text;
	const char *verdict, *confidence;       /* of the case at that time */
	const char *cause;              /* what it really was */
	enum judged judged;             /* whether the verdict was right */
	struct traits traits;           /* at that time */
};

bool store_add_outcome(struct store *s, const struct outcome *o);
/* Those of a case, oldest first. */
bool store_each_outcome(struct store *s, long long case_id,
                        bool (*take)(void *user, const struct outcome *o),
                        void *user);

/* How often one fix was told for cases like one. */
struct like {
	const char *text, *cause;
	enum judged judged;
	unsigned near;                  /* 4: the device itself; 3: model, TPM
	                                 * vendor and firmware; 2: vendor and
	                                 * firmware; 1: model or vendor; 0: the
	                                 * cause alone */
	size_t n;                       /* devices */
	const char *last;               /* said */
};

/* What fixed cases with that verdict, or that really had that cause; the
 * nearest first, at most 'most' of them.  'digest' is the case's own. */
bool store_each_like(struct store *s, const char *cause, const struct traits *t,
                     const char *digest, size_t most,
                     bool (*take)(void *user, const struct like *l), void *user);

/* How good the verdicts of one cause were: cases, each with the last thing
 * that was said of it. */
struct score {
	const char *verdict;
	size_t n_right, n_wrong, n_open;
	const char *really;             /* what it was where it was wrong: a count
	                                 * and a cause a line, the most first */
};

bool store_each_score(struct store *s,
                      bool (*take)(void *user, const struct score *score),
                      void *user);

#endif
