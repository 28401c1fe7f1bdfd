#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM ((size_t)256 * 1024)

#ifdef _WIN32
#include <wchar.h>
#include <windows.h>

#define PREFIX L"\\\\?\\"
#define UNC_PREFIX L"\\\\?\\UNC"          /* for one of the two before a server */

#define SEEK _fseeki64
#define TELL _ftelli64
typedef long long file_offset;

/* Paths of MAX_PATH and more are only taken whole and behind a prefix. */
static FILE *
open_long(const wchar_t *path)
{
	DWORD n = GetFullPathNameW(path, 0, NULL, NULL);
	wchar_t *full = n > 0 ? malloc((n + 6) * sizeof(*full)) : NULL;
	FILE *f = NULL;

	if (full && GetFullPathNameW(path, n, full + 6, NULL) == n - 1) {
		bool unc = full[6] == L'\\';

		wmemcpy(unc ? full : full + 2, unc ? UNC_PREFIX : PREFIX,
		        unc ? 7 : 4);
		f = _wfopen(unc ? full : full + 2, L"rb");
	}
	free(full);
	return f;
}

static FILE *
open_utf8(const char *path)
{
	int n = MultiByteToWideChar(CP_UTF8, 0, path, -1, NULL, 0);
	wchar_t *wide = n > 0 ? malloc((size_t)n * sizeof(*wide)) : NULL;
	FILE *f = NULL;

	if (wide && MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, n) == n) {
		bool prefixed = wcsncmp(wide, PREFIX, 4) == 0;

		for (wchar_t *p = wide; prefixed && *p; p++)
			if (*p == L'/')
				*p = L'\\';
		f = n < MAX_PATH || prefixed ? _wfopen(wide, L"rb")
		                             : open_long(wide);
	}
	free(wide);
	return f;
}
#else
#define SEEK fseek
#define TELL ftell
typedef long file_offset;

static FILE *
open_utf8(const char *path)
{
	return fopen(path, "rb");
}
#endif

static cabscan_status
fail(cabscan_error *err, cabscan_status status, const char *path,
     const char *what, const char *why)
{
	if (err) {
		err->status = status;
		snprintf(err->message, sizeof(err->message), "%s: %s%s%s", path,
		         what, *why ? ": " : "", why);
	}
	return status;
}

static bool
grow(uint8_t **data, size_t *room, size_t more)
{
	uint8_t *bigger = more > *room ? realloc(*data, more) : NULL;

	if (!bigger)
		return false;
	*data = bigger;
	*room = more;
	return true;
}

/* What a file says of its size; a pipe says nothing. */
static uint64_t
size_of(FILE *f)
{
	file_offset size = SEEK(f, 0, SEEK_END) == 0 ? TELL(f) : -1;

	return size > 0 && SEEK(f, 0, SEEK_SET) == 0 ? (uint64_t)size : 0;
}

/* The size is a hint: a file may grow, and some say 0.  One that ends before it
 * was cut while it was read.  One that says too much is refused as soon as it
 * has given something: directories say anything, and give nothing. */
static cabscan_status
read_all(FILE *f, const char *path, uint64_t limit, uint8_t **ret,
         size_t *ret_len, cabscan_error *err)
{
	uint64_t size = size_of(f);
	size_t len = 0, room = 0, got = 1;

	*ret = NULL;
	while (got > 0 && len <= limit && (len == 0 || size <= limit)) {
		if (len == room && !grow(ret, &room, room ? room * 2
		                         : size > 0 && size <= limit
		                         ? (size_t)size + 1 : FIRST_ROOM))
			return fail(err, CABSCAN_ENOMEM, path, "out of memory", "");
		got = fread(*ret + len, 1, room - len, f);
		len += got;
	}
	*ret_len = len;
	if (ferror(f))
		return fail(err, CABSCAN_EIO, path, "cannot be read",
		            strerror(errno));
	if (len > limit || (len > 0 && size > limit))
		return fail(err, CABSCAN_ELIMIT, path,
		            "is larger than the limit for one input", "");
	if (len < size)
		return fail(err, CABSCAN_EIO, path, "ends before its size", "");
	return CABSCAN_OK;
}

cabscan_status
cs_read_file(const char *path, uint64_t limit, uint8_t **ret, size_t *ret_len,
             cabscan_error *err)
{
	FILE *f = open_utf8(path);
	uint8_t *data;
	size_t len = 0;
	cabscan_status status;

	if (!f)
		return fail(err, CABSCAN_EIO, path, "cannot be opened",
		            strerror(errno));
	status = read_all(f, path, limit, &data, &len, err);
	fclose(f);
	if (status != CABSCAN_OK) {
		free(data);
		return status;
	}
	*ret = data;
	*ret_len = len;
	return CABSCAN_OK;
}

/* ---- in windows ----------------------------------------------------------- */

/* A chunk of an event log.  Larger ones are no faster, and what the allocator
 * gives back to the system costs page faults for each file. */
#define WINDOW ((size_t)64 * 1024)

/* Bytes that are read at least: the beginning of a log. */
#define LEAST ((size_t)8 * 1024)

struct cs_file {
	FILE *file;
	uint64_t pos;           /* where the system is in the file */
	uint64_t size;          /* when it was opened */
	uint64_t at;            /* of the window */
	size_t len;
	bool failed;
	uint8_t window[WINDOW];
};

struct cs_file *
cs_file_open(const char *path, uint64_t *ret_size)
{
	struct cs_file *f = malloc(sizeof(*f));
	file_offset size = -1;

	if (!f)
		return NULL;
	f->at = f->len = 0;
	f->pos = UINT64_MAX;
	f->failed = false;
	f->file = open_utf8(path);
	if (f->file && SEEK(f->file, 0, SEEK_END) == 0)
		size = TELL(f->file);
	if (size < 0) {
		cs_file_close(f);
		return NULL;
	}
	setvbuf(f->file, NULL, _IONBF, 0);
	*ret_size = f->size = (uint64_t)size;
	return f;
}

size_t
cs_file_read(struct cs_file *f, uint64_t at, uint8_t *to, size_t len)
{
	size_t got = 0;

	if (at > INT64_MAX || (at != f->pos &&
	    SEEK(f->file, (file_offset)at, SEEK_SET) != 0))
		f->failed = true;
	else
		got = fread(to, 1, len, f->file);
	f->failed |= ferror(f->file) != 0 ||
	             (got < len && at < f->size && got < f->size - at);
	f->pos = f->failed ? UINT64_MAX : at + got;
	return got;
}

cs_bytes
cs_file_at(struct cs_file *f, uint64_t at, size_t len)
{
	if (len > WINDOW)
		len = WINDOW;
	if (at < f->at || at - f->at > f->len || len > f->len - (size_t)(at - f->at)) {
		f->at = at;
		f->len = cs_file_read(f, at, f->window, len > LEAST ? len : LEAST);
	}
	return cs_slice((cs_bytes){ f->window, f->len }, (size_t)(at - f->at), len);
}

bool
cs_file_failed(const struct cs_file *f)
{
	return f->failed;
}

void
cs_file_close(struct cs_file *f)
{
	if (f && f->file)
		fclose(f->file);
	free(f);
}
