/* Losses while somebody asks in vain for the hardware address of the host that they were
 * for: who passes packets on keeps one or a few of them until there is an answer, and
 * drops the rest.  Not so if that host sends meanwhile.
 *
 * Cost: a row and some binary searches for each loss that is shown, and
 * resolve_is_there() for SOUGHT_MOST of them.
 */
#include "report/derive/loss.h"
#include "report/derive/resolve_tell.h"
#include "report/derive/resolve_there.h"

#define SOUGHT_MOST 32

struct found {
	struct unresolved most;
	uint64_t n, looked, sought;
};

/* @from_pos or @to_pos of the way: where does somebody ask for @a? */
static struct unresolved asked_at(const struct derive *d,
				  const struct lost_way *w,
				  const struct net_addr *a, int64_t t_ns)
{
	struct resolve_while when = { w->from_pos, t_ns, t_ns };
	struct unresolved x = resolve_find(derive_resolve(d), derive_model(d),
					   w->to_pos, a, NULL, &when);

	if (!x.q)
		x = resolve_find(derive_resolve(d), derive_model(d),
				 w->from_pos, a, NULL, &when);
	return x;
}

static void look(struct found *x, const struct derive *d,
		 const struct lost_way *w, const struct kept_loss *k)
{
	struct unresolved q;
	struct flow_row f;

	if (!k->fact.has_near || !derive_flow(d, k->flow, &f))
		return;
	x->looked++;
	q = asked_at(d, w, k->fact.dir ? &f.client.addr : &f.server.addr,
		     k->fact.near.time_ns);
	if (q.q && x->sought++ < SOUGHT_MOST &&
	    resolve_is_there(d, &q, &f, w->from_pos, k->fact.near.time_ns))
		q.q = NULL;
	flow_row_release(&f);
	x->n += q.q != NULL;
	if (q.q && (!x->most.q || q.n > x->most.n))
		x->most = q;
}

void loss_unresolved_text(struct draft *f, const struct derive *d,
			  const struct lost_way *w)
{
	const struct resolve *r = derive_resolve(d);
	struct found x = { .n = 0 };
	char n[TEXT_UNIT], of[TEXT_UNIT];

	if (!r || !r->at.n)
		return;
	for (size_t i = 0; i < w->kept.n; i++)
		look(&x, d, w, &w->kept.at[i]);
	if (2 * x.n <= x.looked)
		return;
	resolve_say(f, derive_model(d), &x.most);
	draft_text(f,
		   "Of %s packets lost that were looked at, %s %s of that "
		   "time and for a host that is asked for so.",
		   text_count(x.looked, of), text_count(x.n, n),
		   x.n == 1 ? "is" : "are");
	resolve_place(f, derive_model(d), &x.most);
}
