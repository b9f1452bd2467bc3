/* Two connections or one: by when they were opened.
 *
 * A device that rewrites numbers passes the SYN and its answer on like anything
 * else.  A relay answers the client itself, and mostly opens its own connection
 * only then.
 *
 * F is the right time minus the left time of the same thing.  Delays are
 * positive: within one connection F of all that the client sends is at least F of
 * all that is sent to it, if the client is on the left; at most, if it is on the
 * right.
 *
 *   causes    If the SYN,ACK contradicts the client on the left (by all content
 *             from the client), and the SYN the client on the right (by all
 *             content to it), this is no single connection (is_impossible()).
 *             At the server's own point F of the SYN,ACK comes out just equal;
 *             so waited() asks for two coincidences.
 *   at once   The SYN took as long as content, and so did its answer: it was
 *             passed on, not answered.  What opens later is answered later, too;
 *             a SYN that alone is late waited in a queue.
 */
#include "correlate/score_int.h"

#define RELAY_LAG_US 5000
#define CAUSE_SLACK_NS 200000 /* captures write packets out of order by less */
#define WAIT_LEAST_NS 800000
#define CAUSE_DRIFT 5000 /* 1 of so many: clocks drift by less */
#define LATER_BITS 8.0
#define AT_ONCE_BITS 14.0

/* ---- causes ---- */

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

int relay_caused_by(const struct pairing *p, const struct places o[2])
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
/* ---- passed on at once, or later ---- */

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

/* Was the opening later on one side than all content is?  A queue or a slow first
 * packet may do that, too: so it takes RELAY_LAG_US, and the client's round trip
 * where no time stamps say that these are other hosts. */
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

double relay_opening_bits(const struct pairing *p, const struct places o[2],
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

/* ---- the client's side ---- */

/* What the client sends comes to the other side later, what is sent to it
 * earlier; and its opening is the earlier one. */
int relay_client_side(const struct pairing *p, const struct places o[2])
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
