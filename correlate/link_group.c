/* The same bytes in other records: split or merged by offload.
 *
 * link_group() adds records at the side that is behind until both end at the same
 * byte.  Without time stamps only what follows closely counts: a later copy of a
 * lost piece may fit as well.
 *
 * What is retransmitted in other pieces makes up the same bytes, too, within the
 * same tick of its time stamps (after an ICMP error that names an MTU Linux even
 * keeps the stamp).  So has_twin() looks whether one of both has its like beside.  The
 * next router's error is there so soon that not even time tells the two apart: then
 * it has to be the only like, and what follows has to have one, too: the rest of what
 * was cut has none.  Where the copy is larger than a segment, too, and cut itself, the bit
 * that pushes tells whose pieces these are.
 */
#include "correlate/link_int.h"

#include "base/seq.h"

/* Do the headers distinguish @x and @y, which begin alike, from other copies? A
 * split or merged record has the ID of its first piece. */
static bool tells_starts(const struct hop *h, const struct record *x,
			 const struct record *y)
{
	if (h->use_ts && (x->opts & y->opts & REC_OPT_TS))
		return true;
	return h->use_id && x->ip_id == y->ip_id && hop_id_tells(x);
}

static bool is_twin(const struct hop *h, const struct record *x,
		    const struct record *y, bool by_id)
{
	return link_agree(h, x, y) &&
	       (by_id || link_in_pace(h, hop_f(x, y), false));
}

bool link_like_beside(const struct hop *h, uint32_t i, uint32_t j, bool by_id)
{
	struct record x = *strand_at(h->near, i), y = *strand_at(h->far, j);

	for (uint32_t k = 1; k <= LINK_NEAR; k++)
		if ((i + k < h->near->n &&
		     is_twin(h, strand_at(h->near, i + k), &y, by_id)) ||
		    (j + k < h->far->n &&
		     is_twin(h, &x, strand_at(h->far, j + k), by_id)))
			return true;
	return false;
}

/* How many records of @s within LINK_NEAR of @at are copies of @r, which is the other
 * point's (@of_near: the near one's)? */
static int like_beside(const struct hop *h, struct strand *s, uint32_t at,
		       const struct record *r, bool of_near)
{
	uint32_t k = at > LINK_NEAR ? at - LINK_NEAR : 0;
	int n = 0;

	for (; k < s->n && k <= at + LINK_NEAR; k++) {
		const struct record *o = strand_at(s, k);

		n += o->pay_len == r->pay_len &&
		     (of_near ? is_twin(h, r, o, false)
			      : is_twin(h, o, r, false));
	}
	return n;
}

/* Was near record @i cut, and begins with far record @j?  Then what goes on there, up
 * to the end of @i, was not sent as it is: the near point has none like it. */
static bool goes_on_cut(const struct hop *h, uint32_t i, uint32_t j)
{
	struct record x = *strand_at(h->near, i), y = *strand_at(h->far, j);
	uint32_t end = (uint32_t)x.seq64 + x.pay_len + h->delta;
	uint32_t next = (uint32_t)y.seq64 + y.pay_len;

	for (uint32_t k = 1; k <= LINK_NEAR && j + k < h->far->n; k++) {
		y = *strand_at(h->far, j + k);
		if (y.pay_len && (uint32_t)y.seq64 == next &&
		    seq_diff(next + y.pay_len, end) <= 0)
			return !like_beside(h, h->near, i, &y, false);
	}
	return false;
}

/* The same where both come in time: what is sent again in other pieces at once.  Has one
 * of the two its like beside, which has no other?  What was cut or merged as well as
 * sent again has two. */
static bool has_only_twin(const struct hop *h, uint32_t i, uint32_t j)
{
	struct record x = *strand_at(h->near, i), y = *strand_at(h->far, j), o;

	for (uint32_t k = 1; k <= LINK_NEAR; k++) {
		if (i + k < h->near->n &&
		    strand_at(h->near, i + k)->pay_len == y.pay_len) {
			o = *strand_at(h->near, i + k);
			if (is_twin(h, &o, &y, false) &&
			    like_beside(h, h->far, j, &o, true) == 1 &&
			    !goes_on_cut(h, i, j))
				return true;
		}
		if (j + k < h->far->n &&
		    strand_at(h->far, j + k)->pay_len == x.pay_len) {
			o = *strand_at(h->far, j + k);
			if (is_twin(h, &x, &o, false) &&
			    like_beside(h, h->near, i, &o, false) == 1)
				return true;
		}
	}
	return false;
}

/* Does the near point have a record behind @i that ends at @end (the far point's number)
 * and pushes? */
static bool pushes_at(const struct hop *h, uint32_t i, uint32_t end)
{
	for (uint32_t k = i + 1; k < h->near->n && k <= i + LINK_NEAR; k++) {
		const struct record *o = strand_at(h->near, k);

		if (o->pay_len && o->tcp_flags & REC_PSH &&
		    (uint32_t)o->seq64 + o->pay_len + h->delta == end)
			return true;
	}
	return false;
}

/* Was near record @i cut into far records from @j on, of which one before the last
 * pushes?  A card that cuts pushes with the last piece only, so it is a piece of what
 * was sent again, if that ends there and pushes. */
static bool is_cut_anew(const struct hop *h, uint32_t i, uint32_t j)
{
	struct record x = *strand_at(h->near, i);
	uint32_t next = (uint32_t)x.seq64 + h->delta;
	uint32_t end = next + x.pay_len;

	for (uint32_t k = j; k < h->far->n && k <= j + LINK_NEAR; k++) {
		struct record y = *strand_at(h->far, k);

		if (!y.pay_len || (uint32_t)y.seq64 != next)
			return false;
		next += y.pay_len;
		if (seq_diff(next, end) >= 0)
			return false;
		if (y.tcp_flags & REC_PSH && pushes_at(h, i, next))
			return true;
	}
	return false;
}

/* Far record @j is not what near record @i was cut or merged into, by its ID, or
 * where there is none by its time; and one of them has its like beside.  Without
 * either nothing tells, and the bytes are taken in order. */
static bool has_twin(const struct hop *h, uint32_t i, uint32_t j)
{
	struct record x = *strand_at(h->near, i), y = *strand_at(h->far, j);
	bool by_id = h->use_id && hop_id_tells(&x);

	if (!by_id && is_cut_anew(h, i, j))
		return true;
	if (by_id ? x.ip_id == y.ip_id : !h->paced)
		return false;
	if (!by_id && link_in_pace(h, hop_f(&x, &y), false))
		return has_only_twin(h, i, j);
	return link_like_beside(h, i, j, by_id);
}

static bool same_start(const struct hop *h, const struct record *x,
		       const struct record *y)
{
	return x->pay_len && y->pay_len &&
	       (uint32_t)y->seq64 - (uint32_t)x->seq64 == h->delta &&
	       !((x->tcp_flags | y->tcp_flags) & (REC_SYN | REC_RST)) &&
	       (uint32_t)y->ack64 - (uint32_t)x->ack64 == h->ack_delta &&
	       !(h->use_ts && (x->opts & y->opts & REC_OPT_TS) &&
		 y->tsval - x->tsval != h->ts_delta) &&
	       link_in_pace(h, hop_f(x, y), tells_starts(h, x, y));
}

bool link_group_begins(const struct hop *h, uint32_t i, uint32_t j)
{
	struct record x = *strand_at(h->near, i);

	return same_start(h, &x, strand_at(h->far, j)) && !has_twin(h, i, j);
}

static void group_link(struct hop *h, uint32_t i, uint32_t i2, uint32_t j,
		       uint32_t j2)
{
	uint32_t end = 0;

	for (uint32_t b = j; b < j2; b++) {
		h->near_of[b] = i;
		h->far_is[b] |= LINKED | LINK_RESEG;
	}
	/* far_of: the record that completes the near one's bytes */
	for (uint32_t a = i, b = j; a < i2; a++) {
		const struct record *x = strand_at(h->near, a);

		end = (uint32_t)x->seq64 + x->pay_len + h->delta;
		while (b + 1 < j2) {
			const struct record *y = strand_at(h->far, b);

			if (seq_diff((uint32_t)y->seq64 + y->pay_len, end) >= 0)
				break;
			b++;
		}
		h->far_of[a] = b;
		h->near_of[b] = a;
		h->near_is[a] |= LINKED | LINK_RESEG;
	}
}

/* Do pieces of one record follow each other so closely?  A later copy of a lost
 * piece comes a round trip later. */
static bool close_by(const struct hop *h, int64_t gap)
{
	return gap <= 8 * h->dev + h->tick + LINK_MS;
}

/* Far record @b comes @gap after the piece before it.  Is it no piece, but one that
 * left alone a little later, as the piece itself was lost? */
static bool is_sent_alone(const struct hop *h, uint32_t a, uint32_t b,
			  int64_t gap)
{
	struct record y;

	if (gap <= h->tick + LINK_MS)
		return false;
	y = *strand_at(h->far, b);
	for (uint32_t k = a + 1; k < h->near->n && k <= a + LINK_NEAR; k++)
		if (link_agree(h, strand_at(h->near, k), &y))
			return true;
	return false;
}

bool link_group(struct walk *w)
{
	struct hop *h = w->h;
	const struct record *x = strand_at(h->near, w->i);
	const struct record *y = strand_at(h->far, w->j);
	uint32_t a = w->i, b = w->j, x_end, y_end, x_ts = x->tsval;
	bool ts = x->opts & REC_OPT_TS, sure = h->use_ts && ts;
	int64_t before;

	if (!same_start(h, x, y) || x->pay_len == y->pay_len ||
	    has_twin(h, a, b))
		return false;
	x = strand_at(h->near, a); /* others were looked at */
	y = strand_at(h->far, b);
	x_end = (uint32_t)x->seq64 + x->pay_len + h->delta;
	y_end = (uint32_t)y->seq64 + y->pay_len;
	while (x_end != y_end) {
		if (seq_diff(x_end, y_end) < 0) {
			if (++a >= h->near->n)
				return false;
			before = x->time_ns;
			x = strand_at(h->near, a);
			if ((!sure &&
			     !close_by(h, time_sub(x->time_ns, before))) ||
			    (uint32_t)x->seq64 + h->delta != x_end ||
			    !x->pay_len || (ts && x->tsval != x_ts))
				return false;
			x_end += x->pay_len;
		} else {
			if (++b >= h->far->n)
				return false;
			before = y->time_ns;
			y = strand_at(h->far, b);
			if ((!sure &&
			     !close_by(h, time_sub(y->time_ns, before))) ||
			    (uint32_t)y->seq64 != y_end || !y->pay_len ||
			    (h->use_ts && ts && (y->opts & REC_OPT_TS) &&
			     y->tsval != x_ts + h->ts_delta) ||
			    is_sent_alone(h, a, b,
					  time_sub(y->time_ns, before)))
				return false;
			y_end += y->pay_len;
			x = strand_at(h->near, a); /* as above */
		}
	}
	link_pace_add(h, hop_f(x, y));
	group_link(h, w->i, a + 1, w->j, b + 1);
	w->i = a + 1;
	w->j = b + 1;
	return true;
}
