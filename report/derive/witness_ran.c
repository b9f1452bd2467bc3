/* Whether a point's capture ran at a time, and what it has at all: see witness.h.
 *
 * All times are on the first point's clock.  A point may have several files, with gaps
 * between them (a ring buffer, a capture that was stopped): it ran within one of them.
 * Where the clock of the point or of the flow is not known, nothing is said.
 *
 * Cost: the files of the case, at each call.
 */
#include "correlate/clock.h"
#include "report/derive/witness_int.h"

enum when { /* a time lies, by a point's files */
	    WHEN_UNKNOWN,
	    WHEN_BEFORE, /* all of them */
	    WHEN_WITHIN, /* one */
	    WHEN_AFTER   /* some, and within none */
};

bool witness_to_first(const struct model *m, int64_t point, int64_t t,
		      int64_t *out)
{
	const struct clock_row *c = model_clock(m, point);
	int64_t low, high;

	*out = t;
	return c && clock_to_first(c, t, out, &low, &high);
}

/* The next file of @point from *@i on that has packets, and what it spans.  Return:
 * false: there is none.  */
static bool next_file(const struct model *m, int64_t point, size_t *i,
		      struct span *s)
{
	while (*i < m->n_files) {
		const struct file_row *f = &m->files[(*i)++];

		if (f->point != point || !f->packets)
			continue;
		s->known = witness_to_first(m, point, f->first_ns, &s->from);
		witness_to_first(m, point, f->last_ns, &s->to);
		return true;
	}
	return false;
}

/* When @flow began. */
static enum when began(const struct model *m, int pos,
		       const struct flow_row *flow)
{
	int64_t point = m->points[pos - 1].id, at;
	enum when when = WHEN_UNKNOWN;
	struct span s;
	size_t i = 0;

	if (!model_clock(m, point) || !model_clock(m, flow->point))
		return WHEN_UNKNOWN;
	witness_to_first(m, flow->point, flow->first_ns, &at);
	while (when != WHEN_WITHIN && next_file(m, point, &i, &s)) {
		if (s.from <= at)
			when = at <= s.to ? WHEN_WITHIN : WHEN_AFTER;
		else if (when == WHEN_UNKNOWN)
			when = WHEN_BEFORE;
	}
	return when;
}

bool witness_ran(const struct model *m, int pos, const struct flow_row *flow)
{
	return began(m, pos, flow) == WHEN_WITHIN;
}

bool witness_is_early(const struct model *m, int pos,
		      const struct flow_row *flow)
{
	return began(m, pos, flow) == WHEN_BEFORE;
}

struct span witness_span(const struct model *m, int pos)
{
	struct span all = { .from = INT64_MAX, .to = INT64_MIN, .known = true };
	struct span s;
	size_t i = 0;

	while (next_file(m, m->points[pos - 1].id, &i, &s)) {
		all.known &= s.known;
		all.from = s.from < all.from ? s.from : all.from;
		all.to = s.to > all.to ? s.to : all.to;
	}
	return all;
}

bool witness_both_ways(const struct witness *w, int pos)
{
	return w->ran[pos - 1].both_ways;
}

bool witness_one_way(const struct witness *w, int pos)
{
	return w->ran[pos - 1].one_way && !w->ran[pos - 1].both_ways;
}
