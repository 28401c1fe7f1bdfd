/*
 * binxml.h - the tokens of binary XML
 *
 * Binary XML is a stream of tokens inside a 64 KiB chunk of an event log.
 * cs_binxml_next() takes one after the other; nothing is built, nothing
 * recurses.  Names are not in the stream: a token holds the chunk offset of
 * its name, cs_binxml_name() finds it.
 *
 * A token that makes no sense is CS_TOK_BAD, with a reason; the stream stays
 * there.
 */
#ifndef CS_BINXML_H
#define CS_BINXML_H

#include "base/bytes.h"

#define CS_NO_VALUE 0xffffu             /* no dependency */

enum cs_token_kind {
	CS_TOK_END,             /* of the fragment: EOF token, or no bytes left */
	CS_TOK_OPEN,            /* name, dependency; its attributes follow */
	CS_TOK_ATTRIBUTE,       /* name; its content follows */
	CS_TOK_CONTENT,         /* the attributes of an element are complete */
	CS_TOK_CLOSE,
	CS_TOK_TEXT,            /* text: UTF-16 */
	CS_TOK_CHAR,            /* code */
	CS_TOK_ENTITY,          /* name */
	CS_TOK_VALUE,           /* index, type, optional */
	CS_TOK_INSTANCE,        /* of a template; begins at 'at' */
	CS_TOK_PI,              /* processing instruction: name */
	CS_TOK_PI_DATA,         /* text */
	CS_TOK_BAD              /* 'at', 'code' the token found, 'reason' */
};

struct cs_token {
	enum cs_token_kind kind;
	size_t at;              /* chunk offset of the token */
	cs_bytes text;
	const char *reason;
	uint32_t name;          /* chunk offset, */
	size_t name_word;       /* that of the word which says it, */
	cs_bytes name_units;    /* and its UTF-16 */
	uint16_t index, code, dependency;
	uint8_t type;
	bool optional;
};

/* A name that was used: the chunk offset of the word which says where it is,
 * that of the name, and its units. */
struct cs_name_use {
	uint32_t word, name;
	cs_bytes units;
};

struct cs_name_uses {
	struct cs_name_use *at;
	size_t n, room;
	bool over;              /* there were more */
};

/* Yours; set all but 'depth', which begins as 0. */
struct cs_binxml {
	cs_bytes chunk;
	size_t pos, end;        /* what is left of the fragment */
	unsigned depth;         /* elements that are open */
	bool dependencies;      /* elements have a dependency id: templates do */
	struct cs_name_uses *uses;      /* names are noted there; NULL: nowhere */
};

void cs_binxml_next(struct cs_binxml *x, struct cs_token *ret);

/* The UTF-16 units of the name at that offset.  False: there is no name whose
 * hash is right. */
bool cs_binxml_name(cs_bytes chunk, size_t at, cs_bytes *ret);

/* A template instance: which template, where it is, where its values are. */
struct cs_instance {
	uint32_t id;
	size_t definition;      /* chunk offset, perhaps of nothing */
	size_t values;          /* chunk offset of the count */
	bool is_inline;
};
bool cs_binxml_instance(cs_bytes chunk, size_t at, size_t end,
                        struct cs_instance *ret);

/* The body of the template definition at that offset, if its id is right. */
bool cs_binxml_definition(cs_bytes chunk, size_t at, uint32_t id,
                          cs_bytes *ret_body);

#endif
