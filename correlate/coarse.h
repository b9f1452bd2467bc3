/* Coarse clock: the time that the second point's clock shows when the first's
 * shows t, by votes of exact matches; accurate to the spread of delays.
 *
 * reads:  votes             writes: struct coarse
 *
 * Nothing is assumed about the offset: it may be hours or time zones, and have
 * steps.  The proper fit, with bounds, is in clock.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vote {
	int64_t at_ns;   /* first point's clock */
	int64_t diff_ns; /* second's time minus first's */
	int dir;         /* session direction of the match */
};

struct coarse_piece {
	int64_t mid_ns;  /* median difference, at @at_ns */
	int64_t at_ns;   /* first point's clock */
	double drift;    /* its rate of change from there on */
	double width_ns; /* typical deviation from it */
};

struct coarse_bin {
	int64_t from_ns, to_ns; /* first point's clock */
	int n;                  /* pieces: two around a step, or if sessions run
				 * both ways */
	struct coarse_piece piece[2];
};

struct coarse {
	bool known;
	double span_ns; /* of the longer capture, at least 1 s */
	struct {
		size_t n;
		struct coarse_bin *bin; /* owned; by time */
		/* for each stretch of 2^shift ns after the first bin's end, the
		 * first bin that ends after its start; owned */
		uint16_t *start;
		unsigned shift;
	} dir[2];
};

/* @n: below 2^32.  @weak: the votes are of values that are not unique: the clock
 * is known only if one offset stands out.  @tick_ns: both resolutions
 * together. */
void coarse_fit(struct coarse *c, const struct vote *v, size_t n, bool weak,
		double span_ns, int64_t tick_ns);
void coarse_release(struct coarse *c);

/* How far @diff_ns is from what the clock allows at @at_ns, in widths;
 * *width_ns is that width. */
double coarse_off(const struct coarse *c, int dir, int64_t at_ns,
		  int64_t diff_ns, double *width_ns);
/* Typical difference at @at_ns. */
int64_t coarse_diff(const struct coarse *c, int dir, int64_t at_ns);
/* Is @diff_ns beyond what delay and drift can explain? */
bool coarse_impossible(const struct coarse *c, int64_t at_ns, int64_t diff_ns);
