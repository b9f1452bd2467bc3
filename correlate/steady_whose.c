/* Whose step is it in a point's row: that of its own clock, or of the first
 * point's, which the row refers to?  These tell:
 *   packets in flight, both ways, when the clock was stepped: they are on the
 *       right side of the step in the order of the point whose clock it was,
 *       and mixed in the other one's;
 *   readings that a clock shows twice: it was set back.
 * Where neither does, a step that every other point shows at the same place of
 * the first capture and of the same size is the first clock's (shown_by()).
 * With two points there is no such evidence; then it is the clock that makes
 * the pause shorter, if only that is a usual pause (is_shorter()), else the
 * point's own.
 *
 * Cost: O(points * pieces) a step.
 */
#include "correlate/steady_int.h"

#define PAUSE_USUAL 25   /* times the mean one of the packets beside it */
#define PAUSE_UNUSUAL 75 /* longer than a usual one by so many */

struct step step_after(const struct clock_piece *p)
{
	const struct clock_piece *q = p + 1;
	struct step s;

	s.by = clock_sub(offset_at(q, q->from_ns), offset_at(p, q->from_ns));
	s.gap = clock_sub(q->from_ns, p->to_ns);
	s.first_from = clock_sub(p->to_ns, offset_at(p, p->to_ns));
	s.first_to = clock_sub(q->from_ns, offset_at(q, q->from_ns));
	s.first_gap = clock_sub(s.first_to, s.first_from);
	s.first_low = p->first_place[1];
	s.first_high = q->first_place[0];
	return s;
}

/* Are packets of both sides mixed in the capture order of a point? */
static bool is_mixed(const uint64_t before[2], const uint64_t after[2])
{
	return before[1] && after[0] && before[1] > after[0];
}

enum whose step_whose(const struct clock_piece *p, const struct step *s)
{
	bool here = is_mixed(p->place, p[1].place);
	bool there = is_mixed(p->first_place, p[1].first_place);

	if (p[1].joined)
		return WHOSE_OPEN;
	if (s->by > 0 && s->first_gap < -s->by / 4)
		return WHOSE_FIRST;
	if (s->by < 0 && s->gap < s->by / 4)
		return WHOSE_OWN;
	if (here == there)
		return WHOSE_OPEN;
	return here ? WHOSE_FIRST : WHOSE_OWN;
}

bool step_is_same(const struct step *s, const struct step *t)
{
	int64_t more = s->by > t->by ? clock_sub(s->by, t->by)
				     : clock_sub(t->by, s->by);
	int64_t size = s->by < 0 ? clock_sub(0, s->by) : s->by;

	if ((s->by < 0) != (t->by < 0) || more > size / 4)
		return false;
	if (s->first_high && t->first_high && s->first_low && t->first_low)
		return t->first_low < s->first_high &&
		       s->first_low < t->first_high;
	return t->first_to <= s->first_from && s->first_to <= t->first_from;
}

/* The step of @c that can be @s.  Return: the piece before it, or c->n. */
static size_t same_step(const struct clock_row *c, const struct step *s)
{
	for (size_t i = 0; i + 1 < c->n; i++) {
		struct step t = step_after(&c->piece[i]);

		if (!c->piece[i + 1].joined && step_is_same(s, &t))
			return i;
	}
	return c->n;
}

/* Does the row have packets on both sides of a step with these places? */
static bool covers(const struct clock_row *c, const struct step *s)
{
	uint64_t from = c->piece[0].first_place[0];
	uint64_t to = c->piece[c->n - 1].first_place[1];

	return !from || (from < s->first_high && to > s->first_low);
}

/* What the other points' rows say about a step of one. */
struct shown {
	size_t rows;  /* that show it */
	int first;    /* rows for the first clock, less those for the point's
		      * own */
	bool lacking; /* one that should show it does not */
};

static struct shown shown_by(const struct clock_row *const *clock, size_t n,
			     const struct step *s)
{
	struct shown out = { 0 };

	for (size_t k = 1; k < n; k++) {
		enum whose w;
		struct step t;
		size_t i;

		if (!is_bounded(clock[k]) || !clock[k]->n ||
		    !covers(clock[k], s))
			continue;
		i = same_step(clock[k], s);
		if (i == clock[k]->n) {
			out.lacking = true;
			continue;
		}
		t = step_after(&clock[k]->piece[i]);
		w = step_whose(&clock[k]->piece[i], &t);
		out.rows++;
		out.first += (w == WHOSE_FIRST) - (w == WHOSE_OWN);
	}
	return out;
}

/* Only with two points: is the pause about the step a usual one if the first
 * clock was set forward, and none if the point's own was set back? */
static bool is_shorter(const struct clock_piece *p, const struct step *s)
{
	int64_t mean = 0;

	if (s->by >= 0 || s->gap < 0)
		return false;
	for (int i = 0; i < 2; i++) {
		uint64_t packets = p[i].place[1] - p[i].place[0];
		int64_t ns = clock_sub(p[i].to_ns, p[i].from_ns);

		if (!p[i].place[0] || packets < PAUSE_USUAL ||
		    packets > INT32_MAX) /* of several files */
			return false;
		ns /= (int64_t)packets;
		mean = ns > mean ? ns : mean;
	}
	return s->gap / PAUSE_USUAL <= mean && -(s->by / PAUSE_UNUSUAL) >= mean;
}

bool step_is_firsts(const struct clock_row *const *clock, size_t n,
		    const struct clock_piece *p, const struct step *s)
{
	struct shown w;

	if (p[1].joined || !s->first_low || !s->first_high)
		return false;
	w = shown_by(clock, n, s);
	if (w.lacking || w.first)
		return !w.lacking && w.first > 0;
	return w.rows > 1 || is_shorter(p, s);
}
