/* render_ci.c - reports that CI systems read: junit, sarif, markdown */
#include "batch.h"

#include <stdlib.h>
#include <string.h>

/* ---- junit ------------------------------------------------------------------ */

/* Characters that XML 1.0 has no way to write become U+FFFD. */
static void
put_xml(FILE *to, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	for (; *p; p++) {
		if (*p == '&')
			fputs("&amp;", to);
		else if (*p == '<')
			fputs("&lt;", to);
		else if (*p == '>')
			fputs("&gt;", to);
		else if (*p == '"')
			fputs("&quot;", to);
		else if (*p == '\n')
			fputs("&#10;", to);
		else if (*p < 0x20 || *p == 0x7f)
			fputs("\xef\xbf\xbd", to);
		else if (p[0] == 0xef && p[1] == 0xbf && (p[2] == 0xbe || p[2] == 0xbf)) {
			fputs("\xef\xbf\xbd", to);
			p += 2;
		} else {
			fputc(*p, to);
		}
	}
}

static void
xml_line(void *user, const char *label, const char *text)
{
	FILE *to = user;

	put_xml(to, label);
	fputs(": ", to);
	put_xml(to, text);
	fputc('\n', to);
}

static void
attribute(FILE *to, const char *name, const char *value)
{
	fprintf(to, " %s=\"", name);
	put_xml(to, value);
	fputc('"', to);
}

static void
put_testcase(const struct report *r, const struct record *c)
{
	bool fails = row_fails(r->fail_on, c);
	bool open = strcmp(row_text(c, "cause"), "unknown") == 0 && !fails;
	const char *what = is_problem(c) ? "error" : fails ? "failure"
	                 : open ? "skipped" : NULL;

	fputs("    <testcase", r->to);
	attribute(r->to, "name", c->source);
	attribute(r->to, "classname", is_problem(c) ? "not-scanned"
	                              : row_text(c, "cause"));
	fputs(" time=\"0\"", r->to);
	if (!what) {
		fputs("/>\n", r->to);
		return;
	}
	fprintf(r->to, ">\n      <%s", what);
	attribute(r->to, "message", is_problem(c) ? row_text(c, "problem_text")
	                            : row_text(c, "title"));
	if (!open)
		attribute(r->to, "type", is_problem(c) ? row_text(c, "problem")
		                         : row_text(c, "cause"));
	fputc('>', r->to);
	if (!is_problem(c))
		xml_line(r->to, "How sure", row_text(c, "confidence"));
	write_details(c, xml_line, r->to);
	fprintf(r->to, "</%s>\n    </testcase>\n", what);
}

void
render_junit(const struct report *r)
{
	size_t failures = 0, errors = 0, skipped = 0;
	char counts[200];

	for (size_t i = 0; i < r->n; i++) {
		bool fails = row_fails(r->fail_on, &r->at[i]);

		failures += fails;
		errors += is_problem(&r->at[i]);
		skipped += !fails &&
		           strcmp(row_text(&r->at[i], "cause"), "unknown") == 0;
	}
	snprintf(counts, sizeof(counts), "tests=\"%zu\" failures=\"%zu\" "
	         "errors=\"%zu\"", r->n, failures, errors);
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", r->to);
	fprintf(r->to, "<testsuites name=\"cabscan\" %s>\n", counts);
	fprintf(r->to, "  <testsuite name=\"cabscan\" %s skipped=\"%zu\" "
	        "time=\"0\">\n", counts, skipped);
	for (size_t i = 0; i < r->n; i++)
		put_testcase(r, &r->at[i]);
	fputs("  </testsuite>\n</testsuites>\n", r->to);
}

/* ---- sarif ------------------------------------------------------------------ */

/* A path as a URI: relative ones stay relative. */
static char *
uri_of(const char *path)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t n = 0;
	char *uri = malloc(3 * strlen(path) + 10);
	bool drive = path[0] && path[1] == ':' && path[2] == '/';

	if (!uri)
		return NULL;
	if (drive || (path[0] == '/' && path[1] != '/')) {
		n = drive ? 8 : 7;
		memcpy(uri, "file:///", n);
	} else if (path[0] == '/') {
		memcpy(uri, "file:", 5);        /* //server/share */
		n = 5;
	}
	for (const char *p = path; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || strchr("-._~/", c) ||
		    (drive && p == path + 1)) {
			uri[n++] = (char)c;
		} else {
			uri[n++] = '%';
			uri[n++] = hex[c >> 4];
			uri[n++] = hex[c & 15];
		}
	}
	uri[n] = '\0';
	return uri;
}

struct text {
	char *at;
	size_t len, room;
};

static void
text_line(void *user, const char *label, const char *line)
{
	struct text *t = user;
	size_t n = strlen(label) + strlen(line) + 4;
	char *more;

	if (t->len + n > t->room) {
		more = realloc(t->at, (t->len + n) * 2);
		if (!more)
			return;
		t->at = more;
		t->room = (t->len + n) * 2;
	}
	t->len += (size_t)snprintf(t->at + t->len, t->room - t->len, "%s%s: %s",
	                           t->len ? "\n" : "", label, line);
}

static json_t *
message(const struct record *c)
{
	struct text t = { NULL, 0, 0 };
	json_t *o;

	text_line(&t, is_problem(c) ? "Not scanned" : row_text(c, "confidence"),
	          is_problem(c) ? c->source : row_text(c, "title"));
	write_details(c, text_line, &t);
	o = json_pack("{s:s}", "text", t.at ? t.at : "out of memory");
	free(t.at);
	return o;
}

static json_t *
locations(const struct record *c)
{
	char *uri = uri_of(c->source);
	json_t *o = json_pack("[{s:{s:{s:s}}}]", "physicalLocation",
	                      "artifactLocation", "uri", uri ? uri : "");

	free(uri);
	return o;
}

/* A kind other than "fail" has no level, says the standard. */
static json_t *
result(const struct report *r, const struct record *c)
{
	const char *cause = row_text(c, "cause");
	bool fails = row_fails(r->fail_on, c), weak;

	weak = strcmp(row_text(c, "confidence"), "possible") == 0;
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:{s:s}}", "ruleId", cause,
	                 "kind", fails ? "fail"
	                       : strcmp(cause, "unknown") == 0 ? "open" : "pass",
	                 "level", !fails ? "none" : weak ? "warning" : "error",
	                 "message", message(c), "locations", locations(c),
	                 "partialFingerprints", "cabscanCase/v1", c->id);
}

static json_t *
notification(const struct record *c)
{
	return json_pack("{s:s, s:o, s:o}", "level", "error", "message", message(c),
	                 "locations", locations(c));
}

static void
add_rule(json_t *rules, const struct record *c)
{
	const char *cause = row_text(c, "cause");
	json_t *rule;
	size_t i;

	json_array_foreach(rules, i, rule)
		if (strcmp(json_string_value(json_object_get(rule, "id")), cause) == 0)
			return;
	json_array_append_new(rules, json_pack("{s:s, s:{s:s}}", "id", cause,
	                      "shortDescription", "text", row_text(c, "title")));
}

void
render_sarif(const struct report *r)
{
	json_t *rules = json_array(), *results = json_array(), *log;
	json_t *notes = json_array();

	for (size_t i = 0; i < r->n; i++) {
		if (is_problem(&r->at[i])) {
			json_array_append_new(notes, notification(&r->at[i]));
			continue;
		}
		add_rule(rules, &r->at[i]);
		json_array_append_new(results, result(r, &r->at[i]));
	}
	log = json_pack("{s:s, s:s, s:[{s:{s:{s:s, s:s, s:o}}, s:[{s:b, s:o}],"
	                " s:s, s:o}]}",
	                "$schema", "https://json.schemastore.org/sarif-2.1.0.json",
	                "version", "2.1.0", "runs", "tool", "driver",
	                "name", "cabscan", "version", cabscan_version(),
	                "rules", rules, "invocations",
	                "executionSuccessful", json_array_size(notes) == 0,
	                "toolExecutionNotifications", notes,
	                "columnKind", "utf16CodeUnits", "results", results);
	if (log) {
		json_dumpf(log, r->to, JSON_INDENT(1));
		fputc('\n', r->to);
	}
	json_decref(log);
}

/* ---- markdown --------------------------------------------------------------- */

/* A job summary holds 1 MiB. */
#define MAX_LISTED 500

/* All punctuation loses its meaning: no link, no image, no mention, no HTML. */
void
put_markdown(FILE *to, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '&' || c == '<' || c == '>')
			fputs(c == '&' ? "&amp;" : c == '<' ? "&lt;" : "&gt;", to);
		else if (c < 0x20 || c == 0x7f)
			fputc(' ', to);
		else if (strchr("\\`*_{}[]()#+-.!|@:~^$'\"/=", c))
			fprintf(to, "\\%c", c);
		else
			fputc(c, to);
	}
}

static void
markdown_line(void *user, const char *label, const char *text)
{
	FILE *to = user;

	fputs("<br>", to);
	put_markdown(to, label);
	fputs(": ", to);
	put_markdown(to, text);
}

static size_t
put_listed(const struct report *r, bool problems)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		const struct record *c = &r->at[i];

		if (is_problem(c) != problems ||
		    (!problems && !row_fails(r->fail_on, c)))
			continue;
		if (n++ == 0)
			fprintf(r->to, "\n### %s\n\n| Input | %s |\n|---|---|\n",
			        problems ? "Not scanned" : "Failed",
			        problems ? "Why" : "Cause");
		if (n > MAX_LISTED)
			continue;
		fputs("| ", r->to);
		put_markdown(r->to, c->source);
		fputs(" | ", r->to);
		put_markdown(r->to, problems ? row_text(c, "problem")
		                             : row_text(c, "title"));
		if (!problems)
			fprintf(r->to, " (%s)", row_text(c, "confidence"));
		write_details(c, markdown_line, r->to);
		fputs(" |\n", r->to);
	}
	return n;
}

static void
put_count(const struct report *r, const char *cause, const char *title)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += is_case(&r->at[i]) &&
		     strcmp(row_text(&r->at[i], "cause"), cause) == 0;
	fprintf(r->to, "| %zu | ", n);
	put_markdown(r->to, cause);
	fputs(" | ", r->to);
	put_markdown(r->to, title);
	fputs(" |\n", r->to);
}

void
render_markdown(const struct report *r)
{
	json_t *seen = json_object();
	size_t n, more;

	fprintf(r->to, "## cabscan: %zu inputs\n\n| Inputs | Cause | |\n|---:|---|---|\n",
	        r->n);
	for (size_t i = 0; i < r->n; i++) {
		const char *cause = row_text(&r->at[i], "cause");

		if (!is_case(&r->at[i]) || json_object_get(seen, cause))
			continue;
		json_object_set_new(seen, cause, json_true());
		put_count(r, cause, row_text(&r->at[i], "title"));
	}
	json_decref(seen);
	n = put_listed(r, false);
	more = n > MAX_LISTED ? n - MAX_LISTED : 0;
	n = put_listed(r, true);
	more += n > MAX_LISTED ? n - MAX_LISTED : 0;
	if (more > 0)
		fprintf(r->to, "\n%zu more are not listed here; see the rows.\n", more);
}
