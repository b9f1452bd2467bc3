/* The lock step: nearly all packets of a hop arrive once and in order.
 *
 * Both strands are walked together; while the next records agree in every field
 * that survives the hop, and in time, they are linked.  If they do not,
 * link_group() tries whether the same bytes were split or merged (offload),
 * link_edit() whether the payload was edited and the numbers shifted from here
 * on (RFC 2663 ALGs), and link_resync() looks for the nearest place at which the
 * walk can continue; what it skips stays unlinked for correlate/copies.c.  So
 * nothing here need be complete; it must only not be wrong.
 *
 * Time keeps copies apart: F of a packet must be near the running typical F.
 * The running values are those of TCP's round trip estimate (RFC 6298).
 *
 * While both records agree in a quick comparison, as nearly all do,
 * link_plain() continues without a call, one row of records in memory at a
 * time.
 *
 * Cost: O(1) for a packet that agrees.
 */
#include "correlate/link_int.h"

#include "correlate/recopy.h"

static void floor_add(struct hop *h, int64_t f)
{
	if (f >= h->floor) {
		h->floor_next = f;
		return;
	}
	h->floor_next = h->floor;
	h->floor = f;
}

void link_pace_add(struct hop *h, int64_t f)
{
	int64_t off;

	if (f < h->floor_next)
		floor_add(h, f);
	if (!h->paced) {
		h->paced = true;
		h->pace = f;
		return;
	}
	off = f - h->pace;
	h->pace += off / 8;
	h->dev += (hop_dev_bounded(off < 0 ? -off : off) - h->dev) / 8;
}

bool link_in_pace(const struct hop *h, int64_t f, bool sure)
{
	int64_t off = f - h->pace, room;

	if (!h->paced)
		return hop_may_take(h, f);
	room = 8 * h->dev + h->tick + LINK_MS + (sure ? 5000ll * LINK_MS : 0);
	if (off >= room || -off >= room)
		return false;
	/* where a queue makes the room wide, copies a round trip apart fit in */
	return sure || off >= 0 || hop_may_take(h, f);
}

bool link_tells_copies(const struct hop *h, const struct record *x,
		       const struct record *y)
{
	if (h->use_id && hop_id_tells(x))
		return true;
	return h->use_ts && (x->opts & y->opts & REC_OPT_TS) && x->pay_len;
}

bool link_agree(const struct hop *h, const struct record *x,
		const struct record *y)
{
	return hop_same(h, x, y) &&
	       link_in_pace(h, hop_f(x, y), link_tells_copies(h, x, y));
}

/* Processes what was walked over while it is at hand. */
static void look_for_copies(const struct walk *w)
{
	if (w->h->near_copies)
		recopy_look(w->h->near_copies, w->h->near, w->i);
	if (w->h->far_copies)
		recopy_look(w->h->far_copies, w->h->far, w->j);
}

/* Continues while records agree in a quick comparison of every field but time,
 * and come in pace, as link_agree() would decide.  Rows are used in place. */
static bool link_row(struct walk *w)
{
	struct hop *h = w->h;
	uint32_t n, m, k;
	const struct record *x = strand_row(h->near, w->i, &n);
	const struct record *y = strand_row(h->far, w->j, &m);

	if (m < n)
		n = m;
	if (h->near->n - w->i < n)
		n = h->near->n - w->i;
	if (h->far->n - w->j < n)
		n = h->far->n - w->j;
	for (k = 0; k < n; k++) {
		int64_t f = hop_f(&x[k], &y[k]);

		if (!hop_same_at_once(h, &x[k], &y[k]) ||
		    !link_in_pace(h, f, false))
			break;
		link_pace_add(h, f);
		hop_link(h, w->i + k, w->j + k);
	}
	w->linked += k;
	w->i += k;
	w->j += k;
	look_for_copies(w);
	return k == n;
}

static void link_plain(struct walk *w)
{
	const struct hop *h = w->h;

	while (h->paced && w->i < h->near->n && w->j < h->far->n)
		if (!link_row(w))
			return;
}

bool link_sweep(struct hop *h)
{
	struct walk w = { .h = h };

	for (;;) {
		const struct record *x, *y;

		link_plain(&w);
		if (w.i >= h->near->n || w.j >= h->far->n)
			break;
		x = strand_at(h->near, w.i);
		y = strand_at(h->far, w.j);
		if (link_agree(h, x, y)) {
			link_pace_add(h, hop_f(x, y));
			hop_link(h, w.i++, w.j++);
			w.linked++;
			continue;
		}
		if (h->tcp && (link_group(&w) || link_ack_edit(&w)))
			continue;
		link_resync(&w);
	}
	return w.linked == h->near->n && w.linked == h->far->n;
}
