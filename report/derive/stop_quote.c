/* What ICMP errors tell of sessions that get no answer.
 *
 * An error is of the session that it quotes.  Routers send few a second, so of
 * many sessions to one service some may have none; these are counted apart, and
 * what else may be the cause is still told.  Services with another error, or
 * none, are never joined.
 *
 * A device on the way may send an error in the server's name, as it may a reset
 * (reset_far.c): not before a point that is on the server, is the last of several, or
 * has the error sooner than the way to another place takes.
 */
#include <string.h>

#include "base/time.h"
#include "report/derive/icmp.h"
#include "report/derive/opening.h"
#include "report/derive/stop_int.h"

/* Who refuses says so itself: then @place tells the sender. */
static bool same(enum stop_place place, const struct message_row *a,
		 const struct message_row *b)
{
	if (!a || !b)
		return a == b;
	if (a->m.status != b->m.status || a->m.proto != b->m.proto)
		return false;
	return place == STOP_REFUSED ||
	       strcmp(a->name ? a->name : "", b->name ? b->name : "") == 0;
}

bool stop_quote(struct stop_group *g, struct derive *d,
		const struct session_view *v)
{
	int at;
	const struct message_row *m = derive_icmp(d, v, &at);
	bool first = m && !g->error;

	if (first) {
		g->error = m;
		icmp_say_cause(g->draft, d, v);
		g->error_where = g->kind.place != STOP_REFUSED &&
				 g->kind.place != STOP_PATH &&
				 icmp_say_where(g->draft, d, v);
	}
	g->quoted += m && same(g->kind.place, m, g->error);
	return first;
}

bool stop_same_error(const struct stop_group *a, const struct stop_group *b)
{
	return same(a->kind.place, a->error, b->error);
}

bool stop_is_told(const struct stop_group *g)
{
	return g->error_where && g->quoted >= g->sessions;
}

bool stop_refused_near(const struct derive *d, const struct session_view *v,
		       int last)
{
	const struct model *m = derive_model(d);
	int pos = v->row.flows[last].point_pos;
	const struct message_row *x = derive_icmp_at(
		d, v, last, MESSAGE_ICMP_STATUS(3, 3), 0);
	struct record asked;

	if (!x)
		x = derive_icmp_at(d, v, last, MESSAGE_ICMP_STATUS(1, 4), 0);
	if (strcmp(session_on_host(v, last, 1), "yes") == 0 ||
	    (m->n_points > 1 &&
	     pos == (v->row.client_end == 1 ? 1 : (int)m->n_points)))
		return true;
	return x &&
	       derive_last(d, &v->flow[last].row, 0, 0, x->m.first_ns, &asked,
			   NULL) &&
	       time_sub(x->m.first_ns, asked.time_ns) < OPENING_HOST_NS;
}

void stop_quoted_weigh(struct stop_group *g)
{
	bool lacked = g->kind.place == STOP_MISSING ||
		      g->kind.place == STOP_UNPROVEN;

	if (lacked && !g->kind.pings && g->error &&
	    g->quoted * 2 >= g->sessions)
		g->draft->row.severity = SEV_HIGH;
}

void stop_quoted_say(struct stop_group *g)
{
	char n[TEXT_UNIT], of[TEXT_UNIT];

	if (!g->error || g->quoted >= g->sessions)
		return;
	draft_text(g->draft,
		   "That error quotes %s of these %s sessions.  Routers send "
		   "only so many errors a second; but the others may have "
		   "another cause.",
		   text_count(g->quoted, n), text_count(g->sessions, of));
	json_object_set_new(g->draft->measure, "sessions_quoted",
			    json_integer((json_int_t)g->quoted));
}
