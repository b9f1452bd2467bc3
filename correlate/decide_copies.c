/* Other copies of what the far capture lacks, before and after.
 *
 * The near point's copies are known by their links.  Those that the near point
 * missed show only at the far one: in records that are linked to nothing, or, where
 * the receiver merges segments, in records of which other bytes are linked
 * (LINK_RESEG); coverage_match() does not say whose the rest of these is, so the
 * near copies are asked whether they came there.  Those that both missed show at
 * points behind.  They passed the far point before their stamps there, less the least
 * time from it: no answer to them was there before.  What comes there when the packet
 * itself is due is no copy: a point that merges segments may have it linked to nothing.
 *
 * Cost: a few bisections for each of DECIDE_COPIES copies.
 */
#include "correlate/decide_int.h"

#include "base/search.h"
#include "base/seq.h"

#define PIECES 64 /* far records that one near record comes in */

/* The first of the pieces that are kept, as others are missing, of near record @i,
 * or what comes in its place. */
static size_t first_piece(const struct hop *h, uint32_t i)
{
	size_t k;

	SEARCH(k, h->piece.n, m, h->piece.at[m].near < i);
	return k;
}

/* Bytes of [s, e) that the far point has of near record @i. */
static uint32_t arrived_of(const struct hop *h, uint32_t i, uint64_t s,
			   uint64_t e)
{
	uint64_t at = strand_at(h->near, i)->seq64;
	uint32_t n = 0;

	if (h->near_is[i] & LINKED)
		return (uint32_t)(e - s);
	for (size_t k = first_piece(h, i);
	     k < h->piece.n && h->piece.at[k].near == i; k++) {
		const struct piece *p = &h->piece.at[k];
		uint64_t a = at + p->off, b = a + p->len;

		if (b <= s || a >= e)
			continue;
		n += (uint32_t)((b < e ? b : e) - (a > s ? a : s));
	}
	return n;
}

/* In one of the pieces that are kept; INT64_MAX: in none. */
static int64_t kept_piece(const struct hop *h, uint32_t i, uint64_t s,
			  uint64_t e)
{
	uint64_t at = strand_at(h->near, i)->seq64;
	int64_t first = INT64_MAX;

	for (size_t k = first_piece(h, i);
	     k < h->piece.n && h->piece.at[k].near == i; k++) {
		const struct piece *p = &h->piece.at[k];
		int64_t t = strand_time(h->far, p->far);

		if (at + p->off < e && at + p->off + p->len > s && t < first)
			first = t;
	}
	return first;
}

/* In one of the far records up to @j that near record @i came in as a whole. */
static int64_t whole_piece(const struct hop *h, uint32_t i, uint32_t j,
			   uint64_t s, uint64_t e)
{
	uint32_t from = (uint32_t)s + hop_delta_at(h, (uint32_t)s);
	uint32_t to = from + (uint32_t)(e - s);
	int64_t first = INT64_MAX;

	for (uint32_t left = PIECES, k = j + 1; k-- > 0 && left-- > 0;) {
		const struct record *y = strand_at(h->far, k);
		uint32_t at = (uint32_t)y->seq64;

		if (h->near_of[k] == i && (h->far_is[k] & LINK_RESEG) &&
		    seq_diff(at, to) < 0 &&
		    seq_diff(at + rec_seq_len(y), from) > 0 &&
		    y->time_ns < first)
			first = y->time_ns;
	}
	return first;
}

int64_t decide_came_at(const struct hop *h, uint32_t i, uint32_t j, uint64_t s,
		       uint64_t e)
{
	uint8_t is = h->near_is[i];
	int64_t t = INT64_MAX;

	if ((is & LINK_RESEG) && !(is & LINK_AWAY))
		t = is & LINK_PART ? kept_piece(h, i, s, e)
				   : whole_piece(h, i, j, s, e);
	return t == INT64_MAX ? strand_time(h->far, j) : t;
}

bool decide_had_earlier(struct chain *c, size_t k, uint32_t i, uint64_t s,
			uint64_t e)
{
	const struct hop *h = &c->hop[k];
	struct recopy *r = chain_copies(c, c->leg[k].a);

	for (int left = DECIDE_COPIES; left > 0; left--) {
		i = recopy_previous(r, i, s, e);
		if (i == UINT32_MAX)
			return false;
		if (h->near_is[i] & LINK_AWAY
			    ? chain_arrival(c, k, i) != LINK_NONE
			    : (h->near_is[i] & (LINKED | LINK_PART)) &&
				      arrived_of(h, i, s, e) >= e - s)
			return true;
	}
	return false;
}

bool decide_had_unseen(struct chain *c, size_t k, uint64_t s, uint64_t e,
		       int64_t due)
{
	const struct hop *h = &c->hop[k];
	uint32_t seq = (uint32_t)s + hop_delta_at(h, (uint32_t)s);
	uint32_t j = h->far->n ? strand_find(h->far, due) : 0;
	uint64_t from;

	if (!j)
		return false;
	from = seq_unwrap(strand_at(h->far, j - 1)->seq64, seq);
	for (int left = DECIDE_COPIES; left > 0; left--) {
		const struct record *y;

		j = recopy_previous(chain_copies(c, c->leg[k].b), j, from,
				    from + (e - s));
		if (j == UINT32_MAX)
			return false;
		y = strand_at(h->far, j);
		if (y->seq64 <= from &&
		    y->seq64 + rec_seq_len(y) >= from + (e - s))
			return true;
	}
	return false;
}

/* Did any copy that the near point has bring bytes of [s, e) in far record @j, which
 * has those of several? */
static bool came_in(struct chain *c, size_t k, uint64_t s, uint64_t e,
		    uint32_t j)
{
	const struct hop *h = &c->hop[k];
	uint32_t i = 0;

	for (int left = DECIDE_COPIES; left > 0; left--, i++) {
		i = recopy_next(chain_copies(c, c->leg[k].a), i, s, e);
		if (i == UINT32_MAX)
			return false;
		/* pieces come together, and far_of is the last */
		if ((h->near_is[i] & (LINKED | LINK_PART)) &&
		    h->far_of[i] - j < PIECES)
			return true;
	}
	return true;
}

void decide_shown_at_far(struct chain *c, size_t k, uint64_t s, uint64_t e,
			 int64_t after, int64_t shown[2])
{
	struct hop *h = &c->hop[k];
	uint32_t seq = (uint32_t)s + hop_delta_at(h, (uint32_t)s), j;
	/* the near point does not have what took another route, either */
	uint8_t has = c->leg[k].takes_new ? LINKED | LINK_DUP | LINK_AWAY
					  : LINKED | LINK_DUP;
	uint64_t from;
	int n = 0;

	shown[0] = shown[1] = INT64_MAX;
	j = h->far->n ? strand_find(h->far, after) : 0;
	if (j >= h->far->n)
		return;
	from = seq_unwrap(strand_at(h->far, j)->seq64, seq);
	for (int left = DECIDE_COPIES; n < 2 && left > 0; left--, j++) {
		j = recopy_next(chain_copies(c, c->leg[k].b), j, from,
				from + (e - s));
		if (j == UINT32_MAX)
			return;
		if (!(h->far_is[j] & has) ||
		    ((h->far_is[j] & LINK_RESEG) && !came_in(c, k, s, e, j)))
			shown[n++] = strand_time(h->far, j);
	}
}

/* The first copy of @seq and the @len bytes from there on, that the far point of @h
 * has and no point before it, by far stamps; INT64_MAX: none. */
static int64_t first_alone(struct chain *c, size_t k, uint32_t seq,
			   uint32_t len, int64_t after)
{
	const struct hop *h = &c->hop[k];
	uint32_t j = h->far->n ? strand_find(h->far, after) : 0;
	uint64_t from;

	if (j >= h->far->n)
		return INT64_MAX;
	from = seq_unwrap(strand_at(h->far, j)->seq64, seq);
	for (int left = DECIDE_COPIES; left > 0; left--, j++) {
		j = recopy_next(chain_copies(c, c->leg[k].b), j, from,
				from + len);
		if (j == UINT32_MAX)
			return INT64_MAX;
		if (!(h->far_is[j] &
		      (LINKED | LINK_DUP | LINK_PASSED | LINK_AWAY)))
			return strand_time(h->far, j);
	}
	return INT64_MAX;
}

bool decide_shown_beyond(struct chain *c, size_t k, uint64_t s, uint64_t e,
			 int64_t after, int64_t *at)
{
	uint32_t seq = (uint32_t)s + hop_delta_at(&c->hop[k], (uint32_t)s);
	/* from the far point of @k on, at least and at most */
	int64_t away = 0, behind = 0;

	*at = INT64_MAX;
	for (size_t n = c->n; n > 0; n--) {
		const struct hop *h;
		int64_t t;

		k = chain_last_hop(c, c->leg[k].b);
		if (k >= c->n_hops)
			break;
		h = &c->hop[k];
		if (h->relay || h->unsure || !h->paced)
			break;
		seq += hop_delta_at(h, seq);
		away = time_add(away, hop_floor(h, h->pace));
		behind = time_add(behind, time_add(h->pace,
						   DECIDE_GUARD + 10 * h->dev));
		t = first_alone(c, k, seq, (uint32_t)(e - s),
				time_add(after, behind));
		if (t != INT64_MAX && time_sub(t, away) < *at)
			*at = time_sub(t, away);
	}
	return *at != INT64_MAX;
}
