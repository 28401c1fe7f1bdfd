/* scan.c - cases, reports, exit code */
#include "cli.h"

#include <string.h>

struct run {
	const struct options *options;
	const cabscan *scanner;
	struct output output;
	size_t n_reports;
	bool array;                     /* JSON of several cases */
	bool unreadable, fail_on_met, output_failed;
};

int
write_out(void *user, const void *bytes, size_t len)
{
	return fwrite(bytes, 1, len, user) == len ? 0 : -1;
}

/* ---- --fail-on ----------------------------------------------------------- */

static const struct { const char *word; cabscan_confidence level; } levels[] = {
	{ "possible", CABSCAN_POSSIBLE }, { "likely", CABSCAN_LIKELY },
	{ "certain", CABSCAN_CERTAIN },
};

/* Verdicts that are no failed attestation: only their name asks for them. */
static const char *const harmless[] = {
	"attested", "recovered", "not-attempted", "later-esp-failure",
};

static bool
same(const char *word, size_t len, const char *with)
{
	return strlen(with) == len && strncmp(word, with, len) == 0;
}

static bool
word_applies(const char *word, size_t len, const cabscan_verdict *v)
{
	if (same(word, len, v->cause))
		return true;
	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		if (strcmp(v->cause, harmless[i]) == 0)
			return false;
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (same(word, len, levels[i].word))
			return v->confidence >= levels[i].level;
	return false;
}

static bool
fail_on_applies(const char *list, const cabscan_verdict *v)
{
	for (;;) {
		size_t n = strcspn(list, ",");

		if (word_applies(list, n, v))
			return true;
		if (list[n] == '\0')
			return false;
		list += n + 1;
	}
}

static bool
is_word(const cabscan *cs, const char *word, size_t len)
{
	const char *cause;

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (same(word, len, levels[i].word))
			return true;
	for (size_t i = 0; (cause = cabscan_cause_id(cs, i)) != NULL; i++)
		if (same(word, len, cause))
			return true;
	return false;
}

static bool
fail_on_is_right(const cabscan *cs, const char *list)
{
	while (list) {
		size_t n = strcspn(list, ",");

		if (!is_word(cs, list, n)) {
			print_problem("--fail-on: neither a level nor a cause",
			              list);
			return false;
		}
		list = list[n] ? list + n + 1 : NULL;
	}
	return true;
}

/* ---- the path ------------------------------------------------------------ */

static void
between(struct run *r)
{
	FILE *f = r->output.file;

	if (strcmp(r->options->format, "text") == 0 && r->n_reports > 0)
		fputs("\n----------------------------------------"
		      "--------------------------------------\n\n", f);
	else if (r->array)
		fputs(r->n_reports > 0 ? ",\n" : "[\n", f);
	r->n_reports++;
}

static void
scan_device(struct run *r, const struct device *d)
{
	cabscan_error err;
	cabscan_case *c;

	if (cabscan_scan(r->scanner, d->source, d->inputs, d->n, &c, &err)
	    != CABSCAN_OK) {
		print_problem(err.message, NULL);
		r->unreadable = true;
		return;
	}
	if (r->options->fail_on &&
	    fail_on_applies(r->options->fail_on, cabscan_case_verdict(c)))
		r->fail_on_met = true;
	between(r);
	if (cabscan_report(c, r->options->format, write_out, r->output.file, &err)
	    != CABSCAN_OK) {
		if (err.status == CABSCAN_ENOMEM)
			print_problem(err.message, NULL);
		r->output_failed = true;
	}
	cabscan_case_free(c);
}

static void
scan_all(struct run *r)
{
	struct devices d;

	group_inputs(r->options, &d);
	r->unreadable = d.unreadable || d.out_of_memory;
	if (d.out_of_memory)
		fputs("cabscan: out of memory\n", stderr);
	r->array = strcmp(r->options->format, "json") == 0 &&
	           d.n + d.n_refused > 1;
	for (size_t i = 0; i < d.n && !r->output_failed; i++)
		scan_device(r, &d.at[i]);
	if (r->array)
		fputs(r->n_reports > 0 ? "]\n" : "[]\n", r->output.file);
	free_devices(&d);
}

int
run_scan(const struct options *o, cabscan *cs)
{
	struct run r = { .options = o, .scanner = cs };

	if (!fail_on_is_right(cs, o->fail_on))
		return EXIT_USAGE;
	if (!output_open(&r.output, o->output)) {
		r.output_failed = true;
		output_close(&r.output, false);
	} else {
		scan_all(&r);
		if (!output_close(&r.output, !r.output_failed))
			r.output_failed = true;
	}
	if (r.output_failed)
		print_problem(o->output ? o->output : "standard output",
		              "could not be written");
	return r.output_failed ? EXIT_OUTPUT
	     : r.unreadable ? EXIT_UNREADABLE
	     : r.fail_on_met ? EXIT_FAIL_ON : EXIT_DONE;
}
