/*
 * console_win.h - text on a console of Windows
 *
 * What goes to a console by bytes is taken apart by its code page, and setting
 * that outlives the program.  So standard output and error go through a pipe
 * where they are consoles, and a thread writes them as UTF-16.
 */
#ifndef CLI_CONSOLE_WIN_H
#define CLI_CONSOLE_WIN_H

#include <stdbool.h>
#include <stdio.h>

void console_begin(void);
/* All that was written is on the screen then. */
void console_end(void);
/* Whether console_begin() found a console there. */
bool console_has(FILE *f);

#endif
