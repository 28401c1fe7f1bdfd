/* flags.h - one table of options parses a command line and prints its help */
#ifndef CLI_FLAGS_H
#define CLI_FLAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct flag {
	char letter;                    /* 0: has none */
	const char *name, *value;       /* value NULL: takes none */
	const char *help;
	/* Where it goes: a bool for a flag without a value, a text, or a list. */
	bool *on;
	const char **text;
	struct flag_list *list;
};

struct flag_list {
	const char **at;                /* room for as many as there are arguments */
	size_t n;
	char **made;                    /* those that are no arguments */
	size_t n_made;
};

/* Lists of devices that come with the CABs. */
struct device_lists {
	struct flag_list intune, inventory;
};

#define DEVICE_LIST_FLAGS(lists) \
	{ 0, "intune", "FILE", "what Intune exports: Autopilot devices,\n" \
	  "                              deployments (CSV, JSON); may be repeated", \
	  .list = &(lists)->intune }, \
	{ 0, "inventory", "FILE", "a table of serial numbers, models and BIOS\n" \
	  "                              (CSV, JSON); may be repeated", \
	  .list = &(lists)->inventory }
#define N_DEVICE_LIST_FLAGS 2

/* What is no option goes to 'paths'; where the shell does not expand patterns,
 * so does what they match.  False: printed. */
bool parse_flags(const char *command, int argc, char **argv,
                 const struct flag *flags, size_t n, struct flag_list *paths);
/* Says on stderr what is wrong with the arguments, and where to look; always
 * false. */
bool wrong_usage(const char *command, const char *what, const char *which);
/* Room for as many as there are arguments.  False: out of memory, printed. */
bool flag_lists(int argc, struct flag_list *a, struct flag_list *b);
void free_flag_list(struct flag_list *l);
void free_flag_lists(struct flag_list *a, struct flag_list *b);
/* What --jobs says, up to 1024; nothing: 1 where 'least' is 0, else as many as
 * there are cores, which 0 asks for.  False: printed. */
bool parse_jobs(const char *command, const char *text, size_t least,
                size_t *ret);
void print_flags(FILE *to, const struct flag *flags, size_t n);

#endif
