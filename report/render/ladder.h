/* The ladder on a terminal.
 *
 * reads:  struct ladder     writes: a stream
 */
#pragma once

#include <stdio.h>

#include "report/ladder.h"

struct ladder_look {
	int columns; /* of the terminal */
	bool colour;
	bool ascii;      /* no box drawing */
	int64_t mark_ns; /* a row to point at; INT64_MIN: none */
	size_t rows;     /* rows shown on each side of it; 0: all */
};

void ladder_print(const struct ladder *l, const struct model *m,
		  const struct session_view *v, const struct ladder_look *look,
		  FILE *out);
