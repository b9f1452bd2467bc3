/* Data by byte ranges: what was cut or merged differently on the way.
 *
 * Once copies of equal boundaries are linked, near records are left over whose
 * bytes came in other records: offload with a piece lost, segments merged on
 * receipt around a hole, retransmissions collapsed into one (Linux
 * tcp_retrans_collapse) or split again.  Each left-over far record is tried on each
 * left-over near record that shares bytes with it.  The best pairs come first, by
 * what distinguishes copies (TSval, IP ID) and by time, and each byte is given
 * once.  Pieces of one record arrive together.  Without time stamps, two records
 * of equal boundaries that copies.c did not link are two copies.  A near record
 * is LINKED with LINK_RESEG if all of its bytes were found; if only some were, it
 * is LINK_PART, and its pieces are kept.
 *
 * Invariant: pieces of one near record do not overlap, nor do those of one far
 * record.  Cost: O(L log L + P) for P pairs of records sharing bytes.  Of a strand
 * that is made of copies P is L squared: with more than PAIRS_MOST nothing is joined,
 * and what is left over stays undecided.
 *
 * Coordinates: near raw numbers, made 64-bit around the first left-over record, so
 * that sorting works over a wrap; time distinguishes records that are more than
 * 2^31 apart in number.
 */
#include "correlate/hop.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/search.h"

#define MS 1000000
#define TWICE_LOOK 64 /* near records on each side */
#define LATE_COST 7.0 /* nats: sent after the near capture's end */
#define PAIRS_MOST                                                             \
	(4u << 20) /* of 16 bytes; and four times as many looked at */
#define SHARES                                                                 \
	4096 /* most pieces of one record: the largest super-segment
		     * in segments of 16 bytes */

struct range {
	uint64_t at; /* near number of the first byte */
	int64_t time_ns;
	uint32_t len;
	uint32_t idx;
	uint32_t found; /* bytes given so far */
	uint32_t chain; /* its newest share + 1; 0: none */
	uint32_t shares;
	bool stamped; /* TCP's time stamps */
	/* of a near one, once it was asked for: hop_pace_at() */
	bool asked, paced;
	int64_t pace, dev;
};

struct edge {
	double cost;
	uint32_t far, near; /* places in the arrays of ranges */
};

struct share {              /* bytes given */
	uint32_t near, far; /* places in the arrays of ranges */
	uint64_t at;
	uint32_t len;
	uint32_t near_next, far_next; /* older pieces of the same + 1 */
};

struct cover {
	struct hop *h;
	struct VEC(struct range) near, far;
	struct VEC(struct edge) edge;
	struct VEC(struct share) share;
	uint32_t longest; /* near record */
};

static int range_cmp(const void *pa, const void *pb)
{
	const struct range *a = pa, *b = pb;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a->idx < b->idx ? -1 : a->idx > b->idx;
}

static int edge_cmp(const void *pa, const void *pb)
{
	const struct edge *a = pa, *b = pb;

	if (a->cost != b->cost)
		return a->cost < b->cost ? -1 : 1;
	if (a->far != b->far)
		return a->far < b->far ? -1 : 1;
	return a->near < b->near ? -1 : a->near > b->near;
}

static struct range range_of(const struct record *r, uint64_t at, uint32_t idx)
{
	return (struct range){ .at = at,
			       .time_ns = r->time_ns,
			       .len = r->pay_len,
			       .idx = idx,
			       .stamped = r->opts & REC_OPT_TS };
}

static void collect(struct cover *c)
{
	struct hop *h = c->h;
	uint64_t ref = 0;

	for (uint32_t i = 0; i < h->near->n; i++) {
		const struct record *r;

		if (h->near_is[i])
			continue;
		r = strand_at(h->near, i);
		if (!r->pay_len)
			continue;
		ref = ref ? seq_unwrap(ref, (uint32_t)r->seq64)
			  : seq_first((uint32_t)r->seq64);
		*VEC_PUSH(&c->near) = range_of(r, ref, i);
		if (r->pay_len > c->longest)
			c->longest = r->pay_len;
	}
	if (!c->near.n)
		return;
	ref = c->near.at[0].at;
	for (uint32_t j = 0; j < h->far->n; j++) {
		const struct record *r;

		if (h->far_is[j])
			continue;
		r = strand_at(h->far, j);
		if (!r->pay_len)
			continue;
		ref = seq_unwrap(ref, hop_to_near(h, (uint32_t)r->seq64));
		*VEC_PUSH(&c->far) = range_of(r, ref, j);
	}
}

/* Segments that were cut from one have its ID and those that follow it (Linux
 * increments it); merged ones keep the ID of the first. */
static bool same_ids(const struct record *x, const struct record *y)
{
	uint32_t big = x->pay_len > y->pay_len ? x->pay_len : y->pay_len;
	uint16_t after = (uint16_t)(y->ip_id - x->ip_id);
	uint16_t before = (uint16_t)(x->ip_id - y->ip_id);

	return after <= big / 256 || before <= big / 256;
}

/* How far apart pieces of one record may come, ns: less than half of the round trip,
 * which is as wide as the clocks' bounds. */
static uint64_t piece_room(const struct hop *h)
{
	bool bound = h->f_low != INT64_MIN && h->f_high != INT64_MAX;
	uint64_t trip = bound ? time_apart(h->f_high, h->f_low) : 200ull * MS;

	return trip / 2 + 8 * (uint64_t)h->dev + (uint64_t)h->tick + MS;
}

/* Are @x and @y, both left over, two copies of one segment?  copies_match() has
 * decided already whether they are one packet, except over a relay and of copies
 * with time stamps that overtook each other. */
static bool are_copies(const struct hop *h, const struct range *x,
		       const struct range *y, const struct record *xr,
		       const struct record *yr)
{
	return !h->relay && x->at == y->at && x->len == y->len &&
	       !(h->use_ts && x->stamped && y->stamped) &&
	       !((xr->tcp_flags ^ yr->tcp_flags) &
		 (REC_SYN | REC_FIN | REC_RST | REC_ACK));
}

/* Nothing is linked meanwhile, so one answer serves for all pairs of a range. */
static bool pace_of(const struct hop *h, struct range *x)
{
	if (!x->asked)
		x->paced = hop_pace_at(h, x->idx, &x->pace, &x->dev);
	x->asked = true;
	return x->paced;
}

/* What it costs to say that these bytes of @y came with @x, of @at; < 0: cannot be. */
static double edge_cost(const struct hop *h, struct range *at,
			const struct record *x, const struct record *y)
{
	int64_t f = hop_f(x, y);
	double z, s, c = 0;

	if (h->relay)
		return hop_may_take(h, f) ? fabs((double)f) / 1e9 : -1;
	if (h->use_ts && (x->opts & y->opts & REC_OPT_TS) &&
	    y->tsval - x->tsval != h->ts_delta)
		return -1;
	if (!pace_of(h, at))
		return hop_may_take(h, f) ? 1 : -1;
	s = (double)(at->dev + 20000);
	z = (double)(f - at->pace);
	if ((double)(f - hop_floor(h, at->pace)) < -(16 * s + 100.0 * MS) ||
	    z > (double)h->max_transit)
		return -1;
	z = fabs(z);
	/* without time stamps, what comes much too late is another copy */
	if (!h->use_ts && z > 200 * s && z > 100.0 * MS)
		return -1;
	z /= s;
	c += z < 4 ? z : 4 + 2 * log(z / 4);
	if ((uint32_t)y->ack64 - (uint32_t)x->ack64 != h->ack_delta)
		c += 3;
	if (h->use_id && !same_ids(x, y))
		c += 8;
	if (!h->use_ts && c > LATE_COST && hop_near_ended(h, y->time_ns))
		return -1;
	return c;
}

/* The first near range that may reach @y. */
static size_t first_near(const struct cover *c, const struct range *y)
{
	uint64_t from = y->at > c->longest ? y->at - c->longest : 0;
	size_t at;

	SEARCH(at, c->near.n, k, c->near.at[k].at < from);
	return at;
}

/* Return: false if there are too many pairs. */
static bool pair_up(struct cover *c)
{
	struct hop *h = c->h;
	uint64_t looks = 0;

	for (uint32_t k = 0; k < c->far.n; k++) {
		const struct range *y = &c->far.at[k];
		size_t low = first_near(c, y);
		struct record yr;

		if (low >= c->near.n || c->near.at[low].at >= y->at + y->len)
			continue;
		yr = *strand_at(h->far, y->idx);
		for (; low < c->near.n && c->near.at[low].at < y->at + y->len;
		     low++) {
			struct range *x = &c->near.at[low];
			struct record xr;
			double cost;

			if (++looks > 4ull * PAIRS_MOST ||
			    c->edge.n == PAIRS_MOST)
				return false;
			if (x->at + x->len <= y->at)
				continue;
			xr = *strand_at(h->near, x->idx);
			if (are_copies(h, x, y, &xr, &yr))
				continue;
			cost = edge_cost(h, x, &xr, &yr);
			if (cost >= 0)
				*VEC_PUSH(&c->edge) =
					(struct edge){ cost, k, (uint32_t)low };
		}
	}
	return true;
}

/* The lowest share of @x or @y that meets [at, end); NULL: none. */
static const struct share *taken(const struct cover *c, const struct range *x,
				 const struct range *y, uint64_t at,
				 uint64_t end)
{
	const struct share *low = NULL;

	for (uint32_t side = 0; side < 2; side++)
		for (uint32_t p = side ? y->chain : x->chain; p;) {
			const struct share *g = &c->share.at[p - 1];

			p = side ? g->far_next : g->near_next;
			if (g->at + g->len > at && g->at < end &&
			    (!low || g->at < low->at))
				low = g;
		}
	return low;
}

/* Without time stamps a copy that was sent later fits as well as a piece, but comes
 * a round trip after the others. */
static bool is_apart(const struct cover *c, const struct range *x,
		     const struct range *y)
{
	const struct hop *h = c->h;
	uint64_t gap = UINT64_MAX;

	if (h->relay || !x->chain || (h->use_ts && x->stamped && y->stamped))
		return false;
	for (uint32_t p = x->chain; p; p = c->share.at[p - 1].near_next) {
		const struct range *o = &c->far.at[c->share.at[p - 1].far];
		uint64_t d = time_apart(o->time_ns, y->time_ns);

		gap = d < gap ? d : gap;
	}
	return gap > piece_room(h);
}

/* Gives what is free at both of [at, end). */
static void give(struct cover *c, uint32_t far, uint32_t near, uint64_t at,
		 uint64_t end)
{
	struct range *y = &c->far.at[far], *x = &c->near.at[near];

	while (at < end && x->shares < SHARES && y->shares < SHARES) {
		const struct share *g = taken(c, x, y, at, end);
		uint64_t to = g ? g->at : end;
		uint64_t next = g ? g->at + g->len : end;
		uint32_t len = (uint32_t)(to - at);

		if (to > at) {
			*VEC_PUSH(&c->share) = (struct share){
				near, far, at, len, x->chain, y->chain
			};
			x->chain = y->chain = (uint32_t)c->share.n;
			x->found += len;
			y->found += len;
			x->shares++;
			y->shares++;
		}
		at = next;
	}
}

static void assign(struct cover *c)
{
	if (c->edge.n)
		qsort(c->edge.at, c->edge.n, sizeof *c->edge.at, edge_cmp);
	for (size_t e = 0; e < c->edge.n; e++) {
		const struct range *y = &c->far.at[c->edge.at[e].far];
		const struct range *x = &c->near.at[c->edge.at[e].near];
		uint64_t at = x->at > y->at ? x->at : y->at;
		uint64_t xe = x->at + x->len, ye = y->at + y->len;

		if (x->found < x->len && y->found < y->len &&
		    !is_apart(c, x, y))
			give(c, c->edge.at[e].far, c->edge.at[e].near, at,
			     xe < ye ? xe : ye);
	}
}

static void keep(struct cover *c)
{
	struct hop *h = c->h;

	for (uint32_t k = 0; k < c->near.n; k++) {
		const struct range *x = &c->near.at[k];
		uint32_t last = 0;

		if (!x->found)
			continue;
		h->near_is[x->idx] |= x->found == x->len
					      ? LINKED | LINK_RESEG
					      : LINK_PART | LINK_RESEG;
		for (uint32_t p = x->chain; p;
		     p = c->share.at[p - 1].near_next) {
			const struct share *g = &c->share.at[p - 1];
			uint32_t j = c->far.at[g->far].idx;

			if (j >= last)
				last = j;
			h->far_is[j] |= LINKED | LINK_RESEG;
			h->near_of[j] = x->idx;
			if (x->found < x->len)
				*VEC_PUSH(&h->piece) = (struct piece){
					x->idx, j, (uint32_t)(g->at - x->at),
					g->len
				};
		}
		h->far_of[x->idx] = last;
	}
}

/* --- bytes that came twice --- */

/* The bytes [at, end) of near record @i came in far record far_of[i], and again in
 * far record @y.  Did the network make the second copy?  One that the sender sent
 * has another time stamp, or comes later. */
static bool came_twice(const struct cover *c, uint32_t i, const struct range *y,
		       uint64_t at, uint64_t end)
{
	const struct hop *h = c->h;
	struct record x = *strand_at(h->near, i), r;
	uint64_t from = seq_unwrap(at, (uint32_t)x.seq64);

	if (!(h->near_is[i] & LINKED) || h->far_of[i] == y->idx || !x.pay_len ||
	    from >= end || from + x.pay_len <= at)
		return false;
	r = *strand_at(h->far, y->idx);
	if (h->use_ts && (x.opts & r.opts & REC_OPT_TS))
		return r.tsval - x.tsval == h->ts_delta;
	x = *strand_at(h->far, h->far_of[i]);
	return hop_twice(h, time_sub(r.time_ns, x.time_ns));
}

/* Marks the near records, around @mid, whose bytes of [at, end) came in @y. */
static void mark_twice(const struct cover *c, const struct range *y,
		       uint32_t mid, uint64_t at, uint64_t end)
{
	struct hop *h = c->h;
	uint32_t i = mid > TWICE_LOOK ? mid - TWICE_LOOK : 0;

	for (; i < h->near->n && i < mid + TWICE_LOOK; i++)
		if (came_twice(c, i, y, at, end))
			h->near_is[i] |= LINK_DUP;
}

/* A receiver that merges segments merges duplicates with their neighbours: these are
 * bytes of a far record that were not given. */
static void find_twice(const struct cover *c)
{
	for (uint32_t k = 0; k < c->far.n; k++) {
		const struct range *y = &c->far.at[k];
		uint64_t at = y->at;

		if (!y->found || y->found == y->len)
			continue;
		while (at < y->at + y->len) {
			uint64_t to = y->at + y->len, next = to;
			const struct share *first = NULL;

			for (uint32_t p = y->chain; p;
			     p = c->share.at[p - 1].far_next) {
				const struct share *g = &c->share.at[p - 1];

				if (g->at + g->len > at &&
				    (!first || g->at < first->at))
					first = g;
			}
			if (first) {
				to = first->at;
				next = first->at + first->len;
			}
			if (to > at)
				mark_twice(c, y, c->h->near_of[y->idx], at, to);
			at = next;
		}
	}
}

static int piece_cmp(const void *pa, const void *pb)
{
	const struct piece *a = pa, *b = pb;

	if (a->near != b->near)
		return a->near < b->near ? -1 : 1;
	return a->off < b->off ? -1 : a->off > b->off;
}

void coverage_match(struct hop *h)
{
	struct cover c = { .h = h };

	collect(&c);
	if (c.near.n && c.far.n) {
		qsort(c.near.at, c.near.n, sizeof *c.near.at, range_cmp);
		if (pair_up(&c)) {
			assign(&c);
			keep(&c);
			find_twice(&c);
		} else {
			h->unsure = true;
		}
	}
	if (h->piece.n)
		qsort(h->piece.at, h->piece.n, sizeof *h->piece.at, piece_cmp);
	VEC_FREE(&c.near);
	VEC_FREE(&c.far);
	VEC_FREE(&c.edge);
	VEC_FREE(&c.share);
}
