/*
 * devices.c - which cases are of one device
 *
 * A device is a serial number and a UUID.  A case that lacks one of them
 * belongs to the device that has both, if there is one such device only; a
 * case that lacks both is a device of its own.
 */
#include "fleet.h"

#include <stdlib.h>
#include <string.h>

/* ---- each case once ---------------------------------------------------------- */

static int
by_key(const void *x, const void *y)
{
	const struct fleet_case *a = x, *b = y;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return a->order > b->order ? -1 : a->order < b->order;
}

/* Of rows of the same bytes the one that was read last counts. */
static void
drop_twice(struct fleet *f)
{
	size_t n = 0;

	if (f->n_cases > 1)
		qsort(f->cases, f->n_cases, sizeof(*f->cases), by_key);
	for (size_t i = 0; i < f->n_cases; i++)
		if (n == 0 || f->cases[n - 1].key != f->cases[i].key)
			f->cases[n++] = f->cases[i];
	f->n_twice = f->n_cases - n;
	f->n_cases = n;
}

/* ---- serial numbers and UUIDs ------------------------------------------------- */

static int
by_serial(const void *x, const void *y)
{
	const struct fleet_case *a = x, *b = y;

	if (a->serial != b->serial)
		return a->serial < b->serial ? -1 : 1;
	return a->uuid < b->uuid ? -1 : a->uuid > b->uuid;
}

static int
by_uuid(const void *x, const void *y)
{
	const struct fleet_case *a = x, *b = y;

	if (a->uuid != b->uuid)
		return a->uuid < b->uuid ? -1 : 1;
	return a->serial < b->serial ? -1 : a->serial > b->serial;
}

static uint64_t *
half(struct fleet_case *c, bool serial)
{
	return serial ? &c->serial : &c->uuid;
}

/* Sorted by one half: where only one other half goes with it, cases without
 * that get it. */
static void
complete(struct fleet *f, bool by)
{
	for (size_t i = 0, end; i < f->n_cases; i = end) {
		uint64_t other = 0;
		bool one = true;

		for (end = i; end < f->n_cases && *half(&f->cases[end], by) ==
		     *half(&f->cases[i], by); end++) {
			uint64_t u = *half(&f->cases[end], !by);

			one &= !u || !other || u == other;
			other = u ? u : other;
		}
		if (*half(&f->cases[i], by) == 0 || !one)
			continue;
		for (size_t k = i; k < end; k++)
			*half(&f->cases[k], !by) = other;
	}
}

/* Two makers may give the same number: until the devices are numbered,
 * 'device' is the maker. */
static void
mark_makers(struct fleet *f, size_t from, size_t end)
{
	uint32_t first = 0;
	bool one = true;

	for (size_t i = from; i < end; i++) {
		uint32_t m = name_id(f, &f->cases[i], BY_MAKER);

		one &= !m || !first || m == first;
		first = m ? m : first;
	}
	for (size_t i = from; i < end; i++)
		f->cases[i].device = one ? 0 : name_id(f, &f->cases[i], BY_MAKER);
}

static bool
same_halves(const struct fleet_case *a, const struct fleet_case *b)
{
	return a->serial == b->serial && a->uuid == b->uuid;
}

static bool
is_nameless(const struct fleet_case *c)
{
	return !c->serial && !c->uuid;
}

/* By device, then by time. */
static int
by_device(const void *x, const void *y)
{
	const struct fleet_case *a = x, *b = y;
	int d = by_serial(x, y);

	if (d)
		return d;
	if (a->device != b->device)
		return a->device < b->device ? -1 : 1;
	if (is_nameless(a) && a->key != b->key)
		return a->key < b->key ? -1 : 1;
	if (a->last != b->last)
		return a->last < b->last ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static bool
same_device(const struct fleet_case *a, const struct fleet_case *b)
{
	return same_halves(a, b) && a->device == b->device && !is_nameless(a);
}

static bool
number_devices(struct fleet *f)
{
	size_t n = 0;
	uint32_t *starts;

	for (size_t i = 0; i < f->n_cases; i++)
		n += i == 0 || !same_device(&f->cases[i - 1], &f->cases[i]);
	starts = calloc(n + 1, sizeof(*starts));
	if (!starts)
		return false;
	n = 0;
	for (size_t i = 0; i < f->n_cases; i++)
		if (i == 0 || !same_device(&f->cases[i - 1], &f->cases[i]))
			starts[n++] = (uint32_t)i;
	starts[n] = (uint32_t)f->n_cases;
	f->devices = starts;
	f->n_devices = n;
	for (size_t d = 0; d < n; d++)
		for (uint32_t i = starts[d]; i < starts[d + 1]; i++)
			f->cases[i].device = (uint32_t)d;
	return true;
}

/* ---- makers ---------------------------------------------------------------------- */

#define MANY UINT32_MAX

/* A model whose maker some rows lack is of the one maker that others name. */
static bool
complete_makers(struct fleet *f)
{
	uint32_t *maker_of = calloc(f->names.n + 1, sizeof(*maker_of));

	if (!maker_of)
		return false;
	for (size_t pass = 0; pass < 2; pass++) {
		for (size_t i = 1; i <= f->configs.n; i++) {
			/* Nothing is looked up there any more. */
			struct config *c = (void *)(uintptr_t)f->configs.at[i];
			uint32_t model = c->text[BY_MODEL], *m = &maker_of[model];

			if (!model)
				continue;
			if (pass == 1 && !c->text[BY_MAKER] && *m != MANY)
				c->text[BY_MAKER] = *m;
			if (pass == 0 && c->text[BY_MAKER])
				*m = !*m || *m == c->text[BY_MAKER]
				   ? c->text[BY_MAKER] : MANY;
		}
	}
	free(maker_of);
	return true;
}

bool
fleet_settle(struct fleet *f)
{
	if (!complete_makers(f))
		return false;
	drop_twice(f);
	if (f->n_cases > 1)
		qsort(f->cases, f->n_cases, sizeof(*f->cases), by_serial);
	complete(f, true);
	if (f->n_cases > 1)
		qsort(f->cases, f->n_cases, sizeof(*f->cases), by_uuid);
	complete(f, false);
	if (f->n_cases > 1)
		qsort(f->cases, f->n_cases, sizeof(*f->cases), by_serial);
	for (size_t i = 0, end; i < f->n_cases; i = end) {
		for (end = i + 1; end < f->n_cases &&
		     same_halves(&f->cases[i], &f->cases[end]); )
			end++;
		mark_makers(f, i, end);
	}
	if (f->n_cases > 1)
		qsort(f->cases, f->n_cases, sizeof(*f->cases), by_device);
	return number_devices(f);
}

/* ---- tries --------------------------------------------------------------------- */

static bool
add_attempt(struct attempts *a, struct try_ t, const struct fleet_case *c)
{
	struct attempt *more = one_more(a->at, a->n, &a->room, sizeof(*more));

	if (!more)
		return false;
	a->at = more;
	a->at[a->n++] = (struct attempt){ t, c };
	return true;
}

static int
by_start(const void *x, const void *y)
{
	const struct attempt *a = x, *b = y;

	if (a->try_.began != b->try_.began)
		return a->try_.began < b->try_.began ? -1 : 1;
	return a->of < b->of ? -1 : a->of > b->of;
}

/* The log goes on between two collections: what was under way is decided in
 * the later one, but was tried with what the earlier one saw. */
static void
each_once(struct attempts *a)
{
	size_t n = 0;

	if (a->n > 1)
		qsort(a->at, a->n, sizeof(*a->at), by_start);
	for (size_t i = 0; i < a->n; i++) {
		const struct try_ t = a->at[i].try_;

		if (n == 0 || t.began == 0 || a->at[n - 1].try_.began != t.began)
			a->at[n++] = a->at[i];
		else if (t.how != 'I')
			a->at[n - 1].try_.how = t.how;
	}
	a->n = n;
}

bool
device_attempts(const struct fleet *f, size_t device, struct attempts *ret)
{
	ret->n = 0;
	for (uint32_t i = f->devices[device]; i < f->devices[device + 1]; i++) {
		const struct fleet_case *c = &f->cases[i];

		for (size_t k = 0; k < c->n_tries; k++)
			if (!add_attempt(ret, f->tries[c->tries + k], c))
				return false;
	}
	each_once(ret);
	return true;
}

/* Whether another maker has the same number. */
static bool
is_shared(const struct fleet *f, size_t device)
{
	const struct fleet_case *c = &f->cases[f->devices[device]];

	return (device > 0 && same_halves(c - 1, c)) ||
	       (device + 1 < f->n_devices &&
	        same_halves(&f->cases[f->devices[device + 1]], c));
}

void
device_id(const struct fleet *f, size_t device, char ret[24])
{
	const struct fleet_case *c = &f->cases[f->devices[device]];
	uint64_t parts[3] = { c->serial, c->uuid, 0 };
	uint32_t m = name_id(f, c, BY_MAKER);

	if (is_nameless(c))
		parts[2] = c->key;
	else if (is_shared(f, device) && m)
		parts[2] = hash_bytes(f->names.at[m], f->names.len[m]);
	snprintf(ret, 24, "d%012llx", (unsigned long long)
	         (hash_bytes(parts, sizeof(parts)) >> 16));
}

void
case_id(const struct fleet *f, const struct fleet_case *c, char ret[17])
{
	snprintf(ret, 17, "%0*llx", *f->key ? 12 : 16, (unsigned long long)c->id);
}

/* ---- for people --------------------------------------------------------------------- */

struct named {
	const char *maker, *model, *name;
	uint32_t device;
};

static int
by_names(const void *x, const void *y)
{
	const struct named *a = x, *b = y;
	int d = strcmp(a->maker, b->maker);

	d = d ? d : strcmp(a->model, b->model);
	d = d ? d : strcmp(a->name, b->name);
	return d ? d : a->device < b->device ? -1 : a->device > b->device;
}

uint32_t *
devices_by_name(const struct fleet *f)
{
	struct named *n = calloc(f->n_devices + 1, sizeof(*n));
	uint32_t *order = calloc(f->n_devices + 1, sizeof(*order));

	for (uint32_t d = 0; n && order && d < f->n_devices; d++) {
		const struct fleet_case *c = &f->cases[f->devices[d + 1] - 1];

		n[d] = (struct named){ name_of(f, c, BY_MAKER),
			name_of(f, c, BY_MODEL), c->name ? c->name : c->source, d };
	}
	if (n && order && f->n_devices > 1)
		qsort(n, f->n_devices, sizeof(*n), by_names);
	for (size_t i = 0; n && order && i < f->n_devices; i++)
		order[i] = n[i].device;
	if (!n) {
		free(order);
		order = NULL;
	}
	free(n);
	return order;
}
