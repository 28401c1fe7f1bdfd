/*
 * sys_win.c - Windows: UTF-16 outside, UTF-8 inside
 *
 * Standard input and output are binary: a report is the same bytes on every
 * system.
 */
#define _CRT_RAND_S

#include "console_win.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>

/* Behind as many characters of room, from malloc(), or NULL. */
static wchar_t *
full_path(const wchar_t *path, size_t room)
{
	DWORD n = GetFullPathNameW(path, 0, NULL, NULL);
	wchar_t *full = n > 0 ? malloc((n + room) * sizeof(*full)) : NULL;

	if (full && GetFullPathNameW(path, n, full + room, NULL) == n - 1)
		return full;
	free(full);
	return NULL;
}

/* From MAX_PATH on, less what a name of 8.3 takes, only whole paths behind a
 * prefix are taken; and behind it only backslashes are. */
static wchar_t *
long_path(wchar_t *path)
{
	wchar_t *full;

	if (wcsncmp(path, L"\\\\?\\", 4) == 0) {
		for (wchar_t *p = path; *p; p++)
			if (*p == L'/')
				*p = L'\\';
		return path;
	}
	if (wcslen(path) < MAX_PATH - 12)
		return path;
	full = full_path(path, 6);
	free(path);
	if (full && full[6] == L'\\') {
		wmemcpy(full, L"\\\\?\\UNC", 7);  /* for one of two backslashes */
	} else if (full) {
		wmemmove(full + 4, full + 6, wcslen(full + 6) + 1);
		wmemcpy(full, L"\\\\?\\", 4);
	}
	return full;
}

static wchar_t *
wide(const char *text)
{
	int n = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
	wchar_t *w = n > 0 ? malloc((size_t)n * sizeof(*w)) : NULL;

	if (w)
		MultiByteToWideChar(CP_UTF8, 0, text, -1, w, n);
	return w ? long_path(w) : NULL;
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

void
keep_to_owner(FILE *f)
{
	(void)f;
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

	if (h == INVALID_HANDLE_VALUE) {
		DWORD why = GetLastError();

		errno = why == ERROR_ACCESS_DENIED ? EACCES : ENOENT;
		return why == ERROR_FILE_NOT_FOUND;     /* an empty drive */
	}
	do {
		char *name = utf8(found.cFileName);

		if (name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
			more = take(user, name);
		free(name);
	} while (more && FindNextFileW(h, &found));
	FindClose(h);
	return true;
}

void
keep_stream(FILE *f)
{
	_lock_file(f);
}

void
give_stream(FILE *f)
{
	_unlock_file(f);
}

bool
each_entry(const char *directory, bool (*take)(void *user, const char *name),
           void *user)
{
	size_t n = strlen(directory);
	bool slash = n > 0 && (directory[n - 1] == '\\' || directory[n - 1] == '/');
	char *all = malloc(n + 3);
	wchar_t *w = NULL;
	bool ok;

	if (all) {
		memcpy(all, directory, n);
		strcpy(all + n, slash ? "*" : "\\*");     /* not two, behind \\?\ */
		w = wide(all);
	}
	errno = ENOMEM;
	ok = w && each_match(w, take, user);
	free(w);
	free(all);
	return ok;
}

bool
shell_expands(void)
{
	return false;
}

char
name_letter(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

char
path_separator(const char *directory)
{
	return strchr(directory, '\\') && !strchr(directory, '/') ? '\\' : '/';
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
	t->handle = CreateThread(NULL, THREAD_STACK, begin, t,
	                         STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
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
	return console_has(f);
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

/* X:name is where X: is just now; everywhere else a path stands for itself. */
static char *
argument(const wchar_t *text)
{
	bool letter = (text[0] >= L'A' && text[0] <= L'Z') ||
	              (text[0] >= L'a' && text[0] <= L'z');
	wchar_t *full;
	char *path;

	if (!letter || text[1] != L':' || text[2] == L'\\' || text[2] == L'/')
		return utf8(text);
	full = full_path(text, 0);
	path = full ? utf8(full) : NULL;
	free(full);
	return path;
}

int wmain(int argc, wchar_t **argv);

int
wmain(int argc, wchar_t **argv)
{
	char **args = calloc((size_t)argc + 1, sizeof(*args));
	bool ok = args != NULL;
	int status;

	_setmode(_fileno(stdin), _O_BINARY);
	_setmode(_fileno(stdout), _O_BINARY);
	_setmode(_fileno(stderr), _O_BINARY);
	console_begin();
	for (int i = 0; ok && i < argc; i++)
		ok = (args[i] = argument(argv[i])) != NULL;
	if (!ok)
		fputs("cabscan: out of memory\n", stderr);
	status = ok ? cli_main(argc, args) : 3;
	console_end();
	for (int i = 0; args && i < argc; i++)
		free(args[i]);
	free(args);
	return status;
}
