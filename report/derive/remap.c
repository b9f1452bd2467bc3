/* change.header: a NAT that gives datagrams of a living session another port.
 *
 * NATs forget datagram sessions that rest.  What the client sends next leaves by
 * another port: behind the NAT that is a session of its own, which no other point
 * has, while the one before the NAT goes on.  The two are one if the first
 * datagrams of the new one are the client's at the near point, in order and as far
 * apart, behind (or before) those that the old one has, and no earlier or later there
 * than the clocks allow.  Equal contents, as of keep-alives, do not tell: it takes
 * three that differ.
 *
 * It is told once for each hop.
 *
 * Cost: KEPT candidates of either kind are compared; of TRIED pairs with the same
 * server and no common time, LOOK records are read.
 */
#include <netinet/in.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/time.h"
#include "correlate/clock.h"
#include "report/derive/words.h"
#include "store/recs.h"

#define KEPT 512
#define TRIED 64
#define LOOK 4096
#define SAME 16             /* datagrams that are compared */
#define LEAST 3             /* that must be the same, and differ */
#define EARLIER 8           /* datagrams that may have come twice */
#define APART_NS 500000000l /* transit may change by as much */
#define TRANSIT_NS 2000000000l

struct piece { /* of a session, at one point */
	int64_t session;
	int pos, near; /* near: the flow at the client; -1: there is none */
	int at;        /* the flow at pos */
	struct net_end server;
	int64_t first_ns, last_ns;
	int64_t near_ns; /* how long near has it */
	bool used;
};

struct remap_hop { /* what is told as one */
	int near_pos, pos;
	uint64_t times;
	struct draft *draft;
};

struct remap {
	struct VEC(struct piece) whole; /* sessions that go on at near */
	struct VEC(struct piece) alone;
	struct VEC(struct remap_hop) hop;
	unsigned tried;
};

static void *begin(struct derive *d)
{
	(void)d;
	return mem_zalloc(1, sizeof(struct remap));
}

static struct piece piece_of(const struct session_view *v, int near, int at)
{
	const struct flow_row *f = &v->flow[at].row;
	const struct flow_row *n = near < 0 ? f : &v->flow[near].row;

	return (struct piece){ .session = v->row.id,
			       .pos = v->row.flows[at].point_pos,
			       .near = near,
			       .at = at,
			       .server = f->server,
			       .first_ns = f->first_ns,
			       .last_ns = f->last_ns,
			       .near_ns = time_sub(n->last_ns, n->first_ns) };
}

static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	int n = (int)v->row.n_flows, near = v->row.client_end == 1 ? n - 1 : 0;
	struct remap *s = state;

	(void)d;
	(void)facts;
	if (v->row.proto != IPPROTO_UDP)
		return;
	if (v->row.verdict == PAIR_ALONE) {
		int at = (int)session_first_flow(v);

		if (v->flow[at].row.packets[0] >= LEAST && s->alone.n < KEPT)
			*VEC_PUSH(&s->alone) = piece_of(v, -1, at);
		return;
	}
	for (int i = 0; v->row.verdict == PAIR_PAIRED && i < n; i++)
		if (i != near && session_has_packets(v, (size_t)i) &&
		    !session_relayed(&v->row, near, i) && s->whole.n < KEPT &&
		    v->flow[near].row.packets[0] >=
			    v->flow[i].row.packets[0] + LEAST)
			*VEC_PUSH(&s->whole) = piece_of(v, near, i);
}

/* --- are they one? --- */
struct seam {
	struct session_view v[2]; /* the whole, and what is alone */
	struct recs *near, *old, *new;
	const struct clock_row *clock[2]; /* near's and far's; NULL: none */
	uint64_t at;             /* near's first datagram that is new's */
	unsigned same, compared; /* of new's first ones */
};

static bool is_same(const struct record *a, const struct record *b)
{
	return a->pay_len && a->pay_len == b->pay_len &&
	       a->head_digest == b->head_digest && a->frag_off == b->frag_off;
}

/* Can what near has at @near_ns be at the far point at @far_ns, by the clocks? */
static bool may_be_then(const struct seam *s, int64_t near_ns, int64_t far_ns)
{
	int64_t mid, low[2], high[2];

	return s->clock[0] && s->clock[1] &&
	       clock_to_first(s->clock[0], near_ns, &mid, &low[0], &high[0]) &&
	       clock_to_first(s->clock[1], far_ns, &mid, &low[1], &high[1]) &&
	       high[1] >= low[0] && low[1] <= time_add(high[0], TRANSIT_NS);
}

/* Compares new's first datagrams with near's from @at on. */
static bool agrees(struct seam *s, uint64_t at)
{
	uint64_t n = recs_count(s->near), all = recs_count(s->new), k = at;
	struct record first = *recs_get(s->near, at);
	int64_t apart = time_sub(recs_get(s->new, 0)->time_ns, first.time_ns);
	unsigned differ = 0;

	s->same = 0;
	s->compared = all < SAME ? (unsigned)all : SAME;
	for (unsigned i = 0; i < s->compared; i++) {
		struct record r = *recs_get(s->new, i);

		for (uint64_t j = k; j < n && j < k + SAME; j++) {
			const struct record *x = recs_get(s->near, j);
			int64_t off = time_sub(time_sub(r.time_ns, x->time_ns),
					       apart);

			if (!is_same(x, &r) || off > APART_NS ||
			    off < -APART_NS)
				continue;
			s->same++;
			differ += x->head_digest != first.head_digest;
			k = j + 1;
			break;
		}
	}
	return s->same >= LEAST && s->same * 4 >= s->compared * 3 &&
	       differ + 1 >= LEAST;
}

/* What near has behind what old has, or from its beginning on. */
static bool find(struct seam *s, bool after)
{
	uint64_t n = recs_count(s->near), from = 0, old = recs_count(s->old);
	struct record first = *recs_get(s->new, 0);

	if (after && old > EARLIER)
		from = old - EARLIER;
	for (uint64_t i = from; i < n && i < from + LOOK; i++)
		if (is_same(recs_get(s->near, i), &first) &&
		    may_be_then(s, recs_get(s->near, i)->time_ns,
				first.time_ns) &&
		    agrees(s, i)) {
			s->at = i;
			return true;
		}
	return false;
}

static bool seam_open(struct seam *s, const struct model *m,
		      const struct piece *whole, const struct piece *alone)
{
	*s = (struct seam){ 0 };
	if (!m->store || !session_view_load(&s->v[0], m, whole->session))
		return false;
	if (!session_view_load(&s->v[1], m, alone->session)) {
		session_view_release(&s->v[0]);
		return false;
	}
	s->clock[0] = model_clock(m, s->v[0].flow[whole->near].row.point);
	s->clock[1] = model_clock(m, s->v[1].flow[alone->at].row.point);
	s->near = recs_open(m->store, &s->v[0].flow[whole->near].row, 0);
	s->old = recs_open(m->store, &s->v[0].flow[whole->at].row, 0);
	s->new = recs_open(m->store, &s->v[1].flow[alone->at].row, 0);
	return true;
}

static void seam_close(struct seam *s)
{
	recs_close(s->near);
	recs_close(s->old);
	recs_close(s->new);
	session_view_release(&s->v[0]);
	session_view_release(&s->v[1]);
}

/* --- telling it --- */
static void show(struct draft *f, const struct session_view *v, int flow,
		 struct recs *recs, uint64_t i, const char *note)
{
	struct record r = *recs_get(recs, i);

	draft_evidence(f, v->flow[flow].row.point, recs_file(recs, i), r.frame,
		       r.time_ns, "%s", note);
}

static struct draft *tell(struct derive *d, struct seam *s,
			  const struct piece *whole, const struct piece *alone,
			  bool after)
{
	const struct model *m = derive_model(d);
	int near_pos = s->v[0].row.flows[whole->near].point_pos;
	const char *near = model_point_name(m, near_pos);
	const char *far = model_point_name(m, whole->pos);
	const struct flow_row *old = &s->v[0].flow[whole->at].row;
	const struct flow_row *new = &s->v[1].flow[alone->at].row;
	struct draft *f = draft_new(d, "change.header", SEV_LOW, 20);
	char who[WORDS], a[NET_END_TEXT], b[NET_END_TEXT], rest[TEXT_UNIT];
	uint64_t seam = s->at;
	int64_t ns;

	words_session(&s->v[0], (size_t)whole->near, who);
	net_end_text(after ? &old->client : &new->client, a);
	net_end_text(after ? &new->client : &old->client, b);
	draft_title(f,
		    "A NAT between %s and %s changes the port of %s in "
		    "mid-session",
		    near, far, who);
	draft_text(f,
		   "At %s it comes from %s, and later from %s, while at %s it "
		   "is one session.  So session %lld, which %s alone has, is "
		   "%s of session %lld: %u of its first %u datagrams are the "
		   "client's, in order and as far apart.",
		   far, a, b, near, (long long)alone->session, far,
		   after ? "the rest" : "the beginning",
		   (long long)whole->session, s->same, s->compared);
	draft_text(f,
		   "What session %lld has of it counts as undecided between "
		   "%s and %s, and for its time as not known.",
		   (long long)alone->session, near, far);
	draft_hop(f, m, near_pos, whole->pos);
	draft_session(f, whole->session);
	draft_session(f, alone->session);
	if (after && seam) {
		ns = time_sub(recs_get(s->near, seam)->time_ns,
			      recs_get(s->near, seam - 1)->time_ns);
		draft_text(f,
			   "Just before, the client had sent nothing for %s.",
			   text_duration(ns, rest));
		json_object_set_new(f->measure, "idle_ns", json_integer(ns));
		show(f, &s->v[0], whole->near, s->near, seam - 1,
		     "the client's last datagram before");
		show(f, &s->v[0], whole->at, s->old, recs_count(s->old) - 1,
		     "the last from the old port");
	}
	show(f, &s->v[0], whole->near, s->near, seam,
	     after ? "the client's next datagram" : "the client's first");
	show(f, &s->v[1], alone->at, s->new, 0,
	     after ? "it comes from the new port"
		   : "it comes from the old "
		     "port");
	draft_against(f,
		      "two NATs between which a balancer moves sessions look "
		      "the same");
	draft_place(f, "the NAT between %s and %s", near, far);
	draft_next(f,
		   "if the peers mind, send keep-alives more often than that "
		   "NAT's timeout for UDP (WireGuard: PersistentKeepalive), "
		   "or make it longer; without a pause before it, look for "
		   "a NAT that was restarted or whose ports are exhausted");
	draft_frame_filters(f);
	return f;
}

/* The first on a hop is told, the others are counted. */
static void add(struct remap *s, struct derive *d, struct seam *x,
		const struct piece *whole, const struct piece *alone,
		bool after)
{
	int near_pos = x->v[0].row.flows[whole->near].point_pos;
	struct remap_hop *h;

	for (size_t i = 0; i < s->hop.n; i++) {
		h = &s->hop.at[i];
		if (h->near_pos != near_pos || h->pos != whole->pos)
			continue;
		h->times++;
		draft_session(h->draft, whole->session);
		draft_session(h->draft, alone->session);
		return;
	}
	h = VEC_PUSH(&s->hop);
	*h = (struct remap_hop){
		.near_pos = near_pos,
		.pos = whole->pos,
		.times = 1,
		.draft = tell(d, x, whole, alone, after),
	};
}

/* Can the two be one, by server and time? */
static bool may_be_one(const struct piece *whole, const struct piece *alone,
		       bool after)
{
	int64_t both = after ? time_sub(alone->last_ns, whole->first_ns)
			     : time_sub(whole->last_ns, alone->first_ns);

	return !alone->used && alone->pos == whole->pos &&
	       net_end_cmp(&alone->server, &whole->server) == 0 &&
	       (after || alone->last_ns < whole->first_ns) &&
	       time_sub(both, whole->near_ns) < APART_NS;
}

static void try(struct remap *s, struct derive *d, struct piece *whole,
		struct piece *alone)
{
	bool after = alone->first_ns > whole->last_ns;
	struct seam x;

	if (!may_be_one(whole, alone, after) || s->tried++ >= TRIED ||
	    !seam_open(&x, derive_model(d), whole, alone))
		return;
	if (recs_count(x.near) && recs_count(x.old) && recs_count(x.new) &&
	    find(&x, after)) {
		add(s, d, &x, whole, alone, after);
		alone->used = true;
	}
	seam_close(&x);
}

static void tell_times(struct remap_hop *h)
{
	char n[TEXT_UNIT];

	json_object_set_new(h->draft->measure, "times",
			    json_integer((json_int_t)h->times));
	if (h->times > 1)
		draft_text(h->draft, "That happens %s times in these captures.",
			   text_count(h->times, n));
}

static void finish(void *state, struct derive *d)
{
	struct remap *s = state;

	for (size_t i = 0; i < s->whole.n; i++)
		for (size_t k = 0; k < s->alone.n; k++)
			try(s, d, &s->whole.at[i], &s->alone.at[k]);
	for (size_t i = 0; i < s->hop.n; i++)
		tell_times(&s->hop.at[i]);
	VEC_FREE(&s->hop);
	VEC_FREE(&s->whole);
	VEC_FREE(&s->alone);
	free(s);
}

const struct rule_group rules_remap = { "remap", begin, session, finish };
