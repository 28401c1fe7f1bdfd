/* main.c - which command */
#include "cli.h"
#include "sys.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const struct command {
	const char *name, *does;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "batch", "many CABs at once: rows, tables, JUnit, SARIF", cmd_batch },
	{ "merge", "the row files of several batches into one report", cmd_merge },
	{ "fleet", "many devices: groups, what is model-wide, tables for makers",
	  cmd_fleet },
	{ "events", "the records of event logs: text, XML, JSON lines, CSV",
	  cmd_events },
	{ "diff", "what changed between two cases", cmd_diff },
	{ "history", "one device over time, from a store", cmd_history },
	{ "outcome", "keep what fixed a device; how good verdicts were",
	  cmd_outcome },
	{ "explain", "a code, an event, a cause; why a case has it or not",
	  cmd_explain },
	{ "knowledge", "lists, searches and checks what cabscan knows",
	  cmd_knowledge },
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

void
print_commands(FILE *to)
{
	fputs("\nCommands (cabscan COMMAND --help; a path of such a name: ./NAME):\n",
	      to);
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(to, "  %-10s  %s\n", commands[i].name, commands[i].does);
}

void
print_statuses(FILE *to, bool has_fail_on)
{
	fprintf(to, "\nExit status: 0 done, %s2 usage, 3 some input\n"
	        "could not be read (the others were scanned), 4 output failed.\n",
	        has_fail_on ? "1 --fail-on was met, " : "");
}

/* A report that lacks what there was no memory for is none, and jansson's
 * parser does not survive without: the process ends, and says so. */
static void *
memory_for_json(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (!p) {
		print_problem("out of memory", NULL);
		_Exit(EXIT_OUTPUT);
	}
	return p;
}

static int
run_command(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < N_COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	return cmd_scan(argc, argv);
}

/* What was said is said when it has left. */
int
cli_main(int argc, char **argv)
{
	int code;

	json_set_alloc_funcs(memory_for_json, free);
	code = run_command(argc, argv);

	if ((fflush(stdout) != 0 || ferror(stdout)) && code != EXIT_OUTPUT) {
		print_problem("standard output", "could not be written");
		return code == EXIT_USAGE ? code : EXIT_OUTPUT;
	}
	return code;
}
