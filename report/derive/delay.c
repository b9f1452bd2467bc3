/* delay.path: a hop's round trip, paid again for every request.
 *
 * A session's turns (requests answered, one after another) times the hop's
 * median round trip is time that no server and no client can win back.  It is
 * a finding where that is a large share of the session's time, over enough
 * turns, on a hop long enough to be felt.  The round trip is free of clocks
 * (algorithms.md A.3).
 */
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "report/derive/words.h"

#define DELAY_TURNS 5
#define DELAY_SHARE 0.4
#define DELAY_FELT_NS 20000000 /* below: nobody minds */
#define DELAY_HIGH_NS 50000000 /* above: the usual complaint */

struct slow_hop {
	int from_pos, to_pos;
	uint64_t sessions, turns;
	int64_t explained_ns, total_ns; /* over its sessions */
	struct hist rtt;
	struct draft *draft;
};

struct delay {
	struct VEC(struct slow_hop) hops;
};

static void *begin(struct derive *d)
{
	(void)d;
	return mem_zalloc(1, sizeof(struct delay));
}

static struct slow_hop *hop_of(struct delay *s, int from, int to)
{
	struct slow_hop *h;

	for (size_t i = 0; i < s->hops.n; i++)
		if (s->hops.at[i].from_pos == from &&
		    s->hops.at[i].to_pos == to)
			return &s->hops.at[i];
	h = VEC_PUSH(&s->hops);
	*h = (struct slow_hop){ .from_pos = from, .to_pos = to };
	return h;
}

/* The set-up's frames at both ends as an example. */
static void add_example(struct slow_hop *h, const struct session_view *v)
{
	for (size_t k = 0; k < v->row.n_flows; k++) {
		const struct flow_view *f = &v->flow[k];
		int pos = v->row.flows[k].point_pos;
		char gap[TEXT_UNIT];

		if ((pos != h->from_pos && pos != h->to_pos) ||
		    !f->dir[0].syn || !f->dir[1].syn)
			continue;
		draft_evidence(
			h->draft, f->row.point, f->first_file,
			f->dir[1].syn_frame, f->dir[1].syn_ns,
			"the SYN,ACK comes %s after the SYN here",
			text_duration(f->dir[1].syn_ns - f->dir[0].syn_ns,
				      gap));
	}
}

static void add_hop(struct delay *s, struct derive *d,
		    const struct session_view *v, const struct hop_figures *h,
		    uint64_t turns)
{
	const struct flow_view *f = &v->flow[0];
	int64_t total = f->row.last_ns - f->row.first_ns;
	int64_t rtt = hist_quantile(&h->rtt, 0.5);
	int64_t explained = rtt * (int64_t)turns;
	struct slow_hop *o;

	if (explained > total)
		explained = total;
	if (rtt < DELAY_FELT_NS || turns < DELAY_TURNS ||
	    (double)explained < DELAY_SHARE * (double)total)
		return;
	o = hop_of(s, h->from_pos, h->to_pos);
	if (!o->draft) {
		o->draft = draft_new(d, "delay.path", SEV_LOW, 50);
		draft_hop(o->draft, derive_model(d), h->from_pos, h->to_pos);
		draft_session_filters(o->draft, v);
	}
	o->sessions++;
	o->turns += turns;
	o->explained_ns += explained;
	o->total_ns += total;
	hist_merge(&o->rtt, &h->rtt);
	draft_session(o->draft, v->row.id);
	if (o->draft->row.n_evidence == 0)
		add_example(o, v);
}

static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	struct delay *s = state;

	if (!facts || v->row.verdict != PAIR_PAIRED)
		return;
	for (size_t i = 0; i < v->figures.n; i++)
		if (v->figures.hop[i].rtt.n)
			add_hop(s, d, v, &v->figures.hop[i], facts->turns);
}

static void finish_hop(const struct model *m, struct slow_hop *h)
{
	const char *from = model_point_name(m, h->from_pos);
	const char *to = model_point_name(m, h->to_pos);
	int64_t median = hist_quantile(&h->rtt, 0.5);
	char rtt[TEXT_UNIT], low[TEXT_UNIT], part[TEXT_UNIT], all[TEXT_UNIT];
	double share = h->total_ns ? 100.0 * (double)h->explained_ns /
					     (double)h->total_ns
				   : 0;

	if (median >= DELAY_HIGH_NS)
		h->draft->row.severity = SEV_HIGH;
	text_duration(median, rtt);
	text_duration(h->rtt.min, low);
	text_duration(h->explained_ns, part);
	text_duration(h->total_ns, all);
	draft_title(h->draft,
		    "The path from %s to %s adds %s to every round trip", from,
		    to, rtt);
	draft_text(
		h->draft,
		"Median round trip between the two points %s (least %s, %llu "
		"samples), whatever their clocks say: neither the client's "
		"nor the server's own time is in it.",
		rtt, low, (unsigned long long)h->rtt.n);
	draft_text(h->draft,
		   "%llu session%s went back and forth %llu times: %s of %s "
		   "%s (%.0f %%) is that path.",
		   (unsigned long long)h->sessions, h->sessions == 1 ? "" : "s",
		   (unsigned long long)h->turns, part,
		   h->sessions == 1 ? "its" : "their", all, share);
	draft_place(h->draft,
		    "the network between %s and %s: distance, or "
		    "queues on the way",
		    from, to);
	draft_next(h->draft,
		   "fewer round trips (batching, pipelining, a cache near the "
		   "client) help as the distance cannot be shortened");
	json_object_set_new(h->draft->measure, "round_trip_median_ns",
			    json_integer(median));
	json_object_set_new(h->draft->measure, "turns",
			    json_integer((json_int_t)h->turns));
	json_object_set_new(h->draft->measure, "share_percent",
			    json_real(share));
}

static void finish(void *state, struct derive *d)
{
	struct delay *s = state;

	for (size_t i = 0; i < s->hops.n; i++) {
		finish_hop(derive_model(d), &s->hops.at[i]);
		hist_release(&s->hops.at[i].rtt);
	}
	VEC_FREE(&s->hops);
	free(s);
}

const struct rule_group rules_delay = { "delay", begin, session, finish };
