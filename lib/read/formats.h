/* formats.h - the readers, one file each; a new one is a line here and in
 * formats.c */
#ifndef CS_FORMATS_H
#define CS_FORMATS_H

#include "read/record.h"

extern const struct cs_format cs_format_evtx;           /* evtx.c */
extern const struct cs_format cs_format_event_xml;      /* eventxml.c */
extern const struct cs_format cs_format_doc_xml;        /* docxml.c */
extern const struct cs_format cs_format_html;           /* html.c */
extern const struct cs_format cs_format_registry;       /* registry.c */
extern const struct cs_format cs_format_json;           /* json.c */
extern const struct cs_format cs_format_device_hash;    /* hwhash.c */
extern const struct cs_format cs_format_lines;          /* lines.c */

#endif
