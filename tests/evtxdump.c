/*
 * evtxdump.c - every record of event logs as a line of text, for tests
 *
 *     evtxdump [--slack | --count N] FILE...
 *
 * A line: file, offset, record id, provider, event id, level, time, what the
 * record is (live, resynced, headerless, slack; a ! behind it: doubtful),
 * then the System fields and values as name=type:value.  Tabs separate;
 * backslash, tab and line ends in texts are escaped.  A file ends with a line
 * "= FILE live resynced headerless slack notes"; its notes follow as "# ...".
 * --count reads each file N times and prints nothing but that line and the
 * processor time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/time.h"
#include "read/evtx.h"

struct dump {
	struct cs_sink sink;
	struct cs_evtx_counts counts;
	cs_arena arena;
	const char *file;
	size_t values;
};

static void
print_text(cs_text t)
{
	for (size_t i = 0; i < t.len; i++) {
		unsigned char c = (unsigned char)t.at[i];

		if (c == '\\')
			fputs("\\\\", stdout);
		else if (c < 0x20 || c == 0x7f)
			printf("\\x%02x", c);
		else
			putchar(c);
	}
}

static void
print_field(const char *name, cs_text t)
{
	if (t.len == 0)
		return;
	printf("\t@%s=", name);
	print_text(t);
}

static void
print_number(const char *name, uint64_t n)
{
	if (n)
		printf("\t@%s=%llu", name, (unsigned long long)n);
}

static void
print_system(const struct cs_system *s)
{
	char time[CS_TIME_CHARS];

	print_field("guid", s->provider_guid);
	print_field("source", s->event_source);
	print_field("channel", s->channel);
	print_field("computer", s->computer);
	print_field("user", s->user);
	print_field("activity", s->activity);
	print_field("related", s->related_activity);
	print_number("qualifiers", s->qualifiers);
	print_number("version", s->version);
	print_number("task", s->task);
	print_number("opcode", s->opcode);
	print_number("keywords", s->keywords);
	print_number("process", s->process);
	print_number("thread", s->thread);
	cs_time_text(s->written, time);
	print_field("written", cs_text_of(time));
}

static void
print_record(struct cs_sink *sink, const struct cs_record *r)
{
	static const char *const origins[CS_N_ORIGINS] = {
		"live", "resynced", "headerless", "slack"
	};
	struct dump *d = (struct dump *)sink;
	char time[CS_TIME_CHARS];

	cs_arena_reset(&d->arena);
	cs_time_text(r->time, time);
	printf("%s\t%llu\t%llu\t", d->file, (unsigned long long)r->place.offset,
	       (unsigned long long)r->place.record);
	print_text(r->name);
	printf("\t%u\t%u\t%s\t%s%s", (unsigned)r->system->id,
	       (unsigned)r->system->level, time, origins[r->origin],
	       r->doubtful ? "!" : "");
	print_system(r->system);
	print_field("message", r->message);
	for (size_t i = 0; i < r->n_values; i++) {
		putchar('\t');
		print_text(r->values[i].name);
		printf("=%02x:", (unsigned)r->values[i].type);
		print_text(cs_value_text(&d->arena, &r->values[i]));
	}
	putchar('\n');
}

static void
count_record(struct cs_sink *sink, const struct cs_record *r)
{
	struct dump *d = (struct dump *)sink;

	d->values += r->n_values;
}

static unsigned char *
load(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "rb");
	unsigned char *bytes = NULL;
	long len;

	if (f && fseek(f, 0, SEEK_END) == 0 && (len = ftell(f)) >= 0 &&
	    fseek(f, 0, SEEK_SET) == 0 && (bytes = malloc((size_t)len + 1))) {
		*ret_len = (size_t)len;
		if (fread(bytes, 1, (size_t)len, f) != (size_t)len) {
			free(bytes);
			bytes = NULL;
		}
	}
	if (f)
		fclose(f);
	return bytes;
}

static int
dump_file(const char *path, bool slack, unsigned long times)
{
	static const uint64_t limits[CABSCAN_N_LIMITS] = {
		LIMIT_CAB_BYTES, LIMIT_MEMBER_BYTES, LIMIT_TOTAL_BYTES,
		LIMIT_MEMBERS, UINT64_MAX, LIMIT_DECODE_BYTES
	};
	const struct cs_wish wish = { .slack = slack };
	struct dump d = { .file = path };
	struct cs_member m = { .name = cs_text_of(path) };
	struct cs_scan s;
	size_t len = 0, most;
	unsigned char *bytes = load(path, &len);
	clock_t start = clock();

	if (!bytes) {
		fprintf(stderr, "evtxdump: cannot read %s\n", path);
		return 1;
	}
	m.bytes = (cs_bytes){ bytes, len };
	m.size = len;
	d.sink.wish = &wish;
	d.sink.record = times ? count_record : print_record;
	cs_scan_begin(&s, limits);
	do
		cs_evtx_visit(&s, &m, NULL, &d.sink, &d.counts);
	while (times > 0 && --times > 0);
	most = s.scratch.used;
	printf("= %s %llu %llu %llu %llu %u", path,
	       (unsigned long long)d.counts.records[CS_LIVE],
	       (unsigned long long)d.counts.records[CS_RESYNCED],
	       (unsigned long long)d.counts.records[CS_HEADERLESS],
	       (unsigned long long)d.counts.records[CS_SLACK], s.n_notes);
	if (d.sink.record == count_record)
		printf(" values %zu scratch %zu ms %.3f", d.values, most,
		       (double)(clock() - start) * 1e3 / CLOCKS_PER_SEC);
	putchar('\n');
	for (const struct cs_note *n = s.notes; n; n = n->next) {
		printf("# %llu %llu ", (unsigned long long)n->place.offset,
		       (unsigned long long)n->place.record);
		print_text(cs_text_of(n->text));
		putchar('\n');
	}
	cs_scan_end(&s);
	cs_arena_free(&d.arena);
	free(bytes);
	return 0;
}

int
main(int argc, char **argv)
{
	unsigned long times = 0;
	bool slack = false;
	int status = 0, i = 1;

	for (; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "--slack") == 0)
			slack = true;
		else if (strcmp(argv[i], "--count") == 0 && i + 1 < argc)
			times = strtoul(argv[++i], NULL, 10);
	}
	if (i >= argc) {
		fputs("usage: evtxdump [--slack] [--count N] FILE...\n", stderr);
		return 2;
	}
	for (; i < argc; i++)
		status |= dump_file(argv[i], slack, times);
	return fflush(stdout) != 0 || ferror(stdout) ? 4 : status;
}
