/*
 * inputs.c - which files make which case
 *
 * Each CAB is a case, and what a ZIP holds is one or several.  A file joins a CAB when it is named after it (X.tpm.txt
 * beside X.cab), when it is given together with exactly one CAB, or when it
 * lies in a directory with exactly one CAB and little else.  A directory
 * without CABs is one that somebody extracted: its files are one case.  Loose
 * files of one directory are one case, too.
 */
#include "cli.h"

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

static bool
is_cab(const char *path)
{
	unsigned char head[4];

	return (read_head(path, head, 4) == 4 && memcmp(head, "MSCF", 4) == 0) ||
	       ends_with(path, ".cab");
}

/* Inside a diagnostics CAB, so also among extracted files. */
bool
is_nested(const char *path)
{
	return ends_with(base_name(path), "licensingdiag.cab");
}

bool
is_known(const char *path)
{
	unsigned char head[CABSCAN_HEAD_BYTES];

	return cabscan_knows_file(base_name(path), head,
	                          read_head(path, head, sizeof(head)));
}

/* ---- building cases ------------------------------------------------------ */

struct device *
add_device(struct devices *d, const char *source)
{
	struct device *more = realloc(d->at, (d->n + 1) * sizeof(*more));

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
add_input(struct devices *d, struct device *to, const char *path,
          cabscan_input_kind kind)
{
	cabscan_input *more;
	char *name = copy_text(path, strlen(path));

	for (size_t i = 0; i < to->n; i++)
		if (name && strcmp(to->inputs[i].name, name) == 0) {
			free(name);
			return;
		}
	more = realloc(to->inputs, (to->n + 1) * sizeof(*more));
	if (more)
		to->inputs = more;
	if (!more || !name) {
		free(name);
		d->out_of_memory = true;
		return;
	}
	more[to->n++] = (cabscan_input){ .name = name, .kind = kind };
}

char *
directory_of(const char *path)
{
	const char *base = base_name(path);

	return base == path ? copy_text(".", 1)
	                    : copy_text(path, (size_t)(base - path));
}

/* "X." of X.cab, in lower case or not. */
bool
named_after(const char *path, const char *cab)
{
	const char *name = base_name(path), *of = base_name(cab);
	size_t n = strlen(of);

	if (!ends_with(of, ".cab") || strlen(name) <= n - 3)
		return false;
	for (size_t i = 0; i < n - 3; i++)
		if (lower(name[i]) != lower(of[i]))
			return false;
	return !is_cab(path);
}

/* X.y.txt belongs to X.y.cab, not to X.cab, where there are both. */
static bool
named_after_another(const struct listing *l, const char *path, const char *cab)
{
	for (size_t i = 0; i < l->n; i++)
		if (!l->at[i].is_directory && is_cab(l->at[i].path) &&
		    strlen(base_name(l->at[i].path)) > strlen(base_name(cab)) &&
		    named_after(path, l->at[i].path))
			return true;
	return false;
}

static size_t
count_cabs(const struct listing *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += !l->at[i].is_directory && is_cab(l->at[i].path) &&
		     !is_nested(l->at[i].path);
	return n;
}

/* Whether everything beside the CAB is of its kind. */
static bool
alone_together(const struct listing *l)
{
	if (l->n > MAX_BESIDE + 1 || count_cabs(l) != 1)
		return false;
	for (size_t i = 0; i < l->n; i++)
		if (l->at[i].is_directory || !is_known(l->at[i].path))
			return false;
	return true;
}

static void
add_cab(struct devices *d, const char *path)
{
	struct device *to = add_device(d, path);
	char *directory = directory_of(path);
	struct listing l;
	bool all;

	if (to)
		add_input(d, to, path, CABSCAN_INPUT_AUTO);
	if (to && directory && list_directory(directory, &l)) {
		all = alone_together(&l);
		for (size_t i = 0; i < l.n; i++)
			if (!l.at[i].is_directory && !is_cab(l.at[i].path) &&
			    ((named_after(l.at[i].path, path) &&
			      !named_after_another(&l, l.at[i].path, path)) ||
			     all) && is_known(l.at[i].path))
				add_input(d, to, base_name(path) == path
				          ? base_name(l.at[i].path) : l.at[i].path,
				          CABSCAN_INPUT_SIDE);
		free_listing(&l);
	} else if (!directory || errno == ENOMEM) {
		d->out_of_memory = true;
	}
	free(directory);
}

/* ---- directories --------------------------------------------------------- */

static void
complain(struct devices *d, const char *path, const char *what)
{
	print_problem(path, what);
	d->unreadable = true;
}

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
			add_input(d, &d->at[device], l->at[i].path,
			          CABSCAN_INPUT_MEMBER);
		} else if (levels > 0 &&
		           list_directory(l->at[i].path, &below)) {
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

static size_t
count_zips(const struct listing *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += !l->at[i].is_directory && is_zip(l->at[i].path);
	return n;
}

static void
add_directory(struct devices *d, const char *path)
{
	struct listing l;

	if (!list_directory(path, &l)) {
		refuse(d, path, strerror(errno));
		return;
	}
	if (count_cabs(&l) + count_zips(&l) > 0) {
		for (size_t i = 0; i < l.n; i++) {
			if (l.at[i].is_directory || is_nested(l.at[i].path))
				continue;
			if (is_cab(l.at[i].path))
				add_cab(d, l.at[i].path);
			else if (is_zip(l.at[i].path))
				add_zip(d, l.at[i].path);
		}
	} else if (l.n == 0) {
		refuse(d, path, "the directory is empty");
	} else if (add_device(d, path)) {
		add_extracted(d, d->n - 1, &l, MAX_LEVELS);
		if (d->at[d->n - 1].n == 0) {
			free(d->at[--d->n].source);
			refuse(d, path, "the directory holds no files");
		}
	}
	free_listing(&l);
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

static bool
is_loose(const char *path)
{
	return strcmp(path, "-") != 0 && !is_directory(path) &&
	       can_read(path) && !is_cab(path) && !is_zip(path);
}

void
group_inputs(const char *const *paths, size_t n, struct devices *ret)
{
	size_t only_cab = SIZE_MAX, n_cabs = 0;

	*ret = (struct devices){ .n = 0 };
	for (size_t i = 0; i < n; i++) {
		const char *path = paths[i];

		if (strcmp(path, "-") == 0) {
			add_stdin(ret);
		} else if (is_directory(path)) {
			add_directory(ret, path);
		} else if (!can_read(path)) {
			refuse(ret, path, strerror(errno));
		} else if (is_cab(path)) {
			add_cab(ret, path);
			only_cab = ret->n - 1;
			n_cabs++;
		} else if (is_zip(path)) {
			add_zip(ret, path);
		}
	}
	if (n_cabs != 1)
		only_cab = SIZE_MAX;
	for (size_t i = 0; i < n; i++)
		if (is_loose(paths[i]))
			add_loose(ret, paths[i], only_cab);
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
