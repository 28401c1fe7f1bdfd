/*
 * schema.c - what lies in a store
 *
 * Each text makes a version of the one before, the first one of an empty file:
 * a new store and an old one go the same way.  A text that was in a release
 * never changes again; what is new is a new text at the end.
 */
#include "db.h"

const char *const store_steps[] = {
	/* 1: cases.  The row and the snapshot are kept as they were made; the
	 * columns are what is searched. */
	"CREATE TABLE settings(\n"
	"  name TEXT PRIMARY KEY,\n"
	"  value TEXT NOT NULL\n"
	") WITHOUT ROWID;\n"
	"CREATE TABLE cases(\n"
	"  id INTEGER PRIMARY KEY,\n"
	"  digest TEXT NOT NULL UNIQUE,\n"
	"  serial TEXT,\n"
	"  uuid TEXT,\n"
	"  time TEXT,\n"
	"  knowledge TEXT NOT NULL,\n"
	"  row TEXT NOT NULL,\n"
	"  snapshot TEXT NOT NULL\n"
	");\n"
	"CREATE INDEX cases_by_serial ON cases(serial, uuid);\n"
	"CREATE INDEX cases_by_uuid ON cases(uuid, serial);\n"
	/* The device of each case: what the case itself does not say is taken
	 * from the others, where all of them agree. */
	"CREATE VIEW devices AS SELECT c.id AS id,\n"
	"  coalesce(c.serial, (SELECT CASE WHEN min(o.serial) = max(o.serial)\n"
	"    THEN min(o.serial) END FROM cases o WHERE o.uuid = c.uuid)) AS serial,\n"
	"  coalesce(c.uuid, (SELECT CASE WHEN min(o.uuid) = max(o.uuid)\n"
	"    THEN min(o.uuid) END FROM cases o WHERE o.serial = c.serial)) AS uuid\n"
	"FROM cases c;\n",

	/* 2: outcomes, each with the verdict and the device as they were when it
	 * was told: a case may be judged again. */
	"CREATE TABLE outcomes(\n"
	"  id INTEGER PRIMARY KEY,\n"
	"  case_id INTEGER NOT NULL REFERENCES cases(id),\n"
	"  said TEXT NOT NULL,\n"
	"  text TEXT,\n"
	"  verdict TEXT NOT NULL,\n"
	"  confidence TEXT NOT NULL,\n"
	"  cause TEXT,\n"
	"  judged INTEGER NOT NULL,\n"
	"  manufacturer TEXT,\n"
	"  model TEXT,\n"
	"  vendor TEXT,\n"
	"  firmware TEXT\n"
	");\n"
	"CREATE INDEX outcomes_by_case ON outcomes(case_id);\n"
	"CREATE INDEX outcomes_by_verdict ON outcomes(verdict);\n"
	"CREATE INDEX outcomes_by_cause ON outcomes(cause);\n",
};

const int store_schema = (int)(sizeof(store_steps) / sizeof(store_steps[0]));
