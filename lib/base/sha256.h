/* sha256.h - SHA-256 (FIPS 180-4) of bytes that are all there */
#ifndef CS_SHA256_H
#define CS_SHA256_H

#include "base/bytes.h"

#define CS_SHA256_BYTES 32

void cs_sha256(cs_bytes b, uint8_t ret[CS_SHA256_BYTES]);

#endif
