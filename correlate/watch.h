/* What the capture at one point can have.
 *
 * reads:  point file flow quality     writes: nothing
 *
 * A packet that is not in a capture may not have been there, or the capture may
 * not have been able to have it: not running, between two files of a ring, or
 * dropping packets.  A watch knows when its point's capture ran, and counts
 * what it is proven to have missed (struct trust).
 */
#pragma once

#include "base/mem.h"
#include "store/match.h"

struct watch_span {
	int64_t from_ns, to_ns; /* first and last stamp of a file */
};

struct watch {
	struct VEC(struct watch_span) span; /* by time, joined where they
					     * overlap; watch_sort() */
	uint64_t packets;
	uint64_t dropped; /* as counted by the capturing host */
	bool filtered;    /* only what the filter let through was kept */
};

void watch_add(struct watch *w, int64_t from_ns, int64_t to_ns);
void watch_sort(struct watch *w);
void watch_release(struct watch *w);

/* Can the capture have a packet that passed between @low and @high (its own
 * clock)?  Return: WHY_NONE, or why not. */
enum fate_reason watch_hides(const struct watch *w, int64_t low, int64_t high);

/* --- does it miss packets while it runs? --- */

/* Trials and outcomes; added up over all sessions before use. */
struct trust {
	uint64_t passed; /* packets proven to have passed a point, by something
			   * other than its own capture ... */
	uint64_t missed; /* ... and those of them that it does not have */
};

/* One hop in one direction. */
struct absences {
	uint64_t decided;  /* transmissions proven to be delivered or lost */
	uint64_t lost;     /* of them */
	uint64_t lost_syn; /* of these: SYNs */
	uint64_t open;     /* transmissions that nothing but presence decides */
	uint64_t absent;   /* of them, not there */
	uint64_t confirmed; /* of these, that no point behind has, either */
	bool heard;         /* ... while the far capture had all else */
	bool other_way;     /* the hop loses in the other direction */
};

/* Is "not in the capture" the same as "lost", with a posterior of at least
 * 0.99?  @confirmed: for what no later point has, either.  @t: if heard, of
 * single misses.  correlate/watch.c has the derivation. */
bool absence_is_loss(const struct trust *t, const struct absences *a,
		     bool confirmed);
