/* Datagrams: each is an event of its own.
 *
 * What left the client (ask) or came for it (tell) cuts time as in timeline.c.
 * There are no numbers to tell which of another point's packets is which: it is
 * looked for by length and content's digest, in order, DATAGRAMS_LOOK packets
 * ahead, and where it is not found that point is not asked.
 *
 * A request that says the same as the one before, unanswered, is the program's
 * own retry: the time between was spent on recovery from a loss (or from a
 * server that did not answer; the fates tell which).  Where nothing ever comes
 * back and no known protocol says that these are requests, they are a beacon or
 * a stream, whose sender waits for nobody.
 */
#include "report/derive/datagrams.h"

#include <string.h>

#define DATAGRAMS_LOOK 64

struct dgram_walk {
	struct timeline *t;
	uint32_t at[TIMELINE_HOPS][2]; /* by tap: next to look at */
	struct record ask;             /* the newest request */
	uint32_t ask_far;              /* at far; RECORD_NONE */
	bool one_way;                  /* nobody answers, or has to */
	/* when that was at each tap, and the newest answer; or TRIP_UNKNOWN */
	int64_t asked[TIMELINE_HOPS], told[TIMELINE_HOPS];
};

static bool same(const struct record *a, const struct record *b)
{
	return a->pay_len == b->pay_len && a->head_digest == b->head_digest &&
	       a->frag_off == b->frag_off;
}

static bool is_one_way(const struct timeline *t)
{
	for (size_t i = 0; i < t->n_taps; i++)
		if (t->tap[i].strand[1]->n)
			return false;
	return !asked_any(t->asked);
}

/* @r of @dir at tap @i.  Return: its number, or RECORD_NONE. */
static uint32_t find(struct dgram_walk *w, size_t i, int dir,
		     const struct record *r, int64_t *t_ns)
{
	struct strand *s = w->t->tap[i].strand[dir];
	uint32_t from = w->at[i][dir];

	*t_ns = TRIP_UNKNOWN;
	for (uint32_t k = from; k < s->n && k - from < DATAGRAMS_LOOK; k++) {
		const struct record *y = strand_at(s, k);

		if (!same(r, y))
			continue;
		w->at[i][dir] = k + 1;
		*t_ns = y->time_ns;
		return k;
	}
	return RECORD_NONE;
}

/* @r of @dir, seen at near @now, at all taps.  @t_ns gets when; TRIP_UNKNOWN
 * where not.  Return: its number at far; RECORD_NONE. */
static uint32_t find_all(struct dgram_walk *w, int dir, const struct record *r,
			 int64_t now, int64_t t_ns[TIMELINE_HOPS])
{
	uint32_t far = RECORD_NONE;

	t_ns[0] = now;
	for (size_t i = 1; i < w->t->n_taps; i++)
		far = find(w, i, dir, r, &t_ns[i]);
	return far;
}

static void on_ask(struct dgram_walk *w, const struct record *r, uint32_t rec,
		   int64_t now)
{
	struct timeline *t = w->t;
	int64_t left = now - t->t_ns;
	bool again = t->heard == HEARD_ASK && t->open && !t->answered &&
		     same(&w->ask, r);

	t->t_ns = now;
	if (again && !w->one_way) {
		int64_t got = timeline_spend(t, TIME_RECOVERY, left, &left);

		t->b->repairs[REPAIR_TIMEOUT]++;
		t->b->repair_ns[REPAIR_TIMEOUT] += got;
	} else if (t->heard != HEARD_NOTHING) {
		timeline_spend(t, TIME_CLIENT, left, &left);
	}
	if (t->asked)
		asked_mark(t->asked, t, r->frame, rec, now);
	if (!t->open || t->answered)
		timeline_open(t, rec, now);
	t->x.near[1] = rec;
	t->x.bytes[0] += again ? 0 : r->pay_len;
	memcpy(t->last_mark, t->b->part, sizeof t->last_mark);
	w->ask = *r;
	w->ask_far = find_all(w, 0, r, now, w->asked);
	t->dgram_far[0] = w->ask_far;
	t->heard = HEARD_ASK;
}

/* What each tap saw of the round trip.
 * Return: false where far does not know it. */
static bool trips(const struct dgram_walk *w, int64_t left, int64_t *trip)
{
	size_t last = w->t->n_taps - 1;

	trip[0] = left;
	for (size_t i = 1; i <= last; i++)
		trip[i] = w->asked[i] == TRIP_UNKNOWN ||
					  w->told[i] == TRIP_UNKNOWN
				  ? TRIP_UNKNOWN
				  : time_sub(w->told[i], w->asked[i]);
	timeline_doubt(w->t, trip);
	return last > 0 && trip[last] >= 0;
}

static void tell_answer(struct dgram_walk *w, int64_t left)
{
	struct timeline *t = w->t;
	int64_t trip[TIMELINE_HOPS], base = t->b->base_ns, path, over;

	if (!trips(w, left, trip)) {
		path = base > 0 && base < left ? base : 0;
		left -= path;
		timeline_path(t, NULL, &path);
		timeline_spend(t, TIME_SERVER, left, &left);
		return;
	}
	timeline_spend(t, TIME_SERVER, trip[t->n_taps - 1], &left);
	over = left - base;
	if (base >= 0 && over > 10000000 && over > base / 4)
		timeline_queue(t, trip,
			       timeline_spend(t, TIME_QUEUE, over, &left));
	if (base < 0 || left < base)
		t->b->base_ns = left;
	timeline_learn(t, trip);
	timeline_ways(t, trip, w->asked);
	timeline_path(t, trip, &left);
}

static void on_tell(struct dgram_walk *w, const struct record *r, uint32_t rec,
		    int64_t now)
{
	struct timeline *t = w->t;
	int64_t left = now - t->t_ns;
	uint32_t far = find_all(w, 1, r, now, w->told);

	t->t_ns = now;
	t->dgram_far[1] = far;
	if (t->heard == HEARD_ASK)
		tell_answer(w, left);
	else if (t->heard == HEARD_TELL && left <= t->tap[0].slack_ns)
		timeline_spend(t, TIME_TRANSFER, left, &left);
	else if (t->heard == HEARD_TELL)
		timeline_spend(t, TIME_SERVER, left, &left);
	if (t->open && !t->answered && t->heard == HEARD_ASK) {
		t->answered = true;
		if (w->ask_far != RECORD_NONE)
			t->x.far[0] = w->ask_far;
		if (far != RECORD_NONE)
			t->x.far[1] = far;
	}
	if (t->answered) {
		t->x.bytes[1] += r->pay_len;
		timeline_answer(t, rec);
	}
	t->heard = HEARD_TELL;
}

void timeline_datagrams(struct timeline *t)
{
	struct dgram_walk w = { .t = t,
				.ask_far = RECORD_NONE,
				.one_way = is_one_way(t) };
	const struct record *r;
	uint32_t rec;
	int d;

	t->datagrams = true;
	t->dgram_far[0] = t->dgram_far[1] = RECORD_NONE;
	t->t_ns = t->b->start_ns;
	while ((r = tap_next(&t->tap[0], &d, &rec)) != NULL) {
		if (d == 0)
			on_ask(&w, r, rec, t->tap[0].t_ns);
		else
			on_tell(&w, r, rec, t->tap[0].t_ns);
		if (t->asked)
			asked_take(t->asked, t, r, d, rec);
	}
	if (t->asked)
		asked_end(t->asked, t);
	timeline_close(t);
}
