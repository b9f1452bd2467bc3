/* SYNs that another address answers than was asked.
 *
 * reads:  sessions, records     writes: a draft for each two addresses
 */
#pragma once

#include "report/derive/words.h"

struct reply_syn {       /* the answer to a session's SYNs */
	size_t flow;     /* of the session: the point that has both */
	int64_t session; /* that the answer is of */
	struct net_end by;
	struct record answer;
	int64_t file;
	bool reset; /* the client resets it */
};

/* Is @v, in which nothing comes back, answered from elsewhere? */
bool reply_syn_find(struct derive *d, const struct session_view *v,
		    struct reply_syn *x);

struct astray { /* who is asked, and who answers instead */
	struct net_addr asked, by;
	struct draft *draft;
	uint64_t sessions, syns, resets;
	json_t *servers; /* asked: how many sessions; owned */
};

struct reply_syns VEC(struct astray);

void reply_syn_add(struct reply_syns *all, struct derive *d,
		   const struct session_view *v);
/* Writes the findings; frees what @all owns. */
void reply_syn_tell(struct reply_syns *all);
