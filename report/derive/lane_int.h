/* Lanes: what every acknowledgement changes of the window that a lane's receiver
 * allows (lane_window.c has the theory), without a call.
 *
 * reads:  struct record     writes: struct lane
 */
#pragma once

#include "report/derive/lane.h"

/* Takes the window that @r, of the other direction, advertises; @l->una is up
 * to date. */
static inline void lane_edge_moves(struct lane *l, const struct record *r,
				   int64_t t)
{
	unsigned scale = r->tcp_flags & REC_SYN ? 0 : l->wscale;
	uint64_t edge = r->ack64 + ((uint64_t)r->window << scale);

	if (!l->edge_known || (edge > l->edge && r->window)) {
		if (l->zero && r->window)
			l->t_open = t;
		l->edge_before = l->edge_known ? l->edge : edge;
		l->t_edge = t;
		l->edge = edge;
		l->edge_known = true;
		l->zero = false;
	}
	if (r->window == 0 && r->ack64 >= l->una) {
		if (!l->zero) {
			l->zeros++;
			l->t_zero = t;
			l->probed = false;
			l->t_probe = t;
		}
		l->zero = true;
		l->edge = edge;
	}
}

/* Notes how far the window reaches now, at @t_ns; @trip_ns: the round trip to its
 * sender, -1: not known.  Rises within a small part of that count as one. */
static inline void lane_edge_rose(struct lane *l, int64_t trip_ns, int64_t t)
{
	struct lane_edge *last = &l->rose[(l->n_edges - 1) % LANE_EDGES];

	if (trip_ns < 0 || l->t_edge != t || l->zero)
		return;
	if (l->n_edges && t - last->t_ns < trip_ns / (LANE_EDGES / 2)) {
		last->edge = l->edge;
		return;
	}
	l->rose[l->n_edges++ % LANE_EDGES] =
		(struct lane_edge){ .edge = l->edge, .t_ns = t };
}
