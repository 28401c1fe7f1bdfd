/*
 * scan.h - what every stage of one scan shares: its limits and its notes
 *
 * Whoever uses something that is limited spends it first.  An overspent limit
 * stays overspent: every later cs_spend() on it is refused, the stages run
 * dry, and one note says which limit it was.  limits.h has the numbers and
 * their reasons.  A cancelled scan runs dry the same way, without a note.
 *
 * Memory: 'arena' lives as long as the case; 'scratch' is emptied before each
 * member and each event record, so what a record points to is gone when the
 * sink returns.
 */
#ifndef CS_SCAN_H
#define CS_SCAN_H

#include "base/arena.h"
#include "base/limits.h"
#include "cabscan.h"

/* A file inside the CAB (or beside it) while its bytes are there to read. */
struct cs_member {
	cs_text name;           /* UTF-8, as listed; lives in the scan's arena */
	cs_bytes bytes;         /* empty once the member has been read */
	uint64_t size;          /* unpacked, as the CAB states it */
	cabscan_member_state state;
	bool side;              /* came beside the CAB, not out of it */
	bool list;              /* ... and is of many devices */
	bool dropped;           /* nobody reads it: its bytes may be gone */
	const char *kind;       /* "event-log", ...; static or from the arena */
};

struct cs_place {
	const struct cs_member *member; /* NULL: the input as a whole */
	uint64_t offset;                /* byte in the unpacked member */
	uint64_t record;                /* event record id; 0: none */
	uint64_t line;                  /* from 1; 0: none */
};

struct cs_note {
	struct cs_note *next;
	cabscan_note_kind kind;
	struct cs_place place;
	const char *text;
};

/* Who is told how far the scan is, and may cancel it. */
struct cs_watch {
	cabscan_progress_fn *progress;  /* NULL: nobody */
	void *user;
	const char *member;
	uint64_t n_begun;
	uint64_t work;                  /* since the last time */
	bool cancelled;
};

struct cs_store;

struct cs_scan {
	cs_arena arena;
	cs_arena scratch;
	const uint64_t *limits;         /* by cabscan_limit */
	uint64_t spent[CABSCAN_N_LIMITS];
	bool over[CABSCAN_N_LIMITS];
	struct cs_note *notes, **notes_end;
	unsigned n_notes;
	struct cs_watch watch;
	struct cs_store *store;         /* of event templates; NULL: none is
	                                 * kept from log to log */
};

void cs_scan_begin(struct cs_scan *s, const uint64_t limits[CABSCAN_N_LIMITS]);
void cs_scan_end(struct cs_scan *s);
bool cs_spend(struct cs_scan *s, cabscan_limit what, uint64_t n,
              struct cs_place place);

/* Frees an arena beside the scan's own two.  Where a limit filled it, whoever
 * used it has noted that; where memory ran out, the whole scan has. */
void cs_scan_release(struct cs_scan *s, cs_arena *a);
/* Memory ran out: what was read is not all there is. */
bool cs_scan_failed(const struct cs_scan *s);

/* Says that this member begins.  False: the scan is cancelled. */
bool cs_begin_member(struct cs_scan *s, const struct cs_member *m);

/* The text says what is wrong, with the value found and the one expected; the
 * place goes in the struct.  It may hold foreign text: it is mended. */
#if defined(__MINGW32__)
__attribute__((format(gnu_printf, 4, 5)))
#elif defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
void cs_note(struct cs_scan *s, cabscan_note_kind kind, struct cs_place place,
             const char *format, ...);

#endif
