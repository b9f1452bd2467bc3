/* Data that the server had sent and the client had not received when it gave up, or
 * when the session ended.
 *
 * A hole that is filled shows by the data that fills it (timeline_tell.c).  A hole
 * that is never filled leaves no event: the client closes after its timeout, as if
 * it had rested, or as if no answer had been sent.  Two signs show it:
 *
 *  - near has data behind the hole, from then on; or far has data that near
 *    has not, from when it was sent; and
 *  - where near is beside the server: what it sent again was not acknowledged.
 *
 * If the client acknowledged what near lacks, only the capture has the hole.
 */
#include "report/derive/timeline_int.h"

#define RESEND_NS 200000000 /* sooner it may be under way */

/* One point knows of both ends. */
static int64_t lacks_here(const struct lane *l, int64_t now)
{
	if (l->n_islands)
		return now - l->t_hole;
	if (l->repairing && l->acked && l->una < l->top)
		return now - l->t_repair;
	return 0;
}

/* Far has sent what near has nothing of.  Until then the request was on its way, or
 * its server took so long. */
static int64_t lacks_there(struct timeline *t, uint64_t from, int64_t now)
{
	const struct tap_cover *c = tap_cover_of(far_tap(t), t->ask_end);
	int64_t asked_ns = c ? c->t_ns : 0; /* the next look-up may move it */
	const struct tap_send *s = c ? tap_send_of(far_tap(t), from) : NULL;
	int64_t ns;

	if (!s || t->heard != HEARD_ASK ||
	    !strand_at(far_tap(t)->strand[1], s->rec)->pay_len)
		return 0;
	ns = now - t->t_ns - ns_max(s->t_ns - asked_ns, 0) -
	     ns_max(t->b->base_ns, 0);
	return ns < RESEND_NS ? 0 : ns;
}

int64_t timeline_lacks(struct timeline *t, int64_t now)
{
	const struct lane *l = &near_tap(t)->lane[1];
	int64_t ns;

	if (!l->begun || (l->acked && (int64_t)(l->una - l->cover) > 0))
		return 0;
	if (one_tap(t) || l->n_islands)
		ns = lacks_here(l, now);
	else
		ns = lacks_there(t, l->cover, now);
	return ns_min(ns_max(ns, 0), now - t->t_ns);
}

void timeline_lacked(struct timeline *t, int64_t ns, int64_t *left)
{
	int64_t before = *left, path;

	if (ns <= 0)
		return;
	timeline_repair(t, REPAIR_TIMEOUT, ns, left);
	t->lost_ns += before - *left;
	if (t->heard != HEARD_ASK)
		return;
	path = ns_min(*left, ns_max(t->b->base_ns, 0));
	*left -= path;
	timeline_path(t, NULL, &path);
	timeline_spend(t, TIME_SERVER, *left, left);
}
