/* rosters.c - the public call that learns a list of devices, and what a scan
 * asks of it */
#include "rosters.h"

#include "base/file.h"
#include "base/time.h"
#include "base/utf.h"

#include <stdio.h>
#include <stdlib.h>

/* Whose "from row" lines say how columns are called. */
static const char *const intune_columns[CS_N_ROSTER_COLUMNS][2] = {
	[CS_ROSTER_SERIAL] = { "intune.serial", "deployment.serial" },
	[CS_ROSTER_ID] = { "intune.id", NULL },
	[CS_ROSTER_ENTRA_ID] = { "intune.entra_id", NULL },
	[CS_ROSTER_DATE] = { "intune.last_contact", "deployment.started" },
	[CS_ROSTER_MARK] = { "deployment.state", NULL },
	[CS_ROSTER_MARK_2] = { "intune.profile_status", "intune.group_tag" },
};

static const char *const inventory_columns[CS_N_ROSTER_COLUMNS][2] = {
	[CS_ROSTER_SERIAL] = { "inventory.serial", NULL },
	[CS_ROSTER_DATE] = { "inventory.date", NULL },
};

static cabscan_status
fail(cabscan_error *err, cabscan_status status, const char *name,
     const char *what)
{
	if (err) {
		err->status = status;
		snprintf(err->message, sizeof(err->message), "%s: %s", name, what);
	}
	return status;
}

/* ---- learning --------------------------------------------------------------- */

static size_t
count_rows(const struct cs_know *k, const char *const facts[2])
{
	size_t n = 0;

	for (int i = 0; i < 2 && facts[i]; i++) {
		struct cs_fact_def *d = cs_know_fact(k, cs_text_of(facts[i]));

		for (const struct cs_source *s = d ? d->sources : NULL; s; s = s->next)
			n += s->kind == CS_FROM_ROW;
	}
	return n;
}

static bool
list_names(struct cs_know *k, const char *const facts[2], const cs_text **ret,
           size_t *ret_n)
{
	cs_text *list = cs_alloc_n(&k->arena, count_rows(k, facts) + 1,
	                           sizeof(*list));
	size_t n = 0;

	for (int i = 0; list && i < 2 && facts[i]; i++) {
		struct cs_fact_def *d = cs_know_fact(k, cs_text_of(facts[i]));

		for (const struct cs_source *s = d ? d->sources : NULL; s; s = s->next)
			if (s->kind == CS_FROM_ROW)
				list[n++] = s->field;
	}
	*ret = list;
	*ret_n = n;
	return list != NULL;
}

/* Lives as long as the knowledge that it was taken from. */
static const struct cs_roster_names *
names_for(struct cs_know *k, cabscan_roster_kind kind)
{
	struct cs_roster_names *names = cs_alloc(&k->arena, sizeof(*names));
	bool ok = names != NULL;

	for (int c = 0; ok && c < CS_N_ROSTER_COLUMNS; c++)
		ok = list_names(k, kind == CABSCAN_ROSTER_INVENTORY
		                   ? inventory_columns[c] : intune_columns[c],
		                &names->at[c], &names->n[c]);
	return ok ? names : NULL;
}

static cabscan_status
take_bytes(const char *name, const void *data, size_t *len, void **ret,
           cabscan_error *err)
{
	uint8_t *bytes = NULL;
	cabscan_status status;

	if (data) {
		*ret = malloc(*len ? *len : 1);
		if (!*ret)
			return fail(err, CABSCAN_ENOMEM, name, "out of memory");
		memcpy(*ret, data, *len);
		return CABSCAN_OK;
	}
	status = cs_read_file(name, MAX_ROSTER_BYTES, &bytes, len, err);
	*ret = bytes;
	return status;
}

static cabscan_status
add(cabscan *cs, cabscan_roster_kind kind, struct cs_roster *r,
    cabscan_error *err)
{
	struct cs_roster **end = &cs->rosters;

	r->record = kind == CABSCAN_ROSTER_INVENTORY ? CS_TEXT("inventory")
	          : r->has_mark ? CS_TEXT("deployments") : CS_TEXT("intune");
	if (kind == CABSCAN_ROSTER_INTUNE && !r->has_mark &&
	    cs_roster_has(r, CS_TEXT("HardwareHash"))) {
		fail(err, CABSCAN_EFORMAT, r->name.at, "a column \"Hardware Hash\": "
		     "this is a file for the import of devices and does not say "
		     "what Intune has");
		cs_roster_free(r);
		return CABSCAN_EFORMAT;
	}
	/* That a device is not among those that enrolled says nothing. */
	if (cs_same(r->record, CS_TEXT("intune")) && !r->has_mark_2)
		cs_roster_cut(r, 1, "it has no column that Autopilot devices have, "
		              "such as a profile status or a group tag");
	while (*end)
		end = &(*end)->next;
	*end = r;
	return CABSCAN_OK;
}

cabscan_status
cabscan_learn_roster(cabscan *cs, cabscan_roster_kind kind, const char *name,
                     const void *data, size_t len, cabscan_error *err)
{
	cabscan_error own = { .status = CABSCAN_OK };
	const struct cs_roster_names *names;
	struct cs_roster *r;
	cabscan_status status;
	void *bytes;

	if (cs->is_empty)
		return fail(err, CABSCAN_EUSAGE, name, "a scanner without "
		            "knowledge does not know its columns");
	names = names_for(&cs->know, kind);
	if (!names)
		return fail(err, CABSCAN_ENOMEM, name, "out of memory");
	status = take_bytes(name, data, &len, &bytes, err);
	if (status != CABSCAN_OK)
		return status;
	r = cs_roster_new(name, bytes, len, names, &own);
	if (r)
		return add(cs, kind, r, err);
	if (err)
		*err = own;
	return own.status;
}

void
cs_rosters_free(struct cs_roster *rosters)
{
	while (rosters) {
		struct cs_roster *next = rosters->next;

		cs_roster_free(rosters);
		rosters = next;
	}
}

/* ---- asking ------------------------------------------------------------------ */

struct asking {
	struct cs_case *c;
	struct cs_sink *sink;
	cs_text serial;                 /* "": not known */
};

static const char *
kind_of(const struct cs_roster *r)
{
	return cs_same(r->record, CS_TEXT("inventory")) ? "inventory"
	     : cs_same(r->record, CS_TEXT("intune")) ? "intune-devices"
	                                             : "intune-deployments";
}

static struct cs_member *
member_for(struct cs_case *c, const struct cs_roster *r)
{
	struct cs_member *m = cs_alloc(&c->scan->arena, sizeof(*m));

	if (!m)
		return NULL;
	m->name = cs_keep_text(&c->scan->arena, cs_base_name(r->name));
	m->size = r->size;
	m->state = CABSCAN_MEMBER_READ;
	m->side = m->list = true;
	m->kind = kind_of(r);
	return m->name.at && cs_case_add_member(c, m) ? m : NULL;
}

static size_t
ask(struct asking *a, const struct cs_roster *r, const struct cs_member *m,
    const struct cs_roster_question *q)
{
	return q->value.len ? cs_roster_ask(a->c->scan, r, m, q, a->sink) : 0;
}

static cs_text
value_of(const struct cs_case *c, const char *fact)
{
	const struct cs_fact *f = cs_case_named(c, fact);

	return cs_text_of(f ? f->pub.value : "");
}

/* A registration or Entra device of the CAB that the list has under another
 * serial number. */
static void
ask_for_others(struct asking *a, const struct cs_roster *r,
               const struct cs_member *m)
{
	struct cs_roster_question q = {
		.unless_serial = a->serial,
		.record = a->serial.len ? CS_TEXT("intune-other")
		                        : CS_TEXT("intune"),
	};

	if (!cs_same(r->record, CS_TEXT("intune")))
		return;
	q.key = CS_ROSTER_ID;
	q.value = value_of(a->c, "autopilot.registration_id");
	if (ask(a, r, m, &q) > 0)
		return;
	q.key = CS_ROSTER_ENTRA_ID;
	q.value = value_of(a->c, "autopilot.entra_id");
	ask(a, r, m, &q);
}

static void
set(struct cs_value *v, cs_text name, const char *text)
{
	*v = (struct cs_value){ .name = name, .type = CS_UTF8,
		.raw = { (const uint8_t *)text, strlen(text) } };
}

/* What was read of the list itself: "intune-file", ... */
static void
hand_out_file(struct asking *a, const struct cs_roster *r,
              const struct cs_member *m, size_t found)
{
	char rows[24], hits[24], newest[CS_TIME_CHARS] = "", name[32];
	struct cs_value values[4];
	struct cs_record rec = { .kind = CS_ROW, .values = values,
		.place = { .member = m, .line = r->cut[0] ? r->cut_line : 1 } };

	snprintf(name, sizeof(name), "%.*s-file", (int)r->record.len,
	         r->record.at);
	rec.name = cs_text_of(name);
	snprintf(rows, sizeof(rows), "%zu", r->n_rows);
	set(&values[rec.n_values++], CS_TEXT("rows"), rows);
	if (r->newest) {
		cs_time_text(r->newest, newest);
		set(&values[rec.n_values++], CS_TEXT("newest"), newest);
	}
	if (r->cut[0])
		set(&values[rec.n_values++], CS_TEXT("cut"), r->cut);
	if (a->serial.len) {
		snprintf(hits, sizeof(hits), "%zu", found);
		set(&values[rec.n_values++], CS_TEXT("found"), hits);
	}
	a->sink->record(a->sink, &rec);
	if (r->cut[0])
		cs_note(a->c->scan, CABSCAN_NOTE_DAMAGED, rec.place,
		        "this list may not be whole: %s (line %llu)", r->cut,
		        (unsigned long long)r->cut_line);
}

static bool
ask_one(struct asking *a, const struct cs_roster *r)
{
	struct cs_roster_question q = { .key = CS_ROSTER_SERIAL,
		.value = a->serial, .record = r->record };
	const struct cs_member *m = member_for(a->c, r);
	size_t found;

	if (!m)
		return false;
	found = ask(a, r, m, &q);
	ask_for_others(a, r, m);
	hand_out_file(a, r, m, found);
	return true;
}

bool
cs_rosters_ask(const struct cs_roster *rosters, struct cs_case *c,
               struct cs_sink *sink)
{
	struct asking a = { .c = c, .sink = sink };
	bool ok = true;

	if (!rosters)
		return true;
	cs_case_sort(c);
	a.serial = value_of(c, "device.serial");
	if (a.serial.len == 0)
		cs_note(c->scan, CABSCAN_NOTE_COLLECTION,
		        (struct cs_place){ NULL }, "no serial number was found, so "
		        "lists of devices cannot be asked for this one");
	for (const struct cs_roster *r = rosters; ok && r; r = r->next)
		ok = ask_one(&a, r);
	return ok;
}
