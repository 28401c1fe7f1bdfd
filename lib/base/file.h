/* file.h - the bytes of a file; the only file access of the library */
#ifndef CS_FILE_H
#define CS_FILE_H

#include "base/bytes.h"
#include "cabscan.h"

/* At most 'limit' bytes, else CABSCAN_ELIMIT.  *ret is from malloc(); 'path'
 * is UTF-8 on every system. */
cabscan_status cs_read_file(const char *path, uint64_t limit, uint8_t **ret,
                            size_t *ret_len, cabscan_error *err);

#endif
