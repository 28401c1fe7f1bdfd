/*
 * cli.h - the parts of the command line program
 *
 *     main.c      which command; the scanner that all of them share
 *     scan.c      cases, reports, exit code: what cabscan does without a command
 *     explain.c   one code, event or cause; why a case has a cause or not
 *     knowledge.c lists, searches and checks what is known
 *     options.c   one table that parses the options and prints the help
 *     inputs.c    which files make which case
 *     files.c     directories and the output file
 *     sys.h       what differs between systems
 */
#ifndef CLI_H
#define CLI_H

#include "cabscan.h"

#include <stdbool.h>
#include <stdio.h>

/* The highest one that applies wins, in the order 2, 4, 3, 1, 0. */
enum exit_code {
	EXIT_DONE = 0, EXIT_FAIL_ON = 1, EXIT_USAGE = 2, EXIT_UNREADABLE = 3,
	EXIT_OUTPUT = 4
};

struct options {
	const char *format, *output, *fail_on, *cause, *kind;
	const char **knowledge;
	size_t n_knowledge;
	const char **paths;             /* or other words */
	size_t n_paths;
	bool all, help, version;
};

/* What the program does, by the first word after its name. */
struct command {
	const char *name;               /* "" : where none is named */
	const char *words;              /* that follow the options */
	const char *about;              /* lines of the help */
	const char *options;            /* their letters */
	bool needs_words;
	int (*run)(const struct options *, cabscan *);
};

extern const struct command commands[];         /* main.c; ends with a NULL */
int run_scan(const struct options *o, cabscan *cs);
int run_explain(const struct options *o, cabscan *cs);
int run_knowledge(const struct options *o, cabscan *cs);

/* argv[first] is the first argument of the command.  False: a usage error,
 * already printed. */
bool parse_options(const struct command *c, int argc, char **argv, int first,
                   struct options *ret);
void free_options(struct options *o);
void print_help(const struct command *c, FILE *to);

/* A cabscan_write_fn; 'user' is a FILE. */
int write_out(void *user, const void *bytes, size_t len);

/* The files of one device. */
struct device {
	char *source;
	cabscan_input *inputs;
	size_t n;
};

struct devices {
	struct device *at;
	size_t n;
	char *stdin_bytes;
	bool unreadable;                /* some file was, already printed */
	size_t n_refused;               /* paths that make no case for that */
	bool out_of_memory;
};

void group_inputs(const struct options *o, struct devices *ret);
void free_devices(struct devices *d);

/* files.c */
/* One line on stderr: "WHAT: WHY", or "WHAT" for a NULL; control characters
 * of names do not reach the terminal. */
void print_problem(const char *what, const char *why);
/* What a terminal may show of a foreign name; the rest as question marks. */
void print_plain(const char *text, FILE *to);
bool can_read(const char *path);
struct entry {
	char *path;                     /* directory and name */
	bool is_directory;
};

struct listing {
	struct entry *at;               /* sorted by name */
	size_t n;
};

bool is_directory(const char *path);
/* False: it cannot be read; errno says why. */
bool list_directory(const char *path, struct listing *ret);
void free_listing(struct listing *l);
/* The first bytes; returns how many. */
size_t read_head(const char *path, unsigned char *head, size_t room);
/* All of stdin; NULL: out of memory or unreadable. */
char *read_stdin(size_t *ret_len);
const char *base_name(const char *path);
char *path_join(const char *directory, const char *name);
char *copy_text(const char *text, size_t len);

/* A file that appears whole or not at all; NULL path: standard output. */
struct output {
	FILE *file;
	char *final, *temporary;
};
bool output_open(struct output *o, const char *path);
bool output_close(struct output *o, bool keep);

#endif
