#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM ((size_t)256 * 1024)

#ifdef _WIN32
#include <windows.h>

static FILE *
open_utf8(const char *path)
{
	int n = MultiByteToWideChar(CP_UTF8, 0, path, -1, NULL, 0);
	wchar_t *wide = n > 0 ? malloc((size_t)n * sizeof(*wide)) : NULL;
	FILE *f = NULL;

	if (wide && MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, n) == n)
		f = _wfopen(wide, L"rb");
	free(wide);
	return f;
}
#else
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

/* What a file says of its size, and a byte to see its end; a pipe says
 * nothing. */
static size_t
first_room(FILE *f, uint64_t limit)
{
	long size = fseek(f, 0, SEEK_END) == 0 ? ftell(f) : -1;

	if (size >= 0 && fseek(f, 0, SEEK_SET) == 0 && (uint64_t)size <= limit)
		return (size_t)size + 1;
	return FIRST_ROOM;
}

/* The size is a hint: the file may grow, or lie about it. */
static cabscan_status
read_all(FILE *f, const char *path, uint64_t limit, uint8_t **ret,
         size_t *ret_len, cabscan_error *err)
{
	size_t len = 0, room = 0, got = 1;

	*ret = NULL;
	while (got > 0 && len <= limit) {
		if (len == room && !grow(ret, &room, room ? room * 2
		                                     : first_room(f, limit)))
			return fail(err, CABSCAN_ENOMEM, path, "out of memory", "");
		got = fread(*ret + len, 1, room - len, f);
		len += got;
	}
	*ret_len = len;
	if (ferror(f))
		return fail(err, CABSCAN_EIO, path, "cannot be read",
		            strerror(errno));
	if (len > limit)
		return fail(err, CABSCAN_ELIMIT, path,
		            "is larger than the limit for one input", "");
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
