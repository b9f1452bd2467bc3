/* What loading the model and loading a session share.
 *
 * reads:  hop_stat          writes: nothing
 */
#pragma once

#include "report/model.h"

/* Is @pos the position of a point? */
bool model_has_place(const struct model *m, int pos);
/* Unpacks figures.  Return: false if they are damaged or name a position that no
 * point has; then @f is released. */
bool model_figures_read(struct figures *f, const struct model *m,
			const struct buf *packed);
