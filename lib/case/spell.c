#include "case/spell.h"

#include <stdio.h>

#define NONE ((cs_text){ "", 0 })

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static size_t
hex_run(cs_text t)
{
	size_t n = 0;

	while (n < t.len && hex_digit(t.at[n]) >= 0)
		n++;
	return n;
}

static uint32_t
hex_value(cs_text t)
{
	uint32_t v = 0;

	for (size_t i = 0; i < t.len; i++)
		v = v << 4 | (uint32_t)hex_digit(t.at[i]);
	return v;
}

static cs_text
part(cs_text t, size_t from, size_t len)
{
	return (cs_text){ t.at + from, len };
}

/* Digits of a code: up to 8; 16 when sign-extended; 9 when a zero too many
 * stands before the low word, as Intune's portal writes 0x8018002b. */
static bool
from_hex(cs_text d, uint32_t *ret)
{
	if (d.len >= 1 && d.len <= 8) {
		*ret = hex_value(d);
		return true;
	}
	if (d.len == 16 && (hex_value(part(d, 0, 8)) == 0xffffffffu ||
	                    hex_value(part(d, 0, 8)) == 0)) {
		*ret = hex_value(part(d, 8, 8));
		return true;
	}
	if (d.len == 9 && d.at[4] == '0') {
		*ret = hex_value(part(d, 0, 4)) << 16 | hex_value(part(d, 5, 4));
		return true;
	}
	return false;
}

/* The first 0x in the text, its prefix doubled or not. */
static bool
prefixed(cs_text t, uint32_t *ret)
{
	for (size_t i = 0; i + 2 < t.len; i++) {
		cs_text rest = part(t, i, t.len - i);

		while (rest.len >= 2 && rest.at[0] == '0' &&
		       (rest.at[1] == 'x' || rest.at[1] == 'X'))
			rest = part(rest, 2, rest.len - 2);
		if (rest.len == t.len - i)
			continue;
		return from_hex(part(rest, 0, hex_run(rest)), ret);
	}
	return false;
}

bool
cs_hresult(cs_text t, uint32_t *ret)
{
	uint64_t v;
	bool minus;

	t = cs_trim(t);
	if (prefixed(t, ret))
		return true;
	minus = t.len > 1 && t.at[0] == '-';
	if (minus)
		t = part(t, 1, t.len - 1);
	if (!minus && (t.len == 8 || t.len == 9) && hex_run(t) == t.len &&
	    (t.at[0] == '8' || t.at[0] == 'c' || t.at[0] == 'C'))
		return from_hex(t, ret);
	if (!cs_number(t, &v) || v > UINT32_MAX || (minus && v > 0x80000000u))
		return false;
	*ret = minus ? (uint32_t)(0u - (uint32_t)v) : (uint32_t)v;
	return true;
}

/* ---- truth, vendors, firmware -------------------------------------------- */

static cs_text
spell_bool(cs_text v)
{
	static const char *const yes[] = { "true", "yes", "1", "0x1", "wahr", "ja" };
	static const char *const no[] = { "false", "no", "0", "0x0", "falsch", "nein" };

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (cs_same_caseless(v, cs_text_of(yes[i])))
			return CS_TEXT("true");
		if (cs_same_caseless(v, cs_text_of(no[i])))
			return CS_TEXT("false");
	}
	return NONE;
}

/* Four characters of a TCG id in a number: 0x53544D20 is "STM ". */
static cs_text
vendor_of_number(cs_arena *a, uint64_t v)
{
	char text[4];

	if (v == 0 || v > UINT32_MAX)
		return NONE;
	for (int i = 0; i < 4; i++) {
		char c = (char)(v >> (24 - 8 * i) & 0xff);

		text[i] = c >= 0x20 && c < 0x7f ? c : ' ';
	}
	return cs_trim(cs_keep_text(a, (cs_text){ text, 4 }));
}

/* What stands between 'before' and the next character of 'end'. */
static bool
between(cs_text t, cs_text before, const char *end, cs_text *ret)
{
	for (size_t i = 0; i + before.len <= t.len; i++) {
		size_t from = i + before.len, n = 0;

		if (!cs_same_caseless(part(t, i, before.len), before))
			continue;
		while (from + n < t.len && !strchr(end, t.at[from + n]))
			n++;
		*ret = part(t, from, n);
		return true;
	}
	return false;
}

static cs_text
spell_vendor(cs_arena *a, cs_text v)
{
	uint64_t number;
	cs_text id;

	if (between(v, CS_TEXT("VendorID:'"), "'", &id))
		return cs_trim(id);
	if (between(v, CS_TEXT("VendorID:"), "-'", &id))
		return cs_trim(id);
	if (cs_number(v, &number))
		return vendor_of_number(a, number);
	return v;
}

static cs_text
printed(cs_arena *a, const char *text)
{
	return cs_keep_text(a, cs_text_of(text));
}

/* Two dwords in decimal, each 16.16 bits; Infineon's second one is
 * (x >> 8).(x & 255).  All zero: the identity does not tell. */
static cs_text
spell_firmware(cs_arena *a, cs_text v)
{
	cs_text dwords, first;
	uint64_t x, y;
	char text[64];
	bool ifx;

	if (!between(v, CS_TEXT("Firmware:"), " \t'\"-;,", &dwords))
		return NONE;
	first = cs_cut(&dwords, '.');
	if (!cs_number(first, &x) || !cs_number(cs_trim(dwords), &y) ||
	    x > UINT32_MAX || y > UINT32_MAX || (x == 0 && y == 0))
		return NONE;
	ifx = cs_same_caseless(spell_vendor(a, v), CS_TEXT("IFX"));
	snprintf(text, sizeof(text), "%u.%u.%u.%u", (unsigned)(x >> 16),
	         (unsigned)(x & 0xffff),
	         (unsigned)(ifx ? y >> 8 : y >> 16),
	         (unsigned)(ifx ? y & 0xff : y & 0xffff));
	return printed(a, text);
}

/* Some providers log GetLastError() as it is: 12007 is 0x80072ee7. */
static cs_text
spell_win32(cs_arena *a, cs_text v)
{
	char text[16];
	uint64_t n;

	if (!cs_number(v, &n) || n == 0 || n > 0xffff)
		return v;
	snprintf(text, sizeof(text), "0x%08x", 0x80070000u | (unsigned)n);
	return printed(a, text);
}

/* "2.0, 0, 1.59" and "2.0" are 2.0; TPM-Version:2.0 stands in an identity. */
static cs_text
spell_spec(cs_text v)
{
	cs_text t;

	if (between(v, CS_TEXT("TPM-Version:"), " -", &t))
		return cs_trim(t);
	t = v;
	return cs_trim(cs_cut(&t, ','));
}

/* ---- times --------------------------------------------------------------- */

static bool
number_at(cs_text *t, unsigned *ret)
{
	unsigned v = 0;
	size_t n = 0;

	while (n < t->len && n < 4 && t->at[n] >= '0' && t->at[n] <= '9')
		v = v * 10 + (unsigned)(t->at[n++] - '0');
	*ret = v;
	*t = part(*t, n, t->len - n);
	return n > 0;
}

static bool
mark_at(cs_text *t, char mark)
{
	if (t->len == 0 || t->at[0] != mark)
		return false;
	*t = part(*t, 1, t->len - 1);
	return true;
}

/* 11/20/2026 9:14:05 AM, 20.11.2026 09:14:05, 20/11/2026 09:14. */
static bool
local_time(cs_text t, uint64_t *ret)
{
	unsigned first, second, year, hour, minute, sec = 0, month, day;
	bool slash;

	if (!number_at(&t, &first) || t.len == 0)
		return false;
	slash = t.at[0] == '/';
	if (!mark_at(&t, slash ? '/' : '.') || !number_at(&t, &second) ||
	    !mark_at(&t, slash ? '/' : '.') || !number_at(&t, &year) ||
	    !mark_at(&t, ' ') || !number_at(&t, &hour) || !mark_at(&t, ':') ||
	    !number_at(&t, &minute))
		return false;
	if (mark_at(&t, ':') && !number_at(&t, &sec))
		return false;
	t = cs_trim(t);
	if (cs_same_caseless(t, CS_TEXT("PM")) && hour < 12)
		hour += 12;
	else if (cs_same_caseless(t, CS_TEXT("AM")) && hour == 12)
		hour = 0;
	month = slash && first <= 12 ? first : second;
	day = month == first && slash && first <= 12 ? second : first;
	return cs_time_civil(year, month, day, hour, minute, sec, 0, ret);
}

/* 20260327T190000Z, as the MDM report has it. */
static bool
compact_time(cs_text t, uint64_t *ret)
{
	char iso[24];

	if (t.len != 16 || t.at[8] != 'T')
		return false;
	snprintf(iso, sizeof(iso), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2s%c", t.at,
	         t.at + 4, t.at + 6, t.at + 9, t.at + 11, t.at + 13, t.at[15]);
	return cs_time_parse(cs_text_of(iso), ret);
}

/* 2026-11-20 9:14:05, without a zone and the hour without its zero. */
static bool
short_time(cs_text t, uint64_t *ret)
{
	unsigned year, month, day, hour, minute, second;

	return number_at(&t, &year) && mark_at(&t, '-') && number_at(&t, &month) &&
	       mark_at(&t, '-') && number_at(&t, &day) && mark_at(&t, ' ') &&
	       number_at(&t, &hour) && mark_at(&t, ':') && number_at(&t, &minute) &&
	       mark_at(&t, ':') && number_at(&t, &second) && t.len == 0 &&
	       cs_time_civil(year, month, day, hour, minute, second, 0, ret);
}

/* Fri, 20 Nov 2026 09:14:05 GMT, as servers write it. */
static bool
http_time(cs_text t, uint64_t *ret)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	unsigned day, month = 1, year, hour, minute, second;

	if (t.len != 29 || !cs_same(part(t, 3, 2), CS_TEXT(", ")))
		return false;
	t = part(t, 5, t.len - 5);
	if (!number_at(&t, &day) || !mark_at(&t, ' '))
		return false;
	while (month <= 12 && memcmp(months + 3 * (month - 1), t.at, 3) != 0)
		month++;
	t = part(t, 3, t.len - 3);
	return month <= 12 && mark_at(&t, ' ') && number_at(&t, &year) &&
	       mark_at(&t, ' ') && number_at(&t, &hour) && mark_at(&t, ':') &&
	       number_at(&t, &minute) && mark_at(&t, ':') &&
	       number_at(&t, &second) && cs_same(t, CS_TEXT(" GMT")) &&
	       cs_time_civil(year, month, day, hour, minute, second, 0, ret);
}

bool
cs_any_time(cs_text t, uint64_t *ret)
{
	t = cs_trim(t);
	if (cs_time_parse(t, ret) || compact_time(t, ret) || local_time(t, ret) ||
	    short_time(t, ret) || http_time(t, ret))
		return true;
	/* A FILETIME of this century has 18 digits. */
	return t.len == 18 && cs_number(t, ret);
}

/* ---- one value ----------------------------------------------------------- */

static cs_text
spell_number(cs_arena *a, cs_text v)
{
	char text[24];
	uint64_t n;
	bool minus = v.len > 1 && v.at[0] == '-';

	if (!cs_number(minus ? part(v, 1, v.len - 1) : v, &n))
		return NONE;
	snprintf(text, sizeof(text), "%s%llu", minus ? "-" : "",
	         (unsigned long long)n);
	return printed(a, text);
}

static cs_text
spell_type(cs_arena *a, const struct cs_know *k, enum cs_fact_type type,
           cs_text v)
{
	const struct cs_message *m;
	char text[CS_TIME_CHARS];
	uint32_t code;
	uint64_t time;

	switch (type) {
	case CS_FACT_HRESULT:
		if (!cs_hresult(v, &code))
			return NONE;
		snprintf(text, sizeof(text), "0x%08x", code);
		return printed(a, text);
	case CS_FACT_BOOL:
		return spell_bool(v);
	case CS_FACT_NUMBER:
	case CS_FACT_SERVICE:
		return spell_number(a, v);
	case CS_FACT_TIME:
		if (!cs_any_time(v, &time))
			return NONE;
		cs_time_text(time, text);
		return printed(a, text);
	case CS_FACT_MESSAGE:
		m = cs_know_message(k, v);
		return m ? m->name : CS_TEXT("other");
	case CS_FACT_VERSION:
		return v.len > 0 && v.at[0] >= '0' && v.at[0] <= '9' ? v : NONE;
	case CS_FACT_TEXT:
		return v;
	}
	return v;
}

cs_text
cs_spell(cs_arena *a, const struct cs_know *k, const struct cs_fact_def *def,
         cs_text transform, cs_text value)
{
	value = cs_trim(value);
	if (cs_same(transform, CS_TEXT("vendor")))
		value = spell_vendor(a, value);
	else if (cs_same(transform, CS_TEXT("firmware")))
		value = spell_firmware(a, value);
	else if (cs_same(transform, CS_TEXT("spec")))
		value = spell_spec(value);
	else if (cs_same(transform, CS_TEXT("win32")))
		value = spell_win32(a, value);
	if (value.len == 0)
		return NONE;
	for (const struct cs_alias *s = def->aliases; s; s = s->next)
		if (cs_glob(s->value, value))
			return s->as;
	return spell_type(a, k, def->type, value);
}
