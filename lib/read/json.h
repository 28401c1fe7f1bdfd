/* json.h - JSON inside other formats */
#ifndef CS_JSON_H
#define CS_JSON_H

#include "read/record.h"

/* Hands out one record a document, all with that name; 'place' is where the
 * text begins.  The text need not be valid JSON, nor valid UTF-8.  Scratch is
 * left alone. */
void cs_read_json(struct cs_scan *s, struct cs_place place, cs_text name,
                  cs_text text, struct cs_sink *sink);

/* Whether a text begins as JSON does: "{GUID}" and "[section]" do not. */
bool cs_looks_json(cs_text t);

#endif
