/* What a point sees of the hosts of a session that it lacks: see the header.
 *
 * What: a session is at point p and not at q, the next one towards its server.
 * Whether something between the two stopped it, or answered it, or whether its
 * packets need not pass q at all (another path, a filter, one direction only,
 * an address that something in between answers for) is told by other sessions:
 *
 *   host      the same receiver's, as p has its address, that are at p and at q
 *   missing   the same receiver's that lived at p (both sides sent data) and are
 *             not at q while it ran: then it has another way, and nothing is
 *             said (WITNESS_NONE).  Those of the very service that is asked
 *             about are left out: they may be what is looked for.
 *   subnet    of the receiver's /24 or /64, and of anybody, at p and at q
 *   service   one that q has of the same protocol and port shows that q has no
 *             filter against it, two of any that there is no filter for one
 *   strangers sessions that begin at q, seen from p, of the same protocol and
 *             begun at the same time: one of them may be the session itself,
 *             translated or carried on by a relay, so it is not sure
 *
 * A session that a relay carries on between p and q tells nothing: the relay
 * answers at p, and other packets are at q.
 *
 * WITNESS_SURE takes SURE sessions of the host, none missing: if each passed q
 * by chance, all would with a probability below 1 %.  WITNESS_HOST takes HOST
 * of them; WITNESS_NET as many of the subnet, none missing.
 *
 * Which side of p a host is on is decided by most of its paired sessions, or
 * else of its subnet's.
 *
 * Datagrams that nobody answers may be answered from an address other than the
 * one asked (reply.c): then a one-way flow goes to the client's socket from the
 * port that was asked.  SYNs may be, too (reply_syn.c, which compares numbers): what
 * else the client's port has, without data, is listed, if the client can have asked for
 * none of it: to each SYN,ACK it sends one reset at most, where one that opens a
 * connection sends more than it gets.  Refused ones look like that, so no more than
 * OPENINGS clients' ports are kept.
 *
 * When captures ran: witness_ran.c; what follows from the counts: witness_judge.c.
 *
 * Steps: witness_add() counts sessions, by (p, q, address), by (p, q, address,
 * service), by (p, q, subnet) and by (p, q); q is at most REACH points away.
 *
 * Cost: a dozen look-ups a session and pair of points; 60 bytes an address.
 */
#include "report/derive/witness.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/mem.h"
#include "report/derive/witness_int.h"

#define OPENINGS (1U << 16) /* 11 MB */
#define TFTP 69
#define CHOSEN 10000 /* ports from here on are a system's choice */

struct witness *witness_new(const struct model *m)
{
	struct witness *w = mem_zalloc(1, sizeof *w);

	w->m = m;
	w->ran = mem_zalloc(m->n_points + 1, sizeof *w->ran);
	for (size_t p = 0; p < m->n_points; p++)
		w->ran[p] = witness_span(m, (int)p + 1);
	return w;
}

void witness_free(struct witness *w)
{
	if (!w)
		return;
	free(w->ran);
	VEC_FREE(&w->tally);
	VEC_FREE(&w->stranger);
	htab_release(&w->by_topic);
	free(w);
}

struct net_addr witness_subnet(const struct net_addr *a)
{
	struct net_addr s = *a;

	if (net_addr_is_v4(a))
		s.b[15] = 0;
	else
		memset(s.b + 8, 0, 8);
	return s;
}

struct tally *witness_find(const struct witness *w, const struct topic *t)
{
	uint64_t key = XXH3_64bits(t, sizeof *t);
	size_t pos = SIZE_MAX;
	uint32_t i;

	while ((i = htab_find(&w->by_topic, key, &pos)) != HTAB_NONE)
		if (memcmp(&w->tally.at[i].topic, t, sizeof *t) == 0)
			return &w->tally.at[i];
	return NULL;
}

static struct tally *topic_of(struct witness *w, const struct topic *t)
{
	struct tally *x = witness_find(w, t);

	if (x)
		return x;
	htab_put(&w->by_topic, XXH3_64bits(t, sizeof *t), (uint32_t)w->tally.n);
	x = VEC_PUSH(&w->tally);
	*x = (struct tally){ .topic = *t };
	return x;
}

struct topic witness_about(enum about what, const struct net_addr *a, int p,
			   int q)
{
	struct topic t = { .about = what, .p = (uint32_t)p, .q = (uint32_t)q };

	if (a)
		t.addr = *a;
	return t;
}

struct topic witness_service(const struct flow_row *f, const struct net_addr *a,
			     int p, int q)
{
	struct topic t = witness_about(ABOUT_SERVICE, a, p, q);

	t.proto = f->proto;
	t.port = f->server.port;
	return t;
}

const struct net_addr *witness_addr(const struct flow_row *f, int end)
{
	return end ? &f->server.addr : &f->client.addr;
}

static void count(struct witness *w, struct topic t, bool missing)
{
	topic_of(w, &t)->count[missing]++;
}

static void add_service(struct tally *t, const struct flow_row *f)
{
	uint32_t s = (uint32_t)f->proto << 16 | f->server.port;

	if (!t->service[0])
		t->service[0] = s;
	else if (t->service[0] != s)
		t->service[1] = s;
}

/* Datagrams of one direction, to @to from port @from. */
struct topic witness_stream(const struct net_end *to, uint16_t from, int p)
{
	struct topic t = witness_about(ABOUT_STREAM, &to->addr, p, 0);

	t.port = to->port;
	t.proto = from;
	return t;
}

struct topic witness_opening(const struct net_end *client, int p)
{
	struct topic t = witness_about(ABOUT_OPENING, &client->addr, p, 0);

	t.port = client->port;
	return t;
}

static void add_sample(struct tally *t, int64_t session,
		       const struct flow_row *f, int end)
{
	size_t n = t->samples.n_samples;

	if (n == WITNESS_SAMPLES)
		return;
	t->samples.sample[n].session = session;
	t->samples.sample[n].flow = f->id;
	t->samples.sample[n].end = end;
	t->samples.n_samples++;
}

static void add_opening(struct witness *w, int64_t session,
			const struct flow_row *f, int p)
{
	struct topic t = witness_opening(&f->client, p);
	struct tally *x;

	if (f->proto != 6 || !f->packets[1] || f->packets[0] > f->packets[1] ||
	    f->bytes[0] || f->bytes[1])
		return;
	x = witness_find(w, &t);
	if (!x && w->openings == OPENINGS)
		return;
	w->openings += !x;
	add_sample(x ? x : topic_of(w, &t), session, f, 0);
}

/* A TFTP server answers from another port (RFC 1350, 4), as if from the one asked. */
static bool may_be_transfer(const struct flow_row *f)
{
	return f->role == ROLE_FANIN && f->server.port >= CHOSEN;
}

static void add_stream(struct witness *w, const struct flow_row *f, int p)
{
	if (f->proto != 17)
		return;
	if (f->packets[0] && f->packets[1]) {
		if (may_be_transfer(f))
			count(w, witness_stream(&f->client, TFTP, p), false);
		return;
	}
	if (f->packets[0])
		count(w, witness_stream(&f->server, f->client.port, p), false);
	else
		count(w, witness_stream(&f->client, f->server.port, p), false);
}

/* Counts flow @f at @p, whose end @end is towards @q, as seen at @q, too. */
static void crosses(struct witness *w, int64_t session,
		    const struct flow_row *f, int end, int p, int q)
{
	const struct net_addr *a = witness_addr(f, end);
	struct net_addr net = witness_subnet(a);
	struct tally *t;
	struct topic host = witness_about(ABOUT_HOST, a, p, q);
	struct topic way = witness_about(ABOUT_WAY, NULL, p, q);

	count(w, witness_service(f, a, p, q), false);
	count(w, witness_about(ABOUT_SUBNET, &net, p, q), false);
	count(w, way, false);
	add_service(topic_of(w, &way), f);
	t = topic_of(w, &host);
	t->count[0]++;
	add_sample(t, session, f, end);
}

/* Counts a flow that lived at @p and is not at @q, which was running. */
static void misses(struct witness *w, const struct flow_row *f, int end, int p,
		   int q)
{
	const struct net_addr *a = witness_addr(f, end);
	struct net_addr net = witness_subnet(a);

	count(w, witness_service(f, a, p, q), true);
	count(w, witness_about(ABOUT_HOST, a, p, q), true);
	count(w, witness_about(ABOUT_SUBNET, &net, p, q), true);
}

static bool has_packets(const struct flow_row *f)
{
	return f->packets[0] || f->packets[1];
}

/* The session's flow at point @q, if it has packets there; -1: none. */
static int flow_at(const struct session_row *row,
		   const struct flow_row *const *flows, int q)
{
	for (size_t i = 0; i < row->n_flows; i++)
		if (row->flows[i].point_pos == q && has_packets(flows[i]))
			return (int)i;
	return -1;
}

static bool ran_at(const struct witness *w, int q, int64_t at_ns)
{
	const struct span *s = &w->ran[q - 1];

	return at_ns >= s->from && at_ns <= s->to;
}

static void add_pair(struct witness *w, const struct session_row *row,
		     const struct flow_row *const *flows, size_t i, int q,
		     bool alone)
{
	const struct flow_row *f = flows[i];
	int p = row->flows[i].point_pos, side = q > p;
	int there = flow_at(row, flows, q);
	int64_t at;

	if (there >= 0) {
		if (row->client_end >= 0 &&
		    !session_relayed(row, (int)i, there))
			crosses(w, row->id, f, row->client_end != side, p, q);
		return;
	}
	witness_to_first(w->m, f->point, f->first_ns, &at);
	if (!f->bytes[0] || !f->bytes[1] || !ran_at(w, q, at))
		return;
	if (alone || row->client_end < 0) {
		misses(w, f, 0, p, q);
		misses(w, f, 1, p, q);
	} else {
		misses(w, f, row->client_end != side, p, q);
	}
}

static void add_sides(struct witness *w, const struct flow_row *f, int p,
		      int client_end)
{
	for (int e = 0; e < 2; e++) {
		struct net_addr net = witness_subnet(witness_addr(f, e));

		count(w, witness_about(ABOUT_SIDE, witness_addr(f, e), p, 0),
		      (client_end ^ e) != 0);
		count(w, witness_about(ABOUT_SUBNET_SIDE, &net, p, 0),
		      (client_end ^ e) != 0);
	}
}

/* Flow @f is its session's outermost on that side. */
static void add_stranger(struct witness *w, const struct flow_row *f, int pos,
			 int side)
{
	struct stranger s = { .pos = pos, .side = side, .proto = f->proto };

	if (pos == (side ? (int)w->m->n_points : 1))
		return; /* nobody asks from beyond the path */
	witness_to_first(w->m, f->point, f->first_ns, &s.at_ns);
	*VEC_PUSH(&w->stranger) = s;
	w->sorted = false;
}

static void add_strangers(struct witness *w, const struct session_row *row,
			  const struct flow_row *const *flows, bool apart)
{
	size_t first = row->n_flows, last = 0;

	for (size_t i = 0; i < row->n_flows; i++) {
		if (!has_packets(flows[i]))
			continue;
		first = first < i ? first : i;
		last = i;
		if (apart) {
			add_stranger(w, flows[i], row->flows[i].point_pos, 0);
			add_stranger(w, flows[i], row->flows[i].point_pos, 1);
		}
	}
	if (apart || first == row->n_flows)
		return;
	add_stranger(w, flows[first], row->flows[first].point_pos, 0);
	add_stranger(w, flows[last], row->flows[last].point_pos, 1);
}

/* @answered: another point has packets of the server's; of TCP, data: a reset may be of
 * a device between.  A TCP client that sends data has had an answer, too. */
static void add_ways(struct span *s, const struct flow_row *f, bool answered)
{
	answered |= f->proto == 6 && f->bytes[0] > 0;
	s->both_ways |= f->packets[0] && f->packets[1];
	s->one_way |= f->packets[0] && !f->packets[1] && answered;
}

void witness_add(struct witness *w, const struct session_row *row,
		 const struct flow_row *const *flows)
{
	int n_points = (int)w->m->n_points;
	bool alone, answered = false;
	size_t n = 0;

	for (size_t i = 0; i < row->n_flows; i++) {
		n += has_packets(flows[i]);
		answered |= row->proto == 6 ? flows[i]->bytes[1] > 0
					    : flows[i]->packets[1] > 0;
	}
	alone = n < 2 || row->verdict == PAIR_AMBIGUOUS;
	add_strangers(w, row, flows, alone);
	for (size_t i = 0; i < row->n_flows; i++) {
		int p = row->flows[i].point_pos;

		if (!has_packets(flows[i]))
			continue;
		add_stream(w, flows[i], p);
		add_opening(w, row->id, flows[i], p);
		add_ways(&w->ran[p - 1], flows[i], answered);
		if (row->verdict == PAIR_AMBIGUOUS)
			continue;
		for (int q = p - REACH; q <= p + REACH; q++)
			if (q != p && q >= 1 && q <= n_points)
				add_pair(w, row, flows, i, q, alone);
		if (!alone && row->client_end >= 0)
			add_sides(w, flows[i], p, row->client_end);
	}
}
