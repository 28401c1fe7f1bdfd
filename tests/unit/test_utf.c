#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/utf.h"

#define FFFD "\xef\xbf\xbd"

static cs_bytes
bytes(const char *at, size_t len)
{
	return (cs_bytes){ (const uint8_t *)at, len };
}

#define BYTES(z) bytes(z, sizeof(z) - 1)
#define EXPECT(t, z) assert_true(is(t, z, sizeof(z) - 1))

static bool
is(cs_text t, const char *z, size_t len)
{
	return t.len == len && memcmp(t.at, z, len) == 0;
}

static void
utf16(void **state)
{
	cs_arena a = { .used = 0 };
	size_t bad = 9;

	(void)state;
	EXPECT(cs_from_utf16le(&a, BYTES("A\0\xe4\0\xac\x20\x3d\xd8\x00\xde"), &bad),
	       "A\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
	assert_int_equal(bad, 0);
	EXPECT(cs_from_utf16le(&a, BYTES("A\0B"), &bad), "A");
	EXPECT(cs_from_utf16le(&a, BYTES(""), &bad), "");
	EXPECT(cs_from_utf16le(&a, BYTES("A\0\0\0B\0"), NULL), "A\0B");
	EXPECT(cs_from_utf16le(&a, BYTES("\xff\xff\x7f\0\x80\0\xff\x07\0\x08"), &bad),
	       "\xef\xbf\xbf\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80");
	cs_arena_free(&a);
}

static void
utf16_without_a_partner(void **state)
{
	cs_arena a = { .used = 0 };
	size_t bad;

	(void)state;
	/* High at the end, high before a letter, low alone, both reversed. */
	EXPECT(cs_from_utf16le(&a, BYTES("\x3d\xd8"), &bad), FFFD);
	assert_int_equal(bad, 1);
	EXPECT(cs_from_utf16le(&a, BYTES("\x3d\xd8" "A\0"), &bad), FFFD "A");
	assert_int_equal(bad, 1);
	EXPECT(cs_from_utf16le(&a, BYTES("\x00\xde" "A\0"), &bad), FFFD "A");
	assert_int_equal(bad, 1);
	EXPECT(cs_from_utf16le(&a, BYTES("\x3d\xd8\x00\xe0"), &bad),
	       FFFD "\xee\x80\x80");
	assert_int_equal(bad, 1);
	EXPECT(cs_from_utf16le(&a, BYTES("\x00\xde\x3d\xd8"), &bad), FFFD FFFD);
	assert_int_equal(bad, 2);
	EXPECT(cs_from_utf16le(&a, BYTES("\x3d\xd8\x3d\xd8\x00\xde"), &bad),
	       FFFD "\xf0\x9f\x98\x80");
	assert_int_equal(bad, 1);
	cs_arena_free(&a);
}

static const struct { const char *from, *to; size_t bad; } utf8[] = {
	{ "plain", "plain", 0 },
	{ "\xc2\x80\xdf\xbf", "\xc2\x80\xdf\xbf", 0 },
	{ "\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf",
	  "\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf", 0 },
	{ "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", 0 },
	{ "\x80", FFFD, 1 },                            /* continuation alone */
	{ "\xbf" "a", FFFD "a", 1 },
	{ "\xc3", FFFD, 1 },                            /* cut */
	{ "\xe2\x82", FFFD FFFD, 2 },
	{ "\xf0\x9f\x98", FFFD FFFD FFFD, 3 },
	{ "\xc3" "a", FFFD "a", 1 },                    /* not continued */
	{ "\xe2\x82" "a", FFFD FFFD "a", 2 },
	{ "\xc0\x80", FFFD FFFD, 2 },                   /* overlong */
	{ "\xc1\xbf", FFFD FFFD, 2 },
	{ "\xe0\x9f\xbf", FFFD FFFD FFFD, 3 },
	{ "\xf0\x8f\xbf\xbf", FFFD FFFD FFFD FFFD, 4 },
	{ "\xed\xa0\x80", FFFD FFFD FFFD, 3 },          /* surrogates */
	{ "\xed\xbf\xbf", FFFD FFFD FFFD, 3 },
	{ "\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD, 4 }, /* above U+10FFFF */
	{ "\xf8\x88\x80\x80\x80", FFFD FFFD FFFD FFFD FFFD, 5 },
	{ "\xfe\xff", FFFD FFFD, 2 },
	{ "Zur\xfc" "ck", "Zur" FFFD "ck", 1 },         /* Windows-1252 */
	{ "1234567\xfc" "9abcdefg", "1234567" FFFD "9abcdefg", 1 },
	{ "12345678\xfc" "abcdefg", "12345678" FFFD "abcdefg", 1 },
	{ "12345678abcdef\xc3\xbc", "12345678abcdef\xc3\xbc", 0 },
	{ "12345678abcdefg\xc3", "12345678abcdefg" FFFD, 1 },
};

static void
clean_utf8(void **state)
{
	cs_arena a = { .used = 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(utf8) / sizeof(utf8[0]); i++) {
		cs_text from = cs_text_of(utf8[i].from);
		size_t bad = 99;
		cs_text to = cs_clean_utf8(&a, from, &bad);

		if (bad != utf8[i].bad || !cs_same(to, cs_text_of(utf8[i].to)))
			fail_msg("number %zu: %zu bad", i, bad);
		if (bad == 0)
			assert_ptr_equal(to.at, from.at);
	}
	cs_arena_free(&a);
}

/* What comes out is valid: every pair of bytes, cleaned twice. */
static void
clean_stays_clean(void **state)
{
	cs_arena a = { .used = 0 };
	size_t bad;

	(void)state;
	for (unsigned n = 0; n < 65536; n++) {
		char two[3] = { (char)(n >> 8), (char)n, 'x' };
		cs_text once = cs_clean_utf8(&a, (cs_text){ two, 3 }, NULL);

		cs_clean_utf8(&a, once, &bad);
		assert_int_equal(bad, 0);
		assert_int_equal(once.at[once.len - 1], 'x');
		cs_arena_reset(&a);
	}
	cs_arena_free(&a);
}

static void
files(void **state)
{
	cs_arena a = { .used = 0 };
	size_t bad;
	bool wide;

	(void)state;
	EXPECT(cs_text_file(&a, BYTES("\xff\xfe" "a\0"), &wide, &bad), "a");
	assert_true(wide);
	EXPECT(cs_text_file(&a, BYTES("\xfe\xff\0a"), &wide, &bad), "a");
	assert_true(wide);
	EXPECT(cs_text_file(&a, BYTES("\xef\xbb\xbf" "a\xe4"), &wide, &bad), "a\xe4");
	assert_false(wide);
	EXPECT(cs_text_file(&a, BYTES("a\xe4"), &wide, &bad), "a\xe4");
	assert_false(wide);
	EXPECT(cs_text_file(&a, BYTES("a\0b\0c\0d\0"), &wide, &bad), "abcd");
	assert_true(wide);
	EXPECT(cs_text_file(&a, BYTES("\0a\0b\0c\0d"), &wide, &bad), "abcd");
	assert_true(wide);
	/* Too short to tell, and bytes that are no ASCII in UTF-16. */
	EXPECT(cs_text_file(&a, BYTES("a\0b\0"), &wide, &bad), "a\0b\0");
	assert_false(wide);
	EXPECT(cs_text_file(&a, BYTES("a\0b\0c\0\0\0"), &wide, &bad), "a\0b\0c\0\0\0");
	assert_false(wide);
	EXPECT(cs_text_file(&a, BYTES(""), &wide, &bad), "");
	assert_false(wide);
	EXPECT(cs_text_file(&a, BYTES("\xff"), &wide, NULL), "\xff");
	EXPECT(cs_text_file(&a, BYTES("\xff\xfe"), &wide, NULL), "");
	EXPECT(cs_text_file(&a, BYTES("\xff\xfe\x3d\xd8"), &wide, &bad), FFFD);
	assert_int_equal(bad, 1);
	cs_arena_free(&a);
}

static void
no_memory(void **state)
{
	cs_arena a = { .limit = 8 };

	(void)state;
	assert_int_equal(cs_from_utf16le(&a, BYTES("a\0b\0c\0d\0"), NULL).len, 0);
	assert_true(a.full);
	assert_int_equal(cs_clean_utf8(&a, CS_TEXT("\xff"), NULL).len, 0);
	cs_arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf16),
		cmocka_unit_test(utf16_without_a_partner),
		cmocka_unit_test(clean_utf8),
		cmocka_unit_test(clean_stays_clean),
		cmocka_unit_test(files),
		cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
