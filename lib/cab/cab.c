#include "cab/cab.h"

#include "cab/listing.h"
#include "cab/unpack.h"

#include <stdio.h>
#include <string.h>

struct room {
	struct cs_scan *scan;
	struct cs_cab_sink *sink;
	const struct cs_cab_listing *list;
	struct cs_stretch bytes;
	struct cs_unpack *unpack;       /* the folder at hand */
	size_t next;                    /* in the listing's order */
	size_t end;                     /* of this folder's members */
	bool asked;                     /* the sink, about the next one */
	struct cs_walk walk;
	unsigned n_elsewhere, n_too_large, n_outside;
	bool stop;                      /* the sink has had enough */
	bool no_memory;
};

bool
cs_cab_claims(cs_bytes head)
{
	return head.len >= 4 && memcmp(head.at, "MSCF", 4) == 0;
}

static uint64_t
member_limit(const struct room *r)
{
	return r->scan->limits[CABSCAN_LIMIT_MEMBER_BYTES];
}

/* A folder that begins in the cabinet before needs it for all its members:
 * nobody knows how many bytes of the folder lie there. */
static bool
needs_previous(const struct room *r, const struct cs_cab_entry *e)
{
	return e->folder == 0 && r->list->from_previous;
}

/* Whether unpacking its folder may give this member. */
static bool
wanted(const struct room *r, const struct cs_cab_entry *e)
{
	return !needs_previous(r, e) && !e->ends_elsewhere &&
	       e->folder != CS_CAB_NOWHERE && e->member.size <= member_limit(r) &&
	       !r->scan->over[CABSCAN_LIMIT_TOTAL_BYTES];
}

static void
note_elsewhere(struct room *r, const struct cs_cab_entry *e)
{
	struct cs_place place = { .member = &e->member };
	bool before = needs_previous(r, e);
	cs_text cabinet = before ? r->list->previous : r->list->next;

	if (r->n_elsewhere++ >= MAX_MEMBER_NOTES)
		return;
	cs_note(r->scan, CABSCAN_NOTE_CABINET, place,
	        "%s the %s cabinet of the set, %s%.*s%s",
	        e->begins_elsewhere ? "begins in"
	        : before ? "its folder begins in" : "goes on in",
	        before ? "previous" : "next", cabinet.len ? "\"" : "which is not named",
	        (int)cabinet.len, cabinet.len ? cabinet.at : "",
	        cabinet.len ? "\"" : "");
}

static cabscan_member_state
unwanted_state(struct room *r, struct cs_cab_entry *e)
{
	struct cs_place place = { .member = &e->member };

	if (e->folder == CS_CAB_NOWHERE)
		return CABSCAN_MEMBER_LOST;     /* the list has noted it */
	if (needs_previous(r, e) || e->ends_elsewhere) {
		note_elsewhere(r, e);
		return CABSCAN_MEMBER_LOST;
	}
	if (e->member.size > member_limit(r) && r->n_too_large++ < MAX_MEMBER_NOTES)
		cs_note(r->scan, CABSCAN_NOTE_LIMIT, place,
		        "%llu bytes, more than the %llu that one member may have",
		        (unsigned long long)e->member.size,
		        (unsigned long long)member_limit(r));
	return CABSCAN_MEMBER_LIMITED;
}

/* A block that does not unpack at all is zeros: those are no salvage. */
static bool
all_zeros(cs_bytes b)
{
	return b.len == 0 ||
	       (b.at[0] == 0 && memcmp(b.at, b.at + 1, b.len - 1) == 0);
}

/* Bytes of it that have been unpacked, dropped or not. */
static uint64_t
unpacked_of(const struct cs_unpack *u, const struct cs_cab_entry *e)
{
	uint64_t end = e->end < u->pos ? e->end : u->pos;

	return e->begin < end ? end - e->begin : 0;
}

/* What has become of a wanted member, now that no more bytes will come. */
static cabscan_member_state
state_of(struct room *r, struct cs_cab_entry *e, cs_bytes *ret)
{
	const struct cs_unpack *u = r->unpack;
	struct cs_place place = { .member = &e->member };
	cs_bytes b = cs_stretch_view(&r->bytes, e->begin, e->end);
	uint64_t n = unpacked_of(u, e);

	if (e->begin == e->end)
		return CABSCAN_MEMBER_NOT_READ;
	if (u->limited && e->end > u->pos)
		return CABSCAN_MEMBER_LIMITED;
	if (e->end > u->pos && !u->damaged && r->n_outside++ < MAX_MEMBER_NOTES)
		cs_note(r->scan, CABSCAN_NOTE_DAMAGED, place,
		        "its list entry states bytes %llu to %llu of a folder of "
		        "%llu bytes", (unsigned long long)e->begin,
		        (unsigned long long)e->end, (unsigned long long)u->pos);
	if (n == 0)
		return CABSCAN_MEMBER_LOST;
	if (!cs_spend(r->scan, CABSCAN_LIMIT_TOTAL_BYTES, n, place))
		return CABSCAN_MEMBER_LIMITED;
	if (e->begin >= u->sound && all_zeros(b))
		return CABSCAN_MEMBER_LOST;
	*ret = b;
	return e->end <= u->sound ? CABSCAN_MEMBER_NOT_READ : CABSCAN_MEMBER_SALVAGED;
}

static void
hand_over(struct room *r, struct cs_cab_entry *e)
{
	cs_bytes none = { NULL, 0 };

	e->member.bytes = none;
	if (wanted(r, e))
		e->member.state = state_of(r, e, &e->member.bytes);
	else
		e->member.state = unwanted_state(r, e);
	if (!r->sink->member(r->sink, &e->member))
		r->stop = true;
	e->member.bytes = none;
	r->next++;
	r->asked = false;
}

/* Bytes that nobody reads need no room, except those that the next member has
 * too.  Behind damage it is the bytes that tell what is lost. */
static void
drop_unread(struct room *r, struct cs_cab_entry *e)
{
	const struct cs_unpack *u = r->unpack;
	uint64_t head_end = e->begin + CS_CAB_HEAD_BYTES, end = u->pos;

	if (u->damaged || u->pos < head_end || !r->sink->reads)
		return;
	if (!r->asked)
		e->member.dropped = !r->sink->reads(r->sink, &e->member,
			cs_stretch_view(&r->bytes, e->begin, head_end));
	r->asked = true;
	if (r->next + 1 < r->end && r->list->order[r->next + 1]->begin < end)
		end = r->list->order[r->next + 1]->begin;
	if (e->member.dropped)
		cs_stretch_forget(&r->bytes, end);
}

/* Hands over what is complete, or will never be.  True: the next member waits
 * for bytes. */
static bool
settle(struct room *r)
{
	while (r->next < r->end && !r->stop) {
		struct cs_cab_entry *e = r->list->order[r->next];

		if (wanted(r, e)) {
			cs_stretch_forget(&r->bytes, e->begin);
			if (e->end > r->unpack->pos && e->end > e->begin) {
				drop_unread(r, e);
				return true;
			}
		}
		hand_over(r, e);
	}
	return false;
}

/* The place of the first doubtful byte: in a member, or between two. */
static void
note_damage(struct room *r, unsigned folder)
{
	const struct cs_unpack *u = r->unpack;
	struct cs_place place = { .offset = u->damaged_at };

	for (size_t i = r->next; i < r->end; i++) {
		const struct cs_cab_entry *e = r->list->order[i];

		if (e->begin > u->sound)
			break;
		if (e->end <= u->sound)
			continue;
		place.member = &e->member;
		place.offset = u->sound - e->begin;
		break;
	}
	cs_note(r->scan, CABSCAN_NOTE_DAMAGED, place,
	        "folder %u of %u is damaged: %s; what follows in it is salvaged "
	        "or lost", folder + 1, r->list->n_folders, u->why);
}

static void
note_limit(struct room *r, unsigned folder)
{
	if (!r->scan->over[CABSCAN_LIMIT_DECODE_BYTES])
		cs_note(r->scan, CABSCAN_NOTE_LIMIT, (struct cs_place){ 0 },
		        "folder %u of %u is not unpacked to its end: the folders "
		        "have more data blocks than the CAB has room for",
		        folder + 1, r->list->n_folders);
}

static void
read_folder(struct room *r, unsigned folder)
{
	struct cs_unpack u;
	bool noted = false;

	cs_unpack_begin(&u, r->scan, r->list, folder, &r->walk, &r->bytes);
	r->unpack = &u;
	while (settle(r)) {
		bool more = cs_unpack_next(&u);

		if (u.damaged && !noted) {
			note_damage(r, folder);
			noted = true;
		}
		if (!more)
			break;
	}
	if (u.limited && !r->stop)
		note_limit(r, folder);
	r->no_memory = u.no_memory;
	while (r->next < r->end && !r->stop && !r->no_memory)
		hand_over(r, r->list->order[r->next]);
	cs_unpack_end(&u);
}

/* Members of folders that nothing is wanted from. */
static void
pass_by(struct room *r)
{
	while (r->next < r->end && !r->stop)
		hand_over(r, r->list->order[r->next]);
}

static bool
any_wanted(const struct room *r)
{
	for (size_t i = r->next; i < r->end; i++)
		if (wanted(r, r->list->order[i]))
			return true;
	return false;
}

static void
read_folders(struct room *r)
{
	const struct cs_cab_listing *list = r->list;

	while (r->next < list->n_entries && !r->stop && !r->no_memory) {
		unsigned folder = list->order[r->next]->folder;

		r->end = r->next;
		while (r->end < list->n_entries && list->order[r->end]->folder == folder)
			r->end++;
		if (any_wanted(r))
			read_folder(r, folder);
		else
			pass_by(r);
	}
}

static void
summary(struct cs_scan *s, cabscan_note_kind kind, unsigned n, const char *what)
{
	if (n > MAX_MEMBER_NOTES)
		cs_note(s, kind, (struct cs_place){ 0 }, "%u more members %s",
		        n - MAX_MEMBER_NOTES, what);
}

static bool
not_a_cab(cs_text source, cs_bytes cab, cabscan_error *err)
{
	char hex[4 * 3 + 1] = "";

	if (cab.len == 0) {
		cs_cab_error(err, CABSCAN_EFORMAT, source, " is empty");
		return true;
	}
	if (cs_cab_claims(cab))
		return false;
	for (size_t i = 0; i < 4 && i < cab.len; i++)
		snprintf(hex + 3 * i, 4, " %02x", cab.at[i]);
	cs_cab_error(err, CABSCAN_EFORMAT, source,
	             " is not a CAB: it begins with the bytes%s, a CAB with "
	             "4d 53 43 46 (MSCF)", hex);
	return true;
}

bool
cs_read_cab(struct cs_scan *s, cs_text source, cs_bytes cab,
            struct cs_cab_sink *sink, cabscan_error *err)
{
	struct room r = { .scan = s, .sink = sink };
	struct cs_cab_listing list;

	if (not_a_cab(source, cab, err))
		return false;
	if (!cs_codec_usable()) {
		cs_cab_error(err, CABSCAN_EUSAGE, source,
		             ": libmspack was built with another size of off_t");
		return false;
	}
	if (!cs_cab_list(s, source, cab, &list, err))
		return false;
	r.list = &list;
	r.walk.chain = cab.len < SIZE_MAX / MAX_WALKS ? cab.len * MAX_WALKS : SIZE_MAX;
	r.walk.again = r.walk.chain;
	r.walk.search = MAX_CAB_SEARCH;
	read_folders(&r);
	summary(s, CABSCAN_NOTE_CABINET, r.n_elsewhere, "need another cabinet");
	summary(s, CABSCAN_NOTE_LIMIT, r.n_too_large, "are too large");
	summary(s, CABSCAN_NOTE_DAMAGED, r.n_outside, "reach beyond their folder");
	cs_stretch_free(&r.bytes);
	if (!r.no_memory && !s->arena.full)
		return true;
	cs_cab_error(err, CABSCAN_ENOMEM, source, ": out of memory");
	return false;
}
