/* Which sessions the page lists. */
#pragma once

#include "report/model.h"

struct html_ids {
	size_t n;
	int64_t *at; /* ascending; owned */
};

/* Picks the sessions to list: all, or if there are more than @max, first those
 * with findings, then those with the most losses, then those with the longest
 * round trips. */
void html_sessions_pick(const struct model *m, size_t max,
			struct html_ids *ids);
void html_ids_release(struct html_ids *ids);
