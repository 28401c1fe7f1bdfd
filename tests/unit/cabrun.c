#include "cabrun.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *cabrun_directory;

const char *const cabrun_note_kinds[] = {
	"damaged", "limit", "conflict", "encoding", "cabinet", "collection"
};

static const uint64_t default_limits[CABSCAN_N_LIMITS] = {
	[CABSCAN_LIMIT_CAB_BYTES] = LIMIT_CAB_BYTES,
	[CABSCAN_LIMIT_MEMBER_BYTES] = LIMIT_MEMBER_BYTES,
	[CABSCAN_LIMIT_TOTAL_BYTES] = LIMIT_TOTAL_BYTES,
	[CABSCAN_LIMIT_MEMBERS] = LIMIT_MEMBERS,
	[CABSCAN_LIMIT_RECORDS] = LIMIT_RECORDS,
	[CABSCAN_LIMIT_DECODE_BYTES] = LIMIT_DECODE_BYTES,
};

static bool
take(struct cs_cab_sink *sink, struct cs_member *m)
{
	struct cabrun *r = (struct cabrun *)(void *)sink;
	struct got *g = &r->got[r->n++];

	assert_true(r->n <= CABRUN_MAX_SEEN);
	g->member = m;
	g->state = m->state;
	g->size = m->size;
	g->len = m->bytes.len;
	g->crc = r->no_crc ? 0 : cs_crc32(&r->crc32, 0, m->bytes);
	if (r->dump == (long)r->n)
		fwrite(m->bytes.at, 1, m->bytes.len, stdout);
	return r->stop_after == 0 || r->n < r->stop_after;
}

void
cabrun_begin(struct cabrun *r)
{
	memset(r, 0, sizeof(*r));
	memcpy(r->limits, default_limits, sizeof(r->limits));
	r->sink.member = take;
	cs_crc32_begin(&r->crc32);
	r->got = calloc(CABRUN_MAX_SEEN, sizeof(r->got[0]));
	assert_non_null(r->got);
}

/* Reads a copy of exactly that length: one byte too far is found by ASan. */
void
cabrun(struct cabrun *r, cs_bytes cab)
{
	uint8_t *copy = malloc(cab.len ? cab.len : 1);

	assert_non_null(copy);
	if (cab.len > 0)
		memcpy(copy, cab.at, cab.len);
	r->n = 0;
	cs_scan_begin(&r->scan, r->limits);
	r->ok = cs_read_cab(&r->scan, CS_TEXT("X.cab"), (cs_bytes){ copy, cab.len },
	                    &r->sink, &r->err);
	free(copy);
}

void
cabrun_end(struct cabrun *r)
{
	cs_scan_end(&r->scan);
	free(r->got);
}

cs_bytes
cabrun_load(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *mem;
	long len;

	if (!f)
		print_message("# cannot open %s\n", path);
	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	len = ftell(f);
	assert_true(len >= 0);
	rewind(f);
	mem = calloc(1, (size_t)len + 1);
	assert_non_null(mem);
	assert_int_equal(fread(mem, 1, (size_t)len, f), len);
	fclose(f);
	return (cs_bytes){ mem, (size_t)len };
}

cs_bytes
cabrun_made(const char *name, const char *ending)
{
	char path[1024];

	assert_non_null(cabrun_directory);
	snprintf(path, sizeof(path), "%s/%s%s", cabrun_directory, name, ending);
	return cabrun_load(path);
}

void
cabrun_drop(cs_bytes b)
{
	free((void *)(uintptr_t)b.at);
}

const char *
cabrun_state_word(cabscan_member_state s)
{
	static const char *const words[] = {
		"read", "whole", "lost", "salvaged", "limited"
	};

	return words[s];
}

bool
cabrun_has_note(const struct cabrun *r, cs_text kind, const char *text)
{
	for (const struct cs_note *n = r->scan.notes; n; n = n->next)
		if (cs_same(kind, cs_text_of(cabrun_note_kinds[n->kind])) &&
		    strstr(n->text, text))
			return true;
	return false;
}
