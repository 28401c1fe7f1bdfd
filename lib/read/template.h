/*
 * template.h - binary XML compiled to a program that fills in an event
 *
 * Most events are a template and a list of values.  The template is compiled
 * once: its elements become steps that say which value goes to which System
 * field, and which values are event data under which name.  Running the
 * program (expand.c) looks at no XML at all.  Elements without a template
 * (forwarded events) become a program the same way, with no values.
 *
 * A program depends on where in an event its elements stand: the same payload
 * gives other names under EventData than under UserData.  So the key of a
 * template is the offset of its definition and the place it is used at.
 *
 * Texts and parts of a program point into the chunk or into the arena that it
 * was compiled into; it lives as long as both.
 */
#ifndef CS_TEMPLATE_H
#define CS_TEMPLATE_H

#include "read/store.h"
#include "read/system.h"
#include "read/xmlout.h"

/* A piece of content: a value by its index, or a literal. */
struct cs_part {
	cs_bytes literal;
	uint16_t index;         /* CS_NO_VALUE: the literal */
	uint8_t type;           /* of the literal: CS_UTF16 or CS_UTF8 */
	bool optional;
};

enum cs_step_kind {
	CS_STEP_UNLESS_NULL,    /* the next 'skip' steps need value 'index' */
	CS_STEP_SYSTEM,         /* 'slot' is the content */
	CS_STEP_ATTRIBUTE,      /* 'name' is the content; gone with its value */
	CS_STEP_VALUE,          /* 'name' is the content; arrays repeat it */
	CS_STEP_TEXT,           /* the content is more of the text wanted */
	CS_STEP_NEST            /* the content is more elements, for 'where' */
};

struct cs_step {
	uint8_t kind, slot, where;
	bool below;             /* VALUE: elements in it are at CS_AT_PATH */
	uint16_t index;
	uint16_t n_attributes;  /* VALUE: that many steps before belong to it */
	uint32_t skip;
	uint16_t n_name_parts;  /* VALUE: the first parts are its name */
	uint32_t n_parts;       /* the others */
	cs_text name;
	cs_text path;           /* VALUE: of elements in it */
	const struct cs_part *parts;
};

/* What a template instance stores of each value: 16 bits of size, 8 of type, 8
 * that nobody knows. */
#define CS_DESCRIPTOR_BYTES 4
#define CS_DESCRIPTOR(type, size) ((uint32_t)(type) << 16 | (uint32_t)(size))

enum cs_quick_kind {
	CS_QUICK_NUMBER,        /* of System, or a time of it: 'field' */
	CS_QUICK_TEXT,          /* of System */
	CS_QUICK_VALUE,
	CS_QUICK_NEST           /* a nested fragment: no 'part' */
};

/* A step that takes one value as it is, or one literal: nearly all are. */
struct cs_quick {
	const struct cs_step *step;
	const struct cs_part *part;
	cs_text name;                   /* of the step */
	uint16_t index;                 /* of the value; CS_NO_VALUE: none */
	uint16_t unless;                /* it needs that value; CS_NO_VALUE:
	                                 * always */
	uint8_t kind;
	bool is_simple;                 /* a value, always */
	struct cs_field field;
	uint32_t types;                 /* bit n: of type n the bytes are the
	                                 * number */
	uint32_t descriptor;            /* NUMBER: of a value that has the type
	                                 * which the template says, and whose
	                                 * bytes are the number; else of none */
};

struct cs_program {
	const struct cs_step *steps;
	size_t n_steps;
	/* The same in short where all of them are quick, else NULL: first those
	 * of System that are numbers and times, the event's id before them,
	 * then the others in their order.  What is the same in all events is in
	 * 'fixed'. */
	const struct cs_quick *quick;
	size_t n_quick, n_numbers, n_values;
	bool names_differ;              /* of its values, and none is empty */
	bool is_list;                   /* nothing but values, which are those of
	                                 * the instance in their order */
	uint16_t needs;                 /* all of it; CS_NO_VALUE: nothing */
	struct cs_system fixed;
	/* Of quickjson.c; 'arena' is where the program stays, NULL: it does not. */
	struct cs_json_forms *forms;
	cs_arena *arena;
	size_t next;            /* chunk offset behind what was compiled */
	const char *damage;     /* NULL: none; else why it ends early, */
	size_t damage_at;       /* the chunk offset, */
	uint16_t damage_token;  /* and the token there */
};

/* What compiling needs and reuses; part of struct cs_evtx. */
struct cs_compiler {
	cs_arena *keep;         /* of the three vectors */
	cs_arena names;         /* of one program, while it is compiled */
	struct cs_step *steps;
	struct cs_part *parts;
	struct cs_quick *quick;
	size_t n_steps, n_parts, max_steps, max_parts, max_quick;
	struct cs_xml text;     /* of literals, for markup.c and quickjson.c */
};

/* The elements at x->pos, until the fragment ends or, where 'one' is set,
 * until one element is complete.  NULL: no memory. */
struct cs_program *
cs_compile(struct cs_compiler *c, cs_arena *a, struct cs_binxml x,
           enum cs_where where, bool one);

/* Programs by definition and place.  Forgotten at once when 'epoch' moves. */
#define CS_TEMPLATE_SLOTS 512

struct cs_templates {
	cs_arena arena;
	struct cs_store *store; /* programs that stay; NULL: none */
	uint32_t epoch;
	unsigned n;
	size_t left;            /* bytes of definitions, in this epoch */
	struct cs_template_slot {
		const uint8_t *body;
		union {
			const struct cs_program *program;
			struct cs_markup *markup;
		};
		uint32_t epoch;
		unsigned where;         /* CS_N_PLACES: the markup */
	} slots[CS_TEMPLATE_SLOTS];
};

/* Bytes of definitions that are compiled for one chunk.  All definitions of a
 * chunk lie in its 64 KiB and are compiled for one or two places; crafted
 * ones that overlap could ask for a hundred times as much. */
#define CS_COMPILED_HERE ((size_t)128 * 1024)

/* The same for those that chunks of one log have lost: a whole machine's logs
 * have 600 definitions of about 1,000 bytes. */
#define CS_COMPILED_ELSEWHERE ((size_t)512 * 1024)

/* Forgets all, and allows that many bytes of definitions. */
void cs_templates_forget(struct cs_templates *t, size_t most);

/* NULL: no memory, or more to compile than a chunk can ask for. *ret_new: it
 * was compiled just now. */
const struct cs_program *
cs_template(struct cs_templates *t, struct cs_compiler *c, cs_bytes chunk,
            cs_bytes body, enum cs_where where, bool *ret_new);

/* The same for markup (markup.h), which does not depend on the place.  False:
 * it is not there yet. */
bool cs_templates_markup(struct cs_templates *t, const uint8_t *body,
                         struct cs_markup **ret);
void cs_templates_add_markup(struct cs_templates *t, const uint8_t *body,
                             struct cs_markup *m);

#endif
