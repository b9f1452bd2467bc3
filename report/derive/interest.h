/* How interesting a session is, by its figures.
 *
 * reads:  struct figures     writes: nothing
 */
#pragma once

#include "report/model.h"

enum interest {
	ORDINARY,
	PART, /* plain, except that an outer point lacks it */
	LOOK,
	SWEEP,
	CUT, /* the server may have cut it: figures do not tell of that, so each
	      * counts */
	SPECIAL
};

/* @entries: its transmissions, by hop and way. */
enum interest interest_of(const struct figures *f, size_t n_points,
			  uint64_t *entries);
/* Did a capture miss any of its packets? */
bool figures_unseen(const struct figures *f);
/* Did the session lose anything? */
bool figures_lose(const struct figures *f);
