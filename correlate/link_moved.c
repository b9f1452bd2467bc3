/* Where packets begin to take longer, or less long, all at once: a route or a link
 * changed.
 *
 * The lock step keeps copies apart by time.  On a path without jitter that leaves a
 * packet room of a millisecond, and from a change of route on nothing would be in
 * it, where neither IDs nor time stamps tell copies.
 *
 * So where the walk finds nothing that agrees, a run of records is looked for that
 * agree in all but time, one by one in order, each by the same F.  They are told
 * from a flight that was lost and sent again, of which the far point has the second
 * copies and the near one both: none of the run may have a counterpart in the usual
 * time, at either end.  And records that equal the one before them tell nothing of
 * F: half of the run must be new.
 *
 * Only h->pace is changed: the walk then finds by itself where it can go on.
 *
 * Cost: LINK_NEAR^2 / 2 comparisons for each place at which the walk finds nothing;
 * 2 RUN look-ups of LOOK records more for each of TRIES runs that agree.
 */
#include "correlate/hop.h"

#define RUN 8
#define LOOK 64 /* records in the usual time */
#define TRIES 4 /* runs that agree, and are not the only ones */
#define MS 1000000

static int64_t room_of(const struct hop *h)
{
	return 8 * h->dev + h->tick + MS;
}

static bool within(int64_t a, int64_t b, int64_t room)
{
	int64_t d = time_sub(a, b);

	return d < room && -d < room;
}

/* Is @x, behind @before, none that equals it? */
static bool is_new(const struct hop *h, const struct record *x,
		   const struct record *before)
{
	if (!h->tcp)
		return !record_content_agrees(x, before);
	return x->seq64 != before->seq64 || x->ack64 != before->ack64;
}

static bool run_agrees(const struct hop *h, uint32_t i, uint32_t j)
{
	const struct record *first = strand_at(h->near, i);
	const struct record *there = strand_at(h->far, j);
	int64_t f = hop_f(first, there);
	struct record before;
	uint32_t fresh = 0;

	if (!hop_same(h, first, there) || within(f, h->pace, room_of(h)) ||
	    !hop_may_take(h, f) || h->near->n - i < RUN || h->far->n - j < RUN)
		return false;
	before = *first;
	for (uint32_t k = 1; k < RUN; k++) {
		struct record x = *strand_at(h->near, i + k);
		const struct record *y = strand_at(h->far, j + k);

		if (!hop_same(h, &x, y) || !within(hop_f(&x, y), f, room_of(h)))
			return false;
		fresh += is_new(h, &x, &before);
		before = x;
	}
	return fresh >= RUN / 2;
}

/* Has @s a record that is the same packet as @r of the other end, about @t_ns? */
static bool has_same(const struct hop *h, struct strand *s,
		     const struct record *r, int64_t t_ns)
{
	uint32_t i = strand_find(s, time_sub(t_ns, room_of(h)));
	bool far = s == h->far;

	for (int left = LOOK; left > 0 && i < s->n; left--, i++) {
		const struct record *o = strand_at(s, i);

		if (o->time_ns > time_add(t_ns, room_of(h)))
			return false;
		if (hop_same(h, far ? r : o, far ? o : r))
			return true;
	}
	return i < s->n; /* too many to say */
}

static bool run_is_sole(struct hop *h, uint32_t i, uint32_t j)
{
	for (uint32_t k = 0; k < RUN; k++) {
		struct record x = *strand_at(h->near, i + k);
		struct record y = *strand_at(h->far, j + k);

		if (has_same(h, h->far, &x, time_add(x.time_ns, h->pace)) ||
		    has_same(h, h->near, &y, time_sub(y.time_ns, h->pace)))
			return false;
	}
	return true;
}

bool link_moved(struct hop *h, uint32_t i, uint32_t j)
{
	unsigned tries = TRIES;

	if (!h->paced)
		return false;
	for (uint32_t sum = 0; sum <= LINK_NEAR; sum++)
		for (uint32_t a = 0; a <= sum; a++) {
			uint32_t x = i + a, y = j + sum - a;

			if (x >= h->near->n || y >= h->far->n ||
			    !run_agrees(h, x, y))
				continue;
			if (!run_is_sole(h, x, y)) {
				if (--tries == 0)
					return false;
				continue;
			}
			h->pace = hop_f(strand_at(h->near, x),
					strand_at(h->far, y));
			return true;
		}
	return false;
}
