/* The event queue: a binary heap on (time, order of scheduling), so that
 * equal times run in a fixed order.  O(log n) an event.
 */
#include "tests/sim/sim.h"

#include <stdlib.h>

struct event {
	int64_t when;
	uint64_t seq;
	event_fn *fn;
	void *ctx;
	uint64_t arg;
};

static bool before(const struct event *a, const struct event *b)
{
	return a->when != b->when ? a->when < b->when : a->seq < b->seq;
}

void sim_at(struct sim *s, int64_t when, event_fn *fn, void *ctx, uint64_t arg)
{
	size_t i = s->n_heap++;
	struct event e = { when < s->now ? s->now : when, s->event_seq++, fn,
			   ctx, arg };

	s->heap = mem_grow(s->heap, &s->cap_heap, s->n_heap, sizeof *s->heap);
	while (i && before(&e, &s->heap[(i - 1) / 2])) {
		s->heap[i] = s->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	s->heap[i] = e;
}

static struct event take(struct sim *s)
{
	struct event top = s->heap[0], e = s->heap[--s->n_heap];
	size_t i = 0, k;

	while ((k = 2 * i + 1) < s->n_heap) {
		if (k + 1 < s->n_heap && before(&s->heap[k + 1], &s->heap[k]))
			k++;
		if (!before(&s->heap[k], &e))
			break;
		s->heap[i] = s->heap[k];
		i = k;
	}
	s->heap[i] = e;
	return top;
}

void sim_run(struct sim *s)
{
	for (int i = 0; i < s->n_points; i++)
		tap_open(s, i);
	for (size_t i = 0; i < s->n_sess; i++)
		app_start(s, s->sess[i]);
	while (s->n_heap) {
		struct event e = take(s);

		if (e.when > s->end)
			break;
		s->now = e.when;
		e.fn(s, e.ctx, e.arg);
	}
	for (int i = 0; i < s->n_points; i++)
		tap_close(s, i);
}

static void session_free(struct session *e)
{
	tcp_free(e);
	for (int d = 0; d < 2; d++) {
		free(e->content[d]);
		free(e->plain[d]);
		free(e->script[d]);
	}
	free(e->dgram);
	VEC_FREE(&e->asks);
	free(e);
}

/* Packets still under way when the run ended stay unfreed with their events:
 * the process of a seed ends right after. */
void sim_release(struct sim *s)
{
	if (s->web)
		VEC_FREE(&s->web->back);
	free(s->web);
	for (size_t i = 0; i < s->n_sess; i++)
		session_free(s->sess[i]);
	free(s->sess);
	free(s->heap);
	VEC_FREE(&s->truth);
	for (int i = 0; i < SIM_POINTS; i++)
		VEC_FREE(&s->frames[i]);
}
