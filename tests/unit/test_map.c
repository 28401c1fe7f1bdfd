#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/map.h"

static void
nothing_in_an_empty_map(void **state)
{
	cs_map m = { .n = 0 };

	(void)state;
	assert_null(cs_map_get(&m, CS_TEXT("a")));
	assert_null(cs_map_get(&m, CS_TEXT("")));
}

static void
case_does_not_matter(void **state)
{
	cs_arena a = { .used = 0 };
	cs_map m = { .n = 0 };
	int one, two;

	(void)state;
	assert_true(cs_map_set(&a, &m, CS_TEXT("Tpm.Vendor"), &one));
	assert_ptr_equal(cs_map_get(&m, CS_TEXT("tpm.vENDOR")), &one);
	assert_null(cs_map_get(&m, CS_TEXT("tpm.vendo")));
	assert_null(cs_map_get(&m, CS_TEXT("tpm.vendor ")));
	assert_true(cs_map_set(&a, &m, CS_TEXT("TPM.VENDOR"), &two));
	assert_int_equal(m.n, 1);
	assert_ptr_equal(cs_map_get(&m, CS_TEXT("Tpm.Vendor")), &two);
	assert_true(cs_map_set(&a, &m, CS_TEXT(""), &one));
	assert_ptr_equal(cs_map_get(&m, CS_TEXT("")), &one);
	assert_int_equal(m.n, 2);
	cs_arena_free(&a);
}

/* Of every length, in other case found, and never for one that only looks
 * alike where the bit that tells the cases apart is left out. */
static void
only_letters_have_a_case(void **state)
{
	static const char low[] = "microsoft-windows-[tpm]-wmi/operational",
	                  up[] = "MICROSOFT-WINDOWS-[TPM]-WMI/OPERATIONAL",
	                  no[] = "microsoft-windows-{tpm}-wmi/operational";
	cs_arena a = { .used = 0 };
	cs_map m = { .n = 0 };

	(void)state;
	for (size_t n = 0; n < sizeof(low); n++)
		assert_true(cs_map_set(&a, &m, (cs_text){ low, n }, (void *)(uintptr_t)(low + n)));
	assert_int_equal(m.n, sizeof(low));
	for (size_t n = 0; n < sizeof(low); n++) {
		assert_ptr_equal(cs_map_get(&m, (cs_text){ up, n }), low + n);
		assert_ptr_equal(cs_map_get(&m, (cs_text){ no, n }),
		                 n > strlen("microsoft-windows-") ? NULL : low + n);
	}
	cs_arena_free(&a);
}

static void
many(void **state)
{
	enum { N = 5000 };
	static char keys[N][16];
	cs_arena a = { .used = 0 };
	cs_map m = { .n = 0 };

	(void)state;
	for (size_t i = 0; i < N; i++) {
		snprintf(keys[i], sizeof(keys[i]), "key %zu", i * 7);
		assert_true(cs_map_set(&a, &m, cs_text_of(keys[i]), keys[i]));
	}
	assert_int_equal(m.n, N);
	assert_true(m.size >= 2 * N);
	for (size_t i = 0; i < N; i++)
		assert_ptr_equal(cs_map_get(&m, cs_text_of(keys[i])), keys[i]);
	assert_null(cs_map_get(&m, CS_TEXT("key 1")));
	cs_arena_free(&a);
}

static void
no_memory(void **state)
{
	cs_arena a = { .limit = 600 };
	cs_map m = { .n = 0 };
	static char keys[64][4];
	size_t n = 0;

	(void)state;
	for (; n < 64; n++) {
		snprintf(keys[n], sizeof(keys[n]), "%zu", n);
		if (!cs_map_set(&a, &m, cs_text_of(keys[n]), keys[n]))
			break;
	}
	assert_true(n > 0 && n < 64);
	assert_true(a.full);
	/* What was in it still is. */
	for (size_t i = 0; i < n; i++)
		assert_ptr_equal(cs_map_get(&m, cs_text_of(keys[i])), keys[i]);
	assert_null(cs_map_get(&m, cs_text_of(keys[n])));
	cs_arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_in_an_empty_map),
		cmocka_unit_test(case_does_not_matter),
		cmocka_unit_test(only_letters_have_a_case),
		cmocka_unit_test(many),
		cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
