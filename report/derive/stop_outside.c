/* Of what weight sessions without an answer are.
 *
 * Captures are seldom started at the same moment.  What leaves before the next point's
 * first packet gets no answer that anybody saw, and that is all: neither the host nor
 * the path is to blame for certain.  The same holds where the two clocks cannot be
 * compared, and where the server answers others at that time, whose packets the next
 * point does not have either: its capture had ended.  Such a stop is of medium
 * severity at most.
 *
 * A single SYN, never sent again, is less: a program that tries several addresses at
 * once (RFC 8305) lets the others go as soon as one answers.  That is medium where it
 * is known how far it came, and low otherwise.  From TRIES on, they count as others do.
 */
#include "report/derive/stop_int.h"

#define TRIES 3

static bool is_once(const struct stop_group *g)
{
	return !g->kind.datagrams && g->opens == g->sessions && !g->again &&
	       g->sessions < TRIES;
}

static void limit(struct stop_group *g, enum severity most)
{
	if (g->draft->row.severity > most)
		g->draft->row.severity = most;
}

bool stop_clocks_known(const struct stop_group *g, const struct model *m)
{
	return model_clock(m, m->points[g->kind.from_pos - 1].id) &&
	       model_clock(m, m->points[g->kind.to_pos - 1].id);
}

void stop_outside_weigh(struct stop_group *g, const struct model *m)
{
	json_int_t served = json_integer_value(
		json_object_get(g->draft->measure, "answered_beside"));

	if (g->kind.place == STOP_REFUSED || stop_is_told(g))
		return;
	if (is_once(g)) {
		limit(g, g->kind.beyond ? SEV_LOW : SEV_MEDIUM);
		draft_text(g->draft, "Nothing was sent again: the client gave "
				     "up early, as one does that tries several "
				     "addresses and gets an answer from "
				     "another, or the captures end before it "
				     "tries again.");
	}
	if (g->kind.beyond &&
	    (g->early == g->sessions || served > 0 || !stop_clocks_known(g, m)))
		limit(g, SEV_MEDIUM);
}
