/* fuzz_roster.c - a list of devices: its first line is asked for, as each key,
 * the rest is the list */
#include "fuzz.h"

#include "read/roster.h"

#include <string.h>

static const cs_text serials[] = {
	{ "serialNumber", 12 }, { "deviceSerialNumber", 18 }, { "*nummer", 7 },
};
static const cs_text ids[] = { { "id", 2 } };
static const cs_text entra_ids[] = { { "azure*DeviceId", 14 } };
static const cs_text dates[] = { { "lastContacted*", 14 } };
static const cs_text marks[] = { { "deploymentState", 15 } };

static const struct cs_roster_names names = {
	{ serials, ids, entra_ids, dates, marks }, { 3, 1, 1, 1, 1 },
};

static void
look_at(const struct cs_roster *r)
{
	fuzz_text(cs_text_of(r->cut));
	for (size_t i = 0; i < r->n_rows; i++)
		PROMISE(r->rows[i].at <= r->text.len &&
		        r->rows[i].len <= r->text.len - r->rows[i].at);
	for (int k = 0; k < CS_N_ROSTER_KEYS; k++) {
		const struct cs_roster_index *x = &r->index[k];

		PROMISE(x->n <= r->n_rows);
		for (size_t i = 0; i < x->n; i++)
			PROMISE(x->at[i].row < r->n_rows &&
			        (i == 0 || x->at[i - 1].hash <= x->at[i].hash));
	}
}

static void
ask(const struct cs_roster *r, cs_text value)
{
	struct cs_member m = { .name = CS_TEXT("list"), .size = r->size };
	struct cs_scan s;
	struct fuzz_sink sink = fuzz_sink(&s);

	fuzz_scan_begin(&s);
	for (int k = 0; k < CS_N_ROSTER_KEYS; k++) {
		struct cs_roster_question q = {
			.key = (enum cs_roster_column)k, .value = value,
			.unless_serial = k == CS_ROSTER_ID ? CS_TEXT("A1")
			                                   : CS_TEXT(""),
			.record = CS_TEXT("row") };

		PROMISE(cs_roster_ask(&s, r, &m, &q, &sink.sink) <=
		        MAX_ROSTER_ANSWERS);
	}
	fuzz_scan_end(&s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cs_text rest = { (const char *)data, size };
	cs_text value = cs_cut(&rest, '\n');
	cabscan_error err = { CABSCAN_OK, "" };
	void *copy = malloc(rest.len + 1);
	struct cs_roster *r;

	PROMISE(copy);
	if (rest.len > 0)
		memcpy(copy, rest.at, rest.len);
	r = cs_roster_new("list", copy, rest.len, &names, &err);
	PROMISE(r ? err.status == CABSCAN_OK : *err.message != '\0');
	if (!r)
		return 0;
	look_at(r);
	ask(r, value);
	cs_roster_free(r);
	return 0;
}
