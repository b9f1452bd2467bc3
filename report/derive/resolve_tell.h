/* Questions in vain for a hardware address, told in a finding.
 *
 * reads:  struct unresolved      writes: struct draft
 */
#pragma once

#include "report/derive/resolve.h"
#include "report/rules.h"

/* Who asked for what, how often and when, with frames and a filter. */
void resolve_say(struct draft *f, const struct model *m,
		 const struct unresolved *x);
/* Looks for questions about the host that the session's packets of @dir go to, at the
 * points of flows @to and @from, from @from_ns to @to_ns at the latter; says all of it.
 * Return: whether there are any, and the host does not send meanwhile. */
bool resolve_session(struct draft *f, const struct derive *d,
		     const struct session_view *v, int from, int to, int dir,
		     int64_t from_ns, int64_t to_ns);
/* Where the cause is then, and what to do: @x asks for the host. */
void resolve_place(struct draft *f, const struct model *m,
		   const struct unresolved *x);
