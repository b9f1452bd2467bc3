/* Shows sessions to the observer while their records are at hand.
 *
 * The two halves of a conversation answered from another address
 * (correlate/halves.h) are shown as one: each with the other's strands as its
 * missing direction.
 *
 * Cost: for a half, the other one's flows are opened again.
 */
#include "correlate/fate_int.h"

#include <stdlib.h>
#include <string.h>

#include "store/exchange.h"

static void keep_exchanges(void *ctx, uint32_t number, const struct buf *data)
{
	struct worker *w = ctx;

	shelf_rows_add(w->rows, SHELF_EXCHANGE, w->session, number, data);
}

/* The only direction that a session has; -1: both, or none. */
static int only_way(const struct sweep_session *s)
{
	bool has[2] = { false, false };

	for (size_t k = 0; k < s->row->n_flows * 2; k++)
		has[k & 1] |= s->strand[k].n > 0;
	return has[0] == has[1] ? -1 : has[1];
}

/* @own with the other half's strands as direction @d, point by point. */
static struct strand *join_strands(const struct sweep_session *own,
				   const struct sweep_session *other, int d)
{
	size_t way = (size_t)only_way(other);
	size_t n = own->row->n_flows;
	struct strand *both = mem_zalloc(n * 2 + 1, sizeof *both);

	memcpy(both, own->strand, n * 2 * sizeof *both);
	for (size_t k = 0; k < n; k++)
		for (size_t i = 0; i < other->row->n_flows; i++) {
			if (own->row->flows[k].point_pos !=
			    other->row->flows[i].point_pos)
				continue;
			both[k * 2 + (size_t)d] = other->strand[i * 2 + way];
			both[k * 2 + (size_t)d].flow = (int)k;
		}
	return both;
}

/* Shows the conversation of which @s is @half to the observer. */
static void observe_joined(struct job *j, struct worker *w, struct fate_seen *x,
			   const struct sweep_session *s,
			   const struct half *half)
{
	struct session_row row;
	struct sweep_session other = { .row = &row };
	struct flow_row *flow;
	int borrowed = half->asks;

	if (!store_session_peek(w->s, half->other, &row))
		return;
	flow = mem_zalloc(row.n_flows + 1, sizeof *flow);
	/* the asking one has to be the client's */
	if (fate_session_open(j, w->s, &other, flow) &&
	    only_way(s) == !borrowed && only_way(&other) >= 0 &&
	    (borrowed || !only_way(&other))) {
		x->strand = join_strands(s, &other, borrowed);
		x->joined = true;
		x->borrowed = borrowed;
	}
	j->observer->session(j->observer->ctx, x, keep_exchanges, w);
	if (x->joined)
		free(x->strand);
	fate_session_close(&other, flow);
	session_row_release(&row);
}

static struct fate_seen seen_of(const struct job *j, const struct worker *w,
				const struct sweep_session *s,
				const struct figures *fig,
				const struct flow_row *flow)
{
	return (struct fate_seen){ .env = &j->env,
				   .reader = w->s,
				   .worker = (unsigned)(w - j->worker),
				   .row = s->row,
				   .flow = flow,
				   .strand = s->strand,
				   .fig = fig };
}

void fate_observe(struct job *j, struct worker *w,
		  const struct sweep_session *s, const struct figures *fig,
		  const struct flow_row *flow)
{
	const struct half *half = halves_of(j->halves, s->row->id);
	struct fate_seen x = seen_of(j, w, s, fig, flow);

	w->session = s->row->id;
	if (!j->observer)
		return;
	if (half)
		observe_joined(j, w, &x, s, half);
	else
		j->observer->session(j->observer->ctx, &x, keep_exchanges, w);
}

bool fate_observes_losses(struct job *j, struct worker *w,
			  const struct sweep_session *s,
			  const struct flow_row *flow)
{
	const struct figures none = { 0 };
	struct fate_seen x = seen_of(j, w, s, &none, flow);
	const struct fate_observer *o = j->observer;

	return o && !(o->wants_trips && o->wants_trips(o->ctx, &x));
}

bool fate_observes_early(struct job *j, struct worker *w,
			 const struct sweep_session *s,
			 const struct flow_row *flow)
{
	const struct figures none = { 0 };
	struct fate_seen x = seen_of(j, w, s, &none, flow);
	const struct fate_observer *o = j->observer;

	return o && o->wants_trips && !halves_of(j->halves, s->row->id) &&
	       o->wants_trips(o->ctx, &x);
}
