/* found.c - which stored cases a name means: a serial number, a UUID, a digest */
#include "history.h"

#include <stdlib.h>
#include <string.h>

#define MIN_DIGEST 6            /* fewer digits say too little */

struct search {
	struct found *ret;
	const char *serial, *uuid;      /* of the one device; NULL: of all */
	bool failed;
};

static char *
copy(const char *text)
{
	return copy_text(text, strlen(text));
}

static bool
take(void *user, const struct stored *c)
{
	struct search *s = user;
	struct found *f = s->ret;
	struct found_case *more;
	const char *why;

	if (s->serial && (strcmp(s->serial, c->serial) != 0 ||
	                  strcmp(s->uuid, c->uuid) != 0))
		return true;
	more = realloc(f->at, (f->n + 1) * sizeof(*more));
	s->failed = !more;
	if (!more)
		return false;
	f->at = more;
	more += f->n++;
	*more = (struct found_case){
		.id = c->id, .digest = copy(c->digest), .serial = copy(c->serial),
		.uuid = copy(c->uuid), .snapshot = load_snapshot(c->snapshot),
	};
	s->failed = !more->digest || !more->serial || !more->uuid ||
	            !more->snapshot ||
	            !read_row(c->row, strlen(c->row), &more->row, &why);
	return !s->failed;
}

void
free_found(struct found *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->at[i].digest);
		free(f->at[i].serial);
		free(f->at[i].uuid);
		json_decref(f->at[i].snapshot);
		json_decref(f->at[i].row.o);
	}
	free(f->at);
	*f = (struct found){ .n = 0 };
}

/* ---- the spelling that is stored --------------------------------------------- */

/* Of a name in its one spelling; of a pseudonym itself. */
static char *
stored_spelling(const struct store *s, const struct private *p, const char *what,
                bool (*real)(const char *text, char ret[ID_ROOM]))
{
	char id[ID_ROOM], *shown, *ret;

	if (*store_key(s) && !p)
		return copy(what);
	if (!real(what, id))
		return copy("");
	if (!p)
		return copy(id);
	shown = cabscan_redact(p->redactor, NULL, CABSCAN_TEXT_SECRET, id);
	ret = shown ? copy(shown) : NULL;
	cabscan_redact_free(shown);
	return ret;
}

static bool
is_digest(const char *what)
{
	return strlen(what) >= MIN_DIGEST &&
	       strspn(what, "0123456789abcdef") == strlen(what);
}

/* The cases of the device that a case is of. */
static bool
find_by_digest(struct store *s, const char *what, struct search *search)
{
	struct found one = { NULL, 0 };
	struct search first = { .ret = &one };
	bool ok = store_find_case(s, what, take, &first) && !first.failed;

	if (one.n > 1) {
		print_problem(what, "several cases in the store begin so");
		ok = false;
	} else if (ok && one.n == 1 && !*one.at->serial && !*one.at->uuid) {
		*search->ret = one;
		return true;
	} else if (ok && one.n == 1) {
		search->serial = one.at->serial;
		search->uuid = one.at->uuid;
		ok = store_find(s, one.at->serial, one.at->uuid, take, search);
	}
	free_found(&one);
	search->failed |= first.failed;
	return ok;
}

bool
find_device(struct store *s, const struct private *p, const char *what,
            struct found *ret)
{
	struct search search = { .ret = ret };
	char *serial = stored_spelling(s, p, what, device_serial);
	char *uuid = stored_spelling(s, p, what, device_uuid);
	bool ok = serial && uuid;

	*ret = (struct found){ .n = 0 };
	search.failed = !ok;
	ok = ok && store_find(s, serial, uuid, take, &search);
	if (ok && ret->n == 0 && is_digest(what))
		ok = find_by_digest(s, what, &search);
	free(serial);
	free(uuid);
	if (search.failed)
		print_problem(what, "out of memory, or what is stored of it is "
		              "damaged");
	else if (ok && ret->n == 0)
		print_problem(what, "the store has no case of that serial number, "
		              "UUID or digest");
	if (ok && !search.failed && ret->n > 0)
		return true;
	free_found(ret);
	return false;
}

bool
same_device_as(const struct found_case *a, const struct found_case *b)
{
	return strcmp(a->serial, b->serial) == 0 &&
	       strcmp(a->uuid, b->uuid) == 0 &&
	       (*a->serial || *a->uuid || a->id == b->id);
}

/* ---- whose pseudonyms ----------------------------------------------------------- */

/* A stored case is as clear or as redacted as the store is. */
bool
key_fits(const struct store *s, const char *path, const struct private *p)
{
	if (!p || strcmp(store_key(s), p->key_id) == 0)
		return true;
	print_problem(path, *store_key(s) ? "its pseudonyms are of another key"
	              : "it holds clear rows: --redact cannot hide them");
	return false;
}
