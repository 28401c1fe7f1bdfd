/* keep.c - cases into a store; what fixed cases like them */
#include "history.h"

#include <stdlib.h>
#include <string.h>

#define MAX_LIKES 5             /* that are printed of one kind of case */
#define MAX_KINDS 10            /* of a batch */

bool
keep_open(struct keep *k, const char *path, const struct private *p)
{
	k->path = path;
	k->kinds = json_object();
	k->store = store_open(path, STORE_WRITE);
	if (k->store && store_takes(k->store, p ? p->key_id : ""))
		return true;
	keep_close(k);
	return false;
}

void
keep_close(struct keep *k)
{
	store_close(k->store);
	json_decref(k->kinds);
	*k = (struct keep){ .store = NULL };
}

struct traits
traits_of(const struct record *r)
{
	return (struct traits){
		row_text(r, "manufacturer"), row_text(r, "model"),
		row_text(r, "vendor"), row_text(r, "firmware"),
	};
}

/* ---- which kinds of cases there were ---------------------------------------- */

/* Cases of one cause and one kind of device are one entry: an array of the
 * words, with the number of cases and the digest of the first one. */
static void
count_kind(struct keep *k, const struct row *row)
{
	struct record r;
	const char *why;
	struct traits t;
	char key[600];
	json_t *kind;

	if (!read_row(row->line, strlen(row->line), &r, &why))
		return;
	t = traits_of(&r);
	snprintf(key, sizeof(key), "%s\n%s\n%s\n%s\n%s", row_text(&r, "cause"),
	         t.manufacturer, t.model, t.vendor, t.firmware);
	kind = json_object_get(k->kinds, key);
	if (is_harmless(row_text(&r, "cause"))) {
		/* Nothing is to be mended. */
	} else if (kind) {
		json_object_set_new(kind, "n", json_integer(1 + json_integer_value(
		                    json_object_get(kind, "n"))));
	} else {
		json_object_set_new(k->kinds, key, json_pack("{s:i, s:O}", "n", 1,
		                                             "row", r.o));
	}
	json_decref(r.o);
}

bool
keep_rows(struct keep *k, const struct rows *rows)
{
	struct kept *list = calloc(rows->n + 1, sizeof(*list));
	size_t n = 0;
	bool ok = list != NULL;

	for (size_t i = 0; ok && i < rows->n; i++)
		if (rows->at[i].snapshot)
			list[n++] = (struct kept){ rows->at[i].line,
			                           rows->at[i].snapshot };
	if (!ok)
		print_problem("out of memory", NULL);
	ok = ok && (n == 0 || store_put(k->store, list, n, &k->sum));
	for (size_t i = 0; ok && i < rows->n; i++)
		if (rows->at[i].snapshot)
			count_kind(k, &rows->at[i]);
	free(list);
	return ok;
}

/* ---- what fixed them --------------------------------------------------------- */

/* Of a time. */
void
print_day(const char *time, FILE *to)
{
	char day[11];

	snprintf(day, sizeof(day), "%s", time);
	print_plain(day, to);
}

struct printing {
	const char *heading;            /* NULL: it was printed */
	const char *cause;
	FILE *to;
};

static void
print_heading(struct printing *p)
{
	if (p->heading) {
		fputc('\n', p->to);
		print_plain(p->heading, p->to);
		fputc('\n', p->to);
	}
	p->heading = NULL;
}

static bool
print_like(void *user, const struct like *l)
{
	static const char *const nearness[] = {
		"same cause", "same model or TPM vendor",
		"same TPM vendor and firmware",
		"same model, TPM vendor and firmware", "this device",
	};
	struct printing *p = user;

	print_heading(p);
	if (l->near == 4)
		fprintf(p->to, "  + %s: ", nearness[4]);
	else
		fprintf(p->to, "  + %zu device%s, %s: ", l->n, l->n == 1 ? "" : "s",
		        nearness[l->near]);
	print_plain(l->text, p->to);
	fputs(" [", p->to);
	print_day(l->last, p->to);
	fputs(l->judged == JUDGED_RIGHT
	      ? ", the verdict was right" : l->judged == JUDGED_WRONG
	      ? ", the verdict was wrong" : "", p->to);
	if (l->judged != JUDGED_RIGHT && *l->cause) {
		fputs(", it was ", p->to);
		print_plain(l->cause, p->to);
	}
	fputs("]\n", p->to);
	return true;
}

static bool
print_score(void *user, const struct score *s)
{
	struct printing *p = user;
	size_t n = s->n_right + s->n_wrong;

	if (n == 0 || strcmp(s->verdict, p->cause) != 0)
		return true;
	print_heading(p);
	fprintf(p->to, "  This verdict was right in %zu of %zu cases of which "
	        "somebody said.\n", s->n_right, n);
	return false;
}

void
print_likes(struct store *s, const char *heading, const char *cause,
            const struct traits *t, const char *digest, FILE *to)
{
	struct printing p = { heading, cause, to };

	if (store_each_like(s, cause, t, digest, MAX_LIKES, print_like, &p))
		store_each_score(s, print_score, &p);
}

static int
by_number(const void *x, const void *y)
{
	const json_t *a = *(json_t *const *)x, *b = *(json_t *const *)y;
	json_int_t m = json_integer_value(json_object_get(a, "n"));
	json_int_t n = json_integer_value(json_object_get(b, "n"));

	return m > n ? -1 : m < n;
}

static void
print_kind(struct keep *k, json_t *kind)
{
	const struct record r = { .o = json_object_get(kind, "row") };
	struct traits t = traits_of(&r);
	json_int_t n = json_integer_value(json_object_get(kind, "n"));
	char heading[700];

	snprintf(heading, sizeof(heading), "What fixed cases like %lld with %s "
	         "(%s %s, TPM %s %s)", (long long)n, row_text(&r, "cause"),
	         t.manufacturer, t.model, t.vendor, t.firmware);
	print_likes(k->store, heading, row_text(&r, "cause"), &t, "", stderr);
}

void
keep_report(struct keep *k)
{
	size_t n = json_object_size(k->kinds), i = 0;
	json_t **list = calloc(n + 1, sizeof(json_t *)), *kind;
	const char *key;

	fprintf(stderr, "cabscan: %zu cases are stored in ", k->sum.n_new +
	        k->sum.n_known);
	print_plain(k->path, stderr);
	fprintf(stderr, ", %zu of them for the first time\n", k->sum.n_new);
	json_object_foreach(k->kinds, key, kind)
		if (list)
			list[i++] = kind;
	if (list && n > 1)
		qsort(list, n, sizeof(*list), by_number);
	for (i = 0; list && i < n && i < MAX_KINDS; i++)
		print_kind(k, list[i]);
	free(list);
}
