/* explain.c - one code, event or cause; why a case has a cause or not */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

static int
finish(int code)
{
	return fflush(stdout) != 0 || ferror(stdout) ? EXIT_OUTPUT : code;
}

/* ---- what is known ------------------------------------------------------- */

/* "event" and "cause" take the next word with them. */
static char *
question_at(const struct options *o, size_t *i)
{
	const char *word = o->paths[*i];
	bool two = *i + 1 < o->n_paths &&
	           (strcmp(word, "event") == 0 || strcmp(word, "cause") == 0);
	const char *next = two ? o->paths[++*i] : "";
	size_t room = strlen(word) + strlen(next) + 2;
	char *text = malloc(room);

	if (text)
		snprintf(text, room, "%s%s%s", word, two ? " " : "", next);
	return text;
}

static int
explain_words(const struct options *o, const cabscan_knowledge *k)
{
	cabscan_error err = { CABSCAN_OK, "" };
	int code = EXIT_DONE;

	for (size_t i = 0; i < o->n_paths; i++) {
		char *question;

		if (i > 0)
			fputs("\n", stdout);
		question = question_at(o, &i);
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
	return finish(code);
}

/* ---- a case -------------------------------------------------------------- */

static int
explain_device(const struct options *o, const cabscan *cs,
               const struct device *d)
{
	cabscan_error err = { CABSCAN_OK, "" };
	cabscan_status status;
	cabscan_case *c;

	if (cabscan_scan(cs, d->source, d->inputs, d->n, &c, &err) != CABSCAN_OK) {
		print_problem(err.message, NULL);
		return EXIT_UNREADABLE;
	}
	status = cabscan_report_cause(c, o->cause, write_out, stdout, &err);
	cabscan_case_free(c);
	if (status != CABSCAN_EUSAGE)
		return EXIT_DONE;
	print_problem("--cause", err.message);
	return EXIT_USAGE;
}

static int
explain_cases(const struct options *o, const cabscan *cs)
{
	struct devices d;
	int code;

	group_inputs(o, &d);
	code = d.unreadable || d.out_of_memory ? EXIT_UNREADABLE : EXIT_DONE;
	for (size_t i = 0; i < d.n && code != EXIT_USAGE; i++) {
		int one;

		if (i > 0)
			fputs("\n", stdout);
		print_plain(d.at[i].source, stdout);
		fputs("\n\n", stdout);
		one = explain_device(o, cs, &d.at[i]);
		code = one != EXIT_DONE ? one : code;
	}
	free_devices(&d);
	return finish(code);
}

int
run_explain(const struct options *o, cabscan *cs)
{
	cabscan_error err;
	cabscan_knowledge *k;
	int code;

	if (o->cause)
		return explain_cases(o, cs);
	k = cabscan_knowledge_new(cs, &err);
	if (!k) {
		print_problem(err.message, NULL);
		return EXIT_UNREADABLE;
	}
	code = explain_words(o, k);
	cabscan_knowledge_free(k);
	return code;
}
