/* SYNs that are dropped for what they have: a request for ECN by both flags (RFC 3168,
 * 6.1.1), or data (RFC 7413, Fast Open).
 *
 * Hosts ask again without (6.1.1.1; RFC 7413, 4.1.3), and are let in: so all that have it
 * are lost, and all others pass.  Rules do not see sessions in which nothing is amiss, of
 * which one would prove the contrary, so these are looked at, too, if all else fits.
 *
 * Copies without pass later, and a moment in which nothing passes would look alike: so some
 * are lost at TURNS times, with others between that pass.
 *
 * Cost: up to LOOKED sessions, evenly chosen, some 30 us each.
 */
#include "report/derive/loss.h"

#include <netinet/in.h>
#include <stdlib.h>

#include "base/text.h"
#include "report/derive/look.h"

#define LEAST 3 /* of either kind: fewer may be chance */
#define TURNS 3
#define LOOKED 20000
#define SYNS_MOST 65536 /* of which the time is kept */

static enum syn_sort sort_of(const struct record *syn)
{
	const unsigned asks = REC_ECE | REC_CWR;

	if (syn->pay_len)
		return SYN_DATA;
	return (syn->tcp_flags & asks) == asks ? SYN_ECN : SYN_PLAIN;
}

void loss_syn_add(struct lost_way *w, const struct record *syn, bool lost)
{
	if (syn->tcp_flags & REC_ACK)
		return;
	if (w->syns.n < SYNS_MOST)
		*VEC_PUSH(&w->syns) = (struct syn_sent){ .t_ns = syn->time_ns,
							 .lost = lost };
	if (lost)
		w->syn_lost[sort_of(syn)]++;
	else
		w->syn_passed[sort_of(syn)]++;
}

static int by_time(const void *pa, const void *pb)
{
	const struct syn_sent *a = pa, *b = pb;

	return (a->t_ns > b->t_ns) - (a->t_ns < b->t_ns);
}

void loss_syn_turns(struct lost_way *w)
{
	bool lost = false;

	if (w->syns.n)
		qsort(w->syns.at, w->syns.n, sizeof *w->syns.at, by_time);
	for (size_t i = 0; i < w->syns.n; i++) {
		w->syn_turns += w->syns.at[i].lost && !lost;
		lost = w->syns.at[i].lost;
	}
}

/* Has the point at @pos a SYN of @v's of that sort? */
static bool is_let_in(const struct model *m, const struct session_view *v,
		      int pos, enum syn_sort sort)
{
	struct record r;
	int64_t file;

	for (size_t i = 0; i < v->row.n_flows; i++)
		if (v->row.flows[i].point_pos == pos && v->flow[i].dir[0].syn &&
		    look_record(m->store, &v->flow[i].row, 0, REC_SYN, &r,
				&file) &&
		    sort_of(&r) == sort)
			return true;
	return false;
}

static bool any_let_in(const struct model *m, int pos, enum syn_sort sort)
{
	int64_t step = m->n_sessions / LOOKED + 1;
	struct session_view v;
	bool any = false;

	for (int64_t id = 1; m->store && !any && id <= m->n_sessions;
	     id += step) {
		if (!session_view_load(&v, m, id))
			continue;
		any = v.row.proto == IPPROTO_TCP && is_let_in(m, &v, pos, sort);
		session_view_release(&v);
	}
	return any;
}

enum syn_sort loss_syn_sort(const struct model *m, const struct lost_way *w)
{
	if (w->syn_turns < TURNS)
		return SYN_PLAIN;
	for (int s = SYN_PLAIN + 1; s < SYN_SORTS; s++) {
		uint64_t passed = 0;

		for (int o = 0; o < SYN_SORTS; o++)
			passed += w->syn_passed[o];
		if (w->syn_lost[s] >= LEAST && !w->syn_passed[s] &&
		    w->syn_lost[s] == loss_lost(w, KIND_SYN) &&
		    passed >= LEAST &&
		    !any_let_in(m, w->to_pos, (enum syn_sort)s))
			return (enum syn_sort)s;
	}
	return SYN_PLAIN;
}

void loss_syn_text(struct draft *f, const struct lost_way *w,
		   enum syn_sort sort)
{
	static const struct {
		const char *have, *late, *key, *next;
	} of[SYN_SORTS] = {
		[SYN_ECN] = { "ask for ECN (flags ECE and CWR)",
			      "clients that ask again without it connect late, "
			      "others not at all",
			      "syns_with_ecn",
			      "look for what drops SYNs with ECE and CWR on "
			      "the devices between (old firewalls, filters of "
			      "'invalid' flags); until then turn ECN off at "
			      "the clients" },
		[SYN_DATA] = { "have data (TCP Fast Open)",
			       "clients that send them again without it connect "
			       "late, others not at all",
			       "syns_with_data",
			       "look for what drops SYNs with data on the "
			       "devices between (firewalls, filters of "
			       "'invalid' packets); until then turn Fast Open "
			       "off at the clients" },
	};
	uint64_t passed = 0;
	char n[TEXT_UNIT], some[TEXT_UNIT];

	for (int o = 0; o < SYN_SORTS; o++)
		passed += w->syn_passed[o];
	draft_text(f,
		   "All %s lost SYNs %s, and no such SYN gets through; %s "
		   "without do.  Something between drops them for that: %s.",
		   text_count(w->syn_lost[sort], n), of[sort].have,
		   text_count(passed, some), of[sort].late);
	draft_next(f, "%s", of[sort].next);
	json_object_set_new(f->measure, of[sort].key,
			    json_integer((json_int_t)w->syn_lost[sort]));
}
