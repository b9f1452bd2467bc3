/* Delay histogram: logarithmic buckets, 32 to the octave (about 2 % wide),
 * merged by adding.  Values are signed nanoseconds; negative ones
 * (one-way differences of unsynchronised clocks) mirror the positive side.
 * Exact min, max, n are kept beside.  Quantiles are bucket middles, clamped to
 * [min,max]: relative error under 1.1 %, or 1 ns.
 * Up to HIST_FEW values lie in the structure itself; of more only the span of
 * buckets in use is held (a few hundred bytes as a rule, at most 16 KiB), so that
 * every session may have its own.
 */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/cursor.h"

#define HIST_FEW 16

struct hist {
	uint64_t n;                    /* saturating */
	int64_t min, max;              /* valid where n > 0 */
	int64_t sum;                   /* saturating */
	union {                        /* private to hist.c */
		int16_t few[HIST_FEW]; /* n <= HIST_FEW: indexes, as added */
		struct {               /* else */
			/* owned; [i] counts index first + i; saturating */
			uint32_t *bucket;
			int32_t first;
			uint32_t room;
		};
	};
};

void hist_add(struct hist *h, int64_t ns);
/* The same to several: @index is hist_index() of @ns, which is most of the
 * work. */
int32_t hist_index(int64_t ns);
void hist_add_at(struct hist *h, int64_t ns, int32_t index);
/* The same of several, one after another. */
void hist_add_all(struct hist *h, const int64_t *ns, uint32_t n);
void hist_merge(struct hist *into, const struct hist *from);
/* @q in [0,1].  Return: ns; 0 where n is 0 (look at n first). */
int64_t hist_quantile(const struct hist *h, double q);
void hist_pack(const struct hist *h, struct buf *out);
/* @h is overwritten.  Return: 0, or -1 on bad bytes (then *h is empty). */
int hist_unpack(struct hist *h, struct cursor *in);
void hist_release(struct hist *h); /* frees; reusable */
