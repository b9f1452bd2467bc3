/* SYNs that are dropped because they ask for ECN, by both flags (RFC 3168, 6.1.1).
 *
 * Hosts ask again without (6.1.1.1), and are let in: so all that ask are lost, and all
 * others pass.
 */
#include "report/derive/loss.h"

#include "base/text.h"

#define ECN_LEAST 3 /* of either kind: fewer may be chance */

void loss_ecn_add(struct lost_way *w, const struct record *syn, bool lost)
{
	const unsigned asks = REC_ECE | REC_CWR;
	bool ecn = (syn->tcp_flags & asks) == asks;

	if (syn->tcp_flags & REC_ACK)
		return;
	if (lost)
		w->syn_lost[ecn]++;
	else
		w->syn_passed[ecn]++;
}

/* Are all SYNs lost that ask for ECN, and none that do not? */
bool loss_is_ecn(const struct lost_way *w)
{
	return w->syn_lost[1] >= ECN_LEAST && !w->syn_passed[1] &&
	       !w->syn_lost[0] && w->syn_passed[0] >= ECN_LEAST &&
	       w->syn_lost[1] == loss_lost(w, KIND_SYN);
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
