/* Retransmissions: records of new bytes come in ascending order of number and of
 * time, so they are found by binary search; consecutive ones of equal length, as in bulk
 * transfers, form a row.  Records of old bytes (retransmissions, probes, keep-
 * alives, and what arrives late at the point) are few and kept in order of
 * time.  A late record whose bytes no other one had is copy 1.
 *
 * Cost: O(n) to build, O(log n + k) a query for k records of old bytes within
 * BACK of the place; 24 bytes a row while a session is worked on.
 */
#include "correlate/recopy.h"

#include <stdlib.h>

#include "base/search.h"

#define BACK 4096 /* records of old bytes searched */

void recopy_release(struct recopy *r)
{
	VEC_FREE(&r->first);
	VEC_FREE(&r->again);
	VEC_FREE(&r->piece);
	*r = (struct recopy){ 0 };
}

/* One record of `first`. */
struct place {
	size_t row;
	uint32_t i; /* in it */
};

/* The last record whose number is @s or less; or the first. */
static struct place at_or_below(const struct recopy *r, uint64_t s)
{
	size_t low = 0, high = r->first.n;
	const struct recopy_row *row;
	uint64_t i;

	while (low + 1 < high) {
		size_t mid = low + (high - low) / 2;

		if (r->first.at[mid].seq <= s)
			low = mid;
		else
			high = mid;
	}
	if (!r->first.n || r->first.at[low].seq > s)
		return (struct place){ low, 0 };
	row = &r->first.at[low];
	i = (s - row->seq) / row->len;
	return (struct place){ low, i < row->n ? (uint32_t)i : row->n - 1 };
}

/* The first record in `first`, from *p on, that has any of [s, e); then *p is
 * after it.  Return: its number in the strand; UINT32_MAX: none. */
static uint32_t first_of(const struct recopy *r, struct place *p, uint64_t s,
			 uint64_t e)
{
	for (; p->row < r->first.n; p->row++, p->i = 0) {
		const struct recopy_row *row = &r->first.at[p->row];

		while (p->i < row->n) {
			uint64_t at = row->seq + (uint64_t)p->i * row->len;

			if (at >= e)
				return UINT32_MAX;
			p->i++;
			if (at + row->len > s)
				return row->idx + p->i - 1;
		}
	}
	return UINT32_MAX;
}

static bool meets(const struct recopy_run *a, uint64_t s, uint64_t e)
{
	return a->end > s && a->seq < e;
}

/* May any record of a piece of `again`? */
static bool piece_meets(const struct recopy *r, size_t piece, uint64_t s,
			uint64_t e)
{
	return r->piece.at[piece].end > s && r->piece.at[piece].seq < e;
}

static void add_again(struct recopy *r, const struct recopy_run *x)
{
	struct recopy_piece *p;

	if (r->again.n % RECOPY_PIECE == 0)
		*VEC_PUSH(&r->piece) = (struct recopy_piece){ x->seq, x->end };
	p = &r->piece.at[r->piece.n - 1];
	if (x->seq < p->seq)
		p->seq = x->seq;
	if (x->end > p->end)
		p->end = x->end;
	*VEC_PUSH(&r->again) = *x;
}

static void add_first(struct recopy *r, const struct recopy_run *x)
{
	struct recopy_row *last = r->first.n ? &r->first.at[r->first.n - 1]
					     : NULL;
	uint32_t len = (uint32_t)(x->end - x->seq);

	if (last && last->len == len && last->idx + last->n == x->idx &&
	    last->seq + (uint64_t)last->n * len == x->seq)
		last->n++;
	else
		*VEC_PUSH(&r->first) = (struct recopy_row){ x->seq, x->idx, 1,
							    len };
}

static void look_at(struct recopy *r, const struct record *x, uint32_t i)
{
	struct recopy_run run = { x->seq64, x->seq64 + rec_seq_len(x), i, 1 };
	uint32_t before;

	if (run.seq == run.end || (x->tcp_flags & REC_RST))
		return;
	if (!r->first.n || run.seq >= r->end) {
		add_first(r, &run);
		r->end = run.end;
		return;
	}
	before = recopy_previous(r, i, run.seq, run.end);
	if (before != UINT32_MAX)
		run.copy = recopy_number(r, before) + 1;
	add_again(r, &run);
	if (run.end > r->end)
		r->end = run.end;
}

void recopy_look(struct recopy *r, const struct strand *s, uint32_t to)
{
	while (r->n < to) {
		uint32_t n, i = r->n;
		const struct record *x = strand_row(s, i, &n);

		if (n > to - i)
			n = to - i;
		for (uint32_t k = 0; k < n; k++)
			look_at(r, &x[k], i + k);
		r->n = i + n;
	}
}

void recopy_build(struct recopy *r, const struct strand *s)
{
	recopy_look(r, s, s->n);
	r->built = true;
}

static size_t again_from(const struct recopy *r, uint32_t i)
{
	size_t at;

	SEARCH(at, r->again.n, k, r->again.at[k].idx < i);
	return at;
}

uint32_t recopy_number(const struct recopy *r, uint32_t i)
{
	size_t k = again_from(r, i);

	return k < r->again.n && r->again.at[k].idx == i ? r->again.at[k].copy
							 : 1;
}

/* The first of `again` from place @k on, BACK of them, that takes any of [s,
 * e); or UINT32_MAX. */
static uint32_t again_next(const struct recopy *r, size_t k, uint64_t s,
			   uint64_t e)
{
	size_t end = r->again.n - k > BACK ? k + BACK : r->again.n;

	while (k < end) {
		if (k % RECOPY_PIECE == 0 &&
		    !piece_meets(r, k / RECOPY_PIECE, s, e)) {
			k += RECOPY_PIECE;
			continue;
		}
		if (meets(&r->again.at[k], s, e))
			return r->again.at[k].idx;
		k++;
	}
	return UINT32_MAX;
}

/* The same before @k. */
static uint32_t again_previous(const struct recopy *r, size_t k, uint64_t s,
			       uint64_t e)
{
	size_t end = k > BACK ? k - BACK : 0;

	while (k > end) {
		if (k % RECOPY_PIECE == 0 && k - end >= RECOPY_PIECE &&
		    !piece_meets(r, k / RECOPY_PIECE - 1, s, e)) {
			k -= RECOPY_PIECE;
			continue;
		}
		k--;
		if (meets(&r->again.at[k], s, e))
			return r->again.at[k].idx;
	}
	return UINT32_MAX;
}

/* The first record of `first` whose index is @i or more; else past the last. */
static struct place at_index(const struct recopy *r, uint32_t i)
{
	size_t at;

	SEARCH(at, r->first.n, k, r->first.at[k].idx + r->first.at[k].n <= i);
	if (at == r->first.n || r->first.at[at].idx >= i)
		return (struct place){ at, 0 };
	return (struct place){ at, i - r->first.at[at].idx };
}

static bool is_before(struct place a, struct place b)
{
	return a.row != b.row ? a.row < b.row : a.i < b.i;
}

/* The last record of `first` before index @i that has any of [s, e); or UINT32_MAX. */
static uint32_t last_of(const struct recopy *r, uint32_t i, uint64_t s,
			uint64_t e)
{
	struct place p = at_or_below(r, e - 1), behind = at_index(r, i);
	const struct recopy_row *row;
	uint64_t at;

	if (!is_before(p, behind)) {
		if (!behind.row && !behind.i)
			return UINT32_MAX;
		p = behind.i ? (struct place){ behind.row, behind.i - 1 }
			     : (struct place){ behind.row - 1,
					       r->first.at[behind.row - 1].n -
						       1 };
	}
	row = &r->first.at[p.row];
	at = row->seq + (uint64_t)p.i * row->len;
	return at < e && at + row->len > s ? row->idx + p.i : UINT32_MAX;
}

uint32_t recopy_next(const struct recopy *r, uint32_t i, uint64_t s, uint64_t e)
{
	uint32_t best = again_next(r, again_from(r, i), s, e), one;
	struct place p = at_or_below(r, s), from = at_index(r, i);

	if (is_before(p, from))
		p = from;
	one = first_of(r, &p, s, e);
	return one < best ? one : best;
}

uint32_t recopy_previous(const struct recopy *r, uint32_t i, uint64_t s,
			 uint64_t e)
{
	uint32_t best = again_previous(r, again_from(r, i), s, e);
	uint32_t one = last_of(r, i, s, e);

	if (best == UINT32_MAX)
		return one;
	return one != UINT32_MAX && one > best ? one : best;
}
