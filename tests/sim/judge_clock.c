/* Clocks: are the true offset and drift inside the bounds, and are the bounds
 * no wider than the path's round trip allows?
 *
 * The bounds are of where the captures begin to overlap.  Where the first packets
 * that cross came seconds later, because what began earlier ends at a relay, both
 * clocks have drifted until then, by no more than DRIFT_PPM, and bounds that hold
 * are wider by that (ideal_width()).
 */
#include "tests/sim/judge.h"

#include <stdlib.h>

/* True time at which both captures have begun. */
static int64_t overlap_start(const struct judge *j, int p)
{
	return j->first_t[0] > j->first_t[p] ? j->first_t[0] : j->first_t[p];
}

#define DRIFT_PPM 200
#define DRIFT_STEP 10

/* Nearest that clean packets of @way come to a line through 0 at @t with @ppm of
 * drift: how far off the offset may be at @t. */
static int64_t room_at(const struct judge *j, int p, int q, int64_t t,
		       int64_t ppm)
{
	int64_t room = NEVER;

	for (uint32_t i = 0; i < j->s->truth.n; i++) {
		const struct truth_pkt *x = &j->s->truth.at[i];
		int64_t d = x->at[q].t - x->at[p].t;

		if (!index_clean(j, x, p, q))
			continue;
		d += (x->at[p].t - t) / 1000000 * ppm;
		room = d < room ? d : room;
	}
	return room;
}

/* Width of the bounds of point @p's offset at @t that hold, whatever the drift,
 * as far as that is possible. */
static int64_t ideal_width(const struct judge *j, int p, int64_t t)
{
	int64_t out = 0, back = 0;

	for (int64_t ppm = -DRIFT_PPM; ppm <= DRIFT_PPM; ppm += DRIFT_STEP) {
		int64_t a = room_at(j, 0, p, t, ppm);
		int64_t b = room_at(j, p, 0, t, -ppm);

		if (a + b < 0)
			continue; /* no line has this drift */
		out = a > out ? a : out;
		back = b > back ? b : back;
	}
	return out + back;
}

static void check_width(struct judge *j, int p)
{
	const struct got_clock *c = &j->a.clock[p];
	int64_t rtt = j->delay_min[0][p] + j->delay_min[p][0];
	int64_t tick = j->s->point[0].clock.tick + j->s->point[p].clock.tick;
	int64_t most;

	if (j->clean[0][p] < 50 || j->clean[p][0] < 50 ||
	    j->s->point[0].clock.step_by || j->s->point[p].clock.step_by)
		return;
	most = rtt + rtt / 10 + 2 * tick;
	j->t->widths++;
	if (c->high - c->low <= most)
		return;
	rtt = ideal_width(j, p, overlap_start(j, p));
	most = rtt + rtt / 10 + 2 * tick;
	if (c->high - c->low <= most)
		return;
	j->t->wide++;
	judge_complain(j,
		       "clock of %s: bounds %lld us wide, at most %lld us "
		       "(possible %lld us, ticks %lld ns)",
		       j->s->point[p].name,
		       (long long)(c->high - c->low) / 1000,
		       (long long)most / 1000, (long long)rtt / 1000,
		       (long long)tick);
}

static void check_bounds(struct judge *j, int p)
{
	const struct got_clock *c = &j->a.clock[p];
	int64_t t = overlap_start(j, p);
	int64_t is = tap_clock(j->s, p, t) - tap_clock(j->s, 0, t);
	double drift = (double)(j->s->point[p].clock.drift_ppb -
				j->s->point[0].clock.drift_ppb) /
		       1e3;

	j->t->clocks++;
	if (is < c->low || is > c->high) {
		j->t->clock_out++;
		judge_complain(j,
			       "clock of %s: offset %lld ns outside "
			       "[%lld,%lld] (by %lld)",
			       j->s->point[p].name, (long long)is,
			       (long long)c->low, (long long)c->high,
			       (long long)(is < c->low ? is - c->low
						       : is - c->high));
	}
	/* d(offset)/dt on the first point's clock: 0.02 ppm of second order */
	if (drift < c->drift_low - 0.02 || drift > c->drift_high + 0.02) {
		j->t->drift_out++;
		judge_complain(j,
			       "clock of %s: drift %.3f ppm outside "
			       "[%.3f,%.3f]",
			       j->s->point[p].name, drift, c->drift_low,
			       c->drift_high);
	}
}

static bool is_inside(const struct judge *j, int p, int64_t t)
{
	return t >= j->first_t[p] + 2 * SEC && t <= j->last_t[p] - 2 * SEC;
}

/* Steps that are larger than the bounds, well inside the capture: the point's
 * own and the first one's, which shows in all rows the other way round. */
static void check_step(struct judge *j, int p)
{
	const struct clock_cfg *own = &j->s->point[p].clock;
	const struct clock_cfg *first = &j->s->point[0].clock;
	const struct got_clock *c = &j->a.clock[p];
	int n = (own->step_by != 0) + (first->step_by != 0);
	int64_t off = c->step_by - own->step_by + first->step_by;

	if ((own->step_by && !is_inside(j, p, own->step_at)) ||
	    (first->step_by && !is_inside(j, p, first->step_at)))
		return;
	j->t->steps += (uint64_t)n;
	if (c->steps == n && llabs(off) <= j->delay_max[0][p] +
						   j->delay_max[p][0] +
						   4 * own->tick)
		return;
	j->t->step_missed++;
	judge_complain(j,
		       "clock of %s: steps of %lld ms and %lld ms of the "
		       "first one's: %d said, by %lld ms in all",
		       j->s->point[p].name, (long long)own->step_by / 1000000,
		       (long long)first->step_by / 1000000, c->steps,
		       (long long)c->step_by / 1000000);
}

/* A hop's round trip is made of one delay each way: it cannot be shorter than
 * the shortest two, nor longer than the longest two; but for ticks, for drift
 * over the second between packet and answer, and for GRO's waiting. */
static void check_trip(struct judge *j, const struct got_hop *h)
{
	const struct clock_cfg *a = &j->s->point[h->from].clock;
	const struct clock_cfg *b = &j->s->point[h->to].clock;
	int64_t slack = 2 * (a->tick + b->tick) + 200 * US;
	int64_t lo = j->delay_min[h->from][h->to], hi;

	if (!h->n || lo == NEVER || j->delay_min[h->to][h->from] == NEVER ||
	    a->step_by || b->step_by)
		return;
	lo += j->delay_min[h->to][h->from];
	hi = j->delay_max[h->from][h->to] + j->delay_max[h->to][h->from];
	j->t->round_trips++;
	if (h->rtt_min >= lo - slack && h->rtt_max <= hi + slack)
		return;
	j->t->trip_off++;
	judge_complain(j,
		       "round trip %s-%s: said %lld..%lld us, is within "
		       "%lld..%lld us",
		       j->s->point[h->from].name, j->s->point[h->to].name,
		       (long long)h->rtt_min / 1000,
		       (long long)h->rtt_max / 1000, (long long)lo / 1000,
		       (long long)hi / 1000);
}

void judge_clocks(struct judge *j)
{
	for (size_t i = 0; i < j->a.hop.n; i++)
		check_trip(j, &j->a.hop.at[i]);
	for (int p = 1; p < j->s->n_points; p++) {
		if (!j->a.clock[p].fitted) {
			if (j->clean[0][p] >= 50 && j->clean[p][0] >= 50) {
				j->t->widths++;
				j->t->wide++;
				judge_complain(j, "clock of %s: not fitted",
					       j->s->point[p].name);
			}
			continue;
		}
		check_bounds(j, p);
		check_width(j, p);
		check_step(j, p);
	}
}
