/*
 * redact.c - texts that may leave the house
 *
 * Nothing foreign is shown because nobody thought of hiding it: a piece of
 * text stays only where its shape is harmless or all its words are ours
 * (words.py).  Whatever else there is becomes a pseudonym, the first digits of
 * an HMAC: the same for the same value, and without the key nobody can even
 * try values out.
 */
#include "cabscan.h"

#include "base/arena.h"
#include "base/sha256.h"
#include "redact/shapes.h"
#include "redact/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 64
#define DIGITS 12

/* What a maker, a model, a BIOS or an edition may look like: short, of words
 * that are no tokens and hold no serial number. */
#define MAX_MODEL 64
#define MAX_MODEL_WORD 20
#define MIN_SERIAL_DIGITS 7

struct cabscan_redactor {
	uint8_t key[BLOCK];
};

struct text_out {
	char *at;
	size_t len, room;
	bool failed;
};

/* ---- the pseudonym -------------------------------------------------------- */

cabscan_redactor *
cabscan_redactor_new(const void *key, size_t len, cabscan_error *err)
{
	cabscan_redactor *r = NULL;

	if (len >= CABSCAN_KEY_BYTES)
		r = calloc(1, sizeof(*r));
	if (!r) {
		if (err) {
			err->status = len < CABSCAN_KEY_BYTES ? CABSCAN_EUSAGE
			                                      : CABSCAN_ENOMEM;
			snprintf(err->message, sizeof(err->message),
			         len < CABSCAN_KEY_BYTES
			         ? "a key of %zu bytes, %d are needed"
			         : "out of memory", len, CABSCAN_KEY_BYTES);
		}
		return NULL;
	}
	if (len <= BLOCK)
		memcpy(r->key, key, len);
	else
		cs_sha256((cs_bytes){ key, len }, r->key);
	return r;
}

void
cabscan_redactor_free(cabscan_redactor *r)
{
	free(r);
}

void
cabscan_redact_free(char *text)
{
	free(text);
}

static char
small(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* HMAC-SHA-256 (RFC 2104) of the value in small letters. */
static bool
digest(const cabscan_redactor *r, cs_text value, uint8_t ret[CS_SHA256_BYTES])
{
	uint8_t outer[BLOCK + CS_SHA256_BYTES];
	uint8_t *inner = malloc(BLOCK + value.len);

	if (!inner)
		return false;
	for (size_t i = 0; i < BLOCK; i++) {
		inner[i] = r->key[i] ^ 0x36;
		outer[i] = r->key[i] ^ 0x5c;
	}
	for (size_t i = 0; i < value.len; i++)
		inner[BLOCK + i] = (uint8_t)small(value.at[i]);
	cs_sha256((cs_bytes){ inner, BLOCK + value.len }, outer + BLOCK);
	cs_sha256((cs_bytes){ outer, sizeof(outer) }, ret);
	free(inner);
	return true;
}

static void
put(struct text_out *o, const char *at, size_t len)
{
	if (o->len + len + 1 > o->room && !o->failed) {
		size_t room = (o->len + len + 1) * 2;
		char *more = realloc(o->at, room);

		o->failed = !more;
		if (more) {
			o->at = more;
			o->room = room;
		}
	}
	if (o->failed)
		return;
	if (len > 0)
		memcpy(o->at + o->len, at, len);
	o->len += len;
	o->at[o->len] = '\0';
}

static void
put_pseudonym(const cabscan_redactor *r, struct text_out *o, const char *kind,
              cs_text value)
{
	uint8_t d[CS_SHA256_BYTES];
	char digits[2 * DIGITS];

	if (!digest(r, value, d)) {
		o->failed = true;
		return;
	}
	for (size_t i = 0; i < DIGITS / 2; i++)
		snprintf(digits + 2 * i, 3, "%02x", d[i]);
	put(o, kind, strlen(kind));
	put(o, "-", 1);
	put(o, digits, DIGITS);
}

/* ---- words ---------------------------------------------------------------- */

static bool
is_ours(cs_text word)
{
	size_t low = 0, high = cs_n_words;

	while (low < high) {
		size_t mid = (low + high) / 2;
		const char *with = cs_words[mid];
		size_t i = 0;

		while (i < word.len && with[i] && small(word.at[i]) == with[i])
			i++;
		if (i == word.len && !with[i])
			return true;
		if (i == word.len || (with[i] && (unsigned char)small(word.at[i]) <
		                      (unsigned char)with[i]))
			high = mid;
		else
			low = mid + 1;
	}
	return false;
}

static bool
is_number(cs_text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (t.at[i] < '0' || t.at[i] > '9')
			return false;
	return t.len <= 3;
}

/* pre-provisioning may be shown; PC-12 is a name, whatever pc means. */
static bool
words_are_ours(cs_text piece)
{
	cs_text rest = piece;
	bool number = false, word = false;

	if (piece.len <= 1 || is_ours(piece))
		return true;
	while (rest.len > 0) {
		cs_text part = cs_cut(&rest, '-');

		if (part.len == 0)
			continue;
		if (is_number(part))
			number = true;
		else if (part.len > 1 && !is_ours(part))
			return false;
		else
			word = true;
	}
	return !(number && word);
}

/* ---- what the case says about itself -------------------------------------- */

/* Facts whose value is one device's, one tenant's or one person's. */
static const char *const own_facts[] = {
	"device.serial", "device.csv_serial", "device.uuid", "autopilot.tenant",
	"autopilot.profile", "autopilot.tenant_id", "join.tenant",
	"join.tenant_id", "mdm.server", "intune.serial", "intune.other_serial",
	"intune.profile", "deployment.serial", "inventory.serial",
};

/* Shorter ones would take words apart. */
#define MIN_KNOWN 3

static void
starts_with(cs_text text, const char *known, size_t *longest)
{
	cs_text k = cs_text_of(known);

	if (k.len >= MIN_KNOWN && k.len > *longest && cs_starts_caseless(text, k))
		*longest = k.len;
}

/* The name of the computer, which the collector puts in a file's name. */
static void
starts_with_host(const cabscan_case *c, cs_text text, size_t *longest)
{
	static const cs_text prefix = { "DeviceHash_", 11 };
	const cabscan_member *m;

	for (size_t i = 0; (m = cabscan_member_at(c, i)) != NULL; i++) {
		cs_text name = cs_text_of(m->name), host;

		if (!cs_starts_caseless(name, prefix) ||
		    !cs_ends_caseless(name, CS_TEXT(".csv")))
			continue;
		host = (cs_text){ name.at + prefix.len, name.len - prefix.len - 4 };
		if (host.len >= MIN_KNOWN && host.len > *longest &&
		    cs_starts_caseless(text, host))
			*longest = host.len;
	}
}

/* How many bytes at the beginning of the text the case knows as its own. */
static size_t
known_length(const cabscan_case *c, cs_text text)
{
	const cabscan_fact *f;
	const char *host;
	size_t longest = 0;

	for (size_t k = 0; c && k < sizeof(own_facts) / sizeof(own_facts[0]); k++)
		for (size_t i = 0; (f = cabscan_fact_named(c, own_facts[k], i)) != NULL;
		     i++) {
			starts_with(text, f->value, &longest);
			starts_with(text, f->raw, &longest);
		}
	for (size_t i = 0; c && (host = cabscan_computer_at(c, i)) != NULL; i++)
		starts_with(text, host, &longest);
	if (c)
		starts_with_host(c, text, &longest);
	return longest;
}

/* Versions that the case is about are no addresses. */
static bool
is_known_version(const cabscan_case *c, cs_text t)
{
	static const char *const versions[] = {
		"tpm.firmware", "windows.build", "tpm.spec", "tpm.firmware_raw",
	};
	const cabscan_fact *f;

	for (size_t k = 0; c && k < sizeof(versions) / sizeof(versions[0]); k++)
		for (size_t i = 0; (f = cabscan_fact_named(c, versions[k], i)) != NULL;
		     i++)
			if (cs_same(t, cs_text_of(f->value)))
				return true;
	return false;
}

/* ---- a text --------------------------------------------------------------- */

struct redaction {
	const cabscan_redactor *r;
	const cabscan_case *c;
	struct text_out *o;
	bool lenient;           /* names of models: words need not be ours */
	bool has_models;        /* a sentence that may name them */
};

static void put_text(struct redaction *d, cs_text t);

/* A sentence of ours has makers and models in it as the case found them. */
static size_t
put_model(struct redaction *d, cs_text text)
{
	static const char *const models[] = {
		"device.manufacturer", "device.model", "device.bios", "device.cpu",
		"windows.edition",
	};
	struct redaction inner = *d;
	const cabscan_fact *f;
	size_t longest = 0;

	/* The most trusted value: what others say may be anything. */
	for (size_t k = 0; d->c && k < sizeof(models) / sizeof(models[0]); k++)
		if ((f = cabscan_fact_named(d->c, models[k], 0)) != NULL)
			starts_with(text, f->value, &longest);
	if (longest > 0) {
		inner.has_models = false;
		inner.lenient = longest <= MAX_MODEL;
		put_text(&inner, (cs_text){ text.at, longest });
	}
	return longest;
}

static bool
is_break(char c, const char *breaks)
{
	return (unsigned char)c <= 0x20 || strchr(breaks, c) != NULL;
}

/* In the name of a model: not as long as a token, and no serial number. */
static bool
may_be_model(cs_text word)
{
	size_t digits = 0;

	for (size_t i = 0; i < word.len; i++)
		digits += word.at[i] >= '0' && word.at[i] <= '9';
	return word.len <= MAX_MODEL_WORD && digits < MIN_SERIAL_DIGITS;
}

static void
put_word(struct redaction *d, cs_text t)
{
	enum cs_shape shape = cs_shape_of(t);

	if (shape == CS_SHAPE_PLAIN || shape == CS_SHAPE_VERSION ||
	    words_are_ours(t) || (d->lenient && shape == CS_SHAPE_OTHER &&
	                          may_be_model(t)))
		put(d->o, t.at, t.len);
	else
		put_pseudonym(d->r, d->o, "x", t);
}

static bool
is_decimal_point(cs_text t, size_t i)
{
	return t.at[i] == '.' && i > 0 && i + 1 < t.len &&
	       t.at[i - 1] >= '0' && t.at[i - 1] <= '9' &&
	       t.at[i + 1] >= '0' && t.at[i + 1] <= '9';
}

/* A piece without shape: a path, a URL, a name of a file, a word. */
static void
put_pieces(struct redaction *d, cs_text t)
{
	size_t from = 0;

	for (size_t i = 0; i <= t.len; i++) {
		if (i < t.len && (!is_break(t.at[i], "/\\:._%+!#&*^~`$") ||
		                  is_decimal_point(t, i)))
			continue;
		if (i > from)
			put_word(d, (cs_text){ t.at + from, i - from });
		if (i < t.len)
			put(d->o, t.at + i, 1);
		from = i + 1;
	}
}

static void
put_piece(struct redaction *d, cs_text t)
{
	static const char *const kinds[] = {
		[CS_SHAPE_UUID] = "uuid", [CS_SHAPE_SID] = "sid",
		[CS_SHAPE_MAC] = "mac", [CS_SHAPE_IP] = "ip",
		[CS_SHAPE_MAIL] = "mail",
	};
	size_t end = t.len;
	enum cs_shape shape;

	while (end > 0 && strchr(".:!?", t.at[end - 1]) && t.at[end - 1])
		end--;
	shape = end > 0 ? cs_shape_of((cs_text){ t.at, end }) : CS_SHAPE_PLAIN;
	if (shape == CS_SHAPE_PLAIN || shape == CS_SHAPE_VERSION ||
	    (shape == CS_SHAPE_IP && is_known_version(d->c, (cs_text){ t.at, end })))
		put(d->o, t.at, end);
	else if (shape == CS_SHAPE_OTHER)
		put_pieces(d, (cs_text){ t.at, end });
	else
		put_pseudonym(d->r, d->o, kinds[shape], (cs_text){ t.at, end });
	put(d->o, t.at + end, t.len - end);
}

static void
put_text(struct redaction *d, cs_text t)
{
	static const char breaks[] = "\"'()[]{}<>|;,=";
	size_t from = 0, known;

	for (size_t i = 0; i <= t.len; i++) {
		cs_text rest = { t.at + i, t.len - i };

		if (i == from && i < t.len && d->has_models &&
		    (known = put_model(d, rest)) > 0) {
			i += known - 1;
			from = i + 1;
			continue;
		}
		known = i < t.len ? known_length(d->c, rest) : 0;
		if (i < t.len && known == 0 && !is_break(t.at[i], breaks))
			continue;
		if (i > from)
			put_piece(d, (cs_text){ t.at + from, i - from });
		if (known > 0) {
			put_pseudonym(d->r, d->o, "id", (cs_text){ rest.at, known });
			i += known - 1;
		} else if (i < t.len) {
			put(d->o, t.at + i, 1);
		}
		from = i + 1;
	}
}

/* ".cab", or nothing where the end of the name might say something. */
static cs_text
extension(cs_text path)
{
	size_t i = path.len;

	while (i > 0 && path.at[i - 1] != '.' && path.at[i - 1] != '/' &&
	       path.at[i - 1] != '\\')
		i--;
	if (i == 0 || path.at[i - 1] != '.' ||
	    !is_ours((cs_text){ path.at + i, path.len - i }))
		return (cs_text){ NULL, 0 };
	return (cs_text){ path.at + i - 1, path.len - i + 1 };
}

static void
put_member(struct redaction *d, cs_text name)
{
	static const cs_text prefix = { "DeviceHash_", 11 };
	cs_text end = extension(name);

	if (cs_starts_caseless(name, prefix) && name.len > prefix.len + end.len) {
		put(d->o, name.at, prefix.len);
		put_pseudonym(d->r, d->o, "id", (cs_text){
			name.at + prefix.len, name.len - prefix.len - end.len });
		put(d->o, end.at, end.len);
		return;
	}
	put_text(d, name);
}

char *
cabscan_redact(const cabscan_redactor *r, const cabscan_case *c,
               cabscan_text_kind kind, const char *text)
{
	struct text_out o = { NULL, 0, 0, false };
	cs_text t = cs_text_of(text), end = { NULL, 0 };
	struct redaction d = {
		.r = r, .c = c, .o = &o,
		.lenient = kind == CABSCAN_TEXT_OURS ||
		           (kind == CABSCAN_TEXT_MODEL && t.len <= MAX_MODEL),
		.has_models = kind == CABSCAN_TEXT_OURS ||
		              kind == CABSCAN_TEXT_LINE,
	};

	put(&o, "", 0);
	if (kind == CABSCAN_TEXT_SECRET && t.len > 0) {
		put_pseudonym(r, &o, "id", t);
	} else if (kind == CABSCAN_TEXT_PATH) {
		end = extension(t);
		put_pseudonym(r, &o, "case", t);
		put(&o, end.at, end.len);
	} else if (kind == CABSCAN_TEXT_FILE) {
		put_member(&d, t);
	} else {
		put_text(&d, t);
	}
	if (!o.failed)
		return o.at;
	free(o.at);
	return NULL;
}
