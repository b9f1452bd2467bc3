/* Long output goes through the user's pager, as in other tools: $PAGER, or
 * less; only if standard output is a terminal.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct pager {
	FILE *out; /* where to write */
	pid_t pid; /* 0: none, out is standard output */
};

/* If @wanted is false, or there is no terminal, or no pager can be started:
 * standard output. */
struct pager pager_start(bool wanted);
/* Waits until the user quits it. */
void pager_end(struct pager *p);
