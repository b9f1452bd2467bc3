/* The same packet seen twice at one place: by mirror ports that copy both sides
 * of a switch, by capturing on all interfaces, by a routing loop.
 *
 * reads:  struct packet    writes: nothing
 */
#pragma once

#include "capture/decode.h"

enum twin {
	TWIN_NONE,
	TWIN_SAME,   /* seen just now */
	TWIN_ROUTED, /* seen just now, with a higher TTL: a router between */
	TWIN_LOOPED, /* seen repeatedly, with the TTL falling */
};

struct twins;
/* @places: how many packets it remembers, a multiple of 8. */
struct twins *twins_new(size_t places);
void twins_free(struct twins *t); /* NULL is fine */

/* What counts as the same packet. */
struct twins_rule {
	uint64_t within_ns; /* the longest time between sights */
	unsigned copies;    /* the sight after so many is another packet; 0: no
			     * limit */
	bool apart;         /* copies have other link addresses */
};

struct twins_sight {
	uint64_t gap_ns; /* for TWIN_SAME: time since the sight before */
	unsigned nth;    /* which sight it is, from 1; stops at 255 */
	bool same_link;  /* as the sight before, by its link addresses */
};

/* A digest of the link addresses of a frame; 0: it has none that are known. */
uint8_t twins_link(const struct frame *f, int linktype);

/* Is @p, with a twins_link() of @link, one of the last few thousand packets
 * again?  To be called before the flow table unwraps its numbers. */
enum twin twins_see(struct twins *t, const struct packet *p, uint8_t link,
		    const struct twins_rule *rule, struct twins_sight *out);

/* A fingerprint of the packet, whatever tunnel it is in. */
uint64_t twins_print_inner(const struct packet *p);

/* Has @p something that other packets of its flow hardly share: an IP
 * identification, or payload?  Only such packets tell how many twins there
 * are. */
static inline bool twins_sure(const struct packet *p)
{
	return p->rec.ip_id || p->rec.pay_len;
}

/* Can no other packet of its flow look the same within TWINS_FAR_NS?  A
 * retransmission has another identification if it has one at all; if not,
 * senders wait longer than that. */
static inline bool twins_sure_far(const struct packet *p)
{
	return p->rec.ip_id || (p->key.proto == 6 && p->rec.pay_len);
}

#define TWINS_NEAR_NS 1000000u  /* 1 ms */
#define TWINS_FAR_NS 100000000u /* 100 ms; RFC 6298 waits 1 s, Linux 200 ms */

#define TWINS_SHARE 5    /* one in so many means that the capture does it */
#define TWINS_JUDGE 4096 /* packets that this is judged by */
#define TWINS_ALL 4      /* twins, at least, if nearly each packet has one */
#define TWINS_ENOUGH 10  /* twins, at least, else */
#define TWINS_SIGHTS 4   /* what is seen more often was sent more often */
#define TWINS_MANY 32    /* ... where everything is seen more often */
