/* stop.silent: sessions that were answered, at least by a SYN,ACK, until from some
 * moment on the client gets nothing back, and no capture shows how far its packets
 * came.
 *
 * A firewall that forgets idle sessions, or a host that goes away, leaves a client
 * that keeps retransmitting.  If its packets arrive at the server's point, this is
 * stop.host (timeline_silence.c), if not, stop.middlebox (stop_cut.c).  This file is
 * about sessions in which neither shows: there are no captures beyond, or these have
 * nothing of that time, as those of one host end with its last packet, or shortly
 * behind it: then the first of what is sent in vain count as lost.
 *
 * The same may happen to what the server sends, where the client's capture has nothing
 * of that time (with one capture: timeline_silence.c).  If that is only keep-alives,
 * nobody misses anything: low.
 *
 * What makes a silence is vain.c's; of no more than the least, the last needs time for
 * an answer, too: as long as from the one before, while the capture runs, or until one
 * side resets.  If all retransmissions are larger than
 * anything that was ever acknowledged, a limit on packet size is a possible cause.
 *
 * Cost: stop_vain.c's, of sessions that were recovering for VAIN_NS, or in which one
 * side went on alone for so long.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/time.h"
#include "report/derive/alike.h"
#include "report/derive/icmp.h"
#include "report/derive/loss.h"
#include "report/derive/reset_origin.h"
#include "report/derive/resolve_tell.h"
#include "report/derive/stop_vain.h"

#define FRAMES 8

/* Kinds of groups, by what is sent in vain. */
enum kind { BY_CLIENT, BY_SERVER, BY_SERVER_NO_DATA };

static const char *const side[] = { "client", "server" };

static void *begin(struct derive *d)
{
	(void)d;
	return mem_zalloc(1, sizeof(struct alikes));
}

/* How far the packets came, as indexes of flows: @at is the last that has them, @far
 * the next, which has nothing of that time; the same if there is no next. */
struct reach {
	int at, far;
	uint64_t lost; /* of those in vain, there */
};

static int flow_at(const struct session_view *v, int pos)
{
	for (size_t i = 0; i < v->row.n_flows; i++)
		if (v->row.flows[i].point_pos == pos)
			return (int)i;
	return -1;
}

/* The flow of the point nearest to the side that sends. */
static size_t flow_of(const struct session_view *v, int dir)
{
	return dir ? v->budget.far : v->budget.near;
}

/* Are those in vain lost on @w of a session, or behind the end of its far capture?  The
 * first of them may have gone while that capture still had something. */
static bool goes_dark(const struct hop_way *w, const struct vain *x)
{
	return w->tx.n[FATE_OUTSIDE] &&
	       w->tx.n[FATE_OUTSIDE] + w->tx.n[FATE_LOST] >= x->in.n;
}

/* Has flow @far a packet as long after the other side's last one as the last in vain
 * was sent?  Then that came through, whatever was lost before. */
static bool came(const struct session_view *v, int far, const struct vain *x)
{
	const struct part_dir *own = &v->flow[far].dir[x->dir];
	const struct part_dir *back = &v->flow[far].dir[!x->dir];

	return own->packets && back->packets &&
	       time_sub(own->last_ns, back->last_ns) >=
		       time_sub(x->in.to_ns, x->last.time_ns);
}

/* Looks for the hop, the farthest from the sender, whose far end may not have been
 * running for all of them.  Return: false if some capture shows where they went. */
static bool reach_of(const struct session_view *v, const struct vain *x,
		     struct reach *r)
{
	int start = (int)flow_of(v, x->dir), most = -1;
	int pos = v->row.flows[start].point_pos;

	*r = (struct reach){ .at = start, .far = start };
	for (size_t i = 0; i < v->figures.n; i++) {
		const struct hop_figures *h = &v->figures.hop[i];
		int from = x->dir ? h->to_pos : h->from_pos;
		int to = x->dir ? h->from_pos : h->to_pos;
		bool out = x->dir ? pos >= from : pos <= from;
		int at = out ? from : to, away = abs(at - pos);
		int far = flow_at(v, out ? to : from);
		uint64_t outside;

		if (away <= most || !goes_dark(&h->way[x->dir], x) ||
		    (far >= 0 && came(v, far, x)))
			continue;
		most = away;
		r->at = flow_at(v, at);
		r->far = far;
		outside = h->way[x->dir].tx.n[FATE_OUTSIDE];
		r->lost = x->in.n > outside ? x->in.n - outside : 0;
	}
	return v->row.n_flows == 1 || (most >= 0 && r->at >= 0 && r->far >= 0);
}

static void add_sizes(struct alike *g, const struct vain *x, uint32_t most)
{
	if (!g->sessions || x->in.least < g->fail_least)
		g->fail_least = x->in.least;
	if (most > g->pass_most)
		g->pass_most = most;
}

static void tell_sizes(const struct alike *g)
{
	if (!g->pass_most || g->fail_least <= g->pass_most ||
	    g->fail_least <= LOSS_MTU_LEAST)
		return;
	draft_text(g->draft,
		   "All that is sent again makes IP packets of %u bytes or "
		   "more, and all that was ever acknowledged up to %u: a limit "
		   "on packet size%s fits.",
		   g->fail_least, g->pass_most,
		   g->quoted ? "" : " (an MTU black hole)");
	if (!g->quoted)
		draft_place(g->draft, "a link with a smaller MTU on the way, "
				      "of which no ICMP error tells");
	draft_next(g->draft, "try with a smaller MSS or MTU at the %s",
		   side[g->dir != 0]);
}

static void open_draft(struct alike *g, struct derive *d,
		       const struct session_view *v)
{
	size_t start = flow_of(v, g->dir != BY_CLIENT);
	struct draft *f = draft_new(
		d, "stop.silent",
		g->dir == BY_SERVER_NO_DATA ? SEV_LOW : SEV_HIGH, 65);

	g->draft = f;
	g->clock_pos = v->row.flows[start].point_pos;
	draft_hop(f, derive_model(d), g->from_pos, g->from_pos);
	draft_session_filters(f, v);
}

static void add_frames(struct alike *g, const struct session_view *v,
		       const struct vain *x, struct recs *recs,
		       struct recs *back)
{
	int64_t point = v->flow[flow_of(v, x->dir)].row.point;

	draft_evidence(g->draft, point, recs_file(back, x->last_at),
		       x->last.frame, x->last.time_ns,
		       "the last packet from the %s", side[!x->dir]);
	for (uint64_t i = x->first, k = 0; i < recs_count(recs) && k < FRAMES;
	     i++) {
		const struct record *r = recs_get(recs, i);

		if (!rec_wants_ack(r, x->last.ack64))
			continue;
		k++;
		draft_evidence(g->draft, point, recs_file(recs, i), r->frame,
			       r->time_ns, "nothing comes back");
	}
	if (x->reset.time_ns != INT64_MAX)
		draft_evidence(g->draft, point, recs_file(back, x->reset_at),
			       x->reset.frame, x->reset.time_ns,
			       "a reset, which acknowledges none of it");
}

/* An ICMP error that quotes what is sent in vain names the cause. */
static void add_icmp(struct alike *g, struct derive *d,
		     const struct session_view *v, const struct vain *x)
{
	char words[WORDS];
	int at;
	const struct message_row *m = derive_icmp(d, v, &at);

	if (!m || at != (int)flow_of(v, x->dir) ||
	    m->m.first_ns < x->in.from_ns || g->quoted++)
		return;
	snprintf(g->cause, sizeof g->cause, "an ICMP error from %s says %s",
		 m->name ? m->name : "?", icmp_words(m, words));
	icmp_say_cause(g->draft, d, v);
	if (!icmp_say_where(g->draft, d, v))
		draft_place(g->draft,
			    "who sends that error, and what keeps the %s from "
			    "heeding it (a filter of ICMP, path MTU discovery)",
			    side[x->dir]);
}

static void add(struct alikes *all, struct derive *d,
		const struct session_view *v, const struct vain *x,
		const struct reach *reach, struct recs *recs, struct recs *back)
{
	enum kind kind = !x->dir      ? BY_CLIENT
			 : x->in.data ? BY_SERVER
				      : BY_SERVER_NO_DATA;
	struct alike *g = alike_of(all, v, reach->at, reach->far, (int)kind);

	if (!g->draft)
		open_draft(g, d, v);
	alike_idle(g, x->idle_ns);
	add_sizes(g, x, vain_passed(x, recs));
	g->packets += x->in.n;
	g->resets += x->reset.time_ns != INT64_MAX;
	g->opened += x->opened;
	g->lost += reach->lost;
	add_frames(g, v, x, recs, back);
	add_icmp(g, d, v, x);
	if (g->sessions == 0)
		resolve_session(g->draft, d, v, reach->at,
				reach->far != reach->at
					? reach->far
					: (int)flow_of(v, !x->dir),
				x->dir, x->in.from_ns, x->in.to_ns);
	alike_add(g, v, (int)flow_of(v, x->dir), x->in.from_ns);
}

/* Cheap, and true of all: time went to recovery, or keep-alives may be what goes on
 * alone. */
static bool may_be_silence(const struct session_view *v, int dir)
{
	const struct flow_view *f = &v->flow[flow_of(v, dir)];

	return (!dir && v->budget.part[TIME_RECOVERY] >= VAIN_NS) ||
	       (f->dir[!dir].packets &&
		f->dir[dir].last_ns - f->dir[!dir].last_ns >= VAIN_NS);
}

/* Could an answer to the last of them still have come, so that there is none? */
static bool is_due(const struct model *m, int64_t point, const struct vain *x)
{
	if (x->in.n > VAIN_LEAST || x->reset.time_ns != INT64_MAX)
		return true;
	for (size_t i = 0; i < m->n_files; i++)
		if (m->files[i].point == point && m->files[i].packets &&
		    time_sub(m->files[i].last_ns, x->in.to_ns) >= x->in.gap_ns)
			return true;
	return false;
}

/* One capture, next to the server: then timeline_silence.c tells it, as stop.host. */
static bool is_host(const struct session_view *v, int dir)
{
	return !dir && v->row.n_flows == 1 && !v->budget.one_sided &&
	       !v->flow[0].dir[1].fin && !v->flow[0].dir[1].rst;
}

/* What it lost on any hop in @dir. */
static uint64_t lost_of(const struct session_view *v, int dir)
{
	uint64_t n = 0;

	for (size_t i = 0; i < v->figures.n; i++)
		n += v->figures.hop[i].way[dir].tx.n[FATE_LOST];
	return n;
}

/* Return: is it so? */
static bool look(struct alikes *all, struct derive *d,
		 const struct session_view *v, int dir)
{
	struct store *s = derive_model(d)->store;
	const struct flow_row *row = &v->flow[flow_of(v, dir)].row;
	struct recs *recs, *back;
	struct reach reach;
	struct vain x;
	bool is;

	if (is_host(v, dir) || !may_be_silence(v, dir))
		return false;
	recs = recs_open(s, row, dir);
	back = recs_open(s, row, !dir);
	is = vain_find(&x, dir, recs, back) &&
	     is_due(derive_model(d), row->point, &x) && reach_of(v, &x, &reach);
	if (is)
		add(all, d, v, &x, &reach, recs, back);
	/* that reset is told here: it refuses nothing (reset.c); so are losses, if
	 * there are no others */
	if (is && (v->row.n_flows == 1 ||
		   (reach.lost && lost_of(v, dir) == reach.lost)))
		derive_claim_losses(d, v->row.id);
	recs_close(recs);
	recs_close(back);
	return is;
}

static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	const struct model *m = derive_model(d);

	(void)facts;
	if (!m->store || v->row.proto != 6 ||
	    v->row.verdict == PAIR_AMBIGUOUS || !v->budget.known ||
	    v->budget.near >= v->row.n_flows ||
	    v->budget.far >= v->row.n_flows ||
	    derive_losses_claimed(d, v->row.id))
		return;
	if (!look(state, d, v, 0) && v->row.n_flows > 1)
		look(state, d, v, 1);
}

static void tell_before(const struct alike *g)
{
	const char *it = g->sessions == 1 ? "It" : "They";
	const char *but = g->resets ? ", but for a reset in the end" : "";
	const char *who = side[g->dir == BY_CLIENT];
	char n[TEXT_UNIT], of[TEXT_UNIT];

	if (g->opened == g->sessions)
		draft_text(g->draft,
			   "%s opened.  Then data is sent again and again, and "
			   "no packet at all from the %s is in any "
			   "capture%s.",
			   it, who, but);
	else
		draft_text(g->draft,
			   "%s had been answered before.  From some moment on "
			   "data, or keep-alives, are sent again and again, "
			   "and no packet at all from the %s is in any "
			   "capture%s.",
			   it, who, but);
	if (g->opened && g->opened < g->sessions)
		draft_text(g->draft, "%s of the %s had only opened.",
			   text_count(g->opened, n),
			   text_count(g->sessions, of));
}

/* How far they came. */
static void tell_where(const struct alike *g, const struct model *m)
{
	const char *at = model_point_name(m, g->from_pos);
	const char *to = model_point_name(m, g->to_pos);
	char n[TEXT_UNIT];

	if (g->from_pos != g->clock_pos)
		draft_text(g->draft, "They come as far as %s.", at);
	if (g->to_pos == g->from_pos)
		return;
	if (g->lost)
		draft_text(g->draft,
			   "%s of them %s lost on the way from %s to %s, and "
			   "nothing that was captured at %s is later: if its "
			   "capture was running all the same, all of them "
			   "vanish there.",
			   text_count(g->lost, n), g->lost == 1 ? "is" : "are",
			   at, to, to);
	else
		draft_text(g->draft,
			   "Nothing that was captured at %s is of that time: "
			   "if its capture was running all the same, they "
			   "vanish between %s and %s.",
			   to, at, to);
	draft_next(g->draft, "see whether the capture at %s was running then",
		   to);
}

static void tell_places(const struct alike *g, const struct model *m)
{
	bool by_server = g->dir != BY_CLIENT;

	if (g->quoted == g->sessions)
		return;
	draft_place(g->draft,
		    "a device %s %s that forgot the sessions, or drops "
		    "them: a firewall, NAT or load balancer",
		    by_server ? "before" : "beyond",
		    model_point_name(m, g->from_pos));
	draft_place(g->draft, "the %s host: down, frozen, or its network gone",
		    side[!by_server]);
	if (g->opened)
		draft_place(g->draft,
			    "a filter that lets connections open and drops "
			    "what is asked in them (by size, or by content)");
	draft_next(g->draft,
		   "look at the session tables, idle timeouts and drop logs "
		   "of devices on the way; keep-alives more often than the "
		   "shortest of these help");
}

static void tell_resets(const struct alike *g)
{
	char n[TEXT_UNIT], of[TEXT_UNIT];

	if (!g->resets)
		return;
	if (g->sessions > 1)
		draft_text(g->draft, "%s of the %s end by such a reset.",
			   text_count(g->resets, n),
			   text_count(g->sessions, of));
	draft_text(g->draft,
		   "The reset acknowledges none of what was sent in vain: the "
		   "%s's host gave up a session of which it got nothing more, "
		   "or a device did so in its name.",
		   side[g->dir == BY_CLIENT]);
	json_object_set_new(g->draft->measure, "resets",
			    json_integer((json_int_t)g->resets));
}

static void tell(struct alike *g, const struct model *m)
{
	const char *at = model_point_name(m, g->from_pos);
	char n[TEXT_UNIT], packets[TEXT_UNIT], some[TEXT_UNIT * 2];

	snprintf(some, sizeof some, "%s sessions die",
		 text_count(g->sessions, n));
	draft_title(g->draft,
		    "%s%s: the last %s packets at %s get nothing back%s%s",
		    g->sessions == 1 ? g->who : some,
		    g->sessions == 1 ? " dies" : "",
		    text_count(g->packets, packets), at,
		    g->quoted == g->sessions ? "; " : "",
		    g->quoted == g->sessions ? g->cause : "");
	tell_before(g);
	tell_where(g, m);
	tell_resets(g);
	tell_sizes(g);
	tell_places(g, m);
	if (g->idle_ns >= REST_NS)
		draft_text(g->draft,
			   "Before that nothing had been sent for %s%s: what "
			   "forgets idle sessions sooner than that fits.",
			   text_duration(g->idle_ns, n),
			   g->sessions == 1 ? "" : " or more in each of them");
	alike_tell(g, "end so", model_point_name(m, g->clock_pos));
	json_object_set_new(g->draft->measure, "packets",
			    json_integer((json_int_t)g->packets));
	json_object_set_new(g->draft->measure, "idle_min_ns",
			    json_integer(g->idle_ns));
}

static void finish(void *state, struct derive *d)
{
	alikes_finish(state, derive_model(d), tell);
}

const struct rule_group rules_silent = { "silent", begin, session, finish };
