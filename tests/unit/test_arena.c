#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdalign.h>

#include "base/arena.h"

static void
zeroed_and_aligned(void **state)
{
	cs_arena a = { .used = 0 };

	(void)state;
	for (size_t size = 1; size < 3000; size += 7) {
		unsigned char *p = cs_alloc(&a, size);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, size);
	}
	assert_non_null(cs_alloc(&a, 0));
	/* The pages that a reset keeps are zeroed again. */
	cs_arena_reset(&a);
	assert_int_equal(a.used, 0);
	for (int n = 0; n < 2000; n++) {
		unsigned char *p = cs_alloc(&a, 100);

		for (size_t i = 0; i < 100; i++)
			assert_int_equal(p[i], 0);
	}
	cs_arena_free(&a);
}

static void
pieces_do_not_overlap(void **state)
{
	static const size_t sizes[] = { 1, 40000, 16, 32768, 32760, 100, 200000, 5 };
	enum { N = 200 };
	cs_arena a = { .used = 0 };
	unsigned char *at[N];

	(void)state;
	for (size_t i = 0; i < N; i++) {
		at[i] = cs_alloc(&a, sizes[i % 8]);
		assert_non_null(at[i]);
		memset(at[i], (int)i, sizes[i % 8]);
	}
	for (size_t i = 0; i < N; i++)
		for (size_t k = 0; k < sizes[i % 8]; k++)
			if (at[i][k] != (unsigned char)i)
				fail_msg("piece %zu, byte %zu", i, k);
	cs_arena_free(&a);
}

static void
full_stays_full(void **state)
{
	cs_arena a = { .limit = 1000 };

	(void)state;
	assert_non_null(cs_alloc(&a, 900));
	assert_null(cs_alloc(&a, 101));
	assert_true(a.full);
	assert_null(cs_alloc(&a, 1));
	cs_arena_reset(&a);
	assert_false(a.full);
	assert_non_null(cs_alloc(&a, 992));
	assert_null(cs_alloc(&a, 16));
	cs_arena_free(&a);
	assert_int_equal(a.limit, 1000);
	assert_false(a.full);
}

static void
sizes_that_do_not_fit(void **state)
{
	cs_arena a = { .used = 0 };

	(void)state;
	assert_null(cs_alloc(&a, SIZE_MAX));
	cs_arena_reset(&a);
	assert_null(cs_alloc_n(&a, SIZE_MAX / 2, 3));
	assert_true(a.full);
	cs_arena_reset(&a);
	assert_non_null(cs_alloc_n(&a, 0, 8));
	assert_non_null(cs_alloc_n(&a, 8, 0));
	cs_arena_free(&a);
}

static void
keeps_copies(void **state)
{
	char text[] = "abc";
	cs_arena a = { .used = 0 }, small = { .limit = 16 };
	const char *copy;
	cs_text view;

	(void)state;
	copy = cs_keep(&a, (cs_text){ text, 2 });
	view = cs_keep_text(&a, (cs_text){ text, 3 });
	memset(text, 'x', 3);
	assert_string_equal(copy, "ab");
	assert_int_equal(view.len, 3);
	assert_string_equal(view.at, "abc");
	assert_string_equal(cs_keep(&a, (cs_text){ NULL, 0 }), "");
	assert_null(cs_keep(&small, CS_TEXT("sixteen and more chars")));
	assert_int_equal(cs_keep_text(&small, CS_TEXT("more")).len, 0);
	cs_arena_free(&small);
	cs_arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zeroed_and_aligned),
		cmocka_unit_test(pieces_do_not_overlap),
		cmocka_unit_test(full_stays_full),
		cmocka_unit_test(sizes_that_do_not_fit),
		cmocka_unit_test(keeps_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
