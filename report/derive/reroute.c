/* change.route: the route between two points changed during the capture.
 *
 * Sessions that were swept show it by their TTLs, by the floor of their round
 * trips, or by both (route.c); one finding per hop.  By the floor alone it is
 * likely, not certain: a queue that others keep full looks the same.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "report/derive/words.h"

#define FELT_NS 10000000

struct rerouted { /* a hop */
	int a_pos, b_pos;
	uint64_t by_ttl, by_floor;
	struct draft *draft;
};

struct reroutes {
	struct VEC(struct rerouted) hops;
};

static void *begin(struct derive *d)
{
	(void)d;
	return mem_zalloc(1, sizeof(struct reroutes));
}

static struct rerouted *hop_of(struct reroutes *s, int a, int b)
{
	struct rerouted *h;

	for (size_t i = 0; i < s->hops.n; i++)
		if (s->hops.at[i].a_pos == a && s->hops.at[i].b_pos == b)
			return &s->hops.at[i];
	h = VEC_PUSH(&s->hops);
	*h = (struct rerouted){ .a_pos = a, .b_pos = b };
	return h;
}

static struct draft *draft_of(struct rerouted *h, struct derive *d,
			      const struct session_view *v)
{
	const struct model *m = derive_model(d);

	if (h->draft)
		return h->draft;
	h->draft = draft_new(d, "change.route", SEV_LOW, 30);
	draft_hop(h->draft, m, h->a_pos, h->b_pos);
	draft_session_filters(h->draft, v);
	draft_place(h->draft, "the routers between %s and %s",
		    model_point_name(m, h->a_pos),
		    model_point_name(m, h->b_pos));
	draft_next(h->draft, "compare with the routers' logs of that time: a "
			     "link that failed or came back, a routing "
			     "protocol that converged");
	return h->draft;
}

/* @from: who sent it, as a flow. */
static void sight(struct draft *f, const struct session_view *v, int from,
		  int to, const struct route_sight *x, const char *note)
{
	draft_evidence(f, v->flow[from].point->id, x->near_file, x->near_frame,
		       x->near_ns, "%s", note);
	draft_evidence(f, v->flow[to].point->id, x->far_file, x->far_frame,
		       x->far_ns, "%s, as it arrived", note);
}

static bool by_ttl(struct reroutes *s, struct derive *d,
		   const struct session_view *v, const struct route_watch *w)
{
	bool found = false;

	for (int way = 0; way < 2; way++) {
		const struct route_run *run = route_ttl(w, way);
		int from = way ? w->b : w->a, to = way ? w->a : w->b;
		struct rerouted *h;
		struct draft *f;
		char at[TEXT_UNIT];

		if (!run)
			continue;
		h = hop_of(s, v->row.flows[w->a].point_pos,
			   v->row.flows[w->b].point_pos);
		f = draft_of(h, d, v);
		if (!h->by_ttl && !found)
			draft_text(f,
				   "From %s to %s packets pass %d router%s "
				   "instead of %d, from %s on (by their TTLs, "
				   "which no clock or queue touches).",
				   v->flow[from].point->name,
				   v->flow[to].point->name, run->drop,
				   run->drop == 1 ? "" : "s", run[-1].drop,
				   text_time(run->first.near_ns, at));
		sight(f, v, from, to, &run->first,
		      "the first on the other route");
		found = true;
	}
	return found;
}

static int64_t tick_of(const struct derive *d, const struct session_view *v,
		       int flow)
{
	const struct clock_row *c = model_clock(derive_model(d),
						v->flow[flow].point->id);

	return c ? c->resolution_ns : 1;
}

static bool by_floor(struct reroutes *s, struct derive *d,
		     const struct session_view *v, const struct route_watch *w)
{
	struct route_move m = route_floor(w, tick_of(d, v, w->a) +
						     tick_of(d, v, w->b));
	struct rerouted *h;
	struct draft *f;
	char was[TEXT_UNIT], is[TEXT_UNIT];
	int64_t more = m.after_ns - m.before_ns;

	if (!m.known)
		return false;
	h = hop_of(s, v->row.flows[w->a].point_pos,
		   v->row.flows[w->b].point_pos);
	f = draft_of(h, d, v);
	if (more > FELT_NS && more > m.before_ns / 2)
		f->row.severity = SEV_MEDIUM;
	sight(f, v, w->a, w->b, m.before, "the fastest shortly before");
	sight(f, v, w->a, w->b, m.after, "the fastest shortly after");
	if (h->by_floor) /* the figures are those of the first */
		return true;
	draft_text(f,
		   "The least round trip between the two points goes from %s "
		   "to %s and stays there; it has no clock in it.",
		   text_duration(m.before_ns, was),
		   text_duration(m.after_ns, is));
	json_object_set_new(f->measure, "before_ns", json_integer(m.before_ns));
	json_object_set_new(f->measure, "after_ns", json_integer(m.after_ns));
	return true;
}

static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	struct reroutes *s = state;

	if (!facts || v->row.verdict == PAIR_AMBIGUOUS ||
	    v->row.kind == PAIR_RELAYED)
		return;
	for (size_t i = 0; i < facts->n_routes; i++) {
		const struct route_watch *w = &facts->route[i];
		bool ttl = by_ttl(s, d, v, w), floor = by_floor(s, d, v, w);
		struct rerouted *h;

		if (!ttl && !floor)
			continue;
		h = hop_of(s, v->row.flows[w->a].point_pos,
			   v->row.flows[w->b].point_pos);
		h->by_ttl += ttl;
		h->by_floor += floor;
		draft_session(h->draft, v->row.id);
	}
}

static void finish(void *state, struct derive *d)
{
	struct reroutes *s = state;
	const struct model *m = derive_model(d);

	for (size_t i = 0; i < s->hops.n; i++) {
		struct rerouted *h = &s->hops.at[i];

		draft_title(h->draft, "The route between %s and %s changed%s",
			    model_point_name(m, h->a_pos),
			    model_point_name(m, h->b_pos),
			    h->by_ttl ? "" : ", as the least round trip shows");
		if (!h->by_ttl)
			draft_against(h->draft,
				      "TTLs show no other number of routers: "
				      "a queue that other traffic keeps full "
				      "from then on would look like this");
		json_object_set_new(h->draft->measure, "sessions_by_ttl",
				    json_integer((json_int_t)h->by_ttl));
		json_object_set_new(h->draft->measure, "sessions_by_round_trip",
				    json_integer((json_int_t)h->by_floor));
	}
	VEC_FREE(&s->hops);
	free(s);
}

const struct rule_group rules_reroute = { "reroute", begin, session, finish };
