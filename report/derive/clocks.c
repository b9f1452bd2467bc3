/* clock.step, clock.unknown: what the clocks leave unknown.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/time.h"
#include "correlate/clock.h"
#include "report/derive/words.h"

struct clocks {
	bool *shares; /* by pos - 1: a session with another point */
};

static void *begin(struct derive *d)
{
	struct clocks *s = mem_zalloc(1, sizeof *s);

	s->shares = mem_zalloc(derive_model(d)->n_points, sizeof *s->shares);
	return s;
}

static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	struct clocks *s = state;

	(void)d;
	(void)facts;
	for (size_t i = 0; v->row.n_flows > 1 && i < v->row.n_flows; i++)
		s->shares[v->row.flows[i].point_pos - 1] = true;
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
	return time_sub(before, after);
}

static const struct steady *steady_first(const struct model *m)
{
	static const struct steady none;

	return m->timings && m->timings->n ? &m->timings->point[0].steady
					   : &none;
}

static struct draft *step_draft(struct derive *d, const struct point_row *p)
{
	struct draft *f = draft_new(d, "clock.step", SEV_LOW, 8);

	draft_title(f, "The clock at %s was set while capturing", p->name);
	draft_next(f, "capture again with the clock left alone, or slewed "
		      "instead of stepped, if times across the jump matter");
	return f;
}

static void step_text(struct draft *f, int64_t by_ns, int64_t from_ns,
		      int64_t to_ns)
{
	char by[TEXT_UNIT], a[TEXT_UNIT], b[TEXT_UNIT];

	draft_text(f, "It jumps by %s between %s and %s (its own time).",
		   text_duration(by_ns, by), text_time(from_ns, a),
		   text_time(to_ns, b));
}

/* Steps of the first clock show in all rows; they are reported once. */
static void write_steps(struct derive *d, const struct point_row *p,
			const struct clock_row *c)
{
	const struct model *m = derive_model(d);
	struct draft *f = NULL;
	bool either = false;
	size_t n = 0;

	for (size_t i = 0; i + 1 < c->n; i++) {
		enum steady_whose whose;

		if (c->piece[i + 1].joined)
			continue;
		whose = steady_whose(steady_first(m), c, i);
		if (whose == STEADY_FIRST)
			continue;
		f = f ? f : step_draft(d, p);
		step_text(f, step_size(c, i), c->piece[i].to_ns,
			  c->piece[i + 1].from_ns);
		either |= whose == STEADY_EITHER && c->piece[i].place[1];
		n++;
	}
	if (!f)
		return;
	if (either)
		draft_against(f,
			      "it may be the clock at %s that was set, by as "
			      "much the other way: no packet was under way "
			      "between the two then, and times of one of them "
			      "across the jump are off by it",
			      m->points[0].name);
	json_object_set_new(f->measure, "steps", json_integer((json_int_t)n));
}

static void write_first(struct derive *d)
{
	const struct model *m = derive_model(d);
	const struct steady *s = steady_first(m);
	struct draft *f;

	if (s->era.n < 2)
		return;
	f = step_draft(d, &m->points[0]);
	for (size_t e = 0; e + 1 < s->era.n; e++) {
		const struct era *a = &s->era.at[e], *b = a + 1;

		step_text(f, time_sub(a->shift_ns, b->shift_ns), a->to_ns,
			  b->from_ns);
	}
	json_object_set_new(f->measure, "steps",
			    json_integer((json_int_t)s->era.n - 1));
}

/* Is the point at @pos one that pair.none tells of, as it has nothing in common
 * with the others?  That its clock is unknown goes without saying. */
static bool is_apart(const struct clocks *s, const struct model *m, int pos)
{
	for (size_t i = 0; i < m->figures.n; i++)
		if (m->figures.hop[i].from_pos < pos &&
		    m->figures.hop[i].to_pos >= pos)
			return false;
	for (size_t i = 0; i < m->n_relays; i++)
		for (int k = 0; k < 2; k++)
			if (m->relays[i].end[k].point_pos == pos)
				return false;
	return !s->shares[pos - 1];
}

static void write_unknown(const struct clocks *s, struct derive *d,
			  const struct point_row *p, const struct clock_row *c)
{
	struct draft *f;

	if (c->status != CLOCK_NONE && c->status != CLOCK_ONE_WAY)
		return;
	if (c->status == CLOCK_NONE && is_apart(s, derive_model(d), p->pos))
		return;
	f = draft_new(d, "clock.unknown", SEV_LOW, 9);
	draft_title(f,
		    "The clock at %s cannot be compared with the first "
		    "point's",
		    p->name);
	draft_text(f,
		   c->status == CLOCK_NONE
			   ? "No packet is known to be the same at both, so "
			     "one-way delays and times between them are not "
			     "given."
			   : "Only packets of one direction can be compared: "
			     "the offset is bounded on one side, and "
			     "one-way delays are not given.");
	draft_next(
		f,
		"if both clocks are known to be synchronised within T, say so: "
		"--clock %s=synced:T",
		p->name);
}

static void finish(void *state, struct derive *d)
{
	struct clocks *s = state;
	const struct model *m = derive_model(d);

	write_first(d);
	for (size_t i = 1; i < m->n_points; i++) {
		const struct clock_row *c = model_clock(m, m->points[i].id);

		if (!c)
			continue;
		write_steps(d, &m->points[i], c);
		write_unknown(s, d, &m->points[i], c);
	}
	free(s->shares);
	free(s);
}

const struct rule_group rules_clock = { "clock", begin, session, finish };
