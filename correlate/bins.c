/* Bins: was a capture deaf for a while?
 *
 * A capturing host drops packets when it falls behind, and then whatever comes,
 * of all sessions and both ways; between such moments it hears everything.  So
 * what a capture misses clusters in short stretches.  A packet absent from a
 * stretch in which everything proven to have passed was captured was hardly
 * missed, unless the capture also misses single packets amid others.  How often
 * it does is shown by the proven ones among them (bins_single()).
 *
 * A bin holds about BIN_PACKETS packets at the capture's mean rate; a stretch
 * is a bin with its neighbours, since the time at which a missing packet would
 * have come is known to some milliseconds only.
 *
 * The moment at which it falls behind lies within a bin, in which it has some
 * packets and then none.  There may be no proof of what came then (data after
 * the receiver has closed, datagrams): so if a capture was deaf at other times,
 * a stretch in which more is absent than present proves nothing (bins_doubt()).
 *
 * Where nothing passed for a while after it was deaf, nothing tells when it began
 * to hear again: what is absent from a bin with its first packets proves nothing.
 *
 * Moments shorter than a bin show themselves by what is absent in a row:
 * bins_rows.c.
 *
 * Cost: O(1) a packet; 72 bytes a bin, at most BINS_MOST a point and worker.
 */
#include "correlate/bins.h"

#include <stdlib.h>

#define BIN_PACKETS 16
#define BINS_MOST 65536
#define BIN_LEAST 20 /* 2^20 ns: a millisecond */
#define BIN_LARGEST 40
#define ENOUGH 4    /* packets needed to say that it heard */
#define DEAF_PART 8 /* of what passed */
#define SINGLE 2    /* missed ones in a stretch that say nothing of deafness */
#define QUIET 64    /* bins without a packet that are looked over */

void bins_init(struct bins *b, const struct watch *w)
{
	double ran = 0;
	uint64_t all;
	size_t spans = w->span.n;

	*b = (struct bins){ .shift = BIN_LEAST };
	if (!spans || !w->packets)
		return;
	b->from_ns = w->span.at[0].from_ns;
	all = time_apart(w->span.at[spans - 1].to_ns, b->from_ns);
	for (size_t i = 0; i < spans; i++)
		ran += (double)time_apart(w->span.at[i].to_ns,
					  w->span.at[i].from_ns);
	while (b->shift < BIN_LARGEST &&
	       (ran * BIN_PACKETS / (double)w->packets >
			(double)(1ull << b->shift) ||
		all >> b->shift >= BINS_MOST))
		b->shift++;
	b->n = (size_t)(all >> b->shift) + 1;
	b->n = b->n < BINS_MOST ? b->n : BINS_MOST;
	b->at = mem_zalloc(b->n, sizeof *b->at);
}

void bins_release(struct bins *b)
{
	free(b->at);
	*b = (struct bins){ 0 };
}

void bins_add(struct bins *into, const struct bins *from)
{
	for (size_t i = 0; i < into->n && i < from->n; i++) {
		into->at[i].passed += from->at[i].passed;
		into->at[i].missed += from->at[i].missed;
		into->at[i].heard |= from->at[i].heard;
		into->at[i].lacked |= from->at[i].lacked;
		into->at[i].lost |= from->at[i].lost;
	}
}

/* Bin @i with its neighbours. */
static struct bin stretch(const struct bins *b, size_t i)
{
	struct bin s = { 0 };

	for (size_t k = i ? i - 1 : 0; k <= i + 1 && k < b->n; k++) {
		s.passed += b->at[k].passed;
		s.missed += b->at[k].missed;
		s.absent += b->at[k].absent;
	}
	return s;
}

static bool is_deaf(struct bin s)
{
	return s.missed > SINGLE && s.missed > s.passed / DEAF_PART;
}

bool bins_deaf_in(const struct bins *b, size_t i)
{
	return is_deaf(stretch(b, i));
}

/* Was it deaf when it last had, or missed, a packet before a quiet time that ends
 * in bin @i (@step -1), or when it next did after one that begins there? */
static bool deaf_beyond(const struct bins *b, size_t i, size_t step)
{
	for (int left = QUIET; left > 0; left--) {
		i += step; /* below 0 wraps to above */
		if (i >= b->n)
			return false;
		if (b->at[i].passed)
			return left < QUIET && bins_deaf_in(b, i);
	}
	return false;
}

bool bins_heard_in(const struct bins *b, size_t i)
{
	struct bin s = stretch(b, i);

	if (b->at[i].silent || (b->doubted && s.absent > s.passed))
		return false;
	return !s.missed && s.passed >= ENOUGH &&
	       !deaf_beyond(b, i, SIZE_MAX) && !deaf_beyond(b, i, 1);
}

bool bins_heard(const struct bins *b, int64_t t_ns)
{
	return b->n && bins_heard_in(b, bin_at(b, t_ns));
}

bool bins_deaf(const struct bins *b, int64_t t_ns)
{
	return b->n && bins_deaf_in(b, bin_at(b, t_ns));
}

/* Is a stretch with bin @i in it? */
static bool is_deaf_about(const struct bins *b, size_t i)
{
	for (size_t k = i ? i - 1 : 0; k <= i + 1 && k < b->n; k++)
		if (bins_deaf_in(b, k))
			return true;
	return false;
}

bool bins_ever_deaf(const struct bins *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->at[i].missed && is_deaf_about(b, i))
			return true;
	return false;
}

void bins_doubt(struct bins *b)
{
	bins_find_rows(b);
	b->doubted = bins_ever_deaf(b);
}

/* Where it has nearly all others, as many as pass in a burst: a stretch of such may
 * have several.  One beside a stretch in which it was deaf belongs to that. */
uint64_t bins_single(const struct bins *b)
{
	uint64_t n = 0;

	for (size_t i = 0; i < b->n; i++) {
		struct bin s;

		if (!b->at[i].missed)
			continue;
		s = stretch(b, i);
		if (s.passed >= s.missed + ENOUGH &&
		    (s.missed <= SINGLE || !is_deaf_about(b, i)))
			n += b->at[i].missed;
	}
	return n;
}
