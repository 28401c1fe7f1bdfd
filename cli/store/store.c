/* store.c - a store is opened, made, brought up to date; how calls fail */
#include "db.h"

#include "../cli.h"
#include "../sys.h"

#include <stdlib.h>
#include <string.h>

/* "cabs": it tells our files from all other SQLite files. */
#define APPLICATION 0x63616273

/* A writer holds the file for the time of one transaction, milliseconds; who
 * waits that long is kept out by something that is stuck. */
#define PATIENCE 30             /* seconds */

/* No row, snapshot or sentence is near that; a hostile file's may be. */
#define MAX_VALUE (8 << 20)

bool
store_supported(void)
{
	return true;
}

const char *
store_version(void)
{
	return sqlite3_libversion();
}

/* ---- how calls fail ------------------------------------------------------- */

bool
store_refuses(struct store *s, const char *why)
{
	print_problem(s->path, why);
	return false;
}

#define SAFE ": what was stored before is safe, this was not stored"

bool
store_fails(struct store *s, int rc)
{
	char why[200];

	/* A quota or a limit: SQLite no longer knows which. */
	if (rc == SQLITE_IOERR_WRITE)
		return store_refuses(s, "the system refused to write more of it" SAFE);
	rc &= 0xff;
	if (rc == SQLITE_FULL)
		return store_refuses(s, "there is no room left on the disk" SAFE);
	if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED) {
		snprintf(why, sizeof(why), "another process has kept it to itself "
		         "for %d seconds: this was not done", PATIENCE);
		return store_refuses(s, why);
	}
	if (rc == SQLITE_NOTADB)
		return store_refuses(s, "this file is no store");
	if (rc == SQLITE_CANTOPEN)
		return store_refuses(s, "it cannot be opened");
	if (rc == SQLITE_READONLY)
		return store_refuses(s, "it cannot be written");
	if (rc == SQLITE_NOMEM)
		return store_refuses(s, "out of memory");
	snprintf(why, sizeof(why), "%s%s", rc == SQLITE_CORRUPT
	         ? "it is damaged: " : "", sqlite3_errmsg(s->db));
	return store_refuses(s, why);
}

bool
store_run(struct store *s, const char *sql)
{
	int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK || store_fails(s, rc);
}

sqlite3_stmt *
store_prepare(struct store *s, const char *sql)
{
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(s->db, sql, -1, &q, NULL);

	if (rc != SQLITE_OK)
		store_fails(s, rc);
	return q;
}

bool
store_step(struct store *s, sqlite3_stmt *q, bool *ok)
{
	int rc = sqlite3_step(q);

	*ok = rc == SQLITE_ROW || rc == SQLITE_DONE || store_fails(s, rc);
	return rc == SQLITE_ROW;
}

void
store_bind(sqlite3_stmt *q, int i, const char *text)
{
	if (text && *text)
		sqlite3_bind_text(q, i, text, -1, SQLITE_TRANSIENT);
	else
		sqlite3_bind_null(q, i);
}

const char *
store_text(sqlite3_stmt *q, int i)
{
	const char *text = (const char *)sqlite3_column_text(q, i);

	return text ? text : "";
}

/* At once as a writer: two that began as readers could wait for each other. */
bool
store_begin(struct store *s)
{
	return store_run(s, "BEGIN IMMEDIATE");
}

bool
store_end(struct store *s, bool ok)
{
	if (ok && store_run(s, "COMMIT"))
		return true;
	/* Some failures have rolled back already. */
	if (!sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return false;
}

/* ---- which file it is ----------------------------------------------------- */

static bool
ask_number(struct store *s, const char *sql, long long *ret)
{
	sqlite3_stmt *q = store_prepare(s, sql);
	bool ok = q != NULL;

	*ret = 0;
	if (ok && store_step(s, q, &ok))
		*ret = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	return ok;
}

struct state {
	long long application, version, n_things;
};

static bool
look(struct store *s, struct state *ret)
{
	return ask_number(s, "SELECT count(*) FROM sqlite_master",
	                  &ret->n_things) &&
	       ask_number(s, "PRAGMA application_id", &ret->application) &&
	       ask_number(s, "PRAGMA user_version", &ret->version);
}

static bool
is_empty(const struct state *st)
{
	return st->n_things == 0 && st->application == 0 && st->version == 0;
}

static bool
is_ours(struct store *s, const struct state *st)
{
	char why[200];

	if (is_empty(st))
		return true;
	if (st->application != APPLICATION || st->version < 1)
		return store_refuses(s, "this is an SQLite file, but no store of "
		                     "cabscan");
	if (st->version <= store_schema)
		return true;
	snprintf(why, sizeof(why), "this store is of a newer cabscan (schema %lld, "
	         "this program knows %d): use that one", st->version, store_schema);
	return store_refuses(s, why);
}

/* Looks again once nobody else can write: another process may have done it. */
static bool
bring_up_to_date(struct store *s)
{
	struct state st;
	char number[80];
	bool ok = store_begin(s);

	if (!ok)
		return false;
	ok = look(s, &st) && is_ours(s, &st);
	for (long long v = st.version; ok && v < store_schema; v++)
		ok = store_run(s, store_steps[v]);
	snprintf(number, sizeof(number), "PRAGMA application_id = %d; "
	         "PRAGMA user_version = %d", APPLICATION, store_schema);
	ok = ok && store_run(s, number);
	return store_end(s, ok);
}

static bool
prepare_file(struct store *s, enum store_use use)
{
	struct state st;

	if (!look(s, &st) || !is_ours(s, &st))
		return false;
	if (is_empty(&st) && use == STORE_READ)
		return store_refuses(s, "this file is empty: nothing was stored");
	return st.version == store_schema || bring_up_to_date(s);
}

static bool
load_key(struct store *s)
{
	sqlite3_stmt *q = store_prepare(s, "SELECT value FROM settings "
	                                "WHERE name = 'redacted'");
	bool ok = q != NULL;

	if (ok && store_step(s, q, &ok))
		snprintf(s->key, sizeof(s->key), "%s", store_text(q, 0));
	sqlite3_finalize(q);
	return ok;
}

static bool
connect(struct store *s, enum store_use use)
{
	int flags = SQLITE_OPEN_READWRITE |
	            (use == STORE_WRITE ? SQLITE_OPEN_CREATE : 0);
	int rc;

	if (s->path[0] == '\0' || s->path[0] == ':')
		return store_refuses(s, "this names no file");
	if (use == STORE_READ && path_kind(s->path) == PATH_NONE)
		return store_refuses(s, "there is no such store");
	rc = sqlite3_open_v2(s->path, &s->db, flags, NULL);
	if (rc != SQLITE_OK)
		return store_fails(s, rc);
	sqlite3_extended_result_codes(s->db, 1);
	sqlite3_busy_timeout(s->db, PATIENCE * 1000);
	sqlite3_limit(s->db, SQLITE_LIMIT_LENGTH, MAX_VALUE);
	/* EXTRA: the journal's removal, which is the commit, reaches the disk.
	 * Sorting in memory: a full disk does not keep anyone from reading. */
	return store_run(s, "PRAGMA trusted_schema = OFF;"
	                 "PRAGMA cell_size_check = ON;"
	                 "PRAGMA foreign_keys = ON;"
	                 "PRAGMA temp_store = MEMORY;"
	                 "PRAGMA synchronous = EXTRA");
}

struct store *
store_open(const char *path, enum store_use use)
{
	struct store *s = calloc(1, sizeof(*s));

	if (s)
		s->path = copy_text(path, strlen(path));
	if (!s || !s->path)
		print_problem("out of memory", NULL);
	else if (connect(s, use) && prepare_file(s, use) && load_key(s))
		return s;
	store_close(s);
	return NULL;
}

void
store_close(struct store *s)
{
	if (!s)
		return;
	sqlite3_close(s->db);
	free(s->path);
	free(s);
}

/* ---- whose pseudonyms ------------------------------------------------------ */

const char *
store_key(const struct store *s)
{
	return s->key;
}

bool
store_takes(struct store *s, const char *key)
{
	sqlite3_stmt *q;
	bool ok = store_begin(s);

	if (!ok)
		return false;
	q = store_prepare(s, "INSERT OR IGNORE INTO settings VALUES('redacted', ?)");
	ok = q != NULL;
	if (ok) {
		sqlite3_bind_text(q, 1, key, -1, SQLITE_TRANSIENT);
		store_step(s, q, &ok);
	}
	sqlite3_finalize(q);
	if (!store_end(s, ok) || !load_key(s))
		return false;
	if (strcmp(s->key, key) == 0)
		return true;
	return store_refuses(s, *s->key && *key
	                     ? "its pseudonyms are of another key"
	                     : *key ? "it holds clear rows: rows with pseudonyms "
	                       "need a store of their own"
	                     : "it holds rows with pseudonyms: clear ones need a "
	                       "store of their own");
}
