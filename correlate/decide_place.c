/* Where was a packet lost that is proven to be lost?
 *
 * A hole in the receiver's acknowledgements, or its silence, proves that a packet
 * did not reach the receiver.  That it was lost before the far point follows from
 * the far capture, which does not have it.  But a capture that misses packets may
 * have missed this one, and then it was lost beyond.  All sessions together show
 * how likely that is (correlate/astray.c): if it is not unlikely enough, the packet
 * is lost on this hop or beyond, and so undecided on this one.  The evidence still
 * counts it as lost: it is about how many packets are.
 *
 * Losses beyond the last point show there by copies: the bytes come again, so
 * what passed before did not arrive.
 *
 * Cost: O(1); a look at the acknowledgements for each copy at the last point.
 */
#include "correlate/decide_int.h"
#include "correlate/proof.h"

#define REACTION 100000000ll /* ns in which a receiver answers */

struct verdict decide_place(const struct chain *c, size_t k, uint32_t i,
			    struct verdict v)
{
	const struct hop *h = &c->hop[k];
	size_t from = (size_t)h->near->pos - 1, to = (size_t)h->far->pos - 1;
	bool syn = strand_at(h->near, i)->tcp_flags & REC_SYN;

	if (v.fate != FATE_LOST ||
	    (v.reason != WHY_HOLE && v.reason != WHY_NO_REACTION))
		return v;
	v.proven = true;
	if (!(c->s->loss[from * c->env->n_points + to] & answer_astray(syn)))
		return v;
	v.fate = FATE_UNDECIDED;
	v.basis = BASIS_NONE;
	v.reason = WHY_LOST_HERE_OR_BEHIND;
	return v;
}

bool decide_lost_beyond(struct chain *c, uint32_t j)
{
	size_t at = c->n - 1;
	struct strand *s = c->strand[at], *acks = chain_opposite(c, s);
	const struct record *y = strand_at(s, j);
	uint64_t from = y->seq64, to = from + rec_seq_len(y);
	struct proof_view v = { .acks = acks,
				.until_ns = y->time_ns,
				.again_ns = INT64_MAX,
				.opens = y->tcp_flags & REC_SYN };
	uint32_t i;
	struct proof p;

	if (to == from || !acks->n || (y->tcp_flags & REC_RST))
		return false;
	i = recopy_previous(chain_copies(c, at), j, from, to);
	if (i == UINT32_MAX)
		return false;
	v.from_ns = strand_time(s, i);
	v.settled_ns = time_add(v.from_ns, REACTION);
	p = proof_look(&v, (uint32_t)from, (uint32_t)to);
	return p.verdict == PROOF_HOLE || p.verdict == PROOF_SILENCE;
}
