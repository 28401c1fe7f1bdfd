/* scanner.h - what the public calls share: scanners and their workers */
#ifndef CS_SCANNER_H
#define CS_SCANNER_H

#include "base/scan.h"
#include "know/know.h"
#include "read/store.h"

struct cs_roster;

struct cabscan {
	struct cs_know know;
	uint64_t today;
	bool is_empty;                  /* it was made without knowledge */
	const char *date, *news;        /* of the knowledge */
	struct cs_roster *rosters;      /* in the order they were learnt */
	uint64_t limits[CABSCAN_N_LIMITS];
};

struct cabscan_worker {
	const cabscan *cs;
	struct cs_watch watch;
	cs_arena scratch;
	struct cs_store store;          /* of event templates */
	cabscan_cabinet_fn *cabinet;    /* NULL: nobody wants them */
	void *cabinet_user;
};

#endif
