/* facts.c - every fact with its place, one line each, parted by tabs */
#include "report/report.h"

#include <stdio.h>

static void
cell(struct cs_out *o, const char *text, const char *after)
{
	cs_out_plain(o, text);
	cs_out(o, after);
}

static void
number(struct cs_out *o, uint64_t n, const char *after)
{
	char digits[24] = "";

	if (n)
		snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);
	cell(o, digits, after);
}

void
cs_report_facts(const cabscan_case *c, struct cs_out *o)
{
	const cabscan_fact *f;

	cs_out(o, "fact\tvalue\tmember\trecord\tline\ttime\ttrust\traw\n");
	for (size_t i = 0; (f = cabscan_fact_at(c, i)) != NULL; i++) {
		cell(o, f->name, "\t");
		cell(o, f->value, "\t");
		cell(o, f->where.member, "\t");
		number(o, f->where.record, "\t");
		number(o, f->where.line, "\t");
		cell(o, cabscan_time_text(f->time).text, "\t");
		cell(o, f->doubtful ? "doubtful" : f->side ? "side"
		      : f->derived ? "derived" : "", "\t");
		cell(o, f->raw, "\n");
	}
}
