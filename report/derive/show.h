/* Shows the rules the sessions that are worth a look, in order.
 *
 * reads:  session flow part block match hop_stat     writes: nothing
 */
#pragma once

#include "report/derive/facts.h"
#include "report/model.h"

enum shown_to {
	SHOWN_ALL,
	SHOWN_LOSS,    /* it lost something, but is past the budget; of the view
			* there are figures alone */
	SHOWN_MISSING, /* all that is special is that an outer point lacks it */
};
/* @facts is NULL where the session was not swept.  Both are valid until it
 * returns. */
typedef void show_fn(void *ctx, const struct session_view *v,
		     const struct session_facts *facts, enum shown_to to);

/* Return: 0, or -1 with the first error. */
int show_sessions(const struct model *m, show_fn *fn, void *ctx,
		  struct err *err);
