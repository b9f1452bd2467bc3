/* loss.path of pings: some get their answer, and others do not.
 *
 * Two captures show where a ping or its answer vanished (loss.c).  What is left is
 * beyond the point nearest to the target, or there is but one capture: its requests
 * without an answer of the same number are counted, one finding for each target and
 * point.  A target that answers none is stop.host (stop.c).
 *
 * An answer may come until the same number is sent again, DUE_NS later or more (what
 * comes sooner is the same request twice); one that takes LATE_NS is counted as late,
 * which ping itself may call lost.  Requests within DUE_NS of the last record are left
 * out: their answer may follow.
 *
 * Cost: each record of the pings looked at, PINGS_MOST at most.
 */
#include <netinet/in.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/time.h"
#include "report/derive/words.h"
#include "store/recs.h"

#define LATE_NS 1000000000LL
#define DUE_NS 1000000000LL
#define NUMBERS 65536
#define PINGS_MOST 1000000
#define TARGETS 64
#define FRAMES 8
#define MEDIUM_SHARE 100 /* one of so many */

struct target { /* of pings, as seen at one point */
	struct net_addr addr;
	int pos;
	uint64_t asked, lost, late, sessions;
	int64_t latest_ns;
	struct draft *draft;
};

struct ping {
	uint64_t looked;
	struct VEC(struct target) targets;
	int64_t *sent; /* by number: when; 0: nothing waits; owned */
	uint64_t *at;  /* and which record; owned */
};

static void *begin(struct derive *d)
{
	(void)d;
	return mem_zalloc(1, sizeof(struct ping));
}

static struct target *target_of(struct ping *s, const struct net_addr *addr,
				int pos)
{
	struct target *t;

	for (size_t i = 0; i < s->targets.n; i++) {
		t = &s->targets.at[i];
		if (t->pos == pos && net_addr_cmp(&t->addr, addr) == 0)
			return t;
	}
	if (s->targets.n == TARGETS)
		return NULL;
	t = VEC_PUSH(&s->targets);
	*t = (struct target){ .addr = *addr, .pos = pos };
	return t;
}

static void open_draft(struct target *t, struct derive *d,
		       const struct session_view *v, size_t flow)
{
	const struct model *m = derive_model(d);
	const char *at = v->flow[flow].point->name;

	t->draft = draft_new(d, "loss.path", SEV_LOW, 60);
	draft_hop(t->draft, m, t->pos, t->pos);
	draft_session_filters(t->draft, v);
	draft_against(t->draft,
		      "the capture at %s may have missed answers; hosts and "
		      "routers may answer only so many pings in a second",
		      at);
	draft_place(t->draft,
		    "the way to that host and back, beyond %s, or the host",
		    at);
	draft_next(t->draft,
		   m->n_points == 1
			   ? "capture at the other end at the same time: that "
			     "tells whether pings or answers are lost, and "
			     "where"
			   : "capture farther out at the same time");
}

/* Request number @i had no answer. */
static void lose(struct target *t, struct derive *d,
		 const struct session_view *v, size_t flow, struct recs *recs,
		 uint64_t i)
{
	const struct record *r = recs_get(recs, i);

	if (!t->draft)
		open_draft(t, d, v, flow);
	if (t->lost++ < FRAMES)
		draft_evidence(t->draft, v->flow[flow].row.point,
			       recs_file(recs, i), r->frame, r->time_ns,
			       "ping %u, no answer", r->window);
}

static void answer(struct target *t, struct ping *s, const struct record *r)
{
	int64_t *sent = &s->sent[r->window], took;

	if (!*sent)
		return; /* again, or to what came before the capture */
	took = time_sub(r->time_ns, *sent);
	t->late += took >= LATE_NS;
	t->latest_ns = took > t->latest_ns ? took : t->latest_ns;
	*sent = 0;
}

/* Goes through both directions in the order of time. */
static void count(struct ping *s, struct target *t, struct derive *d,
		  const struct session_view *v, size_t flow, struct recs *ask,
		  struct recs *told)
{
	uint64_t n = recs_count(ask), m = recs_count(told), k = 0;
	int64_t end = time_sub(v->flow[flow].row.last_ns, DUE_NS);

	for (uint64_t i = 0; i < n; i++) {
		struct record r = *recs_get(ask, i);
		size_t number = r.window;

		while (k < m && recs_get(told, k)->time_ns < r.time_ns)
			answer(t, s, recs_get(told, k++));
		if (s->sent[number] &&
		    time_sub(r.time_ns, s->sent[number]) < DUE_NS)
			continue; /* the same one, which came twice */
		t->asked++;
		if (s->sent[number])
			lose(t, d, v, flow, ask, s->at[number]);
		s->sent[number] = r.time_ns;
		s->at[number] = i;
	}
	while (k < m)
		answer(t, s, recs_get(told, k++));
	for (uint64_t i = 0; i < n; i++) {
		size_t number = recs_get(ask, i)->window;

		if (s->sent[number] && s->at[number] == i) {
			if (s->sent[number] <= end)
				lose(t, d, v, flow, ask, i);
			else
				t->asked--; /* its answer may come later */
			s->sent[number] = 0;
		}
	}
}

static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	size_t i = (size_t)session_near_flow(v, 1);
	const struct flow_row *f = &v->flow[i].row;
	const struct model *m = derive_model(d);
	struct recs *ask, *told;
	struct ping *s = state;
	struct target *t;
	uint64_t lost;

	(void)facts;
	if ((v->row.proto != IPPROTO_ICMP && v->row.proto != IPPROTO_ICMPV6) ||
	    !m->store || v->row.verdict == PAIR_AMBIGUOUS || !f->packets[0] ||
	    !f->packets[1] || f->packets[0] + f->packets[1] > PINGS_MOST ||
	    s->looked > PINGS_MOST)
		return;
	t = target_of(s, &f->server.addr, v->row.flows[i].point_pos);
	if (!t)
		return;
	if (!s->sent) {
		s->sent = mem_zalloc(NUMBERS, sizeof *s->sent);
		s->at = mem_zalloc(NUMBERS, sizeof *s->at);
	}
	s->looked += f->packets[0] + f->packets[1];
	lost = t->lost;
	ask = recs_open(m->store, f, 0);
	told = recs_open(m->store, f, 1);
	count(s, t, d, v, i, ask, told);
	recs_close(ask);
	recs_close(told);
	t->sessions++;
	if (t->lost > lost)
		draft_session(t->draft, v->row.id);
}

static void tell(const struct target *t, const struct model *m)
{
	const char *at = model_point_name(m, t->pos);
	char lost[TEXT_UNIT], asked[TEXT_UNIT], host[NET_END_TEXT];
	char n[TEXT_UNIT];

	if (t->lost * MEDIUM_SHARE >= t->asked && t->lost > 1)
		t->draft->row.severity = SEV_MEDIUM;
	net_addr_text(&t->addr, host);
	draft_title(t->draft, "%s of %s pings to %s get no answer at %s",
		    text_count(t->lost, lost), text_count(t->asked, asked),
		    host, at);
	draft_text(t->draft, "The others are answered, the slowest after %s.",
		   text_duration(t->latest_ns, n));
	if (t->late)
		draft_text(t->draft,
			   "%s answer%s come%s late, after a second or more: "
			   "ping may have given them up.",
			   text_count(t->late, n), plural(t->late),
			   t->late == 1 ? "s" : "");
	if (m->n_points == 1)
		draft_text(t->draft,
			   "One capture does not tell whether the ping was "
			   "lost or its answer.");
	json_object_set_new(t->draft->measure, "lost",
			    json_integer((json_int_t)t->lost));
	json_object_set_new(t->draft->measure, "asked",
			    json_integer((json_int_t)t->asked));
	json_object_set_new(t->draft->measure, "late",
			    json_integer((json_int_t)t->late));
}

static void finish(void *state, struct derive *d)
{
	struct ping *s = state;

	for (size_t i = 0; i < s->targets.n; i++)
		if (s->targets.at[i].draft)
			tell(&s->targets.at[i], derive_model(d));
	VEC_FREE(&s->targets);
	free(s->sent);
	free(s->at);
	free(s);
}

const struct rule_group rules_ping = { "ping", begin, session, finish };
