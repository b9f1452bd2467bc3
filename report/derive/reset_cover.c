/* Resets that nobody saw leave: see the header.
 *
 * Captures seldom begin and end at the same moment.  A reset that a point has when the
 * next one towards the server has nothing comes from the server, or from what is between:
 * with one capture nobody can tell.
 *
 * By the clocks, or by the SYN if both have that: the server cannot have sent the reset
 * later behind it, at the far point, than it came behind it at the near one.
 * Between two files of a point nothing is known, either.
 *
 * Cost: a look at all files for each reset.
 */
#include "report/derive/reset_cover.h"

#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "correlate/clock.h"
#include "report/derive/stop_int.h"

static const struct clock_row *clock_of(const struct model *m, int64_t point)
{
	const struct clock_row *c = model_clock(m, point);

	return c && (c->status == CLOCK_REFERENCE || c->status == CLOCK_FITTED)
		       ? c
		       : NULL;
}

static const struct flow_view *flow_at(const struct session_view *v, int pos)
{
	for (size_t i = 0; i < v->row.n_flows; i++)
		if (v->row.flows[i].point_pos == pos)
			return &v->flow[i];
	return NULL;
}

/* What is known of when a reset passed a point. */
struct when {
	const struct clock_row *clock; /* the point's */
	bool timed;                    /* by the clocks: */
	int64_t low, high;             /* on the first point's */
	bool has_syn;                  /* by the point's own: */
	int64_t latest;
};

static struct when when_of(const struct model *m, const struct session_view *v,
			   int pos, const struct flow_view *f, int64_t at_ns)
{
	const struct clock_row *near = clock_of(m, f->row.point);
	const struct flow_view *w = flow_at(v, pos);
	struct when x = { .clock = clock_of(m, m->points[pos - 1].id) };
	int64_t mid;

	x.timed = near && x.clock &&
		  clock_to_first(near, at_ns, &mid, &x.low, &x.high);
	x.has_syn = w && w->dir[0].syn && f->dir[0].syn;
	if (x.has_syn)
		x.latest = time_add(w->dir[0].syn_ns,
				    time_sub(at_ns, f->dir[0].syn_ns));
	return x;
}

/* Is that not within the packets of this file? */
static bool is_beside(const struct when *x, const struct file_row *f)
{
	int64_t mid, from, to, any;

	if (x->has_syn && (f->last_ns < x->latest || f->first_ns > x->latest))
		return true;
	return x->timed &&
	       clock_to_first(x->clock, f->first_ns, &mid, &from, &any) &&
	       clock_to_first(x->clock, f->last_ns, &mid, &any, &to) &&
	       (x->low > to || x->high < from);
}

/* Did no capture at @pos run, as far as is known? */
static bool is_outside(const struct model *m, const struct session_view *v,
		       int pos, const struct flow_view *f, int64_t at_ns)
{
	struct when x = when_of(m, v, pos, f, at_ns);
	bool any = false;

	for (size_t i = 0; i < m->n_files; i++) {
		const struct file_row *r = &m->files[i];

		if (r->point != m->points[pos - 1].id || !r->packets)
			continue;
		if (!is_beside(&x, r))
			return false;
		any = true;
	}
	return any;
}

/* Is the point at @q farther from the client than the one at @pos?  @side: the client's,
 * below 0: not known, so it may be. */
static bool is_beyond(int q, int pos, int side)
{
	return q != pos && (side < 0 || (q > pos) == (side == 0));
}

int reset_uncovered(struct derive *d, const struct session_view *v, int from,
		    int64_t at_ns)
{
	const struct model *m = derive_model(d);
	int pos = v->row.flows[from].point_pos, found = 0;
	int side = v->row.n_flows > 1 ? v->row.client_end == 1
				      : stop_client_side(d, v, from);

	if (strcmp(session_on_host(v, from, 1), "yes") == 0)
		return 0;
	for (int q = 1; q <= (int)m->n_points; q++) {
		if (!is_beyond(q, pos, side))
			continue;
		if (is_outside(m, v, q, &v->flow[from], at_ns))
			found = !found || (found < q) == (q < pos) ? q : found;
		else if (!witness_one_way(derive_witness(d), q))
			return 0;
	}
	return found;
}

void reset_tell_uncovered(struct draft *f, const struct model *m, int pos,
			  uint64_t n, uint64_t of)
{
	char some[TEXT_UNIT];

	draft_text(f,
		   "Nothing that was captured at %s is of the time of %s%s: "
		   "whether the reset%s came by there, and so who sent %s, is "
		   "not known.",
		   model_point_name(m, pos),
		   n < of    ? text_count(n, some)
		   : of == 1 ? "this reset"
			     : "these resets",
		   n < of ? " of them" : "", plural(n), n == 1 ? "it" : "them");
	if (n == of && f->row.severity > SEV_MEDIUM)
		f->row.severity = SEV_MEDIUM;
}
