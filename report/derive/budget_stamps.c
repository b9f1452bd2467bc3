/* Sessions of which a point has the two directions from two clocks, or one of
 * them late: what their time was spent on is not known then (ahead.h).
 *
 * Where only a point between is so, near and far still tell whose time it is.
 *
 * Exchanges are written as they end, some before that is known.  What the far point
 * has of one cannot take longer than all of it: twice that shows it at once.  (Where
 * the server asks it is longer by a round trip; it is less than nothing where an
 * answer comes before its request is complete.)
 */
#include "report/derive/budget_int.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"

#define MUCH 500000 /* ns; half of that in ahead.c */

static int64_t apart_by(const struct making *m, const struct tap *t,
			bool *server)
{
	int pos = m->x->row->flows[t->flow].point_pos;
	const struct clock_row *c = m->x->env->clock[pos - 1];

	for (int d = 0; d < 2; d++) {
		int64_t ns = ahead_by(&t->lane[d].ahead,
				      c ? c->resolution_ns : 1);

		if (ns) {
			*server = d == 1;
			return ns;
		}
	}
	return 0;
}

static void add_point(struct making *m, int pos, int64_t ns, bool server)
{
	struct group *g;
	char key[16];

	snprintf(key, sizeof key, "%d", pos);
	g = grouping_of(m->bench->groups, CAUSE_STAMPS, key);
	g->sessions++;
	g->errors += server;
	hist_add(&g->hold, ns);
	group_top_add(g, &(struct group_top){ ns, m->x->row->id, UINT32_MAX });
}

/* All of the session's time is nobody's. */
static void attribute_none(struct budget *b)
{
	int64_t total = budget_total(b);

	memset(b->part, 0, sizeof b->part);
	b->part[TIME_UNATTRIBUTED] = total;
	b->before_ns = b->beyond_ns = 0;
	b->n_hops = 0;
	b->base_ns = -1;
	memset(b->repair_ns, 0, sizeof b->repair_ns);
}

/* Does what the far point has of @x take much longer than all of it? */
static bool does_not_fit(const struct making *m, const struct exchange *x)
{
	const struct tap *far = &m->tap[m->line.n_taps - 1];
	int64_t ns;

	if (m->line.n_taps < 2 || x->far[0] == EXCHANGE_NONE ||
	    x->far[1] == EXCHANGE_NONE)
		return false;
	ns = time_sub(strand_at(far->strand[1], (uint32_t)x->far[1])->time_ns,
		      strand_at(far->strand[0], (uint32_t)x->far[0])->time_ns);
	return ns / 2 > time_add(exchange_total(x), MUCH);
}

bool budget_stamps_doubt(const struct making *m, const struct exchange *x)
{
	bool server;

	return apart_by(m, &m->tap[0], &server) ||
	       apart_by(m, &m->tap[m->line.n_taps - 1], &server) ||
	       does_not_fit(m, x);
}

void budget_stamps_untold(struct exchange *x)
{
	int64_t total = exchange_total(x);

	memset(x->part, 0, sizeof x->part);
	x->part[TIME_UNATTRIBUTED] = total;
	x->far[0] = x->far[1] = EXCHANGE_NONE;
}

void budget_stamps(struct making *m)
{
	for (size_t i = 0; i < m->line.n_taps; i++) {
		const struct tap *t = &m->tap[i];
		bool server = false;
		int64_t ns = apart_by(m, t, &server);

		if (!ns)
			continue;
		add_point(m, m->x->row->flows[t->flow].point_pos, ns, server);
		m->apart |= !i || i + 1 == m->line.n_taps;
	}
	if (m->apart)
		attribute_none(&m->b);
}
