/* The sweep over one session.
 *
 * For each direction: chain_open() orders the points that can have it along the
 * way of travel; hop_match() links the records of each two neighbours;
 * chain_join() finds what points in the middle missed; then emit_hop() walks
 * each hop once in near order and gives every record, and every far record
 * that has no near one, its fate, its number and its place in the figures.
 *
 * A point that has the session's flow but nothing of one direction is left out
 * of that direction's chain (the hop spans it) where it is one-way: its TCP
 * acknowledges what it never shows, or it has nothing of that way of the path
 * in any session, or some sessions go round it that way (correlate/sees.h), so
 * that nothing tells which way what is missing went.  Otherwise it was able to
 * see it, and what did not come there is lost before it (one_way()).
 *
 * Cost: for n packets that all arrived in order about 60 ns each and hop; what
 * did not costs a few microseconds.  Memory: about 10 bytes a record, 14 with
 * more than two points.
 */
#include "correlate/sweep.h"

#include <stdlib.h>
#include <string.h>

#include "correlate/numbers.h"
#include "correlate/sees.h"

#define MSS_USUAL 1460
#define TWINS_LOOK 64 /* near records around */

/* --- the chain of points --- */

/* 0: out, 1: back along the path */
static int way_of(const struct session_row *row, int dir)
{
	return row->client_end == 1 ? 1 - dir : dir;
}

static bool acknowledges(const struct strand *s)
{
	for (uint32_t i = 0; i < s->n && i < 8; i++) {
		const struct record *r = strand_at(s, i);

		if ((r->tcp_flags & (REC_ACK | REC_RST)) == REC_ACK)
			return true;
	}
	return false;
}

/* The point has nothing of the chain's direction: is that its nature?  Where it
 * has nothing of the session at all, pairing has found that it would have it
 * (correlate/expect.c). */
static bool one_way(const struct chain *c, size_t flow)
{
	const struct strand *s = &c->s->strand[flow * 2];
	int way = way_of(c->s->row, c->dir);
	uint8_t sees = c->env->sees[s->pos - 1];

	if (!s[0].n && !s[1].n)
		return false;
	if (sees_part(sees, way))
		return true;
	if (c->s->row->proto == 6)
		return acknowledges(&s[1 - c->dir]);
	return !sees_way(sees, way);
}

static void chain_open(struct chain *c)
{
	const struct session_row *row = c->s->row;
	bool backwards = way_of(row, c->dir) == 1;

	c->strand = mem_zalloc(row->n_flows + 1, sizeof(struct strand *));
	for (size_t k = 0; k < row->n_flows; k++) {
		size_t f = backwards ? row->n_flows - 1 - k : k;
		struct strand *s = &c->s->strand[f * 2 + (size_t)c->dir];

		if (s->n || (c->n && !one_way(c, f)))
			c->strand[c->n++] = s;
	}
	if (c->n < 2)
		return;
	c->hop = mem_zalloc(c->n, sizeof *c->hop);
	c->copies = mem_zalloc(c->n, sizeof *c->copies);
	c->stamps = mem_zalloc(c->n, sizeof *c->stamps);
	c->passed = mem_zalloc(c->n, sizeof *c->passed);
	c->n_passed = mem_zalloc(c->n, sizeof *c->n_passed);
	for (size_t k = 0; k < c->n; k++)
		stamps_init(&c->stamps[k],
			    c->env->clock[c->strand[k]->pos - 1]);
	if (c->n < 3)
		return;
	c->tx = mem_zalloc(c->n, sizeof *c->tx);
	for (size_t k = 0; k < c->n; k++)
		c->tx[k] = mem_zalloc(c->strand[k]->n + 1ul, sizeof **c->tx);
}

static void chain_release(struct chain *c)
{
	for (size_t k = 0; k < c->n && c->hop; k++) {
		if (k + 1 < c->n)
			hop_release(&c->hop[k]);
		recopy_release(&c->copies[k]);
		free(c->passed[k]);
		if (c->tx)
			free(c->tx[k]);
	}
	free(c->hop);
	free(c->copies);
	free(c->stamps);
	free(c->passed);
	free(c->n_passed);
	free(c->tx);
	free(c->strand);
}

/* --- links --- */

static bool acks_any(const struct strand *s)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (strand_at(s, i)->tcp_flags & REC_ACK)
			return true;
	return false;
}

/* What a third point tells, whose numbers are sure against both of the hop's:
 * it may have the SYN that the nearer one lacks. */
static void ask_third(const struct hop *h, const struct sweep_session *s,
		      struct numbers *x)
{
	for (size_t k = 0; k < s->row->n_flows; k++) {
		struct strand *t[2] = { &s->strand[k * 2],
					&s->strand[k * 2 + 1] };
		uint32_t a, b;

		if ((int)k == h->near->flow || (int)k == h->far->flow)
			continue;
		for (int d = 0; d < 2; d++) {
			if (x->certain[d] || !numbers_tell(x->p, t, d, &a) ||
			    !numbers_tell(t, x->q, d, &b))
				continue;
			x->certain[d] = x->known[d] = true;
			x->delta[d] = a + b;
		}
	}
}

/* By how much numbers differ between a hop's ends, checked or found. */
static void hop_numbers(struct hop *h, const struct sweep_session *s, int dir)
{
	const struct session_flow *n = &s->row->flows[h->near->flow];
	const struct session_flow *f = &s->row->flows[h->far->flow];
	struct numbers x = { .known = { false, false } };
	uint32_t told;

	h->use_ts = n->ts_known[dir] && f->ts_known[dir];
	h->ts_delta = f->ts_delta[dir] - n->ts_delta[dir];
	if (!h->tcp)
		return;
	for (int d = 0; d < 2; d++) {
		x.p[d] = &s->strand[h->near->flow * 2 + d];
		x.q[d] = &s->strand[h->far->flow * 2 + d];
		x.delta[d] = f->seq_delta[d] - n->seq_delta[d];
		x.known[d] = n->delta_known[d] && f->delta_known[d];
	}
	for (int d = 0; d < 2; d++) {
		x.certain[d] = numbers_tell(x.p, x.q, d, &told);
		if (x.certain[d]) {
			x.known[d] = true;
			x.delta[d] = told;
		}
	}
	if (!x.certain[0] || !x.certain[1])
		ask_third(h, s, &x);
	if (!h->relay && h->near->n && h->far->n) {
		numbers_settle(&x);
		h->unsure = !x.known[dir] ||
			    (!x.known[1 - dir] && acks_any(h->near) &&
			     acks_any(h->far));
	}
	h->delta = x.known[dir] ? x.delta[dir] : 0;
	h->ack_delta = x.known[1 - dir] ? x.delta[1 - dir] : 0;
}

static void hop_clocks(struct hop *h, const struct sweep_env *env)
{
	const struct clock_row *n = env->clock[h->near->pos - 1];
	const struct clock_row *f = env->clock[h->far->pos - 1];
	int64_t width;

	h->max_transit = env->max_transit_ns;
	h->tick = (n ? n->resolution_ns : 1) + (f ? f->resolution_ns : 1);
	stamps_bounds(n, f, strand_at(h->near, 0)->time_ns, &h->f_low,
		      &h->f_high);
	if (h->f_low == INT64_MIN && h->f_high == INT64_MAX)
		return;
	/* The least F of all packets this way is where their upper bound
	 * comes from; a lower one is from the other way, and says nothing of
	 * how long these take. */
	h->paced = h->f_high != INT64_MAX;
	h->pace = h->paced ? h->f_high : h->f_low;
	width = h->f_low != INT64_MIN && h->paced ? h->f_high - h->f_low
						  : 50000000;
	h->dev = 1000000 + width / 32 + h->tick;
}

static struct strand *opposite(const struct chain *c, const struct strand *s)
{
	return &c->s->strand[s->flow * 2 + (1 - s->dir)];
}

static void chain_match(struct chain *c)
{
	for (size_t k = 0; k + 1 < c->n; k++) {
		struct hop *h = &c->hop[k];

		hop_init(h, c->strand[k], c->strand[k + 1],
			 c->s->row->proto == 6);
		h->relay = c->s->row->kind == PAIR_RELAYED;
		hop_numbers(h, c->s, c->dir);
		if (h->near->n)
			hop_clocks(h, c->env);
		else {
			h->f_low = INT64_MIN;
			h->f_high = INT64_MAX;
		}
		h->answered = !h->tcp &&
			      each_answered(h->near, opposite(c, h->near));
		hop_match(h);
	}
}

/* --- fates --- */
struct emit { /* the walk over one hop */
	struct chain *c;
	size_t k;
	struct hop *h;
	struct hop_way *way;
	struct lens lens;
	struct trust *near_trust, *far_trust; /* NULL: not collected */
	struct absences *absence;
	uint32_t seg;               /* largest payload of a segment */
	uint32_t *tx_near, *tx_far; /* NULL: two points only */
	uint32_t *next_tx;
	uint64_t end;  /* near seq64 behind all so far */
	size_t piece;  /* next of h->piece */
	size_t passed; /* next of c->passed[k] */
	bool acked;    /* TCP, and a point of the hop has acknowledgements */
	bool ttl_seen;
	bool delays; /* the two clocks have a common time */
};

static uint32_t segments_of(const struct emit *m, uint32_t len)
{
	return len > m->seg ? (len + m->seg - 1) / m->seg : 1;
}

static struct fated fated_of(const struct emit *m, const struct fate_entry *e,
			     const struct record *r, bool whole)
{
	uint32_t len = e->len < m->seg ? e->len : m->seg;

	return (struct fated){ .fate = e->fate,
			       .kind = e->kind,
			       .marks = e->marks,
			       .change = e->change,
			       .bytes = e->len,
			       .segments = segments_of(m, e->len),
			       .ip_len = r->hdr_len + len,
			       .whole = whole };
}

static void put(struct emit *m, const struct fate_entry *e,
		const struct record *r, bool whole)
{
	struct fated f = fated_of(m, e, r, whole);

	if (m->c->s->out)
		match_writer_add(m->c->s->out, e);
	hopfig_count(m->way, &m->lens, &f);
}

static void apply(struct fate_entry *e, const struct verdict *v)
{
	e->fate = v->fate;
	e->basis = v->basis;
	e->reason = v->reason;
	e->proof_point = v->proof_point;
	e->proof_dir = v->proof_dir;
	e->proof = v->proof;
}

static void learn_absent(struct emit *m, const struct verdict *v)
{
	if (v->open) {
		m->c->s->open++;
		if (m->absence) {
			m->absence->open++;
			m->absence->absent++;
		}
		return;
	}
	if (!m->absence)
		return;
	if (v->fate == FATE_LOST) {
		m->absence->decided++;
		m->absence->lost++;
	} else if (v->fate == FATE_UNSEEN) {
		m->absence->decided++;
		m->far_trust->passed++;
		m->far_trust->missed++;
	}
}

/* Delivered packets: those that would have been proven to pass anyway count
 * as trials of the far capture; all count for the near one, which they passed
 * whatever it has. */
static void learn_delivered(struct emit *m, const struct record *x)
{
	if (!m->absence)
		return;
	m->near_trust->passed++;
	if (m->h->answered || (m->acked && rec_seq_len(x))) {
		m->absence->decided++;
		m->far_trust->passed++;
	} else {
		m->absence->open++;
	}
}

static uint8_t marks_of(uint8_t is)
{
	return (uint8_t)((is & LINK_RESEG ? MARK_RESEGMENTED : 0) |
			 (is & LINK_DUP ? MARK_DUPLICATED : 0) |
			 (is & LINK_LATE ? MARK_REORDERED : 0));
}

static void number(struct emit *m, uint32_t i, struct fate_entry *e)
{
	if (m->k == 0) {
		e->tx = (*m->next_tx)++;
		if (m->tx_near)
			m->tx_near[i] = (uint32_t)e->tx;
	} else if (m->tx_near) {
		e->tx = m->tx_near[i];
	}
}

static void emit_delivered(struct emit *m, uint32_t i, struct fate_entry *e,
			   const struct record *x)
{
	struct hop *h = m->h;
	const struct record *y = strand_at(h->far, h->far_of[i]);
	uint8_t is = h->near_is[i];

	e->far = h->far_of[i];
	if (m->tx_far)
		m->tx_far[e->far] = (uint32_t)e->tx;
	learn_delivered(m, x);
	e->fate = FATE_DELIVERED;
	e->reason = WHY_MATCHED;
	e->marks = marks_of(is);
	if (!(is & LINK_RESEG)) {
		e->change = hopfig_compare(m->way, h, x, y);
		if (e->change)
			e->marks |= MARK_CHANGED;
		hopfig_ttl(m->way, !m->ttl_seen, x, y);
		m->ttl_seen = true;
		if (m->delays && !(is & LINK_TIED))
			hist_add(&m->way->delay,
				 stamps_mid(&m->c->stamps[m->k + 1],
					    y->time_ns) -
					 stamps_mid(&m->c->stamps[m->k],
						    x->time_ns));
	}
	if (is & LINK_TIED) {
		e->fate = FATE_UNDECIDED;
		e->reason = WHY_COPY_UNKNOWN;
		e->marks = e->change = 0;
	}
	put(m, e, x, true);
}

/* Some bytes are there: a line for each range. */
static void emit_parts(struct emit *m, uint32_t i, struct fate_entry *e,
		       const struct record *x)
{
	struct hop *h = m->h;
	struct fate_entry part = *e;
	uint32_t at = 0;
	bool whole = true;

	while (m->piece < h->piece.n && h->piece.at[m->piece].near < i)
		m->piece++;
	while (at < x->pay_len) {
		const struct piece *p = &h->piece.at[m->piece];
		bool mine = m->piece < h->piece.n && p->near == i;
		struct verdict v;

		part = *e;
		part.off = at;
		if (mine && p->off <= at) {
			part.far = p->far;
			part.len = p->len;
			part.fate = FATE_DELIVERED;
			part.reason = WHY_MATCHED;
			part.marks = MARK_RESEGMENTED;
			if (m->tx_far)
				m->tx_far[p->far] = (uint32_t)e->tx;
			put(m, &part, x, false);
			at = p->off + p->len;
			m->piece++;
			continue;
		}
		part.len = (mine ? p->off : x->pay_len) - at;
		v = decide_absent(m->c, m->k, i, at, part.len);
		apply(&part, &v);
		learn_absent(m, &v);
		put(m, &part, x, whole); /* as a transmission it counts once */
		whole = false;
		at += part.len;
	}
}

static void emit_near(struct emit *m, uint32_t i)
{
	const struct record *x = strand_at(m->h->near, i);
	struct fate_entry e = { .near = i,
				.far = FATE_NO_RECORD,
				.len = x->pay_len,
				.copy = 1,
				.kind = (uint8_t)record_kind(x, m->h->tcp) };
	uint8_t is = m->h->near_is[i];
	uint32_t taken = m->h->tcp ? rec_seq_len(x) : 0;
	struct record kept;
	struct verdict v;

	number(m, i, &e);
	if (taken && x->seq64 < m->end) {
		kept = *x;
		x = &kept;
		e.copy = recopy_number(chain_copies(m->c, m->k), i);
	}
	if (taken && x->seq64 + taken > m->end)
		m->end = x->seq64 + taken;
	if (is & LINKED) {
		emit_delivered(m, i, &e, x);
		return;
	}
	kept = *x;
	if (is & LINK_PART) {
		emit_parts(m, i, &e, &kept);
		return;
	}
	v = decide_absent(m->c, m->k, i, 0, kept.pay_len);
	apply(&e, &v);
	learn_absent(m, &v);
	put(m, &e, &kept, true);
}

/* The number of far record @j, which the near point has not. */
static uint64_t orphan_number(struct emit *m, uint32_t j)
{
	struct chain *c = m->c;

	while (m->passed < c->n_passed[m->k] &&
	       c->passed[m->k][m->passed].far < j)
		m->passed++;
	if (m->passed < c->n_passed[m->k] &&
	    c->passed[m->k][m->passed].far == j)
		return c->tx[c->passed[m->k][m->passed].at]
			    [c->passed[m->k][m->passed].near];
	return (*m->next_tx)++;
}

/* May the near point have far record @y, unlinked because of its many likes?
 * Only pure ACKs repeat each other so.  @i: about where it belongs. */
static bool has_twin(const struct emit *m, uint32_t i, const struct record *y)
{
	const struct hop *h = m->h;
	uint32_t from = i > TWINS_LOOK ? i - TWINS_LOOK : 0;

	if (!h->tcp || rec_seq_len(y))
		return false;
	for (uint32_t k = from; k < h->near->n && k < i + TWINS_LOOK; k++) {
		const struct record *x;

		if (h->near_is[k] & LINKED)
			continue;
		x = strand_at(h->near, k);
		if (!rec_seq_len(x) &&
		    (uint32_t)y->ack64 - (uint32_t)x->ack64 == h->ack_delta)
			return true;
	}
	return false;
}

/* @i: the near record that comes after it. */
static void emit_orphan(struct emit *m, uint32_t i, uint32_t j)
{
	struct record y = *strand_at(m->h->far, j);
	struct verdict v = decide_orphan(m->c, m->k, j);
	struct fate_entry e = { .near = FATE_NO_RECORD,
				.far = j,
				.len = y.pay_len,
				.copy = 1,
				.kind = (uint8_t)record_kind(&y, m->h->tcp) };

	e.tx = orphan_number(m, j);
	if (m->tx_far)
		m->tx_far[j] = (uint32_t)e.tx;
	if (v.fate == FATE_OUTSIDE)
		return; /* the near capture cannot have it: it did not enter */
	apply(&e, &v);
	/* a reset may be of any device between */
	if (m->absence && v.fate == FATE_DELIVERED &&
	    !(y.tcp_flags & REC_RST) && !has_twin(m, i, &y)) {
		m->near_trust->passed++;
		m->near_trust->missed++;
	}
	put(m, &e, &y, true);
}

/* Duplicates have the number of what they repeat. */
static void number_duplicates(struct emit *m)
{
	struct hop *h = m->h;

	for (uint32_t j = 0; m->tx_far && j < h->far->n; j++)
		if (h->near_of[j] != LINK_NONE && m->tx_near &&
		    (h->far_is[j] & (LINK_DUP | LINK_RESEG)))
			m->tx_far[j] = m->tx_near[h->near_of[j]];
}

static void emit_walk(struct emit *m)
{
	struct hop *h = m->h;
	uint32_t j = 0;

	for (uint32_t i = 0; i < h->near->n; i++) {
		uint32_t to = h->far_of[i];

		for (; to != LINK_NONE && j < to; j++)
			if (!(h->far_is[j] & (LINKED | LINK_DUP)))
				emit_orphan(m, i, j);
		emit_near(m, i);
	}
	for (; j < h->far->n; j++)
		if (!(h->far_is[j] & (LINKED | LINK_DUP)))
			emit_orphan(m, h->near->n, j);
}

static int64_t slack_of(const struct hop *h)
{
	if (h->f_low == INT64_MIN || h->f_high == INT64_MAX)
		return INT64_MAX;
	return (h->f_high - h->f_low) / 2;
}

static void emit_hop(struct chain *c, size_t k, uint32_t *next_tx)
{
	struct hop *h = &c->hop[k];
	int a = h->near->pos, b = h->far->pos;
	struct hop_figures *f = hopfig_of(&c->s->fig, a < b ? a : b,
					  a < b ? b : a);
	struct evidence *say = c->s->say;
	struct emit m = { .c = c, .k = k, .h = h, .next_tx = next_tx };

	m.way = &f->way[c->dir];
	m.way->able = true;
	m.seg = c->s->mss[c->dir] ? c->s->mss[c->dir] : MSS_USUAL;
	if (!h->tcp)
		m.seg = UINT32_MAX;
	m.acked = h->tcp && (opposite(c, h->near)->n || opposite(c, h->far)->n);
	if (c->tx) {
		m.tx_near = c->tx[k];
		m.tx_far = c->tx[k + 1];
	}
	if (say) {
		m.near_trust = &say->trust[a - 1];
		m.far_trust = &say->trust[b - 1];
		m.absence = &say->absence[(size_t)(a - 1) * say->n_points +
					  (size_t)(b - 1)];
	}
	/* without a bound on either side a one-way delay would be a guess */
	m.delays = c->stamps[k].known && c->stamps[k + 1].known &&
		   slack_of(h) != INT64_MAX;
	if (m.delays)
		m.way->delay_slack_ns = slack_of(h);
	if (c->s->out)
		match_writer_hop(c->s->out, c->dir, h->near->flow,
				 h->far->flow);
	emit_walk(&m);
	number_duplicates(&m);
	hopfig_lengths(m.way, &m.lens);
}

static void round_trips(struct chain *c)
{
	for (size_t k = 0; k + 1 < c[0].n && c[1].n > 1; k++)
		for (size_t q = 0; q + 1 < c[1].n; q++) {
			struct hop *there = &c[0].hop[k];
			struct hop *back = &c[1].hop[q];
			int a = there->near->pos, b = there->far->pos;
			struct hop_figures *f;

			if (back->near->pos != b || back->far->pos != a)
				continue;
			f = hopfig_of(&c->s->fig, a < b ? a : b, a < b ? b : a);
			hopfig_rtt(&f->rtt, there, back, &c[0].stamps[k],
				   &c[0].stamps[k + 1]);
		}
}

void sweep_session(const struct sweep_env *env, struct sweep_session *s)
{
	struct chain c[2] = { { .env = env, .s = s, .dir = 0 },
			      { .env = env, .s = s, .dir = 1 } };

	for (int d = 0; d < 2; d++) {
		uint32_t next_tx = 0;

		chain_open(&c[d]);
		if (c[d].n < 2)
			continue;
		chain_match(&c[d]);
		chain_join(&c[d]);
		for (size_t k = 0; k + 1 < c[d].n; k++)
			emit_hop(&c[d], k, &next_tx);
	}
	round_trips(c);
	hopfig_sort(&s->fig);
	chain_release(&c[0]);
	chain_release(&c[1]);
}
