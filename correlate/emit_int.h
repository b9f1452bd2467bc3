/* What the parts of the walk over a hop share.  Inside correlate/ only.
 *
 * reads:  struct chain     writes: struct emit
 */
#pragma once

#include "correlate/chain.h"

#define EMIT_DELAYS 64

struct missed { /* TCP data that the near point has not: before record @i */
	uint64_t seq, end; /* near seq64 */
	uint32_t i;
};

struct emit_delays { /* not yet in way->delay */
	uint32_t n;
	int64_t ns[EMIT_DELAYS];
};

struct emit { /* the walk over one hop */
	struct chain *c;
	size_t k;
	struct hop *h;
	struct hop_way *way;
	struct lens *lens;
	struct trust *near_trust, *far_trust; /* NULL: not collected */
	struct bins *near_bins, *far_bins;
	struct absences *absence;
	struct evidence *say;       /* NULL: not collected */
	uint32_t seg;               /* largest payload of a segment */
	uint32_t *tx_near, *tx_far; /* NULL: two points only */
	uint32_t *next_tx;
	uint64_t end; /* near seq64 behind all so far */
	struct VEC(struct missed) missed;
	size_t piece;  /* next of h->piece */
	size_t passed; /* next of c->passed[k] */
	bool acked;    /* TCP, and a point of the hop has acknowledgements */
	bool delays;   /* the two clocks have a common time */
	struct emit_delays *late;
	/* what emit_plain() counted; emit_plain_done() */
	struct {
		uint64_t kind[KINDS], bytes, segments;
	} plain;
};

static inline uint32_t emit_segments(const struct emit *m, uint32_t len)
{
	return segments_of(len, m->seg);
}

/* A packet is proven to have passed the point of @t; does the capture have
 * it? */
static inline void emit_passed(struct trust *t, struct bins *b, int64_t t_ns,
			       bool missed)
{
	t->passed++;
	t->missed += missed;
	bins_note(b, t_ns, missed);
}

/* Delivered packets: those that would have been proven to pass anyway count
 * as trials of the far capture; all count for the near one, which they passed
 * whatever it has. */
static inline void emit_learn(struct emit *m, const struct record *x,
			      const struct record *y)
{
	if (!m->absence)
		return;
	emit_passed(m->near_trust, m->near_bins, x->time_ns, false);
	if (m->h->answered || (m->acked && rec_seq_len(x))) {
		m->absence->decided++;
		emit_passed(m->far_trust, m->far_bins, y->time_ns, false);
	} else {
		m->absence->open++;
		bins_hear(m->far_bins, y->time_ns);
	}
}

/* A near record of @kind is not at the far point: @v.  (emit_learn.c) */
void emit_learn_absent(struct emit *m, const struct verdict *v,
		       enum fate_kind kind);
/* Far record @j brings bytes again: is what the far point had of them before lost
 * behind it, as the last one?  (emit_learn.c) */
void emit_learn_beyond(struct emit *m, uint32_t j, enum fate_kind kind);

/* The number of near record @i, as a transmission. */
static inline uint64_t emit_number(struct emit *m, uint32_t i)
{
	uint64_t tx;

	if (m->c->leg[m->k].a > 0)
		return m->tx_near ? m->tx_near[i] : 0;
	tx = (*m->next_tx)++;
	if (m->tx_near)
		m->tx_near[i] = (uint32_t)tx;
	return tx;
}

/* On the clock that all points share. */
static inline int64_t emit_delay_of(struct emit *m, const struct record *x,
				    const struct record *y)
{
	const struct leg *l = &m->c->leg[m->k];
	int64_t far = stamps_mid(&m->c->stamps[l->b], y->time_ns);

	return time_sub(far, stamps_mid(&m->c->stamps[l->a], x->time_ns));
}

static inline void emit_delays_add(struct emit *m)
{
	hist_add_all(&m->way->delay, m->late->ns, m->late->n);
	m->late->n = 0;
}

static inline void emit_delay(struct emit *m, const struct record *x,
			      const struct record *y)
{
	if (m->late->n == EMIT_DELAYS)
		emit_delays_add(m);
	m->late->ns[m->late->n++] = emit_delay_of(m, x, y);
}

/* Near record @i, if it is one of the many that arrived once, in order and with
 * nothing to be said of them: does all that is to be done with it.
 * Return: was it?  (emit_plain.c) */
bool emit_plain(struct emit *m, uint32_t i);
/* Adds up what it counted. */
void emit_plain_done(struct emit *m);

/* --- emit_copy.c: which copy a record is, from 1 --- */

/* Keeps the number of transmission @tx for later hops.  @tx must rise. */
void emit_copy_keep(struct emit *m, uint64_t tx, uint32_t copy);
/* The number that was kept. */
uint32_t emit_copy_kept(const struct chain *c, uint64_t tx);
/* The number of near record @i, which is transmission @tx. */
uint32_t emit_near_copy(struct emit *m, uint32_t i, uint64_t tx);
/* The number of far record @y, which the near point missed before its record @i. */
uint32_t emit_missed_copy(struct emit *m, uint32_t i, const struct record *y);
/* The bytes of near record @i are not new any more, even if it went another way. */
void emit_near_passed(struct emit *m, uint32_t i);
