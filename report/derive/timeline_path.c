/* The path in stretches: each round trip is split among them by what the taps at
 * their ends saw of it, and what is over the least is taken from those that
 * have most over theirs.  What no tap between the ends saw (datagrams, what is
 * left of a turn that was cut off) is split as the session's usual round trips
 * are; where those are not known of all stretches, the last one has it.
 */
#include "report/derive/timeline_int.h"

/* Least round trip before the near point and beyond the far one: the opening's,
 * or less where an acknowledgement came sooner. */
int64_t timeline_before(struct timeline *t)
{
	int64_t least = near_tap(t)->lane[1].rtt_min_ns;

	return least < 0 ? t->before_ns : ns_min(t->before_ns, least);
}

int64_t timeline_beyond(struct timeline *t)
{
	int64_t least = far_tap(t)->lane[0].rtt_min_ns;

	return least < 0 ? t->beyond_ns : ns_min(t->beyond_ns, least);
}

static size_t most_over(const struct timeline *t, const int64_t *share,
			int64_t *over)
{
	size_t most = 0;

	*over = 0;
	for (size_t i = 0; i + 1 < t->n_taps; i++) {
		int64_t ns = share[i] - ns_max(t->stretch[i].least_ns, 0);

		if (ns > *over) {
			*over = ns;
			most = i;
		}
	}
	return most;
}

static void take_share(struct timeline *t, int64_t *share, size_t i, int64_t ns,
		       bool queue)
{
	share[i] -= ns;
	if (queue)
		t->b->hop[i].queue_ns += ns;
}

/* Takes @ns, at most all, from the stretches' shares: first from those that
 * have most over their least. */
void timeline_excess(struct timeline *t, int64_t *share, int64_t ns, bool queue)
{
	int64_t over, got;
	size_t i;

	for (size_t round = 1; round < t->n_taps && ns > 0; round++) {
		i = most_over(t, share, &over);
		got = ns_min(ns, over);
		take_share(t, share, i, got, queue);
		ns -= got;
	}
	for (i = 0; i + 1 < t->n_taps && ns > 0; i++) {
		got = ns_min(ns, share[i]);
		take_share(t, share, i, got, queue);
		ns -= got;
	}
}

/* How much of the round trip each stretch has, by the taps at its ends; they
 * sum to trip[0] - trip[last]. */
void timeline_shares(struct timeline *t, const int64_t *trip, int64_t *share)
{
	int64_t carry = 0;

	for (size_t i = 0; i + 1 < t->n_taps; i++) {
		int64_t ns = trip[i] - trip[i + 1] + carry;

		share[i] = ns_max(ns, 0);
		carry = ns_min(ns, 0);
	}
	for (size_t i = t->n_taps - 1; i-- > 0 && carry < 0;) {
		int64_t got = ns_min(share[i], -carry);

		share[i] -= got;
		carry += got;
	}
}

/* Adds @ns, which no tap tells where it was, to the stretches' shares. */
static void share_as_usual(const struct timeline *t, int64_t ns, int64_t *share)
{
	size_t n = t->n_taps - 1, most = n - 1;
	double sum = 0;
	int64_t rest = ns;

	for (size_t i = 0; i < n; i++) {
		if (t->stretch[i].usual_ns < 0) {
			share[n - 1] += ns;
			return;
		}
		sum += (double)t->stretch[i].usual_ns;
		if (t->stretch[i].usual_ns > t->stretch[most].usual_ns)
			most = i;
	}
	for (size_t i = 0; i < n && sum > 0; i++) {
		double part = (double)t->stretch[i].usual_ns / sum;
		int64_t got = ns_min(rest, (int64_t)((double)ns * part));

		share[i] += got;
		rest -= got;
	}
	share[most] += rest; /* of rounding */
}

void timeline_anywhere(struct timeline *t, int64_t ns)
{
	int64_t share[TIMELINE_HOPS] = { 0 };

	if (t->n_taps < 2)
		return;
	share_as_usual(t, ns, share);
	for (size_t i = 0; i + 1 < t->n_taps; i++)
		t->b->hop[i].path_ns += share[i];
}

void timeline_path(struct timeline *t, const int64_t *trip, int64_t *left)
{
	int64_t share[TIMELINE_HOPS] = { 0 }, sum = 0;
	int64_t ns = *left;
	size_t n = t->n_taps - 1;

	timeline_spend(t, TIME_PATH, ns, left);
	if (!n) {
		t->b->beyond_ns += ns;
		return;
	}
	if (trip)
		timeline_shares(t, trip, share);
	for (size_t i = 0; i < n; i++)
		sum += share[i];
	if (sum > ns)
		timeline_excess(t, share, sum - ns, false);
	else
		share_as_usual(t, ns - sum, share);
	for (size_t i = 0; i < n; i++)
		t->b->hop[i].path_ns += share[i];
}

void timeline_learn(struct timeline *t, const int64_t *trip)
{
	for (size_t i = 0; i + 1 < t->n_taps; i++) {
		int64_t ns = ns_max(trip[i] - trip[i + 1], 0);
		struct stretch *s = &t->stretch[i];

		if (s->least_ns < 0 || ns < s->least_ns)
			s->least_ns = ns;
	}
}

/* The way out of a round trip, by the clocks. */
void timeline_ways(struct timeline *t, const int64_t *asked)
{
	for (size_t i = 0; i + 1 < t->n_taps; i++) {
		struct stretch *s = &t->stretch[i];

		if (!s->ways_known)
			continue;
		t->b->hop[i].out_ns += stamps_mid(&s->to, asked[i + 1]) -
				       stamps_mid(&s->from, asked[i]);
		t->b->hop[i].slack_ns += s->slack_ns;
	}
}
