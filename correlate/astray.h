/* May what is proven to be lost, and is not in a hop's far capture, be lost behind
 * that?
 *
 * reads:  struct evidence     writes: nothing
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct astray;
struct evidence;

/* What is lost behind each point; free it. */
struct astray *astray_find(const struct evidence *e);
void astray_free(struct astray *a);
/* Asked of what point @to lacks of what @from has, of SYNs or all else.  Return:
 * false where it was lost between the two with a posterior of 0.99. */
bool astray_may(const struct astray *a, const struct evidence *e, size_t from,
		size_t to, bool syn);
