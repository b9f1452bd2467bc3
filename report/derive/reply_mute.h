/* Servers that close without a word.
 *
 * reads:  sessions, records     writes: a draft for each server
 */
#pragma once

#include "report/derive/words.h"

struct mute { /* what one server closes so */
	struct net_end server;
	bool asked; /* there was a request */
	uint64_t sessions, ports;
	struct draft *draft;
};

struct mutes VEC(struct mute);

void reply_mute_add(struct mutes *s, struct derive *d,
		    const struct session_view *v);
/* Writes the findings; frees what @s owns. */
void reply_mute_tell(struct mutes *s);
