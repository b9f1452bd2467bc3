/* Evidence in bits: log2 of how much likelier what is seen is if two flows are
 * one session than if they are not.
 *
 * What: each group of facts adds its bits to its place in score.part; groups
 * whose facts depend on one another are capped together.  A fact's weight is
 * what chance would need at most (28 bits for an initial sequence number) and,
 * where other flows of these captures have the same value, no more than
 * log2(flows / flows that have it): what everybody says proves nothing.
 * `possible` is the sum without that second limit, so that twins stay
 * candidates of one another and end as `ambiguous`, not as `alone`.
 *
 * Time: the difference of two points' times of the same packet is compared
 * with the coarse clock.  Delays have heavy tails, so the density is a
 * Cauchy's: log2(span / (pi w)) - log2(1 + (off/w)^2), between TIME_FLOOR and
 * TIME_CAP.  Several packets are compared and the best one counts, since any
 * of them may have been lost and sent again between.
 *
 * Contradictions (EV_AGAINST) take bits away.  Vetoes: another protocol; times
 * that no delay and no drift explain; separate connections (is_relay()).
 * Content that differs where the numbers are the same is a strong
 * contradiction and not a veto: a box that changes payload is a finding, and
 * then all else agrees.
 *
 * Cost: about 200 ns a pair, more with many samples.
 *
 * References: Fellegi and Sunter, JASA 64 (1969), for adding log-likelihoods.
 */
#include "correlate/score.h"

#include <math.h>
#include <netinet/in.h>

#include "base/seq.h"
#include "correlate/keys.h"

#define TIME_CAP 18.0
#define TIME_FLOOR (-20.0)
#define SAMPLE_BITS 20.0
#define SAMPLE_CAP 60.0
#define DIFFERENT_CONTENT 40.0
#define LIFE_SLACK_NS 1e9
#define RELAY_LAG_US 5000

struct pairing { /* two flows and how to lay one on the other */
	const struct score_model *m;
	const struct flow *l, *r;
	int swap;
	struct score *s;
	bool anchored; /* times of surely the same packet were compared */
	bool differs;  /* datagrams that should be the same are not */
	double off, width;
	/* Of content that both have: how much later after the flow's first
	 * packet it is on the left, us; least above most: none was compared. */
	int64_t lag_least, lag_most;
};

static const struct flow_dir *left(const struct pairing *p, int d)
{
	return &p->l->dir[d];
}

static const struct flow_dir *right(const struct pairing *p, int d)
{
	return &p->r->dir[d ^ p->swap];
}

static bool both_syn(const struct pairing *p, int d)
{
	return left(p, d)->flags & right(p, d)->flags & DIR_SYN;
}

static bool both_ts(const struct pairing *p, int d)
{
	return left(p, d)->flags & right(p, d)->flags & DIR_SYN_TS;
}

static void add(struct pairing *p, enum evidence e, double bits,
		double possible)
{
	p->s->part[e] += (float)bits;
	p->s->bits += bits;
	p->s->possible += possible;
}

/* Share of flows that have a value, as bits; @cap where it is unique. */
static double weight(const struct pairing *p, uint64_t lkey, uint64_t rkey,
		     double cap)
{
	unsigned a = point_seen(p->m->l, lkey), b = point_seen(p->m->r, rkey);
	double la, lb, w;

	if (a <= 1 && b <= 1)
		return cap;
	la = log2((double)p->m->l->n / (a ? a : 1));
	lb = log2((double)p->m->r->n / (b ? b : 1));
	/* The sketch stops at 255: then the value may be everyone's. */
	if (a == 255 || b == 255)
		return 0;
	w = a <= 1 ? lb : b <= 1 ? la : la < lb ? la : lb;
	return w < 0 ? 0 : w < cap ? w : cap;
}

static void add_weighed(struct pairing *p, enum evidence e, uint64_t lkey,
			uint64_t rkey, double cap)
{
	add(p, e, weight(p, lkey, rkey, cap), cap);
}

/* --- sequence numbers --- */

static void set_delta(struct pairing *p, int d, uint32_t delta)
{
	p->s->delta[d] = delta;
	p->s->delta_known[d] = true;
}

static void score_isn(struct pairing *p)
{
	const struct habits *h = &p->m->habits;

	for (int d = 0; d < 2; d++) {
		uint32_t x, y;

		if (!both_syn(p, d))
			continue;
		x = (uint32_t)left(p, d)->seq_first;
		y = (uint32_t)right(p, d)->seq_first;
		set_delta(p, d, y - x);
		p->s->isn_equal[d] = x == y;
		if (x == y)
			add_weighed(p, EV_ISN, key_isn(left(p, d)),
				    key_isn(right(p, d)), 28);
		else if (h->isn_pairs >= 8 &&
			 h->isn_same * 20 > h->isn_pairs * 19)
			add(p, EV_AGAINST, -6, -6);
	}
}

/* A direction of RSTs alone has no numbers (they never move what is next). */
static bool has_numbers(const struct flow_dir *x)
{
	return x->packets && x->seq_first;
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

		if (!has_numbers(x) || !has_numbers(y) || both_syn(p, d))
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
		set_delta(p, d, 0);
	}
	if (sum > 0)
		add(p, EV_SEQ, sum, sum);
}

/* --- content --- */

static void score_head(struct pairing *p)
{
	for (int d = 0; d < 2; d++) {
		const struct flow_dir *x = left(p, d), *y = right(p, d);
		double cap = 2.0 * x->head_len;

		if (!x->head_len || x->head_len != y->head_len)
			continue;
		if (x->head == y->head)
			add_weighed(p, EV_CONTENT, key_head(x), key_head(y),
				    cap < 30 ? cap : 30);
		else if (flow_is_tcp(p->l) && both_syn(p, d))
			add(p, EV_AGAINST, -DIFFERENT_CONTENT,
			    -DIFFERENT_CONTENT);
	}
}

struct hit {
	uint32_t delta;
	bool twins; /* other segments have this content, too */
	const struct sample *l, *r;
};

static const struct sample *samples(const struct point *pt,
				    const struct flow *f, int d)
{
	return pt->sample.at + f->samples + (d ? f->dir[0].n_samples : 0);
}

/* Each sample of the left and what it equals at the right.  Content that one of
 * them has more than once says nothing of numbers: it is left out, unless it is
 * at the same number at both. */
static size_t find_hits(const struct pairing *p, int d, struct hit *hit)
{
	const struct sample *x = samples(p->m->l, p->l, d);
	const struct sample *y = samples(p->m->r, p->r, d ^ p->swap);
	unsigned nx = left(p, d)->n_samples, ny = right(p, d)->n_samples;
	size_t n = 0;

	for (unsigned i = 0; i < nx && n < FLOW_SAMPLES * 2; i++) {
		struct hit h = { 0 };

		for (unsigned k = 0; k < ny; k++) {
			uint32_t delta = y[k].seq - x[i].seq;

			if (x[i].digest != y[k].digest || x[i].len != y[k].len)
				continue;
			if (h.l && h.delta != delta)
				h.twins = true;
			if (!h.l || delta == p->s->delta[d]) {
				h.l = &x[i];
				h.r = &y[k];
				h.delta = delta;
			}
		}
		for (unsigned k = 0; h.l && k < nx && !h.twins; k++)
			h.twins = x[k].digest == x[i].digest &&
				  x[k].len == x[i].len && x[k].seq != x[i].seq;
		if (h.l)
			hit[n++] = h;
	}
	return n;
}

/* The difference of numbers that most hits agree on.  What has twins has no
 * say, and a second opinion of as many leaves none. */
static uint32_t common_delta(const struct hit *hit, size_t n, size_t *agree)
{
	uint32_t best = 0;
	bool tied = false;

	*agree = 0;
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		if (hit[i].twins)
			continue;
		for (size_t j = 0; j < n; j++)
			k += !hit[j].twins && hit[j].delta == hit[i].delta;
		tied = k == *agree ? tied || hit[i].delta != best
				   : k < *agree && tied;
		if (k > *agree) {
			*agree = k;
			best = hit[i].delta;
		}
	}
	if (tied)
		*agree = 0;
	return best;
}

static void compare_times(struct pairing *p, int d, int64_t tl, int64_t tr)
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

static void compare_hit_times(struct pairing *p, int d, const struct hit *h)
{
	if (h->l->at_us == NO_TIME || h->r->at_us == NO_TIME)
		return;
	p->anchored = true;
	compare_times(p, d, time_add(p->l->first_ns, h->l->at_us * 1000ll),
		      time_add(p->r->first_ns, h->r->at_us * 1000ll));
}

static void compare_lags(struct pairing *p, const struct hit *h)
{
	int64_t lag = (int64_t)h->l->at_us - h->r->at_us;

	if (h->l->at_us == NO_TIME || h->r->at_us == NO_TIME)
		return;
	p->lag_least = lag < p->lag_least ? lag : p->lag_least;
	p->lag_most = lag > p->lag_most ? lag : p->lag_most;
}

/* Numbers that were rewritten are the exception: where the device was seen to
 * leave them alone, several segments must say so. */
static bool samples_suffice(const struct pairing *p, size_t agree, size_t n)
{
	const struct habits *h = &p->m->habits;
	bool kept = h->isn_pairs >= 8 && h->isn_same * 20 > h->isn_pairs * 19;

	return agree >= (kept ? 4u : n > 1 ? 2u : 1u) && agree * 2 > n;
}

/* Adds the bits of one direction's samples to @bits, up to where their cap is
 * reached, and to *possible.  Each look-up of a weight misses the cache. */
static double dir_samples(struct pairing *p, int d, double bits,
			  double *possible)
{
	struct hit hit[FLOW_SAMPLES * 2];
	bool tcp = flow_is_tcp(p->l);
	size_t n = find_hits(p, d, hit), agree = 0;
	uint32_t delta = tcp ? common_delta(hit, n, &agree) : 0;

	/* SYNs on both sides say what the delta is, and so do ranges that
	 * overlap as they are: by chance one pair in many thousands would.
	 * Content elsewhere is some other copy of it. */
	if (tcp && p->s->delta_known[d]) {
		delta = p->s->delta[d];
		agree = 0;
		for (size_t i = 0; i < n; i++)
			agree += hit[i].delta == delta;
		if (n >= 3 && !agree && both_syn(p, d))
			add(p, EV_AGAINST, -20, -20);
	} else if (tcp && samples_suffice(p, agree, n)) {
		set_delta(p, d, delta);
	}
	for (size_t i = 0; i < n; i++) {
		double cap = hit[i].l->len < 10 ? 2.0 * hit[i].l->len
						: SAMPLE_BITS;

		if (tcp && hit[i].delta != delta)
			continue;
		compare_hit_times(p, d, &hit[i]);
		if (d == 0)
			compare_lags(p, &hit[i]);
		*possible += cap;
		if (bits < SAMPLE_CAP)
			bits += weight(p, key_sample(hit[i].l),
				       key_sample(hit[i].r), cap);
	}
	p->s->sampled |= (tcp ? agree : n) >= 2;
	return bits;
}

/* Do the two, as far as the clock is known, share half the life of the shorter,
 * and are they of about a size?  Else nothing need be in both. */
static bool same_life(const struct pairing *p)
{
	int64_t diff = p->m->coarse.known
			       ? coarse_diff(&p->m->coarse, 0, p->l->first_ns)
			       : time_sub(p->r->first_ns, p->l->first_ns);
	double l0 = 0, l1 = (double)time_sub(p->l->last_ns, p->l->first_ns);
	double r0 = (double)time_sub(time_sub(p->r->first_ns, diff),
				     p->l->first_ns);
	double r1 = r0 + (double)time_sub(p->r->last_ns, p->r->first_ns);
	double both = fmin(l1, r1) - fmax(l0, r0);

	for (int d = 0; d < 2; d++) {
		uint64_t a = left(p, d)->packets, b = right(p, d)->packets;

		if (a && b && (a / 8 > b || b / 8 > a))
			return false;
	}
	return both + LIFE_SLACK_NS >= fmin(l1 - l0, r1 - r0) / 2;
}

/* Datagrams have no numbers that contradict: their content must.  The samples
 * are those with the least digests of all, so flows that have datagrams in
 * common have samples in common. */
static void score_datagrams(struct pairing *p)
{
	unsigned least = 0;

	for (int d = 0; d < 2; d++) {
		unsigned a = left(p, d)->n_samples, b = right(p, d)->n_samples;

		a = a < b ? a : b;
		least = a > least ? a : least;
	}
	if (!least || !same_life(p))
		return;
	p->differs = true;
	add(p, EV_AGAINST, least > 1 ? -20 : -10, least > 1 ? -20 : -10);
}

static void score_samples(struct pairing *p)
{
	double bits = 0, possible = 0;

	for (int d = 0; d < 2; d++)
		bits = dir_samples(p, d, bits, &possible);
	if (possible > 0)
		add(p, EV_SAMPLE, bits < SAMPLE_CAP ? bits : SAMPLE_CAP,
		    possible < SAMPLE_CAP ? possible : SAMPLE_CAP);
	else if (!flow_is_tcp(p->l))
		score_datagrams(p);
}

static void score_turns(struct pairing *p)
{
	for (int k = TURN_HASHES - 1; k >= 0; k--) {
		double cap = 3.0 * (2 << k);

		if (!p->l->turn_hash[k] || !p->r->turn_hash[k])
			continue;
		if (p->l->turn_hash[k] != p->r->turn_hash[k])
			continue;
		add_weighed(p, EV_TURNS, key_turns(p->l, k), key_turns(p->r, k),
			    cap < 20 ? cap : 20);
		return;
	}
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

/* May the first SYNs of both be one packet?  Where one of several was missed
 * their time stamps differ by a timeout, not by a box's doing. */
static bool same_syn(const struct flow_dir *x, const struct flow_dir *y)
{
	return x->syn_tsval == y->syn_tsval || x->syn_count == y->syn_count;
}

static void score_ts(struct pairing *p)
{
	const struct habits *h = &p->m->habits;
	double bits = 0, possible = 0;

	for (int d = 0; d < 2; d++) {
		const struct flow_dir *x = left(p, d), *y = right(p, d);

		if (both_ts(p, d) && same_syn(x, y)) {
			p->s->ts_delta[d] = y->syn_tsval - x->syn_tsval;
			p->s->ts_known[d] = true;
			if (x->syn_tsval == y->syn_tsval) {
				bits += weight(p, key_tsval(x), key_tsval(y),
					       20);
				possible += 20;
			} else if (h->ts_pairs >= 8 &&
				   h->ts_same * 20 > h->ts_pairs * 19) {
				add(p, EV_AGAINST, -6, -6);
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
		add(p, EV_TS, bits < 28 ? bits : 28,
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

			add_weighed(p, EV_OPTIONS, key_syn_print(x, all),
				    key_syn_print(y, all), 4);
		}
	}
}

/* Of SYNs only: later ones follow from the first.  Sixteen bits, and from
 * counters at that, so that neighbours in time are near in value. */
static void score_ip_id(struct pairing *p)
{
	double bits = 0, possible = 0;

	for (int d = 0; d < 2; d++) {
		const struct flow_dir *x = left(p, d), *y = right(p, d);

		if (!both_syn(p, d) || !x->ip_id || x->ip_id != y->ip_id)
			continue;
		bits += weight(p, key_ip_id(x), key_ip_id(y), 12);
		possible += 12;
	}
	if (possible > 0)
		add(p, EV_IPID, bits < 16 ? bits : 16,
		    possible < 16 ? possible : 16);
}

/* --- ends --- */

static bool mapped(const struct score_model *m, uint32_t a, uint32_t b)
{
	for (size_t i = 0; i < m->n_maps; i++)
		if ((m->maps[i][0] == a && m->maps[i][1] == b) ||
		    (m->maps[i][0] == b && m->maps[i][1] == a))
			return true;
	return false;
}

static double best_of(double a, double b)
{
	return a > b ? a : b;
}

/* Do numbers or content say that it is not just the same pair of ends? */
static bool connected(const struct pairing *p)
{
	const struct score *s = p->s;

	return s->part[EV_ISN] + s->part[EV_SEQ] + s->part[EV_SAMPLE] +
		       s->part[EV_CONTENT] >
	       0;
}

static bool numbers_speak(const struct pairing *p)
{
	return flow_is_tcp(p->l) &&
	       ((left(p, 0)->packets && right(p, 0)->packets) ||
		(left(p, 1)->packets && right(p, 1)->packets));
}

/* Both ends equal: nothing was translated. */
static void score_same_ends(struct pairing *p)
{
	uint64_t key = key_tuple(p->l);
	/* The same ends with other numbers, or other content, are as likely
	 * another use of the port. */
	bool other = p->differs || (numbers_speak(p) && !connected(p));
	double cap = other ? 12 : 36;

	add_weighed(p, EV_ENDS, key, key, cap);
}

static void score_ends(struct pairing *p)
{
	const struct habits *h = &p->m->habits;
	const struct flow *l = p->l, *r = p->r;
	int c = 0 ^ p->swap, v = 1 ^ p->swap;
	bool client = l->addr[0] == r->addr[c],
	     server = l->addr[1] == r->addr[v];
	bool cport = l->port[0] == r->port[c], sport = l->port[1] == r->port[v];
	double x = 0;

	for (int e = 0; e < 2; e++)
		if (mapped(p->m, l->addr[e], r->addr[e ^ p->swap]))
			add(p, EV_MAP, 20, 20);
	if (client && server && cport && sport) {
		score_same_ends(p);
		return;
	}
	if (server && sport)
		x = best_of(2, weight(p, key_end(l, 1), key_end(r, v), 10));
	if (habits_seen(h, key_end(l, 1), key_end(r, v)) >= 2)
		x = best_of(x, best_of(2, weight(p, key_end(l, 1),
						 key_end(r, v), 10)));
	if (sport)
		x = best_of(x, 2);
	if (x > 0)
		add(p, EV_SERVER, x, x);
	x = 0;
	if (client)
		x = weight(p, key_addr(l, 0), key_addr(r, c), 10);
	if (habits_seen(h, key_addr(l, 0), key_addr(r, c)) >= 2)
		x = best_of(x, weight(p, key_addr(l, 0), key_addr(r, c), 8));
	if (x > 0)
		add(p, EV_CLIENT, x, x);
	if (cport && l->port[0]) /* chance, where ports are not kept */
		add_weighed(p, EV_PORT, key_port(l, 0), key_port(r, c),
			    h->port_pairs >= 8 &&
					    h->port_same * 20 < h->port_pairs
				    ? 2
				    : 10);
}

/* --- time and totals --- */

static void score_time(struct pairing *p)
{
	const struct coarse *c = &p->m->coarse;
	double bits, peak;

	if (!c->known)
		return;
	for (int d = 0; d < 2; d++) {
		if (!left(p, d)->packets || !right(p, d)->packets)
			continue;
		compare_times(p, d, left(p, d)->first_ns,
			      right(p, d)->first_ns);
		p->anchored |= both_syn(p, d);
	}
	compare_times(p, 0, p->l->last_ns, p->r->last_ns);
	if (isinf(p->off))
		return;
	peak = log2(c->span_ns / (3.1416 * p->width));
	bits = peak - log2(1 + p->off * p->off);
	bits = bits > TIME_CAP     ? TIME_CAP
	       : bits < TIME_FLOOR ? TIME_FLOOR
				   : bits;
	/* A flow caught in its midst has no packet that both must have. */
	if (!p->anchored && flow_is_tcp(p->l) && bits < 0)
		bits = 0;
	add(p, EV_TIME, bits, bits);
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
			add(p, EV_TOTAL, lx > 2 ? 4 : 1, lx > 2 ? 4 : 1);
		else
			add(p, EV_AGAINST, -25, -25);
	}
}

/* Was the opening later on one side than all content is?  A device that ends the
 * connection opens its own when the client's is open: a round trip to the
 * client later than a packet that only passes.  A queue or a slow first packet
 * may do so, too: hence RELAY_LAG_US, and where no time stamps say that these
 * are other hosts it has to be that round trip. */
static bool opened_later(const struct pairing *p, bool other_stamps)
{
	const struct flow *near = p->lag_least > 0 ? p->l : p->r;
	int64_t lag = p->lag_least > 0 ? p->lag_least : -p->lag_most;
	int64_t trip = time_sub(near->dir[1].first_ns, near->dir[0].first_ns) /
		       1000;

	if (p->lag_least > p->lag_most || lag < RELAY_LAG_US)
		return false;
	if (left(p, 0)->syn_count > 1 || right(p, 0)->syn_count > 1)
		return false;
	return other_stamps || (lag * 5 > trip * 4 && lag * 4 < trip * 5);
}

/* Two connections with something between that ends both: a proxy.  Its content
 * may agree, but acknowledgements and copies of one side say nothing of the
 * other: such a pair needs other rules than a session's.  Numbers and time
 * stamps of both directions are others, and so are the windows, or the second
 * opening waited for the first. */
static bool is_relay(const struct pairing *p)
{
	bool windows = true, stamps = true;

	for (int d = 0; d < 2; d++) {
		const struct flow_dir *x = left(p, d), *y = right(p, d);

		if (!both_syn(p, d) || p->s->isn_equal[d])
			return false;
		if (both_ts(p, d) && x->syn_tsval == y->syn_tsval)
			return false;
		stamps &= both_ts(p, d);
		windows &= x->window != y->window;
	}
	return windows || opened_later(p, stamps);
}

/* --- all of it --- */

static void score_way(const struct score_model *m, const struct flow *l,
		      const struct flow *r, int swap, struct score *out)
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
	score_head(&p);
	score_samples(&p);
	score_ends(&p);
	score_time(&p);
	out->veto = flow_is_tcp(l) && is_relay(&p);
}

static bool same_ends(const struct flow *l, const struct flow *r)
{
	for (int e = 0; e < 2; e++)
		if (l->addr[e] != r->addr[e] || l->port[e] != r->port[e])
			return false;
	return true;
}

static bool is_icmp(const struct flow *f)
{
	return f->proto == IPPROTO_ICMP || f->proto == IPPROTO_ICMPV6;
}

void score_flows(const struct score_model *m, const struct flow *l,
		 const struct flow *r, struct score *out)
{
	struct score other;

	if (l->proto != r->proto) {
		*out = (struct score){ .veto = true };
		return;
	}
	score_way(m, l, r, 0, out);
	/* a SYN and the type of an ICMP echo say who asked; an echo's answer
	 * has the content of its request, so nothing else would; and the same
	 * ends are not exchanged */
	if ((l->role == ROLE_SYN && r->role == ROLE_SYN) || is_icmp(l) ||
	    same_ends(l, r))
		return;
	score_way(m, l, r, 1, &other);
	if (!other.veto &&
	    (out->veto || other.possible > out->possible ||
	     (other.possible >= out->possible && other.bits > out->bits)))
		*out = other;
}

double score_threshold(const struct score_model *m)
{
	return m->log_n + 10;
}
