/*
 * unit.c - one unit into rows: a CAB, a folder, a ZIP, and what lies in them
 *
 * What is inside is scanned while the outside is open, so at most
 * MAX_NESTING + 1 archives are in memory.  All that the archives of one unit
 * unpack to shares one budget, the limit of a single CAB's members.
 */
#include "batch.h"
#include "sys.h"

#include <stdlib.h>
#include <string.h>

struct nest {
	struct unit_worker *w;
	const char *source;
	unsigned level;                 /* of what is inside */
	size_t own;                     /* where this row will stand */
};

static void scan_bytes(struct unit_worker *w, const char *source,
                       const void *data, size_t size, unsigned level);

static void
add_row(struct unit_worker *w, size_t where, struct row row)
{
	if (!rows_insert(w->rows, where, row))
		w->out_of_memory = true;
}

static void
add_problem(struct unit_worker *w, const char *source, const char *kind,
            const char *why, bool strange)
{
	struct row row = row_of_problem(w->maker, source, kind, why);

	row.strange = strange;
	add_row(w, w->rows->n, row);
}

/* ---- a case --------------------------------------------------------------- */

static bool
allowed(struct unit_worker *w, const char *source, uint64_t size)
{
	if (size <= w->budget) {
		w->budget -= size;
		return true;
	}
	add_problem(w, source, "limit", "what the archives around it unpack to "
	            "is more than the limit for one input", false);
	return false;
}

static void
take_cabinet(void *user, const char *name, const void *data, size_t size)
{
	const struct nest *n = user;
	char *source;

	if (is_nested(name))
		return;
	source = path_join(n->source, name);
	if (!source) {
		n->w->out_of_memory = true;
		return;
	}
	for (char *p = source; *p; p++)
		if (*p == '\\')
			*p = '/';
	scan_bytes(n->w, source, data, size, n->level);
	free(source);
}

static void
spend_members(struct unit_worker *w, const cabscan_case *c)
{
	const cabscan_member *m;

	/* What lies beside it came out of no archive, or was counted there. */
	for (size_t i = 0; (m = cabscan_member_at(c, i)) != NULL; i++)
		if (!m->side)
			w->budget -= m->bytes < w->budget ? m->bytes : w->budget;
}

/* An input that the case lacks has a row of its own. */
static void
add_unread(struct unit_worker *w, const cabscan_input *inputs, size_t n,
           const cabscan_case *c)
{
	const cabscan_note *note;

	for (size_t i = 0; (note = cabscan_note_at(c, i)) != NULL; i++)
		for (size_t k = 0; note->kind == CABSCAN_NOTE_UNREAD && k < n; k++) {
			size_t len = strlen(inputs[k].name);

			if (strncmp(note->text, inputs[k].name, len) == 0 &&
			    note->text[len] == ':')
				add_problem(w, inputs[k].name, "unreadable",
				            note->text, false);
		}
}

static void
scan_case(struct unit_worker *w, const char *source, const cabscan_input *inputs,
          size_t n, unsigned level)
{
	struct nest nest = { w, source, level + 1, w->rows->n };
	cabscan_worker *worker = w->workers[level];
	cabscan_error err = { CABSCAN_OK, "" };
	cabscan_case *c;
	struct row row;

	if (!worker)
		worker = w->workers[level] = cabscan_worker_new(w->scanner, &err);
	if (!worker) {
		w->out_of_memory = true;
		return;
	}
	cabscan_worker_cabinets(worker, take_cabinet, &nest);
	if (cabscan_worker_scan(worker, source, inputs, n, &c, &err) == CABSCAN_OK) {
		row = row_of_case(w->maker, source, c);
		if (w->maker->take)
			w->maker->take(w->maker->user, source, c);
		if (level > 0)
			spend_members(w, c);
		add_unread(w, inputs, n, c);
		cabscan_case_free(c);
	} else {
		row = row_of_problem(w->maker, source, problem_kind(err.status),
		                     err.message);
		row.strange = err.status == CABSCAN_EFORMAT;
	}
	add_row(w, nest.own, row);
}

/* ---- a ZIP ---------------------------------------------------------------- */

struct contents {
	struct unit_worker *w;
	struct archive *zip;
	const char *source;
	unsigned level;
	cabscan_input *loose;           /* names and bytes are from malloc() */
	size_t n_loose, n_cabs, last_cab;
	bool *is_archive;               /* by entry */
	bool said_encrypted;
	size_t n;
};

static char *
inner_source(struct contents *z, const char *name)
{
	char *source = path_join(z->source, name);

	for (char *p = source; p && *p; p++)
		if (*p == '\\')
			*p = '/';
	if (!source)
		z->w->out_of_memory = true;
	return source;
}

static void
inner_problem(struct contents *z, const char *name, const char *kind,
              const char *why)
{
	char *source = inner_source(z, name);

	if (source)
		add_problem(z->w, source, kind, why, false);
	free(source);
}

static const char *
kind_of_why(const char *why)
{
	return strstr(why, "encrypted") ? "encrypted"
	     : strstr(why, "memory") ? "memory" : "damaged";
}

/* All bytes of an entry, and no more than its list promises. */
static void *
read_entry(struct contents *z, size_t i, const struct archive_entry *e)
{
	uint64_t most = cabscan_get_limit(z->w->scanner, CABSCAN_LIMIT_MEMBER_BYTES);
	const char *why;
	void *bytes;
	size_t len;

	if (e->size > most || e->size > z->w->budget) {
		inner_problem(z, e->name, "limit", "it unpacks to more than the "
		              "limit for one input");
		return NULL;
	}
	bytes = archive_read(z->zip, i, (size_t)e->size, &len, &why);
	if (bytes && len != e->size) {
		free(bytes);
		bytes = NULL;
		why = "it unpacks to less than its list promises: it is damaged";
	}
	if (!bytes)
		inner_problem(z, e->name, kind_of_why(why), why);
	else
		z->w->budget -= e->size;
	return bytes;
}

/* What an entry is: an archive, a file of a case, or nothing of ours. */
static void
classify(struct contents *z, size_t i, bool *ret_loose)
{
	struct archive_entry e;
	unsigned char *head;
	const char *why;
	size_t n = 0;

	*ret_loose = false;
	if (!archive_entry(z->zip, i, &e) || e.is_directory || is_nested(e.name))
		return;
	if (e.encrypted) {
		if (!z->said_encrypted)
			add_problem(z->w, z->source, "encrypted", "files in it are "
			            "encrypted with a password: unpack it first",
			            false);
		z->said_encrypted = true;
		return;
	}
	head = archive_read(z->zip, i, e.size < CABSCAN_HEAD_BYTES
	                    ? (size_t)e.size : CABSCAN_HEAD_BYTES, &n, &why);
	if (!head) {
		if (ends_with(e.name, ".cab") || cabscan_knows_file(e.name, "", 0))
			inner_problem(z, e.name, kind_of_why(why), why);
		return;
	}
	if ((n >= 4 && memcmp(head, "MSCF", 4) == 0) || ends_with(e.name, ".cab")) {
		z->is_archive[i] = true;
		z->n_cabs++;
		z->last_cab = i;
	} else if (is_zip_head(head, n)) {
		z->is_archive[i] = true;
		z->n_cabs += 2;         /* nobody knows how many are in it */
	} else {
		*ret_loose = cabscan_knows_file(e.name, head, n);
	}
	free(head);
}

static void
take_loose(struct contents *z, size_t i)
{
	struct archive_entry e;
	cabscan_input *more;
	char *name;
	void *bytes;

	if (!archive_entry(z->zip, i, &e) || !(bytes = read_entry(z, i, &e)))
		return;
	name = copy_text(e.name, strlen(e.name));
	more = realloc(z->loose, (z->n_loose + 2) * sizeof(*more));
	if (more)
		z->loose = more;
	if (!more || !name) {
		free(name);
		free(bytes);
		z->w->out_of_memory = true;
		return;
	}
	more[z->n_loose++] = (cabscan_input){
		.name = name, .data = bytes, .size = (size_t)e.size,
	};
}

/* The only CAB, and the files beside it; or else the files alone. */
static void
scan_loose(struct contents *z)
{
	struct archive_entry e;
	char *source = NULL;
	void *cab = NULL;
	size_t n = z->n_loose;

	if (z->n_cabs == 1 && archive_entry(z->zip, z->last_cab, &e)) {
		z->is_archive[z->last_cab] = false;
		cab = read_entry(z, z->last_cab, &e);
		source = inner_source(z, e.name);
		if (cab && source) {
			memmove(z->loose + 1, z->loose, n * sizeof(*z->loose));
			z->loose[0] = (cabscan_input){
				.name = source, .data = cab, .size = (size_t)e.size,
			};
			n++;
		}
	}
	for (size_t i = 0; i < n; i++)
		z->loose[i].kind = !cab ? CABSCAN_INPUT_MEMBER
		                 : i == 0 ? CABSCAN_INPUT_AUTO : CABSCAN_INPUT_SIDE;
	if (n > 0)
		scan_case(z->w, cab && source ? source : z->source, z->loose, n,
		          z->level);
	for (size_t i = cab && source ? 1 : 0; i < n; i++) {
		free((char *)(uintptr_t)z->loose[i].name);
		free((void *)(uintptr_t)z->loose[i].data);
	}
	free(source);
	free(cab);
}

static void
scan_contents(struct contents *z)
{
	size_t before = z->w->rows->n;

	for (size_t i = 0; i < z->n && !z->w->out_of_memory; i++) {
		bool loose;

		classify(z, i, &loose);
		if (loose)
			take_loose(z, i);
	}
	if (z->n_loose > 0)
		scan_loose(z);
	for (size_t i = 0; i < z->n && !z->w->out_of_memory; i++) {
		struct archive_entry e;
		char *source;
		void *bytes;

		if (!z->is_archive[i] || !archive_entry(z->zip, i, &e))
			continue;
		bytes = read_entry(z, i, &e);
		source = inner_source(z, e.name);
		if (bytes && source)
			scan_bytes(z->w, source, bytes, (size_t)e.size, z->level);
		free(source);
		free(bytes);
	}
	z->w->out_of_memory |= archive_out_of_memory(z->zip);
	if (z->w->rows->n == before && !z->w->out_of_memory)
		add_problem(z->w, z->source, "format", "it holds no CAB and no file "
		            "of one", true);
}

static void
scan_zip(struct unit_worker *w, const char *source, const void *data,
         size_t size, unsigned level)
{
	uint64_t most = cabscan_get_limit(w->scanner, CABSCAN_LIMIT_MEMBERS);
	struct contents z = { .w = w, .source = source, .level = level + 1 };
	const char *why;

	z.zip = archive_open(data, size, &why);
	if (!z.zip) {
		add_problem(w, source, archives_supported() ? kind_of_why(why)
		            : "unsupported", why, false);
		return;
	}
	z.n = archive_count(z.zip);
	z.is_archive = calloc(z.n + 1, sizeof(*z.is_archive));
	if (!z.is_archive)
		w->out_of_memory = true;
	else if (z.n > most)
		add_problem(w, source, "limit", "it holds more files than the limit "
		            "for one input", false);
	else
		scan_contents(&z);
	free(z.is_archive);
	free(z.loose);
	archive_close(z.zip);
}

/* ---- bytes and files ------------------------------------------------------- */

static void
scan_bytes(struct unit_worker *w, const char *source, const void *data,
           size_t size, unsigned level)
{
	cabscan_input in = { source, data, size, CABSCAN_INPUT_AUTO };

	if (level > MAX_NESTING || (level == MAX_NESTING && is_zip_head(data, size)))
		add_problem(w, source, "limit", "archives lie in archives more than "
		            "three deep", false);
	else if (is_zip_head(data, size))
		scan_zip(w, source, data, size, level);
	else if (allowed(w, source, size))
		scan_case(w, source, &in, 1, level);
}

static void *
read_whole(struct unit_worker *w, const char *path, size_t *ret_len)
{
	uint64_t most = cabscan_get_limit(w->scanner, CABSCAN_LIMIT_CAB_BYTES);
	uint64_t size = 0, written;
	FILE *f = open_path(path, "rb");
	char *bytes = NULL;
	const char *why = "it cannot be read", *kind = "unreadable";

	*ret_len = 0;
	if (f && file_stamp(path, &size, &written)) {
		if (size > most) {
			kind = "limit";
			why = "it is larger than the limit for one input";
		} else if (!(bytes = malloc((size_t)size + 1))) {
			kind = "memory";
			why = "out of memory";
		} else {
			*ret_len = fread(bytes, 1, (size_t)size, f);
		}
	}
	if (bytes && (ferror(f) || *ret_len < size)) {
		free(bytes);
		bytes = NULL;
	}
	if (f)
		fclose(f);
	if (!bytes)
		add_problem(w, path, kind, why, false);
	return bytes;
}

bool
is_zip(const char *path)
{
	unsigned char head[4];
	size_t n;

	read_head(path, head, sizeof(head), &n);
	return is_zip_head(head, n) ||
	       (ends_with(path, ".zip") && !(n == 4 && memcmp(head, "MSCF", 4) == 0));
}

/* Archives in a case that are none of ours say nothing, as long as anything
 * else was one. */
static void
drop_strange(struct rows *r)
{
	size_t n = 0;
	bool first = true;

	for (size_t i = 0; i < r->n; i++)
		first &= r->at[i].strange;
	for (size_t i = 0; i < r->n; i++) {
		if (r->at[i].strange && !first) {
			row_free(&r->at[i]);
			continue;
		}
		first = false;
		r->at[n++] = r->at[i];
	}
	r->n = n;
}

void
unit_scan(struct unit_worker *w, const struct device *d, struct rows *ret)
{
	void *bytes;
	size_t len;

	*ret = (struct rows){ .n = 0 };
	w->rows = ret;
	w->out_of_memory = false;
	w->budget = cabscan_get_limit(w->scanner, CABSCAN_LIMIT_TOTAL_BYTES);
	if (d->problem) {
		add_problem(w, d->source, "unreadable", d->problem, false);
	} else if (d->n == 1 && is_zip(d->inputs[0].name)) {
		bytes = read_whole(w, d->inputs[0].name, &len);
		if (bytes)
			scan_zip(w, d->source, bytes, len, 0);
		free(bytes);
	} else if (d->n > 0) {
		scan_case(w, d->source, d->inputs, d->n, 0);
	} else {
		add_problem(w, d->source, "format", "the directory holds no files",
		            false);
	}
	if (w->out_of_memory && ret->n == 0)
		add_problem(w, d->source, "memory", "out of memory", false);
	drop_strange(ret);
	ret->out_of_memory = w->out_of_memory;
}

void
unit_worker_end(struct unit_worker *w)
{
	for (size_t i = 0; i <= MAX_NESTING; i++)
		cabscan_worker_free(w->workers[i]);
}
