/* stop.silent: sessions that were answered, at least by a SYN,ACK, until from some
 * moment on the client gets nothing back, and no capture shows how far its packets
 * came.
 *
 * A firewall that forgets idle sessions, or a host that goes away, leaves a client
 * that keeps retransmitting.  If its packets arrive at the server's point, this is
 * stop.host (timeline_silence.c), if not, stop.middlebox (stop_cut.c).  This file is
 * about sessions in which neither shows: there are no captures beyond, or these have
 * nothing of that time, as those of one host end with its last packet.
 *
 * Required: VAIN packets that ask for an acknowledgement, AGAIN of them
 * retransmissions, over VAIN_NS, after the server's last packet, which was no FIN.
 * A reset that comes RESET_NS or more after the last of them, and acknowledges none,
 * is no answer: the server's host gave up, or a device did in its name.  (One that
 * comes sooner answers a request: reset.c.)
 *
 * If all retransmissions are larger than anything that the server ever
 * acknowledged, a limit on packet size is a possible cause.
 *
 * Cost: the records after the server's last one, at most BACK, of sessions that were
 * recovering for VAIN_NS, or in which the client went on alone for so long.
 */
#include "base/mem.h"
#include "base/seq.h"
#include "base/text.h"
#include "base/time.h"
#include "report/derive/alike.h"
#include "store/recs.h"

#define VAIN 4
#define AGAIN 3
#define VAIN_NS 1000000000ll
#define BACK 4096
#define FRAMES 8
#define IDLE_NS 1000000000ll /* a pause that is one */
#define RESET_NS 1000000000ll

struct vain { /* what gets nothing back */
	uint64_t first, n, again;
	int64_t from_ns, to_ns, idle_ns;
	struct record last;  /* of the server's, but for a reset */
	bool opened;         /* that is the SYN,ACK: nothing else came */
	uint64_t last_at;    /* which record that is */
	struct record reset; /* behind it; time_ns INT64_MAX: none */
	uint32_t least;      /* IP bytes of what is sent again; 0: none */
};

static void *begin(struct derive *d)
{
	(void)d;
	return mem_zalloc(1, sizeof(struct alikes));
}

static uint32_t ip_bytes(const struct record *r)
{
	return r->hdr_len + r->pay_len;
}

/* Record @r comes after those in @x. */
static void in_vain(struct vain *x, const struct record *r, uint64_t *top)
{
	uint64_t end = r->seq64 + rec_seq_len(r);

	if (!x->n++)
		x->from_ns = r->time_ns;
	x->to_ns = r->time_ns;
	if ((int64_t)(end - *top) <= 0) {
		x->again++;
		if (!x->least || ip_bytes(r) < x->least)
			x->least = ip_bytes(r);
	}
	if ((int64_t)(end - *top) > 0)
		*top = end;
}

/* Goes through what the client sent after the server's last packet, until either
 * resets the session.  Return: false if the server may have sent something since. */
static bool look_behind(struct vain *x, struct recs *recs)
{
	uint64_t n = recs_count(recs), i = n, top = x->last.ack64;
	uint64_t heard = x->last.seq64 + rec_seq_len(&x->last);
	int64_t before = x->last.time_ns;

	while (i > 0 && n - i < BACK &&
	       recs_get(recs, i - 1)->time_ns > x->last.time_ns)
		i--;
	x->first = i;
	for (; i < n; i++) {
		const struct record *r = recs_get(recs, i);

		if (r->tcp_flags & REC_RST || r->time_ns >= x->reset.time_ns)
			break; /* one of them gives up */
		if (r->tcp_flags & REC_ACK && (int64_t)(r->ack64 - heard) > 0)
			return false;
		if (rec_wants_ack(r, x->last.ack64))
			in_vain(x, r, &top);
		else if (!x->n)
			before = r->time_ns;
	}
	x->idle_ns = x->from_ns - before;
	return true;
}

/* Finds the server's last packet, and a reset behind it.  Return: false if there is
 * none, or it says more than silence. */
static bool find_last(struct vain *x, struct recs *back)
{
	uint64_t n = recs_count(back);

	x->reset.time_ns = INT64_MAX;
	if (n > 1 && recs_get(back, n - 1)->tcp_flags & REC_RST)
		x->reset = *recs_get(back, --n);
	if (!n)
		return false;
	x->last_at = n - 1;
	x->last = *recs_get(back, n - 1);
	x->opened = x->last.tcp_flags & REC_SYN;
	/* a SYN,ACK that comes again is told with the opening */
	return x->last.tcp_flags & REC_ACK && !(x->opened && n > 1) &&
	       !(x->last.tcp_flags & (REC_RST | REC_FIN)) &&
	       !(x->reset.tcp_flags & REC_ACK &&
		 x->reset.ack64 != x->last.ack64);
}

static bool is_silence(struct vain *x, struct recs *recs, struct recs *back)
{
	return recs_count(recs) && find_last(x, back) && look_behind(x, recs) &&
	       x->n >= VAIN && x->again >= AGAIN &&
	       time_sub(x->to_ns, x->from_ns) >= VAIN_NS &&
	       time_sub(x->reset.time_ns, x->to_ns) >= RESET_NS;
}

/* How far the packets came, as indexes of flows: @at is the last that has them, @far
 * the next, which has nothing of that time; the same if there is no next. */
struct reach {
	int at, far;
};

static int flow_at(const struct session_view *v, int pos)
{
	for (size_t i = 0; i < v->row.n_flows; i++)
		if (v->row.flows[i].point_pos == pos)
			return (int)i;
	return -1;
}

/* Looks for the hop, the farthest from the client, whose far end may not have been
 * running for all @n of them.  Return: false if some capture shows where they
 * went. */
static bool reach_of(const struct session_view *v, uint64_t n, struct reach *x)
{
	int near_pos = v->row.flows[v->budget.near].point_pos, most = -1;

	*x = (struct reach){ (int)v->budget.near, (int)v->budget.near };
	for (size_t i = 0; i < v->figures.n; i++) {
		const struct hop_figures *h = &v->figures.hop[i];
		bool out = near_pos <= h->from_pos;
		int at = out ? h->from_pos : h->to_pos;
		int away = out ? at - near_pos : near_pos - at;

		if (away <= most || h->way[0].tx.n[FATE_OUTSIDE] < n)
			continue;
		most = away;
		x->at = flow_at(v, at);
		x->far = flow_at(v, out ? h->to_pos : h->from_pos);
	}
	return v->row.n_flows == 1 || (most >= 0 && x->at >= 0 && x->far >= 0);
}

/* Did the server get all of it, perhaps after a hole? */
static bool is_acked(const struct record *r, const struct record *last)
{
	uint64_t end = r->seq64 + r->pay_len;
	bool got = (int64_t)(end - last->ack64) <= 0;

	for (int i = 0; i < last->n_sack && !got; i++)
		got = seq_diff((uint32_t)r->seq64, last->sack[i][0]) >= 0 &&
		      seq_diff((uint32_t)end, last->sack[i][1]) <= 0;
	return got;
}

/* The largest packet that was acknowledged before, among BACK records. */
static uint32_t passed(const struct vain *x, struct recs *recs)
{
	uint64_t from = x->first > BACK ? x->first - BACK : 0;
	uint32_t most = 0;

	for (uint64_t i = from; i < x->first; i++) {
		const struct record *r = recs_get(recs, i);

		if (r->pay_len && ip_bytes(r) > most && is_acked(r, &x->last))
			most = ip_bytes(r);
	}
	return most;
}

static void add_sizes(struct alike *g, const struct vain *x, uint32_t most)
{
	if (!g->sessions || x->least < g->fail_least)
		g->fail_least = x->least;
	if (most > g->pass_most)
		g->pass_most = most;
}

static void tell_sizes(const struct alike *g)
{
	if (!g->pass_most || g->fail_least <= g->pass_most)
		return;
	draft_text(g->draft,
		   "All that is sent again makes IP packets of %u bytes or "
		   "more, and all that was ever acknowledged up to %u: a limit "
		   "on packet size (an MTU black hole) fits.",
		   g->fail_least, g->pass_most);
	draft_place(g->draft, "a link with a smaller MTU on the way, of which "
			      "no ICMP error tells");
	draft_next(g->draft, "try with a smaller MSS or MTU at the client");
}

static void open_draft(struct alike *g, struct derive *d,
		       const struct session_view *v, const struct reach *x)
{
	const char *at = v->flow[x->at].point->name;
	const char *to = v->flow[x->far].point->name;
	struct draft *f = draft_new(d, "stop.silent", SEV_HIGH, 65);

	g->draft = f;
	g->clock_pos = v->row.flows[v->budget.near].point_pos;
	draft_hop(f, derive_model(d), g->from_pos, g->from_pos);
	draft_session_filters(f, v);
	if (x->at != (int)v->budget.near)
		draft_text(f, "They come as far as %s.", at);
	if (x->far != x->at) {
		draft_text(
			f,
			"Nothing that was captured at %s is of that time: if "
			"its capture was running all the same, they vanish "
			"between %s and %s.",
			to, at, to);
		draft_next(f, "see whether the capture at %s was running then",
			   to);
	}
	draft_place(f,
		    "a device beyond %s that forgot the sessions, or drops "
		    "them: a firewall, NAT or load balancer",
		    at);
	draft_place(f, "the server host: down, frozen, or its network gone");
	draft_next(f, "look at the session tables, idle timeouts and drop logs "
		      "of devices on the way; keep-alives more often than the "
		      "shortest of these help");
}

static void add_frames(struct alike *g, const struct session_view *v,
		       const struct vain *x, struct recs *recs,
		       struct recs *back)
{
	int64_t point = v->flow[v->budget.near].row.point;

	draft_evidence(g->draft, point, recs_file(back, x->last_at),
		       x->last.frame, x->last.time_ns,
		       "the last packet from the server");
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
		draft_evidence(g->draft, point,
			       recs_file(back, recs_count(back) - 1),
			       x->reset.frame, x->reset.time_ns,
			       "a reset, which acknowledges none of it");
}

static void add(struct alikes *all, struct derive *d,
		const struct session_view *v, const struct vain *x,
		const struct reach *reach, struct recs *recs, struct recs *back)
{
	int near = (int)v->budget.near;
	struct alike *g = alike_of(all, v, reach->at, reach->far, 0);

	if (!g->draft)
		open_draft(g, d, v, reach);
	alike_idle(g, x->idle_ns);
	add_sizes(g, x, passed(x, recs));
	g->packets += x->n;
	g->resets += x->reset.time_ns != INT64_MAX;
	g->opened += x->opened;
	add_frames(g, v, x, recs, back);
	alike_add(g, v, near, x->from_ns);
}

/* Cheap, and true of all: time went to recovery, or keep-alives may be what goes on
 * alone. */
static bool may_be_silence(const struct session_view *v)
{
	const struct flow_view *f = &v->flow[v->budget.near];

	return v->budget.part[TIME_RECOVERY] >= VAIN_NS ||
	       (f->dir[1].packets &&
		f->dir[0].last_ns - f->dir[1].last_ns >= VAIN_NS);
}

static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	const struct model *m = derive_model(d);
	const struct flow_row *near;
	struct recs *recs, *back;
	struct vain x = { 0 };
	struct reach reach;

	(void)facts;
	if (!m->store || v->row.proto != 6 ||
	    v->row.verdict == PAIR_AMBIGUOUS || !v->budget.known ||
	    v->budget.near >= v->row.n_flows || !may_be_silence(v) ||
	    derive_losses_claimed(d, v->row.id))
		return;
	near = &v->flow[v->budget.near].row;
	recs = recs_open(m->store, near, 0);
	back = recs_open(m->store, near, 1);
	if (is_silence(&x, recs, back) && reach_of(v, x.n, &reach))
		add(state, d, v, &x, &reach, recs, back);
	recs_close(recs);
	recs_close(back);
}

static void tell_before(const struct alike *g)
{
	const char *it = g->sessions == 1 ? "It" : "They";
	const char *but = g->resets ? ", but for a reset in the end" : "";
	char n[TEXT_UNIT], of[TEXT_UNIT];

	if (g->opened == g->sessions)
		draft_text(g->draft,
			   "%s opened.  Then data is sent again and again, and "
			   "no packet at all from the server is in any "
			   "capture%s.",
			   it, but);
	else
		draft_text(g->draft,
			   "%s had been answered before.  From some moment on "
			   "data, or keep-alives, are sent again and again, "
			   "and no packet at all from the server is in any "
			   "capture%s.",
			   it, but);
	if (g->opened && g->opened < g->sessions)
		draft_text(g->draft, "%s of the %s had only opened.",
			   text_count(g->opened, n),
			   text_count(g->sessions, of));
	if (g->opened)
		draft_place(g->draft,
			    "a filter that lets connections open and drops "
			    "what is asked in them (by size, or by content)");
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
		   "server's host gave up a session of which it got nothing "
		   "more, or a device did so in its name.");
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
		    "%s%s: the last %s packets at %s get nothing back",
		    g->sessions == 1 ? g->who : some,
		    g->sessions == 1 ? " dies" : "",
		    text_count(g->packets, packets), at);
	tell_before(g);
	tell_resets(g);
	tell_sizes(g);
	if (g->idle_ns >= IDLE_NS)
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
