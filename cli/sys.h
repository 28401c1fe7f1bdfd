/*
 * sys.h - what differs between systems: sys_posix.c, sys_win.c
 *
 * Paths are UTF-8 everywhere.  Each file also holds the entry point that the
 * system calls; it hands UTF-8 arguments to cli_main().
 */
#ifndef CLI_SYS_H
#define CLI_SYS_H

#include <stdbool.h>
#include <stdio.h>

/* main.c; returns the exit status. */
int cli_main(int argc, char **argv);

enum path_kind { PATH_NONE, PATH_FILE, PATH_DIRECTORY, PATH_OTHER };

/* PATH_NONE: there is nothing, or it cannot be asked. */
enum path_kind path_kind(const char *path);
FILE *open_path(const char *path, const char *mode);
/* Replaces what is at 'to'. */
bool rename_path(const char *from, const char *to);
void remove_path(const char *path);
/* Calls 'take' with each name but . and .. until it returns false.  False: the
 * directory cannot be read; errno says why. */
bool each_entry(const char *directory, bool (*take)(void *user, const char *name),
                void *user);

#endif
