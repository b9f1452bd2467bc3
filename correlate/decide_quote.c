/* What ICMP errors say of the packet that they quote.
 *
 * The sender of an error has discarded the packet: it got that far, and the error
 * returns on the packet's path.  If the far point saw the error, the packet had
 * passed it, and the capture missed it.  If only the near point saw it, the packet
 * was discarded on the hop.  A far capture that was listening does not miss both
 * (unless_deaf() of decide.c).
 *
 * An error comes soon, and refers to the last copy that had left by then.  At the
 * far point it may refer to another copy, which was seen there.  Then nothing is
 * said, and neither if a point beyond the far one saw an error about these bytes at
 * any time.  Pure ACKs and resets all look alike, so errors about them say nothing.
 *
 * Cost: nothing without errors; otherwise some bisections, QUOTES_LOOK errors and
 * COPIES_LOOK records.
 */
#include "correlate/decide_int.h"
#include "correlate/quotes.h"

#define SOON_NS 1000000000ll
#define COPIES_LOOK 64 /* records before an error */

struct quoted { /* what is looked for, in a strand's numbers */
	uint32_t seq, len, hdr;
};

/* Does strand @s have a record with the first of these bytes, to which an error that
 * comes until @t_ns may refer? */
static bool has_copy(struct strand *s, const struct quoted *q, int64_t t_ns)
{
	uint32_t j = strand_find(s, t_ns);

	for (uint32_t left = COPIES_LOOK; left && j; left--) {
		const struct record *r = strand_at(s, --j);
		uint32_t into = q->seq - (uint32_t)r->seq64;

		if (time_sub(t_ns, r->time_ns) > 2 * SOON_NS)
			return false;
		if (rec_seq_len(r) && into < rec_seq_len(r))
			return true;
	}
	return false;
}

static bool seen_behind(const struct chain *c, size_t k, struct quoted q)
{
	while ((k = chain_last_hop(c, c->leg[k].b)) < c->n_hops) {
		const struct hop *h = &c->hop[k];

		if (h->relay || h->unsure)
			return false;
		q.seq += hop_delta_at(h, q.seq);
		if (quotes_touch(h->far, q.seq, q.len))
			return true;
	}
	return false;
}

/* The far point, or one beyond it, saw the error. */
static struct verdict at_far(const struct chain *c, size_t k, struct quoted q,
			     const struct arrival *at)
{
	const struct hop *h = &c->hop[k];
	int64_t until = time_add(at->high, SOON_NS);

	q.seq += hop_delta_at(h, q.seq);
	if (at->known && h->far->n_quotes && !has_copy(h->far, &q, until) &&
	    quotes_cover(h->far, q.seq, q.len, q.hdr, at->low, until))
		return verdict_of(FATE_UNSEEN, BASIS_EFFECT, WHY_QUOTED);
	if (quotes_touch(h->far, q.seq, q.len) || seen_behind(c, k, q))
		return verdict_of(FATE_UNDECIDED, BASIS_NONE, WHY_COPY_UNKNOWN);
	return verdict_of(FATE_LOST, BASIS_NONE, WHY_NONE);
}

struct verdict decide_quoted(struct chain *c, size_t k, uint32_t i, uint64_t s,
			     uint32_t len, const struct arrival *at)
{
	const struct hop *h = &c->hop[k];
	const struct record *x = strand_at(h->near, i);
	struct quoted q = { (uint32_t)s, len, x->hdr_len };
	int64_t t = x->time_ns, until = time_add(t, SOON_NS);
	struct verdict v = at_far(c, k, q, at);
	uint32_t next;

	if (v.fate == FATE_UNSEEN)
		return v;
	next = h->near->n_quotes ? recopy_next(chain_copies(c, c->leg[k].a),
					       i + 1, s, s + (len ? len : 1))
				 : UINT32_MAX;
	if (next != UINT32_MAX && strand_time(h->near, next) < until)
		until = strand_time(h->near, next);
	if (v.fate == FATE_LOST &&
	    quotes_cover(h->near, q.seq, q.len, q.hdr, t, until))
		return verdict_of(FATE_LOST, BASIS_EFFECT, WHY_QUOTED);
	return verdict_of(FATE_UNDECIDED, BASIS_NONE, WHY_CAPTURE_MAY_MISS);
}
