/* main.c - which command; the scanner that all of them share */
#include "cli.h"
#include "sys.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

const struct command commands[] = {
	{ "", "PATH...",
	  "Why a Windows device failed Autopilot TPM attestation, from its\n"
	  "diagnostics CAB.\n\n"
	  "PATH is a CAB, a directory with CABs or with the files of one, a\n"
	  "file out of a CAB, or - for standard input.  Files named after a\n"
	  "CAB (X.tpmtool.txt beside X.cab) join its case.\n",
	  "fokFhV", true, run_scan },
	{ "explain", "WHAT... | PATH... --cause ID",
	  "What is known of a code in any spelling, of a service code, a symbol,\n"
	  "'event CHANNEL/ID', 'cause ID', a fact, a step; or why the case of\n"
	  "these files has that cause, or the first condition that it lacks.\n",
	  "ckh", true, run_explain },
	{ "knowledge", "[WORD...]",
	  "Lists what cabscan knows: all of it, or the entries that hold every\n"
	  "WORD, each with kind, name, file and line, source and the day on which\n"
	  "it was checked.  With --knowledge it also checks that file.\n",
	  "ktah", false, run_knowledge },
	{ NULL, NULL, NULL, NULL, false, NULL },
};

static bool
learn_file(cabscan *cs, const char *path)
{
	FILE *f = open_path(path, "rb");
	char *text = NULL;
	size_t len = 0, room = 0, got = 1;
	cabscan_error err = { CABSCAN_OK, "" };

	while (f && got > 0) {
		if (len == room) {
			char *more = realloc(text, room += 65536);

			if (!more)
				break;
			text = more;
		}
		got = fread(text + len, 1, room - len, f);
		len += got;
	}
	if (!f || got > 0 || ferror(f))
		print_problem(path, "cannot be read");
	else if (cabscan_learn(cs, path, text, len, &err) != CABSCAN_OK)
		print_problem(err.message, NULL);
	else
		got = SIZE_MAX;
	free(text);
	if (f)
		fclose(f);
	return got == SIZE_MAX;
}

/* SOURCE_DATE_EPOCH stands in for the clock, so that a report can be made
 * again. */
static uint64_t
today(void)
{
	const char *fixed = getenv("SOURCE_DATE_EPOCH");
	unsigned long long seconds = fixed ? strtoull(fixed, NULL, 10)
	                                   : (unsigned long long)time(NULL);

	return (seconds + 11644473600u) * 10000000u;
}

static cabscan *
make_scanner(const struct options *o)
{
	cabscan_error err;
	cabscan *cs = cabscan_new(&err);

	if (!cs) {
		print_problem(err.message, NULL);
		return NULL;
	}
	cabscan_set_today(cs, today());
	for (size_t i = 0; i < o->n_knowledge; i++)
		if (!learn_file(cs, o->knowledge[i])) {
			cabscan_free(cs);
			return NULL;
		}
	return cs;
}

static int
run(const struct command *c, const struct options *o)
{
	cabscan *cs;
	int code;

	if (o->help || o->version) {
		if (o->help)
			print_help(c, stdout);
		else
			printf("cabscan %s\n", cabscan_version());
		return ferror(stdout) || fclose(stdout) ? EXIT_OUTPUT : EXIT_DONE;
	}
	cs = make_scanner(o);
	if (!cs)
		return EXIT_USAGE;
	code = c->run(o, cs);
	cabscan_free(cs);
	return code;
}

/* A word that is no command is a path. */
static const struct command *
command_named(const char *word)
{
	for (const struct command *c = commands + 1; c->name; c++)
		if (strcmp(c->name, word) == 0)
			return c;
	return &commands[0];
}

int
cli_main(int argc, char **argv)
{
	const struct command *c = command_named(argc > 1 ? argv[1] : "");
	struct options o;
	int code = EXIT_USAGE;

	if (parse_options(c, argc, argv, *c->name ? 2 : 1, &o))
		code = run(c, &o);
	free_options(&o);
	return code;
}
