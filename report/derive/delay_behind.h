/* Which of several servers behind one address is slow.
 *
 * reads:  sessions, their ends and budgets     writes: words of a draft
 */
#pragma once

#include "base/net.h"
#include "report/derive/delay.h"

#define BEHIND_TEXT (NET_END_TEXT + 48)

struct behind {
	char server[NET_END_TEXT]; /* at the point nearest to it */
	uint64_t sessions, of;     /* its own, and all that were looked at */
	size_t servers;
};

/* Is it one of several behind the address that is @g's key? */
bool delay_behind(const struct model *m, const struct group *g,
		  struct behind *b);
/* What a title ends with. */
void delay_behind_title(const struct behind *b, char out[static BEHIND_TEXT]);
void delay_behind_say(struct draft *f, const struct group *g,
		      const struct behind *b);
