/* Edited payload: from here on the numbers are shifted.
 *
 * A device that changes the length of what it passes on (an ALG: RFC 2663)
 * shifts all later numbers of the direction, and the acknowledgements of the
 * other one.  An edit is only believed if content shows it: the data behind it
 * is the same, at the new distance, and does not repeat itself.
 */
#include "correlate/link_int.h"

#include "base/seq.h"

#define EDIT_MOST 65536u

static uint32_t next_data(const struct strand *s, uint32_t i)
{
	for (uint32_t k = i + 1; k < s->n && k < i + 16; k++)
		if (strand_at(s, k)->pay_len)
			return k;
	return LINK_NONE;
}

/* Repetitive content (zeroes, patterns) says nothing about its place. */
static bool repetitive(const struct hop *h, const struct record *a,
		       const struct record *b, uint32_t moved)
{
	int32_t by = (int32_t)(moved - h->delta);

	if (a->pay_len && by % (int32_t)a->pay_len == 0)
		return true;
	return a != b && (a->marks & b->marks & REC_HEAD) &&
	       a->head_digest == b->head_digest;
}

/* Whether numbers moved by more than an edit does. */
static bool is_far(uint32_t now, uint32_t was)
{
	return now - was + EDIT_MOST > 2 * EDIT_MOST;
}

/* The numbers moved: @x and @y differ in place but not in content, and so do
 * the data after them, by the same distance. */
bool link_edit(struct walk *w)
{
	struct hop *h = w->h;
	struct record x = *strand_at(h->near, w->i), x2;
	struct record y = *strand_at(h->far, w->j), y2;
	uint32_t a = next_data(h->near, w->i), b = next_data(h->far, w->j);
	uint32_t moved;
	bool resized, ended = a == LINK_NONE && b == LINK_NONE;

	if (!x.pay_len || !y.pay_len || x.tcp_flags != y.tcp_flags ||
	    (a == LINK_NONE) != (b == LINK_NONE) ||
	    !link_in_pace(h, hop_f(&x, &y), false))
		return false;
	resized = x.pay_len != y.pay_len &&
		  (uint32_t)y.seq64 - (uint32_t)x.seq64 == h->delta;
	if (resized && ended)
		return false;
	x2 = ended ? x : *strand_at(h->near, a);
	y2 = ended ? y : *strand_at(h->far, b);
	moved = (uint32_t)y2.seq64 - (uint32_t)x2.seq64;
	if (moved == h->delta || is_far(moved, h->delta) ||
	    !(x2.marks & y2.marks & (REC_HEAD | REC_FULL)) ||
	    !record_content_agrees(&x2, &y2) ||
	    repetitive(h, &x2, ended ? &x2 : &x, moved))
		return false;
	if (resized) {
		if (moved - h->delta != y.pay_len - x.pay_len ||
		    (uint32_t)x2.seq64 != (uint32_t)x.seq64 + x.pay_len)
			return false;
		*VEC_PUSH(&h->edit) = (struct hop_delta){ (uint32_t)x2.seq64,
							  moved };
	} else {
		if ((uint32_t)y.seq64 - (uint32_t)x.seq64 != moved ||
		    !(x.marks & y.marks & (REC_HEAD | REC_FULL)) ||
		    !record_content_agrees(&x, &y))
			return false;
		*VEC_PUSH(&h->edit) = (struct hop_delta){ (uint32_t)x.seq64,
							  moved };
	}
	h->delta = moved;
	hop_link(h, w->i++, w->j++);
	w->linked++;
	return true;
}

/* Where a record beside agrees by the present numbers, the IDs of these two are the
 * same by chance, and one of them was lost. */
bool link_ack_edit(struct walk *w)
{
	struct hop *h = w->h;
	struct record x = *strand_at(h->near, w->i);
	struct record y = *strand_at(h->far, w->j);
	uint32_t was = h->ack_delta;
	uint32_t now = (uint32_t)y.ack64 - (uint32_t)x.ack64;
	bool agrees;

	if (!(x.tcp_flags & y.tcp_flags & REC_ACK) || now == was ||
	    is_far(now, was) || !link_tells_copies(h, &x, &y))
		return false;
	h->ack_delta = now;
	agrees = link_agree(h, &x, &y);
	h->ack_delta = was;
	if (!agrees || link_like_beside(h, w->i, w->j, true))
		return false;
	h->ack_delta = now;
	return true; /* the walk links them now */
}
