/* The same packet at two points, beyond doubt.  clock_candidates.c takes the records
 * that may be matched.
 *
 * The harmful kind of wrong match takes an earlier copy at the point that the
 * packet reaches later: then the bound is too tight.  So copies of a packet
 * have to be told apart.  Two ways:
 *
 *   by tokens   The IP ID, or the time stamp option's value where the
 *               session's TSvals can be compared: one of its kind among the
 *               copies at each point, equal at both (by_token()).  An ID has to
 *               be the packet's alone (mark_sole_ids()): some hosts write the
 *               same into all, which proves nothing.
 *   as firsts   Without such tokens only what is first at its point counts:
 *               data that begins at or after all data before it, a pure ACK
 *               that acknowledges more than all before it, a SYN or FIN of
 *               which there is one (by_first()).  A retransmission begins below
 *               what was sent before; it is a first where the capture missed
 *               the first copy and all after it.  Further evidence: the time
 *               stamp option (equal, by the session's difference or else
 *               literally), IDs that survive the path, and an equal number of
 *               copies at both points.  Of duplicate ACKs there may be tens, so
 *               of pure ACKs there has to be one.
 *
 * A first without a time stamp is still wrong if each point missed a different
 * copy.  Such a match is weak: clock_trim.c lets none alone determine a bound.
 *
 * Data is matched by the place of its first byte, whatever the lengths: that
 * byte passed both points, and a segment's stamp is no earlier than its first
 * byte's where it is merged, no later where it is yet to be split; so the
 * bound holds through segmentation offload, if loosely.  Equal digests of the
 * first bytes (of all, of the sum, where lengths are equal) confirm it.
 *
 * Cost: O(n log n); tokens O(COPIES^2) for each packet that has copies.
 */
#include "correlate/clock_match.h"

#include <stdlib.h>

#include "base/mem.h"

#define COPIES 12 /* the most copies of a packet whose tokens are compared */

static int u64_cmp(const void *a, const void *b)
{
	uint64_t p = *(const uint64_t *)a, q = *(const uint64_t *)b;

	return (p > q) - (p < q);
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

	if (tcp && a->opts & b->opts & REC_OPT_TS &&
	    a->tsval + (ts_delta ? *ts_delta : 0) != b->tsval)
		return false;
	switch ((enum match_key)(a->key >> 56)) {
	case KEY_SYN: /* the flags class: SYN, or SYN and ACK */
	case KEY_RST:
		return ((a->flags ^ b->flags) & REC_ACK) == 0;
	case KEY_ACK:
		return a->window == b->window && a->n_sack == b->n_sack;
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
	return t == TOKEN_ID ? r->id_sole : r->opts & REC_OPT_TS;
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

/* Marks those whose IP ID is a token: not 0, unique, and not what the host puts
 * into all packets; for a lone packet that is not known, but does not matter if
 * it has no copies. */
static void mark_sole_ids(struct match_list *l)
{
	uint64_t *v = mem_alloc(l->n * sizeof *v);
	size_t n = 0, distinct = 0;

	for (size_t i = 0; i < l->n; i++)
		if (l->at[i].ip_id)
			v[n++] = (uint64_t)l->at[i].ip_id << 48 | i;
	qsort(v, n, sizeof *v, u64_cmp);
	for (size_t i = 0; i < n; i++)
		distinct += i == 0 || v[i] >> 48 != v[i - 1] >> 48;
	if (distinct < 2 && !(l->whole && n == 1))
		n = 0;
	for (size_t i = 0; i < n; i++)
		l->at[v[i] & 0xffffffffffff].id_sole =
			(i == 0 || v[i] >> 48 != v[i - 1] >> 48) &&
			(i + 1 == n || v[i] >> 48 != v[i + 1] >> 48);
	free(v);
}

struct matcher {
	const uint32_t *ts_delta;
	bool ids_pass; /* the points see the same IP IDs */
	bool whole;    /* neither point missed anything */
	void (*pair)(void *ctx, const struct match_pair *p);
	void *ctx;
};

static void pair_up(const struct matcher *m, const struct match_rec *near,
		    const struct match_rec *far, bool weak)
{
	struct match_pair p = { *near, *far, weak };

	m->pair(m->ctx, &p);
}

/* Pairs what tokens of kind @t tell; only counts without m->pair.
 * Return: how many. */
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
		if (m->pair)
			pair_up(m, a, b, false);
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

/* Do IP IDs show that the two are different packets? */
static bool other_id(const struct matcher *m, const struct match_rec *a,
		     const struct match_rec *b)
{
	return m->ids_pass && a->ip_id != b->ip_id &&
	       (a->id_sole || b->id_sole);
}

static void by_first(const struct matcher *m, struct run near, struct run far)
{
	const struct match_rec *a = only_first(near), *b = only_first(far);
	bool ack = near.at->key >> 56 == KEY_ACK;

	if (near.n != far.n || (ack && near.n > 1))
		return;
	if (a && b && is_same(a, b, m->ts_delta) && !other_id(m, a, b))
		pair_up(m, a, b,
			!m->whole &&
				(ack || !(a->opts & b->opts & REC_OPT_TS)));
}

static bool is_few(struct run near, struct run far)
{
	return near.n <= COPIES && far.n <= COPIES;
}

static void match_runs(const struct matcher *m, struct run near, struct run far)
{
	bool few = is_few(near, far);
	bool acks = near.at->key >> 56 == KEY_ACK;

	if (few && by_token(m, near, far, TOKEN_ID))
		return;
	/* many duplicate ACKs share one tick of the time stamps */
	if (few && m->ts_delta && !acks && (near.n > 1 || far.n > 1) &&
	    by_token(m, near, far, TOKEN_STAMP))
		return;
	by_first(m, near, far);
}

/* Calls @run for the candidates of each key that both points have. */
static void for_runs(struct match_list *near, struct match_list *far,
		     void (*run)(void *ctx, struct run a, struct run b),
		     void *ctx)
{
	size_t i = 0, k = 0;

	while (i < near->n && k < far->n) {
		struct run a = run_of(near, i), b = run_of(far, k);

		if (a.at->key == b.at->key)
			run(ctx, a, b);
		i += a.at->key <= b.at->key ? a.n : 0;
		k += b.at->key <= a.at->key ? b.n : 0;
	}
}

/* --- which tokens pass the path --- */

struct tally {
	uint32_t delta; /* of time stamps, as found by pairing */
	size_t same_ids, other_ids, same_stamps, other_stamps;
};

static void count_tokens(void *ctx, struct run near, struct run far)
{
	struct tally *t = ctx;
	const struct matcher count = { .ts_delta = &t->delta };
	bool one = near.n == 1 && far.n == 1;
	size_t same;

	if (!is_few(near, far))
		return;
	/* by_token() counts only, as there is no m->pair */
	same = by_token(&count, near, far, TOKEN_ID);
	t->same_ids += same;
	t->other_ids += !same && one && near.at->id_sole && far.at->id_sole;
	/* the difference of stamps was taken from SYNs: those cannot confirm
	 * it */
	if (near.at->key >> 56 == KEY_SYN)
		return;
	same = by_token(&count, near, far, TOKEN_STAMP);
	t->same_stamps += same;
	t->other_stamps += !same && one &&
			   near.at->opts & far.at->opts & REC_OPT_TS;
}

static void match_run(void *ctx, struct run near, struct run far)
{
	match_runs(ctx, near, far);
}

void match_lists(struct match_list *near, struct match_list *far,
		 const uint32_t *ts_delta,
		 void (*pair)(void *ctx, const struct match_pair *p), void *ctx)
{
	struct matcher m = { .whole = near->whole && far->whole,
			     .pair = pair,
			     .ctx = ctx };
	struct tally t = { .delta = ts_delta ? *ts_delta : 0 };

	if (!near->n || !far->n)
		return;
	qsort(near->at, near->n, sizeof *near->at, rec_cmp);
	qsort(far->at, far->n, sizeof *far->at, rec_cmp);
	mark_sole_ids(near);
	mark_sole_ids(far);
	for_runs(near, far, count_tokens, &t);
	m.ids_pass = t.same_ids > t.other_ids;
	if (ts_delta && (!*ts_delta || t.same_stamps > t.other_stamps))
		m.ts_delta = ts_delta;
	for_runs(near, far, match_run, &m);
}
