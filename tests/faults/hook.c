#include "hook.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The sanitizers keep their own under other names, and so does glibc. */
#ifdef HOOK_SANITIZED
#define REAL(call) __interceptor_##call
#else
#define REAL(call) __libc_##call
#endif

void *REAL(malloc)(size_t size);
void *REAL(calloc)(size_t n, size_t size);
void *REAL(realloc)(void *p, size_t size);
void REAL(free)(void *p);

static atomic_ulong count, fail_at;
static atomic_bool fail_behind;
static atomic_long live;

void
hook_arm(unsigned long n, bool all_behind)
{
	atomic_store(&count, 0);
	atomic_store(&fail_behind, all_behind);
	atomic_store(&fail_at, n);
}

unsigned long
hook_disarm(void)
{
	atomic_store(&fail_at, 0);
	return atomic_load(&count);
}

long
hook_live(void)
{
	return atomic_load(&live);
}

static bool
fails(void)
{
	unsigned long n = atomic_fetch_add(&count, 1) + 1;
	unsigned long at = atomic_load(&fail_at);

	if (at == 0 || n < at || (n > at && !atomic_load(&fail_behind)))
		return false;
	errno = ENOMEM;
	return true;
}

static void *
counted(void *p)
{
	if (p)
		atomic_fetch_add(&live, 1);
	return p;
}

void *
malloc(size_t size)
{
	return fails() ? NULL : counted(REAL(malloc)(size));
}

void *
calloc(size_t n, size_t size)
{
	return fails() ? NULL : counted(REAL(calloc)(n, size));
}

void *
realloc(void *p, size_t size)
{
	if (!p)
		return malloc(size);
	if (size > 0 && fails())
		return NULL;
	if (size == 0)
		atomic_fetch_sub(&live, 1);
	return REAL(realloc)(p, size);
}

void
free(void *p)
{
	if (p)
		atomic_fetch_sub(&live, 1);
	REAL(free)(p);
}

/* ---- loaded before a program ------------------------------------------------ */

__attribute__((constructor))
static void
begin(void)
{
	const char *at = getenv("FAULT_AT");

	if (at)
		hook_arm(strtoul(at, NULL, 10), getenv("FAULT_ON") != NULL);
}

__attribute__((destructor))
static void
end(void)
{
	const char *path = getenv("FAULT_COUNT");
	unsigned long n = hook_disarm();
	char text[32];
	int fd, len;

	if (!path)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	len = snprintf(text, sizeof(text), "%lu\n", n);
	if (fd >= 0) {
		if (write(fd, text, (size_t)len) != len)
			_exit(1);
		close(fd);
	}
}
