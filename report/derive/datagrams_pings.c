/* Pings: an answer bears the number of its request.
 *
 * No program sends a ping again: the next one is another, and an earlier one that has
 * no answer by then is a turn of its own, put aside until its answer comes.  So a
 * lost ping is neither recovered from, nor part of what the next one's answer
 * took.
 *
 * The same number again while the first waits is the same ping if it comes within
 * DUE_NS, a copy made on the way, as in ping.c; later it is another ping, of a
 * program that was started again or counts round.  Fragments behind the first bear
 * no number: they belong to what came before them.
 *
 * Cost: DATAGRAMS_ASIDE turns and DATAGRAMS_LOOK requests an answer.
 */
#include "report/derive/datagrams_int.h"

#define DUE_NS 1000000000LL

bool datagrams_next_ping(const struct dgram_walk *w, const struct record *r,
			 int64_t now)
{
	const struct timeline *t = w->t;

	return !r->frag_off &&
	       (r->window != w->ask_number ||
		time_sub(now, t->b->start_ns + t->x.at_ns) >= DUE_NS);
}

/* The newest turn put aside of ping @number, or NULL. */
static struct aside *aside_of(struct dgram_walk *w, uint16_t number)
{
	for (size_t i = w->n_aside; i-- > 0;)
		if (w->aside[i].number == number)
			return &w->aside[i];
	return NULL;
}

/* Far's newest request of @number before its newest answer, at its last fragment; or
 * RECORD_NONE. */
static uint32_t asked_there(const struct dgram_walk *w, uint16_t number)
{
	uint32_t last = w->before;

	for (uint32_t k = w->before; k > 0 && w->before - k < DATAGRAMS_LOOK;
	     k--) {
		const struct record *q = far_at(w, 0, k - 1);

		if (q->frag_off)
			continue;
		if (q->window == number)
			return last - 1;
		last = k - 1;
	}
	return RECORD_NONE;
}

struct reply datagrams_ping_reply(struct dgram_walk *w, const struct record *r,
				  uint32_t tell)
{
	struct reply p = { .ask = RECORD_NONE };
	struct record y; /* a copy: its strand is used for other records */

	if (!r->frag_off)
		w->told_number = r->window;
	if (w->told_number != w->ask_number) {
		p.turn = aside_of(w, w->told_number);
		p.stray = !p.turn;
	}
	if (w->t->n_taps < 2 || tell == RECORD_NONE || p.stray)
		return p;
	y = *far_at(w, 1, tell);
	datagrams_count_before(w, &y);
	p.ask = asked_there(w, w->told_number);
	if (p.ask == RECORD_NONE)
		return p;
	/* the open turn's request may have been duplicated on the way */
	if (!p.turn && w->ask_far != RECORD_NONE && w->ask_far <= p.ask)
		p.ask = w->ask_far;
	p.first = !y.frag_off &&
		  (!tell || far_at(w, 1, tell - 1)->window != y.window);
	p.own_ns = time_sub(y.time_ns, far_at(w, 0, p.ask)->time_ns);
	if (p.own_ns < 0)
		p.own_ns = 0;
	return p;
}

void datagrams_stray(struct timeline *t, int64_t left)
{
	timeline_spend(t,
		       t->heard == HEARD_ASK ? TIME_UNATTRIBUTED : TIME_CLIENT,
		       left, &left);
}
