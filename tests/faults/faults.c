/*
 * faults.c - every n-th allocation fails: faults DIR MOST [FROM]
 *
 * DIR/index.txt lists the works: "scan FILE...", "events FILE...", "learn
 * FILE", and others without files.  Each is done once as it is; then again and
 * again, each time with another allocation that fails, and once more with all
 * behind it failing too.  The outcome must be an error, or the same as before
 * to the byte, and as many blocks must be free as before.
 *
 * MOST limits the points that are tried of one work: the first ones, then
 * evenly spread ones.  0: all.  FROM: for a debugger, which is to stop in
 * hook.c, the points before it are left out.
 */
#include "hook.h"

#include "cabscan.h"

#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_FILES 8
#define MOST_BYTES (1u << 20)

struct outcome {
	uint64_t hash;
	size_t bytes;
	cabscan_error err;
};

struct file {
	char name[512];
	uint8_t *bytes;
	size_t len;
};

struct work {
	char line[1024];
	const char *what;
	struct file files[MOST_FILES];
	size_t n_files;
	cabscan_status (*run)(const struct work *w, struct outcome *o);
};

static cabscan *scanner;                /* with all that is built in */
static char point[1200];                /* at hand, for the signal handler */

static int
take(void *user, const void *bytes, size_t len)
{
	struct outcome *o = user;
	const unsigned char *p = bytes;

	for (size_t i = 0; i < len; i++)
		o->hash = (o->hash ^ p[i]) * UINT64_C(1099511628211);
	o->bytes += len;
	return 0;
}

static void
take_text(struct outcome *o, const char *text)
{
	take(o, text, strlen(text) + 1);
}

/* ---- the works ---------------------------------------------------------------- */

static cabscan_status
report(const cabscan_case *c, struct outcome *o)
{
	cabscan_status status = CABSCAN_OK;
	const char *name;

	for (size_t i = 0; status == CABSCAN_OK &&
	     (name = cabscan_report_format(i)) != NULL; i++)
		status = cabscan_report(c, name, take, o, &o->err);
	for (size_t i = 0; status == CABSCAN_OK && i < 3; i++)
		status = cabscan_report_cause(c, cabscan_cause_id(scanner, i * 5),
		                              take, o, &o->err);
	return status;
}

static size_t
inputs_of(const struct work *w, cabscan_input *ret)
{
	for (size_t i = 0; i < w->n_files; i++)
		ret[i] = (cabscan_input){
			.name = w->files[i].name, .data = w->files[i].bytes,
			.size = w->files[i].len,
			.kind = i ? CABSCAN_INPUT_SIDE : CABSCAN_INPUT_AUTO,
		};
	return w->n_files;
}

static cabscan_status
do_scan(const struct work *w, struct outcome *o)
{
	cabscan_input in[MOST_FILES];
	size_t n = inputs_of(w, in);
	cabscan_case *c;
	cabscan_status status = cabscan_scan(scanner, "x", in, n, &c, &o->err);

	if (status != CABSCAN_OK)
		return status;
	status = report(c, o);
	cabscan_case_free(c);
	return status;
}

/* The first file is a list of devices, which the case of the others asks. */
static cabscan_status
do_list(const struct work *w, struct outcome *o)
{
	cabscan_input in[MOST_FILES];
	size_t n = inputs_of(w, in);
	cabscan *cs = cabscan_new(&o->err);
	cabscan_status status = cs ? CABSCAN_OK : o->err.status;
	cabscan_case *c;

	if (status == CABSCAN_OK)
		status = cabscan_learn_roster(cs, CABSCAN_ROSTER_INTUNE,
		                              in[0].name, in[0].data, in[0].size,
		                              &o->err);
	if (status == CABSCAN_OK)
		status = cabscan_scan(cs, "x", in + 1, n - 1, &c, &o->err);
	if (status == CABSCAN_OK) {
		status = cabscan_report(c, "facts", take, o, &o->err);
		cabscan_case_free(c);
	}
	cabscan_free(cs);
	return status;
}

/* The file is read from the disk, too. */
static cabscan_status
do_file(const struct work *w, struct outcome *o)
{
	cabscan_case *c;
	cabscan_status status = cabscan_scan_file(scanner, w->files[0].name, &c,
	                                          &o->err);

	if (status != CABSCAN_OK)
		return status;
	take_text(o, cabscan_case_verdict(c)->cause);
	cabscan_case_free(c);
	return status;
}

static int
no_memory(struct outcome *o)
{
	o->err = (cabscan_error){ CABSCAN_ENOMEM, "out of memory" };
	return 1;
}

static int
take_record(void *user, const cabscan_record *r)
{
	static char text[MOST_BYTES];
	struct outcome *o = user;
	size_t len;

	take(o, r->xml.at, r->xml.len);
	for (size_t i = 0; i < r->n_values; i++) {
		cabscan_value v = cabscan_record_value(r, i);

		take(o, v.name.at, v.name.len);
		if (cabscan_value_text(&v, text, sizeof(text)) == CABSCAN_NO_MEMORY)
			return no_memory(o);
		take_text(o, text);
		if (CABSCAN_JSON_ROOM(v.size) > sizeof(text))
			continue;
		len = cabscan_value_json(&v, text);
		if (len == CABSCAN_NO_MEMORY)
			return no_memory(o);
		take(o, text, len);
	}
	if (!cabscan_record_meaning(scanner, r, text, sizeof(text)))
		return no_memory(o);
	take_text(o, text);
	return 0;
}

static void
take_note(void *user, const cabscan_note *n)
{
	take_text(user, n->text);
	take_text(user, n->where.member);
}

static cabscan_status
visit(const struct work *w, cabscan_input *in, size_t n, struct outcome *o)
{
	cabscan_visit v = { .xml = 1, .recovered = 1, .record = take_record,
	                    .note = take_note, .user = o };
	cabscan_worker *worker = cabscan_worker_new(scanner, &o->err);
	cabscan_status status;

	(void)w;
	if (!worker)
		return o->err.status;
	status = cabscan_worker_events(worker, in, n, &v, &o->err);
	cabscan_worker_free(worker);
	return status == CABSCAN_OK ? o->err.status : status;
}

static cabscan_status
do_events(const struct work *w, struct outcome *o)
{
	cabscan_input in[MOST_FILES];

	return visit(w, in, inputs_of(w, in), o);
}

/* In windows, from the disk. */
static cabscan_status
do_log(const struct work *w, struct outcome *o)
{
	cabscan_input in = { .name = w->files[0].name };

	return visit(w, &in, 1, o);
}

static cabscan_status
do_knowledge(const struct work *w, struct outcome *o)
{
	static const char *const questions[] = {
		"0x81039001", "0x80070490", "event mdd/171", "cause amd-ftpm",
		"tpm.vendor", "0xc0de1234", "STM",
	};
	cabscan *cs = cabscan_new(&o->err);
	cabscan_knowledge *k;
	cabscan_status status = cs ? CABSCAN_OK : o->err.status;

	if (cs && w->n_files > 0)
		status = cabscan_learn(cs, w->files[0].name,
		                       (const char *)w->files[0].bytes,
		                       w->files[0].len, &o->err);
	k = status == CABSCAN_OK ? cabscan_knowledge_new(cs, &o->err) : NULL;
	cabscan_free(cs);
	if (!k)
		return o->err.status;
	for (size_t i = 0; cabscan_entry_at(k, i); i++)
		take_text(o, cabscan_entry_at(k, i)->body);
	for (size_t i = 0; status == CABSCAN_OK &&
	     i < sizeof(questions) / sizeof(questions[0]); i++)
		status = cabscan_explain(k, questions[i], take, o, &o->err);
	cabscan_knowledge_free(k);
	return status == CABSCAN_EUSAGE ? CABSCAN_OK : status;
}

static cabscan_status
redact_case(const cabscan_redactor *r, const cabscan_case *c, struct outcome *o)
{
	const cabscan_fact *f;

	for (size_t i = 0; (f = cabscan_fact_at(c, i)) != NULL; i++) {
		char *text = cabscan_redact(r, c, (cabscan_text_kind)(i % 6),
		                            f->raw);

		if (!text)
			return CABSCAN_ENOMEM;
		take_text(o, text);
		cabscan_redact_free(text);
	}
	return CABSCAN_OK;
}

static cabscan_status
do_redact(const struct work *w, struct outcome *o)
{
	static const char key[CABSCAN_KEY_BYTES] = "not secret at all";
	cabscan_input in[MOST_FILES];
	size_t n = inputs_of(w, in);
	cabscan_case *c;
	cabscan_status status = cabscan_scan(scanner, "x", in, n, &c, &o->err);
	cabscan_redactor *r;

	if (status != CABSCAN_OK)
		return status;
	r = cabscan_redactor_new(key, sizeof(key), &o->err);
	status = r ? redact_case(r, c, o) : o->err.status;
	if (status != CABSCAN_OK && o->err.status == CABSCAN_OK)
		o->err = (cabscan_error){ status, "out of memory" };
	cabscan_redactor_free(r);
	cabscan_case_free(c);
	return status;
}

static const struct {
	const char *name;
	cabscan_status (*run)(const struct work *w, struct outcome *o);
} kinds[] = {
	{ "scan", do_scan }, { "list", do_list }, { "file", do_file }, { "events", do_events },
	{ "log", do_log }, { "knowledge", do_knowledge }, { "redact", do_redact },
};

/* ---- with faults -------------------------------------------------------------- */

static void
die(const char *why)
{
	fprintf(stderr, "%s: %s\n", point, why);
	exit(1);
}

/* A crash is to say at which point. */
static void
crashed(int signal_number)
{
	static const char crash[] = ": crash\n";

	if (write(2, point, strlen(point)) < 0 ||
	    write(2, crash, sizeof(crash) - 1) < 0)
		_exit(1);
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

static cabscan_status
run(const struct work *w, struct outcome *o)
{
	*o = (struct outcome){ .hash = UINT64_C(14695981039346656037) };
	return w->run(w, o);
}

static void
check(const struct work *w, cabscan_status status, const struct outcome *o,
      const struct outcome *whole, unsigned *mistakes)
{
	bool says_memory = strstr(o->err.message, "memory") != NULL;

	(void)w;
	if (status == CABSCAN_OK && o->bytes == whole->bytes &&
	    o->hash == whole->hash)
		return;
	if ((status == CABSCAN_ENOMEM || status == CABSCAN_EIO) && says_memory)
		return;
	++*mistakes;
	fprintf(stderr, "%s: status %d, \"%s\", %zu bytes (%zu without a fault)\n",
	        point, (int)status, o->err.message, o->bytes, whole->bytes);
}

static unsigned long
try_point(const struct work *w, unsigned long n, bool all_behind,
          const struct outcome *whole, unsigned *mistakes)
{
	struct outcome o;
	cabscan_status status;
	long before, lost;
	unsigned long count;

	snprintf(point, sizeof(point), "%s: allocation %lu%s", w->line, n,
	         all_behind ? " and all behind it" : "");
	before = hook_live();
	hook_arm(n, all_behind);
	status = run(w, &o);
	count = hook_disarm();
	lost = hook_live() - before;
	if (lost != 0) {
		++*mistakes;
		fprintf(stderr, "%s: %ld blocks lost\n", point, lost);
	}
	check(w, status, &o, whole, mistakes);
	return count;
}

/* The first half of 'most' one by one, the rest evenly spread. */
static unsigned long
next_point(unsigned long n, unsigned long count, unsigned long most)
{
	unsigned long left = most - most / 2;

	if (most == 0 || count <= most || n < most / 2)
		return n + 1;
	return n + (count - most / 2 + left - 1) / left;
}

static unsigned
try_work(const struct work *w, unsigned long most, unsigned long from)
{
	struct outcome whole, again;
	unsigned mistakes = 0;
	unsigned long count, tried = 0;
	cabscan_status status;

	snprintf(point, sizeof(point), "%s", w->line);
	status = run(w, &whole);        /* what is made once is made now */
	if (status != CABSCAN_OK)
		die(whole.err.message);
	count = try_point(w, 0, false, &whole, &mistakes);
	run(w, &again);
	if (again.hash != whole.hash || mistakes > 0)
		die("not the same twice");
	for (unsigned long n = from; n <= count; n = next_point(n, count, most)) {
		try_point(w, n, false, &whole, &mistakes);
		try_point(w, n, true, &whole, &mistakes);
		tried++;
	}
	printf("%-40.40s %8lu points, %6lu tried, %u mistakes\n", w->line, count,
	       tried, mistakes);
	fflush(stdout);
	return mistakes;
}

/* ---- the list ----------------------------------------------------------------- */

static bool
read_file(struct file *f, const char *dir, const char *name)
{
	FILE *in;

	snprintf(f->name, sizeof(f->name), "%s/%s", dir, name);
	in = fopen(f->name, "rb");
	f->bytes = in ? malloc(MOST_BYTES) : NULL;
	if (!f->bytes)
		return false;
	f->len = fread(f->bytes, 1, MOST_BYTES, in);
	fclose(in);
	return f->len < MOST_BYTES;
}

static bool
parse(struct work *w, const char *dir)
{
	char copy[sizeof(w->line)], *word;

	strcpy(copy, w->line);
	word = strtok(copy, " ");
	for (size_t i = 0; word && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(word, kinds[i].name) == 0)
			w->run = kinds[i].run;
	while ((word = strtok(NULL, " ")) != NULL)
		if (w->n_files == MOST_FILES ||
		    !read_file(&w->files[w->n_files++], dir, word))
			return false;
	return w->run != NULL;
}

static void
end(struct work *w)
{
	for (size_t i = 0; i < w->n_files; i++)
		free(w->files[i].bytes);
}

int
main(int argc, char **argv)
{
	char path[600];
	unsigned mistakes = 0, n_works = 0;
	FILE *list;

	if (argc < 3 || argc > 4)
		return 2;
	signal(SIGSEGV, crashed);
	signal(SIGABRT, crashed);
	snprintf(path, sizeof(path), "%s/index.txt", argv[1]);
	list = fopen(path, "r");
	scanner = cabscan_new(NULL);
	if (!list || !scanner)
		return 2;
	for (;;) {
		struct work w = { .n_files = 0 };

		if (!fgets(w.line, sizeof(w.line), list))
			break;
		w.line[strcspn(w.line, "\n")] = '\0';
		if (!parse(&w, argv[1])) {
			fprintf(stderr, "%s: cannot be done\n", w.line);
			return 2;
		}
		mistakes += try_work(&w, strtoul(argv[2], NULL, 10),
		                     argc > 3 ? strtoul(argv[3], NULL, 10) : 1);
		n_works++;
		end(&w);
	}
	fclose(list);
	cabscan_free(scanner);
	printf("%u works, %u mistakes\n", n_works, mistakes);
	return mistakes == 0 && n_works > 0 ? 0 : 1;
}
