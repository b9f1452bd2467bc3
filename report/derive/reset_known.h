/* Which servers answer, and who asks them.
 *
 * reads:  sessions of TCP     writes: nothing
 */
#pragma once

#include "base/htab.h"
#include "base/mem.h"
#include "report/model.h"

struct answering { /* a server's end, nearest to it */
	struct net_end server;
	struct net_addr client; /* the first one whose data it answered, */
	bool asked;             /* if there is one */
	uint32_t sessions, answered;
};

struct known_servers {
	struct VEC(struct answering) at;
	struct htab of; /* by end */
	/* how many answer a client on a port, by both; made when first asked */
	struct VEC(uint32_t) count;
	struct htab of_client;
	bool counted;
};

void known_add(struct known_servers *k, const struct session_view *v);
/* The sessions with @server but for @refused, if it answered any; else 0. */
uint64_t known_accepts(const struct known_servers *k,
		       const struct net_end *server, uint64_t refused);
/* How many servers answer what @client asks on @port? */
size_t known_answer(struct known_servers *k, const struct net_addr *client,
		    uint16_t port);
void known_free(struct known_servers *k);
