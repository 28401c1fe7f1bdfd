/*
 * test_cab_damage.c - cabinets that are cut, damaged anywhere, or made to do
 * harm
 *
 *     test_cab_damage DIR           DIR is what mkcabs.py wrote
 */
#include "cabrun.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- damage anywhere --------------------------------------------------- */

static const char *const damaged_everywhere[] = {
	"small-stored", "small-mszip", "small-lzx", "small-quantum", "small-reserve",
};

#define N_EVERYWHERE (sizeof(damaged_everywhere) / sizeof(damaged_everywhere[0]))

static const struct got *
find(const struct cabrun *r, cs_text name)
{
	for (size_t i = 0; i < r->n; i++)
		if (cs_same(r->got[i].member->name, name))
			return &r->got[i];
	return NULL;
}

/* Members that are said to be whole are byte for byte what they were. */
static size_t
count_whole(const struct cabrun *r, const struct cabrun *original)
{
	size_t whole = 0;

	for (size_t i = 0; i < r->n; i++) {
		const struct got *o = find(original, r->got[i].member->name);

		if (r->got[i].state != CABSCAN_MEMBER_NOT_READ)
			continue;
		whole++;
		assert_non_null(o);
		assert_int_equal(r->got[i].len, o->len);
		assert_int_equal(r->got[i].crc, o->crc);
	}
	return whole;
}

static void
cut_anywhere(const char *name)
{
	cs_bytes cab = cabrun_made(name, ".cab");
	size_t listed = 0, whole = 0, now;
	struct cabrun original, r;

	cabrun_begin(&original);
	cabrun(&original, cab);
	assert_true(original.ok);
	cabrun_begin(&r);
	for (size_t len = 0; len <= cab.len; len++) {
		cabrun(&r, cs_slice(cab, 0, len));
		assert_true(r.ok || r.n == 0);
		assert_true(r.ok || strlen(r.err.message) > 10);
		assert_true(!r.ok || len == cab.len ||
		            cabrun_has_note(&r, CS_TEXT("damaged"), "the CAB is cut"));
		now = count_whole(&r, &original);
		if (r.n < listed || now < whole)
			print_message("# %s cut after %zu bytes\n", name, len);
		assert_true(r.n >= listed);
		assert_true(now >= whole);
		listed = r.n;
		whole = now;
		cs_scan_end(&r.scan);
	}
	assert_int_equal(listed, original.n);
	assert_int_equal(whole, original.n);
	free(r.got);
	cabrun_end(&original);
	cabrun_drop(cab);
}

static void
a_cut_never_takes_more_than_it_must(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_EVERYWHERE; i++)
		cut_anywhere(damaged_everywhere[i]);
}

static uint32_t
next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static size_t
data_begin(cs_bytes cab)
{
	cs_reader r = cs_read(cab);
	cs_bytes flags;

	cs_skip(&r, 30);
	flags = cs_take(&r, 2);
	cs_seek(&r, 36);
	if (flags.at[0] & 4)
		cs_seek(&r, 40u + cab.at[36] + 256u * cab.at[37]);
	return cs_u32le(&r);
}

/* One byte at a time behind the list: a whole member has its own bytes. */
static void
flip_data(const char *name, unsigned rounds)
{
	cs_bytes cab = cabrun_made(name, ".cab");
	size_t begin_at = data_begin(cab);
	uint32_t seed = 20261120;
	struct cabrun original, r;

	cabrun_begin(&original);
	cabrun(&original, cab);
	cabrun_begin(&r);
	for (unsigned i = 0; i < rounds; i++) {
		size_t at = begin_at + next_random(&seed) % (cab.len - begin_at);
		uint8_t mask = (uint8_t)(1u << next_random(&seed) % 8);
		uint8_t *byte = (uint8_t *)(uintptr_t)cab.at + at;

		*byte ^= mask;
		cabrun(&r, cab);
		*byte ^= mask;
		assert_true(r.ok);
		assert_int_equal(r.n, original.n);
		count_whole(&r, &original);
		cs_scan_end(&r.scan);
	}
	free(r.got);
	cabrun_end(&original);
	cabrun_drop(cab);
}

static void
a_wrong_bit_in_the_data_spoils_no_whole_member(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_EVERYWHERE; i++)
		flip_data(damaged_everywhere[i], 600);
}

/* Several bytes anywhere, headers included: it ends, and counts right. */
static void
flip_anything(const char *name, unsigned rounds)
{
	cs_bytes cab = cabrun_made(name, ".cab");
	uint8_t *damaged = malloc(cab.len);
	uint32_t seed = 4711;
	struct cabrun r;

	assert_non_null(damaged);
	cabrun_begin(&r);
	for (unsigned i = 0; i < rounds; i++) {
		size_t reach = next_random(&seed) % 2 ? 200 : cab.len;

		memcpy(damaged, cab.at, cab.len);
		for (unsigned n = next_random(&seed) % 6 + 1; n > 0; n--)
			damaged[next_random(&seed) % reach % cab.len] =
			        (uint8_t)next_random(&seed);
		cabrun(&r, (cs_bytes){ damaged, cab.len });
		assert_true(r.ok || strlen(r.err.message) > 10);
		cs_scan_end(&r.scan);
	}
	free(r.got);
	free(damaged);
	cabrun_drop(cab);
}

static void
wrong_bytes_anywhere_are_survived(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_EVERYWHERE; i++)
		flip_anything(damaged_everywhere[i], 1500);
}

/* ---- bombs -------------------------------------------------------------- */

/* On Windows clock() counts what other programs take, too. */
#if defined(__SANITIZE_ADDRESS__) || defined(_WIN32)
# define SLOW 20
#elif defined(__has_feature)
# if __has_feature(address_sanitizer)
#  define SLOW 20
# endif
#endif
#if !defined(SLOW) && !defined(__GLIBC__)
# define SLOW 2                 /* musl copies and allocates more slowly */
#elif !defined(SLOW)
# define SLOW 1
#endif

static const struct bomb {
	const char *name;
	uint64_t members;       /* the limit; 0: the default */
	size_t n;               /* members handed over */
	uint64_t most_decoded;
	const char *note;       /* NULL: none is needed */
} bombs[] = {
	{ "bomb-reverse", 70000, 65535, 4 * MIB, NULL },
	{ "bomb-reverse", 0, 4096, 4 * MIB, "members" },
	{ "bomb-overlap", 70000, 65535, 4 * MIB, "bytes in all members" },
	{ "bomb-shuffle", 70000, 65535, 4 * MIB, NULL },
	{ "bomb-folders", 70000, 65535, LIMIT_DECODE_BYTES, "more data blocks" },
	{ "bomb-zeros", 0, 2, LIMIT_DECODE_BYTES, "one member" },
	{ "bomb-sizes", 0, 4096, MIB, NULL },
	{ "bomb-skip", 0, 2, MIB, NULL },
	{ "bomb-search", 0, 4096, MIB, NULL },
	{ "bomb-blank", 0, 4096, 256 * MIB, "bytes in all members" },
	{ "bomb-repair", 0, 4096, LIMIT_DECODE_BYTES, NULL },
};

static void
bombs_end_soon(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bombs) / sizeof(bombs[0]); i++) {
		const struct bomb *b = &bombs[i];
		cs_bytes cab = cabrun_made(b->name, ".cab");
		clock_t started = clock();
		double seconds;
		struct cabrun r;

		cabrun_begin(&r);
		r.no_crc = true;
		if (b->members)
			r.limits[CABSCAN_LIMIT_MEMBERS] = b->members;
		cabrun(&r, cab);
		seconds = (double)(clock() - started) / CLOCKS_PER_SEC;
		print_message("# %s: %zu members, %llu bytes unpacked, %.3f s\n",
		              b->name, r.n,
		              (unsigned long long)r.scan.spent[CABSCAN_LIMIT_DECODE_BYTES],
		              seconds);
		assert_true(r.ok);
		assert_int_equal(r.n, b->n);
		assert_true(r.scan.spent[CABSCAN_LIMIT_DECODE_BYTES] <= b->most_decoded);
		assert_true(!b->note || cabrun_has_note(&r, CS_TEXT("limit"), b->note));
		assert_true(seconds < 2.0 * SLOW);
		cabrun_end(&r);
		cabrun_drop(cab);
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cut_never_takes_more_than_it_must),
		cmocka_unit_test(a_wrong_bit_in_the_data_spoils_no_whole_member),
		cmocka_unit_test(wrong_bytes_anywhere_are_survived),
		cmocka_unit_test(bombs_end_soon),
	};

	cabrun_directory = argc > 1 ? argv[1] : getenv("CABSCAN_TEST_CABS");
	if (!cabrun_directory) {
		fprintf(stderr, "usage: %s DIR (made by mkcabs.py)\n", argv[0]);
		return 2;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
