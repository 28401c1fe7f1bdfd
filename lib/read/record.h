/*
 * record.h - one thing that is written at one place of a member
 *
 * Readers know syntax and nothing else: whatever the format, they hand out
 * records, and a record is a kind, a name, a time and named values.  What a
 * value means is said in knowledge, never here.
 *
 *     kind      written in            name                     values
 *     EVENT     .evtx, exported XML   the provider             EventData, UserData
 *     LINE      text output           the heading, or ""       "" the whole line;
 *                                                              label -> value
 *     KEY       registry dump         the key's path           its values
 *     JSON      JSON, also inside     the member's base name,  path a/b/0 -> scalar
 *               registry values       or key path\value name
 *     XML       XML reports           path of an element    its elements that hold
 *                                                           text, "@attribute"
 *     ROW       CSV, hardware hash,   "csv" or "hash", or      column, field -> text
 *               list of devices       what the list is called
 *
 * Names of event values, for both ways to write an event:
 *   - Under EventData each child element is a value, named by its Name
 *     attribute; a Data element without one is named ""; any other element
 *     (Binary, ...) by its own name.
 *   - Under anything else beside System and RenderingInfo (UserData,
 *     ProcessingErrorData, DebugData) every element without child elements is
 *     a value, named by its path below the first element: "Status" or
 *     "Error/Code"; an attribute that is not xmlns is "path@attribute", one
 *     of the first element itself "@attribute".
 *   - An array repeats its element, an empty element is a CS_NULL value.
 */
#ifndef CS_RECORD_H
#define CS_RECORD_H

#include "base/scan.h"

/* The numbers are those of binary XML; CS_UTF8 is text that is already UTF-8
 * or meant to be (exported XML, text files: bytes as found). */
enum cs_type {
	CS_NULL = 0x00, CS_UTF16 = 0x01, CS_ANSI = 0x02, CS_I8 = 0x03,
	CS_U8 = 0x04, CS_I16 = 0x05, CS_U16 = 0x06, CS_I32 = 0x07,
	CS_U32 = 0x08, CS_I64 = 0x09, CS_U64 = 0x0a, CS_FLOAT = 0x0b,
	CS_DOUBLE = 0x0c, CS_BOOL = 0x0d, CS_BINARY = 0x0e, CS_GUID = 0x0f,
	CS_SIZE = 0x10, CS_FILETIME = 0x11, CS_SYSTEMTIME = 0x12,
	CS_SID = 0x13, CS_HEX32 = 0x14, CS_HEX64 = 0x15, CS_HANDLE = 0x20,
	CS_BINXML = 0x21, CS_EVTXML = 0x23, CS_UTF8 = 0x7f
};

struct cs_value {
	cs_text name;           /* UTF-8 */
	enum cs_type type;
	cs_bytes raw;           /* little-endian, as stored; a view */
};

/* The System element.  Texts, which come first, are UTF-8, and "" where the event
 * has none. */
#define CS_SYSTEM_TEXTS 8
struct cs_system {
	cs_text provider, provider_guid, event_source;
	cs_text channel, computer, user;        /* user: a SID */
	cs_text activity, related_activity;     /* {GUID} */
	uint64_t keywords, record_id;
	uint64_t created;                       /* TimeCreated; 0: none */
	uint64_t written;                       /* record header; 0: not .evtx */
	uint32_t id, process, thread;
	uint16_t qualifiers, task;
	uint8_t version, level, opcode;
};

/* How an event was found. */
enum cs_origin {
	CS_LIVE,                /* reached from its chunk's first record, or in
	                         * exported XML */
	CS_RESYNCED,            /* behind damage, on the 8-byte grid */
	CS_HEADERLESS,          /* in a chunk without header */
	CS_SLACK                /* left over behind the end of the records */
};
#define CS_N_ORIGINS 4

/* "live", "resynced", "headerless" or "slack". */
const char *cs_origin_name(enum cs_origin o);

struct cs_glance;
struct cs_sink;
struct cs_program;

enum cs_kind { CS_EVENT, CS_LINE, CS_KEY, CS_JSON, CS_XML, CS_ROW };

struct cs_record {
	enum cs_kind kind;
	cs_text name;
	/* What printed it, as its text shows ("systeminfo"); "": not known. */
	cs_text output;
	uint64_t time;                  /* 0: not dated */
	struct cs_place place;
	const struct cs_system *system; /* CS_EVENT only */
	const struct cs_value *values;
	size_t n_values;
	/* RenderingInfo of an exported event, else "": the message in the
	 * exporter's language.  It says what numbers do not (event 176). */
	cs_text message;
	cs_text xml;                    /* the event's element, where wanted */
	cs_text json;                   /* it as JSON, and nothing else; or "" */
	cs_bytes chunk;                 /* where most values lie; or nothing */
	bool names_differ;              /* of the values; else nobody looked */
	enum cs_origin origin;
	bool doubtful;                  /* salvaged bytes, or a wrong checksum */
};

struct cs_xml;

/* What a sink wants of events, and which. */
struct cs_wish {
	struct cs_xml *xml;             /* the XML of each is put behind what is
	                                 * in it; NULL: none */
	/* The same for JSON, where nothing else is wanted of an event but its
	 * place: it comes where it is quicker than to give the values.  'log' is
	 * a JSON string. */
	struct cs_xml *json;
	cs_text log;
	bool no_values, slack;
	/* A bit for each of 65,536 event ids: not wanted where it is not set.
	 * Asked before anything else.  NULL: all are. */
	const uint8_t *ids;
	/* False: an event of which that is known is not wanted; NULL: all are.
	 * Asked before an event is decoded. */
	bool (*wants)(struct cs_sink *, const struct cs_glance *);
	uint64_t first_chunk, n_chunks; /* of binary logs; 0: to the end */
};

/* What can be seen of an event before it is decoded. */
struct cs_glance {
	const struct cs_program *program;       /* the same for events of one
	                                         * template; NULL: none */
	const struct cs_member *member;
	cs_text provider, channel, computer;    /* at NULL: not known */
	uint64_t time;                  /* 0: not known */
	uint64_t record;                /* 0: not known */
	uint32_t id, level;
};

/* Takes one record; it and all it points to are gone when this returns. */
struct cs_sink {
	void (*record)(struct cs_sink *, const struct cs_record *);
	const struct cs_wish *wish;     /* NULL: all, with values */
};

/* The value as text, in the one form that both ways to write an event share:
 * see value.c.  Lives in 'a' or in the value.  Valid UTF-8. */
cs_text cs_value_text(cs_arena *a, const struct cs_value *v);

struct cs_format {
	const char *name;               /* the member's kind: "event-log" */
	/* How sure, 0 to 100, that this member is mine; sees the first bytes. */
	int (*claims)(cs_text member, cs_bytes head);
	/* Never fails: it hands out what it could read and notes the rest. */
	void (*read)(struct cs_scan *, const struct cs_member *, struct cs_sink *);
};

/* NULL: nobody reads this. */
const struct cs_format *cs_format_for(cs_text member, cs_bytes content);

/* The part of a member's name behind the last / or \. */
cs_text cs_base_name(cs_text member);

#endif
