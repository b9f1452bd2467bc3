/* What the files of the coarse clock share. */
#pragma once

#include "correlate/coarse.h"

#define COARSE_DRIFT 200e-6 /* both clocks together */

static inline double coarse_apart(int64_t a, int64_t b)
{
	return (double)a - (double)b;
}

/* What drift adds to the difference at @t_ns. */
static inline double coarse_drifted(const struct coarse_piece *p, int64_t t_ns)
{
	return p->drift * coarse_apart(t_ns, p->at_ns);
}
