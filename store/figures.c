/* Figures of a session or of the case: packed and unpacked.
 *
 * There may be a million sessions of a few packets, so what is 0 takes no
 * bytes: the counters of a way form one list, of which those not 0 are written as
 * pairs of the number skipped, and the value.  Transmissions mostly equal the sum of
 * their kinds, and most are one segment: both are written as the difference from
 * that (fold).  A histogram of up to three values is these: they follow from its
 * minimum, maximum and sum.
 *
 * Format: n, then for each hop: from_pos, to_pos, HOP_ flags, the round trips,
 * then each way that has anything: WAY_ flags, delays, slack, TTL drops,
 * lengths, astray, and the pairs, ended by a skip of COUNTERS.
 *
 * Hostile bytes: n is bounded by the bytes left, skips by the list; all other
 * numbers are possible ones.
 */
#include "store/figures_int.h"

#include <string.h>

#include "base/mem.h"

enum { HOP_RTT = 1, HOP_OUT = 2, HOP_BACK = 4, HOP_SPAN = 8 };
enum {
	WAY_ABLE = 1,
	WAY_DELAY = 2,
	WAY_SLACK = 4, /* differs from the other way's, if that is present */
	WAY_TTL = 8,
	WAY_LEN = 16,
	WAY_LOST_LEN = 32,
	WAY_TTL_KNOWN = 64,
	WAY_ASTRAY = 128,
};

/* Of most ways nearly all are 0: looked at so many at a time. */
#define AT_ONCE 8

/* Is any of AT_ONCE counters not 0?  Not a loop, which the compiler would leave
 * one. */
static bool any_used(const uint64_t *v)
{
	return v[0] | v[1] | v[2] | v[3] | v[4] | v[5] | v[6] | v[7];
}

/* Where stretches of counters begin. */
#define AT_SEGMENTS COUNTS
#define AT_TX (2 * COUNTS)
#define AT_KINDS (3 * COUNTS)
_Static_assert(offsetof(struct hop_way, segments) ==
		       AT_SEGMENTS * sizeof(uint64_t),
	       "after bytes");
_Static_assert(offsetof(struct hop_way, tx) == AT_TX * sizeof(uint64_t),
	       "after segments");
_Static_assert(offsetof(struct hop_way, by_kind) == AT_KINDS * sizeof(uint64_t),
	       "after tx");

/* Transmissions of fate @f, by kind.  Not a loop, as above. */
static uint64_t of_kinds(const struct hop_way *w, size_t f)
{
	return w->by_kind[0][f] + w->by_kind[1][f] + w->by_kind[2][f] +
	       w->by_kind[3][f] + w->by_kind[4][f] + w->by_kind[5][f];
}
_Static_assert(KINDS == 6, "all of them");

/* Of the counters before the kinds: segments and transmissions, modulo 2^64, as
 * what they differ by. */
static void fold(const struct hop_way *w, uint64_t v[static AT_KINDS])
{
	memcpy(v, counters_of(w), AT_KINDS * sizeof *v);
	for (size_t f = 0; f < FATES; f++) {
		v[AT_TX + f] -= of_kinds(w, f);
		v[AT_SEGMENTS + f] -= w->tx.n[f];
	}
}

static void unfold(struct hop_way *w)
{
	for (size_t f = 0; f < FATES; f++) {
		w->tx.n[f] += of_kinds(w, f);
		w->segments.n[f] += w->tx.n[f];
	}
}

/* --- histograms: few values, stored verbatim --- */

static void pack_hist(const struct hist *h, struct buf *out)
{
	/* First byte: how many values follow, 0: hist_pack()'s bytes. */
	if (h->n > 3) {
		buf_u8(out, 0);
		hist_pack(h, out);
		return;
	}
	buf_u8(out, (uint8_t)h->n);
	buf_zigzag(out, h->min);
	if (h->n > 1)
		buf_varint(out, (uint64_t)h->max - (uint64_t)h->min);
	if (h->n > 2)
		buf_varint(out, (uint64_t)h->sum - 2 * (uint64_t)h->min -
					(uint64_t)h->max);
}

static int unpack_hist(struct hist *h, struct cursor *in)
{
	uint8_t n = cursor_u8(in);
	uint64_t min;

	if (!n)
		return hist_unpack(h, in);
	min = (uint64_t)cursor_zigzag(in);
	if (in->bad || n > 3)
		return -1;
	hist_add(h, (int64_t)min);
	for (uint8_t i = 1; i < n; i++)
		hist_add(h, (int64_t)(min + cursor_varint(in)));
	return 0;
}

/* Reads past one. */
static int skip_hist(struct cursor *in)
{
	uint8_t n = cursor_u8(in);
	struct hist h;

	if (!n) {
		if (hist_unpack(&h, in))
			return -1;
		hist_release(&h);
		return 0;
	}
	for (; n <= 3 && n > 0; n--)
		(void)cursor_varint(in);
	return in->bad || n ? -1 : 0;
}

/* --- packing --- */

/* @slack: the predicted delay_slack_ns. */
static uint8_t way_flags(const struct hop_way *w, int64_t slack)
{
	uint8_t flags = 0;

	flags |= w->able ? WAY_ABLE : 0;
	flags |= w->delay.n ? WAY_DELAY : 0;
	flags |= w->delay_slack_ns != slack ? WAY_SLACK : 0;
	flags |= w->ttl_known ? WAY_TTL_KNOWN : 0;
	flags |= w->ttl_drop_min || w->ttl_drop_max ? WAY_TTL : 0;
	flags |= w->max_delivered ? WAY_LEN : 0;
	flags |= w->min_lost || w->max_lost ? WAY_LOST_LEN : 0;
	flags |= w->astray ? WAY_ASTRAY : 0;
	return flags;
}

static void put_counter(uint64_t v, size_t at, size_t *next, struct buf *out)
{
	if (!v)
		return;
	buf_u8(out, (uint8_t)(at - *next));
	buf_zigzag(out, (int64_t)v);
	*next = at + 1;
}

/* The @n counters from number @from on. */
static void put_counters(const uint64_t *v, size_t from, size_t n, size_t *next,
			 struct buf *out)
{
	size_t i = 0;

	for (; i + AT_ONCE <= n; i += AT_ONCE) {
		if (!any_used(v + i))
			continue;
		for (size_t k = i; k < i + AT_ONCE; k++)
			put_counter(v[k], from + k, next, out);
	}
	for (; i < n; i++)
		put_counter(v[i], from + i, next, out);
}

static void pack_counters(const struct hop_way *way, struct buf *out)
{
	uint64_t v[AT_KINDS] NOT_ZEROED;
	size_t next = 0;

	fold(way, v);
	put_counters(v, 0, AT_KINDS, &next, out);
	put_counters(counters_of(way) + AT_KINDS, AT_KINDS, COUNTERS - AT_KINDS,
		     &next, out);
	buf_u8(out, COUNTERS);
}

static bool way_empty(const struct hop_way *way)
{
	const uint64_t *v = counters_of(way);
	size_t i = 0;

	while (i + AT_ONCE <= COUNTERS && !any_used(v + i))
		i += AT_ONCE;
	while (i < COUNTERS && !v[i])
		i++;
	return i == COUNTERS && !way_flags(way, 0);
}

static void pack_way(const struct hop_way *w, int64_t slack, struct buf *out)
{
	uint8_t flags = way_flags(w, slack);

	buf_u8(out, flags);
	if (flags & WAY_DELAY)
		pack_hist(&w->delay, out);
	if (flags & WAY_SLACK)
		buf_zigzag(out, (int64_t)((uint64_t)w->delay_slack_ns -
					  (uint64_t)slack));
	if (flags & WAY_TTL) {
		buf_u8(out, w->ttl_drop_min);
		buf_u8(out, w->ttl_drop_max);
	}
	if (flags & WAY_LEN)
		buf_varint(out, w->max_delivered);
	if (flags & WAY_LOST_LEN) {
		buf_varint(out, w->min_lost);
		buf_varint(out, w->max_lost);
	}
	if (flags & WAY_ASTRAY)
		buf_varint(out, w->astray);
	pack_counters(w, out);
}

void figures_pack(const struct figures *f, struct buf *out)
{
	buf_varint(out, f->n);
	for (size_t i = 0; i < f->n; i++) {
		const struct hop_figures *h = &f->hop[i];
		uint8_t flags = h->span ? HOP_SPAN : 0;

		for (int d = 0; d < 2; d++)
			if (!way_empty(&h->way[d]))
				flags |= (uint8_t)(HOP_OUT << d);
		if (h->rtt.n)
			flags |= HOP_RTT;
		buf_varint(out, (uint64_t)h->from_pos);
		buf_varint(out, (uint64_t)h->to_pos);
		buf_u8(out, flags);
		if (flags & HOP_RTT)
			pack_hist(&h->rtt, out);
		for (int d = 0; d < 2; d++)
			if (flags & HOP_OUT << d)
				pack_way(&h->way[d],
					 d ? h->way[0].delay_slack_ns : 0, out);
	}
}

/* --- unpacking --- */

static int unpack_counters(struct hop_way *w, struct cursor *in)
{
	uint64_t *v = counters_to(w);
	size_t i = 0;

	for (;;) {
		uint8_t skip = cursor_u8(in);

		if (in->bad)
			return -1;
		if (skip == COUNTERS)
			break;
		i += skip;
		if (i >= COUNTERS)
			return -1;
		v[i++] = (uint64_t)cursor_zigzag(in);
	}
	unfold(w);
	return 0;
}

static int unpack_way(struct hop_way *w, int64_t slack, struct cursor *in,
		      bool delays)
{
	uint8_t flags = cursor_u8(in);

	w->able = flags & WAY_ABLE;
	if (flags & WAY_DELAY &&
	    (delays ? unpack_hist(&w->delay, in) : skip_hist(in)))
		return -1;
	w->delay_slack_ns = slack;
	if (flags & WAY_SLACK)
		w->delay_slack_ns = (int64_t)((uint64_t)slack +
					      (uint64_t)cursor_zigzag(in));
	w->ttl_known = flags & WAY_TTL_KNOWN;
	if (flags & WAY_TTL) {
		w->ttl_drop_min = cursor_u8(in);
		w->ttl_drop_max = cursor_u8(in);
	}
	if (flags & WAY_LEN)
		w->max_delivered = (uint32_t)cursor_varint(in);
	if (flags & WAY_LOST_LEN) {
		w->min_lost = (uint32_t)cursor_varint(in);
		w->max_lost = (uint32_t)cursor_varint(in);
	}
	if (flags & WAY_ASTRAY)
		w->astray = cursor_varint(in);
	return unpack_counters(w, in);
}

static int unpack_hop(struct hop_figures *h, struct cursor *in, bool delays)
{
	uint64_t from = cursor_varint(in), to = cursor_varint(in);
	uint8_t flags = cursor_u8(in);

	if (in->bad || from > INT16_MAX || to > INT16_MAX)
		return -1;
	h->from_pos = (int)from;
	h->to_pos = (int)to;
	h->span = flags & HOP_SPAN;
	if (flags & HOP_RTT && unpack_hist(&h->rtt, in))
		return -1;
	for (int d = 0; d < 2; d++)
		if (flags & HOP_OUT << d &&
		    unpack_way(&h->way[d], d ? h->way[0].delay_slack_ns : 0, in,
			       delays))
			return -1;
	return 0;
}

/* Exactly so many, as there may be thousands of figures in memory; asking
 * realloc() each time would take the lock that all threads share. */
void figures_reserve(struct figures *f, size_t n)
{
	if (f->hop && n <= f->room)
		return;
	f->hop = mem_resize(f->hop, n, sizeof *f->hop);
	f->room = n;
}

static int unpack_all(struct figures *f, struct cursor *in, bool delays)
{
	uint64_t n = cursor_varint(in);

	/* A hop takes three bytes; two hundred points have fewer than that
	 * limit. */
	if (in->bad || n > cursor_left(in) / 3 || n > 20000) {
		figures_release(f);
		return -1;
	}
	figures_reserve(f, n);
	memset(f->hop, 0, n * sizeof *f->hop);
	f->n = n;
	for (size_t i = 0; i < n; i++)
		if (unpack_hop(&f->hop[i], in, delays) || in->bad) {
			figures_release(f);
			return -1;
		}
	return 0;
}

int figures_unpack(struct figures *f, struct cursor *in)
{
	*f = (struct figures){ 0 };
	return unpack_all(f, in, true);
}

int figures_unpack_counts(struct figures *f, struct cursor *in)
{
	return unpack_all(f, in, false);
}
