#include "console_win.h"

#include <fcntl.h>
#include <io.h>
#include <string.h>
#include <windows.h>

#define ROOM 4096

static struct stream {
	FILE *file;                     /* NULL: no console */
	int console, pipe;              /* what it was; the end that is read */
	HANDLE thread;
} streams[2];

/* Bytes up to a character that has only begun. */
static int
whole_characters(const unsigned char *bytes, int len)
{
	for (int back = 1; back <= 3 && back <= len; back++) {
		unsigned char c = bytes[len - back];
		int need = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;

		if (c >= 0xc0)
			return need > back ? len - back : len;
		if (c < 0x80)
			return len;
	}
	return len;
}

static void
show(int console, const unsigned char *bytes, int len)
{
	wchar_t text[ROOM + 4];
	HANDLE h = (HANDLE)_get_osfhandle(console);
	int n = len > 0 ? MultiByteToWideChar(CP_UTF8, 0, (const char *)bytes, len,
	                                      text, ROOM + 4) : 0;
	DWORD written = 0;

	for (int at = 0; at < n; at += (int)written)
		if (!WriteConsoleW(h, text + at, (DWORD)(n - at), &written, NULL) ||
		    written == 0)
			return;
}

static DWORD WINAPI
run(LPVOID stream)
{
	const struct stream *s = stream;
	unsigned char bytes[ROOM + 4];
	int kept = 0, got;

	while ((got = _read(s->pipe, bytes + kept, ROOM)) > 0) {
		int len = kept + got, whole = whole_characters(bytes, len);

		show(s->console, bytes, whole);
		kept = len - whole;
		memmove(bytes, bytes + whole, (size_t)kept);
	}
	show(s->console, bytes, kept);
	return 0;
}

static void
begin(struct stream *s, FILE *f)
{
	int fd = _fileno(f), ends[2];
	DWORD mode;

	if (!GetConsoleMode((HANDLE)_get_osfhandle(fd), &mode) ||
	    _pipe(ends, 16 * ROOM, _O_BINARY | _O_NOINHERIT) != 0)
		return;
	s->pipe = ends[0];
	s->console = _dup(fd);
	s->thread = s->console < 0 ? NULL : CreateThread(NULL, 0, run, s, 0, NULL);
	if (s->thread && _dup2(ends[1], fd) == 0)
		s->file = f;
	_close(ends[1]);
}

static void
end(struct stream *s)
{
	if (!s->file)
		return;
	fflush(s->file);
	/* The other end of the pipe is closed with that. */
	_dup2(s->console, _fileno(s->file));
	WaitForSingleObject(s->thread, INFINITE);
	CloseHandle(s->thread);
	_close(s->console);
	_close(s->pipe);
	s->file = NULL;
}

void
console_begin(void)
{
	begin(&streams[0], stdout);
	begin(&streams[1], stderr);
}

void
console_end(void)
{
	end(&streams[0]);
	end(&streams[1]);
}

bool
console_has(FILE *f)
{
	return f == streams[0].file || f == streams[1].file;
}
