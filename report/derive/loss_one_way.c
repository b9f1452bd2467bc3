/* Datagrams of which one direction passes and the other does not, as a call in which
 * one side hears nothing: no link that loses packets does that, but what decides by
 * packet (a firewall, NAT, a route to nowhere).
 *
 * Few datagrams may be lost by chance; all of LEAST are not, where as many of the same
 * session pass the other way.
 */
#include "report/derive/loss.h"

#include "base/text.h"

#define LEAST 10 /* datagrams each way */
#define MOST 90  /* percent of a way's losses: then nothing else matters */

/* Of what entered in this direction nothing left. */
static bool is_dead(const struct hop_way *x)
{
	const uint64_t *n = x->by_kind[KIND_DATAGRAM];

	return n[FATE_LOST] >= LEAST &&
	       n[FATE_DELIVERED] + n[FATE_UNSEEN] <= n[FATE_LOST] / 100 &&
	       n[FATE_UNDECIDED] <= n[FATE_LOST] / 10;
}

bool loss_is_one_way(const struct hop_way way[static 2], int dir)
{
	const struct hop_way *back = &way[!dir];

	return is_dead(&way[dir]) &&
	       back->by_kind[KIND_DATAGRAM][FATE_DELIVERED] >= LEAST &&
	       back->by_kind[KIND_DATAGRAM][FATE_LOST] <=
		       back->by_kind[KIND_DATAGRAM][FATE_DELIVERED] / 10;
}

bool loss_one_way_mostly(const struct lost_way *w)
{
	return w->one_way && w->one_way_lost >= loss_all(w) * MOST / 100;
}

void loss_one_way_title(struct draft *f, const struct model *m,
			const struct lost_way *w)
{
	const char *from = model_point_name(m, w->from_pos);
	const char *to = model_point_name(m, w->to_pos);
	char n[TEXT_UNIT];

	draft_title(f,
		    "%s session%s one way only: all of %s datagrams from %s to "
		    "%s vanish, and those from %s to %s arrive",
		    text_count(w->one_way, n),
		    w->one_way == 1 ? " is" : "s are",
		    w->one_way == 1 ? "its" : "their", from, to, to, from);
}

void loss_one_way_text(struct draft *f, const struct model *m,
		       const struct lost_way *w)
{
	char n[TEXT_UNIT], of[TEXT_UNIT];

	if (!w->one_way)
		return;
	draft_text(f,
		   "Of %s session%s nothing that is sent this way arrives (%s "
		   "datagrams), and what the other side sends does: a call in "
		   "which one side hears nothing is so.  Links that lose "
		   "packets lose some of all.",
		   text_count(w->one_way, n), plural(w->one_way),
		   text_count(w->one_way_lost, of));
	draft_against(f,
		      "if they arrive by another link, which the capture at "
		      "%s is not on, it looks the same from here: then the "
		      "session goes on as one that is heard",
		      model_point_name(m, w->to_pos));
	draft_next(f,
		   "look between %s and %s for what tells these packets from "
		   "others by address and port: a firewall or NAT that lets "
		   "only answers pass, or has forgotten the session, or an "
		   "address that has no route there",
		   model_point_name(m, w->from_pos),
		   model_point_name(m, w->to_pos));
	json_object_set_new(f->measure, "sessions_one_way",
			    json_integer((json_int_t)w->one_way));
}
