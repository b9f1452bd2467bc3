/* Budgets: sets up a timeline over a session's points, packs what comes out.
 *
 * Without a point that sees both directions everything is unattributed.
 *
 * Cost: one more pass over the records, 20 to 30 ns each while they are still
 * in the cache.  Memory: the taps' queues and a chunk of packed exchanges.
 */
#include "report/derive/budget.h"

#include <netinet/in.h>
#include <stdlib.h>

#include "base/parallel.h"
#include "report/derive/budget_int.h"
#include "report/derive/datagrams.h"

#define PORT_SSH 22

/* --- what comes out --- */

/* The budget is stored before the first exchanges, but known last. */
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

static void keep_exchange(struct making *m, const struct exchange *x)
{
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
	budget_add_exchange(m, x);
	m->count++;
}

/* A conversation shared by two sessions names records by number, so an exchange
 * goes to the session that has the request, without the records of the answer,
 * which belong to the other session. */
static void take_exchange(void *ctx, const struct exchange *x)
{
	struct making *m = ctx;
	struct exchange mine = *x;

	if (m->x->joined && m->x->borrowed != 1)
		return;
	if (m->x->joined)
		mine.near[2] = mine.near[3] = mine.far[1] = EXCHANGE_NONE;
	m->untold = m->x->row->proto == 6 && budget_stamps_doubt(m, x);
	if (m->untold)
		budget_stamps_untold(&mine);
	keep_exchange(m, &mine);
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

/* No point has both directions: only how long the first one saw the session. */
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

static int near_pos(const struct making *m)
{
	return m->x->row->flows[m->b.near].point_pos;
}

/* When the capture at path position @pos ended, in steady time. */
static int64_t capture_end(const struct making *m, int pos)
{
	const struct timing *t = m->x->env->timing;
	const struct last_frame *l = &m->all->last[pos - 1];

	return t ? timing_steady(&t[pos - 1], l->file, l->frame, l->t_ns)
		 : l->t_ns;
}

/* May what @row's hosts send be something else than requests and answers?  So it is
 * of IP protocols that nothing here reads (routing protocols repeat what they said,
 * and answer when their timers want it), and of what is sent to a
 * group, which members answer from their own addresses, and which is announced
 * again and again (RFC 6762, 5.2 and 8.3).  What answers is no group. */
static bool has_no_turns(const struct session_row *row,
			 const struct flow_row *near)
{
	return (row->proto != IPPROTO_UDP && row->proto != IPPROTO_ICMP &&
		row->proto != IPPROTO_ICMPV6) ||
	       (!near->packets[1] && net_addr_may_be_group(&near->server.addr));
}

/* By its protocol, or where a capture begins too late to tell, by its port: a session
 * of two sides that send when they have something to send. */
static bool is_sealed(const struct making *m, unsigned proto)
{
	static const uint16_t ports[] = { 443, 1194, 4500, 51820 };
	uint16_t port = m->x->flow[m->b.near].server.port;
	bool by_port = false;

	if (m->x->row->proto != IPPROTO_UDP ||
	    !m->x->flow[m->b.near].packets[1])
		return false;
	for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
		by_port |= port == ports[i];
	return (by_port && proto == MESSAGE_PROTOS) || proto == MESSAGE_DTLS ||
	       proto == MESSAGE_WIREGUARD || proto == MESSAGE_OPENVPN ||
	       proto == MESSAGE_STUN || proto == MESSAGE_RTP;
}

static void attribute(struct making *m)
{
	struct timeline *t = &m->line;
	unsigned proto;

	t->b = &m->b;
	t->tap = m->tap;
	t->done = take_exchange;
	t->ctx = m;
	m->b.known = true;
	m->b.near = (uint8_t)m->tap[0].flow;
	m->b.far = (uint8_t)m->tap[t->n_taps - 1].flow;
	m->b.start_ns = first_ns(&m->tap[0]);
	budget_keys(m);
	m->b.n_hops = t->n_taps - 1;
	/* stretches, then spans: at most each pair of taps */
	m->b.hop = mem_zalloc(1 + t->n_taps * (t->n_taps - 1) / 2,
			      sizeof *m->b.hop);
	if (!m->bench->asked)
		m->bench->asked = asked_new(m->x->reader);
	asked_begin(m->bench->asked, &m->x->flow[m->b.near],
		    m->x->env->timing ? &m->x->env->timing[near_pos(m) - 1]
				      : NULL);
	t->asked = m->bench->asked;
	budget_least_trip(m);
	budget_expect(m);
	budget_stretches(m);
	budget_fetch(m);
	if (m->x->row->proto != 6) {
		t->remote_server = true;
		proto = asked_proto(t->asked);
		t->no_turns = has_no_turns(m->x->row, &m->x->flow[m->b.near]) ||
			      is_sealed(m, proto);
		if (proto == MESSAGE_QUIC)
			timeline_quic(t);
		else
			timeline_datagrams(t);
		return;
	}
	t->own_accord = m->x->flow[m->b.near].server.port == PORT_SSH;
	t->until_ns = capture_end(m, near_pos(m));
	budget_opening(m);
	budget_windows(m, &m->tap[0]);
	if (t->n_taps > 1)
		budget_windows(m, &m->tap[t->n_taps - 1]);
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

	budget_taps(&m);
	if (m.line.n_taps)
		attribute(&m);
	else
		unknown(&m);
	if (m.line.n_taps && x->row->proto == 6)
		budget_stamps(&m);
	m.b.one_sided = m.line.n_taps == 1 && m.line.remote_server;
	/* counted once: with the session that asks */
	if (m.line.n_taps && !(x->joined && x->borrowed == 0))
		budget_add_session(&m);
	put_first(&m);
	budget_release(&m.b);
}

/* The client's losses matter if a single point has all of a connection
 * (budget_opening()); otherwise round trips do. */
static bool wants_trips(void *ctx, const struct fate_seen *x)
{
	const struct budgets *all = ctx;
	struct bench *w = &all->bench[x->worker % all->n_benches];
	struct making m = { .all = all, .x = x, .bench = w, .tap = w->tap };

	budget_taps(&m);
	return m.line.n_taps != 1 || x->row->proto != 6;
}

static void last_frames(struct budgets *b, struct store *s,
			const struct point_row *p)
{
	size_t n;
	struct file_row *f = store_files(s, &n);

	b->last = mem_zalloc(b->n_points + 1, sizeof *b->last);
	for (size_t i = 0; i < b->n_points; i++)
		for (size_t k = 0; k < n; k++)
			if (f[k].point == p[i].id && f[k].packets &&
			    f[k].last_ns > b->last[i].t_ns)
				b->last[i] = (struct last_frame){
					f[k].id, f[k].packets, f[k].last_ns
				};
	file_rows_free(f, n);
}

struct budgets *budgets_new(struct store *s)
{
	struct budgets *b = mem_zalloc(1, sizeof *b);
	struct point_row *p = store_points(s, &b->n_points);

	b->on_host = mem_zalloc(b->n_points + 1, sizeof *b->on_host);
	for (size_t i = 0; i < b->n_points; i++)
		b->on_host[i] = p[i].on_host;
	last_frames(b, s, p);
	point_rows_free(p, b->n_points);
	b->n_benches = parallel_width();
	b->bench = mem_zalloc(b->n_benches, sizeof *b->bench);
	for (unsigned i = 0; i < b->n_benches; i++)
		b->bench[i].groups = grouping_new();
	b->clients = grouping_shared_new();
	b->observer = (struct fate_observer){ b, budget_session, wants_trips };
	return b;
}

int budgets_store(struct budgets *b, struct store *s, struct err *err)
{
	store_begin(s);
	for (unsigned i = 1; i < b->n_benches; i++)
		grouping_merge(b->bench[0].groups, b->bench[i].groups);
	grouping_take_shared(b->bench[0].groups, b->clients);
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
	grouping_shared_free(b->clients);
	free(b->bench);
	free(b->on_host);
	free(b->last);
	free(b);
}
