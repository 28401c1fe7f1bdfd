/*
 * hook.h - one hook in front of every allocation of a process
 *
 * hook.c takes the place of malloc, calloc, realloc and free, for the program
 * and for every library that it uses.  Linked into a program, the calls below
 * work it; loaded before one (LD_PRELOAD), the environment does:
 *
 *     FAULT_AT=N       the N-th allocation from the start fails
 *     FAULT_ON=1       and all behind it
 *     FAULT_COUNT=FILE how many there were is written there at the end
 */
#ifndef HOOK_H
#define HOOK_H

#include <stdbool.h>

/* From now on the n-th allocation (from 1) fails, 0: none; and, if asked, all
 * behind it. */
void hook_arm(unsigned long n, bool all_behind);
/* None fails any more.  Returns how many were asked for since hook_arm(). */
unsigned long hook_disarm(void);
/* Blocks that are not freed. */
long hook_live(void);

#endif
