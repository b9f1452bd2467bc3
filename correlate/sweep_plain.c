/* The short way of the sweep: a short session of which both points have the very
 * same packets, each once and in order, with nothing changed.
 *
 * Its records pair one to one, so no chain of points, no learning of what
 * survives the hop, no lock step and no verdicts are needed; what is left is to
 * add what the general way would add.  Which sessions?  Those of which it is
 * certain, before any of it is run, that the general way links record i to
 * record i, both ways (is_plain()), as
 *
 *   - two points have it, and no relay is between them; both have both
 *     directions, with as many records, MOST at most, in memory, whose stamps
 *     ascend;
 *   - records i agree in all that hop_same_at_once() and hopfig_unchanged()
 *     compare, where no numbers are translated (both points have the SYNs, so
 *     that pairing's word does not matter), and time stamps by one difference,
 *     which is pairing's if that knows one;
 *   - no two records of a strand can be taken for each other: those of TCP bring
 *     new bytes, or acknowledge more than all before (adds_something()), those of
 *     others differ in content; so hop_learn() has no pair but these, all but
 *     such as look like their neighbours;
 *   - both clocks bound F, and all F are where packets of a plain path may be
 *     (in_bounds()), so that it takes all of those pairs; if there are two, the
 *     pace is one of their F, and as all F are within SPREAD, every record stays
 *     in pace whatever the mean deviation.  A single record is compared with the
 *     pace that the clocks tell, SURE_NS off at most.
 *
 * Whatever is not so is left to the general way: loss, copies, keep-alives,
 * reordering, other pieces, rewritten fields, steps, one direction only.
 *
 * Cost: O(1) a record; no memory but the figures.
 */
#include "correlate/sweep_plain.h"

#include <netinet/in.h>

#include "correlate/chain.h"
#include "correlate/emit_int.h"

#define MOST 48           /* records of a strand; LENS lengths at most */
#define SPREAD 1000000    /* ns between any two F; link_in_pace() allows more */
#define SURE_NS 8000000   /* link_in_pace() has 8 dev, each a millisecond */
#define EARLY_NS 20000000 /* hop_may_take() allows as much and more */
#define QUEUE_NS 50000000 /* too_late() of correlate/learn.c */
#define SERIES 8          /* datagrams of a strand */
#define STREAM (1u << 31) /* bytes: numbers of one stream are unique */

_Static_assert(MOST <= LENS, "no two lengths are joined");
_Static_assert(MOST <= EMIT_DELAYS, "delays are added at once");

struct way { /* a direction, by travel */
	struct strand *near, *far;
	const struct record *x, *y; /* their records */
	uint32_t n;
	struct stamps a, b;
	int64_t f_low, f_high; /* of F, by the clocks */
	bool answered;         /* each datagram was */
};

/* --- is it plain? --- */

static bool is_open(const struct strand *s)
{
	return s->n && s->n <= MOST && s->n_flat == s->n;
}

static bool way_open(struct way *w, const struct sweep_session *s, int dir)
{
	/* backwards: travels from the last point to the first */
	size_t from = (size_t)(s->row->client_end == 1) ^ (size_t)dir;

	w->near = &s->strand[from * 2 + (size_t)dir];
	w->far = &s->strand[(1 - from) * 2 + (size_t)dir];
	if (!is_open(w->near) || !is_open(w->far) || w->near->n != w->far->n)
		return false;
	w->x = w->near->flat;
	w->y = w->far->flat;
	w->n = w->near->n;
	return true;
}

/* Are record @x and record @y of the other point the same, field by field? */
static bool is_same(const struct record *x, const struct record *y)
{
	return !(((uint32_t)x->seq64 ^ (uint32_t)y->seq64) |
		 ((uint32_t)x->ack64 ^ (uint32_t)y->ack64) |
		 (uint32_t)(x->ip_id ^ y->ip_id) |
		 (uint32_t)(x->n_sack | y->n_sack)) &&
	       records_alike(x, y);
}

/* Are all of a strand's differences of time stamps the same, and what pairing
 * says, if it does? */
static bool ts_agrees(const struct way *w, const struct sweep_session *s,
		      int dir)
{
	const struct session_flow *n = &s->row->flows[w->near->flow];
	const struct session_flow *f = &s->row->flows[w->far->flow];
	bool known = n->ts_known[dir] && f->ts_known[dir];
	uint32_t delta = f->ts_delta[dir] - n->ts_delta[dir];

	for (uint32_t i = 0; i < w->n; i++) {
		uint32_t d = w->y[i].tsval - w->x[i].tsval;

		if (!(w->x[i].opts & REC_OPT_TS))
			continue;
		if (known && d != delta)
			return false;
		delta = d;
		known = true;
	}
	return true;
}

/* Where a strand's TCP has come to. */
struct progress {
	uint64_t end, acked;
	uint32_t telling; /* records that are certain to have no likes */
	bool reset;
};

/* Does @r, not the first record, differ from all before by new bytes, by
 * acknowledging more, or as the reset at the end? */
static bool adds_something(struct progress *p, const struct record *r)
{
	uint32_t len = rec_seq_len(r);
	bool more = (r->tcp_flags & REC_ACK) && r->ack64 > p->acked;

	if (p->reset || (r->tcp_flags & REC_SYN))
		return false;
	if (len ? r->seq64 < p->end : !more && !(r->tcp_flags & REC_RST))
		return false;
	p->telling += r->pay_len > 0;
	p->reset = r->tcp_flags & REC_RST;
	if (more)
		p->acked = r->ack64;
	if (r->seq64 + len > p->end)
		p->end = r->seq64 + len;
	return true;
}

static bool is_stream(const struct way *w)
{
	const struct record *x = w->x;
	struct progress p = { x->seq64 + rec_seq_len(x), x->ack64, 1, false };

	if (!(x->tcp_flags & REC_SYN))
		return false;
	for (uint32_t i = 1; i < w->n; i++)
		if (!adds_something(&p, &x[i]))
			return false;
	return p.end - x->seq64 < STREAM && (w->n == 1 || p.telling > 1);
}

/* Datagrams, none like another. */
static bool is_series(const struct way *w)
{
	if (w->n > SERIES)
		return false;
	for (uint32_t i = 0; i < w->n; i++) {
		const struct record *x = &w->x[i], *y = &w->y[i];

		if (x->marks != y->marks || x->icmp_type != y->icmp_type ||
		    x->frag_off != y->frag_off)
			return false;
		for (uint32_t k = 0; k < i; k++)
			if (record_content_agrees(&w->x[k], x))
				return false;
	}
	return true;
}

/* Do the clocks bound F, and is it of each record about what it can be, and about
 * the same? */
static bool in_bounds(struct way *w, const struct sweep_env *env)
{
	const struct clock_row *near = env->clock[w->near->pos - 1];
	const struct clock_row *far = env->clock[w->far->pos - 1];
	int64_t least = INT64_MAX, most = INT64_MIN, queue = QUEUE_NS;

	for (uint32_t i = 0; i < w->n; i++) {
		int64_t f = hop_f(&w->x[i], &w->y[i]);

		least = f < least ? f : least;
		most = f > most ? f : most;
	}
	if (time_sub(most, least) > SPREAD)
		return false;
	stamps_bounds(near, far, w->x->time_ns, &w->f_low, &w->f_high);
	if (w->f_low == INT64_MIN || w->f_high == INT64_MAX ||
	    w->f_low > w->f_high)
		return false;
	if (env->max_transit_ns < queue)
		queue = env->max_transit_ns;
	if (w->n == 1 && (uint64_t)SURE_NS < time_apart(most, w->f_high))
		return false;
	return time_sub(w->f_low, least) <= EARLY_NS &&
	       time_sub(most, w->f_high) <= queue;
}

static bool way_same(const struct way *w)
{
	int64_t a = INT64_MIN, b = INT64_MIN;

	for (uint32_t i = 0; i < w->n; i++) {
		if (!is_same(&w->x[i], &w->y[i]) || w->x[i].time_ns < a ||
		    w->y[i].time_ns < b)
			return false;
		a = w->x[i].time_ns;
		b = w->y[i].time_ns;
	}
	return true;
}

static bool way_plain(struct way *w, const struct sweep_env *env,
		      const struct sweep_session *s, int dir)
{
	bool tcp = s->row->proto == IPPROTO_TCP;

	if (!way_same(w) || !(tcp ? is_stream(w) : is_series(w)) ||
	    !ts_agrees(w, s, dir) || !in_bounds(w, env))
		return false;
	stamps_init(&w->a, env->clock[w->near->pos - 1]);
	stamps_init(&w->b, env->clock[w->far->pos - 1]);
	return w->a.known && w->b.known;
}

/* --- what it adds --- */

static struct hop_way *figures_to(struct sweep_session *s, const struct way *w,
				  int dir)
{
	int a = w->near->pos, b = w->far->pos;

	return &hopfig_of(&s->fig, a < b ? a : b, a < b ? b : a)->way[dir];
}

static void add_counts(struct hop_way *to, const struct way *w, bool tcp,
		       uint32_t seg)
{
	uint64_t bytes = 0, segments = 0;

	for (uint32_t i = 0; i < w->n; i++) {
		const struct record *x = &w->x[i];
		uint32_t len = x->pay_len;
		enum fate_kind kind = strand_kind(x, tcp);

		to->by_kind[kind][FATE_DELIVERED]++;
		bytes += len;
		segments += segments_of(len, seg);
		hopfig_ttl(to, x, &w->y[i]);
		if (kind != KIND_DATA)
			continue;
		len = x->hdr_len + (len < seg ? len : seg);
		to->delivered_below++;
		if (len > to->max_delivered)
			to->max_delivered = len;
	}
	to->tx.n[FATE_DELIVERED] = w->n;
	to->bytes.n[FATE_DELIVERED] = bytes;
	to->segments.n[FATE_DELIVERED] = segments;
}

static void add_delays(struct hop_way *to, struct way *w)
{
	int64_t ns[MOST] NOT_ZEROED;

	for (uint32_t i = 0; i < w->n; i++) {
		int64_t far = stamps_mid(&w->b, w->y[i].time_ns);

		ns[i] = time_sub(far, stamps_mid(&w->a, w->x[i].time_ns));
	}
	to->delay_slack_ns = time_sub(w->f_high, w->f_low) / 2;
	hist_add_all(&to->delay, ns, w->n);
}

static void add_entries(struct match_writer *out, const struct way *w, int dir,
			bool tcp)
{
	match_writer_hop(out, dir, w->near->flow, w->far->flow);
	for (uint32_t i = 0; i < w->n; i++)
		match_writer_plain(out, i, i, i, w->x[i].pay_len,
				   (uint8_t)strand_kind(&w->x[i], tcp));
}

/* As emit_learn() does. */
static void add_evidence(struct evidence *say, const struct way *w, bool tcp)
{
	size_t a = (size_t)w->near->pos - 1, b = (size_t)w->far->pos - 1;
	struct absences *absence = &say->absence[a * say->n_points + b];

	for (uint32_t i = 0; i < w->n; i++) {
		emit_passed(&say->trust[a], &say->bins[a], w->x[i].time_ns,
			    false);
		if (!w->answered && !(tcp && rec_seq_len(&w->x[i]))) {
			absence->open++;
			bins_hear(&say->bins[b], w->y[i].time_ns);
			continue;
		}
		absence->decided++;
		emit_passed(&say->trust[b], &say->bins[b], w->y[i].time_ns,
			    false);
	}
}

static void add_way(struct sweep_session *s, struct way *w, int dir)
{
	bool tcp = s->row->proto == IPPROTO_TCP;
	struct hop_way *to = figures_to(s, w, dir);

	to->able = true;
	add_counts(to, w, tcp, sweep_segment(s, dir));
	add_delays(to, w);
	if (s->out)
		add_entries(s->out, w, dir, tcp);
	if (s->say)
		add_evidence(s->say, w, tcp);
}

/* As hopfig_rtt() finds them where everything is linked. */
static void add_trips(struct hist *rtt, struct way *there, struct way *back)
{
	uint32_t y = 0, used = 0;

	for (uint32_t z = 0; z < back->n; z++) {
		struct trip x = { .is = true, .b2 = back->x[z].time_ns };

		while (y < there->n && there->y[y].time_ns <= x.b2)
			y++;
		if (y == used)
			continue;
		used = y;
		x.b1 = there->y[y - 1].time_ns;
		x.a1 = there->x[y - 1].time_ns;
		x.a2 = back->y[z].time_ns;
		if (time_sub(x.b2, x.b1) <= HOPFIG_TURN_NS)
			hopfig_trip(rtt, &x, &there->a, &there->b);
	}
}

bool sweep_plain(const struct sweep_env *env, struct sweep_session *s)
{
	const struct session_row *row = s->row;
	struct way w[2] NOT_ZEROED;

	if (row->n_flows != 2 || row->flows[1].relayed ||
	    (row->proto != IPPROTO_TCP && row->proto != IPPROTO_UDP))
		return false;
	for (int d = 0; d < 2; d++)
		if (!way_open(&w[d], s, d))
			return false;
	for (int d = 0; d < 2; d++)
		if (!way_plain(&w[d], env, s, d))
			return false;
	for (int d = 0; d < 2; d++) {
		w[d].answered = row->proto != IPPROTO_TCP &&
				each_answered(w[d].near, w[1 - d].far);
		add_way(s, &w[d], d);
	}
	add_trips(&s->fig.hop[0].rtt, &w[0], &w[1]);
	return true;
}
