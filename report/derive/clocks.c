/* clock.step, clock.unknown: what the clocks do not let one say.
 */
#include <stdlib.h>

#include "base/text.h"
#include "correlate/clock.h"
#include "report/derive/words.h"

static void *begin(struct derive *d)
{
	(void)d;
	return NULL;
}

/* How far the offset jumps between two pieces, at the second's start. */
static int64_t step_size(const struct clock_row *c, size_t i)
{
	struct clock_row one = *c;
	int64_t before, after, low, high, at = c->piece[i + 1].from_ns;

	one.n = 1;
	one.piece = &c->piece[i];
	clock_to_first(&one, at, &before, &low, &high);
	one.piece = &c->piece[i + 1];
	clock_to_first(&one, at, &after, &low, &high);
	return before - after;
}

static void write_steps(struct derive *d, const struct point_row *p,
			const struct clock_row *c)
{
	struct draft *f;
	size_t n = 0;

	for (size_t i = 1; i < c->n; i++)
		n += !c->piece[i].joined;
	if (!n)
		return;
	f = draft_new(d, "clock.step", SEV_LOW, 8);
	draft_title(f, "The clock at %s was set while capturing", p->name);
	for (size_t i = 0; i + 1 < c->n; i++) {
		char by[TEXT_UNIT], a[TEXT_UNIT], b[TEXT_UNIT];

		if (c->piece[i + 1].joined)
			continue;
		draft_text(f,
			   "It jumps by %s between %s and %s (its own time).",
			   text_duration(step_size(c, i), by),
			   text_time(c->piece[i].to_ns, a),
			   text_time(c->piece[i + 1].from_ns, b));
	}
	draft_next(f, "capture again with the clock left alone, or slewed "
		      "instead of stepped, if times across the jump matter");
	json_object_set_new(f->measure, "steps", json_integer((json_int_t)n));
}

static void write_unknown(struct derive *d, const struct point_row *p,
			  const struct clock_row *c)
{
	struct draft *f;

	if (c->status != CLOCK_NONE && c->status != CLOCK_ONE_WAY)
		return;
	f = draft_new(d, "clock.unknown", SEV_LOW, 9);
	draft_title(f,
		    "The clock at %s cannot be compared with the first "
		    "point's",
		    p->name);
	draft_text(f, c->status == CLOCK_NONE
			      ? "No session is seen at both, so one-way delays "
				"and times between them are not given."
			      : "Packets of one direction only are seen at "
				"both: the offset is bounded on one side, and "
				"one-way delays are not given.");
	draft_next(f, "say what is known with --clock %s=synced:T", p->name);
}

static void finish(void *state, struct derive *d)
{
	const struct model *m = derive_model(d);

	(void)state;
	for (size_t i = 1; i < m->n_points; i++) {
		const struct clock_row *c = model_clock(m, m->points[i].id);

		if (!c)
			continue;
		write_steps(d, &m->points[i], c);
		write_unknown(d, &m->points[i], c);
	}
}

const struct rule_group rules_clock = { "clock", begin, NULL, finish };
