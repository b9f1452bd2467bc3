/* Data that comes after its own acknowledgement: see the header.
 *
 * Wherever a capture is taken, a segment passes it before the acknowledgement of
 * that segment does.  If new data comes behind its acknowledgement, then its
 * direction was stamped late: by a mirror port or a card that is late, or by
 * another clock.  The wait is the least that it was late by; the round trip from
 * the point to the receiver comes on top of it.
 *
 * A capture that missed a segment may have a copy of it that was sent before its
 * sender knew that the first one had arrived.  Such copies come one by one, after
 * losses; that most of what a session sends comes like that has no other cause.
 * So it takes two segments, and more than half of all.  One acknowledgement is
 * timed at once, as only the first that covers a segment tells how late it is.
 */
#include "report/derive/ahead.h"

#include "base/time.h"

#define LATE_LEAST 2
#define LEAD_LEAST 1000000 /* captures by several queues mix up less */

int64_t ahead_by(const struct ahead *a, int64_t tick_ns)
{
	return a->late >= LATE_LEAST && a->late > a->timely &&
			       a->lead_ns >= LEAD_LEAST + 2 * tick_ns
		       ? a->lead_ns
		       : 0;
}
