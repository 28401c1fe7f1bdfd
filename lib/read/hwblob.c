/*
 * hwblob.c - a hardware hash, decoded
 *
 *     "OA", u16 length up to the trailer
 *     records: u16 type, u16 length with these four bytes, contents
 *     trailer: "CS", u16 36, SHA-256 of all before it
 *     zeroes, up to 3000 bytes
 */
#include "read/hwblob.h"

#include "base/sha256.h"
#include "base/utf.h"
#include "read/base64.h"
#include "read/ekpub.h"

#include <stdio.h>

#define HEADER 4
#define TRAILER (HEADER + CS_SHA256_BYTES)

struct blob {
	struct cs_scan *scan;
	struct cs_place place;
	cs_bytes all;
	struct cs_value *values;
	size_t n_values;
};

struct field {
	const char *name;
	/* False: not of that form; the record is then handed out raw. */
	bool (*decode)(struct blob *, const char *name, cs_bytes);
};

static void
add(struct blob *b, const char *name, enum cs_type type, cs_bytes raw)
{
	if (b->n_values < MAX_HASH_VALUES)
		b->values[b->n_values++] = (struct cs_value){
			.name = cs_text_of(name), .type = type, .raw = raw
		};
}

static void
add_text(struct blob *b, const char *name, cs_text t)
{
	add(b, name, CS_UTF8, (cs_bytes){ (const uint8_t *)t.at, t.len });
}

static void
add_kept(struct blob *b, const char *name, const char *z)
{
	add_text(b, name, cs_keep_text(&b->scan->scratch, cs_text_of(z)));
}

static void
add_number(struct blob *b, const char *name, uint64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	add_kept(b, name, text);
}

/* ---- the contents of records ------------------------------------------ */

static bool
text(struct blob *b, const char *name, cs_bytes c)
{
	const uint8_t *end = c.len > 0 ? memchr(c.at, 0, c.len) : NULL;

	if (end)
		c.len = (size_t)(end - c.at);
	add(b, name, CS_UTF8, c);
	return true;
}

static bool
wide_text(struct blob *b, const char *name, cs_bytes c)
{
	cs_text all = cs_from_utf16le(&b->scan->scratch, c, NULL);

	add_text(b, name, cs_cut(&all, '\0'));
	return true;
}

static bool
bytes(struct blob *b, const char *name, cs_bytes c)
{
	add_text(b, name, cs_to_base64(&b->scan->scratch, c));
	return true;
}

/* Stored as minor, major, revision, build. */
static void
add_build(struct blob *b, const char *name, cs_reader *r)
{
	unsigned minor = cs_u16le(r), major = cs_u16le(r);
	unsigned revision = cs_u16le(r), build = cs_u16le(r);
	char z[32];

	snprintf(z, sizeof(z), "%u.%u.%u.%u", major, minor, build, revision);
	add_kept(b, name, z);
}

static bool
versions(struct blob *b, const char *name, cs_bytes c)
{
	cs_reader r = cs_read(c);

	(void)name;
	if (c.len < 24)
		return false;
	add_build(b, "ToolBuild", &r);
	add_build(b, "OsBuild", &r);
	cs_skip(&r, 5);                         /* the time, in a form unsure */
	add_number(b, "OSType", cs_u8(&r));
	add_number(b, "OsCpuArchitecture", cs_u8(&r));
	add_number(b, "ToolVersion", cs_u8(&r));
	return true;
}

static bool
processor(struct blob *b, const char *name, cs_bytes c)
{
	cs_reader r = cs_read(c);

	(void)name;
	if (c.len < 8)
		return false;
	cs_skip(&r, 2);                         /* architecture, again */
	add_number(b, "ProcessorPackages", cs_u16le(&r));
	add_number(b, "ProcessorCores", cs_u16le(&r));
	add_number(b, "ProcessorThreads", cs_u16le(&r));
	return true;
}

static bool
memory(struct blob *b, const char *name, cs_bytes c)
{
	cs_reader r = cs_read(c);

	if (c.len < 8)
		return false;
	add_number(b, name, cs_u64le(&r));
	return true;
}

static bool
disk(struct blob *b, const char *name, cs_bytes c)
{
	cs_reader r = cs_read(c);

	(void)name;
	if (c.len < 10)
		return false;
	add_number(b, "DiskCapacity", cs_u64le(&r));
	add_number(b, "DiskBusType", cs_u16le(&r));
	return true;
}

static bool
adapter(struct blob *b, const char *name, cs_bytes c)
{
	cs_reader r = cs_read(c);
	char z[18];

	if (c.len < 10)
		return false;
	add_number(b, "PhysicalMedium", cs_u32le(&r));
	snprintf(z, sizeof(z), "%02x:%02x:%02x:%02x:%02x:%02x", c.at[4], c.at[5],
	         c.at[6], c.at[7], c.at[8], c.at[9]);
	add_kept(b, name, z);
	return true;
}

static bool
display(struct blob *b, const char *name, cs_bytes c)
{
	cs_reader r = cs_read(c);
	unsigned width, height;
	char z[24];

	if (c.len < 8)
		return false;
	cs_skip(&r, 4);                         /* size of the glass */
	width = cs_u16le(&r);
	height = cs_u16le(&r);
	snprintf(z, sizeof(z), "%ux%u", width, height);
	add_kept(b, name, z);
	return true;
}

static bool
chassis(struct blob *b, const char *name, cs_bytes c)
{
	if (c.len < 2)
		return false;
	add_number(b, name, c.at[0]);
	add_number(b, "PowerPlatformRole", c.at[1]);
	return true;
}

static bool
offline_id(struct blob *b, const char *name, cs_bytes c)
{
	if (c.len < 10)
		return false;
	add_number(b, "OfflineDeviceIdType", c.at[4]);
	return bytes(b, name, cs_slice(c, 10, c.len));
}

static bool
guid(struct blob *b, const char *name, cs_bytes c)
{
	cs_reader r = cs_read(c);
	unsigned first, second, third;
	char z[40];

	if (c.len != 16)
		return false;
	first = cs_u32le(&r);
	second = cs_u16le(&r);
	third = cs_u16le(&r);
	snprintf(z, sizeof(z),
	         "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", first,
	         second, third, c.at[8], c.at[9], c.at[10], c.at[11], c.at[12],
	         c.at[13], c.at[14], c.at[15]);
	add_kept(b, name, z);
	return true;
}

static bool
public_key(struct blob *b, const char *name, cs_bytes c)
{
	struct cs_key_kind kind;

	bytes(b, name, c);
	if (cs_key_kind(c, &kind)) {
		add_text(b, "EkPubAlgorithm", cs_text_of(kind.algorithm));
		add_number(b, "EkPubBits", kind.bits);
	}
	return true;
}

static bool
video_memory(struct blob *b, const char *name, cs_bytes c)
{
	cs_reader r = cs_read(c);

	if (c.len < 16)
		return false;
	add_number(b, name, cs_u64le(&r));
	add_number(b, "DedicatedSystemMemory", cs_u64le(&r));
	return true;
}

static const struct field fields[] = {
	[1] = { "ToolBuild", versions },
	[2] = { "ProcessorPackages", processor },
	[3] = { "ProcessorManufacturer", text },
	[4] = { "ProcessorModel", text },
	[5] = { "TotalPhysicalRAM", memory },
	[6] = { "DiskCapacity", disk },
	[7] = { "DiskSerial", text },
	[8] = { "MacAddress", adapter },
	[9] = { "DisplayResolution", display },
	[10] = { "ChassisType", chassis },
	[11] = { "OfflineDeviceId", offline_id },
	[12] = { "SmbiosUuid", guid },
	[13] = { "TpmVersion", text },
	[14] = { "SmbiosSystemSerialNumber", text },
	[15] = { "SmbiosFirmwareVendor", text },
	[16] = { "SmbiosSystemManufacturer", text },
	[17] = { "SmbiosSystemProductName", text },
	[18] = { "SmbiosSkuNumber", text },
	[19] = { "SmbiosSystemFamily", text },
	[20] = { "SmbiosFirmwareVersion", text },
	[21] = { "SmbiosBoardProduct", text },
	[22] = { "SmbiosBoardVersion", text },
	[23] = { "SmbiosSystemVersion", text },
	[24] = { "ProductKeyID", text },
	[25] = { "TpmEkPub", public_key },
	[26] = { "ProductKeyPkPn", text },
	[28] = { "DiskSSNKernel", text },
	[29] = { "DedicatedVideoMemory", video_memory },
	[30] = { "VideoAdapter", wide_text },
};

static void
raw_record(struct blob *b, unsigned type, cs_bytes contents)
{
	char z[24];
	const char *name;

	snprintf(z, sizeof(z), "Record%u", type);
	name = cs_keep(&b->scan->scratch, cs_text_of(z));
	if (name)
		add(b, name, CS_BINARY, contents);
}

static void
record(struct blob *b, unsigned type, cs_bytes contents)
{
	const struct field *f = type < sizeof(fields) / sizeof(*fields)
	                      ? &fields[type] : NULL;

	if (!f || !f->decode || !f->decode(b, f->name, contents))
		raw_record(b, type, contents);
}

/* ---- around them ------------------------------------------------------ */

/* False: they do not fill the bytes that the header speaks of. */
static bool
records(struct blob *b, cs_bytes part)
{
	cs_reader r = cs_read(part);

	cs_skip(&r, HEADER);
	while (r.pos < part.len) {
		size_t start = r.pos;
		unsigned type = cs_u16le(&r), size = cs_u16le(&r);
		cs_bytes contents = cs_take(&r, size < HEADER ? 0 : size - HEADER);

		if (r.is_short || size < HEADER) {
			cs_note(b->scan, CABSCAN_NOTE_DAMAGED, b->place,
			        "hardware hash: record of %u bytes and type %u at "
			        "byte %zu, %zu bytes left", size, type, start,
			        part.len - start);
			return false;
		}
		record(b, type, contents);
	}
	return true;
}

static bool
checksum(struct blob *b, size_t total)
{
	uint8_t sum[CS_SHA256_BYTES];
	cs_bytes trailer = cs_slice(b->all, total, TRAILER);
	const char *wrong = NULL;

	if (trailer.len < TRAILER)
		wrong = "is cut off";
	else if (memcmp(trailer.at, "CS\x24\x00", HEADER) != 0)
		wrong = "does not begin with \"CS\" and a length of 36";
	else {
		cs_sha256(cs_slice(b->all, 0, total), sum);
		if (memcmp(trailer.at + HEADER, sum, sizeof(sum)) != 0)
			wrong = "has a checksum that does not match";
	}
	if (wrong)
		cs_note(b->scan, CABSCAN_NOTE_DAMAGED, b->place,
		        "hardware hash: the trailer at byte %zu of %zu %s", total,
		        b->all.len, wrong);
	return !wrong;
}

static void
add_checksum(struct blob *b, bool ok)
{
	uint8_t *raw = cs_alloc(&b->scan->scratch, 4);

	if (!raw)
		return;
	raw[0] = ok;
	add(b, "ChecksumOk", CS_BOOL, (cs_bytes){ raw, 4 });
}

size_t
cs_hash_values(struct cs_scan *s, struct cs_place place, cs_bytes blob,
               const struct cs_value **ret_values, bool *ret_doubtful)
{
	struct blob b = { .scan = s, .place = place, .all = blob };
	cs_reader r = cs_read(blob);
	cs_bytes magic = cs_take(&r, 2);
	size_t total = cs_u16le(&r);
	bool whole, ok;

	if (r.is_short || memcmp(magic.at, "OA", 2) != 0) {
		cs_note(s, CABSCAN_NOTE_DAMAGED, place,
		        "%zu bytes that do not begin as a hardware hash does",
		        blob.len);
		return 0;
	}
	b.values = cs_alloc_n(&s->scratch, MAX_HASH_VALUES, sizeof(*b.values));
	if (!b.values)
		return 0;
	whole = records(&b, cs_slice(blob, 0, total));
	ok = checksum(&b, total);
	if (b.n_values == MAX_HASH_VALUES)
		cs_note(s, CABSCAN_NOTE_LIMIT, place,
		        "hardware hash of more than %d values", MAX_HASH_VALUES);
	else
		add_checksum(&b, ok);
	*ret_values = b.values;
	/* What the trailer covers is known from one encoder alone: a sum that
	 * does not match is noted, and nothing is doubted for it. */
	*ret_doubtful = !whole;
	return b.n_values;
}
