/* What the files share that find expected flows.
 *
 * reads:  struct pair_case      writes: nothing
 */
#pragma once

#include "correlate/sets.h"

#define NOWHERE SIZE_MAX
#define NO_ADDR UINT32_MAX

struct host {               /* an address at a point */
	uint32_t end[2];    /* sessions that say: at the first, last end */
	uint32_t seen;      /* flows that the next point has, too */
	uint32_t from;      /* flows with packets of its own */
	uint32_t services;  /* protocols and ports among what was seen */
	uint32_t far;       /* its address at the next point; NO_ADDR */
	uint32_t across;    /* the same at the point on the other side, */
	uint32_t across_by; /* as the last flow that has one says: plus 1 */
	int side;           /* end of the path that it is at; -1: not known */
	size_t k;           /* next point there; NOWHERE: none */
	bool against;       /* something is */
	bool mixed;         /* it has several addresses there */
};

struct service { /* of a host: flows that the next point has, too */
	uint64_t key;
	uint32_t seen;
	uint32_t host; /* its place */
};

struct candidate {
	uint32_t root, flow; /* flow: at j */
	size_t j;
	int to; /* the end that packets travel to */
};

struct expect {
	struct pair_case *c;
	const struct groups *members;
	const uint32_t *root; /* by flow */
	const int8_t *end;
	struct VEC(struct candidate) cand;
	struct VEC(struct host) host;
	struct htab hosts;
	struct VEC(struct service) service;
	struct htab services;
};

/* --- expect_hosts.c: what is known of the addresses --- */

/* The address at @point, counted from 0; NULL: it is none of a candidate. */
struct host *host_find(const struct expect *x, size_t point, uint32_t addr);
/* Adds it, if it is not there, with nothing known. */
void host_add(struct expect *x, size_t point, uint32_t addr);
/* Which service the host has that is flow @f's end @e, at @point. */
uint64_t service_key(size_t point, const struct flow *f, int e);
struct service *service_find(const struct expect *x, uint64_t key);
/* Does the flow's session have rivals?  @flow: the case's number of it. */
bool expect_has_rivals(const struct expect *x, uint32_t flow);
/* Fills in the hosts from all flows of the case, on all cores. */
void expect_learn(struct expect *x);
