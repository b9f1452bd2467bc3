/* The fates of a long session, by several processors.
 *
 * Its directions are swept apart (sweep_both()), and the observer looks at it
 * meanwhile if it can: each over strands of its own, that a connection of its
 * own reads.  So a single session of millions of packets keeps two processors
 * busy.
 *
 * Memory: the runs that each of the strands has unpacked (store/recs.h).
 */
#include "correlate/fate_int.h"

#include <stdlib.h>

#define LONG 200000 /* records: fewer are not worth two more connections */

bool fate_is_long(const struct sweep_session *s)
{
	uint64_t n = 0;

	for (size_t k = 0; k < s->row->n_flows * 2; k++)
		n += s->strand[k].n;
	return n >= LONG;
}

static bool is_ready(struct job *j, struct worker *w)
{
	if (!w->long_match)
		w->long_match = match_writer_new();
	for (int d = 0; d < 2; d++)
		if (!w->long_s[d])
			w->long_s[d] = store_reader(j->s, &w->err);
	return w->long_s[0] && w->long_s[1];
}

struct look { /* for observing the session during its sweep */
	struct job *j;
	struct worker *w;
	const struct sweep_session *s;
	const struct flow_row *flow;
};

static void observe(void *ctx, const struct figures *trips)
{
	struct look *l = ctx;

	fate_observe(l->j, l->w, l->s, trips, l->flow);
}

/* @way: as sweep_both() wants it.  Return: whether @s was observed. */
static bool sweep_ways(struct job *j, struct worker *w,
		       const struct sweep_session *s,
		       const struct flow_row *flow, struct sweep_session way[2])
{
	struct look look = { j, w, s, flow };
	struct sweep_aside aside = { observe, &look };
	bool early = !j->loss && fate_observes_early(j, w, s, flow);

	for (int d = 0; d < 2; d++)
		fate_session_times(&way[d]);
	return sweep_both(&j->env, way, early ? &aside : NULL);
}

bool fate_sweep_long(struct job *j, struct worker *w, struct sweep_session *s,
		     const struct flow_row *flow, bool *observed)
{
	struct sweep_session way[2] = { *s, *s };
	struct flow_row *flows[2];
	struct evidence say = { 0 };
	struct guesses guesses = { 0 };
	bool ok = is_ready(j, w);

	if (!ok)
		return false;
	way[1].room = NULL;
	way[1].out = w->long_match;
	if (s->say) {
		evidence_init(&say, j->env.n_points, j->watch);
		way[1].say = &say;
		way[1].guesses = &guesses;
	}
	for (int d = 0; d < 2; d++) {
		flows[d] = mem_zalloc(s->row->n_flows + 1, sizeof *flows[d]);
		ok = fate_session_open(j, w->long_s[d], &way[d], flows[d]) &&
		     ok;
	}
	if (ok)
		*observed = sweep_ways(j, w, s, flow, way);
	s->fig = way[0].fig;
	way[0].fig = (struct figures){ 0 };
	for (int d = 0; d < 2; d++)
		fate_session_close(&way[d], flows[d]);
	if (s->say)
		evidence_release(&say);
	guesses_release(&guesses);
	return ok;
}

bool fate_long_failed(const struct worker *w)
{
	for (int d = 0; d < 2; d++)
		if (w->long_s[d] && store_failed(w->long_s[d]))
			return true;
	return false;
}

void fate_long_close(struct worker *w)
{
	for (int d = 0; d < 2; d++) {
		store_close(w->long_s[d]);
		w->long_s[d] = NULL;
	}
}
