#include "base/scan.h"

#include "base/utf.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const limit_names[CABSCAN_N_LIMITS] = {
	[CABSCAN_LIMIT_CAB_BYTES] = "bytes in the input",
	[CABSCAN_LIMIT_MEMBER_BYTES] = "bytes in one member",
	[CABSCAN_LIMIT_TOTAL_BYTES] = "bytes in all members",
	[CABSCAN_LIMIT_MEMBERS] = "members",
	[CABSCAN_LIMIT_RECORDS] = "records",
	[CABSCAN_LIMIT_DECODE_BYTES] = "bytes to decompress",
};

void
cs_scan_begin(struct cs_scan *s, const uint64_t limits[CABSCAN_N_LIMITS])
{
	*s = (struct cs_scan){ .limits = limits };
	s->arena.limit = MAX_CASE_BYTES;
	s->notes_end = &s->notes;
}

void
cs_scan_end(struct cs_scan *s)
{
	cs_arena_free(&s->scratch);
	cs_arena_free(&s->arena);
}

void
cs_note(struct cs_scan *s, cabscan_note_kind kind, struct cs_place place,
        const char *format, ...)
{
	struct cs_note *n;
	char text[400];
	va_list args;

	if (s->n_notes >= MAX_NOTES)
		return;
	s->n_notes++;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	n = cs_alloc(&s->arena, sizeof(*n));
	if (!n)
		return;
	n->kind = kind;
	n->place = place;
	n->text = cs_keep(&s->arena,
	                  cs_clean_utf8(&s->arena, cs_text_of(text), NULL));
	if (s->n_notes == MAX_NOTES)
		n->text = "more went wrong than is listed here";
	if (!n->text)
		return;
	*s->notes_end = n;
	s->notes_end = &n->next;
}

void
cs_scan_release(struct cs_scan *s, cs_arena *a)
{
	if (a->failed)
		s->arena.full = true;
	cs_arena_free(a);
}

bool
cs_scan_failed(const struct cs_scan *s)
{
	return s->arena.full || s->scratch.failed;
}

/* Work between two questions whether to go on: 1 MiB to unpack, 4,096 records,
 * a few milliseconds. */
#define WORK_TO_ASK MIB
#define WORK_OF_RECORD 256

static bool
go_on(struct cs_scan *s, uint64_t work)
{
	struct cs_watch *w = &s->watch;
	cabscan_progress p;

	w->work += work;
	if (!w->progress || w->cancelled || w->work < WORK_TO_ASK)
		return !w->cancelled;
	p = (cabscan_progress){
		.member = w->member ? w->member : "", .n_begun = w->n_begun,
		.n_members = s->spent[CABSCAN_LIMIT_MEMBERS],
		.bytes = s->spent[CABSCAN_LIMIT_TOTAL_BYTES],
		.records = s->spent[CABSCAN_LIMIT_RECORDS],
	};
	w->work = 0;
	w->cancelled = w->progress(w->user, &p) != 0;
	return !w->cancelled;
}

bool
cs_begin_member(struct cs_scan *s, const struct cs_member *m)
{
	s->watch.member = m->name.at;
	s->watch.n_begun++;
	return go_on(s, WORK_TO_ASK);
}

static uint64_t
work_of(cabscan_limit what, uint64_t n)
{
	return what == CABSCAN_LIMIT_DECODE_BYTES ? n
	     : what == CABSCAN_LIMIT_RECORDS ? n * WORK_OF_RECORD : 0;
}

bool
cs_spend(struct cs_scan *s, cabscan_limit what, uint64_t n, struct cs_place place)
{
	if (s->over[what] || !go_on(s, work_of(what, n)))
		return false;
	if (n <= s->limits[what] - s->spent[what]) {
		s->spent[what] += n;
		return true;
	}
	s->over[what] = true;
	cs_note(s, CABSCAN_NOTE_LIMIT, place, "stopped here: more than %llu %s",
	        (unsigned long long)s->limits[what], limit_names[what]);
	return false;
}
