/* cmd_fleet.c - cabscan fleet: many cases into groups, tables and evidence */
#include "fleet/table.h"
#include "flags.h"
#include "sys.h"

#include <stdlib.h>
#include <string.h>

struct command {
	const char *by, *table, *format, *output, *trace, *explain, *jobs, *redact;
	struct flag_list labels, knowledge, paths;
	struct device_lists lists;
	bool quiet, help;

	enum table_format as;
	cabscan *scanner;
	struct private private;
	struct row_maker maker;
	size_t n_workers;
	struct fleet fleet;
	struct study study;
};

#define N_FLAGS (13 + N_DEVICE_LIST_FLAGS)

static void
list_flags(struct command *c, struct flag ret[N_FLAGS])
{
	const struct flag flags[N_FLAGS] = {
		{ 't', "table", "NAME", "only this table; see below",
		  .text = &c->table },
		{ 's', "store", "FILE", "the cases of a store, which may also be a "
		  "PATH; may be repeated", .list = &c->paths },
		{ 'b', "by", "LIST", "group by these (default: "
		  "model,vendor,firmware,bios,build,cause)", .text = &c->by },
		{ 'f', "format", "NAME", "text (default), csv, markdown or json",
		  .text = &c->format },
		{ 'o', "output", "FILE", "write there; the file appears whole or not "
		  "at all", .text = &c->output },
		{ 0, "trace", "ID[.COLUMN]", "list the cases, tries or devices that a "
		  "number counts", .text = &c->trace },
		{ 0, "explain", "CASE|SERIAL", "what the fleet says for and against "
		  "it", .text = &c->explain },
		{ 'l', "label", "NAME=VALUE", "what no log says of the CABs given; "
		  "may be repeated", .list = &c->labels },
		{ 0, "redact", "KEYFILE", "pseudonyms, as in a batch; "
		  "clear rows are refused", .text = &c->redact },
		{ 'j', "jobs", "N", "workers (default: as many as there are cores)",
		  .text = &c->jobs },
		{ 'k', "knowledge", "FILE", "add knowledge, or replace some; may be "
		  "repeated", .list = &c->knowledge },
		DEVICE_LIST_FLAGS(&c->lists),
		{ 'q', "quiet", NULL, "no progress", .on = &c->quiet },
		{ 'h', "help", NULL, "show this text", .on = &c->help },
	};

	memcpy(ret, flags, sizeof(flags));
}

static const struct {
	const char *name, *does;
	void (*make)(const struct study *s, struct table *ret);
	bool shown;                     /* without --table, too */
} tables[] = {
	{ "fleet", "how many cases, tries and devices there are", fleet_table,
	  true },
	{ "answers", "one answer or issuer over unrelated models on the same days",
	  answers_table, true },
	{ "groups", "what --by tells apart: rates, and what is model-wide",
	  groups_table, true },
	{ "changes", "devices that failed, then passed with other firmware",
	  changes_table, true },
	{ "twins", "failed devices, and the nearest one that passed", twins_table,
	  false },
	{ "devices", "each device, its BIOS, TPM and result", devices_table,
	  false },
	{ "readiness", "each model: BIOS, TPM, modes validated, exceptions",
	  ready_table, false },
	{ "certification", "scenario, BIOS, network and image: what passed twice",
	  matrix_table, false },
};
#define N_TABLES (sizeof(tables) / sizeof(tables[0]))

static void
show_help(struct command *c)
{
	struct flag flags[N_FLAGS];

	list_flags(c, flags);
	fputs("Usage: cabscan fleet [OPTION]... PATH...\n"
	      "Counts the cases of CABs, ZIPs, directories and row files (cabscan\n"
	      "batch --format ndjson; - for standard input) and stores by what their\n"
	      "devices share.\n\n", stdout);
	print_flags(stdout, flags, N_FLAGS);
	fputs("\nTables:\n", stdout);
	for (size_t i = 0; i < N_TABLES; i++)
		printf("  %-14s  %s%s\n", tables[i].name, tables[i].does,
		       tables[i].shown ? "" : "; only when asked for");
	fputs("\nExit status: 0 done, 2 usage, or rows that do not belong together,\n"
	      "3 some input could not be read or a shard lacks, 4 output failed.\n",
	      stdout);
}

/* ---- options ---------------------------------------------------------------- */

static bool
check_table(const struct command *c)
{
	for (size_t i = 0; c->table && i < N_TABLES; i++)
		if (strcmp(tables[i].name, c->table) == 0)
			return true;
	return !c->table || wrong_usage("fleet", "no such table", c->table);
}

static bool
check(struct command *c)
{
	if (c->paths.n == 0)
		return wrong_usage("fleet", "nothing to count", "no PATH was given");
	if (c->trace && c->explain)
		return wrong_usage("fleet", "--trace and --explain", "take one");
	/* One table a CSV. */
	if (!c->table && strcmp(c->format, "csv") == 0)
		c->table = "groups";
	return check_table(c) && parse_jobs("fleet", c->jobs, 1, &c->n_workers) &&
	       parse_table_format(c->format, &c->as) &&
	       parse_labels("fleet", c->labels.at, c->labels.n,
	                    &c->maker.labels) &&
	       parse_by(c->by, &c->study.groups);
}

static bool
parse(struct command *c, int argc, char **argv)
{
	struct flag flags[N_FLAGS];

	c->by = "model,vendor,firmware,bios,build,cause";
	c->format = "text";
	c->labels.at = calloc((size_t)argc + 1, sizeof(char *));
	if (!flag_lists(argc, &c->knowledge, &c->paths) ||
	    !flag_lists(argc, &c->lists.intune, &c->lists.inventory) ||
	    !c->labels.at)
		return false;
	list_flags(c, flags);
	if (!parse_flags("fleet", argc, argv, flags, N_FLAGS, &c->paths))
		return false;
	return c->help || check(c);
}

/* ---- the work ----------------------------------------------------------------- */

/* What costs memory is found only where it is asked for. */
static bool
wants(const struct command *c, const char *table)
{
	return c->trace || c->explain ||
	       (c->table && strcmp(c->table, table) == 0);
}

static bool
make_study(struct command *c)
{
	struct study *s = &c->study;

	s->fleet = &c->fleet;
	if (!fleet_settle(&c->fleet) || !group_all(&s->groups, &c->fleet) ||
	    !(s->answers = find_answers(&c->fleet)) ||
	    !(s->changes = find_changes(&c->fleet)))
		return false;
	if (wants(c, "devices") && !(s->order = devices_by_name(&c->fleet)))
		return false;
	if (wants(c, "twins") && !(s->twins = find_twins(&c->fleet)))
		return false;
	if (wants(c, "readiness") && !(s->ready = find_ready(&c->fleet)))
		return false;
	return !wants(c, "certification") ||
	       (s->matrix = find_matrix(&c->fleet)) != NULL;
}

static void
free_study(struct study *s)
{
	grouping_free(&s->groups);
	free(s->order);
	answers_free(s->answers);
	changes_free(s->changes);
	twins_free(s->twins);
	ready_free(s->ready);
	matrix_free(s->matrix);
}

static bool
write_all(const struct command *c, FILE *to)
{
	struct table made[N_TABLES];
	const struct table *list[N_TABLES];
	size_t n = 0;

	for (size_t i = 0; i < N_TABLES; i++) {
		if (c->table ? strcmp(c->table, tables[i].name) != 0
		             : !tables[i].shown)
			continue;
		tables[i].make(&c->study, &made[n]);
		list[n] = &made[n];
		n++;
	}
	return write_tables(to, c->as, "", list, n);
}

/* The row that has this ID, and the column of that key (the first number of
 * the row where none is given). */
static bool
find_number(const struct command *c, struct table *ret, size_t *ret_row,
            size_t *ret_column)
{
	size_t n = strcspn(c->trace, ".");
	const char *key = c->trace[n] ? c->trace + n + 1 : NULL;
	struct cell id;

	for (size_t i = 0; i < N_TABLES; i++) {
		tables[i].make(&c->study, ret);
		for (size_t row = 0; row < ret->n_rows; row++) {
			id.text[0] = '\0';
			ret->cell(ret, row, 0, &id);
			if (strlen(id.text) != n || strncmp(id.text, c->trace, n) != 0)
				continue;
			*ret_row = row;
			for (size_t k = 1; k < ret->n_columns; k++) {
				enum cell_kind kind = ret->columns[k].kind;

				if (kind != CELL_COUNT && kind != CELL_SHARE &&
				    kind != CELL_CHANCE)
					continue;
				*ret_column = k;
				if (!key || strcmp(ret->columns[k].key, key) == 0)
					return true;
			}
			return wrong_usage("fleet", "that row has no number of that "
			                   "name", c->trace);
		}
	}
	return wrong_usage("fleet", "no row of any table has that ID (IDs depend "
	                   "on --by)", c->trace);
}

static int
write_trace(const struct command *c, FILE *to)
{
	struct table t, listed;
	const struct table *list[1] = { &listed };
	struct items items = { .n = 0 };
	size_t row = 0, column = 0;
	char head[400];
	bool ok;

	if (!find_number(c, &t, &row, &column))
		return EXIT_USAGE;
	t.trace(&t, row, column, &items);
	items_table(&c->fleet, &items, &listed);
	snprintf(head, sizeof(head), "%.200s, table %s, column %s: %zu", c->trace,
	         t.name, t.columns[column].key, items.n);
	ok = !items.out_of_memory && write_tables(to, c->as, head, list, 1);
	free((void *)(uintptr_t)listed.data);
	free(items.at);
	return ok ? EXIT_DONE : EXIT_OUTPUT;
}

static int
report(const struct command *c)
{
	struct output o;
	int code = EXIT_DONE;

	if (!output_open(&o, c->output)) {
		code = EXIT_OUTPUT;
	} else if (c->trace) {
		code = write_trace(c, o.file);
	} else if (c->explain) {
		if (!explain_cases(&c->study, c->explain, c->as, o.file)) {
			print_problem(c->explain, "no case has that id, source or "
			              "serial number");
			code = EXIT_USAGE;
		}
	} else if (!write_all(c, o.file)) {
		code = EXIT_OUTPUT;
	}
	if (!output_close(&o, code == EXIT_DONE) && code == EXIT_DONE)
		code = EXIT_OUTPUT;
	if (code == EXIT_OUTPUT)
		print_problem(c->output ? c->output : "standard output",
		              "could not be written");
	return code;
}

static void
say_inputs(const struct fleet *f)
{
	if (f->n_twice)
		fprintf(stderr, "cabscan: %zu rows of cases that other rows have, "
		        "too, are counted once\n", f->n_twice);
	if (f->n_unreadable)
		fprintf(stderr, "cabscan: %zu input%s could not be read: counted "
		        "nowhere\n", f->n_unreadable,
		        f->n_unreadable == 1 ? "" : "s");
}

static int
run(struct command *c)
{
	struct source_options o = {
		.paths = c->paths.at, .n = c->paths.n, .maker = &c->maker,
		.n_workers = c->n_workers, .quiet = c->quiet,
		.has_lists = c->lists.intune.n + c->lists.inventory.n > 0,
	};
	bool lacking;
	int code;

	c->scanner = make_scanner(c->knowledge.at, c->knowledge.n, NULL);
	if (!c->scanner || !learn_lists(c->scanner, &c->lists))
		return EXIT_USAGE;
	code = c->redact ? private_open(&c->private, c->redact) : EXIT_DONE;
	if (code != EXIT_DONE)
		return code;
	c->maker.private = c->redact ? &c->private : NULL;
	c->fleet.hides = c->redact != NULL;
	o.scanner = c->scanner;
	if (!source_rows(&o, fleet_take, &c->fleet, &lacking))
		return EXIT_USAGE;
	if (!make_study(c)) {
		print_problem("out of memory", NULL);
		return EXIT_UNREADABLE;
	}
	say_inputs(&c->fleet);
	lacking |= !shards_complete(&c->fleet) || c->fleet.n_unreadable > 0;
	code = report(c);
	return code == EXIT_DONE && lacking ? EXIT_UNREADABLE : code;
}

int
cmd_fleet(int argc, char **argv)
{
	struct command c = { .n_workers = 1 };
	int code = EXIT_USAGE;

	if (parse(&c, argc, argv)) {
		if (c.help) {
			show_help(&c);
			code = EXIT_DONE;
		} else {
			code = run(&c);
		}
		if (fflush(stdout) != 0)
			code = EXIT_OUTPUT;
	}
	free_study(&c.study);
	fleet_free(&c.fleet);
	private_close(&c.private);
	cabscan_free(c.scanner);
	free(c.labels.at);
	free_flag_lists(&c.knowledge, &c.paths);
	free_flag_lists(&c.lists.intune, &c.lists.inventory);
	return code;
}
