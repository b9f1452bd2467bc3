/* Clocks: are the true offset and drift inside the bounds, and are the bounds
 * no wider than the path's round trip allows?
 */
#include "tests/sim/judge.h"

#include <stdlib.h>

/* True time at which both captures have begun. */
static int64_t overlap_start(const struct judge *j, int p)
{
	return j->first_t[0] > j->first_t[p] ? j->first_t[0] : j->first_t[p];
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
	j->t->wide++;
	judge_complain(j, "clock of %s: bounds %lld us wide, at most %lld us "
			  "(round trip %lld us, ticks %lld ns)",
		       j->s->point[p].name, (long long)(c->high - c->low) / 1000,
		       (long long)most / 1000, (long long)rtt / 1000,
		       (long long)tick);
}

static void check_bounds(struct judge *j, int p)
{
	const struct got_clock *c = &j->a.clock[p];
	int64_t t = overlap_start(j, p);
	int64_t is = tap_clock(j->s, p, t) - tap_clock(j->s, 0, t);
	double drift = (double)(j->s->point[p].clock.drift_ppb -
				j->s->point[0].clock.drift_ppb) / 1e3;

	j->t->clocks++;
	if (is < c->low || is > c->high) {
		j->t->clock_out++;
		judge_complain(j, "clock of %s: offset %lld ns outside "
				  "[%lld,%lld] (by %lld)",
			       j->s->point[p].name, (long long)is,
			       (long long)c->low, (long long)c->high,
			       (long long)(is < c->low ? is - c->low :
							 is - c->high));
	}
	/* d(offset)/dt on the first point's clock: 0.02 ppm of second order */
	if (drift < c->drift_low - 0.02 || drift > c->drift_high + 0.02) {
		j->t->drift_out++;
		judge_complain(j, "clock of %s: drift %.3f ppm outside "
				  "[%.3f,%.3f]",
			       j->s->point[p].name, drift, c->drift_low,
			       c->drift_high);
	}
}

/* A step that is larger than the bounds, well inside the capture. */
static void check_step(struct judge *j, int p)
{
	const struct clock_cfg *k = &j->s->point[p].clock;
	const struct got_clock *c = &j->a.clock[p];

	if (!k->step_by) {
		if (!c->steps || j->s->point[0].clock.step_by)
			return;
		j->t->step_missed++;
		judge_complain(j, "clock of %s: %d steps said, none there",
			       j->s->point[p].name, c->steps);
		return;
	}
	if (k->step_at < j->first_t[p] + 2 * SEC ||
	    k->step_at > j->last_t[p] - 2 * SEC)
		return;
	j->t->steps++;
	int64_t off = c->step_by - k->step_by;

	if (c->steps == 1 && llabs(off) <= j->delay_max[0][p] +
						   j->delay_max[p][0] +
						   4 * k->tick)
		return;
	j->t->step_missed++;
	judge_complain(j, "clock of %s: step of %lld ms: %d said, by %lld ms",
		       j->s->point[p].name, (long long)k->step_by / 1000000,
		       c->steps, (long long)c->step_by / 1000000);
}

void judge_clocks(struct judge *j)
{
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
