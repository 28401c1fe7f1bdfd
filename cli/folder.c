#include "folder.h"
#include "batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static enum file_kind
kind_by_name(const char *path)
{
	return ends_with(path, ".cab") ? CAB : ends_with(path, ".zip") ? ZIP : DARK;
}

void
see_file(const char *path, struct found *ret)
{
	unsigned char head[CABSCAN_HEAD_BYTES];
	size_t n;
	bool read = read_head(path, head, sizeof(head), &n);

	ret->known = cabscan_knows_file(base_name(path), head, n);
	if (is_nested(path))
		ret->kind = OTHER;
	else if (!read)
		ret->kind = kind_by_name(path);
	else if ((n >= 4 && memcmp(head, "MSCF", 4) == 0) ||
	         ends_with(path, ".cab"))
		ret->kind = CAB;
	else if (is_zip_head(head, n) || ends_with(path, ".zip"))
		ret->kind = ZIP;
	else
		ret->kind = OTHER;
}

bool
folder_open(struct folder *f, const char *path)
{
	bool here = strcmp(path, ".") == 0;

	*f = (struct folder){ .n_archives = 0 };
	if (!list_directory(path, &f->list))
		return false;
	f->at = calloc(f->list.n + 1, sizeof(*f->at));
	if (!f->at || !index_names(&f->list, &f->names)) {
		folder_close(f);
		errno = ENOMEM;
		return false;
	}
	for (size_t i = 0; i < f->list.n; i++) {
		bool directory = f->list.at[i].is_directory;

		f->at[i] = (struct found){ f->list.at[i].path + (here ? 2 : 0),
		                           directory ? DIRECTORY : UNSEEN, false,
		                           NOBODY };
		f->n_directories += directory;
	}
	return true;
}

void
folder_see(struct folder *f, size_t i)
{
	if (f->at[i].kind != UNSEEN)
		return;
	see_file(f->at[i].path, &f->at[i]);
	f->n_archives += f->at[i].kind == CAB || f->at[i].kind == ZIP;
}

void
folder_see_all(struct folder *f)
{
	for (size_t i = 0; i < f->list.n; i++)
		folder_see(f, i);
}

void
folder_close(struct folder *f)
{
	free_listing(&f->list);
	free_names(&f->names);
	free(f->at);
	f->at = NULL;
}

const struct found *
only_cab(const struct folder *f)
{
	const struct found *cab = NULL;

	if (f->n_archives != 1 || f->list.n > MAX_BESIDE + 1)
		return NULL;
	for (size_t i = 0; i < f->list.n; i++) {
		if (f->at[i].kind == CAB)
			cab = &f->at[i];
		else if (f->at[i].kind != OTHER || !f->at[i].known)
			return NULL;
	}
	return cab;
}

const struct found *
owner(const struct folder *f, const char *path)
{
	size_t entry = cab_of(&f->names, path);

	return entry == NO_ENTRY ? NULL : &f->at[entry];
}

void
add_archive(struct devices *d, struct found *a)
{
	struct device *to = add_device(d, a->path);

	if (!to)
		return;
	a->unit = d->n - 1;
	add_input(d, to, a->path, CABSCAN_INPUT_AUTO);
}

void
add_sides(struct devices *d, const struct folder *f)
{
	const struct found *only = only_cab(f);

	for (size_t i = 0; i < f->list.n; i++) {
		const struct found *to;

		if (f->at[i].kind != OTHER || !f->at[i].known ||
		    is_nested(f->at[i].path))
			continue;
		to = only ? only : owner(f, f->at[i].path);
		if (to && to->unit != NOBODY)
			add_input(d, &d->at[to->unit], f->at[i].path,
			          CABSCAN_INPUT_SIDE);
	}
}
