/* The expected numbers come from how each spelling is made, not from spell.c. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "case/spell.h"

static const struct { const char *text; uint32_t code; } codes[] = {
	{ "0x81039001", 0x81039001 }, { "0X81039001", 0x81039001 },
	{ "81039001", 0x81039001 }, { "0x0x81039001", 0x81039001 },
	{ "-2130472959", 0x81039001 }, { "2164494337", 0x81039001 },
	{ "0xFFFFFFFF81039001", 0x81039001 }, { "0xFFFFFFFF80070002", 0x80070002 },
	{ "0x0000000080070002", 0x80070002 },
	{ "80180002b", 0x8018002b }, { "0x80180002b", 0x8018002b },
	{ "0x8018002B", 0x8018002b }, { "c1036501", 0xc1036501 },
	{ "0xC1036501", 0xc1036501 }, { "C1036501", 0xc1036501 },
	{ "-1056742143", 0xc1036501 }, { "0x80190194", 0x80190194 },
	{ "(Unknown Win32 Error code: 0x80180014)", 0x80180014 },
	{ "Unknown HResult Error code: 0x0x80180014.", 0x80180014 },
	{ "failed (0x81039024)", 0x81039024 },
	{ " \t0x81039001\r\n", 0x81039001 },
	{ "0", 0 }, { "0x0", 0 }, { "0x00000000", 0 }, { "-1", 0xffffffff },
	{ "-2147483648", 0x80000000 }, { "4294967295", 0xffffffff },
	{ "12007", 12007 }, { "0x2EE7", 0x2ee7 }, { "-2145647629", 0x801c03f3 },
	/* Eight decimal digits are decimal unless they begin as a failure. */
	{ "12345678", 12345678 }, { "80070490", 0x80070490 },
	{ "0x87D1041C", 0x87d1041c },
};

static void
codes_in_every_spelling(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		uint32_t code = 1;

		if (!cs_hresult(cs_text_of(codes[i].text), &code) ||
		    code != codes[i].code)
			fail_msg("'%s' is 0x%08x, not 0x%08x", codes[i].text,
			         codes[i].code, code);
	}
}

static void
no_codes(void **state)
{
	static const char *const wrong[] = {
		"", " ", "-", "0x", "0x0x", "0xZZ", "none", "1.5", "-0.5",
		"4294967296", "-2147483649", "99999999999999999999",
		"0x1234567890", "0x123456789012345678", "0xFFFFFFFE80070002",
		"0x8018102b0", "8 1039001", "--5",
	};
	uint32_t code = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (cs_hresult(cs_text_of(wrong[i]), &code))
			fail_msg("'%s' is not 0x%08x", wrong[i], code);
	assert_int_equal(code, 42);
	/* A view ends where it says. */
	assert_true(cs_hresult((cs_text){ "0x8007000299", 10 }, &code));
	assert_int_equal(code, 0x80070002);
}

/* ---- through the fact's type ------------------------------------------------ */

static struct cs_know know;

static int
begin(void **state)
{
	static const char text[] =
		"class c\n  cause none\n"
		"message needs-update\n  match needs update\n  class c\n"
		"message no-ek\n  match No valid TPM EK\n  class c\n"
		"fact text\n  same AMD = Advanced Micro*, AMD*\n  same ANY = *catch*\n"
		"fact number\n  type number\n"
		"fact hresult\n  type hresult\n"
		"fact version\n  type version\n"
		"fact bool\n  type bool\n"
		"fact time\n  type time\n"
		"fact service\n  type service\n"
		"fact message\n  type message\n";

	(void)state;
	cs_know_begin(&know);
	return cs_know_load(&know, "t", cs_text_of(text), NULL) == CABSCAN_OK
	       ? 0 : -1;
}

static int
end(void **state)
{
	(void)state;
	cs_know_end(&know);
	return 0;
}

#define IFX "TPM-Version:2.0 -Level:0-Revision:1.38-VendorID:'IFX '-Firmware:"
#define STM "TPM-Version:2.0 -Level:0-Revision:1.59-VendorID:'STM '-Firmware:"

static const struct { const char *fact, *transform, *from, *to; } values[] = {
	{ "hresult", "", "-2130472959", "0x81039001" },
	{ "hresult", "", "no code", "" },
	{ "number", "", "0x60", "96" }, { "number", "", "007", "7" },
	{ "number", "", "-5", "-5" }, { "number", "", "5 s", "" },
	{ "number", "", "-", "" },
	{ "service", "", "807", "807" }, { "service", "", "0807", "807" },
	{ "version", "", "10.0.22000.1", "10.0.22000.1" },
	{ "version", "", "unknown", "" }, { "version", "", "", "" },
	{ "bool", "", "True", "true" }, { "bool", "", "FALSE", "false" },
	{ "bool", "", "1", "true" }, { "bool", "", "0x0", "false" },
	{ "bool", "", "yes", "true" }, { "bool", "", "Nein", "false" },
	{ "bool", "", "2", "" }, { "bool", "", "truex", "" },
	{ "message", "", "TPM firmware NEEDS UPDATE.", "needs-update" },
	{ "message", "", "x No valid TPM EK/Platform y", "no-ek" },
	{ "message", "", "something else", "other" },
	{ "text", "", "  padded \r\n", "padded" },
	{ "text", "", "advanced micro devices", "AMD" },
	{ "text", "", "a catch all", "ANY" }, { "text", "", "Intel", "Intel" },
	/* TPM vendors */
	{ "text", "vendor", IFX "0.0", "IFX" },
	{ "text", "vendor", "VendorID:'AMD'", "AMD" },
	{ "text", "vendor", "VendorID:NTC -x", "NTC" },
	{ "text", "vendor", "VendorID:'QCOM", "QCOM" },
	{ "text", "vendor", "1398033696", "STM" },      /* 0x53544D20 */
	{ "text", "vendor", "0x49465800", "IFX" },
	{ "text", "vendor", "1229870147", "INTC" },     /* 0x494E5443 */
	{ "text", "vendor", "0x414d4400", "AMD" },
	{ "text", "vendor", "0", "" }, { "text", "vendor", "4294967296", "" },
	{ "text", "vendor", "Nuvoton", "Nuvoton" },
	/* TPM firmware: two dwords */
	{ "version", "firmware", IFX "327680.278786", "5.0.1089.2" },
	{ "version", "firmware", IFX "458815.859648", "7.63.3358.0" },
	{ "version", "firmware", STM "65794.0", "1.258.0.0" },
	{ "version", "firmware", STM "327680.278786", "5.0.4.16642" },
	{ "version", "firmware", "VendorID:'INTC'-Firmware:39321618.1",
	  "600.18.0.1" },
	{ "version", "firmware", STM "4294967295.4294967295",
	  "65535.65535.65535.65535" },
	{ "version", "firmware", STM "0.0", "" },
	{ "version", "firmware", STM "0.1", "0.0.0.1" },
	{ "version", "firmware", STM "4294967296.0", "" },
	{ "version", "firmware", STM "1", "" },
	{ "version", "firmware", STM "1.x", "" },
	{ "version", "firmware", STM, "" },
	{ "version", "firmware", "no identity", "" },
	/* TPM specification */
	{ "version", "spec", IFX "0.0", "2.0" },
	{ "version", "spec", "2.0, 0, 1.59", "2.0" },
	{ "version", "spec", "1.2", "1.2" },
	{ "time", "", "Fri, 20 Nov 2026 09:14:05 GMT",
	  "2026-11-20T09:14:05.0000000Z" },
	{ "time", "", "2026-11-22 9:14:05", "2026-11-22T09:14:05.0000000Z" },
	{ "time", "", "2026-11-22 9:14:65", "" },
	{ "time", "", "Fri, 20 Nex 2026 09:14:05 GMT", "" },
	{ "time", "", "Fri, 32 Nov 2026 09:14:05 GMT", "" },
	{ "time", "", "Fri, 20 Nov 2026 09:14:05 UTC", "" },
	{ "hresult", "win32", "12007", "0x80072ee7" },
	{ "hresult", "win32", "0x2ee7", "0x80072ee7" },
	{ "hresult", "win32", "0", "0x00000000" },
	{ "hresult", "win32", "65536", "0x00010000" },
	{ "hresult", "win32", "-2147012889", "0x80072ee7" },
	{ "version", "spec", "Not known", "" },
	/* times */
	{ "time", "", "2026-11-20T09:14:05.5+01:00", "2026-11-20T08:14:05.5000000Z" },
	{ "time", "", "11/20/2026 9:14:05 AM", "2026-11-20T09:14:05.0000000Z" },
	{ "time", "", "11/20/2026 9:14:05 PM", "2026-11-20T21:14:05.0000000Z" },
	{ "time", "", "11/20/2026 12:00:00 AM", "2026-11-20T00:00:00.0000000Z" },
	{ "time", "", "11/20/2026 12:00 PM", "2026-11-20T12:00:00.0000000Z" },
	{ "time", "", "20.11.2026 09:14:05", "2026-11-20T09:14:05.0000000Z" },
	{ "time", "", "5.6.2026 09:14", "2026-06-05T09:14:00.0000000Z" },
	{ "time", "", "20/11/2026 09:14", "2026-11-20T09:14:00.0000000Z" },
	{ "time", "", "133444736000000000", "2023-11-14T22:13:20.0000000Z" },
	{ "time", "", "32.13.2026 09:14", "" }, { "time", "", "11/20/26", "" },
	{ "time", "", "1700000000", "" }, { "time", "", "tomorrow", "" },
};

static void
values_in_one_spelling(void **state)
{
	cs_arena a = { .used = 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		cs_text to = cs_spell(&a, &know,
		                      cs_know_fact(&know, cs_text_of(values[i].fact)),
		                      cs_text_of(values[i].transform),
		                      cs_text_of(values[i].from));

		if (!cs_same(to, cs_text_of(values[i].to)))
			fail_msg("%s %s '%s' is '%s', not '%.*s'",
			         values[i].fact, values[i].transform,
			         values[i].from, values[i].to, (int)to.len, to.at);
	}
	cs_arena_free(&a);
}

/* Every beginning of every value, at its very end: nothing is read behind it. */
static void
cut_values(void **state)
{
	cs_arena a = { .used = 0 };
	const struct cs_fact_def *f;
	static const char *const transforms[] = { "", "vendor", "firmware",
	                                          "spec", "win32" };

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		for (size_t n = 0; n < strlen(values[i].from); n++) {
			char *cut = test_malloc(n + 1);

			memcpy(cut, values[i].from, n);
			for (size_t k = 0; k < 5; k++)
				for (f = know.facts; f; f = f->next)
					cs_spell(&a, &know, f,
					         cs_text_of(transforms[k]),
					         (cs_text){ cut, n });
			cs_arena_reset(&a);
			test_free(cut);
		}
	cs_arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_in_every_spelling),
		cmocka_unit_test(no_codes),
		cmocka_unit_test(values_in_one_spelling),
		cmocka_unit_test(cut_values),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
