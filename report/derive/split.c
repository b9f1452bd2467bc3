/* Are losses a matter of the session?
 *
 * A bundle of links, equal paths of a route, and the queues of a card share packets out
 * by a hash over addresses and ports: if one of them is bad, some sessions lose and
 * others do not, whatever the time.
 *
 * Theory.  Sessions are parted in two by their rates (split_sides.c).  Then the contrary
 * is assumed: at any moment a loss hits whoever sends packets alike.  In a span (of 50 ms;
 * of a second, where that tells too little) in which something was lost it fell on the
 * lossy side with the share of this side in what was sent; how many of n spans did so has
 * the distribution of n such draws (Poisson's binomial, exact).  The probability that so
 * many do, times the ways to choose that side, must be BY_CHANCE at most: so what hits
 * each session but once proves nothing.
 *
 * Thus an outage, or a bad hour, proves nothing, nor do sessions that send more.  Only
 * packets of about one size, class of service, kind, and (for SPLIT_PORTS) of the same
 * two hosts (at either point: a NAT, or a load balancer, has many behind one address) and
 * service, are compared.  A packet that follows another of its session closely does not
 * count, as who sends bursts overflows a short queue for himself; nor are losses told that
 * are the last of bursts to many.
 *
 * By whom: sessions of the same two hosts on either side: by ports.  Else, if all that
 * lose are of one host, none of whose sessions is clean: its own.  Else if each host
 * that loses has clean sessions, too: by both addresses.
 *
 * Cost: O(n log n) of the tries, at most SPANS_MOST squared, and sessions squared.
 */
#include "report/derive/split.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "report/derive/split_int.h"

#define SPANS_MOST 2000
#define BY_CHANCE 1e-6
#define CLOSE_NS 2000000
#define FOLLOWED 10 /* one of so many losses amid others */

static bool same_service(const struct split_session *a,
			 const struct split_session *b)
{
	return split_same_hosts(a, b) && a->proto == b->proto &&
	       a->server.port == b->server.port;
}

static bool is_alone(const struct split *s, size_t i)
{
	for (size_t k = 0; k < s->of.n; k++)
		if (k != i && same_service(&s->of.at[i], &s->of.at[k]))
			return false;
	return true;
}

/* Those of services that one session alone asks are compared with each other. */
static void pair(struct split *s)
{
	bool *alone = mem_zalloc(s->of.n + 1, sizeof *alone);

	for (size_t i = 0; i < s->of.n; i++) {
		struct split_session *x = &s->of.at[i];

		alone[i] = is_alone(s, i);
		x->pair = (uint32_t)i;
		for (size_t k = 0; k < i && x->pair == i; k++) {
			const struct split_session *y = &s->of.at[k];

			if (alone[i] ? alone[k] && split_same_hosts(x, y) &&
					       x->proto == y->proto
				     : same_service(x, y))
				x->pair = y->pair;
		}
	}
	free(alone);
	for (size_t i = 0; i < s->tried.n; i++)
		s->tried.at[i].pair = s->of.at[s->tried.at[i].session].pair;
}

/* --- how likely --- */
static int64_t slice(const struct split *s, const struct split_try *t)
{
	return t->t_ns / s->slice_ns;
}

static int by_slice(const void *pa, const void *pb, void *ctx)
{
	const struct split_try *a = pa, *b = pb;
	int64_t x = slice(ctx, a), y = slice(ctx, b);

	if (x != y)
		return x < y ? -1 : 1;
	if (a->like != b->like)
		return a->like < b->like ? -1 : 1;
	if (a->pair != b->pair)
		return a->pair < b->pair ? -1 : 1;
	if (a->t_ns != b->t_ns)
		return a->t_ns < b->t_ns ? -1 : 1;
	return (a->session > b->session) - (a->session < b->session);
}

struct span { /* a slice, or what is alike in it */
	uint64_t sent[3], lost[3];
	double chance; /* that a loss is of the lossy side; 0: nothing is told */
};

/* What is alike from @i on.  Return: where it ends. */
static size_t alike(const struct split *s, size_t i, bool pairs, struct span *x)
{
	const struct split_try *a = &s->tried.at[i];

	*x = (struct span){ 0 };
	for (; i < s->tried.n; i++) {
		const struct split_try *t = &s->tried.at[i];
		enum split_side side = s->of.at[t->session].side;

		if (slice(s, t) != slice(s, a) || t->like != a->like ||
		    (pairs && t->pair != a->pair))
			break;
		x->sent[side]++;
		x->lost[side] += t->lost;
	}
	if (x->sent[SPLIT_LOSSY] && x->sent[SPLIT_CLEAN] &&
	    x->lost[SPLIT_LOSSY] + x->lost[SPLIT_CLEAN])
		x->chance = (double)x->sent[SPLIT_LOSSY] /
			    (double)(x->sent[SPLIT_LOSSY] +
				     x->sent[SPLIT_CLEAN]);
	return i;
}

/* The slice that begins at @i, as its least telling part has it. */
static size_t span_at(const struct split *s, size_t i, bool pairs,
		      struct span *out)
{
	int64_t at = slice(s, &s->tried.at[i]);

	*out = (struct span){ 0 };
	while (i < s->tried.n && slice(s, &s->tried.at[i]) == at) {
		struct span x;

		i = alike(s, i, pairs, &x);
		if (x.chance <= 0)
			continue;
		out->lost[SPLIT_CLEAN] += x.lost[SPLIT_CLEAN];
		if (x.chance > out->chance)
			out->chance = x.chance;
	}
	return i;
}

/* log of the probability that @hits or more of @n draws with chances @p hit. */
static double log_tail(const double *p, size_t n, size_t hits)
{
	double *at = mem_zalloc(n + 2, sizeof *at), sum = 0;

	at[0] = 1;
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 2; k-- > 0;)
			at[k] = at[k] * (1 - p[i]) + (k ? at[k - 1] * p[i] : 0);
	for (size_t k = hits; k <= n; k++)
		sum += at[k];
	free(at);
	return log(fmax(sum, DBL_MIN)); /* what is less cannot be told */
}

/* log of the number of ways to choose @k of @n. */
static double log_ways(double n, double k)
{
	return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

/* log of the probability that losses fall so by chance, on these sides.  @pairs: compare
 * those of the same hosts alone. */
static double log_chance(const struct split *s, bool pairs)
{
	struct VEC(double) p = { 0 };
	size_t hits = 0;
	double log_p;

	for (size_t i = 0; i < s->tried.n && p.n < SPANS_MOST;) {
		struct span x;

		i = span_at(s, i, pairs, &x);
		if (x.chance <= 0)
			continue;
		*VEC_PUSH(&p) = x.chance;
		hits += !x.lost[SPLIT_CLEAN];
	}
	log_p = p.n ? log_tail(p.at, p.n, hits) : 0;
	VEC_FREE(&p);
	return log_p;
}

static int by_time(const void *pa, const void *pb)
{
	const struct split_try *a = pa, *b = pb;

	if (a->t_ns != b->t_ns)
		return a->t_ns < b->t_ns ? -1 : 1;
	return (a->session > b->session) - (a->session < b->session);
}

/* Who sends to many at each tick does so in the same order, and a short queue drops the
 * last ones.  Then no clean session's packet follows closely behind a lost one. */
static bool are_last_of_bursts(struct split *s)
{
	uint64_t lost = 0, bursts = 0, followed = 0;

	if (s->tried.n)
		qsort(s->tried.at, s->tried.n, sizeof *s->tried.at, by_time);
	for (size_t i = 0; i < s->tried.n; i++) {
		const struct split_try *t = &s->tried.at[i];

		if (!t->lost)
			continue;
		lost++;
		bursts += i > 0 && t->t_ns - t[-1].t_ns < CLOSE_NS;
		followed += i + 1 < s->tried.n &&
			    t[1].t_ns - t->t_ns < CLOSE_NS &&
			    s->of.at[t[1].session].side == SPLIT_CLEAN;
	}
	return bursts * 2 > lost && followed * FOLLOWED < bursts;
}

/* A few losses, each with a packet of a clean session next to it. */
static void show(struct split *s)
{
	size_t step = 0;

	s->n_shown = 0;
	for (size_t i = 0; i < s->tried.n && s->n_shown < SPLIT_SHOWN; i++) {
		const struct split_try *a = &s->tried.at[i];

		if (!a->lost || s->of.at[a->session].side != SPLIT_LOSSY ||
		    i < step)
			continue;
		for (size_t k = i + 1; k < s->tried.n; k++) {
			const struct split_try *b = &s->tried.at[k];

			if (slice(s, b) != slice(s, a) || b->like != a->like ||
			    (s->by == SPLIT_PORTS && b->pair != a->pair))
				break;
			if (b->lost || s->of.at[b->session].side != SPLIT_CLEAN)
				continue;
			s->shown[s->n_shown][0] = i;
			s->shown[s->n_shown++][1] = k;
			step = i + s->tried.n / 8 + 1; /* not all at once */
			break;
		}
	}
}

static bool is_unlikely(const struct split *s, bool pairs, double log_choices)
{
	return log_chance(s, pairs) + log_choices <= log(BY_CHANCE);
}

/* Whom do the losses tell apart, if not chance? */
static enum split_by told_by(struct split *s)
{
	double judged = (double)(s->n[SPLIT_LOSSY] + s->n[SPLIT_CLEAN]);
	double ways = log_ways(judged, (double)s->n[SPLIT_LOSSY]);

	if (is_unlikely(s, true, ways))
		return SPLIT_PORTS;
	if (split_own_host(s, &s->host))
		return is_unlikely(s, false, log(4 * judged)) ? SPLIT_HOST
							      : SPLIT_NONE;
	return split_by_addresses(s) && is_unlikely(s, false, ways)
		       ? SPLIT_ADDRESSES
		       : SPLIT_NONE;
}

void split_judge(struct split *s)
{
	static const int64_t slice_ns[] = { 50000000, 1000000000 };

	s->by = SPLIT_NONE;
	s->n_shown = 0;
	if (!split_part(s) || are_last_of_bursts(s))
		return;
	pair(s);
	for (size_t i = 0; !s->by && i < sizeof slice_ns / sizeof *slice_ns;
	     i++) {
		s->slice_ns = slice_ns[i];
		if (s->tried.n)
			qsort_r(s->tried.at, s->tried.n, sizeof *s->tried.at,
				by_slice, s);
		s->by = told_by(s);
	}
	if (s->by)
		show(s);
}

void split_release(struct split *s)
{
	VEC_FREE(&s->of);
	VEC_FREE(&s->tried);
}
