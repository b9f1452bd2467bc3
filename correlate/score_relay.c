/* Two connections with something between that ends both: a proxy.
 *
 * What: such a device opens its own connection with numbers, time stamps and a
 * window of its own, and mostly only once the client's is open.
 */
#include "correlate/score_int.h"

#define RELAY_LAG_US 5000

/* Was the opening later on one side than all content is?  A device that ends the
 * connection opens its own when the client's is open: a round trip to the
 * client later than a packet that only passes.  A queue or a slow first packet
 * may do so, too: hence RELAY_LAG_US, and where no time stamps say that these
 * are other hosts it has to be that round trip. */
static bool opened_later(const struct pairing *p, bool other_stamps)
{
	const struct flow *near = p->lag_least > 0 ? p->l : p->r;
	int64_t lag = p->lag_least > 0 ? p->lag_least : -p->lag_most;
	int64_t trip = time_sub(near->dir[1].first_ns, near->dir[0].first_ns) /
		       1000;

	if (p->lag_least > p->lag_most || lag < RELAY_LAG_US)
		return false;
	if (left(p, 0)->syn_count > 1 || right(p, 0)->syn_count > 1)
		return false;
	return other_stamps || (lag * 5 > trip * 4 && lag * 4 < trip * 5);
}

/* Two connections with something between that ends both: a proxy.  Its content
 * may agree, but acknowledgements and copies of one side say nothing of the
 * other: such a pair needs other rules than a session's.  Numbers and time
 * stamps of both directions are others, and so are the windows, or the second
 * opening waited for the first. */
bool score_is_relay(const struct pairing *p)
{
	bool windows = true, stamps = true;

	for (int d = 0; d < 2; d++) {
		const struct flow_dir *x = left(p, d), *y = right(p, d);

		if (!both_syn(p, d) || p->s->isn_equal[d])
			return false;
		if (both_ts(p, d) && x->syn_tsval == y->syn_tsval)
			return false;
		stamps &= both_ts(p, d);
		windows &= x->window != y->window;
	}
	return windows || opened_later(p, stamps);
}
