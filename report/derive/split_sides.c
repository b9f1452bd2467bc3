/* Sessions on two sides: those that lose, and those that do not.
 *
 * They are cut in two by their rates, where two rates for one explain their losses best
 * (binomial).  On the clean side are only those that sent so much that at the lossy ones'
 * rate some would be lost but for chance (TELLING), and at a pace like theirs, in packets
 * and in bytes: fair queues, and policers of each session, spare who sends less.
 *
 * Cost: sessions squared.
 */
#include "report/derive/split_int.h"

#include <math.h>
#include <stdlib.h>

#include "base/time.h"

#define SIDE_LEAST 3  /* sessions on either */
#define LOST_LEAST 10 /* packets of the lossy side */
#define APART 10      /* times the other's rate */
#define TELLING 1e-3
#define PACE_LEAST 0.9 /* of the median lossy session's */

static double rate(const struct split_session *x)
{
	return x->sent ? (double)x->lost / (double)x->sent : 0;
}

static int by_rate(const void *pa, const void *pb)
{
	const struct split_session *a = *(struct split_session *const *)pa,
				   *b = *(struct split_session *const *)pb;
	double x = rate(a), y = rate(b);

	if (x > y || x < y)
		return x > y ? -1 : 1;
	if (a->sent != b->sent)
		return a->sent > b->sent ? -1 : 1;
	return (a->session > b->session) - (a->session < b->session);
}

/* Of @lost of @sent packets at their own rate. */
static double log_likely(double lost, double sent)
{
	double p = sent > 0 ? lost / sent : 0;

	return (lost > 0 ? lost * log(p) : 0) +
	       (sent > lost ? (sent - lost) * log1p(-p) : 0);
}

static void count(struct split *s)
{
	for (int i = 0; i < 3; i++)
		s->n[i] = s->sent[i] = s->lost[i] = 0;
	for (size_t i = 0; i < s->of.n; i++) {
		const struct split_session *x = &s->of.at[i];

		s->n[x->side]++;
		s->sent[x->side] += x->sent;
		s->lost[x->side] += x->lost;
	}
}

/* Where to cut a list by falling rate.  Return: how many are before. */
static size_t cut_at(struct split_session *const *at, size_t n)
{
	double sent = 0, lost = 0, a_sent = 0, a_lost = 0, most = -INFINITY;
	size_t best = 0;

	for (size_t i = 0; i < n; i++) {
		sent += (double)at[i]->sent;
		lost += (double)at[i]->lost;
	}
	for (size_t i = 0; i + 1 < n; i++) {
		double both;

		a_sent += (double)at[i]->sent;
		a_lost += (double)at[i]->lost;
		both = log_likely(a_lost, a_sent) +
		       log_likely(lost - a_lost, sent - a_sent);
		if (both > most) {
			most = both;
			best = i + 1;
		}
	}
	return best;
}

/* A second. */
static double pace(const struct split_session *x, uint64_t n)
{
	int64_t ns = time_sub(x->last_ns, x->first_ns);

	return ns > 0 ? (double)n * 1e9 / (double)ns : 0;
}

static int by_size(const void *pa, const void *pb)
{
	const double *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

struct paces {
	double packets, bytes;
};

/* The median of each. */
static struct paces paces_of(struct split_session *const *at, size_t n)
{
	double *p = mem_zalloc(n + 1, sizeof *p);
	struct paces out;

	for (size_t i = 0; i < n; i++)
		p[i] = pace(at[i], at[i]->sent);
	qsort(p, n, sizeof *p, by_size);
	out.packets = p[n / 2];
	for (size_t i = 0; i < n; i++)
		p[i] = pace(at[i], at[i]->bytes);
	qsort(p, n, sizeof *p, by_size);
	out.bytes = p[n / 2];
	free(p);
	return out;
}

/* Does it send as much as those that lose? */
static bool keeps_pace(const struct split_session *x, const struct paces *lossy)
{
	return pace(x, x->sent) >= PACE_LEAST * lossy->packets &&
	       pace(x, x->bytes) >= PACE_LEAST * lossy->bytes;
}

bool split_part(struct split *s)
{
	struct VEC(struct split_session *) all = { 0 };
	size_t cut;
	struct paces lossy;
	double p;
	uint64_t sent = 0, lost = 0;

	for (size_t i = 0; i < s->of.n; i++) {
		s->of.at[i].side = SPLIT_UNJUDGED;
		if (s->of.at[i].sent)
			*VEC_PUSH(&all) = &s->of.at[i];
	}
	if (all.n < 2 * SIDE_LEAST) {
		VEC_FREE(&all);
		return false;
	}
	qsort(all.at, all.n, sizeof *all.at, by_rate);
	cut = cut_at(all.at, all.n);
	for (size_t i = 0; i < cut; i++) {
		all.at[i]->side = SPLIT_LOSSY;
		sent += all.at[i]->sent;
		lost += all.at[i]->lost;
	}
	p = sent ? (double)lost / (double)sent : 0;
	lossy = paces_of(all.at, cut);
	for (size_t i = cut; i < all.n; i++) {
		struct split_session *x = all.at[i];

		if (x->open * 100 <= x->sent && keeps_pace(x, &lossy) &&
		    pow(1 - p, (double)x->sent) <= TELLING)
			x->side = SPLIT_CLEAN;
	}
	VEC_FREE(&all);
	count(s);
	return s->n[SPLIT_LOSSY] >= SIDE_LEAST &&
	       s->n[SPLIT_CLEAN] >= SIDE_LEAST &&
	       s->lost[SPLIT_LOSSY] >= LOST_LEAST &&
	       (double)s->lost[SPLIT_CLEAN] * APART <=
		       p * (double)s->sent[SPLIT_CLEAN];
}

/* --- by whom --- */
bool split_same_hosts(const struct split_session *a,
		      const struct split_session *b)
{
	return net_addr_cmp(&a->client.addr, &b->client.addr) == 0 &&
	       net_addr_cmp(&a->server.addr, &b->server.addr) == 0 &&
	       net_addr_cmp(&a->far[0], &b->far[0]) == 0 &&
	       net_addr_cmp(&a->far[1], &b->far[1]) == 0;
}

static bool has_host(const struct split_session *x, const struct net_addr *a)
{
	return net_addr_cmp(&x->client.addr, a) == 0 ||
	       net_addr_cmp(&x->server.addr, a) == 0 ||
	       net_addr_cmp(&x->far[0], a) == 0 ||
	       net_addr_cmp(&x->far[1], a) == 0;
}

static bool is_own(const struct split *s, const struct net_addr *a)
{
	for (size_t i = 0; i < s->of.n; i++)
		if (s->of.at[i].side != SPLIT_UNJUDGED &&
		    (s->of.at[i].side == SPLIT_LOSSY) !=
			    has_host(&s->of.at[i], a))
			return false;
	return true;
}

bool split_own_host(const struct split *s, struct net_addr *out)
{
	const struct split_session *x = s->of.at;

	while (x->side != SPLIT_LOSSY)
		x++;

	const struct net_addr *at[] = { &x->client.addr, &x->server.addr,
					&x->far[0], &x->far[1] };

	for (size_t i = 0; i < sizeof at / sizeof *at; i++)
		if (is_own(s, at[i])) {
			*out = *at[i];
			return true;
		}
	return false;
}

static bool has_clean(const struct split *s, const struct net_addr *a)
{
	for (size_t i = 0; i < s->of.n; i++)
		if (s->of.at[i].side == SPLIT_CLEAN &&
		    has_host(&s->of.at[i], a))
			return true;
	return false;
}

bool split_by_addresses(const struct split *s)
{
	for (size_t i = 0; i < s->of.n; i++) {
		const struct split_session *x = &s->of.at[i];

		if (x->side != SPLIT_LOSSY)
			continue;
		if (!has_clean(s, &x->client.addr) ||
		    !has_clean(s, &x->server.addr))
			return false;
		for (size_t k = 0; k < s->of.n; k++)
			if (s->of.at[k].side == SPLIT_CLEAN &&
			    split_same_hosts(x, &s->of.at[k]))
				return false;
	}
	return true;
}
