/* cmd_history.c - cabscan history: one device over time */
#include "flags.h"
#include "history.h"

#include <stdlib.h>
#include <string.h>

struct history {
	const char *format, *output, *store_path, *redact;
	struct flag_list paths;
	bool help;

	struct private private;
	struct store *store;
	struct found found;
	bool failed;
};

#define N_FLAGS 5

static void
list_flags(struct history *h, struct flag ret[N_FLAGS])
{
	const struct flag flags[N_FLAGS] = {
		{ 's', "store", "FILE", "where the cases are", .text = &h->store_path },
		{ 'f', "format", "NAME", "text (default) or json", .text = &h->format },
		{ 'o', "output", "FILE", "write there; the file appears whole or not "
		  "at all", .text = &h->output },
		{ 0, "redact", "KEYFILE", "the key of the store's pseudonyms, to find "
		  "a clear name", .text = &h->redact },
		{ 'h', "help", NULL, "show this text", .on = &h->help },
	};

	memcpy(ret, flags, sizeof(flags));
}

static void
set(struct history *h, json_t *o, const char *key, json_t *value)
{
	if (!value || json_object_set_new(o, key, value) != 0)
		h->failed = true;
}

static void
add(struct history *h, json_t *list, json_t *value)
{
	if (!value || json_array_append_new(list, value) != 0)
		h->failed = true;
}

static json_t *
text_or_null(const char *text)
{
	return *text ? json_string(text) : json_null();
}

/* ---- tries, over all cases ----------------------------------------------------- */

/* Both logs saw one try: it is as long as they say together, and ended as the
 * one that saw more says. */
static void
merge_try(struct history *h, json_t *into, const json_t *from)
{
	static const char *const end[] = { "ended", "outcome", "error" };

	if (strcmp(json_text(from, "started"), json_text(into, "started")) < 0)
		set(h, into, "started", known_or_null(from, "started"));
	if (strcmp(json_text(from, "ended"), json_text(into, "ended")) <= 0)
		return;
	for (size_t i = 0; i < sizeof(end) / sizeof(end[0]); i++)
		set(h, into, end[i], known_or_null(from, end[i]));
}

static void
take_try(struct history *h, json_t *tries, const json_t *from, const char *digest)
{
	json_t *o, *known = NULL;
	size_t i;

	json_array_foreach(tries, i, o)
		if (same_try(o, from))
			known = o;
	if (known) {
		merge_try(h, known, from);
	} else {
		known = whole_try(from);
		set(h, known, "cases", json_array());
		add(h, tries, known);
	}
	add(h, json_object_get(known, "cases"), json_string(digest));
}

static int
by_start(const void *x, const void *y)
{
	return strcmp(json_text(*(json_t *const *)x, "started"),
	              json_text(*(json_t *const *)y, "started"));
}

static void
sort_tries(struct history *h, json_t *tries)
{
	size_t n = json_array_size(tries);
	json_t **list = calloc(n + 1, sizeof(json_t *));

	h->failed |= !list;
	for (size_t i = 0; list && i < n; i++)
		list[i] = json_incref(json_array_get(tries, i));
	if (list && n > 1)
		qsort(list, n, sizeof(*list), by_start);
	for (size_t i = 0; list && i < n; i++)
		if (json_array_set_new(tries, i, list[i]) != 0)
			h->failed = true;
	free(list);
}

/* ---- cases ---------------------------------------------------------------------- */

static bool
take_outcome(void *user, const struct outcome *o)
{
	static const char *const judged[] = { "open", "right", "wrong" };
	json_t *list = user;

	return json_array_append_new(list, json_pack(
		"{s:s, s:o, s:s, s:s, s:o, s:s}", "said", o->said,
		"text", text_or_null(o->text), "verdict", o->verdict,
		"confidence", o->confidence, "cause", text_or_null(o->cause),
		"judged", judged[o->judged])) == 0;
}

/* Of a diff, what a person who follows a device asks for. */
static json_t *
main_changes(struct history *h, const json_t *before, const json_t *after)
{
	json_t *diff = compare_snapshots(before, after), *list = json_array(), *o;
	size_t i;

	h->failed |= !diff;
	json_array_foreach(json_object_get(diff, "changes"), i, o)
		if (strcmp(json_text(o, "kind"), "fact") != 0)
			add(h, list, json_incref(o));
	json_decref(diff);
	return list;
}

static json_t *
case_entry(struct history *h, const struct found_case *c,
           const struct found_case *before)
{
	json_t *o = json_object(), *outcomes = json_array();
	static const char *const keys[] = { "digest", "source", "time", "verdict",
	                                    "knowledge" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		set(h, o, keys[i], known_or_null(c->snapshot, keys[i]));
	set(h, o, "from", json_string(is_thin(c->snapshot) ? "row" : "case"));
	set(h, o, "changes", before ? main_changes(h, before->snapshot, c->snapshot)
	                            : json_array());
	h->failed |= !store_each_outcome(h->store, c->id, take_outcome, outcomes);
	set(h, o, "outcomes", outcomes);
	return o;
}

static json_t *
device_entry(struct history *h, const struct found_case *first, size_t n)
{
	json_t *o = json_object(), *cases = json_array(), *tries = json_array();
	const struct traits t = traits_of(&first[n - 1].row);

	set(h, o, "serial", text_or_null(first->serial));
	set(h, o, "uuid", text_or_null(first->uuid));
	set(h, o, "manufacturer", text_or_null(t.manufacturer));
	set(h, o, "model", text_or_null(t.model));
	for (size_t i = 0; i < n; i++) {
		json_t *attempt;
		size_t k;

		add(h, cases, case_entry(h, &first[i], i ? &first[i - 1] : NULL));
		json_array_foreach(json_object_get(first[i].snapshot, "attempts"), k,
		                   attempt)
			take_try(h, tries, attempt, first[i].digest);
	}
	sort_tries(h, tries);
	set(h, o, "cases", cases);
	set(h, o, "attempts", tries);
	return o;
}

static json_t *
all_devices(struct history *h)
{
	json_t *o = json_object(), *list = json_array();
	const struct found *f = &h->found;

	for (size_t i = 0, n; i < f->n; i += n) {
		for (n = 1; i + n < f->n && same_device_as(&f->at[i], &f->at[i + n]);)
			n++;
		add(h, list, device_entry(h, &f->at[i], n));
	}
	set(h, o, "schema", json_string("cabscan-history/1"));
	set(h, o, "devices", list);
	return o;
}

/* ---- for people -------------------------------------------------------------------- */

static void
print_outcome(const json_t *o, FILE *to)
{
	const char *judged = json_text(o, "judged"), *cause = json_text(o, "cause");

	fputs("    outcome, ", to);
	print_day(json_text(o, "said"), to);
	fputs(": ", to);
	print_plain(*json_text(o, "text") ? json_text(o, "text") : "(no text)", to);
	fputs("  [verdict then: ", to);
	print_plain(json_text(o, "verdict"), to);
	fputs(", ", to);
	print_plain(json_text(o, "confidence"), to);
	if (strcmp(judged, "open") != 0)
		fprintf(to, ", which was %s", judged);
	if (*cause && strcmp(judged, "right") != 0) {
		fputs("; it was ", to);
		print_plain(cause, to);
	}
	fputs("]\n", to);
}

static void
print_case(const json_t *o, FILE *to)
{
	const json_t *v = json_object_get(o, "verdict");
	const char *time = json_text(o, "time");
	json_t *item;
	size_t i;

	fprintf(to, "  %s  %s, %s  ", *time ? time : "(no time)",
	        json_text(v, "cause"), json_text(v, "confidence"));
	print_plain(json_text(o, "source"), to);
	fprintf(to, "  [%.12s]%s\n", json_text(o, "digest"),
	        strcmp(json_text(o, "from"), "row") == 0 ? " (stored as a row)" : "");
	json_array_foreach(json_object_get(o, "changes"), i, item)
		if (strcmp(json_text(item, "kind"), "device") == 0)
			print_change(item, "    ", to);
	json_array_foreach(json_object_get(o, "outcomes"), i, item)
		print_outcome(item, to);
}

static void
print_device(const json_t *device, FILE *to)
{
	json_t *o;
	size_t i;

	fputs("Device  ", to);
	print_plain(*json_text(device, "serial") ? json_text(device, "serial")
	            : "(no serial number)", to);
	fputs("  UUID ", to);
	print_plain(*json_text(device, "uuid") ? json_text(device, "uuid")
	            : "unknown", to);
	fputs("  ", to);
	print_plain(json_text(device, "manufacturer"), to);
	fputc(' ', to);
	print_plain(json_text(device, "model"), to);
	fputs("\n\nCases, oldest first, and what changed since the one before\n", to);
	json_array_foreach(json_object_get(device, "cases"), i, o)
		print_case(o, to);
	json_array_foreach(json_object_get(device, "attempts"), i, o) {
		size_t n = json_array_size(json_object_get(o, "cases"));

		if (i == 0)
			fputs("\nTries to attest\n", to);
		print_try(o, to);
		fprintf(to, "  [%.12s", json_string_value(json_array_get(
		        json_object_get(o, "cases"), 0)));
		if (n > 1)
			fprintf(to, " and %zu more", n - 1);
		fputs("]\n", to);
	}
}

static void
print_history(const json_t *history, FILE *to)
{
	const json_t *devices = json_object_get(history, "devices");
	json_t *o;
	size_t i;

	if (json_array_size(devices) > 1)
		fprintf(to, "That name is of %zu devices, which differ in serial number "
		        "or UUID.\n\n", json_array_size(devices));
	json_array_foreach(devices, i, o) {
		if (i > 0)
			fputc('\n', to);
		print_device(o, to);
	}
}

/* ---- the run ---------------------------------------------------------------------- */

static int
write_history(struct history *h, json_t *history)
{
	struct output o;
	bool ok = output_open(&o, h->output);

	if (ok && strcmp(h->format, "json") == 0)
		ok = write_json(history, o.file);
	else if (ok)
		print_history(history, o.file);
	if (output_close(&o, ok) && ok)
		return EXIT_DONE;
	print_problem(h->output ? h->output : "standard output",
	              "could not be written");
	return EXIT_OUTPUT;
}

static int
run(struct history *h)
{
	const struct private *p = h->redact ? &h->private : NULL;
	int code = h->redact ? private_open(&h->private, h->redact) : EXIT_DONE;
	json_t *history;

	if (code != EXIT_DONE)
		return code;
	h->store = store_open(h->store_path, STORE_READ);
	if (!h->store)
		return EXIT_UNREADABLE;
	if (!key_fits(h->store, h->store_path, p))
		return EXIT_USAGE;
	if (!find_device(h->store, p, h->paths.at[0], &h->found))
		return EXIT_UNREADABLE;
	history = all_devices(h);
	code = EXIT_UNREADABLE;
	if (!h->failed)
		code = write_history(h, history);
	else
		print_problem("out of memory", NULL);
	json_decref(history);
	return code;
}

static void
show_help(struct history *h)
{
	struct flag flags[N_FLAGS];

	list_flags(h, flags);
	fputs("Usage: cabscan history --store FILE DEVICE\n"
	      "What is stored of one device: its cases with what changed between\n"
	      "them, its tries to attest, and what fixed it.  DEVICE is a serial\n"
	      "number, an SMBIOS UUID, or the beginning of a case's digest.\n\n",
	      stdout);
	print_flags(stdout, flags, N_FLAGS);
	fputs("\nExit status: 0 done, 2 usage, 3 there is no such device or store,\n"
	      "4 output failed.\n", stdout);
}

static int
parse_and_run(struct history *h, int argc, char **argv)
{
	struct flag flags[N_FLAGS];

	list_flags(h, flags);
	if (!parse_flags("history", argc, argv, flags, N_FLAGS, &h->paths))
		return EXIT_USAGE;
	if (h->help) {
		show_help(h);
		return fflush(stdout) != 0 ? EXIT_OUTPUT : EXIT_DONE;
	}
	if (strcmp(h->format, "text") != 0 && strcmp(h->format, "json") != 0)
		wrong_usage("history", "no such format", h->format);
	else if (h->paths.n != 1)
		wrong_usage("history", "one device is told of at a time", NULL);
	else if (!h->store_path)
		wrong_usage("history", "--store is missing", NULL);
	else
		return run(h);
	return EXIT_USAGE;
}

int
cmd_history(int argc, char **argv)
{
	struct history h = { .format = "text" };
	struct flag_list none;
	int code = EXIT_USAGE;

	if (flag_lists(argc, &h.paths, &none))
		code = parse_and_run(&h, argc, argv);
	free_found(&h.found);
	store_close(h.store);
	private_close(&h.private);
	free_flag_lists(&h.paths, &none);
	return code;
}
