/*
 * know.h - what cabscan knows, as data
 *
 * Knowledge is text (knowledge/ *.txt, and files the user adds).  It says
 *   what words mean      codes, services, messages, events, vendors, classes
 *   what a device says   facts: where each is written and how it is spelled
 *   what follows         derived facts, causes, steps, artefacts
 * load.c reads the text, and knows its syntax alone; lib/README.md describes
 * it.  A name that was not declared is a mistake: the load fails, and the
 * message has file and line.
 *
 * Everything lives in the knowledge's arena and does not change once loaded.
 */
#ifndef CS_KNOW_H
#define CS_KNOW_H

#include "base/arena.h"
#include "base/map.h"
#include "cabscan.h"

struct cs_pattern;                      /* pattern.h */

/* ---- where it comes from ----------------------------------------------- */

struct cs_said {                        /* one text that was loaded */
	struct cs_said *next;
	const char *file;
	cs_text text;
};

struct cs_known_from {                  /* a source of knowledge */
	cs_text name, title, where;
	bool watch;                     /* news appear there first */
};

/* ---- what words mean -------------------------------------------------- */

struct cs_class {                       /* of codes and server answers */
	cs_text name;
	cs_text cause;                  /* "" : none */
	const char *file;               /* where it was said */
	unsigned line;
};

struct cs_code {
	uint32_t value;
	cs_text symbol, says, fix;
	const struct cs_class *class;
	bool off;
};

struct cs_service {                     /* a ZTD service code */
	cs_text number, symbol, says;
	const struct cs_class *class;
	bool off;
};

struct cs_message {                     /* a text that a server sends */
	struct cs_message *next;
	cs_text name, match, says;
	const struct cs_class *class;
	bool off;
	const char *file;               /* where it was said */
	unsigned line;
};

struct cs_map_entry {
	struct cs_map_entry *next;
	cs_text number, says;
};

struct cs_value_map {                   /* numbers of an event field */
	cs_text name;
	struct cs_map_entry *entries;
};

struct cs_field_map {
	struct cs_field_map *next;
	cs_text field;
	const struct cs_value_map *map;
};

struct cs_event_def {
	struct cs_event_def *next;      /* of the provider */
	cs_text id, says;
	bool noise;
	struct cs_field_map *maps;
	struct cs_source *sources;      /* of facts, by next_same */
};

struct cs_provider {
	cs_text name, full;
	cs_map events;                  /* by id */
};

struct cs_vendor_firmware {
	struct cs_vendor_firmware *next;
	cs_text range, word, says;
};

struct cs_vendor {
	cs_text id;
	struct cs_vendor_firmware *firmware;
};

/* ---- what a device says ----------------------------------------------- */

enum cs_fact_type {
	CS_FACT_TEXT, CS_FACT_NUMBER, CS_FACT_HRESULT, CS_FACT_VERSION,
	CS_FACT_BOOL, CS_FACT_TIME, CS_FACT_SERVICE, CS_FACT_MESSAGE
};

/* What a dated fact says about the try to attest that it belongs to. */
enum cs_role {
	CS_ROLE_NONE, CS_ROLE_BOOT, CS_ROLE_START, CS_ROLE_AGAIN, CS_ROLE_STEP,
	CS_ROLE_PASS, CS_ROLE_FAIL, CS_ROLE_ERROR
};

enum cs_source_kind {
	CS_FROM_EVENT, CS_FROM_LINE, CS_FROM_REGISTRY, CS_FROM_JSON, CS_FROM_XML,
	CS_FROM_ROW
};

struct cs_filter {                      /* "if FIELD = VALUE" */
	struct cs_filter *next;
	cs_text field, value;           /* value: a glob */
	bool unequal;
};

struct cs_source {                      /* one "from" line */
	struct cs_source *next;         /* of the fact */
	struct cs_source *next_same;    /* of the kind, or of the event */
	struct cs_fact_def *fact;
	enum cs_source_kind kind;
	cs_text member;                 /* glob: member or what printed it, key
	                                 * path, JSON name, XML path */
	cs_text heading;                /* LINE: "" any */
	cs_text field;                  /* label, value, path; "" none */
	cs_text minus;                  /* EVENT: the field to subtract */
	cs_text transform;              /* "" none */
	cs_text fixed;                  /* "is": the value, whatever was read */
	struct cs_pattern *pattern;     /* NULL none */
	struct cs_filter *filters;
	unsigned rank;                  /* place among the fact's sources */
	bool with_message;              /* look at the rendered message */
};

struct cs_alias {
	struct cs_alias *next;
	cs_text as, value;
};

struct cs_fact_def {
	struct cs_fact_def *next;
	cs_text name, title;
	enum cs_fact_type type;
	enum cs_role role;
	bool of_attempt;                /* counts only in the last attempt */
	bool of_boot;                   /* only since the start before it */
	bool quiet;                     /* more than one value is no conflict */
	bool parts;                     /* one value inside another is none */
	bool newest;                    /* a newer dated value outdates others */
	bool built_in;                  /* filled by the case room, no source */
	bool off;                       /* nobody listens to its sources */
	struct cs_source *sources;
	struct cs_alias *aliases;
	unsigned index, n_sources;
};

/* ---- what follows ----------------------------------------------------- */

enum cs_op {
	CS_IS, CS_NOT, CS_IN, CS_BELOW, CS_ABOVE, CS_HAS, CS_MATCHES, CS_BITS,
	CS_LACKS_BITS, CS_MEANS, CS_VENDOR_SAYS, CS_SAME_AS, CS_DIFFERS,
	CS_ABOVE_MINUTES, CS_BEFORE, CS_NEAR, CS_AFTER, CS_LACKS, CS_KNOWN,
	CS_MISSING
};

struct cs_condition {
	struct cs_condition *next;
	const struct cs_fact_def *fact;
	const struct cs_fact_def *other;        /* SAME_AS to AFTER */
	enum cs_op op;
	cs_text value;                          /* as written; lists by comma */
	struct cs_pattern *pattern;
	bool ever;                              /* all attempts, not the last */
	const char *file;                       /* where it was said */
	unsigned line;
};

enum cs_rule_kind {
	CS_RULE_FOR, CS_RULE_AGAINST, CS_RULE_LOWERS, CS_RULE_EXCLUDED,
	CS_RULE_OUTRANKS
};

struct cs_rule {                        /* all of its conditions hold */
	struct cs_rule *next;
	enum cs_rule_kind kind;
	cabscan_confidence confidence;  /* RULE_FOR */
	struct cs_condition *conditions;
};

struct cs_derive {
	struct cs_derive *next;
	const struct cs_fact_def *fact;
	cs_text value;
	struct cs_condition *conditions;
};

/* When a cause may be the verdict, seen from the last try to attest. */
enum cs_stage {
	CS_STAGE_ATTESTATION,   /* before it passed */
	CS_STAGE_PASS,          /* it passed: that is the verdict */
	CS_STAGE_LATER,         /* also after it passed */
	CS_STAGE_NONE           /* nothing was tried */
};

struct cs_word {
	struct cs_word *next;
	cs_text text;
	const char *file;               /* where it was said */
	unsigned line;
};

struct cs_cause {
	struct cs_cause *next;
	const char *name_z;             /* the same as name, with NUL */
	cs_text name, title, why, summary;
	enum cs_stage stage;
	bool off;
	bool collect_first;             /* missing logs before any other step */
	struct cs_rule *rules;
	struct cs_word *steps;
};

struct cs_step_def {
	struct cs_step_def *next;
	cs_text name, text, command;
	cs_text who, risk, takes, ends;
	struct cs_condition *conditions;
	bool off;
	unsigned load;                  /* which cs_learn() said it */
};

#define MAX_OR_FACTS 4

struct cs_artefact {
	struct cs_artefact *next;
	cs_text name, what, command, channel;
	cs_text by;                     /* the collector's word for its kind */
	struct cs_word *members;        /* globs */
	/* Also there when one of these is known. */
	const struct cs_fact_def *facts[MAX_OR_FACTS];
	size_t n_facts;
	struct cs_condition *conditions;        /* wanted only when they hold */
	bool side;                      /* lies beside the CAB, not in it */
	bool off;
};

/* Something about the collection that the reader of a report should know. */
struct cs_remark {
	struct cs_remark *next;
	cs_text name, text;
	struct cs_condition *conditions;
	bool off;
};

/* The least that a site allows for its devices of some model. */
struct cs_baseline {
	struct cs_baseline *next;
	cs_text name;
	cs_text manufacturer, model;    /* globs */
	cs_text bios, tpm;              /* versions; "" none */
	const char *file;               /* where it was said */
	unsigned line;
};

struct cs_know {
	cs_arena arena;
	cs_map codes, services, classes, providers, value_maps, vendors;
	cs_map facts_by_name, causes_by_name, artefacts_by_name;
	struct cs_message *messages;
	struct cs_fact_def *facts, **facts_end;
	struct cs_derive *derives, **derives_end;
	struct cs_cause *causes, **causes_end;  /* in the order of the gates */
	struct cs_step_def *steps;
	struct cs_artefact *artefacts, **artefacts_end;
	struct cs_remark *remarks;
	struct cs_baseline *baselines, **baselines_end;
	cs_map known_from;              /* sources, by name */
	const struct cs_known_from *watch;
	cs_text date;                   /* the newest "checked" */
	struct cs_said *said, **said_end;
	struct cs_source *lines, *keys, *jsons, *xmls, *rows;
	struct cs_pattern *patterns;    /* all, to be freed */
	unsigned n_facts, n_loads;
};

void cs_know_begin(struct cs_know *k);
void cs_know_end(struct cs_know *k);
cabscan_status cs_know_load(struct cs_know *k, const char *name, cs_text text,
                            cabscan_error *err);
/* After the last load: names that may be used before they are declared. */
cabscan_status cs_know_check(const struct cs_know *k, cabscan_error *err);

struct cs_fact_def *cs_know_fact(const struct cs_know *k, cs_text name);
/* The name by which a code is kept. */
void cs_know_code_key(uint32_t value, char ret[16]);
const struct cs_code *cs_know_code(const struct cs_know *k, uint32_t value);
const struct cs_provider *cs_know_provider(const struct cs_know *k, cs_text full);
const struct cs_event_def *cs_know_event(const struct cs_provider *p, uint32_t id);
const struct cs_service *cs_know_service(const struct cs_know *k, cs_text number);
/* The first message of that place whose fragment occurs in the text. */
const struct cs_message *cs_know_message(const struct cs_know *k, cs_text text);
const struct cs_vendor *cs_know_vendor(const struct cs_know *k, cs_text id);

/* The text of a number of an event field; "" where the field has no map. */
cs_text cs_know_mapped(const struct cs_event_def *e, cs_text field, cs_text number);

#endif
