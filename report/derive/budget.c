/* Budgets: chooses the points, sets up a timeline, packs what comes out.
 *
 * Near is the flow nearest to the client that has both directions, far the one
 * nearest to the server; those between see the path in stretches.  A flow whose
 * sequence numbers cannot be told from near's is left out.  Without a point
 * that sees both directions nothing is said: all is unattributed.
 *
 * With one point (or one that can be used) the opening tells what it is beside:
 * SYN to SYN,ACK is the round trip towards the server, SYN,ACK to ACK the one
 * towards the client.
 *
 * Cost: the records once more, 20 to 30 ns each while they are still in the
 * cache.  Memory: the taps' queues and a chunk of packed exchanges.
 */
#include "report/derive/budget.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "capture/message.h"
#include "report/derive/datagrams.h"
#include "report/derive/grouping.h"
#include "report/model.h"
#include "store/match.h"

#define HOST_NS 2000000    /* a host may react so late */
#define BESIDE_NS 1000000  /* a round trip that short is a LAN's */
#define LEFT_OUT_NS 200000 /* shorter: a host's own time */
#define TICK_COARSE_NS 1000000
#define OPENING 8    /* records looked at, each direction */
#define SCALED 65536 /* bytes from which windows matter */

/* Of a worker, used again for each session: room, not contents. */
struct bench {
	struct tap tap[TIMELINE_HOPS];
	struct buf body, first, head;
	struct grouping *groups; /* owned */
	struct asked *asked;     /* owned; made with its first session */
};

struct budgets {
	struct fate_observer observer;
	struct bench *bench; /* by worker; owned */
	unsigned n_benches;
	size_t n_points;
	bool *on_host; /* by path position - 1 */
};

struct making { /* one session */
	const struct budgets *all;
	const struct fate_seen *x;
	struct budget b;
	struct tap *tap; /* the bench's */
	struct timeline line;
	/* packing */
	struct bench *bench; /* first: chunk 0's body, once there are more */
	struct exchange last;
	uint32_t n, chunk, count;
	/* adding up */
	struct worst worst;
	char client[NET_END_TEXT], server[NET_END_TEXT], between[24];
	uint64_t bytes;
	fate_keep *keep;
	void *keep_ctx;
};

/* --- what comes out --- */

/* The budget stands before the first exchanges, and is known last. */
static void put_first(struct making *m)
{
	struct bench *w = m->bench;
	const struct buf *body = m->chunk ? &w->first : &w->body;

	w->head.n = 0;
	budget_pack(&m->b, &w->head);
	if (body->n)
		buf_bytes(&w->head, body->at, body->n);
	m->keep(m->keep_ctx, 0, &w->head);
	if (m->chunk && w->body.n)
		m->keep(m->keep_ctx, m->chunk, &w->body);
	w->body.n = w->first.n = 0;
}

/* The server's own time in an exchange. */
static int64_t server_ns(const struct making *m, const struct exchange *x)
{
	const struct tap *far = &m->tap[m->line.n_taps - 1];
	int64_t ns;

	if (m->line.n_taps < 2 || x->far[0] == EXCHANGE_NONE ||
	    x->far[1] == EXCHANGE_NONE)
		return x->part[TIME_SERVER];
	ns = strand_at(far->strand[1], (uint32_t)x->far[1])->time_ns -
	     strand_at(far->strand[0], (uint32_t)x->far[0])->time_ns;
	return ns > 0 ? ns : 0;
}

static void add_to(struct group *g, const struct making *m,
		   const struct exchange *x, int64_t server)
{
	int64_t total = exchange_total(x);

	g->exchanges++;
	g->bytes += x->bytes[0] + x->bytes[1];
	g->in_flight_sum += x->in_flight;
	g->errors += x->proto &&
		     message_status_is_error(x->proto - 1u, x->status);
	hist_add(&g->total, total);
	hist_add(&g->server, server);
	if (g->kind == GROUP_COMMAND || g->kind == GROUP_STATUS)
		for (int p = 0; p < TIME_PARTS; p++)
			time_part_add(&g->part[p], x->part[p]);
	group_top_add(g, &(struct group_top){ total - x->part[TIME_CLIENT],
					      m->x->row->id, m->count });
}

/* "smb2 READ", "dns A"; a turn goes by its server's port. */
static void command_key(const struct making *m, const struct exchange *x,
			char out[static 64])
{
	char proto[16];
	int n = x->name ? (int)strcspn(x->name, " ") : 0;

	if (x->proto)
		snprintf(out, 64, "%s %.*s", message_proto_name(x->proto - 1u),
			 n < 40 ? n : 40, x->name ? x->name : "");
	else
		snprintf(out, 64, "%s port %u",
			 proto_name(m->x->row->proto, proto),
			 m->x->flow[m->b.near].server.port);
}

static void add_error(const struct making *m, const struct exchange *x,
		      int64_t server)
{
	char key[64];

	if (!x->proto || !message_status_is_error(x->proto - 1u, x->status))
		return;
	snprintf(key, sizeof key, "%u %lld", x->proto - 1u,
		 (long long)x->status);
	add_to(grouping_of(m->bench->groups, GROUP_STATUS, key), m, x, server);
}

static void add_worst(struct making *m, const struct exchange *x)
{
	struct worst *w = &m->worst;

	for (int p = 0; p < TIME_PARTS; p++) {
		int64_t ns = p == TIME_CLIENT ? x->think_ns : x->part[p];

		if (ns > w->at[p].ns) {
			w->at[p].ns = ns;
			w->at[p].n = m->count;
		}
	}
	if (!x->hold_ns)
		return;
	if (!w->hold.min_ns || x->hold_ns < w->hold.min_ns)
		w->hold.min_ns = x->hold_ns;
	if (x->hold_ns > w->hold.max_ns) {
		w->hold.max_ns = x->hold_ns;
		w->hold.n = m->count;
	}
}

static void add_exchange(struct making *m, const struct exchange *x)
{
	struct grouping *g = m->bench->groups;
	int64_t server = server_ns(m, x);
	char key[64];

	add_worst(m, x);
	m->bytes += x->bytes[0] + x->bytes[1];
	if (x->opening || x->near[2] == EXCHANGE_NONE)
		return;
	command_key(m, x, key);
	add_to(grouping_of(g, GROUP_CASE, "all"), m, x, server);
	add_to(grouping_of(g, GROUP_SERVER, m->server), m, x, server);
	add_to(grouping_of(g, GROUP_CLIENT, m->client), m, x, server);
	add_to(grouping_of(g, GROUP_COMMAND, key), m, x, server);
	add_error(m, x, server);
}

static void take_exchange(void *ctx, const struct exchange *x)
{
	struct making *m = ctx;
	struct buf *body = &m->bench->body;

	if (m->n == EXCHANGE_CHUNK) {
		if (m->chunk)
			m->keep(m->keep_ctx, m->chunk, body);
		else
			buf_bytes(&m->bench->first, body->at, body->n);
		body->n = 0;
		m->chunk++;
		m->n = 0;
		m->last = (struct exchange){ 0 };
	}
	exchange_pack(x, &m->last, body);
	m->n++;
	add_exchange(m, x);
	m->count++;
}

/* --- points --- */
static bool both_ways(const struct fate_seen *x, size_t flow)
{
	return x->strand[flow * 2].n && x->strand[flow * 2 + 1].n;
}

/* Flow @k'th from the client's end. */
static size_t flow_at(const struct session_row *row, size_t k)
{
	return row->client_end == 1 ? row->n_flows - 1 - k : k;
}

/* A number at flow @f of direction @d as one at @near. */
static bool shift_of(const struct fate_seen *x, size_t near, size_t f, int d,
		     uint64_t *shift)
{
	const struct session_flow *a = &x->row->flows[near];
	const struct session_flow *b = &x->row->flows[f];
	uint64_t p = strand_at(&x->strand[near * 2 + (size_t)d], 0)->seq64;
	uint64_t q = strand_at(&x->strand[f * 2 + (size_t)d], 0)->seq64;
	uint32_t delta = b->seq_delta[d] - a->seq_delta[d];

	if (!a->delta_known[d] || !b->delta_known[d])
		return false;
	/* q - shift lies as near p as 32 bits tell */
	*shift = q - p -
		 (uint64_t)(int64_t)(int32_t)((uint32_t)(q - p) - delta);
	return true;
}

static int64_t tick_of(const struct fate_seen *x, int pos)
{
	const struct clock_row *c = x->env->clock[pos - 1];

	return c ? c->resolution_ns : 1;
}

static void tap_open(struct making *m, struct tap *t, size_t f)
{
	const struct fate_seen *x = m->x;

	tap_reset(t, (int)f);
	for (int d = 0; d < 2; d++)
		t->strand[d] = &x->strand[f * 2 + (size_t)d];
	t->slack_ns = HOST_NS + tick_of(x, x->row->flows[f].point_pos);
}

/* Only one direction was ever seen: a SYN that nobody answered, or datagrams
 * that want no answer or get none. */
static bool one_way_will_do(const struct fate_seen *x, size_t flow)
{
	struct strand *s = &x->strand[flow * 2];

	for (size_t i = 0; i < x->row->n_flows; i++)
		if (x->strand[i * 2 + 1].n)
			return false;
	for (uint32_t i = 0; i < s->n && x->row->proto == 6; i++)
		if (!(strand_at(s, i)->tcp_flags & REC_SYN))
			return false;
	return s->n > 0;
}

static void open_taps(struct making *m)
{
	const struct session_row *row = m->x->row;
	size_t near = row->n_flows;

	for (size_t k = 0; k < row->n_flows && m->line.n_taps < TIMELINE_HOPS;
	     k++) {
		size_t f = flow_at(row, k);
		struct tap *t = &m->tap[m->line.n_taps];
		bool ok = both_ways(m->x, f) ||
			  (near == row->n_flows && one_way_will_do(m->x, f));

		if (!ok)
			continue;
		tap_open(m, t, f);
		if (near == row->n_flows)
			near = f;
		else if (row->proto == 6)
			ok = row->kind != PAIR_RELAYED &&
			     shift_of(m->x, near, f, 0, &t->shift[0]) &&
			     shift_of(m->x, near, f, 1, &t->shift[1]);
		m->line.n_taps += ok;
	}
}

/* --- the opening --- */
struct opening {
	int64_t to_server, to_client; /* round trips; -1: not seen */
};

static struct opening opening_of(const struct tap *t)
{
	struct opening o = { -1, -1 };
	int64_t syn = INT64_MIN, answer = INT64_MIN;
	uint32_t i;

	for (i = 0; i < t->strand[1]->n && i < OPENING; i++) {
		const struct record *r = strand_at(t->strand[1], i);

		if ((r->tcp_flags & (REC_SYN | REC_ACK)) == (REC_SYN | REC_ACK))
			answer = r->time_ns;
	}
	if (answer == INT64_MIN)
		return o;
	for (i = 0; i < t->strand[0]->n && i < OPENING; i++) {
		const struct record *r = strand_at(t->strand[0], i);

		if (r->tcp_flags & REC_SYN) {
			if (r->time_ns <= answer)
				syn = r->time_ns;
		} else if (o.to_client < 0 && r->time_ns >= answer) {
			o.to_client = r->time_ns - answer;
		}
	}
	if (syn != INT64_MIN)
		o.to_server = answer - syn;
	return o;
}

static int64_t outer_ns(const struct making *m, const struct tap *t, int64_t ns)
{
	int pos = m->x->row->flows[t->flow].point_pos;

	return ns < LEFT_OUT_NS || tick_of(m->x, pos) >= TICK_COARSE_NS ||
			       m->all->on_host[pos - 1]
		       ? 0
		       : ns;
}

/* Which side's hosts have no point beside them. */
static void one_sided(struct making *m, const struct opening *o)
{
	int pos = m->x->row->flows[m->tap[0].flow].point_pos;
	bool server_end = (m->x->row->client_end == 1) == (pos == 1) &&
			  m->all->n_points > 1;

	if (o->to_server >= 0 && o->to_client >= 0) {
		m->line.remote_client = o->to_client >= BESIDE_NS &&
					o->to_client > o->to_server / 4;
		m->line.remote_server = o->to_server >= BESIDE_NS &&
					o->to_server > o->to_client / 4;
		if (tick_of(m->x, pos) < TICK_COARSE_NS)
			return;
	}
	m->line.remote_client = server_end;
	m->line.remote_server = !server_end;
}

static void look_at_opening(struct making *m)
{
	struct tap *near = &m->tap[0], *far = &m->tap[m->line.n_taps - 1];
	struct opening a = opening_of(near), b = opening_of(far);

	m->line.before_ns = outer_ns(m, near, a.to_client);
	m->line.beyond_ns = outer_ns(m, far, b.to_server);
	if (m->line.n_taps == 1)
		one_sided(m, &a);
}

/* --- what the session is known to have --- */
static void least_trip(struct making *m)
{
	const struct figures *fig = m->x->fig;
	int64_t sum = 0;

	m->b.base_ns = -1;
	for (size_t i = 0; i + 1 < m->line.n_taps; i++) {
		int a = m->x->row->flows[m->tap[i].flow].point_pos;
		int b = m->x->row->flows[m->tap[i + 1].flow].point_pos;
		struct stretch *s = &m->line.stretch[i];

		s->least_ns = -1;
		for (size_t k = 0; k < fig->n; k++) {
			const struct hop_figures *h = &fig->hop[k];

			if (h->from_pos == (a < b ? a : b) &&
			    h->to_pos == (a < b ? b : a) && h->rtt.n)
				s->least_ns = h->rtt.min < 0 ? 0 : h->rtt.min;
		}
		if (s->least_ns < 0)
			return;
		sum += s->least_ns;
	}
	if (m->line.n_taps > 1)
		m->b.base_ns = sum;
}

static void open_stretches(struct making *m)
{
	for (size_t i = 0; i + 1 < m->line.n_taps; i++) {
		struct stretch *s = &m->line.stretch[i];
		struct budget_hop *h = &m->b.hop[i];
		int a = m->x->row->flows[m->tap[i].flow].point_pos;
		int b = m->x->row->flows[m->tap[i + 1].flow].point_pos;
		const struct clock_row *p = m->x->env->clock[a - 1];
		const struct clock_row *q = m->x->env->clock[b - 1];
		int64_t low, high;

		h->from = (uint8_t)m->tap[i].flow;
		h->to = (uint8_t)m->tap[i + 1].flow;
		stamps_init(&s->from, p);
		stamps_init(&s->to, q);
		stamps_bounds(p, q, m->b.start_ns, &low, &high);
		s->ways_known = s->from.known && s->to.known &&
				low != INT64_MIN && high != INT64_MAX;
		s->slack_ns = s->ways_known ? (high - low) / 2 : 0;
		h->ways_known = s->ways_known;
	}
}

/* Window scales, from the SYNs: only where so much was sent that a window may
 * have been the limit. */
static void window_scales(struct making *m, struct tap *t)
{
	const struct flow_row *f = &m->x->flow[t->flow];
	struct part p;

	if ((f->bytes[0] <= SCALED && f->bytes[1] <= SCALED) || !f->n_parts ||
	    !store_part_get(m->x->reader, f->parts[0].part, &p) ||
	    p.dir[0].wscale < 0 || p.dir[1].wscale < 0)
		return;
	for (int d = 0; d < 2; d++) {
		/* lane d is allowed by the windows of the other side */
		int of = (1 - d) ^ (f->parts[0].swap ? 1 : 0);

		t->lane[d].wscale = (uint8_t)(p.dir[of].wscale & 15);
	}
}

static int64_t first_ns(const struct tap *t)
{
	int64_t least = INT64_MAX;

	for (int d = 0; d < 2; d++)
		if (t->strand[d]->n &&
		    strand_at(t->strand[d], 0)->time_ns < least)
			least = strand_at(t->strand[d], 0)->time_ns;
	return least;
}

/* --- a session --- */

/* No point has both directions: how long the first one saw it. */
static void unknown(struct making *m)
{
	const struct fate_seen *x = m->x;
	int64_t from = INT64_MAX, to = INT64_MIN;

	for (size_t i = 0; i < x->row->n_flows * 2; i++) {
		struct strand *s = &x->strand[i];

		if (!s->n || (from != INT64_MAX && i / 2 != m->b.near))
			continue;
		m->b.near = m->b.far = (uint8_t)(i / 2);
		if (strand_at(s, 0)->time_ns < from)
			from = strand_at(s, 0)->time_ns;
		if (strand_at(s, s->n - 1)->time_ns > to)
			to = strand_at(s, s->n - 1)->time_ns;
	}
	m->b.base_ns = -1;
	m->b.start_ns = from == INT64_MAX ? 0 : from;
	if (to > from)
		m->b.part[TIME_UNATTRIBUTED] = to - from;
}

/* What groups the session belongs to. */
static void session_keys(struct making *m)
{
	const struct session_row *row = m->x->row;
	const struct flow_row *f = &m->x->flow[m->b.near];
	int a = row->flows[m->b.near].point_pos;
	int b = row->flows[m->b.far].point_pos;

	net_addr_text(&f->client.addr, m->client);
	net_side_text(f->proto, &f->client, &f->server, true, m->server);
	if (a != b)
		snprintf(m->between, sizeof m->between, "%d %d", a < b ? a : b,
			 a < b ? b : a);
	for (int p = 0; p < TIME_PARTS; p++)
		m->worst.at[p].n = UINT32_MAX;
	m->worst.hold.n = UINT32_MAX;
}

static void add_session(struct making *m)
{
	struct grouping *g = m->bench->groups;
	struct group *of[] = { grouping_of(g, GROUP_CASE, "all"),
			       grouping_of(g, GROUP_SERVER, m->server),
			       grouping_of(g, GROUP_CLIENT, m->client) };
	struct cause_session s = {
		.id = m->x->row->id,
		.b = &m->b,
		.worst = &m->worst,
		.client = m->client,
		.server = m->server,
		.between = m->between,
		.bytes = m->bytes,
		.lost_ns = m->line.lost_ns,
		.far_only = m->b.one_sided,
	};

	for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
		of[i]->sessions++;
		for (int p = 0; p < TIME_PARTS; p++)
			time_part_add(&of[i]->part[p], m->b.part[p]);
	}
	causes_add(g, &s);
}

static void attribute(struct making *m)
{
	struct timeline *t = &m->line;

	t->b = &m->b;
	t->tap = m->tap;
	t->done = take_exchange;
	t->ctx = m;
	m->b.known = true;
	m->b.near = (uint8_t)m->tap[0].flow;
	m->b.far = (uint8_t)m->tap[t->n_taps - 1].flow;
	m->b.start_ns = first_ns(&m->tap[0]);
	session_keys(m);
	m->b.n_hops = t->n_taps - 1;
	m->b.hop = mem_zalloc(t->n_taps, sizeof *m->b.hop);
	if (!m->bench->asked)
		m->bench->asked = asked_new(m->x->reader);
	asked_begin(m->bench->asked, &m->x->flow[m->b.near]);
	t->asked = m->bench->asked;
	least_trip(m);
	open_stretches(m);
	if (m->x->row->proto != 6) {
		t->remote_server = true;
		timeline_datagrams(t);
		return;
	}
	look_at_opening(m);
	window_scales(m, &m->tap[0]);
	if (t->n_taps > 1)
		window_scales(m, &m->tap[t->n_taps - 1]);
	timeline_tcp(t);
}

static void budget_session(void *ctx, const struct fate_seen *x,
			   fate_keep *keep, void *keep_ctx)
{
	const struct budgets *all = ctx;
	struct bench *w = &all->bench[x->worker % all->n_benches];
	struct making m = { .all = all,
			    .x = x,
			    .bench = w,
			    .tap = w->tap,
			    .keep = keep,
			    .keep_ctx = keep_ctx };

	open_taps(&m);
	if (m.line.n_taps)
		attribute(&m);
	else
		unknown(&m);
	m.b.one_sided = m.line.n_taps == 1 && m.line.remote_server;
	if (m.line.n_taps)
		add_session(&m);
	put_first(&m);
	budget_release(&m.b);
}

struct budgets *budgets_new(struct store *s)
{
	struct budgets *b = mem_zalloc(1, sizeof *b);
	struct point_row *p = store_points(s, &b->n_points);

	b->on_host = mem_zalloc(b->n_points + 1, sizeof *b->on_host);
	for (size_t i = 0; i < b->n_points; i++)
		b->on_host[i] = p[i].on_host;
	point_rows_free(p, b->n_points);
	b->n_benches = parallel_width();
	b->bench = mem_zalloc(b->n_benches, sizeof *b->bench);
	for (unsigned i = 0; i < b->n_benches; i++)
		b->bench[i].groups = grouping_new();
	b->observer = (struct fate_observer){ b, budget_session };
	return b;
}

int budgets_store(struct budgets *b, struct store *s, struct err *err)
{
	store_begin(s);
	for (unsigned i = 1; i < b->n_benches; i++)
		grouping_merge(b->bench[0].groups, b->bench[i].groups);
	grouping_store(b->bench[0].groups, s);
	return store_commit(s, err);
}

const struct fate_observer *budgets_observer(const struct budgets *b)
{
	return &b->observer;
}

void budgets_free(struct budgets *b)
{
	for (unsigned i = 0; i < b->n_benches; i++) {
		struct bench *w = &b->bench[i];

		for (size_t k = 0; k < TIMELINE_HOPS; k++)
			tap_release(&w->tap[k]);
		grouping_free(w->groups);
		asked_free(w->asked);
		buf_release(&w->body);
		buf_release(&w->first);
		buf_release(&w->head);
	}
	free(b->bench);
	free(b->on_host);
	free(b);
}
