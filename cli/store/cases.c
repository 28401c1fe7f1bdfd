/* cases.c - cases go into a store and come out again */
#include "db.h"

#include "../history.h"

#include <stdlib.h>
#include <string.h>

/* Rows that are read while nobody can write: a few milliseconds. */
#define PAGE 500

/* Devices that share a serial number or UUID and are told of, before it is
 * only counted. */
#define MAX_CLASHES 5

/* ---- in -------------------------------------------------------------------- */

struct putting {
	struct store *s;
	sqlite3_stmt *known, *insert, *same_serial, *same_uuid, *whole, *longer;
	struct put_sum sum;
};

static const char *
device(const json_t *snapshot, const char *key)
{
	return json_text(json_object_get(snapshot, "device"), key);
}

static void
tell_clash(struct store *s, const char *what, const char *id, const char *other)
{
	char why[400];

	if (s->n_clashes++ < MAX_CLASHES) {
		snprintf(why, sizeof(why), "%s %s is also that of another device "
		         "(%s): they are kept apart", what, id, other);
		print_problem(s->path, why);
	} else if (s->n_clashes == MAX_CLASHES + 1) {
		print_problem(s->path, "more devices share a serial number or UUID");
	}
}

/* Another device with one name the same and the other one different. */
static bool
look_for_clash(struct putting *p, sqlite3_stmt *q, const char *what,
               const char *id, const char *with)
{
	bool ok = true;

	if (!*id || !*with)
		return true;
	sqlite3_reset(q);
	store_bind(q, 1, id);
	store_bind(q, 2, with);
	if (store_step(p->s, q, &ok))
		tell_clash(p->s, what, id, store_text(q, 0));
	sqlite3_reset(q);
	return ok;
}

/* The row of this case, of no shard: shards are of one run, the store is of
 * many. */
static char *
without_shard(const char *row, const char *key)
{
	json_t *o = json_loads(row, 0, NULL);
	char *line = NULL;

	json_object_del(o, "shard");
	json_object_del(o, "shards");
	if (o && strcmp(json_text(o, "redacted"), key) == 0)
		line = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return line;
}

static bool
insert(struct putting *p, const char *row, const char *line,
       const json_t *snapshot)
{
	const char *digest = json_text(snapshot, "digest");
	bool ok;

	sqlite3_reset(p->known);
	store_bind(p->known, 1, digest);
	if (store_step(p->s, p->known, &ok))
		p->sum.n_known++;
	else
		p->sum.n_new++;
	sqlite3_reset(p->known);
	if (!ok)
		return false;
	sqlite3_reset(p->insert);
	store_bind(p->insert, 1, digest);
	store_bind(p->insert, 2, device(snapshot, "serial"));
	store_bind(p->insert, 3, device(snapshot, "uuid"));
	store_bind(p->insert, 4, json_text(snapshot, "time"));
	sqlite3_bind_text(p->insert, 5, json_text(snapshot, "knowledge"), -1,
	                  SQLITE_TRANSIENT);
	store_bind(p->insert, 6, row);
	store_bind(p->insert, 7, line);
	store_step(p->s, p->insert, &ok);
	return ok;
}

/* A row has the first digits of a digest, so many: it never replaces the case
 * that it is of, and that takes its place. */
#define ROW_DIGITS 16
#define REDACTED_ROW_DIGITS 12

static bool
has_whole(struct putting *p, const char *digest, bool *ok)
{
	bool found;

	sqlite3_reset(p->whole);
	store_bind(p->whole, 1, digest);
	found = store_step(p->s, p->whole, ok);
	sqlite3_reset(p->whole);
	return found;
}

static bool
take_place_of_row(struct putting *p, const char *digest)
{
	bool ok;

	sqlite3_reset(p->longer);
	store_bind(p->longer, 1, digest);
	sqlite3_bind_int(p->longer, 2, *p->s->key ? REDACTED_ROW_DIGITS
	                                          : ROW_DIGITS);
	store_step(p->s, p->longer, &ok);
	return ok;
}

static bool
put_case(struct putting *p, const struct kept *k)
{
	json_t *snapshot = json_loads(k->snapshot, 0, NULL);
	char *row = without_shard(k->row, p->s->key);
	const char *serial = device(snapshot, "serial");
	const char *uuid = device(snapshot, "uuid");
	bool ok = row && *json_text(snapshot, "digest");

	if (!ok)
		store_refuses(p->s, "out of memory, or a row that is not for this "
		              "store");
	if (ok && is_thin(snapshot) &&
	    has_whole(p, json_text(snapshot, "digest"), &ok)) {
		p->sum.n_known++;
		json_decref(snapshot);
		free(row);
		return ok;
	}
	if (ok && !is_thin(snapshot))
		ok = take_place_of_row(p, json_text(snapshot, "digest"));
	ok = ok && insert(p, row, k->snapshot, snapshot) &&
	     look_for_clash(p, p->same_serial, "the serial number", serial, uuid) &&
	     look_for_clash(p, p->same_uuid, "the UUID", uuid, serial);
	json_decref(snapshot);
	free(row);
	return ok;
}

/* A case that was scanned again replaces what was stored of it, unless newer
 * knowledge judged that. */
bool
store_put(struct store *s, const struct kept *at, size_t n, struct put_sum *sum)
{
	struct putting p = {
		.s = s,
		.known = store_prepare(s, "SELECT 1 FROM cases WHERE digest = ?"),
		.insert = store_prepare(s,
			"INSERT INTO cases(digest, serial, uuid, time, knowledge, "
			"row, snapshot) VALUES(?, ?, ?, ?, ?, ?, ?) "
			"ON CONFLICT(digest) DO UPDATE SET serial = excluded.serial, "
			"uuid = excluded.uuid, time = excluded.time, "
			"knowledge = excluded.knowledge, row = excluded.row, "
			"snapshot = excluded.snapshot "
			"WHERE excluded.knowledge >= cases.knowledge"),
		.same_serial = store_prepare(s, "SELECT uuid FROM cases "
			"WHERE serial = ? AND uuid <> ? LIMIT 1"),
		.same_uuid = store_prepare(s, "SELECT serial FROM cases "
			"WHERE uuid = ? AND serial <> ? LIMIT 1"),
		.whole = store_prepare(s, "SELECT 1 FROM cases WHERE digest > ?1 "
			"AND digest < ?1 || 'g' LIMIT 1"),
		.longer = store_prepare(s, "UPDATE OR IGNORE cases SET digest = ?1 "
			"WHERE digest = substr(?1, 1, ?2)"),
	};
	bool ok = p.known && p.insert && p.same_serial && p.same_uuid &&
	          p.whole && p.longer && store_begin(s);

	if (ok) {
		for (size_t i = 0; ok && i < n; i++)
			ok = put_case(&p, &at[i]);
		sqlite3_reset(p.insert);
		sqlite3_reset(p.longer);
		ok = store_end(s, ok);
	}
	sqlite3_finalize(p.known);
	sqlite3_finalize(p.insert);
	sqlite3_finalize(p.same_serial);
	sqlite3_finalize(p.same_uuid);
	sqlite3_finalize(p.whole);
	sqlite3_finalize(p.longer);
	if (ok) {
		sum->n_new += p.sum.n_new;
		sum->n_known += p.sum.n_known;
	}
	return ok;
}

/* ---- out ------------------------------------------------------------------- */

bool
store_each_row(struct store *s, bool (*take)(void *user, const char *row),
               void *user)
{
	sqlite3_stmt *q = store_prepare(s, "SELECT id, row FROM cases WHERE id > ? "
	                                "ORDER BY id LIMIT ?");
	long long last = 0;
	size_t n = PAGE;
	bool ok = q != NULL;

	while (ok && n == PAGE) {
		n = 0;
		sqlite3_bind_int64(q, 1, last);
		sqlite3_bind_int(q, 2, PAGE);
		while (ok && store_step(s, q, &ok)) {
			n++;
			last = sqlite3_column_int64(q, 0);
			ok = take(user, store_text(q, 1));
		}
		sqlite3_reset(q);
	}
	sqlite3_finalize(q);
	return ok;
}

#define COLUMNS "SELECT c.id, c.digest, d.serial, d.uuid, c.row, c.snapshot " \
                "FROM cases c JOIN devices d ON d.id = c.id "

static bool
hand_out(struct store *s, sqlite3_stmt *q, stored_fn *take, void *user)
{
	bool ok = q != NULL;

	while (ok && store_step(s, q, &ok)) {
		struct stored c = {
			.id = sqlite3_column_int64(q, 0),
			.digest = store_text(q, 1), .serial = store_text(q, 2),
			.uuid = store_text(q, 3), .row = store_text(q, 4),
			.snapshot = store_text(q, 5),
		};

		ok = take(user, &c);
	}
	sqlite3_finalize(q);
	return ok;
}

bool
store_find(struct store *s, const char *serial, const char *uuid,
           stored_fn *take, void *user)
{
	sqlite3_stmt *q = store_prepare(s, COLUMNS
		"WHERE c.id IN (SELECT id FROM cases WHERE serial = ?1 OR uuid = ?2 "
		"OR (serial IS NULL AND uuid IN "
		"(SELECT uuid FROM cases WHERE serial = ?1)) "
		"OR (uuid IS NULL AND serial IN "
		"(SELECT serial FROM cases WHERE uuid = ?2))) "
		"AND (d.serial = ?1 OR d.uuid = ?2) "
		"ORDER BY d.serial, d.uuid, c.time, c.id");

	if (q) {
		store_bind(q, 1, serial);
		store_bind(q, 2, uuid);
	}
	return hand_out(s, q, take, user);
}

bool
store_find_case(struct store *s, const char *digest, stored_fn *take,
                void *user)
{
	sqlite3_stmt *q = store_prepare(s, COLUMNS
		"WHERE c.digest >= ?1 AND c.digest < ?1 || 'z' ORDER BY c.id");

	if (q)
		store_bind(q, 1, digest);
	return hand_out(s, q, take, user);
}
