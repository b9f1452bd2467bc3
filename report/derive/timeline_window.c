/* Time that a sender waits for the other side's window, and whose window it is.
 *
 * The side that is blamed has most of that time, not most of the stalls: one stall
 * of seconds costs more than many of milliseconds.  If neither side has
 * MOST_PERCENT of it, nobody is blamed.
 */
#include "base/time.h"
#include "report/derive/timeline_int.h"

#define MOST_PERCENT 80

int64_t timeline_kept(struct timeline *t, int dir, int64_t ns, int64_t *left)
{
	int64_t got = timeline_spend(t, TIME_WINDOW, ns, left);

	t->kept_ns[dir] += got;
	return got;
}

void timeline_closed(struct timeline *t, int dir, int64_t from, int64_t trip_ns,
		     int64_t *left)
{
	int64_t until = lane_closed_until(&near_tap(t)->lane[dir], from,
					  from + *left, ns_max(trip_ns, 0),
					  near_tap(t)->slack_ns);

	t->closed[dir] += timeline_kept(t, dir, until - from, left) > 0;
}

/* Where the first segment of @l's newest data ends.  A card may have joined that with
 * more, and the sender would have sent it alone if there had been room. */
static uint64_t first_end(const struct lane *l)
{
	uint32_t mss = l->mss ? l->mss : LANE_MSS_LEAST;

	return l->last_len > mss ? l->top - l->last_len + mss : l->top;
}

/* What could be sent sooner by an eighth of a round trip is no proof. */
void timeline_full(struct timeline *t, int dir, int64_t trip_ns, int64_t *left)
{
	struct lane *l = &near_tap(t)->lane[dir];
	int64_t slack = near_tap(t)->slack_ns, all = *left;
	int64_t sent_by = time_sub(t->t_ns, time_add(trip_ns, trip_ns / 8));

	/* packets that are stamped together, or nothing to compare with */
	if (trip_ns < slack || !l->scale_known || l->n_islands || all <= 0 ||
	    lane_allowed(l, first_end(l), sent_by))
		return;
	timeline_kept(t, dir, all, left);
	t->full[dir] += all > slack;
}

/* If both windows are closed each side gets half of the time, so that neither is
 * blamed for what is the other's. */
void timeline_kept_closed(struct timeline *t, int64_t *left)
{
	const struct lane *l = near_tap(t)->lane;
	bool is[2] = { lane_kept_closed(&l[0]), lane_kept_closed(&l[1]) };
	int64_t half = *left / 2;

	if (is[0])
		t->closed[0] += timeline_kept(t, 0, is[1] ? half : *left,
					      left) > 0;
	if (is[1])
		t->closed[1] += timeline_kept(t, 1, *left, left) > 0;
}

/* Does the window of direction @dir account for most of the time? */
static bool most(const struct timeline *t, int dir)
{
	int64_t all = t->b->part[TIME_WINDOW];

	return all > 0 && t->kept_ns[dir] / MOST_PERCENT >= all / 100;
}

void timeline_windows(struct timeline *t)
{
	const struct lane *l[2] = { &near_tap(t)->lane[0],
				    &far_tap(t)->lane[1] };
	uint64_t times[2] = {
		t->closed[0] + t->full[0] +
			(t->remote_client ? 0 : l[0]->windows),
		t->closed[1] + t->full[1] +
			(t->remote_server ? 0 : l[1]->windows),
	};

	t->b->windows = times[0] + times[1];
	t->b->zero_windows = l[0]->zeros + l[1]->zeros;
	if (most(t, 0))
		t->window = (struct kept){ READER_SERVER, times[0],
					   l[0]->zeros };
	else if (most(t, 1))
		t->window = (struct kept){ READER_CLIENT, times[1],
					   l[1]->zeros };
	else
		t->window = (struct kept){ READER_EITHER, t->b->windows,
					   t->b->zero_windows };
}
