/* stop.host: a host that falls silent within a session, the server or the client;
 * stop.silent: a client that does, if one capture cannot tell its host from the way
 * there.
 *
 * timeline_silence.c decides which these are.  The frames are looked up again: the
 * last packet of that host at the point nearest to it, and what arrives there after
 * it without an answer.  If only keep-alives are sent to a client that is gone,
 * severity is low: nobody misses anything.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "report/derive/delay.h"
#include "report/derive/resolve_tell.h"
#include "report/derive/words.h"

#define NAMED 3   /* sessions of a silence */
#define FRAMES 12 /* of each */
#define BACK 4096 /* records looked at */

static const char *const side[] = { "client", "server" };

/* Evidence: record @i, sent to the host after its last packet, which had
 * acknowledged @una.  @does: " arrives", " leaves" or "". */
static void in_vain(struct draft *f, const struct flow_view *w,
		    struct recs *recs, uint64_t i, uint64_t una,
		    const char *does)
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
		       r->time_ns, "%s%s, nothing comes back", what, does);
}

/* The frames of the silence of end @end (0 client, 1 server) at flow @flow. */
static void frames(struct draft *f, const struct model *m,
		   const struct session_view *v, size_t flow, int end,
		   const char *does)
{
	const struct flow_view *w = &v->flow[flow];
	struct recs *back = recs_open(m->store, &w->row, end);
	struct recs *recs = recs_open(m->store, &w->row, !end);
	uint64_t n = recs_count(recs), i = n;

	if (recs_count(back) && n) {
		uint64_t last = recs_count(back) - 1;
		struct record r = *recs_get(back, last);

		draft_evidence(f, w->row.point, recs_file(back, last), r.frame,
			       r.time_ns, "the last packet from the %s",
			       side[end]);
		while (i > 0 && n - i < BACK &&
		       recs_get(recs, i - 1)->time_ns > r.time_ns)
			i--;
		for (uint64_t k = i; k < n && k - i < FRAMES; k++)
			in_vain(f, w, recs, k, r.ack64, does);
	}
	recs_close(recs);
	recs_close(back);
}

/* Where: at the first session's flow that is nearest to the host. */
static void place(struct draft *f, const struct model *m,
		  const struct session_view *v, size_t flow, int end, bool one)
{
	const char *at = v->flow[flow].point->name;
	int pos = v->row.flows[flow].point_pos;

	draft_hop(f, m, pos, pos);
	draft_place(f,
		    "the %s host: down, frozen, its network gone, or a host "
		    "firewall above the capture that forgot the session",
		    side[end]);
	if (!one && strcmp(session_on_host(v, (int)flow, end), "yes") != 0)
		draft_place(f,
			    "the network beyond %s, if %s was not captured on "
			    "the %s itself",
			    at, at, side[end]);
}

static void sessions(struct draft *f, const struct model *m,
		     const struct group *g, int end, bool one,
		     char at[static TEXT_UNIT])
{
	snprintf(at, TEXT_UNIT, "the %s point", end ? "far" : "near");
	for (size_t i = 0; m->store && i < g->n_top && i < NAMED; i++) {
		struct session_view v;
		size_t here, there;

		if (!session_view_load(&v, m, g->top[i].session))
			continue;
		here = end ? v.budget.far : v.budget.near;
		there = end ? v.budget.near : v.budget.far;
		if (here < v.row.n_flows) {
			if (i == 0) {
				draft_session_filters(f, &v);
				place(f, m, &v, here, end, one);
				snprintf(at, TEXT_UNIT, "%s",
					 v.flow[here].point->name);
			}
			frames(f, m, &v, here, end, one ? "" : " arrives");
			if (there != here)
				frames(f, m, &v, there, end, " leaves");
		}
		session_view_release(&v);
	}
}

struct silence { /* a finding */
	const char *finding;
	int end;  /* the host: 0 client, 1 server */
	bool one; /* one point does not tell the host from the way there */
	enum severity missed, unmissed; /* is the session held up? */
	const char *text, *place;       /* NULL: nothing to add */
	const char *more;               /* of the text, with several points */
	const char *next;
};

static void say(struct draft *f, const struct model *m, const struct group *g,
		const struct silence *x)
{
	const char *who = *g->key ? g->key : "others";
	char at[TEXT_UNIT], n[TEXT_UNIT], s[TEXT_UNIT];

	sessions(f, m, g, x->end, x->one, at);
	text_count(g->errors, n);
	draft_title(f,
		    x->one ? "%s falls silent: %s packets at %s get nothing "
			     "back any more"
			   : "%s falls silent: %s packets arrive at %s and "
			     "nothing comes back any more",
		    who, n, at);
	draft_text(f,
		   "%s session%s had been answered before.  From some moment "
		   "on %s packets that ask for an acknowledgement (data sent "
		   "again, keep-alives, window probes) %s %s, and no packet at "
		   "all from the %s is in any capture.",
		   text_count(g->sessions, s), plural(g->sessions), n,
		   x->one ? "are at" : "arrive at", at, side[x->end]);
	json_object_set_new(f->measure, "packets",
			    json_integer((json_int_t)g->errors));
}

/* Does somebody ask in vain for the host of the first of them meanwhile? */
static void say_unresolved(struct draft *f, const struct derive *d,
			   const struct group *g, int end)
{
	const struct model *m = derive_model(d);
	struct session_view v;
	size_t here;

	if (!m->store || !g->n_top ||
	    !session_view_load(&v, m, g->top[0].session))
		return;
	here = end ? v.budget.far : v.budget.near;
	if (here < v.row.n_flows)
		resolve_session(f, d, &v, (int)here, (int)here, !end,
				v.flow[here].dir[end].last_ns,
				v.flow[here].row.last_ns);
	session_view_release(&v);
}

static void silence(struct derive *d, const struct group *g,
		    const struct silence *x)
{
	struct draft *f = delay_draft(d, x->finding,
				      g->holds ? x->missed : x->unmissed, g);

	say(f, derive_model(d), g, x);
	if (x->text)
		draft_text(f, "%s%s.", x->text,
			   derive_model(d)->n_points > 1 ? x->more : "");
	say_unresolved(f, d, g, x->end);
	if (x->place)
		draft_place(f, "%s", x->place);
	draft_next(f, "%s", x->next);
}

void delay_silent(struct derive *d, const struct group *g)
{
	static const struct silence server = {
		.finding = "stop.host",
		.end = 1,
		.missed = SEV_HIGH,
		.unmissed = SEV_HIGH,
		.text = "This is no slow program, whose host would "
			"acknowledge",
		.more = ", nor loss on the path between the capture points",
		.next = "was the host up, and its network?  Look at its "
			"firewall's table of sessions; if the capture is on "
			"the server, say so with --on-host",
	};

	silence(d, g, &server);
}

void delay_gone(struct derive *d, const struct group *g)
{
	static const struct silence client = {
		.finding = "stop.host",
		.missed = SEV_HIGH,
		.unmissed = SEV_LOW,
		.text = "Its host would acknowledge, whatever its program "
			"does",
		.more = "; and this is not loss on the path between the "
			"capture points",
		.next = "was the client up, and its network (asleep, roaming, "
			"a VPN that ended)?  Look at its firewall's table of "
			"sessions",
	};

	silence(d, g, &client);
}

void delay_gone_one(struct derive *d, const struct group *g)
{
	static const struct silence client = {
		.finding = "stop.silent",
		.one = true,
		.missed = SEV_MEDIUM,
		.unmissed = SEV_LOW,
		.place = "a device on the way there that forgot the sessions, "
			 "or drops them: a firewall, NAT or load balancer",
		.next = "capture at the client at the same time: it shows "
			"whether they arrive there; was the client up, and "
			"its network (asleep, roaming, a VPN that ended)?",
	};

	silence(d, g, &client);
}
