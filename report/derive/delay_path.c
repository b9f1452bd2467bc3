/* delay.path: requests that wait for one another, each for the way there and back.
 *
 * A long round trip is a fault of the path, or of where client and server are: high
 * severity.  A shorter one is no fault; but a program that makes so many of them
 * one after another that somebody waits for seconds is slow because of it: medium.
 * Else the finding is for information.  With one capture it is low at most.
 */
#include <stdio.h>

#include "base/text.h"
#include "report/derive/delay.h"

#define PATH_HIGH_NS 50000000
#define CHATTY_NS 2000000000 /* a session, on average */
#define CHATTY_TURNS 20

/* The shortest hop that begins at @pos and ends at @last or before. */
static const struct hop_figures *hop_from(const struct model *m, int pos,
					  int last)
{
	const struct hop_figures *best = NULL;

	for (size_t i = 0; i < m->figures.n; i++) {
		const struct hop_figures *h = &m->figures.hop[i];

		if (h->from_pos == pos && h->to_pos <= last && h->rtt.n &&
		    (!best || h->to_pos < best->to_pos))
			best = h;
	}
	return best;
}

struct trip {
	int64_t least, median;
};

/* Round trips of all sessions on the path from one point to the other.  What
 * exceeds the least varies, as queues do.  Return: false if some part of the way
 * was not measured. */
static bool trip_of(const struct model *m, const struct group *g,
		    struct trip *out)
{
	int pos, last;

	*out = (struct trip){ 0 };
	if (sscanf(g->key, "%d %d", &pos, &last) != 2)
		return false;
	while (pos < last) {
		const struct hop_figures *h = hop_from(m, pos, last);

		if (!h)
			return false;
		out->least += h->rtt.min;
		out->median += hist_quantile(&h->rtt, 0.5);
		pos = h->to_pos;
	}
	return true;
}

/* The same; if it is not known, the round trips of these sessions themselves. */
static struct trip trip_or_own(const struct model *m, const struct group *g)
{
	int64_t own = hist_quantile(&g->hold, 0.5);
	struct trip t;

	if (!trip_of(m, g, &t)) {
		/* the opening's round trip is one more, if there was one */
		t.median = g->explained_ns /
			   (int64_t)(g->exchanges + g->sessions);
		if (t.median < own)
			t.median = g->explained_ns / (int64_t)g->exchanges;
		t.least = own;
	}
	if (own < t.least)
		t.least = own;
	return t;
}

/* Are there so many round trips in a session that somebody waits for them, though
 * each is short? */
static bool is_chatty(const struct group *g)
{
	return g->explained_ns / (int64_t)g->sessions >= CHATTY_NS &&
	       g->exchanges / g->sessions >= CHATTY_TURNS;
}

static void waited(struct draft *f, const struct group *g,
		   const struct trip *trip, const char *known_by)
{
	char a[TEXT_UNIT], n[TEXT_UNIT];

	draft_text(f,
		   g->exchanges == 1
			   ? "%s request was answered, and waited for a round "
			     "trip of at least %s.  %s"
			   : "%s requests were answered one after another, and "
			     "each waited for a round trip of at least %s.  %s",
		   text_count(g->exchanges, n), text_duration(trip->least, a),
		   known_by);
}

static void advise(struct draft *f)
{
	draft_next(
		f,
		"compare it with what the distance costs, some 1 ms for each "
		"100 km of fibre, there and back: if it is much more, look for "
		"a detour (traceroute both ways) or a queue");
	draft_next(
		f,
		"where the distance is the cause, fewer round trips help: "
		"batching, pipelining, connections that are kept, a cache near "
		"the client");
}

static void measure(struct draft *f, const struct group *g,
		    const struct trip *trip)
{
	json_object_set_new(f->measure, "round_trip_ns",
			    json_integer(trip->median));
	json_object_set_new(f->measure, "turns",
			    json_integer((json_int_t)g->exchanges));
}

struct greeting { /* the round trips of a handshake to both ends */
	int64_t to_server, to_client;
};

/* False: the flow does not begin with one. */
static bool greeting_of(const struct model *m, const struct flow_view *w,
			struct greeting *out)
{
	struct recs *asked = recs_open(m->store, &w->row, 0);
	struct recs *told = recs_open(m->store, &w->row, 1);
	bool whole = false;

	if (recs_count(asked) > 1 && recs_count(told)) {
		struct record syn = *recs_get(asked, 0);
		struct record ack = *recs_get(asked, 1);
		const struct record *answer = recs_get(told, 0);

		*out = (struct greeting){ answer->time_ns - syn.time_ns,
					  ack.time_ns - answer->time_ns };
		whole = syn.tcp_flags & REC_SYN &&
			answer->tcp_flags & REC_SYN &&
			!(ack.tcp_flags & REC_SYN) && out->to_server >= 0 &&
			out->to_client >= 0;
	}
	recs_close(asked);
	recs_close(told);
	return whole;
}

static void tell_greeting(struct draft *f, const struct model *m,
			  const struct session_view *v,
			  const struct greeting *x)
{
	char after[TEXT_UNIT], line[64];
	size_t at = v->budget.near;

	delay_frame(f, m, v, at, 0, 0, "SYN");
	snprintf(line, sizeof line, "SYN,ACK, %s later",
		 text_duration(x->to_server, after));
	delay_frame(f, m, v, at, 1, 0, line);
	snprintf(line, sizeof line, "the client acknowledges it, %s later",
		 text_duration(x->to_client, after));
	delay_frame(f, m, v, at, 0, 1, line);
}

/* @f: NULL or gets the frames.  Return: whether there is one that shows it. */
static bool shows_trip(struct draft *f, const struct model *m,
		       const struct group *g)
{
	struct session_view v;
	struct greeting x;
	size_t at;
	bool shown = false;

	if (!m->store || !g->n_top ||
	    !session_view_load(&v, m, g->top[0].session))
		return false;
	at = v.budget.near;
	if (at < v.row.n_flows && greeting_of(m, &v.flow[at], &x)) {
		shown = true;
		if (f) {
			draft_session_filters(f, &v);
			tell_greeting(f, m, &v, &x);
		}
	}
	session_view_release(&v);
	if (f && !shown)
		delay_evidence(f, m, g);
	return shown || g->top[0].n != UINT32_MAX;
}

/* With one capture the least round trip to the host that acknowledges is known,
 * not what is on the way. */
static void path_alone(struct derive *d, const struct group *g)
{
	const struct model *m = derive_model(d);
	struct trip trip = trip_or_own(m, g);
	const char *at;
	struct draft *f;
	char a[TEXT_UNIT];

	if (m->n_points != 1 || !shows_trip(NULL, m, g))
		return;
	at = model_point_name(m, 1);
	f = delay_draft(d, "delay.path",
			trip.least >= PATH_HIGH_NS ? SEV_LOW : SEV_INFO, g);
	draft_title(f, "The path, as seen from %s, adds %s to a round trip", at,
		    text_duration(trip.median, a));
	waited(f, g, &trip,
	       "That is the shortest time in which the other end (or from amid "
	       "the path, both) acknowledges.");
	draft_against(f, "one capture cannot tell the path from a host that is "
			 "never quicker");
	draft_place(f,
		    "the network between %s and the other end: distance, or "
		    "queues on the way",
		    at);
	draft_next(f, "capture at the other end at the same time: that tells "
		      "path from host");
	advise(f);
	shows_trip(f, m, g);
	measure(f, g, &trip);
}

void delay_path(struct derive *d, const struct group *g)
{
	const struct model *m = derive_model(d);
	const char *from, *to;
	char a[TEXT_UNIT], n[TEXT_UNIT], all[TEXT_UNIT];
	bool chatty = is_chatty(g);
	struct draft *f;
	struct trip trip;

	if (!delay_points(m, g, &from, &to)) {
		path_alone(d, g);
		return;
	}
	trip = trip_or_own(m, g);
	f = delay_draft(d, "delay.path",
			trip.least >= PATH_HIGH_NS ? SEV_HIGH
			: chatty                   ? SEV_MEDIUM
						   : SEV_INFO,
			g);
	text_duration(trip.median, a);
	if (chatty && trip.least < PATH_HIGH_NS)
		draft_title(f,
			    "Requests wait for one another: %s round trips of "
			    "%s from %s to %s take %s",
			    text_count(g->exchanges, n), a, from, to,
			    text_duration(g->explained_ns, all));
	else
		draft_title(f, "The path from %s to %s adds %s to a round trip",
			    from, to, a);
	waited(f, g, &trip,
	       "This needs no common clock: it is the wait at the client's "
	       "side minus the time taken at the server's side.");
	delay_hop(f, m, g);
	draft_place(f,
		    "the network between %s and %s: distance, or queues on the "
		    "way",
		    from, to);
	advise(f);
	measure(f, g, &trip);
	delay_evidence(f, m, g);
}
