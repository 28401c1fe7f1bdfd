#include "read/array.h"

/* Bytes of one item; 0: items end at a NUL, or say their length. */
static size_t
stride(enum cs_type type)
{
	switch (type) {
	case CS_I8: case CS_U8:
		return 1;
	case CS_I16: case CS_U16:
		return 2;
	case CS_I32: case CS_U32: case CS_FLOAT: case CS_BOOL: case CS_HEX32:
		return 4;
	case CS_I64: case CS_U64: case CS_DOUBLE: case CS_FILETIME: case CS_HEX64:
		return 8;
	case CS_GUID: case CS_SYSTEMTIME:
		return 16;
	default:
		return 0;
	}
}

static size_t
text_item(cs_bytes rest, size_t unit)
{
	size_t n = 0;

	while (n + unit <= rest.len &&
	       (rest.at[n] != 0 || rest.at[n + unit - 1] != 0))
		n += unit;
	return n;
}

cs_bytes
cs_array_next(enum cs_type type, cs_bytes *rest)
{
	size_t unit = type == CS_UTF16 ? 2 : 1;
	size_t len = stride(type), over = 0;
	cs_bytes item;

	if (type == CS_UTF16 || type == CS_ANSI) {
		len = text_item(*rest, unit);
		over = unit;
	} else if (type == CS_SID && rest->len >= 8) {
		len = 8 + (size_t)rest->at[1] * 4;
	} else if (type == CS_SIZE) {
		len = rest->len % 8 == 0 ? 8 : 4;
	} else if (len == 0) {
		len = rest->len;
	}
	item = cs_slice(*rest, 0, len);
	*rest = cs_slice(*rest, len + over, rest->len);
	return item;
}
