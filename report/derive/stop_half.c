/* stop.path of connections that stay half open: the server answers SYNs, the client
 * only repeats its own.
 *
 * A client that has got the SYN,ACK acknowledges it, or resets it.  One that sends its
 * SYN again instead has not got it: the way back is broken beyond the point (a route
 * of its own, a firewall that did not see the SYN), or the client's host drops it
 * above the capture.  Which of these it is one point cannot tell.  Points nearer to
 * the client that have the SYNs, and no SYN,ACK, narrow it, unless they never see that
 * direction.  Where the SYN,ACKs are known to be lost there, and nothing else is, it is
 * certain; other losses of the session are loss.c's.
 *
 * One that resets the answers, and sends its SYN again all the same, gets them, but
 * from another address than it asked, so a device changes addresses on one of the two
 * ways only.  The client's capture shows that: reply_syn.c.  So it is not said at the
 * client's own point, nor where the answer has another number.
 *
 * Required, at the point nearest to the client that has SYN,ACKs: AGAIN SYNs or more
 * of one number OPENING_AGAIN_NS or more behind the first of these, and nothing else
 * of either side, but for the client's resets, and for resets behind the server's last
 * SYN,ACK: it gives up.  A SYN
 * that is not repeated may be a scan's, or its sender's address forged.
 *
 * Cost: at most MOST records of sessions without data; of others two.
 */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/time.h"
#include "report/derive/alike.h"
#include "report/derive/opening.h"
#include "store/recs.h"

#define AGAIN 2
#define MOST 256 /* SYNs and as many SYN,ACKs; more is no opening */
#define FRAMES 8
#define PROTO_TCP 6

struct half {                           /* what was in vain */
	uint64_t syns, answers, resets; /* those of the client before its last
					 * SYN */
	int64_t answer_ns;              /* the first SYN,ACK */
	int64_t again_ns; /* the first SYN OPENING_AGAIN_NS behind it */
};

struct halves {
	struct alikes open;    /* nothing shows where the answers go astray */
	struct alikes lost;    /* they are lost on a hop */
	struct alikes refused; /* the client resets them */
};

static void *begin(struct derive *d)
{
	(void)d;
	return mem_zalloc(1, sizeof(struct halves));
}

/* Has @r of flags SYN and ACK just those of @as, and no data? */
static bool opens(const struct record *r, unsigned as)
{
	return (r->tcp_flags & (REC_SYN | REC_ACK | REC_RST | REC_FIN)) == as &&
	       !r->pay_len;
}

/* Counts what is before the resets in which @back may end. */
static uint64_t before_resets(struct recs *back)
{
	uint64_t n = recs_count(back), least = n > MOST ? n - MOST : 0;

	while (n > least && recs_get(back, n - 1)->tcp_flags & REC_RST)
		n--;
	return n;
}

/* @number: of the SYN; what acknowledges another is no answer. */
static bool all_answers(struct half *x, struct recs *back, uint32_t number)
{
	x->answers = before_resets(back);
	for (uint64_t i = 0; i < x->answers && x->answers <= MOST; i++) {
		const struct record *r = recs_get(back, i);

		if (!opens(r, REC_SYN | REC_ACK) ||
		    (uint32_t)r->ack64 != number + 1)
			return false;
		if (!i)
			x->answer_ns = r->time_ns;
	}
	return x->answers && x->answers <= MOST;
}

static bool only_repeats(struct half *x, struct recs *recs, uint32_t number)
{
	uint64_t n = recs_count(recs), resets = 0;

	for (uint64_t i = 0; i < n && n <= MOST; i++) {
		const struct record *r = recs_get(recs, i);

		if (r->tcp_flags & REC_RST && !r->pay_len) {
			resets++;
			continue;
		}
		if (!opens(r, REC_SYN) || (uint32_t)r->seq64 != number)
			return false;
		x->resets = resets;
		if (time_sub(r->time_ns, x->answer_ns) < OPENING_AGAIN_NS)
			continue;
		if (!x->syns++)
			x->again_ns = r->time_ns;
	}
	/* one that resets it in the end has got it, and given up */
	return x->syns >= AGAIN && (x->resets || !resets);
}

/* The point nearest to the client that has packets of the server's, and the one before
 * it, the same if there is none; as indexes of flows. */
struct reach {
	int at, before;
};

static bool reach_of(const struct session_view *v, struct reach *x)
{
	int i = session_near_flow(v, 0), step = i ? -1 : 1;

	for (x->before = i; i >= 0 && i < (int)v->row.n_flows; i += step) {
		x->at = i;
		if (v->flow[i].row.packets[1])
			return true;
		x->before = i;
	}
	return false;
}

static void tell_lost(struct draft *f, const struct model *m,
		      const struct alike *g)
{
	const char *to = model_point_name(m, g->to_pos);

	draft_text(f, "%s has the SYNs, and none of the answers.", to);
	draft_place(f,
		    "a route back that leads elsewhere, or a firewall or NAT "
		    "that did not see the SYN, or drops its answers");
	draft_between(f, m, g->from_pos, g->to_pos);
	draft_next(f, "capture at a point between them: the last point that "
		      "has the SYN,ACK is where it goes astray");
	draft_next(f, "compare the routes of both ways; stateful devices must "
		      "see both");
}

static void tell_places(struct draft *f, const struct model *m,
			const struct alike *g)
{
	const char *at = model_point_name(m, g->from_pos);
	const char *to = model_point_name(m, g->to_pos);

	if (g->from_pos != g->to_pos) {
		draft_text(f,
			   "%s has the SYNs, and none of the answers: they "
			   "vanish between %s and %s, unless the capture at %s "
			   "sees one direction only.",
			   to, at, to, to);
		draft_place(f,
			    "what is between %s and %s: a route back that "
			    "leads elsewhere, or a firewall or NAT that did "
			    "not see the SYN",
			    at, to);
	} else {
		draft_place(f,
			    "the way from %s back to the client: a route of "
			    "its own, or a firewall or NAT on it that did not "
			    "see the SYN",
			    at);
		draft_place(f,
			    "the client's host, if %s is there: a local "
			    "firewall drops the SYN,ACK above the capture",
			    at);
		draft_next(f, "capture nearer to the client at the same time: "
			      "the last point that has the SYN,ACK is where it "
			      "goes astray");
	}
	draft_next(f, "compare the routes of both ways; stateful devices must "
		      "see both");
}

static void tell_refused(struct draft *f, const struct model *m,
			 const struct alike *g)
{
	draft_text(
		f,
		"The client resets what the server answers, and sends its "
		"SYN again: so it still waits for an answer, and does not "
		"know this as one.  Likely it asked another address, or gets "
		"the answer from another.");
	draft_place(f,
		    "a NAT or balancer between the client and %s by which only "
		    "one of the two ways goes (server and client in one "
		    "network, a route back of its own)",
		    model_point_name(m, g->from_pos));
	draft_next(f, "capture on the client at the same time: it shows whom "
		      "it asks, and who answers");
}

static void open_draft(struct alike *g, struct derive *d,
		       const struct session_view *v, bool lost, bool refused)
{
	g->draft = draft_new(d, "stop.path", lost ? SEV_HIGH : SEV_MEDIUM, 65);
	g->clock_pos = g->from_pos;
	draft_hop(g->draft, derive_model(d), g->from_pos, g->to_pos);
	draft_session_filters(g->draft, v);
	if (refused) {
		tell_refused(g->draft, derive_model(d), g);
		return;
	}
	draft_text(g->draft,
		   "The server answers, but the client, which would "
		   "acknowledge a SYN,ACK or reset it, sends its SYN again: it "
		   "does not get the answer.");
	(lost ? tell_lost : tell_places)(g->draft, derive_model(d), g);
}

static void add_frames(struct alike *g, const struct flow_row *row,
		       const struct half *x, struct recs *recs,
		       struct recs *back)
{
	const struct record *r = recs_get(back, 0);
	uint64_t n = recs_count(recs), k = 0;

	draft_evidence(g->draft, row->point, recs_file(back, 0), r->frame,
		       r->time_ns, "SYN,ACK");
	for (uint64_t i = 0; i < n && k < FRAMES; i++) {
		r = recs_get(recs, i);
		if (r->time_ns < x->again_ns || !(r->tcp_flags & REC_SYN))
			continue;
		k++;
		draft_evidence(g->draft, row->point, recs_file(recs, i),
			       r->frame, r->time_ns,
			       "the same SYN again, not an acknowledgement");
	}
}

/* Cheap, and true of all: no data, SYNs that may be repeated, and an answer. */
static bool may_be_half(const struct session_view *v, const struct reach *x)
{
	const struct flow_view *f = &v->flow[x->at];

	return !f->dir[0].bytes && !f->dir[1].bytes && f->dir[0].syn &&
	       f->row.packets[0] >= AGAIN;
}

/* Of the session all that is lost are answers on the hop of @x: how many? */
static uint64_t lost_answers(const struct session_facts *facts,
			     const struct reach *x)
{
	for (size_t i = 0; facts && i < facts->n_tails[1]; i++) {
		const struct hop_tail *t = &facts->tail[1][i];

		if (t->from == x->at && t->to == x->before)
			return t->lost == facts->n_lost ? t->lost : 0;
	}
	return 0;
}

static void add(struct halves *s, struct derive *d,
		const struct session_view *v, const struct reach *reach,
		uint64_t lost, const struct half *x, struct recs *recs,
		struct recs *back)
{
	bool refused = !lost && x->resets;
	struct alike *g = alike_of(lost      ? &s->lost
				   : refused ? &s->refused
					     : &s->open,
				   v, reach->at,
				   refused ? reach->at : reach->before, 1);

	if (!g->draft)
		open_draft(g, d, v, lost > 0, refused);
	g->packets += x->answers;
	add_frames(g, &v->flow[reach->at].row, x, recs, back);
	alike_add(g, v, reach->at, x->answer_ns);
	if (lost)
		derive_claim_losses(d, v->row.id);
}

/* Has the point at flow @at what the client itself sends and gets?  Then both have
 * the same addresses. */
static bool knows_both(const struct model *m, const struct session_view *v,
		       int at)
{
	int pos = v->row.flows[at].point_pos;

	return strcmp(session_on_host(v, at, 0), "yes") == 0 ||
	       (m->n_points > 1 &&
		pos == (v->row.client_end == 1 ? (int)m->n_points : 1));
}

static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	const struct model *m = derive_model(d);
	const struct flow_row *row;
	struct recs *recs, *back;
	struct half x = { 0 };
	struct reach reach;
	uint64_t lost;
	uint32_t isn;

	if (!m->store || v->row.proto != PROTO_TCP ||
	    v->row.verdict == PAIR_AMBIGUOUS || !reach_of(v, &reach) ||
	    !may_be_half(v, &reach) || derive_losses_claimed(d, v->row.id))
		return;
	lost = lost_answers(facts, &reach);
	if (facts && facts->n_lost && !lost)
		return;
	row = &v->flow[reach.at].row;
	recs = recs_open(m->store, row, 0);
	back = recs_open(m->store, row, 1);
	isn = v->flow[reach.at].dir[0].isn;
	if (all_answers(&x, back, isn) && only_repeats(&x, recs, isn) &&
	    !(x.resets && !lost && knows_both(m, v, reach.at)))
		add(state, d, v, &reach, lost, &x, recs, back);
	recs_close(recs);
	recs_close(back);
}

static void title(struct alike *g, const struct model *m, const char *what)
{
	const char *at = model_point_name(m, g->from_pos);
	char n[TEXT_UNIT], packets[TEXT_UNIT], some[TEXT_UNIT * 2];

	snprintf(some, sizeof some, "%s connections never open",
		 text_count(g->sessions, n));
	draft_title(g->draft, "%s%s: %s SYN,ACK%s at %s, and %s",
		    g->sessions == 1 ? g->who : some,
		    g->sessions == 1 ? " never opens" : "",
		    text_count(g->packets, packets), plural(g->packets), at,
		    what);
	alike_tell(g, "stay so", model_point_name(m, g->clock_pos));
	json_object_set_new(g->draft->measure, "answers",
			    json_integer((json_int_t)g->packets));
}

static void tell_open(struct alike *g, const struct model *m)
{
	title(g, m, "only SYNs follow");
}

static void tell_reset(struct alike *g, const struct model *m)
{
	title(g, m, "the client resets them");
}

static void tell_astray(struct alike *g, const struct model *m)
{
	char none[WORDS];

	snprintf(none, sizeof none, "none at %s",
		 model_point_name(m, g->to_pos));
	title(g, m, none);
}

static void finish(void *state, struct derive *d)
{
	struct halves *s = state;

	alikes_tell(&s->lost, derive_model(d), tell_astray);
	alikes_tell(&s->open, derive_model(d), tell_open);
	alikes_tell(&s->refused, derive_model(d), tell_reset);
	free(s);
}

const struct rule_group rules_half = { "half", begin, session, finish };
