/*
 * cli.h - the parts of the command line program
 *
 *     main.c           which command
 *     cmd_scan.c       cases and reports: what cabscan does without a command
 *     cmd_explain.c    one code, event or cause; why a case has a cause or not
 *     cmd_knowledge.c  lists, searches and checks what is known
 *     events.h         event logs, with its own parts
 *     history.h        stores, and devices over time, with its own parts
 *     batch.h          many inputs at once, with its own parts
 *     fleet/           many devices: groups, tables, evidence; fleet.h
 *     flags.h          options: one table parses them and prints the help
 *     scanner.c        a scanner with the knowledge that was asked for
 *     inputs.c         which files make which case
 *     folder.c         what the files of a directory are; beside.c: which of
 *                      them is named after which CAB
 *     files.c          directories and the output file
 *     private.h        --redact
 *     glob.c           patterns that no shell has expanded
 *     sys.h            what differs between systems
 */
#ifndef CLI_H
#define CLI_H

#include "cabscan.h"

#include <stdbool.h>
#include <stdio.h>

struct device_lists;

/* The highest one that applies wins, in the order 2, 4, 3, 1, 0. */
enum exit_code {
	EXIT_DONE = 0, EXIT_FAIL_ON = 1, EXIT_USAGE = 2, EXIT_UNREADABLE = 3,
	EXIT_OUTPUT = 4
};

/* Each takes the arguments from its own name on, and returns the exit
 * status. */
int cmd_scan(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_knowledge(int argc, char **argv);
int cmd_batch(int argc, char **argv);
int cmd_merge(int argc, char **argv);
int cmd_events(int argc, char **argv);
int cmd_fleet(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_history(int argc, char **argv);
int cmd_outcome(int argc, char **argv);

/* main.c: the lines that name the commands. */
void print_commands(FILE *to);
/* What the exit statuses mean, of a command that has --fail-on or not. */
void print_statuses(FILE *to, bool has_fail_on);

/* A cabscan_write_fn; 'user' is a FILE. */
int write_out(void *user, const void *bytes, size_t len);

struct entry {
	char *path;                     /* directory and name */
	bool is_directory;
};

struct listing {
	struct entry *at;               /* sorted by name */
	size_t n;
	bool lacking;                   /* of a pattern: some directory could not be
	                                 * read, which was printed */
};

/* The files of one device. */
struct device {
	char *source;
	cabscan_input *inputs;
	size_t n;
	char *problem;                  /* why it cannot be scanned, or NULL */
};

struct devices {
	struct device *at;
	size_t n;
	char *stdin_bytes;
	bool unreadable;                /* some file was, already printed */
	size_t n_refused;               /* paths that make no case for that */
	bool out_of_memory;
	const cabscan_redactor *redactor;       /* of what is printed, or NULL */
};

/* ---- beside.c ---- */

/* The files of a listing by their names, capitals or not. */
struct name_index {
	struct file_name *at;
	size_t n;
};
#define NO_ENTRY SIZE_MAX

/* False: out of memory. */
bool index_names(const struct listing *l, struct name_index *ret);
void free_names(struct name_index *x);
/* Which entry is the CAB that a file is named after: X.y.cab of X.y.txt, else
 * X.cab; NO_ENTRY: none. */
size_t cab_of(const struct name_index *x, const char *path);
/* The entries whose names begin as that of a CAB ("X."), in the order of the
 * listing, itself included; from malloc(), or NULL. */
size_t *named_after(const struct name_index *x, const char *cab, size_t *ret_n);

/* 'r' NULL: paths are printed as they are. */
void group_inputs(const char *const *paths, size_t n, const cabscan_redactor *r,
                  struct devices *ret);
/* NULL: out of memory, which the devices know. */
struct device *add_device(struct devices *d, const char *source);
void add_input(struct devices *d, struct device *to, const char *path,
               cabscan_input_kind kind);
/* The same for a path that the device does not have yet. */
void add_new_input(struct devices *d, struct device *to, const char *path,
                   cabscan_input_kind kind);
/* The files of an extracted folder, and of folders in it. */
void add_extracted(struct devices *d, size_t device, const struct listing *l,
                   unsigned levels);
/* A CAB that lies in every diagnostics CAB: never a case. */
bool is_nested(const char *path);
/* unit.c: by its first bytes, or by its name. */
bool is_zip(const char *path);
/* Capitals or not, as Windows compares names of files. */
bool same_file_name(const char *a, const char *b);
int compare_file_names(const char *a, const char *b);
bool ends_with(const char *text, const char *end);
bool begins_with(const char *text, const char *begin);
char *directory_of(const char *path);

/* More files than that beside a single CAB are somebody's downloads. */
#define MAX_BESIDE 16
/* A directory of extracted members has one level of folders (TPM\*.etl). */
#define MAX_LEVELS 4

void free_devices(struct devices *d);

/* ---- scanner.c ---- */
/* NULL: a mistake in knowledge or in --fail-on, already printed. */
cabscan *make_scanner(const char *const *knowledge, size_t n,
                      const char *fail_on);
/* False: one cannot be read, or is no such list; printed. */
bool learn_lists(cabscan *cs, const struct device_lists *l);
/* The time now, as cabscan.h has times. */
uint64_t today(void);
/* A verdict that is no failed attestation. */
bool is_harmless(const char *cause);
bool fail_on_applies(const char *list, const char *cause,
                     cabscan_confidence level);

/* files.c */
/* One line on stderr: "WHAT: WHY", or "WHAT" for a NULL; control characters
 * of names do not reach the terminal. */
void print_problem(const char *what, const char *why);
/* What a terminal may show of a foreign name; the rest as question marks. */
void print_plain(const char *text, FILE *to);
/* Bytes of the character at the front, and which it is; what is no UTF-8 is a
 * NUL of one byte. */
size_t text_character(const char *text, size_t len, unsigned *ret);
/* In a cell: = + - @ | % and their wide forms, behind any blanks.  A
 * spreadsheet would compute what follows. */
bool is_formula(const char *text, size_t len);
/* Controls, and marks that turn the direction of text. */
bool is_unshown(unsigned character);
/* Whether text is UTF-8 on one line without any of them. */
bool is_plain(const char *text);
/* Text made so, with U+FFFD for them; from malloc(), or NULL. */
char *plain_text(const char *text);
bool can_read(const char *path);
bool is_directory(const char *path);
/* False: it cannot be read, or has more entries than there is room for. */
bool list_directory(const char *path, struct listing *ret);
/* Why, after that. */
const char *listing_error(void);
void free_listing(struct listing *l);
/* The first bytes, and how many there are.  False: it cannot be read. */
bool read_head(const char *path, unsigned char *head, size_t room, size_t *ret);
/* All of a file was read: no read failed, and it did not end before its size. */
bool read_to_end(FILE *f, const char *path);
/* All of stdin; NULL: out of memory or unreadable. */
char *read_stdin(size_t *ret_len);
const char *base_name(const char *path);
char *path_join(const char *directory, const char *name);
char *copy_text(const char *text, size_t len);

/* ---- glob.c ---- */
bool is_pattern(const char *path);
/* The files and directories that match.  False: out of memory. */
bool expand_pattern(const char *pattern, struct listing *ret);

/* A file that appears whole or not at all; NULL path: standard output. */
struct output {
	FILE *file;
	char *final, *temporary;
};
bool output_open(struct output *o, const char *path);
bool output_close(struct output *o, bool keep);

#endif
