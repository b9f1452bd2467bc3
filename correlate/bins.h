/* What a capture had of all that passed its point, by stretches of time.
 *
 * reads:  struct watch     writes: nothing
 */
#pragma once

#include "base/time.h"
#include "correlate/watch.h"

struct bin { /* packets proven to have passed, and those that it lacks */
	uint32_t passed, missed;
	uint32_t absent; /* it lacks, and nothing else tells of them */
};

struct bins {
	int64_t from_ns;
	unsigned shift; /* a bin is 2^shift ns long */
	size_t n;
	struct bin *at; /* owned */
	bool doubted;   /* it was deaf at some time: bins_doubt() */
};

/* Bins for the time that the capture ran, empty. */
void bins_init(struct bins *b, const struct watch *w);
void bins_release(struct bins *b);
/* @into is of the same watch. */
void bins_add(struct bins *into, const struct bins *from);

/* The bin of @t_ns, at other times than the capture's the nearest; where there
 * are bins. */
static inline size_t bin_at(const struct bins *b, int64_t t_ns)
{
	uint64_t i = t_ns < b->from_ns
			     ? 0
			     : time_apart(t_ns, b->from_ns) >> b->shift;

	return i < b->n ? (size_t)i : b->n - 1;
}

/* A packet passed at @t_ns of the point's clock. */
static inline void bins_note(struct bins *b, int64_t t_ns, bool missed)
{
	size_t i;

	if (!b->n)
		return;
	i = bin_at(b, t_ns);
	b->at[i].passed++;
	b->at[i].missed += missed;
}

/* All is noted, absences too: from now on what a capture that was ever deaf had
 * tells nothing of a time when it lacks more than it had. */
void bins_doubt(struct bins *b);

/* Did the capture have all that is proven to have passed around @t_ns, and was
 * that enough to tell? */
bool bins_heard(const struct bins *b, int64_t t_ns);
/* ... around bin @i? */
bool bins_heard_in(const struct bins *b, size_t i);
/* Did it lack most of what is proven to have passed around @t_ns? */
bool bins_deaf(const struct bins *b, int64_t t_ns);
/* ... around bin @i? */
bool bins_deaf_in(const struct bins *b, size_t i);
/* Was there such a time? */
bool bins_ever_deaf(const struct bins *b);
/* Missed packets that were single ones, around which it had the others. */
uint64_t bins_single(const struct bins *b);
