/* stop.host, stop.path: sessions that get no answer at all.
 *
 * A session in which nothing ever came from the server:
 *   - every opening packet vanished on one hop        -> stop.path there
 *   - all reached the outermost point, no answer      -> stop.host
 *   - the same, and no point beyond has anything of that time
 *                                                     -> stop.host, which says that
 *   - seen up to a point that is not outermost        -> stop.path: high if other
 *     sessions of that server (witness.c) make it sure that the next point would
 *     have them; medium if only a few do, or those of its subnet; low otherwise;
 *     or by an ICMP error
 *  Sessions that were answered before: stop_cut.c.
 *
 * A session that only one point has does not show on which side the client is.  At
 * an outermost point that decides whether the packets arrived there, or left there
 * and vanished on the path.  Other sessions of the two hosts or of their subnets
 * show it; so does an initial TTL, if what crosses the hop loses some.  Otherwise
 * both are reported.
 *
 * TCP: SYNs.  ICMP: echoes.  Datagrams: requests, as derive_asks() defines them.  Streams need no
 * answer; they are only reported as lost if other sessions of that host show that
 * the next point should have them.  No other address may answer instead (reply.c,
 * reply_syn.c),
 * and the capture must have the answers' direction.  For TCP and datagrams the
 * capture must continue for DUE_NS.  "Port unreachable" from the server's own
 * address is a refusal: reset.endpoint; but it is what a traceroute is after, whose
 * datagrams go to ports that nobody has, with few routers left to pass (TTL), and that
 * gets there in the end: nothing is said then.  That an error (but for one on size) says
 * that datagrams do not get there is told of those, too, that want no answer.
 *
 * A session of datagrams that was answered, and of which its server then says that nobody
 * listens, has ended there, if nothing comes from it any more and its client still sends
 * DUE_NS later: who hangs up earlier than the other is refused for a moment.
 *
 * This file decides which of these a session is; stop_add.c adds it to the group of
 * its hop and server, whose finding stop_tell.c writes.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/derive/echo.h"
#include "report/derive/reply_syn.h"
#include "report/derive/stop_int.h"

#define DUE_NS 1000000000LL
/* traceroute's ports begin here; a port for each of its probes.  Hosts give a packet
 * 64 routers at least, of which hardly any path has half. */
#define TRACE_PORT 33434
#define TRACE_PROBES 300
#define TRACE_TTL 30

static void *begin(struct derive *d)
{
	(void)d;
	return mem_zalloc(1, sizeof(struct stop));
}

static bool all_lost(const struct hop_tail *t)
{
	return t->lost > 0 && t->delivered + t->unseen == 0;
}

/* Would an answer that takes DUE_NS still be in the capture?  Or was there an ICMP
 * error instead? */
static bool is_due(const struct derive *d, const struct session_view *v, int i)
{
	const struct model *m = derive_model(d);
	const struct flow_row *f = &v->flow[i].row;
	int at;

	for (size_t k = 0; k < m->n_files; k++)
		if (m->files[k].point == f->point && m->files[k].packets &&
		    m->files[k].last_ns >= f->first_ns + DUE_NS)
			return true;
	return derive_icmp(d, v, &at) != NULL;
}

/* The flow nearest to the server; of a point whose capture began later and has none of it,
 * the one before. */
static int last_heard(const struct derive *d, const struct session_view *v)
{
	int i = session_near_flow(v, 1), step = v->row.client_end == 1 ? 1 : -1;
	const struct flow_row *first = &v->flow[session_first_flow(v)].row;

	while (!session_has_packets(v, (size_t)i) && i + step >= 0 &&
	       i + step < (int)v->row.n_flows &&
	       witness_is_early(derive_model(d), v->row.flows[i].point_pos,
				first))
		i += step;
	return i;
}

/* Does an ICMP error show that the session did not get there?  Then what comes back
 * to the point is in its capture. */
static bool is_unreachable(const struct derive *d, const struct session_view *v)
{
	int at;
	const struct message_row *x = derive_icmp(d, v, &at);

	return x && x->m.status != MESSAGE_ICMP_STATUS(3, 4) &&
	       MESSAGE_ICMP_TYPE(x->m.status) ==
		       (x->m.proto == MESSAGE_ICMPV6 ? 1 : 3);
}

/* Is flow @f a probe of traceroute's, as the point saw it? */
static bool is_trace(const struct derive *d, const struct flow_row *f)
{
	unsigned probe = (unsigned)f->server.port - TRACE_PORT;
	struct record r;
	int64_t file;

	return f->proto == IPPROTO_UDP && probe < TRACE_PROBES &&
	       derive_record(d, f, 0, 0, &r, &file) && r.ttl <= TRACE_TTL;
}

/* Nothing came back: how far did the opening packets get? */
static void unanswered(struct stop *s, struct derive *d,
		       const struct session_view *v,
		       const struct session_facts *facts, enum asks asks)
{
	const struct model *m = derive_model(d);
	bool udp = v->row.proto == IPPROTO_UDP;
	int last = last_heard(d, v);
	int pos = v->row.flows[last].point_pos, side = v->row.client_end == 1;
	struct stop_kind k = stop_kind_of(STOP_HOST, SEV_HIGH, v, pos, pos);
	struct sight t;
	int at;

	if (!v->flow[last].row.packets[0] || !is_due(d, v, last))
		return;
	if (v->row.n_flows == 1) {
		int known = stop_client_side(d, v, last);

		k.either_way = known < 0;
		side = known < 0 ? side : known;
	}
	if (pos != (side ? 1 : (int)m->n_points)) {
		t = witness_judge(derive_witness(d), v, last, 1, !side);
		if (t.to_pos && (asks || t.how >= WITNESS_HOST))
			stop_add_missing(s, d, v, last, &t);
		if (t.to_pos)
			return;
		k.beyond = true;
		k.to_pos = side ? pos - 1 : pos + 1;
	}
	k.one_way = !udp && witness_one_way(derive_witness(d), pos);
	if (k.either_way || k.one_way || k.pings)
		k.severity = SEV_MEDIUM;
	if (udp && asks == ASKS_AGAIN && !derive_icmp(d, v, &at)) {
		k.asked_again = true;
		k.severity = SEV_LOW;
	}
	if (asks || (is_unreachable(d, v) && !is_trace(d, &v->flow[last].row)))
		stop_add_host(s, d, v, facts, last, &k);
}

/* --- datagrams --- */
/* Return: the first error; NULL: none */
static const struct message_row *refusal(const struct derive *d,
					 const struct session_view *v, int i)
{
	const struct message_row *x[2] = {
		derive_icmp_at(d, v, i, MESSAGE_ICMP_STATUS(3, 3), 0),
		derive_icmp_at(d, v, i, MESSAGE_ICMP_STATUS(1, 4), 0)
	};
	char server[NET_END_TEXT];

	net_addr_text(&v->flow[i].row.server.addr, server);
	for (int k = 0; k < 2; k++)
		if (x[k] && x[k]->name && strcmp(x[k]->name, server) == 0 &&
		    (x[k]->m.proto == MESSAGE_ICMPV6) == (k == 1))
			return x[k];
	return NULL;
}

/* Was it answered, until its server refused what goes on? */
static bool has_ended(const struct derive *d, const struct session_view *v,
		      int i)
{
	const struct part_dir *asked = &v->flow[i].dir[0];
	const struct part_dir *told = &v->flow[i].dir[1];
	const struct message_row *x;

	if (v->row.proto != IPPROTO_UDP || !asked->packets || !told->packets)
		return false;
	x = refusal(d, v, i);
	return x && told->last_ns < x->m.first_ns &&
	       time_sub(asked->last_ns, x->m.first_ns) >= DUE_NS;
}

static void ended(struct stop *s, struct derive *d,
		  const struct session_view *v,
		  const struct session_facts *facts, int i)
{
	int pos = v->row.flows[i].point_pos;
	struct stop_kind k = stop_kind_of(STOP_REFUSED, SEV_MEDIUM, v, pos,
					  pos);

	k.ended = true;
	stop_add_host(s, d, v, facts, i, &k);
}

/* Is flow @f one of echoes?  What else there is of ICMP (node information, router
 * renumbering, time stamps) is a command, or hardly ever answered these days. */
static bool is_echo(const struct derive *d, const struct flow_row *f)
{
	struct record r;
	int64_t file;

	return derive_record(d, f, 0, 0, &r, &file) && is_ping_request(&r);
}

static bool silent_datagrams(const struct session_view *v)
{
	for (size_t i = 0; i < v->row.n_flows; i++)
		if (v->flow[i].row.packets[1] > 0)
			return false;
	return v->row.proto == IPPROTO_UDP || stop_is_ping(v);
}

static void datagrams(struct stop *s, struct derive *d,
		      const struct session_view *v,
		      const struct session_facts *facts)
{
	int i = session_near_flow(v, 1);
	const struct flow_view *f = &v->flow[session_first_flow(v)];
	enum asks asks;
	int pos = v->row.flows[i].point_pos;
	struct stop_kind k = stop_kind_of(STOP_REFUSED, SEV_HIGH, v, pos, pos);

	if (net_addr_may_be_group(&f->row.server.addr))
		return;
	if (v->flow[i].row.packets[0] && refusal(d, v, i)) {
		if (!is_trace(d, &v->flow[i].row))
			stop_add_host(s, d, v, facts, i, &k);
		return;
	}
	for (size_t t = 0; facts && t < facts->n_tails[0]; t++)
		if (facts->tail[0][t].lost)
			return;
	if (stop_is_ping(v)) {
		if (is_echo(d, &v->flow[i].row))
			unanswered(s, d, v, facts, ASKS_REQUEST);
		return;
	}
	if (witness_other_answers(derive_witness(d), v) ||
	    !(is_unreachable(d, v) ||
	      witness_both_ways(derive_witness(d), (int)f->point->pos)))
		return;
	asks = derive_asks(d, &f->row);
	if (asks == ASKS_AGAIN && stop_from_service(v))
		asks = ASKS_NOTHING;
	unanswered(s, d, v, facts, asks);
}

static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	struct reply_syn elsewhere;

	if (v->row.verdict == PAIR_AMBIGUOUS)
		return;
	if (silent_datagrams(v)) {
		datagrams(state, d, v, facts);
		return;
	}
	if (has_ended(d, v, session_near_flow(v, 1))) {
		ended(state, d, v, facts, session_near_flow(v, 1));
		return;
	}
	if (!session_unanswered(v) || reply_syn_find(d, v, &elsewhere))
		return;
	for (size_t i = 0; facts && i < facts->n_tails[0]; i++) {
		if (all_lost(&facts->tail[0][i])) {
			stop_add_path(state, d, v, facts, &facts->tail[0][i]);
			return;
		}
	}
	unanswered(state, d, v, facts, ASKS_REQUEST);
}

static void finish(void *state, struct derive *d)
{
	stop_tell(state, d);
	free(state);
}

const struct rule_group rules_stop = { "stop", begin, session, finish };
