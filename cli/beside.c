/*
 * beside.c - which file of a directory is named after which CAB in it
 *
 * Names are looked up in one sorted list: a share may have a hundred thousand
 * files side by side.
 */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

struct file_name {
	const char *name;
	size_t entry;
};

static int
by_name(const void *x, const void *y)
{
	const struct file_name *a = x, *b = y;
	int order = compare_file_names(a->name, b->name);

	return order ? order : a->entry < b->entry ? -1 : a->entry > b->entry;
}

bool
index_names(const struct listing *l, struct name_index *ret)
{
	*ret = (struct name_index){ .at = calloc(l->n + 1, sizeof(*ret->at)) };
	for (size_t i = 0; ret->at && i < l->n; i++)
		if (!l->at[i].is_directory)
			ret->at[ret->n++] = (struct file_name){
				base_name(l->at[i].path), i };
	if (ret->n > 1)
		qsort(ret->at, ret->n, sizeof(*ret->at), by_name);
	return ret->at != NULL;
}

void
free_names(struct name_index *x)
{
	free(x->at);
	*x = (struct name_index){ NULL, 0 };
}

/* The place of the first name that is not before that one. */
static size_t
first_from(const struct name_index *x, const char *name)
{
	size_t low = 0, high = x->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare_file_names(x->at[mid].name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* X.y.txt belongs to X.y.cab, not to X.cab, where there are both. */
size_t
cab_of(const struct name_index *x, const char *path)
{
	const char *name = base_name(path);
	size_t len = strlen(name);
	char *cab = malloc(len + 5);
	size_t found = NO_ENTRY;

	if (ends_with(name, ".cab"))
		len = 0;
	for (size_t i = len; cab && i-- > 1 && found == NO_ENTRY;) {
		size_t k;

		if (name[i - 1] != '.')
			continue;
		memcpy(cab, name, i);
		memcpy(cab + i, "cab", 4);
		k = first_from(x, cab);
		if (k < x->n && same_file_name(x->at[k].name, cab) &&
		    !is_nested(cab))
			found = x->at[k].entry;
	}
	free(cab);
	return found;
}

static int
by_entry(const void *x, const void *y)
{
	size_t a = *(const size_t *)x, b = *(const size_t *)y;

	return a < b ? -1 : a > b;
}

size_t *
named_after(const struct name_index *x, const char *cab, size_t *ret_n)
{
	const char *of = base_name(cab);
	char *stem = ends_with(of, ".cab") ? copy_text(of, strlen(of) - 3)
	                                   : copy_text("", 0);
	size_t len = stem ? strlen(stem) : 0, from, end, *found = NULL;

	*ret_n = 0;
	from = end = len ? first_from(x, stem) : 0;
	while (len && end < x->n && begins_with(x->at[end].name, stem))
		end++;
	if (stem)
		found = calloc(end - from + 1, sizeof(*found));
	for (; found && from < end; from++)
		if (strlen(x->at[from].name) > len)
			found[(*ret_n)++] = x->at[from].entry;
	if (*ret_n > 1)
		qsort(found, *ret_n, sizeof(*found), by_entry);
	free(stem);
	return found;
}
