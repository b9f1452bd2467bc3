/* Two connections with something between that ends both: a proxy.
 *
 * What: such a device opens its own connection with numbers, time stamps and a
 * window of its own, and mostly only once the client's is open.  Its content
 * may agree with the client's, but acknowledgements and copies of one side say
 * nothing of the other: such a pair needs other rules than a session's.
 *
 * How it is told from a device that only rewrites numbers, where those of both
 * directions are others; in bits for a relay (relay_bits()):
 *
 *   stamps    time stamps of both directions are others, too; equal ones in any
 *             direction say that it is none.  There are devices that rewrite
 *             both: they pass on packet for packet, while two connections
 *             acknowledge each at its own pace, so that as many packets each
 *             way make it say less (count_bits())
 *   shape     what no device on the way makes of a SYN: another window, another
 *             window scale, a larger MSS, an option that its sender had not
 *   ids       the SYN's IP ID is the same: then it is the same packet
 *   causes    F is the right time minus the left time of the same thing.  With
 *             the client on the left F of all that it sends is at least F of
 *             all that is sent to it, delays being positive; with the client on
 *             the right at most.  If the SYN,ACK is against the one by all
 *             content from the client, and the SYN against the other by all
 *             content to it, it is neither.  At the server's own point the
 *             SYN,ACK comes out just even: waited() asks for two coincidences.
 *   at once   the SYN took as long as content, and so did its answer: it was
 *             passed on, not answered.  What opens later is answered later, too:
 *             a SYN that alone is late waited in a queue
 *   header    one side has a PROXY protocol header before the stream, or another
 *             one, that it cannot have got from the other; or one names the
 *             other as its peer
 *   custom    other pairs are known to be relayed, of the same servers' ends or
 *             nearly all of those between these points whose numbers moved; or
 *             of those nearly all are known to be one connection: then a device
 *             there rewrites them
 *
 * Flows caught in their midst have stamps and custom only.
 *
 * What cannot be such a pair, or one connection, whatever agrees: see
 * score_places.c.  So it is where headers are put into the stream or taken out of
 * it, and where connections are shared: relate.c looks at these.
 *
 * A PROXY protocol header (capture/preface.h) shifts the places of one stream by
 * its length.
 *
 * Evidence that two connections are relayed into one another is content at the
 * same place of the stream, however it is cut, the first bytes and totals of
 * turns; addresses and the time as for all.  It has to come from both
 * directions, or from three places, not only be how streams begin
 * (goes_deeper()), and be worth SAID_BITS; of flows with the same contents it says
 * how each was cut, not which is which (TWINS_CAP); where one flow names the other
 * (score_named.c), one place or turns of equal lengths will do.  Nothing else joins
 * two connections.  The time must fit, too, but says no more than that: the
 * relay's own delay is not known.
 *
 * References: RFC 9293 for who may send what when; RFC 7323 2.2 for the window
 * scale, which no device can change without rewriting every window.
 */
#include "correlate/score_int.h"

#include <math.h>

#include "capture/record.h"
#include "correlate/keys.h"

#define RELAY_LAG_US 5000
#define CAUSE_SLACK_NS 200000 /* captures write packets out of order by less */
#define WAIT_LEAST_NS 800000
#define CAUSE_DRIFT 5000 /* 1 of so many: clocks drift by less */
#define PLACES_CAP 60.0
#define TWINS_CAP 5.0
#define SHORT_TOTALS 4.0
#define NAMED_LATE_BITS 8
#define TIME_FITS_BITS 4.0 /* two that fit differ by less than a margin */

#define SAID_BITS 20.0 /* of content, that two connections need */
#define RELAY_BITS 6.0 /* from here on it is one */
#define SURE_RELAY_BITS 12.0
#define STAMPS_BITS 8.0
#define SURELY_NOT 99.0
#define WINDOW_BITS 4.0
#define SCALE_BITS 10.0
#define OPTION_BITS 6.0
#define MSS_BITS 6.0
#define SAME_ID_BITS 12.0
#define CAUSE_BITS 20.0
#define LATER_BITS 8.0
#define AT_ONCE_BITS 14.0
#define CUSTOM_BITS 8.0
#define HEADER_BITS 20.0
#define COUNT_UNIT 2.0 /* packets for one bit; twice as many for the next */

/* --- what it is --- */

struct openings {               /* as if the client were on the left */
	int64_t syn, answer;    /* F of them */
	int64_t early, late[2]; /* F of content: c2s least; c2s, s2c most */
	int64_t trip;           /* SYN to SYN,ACK on the client's side */
	int64_t slack;
};

/* No single connection could do that (see above). */
static bool is_impossible(const struct openings *o)
{
	return time_sub(o->answer, o->late[0]) > o->slack &&
	       time_sub(o->syn, o->late[1]) > o->slack;
}

/* The SYN waited for a round trip to the client, and the SYN,ACK left at the
 * back when what is sent to the server arrives there: as if it took no time,
 * while all content takes some. */
static bool waited(const struct openings *o)
{
	int64_t lag = time_sub(o->syn, o->early);
	int64_t both = time_sub(o->early, o->late[1]);

	return o->trip > WAIT_LEAST_NS + o->slack && lag / 4 > o->trip / 5 &&
	       lag / 5 < o->trip / 4 && both > o->slack &&
	       o->answer > time_sub(o->early, both / 5);
}

static int64_t trip_of(const struct flow_dir *syn,
		       const struct flow_dir *answer)
{
	return time_sub(answer->first_ns, syn->first_ns);
}

static bool both_known(const struct places o[2])
{
	return o[0].low <= o[0].high && o[1].low <= o[1].high;
}

/* Which side's opening came before the other's, so that the client is there:
 * 0 left, 1 right; -1: a single connection could have done all that. */
static int caused_by(const struct pairing *p, const struct places o[2])
{
	int64_t syn = time_sub(right(p, 0)->first_ns, left(p, 0)->first_ns);
	int64_t answer = time_sub(right(p, 1)->first_ns, left(p, 1)->first_ns);
	int64_t life = time_sub(p->l->last_ns, p->l->first_ns);
	int64_t slack = CAUSE_SLACK_NS + p->m->l->resolution_ns +
			p->m->r->resolution_ns + life / CAUSE_DRIFT;
	struct openings at = { syn,
			       answer,
			       o[0].low,
			       { o[0].high, o[1].high },
			       trip_of(left(p, 0), left(p, 1)),
			       slack };

	if (!both_known(o))
		return -1;
	for (int d = 0; d < 2; d++)
		if (left(p, d)->syn_count > 1 || right(p, d)->syn_count > 1)
			return -1;
	if (is_impossible(&at) || waited(&at))
		return 0;
	at = (struct openings){ time_sub(0, syn),
				time_sub(0, answer),
				time_sub(0, o[0].high),
				{ time_sub(0, o[0].low),
				  time_sub(0, o[1].low) },
				trip_of(right(p, 0), right(p, 1)),
				slack };
	return is_impossible(&at) || waited(&at) ? 1 : -1;
}

static bool is_about(int64_t f, int64_t content, int64_t room)
{
	return f > time_sub(content, room) && f < time_add(content, room);
}

/* What took as long as content did, a part of the round trip more or less, and
 * so was passed on: the SYN's answer, and the SYN. */
enum at_once { AT_ONCE_NOT, AT_ONCE_ANSWER, AT_ONCE_BOTH };
static enum at_once at_once(const struct pairing *p, const struct places o[2])
{
	int64_t syn = time_sub(right(p, 0)->first_ns, left(p, 0)->first_ns);
	int64_t answer = time_sub(right(p, 1)->first_ns, left(p, 1)->first_ns);
	int64_t l = trip_of(left(p, 0), left(p, 1));
	int64_t r = trip_of(right(p, 0), right(p, 1));
	int64_t room = (l > r ? l : r) / 5;

	if (!both_known(o) || !is_about(answer, o[1].high, room))
		return AT_ONCE_NOT;
	return is_about(syn, o[0].low, room) ? AT_ONCE_BOTH : AT_ONCE_ANSWER;
}

/* Was the opening later on one side than all content is?  A queue or a slow
 * first packet may do so, too: hence RELAY_LAG_US, and where no time stamps say
 * that these are other hosts it has to be that round trip. */
static bool opened_later(const struct pairing *p, bool other_stamps)
{
	const struct flow *near = p->lag_least > 0 ? p->l : p->r;
	int64_t lag = p->lag_least > 0 ? p->lag_least : -p->lag_most;
	int64_t trip = time_sub(near->dir[1].first_ns, near->dir[0].first_ns) /
		       1000;

	if (p->lag_least > p->lag_most || lag < RELAY_LAG_US)
		return false;
	if (left(p, 0)->syn_count > 1 || right(p, 0)->syn_count > 1)
		return false;
	return other_stamps || (lag * 5 > trip * 4 && lag * 4 < trip * 5);
}

/* Bits for two connections by when they were opened. */
static double opening_bits(const struct pairing *p, const struct places o[2],
			   bool other_stamps)
{
	bool later = opened_later(p, other_stamps);

	switch (at_once(p, o)) {
	case AT_ONCE_BOTH:
		return -AT_ONCE_BITS;
	case AT_ONCE_ANSWER:
		return later ? -LATER_BITS : 0;
	default:
		return later ? LATER_BITS : 0;
	}
}

static bool moved(const struct pairing *p, int d)
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

/* Of one SYN, as it left its sender's side (@x) and came to the other. */
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

/* The side without a header is the client's: 0 left, 1 right, -1: both have one,
 * or none.  As all sides that are told, it is that of the end which the left flow
 * takes for the client's: the other one, where the header goes to it. */
static int header_front(const struct pairing *p)
{
	bool l[2], r[2];

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

/* Bits for two connections and against one whose numbers were rewritten.
 * *front: the client's side, where times tell; else -1. */
static double relay_bits(const struct pairing *p, const struct places o[2],
			 int *front)
{
	double bits = stamp_bits(p) + header_bits(p), shape;
	bool opened = both_syn(p, 0) && both_syn(p, 1);

	*front = opened ? caused_by(p, o) : -1;
	if (*front >= 0)
		shape = shapes_bits(p, *front);
	else /* as one connection would have it: either way round */
		shape = fmin(shapes_bits(p, 0), shapes_bits(p, 1));
	bits += shape;
	if (*front >= 0)
		bits += CAUSE_BITS;
	else if (opened)
		bits += opening_bits(p, o, bits >= STAMPS_BITS);
	return bits;
}

/* The client's side, where causes do not say it; -1: nothing does.  What it
 * sends comes to the other side later, what is sent to it earlier; and its
 * opening is the earlier one. */
static int client_side(const struct pairing *p, const struct places o[2])
{
	int64_t syn = time_sub(right(p, 0)->first_ns, left(p, 0)->first_ns);

	if (both_known(o))
		return o[0].low / 2 + o[0].high / 2 <
		       o[1].low / 2 + o[1].high / 2;
	if (!both_syn(p, 0))
		return -1;
	if (o[1].low <= o[1].high)
		return syn < o[1].low;
	if (p->m->coarse.known)
		return syn <
		       coarse_diff(&p->m->coarse, 0, left(p, 0)->first_ns);
	return -1;
}

/* --- evidence --- */

static void score_heads(struct pairing *p, const struct places o[2])
{
	for (int d = 0; d < 2; d++)
		if (score_head_of(p, d) == HEAD_OTHER && !o[d].n)
			score_add(p, EV_AGAINST, -DIFFERENT_CONTENT,
				  -DIFFERENT_CONTENT);
}

/* Totals agree unless something was held back: little either way. */
static void score_ends_of_streams(struct pairing *p)
{
	for (int d = 0; d < 2; d++) {
		const struct flow_dir *x = left(p, d), *y = right(p, d);
		double bits;

		if (!(x->flags & y->flags & DIR_FIN))
			continue;
		bits = (uint32_t)(x->seq_next - x->seq_first) +
					       places_syn_shift(p, d) ==
				       (uint32_t)(y->seq_next - y->seq_first)
			       ? SHORT_TOTALS
			       : -SHORT_TOTALS;
		score_add(p, bits > 0 ? EV_TOTAL : EV_AGAINST, bits, bits);
	}
}

/* Is there more than how the streams begin?  Others of the same service begin
 * alike; a digest is of a segment's first bytes. */
static bool goes_deeper(const struct pairing *p, const struct places o[2])
{
	return o[0].later + o[1].later > 0 || p->s->part[EV_TURNS] > 0 ||
	       p->s->part[EV_TOTAL] > 0;
}

/* Is what agrees enough for two connections of their own? */
static bool shows_relay(const struct pairing *p, const struct places o[2])
{
	unsigned ways = 0, places = 0;

	for (int d = 0; d < 2; d++) {
		unsigned n = o[d].n + places_heads_agree(p, d);

		ways += n > 0;
		places += n;
	}
	return ((ways == 2 || places >= 3) && goes_deeper(p, o)) ||
	       (p->s->part[EV_NAMED] > 0 &&
		(places > 0 || p->s->part[EV_TURNS] > 0));
}

/* How long the relay keeps what it passes on is not known, nor how long it waits
 * with its own opening: of two that fit, the nearer one is no likelier. */
static void score_lag(struct pairing *p)
{
	double over;

	score_time(p);
	over = (double)p->s->part[EV_TIME] - TIME_FITS_BITS;
	if (over > 0)
		score_add(p, EV_TIME, -over, -over);
}

/* Does another flow of the point have the same contents, as far as it is known? */
static bool has_twin(const struct point *at, const struct flow *f)
{
	uint64_t key = key_twins(f);
	size_t pos = SIZE_MAX;

	return key && htab_find(&at->twins, key, &pos) != HTAB_NONE &&
	       htab_find(&at->twins, key, &pos) != HTAB_NONE;
}

static void score_as_relay(struct pairing *p, const struct places o[2])
{
	double bits = o[0].bits + o[1].bits;
	double possible = o[0].possible + o[1].possible;
	bool twins = has_twin(p->m->l, p->l) || has_twin(p->m->r, p->r);
	double cap = twins ? TWINS_CAP : PLACES_CAP;

	score_heads(p, o);
	if (possible > 0)
		score_add(p, EV_SAMPLE, fmin(bits, cap), fmin(possible, cap));
	score_named(p);
	score_turns(p);
	score_ends_of_streams(p);
	score_ends(p);
	score_lag(p);
}

/* One that is named may be later than any content tells: its relay waits for a
 * server, say.  One that had the same ports before is further away. */
static bool fits_in_time(const struct score *s)
{
	return s->part[EV_TIME] >=
	       (s->part[EV_NAMED] > 0 ? -NAMED_LATE_BITS : 0);
}

/* What other pairs show: of the same servers' ends, or of these points. */
static double custom_bits(const struct pairing *p)
{
	const struct habits *h = &p->m->habits;
	uint64_t l = key_end(p->l, 1), r = key_end(p->r, 1 ^ p->swap);
	int custom;

	if (habits_relayed(h, l, r) >= RELAY_CUSTOM)
		return CUSTOM_BITS;
	custom = score_rests(p, RESTS_CUSTOM).custom;
	return custom ? custom * CUSTOM_BITS : 0;
}

/* Is there anything to say that these have to do with one another? */
static bool shares_content(const struct pairing *p)
{
	const float *part = p->s->part;

	return part[EV_SAMPLE] + part[EV_CONTENT] + part[EV_TURNS] > 0 ||
	       score_named_bits(p) > 0;
}

/* Numbers of the SYNs speak for themselves, but for what is before the streams.
 */
static void keep_deltas(const struct pairing *p, const struct score *from)
{
	for (int d = 0; d < 2; d++) {
		p->s->delta[d] = from->delta[d] + places_syn_shift(p, d);
		p->s->delta_known[d] = from->delta_known[d];
	}
}

bool score_relay(struct pairing *p)
{
	struct places o[2];
	struct score *s = p->s, was = *s;
	double bits;
	int front;

	if (!moved(p, 0) || !moved(p, 1))
		return false;
	if (score_names_another(p)) {
		s->veto = true;
		return true;
	}
	if (!shares_content(p))
		return false;
	if (places_shift(p, 0) || places_shift(p, 1)) {
		s->veto = s->contradicts = true; /* one connection or two */
		return true;
	}
	for (int d = 0; d < 2; d++)
		o[d] = places_find(p, d);
	bits = relay_bits(p, o, &front);
	if (bits + custom_bits(p) < RELAY_BITS) {
		s->contradicts = places_end_twice(p);
		s->veto = s->veto || s->contradicts || places_little(p, o);
		return false;
	}
	*s = (struct score){ .swap = s->swap,
			     .relayed = true,
			     .rests = s->rests };
	keep_deltas(p, &was);
	s->client_side = header_front(p);
	if (s->client_side < 0)
		s->client_side = front < 0 ? client_side(p, o) : front;
	s->sure_relay = bits >= SURE_RELAY_BITS;
	score_as_relay(p, o);
	s->veto = !shows_relay(p, o) || !fits_in_time(s) ||
		  places_add_bytes(p) || places_share_none(p, o) ||
		  s->part[EV_CONTENT] + s->part[EV_SAMPLE] + s->part[EV_TURNS] +
				  s->part[EV_NAMED] <
			  SAID_BITS;
	return true;
}
