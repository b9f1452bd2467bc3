/* Which copy is which: records that the lock step left over, by what they are.
 *
 * Left-over records are grouped by what every copy of one packet shares (place
 * in the stream, length, flags; for pure ACKs what they acknowledge; for
 * datagrams content).  A group is nearly always one record at each end, or one
 * at one end only.  Where it is more, copies are assigned in order by dynamic
 * programming over the cost, in nats, of saying that two records are one
 * packet: how far its time is from what is typical there, and whether TSval,
 * IP ID, window, ACK agree (shared rule B.4: TSval and ID first, then time).
 * Where the second best assignment is nearly as good, the copies are marked
 * LINK_TIED: how many were lost is known, which one is not.  That keeps order,
 * so copies that an ID of their own tells are linked before.
 *
 * Then those of one place whose lengths differ, by padding or by a trailer that a
 * device counted (correlate/trailer.h), if several have one of that length.
 *
 * Records that agree in everything and stand beside a left-over one may have
 * been linked to each other's twins by the lock step; they are taken into the
 * group again (reopen_twins()).
 *
 * Cost: O(L log L) for L left-over records; a group is cut into clusters of at
 * most CLUSTER records at each end, by time, so assignment is O(CLUSTER) each.
 */
#include "correlate/hop.h"
#include "correlate/trailer.h"

#include <math.h>
#include <stdlib.h>

#define CLUSTER 192
#define SMALL 48      /* is not cut at pauses */
#define TWINS 40      /* records on each side of a left-over one */
#define ORDER_LOOK 8  /* linked records on each side */
#define SKIP_NEAR 7.0 /* nats: lost */
#define SKIP_FAR 9.0  /* nats: the near point missed it */
#define TIE 2.0       /* nats between best and second best */
#define NEVER 1e9
#define DUP_RECORDS 256   /* far records back, to find a duplicate's twin */
#define DUP_NS 1000000000 /* and time */
#define DUP_AFTER 16      /* and on */
#define IDS_LOOK 8        /* far records on each side whose IDs are compared */
#define PADDING 6         /* most bytes that link padding adds to a header */
#define TRAILERS 3        /* of one length, to be known for trailers */
#define MS 1000000

enum sort_of_key { KEY_SAME, KEY_RESIZED };

struct item {
	uint64_t key;
	uint64_t resized; /* the key that it has next, if it is left over */
	uint32_t idx;
	uint16_t trailer; /* trailer_of(); with resized, for TCP */
	bool far;
};

struct group {
	struct hop *h;
	enum sort_of_key sort;
	bool heads; /* all have digests of their first bytes */
	uint8_t trailers[TRAILER_MOST + 1]; /* by length, TRAILERS at most */
	struct VEC(struct item) item;
};

/* --- keys --- */
static uint64_t mix64(uint64_t k, uint64_t v)
{
	k = (k ^ v) * 0x9e3779b97f4a7c15ull;
	return k ^ k >> 29;
}

static bool resizable(const struct record *r)
{
	return (r->tcp_flags & (REC_SYN | REC_FIN | REC_RST)) ||
	       r->pay_len <= PADDING;
}

static uint64_t key_tcp(const struct group *g, const struct record *r, bool far)
{
	const struct hop *h = g->h;
	uint32_t seq = (uint32_t)r->seq64, ack = (uint32_t)r->ack64;
	uint32_t special = r->tcp_flags & (REC_SYN | REC_FIN | REC_RST);
	uint64_t k;

	if (!far) {
		seq += hop_delta_at(h, seq);
		ack += h->ack_delta;
	}
	k = mix64(special | (r->tcp_flags & REC_ACK), seq);
	if (g->sort == KEY_RESIZED)
		return mix64(k, r->tcp_flags & REC_ACK ? ack : 0);
	k = mix64(k, r->pay_len);
	if (!r->pay_len && !special)
		k = mix64(k, ack);
	return k;
}

static uint64_t key_of(const struct group *g, const struct record *r, bool far)
{
	uint64_t k;

	if (g->h->tcp)
		return key_tcp(g, r, far);
	k = mix64((uint64_t)r->icmp_type << 32 | r->frag_off, r->pay_len);
	return g->heads && r->pay_len ? mix64(k, r->head_digest) : k;
}

/* --- collecting --- */
static bool twins(const struct group *g, const struct record *a,
		  const struct record *b)
{
	return key_of(g, a, false) == key_of(g, b, false) &&
	       a->tcp_flags == b->tcp_flags;
}

/* Unlinks records like near @i beside it. */
static void reopen_twins(struct group *g, uint32_t i)
{
	struct hop *h = g->h;
	struct record x = *strand_at(h->near, i);

	for (int step = -1; step <= 1; step += 2) {
		uint32_t k = i;

		for (int left = TWINS; left > 0; left--) {
			k += (uint32_t)step;
			if (k >= h->near->n) /* below 0 wraps to above */
				break;
			if ((h->near_is[k] & LINKED) &&
			    !(h->near_is[k] & LINK_RESEG) &&
			    twins(g, &x, strand_at(h->near, k)))
				hop_unlink(h, k);
		}
	}
}

static bool has_head(const struct record *r)
{
	return !r->pay_len || (r->marks & REC_HEAD);
}

static void find_heads(struct group *g)
{
	const struct hop *h = g->h;

	g->heads = true;
	for (uint32_t i = 0; i < h->near->n && !h->tcp; i++)
		if (!h->near_is[i] && !has_head(strand_at(h->near, i)))
			g->heads = false;
	for (uint32_t j = 0; j < h->far->n && !h->tcp; j++)
		if (!h->far_is[j] && !has_head(strand_at(h->far, j)))
			g->heads = false;
}

/* Takes left-over record @i of @s, the far point's or the near one's. */
static void take(struct group *g, const struct strand *s, uint32_t i, bool far)
{
	struct item x = { .idx = i, .far = far };

	if (g->h->tcp) {
		g->sort = KEY_RESIZED;
		x.resized = key_of(g, strand_at(s, i), far);
		x.trailer = (uint16_t)trailer_of(s, i);
	}
	g->sort = KEY_SAME;
	x.key = key_of(g, strand_at(s, i), far);
	*VEC_PUSH(&g->item) = x;
}

/* All that is left over.  A near record is taken once no other can open it
 * again, so that long strands are read once. */
static void collect(struct group *g)
{
	struct hop *h = g->h;
	uint64_t n = h->near->n;

	find_heads(g);
	for (uint64_t ahead = 0; ahead < n + TWINS; ahead++) {
		uint32_t k = (uint32_t)ahead, i = k - TWINS;

		if (ahead < n && !h->near_is[k] &&
		    !(h->use_id && hop_id_tells(strand_at(h->near, k))))
			reopen_twins(g, k);
		if (ahead >= TWINS && !h->near_is[i])
			take(g, h->near, i, false);
	}
	for (uint32_t j = 0; j < h->far->n; j++)
		if (!h->far_is[j])
			take(g, h->far, j, true);
}

/* Leaves those of the items that are still left over. */
static void collect_resized(struct group *g)
{
	const struct hop *h = g->h;
	size_t n = 0;

	g->sort = KEY_RESIZED;
	for (size_t i = 0; i < g->item.n; i++) {
		struct item x = g->item.at[i];

		if ((x.far ? h->far_is : h->near_is)[x.idx])
			continue;
		if (g->trailers[x.trailer] < TRAILERS)
			g->trailers[x.trailer]++;
		x.key = x.resized;
		g->item.at[n++] = x;
	}
	g->item.n = n;
}

static int item_cmp(const void *pa, const void *pb)
{
	const struct item *a = pa, *b = pb;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	if (a->far != b->far)
		return a->far < b->far ? -1 : 1;
	return a->idx < b->idx ? -1 : a->idx > b->idx;
}

/* --- the cost of one link --- */
struct expect { /* of a near record */
	int64_t pace, dev;
	int64_t least; /* F: what would be less is faster than all others */
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
	/* The clocks' upper bound, far from where packets met them, may be well
	 * above the floor. */
	e.least = e.pace;
	if (!e.n_before && !e.n_behind && !h->paced_by_packets &&
	    h->f_low < e.least && h->f_low != INT64_MIN)
		e.least = h->f_low;
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
	z = (double)(f - e->pace);
	if (fabs(z) > (double)h->max_transit)
		return NEVER;
	if (((double)f - (double)e->least) < -(16 * s + 100.0 * MS))
		return 20; /* nothing travels faster than the rest by so much */
	z = fabs(z) / s;
	return z < 4 ? z : 4 + 2 * log(z / 4);
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
	if ((x->n_sack | y->n_sack) && !hop_same_sacks(h, x, y))
		c += 8;
	if ((x->opts & y->opts & REC_OPT_TS) && x->tsecr != y->tsecr)
		c += 0.5;
	return c + (x->window != y->window ? 1 : 0);
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
	double c = time_cost(h, e, hop_f(x, y));

	if (c >= NEVER)
		return NEVER;
	c += header_cost(h, x, y) + order_cost(e, j);
	if (g->sort == KEY_RESIZED)
		return may_be_resized(g, i, j) ? c + 2 : NEVER;
	if (!record_content_agrees(x, y))
		return h->tcp ? c + 4 : NEVER;
	return c;
}

/* --- assigning the copies of a cluster --- */
struct cluster {
	struct group *g;
	const struct item *near, *far;
	uint32_t m, n;
	struct item left[2][CLUSTER]; /* near, far: that IDs did not tell */
	/* [i][k] is at i * (n + 1) + k */
	double cost[(CLUSTER + 1) * (CLUSTER + 1)];
	double ahead[(CLUSTER + 1) * (CLUSTER + 1)];  /* best of first i, k */
	double behind[(CLUSTER + 1) * (CLUSTER + 1)]; /* of those from i, k */
};

static double least(double a, double b)
{
	return a < b ? a : b;
}

static uint32_t at(const struct cluster *c, uint32_t i, uint32_t k)
{
	return i * (c->n + 1) + k;
}

static void cluster_costs(struct cluster *c)
{
	struct hop *h = c->g->h;

	for (uint32_t i = 0; i < c->m; i++) {
		struct record x = *strand_at(h->near, c->near[i].idx);
		struct expect e = expect_of(h, c->near[i].idx);

		for (uint32_t k = 0; k < c->n; k++)
			c->cost[at(c, i, k)] = link_cost(
				c->g, &e, c->near[i].idx, &x, c->far[k].idx);
	}
}

static void cluster_ahead(struct cluster *c)
{
	double *t = c->ahead;

	for (uint32_t i = 0; i <= c->m; i++)
		for (uint32_t k = 0; k <= c->n; k++) {
			double b = i || k ? NEVER * 4 : 0;

			if (i)
				b = least(b, t[at(c, i - 1, k)] + SKIP_NEAR);
			if (k)
				b = least(b, t[at(c, i, k - 1)] + SKIP_FAR);
			if (i && k)
				b = least(b,
					  t[at(c, i - 1, k - 1)] +
						  c->cost[at(c, i - 1, k - 1)]);
			t[at(c, i, k)] = b;
		}
}

static void cluster_behind(struct cluster *c)
{
	double *t = c->behind;

	for (uint32_t i = c->m + 1; i-- > 0;)
		for (uint32_t k = c->n + 1; k-- > 0;) {
			double b = i < c->m || k < c->n ? NEVER * 4 : 0;

			if (i < c->m)
				b = least(b, t[at(c, i + 1, k)] + SKIP_NEAR);
			if (k < c->n)
				b = least(b, t[at(c, i, k + 1)] + SKIP_FAR);
			if (i < c->m && k < c->n)
				b = least(b, t[at(c, i + 1, k + 1)] +
						     c->cost[at(c, i, k)]);
			t[at(c, i, k)] = b;
		}
}

/* Best cost with near @i linked, and with it skipped. */
static void with_and_without(const struct cluster *c, uint32_t i, double *with,
			     double *without)
{
	*with = *without = NEVER * 4;
	for (uint32_t k = 0; k <= c->n; k++) {
		double so_far = c->ahead[at(c, i, k)];

		*without = least(*without, so_far + SKIP_NEAR +
						   c->behind[at(c, i + 1, k)]);
		if (k < c->n)
			*with = least(*with,
				      so_far + c->cost[at(c, i, k)] +
					      c->behind[at(c, i + 1, k + 1)]);
	}
}

/* Walks the best path back from the end. */
static uint32_t cluster_link(struct cluster *c)
{
	struct hop *h = c->g->h;
	uint32_t i = c->m, k = c->n, unlinked = 0;

	while (i || k) {
		double v = c->ahead[at(c, i, k)];

		if (i && k &&
		    v == c->ahead[at(c, i - 1, k - 1)] +
				    c->cost[at(c, i - 1, k - 1)]) {
			hop_link(h, c->near[--i].idx, c->far[--k].idx);
		} else if (k && v == c->ahead[at(c, i, k - 1)] + SKIP_FAR) {
			k--;
		} else {
			i--;
			unlinked++;
		}
	}
	return unlinked;
}

/* --- by IP ID --- */
static uint16_t sole_id(const uint16_t *id, uint32_t n, uint32_t k)
{
	for (uint32_t i = 0; i < n; i++)
		if (i != k && id[i] == id[k])
			return 0;
	return id[k];
}

static uint32_t take_left(const struct item *from, uint32_t n,
			  const bool *linked, struct item *left)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < n; i++)
		if (!linked[i])
			left[kept++] = from[i];
	return kept;
}

/* Links what has an ID that one record at each end has, whatever overtook what:
 * assignment is in order.  Return: was there any? */
static bool cluster_by_id(struct cluster *c)
{
	struct hop *h = c->g->h;
	uint16_t near[CLUSTER], far[CLUSTER];
	bool linked[2][CLUSTER] = { 0 }, any = false;

	for (uint32_t i = 0; i < c->m; i++)
		near[i] = strand_at(h->near, c->near[i].idx)->ip_id;
	for (uint32_t k = 0; k < c->n; k++)
		far[k] = strand_at(h->far, c->far[k].idx)->ip_id;
	for (uint32_t i = 0; i < c->m; i++)
		for (uint32_t k = 0; k < c->n; k++) {
			if (near[i] != far[k] ||
			    c->cost[at(c, i, k)] >= SKIP_NEAR + SKIP_FAR ||
			    !sole_id(near, c->m, i) || !sole_id(far, c->n, k))
				continue;
			hop_link(h, c->near[i].idx, c->far[k].idx);
			linked[0][i] = linked[1][k] = any = true;
		}
	if (!any)
		return false;
	c->m = take_left(c->near, c->m, linked[0], c->left[0]);
	c->n = take_left(c->far, c->n, linked[1], c->left[1]);
	c->near = c->left[0];
	c->far = c->left[1];
	return true;
}

static void cluster_assign(struct cluster *c)
{
	struct hop *h = c->g->h;

	cluster_costs(c);
	if (h->use_id && cluster_by_id(c))
		cluster_costs(c);
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
		return strand_at(h->far, it->idx)->time_ns;
	if (!hop_pace_at(h, it->idx, &pace, &dev))
		pace = 0;
	return time_add(strand_at(h->near, it->idx)->time_ns, pace);
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

/* Cuts a group into clusters at pauses of the merged order. */
static void group_assign(struct group *g, struct cluster *c,
			 const struct item *near, uint32_t m,
			 const struct item *far, uint32_t n)
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

struct both { /* a group with records at both ends: items @from to before
	       * @far near ones, to before @end far ones */
	uint32_t first; /* its first near record */
	size_t from, far, end;
};

static int by_first(const void *pa, const void *pb)
{
	const struct both *a = pa, *b = pb;

	return (a->first > b->first) - (a->first < b->first);
}

/* By place: keys are in no order, and each look at a record elsewhere in a long
 * strand unpacks what stands around it. */
static void groups_assign(struct group *g, struct cluster *c,
			  const struct both *both, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct both *o = &both[i];

		group_assign(g, c, g->item.at + o->from,
			     (uint32_t)(o->far - o->from), g->item.at + o->far,
			     (uint32_t)(o->end - o->far));
	}
}

static void match_by_key(struct group *g, struct cluster *c)
{
	struct VEC(struct both) both = { 0 };
	size_t a = 0;

	if (g->item.n)
		qsort(g->item.at, g->item.n, sizeof *g->item.at, item_cmp);
	while (a < g->item.n) {
		const struct item *at = g->item.at;
		size_t b = a, mid;

		while (b < g->item.n && at[b].key == at[a].key && !at[b].far)
			b++;
		mid = b;
		while (b < g->item.n && at[b].key == at[a].key)
			b++;
		if (mid > a && b > mid)
			*VEC_PUSH(&both) = (struct both){ at[a].idx, a, mid,
							  b };
		a = b;
	}
	if (both.n)
		qsort(both.at, both.n, sizeof *both.at, by_first);
	groups_assign(g, c, both.at, both.n);
	VEC_FREE(&both);
}

static bool any_left(const uint8_t *is, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (!is[i])
			return true;
	return false;
}

void copies_match(struct hop *h)
{
	struct group g = { .h = h, .sort = KEY_SAME };
	struct cluster *c;

	if (!any_left(h->near_is, h->near->n))
		return;
	c = mem_alloc(sizeof *c);
	collect(&g);
	match_by_key(&g, c);
	if (h->tcp && any_left(h->far_is, h->far->n)) {
		collect_resized(&g);
		match_by_key(&g, c);
	}
	VEC_FREE(&g.item);
	free(c);
}

/* --- duplicates --- */

/* Has far record @j an IP ID of its own, or do others beside it have the same,
 * as hosts send it that write one into all? */
static bool has_own_id(const struct hop *h, uint32_t j)
{
	struct record y = *strand_at(h->far, j);
	uint32_t k = j > IDS_LOOK ? j - IDS_LOOK : 0;

	for (; k < h->far->n && k <= j + IDS_LOOK; k++) {
		const struct record *a = strand_at(h->far, k);

		if (a->ip_id == y.ip_id &&
		    (a->seq64 != y.seq64 || a->ack64 != y.ack64))
			return false;
	}
	return true;
}

/* @own_id: has_own_id() of @b. */
static bool repeats(const struct hop *h, const struct record *a,
		    const struct record *b, bool own_id)
{
	int64_t gap = time_sub(b->time_ns, a->time_ns);
	bool ts = a->opts & b->opts & REC_OPT_TS;

	if (a->seq64 != b->seq64 && h->tcp)
		return false;
	if (!record_content_agrees(a, b) || a->tcp_flags != b->tcp_flags ||
	    a->ack64 != b->ack64 || a->n_sack != b->n_sack ||
	    a->window != b->window || (ts && a->tsval != b->tsval) ||
	    (a->n_sack && a->sack[0][1] != b->sack[0][1]) ||
	    a->frag_off != b->frag_off || a->icmp_type != b->icmp_type)
		return false;
	if (a->ip_id != b->ip_id)
		return false;
	if (h->use_id && own_id && hop_id_tells(a))
		return true;
	if (ts && a->pay_len)
		return true; /* a retransmission has another TSval */
	return hop_twice(h, gap);
}

static bool is_twin(const struct hop *h, uint32_t k, const struct record *y,
		    bool own_id)
{
	return (h->far_is[k] & LINKED) && h->near_of[k] != LINK_NONE &&
	       repeats(h, strand_at(h->far, k), y, own_id);
}

/* May a copy that the network made of far record @k have come at @t_ns, before
 * it?  Not long before, as one that the near point missed does, and not before
 * the packet left. */
static bool comes_beside(const struct hop *h, uint32_t k, int64_t t_ns)
{
	int64_t gap = time_sub(strand_at(h->far, k)->time_ns, t_ns);
	int64_t f = hop_f_bounded(
		time_sub(t_ns, strand_at(h->near, h->near_of[k])->time_ns));

	return gap <= 3 * (h->dev + h->tick) + MS && hop_may_take(h, f);
}

/* Far record @j's twin, linked: before it, or else after it, as of two equal
 * ones that were cut out of a larger packet any may be taken for it.  LINK_NONE
 * where there is none. */
static uint32_t twin_of(const struct hop *h, uint32_t j)
{
	struct record y = *strand_at(h->far, j);
	bool own_id = has_own_id(h, j);
	uint32_t k, left;

	for (k = j, left = DUP_RECORDS; k-- > 0 && left-- > 0;) {
		if (time_sub(y.time_ns, strand_at(h->far, k)->time_ns) > DUP_NS)
			break;
		if (is_twin(h, k, &y, own_id))
			return k;
	}
	for (k = j + 1, left = DUP_AFTER; k < h->far->n && left-- > 0; k++)
		if (is_twin(h, k, &y, own_id) && comes_beside(h, k, y.time_ns))
			return k;
	return LINK_NONE;
}

void copies_mark_duplicates(struct hop *h)
{
	for (uint32_t j = 0; j < h->far->n; j++) {
		uint32_t k;

		if (h->far_is[j])
			continue;
		k = twin_of(h, j);
		if (k == LINK_NONE)
			continue;
		h->far_is[j] |= LINK_DUP;
		h->near_of[j] = h->near_of[k];
		h->near_is[h->near_of[k]] |= LINK_DUP;
	}
}
