/* Packets in vain: see the header.
 *
 * A host that is there, and gets data, keep-alives or window probes, acknowledges
 * them, whatever its program does.  That some stay without is loss; that all do which
 * are sent again, over a second, is silence.
 */
#include "report/derive/vain.h"

#include "base/time.h"

void vain_begin(struct vain_count *x, const struct record *last)
{
	*x = (struct vain_count){ .una = last->ack64,
				  .top = last->ack64,
				  .heard = last->seq64 + rec_seq_len(last) };
}

bool vain_take(struct vain_count *x, const struct record *r)
{
	uint64_t end = r->seq64 + rec_seq_len(r);
	uint32_t bytes = r->hdr_len + r->pay_len;

	if (r->tcp_flags & REC_ACK && (int64_t)(r->ack64 - x->heard) > 0)
		return false;
	if (!rec_wants_ack(r, x->una))
		return true;
	if (!x->n++)
		x->from_ns = x->to_ns = r->time_ns;
	x->gap_ns = time_sub(r->time_ns, x->to_ns);
	x->to_ns = r->time_ns;
	if ((int64_t)(end - x->top) > 0) {
		x->top = end;
		x->data = true;
		return true;
	}
	x->again++;
	if (!x->least || bytes < x->least)
		x->least = bytes;
	return true;
}

bool vain_is(const struct vain_count *x)
{
	return x->n >= VAIN_LEAST && x->again >= VAIN_AGAIN &&
	       time_sub(x->to_ns, x->from_ns) >= VAIN_NS;
}
