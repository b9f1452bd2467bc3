/* Ways that a point sees.
 *
 * Where routes are several (ECMP, link aggregation) and each way of each flow
 * takes its own, a point on one of them has all of a session's packets this way
 * or none.  A capture with gaps has none of a session's n packets by chance
 * only: with a probability of m^n, if it misses m of all.  So a session that a
 * point before and a point behind have packets of, and the point none, though
 * it has the other way of it, speaks for another route where m^n is small; two
 * of them, and one of TENTH, are enough.  m is what is missing of sessions that
 * the point does have some of.
 *
 * Of two such points that are on different routes, hardly a session has packets
 * at both: only where its route changed.
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

void share_add(struct share *s, uint64_t here, uint64_t around)
{
	if (!around)
		return;
	if (!here) {
		s->none[around < SHARE_MOST ? around : SHARE_MOST]++;
		return;
	}
	s->some++;
	s->here += around;
	s->missed += around > here ? around - here : 0;
}

bool share_is_part(const struct share *s)
{
	double m = ((double)s->missed + 1) / ((double)s->here + 2);
	uint64_t gone = 0, all = s->some;

	for (int n = 1; n <= SHARE_MOST; n++) {
		all += s->none[n];
		if (n * log(m) < log(CHANCE))
			gone += s->none[n];
	}
	return gone >= LEAST && gone * TENTH >= all;
}

bool share_is_apart(const struct pair_share *s)
{
	return s->either >= LEAST && s->both * TENTH <= s->either;
}

struct seen { /* a flow of a session, by way */
	size_t at;
	uint64_t packets[2];
};

struct learner {
	size_t n;                /* points */
	struct share *share;     /* by point and way */
	struct pair_share *pair; /* by two points and way */
	uint8_t *sees;
	struct seen *flow; /* of a session */
};

static uint64_t most(const struct seen *f, size_t from, size_t to, int way)
{
	uint64_t n = 0;

	for (size_t k = from; k < to; k++)
		n = f[k].packets[way] > n ? f[k].packets[way] : n;
	return n;
}

static void learn_pair(struct learner *l, const struct seen *a,
		       const struct seen *b, int way)
{
	struct pair_share *p =
		&l->pair[(a->at * l->n + b->at) * 2 + (size_t)way];

	p->both += a->packets[way] && b->packets[way];
	p->either += a->packets[way] || b->packets[way];
}

/* The @n flows of a session are in path order. */
static void learn_session(struct learner *l, size_t n)
{
	const struct seen *f = l->flow;

	for (size_t k = 0; k < n; k++)
		for (int way = 0; way < 2; way++) {
			uint64_t a = most(f, 0, k, way);
			uint64_t b = most(f, k + 1, n, way);

			if (f[k].packets[way])
				l->sees[f[k].at] |= (uint8_t)(1 << way);
			share_add(&l->share[f[k].at * 2 + (size_t)way],
				  f[k].packets[way], a < b ? a : b);
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
			f[n].packets[row->client_end == 1 ? 1 - d : d] =
				x.packets[d];
		/* what is only expected there tells nothing */
		n += x.packets[0] || x.packets[1];
		flow_row_release(&x);
	}
	return n;
}

/* What is known after the last session. */
static void conclude(const struct learner *l, uint8_t *apart)
{
	for (size_t p = 0; p < l->n; p++)
		for (int way = 0; way < 2; way++)
			if (share_is_part(&l->share[p * 2 + (size_t)way]))
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

void sees_learn(struct store *s, size_t n_points, uint8_t *sees, uint8_t *apart)
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
	conclude(&l, apart);
	free(l.share);
	free(l.pair);
	free(l.flow);
}
