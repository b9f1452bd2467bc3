/* Packets that arrive twice: far records that repeat a linked one.
 *
 * A duplicate made by the network is the same in every field, including IP ID
 * and time stamp, and comes next to the first; a retransmission has different
 * ones, or comes a round trip later.  If a host writes one ID into all packets
 * the ID proves nothing.  If a device after the duplication rewrites IDs, those
 * of the duplicates differ; but no host sends the same data twice within so
 * short a time. It may well send equal pure ACKs: these are left undecided
 * then, as the near point may have missed one.  So it does datagrams, at a pace of its
 * own: those of a stream of equal ones are none, unless they are far closer than that.
 *
 * The first may have arrived in a larger record, as receivers merge segments:
 * then its fields are those of the near record.
 *
 * Cost: up to DUP_RECORDS records back within DUP_NS, for each far record that
 * is not linked.
 */
#include "correlate/hop.h"

#define DUP_RECORDS 256   /* far records back, to find a duplicate's twin */
#define DUP_NS 1000000000 /* and time */
#define DUP_AFTER 16      /* and on */
#define TWICE_LOOK 64     /* near records on each side of a merged one */
#define IDS_LOOK 8        /* far records on each side whose IDs are compared */
#define PACED 4           /* this part of a sender's pace is too close for it */
#define MS 1000000

/* Does far record @j have an IP ID of its own, or do its neighbours have the
 * same, as from hosts that write one into all? */
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
		return h->new_ids && rec_seq_len(a) && hop_twice(h, gap);
	if (h->use_id && own_id && hop_id_tells(a))
		return true;
	if (ts && a->pay_len)
		return true; /* a retransmission has another TSval */
	return hop_twice(h, gap);
}

/* Does the sender send datagrams like its record @i at such a pace that two of them
 * come @gap apart? */
static bool is_paced(const struct hop *h, uint32_t i, uint64_t gap)
{
	struct record x = *strand_at(h->near, i);

	for (uint32_t k = i ? i - 1 : i + 1; k < h->near->n && k <= i + 1;
	     k += 2) {
		const struct record *z = strand_at(h->near, k);

		if (z->ip_id == x.ip_id && record_content_agrees(z, &x) &&
		    time_apart(z->time_ns, x.time_ns) / PACED <= gap)
			return true;
	}
	return false;
}

static bool is_twin(const struct hop *h, uint32_t k, const struct record *y,
		    bool own_id)
{
	struct record a;

	if (!(h->far_is[k] & LINKED) || h->near_of[k] == LINK_NONE)
		return false;
	a = *strand_at(h->far, k);
	return repeats(h, &a, y, own_id) &&
	       (h->tcp ||
		!is_paced(h, h->near_of[k], time_apart(a.time_ns, y->time_ns)));
}

/* May a duplicate of far record @k, made by the network, have come at @t_ns,
 * before it?  Not long before, as one that the near point missed could, and not
 * before the packet left. */
static bool comes_beside(const struct hop *h, uint32_t k, int64_t t_ns)
{
	int64_t gap = time_sub(strand_time(h->far, k), t_ns);
	int64_t f = hop_f_bounded(
		time_sub(t_ns, strand_time(h->near, h->near_of[k])));

	return gap <= 3 * (h->dev + h->tick) + MS && hop_may_take(h, f);
}

/* Far record @j's linked twin: before it, or else after it, since either of two
 * equal ones cut from a larger packet may have been linked.  LINK_NONE if there
 * is none. */
static uint32_t twin_of(const struct hop *h, uint32_t j)
{
	struct record y = *strand_at(h->far, j);
	bool own_id = has_own_id(h, j);
	uint32_t k, left;

	for (k = j, left = DUP_RECORDS; k-- > 0 && left-- > 0;) {
		if (time_sub(y.time_ns, strand_time(h->far, k)) > DUP_NS)
			break;
		if (is_twin(h, k, &y, own_id))
			return k;
	}
	for (k = j + 1, left = DUP_AFTER; k < h->far->n && left-- > 0; k++)
		if (is_twin(h, k, &y, own_id) && comes_beside(h, k, y.time_ns))
			return k;
	return LINK_NONE;
}

/* Are all of @y's bytes among those of a larger record @a, sent when it was? */
static bool holds(const struct record *a, const struct record *y)
{
	return a->pay_len > y->pay_len && a->ack64 == y->ack64 &&
	       y->seq64 - a->seq64 <= a->pay_len - y->pay_len &&
	       (!(a->opts & y->opts & REC_OPT_TS) || a->tsval == y->tsval);
}

/* The near record, merged into far record @k, of which @y is a copy that the
 * network made; LINK_NONE. */
static uint32_t merged_in(const struct hop *h, uint32_t k,
			  const struct record *y, bool own_id)
{
	uint32_t mid = h->near_of[k];
	uint32_t i = mid > TWICE_LOOK ? mid - TWICE_LOOK : 0;
	int64_t gap = time_sub(y->time_ns, strand_at(h->far, k)->time_ns);

	for (; i < h->near->n && i < mid + TWICE_LOOK; i++) {
		const struct record *x = strand_at(h->near, i);

		if (!(h->near_is[i] & LINKED) || h->far_of[i] != k ||
		    x->pay_len != y->pay_len || x->tcp_flags != y->tcp_flags ||
		    !hop_same(h, x, y))
			continue;
		if ((h->use_id && own_id && hop_id_tells(x)) ||
		    (h->use_ts && (x->opts & y->opts & REC_OPT_TS)) ||
		    hop_twice(h, gap))
			return i;
	}
	return LINK_NONE;
}

/* Far record @j's twin came in a larger one, as receivers merge segments: the
 * near record that both are.  LINK_NONE where there is none. */
static uint32_t merged_twin_of(const struct hop *h, uint32_t j)
{
	struct record y = *strand_at(h->far, j);
	const uint8_t merged = LINKED | LINK_RESEG;
	uint32_t left = DUP_RECORDS, i = LINK_NONE;
	bool own_id;

	if (!h->tcp || h->relay || !y.pay_len)
		return LINK_NONE;
	own_id = has_own_id(h, j);
	for (uint32_t k = j; i == LINK_NONE && k-- > 0 && left-- > 0;) {
		const struct record *a = strand_at(h->far, k);

		if (time_sub(y.time_ns, a->time_ns) > DUP_NS)
			break;
		if ((h->far_is[k] & merged) == merged &&
		    h->near_of[k] != LINK_NONE && holds(a, &y))
			i = merged_in(h, k, &y, own_id);
	}
	return i;
}

bool copies_twice(const struct hop *h, uint32_t j, uint32_t k)
{
	struct record a = *strand_at(h->far, j);
	const struct record *b = strand_at(h->far, k);

	return h->tcp && rec_seq_len(&a) &&
	       hop_twice(h, time_sub(b->time_ns, a.time_ns)) &&
	       repeats(h, &a, b, false);
}

bool copies_repeat(const struct hop *h, uint32_t j)
{
	return twin_of(h, j) != LINK_NONE;
}

void copies_mark_duplicates(struct hop *h)
{
	for (uint32_t j = 0; j < h->far->n; j++) {
		uint32_t k, i;

		if (h->far_is[j])
			continue;
		k = twin_of(h, j);
		i = k == LINK_NONE ? merged_twin_of(h, j) : h->near_of[k];
		if (i == LINK_NONE)
			continue;
		h->far_is[j] |= LINK_DUP;
		h->near_of[j] = i;
		h->near_is[i] |= LINK_DUP;
	}
}
