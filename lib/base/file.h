/* file.h - the bytes of a file; the only file access of the library */
#ifndef CS_FILE_H
#define CS_FILE_H

#include "base/bytes.h"
#include "cabscan.h"

/* At most 'limit' bytes, else CABSCAN_ELIMIT.  *ret is from malloc(); 'path'
 * is UTF-8 on every system. */
cabscan_status cs_read_file(const char *path, uint64_t limit, uint8_t **ret,
                            size_t *ret_len, cabscan_error *err);

/* A file that is read in windows, so that a large one takes little memory. */
struct cs_file;

/* NULL: it cannot be opened, or its size not be asked (a pipe); errno says
 * why. */
struct cs_file *cs_file_open(const char *path, uint64_t *ret_size);
/* As many bytes of it as there are; they stay until the next call. */
cs_bytes cs_file_at(struct cs_file *f, uint64_t at, size_t len);
/* The same to a place of yours; returns how many. */
size_t cs_file_read(struct cs_file *f, uint64_t at, uint8_t *to, size_t len);
bool cs_file_failed(const struct cs_file *f);
void cs_file_close(struct cs_file *f);

#endif
