/* The tables of the text format.
 */
#pragma once

#include "report/render.h"
#include "report/render/page.h"

/* The first @limit sessions (0: all), a few lines each. */
void text_session_table(const struct page *p, const struct model *m,
			int64_t limit);
int text_sessions(const struct model *m, const struct render_options *o,
		  FILE *out, struct err *err);
int text_packets(const struct model *m, const struct render_options *o,
		 FILE *out, struct err *err);
