/* Inside reset.endpoint: what was added up of each server, and how it is joined.
 *
 * reads:  struct reset_groups     writes: which of them are told as one
 */
#pragma once

#include "report/derive/reset_tell.h"
#include "report/derive/words.h"

#define RESET_LIST 120 /* bytes of a list of ports or servers */

struct reset_group {           /* resets of one server, of one kind */
	struct net_end server; /* at the point nearest to the sender */
	enum reset_how how;
	uint64_t sessions, others; /* others: that it accepts */
	uint64_t dark;             /* when nothing was captured at dark_pos */
	int dark_pos;
	uint64_t
		far; /* where a device may have sent it, as is known or likely */
	unsigned ttl; /* of the first of these, if it is the server's; or 0 */
	struct net_end client; /* the first one's; */
	bool sources;          /* its address is not the only one, */
	bool source_ports;     /* nor is its port */
	bool asked;            /* with data */
	bool known;            /* strays: of sessions that another point has */
	struct draft *draft;
	char name[64];
	int64_t idle_ns; /* least pause before */
	int pos;         /* of that point, */
	bool on_host;    /* which is on the server */
	bool joined;     /* told with another: */
	size_t ports;    /* of that host, in this one, 0: its own */
	size_t servers;  /* of several hosts, hosts and ports; 0: of one */
	size_t hosts;    /* of these, if there are fewer; or 0 */
	bool scan;       /* all tried by one source, hardly more than once */
	bool again;      /* after a while it was tried again */
	bool polled;     /* no scan: the source knows them, as it asks again, */
	size_t answer;   /* or as so many others answer it there; or 0 */
	int64_t first_ns;
	char list[RESET_LIST]; /* of these */
};

/* Joins what is one fact: see reset_join.c. */
void reset_join(struct reset_groups *all, struct known_servers *known);
/* How many of a host, or of several, it is of. */
size_t reset_ends(const struct reset_group *g);
