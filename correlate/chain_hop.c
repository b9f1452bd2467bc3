/* What is known of a hop before its records are read: by how much numbers differ between
 * its ends, and what the clocks allow.
 *
 * Numbers are those that pairing found, unless the SYNs, or what both ends have of the
 * streams, say otherwise; where the two ends do not show it, a third point may.  What a
 * packet takes lies between the bounds of the clocks; with bounds on one side only a
 * guess has to do, which is enough to recognise retransmissions.
 *
 * Cost: what numbers_tell() and numbers_settle() take, for each hop and direction.
 */
#include "correlate/chain.h"

#include "base/time.h"
#include "correlate/numbers.h"

#define GUESS_DEV 20000000 /* ns: uncertainty of a pace from one-way clocks */

static bool acks_any(const struct strand *s)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (strand_at(s, i)->tcp_flags & REC_ACK)
			return true;
	return false;
}

/* Uses a third point, whose numbers are certain against both of the hop's: it
 * may have the SYN that the nearer one lacks. */
static void ask_third(const struct hop *h, const struct sweep_session *s,
		      struct numbers *x)
{
	for (size_t k = 0; k < s->row->n_flows; k++) {
		struct strand *t[2] = { &s->strand[k * 2],
					&s->strand[k * 2 + 1] };
		uint32_t a, b;

		if ((int)k == h->near->flow || (int)k == h->far->flow)
			continue;
		for (int d = 0; d < 2; d++) {
			if (x->certain[d] || !numbers_tell(x->p, t, d, &a) ||
			    !numbers_tell(t, x->q, d, &b))
				continue;
			x->certain[d] = x->known[d] = true;
			x->delta[d] = a + b;
		}
	}
}

/* By how much numbers differ between a hop's ends, checked or found. */
static void hop_numbers(struct hop *h, const struct sweep_session *s, int dir)
{
	const struct session_flow *n = &s->row->flows[h->near->flow];
	const struct session_flow *f = &s->row->flows[h->far->flow];
	struct numbers x = { .known = { false, false } };
	uint32_t told;

	h->use_ts = n->ts_known[dir] && f->ts_known[dir];
	h->ts_delta = f->ts_delta[dir] - n->ts_delta[dir];
	if (!h->tcp)
		return;
	for (int d = 0; d < 2; d++) {
		x.p[d] = &s->strand[h->near->flow * 2 + d];
		x.q[d] = &s->strand[h->far->flow * 2 + d];
		x.delta[d] = f->seq_delta[d] - n->seq_delta[d];
		x.known[d] = n->delta_known[d] && f->delta_known[d];
	}
	for (int d = 0; d < 2; d++) {
		x.certain[d] = numbers_tell(x.p, x.q, d, &told);
		/* a relay's streams need not begin where its SYNs say: pairing
		 * knows */
		if (x.certain[d] && !(h->relay && x.known[d])) {
			x.known[d] = true;
			x.delta[d] = told;
		}
	}
	if (!x.certain[0] || !x.certain[1])
		ask_third(h, s, &x);
	if (!h->relay && h->near->n && h->far->n) {
		numbers_settle(&x);
		h->unsure = !x.known[dir] ||
			    (!x.known[1 - dir] && acks_any(h->near) &&
			     acks_any(h->far));
	}
	h->told = x.certain[dir];
	h->numbered = x.known[0] && x.known[1];
	h->delta = x.known[dir] ? x.delta[dir] : 0;
	h->ack_delta = x.known[1 - dir] ? x.delta[1 - dir] : 0;
}

static int64_t tick_of(const struct clock_row *c)
{
	return c && c->resolution_ns > 0 ? c->resolution_ns : 1;
}

static void hop_clocks(struct hop *h, const struct sweep_env *env)
{
	const struct clock_row *n = env->clock[h->near->pos - 1];
	const struct clock_row *f = env->clock[h->far->pos - 1];
	int64_t width;

	h->max_transit = hop_f_bounded(env->max_transit_ns);
	h->tick = hop_dev_bounded(time_add(tick_of(n), tick_of(f)));
	stamps_bounds(n, f, strand_time(h->near, 0), &h->f_low, &h->f_high);
	if (h->f_low == INT64_MIN && h->f_high == INT64_MAX) {
		/* each is known one way: enough to recognise retransmissions */
		h->paced = stamps_guess(n, f, strand_time(h->near, 0),
					&h->pace);
		h->pace = hop_f_bounded(h->pace);
		h->dev = h->paced ? hop_dev_bounded(GUESS_DEV + h->tick) : 0;
		return;
	}
	/* The least F of all packets this way is where their upper bound comes
	 * from; a lower one is from the other way, and says nothing about how
	 * long these take. */
	h->paced = h->f_high != INT64_MAX;
	h->pace = hop_f_bounded(h->paced ? h->f_high : h->f_low);
	width = h->f_low != INT64_MIN && h->paced
			? time_sub(h->f_high, h->f_low)
			: 50000000;
	h->dev = hop_dev_bounded(1000000 + width / 32 + h->tick);
}

static void hop_ran(struct hop *h, const struct watch *w)
{
	h->near_ran = w->span.n > 0;
	for (size_t i = 0; i < w->span.n; i++)
		if (!i || w->span.at[i].to_ns > h->near_until)
			h->near_until = w->span.at[i].to_ns;
}

void chain_prepare(const struct chain *c, struct hop *h)
{
	if (c->env->watch)
		hop_ran(h, &c->env->watch[h->near->pos - 1]);
	h->relay = session_relayed(c->s->row, h->near->flow, h->far->flow);
	hop_numbers(h, c->s, c->dir);
	if (h->near->n) {
		hop_clocks(h, c->env);
	} else {
		h->f_low = INT64_MIN;
		h->f_high = INT64_MAX;
	}
}
