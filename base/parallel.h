/* Runs fn(ctx, worker, i) for i in [0,n) on up to parallel_width() threads,
 * handing out i in order, one at a time.  Returns when all are done.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

unsigned parallel_width(void); /* online processors, at least 1, at most 16;
				* TRACEPAIR_THREADS overrides, for tests */
/* Are there processors that no worker is on? */
bool parallel_spare(void);
void parallel_run(size_t n, void (*fn)(void *ctx, unsigned worker, size_t i),
		  void *ctx);
