/* What the server's reset did to a session that it had answered before.
 *
 * reads:  sessions, records of their ends     writes: how, and evidence of a draft
 */
#pragma once

#include "report/derive/reset_tell.h"

#define RESET_REQUEST_MOST 65536 /* bytes: more is a stream */

/* Had the server answered anything, as flow @f has it, before its reset @k? */
bool reset_answered(const struct derive *d, const struct flow_view *f,
		    const struct fact *k);
/* The server's reset @k of flow @f: RESET_FORGOTTEN to RESET_CLOSED, or RESET_NOT.
 * *@x gets what it is the answer to. */
enum reset_how reset_killed(const struct derive *d, const struct flow_view *f,
			    const struct fact *k, struct reset_last *x);
/* What tells that it is so, and evidence of that, of flow @w, which is @far from the
 * server or beside it. */
void reset_asked_text(struct draft *f, enum reset_how how);
void reset_asked_frames(struct draft *f, const struct flow_view *w,
			const struct reset_last *x, enum reset_how how,
			bool far);
