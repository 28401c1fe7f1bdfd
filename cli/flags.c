#include "flags.h"

#include "cli.h"
#include "sys.h"

#include <stdlib.h>
#include <string.h>

#define MAX_JOBS 1024

bool
wrong_usage(const char *command, const char *what, const char *which)
{
	print_problem(what, which);
	fprintf(stderr, "Try 'cabscan%s%s --help'.\n", *command ? " " : "",
	        command);
	return false;
}

/* --name, --name=value, -n, -nvalue; NULL: no such option. */
static const struct flag *
find(const struct flag *flags, size_t n, const char *arg, const char **ret_value)
{
	*ret_value = NULL;
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(flags[i].name);

		if (arg[1] == '-' && strncmp(arg + 2, flags[i].name, len) == 0 &&
		    (arg[2 + len] == '\0' || arg[2 + len] == '=')) {
			if (arg[2 + len] == '=')
				*ret_value = arg + 3 + len;
			return &flags[i];
		}
		if (arg[1] != '-' && flags[i].letter && arg[1] == flags[i].letter) {
			if (arg[2])
				*ret_value = arg + 2;
			return &flags[i];
		}
	}
	return NULL;
}

/* A negative number is a code in decimal. */
static bool
is_option(const char *arg)
{
	return arg[0] == '-' && arg[1] != '\0' &&
	       !(arg[1] >= '0' && arg[1] <= '9');
}

/* A pattern that matches nothing stays as it is and fails as a path. */
static bool
add_path(struct flag_list *paths, const char *arg, size_t n_after)
{
	struct listing found = { NULL, 0 };
	const char **at = NULL;
	char **made = NULL;

	if (!shell_expands() && is_pattern(arg) && path_kind(arg) == PATH_NONE &&
	    !expand_pattern(arg, &found))
		return false;
	if (found.n == 0) {
		paths->at[paths->n++] = arg;
		return true;
	}
	at = realloc(paths->at, (paths->n + found.n + n_after + 1) * sizeof(*at));
	if (at)
		paths->at = at;
	made = realloc(paths->made, (paths->n_made + found.n) * sizeof(*made));
	if (made)
		paths->made = made;
	for (size_t i = 0; at && made && i < found.n; i++) {
		at[paths->n++] = found.at[i].path;
		made[paths->n_made++] = found.at[i].path;
		found.at[i].path = NULL;
	}
	free_listing(&found);
	return at && made;
}

bool
parse_flags(const char *command, int argc, char **argv, const struct flag *flags,
            size_t n, struct flag_list *paths)
{
	bool only_paths = false;

	for (int i = 1; i < argc; i++) {
		const char *value;
		const struct flag *f;

		if (only_paths || !is_option(argv[i])) {
			if (!add_path(paths, argv[i], (size_t)(argc - i))) {
				print_problem("out of memory", NULL);
				return false;
			}
			continue;
		}
		if (strcmp(argv[i], "--") == 0) {
			only_paths = true;
			continue;
		}
		f = find(flags, n, argv[i], &value);
		if (!f)
			return wrong_usage(command, "no such option", argv[i]);
		if (!f->value && value)
			return wrong_usage(command, "takes no value", argv[i]);
		if (f->value && !value) {
			if (i + 1 >= argc)
				return wrong_usage(command, "a value is missing after",
				                argv[i]);
			value = argv[++i];
		}
		if (f->on)
			*f->on = true;
		if (f->text)
			*f->text = value;
		if (f->list)
			f->list->at[f->list->n++] = value;
	}
	return true;
}

bool
parse_jobs(const char *command, const char *text, size_t least, size_t *ret)
{
	size_t n = text ? 0 : least ? 0 : 1;

	for (const char *t = text; t && *t; t++) {
		if (*t < '0' || *t > '9' || n > MAX_JOBS)
			n = MAX_JOBS;
		n = n * 10 + (size_t)(*t - '0');
	}
	if (text && (!*text || n < least || n > MAX_JOBS))
		return wrong_usage(command, least ? "--jobs is not 1 to 1024"
		                   : "--jobs is not 0 to 1024", text);
	*ret = n ? n : count_cores();
	return true;
}

bool
flag_lists(int argc, struct flag_list *a, struct flag_list *b)
{
	size_t room = (size_t)argc + 1;

	*a = (struct flag_list){ calloc(room, sizeof(*a->at)), 0 };
	*b = (struct flag_list){ calloc(room, sizeof(*b->at)), 0 };
	if (!a->at || !b->at)
		print_problem("out of memory", NULL);
	return a->at && b->at;
}

void
free_flag_list(struct flag_list *l)
{
	for (size_t i = 0; i < l->n_made; i++)
		free(l->made[i]);
	free(l->made);
	free(l->at);
}

void
free_flag_lists(struct flag_list *a, struct flag_list *b)
{
	free_flag_list(a);
	free_flag_list(b);
}

void
print_flags(FILE *to, const struct flag *flags, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char left[60], letter[5] = "    ";

		if (flags[i].letter)
			snprintf(letter, sizeof(letter), "-%c, ", flags[i].letter);
		snprintf(left, sizeof(left), "%s--%s%s%s", letter, flags[i].name,
		         flags[i].value ? " " : "",
		         flags[i].value ? flags[i].value : "");
		fprintf(to, "  %-26s  %s\n", left, flags[i].help);
	}
}
