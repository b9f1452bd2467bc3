/* Which sessions the clocks are fitted to.
 *
 * Paired sessions; with a relay between two points only if all sessions that
 * they share cross it (clock_sample.c).  Session numbers are in order of time;
 * clusters of CLUSTER neighbours, whose records share blocks, are taken in the
 * order of a bit reversal: the first, the one in the middle, those at the
 * quarters, and so on.  So the sessions taken are spread over the whole capture
 * whenever the search stops: when clusters from PLACES places have been
 * examined and any two neighbouring points share ENOUGH packets, or after LOADS
 * sessions.
 *
 * Cost: some 25 us per session examined, at most LOADS of them.
 */
#include <stdlib.h>

#include "correlate/clock_sample.h"

#define CLUSTER 3
#define PLACES 160
#define LOADS 1024
#define ENOUGH 16000 /* records shared by two points */
#define SHARE 400    /* of them at most from one session */

static bool is_usable(const struct session_row *r)
{
	return r->verdict == PAIR_PAIRED && r->n_flows >= 2;
}

static void loaded_release(struct loaded *e)
{
	for (size_t i = 0; e->flow && i < e->row.n_flows; i++)
		flow_row_release(&e->flow[i]);
	free(e->flow);
	session_row_release(&e->row);
}

static bool load_session(struct clock_sample *m, int64_t id)
{
	struct loaded e = { .flow = NULL };
	bool ok;

	if (!store_session_get(m->s, id, &e.row))
		return false;
	ok = is_usable(&e.row);
	if (ok)
		e.flow = mem_zalloc(e.row.n_flows, sizeof *e.flow);
	for (size_t i = 0; ok && i < e.row.n_flows; i++)
		ok = store_flow_get(m->s, e.row.flows[i].flow, &e.flow[i]);
	if (ok)
		*VEC_PUSH(&m->session) = e;
	else
		loaded_release(&e);
	return ok;
}

int clock_flow_at(const struct clock_sample *m, const struct loaded *e,
		  size_t p)
{
	for (size_t i = 0; i < e->row.n_flows; i++)
		if (e->row.flows[i].point_pos == m->point[p].pos)
			return (int)i;
	return -1;
}

uint64_t clock_flow_records(const struct flow_row *f)
{
	return f->packets[0] + f->packets[1];
}

/* Adds what each two neighbouring points share of the session. */
static void count_shared(const struct clock_sample *m, const struct loaded *e,
			 uint64_t *shared)
{
	for (size_t p = 0; p + 1 < m->n_points; p++) {
		int a = clock_flow_at(m, e, p), b = clock_flow_at(m, e, p + 1);
		uint64_t n, k;

		if (a < 0 || b < 0)
			continue;
		n = clock_flow_records(&e->flow[a]);
		k = clock_flow_records(&e->flow[b]);
		n = n < k ? n : k;
		shared[p] += n < SHARE ? n : SHARE;
	}
}

static bool is_enough(const struct clock_sample *m, const uint64_t *shared)
{
	for (size_t p = 0; p + 1 < m->n_points; p++)
		if (shared[p] < ENOUGH)
			return false;
	return true;
}

static uint64_t reverse_bits(uint64_t v, unsigned bits)
{
	uint64_t r = 0;

	for (unsigned i = 0; i < bits; i++)
		r |= (v >> i & 1) << (bits - 1 - i);
	return r;
}

static int loaded_cmp(const void *a, const void *b)
{
	const struct loaded *p = a, *q = b;

	return (p->row.id > q->row.id) - (p->row.id < q->row.id);
}

void clock_pick(struct clock_sample *m)
{
	uint64_t n = (uint64_t)store_session_count(m->s);
	uint64_t clusters = (n + CLUSTER - 1) / CLUSTER, loads = 0, places = 0;
	uint64_t *shared = mem_zalloc(m->n_points + 1, sizeof *shared);
	unsigned bits = 0;

	while (1ull << bits < clusters)
		bits++;
	for (uint64_t i = 0; i < 1ull << bits && loads < LOADS; i++) {
		uint64_t at = reverse_bits(i, bits) * CLUSTER;

		if (at >= n)
			continue;
		if (places++ >= PLACES && is_enough(m, shared))
			break;
		for (uint64_t k = at; k < n && k < at + CLUSTER; k++, loads++)
			if (load_session(m, (int64_t)k + 1))
				count_shared(m,
					     &m->session.at[m->session.n - 1],
					     shared);
	}
	/* in order of time: each block of records is then read once */
	if (m->session.n)
		qsort(m->session.at, m->session.n, sizeof *m->session.at,
		      loaded_cmp);
	free(shared);
}

void clock_pick_release(struct clock_sample *m)
{
	for (size_t i = 0; i < m->session.n; i++)
		loaded_release(&m->session.at[i]);
	VEC_FREE(&m->session);
}
