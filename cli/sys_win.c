/*
 * sys_win.c - Windows: UTF-16 outside, UTF-8 inside
 *
 * cmd does not expand wildcards, so this does.  Standard input and output are
 * binary: a report is the same bytes on every system.
 */
#define _CRT_RAND_S

#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

static wchar_t *
wide(const char *text)
{
	int n = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
	wchar_t *w = n > 0 ? malloc((size_t)n * sizeof(*w)) : NULL;

	if (w)
		MultiByteToWideChar(CP_UTF8, 0, text, -1, w, n);
	return w;
}

static char *
utf8(const wchar_t *text)
{
	int n = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
	char *t = n > 0 ? malloc((size_t)n) : NULL;

	if (t)
		WideCharToMultiByte(CP_UTF8, 0, text, -1, t, n, NULL, NULL);
	return t;
}

/* ---- files --------------------------------------------------------------- */

static DWORD
attributes(const char *path)
{
	wchar_t *w = wide(path);
	DWORD a = w ? GetFileAttributesW(w) : INVALID_FILE_ATTRIBUTES;

	free(w);
	return a;
}

static bool
is_device_name(const char *path)
{
	return _stricmp(path, "NUL") == 0 || _stricmp(path, "CON") == 0;
}

enum path_kind
path_kind(const char *path)
{
	DWORD a;

	if (is_device_name(path))
		return PATH_OTHER;
	a = attributes(path);
	if (a == INVALID_FILE_ATTRIBUTES)
		return PATH_NONE;
	return a & FILE_ATTRIBUTE_DIRECTORY ? PATH_DIRECTORY
	     : a & FILE_ATTRIBUTE_DEVICE ? PATH_OTHER : PATH_FILE;
}

FILE *
open_path(const char *path, const char *mode)
{
	wchar_t *w = wide(path), *m = wide(mode);
	FILE *f = w && m ? _wfopen(w, m) : NULL;

	free(w);
	free(m);
	return f;
}

bool
rename_path(const char *from, const char *to)
{
	wchar_t *a = wide(from), *b = wide(to);
	bool ok = a && b && MoveFileExW(a, b, MOVEFILE_REPLACE_EXISTING);

	free(a);
	free(b);
	return ok;
}

void
remove_path(const char *path)
{
	wchar_t *w = wide(path);

	if (w)
		DeleteFileW(w);
	free(w);
}

bool
make_directory(const char *path)
{
	wchar_t *w = wide(path);
	bool made = w && CreateDirectoryW(w, NULL);

	free(w);
	return made || path_kind(path) == PATH_DIRECTORY;
}

static bool
each_match(const wchar_t *pattern, bool (*take)(void *user, const char *name),
           void *user)
{
	WIN32_FIND_DATAW found;
	HANDLE h = FindFirstFileW(pattern, &found);
	bool more = true;

	if (h == INVALID_HANDLE_VALUE)
		return false;
	do {
		char *name = utf8(found.cFileName);

		if (name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
			more = take(user, name);
		free(name);
	} while (more && FindNextFileW(h, &found));
	FindClose(h);
	return true;
}

bool
each_entry(const char *directory, bool (*take)(void *user, const char *name),
           void *user)
{
	size_t n = strlen(directory);
	char *all = malloc(n + 3);
	wchar_t *w = NULL;
	bool ok;

	if (all) {
		memcpy(all, directory, n);
		memcpy(all + n, "\\*", 3);
		w = wide(all);
	}
	ok = w && each_match(w, take, user);
	if (!ok)
		errno = w ? ENOENT : ENOMEM;
	free(w);
	free(all);
	return ok;
}

bool
is_link(const char *path)
{
	DWORD a = attributes(path);

	return a != INVALID_FILE_ATTRIBUTES && (a & FILE_ATTRIBUTE_REPARSE_POINT);
}

bool
file_stamp(const char *path, uint64_t *ret_size, uint64_t *ret_written)
{
	WIN32_FILE_ATTRIBUTE_DATA data;
	wchar_t *w = wide(path);
	bool ok = w && GetFileAttributesExW(w, GetFileExInfoStandard, &data);

	free(w);
	if (!ok)
		return false;
	*ret_size = (uint64_t)data.nFileSizeHigh << 32 | data.nFileSizeLow;
	*ret_written = (uint64_t)data.ftLastWriteTime.dwHighDateTime << 32 |
	               data.ftLastWriteTime.dwLowDateTime;
	return true;
}

/* ---- threads -------------------------------------------------------------- */

struct thread {
	HANDLE handle;
	void (*run)(void *user);
	void *user;
};

static DWORD WINAPI
begin(LPVOID thread)
{
	struct thread *t = thread;

	t->run(t->user);
	return 0;
}

struct thread *
thread_start(void (*run)(void *user), void *user)
{
	struct thread *t = malloc(sizeof(*t));

	if (!t)
		return NULL;
	t->run = run;
	t->user = user;
	t->handle = CreateThread(NULL, 0, begin, t, 0, NULL);
	if (!t->handle) {
		free(t);
		return NULL;
	}
	return t;
}

void
thread_join(struct thread *t)
{
	WaitForSingleObject(t->handle, INFINITE);
	CloseHandle(t->handle);
	free(t);
}

struct door {
	CRITICAL_SECTION lock;
	CONDITION_VARIABLE bell;
};

struct door *
door_new(void)
{
	struct door *d = malloc(sizeof(*d));

	if (!d)
		return NULL;
	InitializeCriticalSection(&d->lock);
	InitializeConditionVariable(&d->bell);
	return d;
}

void
door_free(struct door *d)
{
	if (!d)
		return;
	DeleteCriticalSection(&d->lock);
	free(d);
}

void
door_lock(struct door *d)
{
	EnterCriticalSection(&d->lock);
}

void
door_unlock(struct door *d)
{
	LeaveCriticalSection(&d->lock);
}

void
door_wait(struct door *d, unsigned milliseconds)
{
	SleepConditionVariableCS(&d->bell, &d->lock, milliseconds);
}

void
door_ring(struct door *d)
{
	WakeAllConditionVariable(&d->bell);
}

unsigned
count_cores(void)
{
	SYSTEM_INFO info;

	GetSystemInfo(&info);
	return info.dwNumberOfProcessors ? info.dwNumberOfProcessors : 1;
}

uint64_t
clock_ms(void)
{
	return GetTickCount64();
}

bool
is_terminal(FILE *f)
{
	return _isatty(_fileno(f)) != 0;
}

bool
random_bytes(unsigned char *ret, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned word;

		if (rand_s(&word) != 0)
			return false;
		ret[i] = (unsigned char)(word & 0xff);
	}
	return true;
}

/* ---- arguments ----------------------------------------------------------- */

struct arguments {
	char **at;
	int n, room;
	const char *directory;          /* of the wildcard that is expanded */
	size_t directory_len;
};

static bool
add(struct arguments *a, char *text)
{
	if (!text)
		return false;
	if (a->n + 1 >= a->room) {
		int room = a->room ? a->room * 2 : 32;
		char **more = realloc(a->at, (size_t)room * sizeof(*more));

		if (!more) {
			free(text);
			return false;
		}
		a->at = more;
		a->room = room;
	}
	a->at[a->n++] = text;
	a->at[a->n] = NULL;
	return true;
}

static bool
add_match(void *user, const char *name)
{
	struct arguments *a = user;
	size_t n = strlen(name);
	char *path = malloc(a->directory_len + n + 1);

	if (path) {
		memcpy(path, a->directory, a->directory_len);
		memcpy(path + a->directory_len, name, n + 1);
	}
	return add(a, path);
}

static int
by_text(const void *x, const void *y)
{
	return strcmp(*(char *const *)x, *(char *const *)y);
}

/* A pattern that matches nothing stays as it is and fails as a path. */
static bool
add_argument(struct arguments *a, const wchar_t *argument)
{
	char *text = utf8(argument);
	int first = a->n;
	size_t i;

	if (!text || text[0] == '-' || !strpbrk(text, "*?") ||
	    strncmp(text, "\\\\?\\", 4) == 0)
		return add(a, text);
	for (i = strlen(text); i > 0 && !strchr("/\\:", text[i - 1]); )
		i--;
	a->directory = text;
	a->directory_len = i;
	if (!each_match(argument, add_match, a))
		return add(a, text);
	free(text);
	qsort(a->at + first, (size_t)(a->n - first), sizeof(*a->at), by_text);
	return true;
}

int wmain(int argc, wchar_t **argv);

int
wmain(int argc, wchar_t **argv)
{
	struct arguments a = { NULL, 0, 0, NULL, 0 };
	bool ok = true;
	int status;

	_setmode(_fileno(stdin), _O_BINARY);
	_setmode(_fileno(stdout), _O_BINARY);
	_setmode(_fileno(stderr), _O_BINARY);
	SetConsoleOutputCP(CP_UTF8);
	for (int i = 0; ok && i < argc; i++)
		ok = i == 0 ? add(&a, utf8(argv[i])) : add_argument(&a, argv[i]);
	if (!ok)
		fputs("cabscan: out of memory\n", stderr);
	status = ok ? cli_main(a.n, a.at) : 3;
	for (int i = 0; i < a.n; i++)
		free(a.at[i]);
	free(a.at);
	return status;
}
