/*
 * source.c - where rows come from
 *
 * A source hands out lines of cabscan-row/1 and nothing else, so that what a
 * fleet says does not depend on it.  A new kind of file is one more reader.
 */
#include "fleet.h"
#include "../store/store.h"
#include "../sys.h"

#include <stdlib.h>
#include <string.h>

#define HEAD 256

struct lines {
	take_line_fn *take;
	void *user;
	bool lacking;
};

/* ---- row files --------------------------------------------------------------- */

/* JSON that is no file of a CAB by its name is meant to be rows: what is wrong
 * with it is then said by line. */
static bool
is_row_file(const char *path, const unsigned char *head, size_t n)
{
	size_t i = n >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	if (is_utf16(head, n))          /* refused where it is read */
		i = head[0] == 0xff ? 2 : 3;
	while (i < n && (head[i] == ' ' || head[i] == '\t' || head[i] == '\r' ||
	                 head[i] == '\n'))
		i++;
	return i < n && head[i] == '{' &&
	       !cabscan_knows_file(base_name(path), "", 0);
}

static bool
read_lines(struct lines *l, const char *path)
{
	enum lines_end end = each_row_line(path, l->take, l->user);

	l->lacking |= end != LINES_WHOLE;
	return end != LINES_REFUSED;
}

/* ---- stores --------------------------------------------------------------------- */

static bool
is_store(const char *path, const unsigned char *head, size_t n)
{
	static const char magic[] = "SQLite format 3";

	(void)path;
	return n >= sizeof(magic) && memcmp(head, magic, sizeof(magic)) == 0;
}

struct reading {
	struct lines *lines;
	const char *path;
	size_t n;
	bool stopped;
};

static bool
take_stored(void *user, const char *row)
{
	struct reading *r = user;

	r->stopped = !r->lines->take(r->lines->user, row, strlen(row), r->path,
	                             ++r->n);
	return !r->stopped;
}

static bool
read_store(struct lines *l, const char *path)
{
	struct reading r = { l, path, 0, false };
	struct store *s = store_open(path, STORE_READ);

	l->lacking |= !s || (!store_each_row(s, take_stored, &r) && !r.stopped);
	store_close(s);
	return !r.stopped;
}

/* ---- what must be scanned ------------------------------------------------------- */

static bool
take_rows(void *user, struct rows *rows)
{
	struct lines *l = user;
	bool ok = !rows->out_of_memory;

	for (size_t i = 0; ok && i < rows->n; i++)
		ok = l->take(l->user, rows->at[i].line, strlen(rows->at[i].line),
		             "a scan", i + 1);
	rows_free(rows);
	return ok;
}

static bool
scan_paths(struct lines *l, const struct source_options *o,
           const char *const *paths, size_t n)
{
	const struct private *hidden = o->maker->private;
	struct devices units;
	struct rows *done;
	struct pool pool = {
		.units = &units, .scanner = o->scanner, .maker = o->maker,
		.n_workers = o->n_workers, .label = o->quiet ? NULL : "cabscan",
		.take = take_rows, .user = l,
	};
	bool ok;

	find_units(paths, n, hidden ? hidden->redactor : NULL, &units);
	done = pool.done = calloc(units.n + 1, sizeof(*done));
	l->lacking |= units.unreadable || units.n == 0;
	if (units.n == 0)
		print_private(hidden ? hidden->redactor : NULL, CABSCAN_TEXT_PATH,
		              paths[0], "no row file, CAB, ZIP or extracted folder "
		              "was found");
	ok = done && !units.out_of_memory && pool_run(&pool);
	if (!ok)
		print_problem("out of memory, or stopped", NULL);
	for (size_t i = 0; done && i < units.n; i++)
		rows_free(&done[i]);
	free(done);
	free_devices(&units);
	return ok;
}

/* ---- all of them ------------------------------------------------------------------ */

struct reader {
	bool (*knows)(const char *path, const unsigned char *head, size_t n);
	bool (*read)(struct lines *l, const char *path);
};
static const struct reader readers[] = {
	{ is_row_file, read_lines },    /* the first one reads "-", too */
	{ is_store, read_store },
};
#define N_READERS (sizeof(readers) / sizeof(readers[0]))

static bool
tell_unreadable(struct lines *l, const char *path)
{
	print_problem(path, "cannot be read");
	l->lacking = true;
	return true;
}
static const struct reader unreadable = { NULL, tell_unreadable };

/* NULL: it must be scanned. */
static const struct reader *
reader_of(const char *path)
{
	unsigned char head[HEAD];
	size_t n = 0;

	if (strcmp(path, "-") == 0)
		return &readers[0];
	if (path_kind(path) == PATH_FILE && !read_head(path, head, sizeof(head), &n))
		return &unreadable;
	for (size_t i = 0; n > 0 && i < N_READERS; i++)
		if (readers[i].knows(path, head, n))
			return &readers[i];
	return NULL;
}

struct paths {
	char **at;                      /* from malloc() */
	size_t n, room;
	bool out_of_memory;
};

static void
add_path(struct paths *p, const char *path)
{
	char **more = one_more(p->at, p->n, &p->room, sizeof(*more));
	char *copy = more ? copy_text(path, strlen(path)) : NULL;

	if (more)
		p->at = more;
	if (copy)
		p->at[p->n++] = copy;
	p->out_of_memory |= !copy;
}

/* Patterns that the shell left alone; what matches nothing stays, to be
 * complained of. */
static void
expand(struct lines *to, struct paths *p, const char *path)
{
	struct listing l = { .at = NULL };

	if (!is_pattern(path) || is_directory(path) || can_read(path) ||
	    !expand_pattern(path, &l) || l.n == 0)
		add_path(p, path);
	for (size_t i = 0; i < l.n; i++)
		add_path(p, l.at[i].path);
	to->lacking |= l.lacking;
	free_listing(&l);
}

static bool
read_all(struct lines *l, const struct source_options *o, const struct paths *p,
         const char **rest, const struct reader **of)
{
	size_t n = 0;
	bool ok = true;

	for (size_t i = 0; i < p->n; i++)
		if (!(of[i] = reader_of(p->at[i])))
			rest[n++] = p->at[i];
	if (n == 0 && (o->maker->labels.n > 0 || o->has_lists)) {
		print_problem(o->has_lists ? "--intune, --inventory" : "--label",
		              "is for what is scanned: rows have theirs already");
		return false;
	}
	for (size_t i = 0; ok && i < p->n; i++)
		ok = !of[i] || of[i]->read(l, p->at[i]);
	return ok && (n == 0 || scan_paths(l, o, rest, n));
}

bool
source_rows(const struct source_options *o, take_line_fn *take, void *user,
            bool *ret_lacking)
{
	struct lines l = { take, user, false };
	struct paths p = { .n = 0 };
	const struct reader **of;
	const char **rest;
	bool ok;

	for (size_t i = 0; i < o->n; i++)
		expand(&l, &p, o->paths[i]);
	rest = calloc(p.n + 1, sizeof(*rest));
	of = calloc(p.n + 1, sizeof(*of));
	ok = rest && of && !p.out_of_memory && read_all(&l, o, &p, rest, of);
	free(rest);
	free(of);
	for (size_t i = 0; i < p.n; i++)
		free(p.at[i]);
	free(p.at);
	*ret_lacking = l.lacking;
	return ok;
}
