/* Records of the far point that are linked to nothing, and may be what is missing there.
 *
 * Pure ACKs and datagrams that look alike are not always linked; a device may send a
 * SYN anew; a piece of a record that a card merged may come too late to pass for one;
 * and what was changed on the way may still have its IP ID.  Such a record is no
 * proof that the packet came.  But while it is there, absence is none that it was
 * lost.
 *
 * Cost: LIKES_LOOK records on each side of the expected arrival.
 */
#include "correlate/decide_int.h"

#include "base/seq.h"

#define LIKES_LOOK 64 /* records around, of which one may be it */
#define SYNS_LOOK 8

bool decide_has_unlinked(struct strand *far, const uint8_t *is,
			 const struct arrival *at,
			 bool (*is_it)(const void *ctx, const struct record *y),
			 const void *ctx)
{
	uint32_t mid = strand_find(far, at->mid);
	uint32_t j = mid > LIKES_LOOK ? mid - LIKES_LOOK : 0;

	for (; j < far->n && j < mid + LIKES_LOOK; j++) {
		const struct record *y;

		if (is[j] & (LINKED | LINK_DUP | LINK_AWAY))
			continue;
		y = strand_at(far, j);
		if (decide_comes_about(at, y->time_ns) && is_it(ctx, y))
			return true;
	}
	return false;
}

static bool is_like(const void *ctx, const struct record *y)
{
	const struct like *l = ctx;

	if (l->use_id && hop_id_tells(l->x) && hop_id_tells(y) &&
	    l->x->ip_id != y->ip_id)
		return false;
	if (l->is_ack)
		return !rec_seq_len(y) && (uint32_t)y->ack64 == l->ack &&
		       !((l->x->tcp_flags ^ y->tcp_flags) & REC_RST) &&
		       !hop_sacks_differ(l->h, l->x, y);
	return l->x->pay_len == y->pay_len && l->x->icmp_type == y->icmp_type &&
	       record_content_agrees(l->x, y);
}

bool decide_has_one_like(struct strand *far, const uint8_t *is,
			 const struct like *l, const struct arrival *at)
{
	return decide_has_unlinked(far, is, at, is_like, l);
}

/* Does @far have an unlinked SYN (@is) with the number @seq about then?  A device
 * that answers SYNs itself sends one of its own to the server, later and with
 * other options. */
static bool has_syn(struct strand *far, const uint8_t *is, uint32_t seq,
		    const struct arrival *at)
{
	for (uint32_t j = 0; j < far->n && j < SYNS_LOOK; j++) {
		const struct record *y = strand_at(far, j);

		if ((y->tcp_flags & REC_SYN) && (uint32_t)y->seq64 == seq &&
		    !(is[j] & (LINKED | LINK_DUP | LINK_AWAY)) &&
		    decide_comes_about(at, y->time_ns))
			return true;
	}
	return false;
}

/* Bytes of a near record that are missing. */
struct absent {
	const struct hop *h;
	struct record x;
	uint32_t off, len;
};

/* May @y, at the far point, have any of them?  Another time stamp says that it is
 * another copy, and so does another IP ID if the two are equally long: a piece has the
 * ID of its record or one that follows. */
static bool brings(const void *ctx, const struct record *y)
{
	const struct absent *g = ctx;
	const struct hop *h = g->h;
	const struct record *x = &g->x;
	uint32_t s = (uint32_t)x->seq64 + g->off;

	s += hop_delta_at(h, s);
	if (!y->pay_len || seq_diff((uint32_t)y->seq64, s + g->len) >= 0 ||
	    seq_diff(s, (uint32_t)y->seq64 + y->pay_len) >= 0)
		return false;
	if (h->use_ts && (x->opts & y->opts & REC_OPT_TS) &&
	    y->tsval - x->tsval != h->ts_delta)
		return false;
	return !(h->use_id && x->pay_len == y->pay_len && hop_id_tells(x) &&
		 hop_id_tells(y) && x->ip_id != y->ip_id);
}

static bool has_bytes(const struct hop *h, uint32_t i, uint32_t off,
		      uint32_t len, const struct arrival *at)
{
	struct absent g = {
		.h = h, .x = *strand_at(h->near, i), .off = off, .len = len
	};

	return decide_has_unlinked(h->far, h->far_is, at, brings, &g);
}

bool decide_has_like(const struct hop *h, uint32_t i, uint32_t off,
		     uint32_t len, const struct arrival *at)
{
	struct record x = *strand_at(h->near, i);

	struct like l = { .h = h,
			  .x = &x,
			  .is_ack = h->tcp,
			  .ack = (uint32_t)x.ack64 + h->ack_delta,
			  .use_id = h->use_id };

	if (!h->tcp)
		return decide_has_one_like(h->far, h->far_is, &l, at);
	if (x.tcp_flags & REC_SYN)
		return has_syn(h->far, h->far_is, (uint32_t)x.seq64 + h->delta,
			       at);
	if (len)
		return has_bytes(h, i, off, len, at);
	return !rec_seq_len(&x) &&
	       decide_has_one_like(h->far, h->far_is, &l, at);
}

static bool has_the_id(struct strand *s, uint32_t i, uint16_t id)
{
	const struct record *r = i < s->n ? strand_at(s, i) : NULL;

	return r && r->ip_id == id && !(r->marks & REC_FRAG);
}

/* Has record @i an ID that its neighbours have not?  Some hosts give all packets of
 * a connection the same, which tells nothing. */
static bool is_own_id(struct strand *s, uint32_t i)
{
	struct record x = *strand_at(s, i);

	return hop_id_tells(&x) && !((i && has_the_id(s, i - 1, x.ip_id)) ||
				     has_the_id(s, i + 1, x.ip_id));
}

/* It may be this packet, changed: cut into fragments, put together, or with TCP
 * numbers that a device shifts from some place in the stream on. */
bool decide_has_id(const struct hop *h, uint32_t i, const struct arrival *at)
{
	struct record x = *strand_at(h->near, i);
	uint32_t mid = strand_find(h->far, at->mid);
	uint32_t j = mid > LIKES_LOOK ? mid - LIKES_LOOK : 0;

	if (h->new_ids || !is_own_id(h->near, i))
		return false;
	for (; j < h->far->n && j < mid + LIKES_LOOK; j++) {
		const struct record *y;

		if (h->far_is[j] & (LINKED | LINK_DUP | LINK_AWAY))
			continue;
		y = strand_at(h->far, j);
		if (y->ip_id == x.ip_id && decide_comes_about(at, y->time_ns))
			return true;
	}
	return false;
}
