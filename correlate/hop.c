/* A hop's links: the arrays, the numbers between the two points, and the order
 * in which the steps run.
 *
 * Memory: ten bytes a record (an index and a byte of bits at each end), so a
 * session of ten million packets takes about 100 MB while it is worked on.
 *
 * Steps of hop_match(): hop_learn() finds out which header fields survive the
 * hop and how long it takes; link_sweep() is the lock step, O(1) a packet;
 * what it leaves is sorted and placed by copies_match() and coverage_match(),
 * O(L log L) for L records left.
 */
#include "correlate/hop.h"

#include <stdlib.h>
#include <string.h>

#define PACE_SEARCH 4096 /* records around one, for its typical F */
#define PACE_SAMPLES 5
#define MS 1000000
#define ENDED_NS 100000000ll /* after the near capture's last packet */
#define CLOCK_ROOM 20000000  /* ns that stamps may be late at the near point */

void hop_init(struct hop *h, struct strand *near, struct strand *far, bool tcp)
{
	size_t n = near->n, all = n + far->n;

	h->near = near;
	h->far = far;
	h->tcp = tcp;
	h->floor = h->floor_next = INT64_MAX;
	/* one block, which far_of owns: there may be a million small hops */
	h->far_of = mem_resize(NULL, all + 1, sizeof *h->far_of + 1);
	h->near_of = h->far_of + n;
	h->near_is = (uint8_t *)(h->far_of + all);
	h->far_is = h->near_is + n;
	memset(h->far_of, 0xff, all * sizeof *h->far_of);
	memset(h->near_is, 0, all);
}

void hop_release(struct hop *h)
{
	free(h->far_of);
	VEC_FREE(&h->piece);
	VEC_FREE(&h->edit);
}

uint32_t hop_delta_at(const struct hop *h, uint32_t seq)
{
	for (size_t k = h->edit.n; k-- > 1;)
		if (seq_diff(seq, h->edit.at[k].from) >= 0)
			return h->edit.at[k].delta;
	return h->edit.n ? h->edit.at[0].delta : h->delta;
}

uint32_t hop_to_near(const struct hop *h, uint32_t seq)
{
	for (size_t k = h->edit.n; k-- > 1;) {
		const struct hop_delta *d = &h->edit.at[k];

		if (seq_diff(seq - d->delta, d->from) >= 0)
			return seq - d->delta;
	}
	return seq - (h->edit.n ? h->edit.at[0].delta : h->delta);
}

bool hop_may_take(const struct hop *h, int64_t f)
{
	if (h->f_low != INT64_MIN && f + h->tick + CLOCK_ROOM < h->f_low)
		return false;
	return h->f_high == INT64_MAX || f - h->max_transit <= h->f_high;
}

bool hop_near_ended(const struct hop *h, int64_t far_ns)
{
	return h->paced && h->near_ran &&
	       time_sub(far_ns, h->pace) > time_add(h->near_until, ENDED_NS);
}

bool hop_twice(const struct hop *h, int64_t gap_ns)
{
	/* of two stamps of one clock no difference is wrong by more than a tick */
	int64_t room = 3 * h->dev + h->tick + MS;
	int64_t wide = time_sub(h->f_high, h->f_low) / 4;

	/* the bounds are a round trip apart, or wider through a third point */
	if (h->f_low != INT64_MIN && h->f_high != INT64_MAX && wide > room)
		room = wide;
	return gap_ns <= room && gap_ns >= -room;
}

void hop_link(struct hop *h, uint32_t i, uint32_t j)
{
	h->far_of[i] = j;
	h->near_of[j] = i;
	h->near_is[i] |= LINKED;
	h->far_is[j] |= LINKED;
}

void hop_unlink(struct hop *h, uint32_t i)
{
	uint32_t j = h->far_of[i];

	h->far_of[i] = LINK_NONE;
	h->near_is[i] &= (uint8_t)~LINKED;
	if (j == LINK_NONE)
		return;
	h->near_of[j] = LINK_NONE;
	h->far_is[j] &= (uint8_t)~LINKED;
}

static int64_t f_of(const struct hop *h, uint32_t i)
{
	int64_t t = strand_time(h->far, h->far_of[i]);

	return hop_f_bounded(time_sub(t, strand_time(h->near, i)));
}

static void sort_samples(int64_t *v, int n)
{
	for (int a = 1; a < n; a++) {
		int64_t t = v[a];
		int b = a;

		for (; b > 0 && t < v[b - 1]; b--)
			v[b] = v[b - 1];
		v[b] = t;
	}
}

/* Walks from near record @i by @step to the next one that is certainly linked.
 * Return: it, or LINK_NONE. */
static uint32_t next_linked(const struct hop *h, uint32_t i, uint32_t step)
{
	for (int left = PACE_SEARCH; left > 0; left--) {
		i += step;
		if (i >= h->near->n) /* below 0 wraps to above */
			return LINK_NONE;
		if ((h->near_is[i] & (LINKED | LINK_TIED)) == LINKED)
			return i;
	}
	return LINK_NONE;
}

/* How long before or after @t_ns near record @i is; LINK_NONE is farthest. */
static uint64_t away(const struct hop *h, uint32_t i, int64_t t_ns)
{
	uint64_t d;

	if (i == LINK_NONE)
		return UINT64_MAX;
	d = time_apart(strand_time(h->near, i), t_ns);
	return d < UINT64_MAX ? d : UINT64_MAX - 1;
}

/* The samples are those nearest in time: what was sent before a pause, or
 * before a gap in the capture, met other queues. */
bool hop_pace_at(const struct hop *h, uint32_t i, int64_t *pace, int64_t *dev)
{
	int64_t f[PACE_SAMPLES], t = strand_time(h->near, i);
	uint32_t a = next_linked(h, i, UINT32_MAX), b = next_linked(h, i, 1);
	uint64_t to_a = away(h, a, t), to_b = away(h, b, t);
	int n = 0;

	*dev = h->dev + h->tick;
	while (n < PACE_SAMPLES && (a != LINK_NONE || b != LINK_NONE)) {
		if (to_a < to_b) {
			f[n++] = f_of(h, a);
			a = next_linked(h, a, UINT32_MAX);
			to_a = away(h, a, t);
		} else {
			f[n++] = f_of(h, b);
			b = next_linked(h, b, 1);
			to_b = away(h, b, t);
		}
	}
	if (!n) {
		*pace = h->pace;
		return h->paced;
	}
	sort_samples(f, n);
	*pace = f[n / 2];
	return true;
}

bool record_content_agrees(const struct record *x, const struct record *y)
{
	uint16_t both = x->marks & y->marks;

	if (x->pay_len != y->pay_len)
		return false;
	if ((both & REC_HEAD) && x->head_digest != y->head_digest)
		return false;
	if (both & REC_FULL)
		return x->full_digest == y->full_digest;
	if (both & REC_SUM)
		return x->pay_sum == y->pay_sum;
	return true;
}

bool hop_same_sacks(const struct hop *h, const struct record *x,
		    const struct record *y)
{
	bool cut = (x->marks | y->marks) & REC_CUT;
	uint32_t n = x->n_sack < y->n_sack ? x->n_sack : y->n_sack;
	bool moved = true, kept = true;

	if (!cut && x->n_sack != y->n_sack)
		return false;
	for (uint32_t k = 0; k < n && k < 4; k++)
		for (uint32_t e = 0; e < 2; e++) {
			uint32_t d = y->sack[k][e] - x->sack[k][e];

			moved = moved && d == h->ack_delta;
			kept = kept && d == 0;
		}
	return moved || kept;
}

/* The same number of edges, without a constant difference? */
static bool record_sacks_differ(const struct record *x, const struct record *y)
{
	uint32_t by = y->sack[0][0] - x->sack[0][0];

	if (x->n_sack != y->n_sack || ((x->marks | y->marks) & REC_CUT))
		return false;
	for (uint32_t k = 0; k < x->n_sack && k < 4; k++)
		if (y->sack[k][0] - x->sack[k][0] != by ||
		    y->sack[k][1] - x->sack[k][1] != by)
			return true;
	return false;
}

bool hop_sacks_differ(const struct hop *h, const struct record *x,
		      const struct record *y)
{
	if (h->use_sack && x->n_sack != y->n_sack &&
	    !((x->marks | y->marks) & REC_CUT))
		return true;
	return record_sacks_differ(x, y);
}

bool hop_belied(const struct hop *h, const struct record *x,
		const struct record *y)
{
	if (!h->blank || x->ip_id == y->ip_id)
		return false;
	return ((x->opts & y->opts & REC_OPT_TS) && x->tsval != y->tsval) ||
	       (x->n_sack && y->n_sack && !hop_same_sacks(h, x, y));
}

static bool same_tcp(const struct hop *h, const struct record *x,
		     const struct record *y)
{
	if ((uint32_t)y->seq64 - (uint32_t)x->seq64 != h->delta ||
	    x->pay_len != y->pay_len || x->tcp_flags != y->tcp_flags)
		return false;
	if ((x->tcp_flags & REC_ACK) &&
	    (uint32_t)y->ack64 - (uint32_t)x->ack64 != h->ack_delta)
		return false;
	if ((x->n_sack | y->n_sack) && !hop_same_sacks(h, x, y))
		return false;
	return !(h->use_ts && (x->opts & y->opts & REC_OPT_TS) &&
		 y->tsval - x->tsval != h->ts_delta);
}

bool hop_same(const struct hop *h, const struct record *x,
	      const struct record *y)
{
	if ((h->use_id && x->ip_id != y->ip_id) || hop_belied(h, x, y))
		return false;
	if (h->tcp)
		return same_tcp(h, x, y);
	/* a ping's number is kept (RFC 5508, section 3.1); of others it is 0 */
	return x->icmp_type == y->icmp_type && x->frag_off == y->frag_off &&
	       x->window == y->window && record_content_agrees(x, y);
}

/* Marks records that were overtaken: sent before another and arriving after it
 * (RFC 4737, type P reordered). */
static void mark_late(struct hop *h)
{
	uint32_t newest = 0;

	for (uint32_t j = 0; j < h->far->n; j++) {
		uint32_t i = h->near_of[j];

		if (i == LINK_NONE || (h->far_is[j] & LINK_DUP))
			continue;
		if (i < newest && h->far_of[i] == j)
			h->near_is[i] |= LINK_LATE;
		if (i > newest)
			newest = i;
	}
}

void hop_match(struct hop *h)
{
	if (h->unsure)
		return;
	hop_learn(h);
	*VEC_PUSH(&h->edit) = (struct hop_delta){ 0, h->delta };
	if (!h->relay && link_sweep(h))
		return; /* each once, in order: nothing left to do */
	if (!h->relay)
		copies_match(h);
	if (h->tcp)
		coverage_match(h);
	copies_mark_duplicates(h);
	mark_late(h);
}
