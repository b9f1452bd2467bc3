/* Where the walk continues after a difference.
 *
 * In this order: the nearest pair that agrees (resync_near()); an edit of the
 * payload; a route that takes another time (link_moved()); past a stretch of time
 * that one strand lacks (resync_time()); the pair within RESYNC_FAR that skips the
 * fewest records (resync_far()).
 *
 * Cost: LINK_NEAR^2 / 2 comparisons, and RESYNC_FAR look-ups once for at most
 * RESYNC_FAR / 2 records walked.
 */
#include "correlate/link_int.h"

#include <string.h>

#define RESYNC_FAR 512

static bool can_continue(const struct hop *h, uint32_t i, uint32_t j)
{
	struct record x = *strand_at(h->near, i);

	return link_agree(h, &x, strand_at(h->far, j)) ||
	       (h->tcp && link_group_begins(h, i, j));
}

static bool resync_near(struct walk *w)
{
	struct hop *h = w->h;

	for (uint32_t sum = 1; sum <= LINK_NEAR; sum++)
		for (uint32_t a = 0; a <= sum; a++) {
			uint32_t i = w->i + a, j = w->j + sum - a;

			if (i >= h->near->n || j >= h->far->n)
				continue;
			if (!can_continue(h, i, j))
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
	int64_t room = 16 * h->dev + h->tick + 50 * LINK_MS;
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
			    !can_continue(h, w->i + a, w->j + slot[k]))
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

void link_resync(struct walk *w)
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
