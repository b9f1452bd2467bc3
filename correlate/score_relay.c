/* Two connections with a proxy between them that ends both.
 *
 * Such a relay opens a connection with numbers, time stamps and a window of its
 * own.  Its content may agree with the client's, but acknowledgements and copies
 * of one side say nothing of the other: such a pair needs other rules than a
 * session's.
 *
 * What tells it from a device that only rewrites numbers: score_relay_signs.c and
 * score_relay_times.c.  What cannot be such a pair, or one connection, whatever
 * agrees: score_places.c; pairs where headers are put into the stream or taken
 * out of it, or that share connections, are left to relate.c.
 *
 * A PROXY protocol header (capture/preface.h) shifts the places of one stream by
 * its length; what a client and a proxy said before the streams shifts both.
 *
 * Evidence that one connection is relayed into the other: content at the same
 * place of both streams, however it is cut, and the first bytes and lengths of
 * turns; addresses and the time as for all pairs.  It has to come from both
 * directions, or from three places, and not only from how streams begin
 * (goes_deeper()), and must be worth SAID_BITS.  Of flows with the same contents
 * it says how each was cut, not which is which (TWINS_CAP).  Where one flow names
 * the other (score_named.c), one place or turns of equal lengths are enough.
 * Nothing else joins two connections.  The time must fit, too, but says no more
 * than that: the relay's own delay is not known.
 */
#include "correlate/score_int.h"

#include <math.h>

#include "correlate/keys.h"

#define PLACES_CAP 60.0
#define TWINS_CAP 5.0
#define SHORT_TOTALS 4.0
#define NAMED_LATE_BITS 8
#define TIME_FITS_BITS 4.0 /* two that fit differ by less than a margin */

#define SAID_BITS 20.0 /* of content, that two connections need */
#define RELAY_BITS 6.0 /* from here on it is one */
#define SURE_RELAY_BITS 12.0

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

/* Behind what precedes a stream, only its places say which content is the same
 * (score_samples() goes by the SYNs' numbers).  The openings are no measure: a proxy
 * opens its own when the client has asked for it. */
static void compare_places(struct pairing *p, const struct places o[2])
{
	int64_t t = p->l->first_ns;

	for (int d = 0; d < 2; d++) {
		if (!places_syn_shift(p, d) || o[d].low > o[d].high)
			continue;
		score_compare_times(p, d, t, time_add(t, o[d].low));
		score_compare_times(p, d, t, time_add(t, o[d].high));
	}
}

/* How long the relay keeps what it passes on is not known, nor how long it waits
 * with its own opening: of two that fit, the nearer one is no likelier. */
static void score_lag(struct pairing *p, const struct places o[2])
{
	double over;

	compare_places(p, o);
	score_time(p);
	over = (double)p->s->part[EV_TIME] - TIME_FITS_BITS;
	if (over > 0)
		score_add(p, EV_TIME, -over, -over);
}

static void score_as_relay(struct pairing *p, const struct places o[2])
{
	double bits = o[0].bits + o[1].bits;
	double possible = o[0].possible + o[1].possible;
	bool twins = score_has_twin(p->m->l, p->l) ||
		     score_has_twin(p->m->r, p->r);
	double cap = twins ? TWINS_CAP : PLACES_CAP;

	score_heads(p, o);
	if (possible > 0)
		score_add(p, EV_SAMPLE, fmin(bits, cap), fmin(possible, cap));
	score_named(p);
	score_turns(p);
	score_ends_of_streams(p);
	score_ends(p);
	score_lag(p, o);
}

/* A named one may be later than any content shows: its relay may wait for a
 * server.  An earlier connection with the same ports is further away. */
static bool fits_in_time(const struct score *s)
{
	return s->part[EV_TIME] >=
	       (s->part[EV_NAMED] > 0 ? -NAMED_LATE_BITS : 0);
}

/* Does anything say that these belong together? */
static bool shares_content(const struct pairing *p)
{
	const float *part = p->s->part;

	return part[EV_SAMPLE] + part[EV_CONTENT] + part[EV_TURNS] > 0 ||
	       score_named_bits(p) > 0;
}

/* The SYNs' numbers say how far numbers moved, except for a header before the
 * stream. */
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

	if (!relay_moved(p, 0) || !relay_moved(p, 1))
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
	if (bits + relay_custom_bits(p) < RELAY_BITS) {
		s->contradicts = places_end_twice(p);
		s->veto = s->veto || s->contradicts || places_little(p, o);
		return false;
	}
	if (p->unshifted) { /* an accelerator's: where streams begin is unsure */
		s->veto = true;
		return true;
	}
	*s = (struct score){ .swap = s->swap,
			     .relayed = true,
			     .rests = s->rests };
	keep_deltas(p, &was);
	s->client_side = relay_header_front(p);
	if (s->client_side < 0)
		s->client_side = front < 0 ? relay_client_side(p, o) : front;
	s->sure_relay = bits >= SURE_RELAY_BITS;
	score_as_relay(p, o);
	s->veto = !shows_relay(p, o) || !fits_in_time(s) ||
		  places_add_bytes(p) || places_miss_end(p) ||
		  places_share_none(p, o) ||
		  s->part[EV_CONTENT] + s->part[EV_SAMPLE] + s->part[EV_TURNS] +
				  s->part[EV_NAMED] <
			  SAID_BITS;
	return true;
}
