/* What the lock step linked and may have linked wrongly, as one like it is left over.
 *
 * Records that agree in everything are taken into their group again if one beside
 * them is left over (reopen_twins()): those of the near point, and those of the far
 * one if the near point has one less, since it missed one or has it in a larger
 * record.
 *
 * Where a long flight was lost and sent again, the walk may go on with the lost
 * packets themselves, and leave over the copies that arrived.  These may be
 * hundreds of records apart: the index of copies finds the one before
 * (reopen_previous()).
 *
 * Cost: TWINS records around each one that is left over; once O(n) for the index of a
 * session that is not long, if data is left over.
 */
#include "correlate/copies_int.h"

#include "base/seq.h"
#include "base/time.h"

#define MS 1000000
#define STRANGERS 40 /* so many in a row that are no twins end the search */

static bool twins(const struct group *g, const struct record *a,
		  const struct record *b, bool far)
{
	return copies_key(g, a, far) == copies_key(g, b, far) &&
	       a->tcp_flags == b->tcp_flags;
}

/* Far @k is linked to near @i, far @j is left over.  Did the sender make both, and
 * the network neither of them?  Or is @k too early for @i, by more than @j is late? */
static bool is_rival(const struct hop *h, uint32_t i, uint32_t k, uint32_t j)
{
	int64_t gap = time_sub(strand_time(h->far, j), strand_time(h->far, k));
	int64_t pace, dev, early;

	if (!hop_twice(h, gap))
		return true;
	if (gap <= 0 || !hop_pace_at(h, i, &pace, &dev))
		return false;
	early = time_sub(time_add(strand_time(h->near, i), pace),
			 strand_time(h->far, k));
	return early > h->tick + MS && early > gap / 2;
}

/* A link that may be wrong must not set the floor; of several that did, the second
 * least stays. */
static void unlink_doubtful(struct hop *h, uint32_t i)
{
	int64_t f = hop_f_bounded(time_sub(strand_time(h->far, h->far_of[i]),
					   strand_time(h->near, i)));

	if (f == h->floor)
		h->floor = h->floor_next;
	hop_unlink(h, i);
}

/* Unlinks the run of records beside the left-over @at that are like it: if the first
 * of them was lost, or the near capture missed it, the lock step has linked each to
 * the next one's counterpart. */
void reopen_twins(struct group *g, uint32_t at, bool far)
{
	struct hop *h = g->h;
	const struct strand *s = far ? h->far : h->near;
	const uint8_t *is = far ? h->far_is : h->near_is;
	struct record x = *strand_at(s, at);

	for (int step = -1; step <= 1; step += 2) {
		int strangers = 0;
		uint32_t k = at;

		for (int left = TWINS; left && strangers < STRANGERS; left--) {
			k += (uint32_t)step;
			if (k >= s->n) /* below 0 wraps to above */
				break;
			strangers++;
			if (is[k] & LINK_RESEG ||
			    !twins(g, &x, strand_at(s, k), far))
				continue;
			strangers = 0;
			if (!(is[k] & LINKED))
				continue;
			if (!far)
				hop_unlink(h, k);
			else if (is_rival(h, h->near_of[k], k, at))
				unlink_doubtful(h, h->near_of[k]);
		}
	}
}

static struct recopy *copies_of(struct group *g)
{
	struct recopy *r = g->h->near_copies ? g->h->near_copies : &g->copies;

	if (!r->built)
		recopy_build(r, g->h->near);
	return r;
}

/* A near record of about the time at which far @j was there: numbers are unwrapped from
 * it, as 2 GB may lie between them and the first. */
static uint32_t near_at(const struct hop *h, uint32_t j)
{
	int64_t f = h->paced ? h->pace : h->f_low;
	uint32_t i = strand_find(h->near, time_sub(strand_time(h->far, j), f));

	return i < h->near->n ? i : h->near->n - 1;
}

uint32_t copies_of_bytes(struct group *g, uint32_t j, uint32_t from)
{
	const struct hop *h = g->h;
	uint64_t at;
	uint32_t seq, len;

	if (!h->tcp || !h->near->n)
		return LINK_NONE;
	seq = hop_to_near(h, (uint32_t)strand_at(h->far, j)->seq64);
	len = strand_at(h->far, j)->pay_len;
	if (!len)
		return LINK_NONE;
	at = seq_unwrap(strand_at(h->near, near_at(h, j))->seq64, seq);
	return recopy_next(copies_of(g), from, at, at + len);
}

uint32_t reopen_previous(struct group *g, uint32_t i)
{
	struct hop *h = g->h;
	struct record x = *strand_at(h->near, i);
	uint32_t p;

	if (!h->tcp || !x.pay_len)
		return LINK_NONE;
	p = recopy_previous(copies_of(g), i, x.seq64, x.seq64 + x.pay_len);
	if (p == UINT32_MAX ||
	    (h->near_is[p] & (LINKED | LINK_RESEG)) != LINKED ||
	    !twins(g, &x, strand_at(h->near, p), false))
		return LINK_NONE;
	unlink_doubtful(h, p);
	return p;
}
