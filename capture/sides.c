/* Both sides of a router or a NAT in one capture.
 *
 * What stays when a packet is forwarded, translated or not, is its IP ID, its
 * numbers, time stamps and content; what changes is the TTL, which falls.  A
 * packet's first sight was sent to one port of the router, its second by
 * another; a port is a hardware address and its VLAN (a router may have one
 * address in several).  If nearly all packets appear twice by way of the same
 * two ports, these are the router's, and a frame to or from one of them was on
 * its side.
 *
 * The client's side is where SYNs were seen first, else where the first packet
 * was.
 *
 * Limits: Ethernet only, one interface; a device that keeps the TTL or gives
 * TCP other numbers is not found; for a router with three ports the two busiest
 * are taken.
 *
 * Cost: sides_of() compares 8 bytes twice; a table of PLACES while learning.
 */
#include "capture/sides.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "capture/twins.h"

#define ETHERNET 1 /* LINKTYPE_ETHERNET */
#define PLACES 8192u
#define FORWARD_NS 100000000u /* the longest that forwarding takes */
#define PAIRS 16              /* of ports */
#define HOSTS 1024u

struct sight {
	uint32_t print;
	uint8_t ttl;
	int64_t time_ns;
	uint64_t to; /* port that it was sent to */
};

struct ports { /* the lower one first */
	uint64_t port[2];
	uint64_t packets;
	uint64_t syns[2];  /* first seen at each */
	uint64_t first[2]; /* packets first seen there */
};

struct sides {
	struct sight at[PLACES];
	struct ports pair[PAIRS];
	size_t n;
	uint64_t packets;
	uint64_t port[2]; /* of SIDE_IN, SIDE_OUT */
	uint64_t host[HOSTS];
	uint8_t host_side[HOSTS];
};

struct sides *sides_new(void)
{
	return mem_zalloc(1, sizeof(struct sides));
}

void sides_free(struct sides *s)
{
	free(s);
}

/* A hardware address and its VLAN; 0: the frame is too short. */
static uint64_t port_of(const struct frame *f, bool from)
{
	const uint8_t *p = f->data + (from ? 6 : 0);
	uint64_t v = 0;

	if (f->cap_len < 18)
		return 0;
	for (int i = 0; i < 6; i++)
		v = v << 8 | p[i];
	p = f->data + 12;
	if ((p[0] == 0x81 && p[1] == 0) || (p[0] == 0x88 && p[1] == 0xa8))
		v = v << 12 | (uint64_t)(p[2] & 0x0f) << 8 | p[3];
	else
		v = v << 12;
	return v + 1;
}

/* Without addresses and ports, which NAT changes. */
uint64_t sides_print(const struct packet *p)
{
	const struct record *r = &p->rec;
	uint64_t h = ((uint64_t)r->ip_id << 48 | (uint64_t)r->tcp_flags << 40 |
		      r->pay_len) *
		     0x27d4eb2f165667c5u;

	h += (r->ack64 << 32 ^ r->seq64) * 0x85ebca77c2b2ae63u;
	h += ((uint64_t)r->head_digest << 32 | (uint64_t)p->key.proto << 16 |
	      r->frag_off) *
	     0xff51afd7ed558ccdu;
	h += ((uint64_t)r->tsval << 32 | r->tsecr) * 0xc4ceb9fe1a85ec53u;
	/* products carry upwards only: the ID would not reach the low bits, which
	 * choose a place */
	h = (h ^ h >> 32) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

static struct ports *ports_of(struct sides *s, uint64_t a, uint64_t b)
{
	uint64_t low = a < b ? a : b, high = a < b ? b : a;

	for (size_t i = 0; i < s->n; i++)
		if (s->pair[i].port[0] == low && s->pair[i].port[1] == high)
			return &s->pair[i];
	if (s->n == PAIRS)
		return NULL;
	s->pair[s->n] = (struct ports){ .port = { low, high } };
	return &s->pair[s->n++];
}

static void count(struct sides *s, uint64_t to, uint64_t from,
		  const struct packet *p)
{
	struct ports *x = to && from && to != from ? ports_of(s, to, from)
						   : NULL;
	bool syn = (p->rec.tcp_flags & (REC_SYN | REC_ACK)) == REC_SYN;

	if (!x)
		return;
	x->packets++;
	x->first[x->port[1] == to]++;
	x->syns[x->port[1] == to] += p->key.proto == 6 && syn;
}

void sides_learn(struct sides *s, const struct frame *f, int linktype,
		 const struct packet *p)
{
	uint64_t h = sides_print(p), gap;
	struct sight *at = &s->at[h % PLACES];
	uint32_t print = (uint32_t)(h >> 32);

	if (linktype != ETHERNET || !twins_sure(p))
		return;
	s->packets++;
	gap = (uint64_t)p->rec.time_ns - (uint64_t)at->time_ns;
	if (at->ttl && at->print == print && p->rec.ttl < at->ttl &&
	    gap <= FORWARD_NS) {
		count(s, at->to, port_of(f, true), p);
		at->ttl = 0;
		return;
	}
	*at = (struct sight){ print, p->rec.ttl, p->rec.time_ns,
			      port_of(f, false) };
}

bool sides_found(struct sides *s)
{
	struct ports *x = NULL;
	bool swap;

	for (size_t i = 0; i < s->n; i++)
		if (!x || s->pair[i].packets > x->packets)
			x = &s->pair[i];
	if (!x || x->packets < TWINS_ALL || x->packets * 9 < s->packets * 4)
		return false;
	swap = x->syns[0] != x->syns[1] ? x->syns[1] > x->syns[0]
					: x->first[1] > x->first[0];
	s->port[0] = x->port[swap];
	s->port[1] = x->port[!swap];
	return true;
}

static void learn_host(struct sides *s, uint64_t host, enum side side)
{
	size_t i = (size_t)(host * 0x9e3779b97f4a7c15u >> 32) % HOSTS;

	s->host[i] = host;
	s->host_side[i] = (uint8_t)side;
}

static enum side host_side(const struct sides *s, uint64_t host)
{
	size_t i = (size_t)(host * 0x9e3779b97f4a7c15u >> 32) % HOSTS;

	return s->host[i] == host ? (enum side)s->host_side[i] : SIDE_NONE;
}

enum side sides_of(struct sides *s, const struct frame *f)
{
	uint64_t to = port_of(f, false), from = port_of(f, true);

	for (int k = 0; k < 2; k++)
		if (to && (to == s->port[k] || from == s->port[k])) {
			enum side side = k ? SIDE_OUT : SIDE_IN;

			learn_host(s, to == s->port[k] ? from : to, side);
			return side;
		}
	return host_side(s, from) == SIDE_OUT || host_side(s, to) == SIDE_OUT
		       ? SIDE_OUT
		       : SIDE_IN;
}
