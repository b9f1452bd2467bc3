/* The window that a lane's receiver allows.
 *
 * A window of nothing is the receiver's own word, so that its own point knows of it,
 * as the sender's does: it is closed until an update opens it.  That the sender wanted
 * to send meanwhile is known in two ways: it goes on at once with the update (a
 * round trip later, where the point is beside the receiver), or it has asked for
 * the window with probes.  Those are one byte beyond it, or, as keep-alives are,
 * the last byte that was acknowledged.
 *
 * A probe that comes after the update tells that its sender has not got that:
 * so long the window was closed for it, if it goes on at once then.
 *
 * Cost: a few comparisons a record.
 */
#include "report/derive/lane.h"

static int64_t max64(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

void lane_edge_moves(struct lane *l, const struct record *r, int64_t t)
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
	int64_t late = trip_ns + max64(slack_ns, trip_ns / 8);
	int64_t told = max64(l->t_open, l->t_probe);

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
