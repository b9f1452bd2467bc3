/* Were the points given in the order in which packets meet them?
 *
 * reads:  figures, clocks     writes: nothing
 */
#pragma once

#include "report/model.h"

#define QUALITY_PATH_ORDER "path-order" /* `what` among the model's qualities */

/* Are the hop's round trips negative, if perhaps too few to prove it? */
bool path_order_backwards(const struct model *m, const struct hop_figures *h);
/* Is the point at path position @pos on a hop with impossible round trips? */
bool path_order_in_doubt(const struct model *m, int pos);

/* What is wrong with the order of the points, and a better one if it is known,
 * or else with the stamps of a capture's two directions; without the last full
 * stop, to be freed by the caller.  NULL: nothing. */
char *path_order_doubt(const struct model *m);
