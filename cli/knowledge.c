/* knowledge.c - lists, searches and checks what is known */
#include "cli.h"

#include <string.h>

static const char *const states[] = {
	[CABSCAN_ENTRY_IN_FORCE] = "", [CABSCAN_ENTRY_REPLACED] = "replaced",
	[CABSCAN_ENTRY_OFF] = "off",
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
is_wanted(const struct options *o, const cabscan_entry *e)
{
	if (o->kind && strcmp(o->kind, e->kind) != 0)
		return false;
	if (!o->all && e->state != CABSCAN_ENTRY_IN_FORCE)
		return false;
	for (size_t i = 0; i < o->n_paths; i++)
		if (!holds(e->name, o->paths[i]) && !holds(e->more, o->paths[i]) &&
		    !holds(e->body, o->paths[i]))
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
print_entry(const struct options *o, const cabscan_entry *e)
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
	if (o->all)
		print_body(e->body);
}

int
run_knowledge(const struct options *o, cabscan *cs)
{
	cabscan_error err;
	cabscan_knowledge *k = cabscan_knowledge_new(cs, &err);
	const cabscan_entry *e;
	size_t n = 0, shown = 0;

	if (!k) {
		print_problem(err.message, NULL);
		return EXIT_UNREADABLE;
	}
	for (; (e = cabscan_entry_at(k, n)) != NULL; n++)
		if (is_wanted(o, e)) {
			print_entry(o, e);
			shown++;
		}
	printf("%zu of %zu entries, knowledge of %s; news: %s\n", shown, n,
	       cabscan_knowledge_date(cs), cabscan_knowledge_news(cs));
	cabscan_knowledge_free(k);
	return fflush(stdout) != 0 || ferror(stdout) ? EXIT_OUTPUT : EXIT_DONE;
}
