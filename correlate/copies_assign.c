/* Which of several copies at each end is which.
 *
 * Copies are assigned in order by dynamic programming over the cost, in nats, of
 * saying that two records are one packet: how far its time is from what is
 * typical there, and whether TSval, IP ID, window, ACK agree (TSval and ID first,
 * then time).  Where the second best assignment is nearly as good, the copies are
 * marked LINK_TIED: how many were lost is known, which one is not.  That keeps
 * order, so copies that an ID or selective acknowledgements of their own tell are
 * linked before.
 *
 * Cost: a group is cut into clusters of at most CLUSTER records at each end, by
 * time, so assignment is O(CLUSTER) each.
 */
#include "correlate/copies_int.h"

#include <math.h>
#include <stdlib.h>

#define SMALL 48     /* is not cut at pauses */
#define ORDER_LOOK 8 /* linked records on each side */
#define TIE 2.0      /* nats between best and second best */
#define NEVER 1e9
#define PADDING 6 /* most bytes that link padding adds to a header */
#define MS 1000000
#define ENDED_NS 100000000ll /* after the near capture's last packet */

/* --- the cost of one link --- */
struct expect { /* of a near record */
	int64_t pace, dev;
	int64_t least; /* F: what would be less is faster than any */
	int64_t idle;  /* since what was sent and linked before it */
	bool known;
	/* far records of the linked ones before and behind it */
	uint32_t before[ORDER_LOOK], behind[ORDER_LOOK];
	uint32_t n_before, n_behind;
};

/* The far records of up to ORDER_LOOK linked near ones from @i on by @step. */
static uint32_t linked_from(const struct hop *h, uint32_t i, uint32_t step,
			    uint32_t *far)
{
	uint32_t n = 0;

	for (int left = 4 * ORDER_LOOK; left > 0 && n < ORDER_LOOK; left--) {
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

	e.known = hop_pace_at(h, i, &e.pace, &e.dev);
	e.n_before = linked_from(h, i, UINT32_MAX, e.before);
	e.n_behind = linked_from(h, i, 1, e.behind);
	/* What is beside it may wait in a queue that is empty a moment before, or
	 * later; and the clocks' upper bound, far from where packets met them, may
	 * be well above the floor. */
	e.least = e.known ? hop_floor(h, e.pace) : 0;
	e.idle = 0;
	if (e.n_before && h->near_of[e.before[0]] != LINK_NONE)
		e.idle = time_sub(strand_time(h->near, i),
				  strand_time(h->near,
					      h->near_of[e.before[0]]));
	return e;
}

/* To be overtaken by some is rare, by many more so (RFC 4737, n-reordering). */
static double order_cost(const struct expect *e, uint32_t j)
{
	uint32_t crossed = 0;

	for (uint32_t k = 0; k < e->n_before; k++)
		crossed += e->before[k] > j;
	for (uint32_t k = 0; k < e->n_behind; k++)
		crossed += e->behind[k] < j;
	return crossed ? 1 + 2 * log(crossed) : 0;
}

static double time_cost(const struct hop *h, const struct expect *e, int64_t f)
{
	double s, z;

	if (!e->known)
		return hop_may_take(h, f) ? 0 : NEVER;
	s = (double)(e->dev + 20000);
	z = (double)time_sub(f, e->pace);
	/* meanwhile a queue may have emptied, by as much as time went by */
	if (z < 0 && f >= e->least && e->idle > 0)
		z = fmin(0, z + (double)e->idle);
	if (fabs(z) > (double)h->max_transit)
		return NEVER;
	if (((double)f - (double)e->least) < -(16 * s + 100.0 * MS))
		return 20; /* nothing travels faster than the rest by so much */
	z = fabs(z) / s;
	return z < 4 ? z : 4 + 2 * log(z / 4);
}

/* Is what comes so late the same that a program sent again?  Without IDs, that
 * the first was lost, or was sent while the far capture was deaf, is likelier. */
static bool asked_again(const struct hop *h, const struct expect *e,
			const struct record *x, int64_t f)
{
	return !h->tcp && e->known && !(h->use_id && hop_id_tells(x)) &&
	       time_sub(f, e->pace) >= HELD_MOST;
}

static double sacks_cost(const struct hop *h, const struct record *x,
			 const struct record *y)
{
	if (!(x->n_sack | y->n_sack) || hop_same_sacks(h, x, y))
		return 0;
	return record_sacks_differ(x, y) ? 20 : 8;
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

/* May near record @i be far record @j, of another length: padded, or with a
 * trailer as others have? */
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

	if (c >= NEVER || asked_again(h, e, x, f))
		return NEVER;
	c += header_cost(h, x, y) + order_cost(e, j);
	if (g->sort == KEY_RESIZED)
		return may_be_resized(g, i, j) ? c + 2 : NEVER;
	if (!record_content_agrees(x, y))
		return h->tcp ? c + 4 : NEVER;
	return c;
}

/* --- assigning the copies of a cluster --- */
static double least(double a, double b)
{
	return a < b ? a : b;
}

void cluster_costs(struct cluster *c)
{
	struct hop *h = c->g->h;

	for (uint32_t i = 0; i < c->m; i++) {
		struct record x = *strand_at(h->near, c->near[i].idx);
		struct expect e = expect_of(h, c->near[i].idx);

		for (uint32_t k = 0; k < c->n; k++)
			c->cost[cluster_at(c, i, k)] = link_cost(
				c->g, &e, c->near[i].idx, &x, c->far[k].idx);
	}
}

/* What comes later than anything that the near capture can have needs no
 * counterpart there: it is more often sent again than under way for so long. */
static void cluster_skips(struct cluster *c)
{
	const struct hop *h = c->g->h;

	for (uint32_t k = 0; k < c->n; k++) {
		int64_t t = strand_time(h->far, c->far[k].idx);
		int64_t sent = time_sub(t, h->pace);

		c->skip_far[k] = h->paced && h->near_ran &&
						 sent > time_add(h->near_until,
								 ENDED_NS)
					 ? 0
					 : SKIP_FAR;
	}
}

static void cluster_ahead(struct cluster *c)
{
	double *t = c->ahead;

	for (uint32_t i = 0; i <= c->m; i++)
		for (uint32_t k = 0; k <= c->n; k++) {
			double b = i || k ? NEVER * 4 : 0;

			if (i)
				b = least(b, t[cluster_at(c, i - 1, k)] +
						     SKIP_NEAR);
			if (k)
				b = least(b, t[cluster_at(c, i, k - 1)] +
						     c->skip_far[k - 1]);
			if (i && k)
				b = least(b, t[cluster_at(c, i - 1, k - 1)] +
						     c->cost[cluster_at(
							     c, i - 1, k - 1)]);
			t[cluster_at(c, i, k)] = b;
		}
}

static void cluster_behind(struct cluster *c)
{
	double *t = c->behind;

	for (uint32_t i = c->m + 1; i-- > 0;)
		for (uint32_t k = c->n + 1; k-- > 0;) {
			double b = i < c->m || k < c->n ? NEVER * 4 : 0;

			if (i < c->m)
				b = least(b, t[cluster_at(c, i + 1, k)] +
						     SKIP_NEAR);
			if (k < c->n)
				b = least(b, t[cluster_at(c, i, k + 1)] +
						     c->skip_far[k]);
			if (i < c->m && k < c->n)
				b = least(b,
					  t[cluster_at(c, i + 1, k + 1)] +
						  c->cost[cluster_at(c, i, k)]);
			t[cluster_at(c, i, k)] = b;
		}
}

/* Best cost with near @i linked, and with it skipped. */
static void with_and_without(const struct cluster *c, uint32_t i, double *with,
			     double *without)
{
	*with = *without = NEVER * 4;
	for (uint32_t k = 0; k <= c->n; k++) {
		double so_far = c->ahead[cluster_at(c, i, k)];

		*without = least(*without,
				 so_far + SKIP_NEAR +
					 c->behind[cluster_at(c, i + 1, k)]);
		if (k < c->n)
			*with = least(
				*with,
				so_far + c->cost[cluster_at(c, i, k)] +
					c->behind[cluster_at(c, i + 1, k + 1)]);
	}
}

/* Walks the best path back from the end. */
static uint32_t cluster_link(struct cluster *c)
{
	struct hop *h = c->g->h;
	uint32_t i = c->m, k = c->n, unlinked = 0;

	while (i || k) {
		double v = c->ahead[cluster_at(c, i, k)];

		if (i && k &&
		    v == c->ahead[cluster_at(c, i - 1, k - 1)] +
				    c->cost[cluster_at(c, i - 1, k - 1)]) {
			hop_link(h, c->near[--i].idx, c->far[--k].idx);
		} else if (k && v == c->ahead[cluster_at(c, i, k - 1)] +
						c->skip_far[k - 1]) {
			k--;
		} else {
			i--;
			unlinked++;
		}
	}
	return unlinked;
}

static void cluster_assign(struct cluster *c)
{
	struct hop *h = c->g->h;

	cluster_costs(c);
	cluster_own(c);
	cluster_skips(c);
	cluster_ahead(c);
	if (!cluster_link(c) || c->m < 2 || !c->n)
		return;
	cluster_behind(c);
	for (uint32_t i = 0; i < c->m; i++) {
		double with, without;

		with_and_without(c, i, &with, &without);
		if (fabs(with - without) < TIE)
			h->near_is[c->near[i].idx] |= LINK_TIED;
	}
}

/* Time at which @it is expected at, or was seen by, the far point. */
static int64_t due(const struct hop *h, const struct item *it)
{
	int64_t pace, dev;

	if (it->far)
		return strand_time(h->far, it->idx);
	if (!hop_pace_at(h, it->idx, &pace, &dev))
		pace = 0;
	return time_add(strand_time(h->near, it->idx), pace);
}

/* Takes what is due next until a pause, or until the cluster is full; then it
 * ends at the longest pause of its second half, since a cut through a burst
 * would part records from their counterparts. */
static void cluster_take(struct cluster *c, uint32_t m, uint32_t n)
{
	const struct hop *h = c->g->h;
	int64_t pause = 40 * (h->dev + h->tick) + 100 * MS, last = 0;
	int64_t longest = INT64_MIN;
	uint32_t best_m = 0, best_n = 0;

	c->m = c->n = 0;
	while (c->m < m || c->n < n) {
		int64_t x = c->m < m ? due(h, c->near + c->m) : INT64_MAX;
		int64_t y = c->n < n ? due(h, c->far + c->n) : INT64_MAX;
		int64_t next = x < y ? x : y;

		if (c->m + c->n && time_sub(next, last) > pause)
			return;
		if (c->m + c->n > CLUSTER / 2 &&
		    time_sub(next, last) > longest) {
			longest = time_sub(next, last);
			best_m = c->m;
			best_n = c->n;
		}
		if (c->m == CLUSTER || c->n == CLUSTER) {
			c->m = best_m;
			c->n = best_n;
			return;
		}
		last = next;
		if (x <= y)
			c->m++;
		else
			c->n++;
	}
}

struct cluster *cluster_new(void)
{
	return mem_alloc(sizeof(struct cluster));
}

/* Cuts a group into clusters at pauses of the merged order. */
void group_assign(struct group *g, struct cluster *c, const struct item *near,
		  uint32_t m, const struct item *far, uint32_t n)
{
	c->g = g;
	while (m || n) {
		c->near = near;
		c->far = far;
		c->m = m;
		c->n = n;
		if (m > SMALL || n > SMALL)
			cluster_take(c, m, n);
		near += c->m;
		far += c->n;
		m -= c->m;
		n -= c->n;
		cluster_assign(c);
	}
}
