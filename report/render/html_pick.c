/* Which sessions the page lists.
 *
 * Their figures are loaded once, to sort them by losses and round trips; those that a
 * finding names come before all others.
 *
 * Memory: 24 bytes for each session of the case.
 */
#include "report/render/html_pick.h"

#include <stdlib.h>

#include "base/mem.h"

struct rank {
	uint64_t lost;
	int64_t rtt, session;
};

static int by_need(const void *x, const void *y)
{
	const struct rank *a = x, *b = y;

	if (a->lost != b->lost)
		return a->lost > b->lost ? -1 : 1;
	if (a->rtt != b->rtt)
		return a->rtt > b->rtt ? -1 : 1;
	return a->session < b->session ? -1 : 1;
}

static int by_id(const void *x, const void *y)
{
	const int64_t *a = x, *b = y;

	return *a < *b ? -1 : *a > *b;
}

static struct rank rank_of(const struct session_view *v)
{
	struct rank r = { .session = v->row.id };

	for (size_t i = 0; i < v->figures.n; i++) {
		const struct hop_figures *h = &v->figures.hop[i];

		r.lost += h->way[0].tx.n[FATE_LOST] + h->way[1].tx.n[FATE_LOST];
		r.rtt += hist_quantile(&h->rtt, 0.5);
	}
	return r;
}

static void pick_worst(const struct model *m, size_t max, struct html_ids *ids)
{
	struct VEC(struct rank) all = { 0 };

	for (int64_t id = 1; id <= m->n_sessions; id++) {
		struct session_view v;

		if (!session_view_load_figures(&v, m, id))
			continue;
		*VEC_PUSH(&all) = rank_of(&v);
		session_view_release(&v);
	}
	for (size_t i = 0; i < m->n_findings; i++)
		for (size_t k = 0; k < m->findings[i].n_sessions; k++)
			for (size_t lo = 0, hi = all.n; lo < hi;) {
				size_t mid = lo + (hi - lo) / 2;
				int64_t want = m->findings[i].sessions[k];

				if (all.at[mid].session == want) {
					all.at[mid].lost = UINT64_MAX;
					break;
				}
				if (all.at[mid].session < want)
					lo = mid + 1;
				else
					hi = mid;
			}
	if (all.n)
		qsort(all.at, all.n, sizeof *all.at, by_need);
	for (size_t i = 0; i < all.n && i < max; i++)
		ids->at[ids->n++] = all.at[i].session;
	if (ids->n)
		qsort(ids->at, ids->n, sizeof *ids->at, by_id);
	VEC_FREE(&all);
}

void html_sessions_pick(const struct model *m, size_t max, struct html_ids *ids)
{
	size_t all = (size_t)m->n_sessions;

	*ids = (struct html_ids){ .at = mem_zalloc(max, sizeof *ids->at) };
	if (all > max) {
		pick_worst(m, max, ids);
		return;
	}
	for (int64_t id = 1; id <= m->n_sessions; id++)
		ids->at[ids->n++] = id;
}

void html_ids_release(struct html_ids *ids)
{
	free(ids->at);
	*ids = (struct html_ids){ 0 };
}
