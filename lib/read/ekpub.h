/*
 * ekpub.h - which kind of public key some bytes are
 *
 * The bytes are recognised as one of: TPM2B_PUBLIC and TPMT_PUBLIC (TPM 2.0
 * Structures), the key blobs of BCrypt and CryptoAPI, SubjectPublicKeyInfo
 * and RSAPublicKey (DER), or a modulus with nothing around it.
 */
#ifndef CS_EKPUB_H
#define CS_EKPUB_H

#include "base/bytes.h"

struct cs_key_kind {
	const char *algorithm;          /* "RSA" or "ECC" */
	unsigned bits;
};

/* False: not recognised. */
bool cs_key_kind(cs_bytes key, struct cs_key_kind *ret);

#endif
