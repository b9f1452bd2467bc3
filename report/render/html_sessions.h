/* The sessions of the page: a table of all that are listed, and an object for
 * each.
 */
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "report/model.h"

#define HTML_SESSIONS 50000 /* listed at most */

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
