/* SYNs that meet an older connection of the same addresses and ports, which the client
 * then resets.
 *
 * reads:  sessions, records     writes: a draft
 */
#pragma once

#include "report/derive/words.h"

/* Is the first answer at @f, @r, an acknowledgement of something other than the SYN? */
bool older_answers(struct derive *d, const struct flow_view *f,
		   struct record *r, int64_t *file);

struct older {
	struct draft *draft; /* NULL: none yet */
	uint64_t sessions, opened;
	int64_t wait_ns; /* the longest, of those that opened */
	json_t *servers; /* owned */
};

void older_add(struct older *o, struct derive *d, const struct session_view *v);
/* Writes the finding, if any; frees what @o owns. */
void older_tell(struct older *o);
