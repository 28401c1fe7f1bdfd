/* cmd_knowledge.c - lists, searches and checks what is known */
#include "cli.h"
#include "flags.h"

#include <string.h>

static const char *const states[] = {
	[CABSCAN_ENTRY_IN_FORCE] = "", [CABSCAN_ENTRY_REPLACED] = "replaced",
	[CABSCAN_ENTRY_OFF] = "off",
};

struct asked {
	const char *kind;
	struct flag_list knowledge, words;
	bool all, help;
};

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
holds(const char *text, const char *word)
{
	for (; *text; text++) {
		size_t i = 0;

		while (word[i] && lower(text[i]) == lower(word[i]))
			i++;
		if (!word[i])
			return true;
	}
	return *word == '\0';
}

static bool
is_wanted(const struct asked *a, const cabscan_entry *e)
{
	if (a->kind && strcmp(a->kind, e->kind) != 0)
		return false;
	if (!a->all && e->state != CABSCAN_ENTRY_IN_FORCE)
		return false;
	for (size_t i = 0; i < a->words.n; i++)
		if (!holds(e->name, a->words.at[i]) && !holds(e->more, a->words.at[i]) &&
		    !holds(e->body, a->words.at[i]))
			return false;
	return true;
}

static void
print_body(const char *body)
{
	while (*body) {
		size_t n = strcspn(body, "\n");

		printf("  %.*s\n", (int)n, body);
		body += n + (body[n] == '\n');
	}
}

static void
print_entry(const struct asked *a, const cabscan_entry *e)
{
	printf("%s %s%s%s  [%s:%u", e->kind, e->name, *e->more ? " " : "", e->more,
	       e->file, e->line);
	if (*e->sources)
		printf("; %s", e->sources);
	if (*e->checked)
		printf("; %s", e->checked);
	if (*states[e->state])
		printf("; %s", states[e->state]);
	puts("]");
	if (a->all)
		print_body(e->body);
}

static int
run(const struct asked *a, const cabscan *cs)
{
	cabscan_error err;
	cabscan_knowledge *k = cabscan_knowledge_new(cs, &err);
	const cabscan_entry *e;
	size_t n = 0, shown = 0;
	bool is_kind = !a->kind;

	if (!k) {
		print_problem(err.message, NULL);
		return EXIT_UNREADABLE;
	}
	for (; (e = cabscan_entry_at(k, n)) != NULL; n++) {
		is_kind |= a->kind && strcmp(a->kind, e->kind) == 0;
		if (is_wanted(a, e)) {
			print_entry(a, e);
			shown++;
		}
	}
	if (!is_kind)
		wrong_usage("knowledge", "no such kind", a->kind);
	else
		printf("%zu of %zu entries, knowledge of %s; news: %s\n", shown, n,
		       cabscan_knowledge_date(cs), cabscan_knowledge_news(cs));
	cabscan_knowledge_free(k);
	return is_kind ? EXIT_DONE : EXIT_USAGE;
}

/* ---- options ------------------------------------------------------------- */

static void
print_help(const struct flag *flags, size_t n)
{
	fputs("Usage: cabscan knowledge [OPTION]... [WORD...]\n"
	      "Lists what cabscan knows: all of it, or the entries that hold every\n"
	      "WORD, each with kind, name, file and line, source and the day on which\n"
	      "it was checked.  With --knowledge it also checks that file.\n\n", stdout);
	print_flags(stdout, flags, n);
	print_statuses(stdout, false);
}

static int
parse_and_run(struct asked *a, int argc, char **argv)
{
	const struct flag flags[] = {
		{ 'k', "knowledge", "FILE",
		  "add knowledge, or replace some; may be repeated",
		  .list = &a->knowledge },
		{ 't', "kind", "NAME",
		  "only entries of this kind: code, event, cause, ...",
		  .text = &a->kind },
		{ 'a', "all", NULL,
		  "show each as it is written, and those that were\n"
		  "                              replaced or switched off",
		  .on = &a->all },
		{ 'h', "help", NULL, "show this text", .on = &a->help },
	};
	size_t n = sizeof(flags) / sizeof(flags[0]);
	int code = EXIT_USAGE;
	cabscan *cs;

	if (!parse_flags("knowledge", argc, argv, flags, n, &a->words))
		return EXIT_USAGE;
	if (a->help) {
		print_help(flags, n);
		return EXIT_DONE;
	}
	cs = make_scanner(a->knowledge.at, a->knowledge.n, NULL);
	if (cs)
		code = run(a, cs);
	cabscan_free(cs);
	return code;
}

int
cmd_knowledge(int argc, char **argv)
{
	struct asked a = { .kind = NULL };
	int code = EXIT_USAGE;

	if (flag_lists(argc, &a.words, &a.knowledge))
		code = parse_and_run(&a, argc, argv);
	free_flag_lists(&a.words, &a.knowledge);
	return code;
}
