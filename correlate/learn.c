/* What survives a hop: which header fields distinguish a packet from its copies
 * there, and how long packets take.
 *
 * The first records that are nearly surely one packet at both ends (new data, a
 * SYN, content that occurs once) are paired in order; fields that agree in all
 * of these survive, and the lowest times that several share are the pace.
 *
 * Cost: the first LEARN_RECORDS pairs, LEARN_SEARCH records at most, and a
 * window of LEARN_WINDOW for each.  Records that lie in an array (strand.flat)
 * are used in place; others are copied, as a strand keeps few of its blocks.
 */
#include <stddef.h>
#include <string.h>

#include "correlate/hop.h"

#define LEARN_RECORDS 64 /* first records used */
/* at most, where some have twins, or were before the far point's first one */
#define LEARN_SEARCH 512
#define LEARN_WINDOW 12 /* how far apart in order */
/* the same before some pairs: clocks tell only roughly where both captures have
 * them */
#define LEARN_FIRST 512
#define LEARN_ROOM 100000000  /* ns around the expected start */
#define LEARN_SPREAD 30000000 /* ns within a cluster of delays */
#define LEARN_QUEUE 50000000
#define LEARN_GUESS 500000000 /* ns: round trip by which a guess may be off */
#define LEARN_PACE 5          /* pairs, to know the usual time */
#define LEARN_BLANK 8         /* records without a pair, to be blank */
#define TWINS_BESIDE 2        /* records on each side that may be twins */
#define TWIN_LOOK 64          /* far records on, of which one may be a twin */

struct learn {
	uint32_t pairs, ids, ts_pairs, ts_same, id_same, id_moves;
	uint32_t same_moves; /* of id_same, those that moved */
	uint32_t ts_delta, n_f;
	uint16_t last_id, last_same;
	int64_t f_most;           /* of those in f */
	int64_t f[LEARN_RECORDS]; /* last: only the first n_f mean something */
};

static void learn_begin(struct learn *l)
{
	memset(l, 0, offsetof(struct learn, f));
}

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
	if (l->n_f < LEARN_RECORDS) {
		int64_t f = hop_f(x, y);

		l->f_most = l->n_f && l->f_most > f ? l->f_most : f;
		l->f[l->n_f++] = f;
	}
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

/* Takes a pair that almost certainly is one packet: new data, or a SYN, or a
 * datagram of content that occurs once here. */
static void learn_pair(struct learn *l, const struct record *x,
		       const struct record *y)
{
	l->pairs++;
	learn_fields(l, x, y);
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

/* Leaves the @k least of @n, sorted, at the front; the others are lost. */
static void sort_least(int64_t *v, int n, int k)
{
	for (int a = 1; a < n; a++) {
		int b = a < k ? a : k - 1;
		int64_t t = v[a];

		if (a >= k && t >= v[k - 1])
			continue;
		for (; b > 0 && t < v[b - 1]; b--)
			v[b] = v[b - 1];
		v[b] = t;
	}
}

/* Among how many of @n, sorted, the lowest cluster is sought, at most. */
static int cluster_of(int n)
{
	int k = n / 4 > 3 ? n / 4 : 3;

	return k < n ? k : n;
}

static int64_t least_f(const struct learn *l)
{
	int64_t least = l->f_most;

	for (uint32_t k = 0; k < l->n_f; k++)
		least = l->f[k] < least ? l->f[k] : least;
	return least;
}

/* With enough pairs the lowest of their F that several share is better than the
 * clocks' bounds: copies sent later are spread above it, and bursts of them
 * make clusters of their own.  With few, one may be another copy. */
static void learn_pace(struct hop *h, struct learn *l)
{
	bool bound = h->f_low != INT64_MIN && h->f_high != INT64_MAX;
	int n = (int)l->n_f, least = bound ? 2 : LEARN_PACE, k, i = 0;
	/* what the clocks bound, and as much again for queues */
	int64_t most = bound ? time_add(time_sub(h->f_high, h->f_low),
					LEARN_QUEUE)
			     : INT64_MAX;

	if (n < least)
		return;
	if (l->f_most - least_f(l) <= LEARN_SPREAD &&
	    (!bound || time_sub(l->f_most, h->f_high) <= most)) {
		k = cluster_of(n); /* all are one cluster */
		sort_least(l->f, n, k);
	} else {
		sort_few(l->f, n);
		while (bound && n > 0 &&
		       time_sub(l->f[n - 1], h->f_high) > most)
			n--;
		k = cluster_of(n);
		if (n < least)
			return;
		while (i + k < n && l->f[i + k - 1] - l->f[i] > LEARN_SPREAD)
			i++;
	}
	h->paced = h->paced_by_packets = true;
	h->pace = l->f[i + k / 2];
	h->floor = h->pace < h->floor ? h->pace : h->floor;
	h->dev = hop_dev_bounded((l->f[i + k - 1] - l->f[i]) + h->tick / 2 +
				 50000);
}

/* Do @r and @x have a byte in common, or, without any, the same numbers? */
static inline bool tcp_alike(const struct record *r, const struct record *x)
{
	uint64_t d = r->seq64 - x->seq64;

	if (!x->pay_len)
		return !d && r->ack64 == x->ack64 && !r->pay_len;
	return (d < x->pay_len || 0 - d < r->pay_len) && r->pay_len;
}

static inline bool alike(const struct hop *h, const struct record *r,
			 const struct record *x)
{
	return h->tcp ? tcp_alike(r, x)
		      : r->pay_len == x->pay_len && record_content_agrees(r, x);
}

/* The same where all around @x, TCP, lie in an array. */
static bool has_twin_beside(const struct record *x)
{
	for (const struct record *r = x - TWINS_BESIDE; r < x; r++)
		if (tcp_alike(r, x) || tcp_alike(r + TWINS_BESIDE + 1, x))
			return true;
	return false;
}

/* Is another near record next to @i just like it, or a copy of some of its
 * bytes in other pieces?  Then it teaches nothing. */
static bool has_twin(const struct hop *h, uint32_t i, const struct record *x)
{
	uint32_t from = i > TWINS_BESIDE ? i - TWINS_BESIDE : 0;
	uint32_t last = i + TWINS_BESIDE;

	if (h->tcp && i >= TWINS_BESIDE && last < h->near->n_flat)
		return has_twin_beside(x);
	for (uint32_t k = from; k < h->near->n && k <= last; k++)
		if (k != i && alike(h, strand_at(h->near, k), x))
			return true;
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

/* Is it later than a packet can be by the clocks, or by the first pairs? */
static bool too_late(const struct hop *h, const struct learn *l, int64_t f)
{
	int64_t high = INT64_MIN;

	if (h->f_high != INT64_MAX)
		high = h->f_high;
	else if (h->paced) /* a guess */
		high = time_add(h->pace, LEARN_GUESS);
	if (l->n_f && l->f_most > high)
		high = l->f_most;
	return high != INT64_MIN && time_sub(f, high) > LEARN_QUEUE;
}

/* A quick test by numbers: is far record @y certainly not @x, and does it not
 * begin where @x does? */
static bool is_elsewhere(const struct hop *h, const struct record *x,
			 const struct record *y)
{
	return h->tcp && (uint32_t)y->seq64 - (uint32_t)x->seq64 != h->delta;
}

/* Does the far point have data, a SYN or a FIN like far @k another time?  The near
 * point has it once, as its capture began late or missed a copy: nothing tells yet
 * which of the two it is. */
static bool is_one_of_two(const struct hop *h, const struct record *x,
			  uint32_t k)
{
	uint32_t end = h->far->n - k < TWIN_LOOK ? h->far->n : k + TWIN_LOOK;

	if (!h->tcp || !rec_seq_len(x))
		return false;
	for (k++; k < end; k++) {
		const struct record *y = strand_at(h->far, k);

		if (!is_elsewhere(h, x, y) && hop_same(h, x, y) &&
		    hop_may_take(h, hop_f(x, y)))
			return true;
	}
	return false;
}

/* Finds near record @x at far record *j or after; then *j is after it. Return:
 * false if it is not within @window. */
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
		if (is_elsewhere(h, x, y))
			continue;
		if (hop_same_at_once(h, x, y) || hop_same(h, x, y)) {
			if (l->pairs < LEARN_PACE && is_one_of_two(h, x, k))
				return true;
			/* others were looked at since */
			learn_pair(l, x, strand_at(h->far, k));
			*j = k + 1;
			return true;
		}
		if (same_first_byte(h, x, y))
			learn_fields(l, x, y);
	}
	return *j + window > h->far->n;
}

/* Does TCP record @x have bytes before *end, the end of what was sent before?
 * Updates *end. */
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
		const struct record *x = strand_at(h->near, i);
		struct record kept NOT_ZEROED;

		if (i >= h->near->n_flat) {
			kept = *x;
			x = &kept;
		}
		if ((h->tcp && is_sent_again(x, &sent)) || has_twin(h, i, x))
			continue;
		tried++;
		if (!learn_one(h, l, x, &j,
			       l->pairs < LEARN_PACE ? LEARN_FIRST
						     : LEARN_WINDOW) &&
		    l->pairs >= LEARN_PACE)
			break; /* lost: the next one may be its
			        * retransmission */
	}
}

/* How well numbers fit: the pairs, and those of them confirmed by the time
 * stamp or a varying IP ID. */
static uint32_t learn_score(const struct learn *l, bool use_ts)
{
	uint32_t sure = l->id_moves * 2 > l->ids ? l->id_same : 0;

	if (use_ts && l->ts_pairs > sure)
		sure = l->ts_pairs;
	return l->pairs + 2 * sure;
}

/* Pairing says by how much numbers differ; content that repeats can mislead it
 * where it has no SYN.  Unless nearly all records agree with it, and certainly
 * so, unchanged numbers are tried, too. */
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
		struct learn other NOT_ZEROED;

		if ((k & 1 && !delta) || (k & 2 && !ack_delta))
			continue;
		h->delta = k & 1 ? 0 : delta;
		h->ack_delta = k & 2 ? 0 : ack_delta;
		learn_begin(&other);
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

/* Do time stamps not survive after all; or was their difference taken from two
 * copies of a SYN, one of them lost, so that it applies to nothing else? */
static bool ts_misleads(struct hop *h, const struct learn *with)
{
	struct learn without NOT_ZEROED;

	if (!h->use_ts || with->pairs > 2)
		return false;
	h->use_ts = false;
	learn_begin(&without);
	learn_pairs(h, &without);
	h->use_ts = true;
	return !with->pairs || without.pairs > 2 * with->pairs;
}

/* A varying IP ID that is the same at both ends of some pairs survives: by
 * chance that happens once in 65536.  Pairs in which it differs are then two
 * copies, one lost and the other sent later. */
static bool id_survives(const struct learn *l)
{
	return l->id_same >= 3 && l->id_same * 8 >= l->ids &&
	       l->same_moves * 10 >= (l->id_same - 1) * 9;
}

/* Does a device write IDs of its own into all packets?  It takes ten pairs at least:
 * the first has none before it to move from. */
static bool id_is_new(const struct learn *l)
{
	return l->ids && !l->id_same && l->id_moves * 10 >= l->ids * 9;
}

void hop_learn(struct hop *h)
{
	struct learn l NOT_ZEROED;

	h->use_id = false;
	learn_begin(&l);
	learn_pairs(h, &l);
	check_numbers(h, &l);
	if (ts_misleads(h, &l)) {
		h->use_ts = false;
		learn_begin(&l);
		learn_pairs(h, &l);
		check_numbers(h, &l);
	}
	h->use_id = id_survives(&l);
	h->new_ids = id_is_new(&l);
	if (h->use_id && l.id_same < l.ids) {
		learn_begin(&l);
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
