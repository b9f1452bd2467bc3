/* Who is the client of a flow.
 *
 * In order of trust:
 *
 *  1. a SYN (or SYN,ACK) tells;
 *  2. an end that accepted a SYN in another flow is a server;
 *  3. a port below 512 opposite one of those that hosts take for clients (32768 and
 *     above; IANA's begin at 49152, RFC 6335, Linux's at 32768) is a server's, and so
 *     are DHCP's (RFC 2131, RFC 8415); and an end that asked a TFTP server's port 69 is the
 *     client of what that sends from another one (RFC 1350, 4);
 *  4. an end that several others talk to is a server (fan-in, counted over the whole
 *     point, once for each other end; of two ends, one that is asked and one that
 *     answers for it, one counts).  Of datagrams an end that begins does not count, for
 *     a socket that asks many (STUN, peers, resolvers) is no server; but captures may
 *     begin with an answer, or have answers alone, so one that has a server's port
 *     opposite a client's counts all the same, or that answers for another.  With equal ports (NTP, SIP) who begins
 *     tells, below.  Nor does an end of TCP whose packet is only reset, or whose
 *     only packet gets nothing: it may scan;
 *  5. a port below 1024 opposite any other; 512 to 1023, which clients of NFS and other
 *     RPC take for themselves, opposite those of 3 only;
 *  6. of TCP, which was caught in mid-stream then, so that the first payload seen may
 *     as well be an answer: a port below 32768 opposite one above;
 *  7. of TCP, a port that three hosts or more have, opposite one that hardly any has,
 *     is a service's;
 *  8. who sent the first payload (or the first datagram) is the client, or, if that is
 *     an answer of a known protocol, who gets it; or whose packet is only reset, or
 *     gets nothing;
 *  9. the end with the lower port is the server.
 *
 * A NAT may choose any port for a client, and so may a program: 3 and 6 may be wrong
 * then.  Of a session's points the one whose rule is to be trusted most decides for all
 * (session.c).
 *
 * ICMP echo has its roles from the message type (capture/part.h).
 *
 * Cost: four table probes a flow.  Memory: 24 bytes for each end, and 16 for
 * each that sends datagrams which nothing answers.
 */
#include <netinet/in.h>
#include <stdlib.h>

#include "correlate/pair_int.h"

#define ACCEPTED 1000000u /* counts as so many others */
#define SERVICES 512      /* below: of services only */
#define WELL_KNOWN 1024   /* below: of privileged programs */
#define EPHEMERAL 32768
#define TFTP 69

struct fan {
	struct htab by_end, by_pair;
	struct htab asks; /* ends that send datagrams which nothing answers */
	struct htab tftp; /* of these, those that ask for a file */
	struct VEC(uint32_t) count;
	uint32_t *hosts; /* of TCP, by port: how many ends have it */
};

static uint64_t end_hash(const struct flow *f, int e)
{
	return key_mix(key_mix(f->proto, f->tunnel),
		       (uint64_t)f->addr[e] << 16 | f->port[e]);
}

static uint32_t *fan_count(struct fan *fan, uint64_t end)
{
	size_t pos = SIZE_MAX;
	uint32_t i = htab_find(&fan->by_end, end, &pos);

	if (i == HTAB_NONE) {
		i = (uint32_t)fan->count.n;
		*VEC_PUSH(&fan->count) = 0;
		htab_put(&fan->by_end, end, i);
	}
	return &fan->count.at[i];
}

/* For datagrams with one direction only: the end that sends; else -1. */
static int sender(const struct flow *f)
{
	if (f->proto != IPPROTO_UDP || !f->dir[0].packets == !f->dir[1].packets)
		return -1;
	return f->dir[0].packets ? 0 : 1;
}

static void fan_note_ask(struct fan *fan, const struct flow *f)
{
	int e = sender(f);
	size_t pos = SIZE_MAX;

	if (e >= 0 && htab_find(&fan->asks, end_hash(f, e), &pos) == HTAB_NONE)
		htab_put(&fan->asks, end_hash(f, e), 0);
	pos = SIZE_MAX;
	if (e >= 0 && f->port[!e] == TFTP &&
	    htab_find(&fan->tftp, end_hash(f, e), &pos) == HTAB_NONE)
		htab_put(&fan->tftp, end_hash(f, e), 0);
}

/* Return: the end that a file was asked for from, or -1. */
static int tftp_client(const struct fan *fan, const struct flow *f)
{
	for (int e = 0; f->proto == IPPROTO_UDP && e < 2; e++) {
		size_t pos = SIZE_MAX;

		if (f->port[!e] != TFTP &&
		    htab_find(&fan->tftp, end_hash(f, e), &pos) != HTAB_NONE)
			return e;
	}
	return -1;
}

/* Does end @e only receive from one that answers for another, such as a host
 * with several addresses (correlate/halves.h)?  Behind a NAT that did not see
 * the request its port differs, too. */
static bool is_answered_for(const struct fan *fan, const struct flow *f, int e)
{
	size_t pos = SIZE_MAX;

	return sender(f) == !e &&
	       htab_find(&fan->asks, end_hash(f, e), &pos) != HTAB_NONE;
}

/* Return: the end that sent the first payload or, of other protocols than TCP, the
 * first packet; or -1. */
static int payload_client(const struct flow *f)
{
	if (f->first_payload < 2)
		return f->first_payload;
	if (flow_is_tcp(f))
		return -1;
	return f->dir[0].packets && (!f->dir[1].packets ||
				     f->dir[0].first_ns <= f->dir[1].first_ns)
		       ? 0
		       : 1;
}

/* Return: the end whose port is not below @limit, if the other's is; or -1. */
static int port_above(const struct flow *f, unsigned limit)
{
	bool low0 = f->port[0] && f->port[0] < limit;
	bool low1 = f->port[1] && f->port[1] < limit;

	if (low0 == low1)
		return -1;
	return low1 ? 0 : 1;
}

/* Of TCP without data: the end whose packet the other end only resets, as it knows no
 * such connection, or whose one packet gets nothing at all; or -1.  A FIN that
 * acknowledges is a connection's end, of which the beginning was not captured. */
static int reset_client(const struct flow *f)
{
	for (int e = 0; flow_is_tcp(f) && e < 2; e++) {
		const struct flow_dir *x = &f->dir[e], *y = &f->dir[!e];
		bool reset = y->packets == 1 && y->flags & DIR_RST &&
			     x->first_ns <= y->first_ns;
		bool alone = x->packets == 1 && !y->packets;
		bool ends = x->flags & DIR_FIN && x->ack_max;

		if (x->packets && !x->bytes && !y->bytes && !ends &&
		    !(x->flags & DIR_RST) && (reset || alone))
			return e;
	}
	return -1;
}

/* Counts a flow's ends, once for each pair of ends. */
static void fan_add(struct fan *fan, const struct flow *f)
{
	int begins = f->proto == IPPROTO_UDP ? payload_client(f) : -1;
	int scans = reset_client(f);
	uint64_t e[2] = { end_hash(f, 0), end_hash(f, 1) };
	uint64_t pair = key_mix(0, e[0] + e[1]);
	size_t pos = SIZE_MAX;

	if (htab_find(&fan->by_pair, pair, &pos) != HTAB_NONE)
		return;
	htab_put(&fan->by_pair, pair, 0);
	for (int k = 0; k < 2; k++) {
		uint32_t *n;

		if (k == scans || is_answered_for(fan, f, k) ||
		    (k == begins && port_above(f, EPHEMERAL) != !k &&
		     !is_answered_for(fan, f, !k)))
			continue;
		n = fan_count(fan, e[k]);
		fan->hosts[f->port[k]] += !*n && flow_is_tcp(f);
		++*n;
	}
}

/* Return: end of the client by a SYN, or -1. */
static int syn_client(const struct flow *f)
{
	for (int d = 0; d < 2; d++)
		if (f->dir[d].flags & DIR_ACCEPTS)
			return !d;
	for (int d = 0; d < 2; d++)
		if (f->dir[d].flags & DIR_SYN)
			return d;
	return -1;
}

static int accepted_client(const uint32_t n[2])
{
	if ((n[0] >= ACCEPTED) == (n[1] >= ACCEPTED))
		return -1;
	return n[1] >= ACCEPTED ? 0 : 1;
}

/* @n: how many others each end is known to talk to.  Several is only a sign where the
 * other end has clearly fewer: of what was under way before the capture it is not known
 * who began. */
static int fan_client(const uint32_t n[2])
{
	int more = n[1] > n[0] ? 1 : 0;

	if (n[more] < 2 || n[more] < 2 * n[!more])
		return -1;
	return !more;
}

static bool is_dhcp(const struct flow *f, int client)
{
	uint16_t c = f->port[client], s = f->port[!client];

	return f->proto == IPPROTO_UDP &&
	       ((c == 68 && s == 67) || (c == 546 && s == 547));
}

static int sure_port_client(const struct flow *f)
{
	int c = port_above(f, SERVICES);

	if (is_dhcp(f, 0) || is_dhcp(f, 1))
		return is_dhcp(f, 0) ? 0 : 1;
	return c >= 0 && f->port[c] >= EPHEMERAL ? c : -1;
}

static int known_port_client(const struct flow *f)
{
	int c = port_above(f, WELL_KNOWN);

	if (c >= 0 && f->port[!c] >= SERVICES && f->port[c] < EPHEMERAL)
		return -1;
	return c;
}

/* A port that hosts have beside this one. */
static int shared_port_client(const struct fan *fan, const struct flow *f)
{
	uint32_t n[2];

	for (int e = 0; e < 2; e++)
		n[e] = fan->hosts[f->port[e]] - (fan->hosts[f->port[e]] > 0);
	return fan_client(n);
}

static int because(struct flow *f, enum role role, int rule, int client)
{
	f->role = (uint8_t)role;
	f->trust = (uint8_t)(9 - rule);
	return client;
}

static int decide(struct fan *fan, struct flow *f)
{
	bool same = f->proto == IPPROTO_UDP && f->port[0] == f->port[1];
	int c = syn_client(f);
	uint32_t n[2];

	if (c >= 0)
		return because(f, ROLE_SYN, 1, c);
	/* packets with one SPI go one way, from the part's first end */
	if (f->proto == IPPROTO_ICMP || f->proto == IPPROTO_ICMPV6 ||
	    f->proto == IPPROTO_ESP)
		return because(f, ROLE_PAYLOAD, 8, 0);
	for (int e = 0; e < 2; e++)
		n[e] = *fan_count(fan, end_hash(f, e));
	if ((c = accepted_client(n)) >= 0)
		return because(f, ROLE_FANIN, 2, c);
	if ((c = sure_port_client(f)) >= 0)
		return because(f, ROLE_PORT, 3, c);
	if ((c = tftp_client(fan, f)) >= 0)
		return because(f, ROLE_FANIN, 3, c);
	if (!same && (c = fan_client(n)) >= 0)
		return because(f, ROLE_FANIN, 4, c);
	if ((c = known_port_client(f)) >= 0)
		return because(f, ROLE_PORT, 5, c);
	if (flow_is_tcp(f) && (c = port_above(f, EPHEMERAL)) >= 0)
		return because(f, ROLE_PORT, 6, c);
	if (flow_is_tcp(f) && (c = shared_port_client(fan, f)) >= 0)
		return because(f, ROLE_PORT, 7, c);
	if ((c = payload_client(f)) >= 0 || (c = reset_client(f)) >= 0)
		return because(f, ROLE_PAYLOAD, 8, c);
	return because(f, f->port[0] != f->port[1] ? ROLE_PORT : ROLE_UNKNOWN,
		       9, f->port[0] < f->port[1] ? 1 : 0);
}

/* The @n0 of one direction come before the @n1 of the other: rotates left. */
static void swap_samples(struct point *p, const struct flow *f, unsigned n0,
			 unsigned n1)
{
	struct sample *s;

	if (!n0 || !n1)
		return;
	s = p->sample.at + f->samples;
	for (unsigned i = 0; i < n0; i++) {
		struct sample first = s[0];

		for (unsigned k = 1; k < n0 + n1; k++)
			s[k - 1] = s[k];
		s[n0 + n1 - 1] = first;
	}
}

void flow_swap(struct point *p, struct flow *f)
{
	struct flow_dir d = f->dir[0];
	struct seen_dir seen = f->seen.dir[0];
	uint32_t addr = f->addr[0];
	uint16_t port = f->port[0];
	unsigned n0 = f->dir[0].n_samples, n1 = f->dir[1].n_samples;

	f->dir[0] = f->dir[1];
	f->dir[1] = d;
	f->seen.dir[0] = f->seen.dir[1];
	f->seen.dir[1] = seen;
	f->addr[0] = f->addr[1];
	f->addr[1] = addr;
	f->port[0] = f->port[1];
	f->port[1] = port;
	if (f->first_payload < 2)
		f->first_payload ^= 1;
	if (f->preface)
		flow_preface_swap(&p->preface.at[f->preface - 1]);
	swap_samples(p, f, n0, n1);
	if (f->n_parts == 1) {
		f->swapped = !f->swapped;
		return;
	}
	for (uint32_t i = 0; i < f->n_parts; i++) {
		struct flow_part *q = &p->parts.at[f->part + i];
		int64_t shift = q->shift[0];

		q->swap = !q->swap;
		q->shift[0] = q->shift[1];
		q->shift[1] = shift;
	}
}

void point_roles(struct point *p)
{
	struct fan fan = { .hosts = mem_zalloc(65536, sizeof *fan.hosts) };

	for (size_t i = 0; i < p->n; i++)
		fan_note_ask(&fan, &p->flow[i]);
	for (size_t i = 0; i < p->n; i++)
		if (syn_client(&p->flow[i]) < 0)
			fan_add(&fan, &p->flow[i]);
	for (size_t i = 0; fan.count.n && i < p->n; i++) {
		const struct flow *f = &p->flow[i];
		int c = syn_client(f);
		uint64_t end;
		size_t pos = SIZE_MAX;

		if (c < 0)
			continue;
		end = end_hash(f, !c);
		if (htab_find(&fan.by_end, end, &pos) != HTAB_NONE)
			*fan_count(&fan, end) = ACCEPTED;
	}
	for (size_t i = 0; i < p->n; i++)
		if (decide(&fan, &p->flow[i]) == 1)
			flow_swap(p, &p->flow[i]);
	htab_release(&fan.by_end);
	htab_release(&fan.by_pair);
	htab_release(&fan.asks);
	htab_release(&fan.tftp);
	VEC_FREE(&fan.count);
	free(fan.hosts);
}
