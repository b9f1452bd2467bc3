/* Twins: packets that are seen a second time.
 *
 * A table remembers a fingerprint of everything that stays when a packet is
 * copied or forwarded (addresses, ports, identification, numbers, digest, but
 * not TTL, DSCP or link layer), with the time and the TTL.  The fingerprint
 * selects a set of WAYS places; in a full set the oldest is replaced.  So a
 * twin is missed only if WAYS others of its set came between, which with PLACES
 * / 4 packets between happens once in 10,000.
 *
 *	the same TTL, within the caller's time	TWIN_SAME
 *	a lower TTL, within AGAIN_NS		TWIN_ROUTED, from the third time
 *						on TWIN_LOOPED
 *
 * A retransmission has another identification, and comes later.  Without an
 * identification (IPv6, or 0) a packet without payload and with a lower TTL is
 * no twin: it may be another acknowledgement, by another path.
 *
 * Nor is it one, whatever its TTL, where it comes by the same link addresses, and
 * the capture's copies do not (a bridge that routes, too): resets of one number
 * are sent again and again.
 *
 * A sender that repeats itself (a flood, or many identical messages without an
 * identification) produces endless twins, while a capture shows each packet
 * only as often as it has interfaces.  So sights are counted, and the one after
 * the last counts as the next packet.
 *
 * What TWIN_SAME means is for the caller to judge: a network may duplicate a
 * packet, too (dup.path), but only a capture duplicates every one.
 *
 * Cost: about 50 instructions and two cache lines a packet; 16 bytes a place.
 */
#include "capture/twins.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/time.h"

#define ETHERNET 1   /* LINKTYPE_ETHERNET */
#define ADDRESSES 12 /* their bytes, both */
#define WAYS 8u
#define AGAIN_NS 1000000000u /* 1 s */
#define LOOPED 3

struct place {
	uint32_t print;
	uint8_t ttl, falls, sights, link;
	int64_t time_ns;
};

struct twins {
	size_t sets;
	struct place at[]; /* WAYS of each set */
};

struct twins *twins_new(size_t places)
{
	size_t sets = places / WAYS;
	struct twins *t = mem_zalloc(1,
				     sizeof *t + sets * WAYS * sizeof *t->at);

	t->sets = sets;
	return t;
}

void twins_free(struct twins *t)
{
	free(t);
}

static uint64_t word(const void *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

/* Sums of products, which have no dependency chain. */
static uint64_t fingerprint(const struct packet *p, uint32_t tunnel)
{
	const struct record *r = &p->rec;
	const struct flow_key *k = &p->key;
	uint64_t h;

	h = word(k->src.b + 8) * 0x9e3779b97f4a7c15u;
	h += word(k->dst.b + 8) * 0xc2b2ae3d27d4eb4fu;
	h += ((uint64_t)k->sport << 48 | (uint64_t)k->dport << 32 |
	      (tunnel ^ k->lane << 8 ^ k->proto)) *
	     0x165667b19e3779f9u;
	h += (r->ack64 << 32 ^ r->seq64) * 0x85ebca77c2b2ae63u;
	h += ((uint64_t)r->ip_id << 48 | (uint64_t)r->tcp_flags << 40 |
	      r->pay_len) *
	     0x27d4eb2f165667c5u;
	h += ((uint64_t)r->head_digest << 32 |
	      ((uint32_t)r->pay_sum << 16 | r->frag_off)) *
	     0xff51afd7ed558ccdu;
	h += ((uint64_t)r->tsval << 32 |
	      (r->tsecr ^ (uint32_t)r->window << 16 ^ r->sack[0][1])) *
	     0xc4ceb9fe1a85ec53u;
	h = (h ^ h >> 29) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 32;
}

uint64_t twins_print_inner(const struct packet *p)
{
	return fingerprint(p, 0);
}

uint8_t twins_link(const struct frame *f, int linktype)
{
	uint32_t tail;

	if (linktype != ETHERNET || f->cap_len < ADDRESSES)
		return 0;
	memcpy(&tail, f->data + 8, sizeof tail);
	return (uint8_t)((word(f->data) ^ tail * 0x9e3779b97f4a7c15u) *
				 0xc2b2ae3d27d4eb4fu >>
			 56);
}

/* Where @print is stored, or is to be; a TTL of 0 means a free place. */
static struct place *place_of(struct twins *t, uint64_t h)
{
	struct place *set = &t->at[h % t->sets * WAYS], *oldest = set;
	uint32_t print = (uint32_t)(h >> 32);

	for (unsigned i = 0; i < WAYS; i++) {
		if (set[i].ttl && set[i].print == print)
			return &set[i];
		if (oldest->ttl &&
		    (!set[i].ttl || set[i].time_ns < oldest->time_ns))
			oldest = &set[i];
	}
	oldest->ttl = 0;
	return oldest;
}

enum twin twins_see(struct twins *t, const struct packet *p, uint8_t link,
		    const struct twins_rule *rule, struct twins_sight *out)
{
	const struct record *r = &p->rec;
	uint64_t h = fingerprint(p, p->key.tunnel);
	struct place *at = place_of(t, h);
	enum twin twin = TWIN_NONE;
	uint8_t falls = 0, sights = 1;

	out->gap_ns = 0;
	out->same_link = false;
	if (at->ttl) {
		out->gap_ns = time_apart(r->time_ns, at->time_ns);
		out->same_link = at->link == link;
		if (out->gap_ns <= rule->within_ns && r->ttl == at->ttl &&
		    (twins_sure(p) || !rule->apart || !out->same_link) &&
		    !(rule->copies && at->sights >= rule->copies)) {
			twin = TWIN_SAME;
			falls = at->falls;
			sights = at->sights < 255 ? at->sights + 1 : 255;
		} else if (out->gap_ns <= AGAIN_NS && r->ttl < at->ttl &&
			   twins_sure(p)) {
			falls = at->falls < 255 ? at->falls + 1 : 255;
			twin = falls < LOOPED ? TWIN_ROUTED : TWIN_LOOPED;
		}
	}
	out->nth = sights;
	*at = (struct place){ (uint32_t)(h >> 32), r->ttl, falls, sights, link,
			      r->time_ns };
	return twin;
}
