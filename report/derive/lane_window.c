/* The window that a lane's receiver allows.
 *
 * A zero window is announced by the receiver, so a point on its side knows of
 * it, as one on the sender's side does: it is closed until an update opens it.
 * There are two signs that the sender had data to send: it continues at once
 * after the update (a round trip later, if the point is next to the receiver),
 * or it has probed the window.  Probes are one byte beyond the window or, like
 * keep-alives, the last byte that was acknowledged.
 *
 * A probe after the update shows that the sender had not received that: the
 * window was closed for it until then, if it continues at once.
 *
 * A window that is small but open is the limit, too.  A point next to the receiver
 * sees each edge before the sender does: data beyond the edge of one round trip ago
 * could not be sent sooner than it was.
 *
 * Cost: a few comparisons a record.
 */
#include "report/derive/lane.h"

#include "base/time.h"

bool lane_allowed(struct lane *l, uint64_t end, int64_t t_ns)
{
	const struct lane_edge *e;

	/* a FIN needs no window */
	if (l->edge_known && !l->zero && l->top > l->edge + 1)
		l->edge_lacks = true;
	if (l->edge_lacks)
		return true;
	if (l->n_edges - l->edge_asked > LANE_EDGES)
		l->edge_asked = l->n_edges - LANE_EDGES;
	while (l->edge_asked + 1 < l->n_edges &&
	       l->rose[(l->edge_asked + 1) % LANE_EDGES].t_ns <= t_ns)
		l->edge_asked++;
	e = &l->rose[l->edge_asked % LANE_EDGES];
	return !l->n_edges || e->t_ns > t_ns || end <= e->edge;
}

void lane_take_probe(struct lane *l, const struct record *r, int64_t t)
{
	bool ask = r->pay_len <= 1 &&
		   !(r->tcp_flags & (REC_SYN | REC_FIN | REC_RST)) &&
		   (r->seq64 + 1 == l->una || (l->zero && r->pay_len));

	if (!ask || l->t_zero < l->t_new)
		return;
	l->probed |= l->zero;
	l->t_probe = t;
}

int64_t lane_closed_until(const struct lane *l, int64_t from_ns, int64_t t_ns,
			  int64_t trip_ns, int64_t slack_ns)
{
	int64_t late = trip_ns + time_max(slack_ns, trip_ns / 8);
	int64_t told = time_max(l->t_open, l->t_probe);

	if (!l->zeros || l->zero || l->t_open <= from_ns ||
	    l->t_open < l->t_zero || l->t_open > t_ns)
		return from_ns;
	if (told <= t_ns && t_ns - told <= late)
		return told;
	return l->probed ? l->t_open : from_ns;
}

bool lane_kept_closed(const struct lane *l)
{
	return l->zero && l->probed;
}
