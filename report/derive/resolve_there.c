/* See the header.
 *
 * Flows of a host around one of its own have numbers around its own.  What it sent just
 * before the questions may still be on its way: the first UNDER_WAY_NS do not count.
 * Questions of another point are brought to the flow's by how far both times are from
 * one another on the first point's clock; where that is not known, their length is put
 * where the flow misses the host.
 *
 * Cost: AROUND rows each way, and of LOOKED_MOST flows the records at the end.
 */
#include "report/derive/resolve_there.h"

#include "base/time.h"

#define AROUND 1000    /* flows */
#define LOOKED_MOST 32 /* of them, of that host */
#define UNDER_WAY_NS 100000000LL

/* The direction of what @host sends in @f, or -1: nothing. */
static int dir_of(const struct flow_row *f, const struct net_addr *host)
{
	if (f->packets[1] && !net_addr_cmp(&f->server.addr, host))
		return 1;
	return f->packets[0] && !net_addr_cmp(&f->client.addr, host) ? 0 : -1;
}

bool resolve_sends(const struct derive *d, const struct flow_row *like,
		   const struct net_addr *host, int64_t from_ns, int64_t to_ns)
{
	int64_t id = like->id > AROUND ? like->id - AROUND : 1;
	int64_t last = like->id + AROUND, file;
	unsigned looked = 0;
	bool sends = false;
	struct flow_row f;
	struct record r;

	for (; id <= last && !sends && looked < LOOKED_MOST; id++) {
		int dir;

		if (!derive_flow(d, id, &f))
			break;
		dir = f.point == like->point && f.n_parts ? dir_of(&f, host)
							  : -1;
		if (dir >= 0 && f.first_ns <= to_ns && f.last_ns >= from_ns) {
			looked++;
			sends = derive_after(d, &f, dir, from_ns, to_ns, &r,
					     &file);
		}
		flow_row_release(&f);
	}
	return sends;
}

bool resolve_is_there(const struct derive *d, const struct unresolved *x,
		      const struct flow_row *like, int pos, int64_t at_ns)
{
	const struct model *m = derive_model(d);
	int64_t asked = x->q->first_ns, at = at_ns, from = asked, to;
	int64_t lasts = time_sub(x->q->last_ns, x->q->first_ns);

	if (pos != x->pos)
		from = resolve_on_first(m, x->pos, &asked) &&
				       resolve_on_first(m, pos, &at)
			       ? time_add(at_ns, time_sub(asked, at))
			       : at_ns;
	to = time_add(from, lasts);
	return resolve_sends(d, like, &x->q->about,
			     time_add(from, UNDER_WAY_NS), to);
}
