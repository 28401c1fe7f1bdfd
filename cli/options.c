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
	{ 'h', "help", NULL, "show this text", FLAG },
	{ 'V', "version", NULL, "show the version", FLAG },
};
#define N_DEFS (sizeof(defs) / sizeof(defs[0]))

void
print_help(FILE *to)
{
	fputs("Usage: cabscan [OPTION]... PATH...\n"
	      "Why a Windows device failed Autopilot TPM attestation, from its\n"
	      "diagnostics CAB.\n\n"
	      "PATH is a CAB, a directory with CABs or with the files of one, a\n"
	      "file out of a CAB, or - for standard input.  Files named after a\n"
	      "CAB (X.tpmtool.txt beside X.cab) join its case.\n\n", to);
	for (size_t i = 0; i < N_DEFS; i++) {
		char left[40];

		snprintf(left, sizeof(left), "-%c, --%s%s%s", defs[i].letter,
		         defs[i].name, defs[i].value ? " " : "",
		         defs[i].value && strlen(defs[i].value) < 8
		         ? defs[i].value : defs[i].value ? "WHAT" : "");
		fprintf(to, "  %-22s  %s\n", left, defs[i].help);
	}
	fputs("\nExit status: 0 done, 1 --fail-on was met, 2 usage, 3 some input\n"
	      "could not be read (the others were scanned), 4 output failed.\n", to);
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
	case 'h': o->help = true; break;
	default: o->version = true; break;
	}
}

/* --name, --name=value, -n, -nvalue; NULL: no such option. */
static const struct option_def *
find(const char *arg, const char **ret_value)
{
	*ret_value = NULL;
	for (size_t i = 0; i < N_DEFS; i++) {
		size_t n = strlen(defs[i].name);

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
one_option(char **argv, int argc, int *i, struct options *o)
{
	const char *value;
	const struct option_def *d = find(argv[*i], &value);

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

bool
parse_options(int argc, char **argv, struct options *ret)
{
	bool only_paths = false;

	*ret = (struct options){ .format = "text" };
	ret->paths = calloc((size_t)argc + 1, sizeof(*ret->paths));
	ret->knowledge = calloc((size_t)argc + 1, sizeof(*ret->knowledge));
	if (!ret->paths || !ret->knowledge)
		return complain("out of memory", "options");
	for (int i = 1; i < argc; i++) {
		if (only_paths || argv[i][0] != '-' || argv[i][1] == '\0')
			ret->paths[ret->n_paths++] = argv[i];
		else if (strcmp(argv[i], "--") == 0)
			only_paths = true;
		else if (!one_option(argv, argc, &i, ret))
			return false;
	}
	if (ret->help || ret->version)
		return true;
	if (ret->n_paths == 0)
		return complain("nothing to scan", "no PATH was given");
	return known_format(ret->format);
}

void
free_options(struct options *o)
{
	free(o->paths);
	free(o->knowledge);
}
