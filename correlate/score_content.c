/* Evidence in bits: what was carried.
 *
 * These are the first bytes each way, samples of contents (capture/sample.c) and
 * totals of turns.  For TCP only those samples count that agree on one difference
 * of numbers.  Where no SYN shows the session's difference, it is this one.
 *
 * Cost: FLOW_SAMPLES^2 comparisons of 32 bits at most for each direction, and a
 * look-up that misses the cache for each sample that both have.
 */
#include "correlate/score_int.h"

#include <math.h>

#include "correlate/key_counts.h"
#include "correlate/keys.h"

#define SAMPLE_BITS 20.0
#define SAMPLE_CAP 60.0
#define LIFE_SLACK_NS 1e9
#define ALL_SAMPLES 6 /* fewer: all of the flow's contents are sampled */

/* What @bits of content add.  Of content that others have too, one piece says as
 * much as all of it.  Between two connections the places are the evidence
 * (score_relay.c). */
static double content_bits(struct pairing *p, unsigned l, unsigned r,
			   double bits)
{
	double was = p->common;

	if ((l <= 1 && r <= 1) || p->s->relayed)
		return bits;
	if (bits <= was)
		return 0;
	p->common = bits;
	return bits - was;
}

static void add_content(struct pairing *p, enum evidence e, unsigned l,
			unsigned r, double cap)
{
	double bits = score_weigh(p, l, r, cap);

	score_add(p, e, content_bits(p, l, r, bits), cap);
}

enum head score_head_of(struct pairing *p, int d)
{
	const struct flow_dir *x = left(p, d), *y = right(p, d);
	double cap = 2.0 * x->head_len;

	if (!x->head_len || x->head_len != y->head_len)
		return HEAD_UNKNOWN;
	if (x->head != y->head)
		return HEAD_OTHER;
	add_content(p, EV_CONTENT, left_seen(p, d)->head,
		    right_seen(p, d)->head, cap < 30 ? cap : 30);
	return HEAD_SAME;
}

void score_head(struct pairing *p)
{
	for (int d = 0; d < 2; d++)
		if (score_head_of(p, d) == HEAD_OTHER && flow_is_tcp(p->l) &&
		    both_syn(p, d) && !p->unshifted)
			score_add(p, EV_AGAINST, -DIFFERENT_CONTENT,
				  -DIFFERENT_CONTENT);
}

struct hit {
	uint32_t delta;
	bool twins; /* other segments have this content, too */
	const struct sample *l, *r;
};

const struct sample *score_samples_of(const struct point *pt,
				      const struct flow *f, int d)
{
	return pt->sample.at + f->samples + (d ? f->dir[0].n_samples : 0);
}

static bool share_head(const struct flow *l, const struct flow *r)
{
	for (int a = 0; a < 2; a++)
		for (int b = 0; b < 2; b++)
			if (l->dir[a].head_len && r->dir[b].head_len &&
			    l->dir[a].head == r->dir[b].head)
				return true;
	return false;
}

bool score_share_content(const struct score_model *m, const struct flow *l,
			 const struct flow *r)
{
	const struct sample *x = score_samples_of(m->l, l, 0);
	const struct sample *y = score_samples_of(m->r, r, 0);
	unsigned nx = (unsigned)l->dir[0].n_samples + l->dir[1].n_samples;
	unsigned ny = (unsigned)r->dir[0].n_samples + r->dir[1].n_samples;

	for (unsigned i = 0; i < nx; i++)
		for (unsigned k = 0; k < ny; k++)
			if (x[i].digest == y[k].digest)
				return true;
	return share_head(l, r);
}

/* Each sample of the left flow and its equal in the right one.  Content that one of
 * them has more than once says nothing of numbers: it is left out, unless it is
 * at the same number in both. */
static size_t find_hits(const struct pairing *p, int d, struct hit *hit)
{
	const struct sample *x = score_samples_of(p->m->l, p->l, d);
	const struct sample *y = score_samples_of(p->m->r, p->r, d ^ p->swap);
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

/* The difference of numbers that most hits agree on.  Hits with twins do not count;
 * if two differences have as many hits, there is none. */
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

static void compare_hit_times(struct pairing *p, int d, const struct hit *h)
{
	if (h->l->at_us == NO_TIME || h->r->at_us == NO_TIME)
		return;
	p->anchored = true;
	score_compare_times(p, d,
			    time_add(p->l->first_ns, h->l->at_us * 1000ll),
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

/* Does a stream of which all contents are sampled have more bytes than the samples?
 * Then contents repeat. */
static bool repeats(const struct flow_dir *f, const struct sample *s)
{
	uint64_t all = f->seq_next - f->seq_first, sum = 0;

	for (unsigned i = 0; i < f->n_samples; i++)
		sum += s[i].len;
	return f->n_samples < ALL_SAMPLES && f->bytes > sum && all > sum + 1;
}

/* A sample is of the first place of its content, at each point.  If content
 * repeats, that may be another place at a point that began later. */
static bool is_lone_repeat(const struct pairing *p, int d, size_t n)
{
	return n == 1 &&
	       (repeats(left(p, d), score_samples_of(p->m->l, p->l, d)) ||
		repeats(right(p, d),
			score_samples_of(p->m->r, p->r, d ^ p->swap)));
}

/* Rewritten numbers are the exception: if the device was seen to leave numbers
 * alone, several segments must agree on a difference. */
static bool samples_suffice(const struct pairing *p, int d, size_t agree,
			    size_t n)
{
	bool kept = score_rests(p, RESTS_ISN).keep_isn;

	return agree >= (kept    ? 4u
			 : n > 1 ? 2u
				 : 1u) &&
	       agree * 2 > n && !is_lone_repeat(p, d, n);
}

static double sample_bits(struct pairing *p, const struct hit *h, double cap)
{
	unsigned l = point_seen(p->m->l, key_sample(h->l));
	unsigned r = point_seen(p->m->r, key_sample(h->r));

	return content_bits(p, l, r, score_weigh(p, l, r, cap));
}

/* Adds the bits of one direction's samples to @bits, up to their cap, and to
 * *possible.  Each look-up of a weight misses the cache. */
static double dir_samples(struct pairing *p, int d, double bits,
			  double *possible)
{
	struct hit hit[FLOW_SAMPLES * 2] NOT_ZEROED;
	bool tcp = flow_is_tcp(p->l);
	size_t n = find_hits(p, d, hit), agree = 0;
	uint32_t delta;

	if (!n && !tcp) /* of most datagrams' candidates */
		return bits;
	delta = tcp ? common_delta(hit, n, &agree) : 0;
	/* SYNs on both sides show the delta; so do ranges that overlap without
	 * one: by chance one pair in many thousands would.  Content elsewhere
	 * is another copy of it. */
	if (tcp && p->s->delta_known[d]) {
		delta = p->s->delta[d];
		agree = 0;
		for (size_t i = 0; i < n; i++)
			agree += hit[i].delta == delta;
		if (n >= 3 && !agree && both_syn(p, d))
			score_add(p, EV_AGAINST, -20, -20);
	} else if (tcp && samples_suffice(p, d, agree, n)) {
		score_set_delta(p, d, delta);
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
			bits += sample_bits(p, &hit[i], cap);
	}
	p->s->sampled |= (tcp ? agree : n) >= 2;
	return bits;
}

/* Do the two overlap in time, as far as the clock is known, for half the life of the
 * shorter one, and have about the same size?  Otherwise they need share nothing. */
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

/* Datagrams have no numbers that could contradict, only content.  Samples are those
 * with the least digests, so flows that share datagrams share samples. */
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
	score_add(p, EV_AGAINST, least > 1 ? -20 : -10, least > 1 ? -20 : -10);
}

void score_samples(struct pairing *p)
{
	double bits = 0, possible = 0;

	for (int d = 0; d < 2; d++)
		bits = dir_samples(p, d, bits, &possible);
	if (possible > 0)
		score_add(p, EV_SAMPLE, bits < SAMPLE_CAP ? bits : SAMPLE_CAP,
			  possible < SAMPLE_CAP ? possible : SAMPLE_CAP);
	else if (!flow_is_tcp(p->l))
		score_datagrams(p);
}

void score_turns(struct pairing *p)
{
	for (int k = TURN_HASHES - 1; k >= 0; k--) {
		double cap = 3.0 * (2 << k);

		if (!p->l->turn_hash[k] || !p->r->turn_hash[k])
			continue;
		if (p->l->turn_hash[k] != p->r->turn_hash[k])
			continue;
		add_content(p, EV_TURNS, p->l->seen.turns[k],
			    p->r->seen.turns[k], cap < 20 ? cap : 20);
		return;
	}
}
