#define _POSIX_C_SOURCE 200809L

#include "sys.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Output that nobody reads any more, or that grows beyond what is allowed, is
 * output that failed: the calls say so. */
int
main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
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

void
keep_stream(FILE *f)
{
	flockfile(f);
}

void
give_stream(FILE *f)
{
	funlockfile(f);
}

void
keep_to_owner(FILE *f)
{
	fchmod(fileno(f), S_IRUSR | S_IWUSR);
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
make_directory(const char *path)
{
	return mkdir(path, 0777) == 0 || path_kind(path) == PATH_DIRECTORY;
}

bool
each_entry(const char *directory, bool (*take)(void *user, const char *name),
           void *user)
{
	DIR *d = opendir(directory);
	const struct dirent *e;
	bool more = true;
	int failed;

	if (!d)
		return false;
	while (errno = 0, more && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			more = take(user, e->d_name);
	failed = more && errno != 0 ? errno : 0;
	closedir(d);
	errno = failed;
	return failed == 0;
}

bool
shell_expands(void)
{
	return true;
}

char
name_letter(char c)
{
	return c;
}

char
path_separator(const char *directory)
{
	(void)directory;
	return '/';
}

bool
is_link(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

bool
file_stamp(const char *path, uint64_t *ret_size, uint64_t *ret_written)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return false;
	*ret_size = (uint64_t)st.st_size;
	*ret_written = (uint64_t)st.st_mtim.tv_sec * 1000000000U +
	               (uint64_t)st.st_mtim.tv_nsec;
	return true;
}

/* ---- threads -------------------------------------------------------------- */

struct thread {
	pthread_t id;
	void (*run)(void *user);
	void *user;
};

static void *
begin(void *thread)
{
	struct thread *t = thread;

	t->run(t->user);
	return NULL;
}

struct thread *
thread_start(void (*run)(void *user), void *user)
{
	struct thread *t = malloc(sizeof(*t));
	pthread_attr_t attributes;
	bool started;

	if (!t)
		return NULL;
	t->run = run;
	t->user = user;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, THREAD_STACK);
	started = pthread_create(&t->id, &attributes, begin, t) == 0;
	pthread_attr_destroy(&attributes);
	if (!started) {
		free(t);
		return NULL;
	}
	return t;
}

void
thread_join(struct thread *t)
{
	pthread_join(t->id, NULL);
	free(t);
}

struct door {
	pthread_mutex_t lock;
	pthread_cond_t bell;
};

struct door *
door_new(void)
{
	struct door *d = malloc(sizeof(*d));

	if (!d)
		return NULL;
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->bell, NULL);
	return d;
}

void
door_free(struct door *d)
{
	if (!d)
		return;
	pthread_cond_destroy(&d->bell);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

void
door_lock(struct door *d)
{
	pthread_mutex_lock(&d->lock);
}

void
door_unlock(struct door *d)
{
	pthread_mutex_unlock(&d->lock);
}

void
door_wait(struct door *d, unsigned milliseconds)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += (time_t)(milliseconds / 1000);
	until.tv_nsec += (long)(milliseconds % 1000) * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	pthread_cond_timedwait(&d->bell, &d->lock, &until);
}

void
door_ring(struct door *d)
{
	pthread_cond_broadcast(&d->bell);
}

unsigned
count_cores(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > 1024 ? 1024 : (unsigned)n;
}

uint64_t
clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000U + (uint64_t)now.tv_nsec / 1000000U;
}

bool
is_terminal(FILE *f)
{
	return isatty(fileno(f)) == 1;
}

bool
random_bytes(unsigned char *ret, size_t n)
{
	FILE *f = fopen("/dev/urandom", "rb");
	bool ok = f && fread(ret, 1, n, f) == n;

	if (f)
		fclose(f);
	return ok;
}
