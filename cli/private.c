/* private.c - --redact: the key, and what of a whole case may be shown */
#include "batch.h"
#include "sys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_KEY 256

static bool
make_key(const char *path)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char key[CABSCAN_KEY_BYTES];
	struct output o = { .file = NULL };
	bool ok = random_bytes(key, sizeof(key)) && output_open(&o, path);

	if (ok)
		keep_to_owner(o.file);
	for (size_t i = 0; ok && i < sizeof(key); i++) {
		fputc(digits[key[i] >> 4], o.file);
		fputc(digits[key[i] & 15], o.file);
	}
	if (ok)
		fputc('\n', o.file);
	return output_close(&o, ok) && ok;
}

static int
nibble(char c)
{
	return c >= '0' && c <= '9' ? c - '0'
	     : c >= 'a' && c <= 'f' ? c - 'a' + 10
	     : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Its bytes; 0: it is no key. */
static size_t
decode_key(const unsigned char *text, size_t n, unsigned char key[MAX_KEY])
{
	size_t len = 0;

	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	for (size_t i = 0; i + 1 < n && len < MAX_KEY; i += 2) {
		int high = nibble((char)text[i]), low = nibble((char)text[i + 1]);

		if (high < 0 || low < 0)
			return 0;
		key[len++] = (unsigned char)(high << 4 | low);
	}
	return n % 2 == 0 && n <= 2 * MAX_KEY ? len : 0;
}

int
private_open(struct private *p, const char *key_file)
{
	unsigned char text[2 * MAX_KEY + 2], key[MAX_KEY];
	cabscan_error err = { CABSCAN_OK, "" };
	char *name;
	size_t n;

	if (path_kind(key_file) == PATH_NONE && !make_key(key_file)) {
		print_problem(key_file, "the key could not be written");
		return EXIT_OUTPUT;
	}
	if (!read_head(key_file, text, sizeof(text), &n)) {
		print_problem(key_file, "the key cannot be read");
		return EXIT_USAGE;
	}
	n = decode_key(text, n, key);
	if (n < CABSCAN_KEY_BYTES) {
		print_problem(key_file, "this is no key: 64 to 512 hexadecimal "
		              "digits on one line are needed");
		return EXIT_USAGE;
	}
	p->redactor = cabscan_redactor_new(key, n, &err);
	name = p->redactor ? cabscan_redact(p->redactor, NULL, CABSCAN_TEXT_SECRET,
	                                    "the name of the key") : NULL;
	if (!name) {
		print_problem(*err.message ? err.message : "out of memory", NULL);
		return EXIT_USAGE;
	}
	snprintf(p->key_id, sizeof(p->key_id), "%.8s", name + 3);
	cabscan_redact_free(name);
	return EXIT_DONE;
}

void
print_private(const cabscan_redactor *r, cabscan_text_kind kind,
              const char *text, const char *what)
{
	char *shown = r ? cabscan_redact(r, NULL, kind, text) : NULL;

	print_problem(!r ? text : shown ? shown : "out of memory", what);
	cabscan_redact_free(shown);
}

void
private_close(struct private *p)
{
	cabscan_redactor_free(p->redactor);
}

/* ---- a whole case ---------------------------------------------------------- */

/* Keys of cabscan-case/1 and cabscan-snapshot/1; all others are models. */
static const struct { const char *key; cabscan_text_kind kind; } texts[] = {
	{ "source", CABSCAN_TEXT_PATH },
	{ "serial", CABSCAN_TEXT_SECRET }, { "uuid", CABSCAN_TEXT_SECRET },
	{ "tenant", CABSCAN_TEXT_SECRET }, { "profile", CABSCAN_TEXT_SECRET },
	{ "member", CABSCAN_TEXT_FILE }, { "name", CABSCAN_TEXT_FILE },
	{ "what", CABSCAN_TEXT_FOREIGN }, { "event", CABSCAN_TEXT_FOREIGN },
	{ "found", CABSCAN_TEXT_FOREIGN },
	{ "needed", CABSCAN_TEXT_FOREIGN },
	{ "title", CABSCAN_TEXT_OURS }, { "summary", CABSCAN_TEXT_OURS },
	{ "command", CABSCAN_TEXT_OURS },
};

/* Texts that are safe whatever they say: they come from a list of ours. */
static const char *const ours[] = {
	"schema", "cause", "confidence", "fact", "kind", "state", "why", "time",
	"started", "ended", "outcome", "scenario", "digest", "first", "last",
	"knowledge",
};

struct walk {
	const struct private *p;
	const cabscan_case *c;
	bool failed;
};

static bool
is_ours(const char *key)
{
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (strcmp(key, ours[i]) == 0)
			return true;
	return false;
}

static cabscan_text_kind
kind_of(const char *key, const json_t *parent)
{
	const char *fact = json_string_value(json_object_get(parent, "fact"));

	if (strcmp(key, "value") == 0)
		return fact ? fact_kind(fact) : CABSCAN_TEXT_FOREIGN;
	/* A note's text has values in it; a step's only makers and models. */
	if (strcmp(key, "text") == 0)
		return json_object_get(parent, "kind") ? CABSCAN_TEXT_FOREIGN
		                                       : CABSCAN_TEXT_OURS;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(key, texts[i].key) == 0)
			return texts[i].kind;
	return CABSCAN_TEXT_MODEL;
}

static json_t *
shown(struct walk *w, const char *key, const json_t *parent, const json_t *value)
{
	char *text = cabscan_redact(w->p->redactor, w->c, kind_of(key, parent),
	                            json_string_value(value));
	json_t *j = text ? json_string(text) : NULL;

	cabscan_redact_free(text);
	return j;
}

/* The schema has four levels; a fifth would be a mistake of ours. */
static void
hide(struct walk *w, json_t *j, unsigned levels)
{
	const char *key;
	json_t *value;
	size_t i;
	void *next;

	if (levels == 0) {
		w->failed = true;
		return;
	}
	json_array_foreach(j, i, value) {
		w->failed |= json_is_string(value);     /* it has no key to judge by */
		hide(w, value, levels - 1);
	}
	json_object_foreach_safe(j, next, key, value) {
		if (!json_is_string(value))
			hide(w, value, levels - 1);
		else if (!is_ours(key) &&
		         json_object_set_new(j, key, shown(w, key, j, value)) != 0)
			w->failed = true;
	}
}

char *
private_case(const struct private *p, const cabscan_case *c, const char *json,
             bool one_line)
{
	struct walk w = { p, c, false };
	json_t *j = json_loads(json, 0, NULL);
	char *text = NULL;

	if (!j)
		return NULL;
	hide(&w, j, 8);
	if (!w.failed)
		text = json_dumps(j, JSON_ENSURE_ASCII | (one_line ? JSON_COMPACT
		                                                  : JSON_INDENT(2)));
	json_decref(j);
	return text;
}

/* ---- reports ---------------------------------------------------------------- */

struct bytes {
	char *at;
	size_t len, room;
};

static int
append(void *user, const void *bytes, size_t len)
{
	struct bytes *b = user;

	if (b->len + len + 1 > b->room) {
		size_t room = (b->len + len + 1) * 2;
		char *more = realloc(b->at, room);

		if (!more)
			return -1;
		b->at = more;
		b->room = room;
	}
	memcpy(b->at + b->len, bytes, len);
	b->len += len;
	b->at[b->len] = '\0';
	return 0;
}

char *
report_text(const cabscan_case *c, const char *format)
{
	struct bytes b = { NULL, 0, 0 };

	if (cabscan_report(c, format, append, &b, NULL) == CABSCAN_OK)
		return b.at;
	free(b.at);
	return NULL;
}

/* Each line by itself: they are short, and a pseudonym never spans two. */
static char *
private_lines(const struct private *p, const cabscan_case *c, char *text)
{
	struct bytes b = { NULL, 0, 0 };
	bool ok = true;

	while (ok && *text) {
		size_t n = strcspn(text, "\n");
		bool ended = text[n] == '\n';
		char *shown;

		text[n] = '\0';
		shown = cabscan_redact(p->redactor, c, CABSCAN_TEXT_LINE, text);
		ok = shown && append(&b, shown, strlen(shown)) == 0 &&
		     append(&b, "\n", ended) == 0;
		cabscan_redact_free(shown);
		text += n + ended;
	}
	if (ok)
		return b.at;
	free(b.at);
	return NULL;
}

char *
private_report(const struct private *p, const cabscan_case *c,
               const char *format)
{
	bool one_line = strcmp(format, "ndjson") == 0;
	bool is_json = one_line || strcmp(format, "json") == 0;
	char *text = report_text(c, format);
	char *shown = !text ? NULL : is_json ? private_case(p, c, text, one_line)
	                                     : private_lines(p, c, text);
	struct bytes b = { shown, shown ? strlen(shown) : 0, 0 };

	free(text);
	if (shown && is_json && append(&b, "\n", 1) != 0) {
		free(shown);
		return NULL;
	}
	return b.at;
}
