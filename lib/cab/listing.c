#include "cab/listing.h"

#include "base/utf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define HEADER_SIZE 36
#define FOLDER_SIZE 8
#define ENTRY_SIZE 16           /* and a name with its NUL */
#define NAME_BYTES 256          /* with its NUL */

#define HAS_PREVIOUS 0x0001u
#define HAS_NEXT 0x0002u
#define HAS_RESERVE 0x0004u

#define FROM_PREVIOUS 0xfffdu   /* these three stand for a folder's number */
#define TO_NEXT 0xfffeu
#define FROM_PREVIOUS_TO_NEXT 0xffffu

#define NAME_IS_UTF8 0x80u

struct header {
	uint32_t size, files_at;
	unsigned minor, major, n_folders, n_files, flags, set_id, set_index;
	unsigned header_reserve, folder_reserve, block_reserve;
	cs_text previous, previous_disk, next, next_disk;
	size_t end;             /* of the header: the folders follow */
};

struct raw_entry {
	uint32_t size, offset;
	unsigned folder, attributes;
	cs_text name;
};

static const struct cs_place input = { 0 };

static struct cs_place
at_offset(size_t offset)
{
	return (struct cs_place){ .offset = offset };
}

void
cs_cab_error(cabscan_error *err, cabscan_status status, cs_text source,
             const char *format, ...)
{
	size_t room, used;
	va_list args;

	if (!err)
		return;
	while (source.len > 200 ||      /* the end tells more than the start */
	       (source.len > 0 && ((unsigned char)source.at[0] & 0xc0) == 0x80)) {
		source.at++;
		source.len--;
	}
	room = sizeof(err->message);
	err->status = status;
	snprintf(err->message, room, "%.*s", (int)source.len, source.at ? source.at : "");
	used = strlen(err->message);
	va_start(args, format);
	vsnprintf(err->message + used, room - used, format, args);
	va_end(args);
}

/* Text up to its NUL; the reader is short where there is none in reach. */
static cs_text
terminated(cs_reader *r)
{
	cs_bytes reach = cs_slice(r->all, r->pos, NAME_BYTES);
	const uint8_t *end = reach.len ? memchr(reach.at, 0, reach.len) : NULL;
	size_t len = end ? (size_t)(end - reach.at) : SIZE_MAX - 1;
	cs_bytes text = cs_take(r, len);

	cs_skip(r, 1);
	return (cs_text){ (const char *)text.at, text.len };
}

static bool
read_header(cs_bytes cab, struct header *ret)
{
	cs_reader r = cs_read(cab);
	struct header h = { 0 };

	cs_skip(&r, 8);                         /* signature, reserved */
	h.size = cs_u32le(&r);
	cs_skip(&r, 4);
	h.files_at = cs_u32le(&r);
	cs_skip(&r, 4);
	h.minor = cs_u8(&r);
	h.major = cs_u8(&r);
	h.n_folders = cs_u16le(&r);
	h.n_files = cs_u16le(&r);
	h.flags = cs_u16le(&r);
	h.set_id = cs_u16le(&r);
	h.set_index = cs_u16le(&r);
	if (h.flags & HAS_RESERVE) {
		h.header_reserve = cs_u16le(&r);
		h.folder_reserve = cs_u8(&r);
		h.block_reserve = cs_u8(&r);
		cs_skip(&r, h.header_reserve);
	}
	if (h.flags & HAS_PREVIOUS) {
		h.previous = terminated(&r);
		h.previous_disk = terminated(&r);
	}
	if (h.flags & HAS_NEXT) {
		h.next = terminated(&r);
		h.next_disk = terminated(&r);
	}
	h.end = r.pos;
	*ret = h;
	return !r.is_short;
}

static bool
read_entry(cs_reader *r, struct raw_entry *ret)
{
	ret->size = cs_u32le(r);
	ret->offset = cs_u32le(r);
	ret->folder = cs_u16le(r);
	cs_skip(r, 4);                          /* date, time */
	ret->attributes = cs_u16le(r);
	ret->name = terminated(r);
	return !r->is_short;
}

/* Whether a list of members may begin there. */
static bool
plausible(cs_bytes cab, size_t at, const struct header *h)
{
	cs_reader r = cs_read(cab);
	struct raw_entry e;

	cs_seek(&r, at);
	return read_entry(&r, &e) && e.name.len > 0 &&
	       (e.folder < h->n_folders || e.folder >= FROM_PREVIOUS);
}

/* The header says where the list is, and it also follows the folders: where
 * the two differ, one of them is damaged. */
static size_t
find_tables(struct cs_scan *s, const struct header *h, struct cs_cab_listing *list)
{
	size_t folders = (size_t)h->n_folders * (FOLDER_SIZE + h->folder_reserve);
	size_t files = h->end + folders;

	list->folders_at = h->end;
	if (h->files_at == files)
		return files;
	if (plausible(list->cab, files, h) || h->files_at < HEADER_SIZE + folders ||
	    !plausible(list->cab, h->files_at, h)) {
		cs_note(s, CABSCAN_NOTE_DAMAGED, at_offset(16),
		        "the list of members should be at %u, but is read at %zu, "
		        "behind the folders", (unsigned)h->files_at, files);
		return files;
	}
	cs_note(s, CABSCAN_NOTE_DAMAGED, at_offset(HEADER_SIZE),
	        "the header ends at %zu, which leaves no room for a list of "
	        "members; the one at %u is used", h->end, (unsigned)h->files_at);
	list->folders_at = h->files_at - folders;
	return h->files_at;
}

static void
note_set(struct cs_scan *s, const struct header *h)
{
	if (h->flags & HAS_PREVIOUS)
		cs_note(s, CABSCAN_NOTE_CABINET, input,
		        "cabinet %u of a set (0x%04x); the one before it is \"%.*s\" "
		        "on \"%.*s\"", h->set_index + 1, h->set_id,
		        (int)h->previous.len, h->previous.at,
		        (int)h->previous_disk.len, h->previous_disk.at);
	if (h->flags & HAS_NEXT)
		cs_note(s, CABSCAN_NOTE_CABINET, input,
		        "cabinet %u of a set (0x%04x); the next one is \"%.*s\" "
		        "on \"%.*s\"", h->set_index + 1, h->set_id,
		        (int)h->next.len, h->next.at,
		        (int)h->next_disk.len, h->next_disk.at);
}

static void
note_header(struct cs_scan *s, const struct header *h, size_t len)
{
	if (h->major != 1 || h->minor != 3)
		cs_note(s, CABSCAN_NOTE_CABINET, at_offset(24),
		        "cabinet format %u.%u, 1.3 expected", h->major, h->minor);
	if (h->size > len)
		cs_note(s, CABSCAN_NOTE_DAMAGED, at_offset(len),
		        "the CAB is cut: %zu bytes found, its header states %u",
		        len, (unsigned)h->size);
	else if (h->size < len)
		cs_note(s, CABSCAN_NOTE_CABINET, at_offset(h->size),
		        "%zu bytes follow the end of the cabinet, which states "
		        "%u bytes", len - h->size, (unsigned)h->size);
	note_set(s, h);
}

/* A name that would lead somewhere if it were used as a path. */
static bool
leads_away(cs_text name)
{
	cs_text part = { name.at, 0 };

	if (name.len > 0 && (name.at[0] == '/' || name.at[0] == '\\'))
		return true;
	if (name.len > 1 && name.at[1] == ':')
		return true;
	for (size_t i = 0; i <= name.len; i++) {
		if (i < name.len && name.at[i] != '/' && name.at[i] != '\\') {
			part.len++;
			continue;
		}
		if (cs_same(part, CS_TEXT("..")))
			return true;
		part = (cs_text){ name.at + i + 1, 0 };
	}
	return false;
}

/* How often something was found in the list. */
struct seen {
	unsigned bad_text, away, no_name, no_folder;
};

static void
take_name(struct cs_scan *s, struct cs_cab_entry *e, const struct raw_entry *raw,
          struct seen *seen)
{
	struct cs_place place = { .member = &e->member };
	size_t bad;

	e->member.name = cs_keep_text(&s->arena,
	                              cs_clean_utf8(&s->arena, raw->name, &bad));
	if (bad > 0 && seen->bad_text++ < MAX_LIST_NOTES)
		cs_note(s, CABSCAN_NOTE_ENCODING, place,
		        "the name of member %u is not UTF-8 in %zu of its %zu bytes%s",
		        e->number + 1, bad, raw->name.len,
		        raw->attributes & NAME_IS_UTF8 ? ", though marked as such" : "");
	if (raw->name.len == 0 && seen->no_name++ < MAX_LIST_NOTES)
		cs_note(s, CABSCAN_NOTE_CABINET, place, "member %u has no name",
		        e->number + 1);
	if (leads_away(raw->name) && seen->away++ < MAX_LIST_NOTES)
		cs_note(s, CABSCAN_NOTE_CABINET, place,
		        "the name of member %u is a path that leads out of a "
		        "directory; extract this CAB with care", e->number + 1);
}

static void
take_entry(struct cs_scan *s, struct cs_cab_listing *list, struct cs_cab_entry *e,
           const struct raw_entry *raw, struct seen *seen)
{
	e->member.size = raw->size;
	e->member.state = CABSCAN_MEMBER_NOT_READ;
	e->begin = raw->offset;
	e->end = e->begin + raw->size;
	e->folder = raw->folder;
	e->begins_elsewhere = raw->folder == FROM_PREVIOUS ||
	                      raw->folder == FROM_PREVIOUS_TO_NEXT;
	e->ends_elsewhere = raw->folder == TO_NEXT ||
	                    raw->folder == FROM_PREVIOUS_TO_NEXT;
	if (e->begins_elsewhere) {
		e->folder = 0;
		list->from_previous = true;
	} else if (e->ends_elsewhere) {
		e->folder = list->n_folders - 1;
	}
	if (e->folder < list->n_folders)
		return;
	if (seen->no_folder++ < MAX_LIST_NOTES)
		cs_note(s, CABSCAN_NOTE_DAMAGED,
		        (struct cs_place){ .member = &e->member },
		        "member %u lies in folder %u of %u, which does not exist",
		        e->number + 1, e->folder + 1, list->n_folders);
	e->folder = CS_CAB_NOWHERE;
}

static void
summary(struct cs_scan *s, cabscan_note_kind kind, unsigned n, const char *what)
{
	if (n > MAX_LIST_NOTES)
		cs_note(s, kind, input, "%u more %s", n - MAX_LIST_NOTES, what);
}

static void
read_entries(struct cs_scan *s, const struct header *h, size_t at,
             struct cs_cab_listing *list)
{
	struct seen seen = { 0 };
	cs_reader r = cs_read(list->cab);
	struct raw_entry raw;

	cs_seek(&r, at);
	for (unsigned i = 0; i < h->n_files; i++) {
		struct cs_cab_entry *e = &list->entries[i];
		size_t entry_at = r.pos;

		if (!read_entry(&r, &raw)) {
			cs_note(s, CABSCAN_NOTE_DAMAGED, at_offset(entry_at),
			        "the list of members ends after %u of %u: no entry "
			        "in the %zu bytes that follow", i, h->n_files,
			        list->cab.len - entry_at);
			break;
		}
		if (!cs_spend(s, CABSCAN_LIMIT_MEMBERS, 1, at_offset(entry_at)))
			break;
		e->number = i;
		take_name(s, e, &raw, &seen);
		take_entry(s, list, e, &raw, &seen);
		list->n_entries = i + 1;
	}
	summary(s, CABSCAN_NOTE_ENCODING, seen.bad_text, "names that are not UTF-8");
	summary(s, CABSCAN_NOTE_CABINET, seen.away, "names that lead out of a directory");
	summary(s, CABSCAN_NOTE_CABINET, seen.no_name, "members without a name");
	summary(s, CABSCAN_NOTE_DAMAGED, seen.no_folder, "members without a folder");
}

static int
compare_names(const void *a, const void *b)
{
	const struct cs_cab_entry *x = *(const struct cs_cab_entry *const *)a;
	const struct cs_cab_entry *y = *(const struct cs_cab_entry *const *)b;
	cs_text p = x->member.name, q = y->member.name;

	for (size_t i = 0; i < p.len && i < q.len; i++) {
		unsigned char c = (unsigned char)p.at[i], d = (unsigned char)q.at[i];

		c = (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
		d = (unsigned char)(d >= 'A' && d <= 'Z' ? d + 32 : d);
		if (c != d)
			return c < d ? -1 : 1;
	}
	if (p.len != q.len)
		return p.len < q.len ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static int
compare_places(const void *a, const void *b)
{
	const struct cs_cab_entry *x = *(const struct cs_cab_entry *const *)a;
	const struct cs_cab_entry *y = *(const struct cs_cab_entry *const *)b;

	if (x->folder != y->folder)
		return x->folder < y->folder ? -1 : 1;
	if (x->begin != y->begin)
		return x->begin < y->begin ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

static void
note_duplicates(struct cs_scan *s, const struct cs_cab_listing *list)
{
	unsigned groups = 0;
	size_t same;

	for (size_t i = 0; i < list->n_entries; i += same) {
		const struct cs_member *m = &list->order[i]->member;

		for (same = 1; i + same < list->n_entries; same++)
			if (!cs_same_caseless(m->name, list->order[i + same]->member.name))
				break;
		if (same > 1 && groups++ < MAX_LIST_NOTES)
			cs_note(s, CABSCAN_NOTE_CABINET, (struct cs_place){ .member = m },
			        "%zu members have this name; each is read", same);
	}
	summary(s, CABSCAN_NOTE_CABINET, groups, "names that several members have");
}

static void
sort_entries(struct cs_scan *s, struct cs_cab_listing *list)
{
	for (size_t i = 0; i < list->n_entries; i++)
		list->order[i] = &list->entries[i];
	qsort(list->order, list->n_entries, sizeof(list->order[0]), compare_names);
	note_duplicates(s, list);
	qsort(list->order, list->n_entries, sizeof(list->order[0]), compare_places);
}

/* True: the header is all there, and it promises members. */
static bool
usable_header(cs_text source, cs_bytes cab, struct header *ret, cabscan_error *err)
{
	bool whole = read_header(cab, ret);

	if (cab.len >= HEADER_SIZE && (ret->n_folders == 0 || ret->n_files == 0))
		cs_cab_error(err, CABSCAN_EFORMAT, source,
		             " is a CAB without members: its header counts %u "
		             "folders and %u files", ret->n_folders, ret->n_files);
	else if (!whole)
		cs_cab_error(err, CABSCAN_EFORMAT, source,
		             " is a CAB that is cut or damaged in its header: "
		             "only %zu bytes are there", cab.len);
	else
		return true;
	return false;
}

bool
cs_cab_list(struct cs_scan *s, cs_text source, cs_bytes cab,
            struct cs_cab_listing *ret, cabscan_error *err)
{
	struct cs_cab_listing list = { .cab = cab };
	struct header h;
	size_t at, room;

	if (!usable_header(source, cab, &h, err))
		return false;
	list.n_folders = h.n_folders;
	list.folder_reserve = h.folder_reserve;
	list.block_reserve = h.block_reserve;
	list.previous = h.previous;
	list.next = h.next;
	note_header(s, &h, cab.len);
	at = find_tables(s, &h, &list);
	room = cs_slice(cab, at, cab.len).len / (ENTRY_SIZE + 1) + 1;
	if (room > h.n_files)
		room = h.n_files;
	list.entries = cs_alloc_n(&s->arena, room, sizeof(list.entries[0]));
	list.order = cs_alloc_n(&s->arena, room, sizeof(list.order[0]));
	if (!list.entries || !list.order) {
		cs_cab_error(err, CABSCAN_ENOMEM, source, ": out of memory");
		return false;
	}
	read_entries(s, &h, at, &list);
	if (list.n_entries == 0 && !s->over[CABSCAN_LIMIT_MEMBERS]) {
		cs_cab_error(err, CABSCAN_EFORMAT, source,
		             " is a CAB that is cut or damaged before its first "
		             "member: %zu bytes are there, its header states %u",
		             cab.len, (unsigned)h.size);
		return false;
	}
	sort_entries(s, &list);
	*ret = list;
	return true;
}

struct cs_cab_folder
cs_cab_folder_at(const struct cs_cab_listing *list, unsigned number)
{
	struct cs_cab_folder f;
	cs_reader r = cs_read(list->cab);

	cs_seek(&r, list->folders_at +
	            (size_t)number * (FOLDER_SIZE + list->folder_reserve));
	f.data_at = cs_u32le(&r);
	f.n_blocks = cs_u16le(&r);
	f.compression = cs_u16le(&r);
	f.method = f.compression & 0x000f;
	return f;
}
