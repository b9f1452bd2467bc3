/* Is a host that is asked for in vain there all the same?
 *
 * reads:  flows and records around one, struct unresolved     writes: nothing
 *
 * A host that sends meanwhile is not one that nobody finds.
 */
#pragma once

#include "report/derive/resolve.h"
#include "report/rules.h"

/* Does @host send data in flow @like, or in those around it at that point, from @from_ns
 * to @to_ns there? */
bool resolve_sends(const struct derive *d, const struct flow_row *like,
		   const struct net_addr *host, int64_t from_ns, int64_t to_ns);
/* Does the host that is asked for send at the point of @like, at @pos, while it is?
 * @at_ns: a time there, of the questions. */
bool resolve_is_there(const struct derive *d, const struct unresolved *x,
		      const struct flow_row *like, int pos, int64_t at_ns);
