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
 * is known how far it came, and low otherwise.  From TRIES on, they count as others do;
 * but with one capture answers that do not come by there look the same: then clients have
 * nothing to send again.
 *
 * A capture that misses packets may have missed all of a few sessions (missed.h).  That
 * is low, or medium where it misses few: then they more likely vanished.
 */
#include "report/derive/stop_int.h"

#define TRIES 3
#define PAUSE_RARE 0.02 /* of all spans, pauses are in so few */

static bool none_again(const struct stop_group *g)
{
	return !g->kind.datagrams && g->opens == g->sessions && !g->again;
}

static bool is_once(const struct stop_group *g)
{
	return none_again(g) && g->sessions < TRIES;
}

static void limit(struct stop_group *g, enum severity most)
{
	if (g->draft->row.severity > most)
		g->draft->row.severity = most;
}

void stop_missed_weigh(struct stop_group *g, const struct model *m)
{
	const char *to = model_point_name(m, g->kind.to_pos);
	double chance;

	if (g->kind.place != STOP_MISSING || g->error)
		return;
	chance = missed_by_chance(m, g->kind.to_pos, &g->spread);
	if (chance <= MISSED_CHANCE)
		return;
	g->missed = true;
	limit(g, chance <= PAUSE_RARE ? SEV_MEDIUM : SEV_LOW);
	draft_against(g->draft,
		      "the capture at %s misses other packets that did pass "
		      "(capture.gap), and may have missed all of these",
		      to);
	draft_place(g->draft,
		    "the server, or what is beyond %s, while its capture "
		    "missed packets",
		    to);
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
	if (m->n_points == 1 && none_again(g) && g->sessions >= TRIES) {
		limit(g, SEV_MEDIUM);
		draft_against(g->draft,
			      "no SYN is sent again, as clients do that get no "
			      "answer: the answers may go by another way than "
			      "%s",
			      model_point_name(m, g->kind.from_pos));
	}
	if (g->kind.beyond &&
	    (g->early == g->sessions || served > 0 || !stop_clocks_known(g, m)))
		limit(g, SEV_MEDIUM);
}
