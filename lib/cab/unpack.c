#include "cab/unpack.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAME 32768u            /* bytes that a data block may unpack to */
#define MAX_PACKED (FRAME + 6144)
#define BLOCK_HEADER 8

/* Quantum gives 10 to 50 MB a second, the others some hundred: what it unpacks
 * counts for more. */
#define QUANTUM_COST 32

/* A block may be missed by that much: some damaged sectors, and one block. */
#define SEARCH_BYTES ((size_t)256 * 1024)

#define SIGNATURE 2

/* The block that seeds libmspack: signature, one uncompressed deflate block. */
#define SEED_PACKED (SIGNATURE + 5 + FRAME)
#define MAX_RESERVE 255
#define MADE_ROOM (CS_CAB_HEAD_ROOM + BLOCK_HEADER + MAX_RESERVE + \
                   SEED_PACKED + BLOCK_HEADER)

struct block {
	uint32_t checksum;
	unsigned packed, unpacked;
	cs_bytes counts;        /* the header behind its checksum, and reserved */
	cs_bytes data;          /* shorter than 'packed' where the CAB is cut */
	size_t end;             /* the next block follows */
};

#if defined(__MINGW32__)
__attribute__((format(gnu_printf, 2, 3)))
#elif defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void
damaged(struct cs_unpack *u, const char *format, ...)
{
	va_list args;

	if (u->damaged)
		return;
	u->damaged = true;
	u->damaged_at = u->at;
	va_start(args, format);
	vsnprintf(u->why, sizeof(u->why), format, args);
	va_end(args);
}

/* False: not even the header is there. */
static bool
read_block(const struct cs_unpack *u, size_t at, struct block *ret)
{
	cs_reader r = cs_read(u->list->cab);
	struct block b;

	cs_seek(&r, at);
	b.checksum = cs_u32le(&r);
	b.counts = cs_slice(r.all, r.pos, 4 + (size_t)u->list->block_reserve);
	b.packed = cs_u16le(&r);
	b.unpacked = cs_u16le(&r);
	cs_skip(&r, u->list->block_reserve);
	b.data = cs_slice(r.all, r.pos, b.packed);
	b.end = r.pos + b.data.len;
	*ret = b;
	return !r.is_short;
}

static bool
possible(const struct block *b)
{
	return b->packed > 0 && b->packed <= MAX_PACKED &&
	       b->unpacked > 0 && b->unpacked <= FRAME;
}

static uint32_t
checksum(cs_bytes b, uint32_t sum)
{
	size_t words = b.len / 4;
	const uint8_t *p = b.at;
	uint32_t rest = 0;

	for (; words > 0; words--, p += 4)
		sum ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 |
		       (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
	for (size_t i = 0; i < (b.len & 3); i++)
		rest = rest << 8 | p[i];
	return sum ^ rest;
}

/* Over the data and the counts; makers do not agree whether the reserved
 * bytes of a block are covered too. */
static bool
checksum_holds(const struct block *b, uint32_t *ret_found)
{
	uint32_t data = checksum(b->data, 0);

	*ret_found = checksum(cs_slice(b->counts, 0, 4), data);
	return *ret_found == b->checksum || checksum(b->counts, data) == b->checksum;
}

static bool
has_signature(const struct block *b)
{
	return b->data.len >= SIGNATURE &&
	       memcmp(b->data.at, "CK", SIGNATURE) == 0;
}

static void
check_block(struct cs_unpack *u, const struct block *b)
{
	bool mszip = u->folder.method == CS_CAB_MSZIP;
	unsigned n = u->block + 1, all = u->folder.n_blocks;
	uint32_t found;

	if (b->checksum != 0 && !checksum_holds(b, &found))     /* 0: none */
		damaged(u, "block %u of %u (at %zu in the CAB) has checksum "
		        "0x%08x, its header states 0x%08x", n, all, u->at,
		        (unsigned)found, (unsigned)b->checksum);
	else if (mszip && !has_signature(b))
		damaged(u, "block %u of %u (at %zu in the CAB) does not begin "
		        "as MSZIP data", n, all, u->at);
	/* libmspack loses the history behind a short block; no maker has any. */
	else if (mszip && u->short_before)
		damaged(u, "block %u of %u (at %zu in the CAB) follows one of "
		        "less than %u bytes", n, all, u->at, FRAME);
	else if (u->folder.method == CS_CAB_STORED && b->packed != b->unpacked)
		damaged(u, "block %u of %u (at %zu in the CAB) states %u packed "
		        "and %u unpacked bytes, though it is not compressed",
		        n, all, u->at, b->packed, b->unpacked);
}

/* Counts the blocks that are all there, from *at on, which moves behind them.
 * libmspack reads ahead: it must not be shown one that it cannot read. */
static unsigned
count_blocks(const struct cs_unpack *u, size_t *at, size_t end, unsigned most,
             size_t *left)
{
	bool fixed = u->folder.method == CS_CAB_LZX ||
	             u->folder.method == CS_CAB_QUANTUM;
	struct block b;
	unsigned n = 0;

	while (n < most && *at < end) {
		if (!read_block(u, *at, &b) || !possible(&b) || b.data.len < b.packed)
			break;
		if (b.end - *at > *left) {
			*left = 0;
			break;
		}
		*left -= b.end - *at;
		*at = b.end;
		n++;
		/* These unpack 32 KiB from every block but the last. */
		if (fixed && b.unpacked != FRAME)
			break;
	}
	return n;
}

static bool
known_method(const struct cs_cab_folder *f)
{
	unsigned bits = f->compression >> 8 & 0x1f;

	switch (f->method) {
	case CS_CAB_STORED:
	case CS_CAB_MSZIP:
		return true;
	case CS_CAB_QUANTUM:
		return bits >= 10 && bits <= 21;
	case CS_CAB_LZX:
		return bits >= 15 && bits <= 21;
	default:
		return false;
	}
}

void
cs_unpack_begin(struct cs_unpack *u, struct cs_scan *scan,
                const struct cs_cab_listing *list, unsigned folder,
                struct cs_walk *walk, struct cs_stretch *out)
{
	size_t at;

	memset(u, 0, sizeof(*u));
	u->scan = scan;
	u->list = list;
	u->folder = cs_cab_folder_at(list, folder);
	u->out = out;
	u->at = u->folder.data_at;
	cs_stretch_restart(out);
	if (!known_method(&u->folder)) {
		damaged(u, "nothing unpacks compression 0x%04x",
		        u->folder.compression);
		u->folder.n_blocks = 0;
		return;
	}
	u->walk = walk;
	at = u->at;
	u->n_readable = count_blocks(u, &at, SIZE_MAX, u->folder.n_blocks,
	                             &walk->chain);
	u->limited = u->n_readable < u->folder.n_blocks && walk->chain == 0;
}

static uint8_t *
put16(uint8_t *to, unsigned v)
{
	to[0] = (uint8_t)v;
	to[1] = (uint8_t)(v >> 8);
	return to + 2;
}

static uint8_t *
put_block(uint8_t *to, unsigned packed, unsigned unpacked)
{
	memset(to, 0, 4);                       /* no checksum */
	return put16(put16(to + 4, packed), unpacked);
}

/* The bytes before a block as a block of its own, uncompressed: so libmspack
 * can begin anywhere.  Where there were none it takes zeros. */
static uint8_t *
put_seed(const struct cs_unpack *u, uint8_t *to, unsigned reserve)
{
	cs_bytes before = cs_stretch_behind(u->out);

	to = put_block(to, SEED_PACKED, FRAME);
	memset(to, 0, reserve);
	to += reserve;
	*to++ = 'C';
	*to++ = 'K';
	*to++ = 1;                              /* the last block, stored */
	to = put16(put16(to, FRAME), ~FRAME);
	memset(to, 0, FRAME - before.len);
	to += FRAME - before.len;
	if (before.len > 0)
		memcpy(to, before.at, before.len);
	return to + before.len;
}

/* The header of the cabinet that libmspack is shown; NULL: out of memory. */
static uint8_t *
begin_made(struct cs_unpack *u, unsigned n_blocks, unsigned reserve)
{
	if (!u->made)
		u->made = malloc(MADE_ROOM);
	return u->made ? u->made + cs_codec_head(u->made, u->folder.compression,
	                                         n_blocks, reserve) : NULL;
}

/* What was made up to 'end', and behind it blocks out of the CAB. */
static bool
show(struct cs_unpack *u, const uint8_t *end, cs_bytes behind, bool repair)
{
	cs_bytes head = { u->made, (size_t)(end - u->made) };

	return cs_codec_open(&u->codec, head, behind, repair, u->out);
}

/* Nothing else can be in its way. */
static bool
show_block(struct cs_unpack *u, const struct block *b)
{
	uint8_t *p = begin_made(u, 2, 0);

	if (!p)
		return false;
	p = put_block(put_seed(u, p, 0), (unsigned)b->data.len, b->unpacked);
	return show(u, p, b->data, true);
}

/* This block and all behind it. */
static bool
show_rest(struct cs_unpack *u)
{
	unsigned reserve = u->list->block_reserve, n = u->n_readable - u->block;
	cs_bytes all = u->list->cab;
	bool seeded = u->pos > 0;
	uint8_t *p = begin_made(u, n + seeded, reserve);

	if (!p)
		return false;
	if (seeded)
		p = put_seed(u, p, reserve);
	u->codec_begin = u->pos - (seeded ? FRAME : 0);
	return show(u, p, cs_slice(all, u->at, all.len), false);
}

static void
repair_mszip(struct cs_unpack *u, const struct block *b)
{
	struct cs_place place = { .offset = u->at };

	if (!cs_spend(u->scan, CABSCAN_LIMIT_DECODE_BYTES, FRAME, place)) {
		u->limited = true;
		return;
	}
	if (!show_block(u, b)) {
		u->no_memory = true;
		return;
	}
	cs_codec_piece(&u->codec, FRAME, b->unpacked);
	if (u->codec.no_memory ||
	    !cs_stretch_add_zeros(u->out, b->unpacked - u->codec.arrived))
		u->no_memory = true;
}

/* Zeros at the end of a block that is cut are most likely not its own. */
static void
drop_zeros(struct cs_unpack *u, unsigned unpacked)
{
	cs_bytes b = cs_stretch_view(u->out, u->pos, u->pos + unpacked);

	while (b.len > 0 && b.at[b.len - 1] == 0)
		b.len--;
	cs_stretch_cut(u->out, u->pos + b.len);
	u->pos += b.len;
}

static void
no_more(struct cs_unpack *u)
{
	u->n_readable = u->folder.n_blocks = u->block;
}

/* Why the block behind the readable ones is none of them. */
static void
name_trouble(struct cs_unpack *u, const struct block *b)
{
	unsigned n = u->folder.n_blocks;

	if (!b)
		damaged(u, "block %u of %u should be at %zu, the CAB ends at %zu",
		        u->block + 1, n, u->at, u->list->cab.len);
	else if (!possible(b))
		damaged(u, "block %u of %u (at %zu in the CAB) states %u packed "
		        "and %u unpacked bytes", u->block + 1, n, u->at,
		        b->packed, b->unpacked);
	else if (b->data.len < b->packed)
		damaged(u, "block %u of %u (at %zu in the CAB) is cut: %zu of "
		        "its %u bytes are there", u->block + 1, n, u->at,
		        b->data.len, b->packed);
	else
		damaged(u, "block %u of %u is short, though it is not the last",
		        u->block, n);
}

/* Where this folder's blocks end: where those of the next one begin. */
static size_t
folder_end(const struct cs_unpack *u)
{
	size_t end = u->list->cab.len;

	for (unsigned i = 0; i < u->list->n_folders; i++) {
		size_t at = cs_cab_folder_at(u->list, i).data_at;

		if (at > u->folder.data_at && at < end)
			end = at;
	}
	return end;
}

/* A block begins there: its checksum leaves no doubt. */
static bool
begins_block(const struct cs_unpack *u, size_t at, size_t end)
{
	struct block b;
	uint32_t found;

	if (!read_block(u, at, &b) || !possible(&b) || b.data.len < b.packed ||
	    b.checksum == 0 || (b.unpacked != FRAME && b.end != end))
		return false;
	if (u->folder.method == CS_CAB_MSZIP ? !has_signature(&b)
	                                     : b.packed != b.unpacked)
		return false;
	if (b.packed > u->walk->search)
		return false;
	u->walk->search -= b.packed;
	return checksum_holds(&b, &found);
}

/* Goes on at a block that is surely there: zeros for those in between. */
static bool
skip_to(struct cs_unpack *u, size_t at, unsigned block)
{
	for (; u->block < block; u->block++) {
		if (!cs_stretch_add_zeros(u->out, FRAME)) {
			u->no_memory = true;
			return false;
		}
		u->pos += FRAME;
	}
	u->n_readable = u->folder.n_blocks;
	u->at = at;
	return true;
}

static bool
find_again(struct cs_unpack *u)
{
	size_t scan_cost = 8 * (size_t)u->list->n_folders, end, stop;
	unsigned most = u->folder.n_blocks - u->block, n;

	if (u->folder.method > CS_CAB_MSZIP || scan_cost > u->walk->search)
		return false;
	u->walk->search -= scan_cost;
	end = folder_end(u);
	stop = end - u->at > SEARCH_BYTES ? u->at + SEARCH_BYTES : end;
	for (size_t at = u->at + 1; u->at < end && at < stop; at++) {
		size_t behind = at;

		if (u->walk->search == 0)
			return false;
		u->walk->search--;
		if (!begins_block(u, at, end))
			continue;
		n = count_blocks(u, &behind, end, most, &u->walk->again);
		if (behind == end && most - n <= MAX_BLOCKS_SKIPPED)
			return skip_to(u, at, u->folder.n_blocks - n);
	}
	return false;
}

/* The blocks that follow each other have ended before the folder has.  True:
 * some more were found further on. */
static bool
unpack_rest(struct cs_unpack *u)
{
	struct block b;
	bool there;

	if (u->block >= u->folder.n_blocks)
		return false;
	there = read_block(u, u->at, &b);
	name_trouble(u, there ? &b : NULL);
	if (there && find_again(u))
		return true;
	no_more(u);
	if (!there || !possible(&b) || b.data.len >= b.packed)
		return false;
	if (u->folder.method == CS_CAB_STORED) {
		if (!cs_stretch_add(u->out, b.data))
			u->no_memory = true;
		else
			u->pos += b.data.len;
	} else if (u->folder.method == CS_CAB_MSZIP && b.data.len > 0) {
		repair_mszip(u, &b);
		if (!u->no_memory && !u->limited)
			drop_zeros(u, b.unpacked);
	}
	return false;
}

static void
unpack_stored(struct cs_unpack *u, struct block *b)
{
	b->unpacked = b->packed;
	if (!cs_stretch_add(u->out, b->data))
		u->no_memory = true;
}

/* Through libmspack, which goes on where it ended, and begins here where it
 * has not begun. */
static void
unpack_in_turn(struct cs_unpack *u, const struct block *b)
{
	if (!u->codec.cab && !show_rest(u)) {
		u->no_memory = true;
		return;
	}
	cs_codec_piece(&u->codec, u->pos - u->codec_begin, b->unpacked);
	if (u->codec.no_memory)
		u->no_memory = true;
	else if (u->codec.arrived < b->unpacked)
		damaged(u, "block %u of %u (at %zu in the CAB) does not unpack",
		        u->block + 1, u->folder.n_blocks, u->at);
}

/* libdeflate takes some streams that are none: not where no checksum vouches
 * for the block.  libmspack cannot pass over one: once it has begun it goes on. */
static bool
inflate(struct cs_unpack *u, const struct block *b)
{
	cs_bytes data = cs_slice(b->data, SIGNATURE, b->data.len);

	return b->checksum != 0 && !u->codec.cab &&
	       cs_inflate(&u->inflate, data, b->unpacked, u->out);
}

/* A block comes in one piece, or it ended early and the one after it made it
 * up: then everything behind would be out of place. */
static void
unpack_mszip(struct cs_unpack *u, const struct block *b)
{
	if (!u->damaged && !inflate(u, b)) {
		unpack_in_turn(u, b);
		if (!u->no_memory && u->codec.writes != 1)
			damaged(u, "block %u of %u (at %zu in the CAB) does not "
			        "unpack to %u bytes", u->block + 1,
			        u->folder.n_blocks, u->at, b->unpacked);
	}
	if (u->damaged && !u->no_memory) {
		cs_stretch_cut(u->out, u->pos);
		repair_mszip(u, b);
	}
}

static void
unpack_in_order(struct cs_unpack *u, struct block *b)
{
	unpack_in_turn(u, b);
	if (u->codec.arrived == b->unpacked)
		return;
	b->unpacked = (unsigned)u->codec.arrived;
	no_more(u);                             /* it stays stuck */
}

/* Unpacking a block is paid for before. */
static bool
may_unpack(struct cs_unpack *u, const struct block *b)
{
	unsigned cost = u->folder.method == CS_CAB_QUANTUM ? QUANTUM_COST : 1;
	struct cs_place place = { .offset = u->at };

	u->limited = !cs_spend(u->scan, CABSCAN_LIMIT_DECODE_BYTES,
	                       (uint64_t)b->unpacked * cost, place);
	return !u->limited;
}

bool
cs_unpack_next(struct cs_unpack *u)
{
	struct block b;

	if (u->no_memory || u->limited)
		return false;
	if (u->block >= u->n_readable || !read_block(u, u->at, &b))
		return unpack_rest(u);
	if (!may_unpack(u, &b))
		return false;
	check_block(u, &b);
	if (u->folder.method == CS_CAB_STORED)
		unpack_stored(u, &b);
	else if (u->folder.method == CS_CAB_MSZIP)
		unpack_mszip(u, &b);
	else
		unpack_in_order(u, &b);
	if (u->no_memory || u->limited)
		return false;
	u->pos += b.unpacked;
	if (!u->damaged)
		u->sound = u->pos;
	u->short_before = b.unpacked < FRAME;
	u->block++;
	u->at = b.end;
	return true;
}

void
cs_unpack_end(struct cs_unpack *u)
{
	cs_codec_close(&u->codec);
	cs_inflate_end(&u->inflate);
	free(u->made);
}
