/*
 * spell.h - one spelling for what devices write in many
 *
 * HRESULTs, TPM vendors and firmware versions, truth values and times.  The
 * results live in the arena; an empty text means that there is no value.
 */
#ifndef CS_SPELL_H
#define CS_SPELL_H

#include "base/arena.h"
#include "base/time.h"
#include "know/know.h"

/* Every spelling seen in logs: 0x81039001, 81039001, 0x0x81039001, signed and
 * unsigned decimal, 0xFFFFFFFF80070002, 0x80180002b for 0x8018002b, and a
 * code inside a sentence.  False: there is none. */
bool cs_hresult(cs_text t, uint32_t *ret);

/* The value in the spelling of its type; 'transform' is the word after "as"
 * in the source, or "". */
cs_text cs_spell(cs_arena *a, const struct cs_know *k,
                 const struct cs_fact_def *def, cs_text transform, cs_text value);

/* A time as logs write it: ISO 8601, 20260327T190000Z, M/D/Y or D.M.Y with a clock behind, or a
 * FILETIME in decimal. */
bool cs_any_time(cs_text t, uint64_t *ret);

#endif
