/* loss.path, as one capture tells it: what one side sends has a hole that is
 * never filled, and the session ends so.
 *
 * At the receiver data behind the hole is there and the hole's is not.  At the server
 * the same is sent again and again and never acknowledged, while the client
 * speaks (what the client sends so in vain is stop_silent.c's).  Both take OPEN_NS at
 * least: who closes in the midst of a recovery has
 * lost nothing.  SYN,ACKs are no data, and where each has another number none is
 * missing between them.  How far it came one capture does not tell.
 *
 * A server that resets a session at last of which it never had the whole request has
 * refused nothing: such sessions are claimed, so that reset.c does not say so.  It must
 * have shown that it lacks what the capture lacks: by SACK, or by an acknowledgement
 * long after.
 *
 * A session that several points have is told by the fates of its packets.
 *
 * Cost: all records of sessions that were recovering for OPEN_NS, MOST of each.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/time.h"
#include "report/derive/alike.h"
#include "report/derive/lane.h"
#include "store/recs.h"

#define OPEN_NS 1000000000ll
#define MOST 200000
#define SLACK_NS 1000000
#define FRAMES 6
#define AGAIN 2 /* copies, at the server */

struct hole {
	struct recs *recs[2]; /* by direction */
	struct lane lane[2];
	int64_t end_ns, heard_ns[2]; /* the last record; of each side */
	bool ended;                  /* the server reset it */
};

static void *begin(struct derive *d)
{
	(void)d;
	return mem_zalloc(1, sizeof(struct alikes));
}

static void walk(struct hole *h)
{
	uint64_t n[2] = { recs_count(h->recs[0]), recs_count(h->recs[1]) };
	uint64_t i[2] = { 0, 0 };

	h->end_ns = INT64_MIN;
	while (i[0] < n[0] || i[1] < n[1]) {
		struct record r[2] = { 0 };
		int d;

		for (d = 0; d < 2; d++)
			if (i[d] < n[d])
				r[d] = *recs_get(h->recs[d], i[d]);
		d = i[0] == n[0] ||
		    (i[1] < n[1] && r[1].time_ns < r[0].time_ns);
		i[d]++;
		h->end_ns = r[d].time_ns > h->end_ns ? r[d].time_ns : h->end_ns;
		h->heard_ns[d] = h->end_ns;
		h->ended |= d == 1 && r[d].tcp_flags & REC_RST;
		lane_take(&h->lane[d], &h->lane[!d], &r[d], h->end_ns,
			  SLACK_NS);
	}
}

/* Since when what the client sends has one; INT64_MAX: there is none. */
static int64_t open_in_request(const struct hole *h)
{
	const struct lane *l = &h->lane[0];

	if (!l->n_islands || !l->acked || l->una > l->cover ||
	    (!l->sacked && time_sub(h->heard_ns[1], l->t_hole) < OPEN_NS))
		return INT64_MAX;
	return l->t_hole;
}

/* The same of what the server sends. */
static int64_t open_in_answer(const struct hole *h)
{
	const struct lane *l = &h->lane[1];

	if (h->ended || (l->acked && (int64_t)(l->una - l->cover) > 0))
		return INT64_MAX;
	if (l->n_islands)
		return l->t_hole;
	if (l->repairing && l->acked && l->una < l->top &&
	    l->n_copies >= AGAIN && h->heard_ns[0] > l->t_repair)
		return l->t_repair;
	return INT64_MAX;
}

/* Kinds of groups: how it shows. */
enum kind { BEHIND, IN_VAIN, IN_REQUEST };

static void open_draft(struct alike *g, struct derive *d,
		       const struct session_view *v, enum kind kind)
{
	const char *at = v->flow[0].point->name;
	struct draft *f = draft_new(d, "loss.path", SEV_HIGH, 70);

	g->draft = f;
	draft_text(f,
		   kind == IN_VAIN
			   ? "It is sent again and again in the capture at "
			     "%s, and what the client says goes on to leave "
			     "it out, to the end of the session."
		   : kind == BEHIND
			   ? "What lies behind the hole is in the capture at "
			     "%s, and what fills it never comes, to the end "
			     "of the session."
			   : "What lies behind the hole is in the capture at "
			     "%s, what fills it never comes, and the server "
			     "acknowledges nothing beyond it, to the end of "
			     "the session.",
		   at);
	draft_hop(f, derive_model(d), g->from_pos, g->from_pos);
	draft_place(f, "the way from the %s, %s %s",
		    kind == IN_REQUEST ? "client to the server"
				       : "server to the client",
		    kind == IN_VAIN ? "beyond" : "before", at);
	draft_next(f,
		   "if small %s come and large ones never do, a limit on "
		   "packet size (MTU) on the way fits: try with a smaller MSS",
		   kind == IN_REQUEST ? "requests" : "answers");
	draft_next(f, "capture at the other end at the same time: that tells "
		      "what was lost, and between which points");
	draft_session_filters(f, v);
}

/* The frames that show it: the first behind the hole, or the copies. */
static void add_frames(struct alike *g, const struct session_view *v,
		       const struct hole *h, enum kind kind)
{
	int dir = kind == IN_REQUEST ? 0 : 1, shown = 0;
	const struct lane *l = &h->lane[dir];
	uint64_t n = recs_count(h->recs[dir]), top = 0;
	int64_t point = v->flow[0].row.point;

	for (uint64_t i = 0; i < n && shown < FRAMES; i++) {
		const struct record *r = recs_get(h->recs[dir], i);
		bool again = top && (int64_t)(r->seq64 - top) < 0;

		if (!again)
			top = r->seq64 + r->pay_len;
		if (!r->pay_len ||
		    (kind != IN_VAIN ? r->seq64 <= l->cover
				     : !again || r->seq64 < l->una))
			continue;
		shown++;
		draft_evidence(g->draft, point, recs_file(h->recs[dir], i),
			       r->frame, r->time_ns,
			       kind != IN_VAIN ? "data behind the hole"
					       : "sent again, in vain");
	}
	n = recs_count(h->recs[1]);
	if (kind != IN_REQUEST || !n)
		return;
	const struct record *r = recs_get(h->recs[1], n - 1);

	draft_evidence(g->draft, point, recs_file(h->recs[1], n - 1), r->frame,
		       r->time_ns,
		       r->tcp_flags & REC_RST ? "the server's reset, still "
						"without it"
					      : "the server's last packet, "
						"still without it");
}

/* Return: is it so? */
static bool add(struct alikes *all, struct derive *d,
		const struct session_view *v, const struct hole *h,
		enum kind kind, int64_t since)
{
	struct alike *g;

	if (since == INT64_MAX || time_sub(h->end_ns, since) < OPEN_NS)
		return false;
	g = alike_of(all, v, 0, 0, (int)kind);
	if (!g->draft)
		open_draft(g, d, v, kind);
	add_frames(g, v, h, kind);
	alike_idle(g, time_sub(h->end_ns, since));
	alike_add(g, v, 0, since);
	return true;
}

static void look(struct alikes *all, struct derive *d,
		 const struct session_view *v, struct hole *h)
{
	bool answer = v->flow[0].dir[1].bytes &&
		      v->budget.part[TIME_RECOVERY] >= OPEN_NS;

	walk(h);
	if (!(answer &&
	      add(all, d, v, h, h->lane[1].n_islands ? BEHIND : IN_VAIN,
		  open_in_answer(h))) &&
	    v->flow[0].dir[0].bytes &&
	    add(all, d, v, h, IN_REQUEST, open_in_request(h)))
		derive_claim_losses(d, v->row.id);
}

static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	const struct model *m = derive_model(d);
	const struct flow_row *f = &v->flow[0].row;
	struct hole *h;

	(void)facts;
	if (!m->store || v->row.n_flows != 1 || v->row.proto != 6 ||
	    v->row.verdict == PAIR_AMBIGUOUS || !v->budget.known ||
	    v->budget.part[TIME_RECOVERY] + v->budget.part[TIME_UNATTRIBUTED] <
		    OPEN_NS ||
	    f->packets[0] + f->packets[1] > MOST ||
	    derive_losses_claimed(d, v->row.id))
		return;
	h = mem_zalloc(1, sizeof *h);
	for (int dir = 0; dir < 2; dir++)
		h->recs[dir] = recs_open(m->store, f, dir);
	look(state, d, v, h);
	for (int dir = 0; dir < 2; dir++)
		recs_close(h->recs[dir]);
	free(h);
}

static void tell(struct alike *g, const struct model *m)
{
	const char *at = model_point_name(m, g->from_pos);
	char span[TEXT_UNIT], who[WORDS];

	text_duration(g->idle_ns, span);
	draft_title(g->draft,
		    "What the %s sent is missing to the end of %s: a hole "
		    "stays open for %s%s",
		    g->dir == IN_REQUEST ? "client" : "server",
		    alike_who(g, who), span,
		    g->sessions == 1 ? "" : " or more");
	alike_tell(g, "end so", at);
	json_object_set_new(g->draft->measure, "open_min_ns",
			    json_integer(g->idle_ns));
}

static void finish(void *state, struct derive *d)
{
	alikes_finish(state, derive_model(d), tell);
}

const struct rule_group rules_hole = { "hole", begin, session, finish };
