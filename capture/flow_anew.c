/* Incarnations: whether a packet begins a new part of its key.
 *
 *   TCP        a SYN that does not belong (syn_belongs());
 *              FLOW_IDLE_NS of silence and then a sequence or acknowledgement
 *              number more than SEQ_JUMP away;
 *              FLOW_FORGET_NS of silence, whatever the numbers (FLOW_IDLE_NS
 *              after FIN both ways or RST): correlate/ stitches parts whose
 *              numbers continue;
 *   others     FLOW_IDLE_NS of silence.
 *
 * A reset may cross the SYN of the next connection from the same port.  One that
 * goes on from the numbers of the part before, while the new one has nothing of
 * that side and is not what it acknowledges (RFC 9293 3.10.7.3), is the old one's.
 *
 * References: RFC 9293 3.5, 3.10 (SYN in odd states), RFC 1982.
 */
#include "capture/flow_int.h"

#define SEQ_JUMP (1u << 24)
#define SYN_NEAR (1u << 16) /* data that may come with a SYN or right after */

static bool within(uint32_t a, uint32_t b, uint32_t distance)
{
	return a - b <= distance || b - a <= distance;
}

/* A SYN,ACK belongs to what it acknowledges. */
static bool syn_ack_belongs(const struct side *s, const struct side *far,
			    const struct record *r)
{
	uint32_t ack = (uint32_t)r->ack64;

	if (s->data_packets || s->fin)
		return false;
	if (far->syn) /* even after a refusal: the SYN was repeated */
		return ack - far->isn - 1 <= SYN_NEAR;
	if (s->rst)
		return false;
	return !far->accepted || within(ack, (uint32_t)far->ref, SYN_NEAR);
}

/* Whether a SYN belongs to this part: a retransmission, one captured after what
 * followed it, the answer to the other side's, or a simultaneous open. */
static bool syn_belongs(const struct live *f, const struct side *s,
			const struct side *far, const struct record *r)
{
	uint32_t isn = (uint32_t)r->seq64;

	if (s->syn && s->isn == isn)
		return true;
	if (!s->syn && s->accepted && (uint32_t)s->seq_first - isn == 1)
		return true;
	if (r->tcp_flags & REC_ACK)
		return syn_ack_belongs(s, far, r);
	if (s->packets || flow_closed(f) || far->data_packets)
		return false;
	return !s->placed || (uint32_t)s->ref - isn <= SYN_NEAR;
}

static bool jumped(const struct side *s, const struct side *far,
		   const struct record *r)
{
	if (r->tcp_flags & REC_RST)
		return false;
	if (s->placed &&
	    !within((uint32_t)r->seq64, (uint32_t)s->ref, SEQ_JUMP))
		return true;
	return r->tcp_flags & REC_ACK && far->placed &&
	       !within((uint32_t)r->ack64, (uint32_t)far->ref, SEQ_JUMP);
}

bool flow_begins_anew(const struct live *f, unsigned dir,
		      const struct packet *p)
{
	const struct record *r = &p->rec;
	const struct side *s = &f->side[dir], *far = &f->side[!dir];
	int64_t silence = r->time_ns > f->last_ns
				  ? flow_apart(r->time_ns, f->last_ns)
				  : 0;

	if (silence > list_idle((enum list)f->list))
		return true;
	if (!flow_has_sequence(p))
		return false;
	if (r->tcp_flags & REC_SYN)
		return !syn_belongs(f, s, far, r);
	return silence > FLOW_IDLE_NS && jumped(s, far, r);
}

bool flow_is_late(const struct flowtab *t, const struct ahead *a,
		  const struct live *f, const struct packet *p)
{
	const struct record *r = &p->rec;
	const struct side *s = &f->side[flow_dir(f, a->from_low)];
	const struct side *far = &f->side[flow_dir(f, !a->from_low)];
	const struct ghost *last;

	if (p->key.proto != IPPROTO_TCP || !flow_has_sequence(p) ||
	    !f->incarnation || s->accepted || !far->syn)
		return false;
	if (r->tcp_flags & REC_ACK &&
	    (uint32_t)r->ack64 - far->isn - 1 <= SYN_NEAR)
		return false;
	last = ghost_find(&t->ghosts, a->hash);
	return last && last->next[!a->from_low] &&
	       within((uint32_t)r->seq64, last->next[!a->from_low], SYN_NEAR);
}
