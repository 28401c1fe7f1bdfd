/* why.c - why one cause is, or is not, what a case points to */
#include "report/lines.h"

#include <stdio.h>
#include <string.h>

static void
found(struct cs_out *o, const cabscan_case *c, const cabscan_finding *f)
{
	int is_verdict = f == cabscan_case_verdict(c)->finding;
	char line[700];

	snprintf(line, sizeof(line), "%s [%s, %s]%s", f->title, f->cause,
	         cabscan_confidence_name(f->confidence),
	         is_verdict ? ": the verdict" : ": found beside the verdict");
	cs_wrap(o, line, 0);
	cs_wrap(o, f->why, 0);
	if (!is_verdict) {
		const cabscan_verdict *v = cabscan_case_verdict(c);

		snprintf(line, sizeof(line), "The verdict is %s [%s, %s].",
		         v->title, v->cause,
		         cabscan_confidence_name(v->confidence));
		cs_wrap(o, line, 0);
	}
	cs_both_sides(o, f);
}

static void
not_found(struct cs_out *o, const cabscan_why_not *w)
{
	const cabscan_lack *l = &w->lack;
	char line[900];

	snprintf(line, sizeof(line), "%s [%s]: not found", w->title, w->cause);
	cs_wrap(o, line, 0);
	snprintf(line, sizeof(line), "%s: %s (%s) is %.*s; needed is %.300s.",
	         w->excluded ? "It is excluded"
	         : "The first condition that is not met", l->title, l->fact,
	         l->found ? cs_fit(l->found, 200) : 9,
	         l->found ? l->found : "not known",
	         *l->needed ? l->needed : "a value");
	cs_wrap(o, line, 0);
	if (w->n_met > 0) {
		cs_heading(o, "What speaks for it");
		cs_fact_lines(o, w->met, w->n_met, "  + ");
	}
	if (w->n_against > 0) {
		cs_heading(o, "What speaks against it");
		cs_fact_lines(o, w->against, w->n_against, "  - ");
	}
}

static int
explain(struct cs_out *o, const cabscan_case *c, const char *cause)
{
	const cabscan_finding *f;
	const cabscan_why_not *w;

	for (size_t i = 0; (f = cabscan_finding_at(c, i)) != NULL; i++)
		if (strcmp(f->cause, cause) == 0) {
			found(o, c, f);
			return 1;
		}
	for (size_t i = 0; (w = cabscan_why_not_at(c, i)) != NULL; i++)
		if (strcmp(w->cause, cause) == 0) {
			not_found(o, w);
			return 1;
		}
	if (strcmp(cause, "unknown") != 0)
		return 0;
	cs_wrap(o, strcmp(cabscan_case_verdict(c)->cause, cause) == 0
	        ? "The verdict is unknown: no cause has enough evidence."
	        : "The verdict is not unknown: a cause was found.", 0);
	return 1;
}

cabscan_status
cabscan_report_cause(const cabscan_case *c, const char *cause,
                     cabscan_write_fn *write, void *user, cabscan_error *err)
{
	struct cs_out o = { write, user, 0 };
	int known = explain(&o, c, cause);
	cabscan_status status = !known ? CABSCAN_EUSAGE
	                      : o.failed ? CABSCAN_EWRITE : CABSCAN_OK;

	if (status != CABSCAN_OK && err) {
		err->status = status;
		snprintf(err->message, sizeof(err->message), "%.100s: %s", cause,
		         known ? "the writer took less than it was given"
		               : "no such cause");
	}
	return status;
}
