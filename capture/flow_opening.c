/* A connection to a proxy becomes a tunnel: streams begin behind its opening.
 *
 * What: a client asks a proxy for a connection (CONNECT), the proxy opens one and
 * says so, and from then on each passes on what the other sends.  The talk says where
 * that begins (struct talk_ref).  As the connection on the proxy's other side has
 * only the streams, what identifies them has to begin there as well: heads, turns
 * and samples of what was said before are forgotten, and its length is kept, as
 * that of a header (capture/preface.h).
 *
 * Invariants: lengths are kept of both directions or of none, and only where both
 * SYNs were seen.  A head begins at the stream's first byte or is unknown: bytes
 * of the stream that came before the talk knew of it are a hole in the head.
 *
 * Cost: once a part.
 */
#include "base/seq.h"
#include "capture/flow_add.h"
#include "capture/flow_int.h"

static void forget_turns(struct flowtab *t, struct live *f)
{
	pool_give(&t->pool, turns_class(f), f->turn_bytes);
	f->turn_bytes = NULL;
	f->turn_sum = 0;
	f->turns = 0;
	f->turns_over = false;
}

/* What @p, of direction @dir, has of the stream that begins at @from: perhaps all of
 * it, where its bytes told that it begins. */
static void add_rest(struct flowtab *t, struct live *f, unsigned dir,
		     const struct packet *p, uint64_t from, uint64_t before)
{
	uint64_t end = p->rec.seq64 + p->rec.pay_len;
	uint64_t rest = end - from;

	if (!rest || rest > p->rec.pay_len)
		return;
	turn_add(t, f, dir, rest);
	side_head(&f->side[dir], p, before + rest - p->rec.pay_len, &t->pool);
	if (rest == p->rec.pay_len)
		sample(t, f, dir, p, SAMPLE_MIN_TCP, true);
}

void flow_begin_streams(struct flowtab *t, struct live *f, unsigned dir,
			const struct packet *p, const uint64_t stream[2])
{
	uint64_t before[2];

	for (unsigned d = 0; d < 2; d++) {
		const struct side *s = &f->side[d];

		if (!s->syn)
			return;
		before[d] = stream[d] - seq_unwrap(s->ref, s->isn + 1);
		if (!before[d] || before[d] > UINT16_MAX)
			return;
	}
	for (unsigned d = 0; d < 2; d++)
		side_begin_stream(&f->side[d], (uint16_t)before[d], &t->pool);
	forget_turns(t, f);
	add_rest(t, f, dir, p, stream[dir], before[dir]);
}
