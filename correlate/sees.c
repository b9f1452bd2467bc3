/* Ways that a point sees.
 *
 * If there are several routes (ECMP, link aggregation) and each way of each
 * flow takes its own, a point on one of them has all of a session's packets
 * this way or none.  A capture with gaps has none of a session's n packets by
 * chance only: with a probability of m^n, if it misses m of all.  So a session
 * of which a point before and a point after have packets, and the point none,
 * although it has the other way of it, indicates another route if m^n is small;
 * two of them, and one in TENTH, are enough.  m is the share missing in
 * sessions of which the point does have some.
 *
 * Where each packet takes its own route, a point has some of every session, and
 * lacks about the same share of all large ones.  Captures that drop so much,
 * LACKS of ten bytes, drop it in bursts and are rare; in either case what is
 * missing there proves no loss before it, and that is all that is concluded.
 * Bytes are compared, since offload changes the number of packets, except in
 * directions of pure ACKs.  A capture's own drop counters are believed.
 *
 * If two such points are on different routes, hardly any session has packets at
 * both: only those whose route changed.
 *
 * Cost: one pass over at most SESSIONS sessions.
 */
#include "correlate/sees.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

#define SESSIONS 4096
#define CHANCE 0.01
#define LEAST 2
#define TENTH 10
#define LACKS 3
#define SMALL 64 /* bytes a packet, on average */

static uint64_t lacks(uint64_t here, uint64_t around)
{
	return around > here ? around - here : 0;
}

/* What is compared: bytes, or packets for mostly pure ACKs, which are never
 * merged. */
static uint64_t weight(const struct amount *a, bool bytes)
{
	return bytes ? a->bytes : a->packets;
}

void share_add(struct share *s, const struct amount *here,
	       const struct amount *around)
{
	uint64_t n = around->packets, all, lack;
	bool bytes = around->bytes >= n * SMALL;

	if (!n)
		return;
	if (!here->packets) {
		s->none[n < SHARE_MOST ? n : SHARE_MOST]++;
		return;
	}
	s->some++;
	s->passed += n;
	s->missed += lacks(here->packets, n);
	if (n < SHARE_MOST)
		return;
	all = weight(around, bytes);
	lack = lacks(weight(here, bytes), all);
	s->large++;
	s->thin += lack * 10 >= all * LACKS / 2;
	s->lacked += lack * 1000 / all; /* each session counts the same */
}

static bool goes_round(const struct share *s)
{
	double m = ((double)s->missed + 1) / ((double)s->passed + 2);
	uint64_t gone = 0, all = s->some;

	for (int n = 1; n <= SHARE_MOST; n++) {
		all += s->none[n];
		if (n * log(m) < log(CHANCE))
			gone += s->none[n];
	}
	return gone >= LEAST && gone * TENTH >= all;
}

static bool is_spread(const struct share *s)
{
	return s->large > LEAST && s->thin * 4 >= s->large * 3 &&
	       s->lacked * 10 >= s->large * 1000 * LACKS;
}

bool share_is_part(const struct share *s)
{
	return goes_round(s) || is_spread(s);
}

bool share_is_apart(const struct pair_share *s)
{
	return s->either >= LEAST && s->both * TENTH <= s->either;
}

struct seen { /* a flow of a session, by way */
	size_t at;
	struct amount of[2];
};

struct learner {
	size_t n;                /* points */
	struct share *share;     /* by point and way */
	struct pair_share *pair; /* by two points and way */
	uint8_t *sees;
	struct seen *flow; /* of a session */
};

static struct amount most(const struct seen *f, size_t from, size_t to, int way)
{
	struct amount n = { 0, 0 };

	for (size_t k = from; k < to; k++) {
		const struct amount *x = &f[k].of[way];

		n.packets = x->packets > n.packets ? x->packets : n.packets;
		n.bytes = x->bytes > n.bytes ? x->bytes : n.bytes;
	}
	return n;
}

static struct amount least(const struct amount *a, const struct amount *b)
{
	return (struct amount){ a->packets < b->packets ? a->packets
							: b->packets,
				a->bytes < b->bytes ? a->bytes : b->bytes };
}

static void learn_pair(struct learner *l, const struct seen *a,
		       const struct seen *b, int way)
{
	struct pair_share *p =
		&l->pair[(a->at * l->n + b->at) * 2 + (size_t)way];

	p->both += a->of[way].packets && b->of[way].packets;
	p->either += a->of[way].packets || b->of[way].packets;
}

/* The @n flows of a session are in path order. */
static void learn_session(struct learner *l, size_t n)
{
	const struct seen *f = l->flow;

	for (size_t k = 0; k < n; k++)
		for (int way = 0; way < 2; way++) {
			struct amount a = most(f, 0, k, way);
			struct amount b = most(f, k + 1, n, way);

			a = least(&a, &b);
			if (f[k].of[way].packets)
				l->sees[f[k].at] |= (uint8_t)(1 << way);
			share_add(&l->share[f[k].at * 2 + (size_t)way],
				  &f[k].of[way], &a);
			for (size_t q = k + 1; q < n; q++)
				learn_pair(l, &f[k], &f[q], way);
		}
}

/* Return: flows read into @f. */
static size_t read_session(struct store *s, const struct session_row *row,
			   size_t n_points, struct seen *f)
{
	size_t n = 0;

	for (size_t k = 0; k < row->n_flows; k++) {
		int pos = row->flows[k].point_pos;
		struct flow_row x;

		if (pos < 1 || (size_t)pos > n_points || n == n_points ||
		    !store_flow_get(s, row->flows[k].flow, &x))
			continue;
		f[n].at = (size_t)pos - 1;
		for (int d = 0; d < 2; d++)
			f[n].of[row->client_end == 1 ? 1 - d : d] =
				(struct amount){ x.packets[d], x.bytes[d] };
		/* a flow that is only expected tells nothing */
		n += x.packets[0] || x.packets[1];
		flow_row_release(&x);
	}
	return n;
}

/* Draws the conclusions after the last session. */
static void conclude(const struct learner *l, const struct watch *w,
		     uint8_t *apart)
{
	for (size_t p = 0; p < l->n; p++)
		for (int way = 0; way < 2; way++)
			if (!w[p].dropped &&
			    share_is_part(&l->share[p * 2 + (size_t)way]))
				l->sees[p] |= (uint8_t)(1 << (2 + way));
	for (size_t p = 0; p < l->n; p++)
		for (size_t q = p + 1; q < l->n; q++)
			for (int way = 0; way < 2; way++)
				if (sees_part(l->sees[p], way) &&
				    sees_part(l->sees[q], way) &&
				    share_is_apart(&l->pair[(p * l->n + q) * 2 +
							    (size_t)way]))
					apart[p * l->n + q] |=
						(uint8_t)(1 << way);
}

void sees_learn(struct store *s, const struct watch *w, size_t n_points,
		uint8_t *sees, uint8_t *apart)
{
	struct learner l = { .n = n_points, .sees = sees };
	int64_t n = store_session_count(s);

	l.share = mem_zalloc(n_points * 2 + 1, sizeof *l.share);
	l.pair = mem_zalloc(n_points * n_points * 2 + 1, sizeof *l.pair);
	l.flow = mem_zalloc(n_points + 1, sizeof *l.flow);
	for (int64_t id = 1; id <= n && id <= SESSIONS; id++) {
		struct session_row row;

		if (!store_session_peek(s, id, &row))
			continue;
		if (row.n_flows > 1)
			learn_session(&l,
				      read_session(s, &row, n_points, l.flow));
		session_row_release(&row);
	}
	conclude(&l, w, apart);
	free(l.share);
	free(l.pair);
	free(l.flow);
}
