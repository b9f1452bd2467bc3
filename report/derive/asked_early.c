/* Answers that come before their request is complete: a server refuses an upload (413,
 * 417, 401) while the client goes on sending.
 *
 * By the direction of data that is a turn, or several, before the request is known: each
 * ends when the client sends the next of it.  Such a turn waits here until a request is
 * answered whose bytes it has: then that tells of it.  If none is, the turn tells, later
 * than others do.
 *
 * The first of these turns knows what had arrived at far when the answer left: up to that
 * the server had something to answer, so its own time counts from there, and not from the
 * request's end, which comes later.
 *
 * Cost: ASKED_KEPT turns.
 */
#include "report/derive/asked_int.h"

#include <string.h>

#include "report/derive/timeline.h"

static void drop(struct asked *a, size_t n)
{
	a->n_kept -= n;
	memmove(a->kept, a->kept + n, a->n_kept * sizeof *a->kept);
}

/* Tells the oldest @n. */
static void tell(struct asked *a, struct timeline *t, size_t n)
{
	for (size_t i = 0; i < n; i++)
		timeline_done(t, &a->kept[i]);
	drop(a, n);
}

/* How many of those kept begin before record @rec? */
static size_t before(const struct asked *a, uint64_t rec)
{
	size_t n = 0;

	while (n < a->n_kept && a->kept[n].near[0] < rec)
		n++;
	return n;
}

bool asked_keeps(struct asked *a, struct timeline *t, const struct exchange *x)
{
	bool early = a->has_early || (asked_amid(a, t->t_ns) &&
				      !asked_open_of(a, &a->feed.next));

	/* names are the turn's own */
	if (a->ended || t->datagrams || x->opening || x->name || !early)
		return false;
	if (a->n_kept == ASKED_KEPT)
		tell(a, t, 1);
	a->kept[a->n_kept++] = *x;
	return true;
}

void asked_tell_kept(struct asked *a, struct timeline *t)
{
	tell(a, t, a->n_kept);
}

void asked_covers_kept(struct asked *a, struct timeline *t, struct request *q)
{
	tell(a, t, before(a, q->x.near[0]));
	if (a->n_kept && a->kept[0].near[0] == q->x.near[0])
		q->x.far[0] = a->kept[0].far[0];
	drop(a, before(a, q->x.near[1] + 1));
}

void asked_was_answered(struct asked *a, struct timeline *t)
{
	const struct message *m = &a->feed.next;
	struct request *q = &a->open[a->n_open - 1];

	if (!a->has_early || a->early.proto != m->proto ||
	    (a->early.id != -1 && a->early.id != m->msg_id))
		return;
	if (m->first_ns >= a->early.first_ns) {
		/* requests of a stream become complete in order: none is older */
		a->has_early = t->datagrams;
		return;
	}
	a->has_early = false;
	for (int p = 0; p < TIME_PARTS; p++)
		if (a->early.part[p] < q->mark[p])
			return; /* not after the request left */
	asked_answered(a, t, q, &a->early);
}
