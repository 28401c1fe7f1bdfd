/*
 * cabscan.h - why a Windows device failed Autopilot TPM attestation
 *
 * A cabscan is a set of knowledge: what the words in the logs mean and which
 * causes they point to.  Give it a diagnostics CAB and it returns a case: what
 * the device said (facts), what that means (findings), the answer (verdict),
 * and what is wrong with the CAB itself (notes).
 *
 *     cabscan_error  err;
 *     cabscan_case  *c;
 *     cabscan       *cs = cabscan_new(&err);
 *
 *     if (cs && cabscan_scan_file(cs, "X.cab", &c, &err) == CABSCAN_OK) {
 *             puts(cabscan_case_verdict(c)->title);
 *             cabscan_case_free(c);
 *     }
 *     cabscan_free(cs);
 *
 * Rules that hold for every function here:
 *   - Text is UTF-8, NUL-terminated, and never NULL unless said so.
 *   - A pointer you get from a case lives until cabscan_case_free().
 *   - A case never changes.  A cabscan does not change while it scans; any
 *     number of threads may then scan with it at the same time.
 *   - Out-parameters (ret_...) are written on success only; err may be NULL.
 *   - Damage inside a CAB is not an error: the scan goes on, and the case
 *     carries a note.  An error means that there is no case.
 *   - A time is a count of 100-nanosecond intervals since 1601-01-01 UTC, as
 *     Windows stores it (FILETIME); 0 means that it is not known.
 */
#ifndef CABSCAN_H
#define CABSCAN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32) && defined(CABSCAN_SHARED)
# ifdef CABSCAN_BUILD
#  define CABSCAN_API __declspec(dllexport)
# else
#  define CABSCAN_API __declspec(dllimport)
# endif
#elif defined(__GNUC__)
# define CABSCAN_API __attribute__((visibility("default")))
#else
# define CABSCAN_API
#endif

#define CABSCAN_VERSION_MAJOR 0
#define CABSCAN_VERSION_MINOR 1
#define CABSCAN_VERSION_PATCH 0

/* The version of the library that is running, for example "0.1.0". */
CABSCAN_API const char *cabscan_version(void);

/* ---- errors --------------------------------------------------------- */

typedef enum cabscan_status {
	CABSCAN_OK = 0,
	CABSCAN_ENOMEM,         /* out of memory */
	CABSCAN_EIO,            /* the file could not be read */
	CABSCAN_EFORMAT,        /* nothing in the input is readable */
	CABSCAN_ELIMIT,         /* the input is larger than its limit */
	CABSCAN_EKNOWLEDGE,     /* a mistake in knowledge text */
	CABSCAN_EUSAGE,         /* the call makes no sense (a caller's bug) */
	CABSCAN_EWRITE,         /* the writer took less than it was given */
	CABSCAN_ECANCELLED      /* your progress function said so */
} cabscan_status;

/* Yours, on your stack; nothing to free. */
typedef struct cabscan_error {
	cabscan_status status;
	char message[512];      /* one sentence: what, where, which value */
} cabscan_error;

/* Returns 0 when it took all of the bytes. */
typedef int cabscan_write_fn(void *user, const void *bytes, size_t len);

/* ---- the scanner ---------------------------------------------------- */

typedef struct cabscan cabscan;
typedef struct cabscan_case cabscan_case;
typedef struct cabscan_worker cabscan_worker;

/* A scanner with the built-in knowledge and the default limits.  NULL: out of
 * memory, see err.  Free it with cabscan_free(). */
CABSCAN_API cabscan *cabscan_new(cabscan_error *err);
CABSCAN_API void cabscan_free(cabscan *cs);     /* NULL is fine */

/* One without knowledge, which is made faster: enough to visit the records of
 * event logs.  A scan with it is CABSCAN_EUSAGE. */
CABSCAN_API cabscan *cabscan_new_empty(cabscan_error *err);

/* Adds knowledge (the format of knowledge files: lib/README.md).  What it
 * says of a name already known replaces what was known.  The text is copied.
 * 'name' is what messages call it, usually a path.  On CABSCAN_EKNOWLEDGE the
 * message has name and line, and the scanner can only be freed. */
CABSCAN_API cabscan_status cabscan_learn(cabscan *cs, const char *name,
                                         const char *text, size_t len,
                                         cabscan_error *err);

typedef enum cabscan_roster_kind {
	CABSCAN_ROSTER_INTUNE,          /* what Intune exports: Autopilot devices,
	                                 * or the deployments report */
	CABSCAN_ROSTER_INVENTORY        /* any table with serial numbers */
} cabscan_roster_kind;

/* Adds a list of devices: separated values with a line of names, or JSON.  Each
 * scan reads the rows of its own device as facts, and lists the file as a
 * member.  Which columns are which, the knowledge says: learn yours first.
 * 'name' is a path; data NULL: the file there is read; else it is copied.  It
 * is indexed once and stays in memory, so learn it once for many scans, and
 * before the first.  CABSCAN_EFORMAT: it is no such list; the message has name
 * and line, and the scanner is as it was. */
CABSCAN_API cabscan_status cabscan_learn_roster(cabscan *cs,
                                                cabscan_roster_kind kind,
                                                const char *name,
                                                const void *data, size_t len,
                                                cabscan_error *err);

typedef enum cabscan_limit {
	CABSCAN_LIMIT_CAB_BYTES,        /* of one input */
	CABSCAN_LIMIT_MEMBER_BYTES,     /* of one member, unpacked */
	CABSCAN_LIMIT_TOTAL_BYTES,      /* of all members, unpacked */
	CABSCAN_LIMIT_MEMBERS,          /* in one CAB */
	CABSCAN_LIMIT_RECORDS,          /* events, lines and keys of one case */
	CABSCAN_LIMIT_DECODE_BYTES      /* that the codecs of one CAB produce */
} cabscan_limit;
#define CABSCAN_N_LIMITS 6

/* Lowers (or raises) one limit; returns the value it had. */
CABSCAN_API uint64_t cabscan_set_limit(cabscan *cs, cabscan_limit which,
                                       uint64_t value);
CABSCAN_API uint64_t cabscan_get_limit(const cabscan *cs, cabscan_limit which);

/* The id of the i-th cause that can be a verdict, in the order of the gates;
 * NULL past the end.  Lives as long as the scanner. */
CABSCAN_API const char *cabscan_cause_id(const cabscan *cs, size_t i);

typedef enum cabscan_input_kind {
	CABSCAN_INPUT_AUTO,     /* a CAB by its first bytes, else a member */
	CABSCAN_INPUT_MEMBER,   /* a file that was taken out of the CAB */
	CABSCAN_INPUT_SIDE      /* came beside the CAB: tpmtool output, ...; the
	                         * CAB outranks it */
} cabscan_input_kind;

/* Yours; the bytes must stay until the scan returns. */
typedef struct cabscan_input {
	const char *name;       /* a path; the last part is the member's name */
	const void *data;       /* NULL: the file at that path (UTF-8 on every
	                         * system) is read when its turn comes */
	size_t size;            /* of data */
	cabscan_input_kind kind;
} cabscan_input;

/* Scans what belongs to one device: a CAB, the files of one that was
 * extracted, files that came with it.  'source' is what the report calls it.
 * On success *ret_case is yours: cabscan_case_free(). */
CABSCAN_API cabscan_status cabscan_scan(const cabscan *cs, const char *source,
                                        const cabscan_input *inputs, size_t n,
                                        cabscan_case **ret_case,
                                        cabscan_error *err);

/* The same for one file. */
CABSCAN_API cabscan_status cabscan_scan_file(const cabscan *cs,
                                             const char *path,
                                             cabscan_case **ret_case,
                                             cabscan_error *err);
CABSCAN_API void cabscan_case_free(cabscan_case *c);    /* NULL is fine */

/* How far a scan is.  It lives until your function returns. */
typedef struct cabscan_progress {
	const char *member;     /* that is read, or the last one; "": none yet */
	uint64_t n_members;     /* known so far: all of them, once a CAB's list
	                         * has been read */
	uint64_t n_begun;       /* of these */
	uint64_t bytes;         /* unpacked, of members */
	uint64_t records;       /* events, lines and keys */
} cabscan_progress;

/* Returns 0 to go on; anything else cancels the scan. */
typedef int cabscan_progress_fn(void *user, const cabscan_progress *p);

/* What one scan can leave to the next: memory, and what was learnt of the
 * templates of event logs.  Yours; one thread may use it at a time, so make
 * one a thread.  The scanner must outlive it; the cases it makes need not.
 * NULL, with err set: out of memory. */
CABSCAN_API cabscan_worker *cabscan_worker_new(const cabscan *cs,
                                               cabscan_error *err);
CABSCAN_API void cabscan_worker_free(cabscan_worker *w);  /* NULL is fine */

/* From now on 'progress' is told how far a scan of this worker is: before each
 * member, and every few milliseconds of work between, on the thread that
 * scans.  NULL: nobody is, as at first. */
CABSCAN_API void cabscan_worker_watch(cabscan_worker *w,
                                      cabscan_progress_fn *progress,
                                      void *user);

/* A CAB that lies inside one: its bytes live until your function returns,
 * which may scan them with another worker. */
typedef void cabscan_cabinet_fn(void *user, const char *name, const void *data,
                                size_t size);

/* From now on 'cabinet' gets each CAB that a scan of this worker finds inside
 * a CAB.  A scan reads none of them itself: whose device it is from, only
 * you can tell.  NULL: nobody does, as at first. */
CABSCAN_API void cabscan_worker_cabinets(cabscan_worker *w,
                                         cabscan_cabinet_fn *cabinet,
                                         void *user);

/* cabscan_scan() with this worker.  Cancelled by its progress function, it
 * returns CABSCAN_ECANCELLED and there is no case. */
CABSCAN_API cabscan_status cabscan_worker_scan(cabscan_worker *w,
                                               const char *source,
                                               const cabscan_input *inputs,
                                               size_t n,
                                               cabscan_case **ret_case,
                                               cabscan_error *err);

#define CABSCAN_HEAD_BYTES 4096

/* Whether a file of this name and these first bytes is one that a scan
 * reads: what is worth taking from a directory.  'head' may be shorter than
 * the file; CABSCAN_HEAD_BYTES are enough. */
CABSCAN_API int cabscan_knows_file(const char *name, const void *head,
                                   size_t len);

/* ---- what cabscan knows ---------------------------------------------- */

/* The newest day on which an entry of the knowledge was checked against its
 * source, "2026-11-22", and where news of known issues appear first; "" where
 * the knowledge does not say. */
CABSCAN_API const char *cabscan_knowledge_date(const cabscan *cs);
CABSCAN_API const char *cabscan_knowledge_news(const cabscan *cs);

/* Tells the scanner what day it is: reports of its scans then say so when the
 * knowledge is older than 180 days.  0, as at first: nobody knows. */
CABSCAN_API void cabscan_set_today(cabscan *cs, uint64_t time);

/* All knowledge that a scanner has learnt, to be listed and searched.  Yours;
 * it does not need the scanner any more.  NULL, with err set: out of memory. */
typedef struct cabscan_knowledge cabscan_knowledge;
CABSCAN_API cabscan_knowledge *cabscan_knowledge_new(const cabscan *cs,
                                                     cabscan_error *err);
CABSCAN_API void cabscan_knowledge_free(cabscan_knowledge *k);

typedef enum cabscan_entry_state {
	CABSCAN_ENTRY_IN_FORCE,
	CABSCAN_ENTRY_REPLACED,         /* by a later one of the same name */
	CABSCAN_ENTRY_OFF               /* switched off by a later one */
} cabscan_entry_state;

/* One stanza.  Its format is that of lib/README.md. */
typedef struct cabscan_entry {
	const char *kind;       /* "code", "event", "fact", "cause", ... */
	const char *name;       /* "0x81039001", "mdd 171", "amd-ftpm" */
	const char *more;       /* the rest of the first line; "": none */
	const char *body;       /* the other lines, without indent; each ends
	                         * with \n */
	const char *sources;    /* names of "source" entries, by blanks */
	const char *checked;    /* "2026-11-22"; "": it does not say */
	const char *file;
	unsigned line;
	cabscan_entry_state state;
} cabscan_entry;

/* In the order in which they were learnt; NULL past the end. */
CABSCAN_API const cabscan_entry *cabscan_entry_at(const cabscan_knowledge *k,
                                                  size_t i);

/* A 32-bit code in any spelling that logs and people use: 0x81039001, doubled
 * prefix, 64 bits wide, signed decimal, bare hexadecimal.  0: it is none. */
CABSCAN_API int cabscan_code(const char *text, uint32_t *ret);

/* Writes what is known of one thing, for people: a code in any spelling or by
 * its symbol, a service code, "event CHANNEL/ID", "cause ID", or the name of
 * a fact, step, message or vendor.  A code that nobody published is decoded as
 * far as its bits say, and said to be unknown.  CABSCAN_EUSAGE: the question
 * has none of these forms; nothing was written. */
CABSCAN_API cabscan_status cabscan_explain(const cabscan_knowledge *k,
                                           const char *question,
                                           cabscan_write_fn *write, void *user,
                                           cabscan_error *err);

/* ---- what a case holds ---------------------------------------------- */
/*
 * These structures are only ever made by the library, and only grow at the
 * end: do not copy them, do not take their size.
 */

/* Where something was read. */
typedef struct cabscan_where {
	const char *member;     /* name inside the CAB; "": the input itself */
	uint64_t offset;        /* byte in the unpacked member */
	uint64_t record;        /* event record id; 0: not an event */
	uint64_t line;          /* from 1; 0: not a text */
} cabscan_where;

/* Something that the device said, and where. */
typedef struct cabscan_fact {
	const char *name;       /* "tpm.vendor" */
	const char *title;      /* "TPM vendor" */
	const char *value;      /* in one spelling: "STM" */
	const char *raw;        /* as found, mended to UTF-8: "STM " */
	const void *bytes;      /* as found, where it is no UTF-8; else NULL */
	size_t n_bytes;
	const char *meaning;    /* of a code; "" if there is none */
	uint64_t time;
	cabscan_where where;
	int side;               /* from a file beside the CAB */
	int doubtful;           /* from salvaged bytes or behind a checksum that
	                         * does not match: makes nothing certain */
	int derived;            /* concluded from other facts */
} cabscan_fact;

typedef enum cabscan_confidence {
	CABSCAN_NONE = 0,
	CABSCAN_POSSIBLE = 1,
	CABSCAN_LIKELY = 2,
	CABSCAN_CERTAIN = 3
} cabscan_confidence;

/* "none", "possible", "likely" or "certain". */
CABSCAN_API const char *cabscan_confidence_name(cabscan_confidence c);

/* The condition that is not met, and came nearest. */
typedef struct cabscan_lack {
	const char *fact;       /* "tpm.firmware" */
	const char *title;      /* "TPM firmware version" */
	const char *found;      /* NULL: nothing was found */
	const char *needed;     /* "in 3.*.0.*" */
} cabscan_lack;

/* A cause whose conditions hold, the facts that made them hold, and those
 * that speak against it. */
typedef struct cabscan_finding {
	const char *cause;      /* stable for ever: "tpm-firmware-outdated" */
	const char *title;
	const char *why;        /* for the person who holds the device */
	cabscan_confidence confidence;
	size_t n_evidence, n_against;
	const cabscan_fact *const *evidence;
	const cabscan_fact *const *against;
	const cabscan_lack *surer;      /* what would make it surer; NULL:
	                                 * nothing that it knows */
} cabscan_finding;

typedef struct cabscan_verdict {
	const char *cause;      /* "unknown" where the logs cannot tell */
	const char *title;
	const char *summary;
	cabscan_confidence confidence;
	const cabscan_finding *finding; /* NULL for "unknown" */
} cabscan_verdict;

/* Why a cause is not a finding.  A near miss has facts that are met. */
typedef struct cabscan_why_not {
	const char *cause;
	const char *title;      /* of the cause */
	int excluded;           /* by the fact of 'lack'; else it falls short of
	                         * it */
	cabscan_lack lack;
	size_t n_met, n_against;
	const cabscan_fact *const *met;         /* what spoke for it */
	const cabscan_fact *const *against;     /* what contradicts it */
} cabscan_why_not;

/* One try to attest, from its first event to its last. */
typedef struct cabscan_attempt {
	uint64_t started, ended;        /* ended 0: it never did */
	const char *outcome;            /* passed, failed, incomplete */
	const char *error;              /* HRESULT; NULL: none */
} cabscan_attempt;

typedef struct cabscan_event {
	uint64_t time;
	cabscan_where where;
	const char *what;
} cabscan_event;

/* An event log that was read. */
typedef struct cabscan_log {
	const char *channel;
	cabscan_where first;    /* its first record: 1, unless the log was
	                         * overwritten since; the offset is not kept */
	uint64_t time;          /* of that record */
} cabscan_log;

typedef enum cabscan_member_state {
	CABSCAN_MEMBER_READ,            /* and understood, as far as notes say */
	CABSCAN_MEMBER_NOT_READ,        /* whole, but no reader wants it */
	CABSCAN_MEMBER_LOST,            /* damage left nothing */
	CABSCAN_MEMBER_SALVAGED,        /* bytes behind damage: do not trust */
	CABSCAN_MEMBER_LIMITED          /* a limit was in the way */
} cabscan_member_state;

/* "read", "not-read", "lost", "salvaged" or "limited". */
CABSCAN_API const char *cabscan_member_state_name(cabscan_member_state s);

typedef struct cabscan_member {
	const char *name;
	uint64_t bytes;         /* unpacked */
	const char *kind;       /* "event-log", "registry", ... "other" */
	cabscan_member_state state;
	int side;
} cabscan_member;

/* Something that such a CAB holds and this one does not. */
typedef struct cabscan_missing {
	const char *what;
	const char *why;        /* not-collected, failed, damaged */
	const char *command;    /* collects it; lines are separated by \n */
} cabscan_missing;

typedef enum cabscan_note_kind {
	CABSCAN_NOTE_DAMAGED,   /* unreadable, skipped */
	CABSCAN_NOTE_LIMIT,     /* cut short by a limit */
	CABSCAN_NOTE_CONFLICT,  /* two places disagree about one fact */
	CABSCAN_NOTE_ENCODING,  /* bytes that are no text, shown as U+FFFD */
	CABSCAN_NOTE_CABINET,   /* about the container: a set, a nested CAB */
	CABSCAN_NOTE_COLLECTION,        /* about how the CAB was taken */
	CABSCAN_NOTE_UNREAD     /* an input beside others could not be read, which
	                         * its text names first: the case lacks it */
} cabscan_note_kind;

/* "damaged", "limit", "conflict", "encoding", "cabinet", "collection" or
 * "unread". */
CABSCAN_API const char *cabscan_note_kind_name(cabscan_note_kind k);

/* Something about the input that the reader of a report should know. */
typedef struct cabscan_note {
	cabscan_note_kind kind;
	const char *text;
	cabscan_where where;
} cabscan_note;

/* What to do, in this order. */
typedef struct cabscan_step {
	const char *text;
	const char *command;    /* NULL: none; lines are separated by \n */
	const char *who;        /* technician, administrator or maker */
	const char *risk;       /* what may go wrong: "none", ... */
	const char *takes;      /* about how long: "10 minutes" */
	const char *ends;       /* the result that ends it */
} cabscan_step;

CABSCAN_API const char *cabscan_case_source(const cabscan_case *c);
/* SHA-256 of the input, as 64 hexadecimal digits; of several inputs a sum of
 * their sums, whatever their order and names.  "": none could be read. */
CABSCAN_API const char *cabscan_case_digest(const cabscan_case *c);
/* Of the knowledge that judged it; and, where that was older than 180 days on
 * the day that the scanner was told, where to look for what is new, else "". */
CABSCAN_API const char *cabscan_case_knowledge_date(const cabscan_case *c);
CABSCAN_API const char *cabscan_case_look_at(const cabscan_case *c);
CABSCAN_API const cabscan_verdict *cabscan_case_verdict(const cabscan_case *c);

/* The i-th name that the device's events give their computer; NULL past the
 * end. */
CABSCAN_API const char *cabscan_computer_at(const cabscan_case *c, size_t i);

/* i counts from 0; past the end they return NULL. */
CABSCAN_API const cabscan_finding *cabscan_finding_at(const cabscan_case *c, size_t i);
CABSCAN_API const cabscan_why_not *cabscan_why_not_at(const cabscan_case *c, size_t i);
CABSCAN_API const cabscan_fact *cabscan_fact_at(const cabscan_case *c, size_t i);
CABSCAN_API const cabscan_attempt *cabscan_attempt_at(const cabscan_case *c, size_t i);
CABSCAN_API const cabscan_event *cabscan_event_at(const cabscan_case *c, size_t i);
CABSCAN_API const cabscan_member *cabscan_member_at(const cabscan_case *c, size_t i);
/* In no order. */
CABSCAN_API const cabscan_log *cabscan_log_at(const cabscan_case *c, size_t i);
CABSCAN_API const cabscan_missing *cabscan_missing_at(const cabscan_case *c, size_t i);
CABSCAN_API const cabscan_note *cabscan_note_at(const cabscan_case *c, size_t i);
CABSCAN_API const cabscan_step *cabscan_step_at(const cabscan_case *c, size_t i);

/* The i-th fact of that name, the most trusted first; NULL: not so many. */
CABSCAN_API const cabscan_fact *cabscan_fact_named(const cabscan_case *c,
                                                   const char *name, size_t i);

/* ---- reports -------------------------------------------------------- */

/* Writes one case.  'format': "text" (one screen), "json" (one object, for
 * people to read), "ndjson" (the same on one line) or "facts" (every fact
 * with its place, as tab-separated lines); cabscan_report_format(i) lists
 * them (NULL past the end). */
CABSCAN_API const char *cabscan_report_format(size_t i);
CABSCAN_API cabscan_status cabscan_report(const cabscan_case *c,
                                          const char *format,
                                          cabscan_write_fn *write, void *user,
                                          cabscan_error *err);

/* Writes, for people, why that cause is a finding of the case, or the condition
 * that it falls short of.  CABSCAN_EUSAGE: no such cause. */
CABSCAN_API cabscan_status cabscan_report_cause(const cabscan_case *c,
                                                const char *cause,
                                                cabscan_write_fn *write,
                                                void *user,
                                                cabscan_error *err);

/* A time as RFC 3339 text with seven digits, "" for 0. */
typedef struct cabscan_time_chars { char text[32]; } cabscan_time_chars;
CABSCAN_API cabscan_time_chars cabscan_time_text(uint64_t time);

/* ---- event records --------------------------------------------------- */

/* UTF-8, without a NUL at its end, and without one inside. */
typedef struct cabscan_text {
	const char *at;
	size_t len;
} cabscan_text;

/* The numbers are those of binary XML ([MS-EVEN6]). */
typedef enum cabscan_type {
	CABSCAN_TYPE_NULL = 0x00, CABSCAN_TYPE_UTF16 = 0x01,
	CABSCAN_TYPE_ANSI = 0x02, CABSCAN_TYPE_I8 = 0x03, CABSCAN_TYPE_U8 = 0x04,
	CABSCAN_TYPE_I16 = 0x05, CABSCAN_TYPE_U16 = 0x06, CABSCAN_TYPE_I32 = 0x07,
	CABSCAN_TYPE_U32 = 0x08, CABSCAN_TYPE_I64 = 0x09, CABSCAN_TYPE_U64 = 0x0a,
	CABSCAN_TYPE_FLOAT = 0x0b, CABSCAN_TYPE_DOUBLE = 0x0c,
	CABSCAN_TYPE_BOOL = 0x0d, CABSCAN_TYPE_BINARY = 0x0e,
	CABSCAN_TYPE_GUID = 0x0f,
	CABSCAN_TYPE_SIZE = 0x10,       /* size_t, of 4 or 8 bytes */
	CABSCAN_TYPE_FILETIME = 0x11, CABSCAN_TYPE_SYSTEMTIME = 0x12,
	CABSCAN_TYPE_SID = 0x13, CABSCAN_TYPE_HEX32 = 0x14,
	CABSCAN_TYPE_HEX64 = 0x15,
	CABSCAN_TYPE_HANDLE = 0x20, CABSCAN_TYPE_BINXML = 0x21,
	CABSCAN_TYPE_EVTXML = 0x23,
	CABSCAN_TYPE_UTF8 = 0x7f        /* our own: text out of exported XML */
} cabscan_type;

/* A value of EventData or UserData, as it is stored; it lives until your
 * function returns.  Arrays are several values of one name. */
typedef struct cabscan_value {
	cabscan_text name;      /* under EventData the Name of Data, or ""; under
	                         * UserData a path "Error/Code", with "@name" for
	                         * an attribute */
	cabscan_type type;
	const void *data;       /* little-endian */
	size_t size;
} cabscan_value;

/* How a record was found. */
typedef enum cabscan_origin {
	CABSCAN_LIVE,           /* where the log says; always in exported XML */
	CABSCAN_RESYNCED,       /* behind damage */
	CABSCAN_HEADERLESS,     /* in a chunk that lost its header */
	CABSCAN_SLACK           /* left over: the log has let go of it */
} cabscan_origin;

/* "live", "resynced", "headerless" or "slack". */
CABSCAN_API const char *cabscan_origin_name(cabscan_origin o);

/* One event.  It lives until your function returns. */
typedef struct cabscan_record {
	const char *log;        /* the member, or the file */
	uint64_t offset;        /* byte in the log */
	uint64_t record;        /* EventRecordID */
	uint64_t time;          /* TimeCreated, or else when it was written */
	uint64_t keywords;
	uint32_t id, process, thread;
	uint16_t qualifiers, task;
	uint8_t version, level, opcode;
	cabscan_origin origin;
	int doubtful;           /* salvaged bytes, a wrong checksum, a lost
	                         * template */
	cabscan_text provider, provider_guid, event_source, channel, computer;
	cabscan_text user;      /* a SID */
	cabscan_text activity, related_activity;        /* GUIDs in braces */
	cabscan_text message;   /* of exported XML with RenderingInfo */
	cabscan_text xml;       /* the Event element; "" unless asked for */
	cabscan_text json;      /* an object of cabscan-event/1, on one line; ""
	                         * unless asked for */
	cabscan_text data_json; /* the part of it that holds the values */
	size_t n_values;
	const void *values;     /* ours: cabscan_record_value() */
} cabscan_record;

/* The i-th value, of n_values. */
CABSCAN_API cabscan_value cabscan_record_value(const cabscan_record *r, size_t i);

/* Its text, as the XML has it but for escapes: UTF-8, NUL-terminated, cut to
 * the room there is.  Returns how long all of it is; it was cut where that is
 * 'room' or more.  CABSCAN_NO_MEMORY: memory ran out, and it is "". */
#define CABSCAN_NO_MEMORY SIZE_MAX
CABSCAN_API size_t cabscan_value_text(const cabscan_value *v, char *text,
                                      size_t room);
/* It as JSON: integers, bools and finite numbers bare, null, all else as a
 * string of its text, with escapes for control characters and marks that turn
 * the direction of text.  'to' has room for CABSCAN_JSON_ROOM(v->size); returns
 * the length; there is no NUL.  CABSCAN_NO_MEMORY: memory ran out. */
#define CABSCAN_JSON_ROOM(size) ((size) * 6 + 256)
CABSCAN_API size_t cabscan_value_json(const cabscan_value *v, char *to);
/* The same for a text of UTF-8. */
CABSCAN_API size_t cabscan_text_json(cabscan_text t, char *to);
/* An integer (signed ones extended to 64 bits), hexadecimal number, bool, or
 * text that is a number.  0: it is none. */
CABSCAN_API int cabscan_value_number(const cabscan_value *v, uint64_t *ret);
/* A time, or text that is one (ISO 8601).  0: it is none. */
CABSCAN_API int cabscan_value_time(const cabscan_value *v, uint64_t *ret);

typedef struct cabscan_id_range {
	uint32_t from, to;
} cabscan_id_range;

/* Which records; what is zero or NULL asks for nothing.  All that are asked
 * must hold, of a list one. */
typedef struct cabscan_event_filter {
	const char *const *channels;    /* with * and ?; case does not matter */
	size_t n_channels;
	const char *const *providers;
	size_t n_providers;
	const cabscan_id_range *ids;
	size_t n_ids;
	const cabscan_id_range *records;        /* EventRecordIDs */
	size_t n_records;
	uint32_t levels;                /* bit n: level n */
	uint64_t since, until;          /* times, both included */
} cabscan_event_filter;

/* Returns 0 to go on; anything else ends the visit, which is no error. */
typedef int cabscan_record_fn(void *user, const cabscan_record *r);
typedef void cabscan_note_fn(void *user, const cabscan_note *n);
/* A log begins: which, and what it is ("event-log" or "event-xml").  Returns 0
 * to leave it out. */
typedef int cabscan_log_fn(void *user, const char *log, const char *kind);

typedef struct cabscan_visit {
	cabscan_event_filter filter;
	int xml;                /* records have their XML */
	int json;               /* records have their JSON */
	int no_values;          /* ... and nothing else, but record and time, if
	                         * the filter does not need it */
	int recovered;          /* what is left in the slack of logs as well */
	uint64_t first_chunk, n_chunks; /* of binary logs, 64 KiB each; n 0: to
	                                 * the end */
	cabscan_record_fn *record;
	/* In place of 'record': the events' XML, or JSON, in large pieces, a line
	 * end behind each event; before the XML of one that is not live, or is
	 * doubtful, a line that says so: <?cabscan slack?>, <?cabscan doubtful?>.
	 * What it returns other than 0 ends the visit. */
	cabscan_write_fn *write;
	cabscan_log_fn *log;    /* NULL: all logs */
	cabscan_note_fn *note;  /* NULL: nobody wants them; they come at the end */
	void *user;
} cabscan_visit;

/* Visits the events of logs: .evtx files (read in windows, whatever their
 * size), exported XML, and all of those in a CAB.  Other files are left out;
 * CABSCAN_EFORMAT: there was no log. */
CABSCAN_API cabscan_status cabscan_worker_events(cabscan_worker *w,
                                                 const cabscan_input *inputs,
                                                 size_t n,
                                                 const cabscan_visit *v,
                                                 cabscan_error *err);

/* What the event means, in one line, with its values: "" where the knowledge
 * does not say.  NUL-terminated, cut to the room there is.  0: memory ran out,
 * and it is "". */
CABSCAN_API int cabscan_record_meaning(const cabscan *cs,
                                        const cabscan_record *r, char *text,
                                        size_t room);

/* ---- for others to see ---------------------------------------------- */

/* Makes pseudonyms: the same for the same value and key.  Without the key they
 * say nothing.  It does not change; any number of threads may use it. */
typedef struct cabscan_redactor cabscan_redactor;

#define CABSCAN_KEY_BYTES 32

/* 'key' has CABSCAN_KEY_BYTES or more random bytes; it is copied.  NULL: see
 * err. */
CABSCAN_API cabscan_redactor *cabscan_redactor_new(const void *key, size_t len,
                                                   cabscan_error *err);
CABSCAN_API void cabscan_redactor_free(cabscan_redactor *r);    /* NULL is fine */

typedef enum cabscan_text_kind {
	CABSCAN_TEXT_FOREIGN,   /* a value, a message, a sentence with values:
	                         * keeps codes, small numbers, dates, versions
	                         * and the words that cabscan itself uses */
	CABSCAN_TEXT_OURS,      /* a title or step, with values of the case in it:
	                         * loses only identifiers */
	CABSCAN_TEXT_MODEL,     /* a maker, model, BIOS or edition: the same, as
	                         * long as it is short */
	CABSCAN_TEXT_FILE,      /* the name of a member */
	CABSCAN_TEXT_PATH,      /* where an input lies: keeps its extension */
	CABSCAN_TEXT_SECRET,    /* keeps nothing */
	CABSCAN_TEXT_LINE       /* of a report: as a foreign text, but the
	                         * models of the case stay */
} cabscan_text_kind;

/* The text without what tells one device, tenant, person or place from
 * others.  Values that 'c' (or NULL) knows as its own are found wherever they
 * stand.  Yours: cabscan_redact_free().  NULL: out of memory. */
CABSCAN_API char *cabscan_redact(const cabscan_redactor *r,
                                 const cabscan_case *c, cabscan_text_kind kind,
                                 const char *text);
CABSCAN_API void cabscan_redact_free(char *text);

#ifdef __cplusplus
}
#endif

#endif
