/* Shared by causes.c, which has the thresholds, and causes_ends.c, where there are none.
 *
 * reads:  struct cause_session     writes: struct group
 */
#pragma once

#include "report/derive/grouping.h"

/* Adds the session to the group of @kind and @key, created if new, which explains so many
 * ns of its time.  @worst: the exchange that shows it best; UINT32_MAX: none.
 * Return: the group; grouping_of() says how long it stays there. */
struct group *cause_add(struct grouping *g, enum group_kind kind,
			const char *key, const struct cause_session *s,
			int64_t explained, uint32_t worst);

/* How the session opens and ends, always.  Return: how many requests nobody answered
 * when it ended. */
uint64_t causes_of_ends(struct grouping *g, const struct cause_session *s);
