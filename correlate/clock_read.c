/* Packets that one session has at two points.
 *
 * A short session is read completely.  Of a long one, stretches spread over its
 * length are read at the near point, and at the far one the records at the same
 * place (find_place()): for TCP the same progress in the sequence space, for
 * datagrams the same time, once a match has shown the difference of the clocks.
 * The search begins where the last stretch was found and gallops from there, so
 * that it touches one or two runs of records, not log n.
 *
 * Datagrams are unique among those of a stretch only.  Of flows that repeat
 * themselves, stretches are not used (is_repetitive()).
 *
 * Cost: O(share log share), and two or three runs unpacked (4,096 records
 * each) for each of at most STRETCHES_MOST stretches.
 */
#include <stdlib.h>

#include "correlate/clock_sample.h"
#include "store/recs.h"

#define STRETCH 256 /* records of a stretch at the near point */
#define STRETCHES_MIN 4
#define STRETCHES_MOST 40
#define WARM_UP 32 /* records before which nothing is first */
#define PROTO_TCP 6

struct side {
	struct recs *v;
	uint64_t n;
	uint64_t seq0, ack0; /* taken off, so that both sides agree */
	struct match_list list;
};

/* Reads records [from, to); the first @warm of them are no firsts. */
static void read_stretch(struct side *d, uint64_t from, uint64_t to,
			 unsigned warm, bool tcp)
{
	match_begin(&d->list, warm);
	for (uint64_t i = from; i < to && i < d->n; i++) {
		const struct record *r = recs_get(d->v, i);

		match_add(&d->list, r, recs_file(d->v, i), tcp,
			  (uint32_t)(r->seq64 - d->seq0),
			  (uint32_t)(r->ack64 - d->ack0));
	}
}

/* --- the same place at the far point --- */

static bool has_ack(const struct record *r)
{
	return r->tcp_flags & REC_ACK && !(r->tcp_flags & REC_RST);
}

/* A value that ascends with the records, except for retransmissions and
 * reordering: for TCP the progress of both directions, which is the same at
 * both points; else time. */
static int64_t place_of(struct side *d, uint64_t i, bool tcp)
{
	const struct record *r = recs_get(d->v, i);
	int64_t p = (int64_t)(r->seq64 - d->seq0);

	if (!tcp)
		return r->time_ns;
	return has_ack(r) ? p + (int64_t)(r->ack64 - d->ack0) : p;
}

/* First record with at least that place, about; found from @guess on. */
static uint64_t find_place(struct side *d, int64_t place, uint64_t guess,
			   bool tcp)
{
	uint64_t low, high, gap = STRETCH;

	if (!d->n)
		return 0;
	low = high = guess < d->n ? guess : d->n - 1;
	if (place_of(d, low, tcp) < place)
		while (high < d->n && place_of(d, high, tcp) < place) {
			low = high + 1;
			high = d->n - high > gap ? high + gap : d->n;
			gap *= 4;
		}
	else
		while (low && place_of(d, low, tcp) >= place) {
			high = low;
			low = low > gap ? low - gap : 0;
			gap *= 4;
		}
	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (place_of(d, mid, tcp) < place)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Reads the far records with places in [from, to].  Return: where they
 * begin. */
static uint64_t read_place(struct side *far, int64_t from, int64_t to,
			   uint64_t guess, bool tcp)
{
	uint64_t a = find_place(far, from, guess, tcp);
	uint64_t b = find_place(far, to, a, tcp);
	uint64_t margin = tcp ? WARM_UP * 2 : STRETCH;
	uint64_t before = a > margin ? a - margin : 0;

	if (b > a + 4 * STRETCH)
		b = a + 4 * STRETCH;
	read_stretch(far, before, b + margin, before ? WARM_UP : 1, tcp);
	return a;
}

/* --- a session between two points --- */

struct keep {
	struct session_read *w;
	int dir;
};

static void keep_pair(void *ctx, const struct match_pair *p)
{
	const struct keep *k = ctx;

	*VEC_PUSH(&k->w->pair[k->dir]) = *p;
	k->w->skew_known = true;
	k->w->skew_ns = clock_sub(p->far.time_ns, p->near.time_ns);
}

static void match_dir(struct session_read *w, struct side d[2], int dir)
{
	const struct session_flow *a = &w->e->row.flows[w->flow[0]];
	const struct session_flow *b = &w->e->row.flows[w->flow[1]];
	struct keep ctx = { w, dir };
	uint32_t ts = b->ts_delta[dir] - a->ts_delta[dir];

	match_lists(&d[0].list, &d[1].list,
		    a->ts_known[dir] && b->ts_known[dir] ? &ts : NULL,
		    keep_pair, &ctx);
}

/* The place at the far point of near record @i. */
static int64_t far_place(const struct session_read *w, struct side *near,
			 uint64_t i, bool tcp)
{
	int64_t p = place_of(near, i, tcp);

	return tcp ? p : clock_add(p, w->skew_ns);
}

static void match_long(struct session_read *w, struct side d[2], int dir,
		       bool tcp)
{
	uint64_t n = w->share / 4 / STRETCH, step, guess = 0;

	n = n < STRETCHES_MIN ? STRETCHES_MIN : n;
	n = n > STRETCHES_MOST ? STRETCHES_MOST : n;
	step = (d[0].n - STRETCH) / (n - 1);
	for (uint64_t i = 0; i < n; i++) {
		/* the last one ends with the flow */
		uint64_t from = i + 1 < n ? i * step : d[0].n - STRETCH;
		uint64_t to = from + STRETCH - 1;

		read_stretch(&d[0], from, to + 1, from ? WARM_UP : 1, tcp);
		guess = read_place(&d[1], far_place(w, &d[0], from, tcp),
				   far_place(w, &d[0], to, tcp), guess, tcp);
		guess += step;
		match_dir(w, d, dir);
	}
}

/* Reads the beginning of the flow, up to all of it. */
static void match_begin_of(struct session_read *w, struct side d[2], int dir,
			   bool tcp, uint64_t most)
{
	for (int k = 0; k < 2; k++)
		read_stretch(&d[k], 0, most, 1, tcp);
	match_dir(w, d, dir);
}

/* Do many of the near point's datagrams look like others? */
static bool is_repetitive(const struct match_list *l)
{
	size_t same = 0;

	for (size_t i = 1; i < l->n; i++)
		same += l->at[i].key == l->at[i - 1].key;
	return same * 16 > l->n;
}

/* A long flow of datagrams: its beginning shows whether they repeat, and the
 * difference of the clocks. */
static void match_datagrams(struct session_read *w, struct side d[2], int dir)
{
	uint64_t most = w->share / 4;

	match_begin_of(w, d, dir, false, most < 1000 ? 1000 : most);
	if (w->skew_known && d[0].n > STRETCH * STRETCHES_MIN &&
	    !is_repetitive(&d[0].list)) {
		VEC_FREE(&w->pair[dir]); /* again, with the stretches */
		match_long(w, d, dir, false);
	}
}

/* What to take off the far point's numbers of @dir so that they are the near
 * one's: the delta is known modulo 2^32; the rest so that the ranges of
 * numbers seen overlap most. */
static uint64_t far_base(struct session_read *w, struct side d[2], int dir)
{
	const struct session_flow *a = &w->e->row.flows[w->flow[0]];
	const struct session_flow *b = &w->e->row.flows[w->flow[1]];
	int64_t delta = (int64_t)(uint32_t)(b->seq_delta[dir] -
					    a->seq_delta[dir]);
	int64_t s[2][2], best = 0, most = INT64_MIN;

	if (!d[0].n || !d[1].n)
		return (uint64_t)delta;
	for (int k = 0; k < 2; k++) {
		s[k][0] = (int64_t)recs_get(d[k].v, 0)->seq64;
		s[k][1] = (int64_t)recs_get(d[k].v, d[k].n - 1)->seq64;
	}
	for (int64_t turn = -3; turn <= 2; turn++) {
		int64_t shift = delta + turn * (1ll << 32);
		int64_t from = s[1][0] - shift, to = s[1][1] - shift, both;

		from = from > s[0][0] ? from : s[0][0];
		to = to < s[0][1] ? to : s[0][1];
		both = to - from;
		if (both > most) {
			most = both;
			best = shift;
		}
	}
	return (uint64_t)best;
}

static void match_way(struct session_read *w, struct side d[2], int dir,
		      bool tcp)
{
	bool is_long = d[0].n + d[1].n > w->share / 2 &&
		       d[0].n > STRETCH * STRETCHES_MIN;

	if (!is_long)
		match_begin_of(w, d, dir, tcp, UINT64_MAX);
	else if (tcp)
		match_long(w, d, dir, true);
	else
		match_datagrams(w, d, dir);
}

/* Do both points have the same number of packets of the session, each way? Then
 * nothing was missed, unless equally many at each; so what looks like a first
 * copy is one. */
static bool is_whole(const struct flow_row *a, const struct flow_row *b)
{
	return a->packets[0] == b->packets[0] && a->packets[1] == b->packets[1];
}

void clock_read_session(struct session_read *w)
{
	const struct loaded *e = w->e;
	bool tcp = e->row.proto == PROTO_TCP;
	struct side d[2][2] = { 0 }; /* [dir][near, far] */

	for (int dir = 0; dir < 2; dir++)
		for (int k = 0; k < 2; k++) {
			struct side *p = &d[dir][k];

			p->v = recs_open(w->s, &e->flow[w->flow[k]], dir);
			p->n = recs_count(p->v);
		}
	w->whole = !session_relayed(&e->row, w->flow[0], w->flow[1]) &&
		   is_whole(&e->flow[w->flow[0]], &e->flow[w->flow[1]]);
	for (int dir = 0; dir < 2 && tcp; dir++)
		d[dir][1].seq0 = d[!dir][1].ack0 = far_base(w, d[dir], dir);
	for (int dir = 0; dir < 2; dir++) {
		const struct session_flow *a = &e->row.flows[w->flow[0]];
		const struct session_flow *b = &e->row.flows[w->flow[1]];
		struct side *p = d[dir];

		if (!p[0].n || !p[1].n ||
		    (tcp && !(a->delta_known[dir] && b->delta_known[dir])))
			continue;
		p[0].list.whole = p[1].list.whole = w->whole;
		p[0].list.no_opening = p[1].list.no_opening =
			tcp && a->seq_delta[1] != b->seq_delta[1];
		p[0].list.only_data = p[1].list.only_data = session_relayed(
			&e->row, w->flow[0], w->flow[1]);
		match_way(w, p, dir, tcp);
	}
	for (int i = 0; i < 4; i++) {
		recs_close(d[i / 2][i % 2].v);
		match_release(&d[i / 2][i % 2].list);
	}
}

bool clock_reads_apart(const struct session_read *w)
{
	const struct flow_row *near = &w->e->flow[w->flow[0]];

	return w->e->row.proto == PROTO_TCP ||
	       clock_flow_records(near) <= STRETCH * STRETCHES_MIN;
}
