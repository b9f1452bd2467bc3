/* The second half of the job: what follows from fates, and its output.
 *
 * reads:  all derived rows   writes: finding evidence (derive), text (render)
 */
#pragma once

#include <stdio.h>

#include "store/store.h"

/* report/derive: rewrites findings. Return: 0 or -1. */
int derive_run(struct store *s, struct err *err);
