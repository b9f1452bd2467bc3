/* On which side of a point is the client, if only this point has the session?
 *
 * Other sessions of the two hosts or of their subnets show it.  So does an initial
 * TTL at an outermost point, if what crosses the hop loses some: then it does not
 * come from across.  Also: which addresses are no single host's.
 */
#include "report/derive/stop_int.h"

#define EPHEMERAL 1024 /* services have ports below */

static bool is_initial(uint8_t ttl)
{
	return ttl == 64 || ttl == 128 || ttl == 255;
}

/* Do packets lose TTL on their way to the outermost point @pos? */
static bool loses_ttl(const struct model *m, int pos)
{
	for (size_t i = 0; i < m->figures.n; i++) {
		const struct hop_figures *h = &m->figures.hop[i];
		const struct hop_way *w = &h->way[pos == 1];

		if ((pos == 1 ? h->from_pos : h->to_pos) == pos &&
		    w->ttl_known && w->ttl_drop_min > 0)
			return true;
	}
	return false;
}

int stop_client_side(struct derive *d, const struct session_view *v, int i)
{
	const struct model *m = derive_model(d);
	const struct flow_view *f = &v->flow[i];
	int pos = v->row.flows[i].point_pos, side;

	if (m->n_points < 2)
		return 0;
	side = witness_side(derive_witness(d), pos, &f->row.client.addr);
	if (side < 0) {
		side = witness_side(derive_witness(d), pos,
				    &f->row.server.addr);
		side = side < 0 ? -1 : 1 - side;
	}
	if (side < 0 && (pos == 1 || pos == (int)m->n_points) &&
	    is_initial(f->dir[0].ttl_max) && loses_ttl(m, pos))
		side = pos == 1 ? 0 : 1;
	return side;
}

bool stop_from_service(const struct session_view *v)
{
	for (size_t i = 0; i < v->row.n_flows; i++)
		if (v->flow[i].row.client.port < EPHEMERAL)
			return true;
	return false;
}
