/*
 * roster.h - a list of devices that is asked about a few of them
 *
 * An export of a portal, an inventory: separated values with a line of names,
 * or JSON with an object a device, wherever in it that stands.  Its text is
 * kept, and where each row begins; a key (a serial number, an id) leads to its
 * rows.  A row becomes a record only when it is asked for, so a million rows
 * cost a scan nothing.
 *
 * Which column is which is said by the caller, as globs of names.  Names are
 * compared without case, blanks and marks: "Serial number", "serial_number"
 * and serialNumber are one.
 *
 * A roster does not change once it is made: any number of threads may look
 * things up.
 */
#ifndef CS_ROSTER_H
#define CS_ROSTER_H

#include "read/record.h"

/* Columns that are looked at in every row. */
enum cs_roster_column {
	CS_ROSTER_SERIAL, CS_ROSTER_ID, CS_ROSTER_ENTRA_ID,     /* keys */
	CS_ROSTER_DATE,                 /* the newest one dates the file */
	CS_ROSTER_MARK, CS_ROSTER_MARK_2        /* only some kinds of list have
	                                         * them */
};
#define CS_N_ROSTER_KEYS 3
#define CS_N_ROSTER_COLUMNS 6

/* A list of globs for each. */
struct cs_roster_names {
	const cs_text *at[CS_N_ROSTER_COLUMNS];
	size_t n[CS_N_ROSTER_COLUMNS];
};

struct cs_roster_row {
	uint32_t at, len;               /* in the text; len 0: to the line's end */
	uint32_t line;
};

struct cs_roster_entry {                /* of an index, sorted by hash */
	uint32_t hash, row;
};

struct cs_roster_index {
	struct cs_roster_entry *at;
	size_t n, room;
};

struct cs_roster {
	struct cs_roster *next;         /* the caller's */
	cs_text record;                 /* the caller's: what its records are
	                                 * called */
	const struct cs_roster_names *names;
	cs_arena arena;
	cs_text name;                   /* as it was given */
	uint64_t size;                  /* of the file */
	void *bytes;                    /* from malloc(), or NULL */
	cs_text text;
	size_t mark;                    /* bytes before the text */
	unsigned step;                  /* of the file for one of the text; 0: it
	                                 * varies */
	bool is_json;
	char separator;                 /* of separated values */
	cs_text *columns;               /* their names */
	size_t n_columns;
	size_t column[CS_N_ROSTER_COLUMNS];     /* n_columns: there is none */
	struct cs_roster_row *rows;
	size_t n_rows, room_rows;
	struct cs_roster_index index[CS_N_ROSTER_KEYS];
	uint64_t newest;                /* of the dates; 0: none */
	bool has_mark, has_mark_2;      /* these columns */
	/* Why it may not be the whole list; "": nothing says so. */
	char cut[200];
	uint64_t cut_line;
};

/* Takes 'bytes', which are from malloc(), on success and failure alike; the
 * names must stay.  NULL: err says what is wrong, with name and line. */
struct cs_roster *cs_roster_new(const char *name, void *bytes, size_t len,
                                const struct cs_roster_names *names,
                                cabscan_error *err);
void cs_roster_free(struct cs_roster *r);

/* Whether it has a column of that name (of JSON: the first row has it). */
bool cs_roster_has(const struct cs_roster *r, cs_text name);

/* Which rows are asked for. */
struct cs_roster_question {
	enum cs_roster_column key;      /* not the date */
	cs_text value;
	cs_text unless_serial;          /* "": whatever it is */
	cs_text record;                 /* what the records are called */
};

/* Hands out the rows with that key as records of the kind ROW: names without
 * blanks and marks, texts as found.  'm' stands for the file.  Returns how
 * many, at most MAX_ROSTER_ANSWERS; a note says that there are more. */
size_t cs_roster_ask(struct cs_scan *s, const struct cs_roster *r,
                     const struct cs_member *m,
                     const struct cs_roster_question *q, struct cs_sink *to);

/* ---- between roster.c and rosterjson.c ----------------------------------- */

/* Finds the objects of JSON that have a serial number.  False: out of memory,
 * or too many rows; err says so. */
bool cs_roster_json(struct cs_roster *r, const struct cs_roster_names *names,
                    cabscan_error *err);

/* What a row says in the columns of its keys and its date. */
struct cs_roster_cells {
	cs_text at[CS_N_ROSTER_COLUMNS];
};
bool cs_roster_add(struct cs_roster *r, struct cs_roster_row row,
                   const struct cs_roster_cells *cells, cabscan_error *err);
/* Only the first reason is kept. */
#if defined(__MINGW32__)
__attribute__((format(gnu_printf, 3, 4)))
#elif defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
void cs_roster_cut(struct cs_roster *r, uint64_t line, const char *format, ...);
/* Which columns are called that: bit n for column n. */
unsigned cs_roster_columns(const struct cs_roster_names *names, cs_text name);

#endif
