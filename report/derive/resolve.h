/* What hosts ask and say of hardware addresses (ARP, neighbour discovery).
 *
 * reads:  messages of capture/neighbours.h     writes: text and evidence of a draft
 *
 * A router that asks again and again for a host's hardware address, and gets no answer,
 * cannot pass on what is for that host.
 */
#pragma once

#include "report/model.h"

#define RESOLVE_MAC 18 /* "02:00:00:00:00:01" */

struct lookup { /* questions of one host for one address, or claims of it */
	int64_t file;
	struct net_addr about, from; /* from: who asks; of claims: zero */
	char mac[RESOLVE_MAC];       /* of who asks, or claims; or empty */
	bool claim, v6;
	int64_t status; /* MESSAGE_NEIGHBOUR_* */
	uint64_t n, first_frame, last_frame;
	int64_t first_ns, last_ns;
	int64_t vlan; /* -1: none */
};

struct resolve {
	struct VEC(struct lookup) at; /* by address, then time */
	struct VEC(size_t) asked;     /* questions in vain, by who asks */
};

void resolve_open(struct resolve *r, struct store *s);
void resolve_add(struct resolve *r, const struct message_row *m);
void resolve_sort(struct resolve *r); /* after the last one */
void resolve_close(struct resolve *r);

/* A while, by the clock of the point at @pos. */
struct resolve_while {
	int pos;
	int64_t from_ns, to_ns;
};

struct unresolved {             /* what was asked in vain */
	const struct lookup *q; /* NULL: nothing */
	int pos;
	uint64_t n;    /* questions without an answer */
	bool answered; /* the capture would have an answer */
	bool clocks;   /* the times can be compared */
	const struct lookup
		*claim; /* of that address, at another point; NULL: none */
	int claim_pos;
};

/* Questions in vain at the point at @pos, around @when: for @about, or, where that is
 * NULL, of @from for any.  Of several those that were asked most often. */
struct unresolved resolve_find(const struct resolve *r, const struct model *m,
			       int pos, const struct net_addr *about,
			       const struct net_addr *from,
			       const struct resolve_while *when);
/* Of all that is asked in vain at the point at @pos, what was asked most often. */
struct unresolved resolve_most(const struct resolve *r, const struct model *m,
			       int pos);
/* Does it begin around @when, seen at the point at @pos, for certain? */
bool resolve_begins(const struct model *m, const struct lookup *q, int pos,
		    const struct resolve_while *when);
/* Is it certain that nobody answers? */
bool resolve_is_sure(const struct unresolved *x);
/* @t of the point at @pos, on the first point's clock.  Return: false: that is not
 * known. */
bool resolve_on_first(const struct model *m, int pos, int64_t *t);
/* "ARP" or "neighbour discovery". */
const char *resolve_means(const struct lookup *q);
