/* Changes of route: see the header.
 *
 * By TTL: each router takes one off, so the difference between two points is
 * the number of routers, whoever sent the packet and whatever the clocks say.
 * A difference that is constant, then changes and is constant again, is a
 * change of route; one that alternates means several routes at once (ECMP).
 *
 * By the floor of the round trip: with theta the offset of the clocks, the
 * fastest packet out needs u + theta, the fastest back d - theta; their sum has
 * no clock in it.  A clock step does not affect it, a longer route raises it.
 * So does a queue that never empties: a move is ignored if the session's own
 * load grew by half with it, or if the floors on either side vary by half of
 * the move or more.  Nor does a floor of coarse stamps stay: drift moves the
 * ticks of the two clocks against each other, which is worth a tick of each, each
 * way.  Windows have WINDOW packets each way.
 */
#include "report/derive/route.h"

#include <string.h>

#define BLIP 3    /* packets: a shorter run does not count */
#define HOLDS 5   /* packets that make a route */
#define WINDOW 10 /* packets each way, for a floor */
#define SIDE 4    /* windows on each side of a move */
#define LEAST_NS 1000000
/* a window's width divided by this: the most that drift may change */
#define MS_DRIFT 1000

void route_init(struct route_watch *w, int a, int b, int64_t from_ns,
		int64_t to_ns)
{
	int64_t span = to_ns > from_ns ? to_ns - from_ns : 0;

	memset(w, 0, sizeof *w);
	w->a = a;
	w->b = b;
	w->start_ns = from_ns;
	w->width_ns = span / ROUTE_BUCKETS + 1;
}

static struct route_sight sight_of(const struct fate_row *r)
{
	return (struct route_sight){ r->near_file,     r->far_file,
				     r->near->frame,   r->far->frame,
				     r->near->time_ns, r->far->time_ns };
}

static void drop_blip(struct route_watch *w, int way)
{
	int n = w->n_runs[way];

	if (n && w->run[way][n - 1].n < BLIP)
		w->n_runs[way]--;
}

static void run_add(struct route_watch *w, int way, const struct fate_row *r)
{
	int drop = r->near->ttl - r->far->ttl, n = w->n_runs[way];
	struct route_run *run = w->run[way];

	if (n && run[n - 1].drop == drop) {
		run[n - 1].n++;
		return;
	}
	drop_blip(w, way);
	n = w->n_runs[way];
	if (n && run[n - 1].drop == drop) {
		run[n - 1].n++;
		return;
	}
	if (n == ROUTE_RUNS) {
		w->mixed[way] = true;
		return;
	}
	run[n] = (struct route_run){ drop, 1, sight_of(r) };
	w->n_runs[way]++;
}

void route_add(struct route_watch *w, const struct fate_row *r)
{
	int way = r->from == w->a ? 0 : 1;
	int64_t at, least;
	struct route_bucket *b;

	if (r->e.fate != FATE_DELIVERED || !r->near || !r->far ||
	    (r->e.marks & (MARK_RESEGMENTED | MARK_DUPLICATED)))
		return;
	run_add(w, way, r);
	at = (way ? r->far : r->near)->time_ns - w->start_ns;
	at = at < 0 ? 0 : at / w->width_ns;
	b = &w->bucket[at < ROUTE_BUCKETS ? at : ROUTE_BUCKETS - 1];
	least = r->far->time_ns - r->near->time_ns;
	if (b->n[way]++ && b->least_ns[way] <= least)
		return;
	b->least_ns[way] = least;
	b->at[way] = sight_of(r);
}

const struct route_run *route_ttl(const struct route_watch *w, int way)
{
	const struct route_run *run = w->run[way];
	int n = w->n_runs[way];

	if (n && run[n - 1].n < BLIP)
		n--;
	if (w->mixed[way] || n < 2 || n > 3)
		return NULL;
	for (int i = 1; i < n; i++)
		if (run[i - 1].n >= HOLDS && run[i].n >= HOLDS)
			return &run[i];
	return NULL;
}

/* --- the floor --- */
struct window {
	const struct route_sight *fastest; /* out */
	int64_t floor_ns;
	uint64_t n;      /* packets */
	int first, last; /* buckets */
};

static int windows_of(const struct route_watch *w,
		      struct window out[ROUTE_BUCKETS])
{
	uint64_t n[2] = { 0, 0 };
	int64_t least[2] = { 0, 0 };
	const struct route_sight *at[2] = { NULL, NULL };
	int k = 0, first = 0;

	for (int i = 0; i < ROUTE_BUCKETS; i++) {
		const struct route_bucket *b = &w->bucket[i];

		for (int way = 0; way < 2; way++) {
			if (b->n[way] &&
			    (!n[way] || b->least_ns[way] < least[way])) {
				least[way] = b->least_ns[way];
				at[way] = &b->at[way];
			}
			n[way] += b->n[way];
		}
		if (n[0] < WINDOW || n[1] < WINDOW)
			continue;
		out[k++] = (struct window){ at[0], least[0] + least[1],
					    n[0] + n[1], first, i };
		n[0] = n[1] = 0;
		first = i + 1;
	}
	return k;
}

struct side {
	int64_t min, max;
	uint64_t packets, buckets;
};

static struct side side_of(const struct window *w, int from, int to)
{
	struct side s = { INT64_MAX, INT64_MIN, 0, 0 };

	for (int i = from; i < to; i++) {
		s.min = w[i].floor_ns < s.min ? w[i].floor_ns : s.min;
		s.max = w[i].floor_ns > s.max ? w[i].floor_ns : s.max;
		s.packets += w[i].n;
		s.buckets += (uint64_t)(w[i].last - w[i].first + 1);
	}
	return s;
}

/* Did the load grow by half or more from @a to @b? */
static bool busier(const struct side *a, const struct side *b)
{
	return 2 * b->packets * a->buckets >= 3 * a->packets * b->buckets;
}

/* Return: by how much the floors of the two sides differ; 0: not clearly. */
static int64_t gap_of(const struct side *l, const struct side *r,
		      int64_t width_ns, int64_t ticks_ns)
{
	int64_t up = r->min - l->max, down = l->min - r->max;
	int64_t gap = up > down ? up : down;
	int64_t spread = l->max - l->min > r->max - r->min ? l->max - l->min
							   : r->max - r->min;

	if (gap < LEAST_NS || gap <= 2 * spread || gap <= width_ns / MS_DRIFT ||
	    gap / 2 <= ticks_ns || gap < l->min / 20)
		return 0;
	return (up > down ? busier(l, r) : busier(r, l)) ? 0 : gap;
}

struct route_move route_floor(const struct route_watch *w, int64_t ticks_ns)
{
	struct window x[ROUTE_BUCKETS];
	int n = windows_of(w, x);
	struct route_move best = { .known = false };
	int64_t most = 0;

	for (int k = SIDE; k + SIDE <= n; k++) {
		struct side l = side_of(x, 0, k), r = side_of(x, k, n);
		int64_t gap = gap_of(&l, &r, w->width_ns, ticks_ns);

		if (gap <= most)
			continue;
		most = gap;
		best = (struct route_move){ true, l.min, r.min,
					    x[k - 1].fastest, x[k].fastest };
	}
	return best;
}
