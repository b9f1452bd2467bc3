/* The path in stretches: each round trip is split among them by what the taps
 * at their ends saw of it, and any excess is attributed to those that exceed
 * their own least most.
 *
 * If a tap did not see a round trip, its time is known only between the taps
 * before and after it, a span over both stretches; if no tap saw it, over the
 * whole way.  No stretch gets time that is not known to be its own.
 */
#include "report/derive/timeline_int.h"

#include "base/time.h"

struct share { /* the part of a round trip between two taps */
	size_t from, to;
	int64_t ns;
};

struct shares {
	size_t n;
	struct share at[TIMELINE_HOPS];
};

/* Least round trip before the near point and beyond the far one: the opening's,
 * or less if an acknowledgement came sooner. */
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

int64_t timeline_alone(struct timeline *t)
{
	return t->n_taps == 1 ? timeline_before(t) + timeline_beyond(t) : -1;
}

/* The budget's entry for the way from tap @from to tap @to: a stretch, or, for
 * time that no tap in between can divide, a span over several. */
static struct budget_hop *hop_of(struct timeline *t, size_t from, size_t to)
{
	struct budget *b = t->b;
	uint8_t near = (uint8_t)t->tap[from].flow;
	uint8_t far = (uint8_t)t->tap[to].flow;
	size_t i;

	if (to == from + 1)
		return &b->hop[from];
	for (i = t->n_taps - 1; i < b->n_hops; i++)
		if (b->hop[i].from == near && b->hop[i].to == far)
			return &b->hop[i];
	b->n_hops++;
	b->hop[i] = (struct budget_hop){ .from = near, .to = far };
	return &b->hop[i];
}

static int64_t least_of(const struct timeline *t, const struct share *s)
{
	int64_t sum = 0;

	for (size_t i = s->from; i < s->to; i++)
		sum += ns_max(t->stretch[i].least_ns, 0);
	return sum;
}

static struct share *most_over(const struct timeline *t, struct shares *s,
			       int64_t *over)
{
	struct share *most = NULL;

	*over = 0;
	for (size_t i = 0; i < s->n; i++) {
		int64_t ns = s->at[i].ns - least_of(t, &s->at[i]);

		if (ns > *over) {
			*over = ns;
			most = &s->at[i];
		}
	}
	return most;
}

static void take_share(struct timeline *t, struct share *s, int64_t ns,
		       bool queue)
{
	s->ns -= ns;
	if (queue && ns > 0)
		hop_of(t, s->from, s->to)->queue_ns += ns;
}

/* Takes @ns, or as much as there is, from the shares: first from those that
 * exceed their least most. */
static void excess(struct timeline *t, struct shares *s, int64_t ns, bool queue)
{
	struct share *most;
	int64_t over, got;

	while (ns > 0 && (most = most_over(t, s, &over)) != NULL) {
		got = ns_min(ns, over);
		take_share(t, most, got, queue);
		ns -= got;
	}
	for (size_t i = 0; i < s->n && ns > 0; i++) {
		got = ns_min(ns, s->at[i].ns);
		take_share(t, &s->at[i], got, queue);
		ns -= got;
	}
}

/* How much of the round trip is between the taps that saw it; they sum to
 * trip[0] - trip[last]. */
static void shares_of(const struct timeline *t, const int64_t *trip,
		      struct shares *s)
{
	int64_t carry = 0;
	size_t from = 0;

	s->n = 0;
	for (size_t i = 1; i < t->n_taps; i++) {
		int64_t ns;

		if (trip[i] == TRIP_UNKNOWN)
			continue;
		ns = time_add(time_sub(trip[from], trip[i]), carry);
		s->at[s->n++] = (struct share){ from, i, ns_max(ns, 0) };
		carry = ns_min(ns, 0);
		from = i;
	}
	for (size_t i = s->n; i-- > 0 && carry < 0;) {
		int64_t got = ns_min(s->at[i].ns, -carry);

		s->at[i].ns -= got;
		carry += got;
	}
}

void timeline_doubt(const struct timeline *t, int64_t *trip)
{
	size_t last = t->n_taps - 1;

	for (size_t i = 1; i < last; i++) {
		int64_t slack = t->tap[i].slack_ns;

		if (trip[i] < time_sub(trip[last], slack) ||
		    trip[i] > time_add(trip[0], slack))
			trip[i] = TRIP_UNKNOWN;
	}
}

void timeline_queue(struct timeline *t, const int64_t *trip, int64_t ns)
{
	struct shares s;

	shares_of(t, trip, &s);
	excess(t, &s, ns, true);
}

void timeline_path(struct timeline *t, const int64_t *trip, int64_t *left)
{
	struct shares s = { 0 };
	int64_t ns = *left, sum = 0;
	size_t last = t->n_taps - 1;

	if (ns <= 0)
		return;
	timeline_spend(t, TIME_PATH, ns, left);
	if (!last) {
		t->b->beyond_ns += ns;
		return;
	}
	if (trip)
		shares_of(t, trip, &s);
	for (size_t i = 0; i < s.n; i++)
		sum += s.at[i].ns;
	if (sum > ns)
		excess(t, &s, sum - ns, false);
	else if (sum < ns)
		hop_of(t, 0, last)->path_ns += ns - sum;
	for (size_t i = 0; i < s.n; i++)
		if (s.at[i].ns)
			hop_of(t, s.at[i].from, s.at[i].to)->path_ns +=
				s.at[i].ns;
}

void timeline_learn(struct timeline *t, const int64_t *trip)
{
	for (size_t i = 0; i + 1 < t->n_taps; i++) {
		struct stretch *s = &t->stretch[i];
		int64_t ns;

		if (trip[i] == TRIP_UNKNOWN || trip[i + 1] == TRIP_UNKNOWN)
			continue;
		ns = ns_max(trip[i] - trip[i + 1], 0);
		if (s->least_ns < 0 || ns < s->least_ns)
			s->least_ns = ns;
	}
}

/* The outbound part of a round trip, by the clocks. */
void timeline_ways(struct timeline *t, const int64_t *trip,
		   const int64_t *asked)
{
	for (size_t i = 0; i + 1 < t->n_taps; i++) {
		struct stretch *s = &t->stretch[i];
		struct budget_hop *h;

		if (!s->ways_known || trip[i] == TRIP_UNKNOWN ||
		    trip[i + 1] == TRIP_UNKNOWN)
			continue;
		h = &t->b->hop[i];
		h->out_ns = time_add(h->out_ns,
				     time_sub(stamps_mid(&s->to, asked[i + 1]),
					      stamps_mid(&s->from, asked[i])));
		h->slack_ns = time_add(h->slack_ns, s->slack_ns);
	}
}
