/*
 * case.h - records become facts, facts become a case
 *
 * The collector is a sink: it is given every record of a case, looks up in
 * the knowledge what it says, and keeps that as facts, each with its place.
 * When all has been read the facts are put in order (the most trusted
 * first), tries to attest are told apart, and what is missing is listed.
 *
 * Who outranks whom, among facts of one name: the CAB over files beside it,
 * whole bytes over salvaged ones, then the order of the "from" lines; of
 * dated facts the newer one.
 */
#ifndef CS_CASE_H
#define CS_CASE_H

#include "base/scan.h"
#include "base/time.h"
#include "know/know.h"
#include "know/pattern.h"
#include "read/record.h"

struct cs_fact {
	cabscan_fact pub;               /* first: what a user sees */
	const struct cs_fact_def *def;
	const struct cs_member *member;
	unsigned rank;                  /* of the source; 0 is the best */
	size_t order;                   /* of collection, to sort stably */
	bool outdated;                  /* a newer one says otherwise */
	bool disputed;                  /* so does another file of the CAB */
	bool outweighed;                /* and that one is trusted more */
	struct cs_fact **because;       /* derived: from these */
	size_t n_because;
};

/* The facts of one name. */
struct cs_facts {
	struct cs_fact **at;
	size_t n, room;
	size_t seen;                    /* also those that had to go */
};

struct cs_attempt {
	cabscan_attempt pub;
	struct cs_fact *decided;        /* by this fact; NULL: incomplete */
};

struct cs_clock_step {                  /* an event, seen as a time */
	const struct cs_member *member; /* NULL: none yet */
	uint64_t record, time;
};

struct cs_moment {                      /* of the timeline */
	cabscan_event pub;
	size_t order;
};

/* Sources of facts for the lines of one member, or of one output in it. */
struct cs_listening {
	cs_text member, output;
	const struct cs_source **at;
	size_t n;
};

struct cs_case {
	const struct cs_know *know;
	struct cs_scan *scan;
	struct cs_facts *facts;         /* by cs_fact_def.index */
	struct cs_fact **all;           /* every fact, in a fixed order */
	size_t n_all, n_collected;
	struct cs_attempt *attempts;
	size_t n_attempts;
	uint64_t since;                 /* where the last attempt's facts begin */
	uint64_t since_boot;            /* and those of the boot that it fell in */
	struct cs_moment *moments;
	size_t n_moments, room_moments;
	cabscan_missing *missing;
	size_t n_missing;
	const struct cs_member **members;
	size_t n_members, room_members;
	struct cs_listening listening;
	cs_map channels;                /* of the events that were read */
	struct cs_log_begin *begins;    /* the same, as a list */
	cabscan_log *logs;              /* the same, published */
	size_t n_logs;
	cs_text computers[MAX_COMPUTERS];       /* that wrote events */
	size_t n_computers;
	struct cs_clock_step newest;    /* of the CAB itself */
	struct cs_clock_step set_back;  /* the first event after that */
	const struct cs_clock_step *after_that; /* the last one of that log */
	uint64_t set_back_by;
	bool slow_pattern;              /* one ran into its limit: noted */
};

struct cs_collector {
	struct cs_sink sink;            /* first, so that it can be passed on */
	struct cs_case *c;
};

/* False: out of memory (the scan's arena is full). */
bool cs_case_begin(struct cs_case *c, const struct cs_know *k, struct cs_scan *s);
struct cs_collector cs_case_collector(struct cs_case *c);
bool cs_case_add_member(struct cs_case *c, const struct cs_member *m);
/* The facts so far in their order: before a question that needs it. */
void cs_case_sort(struct cs_case *c);
/* After the last record: order, attempts, derived facts, what is missing. */
bool cs_case_finish(struct cs_case *c);

/* Whether its name is that of something such a CAB holds. */
bool cs_case_is_artefact(const struct cs_know *k, const struct cs_member *m);

/* The best fact of a name; NULL: none.  'def' may be NULL. */
struct cs_fact *cs_case_fact(const struct cs_case *c, const struct cs_fact_def *def);
struct cs_fact *cs_case_named(const struct cs_case *c, const char *name);
/* Whether it counts for the last attempt. */
bool cs_case_counts(const struct cs_case *c, const struct cs_fact *f);

/* The text with each {fact} replaced by its value, or by "unknown"; in a
 * command only by a value of plain characters.  NULL: out of memory. */
const char *cs_case_fill(struct cs_case *c, cs_text text, bool command);

/* ---- between the files of this room ------------------------------------- */

/* Adds a fact that is concluded from others. */
struct cs_fact *cs_case_conclude(struct cs_case *c, const struct cs_fact_def *def,
                                 cs_text value, struct cs_fact *const *because,
                                 size_t n);
bool cs_case_attempts(struct cs_case *c);       /* attempts.c */
bool cs_case_missing(struct cs_case *c);        /* missing.c */
void cs_case_conflicts(struct cs_case *c);      /* conflicts.c */
/* After a search: notes, once a case, that a pattern for that fact ran into its
 * limit. */
void cs_case_matched(struct cs_case *c, enum cs_match m, struct cs_place place,
                     const struct cs_fact_def *def, size_t len);
void cs_case_moment(struct cs_case *c, const struct cs_record *r,
                    const struct cs_provider *p, const struct cs_event_def *e);
bool cs_case_timeline(struct cs_case *c);       /* timeline.c */
void cs_case_baseline(struct cs_case *c);       /* baseline.c */
void cs_case_crosscheck(struct cs_case *c);     /* crosscheck.c */
void cs_case_audit_event(struct cs_case *c, cs_text channel,
                         const struct cs_member *member, uint64_t record,
                         uint64_t time);
/* 'last': the event before, of that log; brought up to date. */
void cs_case_clock_event(struct cs_case *c, struct cs_clock_step *last,
                         const struct cs_member *member, uint64_t record,
                         uint64_t time);
void cs_case_clock(struct cs_case *c);          /* clock.c */
void cs_case_audit(struct cs_case *c);          /* audit.c */

/* condition.c: -1, 0 or 1, by as many numbers as the bound has: 4.33.7 is not
 * above 4.33. */
int cs_version_order(cs_text version, cs_text bound);

/* condition.c: whether one holds, and the facts that make it hold (at most
 * 'room' of them are written to ret_facts). */
bool cs_case_holds(struct cs_case *c, const struct cs_condition *q,
                   struct cs_fact **ret_facts, size_t room, size_t *ret_n);
/* What the vendor's knowledge says of the firmware that a "vendor-says"
 * condition speaks of; NULL: nothing. */
const struct cs_vendor_firmware *cs_case_vendor_line(const struct cs_case *c,
                                                     const struct cs_condition *q);

#endif
