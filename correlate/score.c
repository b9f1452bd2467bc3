/* Evidence in bits: log2 of how much likelier what is seen is if two flows are
 * one session than if they are not.
 *
 * Each group of facts adds its bits to its place in score.part; groups whose facts
 * depend on one another are capped together.  A fact weighs at most as much as its
 * value is unlikely by chance (28 bits for an initial sequence number).  If other
 * flows of these captures have the same value, it weighs no more than log2(flows /
 * flows that have it): what all flows have proves nothing.  Content that others
 * have counts only once: a flow with one piece of a download has all of it.
 * `possible` is the sum without that second limit, so that twins stay
 * candidates of one another and end as `ambiguous`, not as `alone`.
 *
 * Time: the difference of two points' times of the same packet is compared
 * with the coarse clock.  Delays have heavy tails, so the density is a
 * Cauchy's: log2(span / (pi w)) - log2(1 + (off/w)^2), between TIME_FLOOR and
 * TIME_CAP.  Several packets are compared and the best one counts, since any
 * of them may have been lost and sent again in between.
 *
 * Contradictions (EV_AGAINST) take bits away.  Vetoes: another protocol; local
 * multicast of another sender; times that no delay and no drift explain; answered
 * flows that have nothing of their own in common (score_own.c).  Two connections
 * with a relay between them are scored as such
 * (score_relay.c).  Different content at the same numbers is a strong contradiction,
 * but no veto: a device that changes payload is a finding, and then all else agrees.
 *
 * Cost: about 200 ns for a pair, more with many samples.
 *
 * References: Fellegi and Sunter, JASA 64 (1969), for adding log-likelihoods.
 */
#include "correlate/score.h"

#include <math.h>
#include <netinet/in.h>

#include "base/seq.h"
#include "correlate/key_counts.h"
#include "correlate/score_int.h"

#define TIME_CAP 18.0
#define TIME_FLOOR (-20.0)
#define OPTIONS_BITS 4.0

double score_weigh(const struct pairing *p, unsigned a, unsigned b, double cap)
{
	double la, lb, w;

	if (a <= 1 && b <= 1)
		return cap;
	/* The sketch stops at 255: then the value may be everyone's. */
	if (a == 255 || b == 255)
		return 0;
	la = p->m->l->rarity[a];
	lb = p->m->r->rarity[b];
	w = a <= 1 ? lb : b <= 1 ? la : la < lb ? la : lb;
	return w < 0 ? 0 : w < cap ? w : cap;
}

double score_weight(const struct pairing *p, uint64_t lkey, uint64_t rkey,
		    double cap)
{
	return score_weigh(p, point_seen(p->m->l, lkey),
			   point_seen(p->m->r, rkey), cap);
}

void score_add_weighed(struct pairing *p, enum evidence e, unsigned l,
		       unsigned r, double cap)
{
	score_add(p, e, score_weigh(p, l, r, cap), cap);
}

void score_compare_times(struct pairing *p, int d, int64_t tl, int64_t tr)
{
	double w = 1, off;

	if (!p->m->coarse.known)
		return;
	off = coarse_off(&p->m->coarse, d, tl, time_sub(tr, tl), &w);
	if (off < p->off) {
		p->off = off;
		p->width = w;
	}
}

/* --- sequence numbers --- */

static void score_isn(struct pairing *p)
{
	for (int d = 0; d < 2; d++) {
		uint32_t x, y;

		if (!both_syn(p, d))
			continue;
		x = (uint32_t)left(p, d)->seq_first;
		y = (uint32_t)right(p, d)->seq_first;
		score_set_delta(p, d, y - x);
		p->s->isn_equal[d] = x == y;
		if (x == y)
			score_add_weighed(p, EV_ISN, left_seen(p, d)->isn,
					  right_seen(p, d)->isn, 28);
		else if (score_rests(p, RESTS_ISN).keep_isn)
			score_add(p, EV_AGAINST, -6, -6);
	}
}

/* Ranges of numbers that overlap without any rewriting. */
static void score_seq(struct pairing *p)
{
	double sum = 0;

	for (int d = 0; d < 2; d++) {
		const struct flow_dir *x = left(p, d), *y = right(p, d);
		uint64_t lx, ly;
		double bits;
		int32_t ahead;

		if (!score_has_numbers(x) || !score_has_numbers(y) ||
		    both_syn(p, d))
			continue;
		lx = x->seq_next - x->seq_first;
		ly = y->seq_next - y->seq_first;
		ahead = seq_diff((uint32_t)y->seq_first,
				 (uint32_t)x->seq_first);
		if ((ahead >= 0 && (uint64_t)ahead > lx) ||
		    (ahead < 0 && (uint64_t) - (int64_t)ahead > ly))
			continue;
		bits = 32 - log2((double)(lx + ly) + 2);
		if (bits > 0)
			sum += bits < 20 ? bits : 20;
		score_set_delta(p, d, 0);
	}
	if (sum > 0)
		score_add(p, EV_SEQ, sum, sum);
}
/* --- time stamps and options --- */

static double ts_overlap(const struct flow_dir *x, const struct flow_dir *y)
{
	uint32_t lx = x->ts_last - x->ts_first, ly = y->ts_last - y->ts_first;
	int32_t ahead = seq_diff(y->ts_first, x->ts_first);

	if (lx > 1u << 30 || ly > 1u << 30)
		return 0;
	if ((ahead >= 0 && (uint32_t)ahead > lx) ||
	    (ahead < 0 && 0u - (uint32_t)ahead > ly))
		return 0;
	return 32 - log2((double)lx + ly + 2);
}

/* May the first SYNs of both be one packet?  If a point missed one of several, their
 * time stamps differ by a timeout, and no device changed them. */
static bool same_syn(const struct flow_dir *x, const struct flow_dir *y)
{
	return x->syn_tsval == y->syn_tsval || x->syn_count == y->syn_count;
}

static void score_ts(struct pairing *p)
{
	double bits = 0, possible = 0;

	for (int d = 0; d < 2; d++) {
		const struct flow_dir *x = left(p, d), *y = right(p, d);

		if (both_ts(p, d) && same_syn(x, y)) {
			p->s->ts_delta[d] = y->syn_tsval - x->syn_tsval;
			p->s->ts_known[d] = true;
			if (x->syn_tsval == y->syn_tsval) {
				bits += score_weigh(p, left_seen(p, d)->tsval,
						    right_seen(p, d)->tsval,
						    20);
				possible += 20;
			} else if (score_rests(p, RESTS_TS).keep_ts) {
				score_add(p, EV_AGAINST, -6, -6);
			}
		} else if (x->flags & y->flags & DIR_TS) {
			double b = ts_overlap(x, y);

			/* Connections of one pair of hosts share the clock:
			 * this tells hosts rather than sessions. */
			b = b > 8 ? 8 : b;
			bits += b;
			possible += b;
			p->s->ts_known[d] |= b > 0;
		}
	}
	if (possible > 0)
		score_add(p, EV_TS, bits < 28 ? bits : 28,
			  possible < 28 ? possible : 28);
}

static void score_options(struct pairing *p)
{
	for (int d = 0; d < 2; d++) {
		const struct flow_dir *x = left(p, d), *y = right(p, d);

		if (!both_syn(p, d))
			continue;
		if (x->window == y->window && x->opts == y->opts &&
		    x->wscale == y->wscale) {
			bool all = x->mss == y->mss && x->order == y->order;

			score_add_weighed(p, EV_OPTIONS,
					  left_seen(p, d)->print[all],
					  right_seen(p, d)->print[all],
					  OPTIONS_BITS);
			p->kernels += OPTIONS_BITS;
		}
	}
}

/* Of SYNs only: later IDs follow from the first.  Sixteen bits, mostly of counters, so
 * neighbours in time are near in value. */
static void score_ip_id(struct pairing *p)
{
	double bits = 0, possible = 0;

	for (int d = 0; d < 2; d++) {
		const struct flow_dir *x = left(p, d), *y = right(p, d);

		if (!both_syn(p, d) || !x->ip_id || x->ip_id != y->ip_id)
			continue;
		bits += score_weigh(p, left_seen(p, d)->ip_id,
				    right_seen(p, d)->ip_id, 12);
		possible += 12;
	}
	if (possible > 0)
		score_add(p, EV_IPID, bits < 16 ? bits : 16,
			  possible < 16 ? possible : 16);
}
/* --- time and totals --- */

void score_time(struct pairing *p)
{
	const struct coarse *c = &p->m->coarse;
	double bits, peak;

	if (!c->known)
		return;
	for (int d = 0; d < 2; d++) {
		if (!left(p, d)->packets || !right(p, d)->packets)
			continue;
		score_compare_times(p, d, left(p, d)->first_ns,
				    right(p, d)->first_ns);
		p->anchored |= both_syn(p, d);
	}
	score_compare_times(p, 0, p->l->last_ns, p->r->last_ns);
	if (isinf(p->off))
		return;
	peak = log2(c->span_ns / (3.1416 * p->width));
	bits = peak - log2(1 + p->off * p->off);
	bits = bits > TIME_CAP     ? TIME_CAP
	       : bits < TIME_FLOOR ? TIME_FLOOR
				   : bits;
	/* Without SYNs there is no packet that both flows must have. */
	if (!p->anchored && flow_is_tcp(p->l) && bits < 0)
		bits = 0;
	score_add(p, EV_TIME, bits, bits);
}

/* Could any instant of one be an instant of the other? */
static bool never_together(const struct pairing *p)
{
	const struct coarse *c = &p->m->coarse;
	int64_t ends = time_sub(p->r->last_ns, p->l->first_ns);
	int64_t starts = time_sub(p->r->first_ns, p->l->last_ns);
	int64_t diff;

	if (!c->known)
		return false;
	diff = coarse_diff(c, 0, p->l->first_ns);
	return (ends < diff && coarse_impossible(c, p->l->first_ns, ends)) ||
	       (starts > diff && coarse_impossible(c, p->l->last_ns, starts));
}

static void score_totals(struct pairing *p)
{
	for (int d = 0; d < 2; d++) {
		const struct flow_dir *x = left(p, d), *y = right(p, d);
		uint64_t lx, ly;

		if (!(x->flags & y->flags & DIR_FIN) || !both_syn(p, d))
			continue;
		lx = x->seq_next - x->seq_first;
		ly = y->seq_next - y->seq_first;
		if (lx == ly)
			score_add(p, EV_TOTAL, lx > 2 ? 4 : 1, lx > 2 ? 4 : 1);
		else
			score_add(p, EV_AGAINST, -25, -25);
	}
}

/* --- all of it --- */

/* May ends and time not bring @possible bits to @least? */
static bool falls_short(const struct pairing *p, double possible, double least)
{
	return possible + TIME_CAP + score_ends_most(p) < least;
}

/* Can ends and time no longer bring it to @least?  Nothing else can, unless it is
 * scored as a relay's. */
static bool is_hopeless(const struct pairing *p, double least)
{
	const float *part = p->s->part;

	return falls_short(p, p->s->possible, least) && !p->l->preface &&
	       !p->r->preface &&
	       part[EV_CONTENT] + part[EV_SAMPLE] + part[EV_TURNS] <= 0;
}

/* What a client and its proxy say first may be known at one point only: cut off, or
 * not captured, at the other.  Then contents are as far from the SYNs at both, and
 * heads are not of the same bytes. */
static bool is_unshifted(const struct pairing *p)
{
	struct pairing plain = *p;

	if ((!score_shift(p, 0) && !score_shift(p, 1)) ||
	    (!flow_asks_proxy(p->m->l, p->l) &&
	     !flow_asks_proxy(p->m->r, p->r)) ||
	    places_find(p, 0).n || places_find(p, 1).n)
		return false;
	plain.unshifted = true;
	return places_find(&plain, 0).n || places_find(&plain, 1).n;
}

static void score_way(const struct score_model *m, const struct flow *l,
		      const struct flow *r, int swap, double least,
		      struct score *out)
{
	struct pairing p = { .m = m,
			     .l = l,
			     .r = r,
			     .swap = swap,
			     .s = out,
			     .off = INFINITY,
			     .width = 1,
			     .lag_least = INT64_MAX,
			     .lag_most = INT64_MIN };

	*out = (struct score){ .swap = swap };
	if (never_together(&p)) {
		out->veto = true;
		return;
	}
	if (flow_is_tcp(l)) {
		score_isn(&p);
		score_seq(&p);
		score_ts(&p);
		score_options(&p);
		score_ip_id(&p);
		score_turns(&p);
		score_totals(&p);
	}
	p.unshifted = is_unshifted(&p);
	score_head(&p);
	score_samples(&p);
	if (is_hopeless(&p, least)) {
		out->veto = true;
		return;
	}
	score_ends(&p);
	score_time(&p);
	if (!score_shift(&p, 0) && !score_shift(&p, 1))
		score_named(&p);
	if (flow_is_tcp(l) && !score_relay(&p) && score_lacks_own(&p))
		out->veto = true;
}

static bool same_ends(const struct flow *l, const struct flow *r)
{
	for (int e = 0; e < 2; e++)
		if (l->addr[e] != r->addr[e] || l->port[e] != r->port[e])
			return false;
	return true;
}

/* Local multicast of different senders.  Many hosts say the same in the same words
 * (mDNS, SSDP, VRRP, IGMP), and nothing passes theirs on in its own name.  In the
 * sender's, a router may: to a server, or to another network's broadcast address. */
static bool are_others_local(const struct flow *l, const struct flow *r)
{
	bool same[2] = { l->addr[0] == r->addr[0] || l->addr[0] == r->addr[1],
			 l->addr[1] == r->addr[0] || l->addr[1] == r->addr[1] };

	if (l->local && r->local)
		return !same[0] || !same[1];
	/* what they have in common is no group, so it is the sender */
	return (l->local || r->local) && !same[0] && !same[1];
}

static bool is_icmp(const struct flow *f)
{
	return f->proto == IPPROTO_ICMP || f->proto == IPPROTO_ICMPV6;
}

void score_candidate(const struct score_model *m, const struct flow *l,
		     const struct flow *r, double least, struct score *out)
{
	struct score other;
	uint8_t rests;

	if (l->proto != r->proto || are_others_local(l, r)) {
		*out = (struct score){ .veto = true };
		return;
	}
	score_way(m, l, r, 0, least, out);
	/* a SYN and the type of an ICMP echo say who asked; an echo's answer
	 * has the content of its request, so nothing else would; and the same
	 * ends are not exchanged */
	if ((l->role == ROLE_SYN && r->role == ROLE_SYN) || is_icmp(l) ||
	    same_ends(l, r))
		return;
	score_way(m, l, r, 1, least, &other);
	rests = out->rests | other.rests;
	if (!other.veto &&
	    (out->veto || other.possible > out->possible ||
	     (other.possible >= out->possible && other.bits > out->bits)))
		*out = other;
	out->rests = rests;
}

void score_flows(const struct score_model *m, const struct flow *l,
		 const struct flow *r, struct score *out)
{
	score_candidate(m, l, r, -INFINITY, out);
}

bool score_is_idle(const struct score_model *m, const struct flow *l,
		   const struct flow *r, double least)
{
	if (l->proto != r->proto)
		return true;
	if (flow_is_tcp(l) || l->preface || r->preface ||
	    score_share_content(m, l, r))
		return false;
	for (int swap = 0; swap < 2; swap++) {
		const struct pairing p = {
			.m = m, .l = l, .r = r, .swap = swap
		};

		if (!falls_short(&p, 0, least))
			return false;
	}
	return true;
}

double score_threshold(const struct score_model *m)
{
	return m->log_n + 10;
}
