/* What a capture that misses packets may lack by chance: see the header.
 *
 * A session's SYNs are sent at ever longer distances: of these only the first and the
 * last count.  Datagrams and pings come at a pace.
 */
#include "report/derive/missed.h"

#include <netinet/in.h>

#include "base/time.h"

#define SPREAD_NS 10000000000LL /* longer than a capture pauses */

void spread_add(struct spread *s, const struct flow_row *f)
{
	uint64_t more, most;

	if (!s->n || time_sub(f->first_ns, s->last_ns) >= SPREAD_NS) {
		s->n++;
		s->last_ns = f->first_ns;
	}
	if (f->packets[0] < 2 || time_sub(f->last_ns, s->last_ns) < SPREAD_NS)
		return;
	more = (uint64_t)(time_sub(f->last_ns, s->last_ns) / SPREAD_NS);
	most = f->proto == IPPROTO_TCP ? 1 : f->packets[0] - 1;
	s->n += more < most ? more : most;
	s->last_ns = f->last_ns;
}

double missed_share(const struct model *m, int pos)
{
	double most = 0;

	for (size_t i = 0; i < m->figures.n; i++) {
		const struct hop_figures *h = &m->figures.hop[i];

		if (h->from_pos != pos && h->to_pos != pos)
			continue;
		for (int w = 0; w < 2; w++) {
			double all = 0, part;

			for (int f = 0; f < FATES; f++)
				all += (double)h->way[w].tx.n[f];
			part = (double)h->way[w].tx.n[FATE_UNSEEN];
			if (part > most * all)
				most = part / all;
		}
	}
	return most;
}

double missed_by_chance(const struct model *m, int pos, const struct spread *s)
{
	double share = missed_share(m, pos), chance = 1;

	for (uint64_t i = 0; i < s->n && chance > MISSED_CHANCE; i++)
		chance *= share;
	return chance;
}
