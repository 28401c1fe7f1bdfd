/*
 * cli.h - the parts of the command line program
 *
 *     main.c      the path: options, cases, reports, exit code
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
	const char *format, *output, *fail_on;
	const char **knowledge;
	size_t n_knowledge;
	const char **paths;
	size_t n_paths;
	bool help, version;
};

/* False: a usage error, already printed. */
bool parse_options(int argc, char **argv, struct options *ret);
void free_options(struct options *o);
void print_help(FILE *to);

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
