/* Counts of what points see of each other's hosts.
 *
 * reads:  nothing     writes: nothing
 */
#pragma once

#include "base/htab.h"
#include "base/mem.h"
#include "report/derive/witness.h"

#define REACH 3

enum about {
	ABOUT_HOST,
	ABOUT_SERVICE,
	ABOUT_SUBNET,
	ABOUT_WAY,
	ABOUT_SIDE,
	ABOUT_SUBNET_SIDE,
	ABOUT_STREAM,
	ABOUT_OPENING
};

struct topic { /* hashed as bytes: padding must be zero */
	struct net_addr addr;
	uint32_t about, proto, port, p, q;
};

struct tally {
	struct topic topic;
	uint32_t count[2];   /* seen at q, missing there; for sides: first,
			      * last */
	uint32_t service[2]; /* for ABOUT_WAY: two different ones; 0: none */
	struct sight samples;
};

/* A session of which no point on that side of @pos has anything. */
struct stranger {
	int pos;
	int side; /* 0: none before @pos, 1: none behind it */
	uint8_t proto;
	int64_t at_ns; /* on the first point's clock */
};

struct span {
	int64_t from, to; /* on the first point's clock */
	bool known;       /* its clock is known */
	bool both_ways;   /* some session has packets both ways */
	bool one_way;     /* some answered session has its client's only */
};

struct witness {
	const struct model *m;
	struct span *ran; /* by pos - 1 */
	struct VEC(struct tally) tally;
	struct htab by_topic;
	struct VEC(struct stranger) stranger;
	uint32_t openings; /* tallies of ABOUT_OPENING */
	bool sorted;       /* strangers are sorted, by stranger_cmp() */
};

/* A time of @point's on the first point's clock.  Return: is it known? */
bool witness_to_first(const struct model *m, int64_t point, int64_t t,
		      int64_t *out);
/* When the point's captures ran, gaps included; from > to: they are empty. */
struct span witness_span(const struct model *m, int pos);
struct net_addr witness_subnet(const struct net_addr *a);
const struct net_addr *witness_addr(const struct flow_row *f, int end);
/* What is counted, for an address or none, at @p and @q. */
struct topic witness_about(enum about what, const struct net_addr *a, int p,
			   int q);
struct topic witness_service(const struct flow_row *f, const struct net_addr *a,
			     int p, int q);
/* Datagrams of one direction, to @to from port @from. */
struct topic witness_stream(const struct net_end *to, uint16_t from, int p);
/* Connections without data of one client's address and port. */
struct topic witness_opening(const struct net_end *client, int p);
/* Return: NULL: there is nothing. */
struct tally *witness_find(const struct witness *w, const struct topic *t);
