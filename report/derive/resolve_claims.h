/* Who says that an address is its own: two cards in turn, or one after the other.
 *
 * reads:  struct resolve    writes: text and evidence of a draft
 *
 * A second host with a server's address gets what belongs to the first, and resets it.
 * An address that moves to another card, announced or not, is a failover, or a card that
 * was changed: what the path lost around that time it may explain.
 */
#pragma once

#include "report/derive/resolve.h"
#include "report/rules.h"

struct shared {                     /* an address of two cards */
	const struct lookup *a, *b; /* the first claims of two; NULL: nothing */
	uint64_t turns;             /* how often the card changed */
	bool for_others;            /* one of the two has many addresses */
};

/* At the point at @pos: claims of @about by cards in turn, CLAIM_TURNS at least. */
struct shared claims_shared(const struct resolve *r, const struct model *m,
			    int pos, const struct net_addr *about);
/* An address that moved to another card at one of the points at @pos, around @when, and
 * was announced by it, or NULL; the first of several.  *@before: the claim of the card
 * that had it. */
const struct lookup *claims_moved(const struct resolve *r,
				  const struct model *m, int pos,
				  const struct resolve_while *when,
				  const struct lookup **before);

/* Says so of the address of the server, at whatever point. */
void claims_say_shared(struct draft *f, const struct derive *d,
		       const struct net_addr *server);
/* Says what moved, at the two points, around @when. */
void claims_say_moved(struct draft *f, const struct derive *d, int from_pos,
		      int to_pos, const struct resolve_while *when);
