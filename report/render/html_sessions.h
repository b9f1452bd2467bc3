/* The sessions of the page: a table of all that are listed, and an object for
 * each.
 */
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "report/render/html_pick.h"

#define HTML_SESSIONS 50000 /* listed at most */

struct html_listed {
	json_t *time_ns; /* sum over the sessions that have a time budget;
			  * owned */
	int64_t budgets; /* their number */
	struct html_slow {
		int64_t session, ns; /* time not spent by the client */
	} * slow;                    /* all that are listed, slowest first;
				      * owned */
	size_t n;
};

/* Writes the blocks "table" and "sessions-0", "sessions-1", ... */
void html_sessions(const struct model *m, const struct html_ids *ids, FILE *out,
		   struct html_listed *listed);
void html_listed_release(struct html_listed *l);

#define HTML_CHUNK 128 /* session objects in a block */
