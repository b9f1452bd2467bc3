/* What is long goes through the user's pager, as other tools do it: $PAGER, or
 * less; only where standard output is a terminal.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct pager {
	FILE *out; /* where to write */
	pid_t pid; /* 0: none, out is standard output */
};

/* @wanted false, no terminal or no pager to start: standard output. */
struct pager pager_start(bool wanted);
/* Waits until the reader has left it.  Return: 0, or -1 where not all could be
 * written and no pager was there to stop it. */
int pager_end(struct pager *p);
