/* The tables of the text format.
 */
#pragma once

#include "report/render.h"
#include "report/render/page.h"

void text_findings(const struct page *p, const struct model *m);
/* The first @limit sessions (0: all), a few lines each. */
void text_session_table(const struct page *p, const struct model *m,
			int64_t limit);
/* The session that @o names, or all: @fn prints one.  Return: 0 or -1. */
typedef void text_session_fn(const struct page *p, const struct model *m,
			     const struct render_options *o,
			     const struct session_view *v);
int text_each_session(const struct model *m, const struct render_options *o,
		      FILE *out, text_session_fn *fn, struct err *err);
int text_sessions(const struct model *m, const struct render_options *o,
		  FILE *out, struct err *err);
/* Where the time went: the case, its worst sessions, slowest exchanges. */
void text_time_section(const struct page *p, const struct model *m);
/* Is the time counted for the servers known to be their own?  As the slowest sessions
 * of the case show: otherwise all would have to be loaded. */
enum far_side { FAR_SERVER, FAR_SIDE, FAR_EITHER };
enum far_side text_far_side(const struct model *m);
/* The table of groups of @kind, at most @most lines. */
void text_by(const struct page *p, const struct model *m, enum group_kind kind,
	     size_t most);
int text_exchanges(const struct model *m, const struct render_options *o,
		   FILE *out, struct err *err);
int text_packets(const struct model *m, const struct render_options *o,
		 FILE *out, struct err *err);
