/*
 * inputs.c - which files make which case
 *
 * Each CAB is a case, and what a ZIP holds is one or several.  A file joins a
 * CAB when it is named after it (X.tpm.txt beside X.cab), when it is given
 * together with exactly one CAB, or when it lies in a directory with exactly one
 * CAB and little else.  A directory without CABs is one that somebody extracted:
 * its files are one case.  Loose files of one directory are one case, too.
 */
#include "folder.h"
#include "private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : (unsigned char)c;
}

int
compare_file_names(const char *a, const char *b)
{
	while (*a && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return lower(*a) - lower(*b);
}

bool
same_file_name(const char *a, const char *b)
{
	return compare_file_names(a, b) == 0;
}

bool
ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && same_file_name(text + n - m, end);
}

bool
begins_with(const char *text, const char *begin)
{
	while (*begin && lower(*text) == lower(*begin)) {
		text++;
		begin++;
	}
	return *begin == '\0';
}

/* Inside a diagnostics CAB, so also among extracted files. */
bool
is_nested(const char *path)
{
	return ends_with(base_name(path), "licensingdiag.cab");
}

/* ---- building cases ------------------------------------------------------ */

/* Room for one behind n: it doubles, whenever it is full.  NULL: out of memory,
 * and the list stays. */
static void *
one_more_of(void *list, size_t n, size_t size)
{
	if (n & (n - 1))
		return list;
	return realloc(list, (n ? n * 2 : 1) * size);
}

struct device *
add_device(struct devices *d, const char *source)
{
	struct device *more = one_more_of(d->at, d->n, sizeof(*more));

	if (more)
		d->at = more;
	if (!more || !(more[d->n].source = copy_text(source, strlen(source)))) {
		d->out_of_memory = true;
		return NULL;
	}
	more[d->n].inputs = NULL;
	more[d->n].n = 0;
	more[d->n].problem = NULL;
	return &d->at[d->n++];
}

void
add_new_input(struct devices *d, struct device *to, const char *path,
              cabscan_input_kind kind)
{
	char *name = copy_text(path, strlen(path));
	cabscan_input *more = one_more_of(to->inputs, to->n, sizeof(*more));

	if (more)
		to->inputs = more;
	if (!more || !name) {
		free(name);
		d->out_of_memory = true;
		return;
	}
	more[to->n++] = (cabscan_input){ .name = name, .kind = kind };
}

void
add_input(struct devices *d, struct device *to, const char *path,
          cabscan_input_kind kind)
{
	for (size_t i = 0; i < to->n; i++)
		if (strcmp(to->inputs[i].name, path) == 0)
			return;
	add_new_input(d, to, path, kind);
}

char *
directory_of(const char *path)
{
	const char *base = base_name(path);

	return base == path ? copy_text(".", 1)
	                    : copy_text(path, (size_t)(base - path));
}

static void
complain(struct devices *d, const char *path, const char *what)
{
	print_private(d->redactor, CABSCAN_TEXT_PATH, path, what);
	d->unreadable = true;
}

/* The directory of the last CAB, which is listed once for all CABs in it. */
struct beside {
	char *directory;
	struct folder f;
	bool all;                       /* belongs to its only CAB */
};

static void
leave(struct beside *b)
{
	if (b->directory)
		folder_close(&b->f);
	free(b->directory);
	b->directory = NULL;
}

/* False: it cannot be listed, and nobody knows what is beside. */
static bool
look_beside(struct devices *d, struct beside *b, const char *path)
{
	char *directory = directory_of(path);

	if (directory && b->directory && strcmp(directory, b->directory) == 0) {
		free(directory);
		return true;
	}
	leave(b);
	if (directory && folder_open(&b->f, directory)) {
		b->directory = directory;
		if (b->f.list.n <= MAX_BESIDE + 1)
			folder_see_all(&b->f);
		b->all = only_cab(&b->f) != NULL;
		return true;
	}
	if (!directory || errno == ENOMEM)
		d->out_of_memory = true;
	else
		complain(d, directory, "cannot be listed, so what lies beside the CAB "
		         "is not known");
	free(directory);
	return false;
}

static void
add_side(struct devices *d, struct device *to, struct folder *f, size_t i)
{
	folder_see(f, i);
	if (f->at[i].kind == DARK)
		complain(d, f->at[i].path, "cannot be read");
	else if (f->at[i].kind == OTHER && f->at[i].known &&
	         !is_nested(f->at[i].path))
		add_input(d, to, f->at[i].path, CABSCAN_INPUT_SIDE);
}

/* X.y.txt belongs to X.y.cab; there may be an x.Y.CAB, too. */
static bool
is_its_own(const struct folder *f, size_t i, const char *cab)
{
	const struct found *to = owner(f, f->at[i].path);

	return to && same_file_name(base_name(to->path), base_name(cab));
}

static void
add_cab(struct devices *d, struct beside *b, const char *path)
{
	struct device *to = add_device(d, path);
	size_t n = 0, *entries;

	if (to)
		add_input(d, to, path, CABSCAN_INPUT_AUTO);
	if (!to || !look_beside(d, b, path))
		return;
	for (size_t i = 0; b->all && i < b->f.list.n; i++)
		add_side(d, to, &b->f, i);
	entries = named_after(&b->f.names, path, &n);
	d->out_of_memory |= !entries;
	for (size_t i = 0; i < n; i++)
		if (is_its_own(&b->f, entries[i], path))
			add_side(d, to, &b->f, entries[i]);
	free(entries);
}

/* ---- directories --------------------------------------------------------- */

static void
refuse(struct devices *d, const char *path, const char *what)
{
	complain(d, path, what);
	d->n_refused++;
}

void
add_extracted(struct devices *d, size_t device, const struct listing *l,
              unsigned levels)
{
	for (size_t i = 0; i < l->n; i++) {
		struct listing below;

		if (!l->at[i].is_directory) {
			if (!can_read(l->at[i].path))
				complain(d, l->at[i].path, strerror(errno));
			add_new_input(d, &d->at[device], l->at[i].path,
			              CABSCAN_INPUT_MEMBER);
		} else if (levels == 0) {
			complain(d, l->at[i].path, "directories lie too deep: it was "
			         "not looked into");
		} else if (!list_directory(l->at[i].path, &below)) {
			complain(d, l->at[i].path, listing_error());
		} else {
			add_extracted(d, device, &below, levels - 1);
			free_listing(&below);
		}
	}
}

/* With nothing beside them: what belongs to the cases in a ZIP lies in it. */
static void
add_zip(struct devices *d, const char *path)
{
	struct device *to = add_device(d, path);

	if (to)
		add_input(d, to, path, CABSCAN_INPUT_AUTO);
}

static void
add_archives(struct devices *d, struct folder *f)
{
	for (size_t i = 0; i < f->list.n; i++) {
		if (f->at[i].kind == CAB || f->at[i].kind == ZIP)
			add_archive(d, &f->at[i]);
		else if (f->at[i].kind == DARK)
			complain(d, f->at[i].path, "cannot be read, so it may be a CAB");
	}
	add_sides(d, f);
}

static void
add_directory(struct devices *d, const char *path)
{
	struct folder f;

	if (!folder_open(&f, path)) {
		refuse(d, path, listing_error());
		return;
	}
	folder_see_all(&f);
	if (f.n_archives > 0) {
		add_archives(d, &f);
	} else if (f.list.n == 0) {
		refuse(d, path, "the directory is empty");
	} else if (add_device(d, path)) {
		add_extracted(d, d->n - 1, &f.list, MAX_LEVELS);
		if (d->at[d->n - 1].n == 0) {
			free(d->at[--d->n].source);
			refuse(d, path, "the directory holds no files");
		}
	}
	folder_close(&f);
}

/* ---- the command line ---------------------------------------------------- */

static void
add_stdin(struct devices *d)
{
	struct device *to = d->stdin_bytes ? NULL : add_device(d, "-");
	size_t len = 0;

	if (!to)
		return;
	d->stdin_bytes = read_stdin(&len);
	if (!d->stdin_bytes) {
		refuse(d, "-", "standard input cannot be read");
		free(to->source);
		d->n--;
		return;
	}
	add_input(d, to, "stdin", CABSCAN_INPUT_AUTO);
	if (to->n == 1) {
		to->inputs[0].data = d->stdin_bytes;
		to->inputs[0].size = len;
	}
}

/* A loose file: beside the only CAB that was named, or with others of its
 * directory. */
static void
add_loose(struct devices *d, const char *path,
          size_t only_cab)
{
	char *directory = directory_of(path);
	struct device *to = NULL;

	if (only_cab != SIZE_MAX) {
		add_input(d, &d->at[only_cab], path, CABSCAN_INPUT_SIDE);
		free(directory);
		return;
	}
	for (size_t i = 0; directory && i < d->n; i++) {
		char *its = d->at[i].n && d->at[i].inputs[0].kind ==
		            CABSCAN_INPUT_MEMBER && !is_directory(d->at[i].source)
		            ? directory_of(d->at[i].inputs[0].name) : NULL;

		if (its && strcmp(its, directory) == 0)
			to = &d->at[i];
		free(its);
	}
	if (!to)
		to = add_device(d, path);
	if (to)
		add_input(d, to, path, CABSCAN_INPUT_MEMBER);
	free(directory);
}

/* One path.  Returns whether it is a loose file, which waits for all CABs. */
static bool
add_path(struct devices *d, struct beside *b, const char *path, size_t *n_cabs)
{
	struct found file = { .kind = OTHER };

	if (strcmp(path, "-") == 0) {
		add_stdin(d);
		return false;
	}
	if (is_directory(path)) {
		add_directory(d, path);
		return false;
	}
	if (!can_read(path)) {
		refuse(d, path, strerror(errno));
		return false;
	}
	see_file(path, &file);
	if (file.kind == DARK)
		refuse(d, path, "cannot be read");
	else if (file.kind == ZIP)
		add_zip(d, path);
	else if (file.kind == CAB || ends_with(path, ".cab"))
		add_cab(d, b, path);
	*n_cabs += file.kind == CAB || ends_with(path, ".cab");
	return file.kind == OTHER && !ends_with(path, ".cab");
}

void
group_inputs(const char *const *paths, size_t n, const cabscan_redactor *r,
             struct devices *ret)
{
	size_t only_cab = SIZE_MAX, n_cabs = 0, n_loose = 0;
	const char **loose = calloc(n + 1, sizeof(*loose));
	struct beside b = { .directory = NULL };

	*ret = (struct devices){ .out_of_memory = !loose, .redactor = r };
	for (size_t i = 0; loose && i < n; i++) {
		size_t before = n_cabs;

		if (add_path(ret, &b, paths[i], &n_cabs))
			loose[n_loose++] = paths[i];
		if (n_cabs > before)
			only_cab = ret->n - 1;
	}
	leave(&b);
	if (n_cabs != 1)
		only_cab = SIZE_MAX;
	for (size_t i = 0; i < n_loose; i++)
		add_loose(ret, loose[i], only_cab);
	free(loose);
}

void
free_devices(struct devices *d)
{
	for (size_t i = 0; i < d->n; i++) {
		for (size_t k = 0; k < d->at[i].n; k++)
			free((char *)(uintptr_t)d->at[i].inputs[k].name);
		free(d->at[i].inputs);
		free(d->at[i].source);
		free(d->at[i].problem);
	}
	free(d->at);
	free(d->stdin_bytes);
}
