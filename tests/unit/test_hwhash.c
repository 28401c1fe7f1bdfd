#include "reading.h"

#include "base/sha256.h"
#include "read/base64.h"
#include "read/ekpub.h"

/* ---- SHA-256, base64 --------------------------------------------------- */

static void
check_sum(const void *bytes, size_t len, const char *expect)
{
	uint8_t sum[CS_SHA256_BYTES];
	char hex[2 * CS_SHA256_BYTES + 1];

	cs_sha256((cs_bytes){ bytes, len }, sum);
	for (size_t i = 0; i < sizeof(sum); i++)
		snprintf(hex + 2 * i, 3, "%02x", sum[i]);
	assert_string_equal(hex, expect);
}

/* The first three are NIST's examples. */
static void
sums_are_sha256(void **state)
{
	static char a[1000000];

	(void)state;
	check_sum("abc", 3, "ba7816bf8f01cfea414140de5dae2223"
	                    "b00361a396177a9cb410ff61f20015ad");
	check_sum("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
	          "248d6a61d20638b8e5c026930c3e6039"
	          "a33ce45964ff2167f6ecedd419db06c1");
	memset(a, 'a', sizeof(a));
	check_sum(a, sizeof(a), "cdc76e5c9914fb9281a1c7e284d73e67"
	                        "f1809a48a497200e046d39ccc7112cd0");
	check_sum(NULL, 0, "e3b0c44298fc1c149afbf4c8996fb924"
	                   "27ae41e4649b934ca495991b7852b855");
	check_sum(a, 55, "9f4390f8d30c2dd92ec9f095b65e2b9a"
	                 "e9b0a925a5258e241c9f1e910f734318");
	check_sum(a, 64, "ffe054fe7ae0cb6dc65c3af9b61d5209"
	                 "f439851db43d0ba5997337df154668eb");
}

/* Examples of RFC 4648, and what is not in it. */
static void
base64_both_ways(void **state)
{
	static const struct {
		const char *plain, *text;
	} pairs[] = {
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
	};
	static const struct {
		const char *text, *plain;
		size_t len, bad;
	} odd[] = {
		{ "Zm9v\r\n Ym\tFy", "foobar", 6, 0 },
		{ "Zm9vYg", "foob", 4, 0 },
		{ "Zm9vY", "foo", 3, 0 },
		{ "Zm?vYmFy", "fn/bar", 6, 1 },
		{ "Zm9v====Zm9v", "foo", 3, 0 },
	};
	cs_arena a = { 0 };
	size_t bad;

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		cs_text plain = cs_text_of(pairs[i].plain);
		cs_text text = cs_to_base64(&a, (cs_bytes){
			(const uint8_t *)plain.at, plain.len });
		cs_bytes back = cs_from_base64(&a, cs_text_of(pairs[i].text), &bad);

		assert_true(cs_same(text, cs_text_of(pairs[i].text)));
		assert_int_equal(back.len, plain.len);
		assert_memory_equal(back.at, plain.at, plain.len);
		assert_int_equal(bad, 0);
	}
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		cs_bytes b = cs_from_base64(&a, cs_text_of(odd[i].text), &bad);

		assert_int_equal(b.len, odd[i].len);
		assert_int_equal(bad, odd[i].bad);
		if (bad == 0)
			assert_memory_equal(b.at, odd[i].plain, b.len);
		else    /* in step again behind it */
			assert_memory_equal(b.at + 3, odd[i].plain + 3, 3);
	}
	assert_true(cs_is_base64(CS_TEXT("ab+/\r\nc=")));
	assert_false(cs_is_base64(CS_TEXT("ab,c")));
	assert_false(cs_is_base64(CS_TEXT(" \n")));
	cs_arena_free(&a);
}

/* ---- public keys ------------------------------------------------------- */

#define TPMT_RSA "\0\x01\0\x0b\0\x03\0\xb2\0\x02pp\0\x06\0\x80\0\x43\0\x10"
#define TPMT_ECC "\0\x23\0\x0b\0\x03\0\xb2\0\0\0\x06\0\x80\0\x43\0\x10"

static const struct {
	const char *what;
	const char *head;
	size_t head_len, len;           /* the rest is 0xc1 */
	const char *algorithm;          /* NULL: not recognised */
	unsigned bits;
} keys[] = {
	{ "TPMT_PUBLIC, RSA", TPMT_RSA "\x08\0\0\0\0\0\x01\0", 28, 284, "RSA", 2048 },
	{ "TPM2B_PUBLIC, RSA 3072", "\x01\x9c" TPMT_RSA "\x0c\0\0\0\0\0\x01\x80", 30,
	  414, "RSA", 3072 },
	{ "TPMT_PUBLIC, bits and modulus differ", TPMT_RSA "\x0c\0\0\0\0\0\x01\0",
	  28, 284, NULL, 0 },
	{ "TPMT_PUBLIC, cut", TPMT_RSA "\x08\0\0\0\0\0\x01\0", 28, 200, NULL, 0 },
	{ "TPMT_PUBLIC, P-384", TPMT_ECC "\0\x04\0\x10\0\x30", 24, 122, "ECC", 384 },
	{ "TPMT_PUBLIC, another curve", TPMT_ECC "\0\x66\0\x10\0\x30", 24, 122, NULL, 0 },
	{ "BCrypt RSA", "RSA1\0\x08\0\0\x03\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0", 24, 283,
	  "RSA", 2048 },
	{ "BCrypt RSA, sizes differ", "RSA1\0\x08\0\0\x03\0\0\0\0\x02\0\0", 16, 283,
	  NULL, 0 },
	{ "BCrypt ECDH", "ECK1\x20\0\0\0", 8, 72, "ECC", 256 },
	{ "BCrypt ECDSA", "ECS5\x42\0\0\0", 8, 140, "ECC", 521 },
	{ "BCrypt, a private key", "ECK2\x20\0\0\0", 8, 72, NULL, 0 },
	{ "CryptoAPI", "\x06\x02\0\0\0\xa4\0\0RSA1\0\x08\0\0\x01\0\x01\0", 20, 276,
	  "RSA", 2048 },
	{ "RSAPublicKey", "\x30\x82\x01\x0a\x02\x82\x01\x01\0", 9, 270, NULL, 0 },
	{ "P-256 in DER", "\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08"
	  "\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\0\x04", 27, 91, "ECC", 256 },
	{ "a modulus alone", "", 0, 384, "RSA", 3072 },
	{ "a modulus alone, little-endian", "\x41", 1, 256, "RSA", 2048 },
	{ "an even number", "\x40", 1, 256, NULL, 0 },
	{ "bytes of another length", "", 0, 255, NULL, 0 },
	{ "nothing", "", 0, 0, NULL, 0 },
};

static void
keys_are_recognised(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		uint8_t bytes[512];
		struct cs_key_kind kind;
		bool known;

		memset(bytes, 0xc1, sizeof(bytes));
		memcpy(bytes, keys[i].head, keys[i].head_len);
		known = cs_key_kind((cs_bytes){ bytes, keys[i].len }, &kind);
		if (known != (keys[i].algorithm != NULL))
			fail_msg("%s", keys[i].what);
		if (!known)
			continue;
		assert_string_equal(kind.algorithm, keys[i].algorithm);
		assert_int_equal(kind.bits, keys[i].bits);
	}
}

/* SubjectPublicKeyInfo around RSAPublicKey, of 2048 bits. */
static void
der_keys_are_recognised(void **state)
{
	static const char info[] = "\x30\x82\x01\x22\x30\x0d\x06\x09\x2a\x86\x48"
		"\x86\xf7\x0d\x01\x01\x01\x05\0\x03\x82\x01\x0f\0";
	static const char key[] = "\x30\x82\x01\x0a\x02\x82\x01\x01\0";
	static const char exponent[] = "\x02\x03\x01\0\x01";
	uint8_t bytes[24 + 9 + 256 + 5];
	struct cs_key_kind kind;

	(void)state;
	memset(bytes, 0xc1, sizeof(bytes));
	memcpy(bytes, info, 24);
	memcpy(bytes + 24, key, 9);
	memcpy(bytes + 24 + 9 + 256, exponent, 5);
	assert_true(cs_key_kind((cs_bytes){ bytes, sizeof(bytes) }, &kind));
	assert_int_equal(kind.bits, 2048);
	assert_true(cs_key_kind((cs_bytes){ bytes + 24, sizeof(bytes) - 24 }, &kind));
	assert_int_equal(kind.bits, 2048);
	assert_string_equal(kind.algorithm, "RSA");
	assert_false(cs_key_kind((cs_bytes){ bytes, sizeof(bytes) - 6 }, &kind));
}

/* ---- a hash ------------------------------------------------------------ */

struct builder {
	uint8_t bytes[3000];
	size_t len;
	char text[4001];
};

static void
add_record(struct builder *b, unsigned type, const void *contents, size_t len)
{
	uint8_t *to = b->bytes + b->len;

	to[0] = (uint8_t)type;
	to[2] = (uint8_t)(len + 4);
	to[3] = (uint8_t)((len + 4) >> 8);
	memcpy(to + 4, contents, len);
	b->len += len + 4;
}

static void
begin_hash(struct builder *b)
{
	memset(b, 0, sizeof(*b));
	memcpy(b->bytes, "OA", 2);
	b->len = 4;
}

static void
encode(struct builder *b)
{
	cs_arena a = { 0 };
	cs_text t = cs_to_base64(&a, (cs_bytes){ b->bytes, sizeof(b->bytes) });

	assert_int_equal(t.len, 4000);
	memcpy(b->text, t.at, t.len);
	cs_arena_free(&a);
}

static void
end_hash(struct builder *b)
{
	b->bytes[2] = (uint8_t)b->len;
	b->bytes[3] = (uint8_t)(b->len >> 8);
	memcpy(b->bytes + b->len, "CS\x24", 4);
	cs_sha256((cs_bytes){ b->bytes, b->len }, b->bytes + b->len + 4);
	encode(b);
}

#define LITERAL(z) "" z, sizeof(z) - 1

static void
every_record(struct builder *b)
{
	begin_hash(b);
	add_record(b, 1, LITERAL("\0\0\x0a\0\x01\0\xf4\x65\0\0\x0a\0\x02\0\xf4\x65"
	                         "tttt\0\x02\x09\x05"));
	add_record(b, 2, LITERAL("\x09\0\x01\0\x0a\0\x0c\0\x01\0\0\0"));
	add_record(b, 3, LITERAL("Maker\0"));
	add_record(b, 5, LITERAL("\0\0\0\0\x04\0\0\0more"));
	add_record(b, 6, LITERAL("\0\x10\0\0\0\0\0\0\x11\0\0\0"));
	add_record(b, 7, LITERAL("Disk 1\0"));
	add_record(b, 7, LITERAL("Disk 2\0"));
	add_record(b, 8, LITERAL("\x0e\0\0\0\x02\0\0\0\xca\xb5"));
	add_record(b, 9, LITERAL("\x1f\0\x11\0\x80\x07\xb0\x04"));
	add_record(b, 10, LITERAL("\x0a\x02"));
	add_record(b, 11, LITERAL("\0\0\0\0\x01\0\x20\0\0\0foo"));
	add_record(b, 12, LITERAL("\x44\x33\x22\x11\x66\x55\x88\x77\x99\xaa\xbb\xcc"
	                          "\xdd\xee\xff\0"));
	add_record(b, 13, LITERAL("TPM-Version:2.0\0"));
	add_record(b, 14, LITERAL("SERIAL1\0"));
	add_record(b, 20, LITERAL("N1 1.23\0"));
	add_record(b, 25, LITERAL("ECK1\x20\0\0\0"));
	add_record(b, 29, LITERAL("\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0"));
	add_record(b, 30, LITERAL("G\0P\0|\0\xe4\0\0\0"));
	add_record(b, 33, LITERAL("\0\xff\x10"));
	add_record(b, 12, LITERAL("short"));
	end_hash(b);
}

#define EVERY_VALUE \
	" ToolBuild \"10.0.26100.1\"\n OsBuild \"10.0.26100.2\"\n" \
	" OSType \"2\"\n OsCpuArchitecture \"9\"\n ToolVersion \"5\"\n" \
	" ProcessorPackages \"1\"\n ProcessorCores \"10\"\n" \
	" ProcessorThreads \"12\"\n ProcessorManufacturer \"Maker\"\n" \
	" TotalPhysicalRAM \"17179869184\"\n DiskCapacity \"4096\"\n" \
	" DiskBusType \"17\"\n DiskSerial \"Disk 1\"\n DiskSerial \"Disk 2\"\n" \
	" PhysicalMedium \"14\"\n MacAddress \"02:00:00:00:ca:b5\"\n" \
	" DisplayResolution \"1920x1200\"\n ChassisType \"10\"\n" \
	" PowerPlatformRole \"2\"\n OfflineDeviceIdType \"1\"\n" \
	" OfflineDeviceId \"Zm9v\"\n" \
	" SmbiosUuid \"11223344-5566-7788-99aa-bbccddeeff00\"\n" \
	" TpmVersion \"TPM-Version:2.0\"\n SmbiosSystemSerialNumber \"SERIAL1\"\n" \
	" SmbiosFirmwareVersion \"N1 1.23\"\n TpmEkPub \"RUNLMSAAAAA=\"\n" \
	" EkPubAlgorithm \"ECC\"\n EkPubBits \"256\"\n" \
	" DedicatedVideoMemory \"1\"\n DedicatedSystemMemory \"2\"\n" \
	" VideoAdapter \"GP|\\xc3\\xa4\"\n Record33 binary 00ff10\n" \
	" Record12 binary 73686f7274\n ChecksumOk bool 1\n"

#define NAMES "Device Serial Number,Windows Product ID,Hardware Hash\r\n"

static void
check_file(const char *name, const char *file, const char *expect)
{
	check_reading(&cs_format_device_hash, name, file, expect);
}

static void
decodes_every_record(void **state)
{
	static struct builder b;
	static char file[8000], expect[12000];

	(void)state;
	every_record(&b);
	snprintf(file, sizeof(file), NAMES "SERIAL1,,%s\r\n", b.text);
	snprintf(expect, sizeof(expect),
	         "ROW 2 [csv]\n Device Serial Number \"SERIAL1\"\n"
	         " Windows Product ID null\n Hardware Hash \"%s\"\n"
	         "ROW 2 [hash]\n" EVERY_VALUE, b.text);
	check_file("DeviceHash_X.csv", file, expect);
}

static void
a_hash_may_stand_alone(void **state)
{
	static struct builder b;
	static char file[8000];
	size_t n = 0;

	(void)state;
	every_record(&b);
	check_file("hash.txt", b.text, "ROW 1 [hash]\n" EVERY_VALUE);
	for (size_t i = 0; i < 4000; i += 64)
		n += (size_t)snprintf(file + n, sizeof(file) - n, "%.64s\r\n",
		                      b.text + i);
	check_file("hash.txt", file, "ROW 1 [hash]\n" EVERY_VALUE);
}

/* A short hash with a serial number; its text ends before the zeroes. */
static void
short_hash(struct builder *b, const char *serial)
{
	begin_hash(b);
	add_record(b, 14, serial, strlen(serial) + 1);
	end_hash(b);
	b->text[(b->len + 36 + 2) / 3 * 4] = '\0';
}

static void
tables_are_read_by_name(void **state)
{
	static struct builder b;
	static char file[8000], expect[8000];

	(void)state;
	short_hash(&b, "S1");
	snprintf(file, sizeof(file),
	         "\xef\xbb\xbf" "\"hardware hash\" , Group Tag,\"a \"\"b\"\"\"\n\n"
	         "\"%s\",\"T,1\",\"x\ny\",more\n,T2\n", b.text);
	snprintf(expect, sizeof(expect),
	         "ROW 3 [csv]\n hardware hash \"%s\"\n Group Tag \"T,1\"\n"
	         " a \"b\" \"x\\x0ay\"\n \"more\"\n"
	         "ROW 3 [hash]\n SmbiosSystemSerialNumber \"S1\"\n ChecksumOk bool 1\n"
	         "ROW 5 [csv]\n hardware hash null\n Group Tag \"T2\"\n", b.text);
	check_file("x.csv", file, expect);
}

static void
rows_without_names_are_read(void **state)
{
	static struct builder b;
	static char file[8000], expect[8000];

	(void)state;
	short_hash(&b, "S1");
	snprintf(file, sizeof(file), "S0,,%s\n", b.text);
	snprintf(expect, sizeof(expect),
	         "ROW 1 [csv]\n Device Serial Number \"S0\"\n Windows Product ID null\n"
	         " Hardware Hash \"%s\"\n"
	         "ROW 1 [hash]\n SmbiosSystemSerialNumber \"S1\"\n ChecksumOk bool 1\n",
	         b.text);
	check_file("x.csv", file, expect);
	check_file("x.csv", "a,b\n1,2\n",
	           "ROW 2 [csv]\n a \"1\"\n b \"2\"\n"
	           "NOTE damaged 1: no column of that name: Hardware Hash\n");
}

static void
a_hash_in_lines_is_joined(void **state)
{
	static struct builder b;
	static struct reading r;
	static char file[8000];

	(void)state;
	short_hash(&b, "S1");
	snprintf(file, sizeof(file), NAMES "S1,,%.20s\r\n%.20s\r\n%s\r\nS2,,\r\n",
	         b.text, b.text + 20, b.text + 40);
	read_bytes(&r, &cs_format_device_hash, "x.csv", file, strlen(file));
	assert_int_equal(r.n_records, 3);
	assert_non_null(strstr(r.text, "ROW 2 [hash]\n SmbiosSystemSerialNumber "
	                               "\"S1\"\n ChecksumOk bool 1\nROW 5 [csv]\n"));
}

static void
check_damage(const struct builder *b, const char *expect)
{
	check_file("x.csv", b->text, expect);
}

static void
damage_is_noted(void **state)
{
	static struct builder b;
	size_t len;

	(void)state;
	short_hash(&b, "S1");
	len = b.len;
	b.bytes[9] ^= 1;
	encode(&b);
	check_damage(&b, "ROW 1 [hash]\n SmbiosSystemSerialNumber \"S0\"\n"
	                 " ChecksumOk bool 0\n"
	                 "NOTE damaged 1: hardware hash: the trailer at byte 11 of "
	                 "3000 has a checksum that does not match\n");

	b.bytes[len] = 'X';
	encode(&b);
	check_damage(&b, "ROW 1 [hash]\n SmbiosSystemSerialNumber \"S0\"\n"
	                 " ChecksumOk bool 0\n"
	                 "NOTE damaged 1: hardware hash: the trailer at byte 11 of "
	                 "3000 does not begin with \"CS\" and a length of 36\n");

	b.text[12] = '\0';              /* nine bytes */
	check_damage(&b, "ROW 1 [hash] doubtful\n ChecksumOk bool 0\n"
	                 "NOTE damaged 1: hardware hash: record of 7 bytes and type "
	                 "14 at byte 4, 5 bytes left\n"
	                 "NOTE damaged 1: hardware hash: the trailer at byte 11 of 9 "
	                 "is cut off\n");

	short_hash(&b, "S1");
	b.bytes[6] = 3;                 /* a record shorter than its head */
	encode(&b);
	check_damage(&b, "ROW 1 [hash] doubtful\n ChecksumOk bool 0\n"
	                 "NOTE damaged 1: hardware hash: record of 3 bytes and type "
	                 "14 at byte 4, 7 bytes left\n"
	                 "NOTE damaged 1: hardware hash: the trailer at byte 11 of "
	                 "3000 has a checksum that does not match\n");
}

static void
bad_characters_are_noted(void **state)
{
	static struct builder b;
	static struct reading r;
	static char file[5000];

	(void)state;
	short_hash(&b, "S1");
	snprintf(file, sizeof(file), NAMES "S1,,%s", b.text);
	*strrchr(file, b.text[30]) = '?';
	read_bytes(&r, &cs_format_device_hash, "x.csv", file, strlen(file));
	assert_non_null(strstr(r.text, "ROW 2 [hash] doubtful\n"));
	assert_non_null(strstr(r.text, "NOTE damaged 2: hardware hash with 1 "
	                               "characters that are not base64\n"));
	check_file("x.csv", NAMES "S1,,AAAA\n",
	           "ROW 2 [csv]\n Device Serial Number \"S1\"\n"
	           " Windows Product ID null\n Hardware Hash \"AAAA\"\n"
	           "NOTE damaged 2: 3 bytes that do not begin as a hardware hash "
	           "does\n");
}

static void
claims_hashes(void **state)
{
	static const char names[] = "\xef\xbb\xbf" "a, \"Hardware Hash\"\r\n";
	static const char hash[] = "T0HQAAEAHAAAAAoAzgb0ZQAACgDOBvRlPFbMLeQCCQUCABAA";

	(void)state;
	check_claim(&cs_format_device_hash, "x", names, sizeof(names) - 1, 95);
	check_claim(&cs_format_device_hash, "x", NAMES, sizeof(NAMES) - 1, 95);
	check_claim(&cs_format_device_hash, "x", hash, sizeof(hash) - 1, 85);
	check_claim(&cs_format_device_hash, "dir/devicehash_PC.CSV", "x", 1, 60);
	check_claim(&cs_format_device_hash, "DeviceHash_x.csv", "\0\0", 2, 0);
	check_claim(&cs_format_device_hash, "x.csv", "a,b\n", 4, 0);
	check_claim(&cs_format_device_hash, "x", "T0 and more words in a line of text",
	            35, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_sha256),
		cmocka_unit_test(base64_both_ways),
		cmocka_unit_test(keys_are_recognised),
		cmocka_unit_test(der_keys_are_recognised),
		cmocka_unit_test(decodes_every_record),
		cmocka_unit_test(a_hash_may_stand_alone),
		cmocka_unit_test(tables_are_read_by_name),
		cmocka_unit_test(rows_without_names_are_read),
		cmocka_unit_test(a_hash_in_lines_is_joined),
		cmocka_unit_test(damage_is_noted),
		cmocka_unit_test(bad_characters_are_noted),
		cmocka_unit_test(claims_hashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
