/* delay.client: time that neither the path nor the server takes.
 *
 * A client's own time matters where much is transferred and somebody waits for
 * the end.  If a few pauses make up most of it the finding reports these, and no
 * average: they may be those of a person, so nobody is blamed.
 *
 * One capture away from the client lacks what was lost before it: a request that is
 * sent again there only comes late.
 */
#include <string.h>

#include "report/derive/delay.h"
#include "report/derive/words.h"
#include "report/thinks.h"

bool delay_client_is_own(const struct derive *d, const struct group *g)
{
	(void)d;
	return delay_is_bulk(g);
}

/* The waits before each request, of the heaviest sessions. */
static void thinks_of(struct thinks *t, const struct model *m,
		      const struct group *g, const struct delay_many *many)
{
	int64_t id[GROUP_TOP];

	for (size_t i = 0; i < g->n_top; i++)
		id[i] = g->top[i].session;
	thinks_load(t, m, id, many ? 0 : g->n_top);
}

/* Is the one capture away from the client, or not known to be beside it?  As its
 * worst session shows. */
static bool is_away(const struct model *m, const struct group *g)
{
	struct session_view v;
	bool away;

	if (m->n_points != 1 || !g->n_top ||
	    !session_view_load(&v, m, g->top[0].session))
		return false;
	away = strcmp(session_on_host(&v, 0, 0), "yes") != 0 &&
	       (v.budget.before_ns > 0 || !v.flow[0].dir[0].syn);
	session_view_release(&v);
	return away;
}

static void title(struct draft *f, const struct model *m, const struct group *g,
		  const struct delay_many *many, bool away)
{
	char a[DELAY_WORDS], of[TEXT_UNIT], number[TEXT_UNIT];

	delay_each_words(g, many, a);
	delay_whose(m, g, of);
	if (many)
		draft_title(f,
			    "%s clients%s take %.0f %% of the time%s: %s "
			    "before each request",
			    delay_number(many, "More", number),
			    away ? ", or the ways from them," : " themselves",
			    delay_share(g), of, a);
	else
		draft_title(f,
			    "The client %s%s takes %.0f %% of the time%s: %s "
			    "before each request",
			    g->key, away ? ", or the way from it," : " itself",
			    delay_share(g), of, a);
}

static void title_pauses(struct draft *f, const struct group *g,
			 const struct thinks *t)
{
	struct hist slow = { .min = t->least_ns, .max = t->most_ns };
	char a[TEXT_UNIT * 3], few[TEXT_UNIT], of[TEXT_UNIT];

	draft_title(f, "The client %s pauses for %s before %s of %s requests",
		    g->key, delay_span(&slow, a), text_count(t->slow, few),
		    text_count(t->all.n, of));
}

static void say_pauses(struct draft *f, const struct thinks *t)
{
	char few[TEXT_UNIT], ns[TEXT_UNIT], median[TEXT_UNIT];

	draft_text(f,
		   "%s pause%s, %s together, make%s up most of the client's "
		   "own time; before the other requests it waits %s "
		   "(median).",
		   text_count(t->slow, few), plural(t->slow),
		   text_duration(t->slow_ns, ns), t->slow == 1 ? "s" : "",
		   text_duration(t->others_ns, median));
	draft_against(f,
		      "a person who reads or types, and a program that waits "
		      "for a timer, look the same and are no fault");
	json_object_set_new(f->measure, "slow",
			    json_integer((json_int_t)t->slow));
	json_object_set_new(f->measure, "slow_ns", json_integer(t->slow_ns));
	json_object_set_new(f->measure, "slow_least_ns",
			    json_integer(t->least_ns));
	json_object_set_new(f->measure, "others_median_ns",
			    json_integer(t->others_ns));
}

static void say_whose(struct draft *f, const struct model *m, bool away)
{
	const char *at = away ? m->points[0].name : NULL;

	if (!away) {
		draft_text(
			f,
			"Neither the path nor the server is waited for "
			"meanwhile: what was asked before has been answered, "
			"or the client goes on without.");
		return;
	}
	draft_text(f,
		   "At %s nothing is under way meanwhile: what was asked has "
		   "been answered, or the client goes on without.  A request "
		   "that was lost before %s, and sent again, is only late "
		   "there: that is not the client's time.",
		   at, at);
	draft_next(f, "capture at the client at the same time: it shows when "
		      "each request was sent first");
}

static void in_flight(struct draft *f, const struct group *g)
{
	double flight = g->exchanges ? (double)g->in_flight_sum /
					       (double)g->exchanges
				     : 0;

	if (flight > 1.05)
		draft_text(f, "On average %.1f requests are in flight.",
			   flight);
	else
		draft_text(f, "One request, or one batch, at a time is in "
			      "flight.");
	json_object_set_new(f->measure, "in_flight", json_real(flight));
}

void delay_client(struct derive *d, const struct group *g,
		  const struct delay_many *many)
{
	const struct model *m = derive_model(d);
	bool away = is_away(m, g);
	struct draft *f;
	struct thinks t;

	thinks_of(&t, m, g, many);
	f = delay_draft(d, "delay.client",
			!delay_is_bulk(g) ? SEV_INFO
			: t.few           ? SEV_LOW
					  : SEV_MEDIUM,
			g);
	if (t.few)
		title_pauses(f, g, &t);
	else
		title(f, m, g, many, away);
	if (many)
		delay_say_many(f, many);
	say_whose(f, m, away);
	if (t.few)
		say_pauses(f, &t);
	in_flight(f, g);
	delay_gain(f, g, "If the program asked at once,");
	draft_place(f, "the program on the client, or what it waits for there");
	draft_next(f, "let the program ask for more at a time, or ahead of its "
		      "need; look at what it does between answer and next "
		      "request");
	thinks_release(&t);
	delay_evidence(f, m, g);
}
