/* The page's table of sessions: a row for each session that it lists. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct html_table;

struct html_table *html_table_new(void);
/* Adds a row for the session object @o (object_session()). */
void html_table_add(struct html_table *t, json_t *o);
/* Writes the block "table", and frees @t. */
void html_table_write(struct html_table *t, FILE *out);
/* Is there something in a session's "time_ns"?  Times are known only if some point
 * saw both directions. */
bool html_has_times(json_t *time);
