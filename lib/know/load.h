/*
 * load.h - reading knowledge text, inside know/ only
 *
 * A line at the margin opens a stanza: its kind, its name, and for some kinds
 * more.  Indented lines are its entries: a key and the rest of the line.  '#'
 * opens a comment line.  Where a rest has several parts, they are words,
 * "quoted words", [headings] and /patterns/flags.
 */
#ifndef CS_LOAD_H
#define CS_LOAD_H

#include "know/know.h"
#include "know/pattern.h"

struct loader {
	struct cs_know *know;
	cs_arena *arena;
	const char *file;
	unsigned line;
	cabscan_error *err;
	const struct stanza *open;      /* the kind that entries belong to */
	void *object;                   /* what they are added to */
	struct cs_rule *rule;           /* the rule that "when" adds to */
};

struct stanza {
	const char *kind;
	bool (*begin)(struct loader *, cs_text name, cs_text rest);
	bool (*entry)(struct loader *, cs_text key, cs_text rest);
};

enum token_kind {
	TOKEN_END, TOKEN_WORD, TOKEN_QUOTED, TOKEN_HEADING, TOKEN_PATTERN,
	TOKEN_OPEN                      /* begins with ", [ or / and never ends */
};

struct token {
	enum token_kind kind;
	cs_text text;
	bool caseless;                  /* PATTERN with the flag i */
};

/* Always false, so that a caller can return it. */
bool mistake(struct loader *l, const char *what, cs_text value);
bool out_of_memory(struct loader *l);

struct token next_token(cs_text *rest);
/* A word, quoted or not, where one must stand. */
bool want_word(struct loader *l, cs_text *rest, const char *what, cs_text *ret);
bool want_pattern(struct loader *l, struct token t, struct cs_pattern **ret);
bool add_word(struct loader *l, struct cs_word **list, cs_text text);
/* Appends to a text that may already have lines; they are joined by 'with'. */
bool add_text(struct loader *l, cs_text *text, cs_text more, char with);

/* Parses "FACT OP VALUE" and appends it to the list. */
bool add_condition(struct loader *l, struct cs_condition **list, cs_text rest);

/* Whether the key is one that every kind of stanza has; false: a mistake. */
bool entry_of_every_stanza(struct loader *l, cs_text key, cs_text rest,
                           bool *ret_is);

extern const struct stanza about_stanzas[];     /* load_about.c */
extern const struct stanza word_stanzas[];      /* load_words.c */
extern const struct stanza fact_stanzas[];      /* load_facts.c */
extern const struct stanza cause_stanzas[];     /* load_causes.c */

#endif
