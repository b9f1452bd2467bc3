/* What it costs to say that a near and a far record are one packet.
 *
 * In nats, from how far its time is from the typical one, whether it would have
 * overtaken others, and which of TSval, IP ID, window, ACK and selective
 * acknowledgements agree.  TSval and ID weigh most, then time.  NEVER if it is
 * impossible.
 *
 * Cost: O(ORDER_LOOK) a pair, O(ORDER_REACH) a near record.
 */
#include "correlate/copies_int.h"

#include <math.h>

#include "correlate/link_int.h"

#define ORDER_LOOK 8    /* linked records on each side */
#define ORDER_REACH 256 /* records among which they are: a flight may be lost */
#define PADDING 6       /* most bytes that link padding adds to a header */
#define REFUTED 4.6     /* nats: of a hundred captures one stamps so late */
#define MS 1000000
#define HELD_LEAST 50000000ll /* ns: beyond any reordering */
#define SYN_AGAIN 950000000ll /* ns: a second (RFC 6298, 2.1), and jitter */

struct expect { /* of a near record */
	int64_t pace, dev;
	int64_t least; /* F: what would be less is faster than any */
	int64_t idle;  /* since what was sent and linked before it */
	bool known;
	/* far records of the linked ones before and behind it */
	uint32_t before[ORDER_LOOK], behind[ORDER_LOOK];
	uint32_t n_before, n_behind;
	int64_t at; /* when it passed the near point */
};

/* The far records of up to ORDER_LOOK linked near ones from @i on by @step. */
static uint32_t linked_from(const struct hop *h, uint32_t i, uint32_t step,
			    uint32_t *far)
{
	uint32_t n = 0;

	for (int left = ORDER_REACH; left > 0 && n < ORDER_LOOK; left--) {
		i += step;
		if (i >= h->near->n) /* below 0 wraps to above */
			break;
		if ((h->near_is[i] & LINKED) && h->far_of[i] != LINK_NONE)
			far[n++] = h->far_of[i];
	}
	return n;
}

static struct expect expect_of(const struct hop *h, uint32_t i)
{
	struct expect e;

	e.at = strand_time(h->near, i);
	e.known = hop_pace_at(h, i, &e.pace, &e.dev);
	e.n_before = linked_from(h, i, UINT32_MAX, e.before);
	e.n_behind = linked_from(h, i, 1, e.behind);
	/* Its neighbours may wait in a queue that is empty a moment earlier or
	 * later; and far from the packets that set it, the clocks' upper bound may
	 * be well above the floor. */
	e.least = e.known ? hop_floor(h, e.pace) : 0;
	e.idle = 0;
	if (e.n_before && h->near_of[e.before[0]] != LINK_NONE)
		e.idle = time_sub(e.at, strand_time(h->near,
						    h->near_of[e.before[0]]));
	return e;
}

/* Being overtaken by a few is rare, by many rarer (RFC 4737, n-reordering).  What
 * is so late that it may have been sent again, and was overtaken by all looked at, was
 * overtaken by what came after them, too: @late. */
static double order_cost(const struct expect *e, uint32_t j, bool late)
{
	uint32_t crossed = 0, overtook = 0, last = 0;

	for (uint32_t k = 0; k < e->n_before; k++)
		crossed += e->before[k] > j;
	for (uint32_t k = 0; k < e->n_behind; k++) {
		overtook += e->behind[k] < j;
		last = e->behind[k] > last ? e->behind[k] : last;
	}
	crossed += overtook;
	if (late && overtook == ORDER_LOOK)
		crossed += j - last - 1;
	return crossed ? 1 + 2 * log(crossed) : 0;
}

/* Would what was sent long after data have overtaken it?  Paths do that to within some
 * milliseconds; what is that late was sent again. */
static bool stayed_behind(const struct hop *h, const struct expect *e,
			  const struct record *x, const struct record *y,
			  uint32_t j)
{
	int64_t room = HELD_LEAST + 2 * e->dev;

	if (!h->tcp || !x->pay_len || link_tells_copies(h, x, y))
		return false;
	for (uint32_t k = 0; k < e->n_behind; k++) {
		uint32_t i = h->near_of[e->behind[k]];

		if (e->behind[k] < j && i != LINK_NONE &&
		    time_sub(strand_time(h->near, i), e->at) > room)
			return true;
	}
	return false;
}

static double time_cost(const struct hop *h, const struct expect *e, int64_t f)
{
	double s, z, drains = (double)time_sub(e->pace, e->least);

	if (!hop_may_take(h, f))
		return NEVER;
	if (!e->known)
		return 0;
	s = (double)(e->dev + 20000);
	z = (double)time_sub(f, e->pace);
	/* meanwhile a queue may have drained, by as much as the time that passed, down
	 * to the floor; which new packets may be below, but by no more than usual */
	if (z < 0 && e->idle > 0)
		z = fmin(0, z + fmin((double)e->idle, drains));
	if (fabs(z) > (double)h->max_transit)
		return NEVER;
	if (((double)f - (double)e->least) < -(16 * s + 100.0 * MS))
		return 20; /* nothing is faster than the rest by so much */
	z = fabs(z) / s;
	return z < 4 ? z : 4 + 2 * log(z / 4);
}

/* Is what comes so late a datagram that a program sent again, or a SYN without time
 * stamps?  Without IDs it is likelier that the first was lost, or passed while the far
 * capture was deaf, and of a SYN that took a timeout the near capture would have
 * another one.  The usual time may be a guess within wide bounds of the clocks, so a
 * SYN's timeout counts from the least. */
static bool asked_again(const struct hop *h, const struct expect *e,
			const struct record *x, int64_t f)
{
	bool syn = (x->tcp_flags & REC_SYN) && !(x->opts & REC_OPT_TS);

	int64_t late = time_sub(f, h->tcp ? e->least : e->pace);

	return (!h->tcp || syn) && e->known &&
	       !(h->use_id && hop_id_tells(x)) &&
	       late >= (h->tcp ? SYN_AGAIN : HELD_MOST);
}

/* If nothing has shown whether time stamps survive: did the TSval advance as a
 * sender's clock of at most a tick in a millisecond would (RFC 7323, 5.4), during
 * the time that the packet would have been under way?  Then it was sent again.
 * Devices that rewrite time stamps hardly ever add so little. */
static bool stamped_later(const struct hop *h, const struct expect *e,
			  const struct record *x, const struct record *y,
			  int64_t f)
{
	int64_t late = time_sub(f, e->pace),
		on = (int32_t)(y->tsval - x->tsval);

	if (!h->tcp || h->use_ts || !e->known ||
	    !(x->opts & y->opts & REC_OPT_TS) || late < AGAIN_LEAST)
		return false;
	return on > 0 && on <= (late / 4 * 5 + h->dev + h->tick) / MS;
}

static double sacks_cost(const struct hop *h, const struct record *x,
			 const struct record *y)
{
	if (!(x->n_sack | y->n_sack) || hop_same_sacks(h, x, y))
		return 0;
	return hop_sacks_differ(h, x, y) ? 20 : 8;
}

static double header_cost(const struct hop *h, const struct record *x,
			  const struct record *y)
{
	double c = hop_belied(h, x, y) ? 20 : 0;

	if (h->use_id)
		c += x->ip_id != y->ip_id ? 20 : hop_id_tells(x) ? -4 : 0;
	if (!h->tcp)
		return c;
	if (h->use_ts && (x->opts & y->opts & REC_OPT_TS))
		c += y->tsval - x->tsval == h->ts_delta ? -3 : 20;
	if ((x->tcp_flags ^ y->tcp_flags) & (REC_ACK | REC_PSH))
		c += 2;
	if ((uint32_t)y->ack64 - (uint32_t)x->ack64 != h->ack_delta)
		c += 3;
	if ((x->opts & y->opts & REC_OPT_TS) && x->tsecr != y->tsecr)
		c += 0.5;
	return c + sacks_cost(h, x, y) + (x->window != y->window ? 1 : 0);
}

static bool resizable(const struct record *r)
{
	return (r->tcp_flags & (REC_SYN | REC_FIN | REC_RST)) ||
	       r->pay_len <= PADDING;
}

/* Nothing tells how long packets take: an acknowledgement and the first data behind it,
 * a minute later, agree in all that is looked at, where each capture has one of them. */
static bool any_time_apart(const struct expect *e, const struct record *x,
			   const struct record *y)
{
	return !e->known && (!x->pay_len || !y->pay_len) &&
	       !((x->tcp_flags | y->tcp_flags) &
		 (REC_SYN | REC_FIN | REC_RST)) &&
	       !(hop_id_tells(x) && x->ip_id == y->ip_id);
}

/* May near record @i be far record @j of another length: padded, or with a trailer
 * that others have, too? */
static bool may_be_resized(const struct group *g, uint32_t i, uint32_t j)
{
	const struct hop *h = g->h;
	struct record x = *strand_at(h->near, i);
	const struct record *y = strand_at(h->far, j);
	bool grew = y->pay_len > x.pay_len;
	uint32_t by = grew ? y->pay_len - x.pay_len : x.pay_len - y->pay_len;

	if (!by || (resizable(&x) && resizable(y)))
		return by > 0;
	if (x.tcp_flags != y->tcp_flags || by > TRAILER_MOST ||
	    g->trailers[by] < TRAILERS)
		return false;
	return (grew ? trailer_of(h->far, j) : trailer_of(h->near, i)) == by;
}

static double link_cost(const struct group *g, const struct expect *e,
			uint32_t i, const struct record *x, uint32_t j)
{
	const struct hop *h = g->h;
	const struct record *y = strand_at(h->far, j);
	int64_t f = hop_f(x, y);
	double c = time_cost(h, e, f);
	bool late = e->known && time_sub(f, e->pace) >= AGAIN_LEAST;

	if (c >= NEVER || asked_again(h, e, x, f))
		return NEVER;
	if (stamped_later(h, e, x, y, f))
		c += 20;
	if (stayed_behind(h, e, x, y, j))
		c += 12;
	c += header_cost(h, x, y) + order_cost(e, j, late);
	if (g->sort == KEY_RESIZED)
		return !any_time_apart(e, x, y) && may_be_resized(g, i, j)
			       ? c + 2
			       : NEVER;
	if (!record_content_agrees(x, y))
		return h->tcp ? c + 4 : NEVER;
	return c;
}

/* Is it there sooner than by the clocks' bounds?  A busy near capture may stamp late,
 * but where it is one of several copies that is the rarer explanation. */
static double refuted_cost(const struct cluster *c, const struct record *x,
			   const struct record *y)
{
	const struct hop *h = c->g->h;

	if (c->m + c->n == 2 || h->f_low == INT64_MIN ||
	    hop_f(x, y) + h->tick >= h->f_low)
		return 0;
	return REFUTED;
}

/* Does one of the near records have the same selective acknowledgements as one of the far
 * ones?  Then no device takes them away. */
static bool keeps_sacks(const struct cluster *c)
{
	const struct hop *h = c->g->h;

	for (uint32_t i = 0; i < c->m; i++) {
		struct record x = *strand_at(h->near, c->near[i].idx);

		for (uint32_t k = 0; k < c->n && x.n_sack; k++) {
			const struct record *y = strand_at(h->far,
							   c->far[k].idx);

			if (x.n_sack == y->n_sack && hop_same_sacks(h, &x, y))
				return true;
		}
	}
	return false;
}

void cluster_costs(struct cluster *c)
{
	struct hop *h = c->g->h;

	h->use_sack = h->use_sack || keeps_sacks(c);
	for (uint32_t i = 0; i < c->m; i++) {
		struct record x = *strand_at(h->near, c->near[i].idx);
		struct expect e = expect_of(h, c->near[i].idx);

		for (uint32_t k = 0; k < c->n; k++)
			c->cost[cluster_at(c, i, k)] =
				link_cost(c->g, &e, c->near[i].idx, &x,
					  c->far[k].idx) +
				refuted_cost(c, &x,
					     strand_at(h->far, c->far[k].idx));
	}
}
