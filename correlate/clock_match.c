/* The same packet at two points, beyond doubt.
 *
 * A match that is wrong the harmful way takes an earlier copy at the point that
 * the packet reaches later: the bound is then too tight.  So of TCP only what
 * is first at its point counts: data that begins at or after all data before
 * it, a pure ACK that acknowledges more than all before it, a SYN or FIN of
 * which there is one.  A retransmission begins below what was sent before; it
 * is a first only where the capture missed the first copy and all after it.
 * There the time stamp option tells, where both points have it: it has to be
 * equal.
 *
 * Data is matched by the place of its first byte, whatever the lengths: that
 * byte passed both points, and a segment's stamp is no earlier than its first
 * byte's where it is merged, no later where it is yet to be split; so the
 * bound holds through segmentation offload, if loosely.  Equal digests of the
 * first bytes (of all, of the sum, where lengths are equal) confirm it.
 *
 * Datagrams: the digest of the first bytes and the length, unique among all of
 * the flow's at both points.
 *
 * Fragments, resets, empty datagrams: none.
 *
 * Cost: O(n log n).
 */
#include "correlate/clock_match.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/seq.h"

enum key_kind { KEY_SYN = 1, KEY_DATA, KEY_FIN, KEY_ACK, KEY_DATAGRAM };

void match_begin(struct match_list *l, unsigned warm)
{
	l->n = 0;
	l->warm = warm;
	l->begun = l->acked = false;
}

static void push(struct match_list *l, const struct record *r, int64_t file,
		 enum key_kind kind, uint32_t what)
{
	struct match_rec *m;

	l->at = mem_grow(l->at, &l->cap, l->n + 1, sizeof *l->at);
	m = &l->at[l->n++];
	*m = (struct match_rec){
		.key = (uint64_t)kind << 56 | what,
		.time_ns = r->time_ns,
		.file = file,
		.frame = r->frame,
		.pay_len = r->pay_len,
		.head_digest = r->head_digest,
		.full_digest = r->full_digest,
		.tsval = r->tsval,
		.marks = r->marks,
		.pay_sum = r->pay_sum,
		.opts = r->opts,
		.n_sack = r->n_sack,
		.flags = (uint8_t)r->tcp_flags,
	};
	if (kind == KEY_DATAGRAM)
		m->key |= (uint64_t)(r->pay_len & 0xffffff) << 32;
}

/* Moves progress on. Return: did the record's own begin at or after its end? */
static bool is_first(struct match_list *l, const struct record *r, uint32_t seq)
{
	uint32_t end = seq + rec_seq_len(r);
	bool first = l->begun && seq_diff(seq, l->end) >= 0;

	if (!l->begun || seq_diff(end, l->end) > 0)
		l->end = end;
	l->begun = true;
	return first;
}

static bool is_more(struct match_list *l, const struct record *r, uint32_t ack)
{
	bool more;

	if (!(r->tcp_flags & REC_ACK))
		return false;
	more = l->acked && seq_diff(ack, l->ack) > 0;
	if (!l->acked || more)
		l->ack = ack;
	l->acked = true;
	return more;
}

static void add_segment(struct match_list *l, const struct record *r,
			int64_t file, uint32_t seq, uint32_t ack)
{
	bool first, more, warm = l->warm > 0;

	if (r->tcp_flags & REC_RST)
		return;
	first = is_first(l, r, seq);
	more = is_more(l, r, ack);
	if (r->tcp_flags & REC_SYN) {
		/* nothing comes before it: progress begins here */
		l->warm = 0;
		push(l, r, file, KEY_SYN, seq);
		return;
	}
	if (warm) {
		l->warm--;
		return;
	}
	if (r->pay_len && first)
		push(l, r, file, KEY_DATA, seq);
	else if (!r->pay_len && r->tcp_flags & REC_FIN && first)
		push(l, r, file, KEY_FIN, seq);
	else if (!r->pay_len && !(r->tcp_flags & REC_FIN) && more)
		push(l, r, file, KEY_ACK, ack);
}

void match_add(struct match_list *l, const struct record *r, int64_t file,
	       bool tcp, uint32_t seq, uint32_t ack)
{
	if (r->marks & REC_FRAG)
		return;
	if (tcp)
		add_segment(l, r, file, seq, ack);
	else if (r->marks & REC_HEAD && r->pay_len)
		push(l, r, file, KEY_DATAGRAM, r->head_digest);
}

static int rec_cmp(const void *a, const void *b)
{
	const struct match_rec *p = a, *q = b;

	if (p->key != q->key)
		return p->key < q->key ? -1 : 1;
	return (p->frame > q->frame) - (p->frame < q->frame);
}

static bool same_bytes(const struct match_rec *a, const struct match_rec *b)
{
	uint16_t both = a->marks & b->marks;
	bool heads = both & REC_HEAD;

	if (a->pay_len != b->pay_len) /* the first bytes, if there are as many */
		return heads && a->pay_len >= REC_HEAD_BYTES &&
		       b->pay_len >= REC_HEAD_BYTES &&
		       a->head_digest == b->head_digest;
	return (!heads || a->head_digest == b->head_digest) &&
	       (!(both & REC_FULL) || a->full_digest == b->full_digest) &&
	       (!(both & REC_SUM) || a->pay_sum == b->pay_sum);
}

static bool is_same(const struct match_rec *a, const struct match_rec *b,
		    const uint32_t *ts_delta)
{
	bool tcp = a->key >> 56 != KEY_DATAGRAM;

	if (tcp && ts_delta && a->opts & b->opts & REC_OPT_TS &&
	    a->tsval + *ts_delta != b->tsval)
		return false;
	switch ((enum key_kind)(a->key >> 56)) {
	case KEY_SYN: /* the flags class: SYN, or SYN and ACK */
		return ((a->flags ^ b->flags) & REC_ACK) == 0;
	case KEY_ACK:
		return !(a->opts & b->opts & REC_OPT_SACK) ||
		       a->n_sack == b->n_sack;
	case KEY_FIN:
		return true;
	default:
		return same_bytes(a, b);
	}
}

/* Return: number of candidates from @i with its key. */
static size_t run_of(const struct match_list *l, size_t i)
{
	size_t k = i;

	while (k < l->n && l->at[k].key == l->at[i].key)
		k++;
	return k - i;
}

void match_lists(struct match_list *near, struct match_list *far,
		 const uint32_t *ts_delta,
		 void (*pair)(void *ctx, const struct match_pair *p), void *ctx)
{
	size_t i = 0, k = 0;

	if (!near->n || !far->n)
		return;
	qsort(near->at, near->n, sizeof *near->at, rec_cmp);
	qsort(far->at, far->n, sizeof *far->at, rec_cmp);
	while (i < near->n && k < far->n) {
		const struct match_rec *a = &near->at[i], *b = &far->at[k];
		size_t na = run_of(near, i), nb = run_of(far, k);

		if (a->key == b->key && na == 1 && nb == 1 &&
		    is_same(a, b, ts_delta)) {
			struct match_pair p = { *a, *b };

			pair(ctx, &p);
		}
		i += a->key <= b->key ? na : 0;
		k += b->key <= a->key ? nb : 0;
	}
}

void match_release(struct match_list *l)
{
	free(l->at);
	*l = (struct match_list){ 0 };
}
