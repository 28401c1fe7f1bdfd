/*
 * sys.h - what differs between systems: sys_posix.c, sys_win.c
 *
 * Paths are UTF-8 everywhere.  Each file also holds the entry point that the
 * system calls; it hands UTF-8 arguments to cli_main().
 */
#ifndef CLI_SYS_H
#define CLI_SYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* main.c; returns the exit status. */
int cli_main(int argc, char **argv);

enum path_kind { PATH_NONE, PATH_FILE, PATH_DIRECTORY, PATH_OTHER };

/* PATH_NONE: there is nothing, or it cannot be asked. */
enum path_kind path_kind(const char *path);
FILE *open_path(const char *path, const char *mode);
/* Between the two no other thread writes to it. */
void keep_stream(FILE *f);
void give_stream(FILE *f);
/* From now on nobody but its owner may read it, where files have owners and
 * do not inherit who may. */
void keep_to_owner(FILE *f);
/* Replaces what is at 'to'. */
bool rename_path(const char *from, const char *to);
void remove_path(const char *path);
/* True: it is there now, or was before. */
bool make_directory(const char *path);
/* Calls 'take' with each name but . and .. until it returns false.  False: the
 * directory cannot be read; errno says why. */
bool each_entry(const char *directory, bool (*take)(void *user, const char *name),
                void *user);
/* Whether a shell has expanded wildcards before the program sees them. */
bool shell_expands(void);
/* A letter as the system compares it in names of files. */
char name_letter(char c);
/* What stands between a directory, spelled so, and a name in it. */
char path_separator(const char *directory);
/* A symbolic link, or what is like one; false where that cannot be asked. */
bool is_link(const char *path);
/* The size, and a number that changes when the file is written. */
bool file_stamp(const char *path, uint64_t *ret_size, uint64_t *ret_written);

/* ---- threads -------------------------------------------------------------- */

/* Bytes: CABs in CABs go deep, and musl gives a thread 128 KiB. */
#define THREAD_STACK ((size_t)4 << 20)

struct thread;
/* NULL: the system has no more. */
struct thread *thread_start(void (*run)(void *user), void *user);
void thread_join(struct thread *t);

/* A lock with a bell: who waits sleeps without the lock until someone rings. */
struct door;
struct door *door_new(void);            /* NULL: out of memory */
void door_free(struct door *d);
void door_lock(struct door *d);
void door_unlock(struct door *d);
void door_wait(struct door *d, unsigned milliseconds);
void door_ring(struct door *d);

unsigned count_cores(void);
uint64_t clock_ms(void);                /* only differences mean something */
bool is_terminal(FILE *f);
bool random_bytes(unsigned char *ret, size_t n);

#endif
