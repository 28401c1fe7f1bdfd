/* files.c - directories, heads of files and the output */
#include "cli.h"
#include "sys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Entries of one directory that are looked at: some 100 MB of names. */
#ifndef MAX_ENTRIES
#define MAX_ENTRIES 1000000
#endif

bool
is_directory(const char *path)
{
	return path_kind(path) == PATH_DIRECTORY;
}

bool
can_read(const char *path)
{
	FILE *f = open_path(path, "rb");

	if (f)
		fclose(f);
	return f != NULL;
}

/* The bytes of the character at p; 0: no valid UTF-8. */
static size_t
character(const unsigned char *p, unsigned *ret)
{
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2
	         : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;

	if (n == 0)
		return 0;
	*ret = n == 1 ? p[0] : p[0] - (n == 2 ? 0xc0u : n == 3 ? 0xe0u : 0xf0u);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*ret = *ret << 6 | (p[i] & 0x3fu);
	}
	return (n == 3 && (*ret < 0x800 || (*ret >= 0xd800 && *ret < 0xe000))) ||
	       (n == 4 && (*ret < 0x10000 || *ret > 0x10ffff)) ? 0 : n;
}

size_t
text_character(const char *text, size_t len, unsigned *ret)
{
	unsigned char p[5] = { 0 };
	size_t n;

	memcpy(p, text, len < 4 ? len : 4);
	n = character(p, ret);
	if (n == 0)
		*ret = 0;
	return n ? n : 1;
}

bool
is_unshown(unsigned c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e ||
	       c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

bool
is_formula(const char *text, size_t len)
{
	static const char *const wide[] = {
		"\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0",
		"\xe2\x88\x92",
	};

	while (len > 0 && (unsigned char)*text <= 0x20) {
		text++;
		len--;
	}
	for (size_t i = 0; len >= 3 && i < sizeof(wide) / sizeof(wide[0]); i++)
		if (memcmp(text, wide[i], 3) == 0)
			return true;
	return len > 0 && memchr("=+-@|%", *text, 6) != NULL;
}

void
print_plain(const char *text, FILE *to)
{
	const unsigned char *p = (const unsigned char *)text;

	while (*p) {
		unsigned c = 0;
		size_t n = character(p, &c);

		if (n == 0 || is_unshown(c))
			fputc('?', to);
		else
			fwrite(p, 1, n, to);
		p += n ? n : 1;
	}
}

bool
is_plain(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	while (*p) {
		unsigned c = *p;
		size_t n = c < 0x7f ? 1 : character(p, &c);

		if (n == 0 || is_unshown(c))
			return false;
		p += n;
	}
	return true;
}

char *
plain_text(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	char *plain = malloc(strlen(text) * 3 + 1), *to = plain;

	while (plain && *p) {
		unsigned c = 0;
		size_t n = character(p, &c);

		if (*p == '\n' || *p == '\t' || *p == '\r') {
			*to++ = ' ';
		} else if (n == 0 || is_unshown(c)) {
			memcpy(to, "\xef\xbf\xbd", 3);
			to += 3;
		} else {
			memcpy(to, p, n);
			to += n;
		}
		p += n ? n : 1;
	}
	if (plain)
		*to = '\0';
	return plain;
}

void
print_problem(const char *what, const char *why)
{
	keep_stream(stderr);            /* workers say things, too */
	fputs("cabscan: ", stderr);
	print_plain(what, stderr);
	if (why) {
		fputs(": ", stderr);
		print_plain(why, stderr);
	}
	fputc('\n', stderr);
	give_stream(stderr);
}

const char *
base_name(const char *path)
{
	const char *base = path;

	for (; *path; path++)
		if (*path == '/' || *path == '\\')
			base = path + 1;
	return base;
}

char *
copy_text(const char *text, size_t len)
{
	char *copy = malloc(len + 1);

	if (copy) {
		memcpy(copy, text, len);
		copy[len] = '\0';
	}
	return copy;
}

char *
path_join(const char *directory, const char *name)
{
	size_t a = strlen(directory), b = strlen(name);
	bool slash = a > 0 && directory[a - 1] != '/' && directory[a - 1] != '\\';
	char *path = malloc(a + b + 2);

	if (!path)
		return NULL;
	memcpy(path, directory, a);
	if (slash)
		path[a++] = path_separator(directory);
	memcpy(path + a, name, b + 1);
	return path;
}

static int
by_path(const void *x, const void *y)
{
	return strcmp(((const struct entry *)x)->path,
	              ((const struct entry *)y)->path);
}

struct filling {
	struct listing *list;
	const char *directory;
	size_t room;
	bool failed;                    /* out of memory */
	bool cut;                       /* there are more than MAX_ENTRIES */
};

/* Devices and pipes are left out: reading one could wait for ever. */
static bool
add_entry(void *user, const char *name)
{
	struct filling *f = user;
	struct listing *l = f->list;
	char *path = path_join(f->directory, name);
	enum path_kind kind = path ? path_kind(path) : PATH_NONE;
	struct entry *more;

	if (!path || (kind != PATH_FILE && kind != PATH_DIRECTORY &&
	              kind != PATH_NONE)) {
		f->failed = !path;
		free(path);
		return !f->failed;
	}
	if (l->n == MAX_ENTRIES) {
		f->cut = true;
		free(path);
		return false;
	}
	if (l->n == f->room) {
		f->room = f->room ? f->room * 2 : 64;
		more = realloc(l->at, f->room * sizeof(*more));
		if (!more) {
			f->failed = true;
			free(path);
			return false;
		}
		l->at = more;
	}
	l->at[l->n++] = (struct entry){ path, kind == PATH_DIRECTORY };
	return true;
}

bool
list_directory(const char *path, struct listing *ret)
{
	struct filling f = { ret, path, 0, false, false };

	*ret = (struct listing){ .at = NULL };
	if (!each_entry(path, add_entry, &f) || f.failed) {
		if (f.failed)
			errno = ENOMEM;
		free_listing(ret);
		return false;
	}
	if (f.cut) {
		free_listing(ret);
		errno = E2BIG;
		return false;
	}
	if (ret->n > 1)
		qsort(ret->at, ret->n, sizeof(*ret->at), by_path);
	return true;
}

#define DIGITS_OF(n) #n
#define TEXT_OF(n) DIGITS_OF(n)

const char *
listing_error(void)
{
	return errno == E2BIG ? "has more than " TEXT_OF(MAX_ENTRIES) " entries"
	                      : strerror(errno);
}

void
free_listing(struct listing *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->at[i].path);
	free(l->at);
	*l = (struct listing){ .at = NULL };
}

bool
read_to_end(FILE *f, const char *path)
{
	uint64_t size, written;
	long at = ftell(f);

	return !ferror(f) && (at < 0 || !file_stamp(path, &size, &written) ||
	                      (uint64_t)at >= size);
}

bool
read_head(const char *path, unsigned char *head, size_t room, size_t *ret)
{
	FILE *f = open_path(path, "rb");
	bool ok = f != NULL;

	*ret = f ? fread(head, 1, room, f) : 0;
	if (f && *ret < room)
		ok = read_to_end(f, path);
	if (f)
		fclose(f);
	return ok;
}

char *
read_stdin(size_t *ret_len)
{
	size_t len = 0, room = (size_t)1 << 20, got = 1;
	char *bytes = malloc(room);

	while (bytes && got > 0) {
		got = fread(bytes + len, 1, room - len, stdin);
		len += got;
		if (len == room) {
			char *more = realloc(bytes, room * 2);

			if (!more)
				break;
			bytes = more;
			room *= 2;
		}
	}
	if (bytes && (got > 0 || ferror(stdin))) {
		free(bytes);
		return NULL;
	}
	*ret_len = len;
	return bytes;
}

bool
output_open(struct output *o, const char *path)
{
	*o = (struct output){ .file = stdout };
	if (!path)
		return true;
	/* A terminal or /dev/null is written to, never replaced by a file. */
	if (path_kind(path) == PATH_OTHER) {
		o->file = open_path(path, "wb");
		return o->file != NULL;
	}
	o->final = copy_text(path, strlen(path));
	o->temporary = malloc(strlen(path) + 6);
	if (!o->final || !o->temporary)
		return false;
	snprintf(o->temporary, strlen(path) + 6, "%s.part", path);
	o->file = open_path(o->temporary, "wb");
	return o->file != NULL;
}

/* A report that could not be written is not a report. */
bool
output_close(struct output *o, bool keep)
{
	bool ok = true;

	if (o->file) {
		ok = !ferror(o->file);
		ok = (o->file == stdout ? fflush(stdout) : fclose(o->file)) == 0 &&
		     ok;
	}
	if (o->file && o->temporary) {
		if (ok && keep)
			ok = rename_path(o->temporary, o->final);
		if (!ok || !keep)
			remove_path(o->temporary);
	}
	free(o->final);
	free(o->temporary);
	return ok;
}
