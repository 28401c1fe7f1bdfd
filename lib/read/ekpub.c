#include "read/ekpub.h"

#include <string.h>

#define TPM_ALG_RSA 0x0001
#define TPM_ALG_NULL 0x0010
#define TPM_ALG_ECC 0x0023

#define DER_INTEGER 0x02
#define DER_BITS 0x03
#define DER_OID 0x06
#define DER_SEQUENCE 0x30

/* An RSA key of a TPM is 1024 to 4096 bits; the rest is room for others. */
static bool
rsa(uint64_t bits, struct cs_key_kind *ret)
{
	if (bits < 512 || bits > 16384 || bits % 8 != 0)
		return false;
	*ret = (struct cs_key_kind){ "RSA", (unsigned)bits };
	return true;
}

static bool
ecc(unsigned bits, struct cs_key_kind *ret)
{
	if (bits == 0)
		return false;
	*ret = (struct cs_key_kind){ "ECC", bits };
	return true;
}

static uint16_t
u16be(cs_reader *r)
{
	unsigned high = cs_u8(r);

	return (uint16_t)(high << 8 | cs_u8(r));
}

/* ---- TPM 2.0 ---------------------------------------------------------- */

static unsigned
tpm_curve_bits(unsigned curve)
{
	static const struct { unsigned curve, bits; } curves[] = {
		{ 0x0001, 192 }, { 0x0002, 224 }, { 0x0003, 256 },
		{ 0x0004, 384 }, { 0x0005, 521 }, { 0x0020, 256 },
	};

	for (size_t i = 0; i < sizeof(curves) / sizeof(*curves); i++)
		if (curves[i].curve == curve)
			return curves[i].bits;
	return 0;
}

static bool
tpmt_public(cs_bytes b, struct cs_key_kind *ret)
{
	cs_reader r = cs_read(b);
	unsigned type = u16be(&r), name = u16be(&r), bits, unique;

	cs_skip(&r, 4);                         /* attributes */
	cs_skip(&r, u16be(&r));                 /* policy */
	if (u16be(&r) != TPM_ALG_NULL)
		cs_skip(&r, 4);                 /* symmetric: bits, mode */
	if (u16be(&r) != TPM_ALG_NULL)
		cs_skip(&r, 2);                 /* scheme: hash */
	bits = u16be(&r);                       /* or the curve */
	if (type == TPM_ALG_RSA)
		cs_skip(&r, 4);                 /* exponent */
	else if (u16be(&r) != TPM_ALG_NULL)
		cs_skip(&r, 2);                 /* key derivation: hash */
	unique = u16be(&r);
	cs_skip(&r, unique);
	if (r.is_short || name < 0x0004 || name > 0x00ff)
		return false;
	if (type == TPM_ALG_RSA)
		return (unique == 0 || unique * 8 == bits) && rsa(bits, ret);
	return type == TPM_ALG_ECC && ecc(tpm_curve_bits(bits), ret);
}

static bool
tpm2b_public(cs_bytes b, struct cs_key_kind *ret)
{
	cs_reader r = cs_read(b);
	size_t size = u16be(&r);
	cs_bytes body = cs_take(&r, size);

	return !r.is_short && tpmt_public(body, ret);
}

/* ---- Windows key blobs ------------------------------------------------ */

/* Magic, bits, and the sizes of exponent and modulus. */
static bool
bcrypt_rsa(cs_bytes b, struct cs_key_kind *ret)
{
	cs_reader r = cs_read(b);
	cs_bytes magic = cs_take(&r, 4);
	uint32_t bits = cs_u32le(&r), exponent = cs_u32le(&r);
	uint32_t modulus = cs_u32le(&r);

	return !r.is_short && memcmp(magic.at, "RSA1", 4) == 0 &&
	       exponent <= 8 && modulus == bits / 8 && rsa(bits, ret);
}

/* "ECK1" to "ECK5" or "ECS1" to "ECS5": the odd ones are public keys. */
static bool
bcrypt_ecc(cs_bytes b, struct cs_key_kind *ret)
{
	cs_reader r = cs_read(b);
	cs_bytes magic = cs_take(&r, 4);
	uint32_t size = cs_u32le(&r);

	if (r.is_short || magic.at[0] != 'E' || magic.at[1] != 'C' ||
	    (magic.at[2] != 'K' && magic.at[2] != 'S'))
		return false;
	return (magic.at[3] == '1' && size == 32 && ecc(256, ret)) ||
	       (magic.at[3] == '3' && size == 48 && ecc(384, ret)) ||
	       (magic.at[3] == '5' && size == 66 && ecc(521, ret));
}

/* PUBLICKEYBLOB: a header of eight bytes, then magic and bits. */
static bool
capi_rsa(cs_bytes b, struct cs_key_kind *ret)
{
	cs_reader r = cs_read(b);
	unsigned type = cs_u8(&r), version = cs_u8(&r);
	cs_bytes magic;
	uint32_t bits;

	cs_skip(&r, 6);
	magic = cs_take(&r, 4);
	bits = cs_u32le(&r);
	return !r.is_short && type == 0x06 && version == 0x02 &&
	       memcmp(magic.at, "RSA1", 4) == 0 && rsa(bits, ret);
}

/* ---- DER -------------------------------------------------------------- */

/* The contents of the next element; false: it is not of that tag. */
static bool
der(cs_reader *r, uint8_t tag, cs_bytes *ret)
{
	uint8_t found = cs_u8(r), first = cs_u8(r);
	size_t len = first;

	if (first & 0x80) {
		len = 0;
		for (unsigned n = first & 0x7f; n > 0 && len < 0x10000; n--)
			len = len << 8 | cs_u8(r);
	}
	*ret = cs_take(r, len);
	return !r->is_short && found == tag;
}

static bool
rsa_public_key(cs_bytes b, struct cs_key_kind *ret)
{
	cs_reader outer = cs_read(b), inner;
	cs_bytes body, modulus, exponent;

	if (!der(&outer, DER_SEQUENCE, &body))
		return false;
	inner = cs_read(body);
	if (!der(&inner, DER_INTEGER, &modulus) ||
	    !der(&inner, DER_INTEGER, &exponent))
		return false;
	if (modulus.len > 0 && modulus.at[0] == 0)
		modulus = cs_slice(modulus, 1, modulus.len);
	return rsa(modulus.len * 8, ret);
}

static unsigned
der_curve_bits(cs_bytes oid)
{
	static const struct { const char *oid; size_t len; unsigned bits; } curves[] = {
		{ "\x2a\x86\x48\xce\x3d\x03\x01\x07", 8, 256 },
		{ "\x2b\x81\x04\x00\x22", 5, 384 },
		{ "\x2b\x81\x04\x00\x23", 5, 521 },
	};

	for (size_t i = 0; i < sizeof(curves) / sizeof(*curves); i++)
		if (oid.len == curves[i].len &&
		    memcmp(oid.at, curves[i].oid, oid.len) == 0)
			return curves[i].bits;
	return 0;
}

static bool
public_key_info(cs_bytes b, struct cs_key_kind *ret)
{
	cs_reader outer = cs_read(b), inner, parts;
	cs_bytes body, algorithm, kind, curve, key;

	if (!der(&outer, DER_SEQUENCE, &body))
		return false;
	inner = cs_read(body);
	if (!der(&inner, DER_SEQUENCE, &algorithm) || !der(&inner, DER_BITS, &key))
		return false;
	parts = cs_read(algorithm);
	if (!der(&parts, DER_OID, &kind))
		return false;
	if (der(&parts, DER_OID, &curve))
		return ecc(der_curve_bits(curve), ret);
	return rsa_public_key(cs_slice(key, 1, key.len), ret);
}

/* ----------------------------------------------------------------------- */

/* A product of two large primes of equal length: odd, with its first bit set,
 * in either byte order. */
static bool
bare_modulus(cs_bytes b, struct cs_key_kind *ret)
{
	bool big, little;

	if (b.len != 256 && b.len != 384 && b.len != 512)
		return false;
	big = (b.at[0] & 0x80) && (b.at[b.len - 1] & 1);
	little = (b.at[b.len - 1] & 0x80) && (b.at[0] & 1);
	return (big || little) && rsa(b.len * 8, ret);
}

bool
cs_key_kind(cs_bytes key, struct cs_key_kind *ret)
{
	return bcrypt_rsa(key, ret) || bcrypt_ecc(key, ret) ||
	       capi_rsa(key, ret) || public_key_info(key, ret) ||
	       rsa_public_key(key, ret) || tpm2b_public(key, ret) ||
	       tpmt_public(key, ret) || bare_modulus(key, ret);
}
