/* outcomes.c - what fixed devices, and how often a verdict was right */
#include "db.h"

bool
store_add_outcome(struct store *s, const struct outcome *o)
{
	sqlite3_stmt *q;
	bool ok = store_begin(s);

	if (!ok)
		return false;
	q = store_prepare(s, "INSERT INTO outcomes(case_id, said, text, verdict, "
	                  "confidence, cause, judged, manufacturer, model, vendor, "
	                  "firmware) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	ok = q != NULL;
	if (ok) {
		sqlite3_bind_int64(q, 1, o->case_id);
		store_bind(q, 2, o->said);
		store_bind(q, 3, o->text);
		store_bind(q, 4, o->verdict);
		store_bind(q, 5, o->confidence);
		store_bind(q, 6, o->cause);
		sqlite3_bind_int(q, 7, (int)o->judged);
		store_bind(q, 8, o->traits.manufacturer);
		store_bind(q, 9, o->traits.model);
		store_bind(q, 10, o->traits.vendor);
		store_bind(q, 11, o->traits.firmware);
		store_step(s, q, &ok);
	}
	sqlite3_finalize(q);
	return store_end(s, ok);
}

static enum judged
judged_of(sqlite3_stmt *q, int i)
{
	int n = sqlite3_column_int(q, i);

	return n == JUDGED_RIGHT ? JUDGED_RIGHT
	     : n == JUDGED_WRONG ? JUDGED_WRONG : JUDGED_OPEN;
}

bool
store_each_outcome(struct store *s, long long case_id,
                   bool (*take)(void *user, const struct outcome *o), void *user)
{
	sqlite3_stmt *q = store_prepare(s, "SELECT said, text, verdict, confidence, "
		"cause, judged, manufacturer, model, vendor, firmware "
		"FROM outcomes WHERE case_id = ? ORDER BY id");
	bool ok = q != NULL;

	if (ok)
		sqlite3_bind_int64(q, 1, case_id);
	while (ok && store_step(s, q, &ok)) {
		struct outcome o = {
			.case_id = case_id, .said = store_text(q, 0),
			.text = store_text(q, 1), .verdict = store_text(q, 2),
			.confidence = store_text(q, 3), .cause = store_text(q, 4),
			.judged = judged_of(q, 5),
			.traits = { store_text(q, 6), store_text(q, 7),
			            store_text(q, 8), store_text(q, 9) },
		};

		ok = take(user, &o);
	}
	sqlite3_finalize(q);
	return ok;
}

/* A device counts once for each thing that was said of it; NULLs are equal to
 * nothing, so what is not known is not alike. */
bool
store_each_like(struct store *s, const char *cause, const struct traits *t,
                const char *digest, size_t most,
                bool (*take)(void *user, const struct like *l), void *user)
{
	sqlite3_stmt *q = store_prepare(s,
		"WITH own AS (SELECT d.serial AS serial, d.uuid AS uuid, d.id AS id "
		" FROM cases c JOIN devices d ON d.id = c.id WHERE c.digest = ?6), "
		"told AS (SELECT o.text AS text, "
		" CASE WHEN o.judged = 1 THEN '' ELSE coalesce(o.cause, '') END AS cause, "
		" o.judged AS judged, o.said AS said, "
		" coalesce(d.serial, d.uuid, d.id) AS device, "
		" CASE WHEN EXISTS (SELECT 1 FROM own WHERE own.id = d.id "
		"   OR ((own.serial IS NOT NULL OR own.uuid IS NOT NULL) "
		"   AND own.serial IS d.serial AND own.uuid IS d.uuid)) THEN 4 "
		" WHEN o.manufacturer = ?2 AND o.model = ?3 AND o.vendor = ?4 "
		"  AND o.firmware = ?5 THEN 3 "
		" WHEN o.vendor = ?4 AND o.firmware = ?5 THEN 2 "
		" WHEN (o.manufacturer = ?2 AND o.model = ?3) OR o.vendor = ?4 "
		"  THEN 1 ELSE 0 END AS near "
		" FROM outcomes o JOIN devices d ON d.id = o.case_id "
		" WHERE (o.verdict = ?1 OR o.cause = ?1) AND o.text IS NOT NULL) "
		"SELECT text, cause, judged, near, count(DISTINCT device), max(said) "
		"FROM told GROUP BY lower(text), cause, judged, near "
		"ORDER BY near DESC, count(DISTINCT device) DESC, max(said) DESC, text "
		"LIMIT ?7");
	bool ok = q != NULL;

	if (ok) {
		store_bind(q, 1, cause);
		store_bind(q, 2, t->manufacturer);
		store_bind(q, 3, t->model);
		store_bind(q, 4, t->vendor);
		store_bind(q, 5, t->firmware);
		store_bind(q, 6, digest);
		sqlite3_bind_int64(q, 7, (sqlite3_int64)most);
	}
	while (ok && store_step(s, q, &ok)) {
		struct like l = {
			.text = store_text(q, 0), .cause = store_text(q, 1),
			.judged = judged_of(q, 2),
			.near = (unsigned)sqlite3_column_int(q, 3),
			.n = (size_t)sqlite3_column_int64(q, 4),
			.last = store_text(q, 5),
		};

		ok = take(user, &l);
	}
	sqlite3_finalize(q);
	return ok;
}

/* Of each case the last outcome that judges its verdict, else the last one. */
bool
store_each_score(struct store *s,
                 bool (*take)(void *user, const struct score *score), void *user)
{
	sqlite3_stmt *q = store_prepare(s,
		"WITH last AS (SELECT verdict, judged, cause FROM outcomes o "
		" WHERE o.id = (SELECT id FROM outcomes p WHERE p.case_id = o.case_id "
		"  ORDER BY p.judged <> 0 DESC, p.id DESC LIMIT 1)) "
		"SELECT verdict, sum(judged = 1), sum(judged = 2), sum(judged = 0), "
		"(SELECT group_concat(n || ' ' || cause, char(10)) FROM "
		" (SELECT w.cause AS cause, count(*) AS n FROM last w "
		"  WHERE w.verdict = last.verdict AND w.judged <> 1 "
		"  AND w.cause IS NOT NULL GROUP BY w.cause "
		"  ORDER BY count(*) DESC, w.cause)) "
		"FROM last GROUP BY verdict ORDER BY count(*) DESC, verdict");
	bool ok = q != NULL;

	while (ok && store_step(s, q, &ok)) {
		struct score score = {
			.verdict = store_text(q, 0),
			.n_right = (size_t)sqlite3_column_int64(q, 1),
			.n_wrong = (size_t)sqlite3_column_int64(q, 2),
			.n_open = (size_t)sqlite3_column_int64(q, 3),
			.really = store_text(q, 4),
		};

		ok = take(user, &score);
	}
	sqlite3_finalize(q);
	return ok;
}
