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
 * Cost: O(1) a packet that agrees; a resync is bounded by LINK_NEAR^2 / 2
 * comparisons and one of RESYNC_FAR look-ups, of which there is one for at
 * most RESYNC_FAR / 2 records walked.
 */
#include "correlate/link_int.h"

#include "correlate/recopy.h"

#define RESYNC_FAR 512
#define MS 1000000

struct walk {
	struct hop *h;
	uint32_t i, j;
	uint32_t far_from; /* resync_far() is worthwhile only from here on */
	uint32_t linked;   /* one to one */
};

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
	return off < room && -off < room;
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
	       in_pace(h, hop_f(x, y), tells_copies(h, x, y));
}

/* --- cut or merged --- */

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
	return agree(h, x, y) && (by_id || in_pace(h, hop_f(x, y), false));
}

/* Is there a record beside near @i that agrees with far @j, or the reverse? */
static bool like_beside(const struct hop *h, uint32_t i, uint32_t j, bool by_id)
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

/* By its ID, or where there is none by its time, far record @j is not what near
 * record @i was cut or merged into, and one of them has its like beside: what is
 * sent again in other pieces makes up the same bytes, within the same tick of its
 * time stamps (after an ICMP error that names an MTU Linux even keeps the stamp). */
static bool has_twin(const struct hop *h, uint32_t i, uint32_t j)
{
	struct record x = *strand_at(h->near, i), y = *strand_at(h->far, j);
	bool by_id = h->use_id && hop_id_tells(&x);

	if (by_id ? x.ip_id == y.ip_id
		  : !h->paced || in_pace(h, hop_f(&x, &y), false))
		return false;
	return like_beside(h, i, j, by_id);
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
	       in_pace(h, hop_f(x, y), tells_starts(h, x, y));
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

/* Do pieces of one record follow each other so closely?  Without time stamps a
 * later copy of a lost piece may fit as well, but comes a round trip later. */
static bool close_by(const struct hop *h, int64_t gap)
{
	return gap <= 8 * h->dev + h->tick + MS;
}

/* The same bytes in other records: takes records at the side that is behind
 * until both end at one byte. */
static bool link_group(struct walk *w)
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
			     y->tsval != x_ts + h->ts_delta))
				return false;
			y_end += y->pay_len;
		}
	}
	pace_add(h, hop_f(x, y));
	group_link(h, w->i, a + 1, w->j, b + 1);
	w->i = a + 1;
	w->j = b + 1;
	return true;
}

/* --- edited --- */
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

/* The numbers moved: @x and @y differ in place but not in content, and so do
 * the data after them, by the same distance. */
static bool link_edit(struct walk *w)
{
	struct hop *h = w->h;
	struct record x = *strand_at(h->near, w->i), x2;
	struct record y = *strand_at(h->far, w->j), y2;
	uint32_t a = next_data(h->near, w->i), b = next_data(h->far, w->j);
	uint32_t moved;
	bool resized, ended = a == LINK_NONE && b == LINK_NONE;

	if (!x.pay_len || !y.pay_len || x.tcp_flags != y.tcp_flags ||
	    (a == LINK_NONE) != (b == LINK_NONE) ||
	    !in_pace(h, hop_f(&x, &y), false))
		return false;
	resized = x.pay_len != y.pay_len &&
		  (uint32_t)y.seq64 - (uint32_t)x.seq64 == h->delta;
	if (resized && ended)
		return false;
	x2 = ended ? x : *strand_at(h->near, a);
	y2 = ended ? y : *strand_at(h->far, b);
	moved = (uint32_t)y2.seq64 - (uint32_t)x2.seq64;
	if (moved == h->delta || abs((int32_t)(moved - h->delta)) > 65536 ||
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

/* Ack numbers moved: the other direction was edited.  Where one beside agrees as
 * they are, that one is lost whose ID is the same by chance. */
static bool link_ack_edit(struct walk *w)
{
	struct hop *h = w->h;
	struct record x = *strand_at(h->near, w->i);
	struct record y = *strand_at(h->far, w->j);
	uint32_t was = h->ack_delta;
	uint32_t now = (uint32_t)y.ack64 - (uint32_t)x.ack64;
	bool agrees;

	if (!(x.tcp_flags & y.tcp_flags & REC_ACK) || now == was ||
	    abs((int32_t)(now - was)) > 65536 || !tells_copies(h, &x, &y))
		return false;
	h->ack_delta = now;
	agrees = agree(h, &x, &y);
	h->ack_delta = was;
	if (!agrees || like_beside(h, w->i, w->j, true))
		return false;
	h->ack_delta = now;
	return true; /* the walk links them now */
}

/* --- continuing after a difference --- */
static bool can_go_on(struct hop *h, uint32_t i, uint32_t j)
{
	struct record x = *strand_at(h->near, i);
	const struct record *y = strand_at(h->far, j);

	return agree(h, &x, y) ||
	       (h->tcp && same_start(h, &x, y) && !has_twin(h, i, j));
}

static bool resync_near(struct walk *w)
{
	struct hop *h = w->h;

	for (uint32_t sum = 1; sum <= LINK_NEAR; sum++)
		for (uint32_t a = 0; a <= sum; a++) {
			uint32_t i = w->i + a, j = w->j + sum - a;

			if (i >= h->near->n || j >= h->far->n)
				continue;
			if (!can_go_on(h, i, j))
				continue;
			w->i = i;
			w->j = j;
			return true;
		}
	return false;
}

/* One strand lacks a stretch of time: jump over it at the other. */
static bool resync_time(struct walk *w)
{
	struct hop *h = w->h;
	int64_t room = 16 * h->dev + h->tick + 50 * MS;
	int64_t x = time_add(strand_time(h->near, w->i), h->pace);
	int64_t y = strand_time(h->far, w->j);
	uint32_t to;

	if (!h->paced)
		return false;
	if (x < time_sub(y, room)) {
		h->near->hint = w->i;
		to = strand_find(h->near, time_sub(y, room + h->pace));
		if (to > w->i) {
			w->i = to;
			return true;
		}
	} else if (y < time_sub(x, room)) {
		h->far->hint = w->j;
		to = strand_find(h->far, time_sub(x, room));
		if (to > w->j) {
			w->j = to;
			return true;
		}
	}
	return false;
}

static uint32_t mix(const struct hop *h, const struct record *r, bool far)
{
	uint32_t k = h->tcp ? (uint32_t)r->seq64 - (far ? h->delta : 0)
			    : r->head_digest;

	k = (k ^ r->pay_len * 0x9e3779b1u) * 0x85ebca6bu;
	return k ^ k >> 15;
}

/* The pair within reach that skips the fewest records.  Not the first near
 * record that has one: after a full queue its first loss is in the far strand,
 * too, as a retransmission, after everything that continued in order. */
static bool resync_far(struct walk *w)
{
	uint16_t slot[4 * RESYNC_FAR];
	struct hop *h = w->h;
	const uint32_t mask = 4 * RESYNC_FAR - 1;
	uint32_t best = 2 * RESYNC_FAR, best_a = 0;

	memset(slot, 0xff, sizeof slot);
	for (uint32_t b = 0; b < RESYNC_FAR && w->j + b < h->far->n; b++) {
		uint32_t k = mix(h, strand_at(h->far, w->j + b), true) & mask;

		while (slot[k] != UINT16_MAX)
			k = (k + 1) & mask;
		slot[k] = (uint16_t)b;
	}
	for (uint32_t a = 0;
	     a < RESYNC_FAR && a < best && w->i + a < h->near->n; a++) {
		uint32_t k = mix(h, strand_at(h->near, w->i + a), false) & mask;

		for (; slot[k] != UINT16_MAX; k = (k + 1) & mask) {
			if (a + slot[k] >= best ||
			    !can_go_on(h, w->i + a, w->j + slot[k]))
				continue;
			best = a + slot[k];
			best_a = a;
		}
	}
	if (best == 2 * RESYNC_FAR)
		return false;
	w->i += best_a;
	w->j += best - best_a;
	return true;
}

static void resync(struct walk *w)
{
	if (resync_near(w) || (w->h->tcp && link_edit(w)) ||
	    link_moved(w->h, w->i, w->j) || resync_time(w))
		return;
	if (w->i >= w->far_from) {
		w->far_from = w->i + RESYNC_FAR / 2;
		if (resync_far(w))
			return;
	}
	w->i++;
	w->j++;
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
