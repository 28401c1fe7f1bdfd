/* cmd_outcome.c - cabscan outcome: what fixed a device, and how good verdicts
 * were */
#include "flags.h"
#include "history.h"

#include <stdlib.h>
#include <string.h>

struct telling {
	const char *store_path, *which, *cause, *verdict, *redact, *format;
	struct flag_list knowledge, args;
	bool summary, help;

	cabscan *scanner;
	struct private private;
	struct store *store;
	struct found found;
};

#define N_FLAGS 9

static void
list_flags(struct telling *t, struct flag ret[N_FLAGS])
{
	const struct flag flags[N_FLAGS] = {
		{ 's', "store", "FILE", "where the cases are", .text = &t->store_path },
		{ 'c', "cause", "ID", "what it really was", .text = &t->cause },
		{ 0, "verdict", "right|wrong", "whether the verdict was right (--cause "
		  "says it, too)", .text = &t->verdict },
		{ 0, "case", "DIGEST", "the case that it is about (default: the newest "
		  "with a failure)", .text = &t->which },
		{ 0, "summary", NULL, "how often verdicts were right, by cause",
		  .on = &t->summary },
		{ 'f', "format", "NAME", "of --summary: text (default) or json",
		  .text = &t->format },
		{ 0, "redact", "KEYFILE", "the key of the store's pseudonyms",
		  .text = &t->redact },
		{ 'k', "knowledge", "FILE", "causes of your own; may be repeated",
		  .list = &t->knowledge },
		{ 'h', "help", NULL, "show this text", .on = &t->help },
	};

	memcpy(ret, flags, sizeof(flags));
}

/* ---- which case ------------------------------------------------------------------ */

static const char *
cause_of(const struct found_case *c)
{
	return row_text(&c->row, "cause");
}

/* NULL: printed. */
static const struct found_case *
choose(const struct telling *t)
{
	const struct found *f = &t->found;
	const struct found_case *chosen = &f->at[f->n - 1];
	size_t n = t->which ? strlen(t->which) : 0;

	for (size_t i = 1; !t->which && i < f->n; i++) {
		if (same_device_as(&f->at[0], &f->at[i]))
			continue;
		print_problem(t->args.at[0], "is of several devices: give the UUID, or "
		              "--case with the digest of a case (cabscan history)");
		return NULL;
	}
	for (size_t i = f->n; i > 0 && !t->which; i--)
		if (!is_harmless(cause_of(&f->at[i - 1])))
			return &f->at[i - 1];
	for (size_t i = 0; i < f->n && t->which; i++)
		if (strncmp(f->at[i].digest, t->which, n) == 0)
			return &f->at[i];
	if (!t->which)
		return chosen;
	print_problem(t->which, "no case of this device has that digest");
	return NULL;
}

/* ---- what was said ----------------------------------------------------------------- */

static bool
is_cause(const struct telling *t)
{
	const char *id;

	for (size_t i = 0; (id = cabscan_cause_id(t->scanner, i)) != NULL; i++)
		if (strcmp(id, t->cause) == 0)
			return true;
	return wrong_usage("outcome", "--cause: no such cause", t->cause);
}

/* What --verdict and --cause say together.  "unknown" is no answer that could
 * be right or wrong. */
static bool
judge(const struct telling *t, const char *verdict, enum judged *ret)
{
	bool open = strcmp(verdict, "unknown") == 0;
	enum judged by_word = !t->verdict ? JUDGED_OPEN
	                    : strcmp(t->verdict, "right") == 0 ? JUDGED_RIGHT
	                                                       : JUDGED_WRONG;
	enum judged by_cause = !t->cause || open ? JUDGED_OPEN
	                     : strcmp(t->cause, verdict) == 0 ? JUDGED_RIGHT
	                                                      : JUDGED_WRONG;

	if (t->verdict && open)
		return wrong_usage("outcome", "--verdict: the verdict was 'unknown', "
		                   "which is neither right nor wrong", NULL);
	if (by_word != JUDGED_OPEN && by_cause != JUDGED_OPEN && by_word != by_cause)
		return wrong_usage("outcome", "--cause and --verdict contradict each "
		                   "other: the verdict was", verdict);
	*ret = by_word != JUDGED_OPEN ? by_word : by_cause;
	return true;
}

/* In a store of pseudonyms, without what tells a device or person. */
static char *
told_text(const struct telling *t)
{
	const char *text = t->args.n > 1 ? t->args.at[1] : "";
	char *plain = plain_text(text), *shown, *ret;

	if (!plain || !t->redact)
		return plain;
	shown = cabscan_redact(t->private.redactor, NULL, CABSCAN_TEXT_OURS, plain);
	ret = shown ? copy_text(shown, strlen(shown)) : NULL;
	cabscan_redact_free(shown);
	free(plain);
	return ret;
}

static void
acknowledge(const struct found_case *c, const struct outcome *o)
{
	static const char *const judged[] = { "", ", which was right",
	                                      ", which was wrong" };

	fputs("Stored: outcome of case ", stdout);
	printf("%.12s (", c->digest);
	print_plain(json_text(c->snapshot, "source"), stdout);
	fputs("), whose verdict was ", stdout);
	print_plain(o->verdict, stdout);
	fputs(", ", stdout);
	print_plain(o->confidence, stdout);
	printf("%s\n", judged[o->judged]);
}

static int
tell(struct telling *t)
{
	const struct found_case *c = choose(t);
	cabscan_time_chars now = cabscan_time_text(today());
	struct outcome o;
	char *text;
	int code = EXIT_OUTPUT;

	if (!c)
		return EXIT_USAGE;
	o = (struct outcome){
		.case_id = c->id, .said = now.text, .verdict = cause_of(c),
		.confidence = row_text(&c->row, "confidence"),
		.cause = t->cause ? t->cause : "", .traits = traits_of(&c->row),
	};
	if (!judge(t, o.verdict, &o.judged))
		return EXIT_USAGE;
	text = told_text(t);
	o.text = text;
	if (!text) {
		print_problem("out of memory", NULL);
	} else if (store_add_outcome(t->store, &o)) {
		acknowledge(c, &o);
		code = EXIT_DONE;
	}
	free(text);
	return code;
}

/* ---- --summary ---------------------------------------------------------------------- */

/* A store may come from anyone. */
static json_t *
plain_json(const char *text, size_t len)
{
	char *copy = copy_text(text, len), *plain = copy ? plain_text(copy) : NULL;
	json_t *j = plain ? json_string(plain) : NULL;

	free(copy);
	free(plain);
	return j;
}

/* "12 amd-ftpm", a line each. */
static json_t *
causes_of(const char *really)
{
	json_t *list = json_array();

	while (*really) {
		size_t n = strcspn(really, "\n");
		const char *cause = memchr(really, ' ', n);
		size_t digits = cause ? (size_t)(cause - really) + 1 : n;

		json_array_append_new(list, json_pack("{s:o, s:I}",
			"cause", plain_json(really + digits, n - digits),
			"cases", (json_int_t)strtoll(really, NULL, 10)));
		really += n + (really[n] == '\n');
	}
	return list;
}

static bool
take_score(void *user, const struct score *s)
{
	return json_array_append_new(user, json_pack(
		"{s:o, s:I, s:I, s:I, s:o}",
		"verdict", plain_json(s->verdict, strlen(s->verdict)),
		"right", (json_int_t)s->n_right, "wrong", (json_int_t)s->n_wrong,
		"open", (json_int_t)s->n_open, "really", causes_of(s->really))) == 0;
}

static int
number_of(const json_t *o, const char *key)
{
	return (int)json_integer_value(json_object_get(o, key));
}

static void
print_score(const json_t *o)
{
	const char *verdict = json_text(o, "verdict");
	json_t *cause;
	size_t i;

	put_cell(stdout, verdict, 24);
	printf("%5d  %5d  %8d  ", number_of(o, "right"), number_of(o, "wrong"),
	       number_of(o, "open"));
	json_array_foreach(json_object_get(o, "really"), i, cause) {
		fputs(i ? ", " : "", stdout);
		print_plain(json_text(cause, "cause"), stdout);
		printf(" %d", number_of(cause, "cases"));
	}
	putchar('\n');
}

static void
print_summary(const json_t *list)
{
	json_t *o;
	size_t i;

	if (json_array_size(list) == 0)
		puts("No outcome has been told yet.");
	else
		printf("%-24s  %5s  %5s  %8s  %s\n", "verdict", "right", "wrong",
		       "not said", "it was");
	json_array_foreach(list, i, o)
		print_score(o);
}

static int
summarize(struct telling *t)
{
	json_t *list = json_array(), *o = json_pack("{s:s, s:O}", "schema",
		"cabscan-outcomes/1", "verdicts", list);
	bool ok = o && store_each_score(t->store, take_score, list);

	if (ok && t->format && strcmp(t->format, "json") == 0)
		ok = write_json(o, stdout);
	else if (ok)
		print_summary(list);
	json_decref(o);
	json_decref(list);
	return ok ? EXIT_DONE : EXIT_UNREADABLE;
}

/* ---- the run ------------------------------------------------------------------------- */

static int
run(struct telling *t)
{
	const struct private *p = t->redact ? &t->private : NULL;
	int code;

	t->scanner = make_scanner(t->knowledge.at, t->knowledge.n, NULL);
	if (!t->scanner || (t->cause && !is_cause(t)))
		return EXIT_USAGE;
	code = t->redact ? private_open(&t->private, t->redact) : EXIT_DONE;
	if (code != EXIT_DONE)
		return code;
	t->store = store_open(t->store_path, STORE_READ);
	if (!t->store)
		return EXIT_UNREADABLE;
	if (!key_fits(t->store, t->store_path, p))
		return EXIT_USAGE;
	if (t->summary)
		return summarize(t);
	if (*store_key(t->store) && !p) {
		print_problem(t->store_path, "it holds pseudonyms: give --redact with "
		              "their key, so that no name gets in");
		return EXIT_USAGE;
	}
	if (!find_device(t->store, p, t->args.at[0], &t->found))
		return EXIT_UNREADABLE;
	return tell(t);
}

static void
show_help(struct telling *t)
{
	struct flag flags[N_FLAGS];

	list_flags(t, flags);
	fputs("Usage: cabscan outcome --store FILE [OPTION]... DEVICE [TEXT]\n"
	      "       cabscan outcome --store FILE --summary [--format json]\n"
	      "Keeps what fixed a device, and whether its verdict was right.  The next\n"
	      "case like it shows that.  DEVICE is a serial number, an SMBIOS UUID, or\n"
	      "the beginning of a case's digest.\n\n", stdout);
	print_flags(stdout, flags, N_FLAGS);
	fputs("\nExit status: 0 done, 2 usage, 3 there is no such device or store,\n"
	      "4 it could not be stored.\n", stdout);
}

static bool
check(const struct telling *t)
{
	if (!t->store_path)
		return wrong_usage("outcome", "--store is missing", NULL);
	if (t->verdict && strcmp(t->verdict, "right") != 0 &&
	    strcmp(t->verdict, "wrong") != 0)
		return wrong_usage("outcome", "--verdict is right or wrong", t->verdict);
	if (t->format && !t->summary)
		return wrong_usage("outcome", "--format is for --summary", NULL);
	if (t->format && strcmp(t->format, "text") != 0 &&
	    strcmp(t->format, "json") != 0)
		return wrong_usage("outcome", "no such format: text or json", t->format);
	if (t->summary)
		return t->args.n == 0 || wrong_usage("outcome", "--summary takes no "
		                                     "device", t->args.at[0]);
	if (t->args.n == 0 || t->args.n > 2)
		return wrong_usage("outcome", "a device and a text are needed", NULL);
	return (t->args.n == 2 && t->args.at[1][strspn(t->args.at[1], " \t\r\n")]) ||
	       t->cause || t->verdict ||
	       wrong_usage("outcome", "nothing is said: give a text, --cause or "
	                   "--verdict", NULL);
}

static int
parse_and_run(struct telling *t, int argc, char **argv)
{
	struct flag flags[N_FLAGS];

	list_flags(t, flags);
	if (!parse_flags("outcome", argc, argv, flags, N_FLAGS, &t->args))
		return EXIT_USAGE;
	if (t->help)
		show_help(t);
	return t->help ? EXIT_DONE : check(t) ? run(t) : EXIT_USAGE;
}

int
cmd_outcome(int argc, char **argv)
{
	struct telling t = { .store_path = NULL };
	int code = EXIT_USAGE;

	if (flag_lists(argc, &t.args, &t.knowledge))
		code = parse_and_run(&t, argc, argv);
	if (fflush(stdout) != 0)
		code = EXIT_OUTPUT;
	free_found(&t.found);
	store_close(t.store);
	private_close(&t.private);
	cabscan_free(t.scanner);
	free_flag_lists(&t.args, &t.knowledge);
	return code;
}
