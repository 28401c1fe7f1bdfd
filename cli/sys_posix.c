#include "sys.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

int
main(int argc, char **argv)
{
	return cli_main(argc, argv);
}

enum path_kind
path_kind(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return PATH_NONE;
	return S_ISDIR(st.st_mode) ? PATH_DIRECTORY
	     : S_ISREG(st.st_mode) ? PATH_FILE : PATH_OTHER;
}

FILE *
open_path(const char *path, const char *mode)
{
	return fopen(path, mode);
}

bool
rename_path(const char *from, const char *to)
{
	return rename(from, to) == 0;
}

void
remove_path(const char *path)
{
	remove(path);
}

bool
each_entry(const char *directory, bool (*take)(void *user, const char *name),
           void *user)
{
	DIR *d = opendir(directory);
	const struct dirent *e;
	bool more = true;

	if (!d)
		return false;
	while (more && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			more = take(user, e->d_name);
	closedir(d);
	return true;
}
