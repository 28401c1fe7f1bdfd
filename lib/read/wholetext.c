#include "read/wholetext.h"

#include "base/utf.h"
#include "read/outputs.h"

static bool
utf16_mark(cs_bytes b)
{
	return b.len >= 2 && ((b.at[0] == 0xff && b.at[1] == 0xfe) ||
	                      (b.at[0] == 0xfe && b.at[1] == 0xff));
}

static void
note_encoding(struct cs_scan *s, const struct cs_whole *w, size_t bad)
{
	struct cs_place place = { .member = w->member };

	if (w->utf16 && bad > 0)
		cs_note(s, CABSCAN_NOTE_ENCODING, place,
		        "%zu units of UTF-16 without a partner", bad);
	else if (bad > 0)
		cs_note(s, CABSCAN_NOTE_ENCODING, place,
		        "%zu bytes that are not UTF-8, shown as U+FFFD", bad);
}

void
cs_whole_open(struct cs_scan *s, const struct cs_member *m,
              struct cs_whole *ret)
{
	cs_arena count_only = { .full = true };
	struct cs_whole w = { .arena.limit = MAX_TEXT_BYTES, .member = m,
	                      .line = 1 };
	size_t bad;

	w.text = cs_text_file(&w.arena, m->bytes, &w.utf16, &bad);
	if (w.arena.failed)
		s->arena.full = true;
	else if (w.arena.full)
		cs_note(s, CABSCAN_NOTE_LIMIT, (struct cs_place){ .member = m },
		        "not read: UTF-16 of %zu bytes needs more than %llu bytes "
		        "of memory", m->bytes.len,
		        (unsigned long long)MAX_TEXT_BYTES);
	if (!w.utf16)
		cs_clean_utf8(&count_only, w.text, &bad);
	w.mark = w.utf16 ? (utf16_mark(m->bytes) ? 2 : 0)
	                 : m->bytes.len - w.text.len;
	note_encoding(s, &w, bad);
	if (!w.text.at)
		w.text = CS_TEXT("");
	w.end = cs_line_end(w.text);
	*ret = w;
}

void
cs_whole_close(struct cs_whole *w)
{
	cs_arena_free(&w->arena);
	w->text = CS_TEXT("");
}

struct cs_place
cs_whole_place(struct cs_whole *w, const char *at)
{
	size_t end = (size_t)(at - w->text.at);
	size_t units;

	for (; w->at < end; w->at++) {
		unsigned char c = (unsigned char)w->text.at[w->at];

		w->line += c == (unsigned char)w->end;
		/* A character is one unit of UTF-16; beyond the first plane,
		 * where UTF-8 begins with 0xf0 or more, it is two. */
		w->units += (c & 0xc0) == 0x80 ? 0u : c >= 0xf0 ? 2u : 1u;
	}
	units = w->utf16 ? w->units * 2 : w->at;
	return (struct cs_place){ .member = w->member, .offset = w->mark + units,
	                          .line = w->line };
}

/* Which of two bytes is NUL in each pair: 0, 1, or 2 for neither. */
static size_t
nul_side(cs_bytes b)
{
	size_t nul[2] = { 0, 0 };

	for (size_t i = 0; i < b.len; i++)
		nul[i % 2] += b.at[i] == 0;
	if (nul[0] == nul[1] || nul[0] + nul[1] < b.len / 4)
		return 2;
	return nul[0] > nul[1] ? 0 : 1;
}

cs_text
cs_head_text(cs_bytes head, char ret[CS_HEAD_CHARS])
{
	bool marked = utf16_mark(head);
	size_t side = marked ? (head.at[0] == 0xff ? 1 : 0) : nul_side(head);
	size_t step = side == 2 ? 1 : 2, first = side == 0 ? 1 : 0, n = 0;

	if (marked)
		first += 2;
	else if (head.len >= 3 && memcmp(head.at, "\xef\xbb\xbf", 3) == 0)
		first = 3;
	for (size_t i = first; i < head.len && n < CS_HEAD_CHARS; i += step) {
		uint8_t c = head.at[i];
		bool wide = step == 2 && (i ^ 1) < head.len && head.at[i ^ 1] != 0;

		if (c == 0 && !wide)
			return CS_TEXT("");
		ret[n++] = wide || c >= 0x80 || c == 0 ? '?' : (char)c;
	}
	return (cs_text){ ret, n };
}

bool
cs_starts(cs_text t, cs_text with)
{
	return t.len >= with.len &&
	       cs_same_caseless((cs_text){ t.at, with.len }, with);
}

bool
cs_ends(cs_text t, cs_text with)
{
	return t.len >= with.len &&
	       cs_same_caseless((cs_text){ t.at + (t.len - with.len), with.len },
	                        with);
}

bool
cs_hand_out(struct cs_scan *s, struct cs_sink *sink, const struct cs_record *r)
{
	if (!cs_spend(s, CABSCAN_LIMIT_RECORDS, 1, r->place))
		return false;
	sink->record(sink, r);
	return true;
}
