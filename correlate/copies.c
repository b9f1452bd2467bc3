/* Which copy is which: records that the lock step left unlinked.
 *
 * Left-over records are grouped by what every copy of one packet shares (place
 * in the stream, length, flags; for pure ACKs what they acknowledge; for
 * datagrams content).  A group is nearly always one record at each end, or one
 * at one end only.  If there are more, what else distinguishes copies assigns them
 * to each other (copies_assign.c).
 *
 * Then come those of one place whose lengths differ, by padding or by a trailer that
 * a device included in the length (correlate/trailer.h), if several have a trailer
 * of that length.
 *
 * The lock step may have linked records that agree in everything with each other's
 * twins.  If one of these is left over, they are taken into the group again
 * (copies_reopen.c).
 *
 * A datagram that a device held for long is too late for that.  If its content is
 * at each end only once, it is linked anyway (match_sole()).
 *
 * Cost: O(L log L) for L left-over records; if some of one content are left over at
 * both ends, a pass over the strands, too.
 */
#include "correlate/copies_int.h"

#include <stdlib.h>

/* --- keys --- */
static uint64_t mix64(uint64_t k, uint64_t v)
{
	k = (k ^ v) * 0x9e3779b97f4a7c15ull;
	return k ^ k >> 29;
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

uint64_t copies_key(const struct group *g, const struct record *r, bool far)
{
	uint64_t k;

	if (g->h->tcp)
		return key_tcp(g, r, far);
	k = mix64((uint64_t)r->window << 48 | (uint64_t)r->icmp_type << 32 |
			  r->frag_off,
		  r->pay_len);
	return g->heads && r->pay_len ? mix64(k, r->head_digest) : k;
}

/* --- collecting --- */
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

	strand_keep(s, i); /* the following steps look at these */
	if (g->h->tcp) {
		g->sort = KEY_RESIZED;
		x.resized = copies_key(g, strand_at(s, i), far);
		x.trailer = (uint16_t)trailer_of(s, i);
	}
	g->sort = KEY_SAME;
	x.key = copies_key(g, strand_at(s, i), far);
	*VEC_PUSH(&g->item) = x;
}

/* All that is left over.  A near record is taken once no other can open it
 * again, so that long strands are read once. */
static void collect(struct group *g)
{
	struct hop *h = g->h;
	uint64_t n = h->near->n;

	find_heads(g);
	for (uint32_t j = 0; j < h->far->n; j++)
		if (!h->far_is[j] &&
		    !(h->use_id && hop_id_tells(strand_at(h->far, j))))
			reopen_twins(g, j, true);
	for (uint64_t ahead = 0; ahead < n + TWINS; ahead++) {
		uint32_t k = (uint32_t)ahead, i = k - TWINS, before;

		if (ahead < n && !h->near_is[k] &&
		    !(h->use_id && hop_id_tells(strand_at(h->near, k)))) {
			reopen_twins(g, k, false);
			before = reopen_previous(g, k);
			if (before != LINK_NONE && (uint64_t)before + TWINS < k)
				take(g, h->near, before, false);
		}
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

struct both { /* a group with records at both ends: items @from to before
	       * @far near ones, to before @end far ones */
	uint32_t first; /* its first near record */
	size_t from, far, end;
	bool later; /* others come first */
};

static int by_first(const void *pa, const void *pb)
{
	const struct both *a = pa, *b = pb;

	return (a->first > b->first) - (a->first < b->first);
}

/* Of one pair: is the far one so late that it may have been sent again, when the near
 * capture missed it?  Others tell more of that once they are linked. */
static bool comes_late(const struct group *g, const struct both *o)
{
	const struct hop *h = g->h;
	uint32_t i = g->item.at[o->from].idx;
	struct record x = *strand_at(h->near, i);
	int64_t pace, dev, f;

	f = hop_f(&x, strand_at(h->far, g->item.at[o->far].idx));
	return h->tcp && hop_pace_at(h, i, &pace, &dev) &&
	       time_sub(f, pace) > AGAIN_LEAST;
}

/* First what has no rival: of the others these tell who overtook whom, and how long
 * packets took.  By place, not by key: each look at a distant record of a long strand
 * unpacks those around it. */
static void groups_assign(struct group *g, struct cluster *c, struct both *both,
			  size_t n)
{
	for (size_t k = 0; k < n; k++)
		both[k].later = both[k].end - both[k].from > 2 ||
				comes_late(g, &both[k]);
	for (size_t k = 0; k < 2 * n; k++) {
		const struct both *o = &both[k % n];

		if (o->later != (k >= n))
			continue;
		group_assign(g, c, g->item.at + o->from,
			     (uint32_t)(o->far - o->from), g->item.at + o->far,
			     (uint32_t)(o->end - o->far));
	}
}

/* Of the far strand, all that lies between its first and last linked record. */
static void find_shared(struct group *g)
{
	const struct hop *h = g->h;
	uint32_t n = h->far->n;

	g->from = 0;
	while (g->from < n && !h->far_is[g->from])
		g->from++;
	while (n > g->from && !h->far_is[n - 1])
		n--;
	g->to = n;
}

/* Does the near point have no record for far @j because its capture missed it?  Data
 * that is cut differently has other records there, and so has what the network doubled. */
static bool tells_miss(struct group *g, uint32_t j)
{
	return j >= g->from && j < g->to && !copies_repeat(g->h, j) &&
	       copies_of_bytes(g, j, 0) == LINK_NONE;
}

static void match_by_key(struct group *g, struct cluster *c)
{
	struct VEC(struct both) both = { 0 };
	uint32_t missed = 0;
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
			*VEC_PUSH(&both) = (struct both){ .first = at[a].idx,
							  .from = a,
							  .far = mid,
							  .end = b };
		for (size_t k = a; k < b && mid == a; k++)
			missed += tells_miss(g, at[k].idx);
		a = b;
	}
	if (both.n)
		qsort(both.at, both.n, sizeof *both.at, by_first);
	group_skips(g, missed);
	groups_assign(g, c, both.at, both.n);
	VEC_FREE(&both);
}

/* --- datagrams whose content is unique --- */

struct sole { /* one near and one far record left over, of one content */
	uint64_t key;
	uint32_t near, far; /* in h->near, h->far */
	uint32_t n[2];      /* records of this content at each end */
};

static int sole_cmp(const void *pkey, const void *psole)
{
	uint64_t key = *(const uint64_t *)pkey;
	const struct sole *s = psole;

	return (key > s->key) - (key < s->key);
}

static void count_keys(const struct group *g, struct strand *s, bool far,
		       struct sole *sole, size_t n)
{
	for (uint32_t i = 0; i < s->n; i++) {
		uint64_t key = copies_key(g, strand_at(s, i), far);
		struct sole *x = bsearch(&key, sole, n, sizeof *sole, sole_cmp);

		if (x)
			x->n[far]++;
	}
}

static bool was_held(const struct group *g, const struct sole *s)
{
	const struct hop *h = g->h;
	struct record x = *strand_at(h->near, s->near);
	const struct record *y = strand_at(h->far, s->far);
	int64_t f = hop_f(&x, y), pace, dev, late;

	if (!x.pay_len || !record_content_agrees(&x, y) ||
	    !hop_may_take(h, f) || (h->use_id && x.ip_id != y->ip_id) ||
	    !hop_pace_at(h, s->near, &pace, &dev))
		return false;
	late = time_sub(f, pace);
	return late >= 0 && late < HELD_MOST;
}

/* Links left-over datagrams whose content is at each end once.  If these were two
 * packets, one was lost and the near capture missed the other, within a moment:
 * that is unlikely. */
static void match_sole(struct group *g)
{
	struct hop *h = g->h;
	struct VEC(struct sole) sole = { 0 };
	const struct item *at = g->item.at;

	/* in order of keys, near ones first */
	for (size_t i = 0; g->heads && i + 1 < g->item.n; i++)
		if (at[i].key == at[i + 1].key && !at[i].far && at[i + 1].far &&
		    !h->near_is[at[i].idx] && !h->far_is[at[i + 1].idx])
			*VEC_PUSH(
				&sole) = (struct sole){ .key = at[i].key,
							.near = at[i].idx,
							.far = at[i + 1].idx };
	if (sole.n) {
		count_keys(g, h->near, false, sole.at, sole.n);
		count_keys(g, h->far, true, sole.at, sole.n);
	}
	for (size_t i = 0; i < sole.n; i++) {
		const struct sole *x = &sole.at[i];

		if (x->n[0] == 1 && x->n[1] == 1 && was_held(g, x))
			hop_link(h, x->near, x->far);
	}
	VEC_FREE(&sole);
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

	if (!any_left(h->near_is, h->near->n) &&
	    !any_left(h->far_is, h->far->n))
		return;
	c = cluster_new();
	find_shared(&g);
	collect(&g);
	match_by_key(&g, c);
	if (!h->tcp)
		match_sole(&g);
	if (h->tcp && any_left(h->far_is, h->far->n)) {
		collect_resized(&g);
		match_by_key(&g, c);
	}
	VEC_FREE(&g.item);
	recopy_release(&g.copies);
	free(c);
}
