/* SYNs that are dropped because they ask for ECN, by both flags (RFC 3168, 6.1.1).
 *
 * Hosts ask again without (6.1.1.1), and are let in: so all that ask are lost, and all
 * others pass.  Rules do not see sessions in which nothing is amiss, of which one would
 * prove the contrary, so these are looked at, too, if all else fits.
 *
 * Cost: up to LOOKED sessions, evenly chosen, some 30 us each.
 */
#include "report/derive/loss.h"

#include <netinet/in.h>

#include "base/text.h"
#include "report/derive/look.h"

#define ECN_LEAST 3 /* of either kind: fewer may be chance */
#define LOOKED 20000

static bool asks_for_ecn(const struct record *syn)
{
	const unsigned asks = REC_ECE | REC_CWR;

	return (syn->tcp_flags & asks) == asks;
}

void loss_ecn_add(struct lost_way *w, const struct record *syn, bool lost)
{
	bool ecn = asks_for_ecn(syn);

	if (syn->tcp_flags & REC_ACK)
		return;
	if (lost)
		w->syn_lost[ecn]++;
	else
		w->syn_passed[ecn]++;
}

/* Has the point at @pos a SYN of @v's that asks? */
static bool is_let_in(const struct model *m, const struct session_view *v,
		      int pos)
{
	struct record r;
	int64_t file;

	for (size_t i = 0; i < v->row.n_flows; i++)
		if (v->row.flows[i].point_pos == pos && v->flow[i].dir[0].syn &&
		    look_record(m->store, &v->flow[i].row, 0, REC_SYN, &r,
				&file) &&
		    asks_for_ecn(&r))
			return true;
	return false;
}

static bool any_let_in(const struct model *m, int pos)
{
	int64_t step = m->n_sessions / LOOKED + 1;
	struct session_view v;
	bool any = false;

	for (int64_t id = 1; m->store && !any && id <= m->n_sessions;
	     id += step) {
		if (!session_view_load(&v, m, id))
			continue;
		any = v.row.proto == IPPROTO_TCP && is_let_in(m, &v, pos);
		session_view_release(&v);
	}
	return any;
}

/* Are all SYNs lost that ask for ECN, and none that do not? */
bool loss_is_ecn(const struct model *m, const struct lost_way *w)
{
	return w->syn_lost[1] >= ECN_LEAST && !w->syn_passed[1] &&
	       !w->syn_lost[0] && w->syn_passed[0] >= ECN_LEAST &&
	       w->syn_lost[1] == loss_lost(w, KIND_SYN) &&
	       !any_let_in(m, w->to_pos);
}

void loss_ecn_text(struct draft *f, const struct lost_way *w)
{
	char n[TEXT_UNIT], some[TEXT_UNIT];

	draft_text(
		f,
		"All %s lost SYNs ask for ECN (flags ECE and CWR), and no such "
		"SYN gets through; %s without do.  Something between drops "
		"them for that: clients that ask again without it connect "
		"late, others not at all.",
		text_count(w->syn_lost[1], n),
		text_count(w->syn_passed[0], some));
	draft_next(f,
		   "look for what drops SYNs with ECE and CWR on the devices "
		   "between (old firewalls, filters of 'invalid' flags); "
		   "until then turn ECN off at the clients");
	json_object_set_new(f->measure, "syns_with_ecn",
			    json_integer((json_int_t)w->syn_lost[1]));
}
