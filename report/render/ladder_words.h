/* A ladder's row in words.
 *
 * reads:  a row    writes: a stream
 */
#pragma once

#include <stdio.h>

#include "report/ladder.h"

/* " data 282..1742 (1460 bytes), copy 2; lost (proof: b #1349); finding 1". */
void ladder_words(const struct ladder_row *row, size_t n_legs,
		  const struct session_view *v, FILE *out);
