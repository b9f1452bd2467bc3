/* The same packet at two points, beyond doubt.
 *
 * A match that is wrong the harmful way takes an earlier copy at the point that
 * the packet reaches later: the bound is then too tight.  So copies of a packet
 * have to be told apart.  Two ways:
 *
 *   by tokens   The IP ID, or the time stamp option's value where the
 *               session's TSvals can be compared: not 0, one of its kind among
 *               the copies at each point, equal at both (by_token()).
 *   as firsts   Without such tokens only what is first at its point counts:
 *               data that begins at or after all data before it, a pure ACK
 *               that acknowledges more than all before it, a SYN or FIN of
 *               which there is one (by_first()).  A retransmission begins below
 *               what was sent before; it is a first only where the capture
 *               missed the first copy and all after it.  There the time stamp
 *               option tells, where both points have it: it has to be equal.
 *
 * Data is matched by the place of its first byte, whatever the lengths: that
 * byte passed both points, and a segment's stamp is no earlier than its first
 * byte's where it is merged, no later where it is yet to be split; so the
 * bound holds through segmentation offload, if loosely.  Equal digests of the
 * first bytes (of all, of the sum, where lengths are equal) confirm it.
 *
 * SYN, FIN and RST are matched by their place and flags, whatever payload they
 * seem to carry: boxes that pad a frame and count the padding change it.  A box
 * between the points may send a RST to both hosts itself, so RSTs match by
 * token only.
 *
 * Where the server's numbers are rewritten a box may have answered the SYN itself
 * (SYN cookies): its SYN,ACK left before the server's, which has the same place
 * and flags.  There SYNs are no candidates (no_opening).
 *
 * Datagrams: the digest of the first bytes and the length; unique among all of
 * the flow's at both points, or by token.
 *
 * Fragments, empty datagrams: none.
 *
 * Cost: O(n log n); tokens O(COPIES^2) for each packet that has copies.
 */
#include "correlate/clock_match.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/seq.h"

#define COPIES 12 /* of one packet that tokens are compared of, at most */

enum key_kind {
	KEY_SYN = 1,
	KEY_DATA,
	KEY_FIN,
	KEY_RST,
	KEY_ACK,
	KEY_DATAGRAM,
};

void match_begin(struct match_list *l, unsigned warm)
{
	l->n = 0;
	l->warm = warm;
	l->begun = l->acked = false;
}

static void push(struct match_list *l, const struct record *r, int64_t file,
		 enum key_kind kind, uint32_t what, bool first)
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
		.ip_id = r->ip_id,
		.opts = r->opts,
		.n_sack = r->n_sack,
		.flags = (uint8_t)r->tcp_flags,
		.first = first,
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
	bool first, more;

	if (r->tcp_flags & REC_RST) {
		push(l, r, file, KEY_RST, seq, false);
		return;
	}
	first = is_first(l, r, seq);
	more = is_more(l, r, ack);
	if (r->tcp_flags & REC_SYN) {
		/* nothing comes before it: progress begins here */
		l->warm = 0;
		if (!l->no_opening)
			push(l, r, file, KEY_SYN, seq, true);
		return;
	}
	if (l->warm > 0) {
		l->warm--;
		first = more = false;
	}
	if (r->tcp_flags & REC_FIN && !r->pay_len)
		push(l, r, file, KEY_FIN, seq, first);
	else if (r->pay_len)
		push(l, r, file, KEY_DATA, seq, first);
	else
		push(l, r, file, KEY_ACK, ack, more);
}

void match_add(struct match_list *l, const struct record *r, int64_t file,
	       bool tcp, uint32_t seq, uint32_t ack)
{
	if (r->marks & REC_FRAG)
		return;
	if (tcp)
		add_segment(l, r, file, seq, ack);
	else if (r->marks & REC_HEAD && r->pay_len)
		push(l, r, file, KEY_DATAGRAM, r->head_digest, true);
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

	if (a->pay_len !=
	    b->pay_len) /* the first bytes, if there are as many */
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
	case KEY_RST:
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

/* --- copies of one packet --- */

struct run { /* candidates of one key at one point */
	const struct match_rec *at;
	size_t n;
};

static struct run run_of(const struct match_list *l, size_t i)
{
	size_t k = i;

	while (k < l->n && l->at[k].key == l->at[i].key)
		k++;
	return (struct run){ &l->at[i], k - i };
}

enum token { TOKEN_ID, TOKEN_STAMP };

/* Return: does the candidate have the token? */
static bool token_of(const struct match_rec *r, enum token t, uint32_t *out)
{
	*out = t == TOKEN_ID ? r->ip_id : r->tsval;
	return t == TOKEN_ID ? r->ip_id != 0 : r->opts & REC_OPT_TS;
}

/* The candidate that has the token @want; NULL where none or several do. */
static const struct match_rec *find_token(struct run r, enum token t,
					  uint32_t want)
{
	const struct match_rec *found = NULL;

	for (size_t i = 0; i < r.n; i++) {
		uint32_t v;

		if (!token_of(&r.at[i], t, &v) || v != want)
			continue;
		if (found)
			return NULL;
		found = &r.at[i];
	}
	/* r is a view: its records are the caller's */
	// cppcheck-suppress returnDanglingLifetime
	return found;
}

struct matcher {
	const uint32_t *ts_delta;
	void (*pair)(void *ctx, const struct match_pair *p);
	void *ctx;
};

static void pair_up(const struct matcher *m, const struct match_rec *near,
		    const struct match_rec *far)
{
	struct match_pair p = { *near, *far };

	m->pair(m->ctx, &p);
}

/* Return: how many pairs the tokens of kind @t tell. */
static size_t by_token(const struct matcher *m, struct run near, struct run far,
		       enum token t)
{
	uint32_t delta = t == TOKEN_STAMP ? *m->ts_delta : 0;
	size_t n = 0;

	for (size_t i = 0; i < near.n; i++) {
		const struct match_rec *a = &near.at[i], *b;
		uint32_t v;

		if (!token_of(a, t, &v) || find_token(near, t, v) != a)
			continue;
		b = find_token(far, t, v + delta);
		if (!b || !is_same(a, b, m->ts_delta))
			continue;
		pair_up(m, a, b);
		n++;
	}
	return n;
}

static const struct match_rec *only_first(struct run r)
{
	const struct match_rec *found = NULL;

	for (size_t i = 0; i < r.n; i++) {
		if (!r.at[i].first)
			continue;
		if (found)
			return NULL;
		found = &r.at[i];
	}
	/* r is a view: its records are the caller's */
	// cppcheck-suppress returnDanglingLifetime
	return found;
}

static void by_first(const struct matcher *m, struct run near, struct run far)
{
	const struct match_rec *a = only_first(near), *b = only_first(far);

	if (a && b && is_same(a, b, m->ts_delta))
		pair_up(m, a, b);
}

static void match_runs(const struct matcher *m, struct run near, struct run far)
{
	bool few = near.n <= COPIES && far.n <= COPIES;
	bool acks = near.at->key >> 56 == KEY_ACK;

	if (few && by_token(m, near, far, TOKEN_ID))
		return;
	/* duplicate ACKs come many to a tick of the time stamps */
	if (few && m->ts_delta && !acks && (near.n > 1 || far.n > 1) &&
	    by_token(m, near, far, TOKEN_STAMP))
		return;
	by_first(m, near, far);
}

void match_lists(struct match_list *near, struct match_list *far,
		 const uint32_t *ts_delta,
		 void (*pair)(void *ctx, const struct match_pair *p), void *ctx)
{
	struct matcher m = { ts_delta, pair, ctx };
	size_t i = 0, k = 0;

	if (!near->n || !far->n)
		return;
	if (near->n)
		qsort(near->at, near->n, sizeof *near->at, rec_cmp);
	if (far->n)
		qsort(far->at, far->n, sizeof *far->at, rec_cmp);
	while (i < near->n && k < far->n) {
		struct run a = run_of(near, i), b = run_of(far, k);

		if (a.at->key == b.at->key)
			match_runs(&m, a, b);
		i += a.at->key <= b.at->key ? a.n : 0;
		k += b.at->key <= a.at->key ? b.n : 0;
	}
}

void match_release(struct match_list *l)
{
	free(l->at);
	*l = (struct match_list){ 0 };
}
