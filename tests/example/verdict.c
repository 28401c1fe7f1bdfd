/* verdict - the verdict of a CAB and what it rests on: verdict X.cab
 *
 *     cc verdict.c $(pkg-config --cflags --libs cabscan) */
#include <cabscan.h>

#include <stdio.h>

static void
print_verdict(const cabscan_case *c)
{
	const cabscan_verdict *v = cabscan_case_verdict(c);
	const cabscan_fact *f;

	printf("%s (%s): %s\n", v->cause, cabscan_confidence_name(v->confidence),
	       v->title);
	for (size_t i = 0; v->finding && i < v->finding->n_evidence; i++) {
		f = v->finding->evidence[i];
		printf("  %s = %s, %s\n", f->name, f->value, f->where.member);
	}
}

int
main(int argc, char **argv)
{
	cabscan_error err = { CABSCAN_OK, "" };
	cabscan *cs = cabscan_new(&err);
	cabscan_case *c;

	if (cs && argc == 2 &&
	    cabscan_scan_file(cs, argv[1], &c, &err) == CABSCAN_OK) {
		print_verdict(c);
		cabscan_case_free(c);
	}
	if (err.status != CABSCAN_OK)
		fprintf(stderr, "%s\n", err.message);
	cabscan_free(cs);
	return argc != 2 || err.status != CABSCAN_OK;
}
