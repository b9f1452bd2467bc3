/* Which request an answer belongs to, by the far point's own order.
 *
 * How long the server took follows from the far point's own order: an answer
 * belongs to the newest request before it there.  That holds even if near has
 * sent the next request meanwhile (the answer leaves far before that one
 * arrives), and if the request at far cannot be recognised by its content
 * (cards and kernels split and join datagrams).  If far has no request that
 * fits the answer, or lacks an answer that near has, the server's time is not
 * known: it is unattributed.
 *
 * A turn that far answered before the next request arrived there is an exchange
 * of its own, although near sent that request before it got the answer: it is
 * put aside until its answer, as far identifies it, arrives; DATAGRAMS_ASIDE at
 * most.
 *
 * Cost: DATAGRAMS_LOOK records for a request that follows one without an
 * answer.
 * Memory: DATAGRAMS_ASIDE exchanges.
 */
#include "report/derive/datagrams_int.h"

#include <string.h>

/* --- turns aside --- */
void datagrams_let_go(struct dgram_walk *w, size_t n)
{
	for (size_t i = 0; i < n; i++)
		timeline_done(w->t, &w->aside[i].x);
	w->n_aside -= n;
	if (w->n_aside)
		memmove(w->aside, w->aside + n, w->n_aside * sizeof *w->aside);
}

/* The same where far has both. */
static bool answered_between(const struct dgram_walk *w, uint32_t a, uint32_t b)
{
	const struct strand *s = far_of(w)->strand[1];
	uint32_t from = w->at[w->t->n_taps - 1][1];

	for (uint32_t k = from; k < s->n && k - from < DATAGRAMS_LOOK; k++) {
		const struct record *y = far_at(w, 1, k);

		if (!tap_before(y, far_at(w, 0, b)))
			return false;
		if (tap_before(far_at(w, 0, a), y))
			return true;
	}
	return false;
}

bool datagrams_answered_between(const struct dgram_walk *w, uint32_t a,
				uint32_t b)
{
	return w->t->n_taps >= 2 && a != RECORD_NONE && b != RECORD_NONE &&
	       !asked_any(w->t->asked) && answered_between(w, a, b);
}

/* One tap: do two answers alike follow the copy @rec, before the client asks
 * something else?  Then both arrived. */
static bool answered_each(const struct dgram_walk *w, uint32_t rec)
{
	const struct strand *asks = far_of(w)->strand[0];
	const struct strand *tells = far_of(w)->strand[1];
	struct record next, first = { 0 }; /* copies: strands are used again */
	bool last = true;

	for (uint32_t k = rec + 1; k < asks->n && last; k++) {
		next = *strand_at(asks, k);
		last = k - rec < DATAGRAMS_LOOK &&
		       datagrams_same(&next, &w->ask);
	}
	for (uint32_t k = w->n_told;
	     k < tells->n && k - w->n_told < DATAGRAMS_LOOK; k++) {
		const struct record *y = strand_at(tells, k);

		if (!last && tap_before(&next, y))
			break;
		if (k > w->n_told && datagrams_same(&first, y))
			return true;
		if (k == w->n_told)
			first = *y;
	}
	return false;
}

/* How many records like the newest request stand together around @i. */
static uint32_t run(const struct dgram_walk *w, const struct strand *s,
		    uint32_t i)
{
	uint32_t n = 1;

	for (uint32_t k = i; n < DATAGRAMS_LOOK && k > 0; k--, n++)
		if (!datagrams_same(strand_at(s, k - 1), &w->ask))
			break;
	for (uint32_t k = i + 1; n < DATAGRAMS_LOOK && k < s->n; k++, n++)
		if (!datagrams_same(strand_at(s, k), &w->ask))
			break;
	return n;
}

bool datagrams_had_arrived(const struct dgram_walk *w, uint32_t before,
			   uint32_t rec)
{
	const struct tap *near = &w->t->tap[0];

	if (w->t->n_taps < 2)
		return answered_each(w, rec);
	/* if one was lost, copies are taken for those before them */
	return before != RECORD_NONE && w->ask_far != RECORD_NONE &&
	       !answered_between(w, before, w->ask_far) &&
	       run(w, near->strand[0], rec) <=
		       run(w, far_of(w)->strand[0], w->ask_far);
}

void datagrams_put_aside(struct dgram_walk *w, uint32_t far, int64_t at_ns)
{
	struct timeline *t = w->t;
	struct aside *a;

	if (!w->aside)
		w->aside = mem_zalloc(DATAGRAMS_ASIDE, sizeof *w->aside);
	if (w->n_aside == DATAGRAMS_ASIDE)
		datagrams_let_go(w, 1);
	a = &w->aside[w->n_aside++];
	a->x = t->x; /* no message names it: see datagrams_answered_between() */
	a->x.far[0] = far == RECORD_NONE ? EXCHANGE_NONE : far;
	a->far = far;
	a->at_ns = at_ns;
	a->number = w->ask_number;
	memcpy(a->mark, t->mark, sizeof a->mark);
	for (int p = 0; p < TIME_PARTS; p++)
		a->x.part[p] = t->last_mark[p] - a->mark[p];
	t->think_mark = t->last_mark[TIME_CLIENT];
	t->open = false;
}

/* The turn whose newest request at far is @ask, or the last one before that. */
static struct aside *aside_of(struct dgram_walk *w, uint32_t ask)
{
	for (size_t i = w->n_aside; i-- > 0;)
		if (w->aside[i].far <= ask)
			return &w->aside[i];
	return NULL;
}

/* --- answers --- */
void datagrams_count_before(struct dgram_walk *w, const struct record *y)
{
	const struct strand *asks = far_of(w)->strand[0];

	while (w->before < asks->n && tap_before(far_at(w, 0, w->before), y))
		w->before++;
}

/* The first copy of far's answer @tell to @ask that the search passed over, as near
 * lacks it; else @tell. */
static uint32_t first_copy(const struct dgram_walk *w, uint32_t ask,
			   uint32_t tell)
{
	struct record y = *far_at(w, 1, tell), q = *far_at(w, 0, ask);
	uint32_t first = tell;

	while (first > w->skipped &&
	       datagrams_same(far_at(w, 1, first - 1), &y) &&
	       tap_before(&q, far_at(w, 1, first - 1)))
		first--;
	return first;
}

struct reply datagrams_reply(struct dgram_walk *w, uint32_t tell)
{
	struct reply p = { .ask = RECORD_NONE };
	struct record y; /* a copy, since its strand is used for another
			  * record */
	uint32_t first;

	if (w->t->n_taps < 2 || tell == RECORD_NONE)
		return p;
	y = *far_at(w, 1, tell);
	datagrams_count_before(w, &y);
	if (!w->before)
		return p;
	p.ask = w->before - 1;
	first = first_copy(w, p.ask, tell);
	p.repeated = first && first == tell &&
		     tap_before(far_at(w, 0, p.ask), far_at(w, 1, tell - 1)) &&
		     datagrams_same(&y, far_at(w, 1, tell - 1));
	p.again_ns = time_sub(y.time_ns, far_at(w, 1, first)->time_ns);
	p.first = !first ||
		  tap_before(far_at(w, 1, first - 1), far_at(w, 0, p.ask));
	/* the open turn's request may have been duplicated on the way */
	if (w->ask_far != RECORD_NONE && w->ask_far <= p.ask)
		p.ask = w->ask_far;
	else
		p.turn = aside_of(w, p.ask);
	p.own_ns = time_sub(y.time_ns, far_at(w, 0, p.ask)->time_ns);
	if (p.own_ns < 0)
		p.own_ns = 0;
	if (p.again_ns > p.own_ns)
		p.again_ns = 0;
	return p;
}

struct reply datagrams_reply_unseen(const struct dgram_walk *w)
{
	const struct tap *far = far_of(w);
	uint32_t from = w->at[w->t->n_taps - 1][1], next = w->ask_far + 1;
	struct reply p = { .ask = RECORD_NONE };
	struct record q; /* a copy, too */

	if (w->t->n_taps < 2 || w->ask_far == RECORD_NONE)
		return p;
	q = *far_at(w, 0, w->ask_far);
	for (uint32_t k = from;
	     k < far->strand[1]->n && k - from < DATAGRAMS_LOOK; k++) {
		const struct record *y = far_at(w, 1, k);

		if (!tap_before(&q, y))
			continue;
		if (next < far->strand[0]->n &&
		    tap_before(far_at(w, 0, next), y))
			break;
		p.ask = w->ask_far;
		p.first = true;
		p.own_ns = time_sub(y->time_ns, q.time_ns);
		break;
	}
	return p;
}

void datagrams_answer_aside(struct dgram_walk *w, struct aside *a,
			    const struct record *r, uint32_t rec, uint32_t far)
{
	struct exchange *x = &a->x;

	if (x->near[2] == EXCHANGE_NONE) {
		x->near[2] = rec;
		x->far[1] = far;
	}
	x->near[3] = rec;
	x->bytes[1] += r->pay_len;
	for (int p = 0; p < TIME_PARTS; p++)
		x->part[p] = w->t->b->part[p] - a->mark[p];
	w->t->think_mark = w->t->b->part[TIME_CLIENT];
	/* turns before it got no answer; a ping's may still come */
	if (!is_ping_request(&w->ask))
		datagrams_let_go(w, (size_t)(a - w->aside));
}
