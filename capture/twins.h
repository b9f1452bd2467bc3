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
	TWIN_LOOPED, /* seen again and again, the TTL falling */
};

struct twins;
/* @places: how many packets it remembers, a multiple of 8. */
struct twins *twins_new(size_t places);
void twins_free(struct twins *t); /* NULL is fine */

/* What is taken for the same. */
struct twins_rule {
	uint64_t within_ns; /* how far apart it may be seen again */
	unsigned copies;    /* the packet after so many is another; 0: no end */
};

struct twins_sight {
	uint64_t gap_ns; /* how far TWIN_SAME is from the sight before */
	unsigned nth;    /* which sight it is, from 1; stops at 255 */
};

/* Is it one of the last few thousand again?  Before the flow table has made its
 * numbers those of the flow. */
enum twin twins_see(struct twins *t, const struct packet *p,
		    const struct twins_rule *rule, struct twins_sight *out);

/* A fingerprint of the packet, whatever tunnel it is in. */
uint64_t twins_print_inner(const struct packet *p);

/* Has it something that another packet of its flow hardly has, too: an IP
 * identification, or payload?  Only such packets tell how many there are. */
static inline bool twins_sure(const struct packet *p)
{
	return p->rec.ip_id || p->rec.pay_len;
}

/* Can no other packet of its flow within TWINS_FAR_NS be the same?  One that is
 * sent again has another identification, if it has any; without, a sender waits
 * longer. */
static inline bool twins_sure_far(const struct packet *p)
{
	return p->rec.ip_id || (p->key.proto == 6 && p->rec.pay_len);
}

#define TWINS_NEAR_NS 1000000u  /* 1 ms */
#define TWINS_FAR_NS 100000000u /* 100 ms; RFC 6298 waits 1 s, Linux 200 ms */

#define TWINS_SHARE 5    /* one in so many is a habit of the capture */
#define TWINS_JUDGE 4096 /* packets to judge that by */
#define TWINS_ALL 4      /* of few packets: nearly each has one */
#define TWINS_ENOUGH 10  /* at least, of them */
#define TWINS_SIGHTS 4   /* whoever is there more often is sent so often */
