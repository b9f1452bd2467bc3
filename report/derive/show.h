/* Passes the sessions of interest to the rules, in order.
 *
 * reads:  session flow part block match hop_stat     writes: nothing
 */
#pragma once

#include "report/derive/facts.h"
#include "report/model.h"

enum shown_to {
	SHOWN_ALL,
	SHOWN_LOSS,    /* it lost something, but is beyond the budget: the view
		        * has figures only */
	SHOWN_MISSING, /* plain, except that an outer point lacks it */
};
/* @facts is NULL if the session was not swept.  Both are valid during the
 * call. */
typedef void show_fn(void *ctx, const struct session_view *v,
		     const struct session_facts *facts, enum shown_to to);

/* Return: 0, or -1 with the first error. */
int show_sessions(const struct model *m, show_fn *fn, void *ctx,
		  struct err *err);
