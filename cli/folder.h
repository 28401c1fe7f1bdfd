/*
 * folder.h - the files of one directory, and what each is by its first bytes
 *
 * Each file is looked at once at most: what was a CAB when it was counted is one
 * when it is scanned, and a share with a hundred thousand files stays quick.
 */
#ifndef CLI_FOLDER_H
#define CLI_FOLDER_H

#include "cli.h"

#define NOBODY SIZE_MAX

enum file_kind {
	UNSEEN, OTHER, CAB, ZIP, DIRECTORY,
	DARK                            /* cannot be read, and its name says nothing */
};

struct found {
	char *path;
	enum file_kind kind;
	bool known;                     /* a scan reads it */
	size_t unit;                    /* NOBODY: makes none */
};

struct folder {
	struct listing list;
	struct found *at;               /* as many as the list has */
	struct name_index names;
	size_t n_archives, n_directories;       /* of what was seen */
};

/* What is at 'path', which is no directory. */
void see_file(const char *path, struct found *ret);
/* Lists it; nothing is seen but what are directories.  False: it cannot be
 * listed; errno says why. */
bool folder_open(struct folder *f, const char *path);
void folder_see(struct folder *f, size_t i);
void folder_see_all(struct folder *f);
void folder_close(struct folder *f);

/* Of a folder that was seen: one CAB, and little else beside it that is not its
 * own.  NULL: it is another one. */
const struct found *only_cab(const struct folder *f);
/* The CAB that a file is named after; NULL: there is none. */
const struct found *owner(const struct folder *f, const char *path);
void add_archive(struct devices *d, struct found *a);
/* To the archives that were added. */
void add_sides(struct devices *d, const struct folder *f);

#endif
