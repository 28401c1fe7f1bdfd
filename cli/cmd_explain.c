/* cmd_explain.c - one code, event or cause; why a case has a cause or not */
#include "batch.h"
#include "flags.h"

#include <stdlib.h>
#include <string.h>

struct asked {
	const char *cause;
	struct flag_list knowledge;
	struct flag_list words;         /* or paths */
	struct device_lists lists;
	bool help;
};

/* ---- what is known ------------------------------------------------------- */

/* "event" and "cause" take the next word with them. */
static char *
question_at(const struct asked *a, size_t *i)
{
	const char *word = a->words.at[*i];
	bool two = *i + 1 < a->words.n &&
	           (strcmp(word, "event") == 0 || strcmp(word, "cause") == 0);
	const char *next = two ? a->words.at[++*i] : "";
	size_t room = strlen(word) + strlen(next) + 2;
	char *text = malloc(room);

	if (text)
		snprintf(text, room, "%s%s%s", word, two ? " " : "", next);
	return text;
}

static int
explain_words(const struct asked *a, const cabscan_knowledge *k)
{
	cabscan_error err = { CABSCAN_OK, "" };
	int code = EXIT_DONE;

	for (size_t i = 0; i < a->words.n; i++) {
		char *question;

		if (i > 0)
			fputs("\n", stdout);
		question = question_at(a, &i);
		if (!question) {
			print_problem("out of memory", NULL);
			return EXIT_UNREADABLE;
		}
		if (cabscan_explain(k, question, write_out, stdout, &err)
		    == CABSCAN_EUSAGE) {
			print_problem(err.message, NULL);
			code = EXIT_USAGE;
		}
		free(question);
	}
	return code;
}

/* ---- a case -------------------------------------------------------------- */

struct telling {
	const char *cause;
	size_t n;
	int code;
};

static void
explain_case(void *user, const char *source, const cabscan_case *c)
{
	struct telling *t = user;
	cabscan_error err = { CABSCAN_OK, "" };

	if (t->code == EXIT_USAGE)
		return;
	if (t->n++ > 0)
		fputs("\n", stdout);
	print_plain(source, stdout);
	fputs("\n\n", stdout);
	if (cabscan_report_cause(c, t->cause, write_out, stdout, &err)
	    != CABSCAN_EUSAGE)
		return;
	print_problem("--cause", err.message);
	t->code = EXIT_USAGE;
}

static void
say_why_not(void *user, const char *why)
{
	struct telling *t = user;

	print_problem(why, NULL);
	if (t->code == EXIT_DONE)
		t->code = EXIT_UNREADABLE;
}

static int
explain_cases(const struct asked *a, const cabscan *cs)
{
	struct telling t = { a->cause, 0, EXIT_DONE };
	const struct case_taker taker = { explain_case, say_why_not, &t };
	struct devices d;

	group_inputs(a->words.at, a->words.n, NULL, &d);
	if (d.unreadable || d.out_of_memory)
		t.code = EXIT_UNREADABLE;
	for (size_t i = 0; i < d.n && t.code != EXIT_USAGE; i++)
		each_case(cs, &d.at[i], &taker);
	free_devices(&d);
	return t.code;
}

static int
run(const struct asked *a, const cabscan *cs)
{
	cabscan_error err;
	cabscan_knowledge *k;
	int code;

	if (a->cause)
		return explain_cases(a, cs);
	k = cabscan_knowledge_new(cs, &err);
	if (!k) {
		print_problem(err.message, NULL);
		return EXIT_UNREADABLE;
	}
	code = explain_words(a, k);
	cabscan_knowledge_free(k);
	return code;
}

/* ---- options ------------------------------------------------------------- */

static void
print_help(const struct flag *flags, size_t n)
{
	fputs("Usage: cabscan explain [OPTION]... WHAT...\n"
	      "       cabscan explain [OPTION]... PATH... --cause ID\n"
	      "What is known of a code in any spelling, of a service code, a symbol,\n"
	      "'event CHANNEL/ID', 'cause ID', a fact, a step; or why the case of\n"
	      "these files has that cause, or the first condition that it lacks.\n\n",
	      stdout);
	print_flags(stdout, flags, n);
	print_statuses(stdout, false);
}

static int
parse_and_run(struct asked *a, int argc, char **argv)
{
	const struct flag flags[] = {
		{ 'c', "cause", "ID", "why the case has this cause, or has it not",
		  .text = &a->cause },
		{ 'k', "knowledge", "FILE",
		  "add knowledge, or replace some; may be repeated",
		  .list = &a->knowledge },
		DEVICE_LIST_FLAGS(&a->lists),
		{ 'h', "help", NULL, "show this text", .on = &a->help },
	};
	size_t n = sizeof(flags) / sizeof(flags[0]);
	int code = EXIT_USAGE;
	cabscan *cs;

	if (!parse_flags("explain", argc, argv, flags, n, &a->words))
		return EXIT_USAGE;
	if (a->help) {
		print_help(flags, n);
		return EXIT_DONE;
	}
	if (a->words.n == 0) {
		wrong_usage("explain", "explain", "nothing was asked");
		return EXIT_USAGE;
	}
	cs = make_scanner(a->knowledge.at, a->knowledge.n, NULL);
	if (cs && learn_lists(cs, &a->lists))
		code = run(a, cs);
	cabscan_free(cs);
	return code;
}

int
cmd_explain(int argc, char **argv)
{
	struct asked a = { .cause = NULL };
	int code = EXIT_USAGE;

	if (flag_lists(argc, &a.words, &a.knowledge) &&
	    flag_lists(argc, &a.lists.intune, &a.lists.inventory))
		code = parse_and_run(&a, argc, argv);
	free_flag_lists(&a.words, &a.knowledge);
	free_flag_lists(&a.lists.intune, &a.lists.inventory);
	return code;
}
