/* What sessions show about captures and hops, and what absence then means.
 *
 * reads:  nothing           writes: nothing       (shared by the sweeps)
 *
 * Many a fate follows from its session alone.  For the rest one thing has to
 * be known of a hop and direction: is what the far capture does not have lost
 * (absence_is_loss)?  The sessions' evidence is added up for that; the answers
 * are all that a sweep ever sees of it.
 */
#pragma once

#include "correlate/watch.h"

/* Added up over sessions; the order does not matter. */
struct evidence {
	size_t n_points;
	struct trust *trust;      /* by point; owned */
	struct absences *absence; /* by (from, to), from before to in travel:
				   * n_points^2; owned */
};

void evidence_init(struct evidence *e, size_t n_points);
void evidence_add(struct evidence *into, const struct evidence *from);
/* Adds what the capturing hosts counted themselves; @w by point. */
void evidence_drops(struct evidence *e, const struct watch *w);
void evidence_release(struct evidence *e);

/* Is what is absent lost, by (from, to)?  Where nothing is, the answer is yes:
 * nobody will need it, and as a first guess it is the better one.
 * @loss: n_points^2, filled. */
void evidence_answer(const struct evidence *e, uint8_t *loss);
