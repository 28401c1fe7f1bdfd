/* providers - how many events each provider wrote: providers LOG...
 *
 *     cc providers.c $(pkg-config --cflags --libs cabscan)
 *
 * A LOG is an .evtx file, exported XML, or a CAB with some in it. */
#include <cabscan.h>

#include <stdio.h>
#include <string.h>

#define MAX_PROVIDERS 1000

struct counts {
	struct { char name[128]; unsigned long events; } at[MAX_PROVIDERS];
	size_t n;
};

static int
count(void *user, const cabscan_record *r)
{
	struct counts *c = user;
	size_t len = r->provider.len, i = 0;

	if (len >= sizeof(c->at[0].name))
		len = sizeof(c->at[0].name) - 1;
	while (i < c->n && (strlen(c->at[i].name) != len ||
	                    memcmp(c->at[i].name, r->provider.at, len) != 0))
		i++;
	if (i == MAX_PROVIDERS)
		return 1;               /* ends the visit */
	if (i == c->n) {
		memcpy(c->at[i].name, r->provider.at, len);
		c->n++;
	}
	c->at[i].events++;
	return 0;
}

int
main(int argc, char **argv)
{
	static struct counts counts;
	cabscan_visit visit = { .record = count, .user = &counts };
	cabscan_error err = { CABSCAN_OK, "" };
	cabscan *cs = cabscan_new_empty(&err);
	cabscan_worker *w = cs ? cabscan_worker_new(cs, &err) : NULL;
	int failed = !w;

	for (int i = 1; w && i < argc; i++) {
		cabscan_input input = { .name = argv[i] };

		if (cabscan_worker_events(w, &input, 1, &visit, &err) !=
		    CABSCAN_OK) {
			fprintf(stderr, "%s\n", err.message);
			failed = 1;
		}
	}
	for (size_t i = 0; i < counts.n; i++)
		printf("%8lu  %s\n", counts.at[i].events, counts.at[i].name);
	cabscan_worker_free(w);
	cabscan_free(cs);
	return failed;
}
