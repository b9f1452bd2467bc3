/* Two connections or one whose numbers were rewritten: the signs, in bits.
 *
 * Both have other numbers in both directions.  relay_bits() adds up, for two
 * connections:
 *
 *   stamps    The time stamps of both directions are others, too; equal ones in
 *             any direction say that it is one connection.  Some devices rewrite
 *             both.  But they pass on packet for packet, while two connections
 *             acknowledge each at its own pace: so the more the numbers of
 *             packets agree both ways, the less it says (count_bits()).
 *   shape     What no device on the path makes of a SYN: another window, another
 *             window scale, a larger MSS, an option that its sender did not have.
 *   stamped   Packets behind the SYN have time stamps that those on their sender's
 *             side have not: no device adds them to each packet, but a relay's
 *             connection has them as its own two ends agreed.
 *   cut       Segments of one side begin within one of the other and end behind it.
 *             Cards join and split segments, but then the ends of the larger are
 *             ends of smaller ones, unless both sides joined some: so only those
 *             count that the receiver's MSS allows.  A sender may cut anew what it
 *             repeats, so it takes several, and few that are cut alike.
 *   ids       The SYN's IP ID is the same: then it is the same packet.
 *   times     See score_relay_times.c.
 *   header    One side has a PROXY protocol header before the stream, or another
 *             one, that it cannot have from the other; or the client's request to
 *             the proxy, and its answer; or one names the other as its peer.
 *
 * relay_custom_bits() is what other pairs say: those of the same servers' ends, or
 * nearly all of those between these points whose numbers moved, are known to be
 * relayed; or nearly all of the latter are known to be one connection, since a
 * device there rewrites them.
 *
 * Flows without a SYN have stamps and custom only.
 *
 * References: RFC 9293 for who may send what when; RFC 7323 2.2 for the window
 * scale, which no device can change without rewriting every window.
 */
#include "correlate/score_int.h"

#include <math.h>

#include "capture/record.h"
#include "correlate/keys.h"

#define STAMPS_BITS 8.0
#define SURELY_NOT 99.0
#define WINDOW_BITS 4.0
#define SCALE_BITS 10.0
#define OPTION_BITS 6.0
#define MSS_BITS 6.0
#define STAMPED_BITS 30.0
#define CUT_BITS 5.0
#define CUT_MOST 30.0
#define CUT_ALIKE 2 /* of so many cut otherwise one */
#define SAME_ID_BITS 12.0
#define CAUSE_BITS 20.0
#define CUSTOM_BITS 8.0
#define HEADER_BITS 20.0
#define COUNT_UNIT 2.0 /* packets for one bit; twice as many for the next */

bool relay_moved(const struct pairing *p, int d)
{
	const struct flow_dir *x = left(p, d), *y = right(p, d);

	if (both_syn(p, d))
		return !p->s->isn_equal[d];
	if (!x->packets || !y->packets)
		return false;
	return !p->s->delta_known[d] || p->s->delta[d];
}

/* Bits against two connections by as many packets each way, or nearly: some are
 * lost, or missed.  Both ways have to agree: segments of data are as many on
 * both sides of a relay where the largest are of the same size, but then pure
 * ACKs are not.  What differs more says nothing. */
static double count_bits(const struct pairing *p)
{
	double least = INFINITY;

	for (int d = 0; d < 2; d++) {
		double n = (double)left(p, d)->packets;
		double off = fabs(n - (double)right(p, d)->packets);
		double bits = log2((1 + n / COUNT_UNIT) / (1 + 2 * off));

		least = fmin(least, fmax(bits, 0));
	}
	return 2 * least;
}

/* Bits for time stamps of other hosts; far below 0: they are the same. */
static double stamp_bits(const struct pairing *p)
{
	int others = 0;

	for (int d = 0; d < 2; d++) {
		const struct flow_dir *x = left(p, d), *y = right(p, d);

		if (both_ts(p, d) ? x->syn_tsval == y->syn_tsval
				  : p->s->ts_known[d])
			return -SURELY_NOT;
		others += both_ts(p, d) || (x->flags & y->flags & DIR_TS);
	}
	return others == 2 ? fmax(STAMPS_BITS - count_bits(p), 0) : 0;
}

/* Had packets behind the SYN time stamps, or surely none? */
static bool goes_stamped(const struct flow_dir *f)
{
	return (f->flags & DIR_TS) &&
	       (!(f->flags & DIR_SYN_TS) || f->ts_last != f->syn_tsval);
}

static bool goes_unstamped(const struct flow_dir *f)
{
	return !goes_stamped(f) && !(f->flags & DIR_SYN_CUT) &&
	       (f->flags & DIR_DATA) && f->packets > f->syn_count + 1ull;
}

static bool within(const struct sample *s, uint32_t at)
{
	return at - s->seq - 1 < s->len - 1;
}

/* Bits for segments of direction @d that are cut otherwise. */
static double cut_bits(const struct pairing *p, int d)
{
	const struct sample *x = score_samples_of(p->m->l, p->l, d);
	const struct sample *y = score_samples_of(p->m->r, p->r, d ^ p->swap);
	uint32_t mss[2] = { left(p, !d)->mss, right(p, !d)->mss };
	uint32_t delta = p->s->delta[d] + places_syn_shift(p, d);
	unsigned alike = 0, otherwise = 0;

	if (!p->s->delta_known[d])
		return 0;
	for (unsigned i = 0; i < left(p, d)->n_samples; i++)
		for (unsigned k = 0; k < right(p, d)->n_samples; k++) {
			struct sample to = y[k];

			to.seq -= delta;
			if (x[i].len > mss[0] || to.len > mss[1])
				continue;
			if (x[i].seq == to.seq && x[i].len == to.len)
				alike++;
			else if (within(&x[i], to.seq))
				otherwise += within(&to, x[i].seq + x[i].len);
			else if (within(&to, x[i].seq))
				otherwise += within(&x[i], to.seq + to.len);
		}
	return alike * CUT_ALIKE >= otherwise
		       ? 0
		       : fmin(otherwise * CUT_BITS, CUT_MOST);
}

/* Of one SYN, as it left its sender's side (@x) and came to the other, and of what
 * follows it. */
static double shape_bits(const struct flow_dir *x, const struct flow_dir *y)
{
	double bits = 0;

	if (x->window != y->window)
		bits += WINDOW_BITS;
	if ((x->opts & y->opts & REC_OPT_WSCALE) && x->wscale != y->wscale)
		bits += SCALE_BITS;
	if (y->opts & ~x->opts && !(x->flags & DIR_SYN_CUT))
		bits += OPTION_BITS;
	if ((x->opts & y->opts & REC_OPT_MSS) && y->mss > x->mss)
		bits += MSS_BITS;
	if (goes_unstamped(x) && goes_stamped(y))
		bits += STAMPED_BITS;
	if (x->ip_id && x->ip_id == y->ip_id)
		bits -= SAME_ID_BITS;
	return bits;
}

/* Shapes with the client on the left (@side 0) or right. */
static double shapes_bits(const struct pairing *p, int side)
{
	double bits = 0;

	for (int d = 0; d < 2; d++) {
		const struct flow_dir *x = left(p, d), *y = right(p, d);

		if (both_syn(p, d))
			bits += d == side ? shape_bits(x, y) : shape_bits(y, x);
	}
	return bits;
}

/* Of a client that asked a proxy for the stream, its side is the one where it did so;
 * else the side without a header.  Like every side that is reported, it is that of
 * the end which the left flow takes for the client's: the other side, where the
 * header goes to it. */
int relay_header_front(const struct pairing *p)
{
	bool l[2], r[2],
		asks[2] = { flow_asks_proxy(p->m->l, p->l),
			    flow_asks_proxy(p->m->r, p->r) };

	if (asks[0] != asks[1])
		return asks[1];
	for (int d = 0; d < 2; d++) {
		l[d] = flow_preface_len(p->m->l, p->l, d) > 0;
		r[d] = flow_preface_len(p->m->r, p->r, d ^ p->swap) > 0;
	}
	if ((l[0] || l[1]) == (r[0] || r[1]))
		return -1;
	return (l[0] || l[1]) ^ (l[1] || r[1]);
}

static double header_bits(const struct pairing *p)
{
	return score_shift(p, 0) || score_shift(p, 1) || score_named_bits(p) > 0
		       ? HEADER_BITS
		       : 0;
}

double relay_bits(const struct pairing *p, const struct places o[2], int *front)
{
	double bits = stamp_bits(p) + header_bits(p) +
		      fmin(cut_bits(p, 0) + cut_bits(p, 1), CUT_MOST);
	double shape;
	bool opened = both_syn(p, 0) && both_syn(p, 1);

	*front = opened ? relay_caused_by(p, o) : -1;
	if (*front >= 0)
		shape = shapes_bits(p, *front);
	else /* as one connection would have it: either way round */
		shape = fmin(shapes_bits(p, 0), shapes_bits(p, 1));
	bits += shape;
	if (*front >= 0)
		bits += CAUSE_BITS;
	else if (opened)
		bits += relay_opening_bits(p, o, bits >= STAMPS_BITS);
	return bits;
}
double relay_custom_bits(const struct pairing *p)
{
	const struct habits *h = &p->m->habits;
	uint64_t l = key_end(p->l, 1), r = key_end(p->r, 1 ^ p->swap);
	int custom;

	if (habits_relayed(h, l, r) >= RELAY_CUSTOM)
		return CUSTOM_BITS;
	custom = score_rests(p, RESTS_CUSTOM).custom;
	return custom ? custom * CUSTOM_BITS : 0;
}
