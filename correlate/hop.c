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

#define LEARN_RECORDS 64 /* first records that are looked at */
#define LEARN_SEARCH                                                           \
	512 /* at most, where some have twins, or were before the far point's
	     * first one */
#define LEARN_WINDOW 12 /* how far apart in order */
#define LEARN_FIRST                                                            \
	512                   /* the same before some pairs: clocks tell only
			  * roughly where both captures have them */
#define LEARN_ROOM 100000000  /* ns around the expected start */
#define LEARN_SPREAD 30000000 /* ns within a cluster of delays */
#define LEARN_QUEUE 50000000
#define LEARN_PACE 5     /* pairs, to know the usual time */
#define LEARN_BLANK 8    /* records without a pair, to be blank */
#define LEARN_NEW_IDS 8  /* pairs, to see that a device writes IDs anew */
#define PACE_SEARCH 4096 /* records around one, for its typical F */
#define PACE_SAMPLES 5
#define MS 1000000
#define CLOCK_ROOM 20000000 /* ns that stamps may be late at the near point */

void hop_init(struct hop *h, struct strand *near, struct strand *far, bool tcp)
{
	size_t n = near->n, all = n + far->n;

	h->near = near;
	h->far = far;
	h->tcp = tcp;
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

bool hop_twice(const struct hop *h, int64_t gap_ns)
{
	int64_t room = 3 * (h->dev + h->tick) + MS;
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

/* Shell's sort with Ciura's gaps: no calls, and few moves up to some 60. */
static void sort_few(int64_t *v, int n)
{
	static const int gaps[] = { 23, 10, 4, 1 };

	for (int k = 0; k < 4; k++)
		for (int g = gaps[k], a = g; a < n; a++) {
			int64_t t = v[a];
			int b = a;

			for (; b >= g && t < v[b - g]; b -= g)
				v[b] = v[b - g];
			v[b] = t;
		}
}

/* Walks from near record @i by @step to the next one that is surely linked.
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

/* How long before or after @t_ns near record @i is; none is farthest. */
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
	sort_few(f, n);
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
	return x->icmp_type == y->icmp_type && x->frag_off == y->frag_off &&
	       record_content_agrees(x, y);
}

/* --- which fields survive --- */
struct learn {
	uint32_t pairs, ids, ts_pairs, ts_same, id_same, id_moves;
	uint32_t same_moves; /* of id_same, those that moved */
	uint32_t ts_delta, n_f;
	uint16_t last_id, last_same;
	int64_t f[LEARN_RECORDS];
};

/* The start of a segment that was cut or merged has the same fields, too. */
static bool same_first_byte(const struct hop *h, const struct record *x,
			    const struct record *y)
{
	return h->tcp && x->pay_len && y->pay_len && x->pay_len != y->pay_len &&
	       (uint32_t)y->seq64 - (uint32_t)x->seq64 == h->delta &&
	       (uint32_t)y->ack64 - (uint32_t)x->ack64 == h->ack_delta;
}

static void learn_fields(struct learn *l, const struct record *x,
			 const struct record *y)
{
	if (l->n_f < LEARN_RECORDS)
		l->f[l->n_f++] = hop_f(x, y);
	if (x->ip_id == y->ip_id) {
		l->same_moves += l->id_same > 0 && x->ip_id != l->last_same;
		l->last_same = x->ip_id;
		l->id_same++;
	}
	l->id_moves += l->ids > 0 && x->ip_id != l->last_id;
	l->last_id = x->ip_id;
	l->ids++;
	if (!(x->opts & y->opts & REC_OPT_TS))
		return;
	if (!l->ts_pairs)
		l->ts_delta = y->tsval - x->tsval;
	l->ts_pairs++;
	l->ts_same += y->tsval - x->tsval == l->ts_delta;
}

/* A pair that nearly surely is one packet: new data, or a SYN, or a datagram
 * of content that occurs once here. */
static void learn_pair(struct learn *l, const struct record *x,
		       const struct record *y)
{
	l->pairs++;
	learn_fields(l, x, y);
}

/* With enough pairs the lowest of their F that several share is better than
 * what the clocks promise: copies sent later are spread above it, and bursts
 * of them make clusters of their own.  With few, one may be another copy. */
static void learn_pace(struct hop *h, struct learn *l)
{
	bool bound = h->f_low != INT64_MIN && h->f_high != INT64_MAX;
	int n = (int)l->n_f, least = bound ? 2 : LEARN_PACE, k, i = 0;

	sort_few(l->f, n);
	/* what the clocks bound, and as much again for queues */
	while (bound && n > 0 &&
	       time_sub(l->f[n - 1], h->f_high) >
		       time_add(time_sub(h->f_high, h->f_low), LEARN_QUEUE))
		n--;
	k = n / 4 > 3 ? n / 4 : 3;
	k = k < n ? k : n;
	if (n < least)
		return;
	while (i + k < n && l->f[i + k - 1] - l->f[i] > LEARN_SPREAD)
		i++;
	h->paced = h->paced_by_packets = true;
	h->pace = l->f[i + k / 2];
	h->dev = hop_dev_bounded((l->f[i + k - 1] - l->f[i]) + h->tick / 2 +
				 50000);
}

/* Do @r and @x have a byte in common, or, without any, the same numbers? */
static bool tcp_alike(const struct record *r, const struct record *x)
{
	if (!r->pay_len || !x->pay_len)
		return r->pay_len == x->pay_len && r->seq64 == x->seq64 &&
		       r->ack64 == x->ack64;
	return r->seq64 < x->seq64 + x->pay_len &&
	       x->seq64 < r->seq64 + r->pay_len;
}

/* Is another near record beside @i just like it, or a copy of some of its bytes,
 * cut otherwise?  Then it teaches nothing. */
static bool has_twin(const struct hop *h, uint32_t i, const struct record *x)
{
	for (uint32_t k = i > 2 ? i - 2 : 0; k <= i + 2 && k < h->near->n;
	     k++) {
		const struct record *r = strand_at(h->near, k);

		if (k != i && (h->tcp ? tcp_alike(r, x)
				      : r->pay_len == x->pay_len &&
						record_content_agrees(r, x)))
			return true;
	}
	return false;
}

/* Where both captures have begun, as far as clocks tell. */
static void learn_start(const struct hop *h, uint32_t *i, uint32_t *j)
{
	int64_t room = LEARN_ROOM + 8 * h->dev, low, high;

	*i = *j = 0;
	if (!h->paced || !h->near->n || !h->far->n)
		return;
	low = h->f_low != INT64_MIN ? h->f_low : h->pace;
	high = h->f_high != INT64_MAX ? h->f_high : h->pace;
	*i = strand_find(h->near, time_sub(strand_time(h->far, 0),
					   time_add(high, room)));
	*j = strand_find(h->far, time_add(strand_time(h->near, 0),
					  time_sub(low, room)));
}

/* Is it later than the clocks, or the first pairs, let expect a packet? */
static bool too_late(const struct hop *h, const struct learn *l, int64_t f)
{
	int64_t high = h->f_high != INT64_MAX ? h->f_high : INT64_MIN;

	for (uint32_t k = 0; k < l->n_f; k++)
		high = l->f[k] > high ? l->f[k] : high;
	return high != INT64_MIN && time_sub(f, high) > LEARN_QUEUE;
}

/* The pair of near record @x at far record *j or behind; *j then is behind it.
 * Return: false where it has none within @window. */
static bool learn_one(const struct hop *h, struct learn *l,
		      const struct record *x, uint32_t *j, uint32_t window)
{
	for (uint32_t k = *j; k < h->far->n && k < *j + window; k++) {
		const struct record *y = strand_at(h->far, k);
		int64_t f = hop_f(x, y);

		if (!hop_may_take(h, f))
			continue;
		if (l->pairs < LEARN_PACE && too_late(h, l, f))
			return true;
		if (hop_same(h, x, y)) {
			learn_pair(l, x, y);
			*j = k + 1;
			return true;
		}
		if (same_first_byte(h, x, y))
			learn_fields(l, x, y);
	}
	return *j + window > h->far->n;
}

/* Does TCP record @x bring bytes from before *end?  *end is where the last ones
 * ended that were sent before it, and then behind it. */
static bool is_sent_again(const struct record *x, uint64_t *end)
{
	bool again = x->pay_len && x->seq64 < *end;

	if (x->pay_len && x->seq64 + x->pay_len > *end)
		*end = x->seq64 + x->pay_len;
	return again;
}

/* Pairs of the first records, until copies begin to differ. */
static void learn_pairs(const struct hop *h, struct learn *l)
{
	uint32_t i, j, tried = 0, end;
	uint64_t sent = 0;

	learn_start(h, &i, &j);
	end = h->near->n - i < LEARN_SEARCH ? h->near->n : i + LEARN_SEARCH;
	for (; i < end && (tried < LEARN_RECORDS || l->pairs < LEARN_PACE);
	     i++) {
		struct record x = *strand_at(h->near, i);

		if ((h->tcp && is_sent_again(&x, &sent)) || has_twin(h, i, &x))
			continue;
		tried++;
		if (!learn_one(h, l, &x, &j,
			       l->pairs < LEARN_PACE ? LEARN_FIRST
						     : LEARN_WINDOW) &&
		    l->pairs >= LEARN_PACE)
			break; /* lost: what follows may be its next copy */
	}
}

/* How well do numbers fit: pairs, and those of them that the time stamp or a
 * moving IP ID vouch for. */
static uint32_t learn_score(const struct learn *l, bool use_ts)
{
	uint32_t sure = l->id_moves * 2 > l->ids ? l->id_same : 0;

	if (use_ts && l->ts_pairs > sure)
		sure = l->ts_pairs;
	return l->pairs + 2 * sure;
}

/* Pairing says by how much numbers differ; content that repeats can mislead
 * it where it has no SYN.  Unless nearly all records agree by its word, and
 * surely so, unchanged numbers are tried, too. */
static void check_numbers(struct hop *h, struct learn *l)
{
	uint32_t least = h->near->n < h->far->n ? h->near->n : h->far->n;
	uint32_t delta = h->delta, ack_delta = h->ack_delta;
	uint32_t best = learn_score(l, h->use_ts), best_k = 0;

	if (least > LEARN_RECORDS)
		least = LEARN_RECORDS;
	if (!h->tcp || (!delta && !ack_delta) || best * 10 >= least * 24)
		return;
	for (uint32_t k = 1; k < 4; k++) {
		struct learn other = { 0 };

		if ((k & 1 && !delta) || (k & 2 && !ack_delta))
			continue;
		h->delta = k & 1 ? 0 : delta;
		h->ack_delta = k & 2 ? 0 : ack_delta;
		learn_pairs(h, &other);
		if (learn_score(&other, h->use_ts) > best) {
			best = learn_score(&other, h->use_ts);
			best_k = k;
			*l = other;
		}
	}
	h->delta = best_k & 1 ? 0 : delta;
	h->ack_delta = best_k & 2 ? 0 : ack_delta;
}

/* Time stamps do not survive after all; or their difference was taken from
 * two copies of a SYN, one of them lost, and holds for nothing else. */
static bool ts_misleads(struct hop *h, const struct learn *with)
{
	struct learn without = { 0 };

	if (!h->use_ts || with->pairs > 2)
		return false;
	h->use_ts = false;
	learn_pairs(h, &without);
	h->use_ts = true;
	return !with->pairs || without.pairs > 2 * with->pairs;
}

/* A moving IP ID that is the same at both ends of some pairs survives: by
 * chance it would be once in 65536.  Pairs of which it differs are then two
 * copies, one lost and the other sent later. */
static bool id_survives(const struct learn *l)
{
	return l->id_same >= 3 && l->id_same * 8 >= l->ids &&
	       l->same_moves * 10 >= (l->id_same - 1) * 9;
}

/* As a device does that writes IDs of its own into all packets. */
static bool id_is_new(const struct learn *l)
{
	return l->ids >= LEARN_NEW_IDS && !l->id_same &&
	       l->id_moves * 10 >= l->ids * 9;
}

static void hop_learn(struct hop *h)
{
	struct learn l = { 0 };

	h->use_id = false;
	learn_pairs(h, &l);
	check_numbers(h, &l);
	if (ts_misleads(h, &l)) {
		h->use_ts = false;
		l = (struct learn){ 0 };
		learn_pairs(h, &l);
		check_numbers(h, &l);
	}
	h->use_id = id_survives(&l);
	h->new_ids = id_is_new(&l);
	if (h->use_id && l.id_same < l.ids) {
		l = (struct learn){ 0 };
		learn_pairs(h, &l); /* without the false pairs */
	}
	if (!h->use_ts && l.ts_pairs && l.ts_same * 10 >= l.ts_pairs * 8) {
		h->use_ts = true;
		h->ts_delta = l.ts_delta;
	}
	h->blank = !h->use_ts && !l.ids && h->near->n >= LEARN_BLANK &&
		   h->far->n >= LEARN_BLANK;
	learn_pace(h, &l);
}

/* Late is what was overtaken: a record sent before another and arriving after
 * it (RFC 4737, type P reordered). */
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
	if (!h->relay)
		link_sweep(h);
	if (!h->relay)
		copies_match(h);
	if (h->tcp)
		coverage_match(h);
	copies_mark_duplicates(h);
	mark_late(h);
}
