/*
 * glob.c - patterns that no shell has expanded
 *
 * * and ? stay within a name, ** goes through directories, [a-z] is one
 * character of a set.
 */
#include "cli.h"
#include "sys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 32

#define WILD "*?["

/* The question mark of \\?\ is none. */
static size_t
unc_prefix(const char *path)
{
	return strncmp(path, "\\\\?\\", 4) == 0 ? 4 : 0;
}

bool
is_pattern(const char *path)
{
	return path[unc_prefix(path) + strcspn(path + unc_prefix(path), WILD)];
}

static bool
is_slash(char c)
{
	return c == '/' || c == '\\';
}

/* The set at p, which begins behind the [; NULL: it is not closed. */
static const char *
in_set(const char *p, char c, bool *ret)
{
	bool not = *p == '!' || *p == '^', found = false;

	p += not;
	for (bool first = true; *p && (first || *p != ']'); first = false) {
		if (p[1] == '-' && p[2] && p[2] != ']') {
			found |= c >= p[0] && c <= p[2];
			p += 3;
		} else {
			found |= name_letter(c) == name_letter(*p++);
		}
	}
	*ret = found != not && !is_slash(c);
	return *p == ']' ? p + 1 : NULL;
}

/* 'steps' bounds the work of patterns with many stars. */
static bool
matches(const char *p, const char *s, unsigned *steps)
{
	for (; *p; s++) {
		bool in = false;

		if (++*steps > 100000)
			return false;
		if (p[0] == '*') {
			bool deep = p[1] == '*';

			p += deep ? 2 : 1;
			if (deep && is_slash(*p) && matches(p + 1, s, steps))
				return true;
			for (;; s++) {
				if (matches(p, s, steps))
					return true;
				if (!*s || (!deep && is_slash(*s)))
					return false;
			}
		}
		if (!*s)
			return false;
		if (*p == '[') {
			p = in_set(p + 1, *s, &in);
			if (!p || !in)
				return false;
		} else if (*p == '?' ? is_slash(*s)
		           : name_letter(*p) != name_letter(*s) &&
		             !(is_slash(*p) && is_slash(*s))) {
			return false;
		} else {
			/* One character may be several bytes. */
			while (*p == '?' && (s[1] & 0xc0) == 0x80)
				s++;
			p++;
		}
	}
	return *s == '\0';
}

struct search {
	const char *pattern;
	unsigned depth;                 /* levels that the pattern can reach */
	struct listing *ret;
	size_t room;
	bool out_of_memory;
};

static void
keep(struct search *s, const struct entry *e)
{
	if (s->ret->n == s->room) {
		size_t room = s->room ? s->room * 2 : 64;
		struct entry *more = realloc(s->ret->at, room * sizeof(*more));

		if (!more) {
			s->out_of_memory = true;
			return;
		}
		s->ret->at = more;
		s->room = room;
	}
	s->ret->at[s->ret->n] = *e;
	s->ret->at[s->ret->n].path = copy_text(e->path, strlen(e->path));
	if (s->ret->at[s->ret->n].path)
		s->ret->n++;
	else
		s->out_of_memory = true;
}

/* "./" that the pattern does not have is not part of what it names. */
static void
look(struct search *s, const char *directory, unsigned depth)
{
	struct listing l;
	bool here = strcmp(directory, ".") == 0;

	if (!list_directory(directory, &l)) {
		if (errno != ENOENT && errno != ENOTDIR) {
			print_problem(directory, listing_error());
			s->ret->lacking = true;
		}
		return;
	}
	for (size_t i = 0; i < l.n && !s->out_of_memory; i++) {
		struct entry e = l.at[i];
		unsigned steps = 0;

		if (here)
			e.path += 2;
		if (matches(s->pattern, e.path, &steps))
			keep(s, &e);
		else if (e.is_directory && depth + 1 < s->depth &&
		         !is_link(e.path))
			look(s, e.path, depth + 1);
	}
	free_listing(&l);
}

bool
expand_pattern(const char *pattern, struct listing *ret)
{
	struct search s = { pattern, 1, ret, 0, false };
	size_t n = unc_prefix(pattern);
	size_t wild = n + strcspn(pattern + n, WILD);
	char *base;

	for (n = wild; n > 0 && !is_slash(pattern[n - 1]); )
		n--;
	*ret = (struct listing){ .at = NULL };
	base = n == 0 ? copy_text(".", 1)
	     : copy_text(pattern, n == 1 ? 1 : n - 1);
	if (!base)
		return false;
	for (const char *p = pattern + wild; *p; p++)
		s.depth += is_slash(*p);
	if (strstr(pattern, "**"))
		s.depth = MAX_DEPTH;
	look(&s, base, 0);
	free(base);
	return !s.out_of_memory;
}
