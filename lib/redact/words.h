/* words.h - words that we wrote: the only ones of a text that may be shown */
#ifndef CS_WORDS_H
#define CS_WORDS_H

#include <stddef.h>

/* Small letters, sorted; made by words.py. */
extern const char *const cs_words[];
extern const size_t cs_n_words;

#endif
