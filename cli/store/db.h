/* db.h - inside the store's room: the connection, and how calls fail */
#ifndef CLI_STORE_DB_H
#define CLI_STORE_DB_H

#include "store.h"

#include <sqlite3.h>

struct store {
	sqlite3 *db;
	char *path;
	char key[17];
	unsigned n_clashes;             /* told so far */
};

/* Prints what SQLite says of the last call, in words for people; always
 * false. */
bool store_fails(struct store *s, int rc);
/* The same for anything else that is wrong. */
bool store_refuses(struct store *s, const char *why);
bool store_run(struct store *s, const char *sql);
/* NULL: printed. */
sqlite3_stmt *store_prepare(struct store *s, const char *sql);
/* True: there is a row.  False: there is none, or *ok is false and it was
 * printed. */
bool store_step(struct store *s, sqlite3_stmt *q, bool *ok);
/* "" is stored as NULL. */
void store_bind(sqlite3_stmt *q, int i, const char *text);
/* "" for NULL; lives until the next step. */
const char *store_text(sqlite3_stmt *q, int i);

bool store_begin(struct store *s);
/* Ends what store_begin() began, with all of it or none. */
bool store_end(struct store *s, bool ok);

/* schema.c: the newest version, and what makes each of the one before. */
extern const int store_schema;
extern const char *const store_steps[];

#endif
