/* Runs fn(ctx, worker, i) for i in [0,n) on up to parallel_width() threads,
 * handing out i one at a time: in order, or to each worker its own stretch.
 * Returns when all are done.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

unsigned parallel_width(void); /* online processors, at least 1, at most 16;
				* TRACEPAIR_THREADS overrides, for tests */
/* Is any processor free of workers? */
bool parallel_spare(void);
void parallel_run(size_t n, void (*fn)(void *ctx, unsigned worker, size_t i),
		  void *ctx);
/* The same for items that share state with their neighbours: each worker begins
 * with a stretch of its own, and once that is done takes from the end of
 * another's. */
void parallel_run_apart(size_t n,
			void (*fn)(void *ctx, unsigned worker, size_t i),
			void *ctx);
