/* cmd_events.c - cabscan events: options, filters, the run */
#include "events.h"
#include "flags.h"
#include "sys.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK 65536
/* Chunks that one lane takes of a large log at a time. */
#define PART_CHUNKS 16
#define FLUSH ((size_t)64 * 1024)
#define MAX_DEPTH 32
/* Bytes of a stem and of a log in the name of a file, which most systems allow
 * 255 in all. */
#define MAX_NAME 110

/* A file, or a piece of one. */
struct part {
	char *path;
	const void *data;               /* of standard input */
	size_t size;
	uint64_t first_chunk, n_chunks;
	bool asked_for;                 /* named on the command line */
	char *stem;                     /* of its files, with -o */
	struct buffer notes;            /* for stderr */
	bool unreadable, output_failed;
};

struct moment {
	uint64_t time;
	size_t at, len, order;
};

struct events {
	const char *format_name, *output, *jobs, *ids, *levels, *since, *until;
	const char *records, *redact;
	struct flag_list channels, providers, knowledge, paths;
	bool recovered, timeline, quiet, help;

	enum event_format format;
	cabscan *scanner;
	cabscan_visit visit;
	cabscan_id_range *id_ranges, *record_ranges;
	struct part *parts;
	size_t n_parts, room;
	size_t n_workers;
	cabscan_worker **workers;
	struct private private;
	struct masks masks;
	struct mask *mask;              /* one a worker; NULL: nothing is hidden */
	struct moment *moments;
	size_t n_moments, room_moments;
	struct buffer all;              /* of the timeline */
	bool unreadable, output_failed, out_of_memory;
};

static const struct {
	const char *name, *extension;
	enum event_format format;
} formats[] = {
	{ "text", ".txt", EVENTS_TEXT }, { "xml", ".xml", EVENTS_XML },
	{ "jsonl", ".jsonl", EVENTS_JSONL }, { "csv", ".csv", EVENTS_CSV },
};
#define N_FORMATS (sizeof(formats) / sizeof(formats[0]))

/* ---- one part -------------------------------------------------------------- */

struct writing {
	struct events *e;
	struct part *part;
	struct buffer *to;
	struct output file;             /* of -o; file NULL: none is open */
	struct mask *mask;
	FILE *direct;                   /* flushed to as it grows; NULL: no */
	char **names;                   /* of files that it made */
	size_t n_names;
};

static bool
flush(struct buffer *b, FILE *to)
{
	bool ok = !b->full && (b->len == 0 || fwrite(b->at, 1, b->len, to) == b->len);

	b->len = 0;
	return ok;
}

static bool
remember_moment(struct events *e, uint64_t time, size_t begin)
{
	if (e->n_moments == e->room_moments) {
		size_t room = e->room_moments ? e->room_moments * 2 : 4096;
		struct moment *more = realloc(e->moments, room * sizeof(*more));

		if (!more) {
			e->out_of_memory = true;
			return false;
		}
		e->moments = more;
		e->room_moments = room;
	}
	e->moments[e->n_moments] = (struct moment){
		time, begin, e->all.len - begin, e->n_moments };
	e->n_moments++;
	return true;
}

static int
take_record(void *user, const cabscan_record *r)
{
	struct writing *w = user;
	size_t begin = w->to->len;
	FILE *to = w->file.file ? w->file.file : w->direct;

	write_event(w->to, w->e->format, w->e->scanner, r, w->mask);
	if (w->e->timeline)
		return !remember_moment(w->e, r->time, begin);
	if (to && w->to->len >= FLUSH && !flush(w->to, to))
		w->part->output_failed = true;
	return w->part->output_failed || w->to->full;
}

/* XML and JSON come as they are written. */
static int
take_text(void *user, const void *text, size_t len)
{
	struct writing *w = user;
	FILE *to = w->file.file ? w->file.file : w->direct;

	if (!to) {
		buffer_put(w->to, text, len);
		return w->to->full;
	}
	if (!flush(w->to, to) || fwrite(text, 1, len, to) != len)
		w->part->output_failed = true;
	return w->part->output_failed;
}

static void
note_line(struct part *p, const char *what, const char *why)
{
	buffer_put(&p->notes, what, strlen(what));
	if (why) {
		buffer_put(&p->notes, ": ", 2);
		buffer_put(&p->notes, why, strlen(why));
	}
	buffer_put(&p->notes, "", 1);
}

/* An error is "PATH: what is wrong". */
static void
note_error(struct writing *w, const char *message)
{
	const char *path = w->part->path;
	size_t n = strlen(path);

	if (!w->mask) {
		note_line(w->part, message, NULL);
		return;
	}
	message += strncmp(message, path, n) == 0 && message[n] == ':' ? n + 2 : 0;
	path = mask_log(w->mask, path);
	buffer_put(&w->part->notes, path, strlen(path));
	buffer_put(&w->part->notes, ": ", 2);
	note_line(w->part, mask_text(w->mask, (cabscan_text){
		message, strlen(message) }), NULL);
}

static void
take_note(void *user, const cabscan_note *n)
{
	struct writing *w = user;
	const char *log = *n->where.member ? n->where.member : w->part->path;
	const char *text = n->text;
	char place[80];

	/* Each piece of a log sees its header. */
	if (w->part->first_chunk > 0 && n->where.offset == 0)
		return;
	snprintf(place, sizeof(place), "at 0x%llx",
	         (unsigned long long)n->where.offset);
	if (n->where.record)
		snprintf(place + strlen(place), sizeof(place) - strlen(place),
		         ", record %llu", (unsigned long long)n->where.record);
	if (w->mask)
		log = mask_log(w->mask, log);
	buffer_put(&w->part->notes, log, strlen(log));
	buffer_put(&w->part->notes, ": ", 2);
	buffer_put(&w->part->notes, place, strlen(place));
	buffer_put(&w->part->notes, ": ", 2);
	if (w->mask)
		text = mask_text(w->mask, (cabscan_text){ text, strlen(text) });
	note_line(w->part, text, NULL);
}

/* ---- one file a log -------------------------------------------------------- */

/* A log that was not read to its end leaves no file. */
static bool
close_file(struct writing *w, bool whole)
{
	bool ok;

	if (!w->file.file)
		return true;
	write_events_tail(w->to, w->e->format);
	ok = flush(w->to, w->file.file) && !w->part->output_failed;
	ok = output_close(&w->file, ok && whole) && ok;
	w->file = (struct output){ NULL };
	w->part->output_failed |= !ok;
	return ok;
}

static bool
is_used(const struct writing *w, const char *name)
{
	for (size_t i = 0; i < w->n_names; i++)
		if (same_file_name(w->names[i], name))
			return true;
	return false;
}

/* No system takes some characters in the name of a file, and nobody wants
 * others: each byte of them is an underscore. */
static void
make_file_name(char *name)
{
	size_t n;

	for (; *name; name += n) {
		unsigned c;

		n = text_character(name, strlen(name), &c);
		if (is_unshown(c) || (c < 0x80 && strchr("/\\:*?\"<>|", (int)c)))
			memset(name, '_', n);
	}
}

/* Bytes of a name, without cutting a character. */
static int
bytes_of_name(const char *name)
{
	size_t n = strlen(name) < MAX_NAME ? strlen(name) : MAX_NAME;

	while (name[n] && ((unsigned char)name[n] & 0xc0) == 0x80)
		n--;
	return (int)n;
}

/* STEM.LOG.EXT, or STEM.EXT where the input is the log itself. */
static char *
file_name(struct writing *w, const char *log)
{
	bool itself = strcmp(log, w->part->path) == 0;
	const char *stem = w->part->stem;
	const char *base = base_name(w->mask && !itself ? mask_log(w->mask, log)
	                                                : log);
	size_t room = strlen(stem) + strlen(base) + 40;
	char *name = malloc(room);
	char **more = realloc(w->names, (w->n_names + 1) * sizeof(*more));

	if (more)
		w->names = more;
	for (unsigned n = 1; name && more; n++) {
		char number[16] = "";

		if (n > 1)
			snprintf(number, sizeof(number), "~%u", n);
		snprintf(name, room, "%s%s%.*s%s%s", stem,
		         itself ? "" : ".", itself ? 0 : bytes_of_name(base),
		         base, number, formats[w->e->format].extension);
		make_file_name(name);
		if (is_used(w, name))
			continue;
		w->names[w->n_names++] = name;
		return name;
	}
	free(name);
	return NULL;
}

static int
begin_log(void *user, const char *log, const char *kind)
{
	struct writing *w = user;
	char *name, *path;
	bool ok;

	(void)kind;
	if (!close_file(w, true))
		return 0;
	name = file_name(w, log);
	path = name ? path_join(w->e->output, name) : NULL;
	ok = path && output_open(&w->file, path);
	if (!ok) {
		note_line(w->part, path ? path : w->e->output,
		          "could not be written");
		w->part->output_failed = true;
		w->file = (struct output){ NULL };
	}
	free(path);
	write_events_head(w->to, w->e->format);
	return ok;
}

/* ---- the run --------------------------------------------------------------- */

static void
run_part(void *user, size_t lane, size_t i, struct buffer *to)
{
	struct events *e = user;
	struct part *p = &e->parts[i];
	cabscan_input in = { p->path, p->data, p->size, CABSCAN_INPUT_AUTO };
	struct writing w = { .e = e, .part = p, .to = to };
	cabscan_visit visit = e->visit;
	cabscan_error err = { CABSCAN_OK, "" };
	cabscan_status status;

	if (!e->workers[lane])
		e->workers[lane] = cabscan_worker_new(e->scanner, &err);
	if (!e->workers[lane]) {
		note_line(p, err.message, NULL);
		p->unreadable = true;
		return;
	}
	if (e->mask) {
		w.mask = &e->mask[lane];
		status = mask_begin(w.mask, e->workers[lane], &in, &err);
		if (status != CABSCAN_OK) {
			note_error(&w, err.message);
			p->unreadable = true;
			return;
		}
	}
	visit.user = &w;
	visit.first_chunk = p->first_chunk;
	visit.n_chunks = p->n_chunks;
	if (e->output && !e->timeline)
		visit.log = begin_log;
	else if (e->n_workers == 1 && !e->timeline)
		w.direct = stdout;
	status = cabscan_worker_events(e->workers[lane], &in, 1, &visit, &err);
	close_file(&w, status == CABSCAN_OK);
	if (status != CABSCAN_OK &&
	    (status != CABSCAN_EFORMAT || p->asked_for)) {
		note_error(&w, err.message);
		p->unreadable = true;
	}
	for (size_t k = 0; k < w.n_names; k++)
		free(w.names[k]);
	free(w.names);
}

static bool
take_part(void *user, size_t i, const struct buffer *text)
{
	struct events *e = user;
	struct part *p = &e->parts[i];

	for (size_t at = 0; at < p->notes.len;
	     at += strlen(p->notes.at + at) + 1)
		print_problem(p->notes.at + at, NULL);
	e->out_of_memory |= p->notes.full || text->full;
	buffer_free(&p->notes);
	e->unreadable |= p->unreadable;
	e->output_failed |= p->output_failed;
	if (text->len > 0 && fwrite(text->at, 1, text->len, stdout) != text->len)
		e->output_failed = true;
	return !e->output_failed;
}

static void
run_alone(struct events *e)
{
	struct buffer b = { NULL };

	for (size_t i = 0; i < e->n_parts && !e->output_failed; i++) {
		run_part(e, 0, i, e->timeline ? &e->all : &b);
		e->out_of_memory |= b.full || e->all.full;
		take_part(e, i, &b);
		b.len = 0;
	}
	buffer_free(&b);
}

static int
by_time(const void *x, const void *y)
{
	const struct moment *a = x, *b = y;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static void
write_timeline(struct events *e)
{
	struct buffer ends = { NULL };
	struct output o = { .file = stdout };
	char name[32];
	char *path = NULL;
	bool ok = true;

	if (e->output) {
		snprintf(name, sizeof(name), "timeline%s",
		         formats[e->format].extension);
		path = path_join(e->output, name);
		ok = path && output_open(&o, path);
	}
	if (e->n_moments > 1)
		qsort(e->moments, e->n_moments, sizeof(*e->moments), by_time);
	write_events_head(&ends, e->format);
	ok = ok && flush(&ends, o.file);
	for (size_t i = 0; ok && i < e->n_moments; i++) {
		const struct moment *m = &e->moments[i];

		ok = fwrite(e->all.at + m->at, 1, m->len, o.file) == m->len;
	}
	write_events_tail(&ends, e->format);
	ok = ok && flush(&ends, o.file);
	if (path && o.file)
		ok = output_close(&o, ok) && ok;
	buffer_free(&ends);
	free(path);
	e->output_failed |= !ok;
}

static void
write_all(struct events *e)
{
	struct lanes lanes = { e->n_parts, e->n_workers, run_part, take_part, e };
	struct buffer ends = { NULL };

	if (!e->output && !e->timeline) {
		write_events_head(&ends, e->format);
		e->output_failed |= !flush(&ends, stdout);
	}
	if (e->n_workers > 1 && e->n_parts > 1)
		e->out_of_memory |= !lanes_run(&lanes) && !e->output_failed;
	else
		run_alone(e);
	if (e->timeline && !e->output_failed)
		write_timeline(e);
	if (!e->output && !e->timeline) {
		write_events_tail(&ends, e->format);
		e->output_failed |= !flush(&ends, stdout);
	}
	buffer_free(&ends);
	e->output_failed |= fflush(stdout) != 0 || ferror(stdout);
}

/* ---- inputs ---------------------------------------------------------------- */

static struct part *
add_part(struct events *e, const char *path, bool asked_for)
{
	struct part *p;

	if (e->n_parts == e->room) {
		size_t room = e->room ? e->room * 2 : 64;

		p = realloc(e->parts, room * sizeof(*p));
		if (!p) {
			e->out_of_memory = true;
			return NULL;
		}
		e->parts = p;
		e->room = room;
	}
	p = &e->parts[e->n_parts];
	*p = (struct part){ .path = copy_text(path, strlen(path)),
	                    .asked_for = asked_for };
	if (!p->path) {
		e->out_of_memory = true;
		return NULL;
	}
	e->n_parts++;
	return p;
}

/* A large binary log in pieces, where there is more than one lane; with --redact
 * each would need the case of the whole. */
static void
add_file(struct events *e, const char *path, bool asked_for)
{
	unsigned char head[8];
	uint64_t size = 0, written, n = 0;
	size_t got;
	struct part *p;

	if (e->n_workers > 1 && !e->output && !e->timeline && !e->mask &&
	    read_head(path, head, sizeof(head), &got) && got == sizeof(head) &&
	    memcmp(head, "ElfFile", 8) == 0 && file_stamp(path, &size, &written))
		n = size / CHUNK / PART_CHUNKS;
	for (uint64_t i = 0; i <= n; i++) {
		p = add_part(e, path, asked_for);
		if (!p)
			return;
		p->first_chunk = i * PART_CHUNKS;
		p->n_chunks = i < n ? PART_CHUNKS : 0;
	}
}

/* For people to see. */
static const char *
shown_path(struct events *e, const char *path)
{
	return e->mask ? mask_log(e->mask, path) : path;
}

static void add_path(struct events *e, const char *path, unsigned depth);

static void
add_directory(struct events *e, const char *path, unsigned depth)
{
	struct listing l;

	if (depth == MAX_DEPTH || !list_directory(path, &l)) {
		print_problem(shown_path(e, path),
		              depth == MAX_DEPTH ? "directories lie too deep"
		                                 : listing_error());
		e->unreadable = true;
		return;
	}
	for (size_t i = 0; i < l.n; i++)
		if (!l.at[i].is_directory || !is_link(l.at[i].path))
			add_path(e, l.at[i].path, depth + 1);
	free_listing(&l);
}

static void
add_path(struct events *e, const char *path, unsigned depth)
{
	struct part *p;

	if (strcmp(path, "-") == 0 && depth == 0) {
		p = add_part(e, path, true);
		if (!p)
			return;
		p->data = read_stdin(&p->size);
		if (!p->data)
			e->out_of_memory = true;
	} else if (path_kind(path) == PATH_DIRECTORY) {
		add_directory(e, path, depth);
	} else if (depth == 0 || path_kind(path) == PATH_FILE) {
		add_file(e, path, depth == 0);
	}
}

/* "X.cab" of its path, as a name of a file can have it; from malloc(). */
static char *
stem_of(struct events *e, const char *path)
{
	const char *base = base_name(shown_path(e, path));
	char *stem = copy_text(base, (size_t)bytes_of_name(base));

	if (stem)
		make_file_name(stem);
	return stem;
}

static int
by_stem(const void *x, const void *y)
{
	const struct part *a = *(struct part *const *)x;
	const struct part *b = *(struct part *const *)y;
	int order = compare_file_names(a->stem, b->stem);

	return order ? order : a < b ? -1 : a > b;
}

static bool
is_stem(struct part *const *sorted, size_t n, const char *stem)
{
	size_t low = 0;

	while (n > 0) {
		size_t half = n / 2;
		int order = compare_file_names(sorted[low + half]->stem, stem);

		if (order == 0)
			return true;
		low += order < 0 ? half + 1 : 0;
		n = order < 0 ? n - half - 1 : half;
	}
	return false;
}

/* "X.cab~2", or the next number that makes no name of another input. */
static char *
numbered(struct part *const *sorted, size_t n, const char *stem, size_t *number)
{
	size_t room = strlen(stem) + 24;
	char *name = malloc(room);

	while (name) {
		snprintf(name, room, "%s~%zu", stem, ++*number);
		if (!is_stem(sorted, n, name))
			break;
	}
	return name;
}

/* Inputs of one name get numbers, so that no file of -o replaces another. */
static void
name_parts(struct events *e)
{
	struct part **sorted = calloc(e->n_parts + 1, sizeof(struct part *));
	char **names = calloc(e->n_parts + 1, sizeof(char *));
	size_t number = 1, first = 0;
	bool ok = sorted && names;

	for (size_t i = 0; ok && i < e->n_parts; i++) {
		sorted[i] = &e->parts[i];
		ok = (sorted[i]->stem = stem_of(e, sorted[i]->path)) != NULL;
	}
	if (ok && e->n_parts > 1)
		qsort(sorted, e->n_parts, sizeof(*sorted), by_stem);
	for (size_t i = 1; ok && i < e->n_parts; i++) {
		if (!same_file_name(sorted[first]->stem, sorted[i]->stem)) {
			first = i;
			number = 1;
			continue;
		}
		names[i] = numbered(sorted, e->n_parts, sorted[i]->stem, &number);
		ok = names[i] != NULL;
	}
	for (size_t i = 0; names && i < e->n_parts; i++) {
		if (!names[i])
			continue;
		free(sorted[i]->stem);
		sorted[i]->stem = names[i];
	}
	e->out_of_memory |= !ok;
	free(sorted);
	free(names);
}

/* ---- options --------------------------------------------------------------- */

static bool
usage(const char *what, const char *which)
{
	return wrong_usage("events", what, which);
}

static bool
check_format(struct events *e)
{
	for (size_t i = 0; i < N_FORMATS; i++)
		if (strcmp(formats[i].name, e->format_name) == 0) {
			e->format = formats[i].format;
			return true;
		}
	return usage("no such format: text, xml, jsonl or csv", e->format_name);
}

static bool
check_filter(struct events *e)
{
	cabscan_event_filter *f = &e->visit.filter;

	f->channels = e->channels.at;
	f->n_channels = e->channels.n;
	f->providers = e->providers.at;
	f->n_providers = e->providers.n;
	if (e->ids && !parse_ranges(e->ids, &e->id_ranges, &f->n_ids))
		return usage("--id needs numbers like 171,200-211", e->ids);
	if (e->records &&
	    !parse_ranges(e->records, &e->record_ranges, &f->n_records))
		return usage("--record needs numbers like 5,100-200", e->records);
	f->ids = e->id_ranges;
	f->records = e->record_ranges;
	if (e->levels && !parse_levels(e->levels, &f->levels))
		return usage("--level needs critical, error, warning, information, "
		             "verbose or numbers", e->levels);
	if (e->since && !parse_moment(e->since, false, &f->since))
		return usage("--since needs a time like 2026-11-22T09:00", e->since);
	if (e->until && !parse_moment(e->until, true, &f->until))
		return usage("--until needs a time like 2026-11-22T09:00", e->until);
	return true;
}

#define N_FLAGS 16

static void
list_flags(struct events *e, struct flag ret[N_FLAGS])
{
	const struct flag flags[N_FLAGS] = {
		{ 'f', "format", "NAME", "text (default), xml, jsonl or csv",
		  .text = &e->format_name },
		{ 'o', "output", "DIR", "one file a log there; each appears whole "
		  "or not at all", .text = &e->output },
		{ 'i', "id", "LIST", "event ids, 171,172,200-211", .text = &e->ids },
		{ 'c', "channel", "GLOB", "channels, with * and ?; may be repeated",
		  .list = &e->channels },
		{ 'p', "provider", "GLOB", "providers, the same way",
		  .list = &e->providers },
		{ 'l', "level", "LIST", "critical, error, warning, information, "
		  "verbose, or numbers", .text = &e->levels },
		{ 0, "since", "TIME", "from that day or moment on (UTC)",
		  .text = &e->since },
		{ 0, "until", "TIME", "up to the end of that day or moment",
		  .text = &e->until },
		{ 'r', "record", "LIST", "record ids, 5,100-200",
		  .text = &e->records },
		{ 't', "timeline", NULL, "all logs in one order, by time",
		  .on = &e->timeline },
		{ 0, "recovered", NULL, "also what is left behind the end of logs, "
		  "marked", .on = &e->recovered },
		{ 0, "redact", "KEYFILE", "pseudonyms for all that tells a device, "
		  "tenant or person", .text = &e->redact },
		{ 'j', "jobs", "N", "threads (default 1; 0: as many as there are "
		  "cores)", .text = &e->jobs },
		{ 'k', "knowledge", "FILE", "add knowledge for the meanings of text",
		  .list = &e->knowledge },
		{ 'q', "quiet", NULL, "no notes about damage", .on = &e->quiet },
		{ 'h', "help", NULL, "show this text", .on = &e->help },
	};

	memcpy(ret, flags, sizeof(flags));
}

static bool
parse(struct events *e, int argc, char **argv)
{
	struct flag flags[N_FLAGS];

	e->format_name = "text";
	if (!flag_lists(argc, &e->channels, &e->providers) ||
	    !flag_lists(argc, &e->knowledge, &e->paths))
		return false;
	list_flags(e, flags);
	if (!parse_flags("events", argc, argv, flags, N_FLAGS, &e->paths))
		return false;
	if (e->help) {
		fputs("Usage: cabscan events [OPTION]... INPUT...\n"
		      "Writes the events of logs: .evtx files, exported XML, CABs, and\n"
		      "directories with them.\n\n", stdout);
		print_flags(stdout, flags, N_FLAGS);
		fputs("\nFilters are applied together; of a list one must fit.\n",
		      stdout);
		print_statuses(stdout, false);
		return true;
	}
	if (e->paths.n == 0)
		return usage("nothing to read", "no INPUT was given");
	return check_format(e) &&
	       parse_jobs("events", e->jobs, 0, &e->n_workers) && check_filter(e);
}

static bool
prepare_masks(struct events *e)
{
	e->masks.private = &e->private;
	e->mask = calloc(e->n_workers, sizeof(*e->mask));
	for (size_t i = 0; e->mask && i < e->n_workers; i++)
		e->mask[i] = (struct mask){ .all = &e->masks };
	return e->mask && masks_open(&e->masks, e->paths.at, e->paths.n);
}

static void
prepare(struct events *e)
{
	e->visit.xml = e->format == EVENTS_XML;
	e->visit.no_values = e->visit.xml && !e->redact;
	e->visit.json = e->format == EVENTS_JSONL || e->format == EVENTS_CSV;
	e->visit.recovered = e->recovered;
	if ((e->format == EVENTS_XML || e->format == EVENTS_JSONL) &&
	    !e->timeline && !e->redact)
		e->visit.write = take_text;
	else
		e->visit.record = take_record;
	e->visit.note = e->quiet ? NULL : take_note;
	if (e->redact && !prepare_masks(e)) {
		e->out_of_memory = true;
		return;
	}
	for (size_t i = 0; i < e->paths.n; i++)
		add_path(e, e->paths.at[i], 0);
	if (e->output)
		name_parts(e);
	if (e->timeline)
		e->n_workers = 1;
	e->workers = calloc(e->n_workers, sizeof(*e->workers));
	e->out_of_memory |= !e->workers;
}

static int
run(struct events *e)
{
	cabscan_error err = { CABSCAN_OK, "" };
	int code;

	/* Only meanings need knowledge, and cases. */
	e->scanner = e->format == EVENTS_TEXT || e->redact
	             ? make_scanner(e->knowledge.at, e->knowledge.n, NULL)
	             : cabscan_new_empty(&err);
	if (!e->scanner && *err.message)
		print_problem(err.message, NULL);
	if (!e->scanner)
		return EXIT_USAGE;
	code = e->redact ? private_open(&e->private, e->redact) : EXIT_DONE;
	if (code != EXIT_DONE)
		return code;
	if (e->output && !make_directory(e->output)) {
		print_problem(e->output, "is no directory, and cannot be made one");
		return EXIT_OUTPUT;
	}
	prepare(e);
	if (!e->out_of_memory)
		write_all(e);
	if (e->out_of_memory)
		print_problem("out of memory", NULL);
	if (e->output_failed)
		print_problem(e->output ? e->output : "standard output",
		              "could not be written");
	return e->output_failed ? EXIT_OUTPUT
	     : e->unreadable || e->out_of_memory ? EXIT_UNREADABLE : EXIT_DONE;
}

static void
end(struct events *e)
{
	for (size_t i = 0; e->mask && i < e->n_workers; i++)
		mask_end(&e->mask[i]);
	for (size_t i = 0; e->workers && i < e->n_workers; i++)
		cabscan_worker_free(e->workers[i]);
	for (size_t i = 0; i < e->n_parts; i++) {
		free(e->parts[i].path);
		free(e->parts[i].stem);
		free((void *)(uintptr_t)e->parts[i].data);
		buffer_free(&e->parts[i].notes);
	}
	masks_close(&e->masks);
	private_close(&e->private);
	free(e->mask);
	free(e->workers);
	free(e->parts);
	free(e->moments);
	free(e->id_ranges);
	free(e->record_ranges);
	buffer_free(&e->all);
	cabscan_free(e->scanner);
	free_flag_lists(&e->channels, &e->providers);
	free_flag_lists(&e->knowledge, &e->paths);
}

int
cmd_events(int argc, char **argv)
{
	struct events e = { NULL };
	int code = EXIT_USAGE;

	if (parse(&e, argc, argv))
		code = e.help ? EXIT_DONE : run(&e);
	end(&e);
	return code;
}
