#include "cab/codec.h"

#include <stdlib.h>
#include <string.h>

/* Bytes that a codec asks for at once.  With the default of 4 KiB it asks
 * again and again within one block; this is more than any block has. */
#define INPUT_BUFFER 65536

static struct mspack_file *
handle(struct cs_codec *c)
{
	return (struct mspack_file *)(void *)c;
}

static struct cs_codec *
of(struct mspack_file *file)
{
	return (struct cs_codec *)(void *)file;
}

static struct mspack_file *
sys_open(struct mspack_system *sys, const char *name, int mode)
{
	struct cs_codec *c = (struct cs_codec *)(void *)sys;

	(void)name;                     /* there is one input and one output */
	if (mode == MSPACK_SYS_OPEN_READ)
		c->at = 0;
	return handle(c);
}

static void
sys_close(struct mspack_file *file)
{
	(void)file;
}

static int
sys_read(struct mspack_file *file, void *to, int n)
{
	struct cs_codec *c = of(file);
	uint8_t *next = to;
	size_t left = n > 0 ? (size_t)n : 0;

	while (left > 0) {
		cs_bytes part = cs_slice(c->head, c->at, left);

		if (part.len == 0)
			part = cs_slice(c->body, c->at - c->head.len, left);
		if (part.len == 0)
			break;
		memcpy(next, part.at, part.len);
		next += part.len;
		c->at += part.len;
		left -= part.len;
	}
	return n > 0 ? n - (int)left : 0;
}

static int
sys_write(struct mspack_file *file, void *from, int n)
{
	struct cs_codec *c = of(file);

	if (n < 0)
		return -1;
	if (n == 0)
		return 0;
	if (!cs_stretch_add(c->out, (cs_bytes){ from, (size_t)n }))
		return -1;
	c->arrived += (size_t)n;
	c->writes++;
	return n;
}

static int
sys_seek(struct mspack_file *file, off_t offset, int mode)
{
	struct cs_codec *c = of(file);
	size_t all = c->head.len + c->body.len;
	size_t from = mode == MSPACK_SYS_SEEK_START ? 0
	            : mode == MSPACK_SYS_SEEK_CUR ? c->at : all;

	if (offset < 0 || (uint64_t)offset > all - from)
		return -1;
	c->at = from + (size_t)offset;
	return 0;
}

static off_t
sys_tell(struct mspack_file *file)
{
	return (off_t)of(file)->at;
}

/* What it would say (checksums, lost bytes) is found and noted before; it
 * comes without a file, so there would be no telling whose message it is. */
static void
sys_message(struct mspack_file *file, const char *format, ...)
{
	(void)file;
	(void)format;
}

/* Zeroed: codecs copy from parts of their window that they never wrote. */
static void *
sys_alloc(struct mspack_system *sys, size_t n)
{
	(void)sys;                      /* often a copy of ours, without the rest */
	return calloc(1, n ? n : 1);
}

static void
sys_free(void *p)
{
	free(p);
}

static void
sys_copy(void *from, void *to, size_t n)
{
	memmove(to, from, n);
}

bool
cs_codec_usable(void)
{
	int result;

	MSPACK_SYS_SELFTEST(result);
	return result == MSPACK_ERR_OK;
}

static uint8_t *
put(uint8_t *to, uint32_t v, unsigned bytes)
{
	while (bytes-- > 0) {
		*to++ = (uint8_t)v;
		v >>= 8;
	}
	return to;
}

size_t
cs_codec_head(uint8_t ret[CS_CAB_HEAD_ROOM], unsigned compression,
              unsigned n_blocks, unsigned block_reserve)
{
	uint32_t len = 36 + 4 + 8 + 16 + 2;
	uint8_t *p = ret;

	memset(ret, 0, CS_CAB_HEAD_ROOM);
	p = put(p, 0x4643534d, 4);              /* MSCF */
	p = put(p, 0, 4);
	p = put(p, len, 4);
	p = put(p, 0, 4);
	p = put(p, 36 + 4 + 8, 4);              /* where the file entry is */
	p = put(p, 0, 4);
	p = put(p, 0x0103, 2);
	p = put(p, 1, 2);                       /* one folder, one file */
	p = put(p, 1, 2);
	p = put(p, 4, 2);                       /* with reserved bytes: */
	p = put(p, 0, 4);
	p = put(p, 0, 3);
	p = put(p, block_reserve, 1);
	p = put(p, len, 4);                     /* where the blocks are */
	p = put(p, n_blocks, 2);
	p = put(p, compression, 2);
	p = put(p, 1, 4);                       /* a byte, at 0, in folder 0 */
	p = put(p, 0, 12);
	p = put(p, 'f', 2);
	return (size_t)(p - ret);
}

bool
cs_codec_open(struct cs_codec *c, cs_bytes head, cs_bytes body, bool repair,
              struct cs_stretch *out)
{
	if (!c->mscab) {
		c->sys = (struct mspack_system){
			sys_open, sys_close, sys_read, sys_write, sys_seek,
			sys_tell, sys_message, sys_alloc, sys_free, sys_copy, NULL
		};
		c->mscab = mspack_create_cab_decompressor(&c->sys);
	}
	if (c->mscab && c->cab)
		c->mscab->close(c->mscab, c->cab);
	c->head = head;
	c->body = body;
	c->out = out;
	c->cab = NULL;
	if (c->mscab) {
		c->mscab->set_param(c->mscab, MSCABD_PARAM_DECOMPBUF, INPUT_BUFFER);
		c->mscab->set_param(c->mscab, MSCABD_PARAM_SALVAGE, 1);
		c->mscab->set_param(c->mscab, MSCABD_PARAM_FIXMSZIP, repair);
		c->cab = c->mscab->open(c->mscab, "");
	}
	c->no_memory = !c->cab;         /* the made cabinet itself is sound */
	return !c->no_memory;
}

void
cs_codec_piece(struct cs_codec *c, uint64_t begin, size_t len)
{
	struct mscabd_file piece = *c->cab->files;

	piece.offset = (unsigned int)begin;
	piece.length = (unsigned int)len;
	c->arrived = 0;
	c->writes = 0;
	if (c->mscab->extract(c->mscab, &piece, "") == MSPACK_ERR_NOMEMORY ||
	    c->out->no_memory)
		c->no_memory = true;
}

void
cs_codec_close(struct cs_codec *c)
{
	if (c->mscab && c->cab)
		c->mscab->close(c->mscab, c->cab);
	if (c->mscab)
		mspack_destroy_cab_decompressor(c->mscab);
	*c = (struct cs_codec){ 0 };
}
