#include "cab/inflate.h"

#ifdef HAVE_LIBDEFLATE

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

#define STORED_HEADER 5

/* libdeflate unpacks byte by byte what stands near the end of its input, and
 * all of a block of a log's zeros does: so it is shown an end further on. */
#define PADDING 64

#define STREAM_ROOM (STORED_HEADER + CS_STRETCH_BEHIND + UINT16_MAX + PADDING)

static bool
begin(struct cs_inflate *i)
{
	if (!i->codec)
		i->codec = libdeflate_alloc_decompressor();
	if (!i->stream)
		i->stream = malloc(STREAM_ROOM);
	return i->codec && i->stream;
}

/* A deflate block that is not the last one, and not compressed. */
static uint8_t *
put_stored(uint8_t *to, cs_bytes b)
{
	*to++ = 0;
	*to++ = (uint8_t)b.len;
	*to++ = (uint8_t)(b.len >> 8);
	*to++ = (uint8_t)~b.len;
	*to++ = (uint8_t)(~b.len >> 8);
	if (b.len > 0)
		memcpy(to, b.at, b.len);
	return to + b.len;
}

bool
cs_inflate(struct cs_inflate *i, cs_bytes data, size_t n, struct cs_stretch *out)
{
	uint8_t *to = cs_stretch_room(out, n), *end;
	cs_bytes before = cs_stretch_behind(out);
	size_t taken, got;

	if (!to || data.len == 0 || data.len > UINT16_MAX || !begin(i))
		return false;
	end = put_stored(i->stream, before);
	memcpy(end, data.at, data.len);
	end += data.len;
	memset(end, 0, PADDING);
	if (libdeflate_deflate_decompress_ex(i->codec, i->stream,
	                                     (size_t)(end - i->stream) + PADDING,
	                                     to - before.len, before.len + n,
	                                     &taken, &got) != LIBDEFLATE_SUCCESS ||
	    taken > (size_t)(end - i->stream) || got != before.len + n)
		return false;
	cs_stretch_fill(out, n);
	return true;
}

void
cs_inflate_end(struct cs_inflate *i)
{
	libdeflate_free_decompressor(i->codec);
	free(i->stream);
}

#else

bool
cs_inflate(struct cs_inflate *i, cs_bytes data, size_t n, struct cs_stretch *out)
{
	(void)i, (void)data, (void)n, (void)out;
	return false;
}

void
cs_inflate_end(struct cs_inflate *i)
{
	(void)i;
}

#endif
