/* What only one connection has in common with itself.
 *
 * The two connections of a proxy agree in time, to the microsecond, in the server, and
 * in what a SYN says of its sender's kernel: none of that is evidence that they are
 * one.  The two of an accelerator (a PEP) have their ends and totals in common as
 * well.  So where the numbers of both are others, ends, totals and time do not tell
 * an accelerator from a device that moves numbers, unless sure pairs show that such a
 * device is there.  Both could be said of the same conversation; but
 * acknowledgements, copies and losses of one connection of an accelerator say
 * nothing of the other, so in doubt the two stay apart.
 *
 * Values that other flows have, too, do count here.
 */
#include "correlate/score_int.h"

#define OWN_BITS 4.0 /* least of what is a session's own */

/* Is it more than SYNs without an answer? */
static bool is_answered(const struct flow *f)
{
	for (int d = 0; d < 2; d++)
		if (f->dir[d].packets &&
		    f->dir[d].seq_next - f->dir[d].seq_first > 2)
			return true;
	return f->dir[0].packets && f->dir[1].packets;
}

/* Are the numbers of each direction that both show others? */
static bool has_moved(const struct pairing *p)
{
	bool moved = false;

	for (int d = 0; d < 2; d++) {
		if (!score_has_numbers(left(p, d)) ||
		    !score_has_numbers(right(p, d)))
			continue;
		if (!relay_moved(p, d))
			return false;
		moved = true;
	}
	return moved;
}

bool score_lacks_own(const struct pairing *p)
{
	const float *part = p->s->part;
	double own = p->s->possible - (double)part[EV_TIME] -
		     (double)part[EV_AGAINST] - p->kernels;

	if (!is_answered(p->l) || !is_answered(p->r))
		return false;
	if (own - (double)part[EV_SERVER] < OWN_BITS)
		return true;
	return own - p->ends - (double)part[EV_TOTAL] < OWN_BITS &&
	       has_moved(p) && score_rests(p, RESTS_CUSTOM).custom >= 0;
}
