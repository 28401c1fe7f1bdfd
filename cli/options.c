#include "cli.h"

#include <stdlib.h>
#include <string.h>

enum kind { FLAG, VALUE, LIST };

static const struct option_def {
	char letter;
	const char *name, *value, *help;
	enum kind kind;
} defs[] = {
	{ 'f', "format", "NAME", "text (default), json, ndjson or facts", VALUE },
	{ 'o', "output", "FILE", "write there; the file appears whole or not at all",
	  VALUE },
	{ 'k', "knowledge", "FILE", "add knowledge, or replace some; may be repeated",
	  LIST },
	{ 'F', "fail-on", "LEVEL|CAUSE[,...]",
	  "exit 1 on this confidence (possible, likely,\n"
	  "                          certain) or more, or on these causes", VALUE },
	{ 'c', "cause", "ID", "why the case has this cause, or has it not", VALUE },
	{ 't', "kind", "NAME", "only entries of this kind: code, event, fact, cause, ...",
	  VALUE },
	{ 'a', "all", NULL, "show each entry as it is written, and those that were\n"
	  "                          replaced or switched off", FLAG },
	{ 'h', "help", NULL, "show this text", FLAG },
	{ 'V', "version", NULL, "show the version", FLAG },
};
#define N_DEFS (sizeof(defs) / sizeof(defs[0]))

void
print_help(const struct command *c, FILE *to)
{
	fprintf(to, "Usage: cabscan %s%s[OPTION]... %s\n%s\n", c->name,
	        *c->name ? " " : "", c->words, c->about);
	for (size_t i = 0; i < N_DEFS; i++) {
		char left[40];

		if (!strchr(c->options, defs[i].letter))
			continue;
		snprintf(left, sizeof(left), "-%c, --%s%s%s", defs[i].letter,
		         defs[i].name, defs[i].value ? " " : "",
		         defs[i].value && strlen(defs[i].value) < 8
		         ? defs[i].value : defs[i].value ? "WHAT" : "");
		fprintf(to, "  %-22s  %s\n", left, defs[i].help);
	}
	fputs("\nExit status: 0 done, 1 --fail-on was met, 2 usage, 3 some input\n"
	      "could not be read (the others were scanned), 4 output failed.\n", to);
	if (*c->name)
		return;
	fputs("\nCommands: ", to);
	for (c = commands + 1; c->name; c++)
		fprintf(to, "%s%s", c->name, c[1].name ? ", " : "");
	fputs(" (cabscan COMMAND --help).\nA path of such a name: ./NAME.\n", to);
}

static bool
complain(const char *what, const char *which)
{
	print_problem(what, which);
	fputs("Try 'cabscan --help'.\n", stderr);
	return false;
}

static void
set(struct options *o, const struct option_def *d, const char *value)
{
	switch (d->letter) {
	case 'f': o->format = value; break;
	case 'o': o->output = value; break;
	case 'F': o->fail_on = value; break;
	case 'k': o->knowledge[o->n_knowledge++] = value; break;
	case 'c': o->cause = value; break;
	case 't': o->kind = value; break;
	case 'a': o->all = true; break;
	case 'h': o->help = true; break;
	default: o->version = true; break;
	}
}

/* --name, --name=value, -n, -nvalue; NULL: no such option. */
static const struct option_def *
find(const struct command *c, const char *arg, const char **ret_value)
{
	*ret_value = NULL;
	for (size_t i = 0; i < N_DEFS; i++) {
		size_t n = strlen(defs[i].name);

		if (!strchr(c->options, defs[i].letter))
			continue;
		if (arg[1] == '-' && strncmp(arg + 2, defs[i].name, n) == 0 &&
		    (arg[2 + n] == '\0' || arg[2 + n] == '=')) {
			if (arg[2 + n] == '=')
				*ret_value = arg + 3 + n;
			return &defs[i];
		}
		if (arg[1] == defs[i].letter) {
			if (arg[2])
				*ret_value = arg + 2;
			return &defs[i];
		}
	}
	return NULL;
}

static bool
one_option(const struct command *c, char **argv, int argc, int *i,
           struct options *o)
{
	const char *value;
	const struct option_def *d = find(c, argv[*i], &value);

	if (!d)
		return complain("no such option", argv[*i]);
	if (d->kind == FLAG && value)
		return complain("takes no value", argv[*i]);
	if (d->kind != FLAG && !value) {
		if (*i + 1 >= argc)
			return complain("a value is missing after", argv[*i]);
		value = argv[++*i];
	}
	set(o, d, value);
	return true;
}

static bool
known_format(const char *name)
{
	const char *f;

	for (size_t i = 0; (f = cabscan_report_format(i)) != NULL; i++)
		if (strcmp(f, name) == 0)
			return true;
	return complain("no such format", name);
}

/* A negative number is a code in decimal. */
static bool
is_option(const char *arg)
{
	return arg[0] == '-' && arg[1] != '\0' &&
	       !(arg[1] >= '0' && arg[1] <= '9');
}

bool
parse_options(const struct command *c, int argc, char **argv, int first,
              struct options *ret)
{
	bool only_paths = false;

	*ret = (struct options){ .format = "text" };
	ret->paths = calloc((size_t)argc + 1, sizeof(*ret->paths));
	ret->knowledge = calloc((size_t)argc + 1, sizeof(*ret->knowledge));
	if (!ret->paths || !ret->knowledge)
		return complain("out of memory", "options");
	for (int i = first; i < argc; i++) {
		if (only_paths || !is_option(argv[i]))
			ret->paths[ret->n_paths++] = argv[i];
		else if (strcmp(argv[i], "--") == 0)
			only_paths = true;
		else if (!one_option(c, argv, argc, &i, ret))
			return false;
	}
	if (ret->help || ret->version)
		return true;
	if (ret->n_paths == 0 && c->needs_words)
		return complain(*c->name ? c->name : "nothing to scan",
		                *c->name ? "nothing was asked"
		                         : "no PATH was given");
	return known_format(ret->format);
}

void
free_options(struct options *o)
{
	free(o->paths);
	free(o->knowledge);
}
