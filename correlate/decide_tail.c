/* Did one of a direction's last packets arrive, although the far capture has none of
 * them?
 *
 * Nothing acknowledges a pure ACK or a reset, and of the last ones nothing that
 * follows shows what became of them.  But if they acknowledge data that nothing
 * before them did, and none arrives, its sender sends that again, from its timeout
 * on and ever later (RFC 6298, 5).  Where the near capture, by which such copies
 * pass, goes on for ASKS_NS and has none of them, nor has the far one, one of these
 * packets arrived: the far capture may have been deaf from then on, and absence is
 * no proof of a loss.
 * Which of them arrived is not known, so none is told to be unseen either.
 *
 * A sender that resets forgets what it had to send again, so that its silence shows
 * nothing.  If there is data among the last packets, that shows better what became of
 * them: where it is sent again in vain, the path may be dead both ways.
 *
 * Cost: TAIL_LOOK records of each direction; only of what is absent at the end.
 */
#include "correlate/decide_int.h"

#define ASKS_NS 3000000000ll /* a first timeout of a second, and one more */
#define TAIL_LOOK 256

/* Nothing that is acknowledged in turn, or sent again. */
static bool is_bare(const struct record *r)
{
	return r->tcp_flags & REC_RST || !rec_seq_len(r);
}

/* The highest number that the last packets acknowledge, and that of the one before
 * them, which the far point has: @i is one of the last.  Return: both are known, and
 * there is no data among them. */
static bool acked_by(const struct hop *h, uint32_t i, uint64_t *last,
		     uint64_t *before)
{
	uint32_t n = 0;

	*last = 0;
	for (uint32_t k = i; k < h->near->n; k++) {
		const struct record *r = strand_at(h->near, k);

		if (n++ == TAIL_LOOK || !is_bare(r))
			return false;
		if (r->tcp_flags & REC_ACK && r->ack64 > *last)
			*last = r->ack64;
	}
	while (i > 0 && n++ < TAIL_LOOK) {
		const struct record *r = strand_at(h->near, --i);

		if (h->near_is[i] & LINKED) {
			*before = r->ack64;
			return r->tcp_flags & REC_ACK;
		}
		if (!is_bare(r))
			return false;
	}
	return false;
}

/* Does @data's sender send nothing again from @t on, of what came before @top, nor
 * reset? */
static bool is_content(struct strand *data, int64_t t, uint32_t top)
{
	for (uint32_t j = strand_find(data, t), n = 0; j < data->n; j++, n++) {
		const struct record *r = strand_at(data, j);
		uint32_t len = rec_seq_len(r);

		if (n == TAIL_LOOK || r->tcp_flags & REC_RST ||
		    (len && seq_diff((uint32_t)r->seq64, top) < 0))
			return false;
		top = len ? (uint32_t)r->seq64 + len : top;
	}
	return true;
}

bool decide_tail_taken(const struct chain *c, size_t k, uint32_t i,
		       const struct arrival *at)
{
	const struct hop *h = &c->hop[k];
	struct strand *data = chain_opposite(c, h->near);
	int64_t t = strand_time(h->near, i), until = time_add(t, ASKS_NS);
	uint64_t last, before;
	uint32_t top;

	if (!h->tcp || !at->known || !data->n || h->near_until < until ||
	    watch_hides(&c->env->watch[h->near->pos - 1], t, until) !=
		    WHY_NONE ||
	    !acked_by(h, i, &last, &before) || last <= before)
		return false;
	top = (uint32_t)strand_at(h->near, i)->ack64;
	return is_content(data, t, top) &&
	       is_content(chain_opposite(c, h->far), at->low,
			  top + h->ack_delta);
}
