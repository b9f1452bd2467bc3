/* Delay histogram: logarithmic buckets, 32 to the octave (about 2 % wide),
 * merged by adding.  Values are signed nanoseconds; negative ones (one-way
 * differences of unsynchronised clocks) mirror the positive side.  Exact min,
 * max and n are kept as well.  Quantiles are bucket middles, clamped to
 * [min,max]: relative error under 1.1 %, or 1 ns.  Up to HIST_FEW values are
 * stored in the structure itself; beyond that only the span of buckets in use
 * is held (usually a few hundred bytes, at most 16 KiB), so that every session
 * can have its own.
 */
#pragma once

#include <stdbool.h>
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
/* The same with @index = hist_index(@ns) known, which is most of the work: for
 * adding a value to several histograms. */
int32_t hist_index(int64_t ns);
void hist_add_at(struct hist *h, int64_t ns, int32_t index);
/* Adds @n values in order. */
void hist_add_all(struct hist *h, const int64_t *ns, uint32_t n);
void hist_merge(struct hist *into, const struct hist *from);
/* @q in [0,1].  Return: ns; 0 if n is 0 (check n first). */
int64_t hist_quantile(const struct hist *h, double q);
/* The widest gap between neighbours of the values, as a ratio; what is below
 * @least_ns (> 0) counts as that. */
struct hist_gap {
	uint64_t above;   /* values above it */
	int64_t under_ns; /* its ends, to the accuracy of quantiles */
	int64_t over_ns;
};
/* Return: false if there is none, as all are alike. */
bool hist_gap(const struct hist *h, int64_t least_ns, struct hist_gap *out);
void hist_pack(const struct hist *h, struct buf *out);
/* @h is overwritten.  Return: 0, or -1 on bad bytes (then *h is empty). */
int hist_unpack(struct hist *h, struct cursor *in);
void hist_release(struct hist *h); /* frees; reusable */
