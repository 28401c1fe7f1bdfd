/*
 * baseline.c - firmware against the least that a site allows for the model
 *
 * A BIOS version is text that every maker writes in another way:
 * "N3VET45W (1.20)", "Q78 Ver. 01.21.00", "1.14.0".  It is compared where it
 * has the form of the minimum: the same text between the numbers.
 */
#include "case/case.h"

#include <stdio.h>

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The number at 'at', moved behind it; leading zeros and lengths no computer
 * writes aside, texts of digits order as their numbers do. */
static cs_text
cut_number(cs_text t, size_t *at)
{
	size_t from;

	while (*at < t.len && t.at[*at] == '0')
		++*at;
	for (from = *at; *at < t.len && is_digit(t.at[*at]); )
		++*at;
	return (cs_text){ t.at + from, *at - from };
}

static int
number_order(cs_text a, cs_text b)
{
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	return a.len ? memcmp(a.at, b.at, a.len) : 0;
}

/* Whether the version has the form of the minimum from there on, and how the
 * two compare. */
static bool
compare_from(cs_text version, size_t at, cs_text minimum, int *ret)
{
	size_t i = 0;

	*ret = 0;
	while (i < minimum.len) {
		if (at >= version.len ||
		    is_digit(version.at[at]) != is_digit(minimum.at[i]))
			return false;
		if (is_digit(minimum.at[i])) {
			int d = number_order(cut_number(version, &at),
			                     cut_number(minimum, &i));

			if (*ret == 0)
				*ret = d;
		} else if (!cs_same_caseless((cs_text){ version.at + at++, 1 },
		                             (cs_text){ minimum.at + i++, 1 })) {
			return false;
		}
	}
	return true;
}

static bool
compare_bios(cs_text version, cs_text minimum, int *ret)
{
	for (size_t at = 0; at < version.len; at++) {
		bool inside = at > 0 && is_digit(version.at[at]) &&
		              is_digit(version.at[at - 1]);

		if (!inside && compare_from(version, at, minimum, ret))
			return true;
	}
	return false;
}

static bool
applies(const struct cs_case *c, const struct cs_baseline *b)
{
	const struct cs_fact *maker = cs_case_named(c, "device.manufacturer");
	const struct cs_fact *model = cs_case_named(c, "device.model");

	return model && cs_glob(b->model, cs_text_of(model->pub.value)) &&
	       cs_glob(b->manufacturer,
	               cs_text_of(maker ? maker->pub.value : ""));
}

static void
conclude(struct cs_case *c, const struct cs_baseline *b, const char *name,
         struct cs_fact *version, cs_text minimum, bool below)
{
	struct cs_fact *because[2] = { version,
	                               cs_case_named(c, "device.model") };
	const struct cs_fact_def *def = cs_know_fact(c->know, cs_text_of(name));
	struct cs_fact *f;
	char text[300];

	if (!def || def->off)
		return;
	f = cs_case_conclude(c, def, below ? CS_TEXT("true") : CS_TEXT("false"),
	                     because, 2);
	snprintf(text, sizeof(text), "%.100s; the least that %.100s:%u allows "
	         "is %.*s.", version->pub.value, b->file, b->line,
	         minimum.len < 80 ? (int)minimum.len : 80, minimum.at);
	if (f)
		f->pub.meaning = cs_keep(&c->scan->arena, cs_text_of(text));
}

static void
check_bios(struct cs_case *c, const struct cs_baseline *b)
{
	struct cs_fact *bios = cs_case_named(c, "device.bios");
	int order;

	if (b->bios.len == 0 || !bios)
		return;
	if (compare_bios(cs_text_of(bios->pub.value), b->bios, &order))
		conclude(c, b, "device.bios_outdated", bios, b->bios, order < 0);
	else
		cs_note(c->scan, CABSCAN_NOTE_COLLECTION,
		        (struct cs_place){ .member = bios->member },
		        "the BIOS version %.100s cannot be compared with %.*s of "
		        "%.100s:%u: its text differs around the numbers",
		        bios->pub.value, b->bios.len < 80 ? (int)b->bios.len : 80,
		        b->bios.at, b->file, b->line);
}

void
cs_case_baseline(struct cs_case *c)
{
	struct cs_fact *tpm = cs_case_named(c, "tpm.firmware");

	for (const struct cs_baseline *b = c->know->baselines; b; b = b->next) {
		if (!applies(c, b))
			continue;
		check_bios(c, b);
		if (b->tpm.len > 0 && tpm)
			conclude(c, b, "tpm.firmware_outdated", tpm, b->tpm,
			         cs_version_order(cs_text_of(tpm->pub.value),
			                          b->tpm) < 0);
		return;
	}
}
