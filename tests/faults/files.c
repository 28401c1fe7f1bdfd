/*
 * files.c - opens and reads that fail
 *
 * Linked into a program with -Wl,--wrap=fopen and the like, these calls stand in
 * front of the C library's, for all that is linked with it.  The environment
 * works them:
 *
 *     FAULT_OPEN=N     the N-th open of a file for reading, or of a directory,
 *                      from the start fails
 *     FAULT_READ=N     the N-th read of a file or directory fails
 *     FAULT_SHORT=N    the N-th read, if it is of a file, gives half of what is
 *                      there, and the file seems to end
 *     FAULT_COUNT=FILE how many opens and reads there were is written there
 */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One or the other: what a file's size may be decides which is called. */
FILE *__real_fopen(const char *path, const char *mode);
FILE *__real_fopen64(const char *path, const char *mode);
int __real_fclose(FILE *f);
size_t __real_fread(void *to, size_t size, size_t n, FILE *f);
char *__real_fgets(char *to, int room, FILE *f);
int __real_fseek(FILE *f, long at, int from);
int __real_ferror(FILE *f);
int __real_feof(FILE *f);
DIR *__real_opendir(const char *path);
struct dirent *__real_readdir(DIR *d);
struct dirent *__real_readdir64(DIR *d);

FILE *__wrap_fopen(const char *path, const char *mode);
FILE *__wrap_fopen64(const char *path, const char *mode);
int __wrap_fclose(FILE *f);
size_t __wrap_fread(void *to, size_t size, size_t n, FILE *f);
char *__wrap_fgets(char *to, int room, FILE *f);
int __wrap_fseek(FILE *f, long at, int from);
int __wrap_ferror(FILE *f);
int __wrap_feof(FILE *f);
DIR *__wrap_opendir(const char *path);
struct dirent *__wrap_readdir(DIR *d);
struct dirent *__wrap_readdir64(DIR *d);

enum fault { NONE, FAILS, ENDS };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned long opens, reads;
static void *struck;            /* the one file that a read failed of */
static enum fault how;

static unsigned long
asked(const char *name)
{
	const char *n = getenv(name);

	return n ? strtoul(n, NULL, 10) : 0;
}

static bool
open_fails(void)
{
	bool fails;

	pthread_mutex_lock(&lock);
	fails = ++opens == asked("FAULT_OPEN");
	pthread_mutex_unlock(&lock);
	if (fails)
		errno = EACCES;
	return fails;
}

static enum fault
next_read(void *file)
{
	enum fault ret = NONE;

	pthread_mutex_lock(&lock);
	++reads;
	if (reads == asked("FAULT_READ"))
		ret = FAILS;
	else if (reads == asked("FAULT_SHORT"))
		ret = ENDS;
	if (ret != NONE) {
		struck = file;
		how = ret;
	}
	pthread_mutex_unlock(&lock);
	return ret;
}

static enum fault
state_of(void *file)
{
	enum fault ret;

	pthread_mutex_lock(&lock);
	ret = struck == file ? how : NONE;
	pthread_mutex_unlock(&lock);
	return ret;
}

static void
mend(void *file)
{
	pthread_mutex_lock(&lock);
	if (struck == file)
		struck = NULL;
	pthread_mutex_unlock(&lock);
}

static FILE *
opened(FILE *(*real)(const char *path, const char *mode), const char *path,
       const char *mode)
{
	FILE *f = mode[0] == 'r' && open_fails() ? NULL : real(path, mode);

	mend(f);
	return f;
}

FILE *
__wrap_fopen(const char *path, const char *mode)
{
	return opened(__real_fopen, path, mode);
}

FILE *
__wrap_fopen64(const char *path, const char *mode)
{
	return opened(__real_fopen64, path, mode);
}

int
__wrap_fclose(FILE *f)
{
	mend(f);
	return __real_fclose(f);
}

size_t
__wrap_fread(void *to, size_t size, size_t n, FILE *f)
{
	enum fault fault = state_of(f);
	size_t got;

	if (fault == NONE)
		fault = next_read(f);
	else
		return 0;
	if (fault == FAILS) {
		errno = EIO;
		return 0;
	}
	got = __real_fread(to, size, n, f);
	if (fault == ENDS) {
		__real_fseek(f, -(long)((got - got / 2) * size), SEEK_CUR);
		got /= 2;
	}
	return got;
}

char *
__wrap_fgets(char *to, int room, FILE *f)
{
	if (state_of(f) != NONE)
		return NULL;
	if (next_read(f) == NONE)
		return __real_fgets(to, room, f);
	errno = state_of(f) == FAILS ? EIO : 0;
	return NULL;
}

int
__wrap_fseek(FILE *f, long at, int from)
{
	if (state_of(f) == ENDS)
		mend(f);
	return __real_fseek(f, at, from);
}

int
__wrap_ferror(FILE *f)
{
	return state_of(f) == FAILS || __real_ferror(f);
}

int
__wrap_feof(FILE *f)
{
	return state_of(f) == ENDS || __real_feof(f);
}

DIR *
__wrap_opendir(const char *path)
{
	DIR *d = open_fails() ? NULL : __real_opendir(path);

	mend(d);
	return d;
}

/* A directory has no size: one that seems to end is one that does. */
static struct dirent *
entry_of(struct dirent *(*real)(DIR *d), DIR *d)
{
	if (next_read(d) == FAILS) {
		errno = EIO;
		return NULL;
	}
	return real(d);
}

struct dirent *
__wrap_readdir(DIR *d)
{
	return entry_of(__real_readdir, d);
}

struct dirent *
__wrap_readdir64(DIR *d)
{
	return entry_of(__real_readdir64, d);
}

__attribute__((destructor))
static void
end(void)
{
	const char *path = getenv("FAULT_COUNT");
	FILE *f = path ? __real_fopen(path, "w") : NULL;

	if (f) {
		fprintf(f, "%lu %lu\n", opens, reads);
		__real_fclose(f);
	}
}
