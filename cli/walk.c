/*
 * walk.c - a share full of CABs: which files make which unit
 *
 * A directory with CABs or ZIPs: each of them is a unit, with the files beside
 * it that are named after it, or all of them where there are few and all are
 * known.  A directory without any, also further down, that holds files of a
 * diagnostics CAB: somebody extracted it, and it is one unit.  Any other
 * directory only holds directories.
 */
#include "batch.h"
#include "folder.h"
#include "sys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 32

static void
add_problem(struct devices *d, const char *path, const char *why)
{
	struct device *to = add_device(d, path);

	if (to && !(to->problem = copy_text(why, strlen(why))))
		d->out_of_memory = true;
}

/* ---- directories ----------------------------------------------------------- */

/* A directory that cannot be read will be told of by who goes there. */
static bool
archives_below(const struct folder *f, unsigned depth)
{
	bool found = f->n_archives > 0;

	for (size_t i = 0; i < f->list.n && !found && depth < MAX_DEPTH; i++) {
		struct folder below;

		if (f->at[i].kind != DIRECTORY || is_link(f->at[i].path) ||
		    !folder_open(&below, f->at[i].path))
			continue;
		folder_see_all(&below);
		found = archives_below(&below, depth + 1);
		folder_close(&below);
	}
	return found;
}

/* results.xml is what "Collect diagnostics" puts beside its folders. */
static bool
is_extracted(const struct folder *f)
{
	for (size_t i = 0; i < f->list.n; i++)
		if (f->at[i].kind == OTHER &&
		    (f->at[i].known || ends_with(f->at[i].path, "results.xml")))
			return f->n_directories == 0 || !archives_below(f, 0);
	return false;
}

static void
add_folder(struct devices *d, const char *path, unsigned depth)
{
	struct folder f;

	if (!folder_open(&f, path)) {
		add_problem(d, path, listing_error());
		return;
	}
	folder_see_all(&f);
	if (f.n_archives == 0 && is_extracted(&f)) {
		if (add_device(d, path))
			add_extracted(d, d->n - 1, &f.list, MAX_LEVELS);
		folder_close(&f);
		return;
	}
	for (size_t i = 0; i < f.list.n; i++)
		if (f.at[i].kind == CAB || f.at[i].kind == ZIP)
			add_archive(d, &f.at[i]);
		else if (f.at[i].kind == DARK)
			add_problem(d, f.at[i].path, "it cannot be read, so it may be "
			            "a CAB");
	add_sides(d, &f);
	for (size_t i = 0; i < f.list.n; i++) {
		if (f.at[i].kind != DIRECTORY || is_link(f.at[i].path))
			continue;
		if (depth < MAX_DEPTH)
			add_folder(d, f.at[i].path, depth + 1);
		else
			add_problem(d, f.at[i].path, "directories lie too deep: it "
			            "was not looked into");
	}
	folder_close(&f);
}

/* ---- files that were named --------------------------------------------------- */

struct named {
	char **at;                      /* sorted: directory by directory */
	size_t n, room;
	bool out_of_memory;
};

static void
name(struct named *l, const char *path)
{
	if (l->n == l->room) {
		size_t room = l->room ? l->room * 2 : 64;
		char **more = realloc(l->at, room * sizeof(*more));

		if (!more) {
			l->out_of_memory = true;
			return;
		}
		l->at = more;
		l->room = room;
	}
	l->at[l->n] = copy_text(path, strlen(path));
	if (l->at[l->n])
		l->n++;
	else
		l->out_of_memory = true;
}

/* As the system does, which lists a file as it was made, not as it was named. */
static int
compare_names(const char *a, const char *b)
{
	while (*a && name_letter(*a) == name_letter(*b)) {
		a++;
		b++;
	}
	return (unsigned char)name_letter(*a) - (unsigned char)name_letter(*b);
}

static int
by_place(const void *x, const void *y)
{
	const char *a = *(char *const *)x, *b = *(char *const *)y;
	size_t m = (size_t)(base_name(a) - a), n = (size_t)(base_name(b) - b);
	int order = memcmp(a, b, m < n ? m : n);

	if (order == 0 && m != n)
		order = m < n ? -1 : 1;
	return order ? order : compare_names(a + m, b + n);
}

static bool
is_named(const struct named *l, const char *path)
{
	return l->n > 0 && bsearch(&path, l->at, l->n, sizeof(*l->at), by_place);
}

/* The named files of one directory, which is listed once. */
static void
add_named(struct devices *d, const struct named *l, const char *directory)
{
	struct folder f;
	struct device *loose = NULL;
	size_t n_cabs = 0, only = NOBODY;

	if (!folder_open(&f, directory)) {
		add_problem(d, directory, listing_error());
		return;
	}
	folder_see_all(&f);
	for (size_t i = 0; i < f.list.n; i++)
		if ((f.at[i].kind == CAB || f.at[i].kind == ZIP) &&
		    is_named(l, f.at[i].path)) {
			add_archive(d, &f.at[i]);
			n_cabs += f.at[i].kind == CAB;
			only = f.at[i].unit;
		}
	add_sides(d, &f);
	for (size_t i = 0; i < f.list.n; i++) {
		const struct found *to;

		if (f.at[i].kind != OTHER && f.at[i].kind != DARK)
			continue;
		to = owner(&f, f.at[i].path);
		if (to && to->unit == NOBODY)
			to = NULL;
		if (f.at[i].kind == DARK && (to || is_named(l, f.at[i].path)))
			add_problem(d, f.at[i].path, "it cannot be read");
		if (f.at[i].kind == DARK || to || !is_named(l, f.at[i].path))
			continue;
		if (n_cabs == 1 && only != NOBODY) {
			add_input(d, &d->at[only], f.at[i].path,
			          CABSCAN_INPUT_SIDE);
		} else if (loose || (loose = add_device(d, f.at[i].path))) {
			add_new_input(d, loose, f.at[i].path,
			              CABSCAN_INPUT_MEMBER);
		}
	}
	folder_close(&f);
}

static void
add_all_named(struct devices *d, struct named *l)
{
	char *before = NULL;

	if (l->n > 1)
		qsort(l->at, l->n, sizeof(*l->at), by_place);
	for (size_t i = 0; i < l->n; i++) {
		const char *base = base_name(l->at[i]);
		size_t len = (size_t)(base - l->at[i]);
		char *directory = len == 0 ? copy_text(".", 1)
		                : copy_text(l->at[i], len > 1 ? len - 1 : 1);

		if (!directory) {
			l->out_of_memory = true;
			break;
		}
		if (before && strcmp(before, directory) == 0) {
			free(directory);
			continue;
		}
		add_named(d, l, directory);
		free(before);
		before = directory;
	}
	free(before);
}

/* ---- all ----------------------------------------------------------------------- */

static bool
is_separator(char c)
{
	return c == '/' || c == '\\';
}

/* As a listing of its directory spells it.  Two separators begin a server's
 * name, so they stay at the beginning. */
char *
plain_path(const char *path)
{
	char *plain;
	size_t n = 0;

	while (path[0] == '.' && is_separator(path[1])) {
		const char *rest = path + 2;

		while (is_separator(*rest))
			rest++;
		if (!*rest)
			return copy_text(".", 1);
		path = rest;
	}
	plain = copy_text(path, strlen(path));
	for (const char *p = path; plain && *p; p++)
		if (n < 2 || !is_separator(*p) || !is_separator(plain[n - 1]))
			plain[n++] = *p;
	while (n > 1 && is_separator(plain[n - 1]))
		n--;
	if (plain)
		plain[n] = '\0';
	return plain;
}

static void
take_path(struct devices *d, struct named *l, const char *path)
{
	char *p = plain_path(path);

	if (!p)
		d->out_of_memory = true;
	else if (is_directory(p))
		add_folder(d, p, 0);
	else if (!can_read(p))
		add_problem(d, p, strerror(errno));
	else
		name(l, p);
	free(p);
}

static void
take_pattern(struct devices *d, struct named *l, const char *pattern)
{
	struct listing found;
	char *p = plain_path(pattern);

	if (!p || !expand_pattern(p, &found)) {
		d->out_of_memory = true;
		free(p);
		return;
	}
	if (found.n == 0)
		add_problem(d, pattern, "nothing matches this pattern");
	d->unreadable |= found.lacking;
	for (size_t i = 0; i < found.n; i++) {
		if (found.at[i].is_directory)
			add_folder(d, found.at[i].path, 0);
		else
			name(l, found.at[i].path);
	}
	free_listing(&found);
	free(p);
}

static int
by_source(const void *x, const void *y)
{
	return strcmp(((const struct device *)x)->source,
	              ((const struct device *)y)->source);
}

/* Paths may overlap: the first of a source has all that the others have. */
static void
drop_twice(struct devices *d)
{
	size_t n = 0;

	if (d->n > 1)
		qsort(d->at, d->n, sizeof(*d->at), by_source);
	for (size_t i = 0; i < d->n; i++) {
		struct devices one = { .at = NULL };

		if (n == 0 || strcmp(d->at[n - 1].source, d->at[i].source) != 0) {
			d->at[n++] = d->at[i];
			continue;
		}
		if (d->at[i].n > d->at[n - 1].n) {
			struct device less = d->at[n - 1];

			d->at[n - 1] = d->at[i];
			d->at[i] = less;
		}
		one.at = malloc(sizeof(*one.at));
		if (!one.at)
			continue;
		one.at[0] = d->at[i];
		one.n = 1;
		free_devices(&one);
	}
	d->n = n;
}

void
find_units(const char *const *paths, size_t n, const cabscan_redactor *r,
           struct devices *ret)
{
	struct named named = { NULL, 0, 0, false };

	*ret = (struct devices){ .redactor = r };
	for (size_t i = 0; i < n; i++) {
		bool is_there = is_directory(paths[i]) || can_read(paths[i]);

		if (!is_there && is_pattern(paths[i]))
			take_pattern(ret, &named, paths[i]);
		else
			take_path(ret, &named, paths[i]);
	}
	add_all_named(ret, &named);
	for (size_t i = 0; i < named.n; i++)
		free(named.at[i]);
	free(named.at);
	ret->out_of_memory |= named.out_of_memory;
	drop_twice(ret);
}
