/* Were the points given in the order in which packets meet them?
 *
 * A hop's round trips are measured without a common clock (struct hop_figures,
 * rtt), and cannot be negative.  If nearly all of them are, packets meet the
 * hop's far point before its near one: files named by a shell pattern come in
 * alphabetical order.  Round trips through one device are shorter than the
 * error of the stamps; there it is enough that most are negative, if the TTL of
 * each packet also rises on the hop.
 *
 * But if TTLs fall on the hop, both ways, the order is right: then a capture has
 * what goes one way later, or by another clock, than what goes the other way, as
 * mirror ports, taps and joined files may.
 *
 * That a point is such a one is known without another's help where data comes
 * behind its own acknowledgement (report/derive/ahead.h), in a tenth of the
 * sessions at least: fewer have some other cause.  Then it is not the order.
 *
 * A better order is that of the round trips from the first point, added up hop
 * by hop, the shortest first: their medians are the most exact, and two hops
 * over the same point need not have the same packets.  It is suggested if every
 * point has such a sum and each hop that cannot be is turned round by it.
 *
 * Cost: O(hops * points + points^2).
 */
#include "report/path_order.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"

#define SAMPLES 8       /* round trips, at least */
#define ROOM_NS 20000ll /* less may be due to how captures take stamps */
#define NEARLY_ALL 0.95
#define OF_ALL 10 /* of so many sessions one is enough */

static int64_t tick_at(const struct model *m, int pos)
{
	const struct clock_row *c = model_clock(m, m->points[pos - 1].id);

	return c ? c->resolution_ns : 0;
}

static bool is_known(const struct hop_figures *h)
{
	return h->rtt.n >= SAMPLES;
}

/* Whether no packet's TTL stayed the same or fell. */
static bool all_ttls_rise(const struct hop_figures *h)
{
	uint64_t n = 0;

	for (int way = 0; way < 2; way++) {
		if (h->way[way].ttl_known)
			return false;
		n += h->way[way].tx.n[FATE_DELIVERED];
	}
	return n >= SAMPLES;
}

/* Whether each packet's TTL fell, both ways: the order is right. */
static bool all_ttls_fall(const struct hop_figures *h)
{
	for (int way = 0; way < 2; way++)
		if (!h->way[way].ttl_known || !h->way[way].ttl_drop_min)
			return false;
	return true;
}

static int64_t room_of(const struct model *m, const struct hop_figures *h)
{
	return 2 * (tick_at(m, h->from_pos) + tick_at(m, h->to_pos));
}

bool path_order_backwards(const struct model *m, const struct hop_figures *h)
{
	return h->rtt.n &&
	       hist_quantile(&h->rtt, 0.5) < -ROOM_NS - room_of(m, h);
}

static bool cannot_be(const struct model *m, const struct hop_figures *h)
{
	int64_t room = room_of(m, h);

	if (!is_known(h))
		return false;
	return hist_quantile(&h->rtt, NEARLY_ALL) < -ROOM_NS - room ||
	       (all_ttls_rise(h) && hist_quantile(&h->rtt, 0.5) < -room);
}

/* Those whose time is known. */
static uint64_t all_sessions(const struct model *m)
{
	for (size_t i = 0; i < m->n_groups; i++)
		if (m->groups[i].kind == GROUP_CASE)
			return m->groups[i].sessions;
	return 0;
}

/* The sessions whose two directions are stamped apart at path position @pos, if
 * they are no oddity of a few; NULL: none. */
static const struct group *apart_at(const struct model *m, int pos)
{
	for (size_t i = 0; i < m->n_groups; i++) {
		const struct group *g = &m->groups[i];

		if (g->kind == CAUSE_STAMPS && strtol(g->key, NULL, 10) == pos)
			return g->sessions * OF_ALL >= all_sessions(m) ? g
								       : NULL;
	}
	return NULL;
}

bool path_order_in_doubt(const struct model *m, int pos)
{
	if (apart_at(m, pos))
		return true;
	for (size_t i = 0; i < m->figures.n; i++) {
		const struct hop_figures *h = &m->figures.hop[i];

		if ((h->from_pos == pos || h->to_pos == pos) && cannot_be(m, h))
			return true;
	}
	return false;
}

struct place { /* one point's */
	int pos;
	bool known;
	int64_t at; /* ns of round trip from the first point */
};

/* The shortest hop between a known place and an unknown one; NULL if none. */
static const struct hop_figures *next_hop(const struct figures *f,
					  const struct place *place)
{
	const struct hop_figures *best = NULL;
	int64_t least = INT64_MAX;

	for (size_t i = 0; i < f->n; i++) {
		const struct hop_figures *h = &f->hop[i];
		int64_t rtt;

		if (place[h->from_pos - 1].known ==
			    place[h->to_pos - 1].known ||
		    !is_known(h))
			continue;
		rtt = llabs(hist_quantile(&h->rtt, 0.5));
		if (rtt < least) {
			least = rtt;
			best = h;
		}
	}
	return best;
}

/* Extends the known places by one hop.  Return: false if no more can be
 * known. */
static bool go_on(const struct figures *f, struct place *place)
{
	const struct hop_figures *h = next_hop(f, place);
	struct place *a, *b;
	int64_t rtt;

	if (!h)
		return false;
	a = &place[h->from_pos - 1];
	b = &place[h->to_pos - 1];
	rtt = hist_quantile(&h->rtt, 0.5);
	if (a->known)
		b->at = a->at + rtt;
	else
		a->at = b->at - rtt;
	a->known = b->known = true;
	return true;
}

/* Whether the places turn round each hop that cannot be. */
static bool mends_all(const struct model *m, const struct place *place)
{
	for (size_t i = 0; i < m->figures.n; i++) {
		const struct hop_figures *h = &m->figures.hop[i];

		if (cannot_be(m, h) &&
		    place[h->to_pos - 1].at >= place[h->from_pos - 1].at)
			return false;
	}
	return true;
}

static int by_place(const void *pa, const void *pb)
{
	const struct place *a = pa, *b = pb;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a->pos - b->pos;
}

/* Names the points in the order of their round trips, if all have one. */
static void say_order(const struct model *m, struct text *t)
{
	struct place *place = mem_zalloc(m->n_points, sizeof *place);
	bool all = true;

	for (size_t i = 0; i < m->n_points; i++)
		place[i].pos = (int)i + 1;
	place[0].known = true;
	while (go_on(&m->figures, place))
		;
	for (size_t i = 0; i < m->n_points; i++)
		all = all && place[i].known;
	if (all && mends_all(m, place)) {
		qsort(place, m->n_points, sizeof *place, by_place);
		text_puts(t, ": it is");
		for (size_t i = 0; i < m->n_points; i++)
			text_add(t, "%s %s", i ? "," : "",
				 m->points[place[i].pos - 1].name);
	}
	free(place);
}

/* What of @h cannot be: its median round trip, from one point's name to the other's. */
struct impossible {
	const char *from, *to;
	char rtt[TEXT_UNIT];
};

static struct impossible impossible_of(const struct model *m,
				       const struct hop_figures *h)
{
	struct impossible x = { .from = m->points[h->from_pos - 1].name,
				.to = m->points[h->to_pos - 1].name };

	text_duration(hist_quantile(&h->rtt, 0.5), x.rtt);
	return x;
}

static void doubt_order(const struct model *m, const struct hop_figures *h,
			struct text *t)
{
	struct impossible x = impossible_of(m, h);

	text_add(t,
		 "The points are not in the order of the path, and what is "
		 "said of the stretches between them may be wrong: packets "
		 "meet %s before %s (round trips of %s from %s to %s cannot "
		 "be).  Give them in the order of the path",
		 x.to, x.from, x.rtt, x.from, x.to);
	say_order(m, t);
}

static void doubt_stamps(const struct model *m, const struct hop_figures *h,
			 struct text *t)
{
	struct impossible x = impossible_of(m, h);

	text_add(t,
		 "The capture at %s or the one at %s has its two directions "
		 "from two clocks, or one of them late, and what is said of "
		 "times there and next to it is wrong: round trips of %s from "
		 "%s to %s cannot be, and by their TTLs packets do pass the "
		 "points in the order given.  Where a mirror port, a tap or "
		 "two joined files deliver each direction by itself, capture "
		 "both by one card, or give each as a point of its own",
		 x.from, x.to, x.rtt, x.from, x.to);
}

static void doubt_directions(const struct model *m, int pos,
			     const struct group *g, struct text *t)
{
	char by[TEXT_UNIT], of[TEXT_UNIT], n[TEXT_UNIT];
	bool server = g->errors * 2 >= g->sessions;

	text_duration(hist_quantile(&g->hold, 0.5), by);
	text_add(t,
		 "The capture at %s has its two directions from two clocks, or "
		 "one of them late: in %s of %s session%s what the %s sends "
		 "is stamped some %s behind its own acknowledgement, which "
		 "cannot be.  Who took how long is not known from it, and "
		 "delays next to it are wrong.  Where a mirror port, a tap or "
		 "two joined files deliver each direction by itself, capture "
		 "both by one card, or give each as a point of its own",
		 m->points[pos - 1].name, text_count(g->sessions, n),
		 text_count(all_sessions(m), of),
		 all_sessions(m) == 1 ? "" : "s", server ? "server" : "client",
		 by);
}

char *path_order_doubt(const struct model *m)
{
	const struct hop_figures *stamps = NULL;
	struct text t = { 0 };

	for (size_t i = 0; i < m->n_points; i++) {
		const struct group *g = apart_at(m, (int)i + 1);

		if (!g)
			continue;
		doubt_directions(m, (int)i + 1, g, &t);
		return t.at;
	}
	for (size_t i = 0; i < m->figures.n; i++) {
		const struct hop_figures *h = &m->figures.hop[i];

		if (!cannot_be(m, h))
			continue;
		if (!all_ttls_fall(h)) {
			doubt_order(m, h, &t);
			return t.at;
		}
		stamps = stamps ? stamps : h;
	}
	if (stamps)
		doubt_stamps(m, stamps, &t);
	return t.at;
}
