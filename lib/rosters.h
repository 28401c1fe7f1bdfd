/* rosters.h - between a scan and the lists of devices that its scanner has
 * learnt */
#ifndef CS_ROSTERS_H
#define CS_ROSTERS_H

#include "case/case.h"
#include "read/roster.h"
#include "scanner.h"

/* Once the CAB has been read: hands out the rows of its device, and what each
 * list is as a whole.  False: out of memory. */
bool cs_rosters_ask(const struct cs_roster *rosters, struct cs_case *c,
                    struct cs_sink *sink);
void cs_rosters_free(struct cs_roster *rosters);

#endif
