/* What a request was spent on.
 *
 * A request opens when it is complete, but its time began when its first byte left: what
 * the timeline had attributed by then is kept in a ring of marks, one a record.  While
 * others are in flight time is attributed only when something comes back: then what the
 * mark lacks is taken off the longest part, which is what they were waiting for.
 *
 * Cost: O(1) a record, the ASKED_MARKS marks for each request.
 */
#include "report/derive/asked_int.h"

#include <string.h>

#include "report/derive/timeline.h"

void asked_mark(struct asked *a, const struct timeline *t, uint64_t frame,
		uint32_t rec, int64_t now)
{
	struct mark *k;

	if (!a->feed.any)
		return;
	k = &a->mark[a->n_marks++ % ASKED_MARKS];
	k->frame = frame;
	k->rec = rec;
	k->at_ns = now - t->b->start_ns;
	k->behind_ns = now > t->t_ns ? now - t->t_ns : 0;
	memcpy(k->part, t->b->part, sizeof k->part);
}

const struct mark *asked_mark_of(const struct asked *a, uint64_t frame)
{
	uint64_t n = a->n_marks < ASKED_MARKS ? a->n_marks : ASKED_MARKS;
	const struct mark *found = NULL;

	for (uint64_t i = 0; i < n; i++) {
		const struct mark *k =
			&a->mark[(a->n_marks - 1 - i) % ASKED_MARKS];

		if (found && k->frame < frame)
			break;
		found = k;
	}
	return found;
}

void asked_spent(struct request *q, const int64_t part[static TIME_PARTS])
{
	int64_t behind = q->behind_ns, *to = q->x.part;

	for (int p = 0; p < TIME_PARTS; p++)
		to[p] = part[p] - q->mark[p];
	while (behind > 0) {
		int most = 0;

		for (int p = 1; p < TIME_PARTS; p++)
			most = to[p] > to[most] ? p : most;
		if (to[most] <= 0)
			return;
		behind -= to[most];
		to[most] = behind < 0 ? -behind : 0;
	}
}
