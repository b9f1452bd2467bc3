/* A short way for the bulk of the records: those that arrived once, in order and
 * unchanged.
 *
 * Such a record is linked to one far record, its bytes are new, and no field that
 * shows a change differs.  So it is delivered, it is the first copy, and it has no
 * mark.  All others are left to emit_near(), which gives the same result for these,
 * only more slowly.
 */
#include "correlate/emit_int.h"

/* Are its bytes new, or has it none? */
static bool is_first(const struct emit *m, const struct record *x, uint64_t end)
{
	if (!m->h->tcp || x->seq64 == end)
		return true;
	return m->c->leg[m->k].a > 0 ? !m->c->copy.n : x->seq64 >= m->end;
}

static void count(struct emit *m, const struct record *x, enum fate_kind kind)
{
	uint32_t len = x->pay_len < m->seg ? x->pay_len : m->seg;

	m->plain.kind[kind]++;
	m->plain.bytes += x->pay_len;
	m->plain.segments += emit_segments(m, x->pay_len);
	if (kind == KIND_DATA)
		hopfig_delivered(m->lens, x->hdr_len + len);
}

bool emit_plain(struct emit *m, uint32_t i)
{
	struct hop *h = m->h;
	const struct record *x, *y;
	enum fate_kind kind;
	uint64_t end, tx;
	uint32_t j;

	if (h->near_is[i] != LINKED || h->relay)
		return false;
	j = h->far_of[i];
	x = strand_at(h->near, i);
	y = strand_at(h->far, j);
	end = x->seq64 + rec_seq_len(x);
	if (!is_first(m, x, end) || !hopfig_unchanged(h, x, y))
		return false;
	kind = strand_kind(x, h->tcp);
	tx = emit_number(m, i);
	if (m->tx_far)
		m->tx_far[j] = (uint32_t)tx;
	emit_learn(m, x, y);
	hopfig_ttl(m->way, x, y);
	if (m->delays)
		emit_delay(m, x, y);
	count(m, x, kind);
	if (m->c->s->out)
		match_writer_plain(m->c->s->out, i, j, tx, x->pay_len,
				   (uint8_t)kind);
	if (h->tcp && end > m->end)
		m->end = end;
	return true;
}

void emit_plain_done(struct emit *m)
{
	for (int k = 0; k < KINDS; k++) {
		m->way->tx.n[FATE_DELIVERED] += m->plain.kind[k];
		m->way->by_kind[k][FATE_DELIVERED] += m->plain.kind[k];
	}
	m->way->bytes.n[FATE_DELIVERED] += m->plain.bytes;
	m->way->segments.n[FATE_DELIVERED] += m->plain.segments;
}
