/* Clients that a proxy tells that it cannot connect them (CONNECT, SOCKS), and the SYNs in
 * vain that are probably the proxy's own.
 *
 * reads:  groups of statuses, sessions     writes: text of drafts
 */
#pragma once

#include "report/rules.h"

#define PROXIED_MOST 16

struct stop_group;

struct proxied { /* a request that the proxy refused */
	int64_t session;
	int pos;                /* of the point that has it */
	struct net_end proxy;   /* as seen there */
	struct net_end target;  /* address ::, where it was named */
	bool literal;           /* it was not */
	int64_t from_ns, to_ns; /* asked and refused, by that point's clock */
	char said[96];          /* "504 Gateway Timeout" */
	char name[96];          /* "example.org:443" */
	int behind; /* position of the point that has the SYNs; 0: none */
	char server[NET_END_TEXT]; /* that they went to */
};

struct proxies {
	bool read;
	size_t n;
	struct proxied at[PROXIED_MOST];
};

/* The group is of SYNs in vain: if a proxy's are among them, says so, and makes it the
 * finding that comes first. */
void proxied_stop(struct derive *d, struct stop_group *g);
/* The refused request of a session of @top[@n], with the SYNs that belong to it; NULL:
 * none, or less than most of @wait_ns is theirs. */
const struct proxied *proxied_waits(struct derive *d, const struct group *g,
				    int64_t wait_ns);
/* Are there SYNs at one of two points that belong to a request at the other? */
bool proxied_between(struct derive *d, int a, int b);
/* Is it a request for a connection to another host (CONNECT), which was granted? */
bool proxied_is_granted(const struct exchange *x);
/* Are the worst exchanges of a server all such?  It may have waited for those hosts. */
bool proxied_grants(const struct model *m, const struct group *g);
