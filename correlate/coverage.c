/* Data by byte ranges: what was cut or merged differently on the way.
 *
 * Once copies of equal boundaries are linked, near records are left over whose
 * bytes came in other records: offload with a piece lost, segments merged on
 * receipt around a hole, retransmissions collapsed into one (Linux
 * tcp_retrans_collapse) or split again.  Each left-over far record is tried on each
 * left-over near record that shares bytes with it.  The best pairs come first, by
 * what distinguishes copies and by time (coverage_pairs.c), and each byte is given
 * once.  Pieces of one record arrive together.  Without time stamps, two records
 * of equal boundaries that copies.c did not link are two copies.  A near record
 * is LINKED with LINK_RESEG if all of its bytes were found; if only some were, it
 * is LINK_PART, and its pieces are kept.
 *
 * Invariant: pieces of one near record do not overlap, nor do those of one far
 * record.  Cost: O(L log L + P) for P pairs of records sharing bytes.  Of a strand
 * that is made of copies P is L squared: there is a limit, beyond which nothing is joined,
 * and what is left over stays undecided.
 *
 * Coordinates: near raw numbers, made 64-bit around the first left-over record, so
 * that sorting works over a wrap; time distinguishes records that are more than
 * 2^31 apart in number.
 */
#include "correlate/coverage_int.h"

#include <stdlib.h>

#define MS 1000000
#define SHARES                                                                 \
	4096 /* most pieces of one record: the largest super-segment
		     * in segments of 16 bytes */

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

/* How far apart pieces of one record may come, ns: less than half of the round trip,
 * which is as wide as the clocks' bounds. */
static uint64_t piece_room(const struct hop *h)
{
	bool bound = h->f_low != INT64_MIN && h->f_high != INT64_MAX;
	uint64_t trip = bound ? time_apart(h->f_high, h->f_low) : 200ull * MS;

	return trip / 2 + 8 * (uint64_t)h->dev + (uint64_t)h->tick + MS;
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
		if (coverage_pairs(&c)) {
			assign(&c);
			keep(&c);
			coverage_twice(&c);
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
