/*
 * eventjson.h - an event record as an object of cabscan-event/1
 *
 * The layout is cabscan-event.schema.json: System by name, values by name, in
 * an array those that have none or whose name comes again.
 */
#ifndef CS_EVENTJSON_H
#define CS_EVENTJSON_H

#include "read/xmlout.h"

/* Appends the object, without a line end.  'log' is a JSON string.  *ret_data:
 * where in 'to' the object of the values is. */
void cs_event_json(struct cs_xml *to, cs_arena *scratch, cs_text log,
                   const struct cs_record *r, cs_text *ret_data);

/* Its beginning, up to the value of "System". */
void cs_event_json_head(struct cs_xml *to, cs_text log, uint64_t offset,
                        enum cs_origin origin, bool doubtful);

#endif
