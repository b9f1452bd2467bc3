/* delay.server of requests that nobody answered, and stop.host of a host that
 * falls silent within a session.
 *
 * timeline_end.c decides which these are; here they get words and frames.  They
 * are told apart from slow answers: an average over both is neither's.  With
 * one capture that is not beside the server the far side is named, as elsewhere.
 * What still waits when the capture ends is stated, at low severity: the answer
 * may come right after.
 *
 * The frames of a silence are looked up again: the server's last packet at the
 * point nearest to it, and what arrives there behind that for nothing.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "report/derive/delay.h"
#include "report/derive/words.h"

#define MOST_OF_IT 40 /* percent of the time of these sessions */
#define NAMED 3       /* sessions of a silence */
#define FRAMES 12     /* of each */
#define BACK 4096     /* records looked at */

/* --- unanswered requests --- */
static enum severity severity_of(const struct group *g, bool far)
{
	if (g->errors >= g->sessions)
		return SEV_LOW; /* all of them wait still */
	return !far && delay_share(g) >= MOST_OF_IT ? SEV_HIGH : SEV_MEDIUM;
}

static void waits_measure(struct draft *f, const struct group *g)
{
	json_object_set_new(f->measure, "cut_off",
			    json_integer((json_int_t)g->errors));
	json_object_set_new(f->measure, "waited_min_ns",
			    json_integer(g->hold.min));
	json_object_set_new(f->measure, "waited_max_ns",
			    json_integer(g->hold.max));
}

static void unanswered(struct derive *d, const struct group *g, bool far)
{
	bool open = g->errors >= g->sessions; /* all of them wait still */
	struct draft *f = delay_draft(d, "delay.server", severity_of(g, far),
				      g);
	const char *who = *g->key ? g->key : "others";
	char wait[TEXT_UNIT * 3], n[TEXT_UNIT], of[TEXT_UNIT];

	delay_span(&g->hold, wait);
	text_count(g->hold.n, n);
	text_count(g->exchanges, of);
	draft_title(f, "%s %s %s %s of %s request%s: %s %s%s",
		    far ? "What lies towards" : "The server", who,
		    open ? "has not answered" : "never answered", n, of,
		    plural(g->exchanges),
		    open ? "the capture ends after" : "waited for", wait,
		    far ? ", the server or the path, one capture cannot tell"
			: "");
	if (open)
		draft_text(f,
			   "%s of %s request%s had no answer yet when the "
			   "capture ended, after %s.",
			   n, of, plural(g->exchanges), wait);
	else
		draft_text(f,
			   "%s of %s request%s %s never answered: waited for "
			   "%s, until the client or the server ended the "
			   "session.",
			   n, of, plural(g->exchanges),
			   g->hold.n == 1 ? "was" : "were", wait);
	if (g->errors && !open)
		draft_text(f, "%s of them still waited when the capture ended.",
			   text_count(g->errors, n));
	draft_text(f, "Each had arrived and no data came back, although the "
		      "session shows that an answer was due: by its protocol, "
		      "by earlier requests that were answered, or by the "
		      "client's reset.  It waited at least twice as long as "
		      "any before it in its session.");
	draft_against(f, "a request that is meant to wait (a long poll, a "
			 "subscription), or a message that wants no answer, "
			 "looks the same");
	draft_place(f, "the program on the server: hung, or waiting for a "
		       "lock, a disk, a database or another server");
	if (far)
		draft_next(f, "capture at the server at the same time: it "
			      "shows whether an answer leaves there");
	else
		draft_next(f, "the server's own log, and what its program did, "
			      "at the time of these requests; a capture of "
			      "what it asks others");
	json_object_set_new(f->measure, "unanswered",
			    json_integer((json_int_t)g->hold.n));
	waits_measure(f, g);
	delay_evidence(f, derive_model(d), g);
}

void delay_unanswered(struct derive *d, const struct group *g)
{
	unanswered(d, g, false);
}

void delay_unanswered_far(struct derive *d, const struct group *g)
{
	unanswered(d, g, true);
}

/* --- answers that stop halfway --- */
static void stopped(struct derive *d, const struct group *g, bool far)
{
	bool open = g->errors >= g->sessions;
	struct draft *f = delay_draft(d, "delay.server", severity_of(g, far),
				      g);
	const char *who = *g->key ? g->key : "others";
	char wait[TEXT_UNIT * 3], n[TEXT_UNIT];

	delay_span(&g->hold, wait);
	text_count(g->sessions, n);
	draft_title(f, "%s %s stops in the middle of %s answer%s: %s %s%s",
		    far ? "What lies towards" : "The server", who, n,
		    plural(g->sessions),
		    open ? "the capture ends after" : "waited for the rest for",
		    wait,
		    far ? ", the server or the path, one capture cannot tell"
			: "");
	draft_text(f,
		   "Of %s answer%s a part came, less than its protocol "
		   "announces (a length, a last chunk), and then nothing for "
		   "%s, %s.  The client had acknowledged what came and its "
		   "window was open.",
		   n, plural(g->sessions), wait,
		   open ? "when the capture ended"
			: "until the client or the server ended the session");
	if (g->errors && !open)
		draft_text(f, "%s of them still waited when the capture ended.",
			   text_count(g->errors, n));
	draft_against(f, "a server that announces more than it has looks the "
			 "same; so does a program on the client that does "
			 "not want the rest and closes late");
	draft_place(f, "the program on the server: hung, or waiting for what "
		       "it reads its answer from (a disk, a database, another "
		       "server)");
	if (far)
		draft_next(f, "capture at the server at the same time: it "
			      "shows whether more leaves there");
	else
		draft_next(f, "the server's own log at that moment, and a "
			      "capture of what it asks others");
	json_object_set_new(f->measure, "stopped",
			    json_integer((json_int_t)g->sessions));
	waits_measure(f, g);
	delay_evidence(f, derive_model(d), g);
}

void delay_stopped(struct derive *d, const struct group *g)
{
	stopped(d, g, false);
}

void delay_stopped_far(struct derive *d, const struct group *g)
{
	stopped(d, g, true);
}

/* --- silence --- */
/* Record @i, behind the server's last word, which acknowledged @una. */
static void in_vain(struct draft *f, const struct flow_view *w,
		    struct recs *recs, uint64_t i, uint64_t una, bool far)
{
	const struct record *r = recs_get(recs, i);
	const char *what = "data";

	if (!rec_wants_ack(r, una))
		return;
	if (r->tcp_flags & REC_FIN)
		what = "a FIN";
	else if ((int64_t)(r->seq64 - una) < 0)
		what = "a keep-alive or probe";
	draft_evidence(f, w->row.point, recs_file(recs, i), r->frame,
		       r->time_ns, "%s %s", what,
		       far ? "arrives, nothing comes back"
			   : "leaves, nothing comes back");
}

/* The frames of the silence at flow @flow. */
static void silent_frames(struct draft *f, const struct model *m,
			  const struct session_view *v, size_t flow)
{
	const struct flow_view *w = &v->flow[flow];
	struct recs *back = recs_open(m->store, &w->row, 1);
	struct recs *recs = recs_open(m->store, &w->row, 0);
	uint64_t n = recs_count(recs), i = n;

	if (recs_count(back) && n) {
		uint64_t last = recs_count(back) - 1;
		struct record r = *recs_get(back, last);

		draft_evidence(f, w->row.point, recs_file(back, last), r.frame,
			       r.time_ns, "the last packet from the server");
		while (i > 0 && n - i < BACK &&
		       recs_get(recs, i - 1)->time_ns > r.time_ns)
			i--;
		for (uint64_t k = i; k < n && k - i < FRAMES; k++)
			in_vain(f, w, recs, k, r.ack64, flow == v->budget.far);
	}
	recs_close(recs);
	recs_close(back);
}

/* Where: at the point of the first session's far flow. */
static void silent_place(struct draft *f, const struct model *m,
			 const struct session_view *v, size_t flow)
{
	const char *at = v->flow[flow].point->name;
	int pos = v->row.flows[flow].point_pos;

	draft_hop(f, m, pos, pos);
	draft_place(f, "the server host: down, frozen, its network gone, or a "
		       "host firewall above the capture that forgot the "
		       "session");
	if (strcmp(session_on_host(v, (int)flow, 1), "yes") != 0)
		draft_place(f,
			    "the network beyond %s, if %s is not on the server "
			    "itself",
			    at, at);
}

static void silent_sessions(struct draft *f, const struct model *m,
			    const struct group *g, char at[static TEXT_UNIT])
{
	snprintf(at, TEXT_UNIT, "the far point");
	for (size_t i = 0; m->store && i < g->n_top && i < NAMED; i++) {
		struct session_view v;

		if (!session_view_load(&v, m, g->top[i].session))
			continue;
		if (v.budget.far < v.row.n_flows) {
			if (i == 0) {
				draft_session_filters(f, &v);
				silent_place(f, m, &v, v.budget.far);
				snprintf(at, TEXT_UNIT, "%s",
					 v.flow[v.budget.far].point->name);
			}
			silent_frames(f, m, &v, v.budget.far);
			if (v.budget.near != v.budget.far)
				silent_frames(f, m, &v, v.budget.near);
		}
		session_view_release(&v);
	}
}

void delay_silent(struct derive *d, const struct group *g)
{
	struct draft *f = delay_draft(d, "stop.host", SEV_HIGH, g);
	const char *who = *g->key ? g->key : "others";
	char at[TEXT_UNIT], n[TEXT_UNIT], s[TEXT_UNIT];

	silent_sessions(f, derive_model(d), g, at);
	text_count(g->errors, n);
	draft_title(f,
		    "%s falls silent: %s packets arrive at %s and nothing "
		    "comes back any more",
		    who, n, at);
	draft_text(f,
		   "%s session%s had been answered before.  From some moment "
		   "on %s packets that ask for an acknowledgement (data sent "
		   "again, keep-alives, window probes) arrive at %s, and no "
		   "packet at all from the server is in any capture.",
		   text_count(g->sessions, s), plural(g->sessions), n, at);
	draft_text(f, "This is no slow program, whose host would acknowledge, "
		      "nor loss on the path between the capture points.");
	draft_next(f, "was the host up, and its network?  Look at its "
		      "firewall's table of sessions; if the capture is on the "
		      "server, say so with --on-host");
	json_object_set_new(f->measure, "packets",
			    json_integer((json_int_t)g->errors));
}
