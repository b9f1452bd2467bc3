/* What the server's reset did to a session that it had answered before.
 *
 * reads:  sessions, records of their ends     writes: how, and evidence of a draft
 */
#pragma once

#include "report/derive/reset_tell.h"

#define RESET_REQUEST_MOST 65536 /* bytes: more is a stream */
#define RESET_IDLE_NS 1000000000LL

/* The server's reset @k of flow @f: RESET_FORGOTTEN to RESET_CROSSED, or RESET_NOT. */
enum reset_how reset_killed(const struct derive *d, const struct flow_view *f,
			    const struct fact *k);
/* Evidence of what the reset is the answer to. */
void reset_asked_frames(struct draft *f, const struct derive *d,
			const struct flow_view *w, const struct fact *k,
			enum reset_how how);
