/* Runs fn(ctx, worker, i) for i in [0,n) on up to parallel_width() threads,
 * handing out i one at a time, in order or each worker its own stretch of them.
 * Returns when all are done.
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
/* The same for what shares something with its neighbours that a worker keeps:
 * each begins with a stretch of its own, and takes from the end of another's
 * once that is done. */
void parallel_run_apart(size_t n,
			void (*fn)(void *ctx, unsigned worker, size_t i),
			void *ctx);
