/* hwblob.h - the fields inside a hardware hash */
#ifndef CS_HWBLOB_H
#define CS_HWBLOB_H

#include "read/record.h"

/* Values in scratch, from the decoded bytes; notes what is wrong with them.
 * *ret_doubtful: the records are damaged. */
size_t cs_hash_values(struct cs_scan *s, struct cs_place place, cs_bytes blob,
                      const struct cs_value **ret_values, bool *ret_doubtful);

#endif
