/* Which copy of its bytes a record is.
 *
 * Copies are counted where a transmission is first seen: by what the near point has
 * of the same bytes (correlate/recopy.h), and by what it missed of them, as the far
 * point shows.  On later hops the number is looked up.  Only numbers above 1 are
 * kept.
 *
 * Cost: O(log n) for what is not new, and MISSED_LOOK copies that were missed.
 */
#include "correlate/emit_int.h"

#include "base/search.h"

#define MISSED_LOOK 1024

void emit_copy_keep(struct emit *m, uint64_t tx, uint32_t copy)
{
	if (copy > 1)
		*VEC_PUSH(&m->c->copy) = (struct tx_copy){ tx, copy };
}

uint32_t emit_copy_kept(const struct chain *c, uint64_t tx)
{
	size_t at;

	SEARCH(at, c->copy.n, i, c->copy.at[i].tx < tx);
	return at < c->copy.n && c->copy.at[at].tx == tx ? c->copy.at[at].copy
							 : 1;
}

/* How many copies of any of the bytes [s, e) the near point missed between its
 * records @after (UINT32_MAX: from the beginning) and @i. */
static uint32_t missed_count(const struct emit *m, uint32_t after, uint32_t i,
			     uint64_t s, uint64_t e)
{
	uint32_t n = 0;

	for (size_t k = m->missed.n, left = MISSED_LOOK; k-- > 0 && left--;) {
		const struct missed *x = &m->missed.at[k];

		if (after != UINT32_MAX && x->i <= after)
			break;
		n += x->i <= i && x->seq < e && x->end > s;
	}
	return n;
}

uint32_t emit_near_copy(struct emit *m, uint32_t i, uint64_t tx)
{
	const struct record *x = strand_at(m->h->near, i);
	uint64_t s = x->seq64, e = s + rec_seq_len(x);

	if (!m->h->tcp || s == e)
		return 1;
	if (m->c->leg[m->k].a > 0)
		return emit_copy_kept(m->c, tx);
	if (s >= m->end)
		return 1;
	return recopy_number(chain_copies(m->c, 0), i) +
	       missed_count(m, UINT32_MAX, i, s, e);
}

uint32_t emit_missed_copy(struct emit *m, uint32_t i, const struct record *y)
{
	struct chain *c = m->c;
	uint32_t len = rec_seq_len(y), before, n = 1;
	uint64_t s, e;

	if (!m->h->tcp || !len || (y->tcp_flags & REC_RST))
		return 1;
	s = hop_to_near(m->h, (uint32_t)y->seq64);
	s = m->end ? seq_unwrap(m->end, (uint32_t)s) : seq_first((uint32_t)s);
	e = s + len;
	before = s < m->end ? recopy_previous(chain_copies(c, c->leg[m->k].a),
					      i, s, e)
			    : UINT32_MAX;
	if (before != UINT32_MAX)
		n += emit_near_copy(m, before,
				    m->tx_near ? m->tx_near[before] : 0);
	n += missed_count(m, before, i, s, e);
	*VEC_PUSH(&m->missed) = (struct missed){ s, e, i };
	m->end = e > m->end ? e : m->end;
	return n;
}

void emit_near_passed(struct emit *m, uint32_t i)
{
	const struct record *x = strand_at(m->h->near, i);
	uint64_t e = x->seq64 + rec_seq_len(x);

	if (m->h->tcp && e > m->end)
		m->end = e;
}
