/* The walk over one hop: fates, numbers and figures of its records.
 *
 * Near records are taken in order.  Before each come the far records that arrived
 * before it and that the near point lacks (orphans).  A near record leaves its
 * point on one hop only; on other hops it is skipped (LINK_AWAY).
 */
#include <stdlib.h>

#include "correlate/emit_int.h"

#define TWINS_LOOK 64 /* near records around */
#define FOUND (LINKED | LINK_DUP | LINK_AWAY)

static struct fated fated_of(const struct emit *m, const struct fate_entry *e,
			     const struct record *r, bool whole)
{
	uint32_t len = e->len < m->seg ? e->len : m->seg;

	return (struct fated){ .fate = e->fate,
			       .kind = e->kind,
			       .marks = e->marks,
			       .change = e->change,
			       .bytes = e->len,
			       .segments = emit_segments(m, e->len),
			       .ip_len = r->hdr_len + len,
			       .astray = e->reason == WHY_LOST_HERE_OR_BEHIND,
			       .whole = whole };
}

static void put(struct emit *m, const struct fate_entry *e,
		const struct record *r, bool whole)
{
	struct fated f = fated_of(m, e, r, whole);

	if (m->c->s->out)
		match_writer_add(m->c->s->out, e);
	hopfig_count(m->way, m->lens, &f);
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

static uint8_t marks_of(uint8_t is)
{
	return (uint8_t)((is & LINK_RESEG ? MARK_RESEGMENTED : 0) |
			 (is & LINK_DUP ? MARK_DUPLICATED : 0) |
			 (is & LINK_LATE ? MARK_REORDERED : 0));
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
	emit_learn(m, x, y);
	if (e->copy > 1) {
		emit_learn_beyond(m, (uint32_t)e->far, (enum fate_kind)e->kind);
		x = strand_at(h->near, i); /* again: others were unpacked */
		y = strand_at(h->far, h->far_of[i]);
	}
	e->fate = FATE_DELIVERED;
	e->reason = WHY_MATCHED;
	e->marks = marks_of(is);
	if (!(is & LINK_RESEG) && !h->relay) {
		e->change = hopfig_compare(m->way, h, x, y);
		if (e->change)
			e->marks |= MARK_CHANGED;
		hopfig_ttl(m->way, x, y);
		if (m->delays && !(is & LINK_TIED))
			emit_delay(m, x, y);
	}
	if (is & LINK_TIED) {
		e->fate = FATE_UNDECIDED;
		e->reason = WHY_COPY_UNKNOWN;
		e->marks = e->change = 0;
	}
	put(m, e, x, true);
}

/* A packet of one side of a relay (no data, or a repeated copy) has no fate across
 * the relay. */
static bool is_beside_relay(const struct emit *m, const struct verdict *v)
{
	return m->h->relay && v->fate == FATE_OUTSIDE && v->reason == WHY_RELAY;
}

/* Other bytes of the same record took this hop, so these may have gone another
 * way: nothing says that they were lost here. */
static struct verdict unknown_way(void)
{
	return (struct verdict){ .fate = FATE_UNDECIDED,
				 .basis = BASIS_NONE,
				 .reason = WHY_COPY_UNKNOWN };
}

/* The far point has none of the bytes [at, at + len).  Writes one line for each
 * range that points behind it have, and one for each that they lack.
 * @ours: these bytes took this hop, as far as can be told.
 * @whole: the transmission has not been counted yet.  It is counted once, for a
 * range that no point has.  Return: it was counted here. */
static bool emit_missing(struct emit *m, const struct fate_entry *e,
			 const struct record *x, uint32_t at, uint32_t len,
			 bool ours, bool whole)
{
	bool counted = false;
	uint32_t end = at + len, run = len, i = (uint32_t)e->near;

	do {
		struct fate_entry part = *e;
		bool passed = false;
		struct verdict v;

		if (ours && m->h->tcp && x->pay_len)
			run = chain_part_run(m->c, m->k, i, x->seq64 + at,
					     x->seq64 + end, &passed);
		part.off = at;
		part.len = run;
		at += run;
		v = ours ? decide_absent(m->c, m->k, i, part.off, run)
			 : unknown_way();
		if (is_beside_relay(m, &v))
			continue;
		passed = passed && run < len;
		apply(&part, &v);
		emit_learn_absent(m, &v, (enum fate_kind)part.kind);
		put(m, &part, x, whole && !counted && !passed);
		counted = counted || !passed;
	} while (at < end);
	return counted;
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
		if (emit_missing(m, e, x, at, part.len,
				 m->c->leg[m->k].takes_lost, whole))
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
				.kind = (uint8_t)record_kind(x, m->h->tcp) };
	uint8_t is = m->h->near_is[i];
	struct record kept;

	e.tx = emit_number(m, i);
	e.copy = emit_near_copy(m, i, e.tx);
	if (m->c->leg[m->k].a == 0)
		emit_copy_keep(m, e.tx, e.copy);
	x = strand_at(m->h->near, i); /* again: others were unpacked */
	if (is & LINKED) {
		emit_delivered(m, i, &e, x);
		return;
	}
	kept = *x;
	if (is & LINK_PART) {
		emit_parts(m, i, &e, &kept);
		return;
	}
	/* round_settle() has taken out what may have gone another way */
	emit_missing(m, &e, &kept, 0, kept.pay_len, true, true);
}

/* The transmission that far record @j, which the near point lacks, belongs to.
 * Return: it is a new one; no point before has it. */
static bool orphan_number(struct emit *m, uint32_t j, uint64_t *tx)
{
	struct chain *c = m->c;
	const struct passed *p = c->passed[m->k];
	size_t n = c->n_passed[m->k];

	while (m->passed < n && p[m->passed].far < j)
		m->passed++;
	if (m->passed < n && p[m->passed].far == j) {
		*tx = c->tx[p[m->passed].at][p[m->passed].near];
		return false;
	}
	*tx = (*m->next_tx)++;
	return true;
}

/* May the near point have far record @y after all, about at its record @i?  Pure
 * ACKs that look alike are not always linked, and a device may have sent a SYN of
 * its own in place of the near one. */
static bool has_twin(const struct emit *m, uint32_t i, const struct record *y)
{
	const struct hop *h = m->h;
	uint32_t from = i > TWINS_LOOK ? i - TWINS_LOOK : 0;
	bool syn = y->tcp_flags & REC_SYN;

	if (!h->tcp || (rec_seq_len(y) && !syn))
		return false;
	for (uint32_t k = from; k < h->near->n && k < i + TWINS_LOOK; k++) {
		const struct record *x;

		if (h->near_is[k] & (LINKED | LINK_AWAY))
			continue;
		x = strand_at(h->near, k);
		if (syn ? (x->tcp_flags & REC_SYN) &&
				    (uint32_t)y->seq64 - (uint32_t)x->seq64 ==
					    h->delta
			: !rec_seq_len(x) &&
				    (uint32_t)y->ack64 - (uint32_t)x->ack64 ==
					    h->ack_delta)
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
				.kind = (uint8_t)record_kind(&y, m->h->tcp) };
	bool is_new = orphan_number(m, j, &e.tx);
	bool round = !is_new && v.fate == FATE_INJECTED;

	if (m->tx_far)
		m->tx_far[j] = (uint32_t)e.tx;
	e.copy = emit_missed_copy(m, i, &y);
	if (is_new)
		emit_copy_keep(m, e.tx, e.copy);
	else
		e.copy = emit_copy_kept(m->c, e.tx);
	if (v.fate == FATE_OUTSIDE)
		return; /* the near capture cannot have it: it did not enter */
	/* a point before has it: it was not made here, whatever its sender did
	 * then, and its TTL tells that it went round the near point, whose
	 * capture did not miss it */
	if (round)
		v = (struct verdict){ .fate = FATE_DELIVERED,
				      .reason = WHY_MATCHED };
	apply(&e, &v);
	/* a reset may be of any device between */
	if (m->absence && v.fate == FATE_DELIVERED && !round &&
	    !(y.tcp_flags & REC_RST) && !has_twin(m, i, &y)) {
		emit_passed(m->near_trust, m->near_bins, v.t_ns, true);
	}
	put(m, &e, &y, true);
}

/* A duplicate belongs to the transmission that it repeats. */
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
			if (!(h->far_is[j] & FOUND))
				emit_orphan(m, i, j);
		if (emit_plain(m, i))
			continue;
		if (!(h->near_is[i] & LINK_AWAY))
			emit_near(m, i);
		emit_near_passed(m, i);
	}
	for (; j < h->far->n; j++)
		if (!(h->far_is[j] & FOUND))
			emit_orphan(m, h->near->n, j);
}

static int64_t slack_of(const struct hop *h)
{
	if (h->f_low == INT64_MIN || h->f_high == INT64_MAX)
		return INT64_MAX;
	return time_sub(h->f_high, h->f_low) / 2;
}

void emit_hop(struct chain *c, size_t k, uint32_t *next_tx)
{
	struct hop *h = &c->hop[k];
	int a = h->near->pos, b = h->far->pos;
	struct hop_figures *f = hopfig_of(&c->s->fig, a < b ? a : b,
					  a < b ? b : a);
	struct evidence *say = c->s->say;
	struct emit_delays late NOT_ZEROED;
	struct lens lens NOT_ZEROED;
	struct emit m = { .c = c,
			  .k = k,
			  .h = h,
			  .lens = &lens,
			  .late = &late,
			  .next_tx = next_tx };

	late.n = lens.n = 0;
	m.way = &f->way[c->dir];
	m.way->able = true;
	m.seg = sweep_segment(c->s, c->dir);
	m.acked = h->tcp && (chain_opposite(c, h->near)->n ||
			     chain_opposite(c, h->far)->n);
	if (c->tx) {
		m.tx_near = c->tx[c->leg[k].a];
		m.tx_far = c->tx[c->leg[k].b];
	}
	if (say && !h->relay) {
		m.near_trust = &say->trust[a - 1];
		m.far_trust = &say->trust[b - 1];
		m.near_bins = &say->bins[a - 1];
		m.far_bins = &say->bins[b - 1];
		m.absence = &say->absence[(size_t)(a - 1) * say->n_points +
					  (size_t)(b - 1)];
		m.say = say;
	}
	/* without a bound on either side, or with a relay's own time in it, a
	 * one-way delay would be a guess */
	m.delays = !h->relay && c->stamps[c->leg[k].a].known &&
		   c->stamps[c->leg[k].b].known && slack_of(h) != INT64_MAX;
	if (m.delays)
		m.way->delay_slack_ns = slack_of(h);
	if (c->s->out)
		match_writer_hop(c->s->out, c->dir, h->near->flow,
				 h->far->flow);
	emit_walk(&m);
	emit_plain_done(&m);
	emit_delays_add(&m);
	number_duplicates(&m);
	VEC_FREE(&m.missed);
	hopfig_lengths(m.way, &lens);
}
