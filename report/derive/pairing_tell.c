/* pair.none in words: what each of two points sees instead of the other's sessions.
 *
 * Mostly they share no session: the finding lists the busiest conversations of each.
 * If a point sees hardly anything but an encrypted tunnel the finding says so: what
 * the other one sees may be inside.  If they do share sessions, each has the opposite
 * direction; if sessions are ambiguous, it is not known that they share none.
 *
 * Where an ICMP error tells of every session that it got no further, nothing is
 * wrong with the captures: that finding leads, and this one is low.  So it is of the
 * interfaces of one capture, of which one shows the tunnel (a VPN's adapter and the
 * card below it).
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "report/derive/proxied.h"
#include "report/derive/pairing_int.h"
#include "report/derive/resolve_tell.h"

#define OPAQUE_SHARE 0.9 /* share of a point's packets: hardly anything else */

/* The time that a point's complete files span, by its own clock. */
struct point_span {
	uint64_t packets, kept;
	int64_t first_ns, last_ns;
	bool filtered; /* the user excluded some packets */
};

static struct point_span span_of(const struct model *m, int pos)
{
	struct point_span s = { 0, 0, INT64_MAX, INT64_MIN, false };

	for (size_t i = 0; i < m->n_files; i++) {
		const struct file_row *f = &m->files[i];

		if (f->point != m->points[pos - 1].id || f->packets == 0)
			continue;
		s.packets += f->packets;
		s.kept += f->kept;
		s.filtered |= f->filtered;
		if (f->first_ns < s.first_ns)
			s.first_ns = f->first_ns;
		if (f->last_ns > s.last_ns)
			s.last_ns = f->last_ns;
	}
	return s;
}

/* Did they run at different times, each by its own clock? */
static bool ran_apart(const struct point_span *a, const struct point_span *b)
{
	return a->packets && b->packets &&
	       (a->last_ns < b->first_ns || b->last_ns < a->first_ns);
}

/* No content could align the two clocks, so only the clocks themselves tell
 * whether the captures ran at the same time. */
static void say_times(struct draft *f, const struct model *m, int from, int to)
{
	struct point_span a = span_of(m, from), b = span_of(m, to);
	char start_a[TEXT_UNIT], end_a[TEXT_UNIT], start_b[TEXT_UNIT],
		end_b[TEXT_UNIT], gap[TEXT_UNIT];
	int64_t apart;

	if (!ran_apart(&a, &b))
		return;
	apart = a.last_ns < b.first_ns ? b.first_ns - a.last_ns
				       : a.first_ns - b.last_ns;
	draft_text(f,
		   "Their times do not overlap: %s ran from %s to %s and %s "
		   "from %s to %s, each by its own clock, %s apart.  A clock "
		   "that is wrong would not hide sessions that are in both: "
		   "these are found by their contents.",
		   model_point_name(m, from), words_time(a.first_ns, start_a),
		   words_time(a.last_ns, end_a), model_point_name(m, to),
		   words_time(b.first_ns, start_b),
		   words_time(b.last_ns, end_b), text_span(apart, gap));
}

static void say_sight(struct draft *f, const struct model *m, int pos,
		      const struct point_sight *p)
{
	struct point_span span = span_of(m, pos);
	struct text t = { 0 };
	char n[TEXT_UNIT];

	if (span.packets == 0) {
		draft_text(f, "%s has no packet at all.",
			   model_point_name(m, pos));
		return;
	}
	if (span.kept == 0) {
		draft_text(f, "%s has no packet that can be used, of %s: %s.",
			   model_point_name(m, pos),
			   text_count(span.packets, n),
			   span.filtered
				   ? "--filter, --host, --from or --to leaves "
				     "out the others"
				   : "none can be read as IP with its "
				     "addresses and ports");
		return;
	}
	if (!p->alone) {
		draft_text(f, "What %s sees other points of its side see, too.",
			   model_point_name(m, pos));
		return;
	}
	for (size_t i = 0; i < PAIRING_EXAMPLES && p->top[i].packets; i++)
		text_add(&t, "%s%s (%llu packets)", i ? "; " : "",
			 p->top[i].who, (unsigned long long)p->top[i].packets);
	draft_text(f, "%s sees %s session%s that no other point has%s%s.",
		   model_point_name(m, pos), text_count(p->alone, n),
		   p->alone == 1 ? "" : "s", t.n ? ": " : "", t.n ? t.at : "");
	text_release(&t);
}

static bool mostly_opaque(const struct model *m, int pos,
			  const struct point_sight *p)
{
	return p->opaque > 0 &&
	       (double)p->opaque >= OPAQUE_SHARE * (double)span_of(m, pos).kept;
}

/* Are both interfaces of one capture? */
static bool is_one_capture(const struct model *m, int from, int to)
{
	for (size_t i = 0; i < m->n_files; i++)
		for (size_t k = 0; k < m->n_files; k++)
			if (m->files[i].point == m->points[from - 1].id &&
			    m->files[k].point == m->points[to - 1].id &&
			    !strcmp(m->files[i].path, m->files[k].path))
				return true;
	return false;
}

static void say_opaque(struct draft *f, const struct model *m, int pos,
		       int other, const struct point_sight *p)
{
	char n[TEXT_UNIT];

	if (!mostly_opaque(m, pos, p))
		return;
	draft_text(f,
		   "%s sees %s %s (%s packets).  What %s sees may be inside "
		   "it, encrypted: nobody can pair the two.",
		   model_point_name(m, pos),
		   p->opaque == span_of(m, pos).kept ? "only" : "hardly but",
		   p->tunnel, text_count(p->opaque, n),
		   model_point_name(m, other));
	draft_next(f, "capture on the inner sides of the tunnel's two ends, "
		      "or at its outer sides both times");
}

static void none_is_there(struct draft *f, const struct model *m, int from,
			  int to)
{
	bool all = !span_of(m, from).packets && !span_of(m, to).packets;

	draft_title(f, "Neither %s nor %s has a packet%s",
		    model_point_name(m, from), model_point_name(m, to),
		    all ? "" : " that can be used");
	draft_next(f, "look at how both were captured: their interfaces, their "
		      "capture filters and when they ran; and at the options "
		      "that leave packets out here");
}

/* What it has all the same is ARP: a host may look for its router in vain. */
static void say_asked(struct draft *f, const struct derive *d, int pos)
{
	const struct model *m = derive_model(d);
	struct unresolved x = resolve_most(derive_resolve(d), m, pos);
	char who[NET_END_TEXT], whom[NET_END_TEXT];

	if (!x.q)
		return;
	resolve_say(f, m, &x);
	draft_place(f,
		    "%s, which looks for %s in vain: if that is its router, "
		    "nothing leaves it (cable, VLAN, address and mask of "
		    "both)",
		    net_addr_text(&x.q->from, who),
		    net_addr_text(&x.q->about, whom));
}

void pairing_tell_asked(struct derive *d, int pos)
{
	const struct model *m = derive_model(d);
	struct unresolved x = resolve_most(derive_resolve(d), m, pos);
	char who[NET_END_TEXT], whom[NET_END_TEXT], n[TEXT_UNIT];
	struct draft *f;

	if (!x.q)
		return;
	f = draft_new(d, "pair.none", SEV_MEDIUM, 100);
	draft_hop(f, m, pos, pos);
	say_asked(f, d, pos);
	draft_title(f,
		    "%s has no session: %s asks for the hardware address of %s "
		    "%s times, and no answer is there",
		    model_point_name(m, pos), net_addr_text(&x.q->from, who),
		    net_addr_text(&x.q->about, whom), text_count(x.n, n));
	draft_next(f,
		   "see whether %s is up and in the network of %s, and whether "
		   "the capture filter leaves packets out",
		   whom, who);
}

/* Sessions would tell whether the captures belong together, but one has
 * none. */
static void none_is_empty(struct draft *f, const struct model *m, int empty,
			  int other)
{
	draft_title(f, "The capture at %s has no packet to compare with %s",
		    model_point_name(m, empty), model_point_name(m, other));
	draft_next(f,
		   "look at how %s was captured: its interface, its capture "
		   "filter and when it ran; and at the options that leave "
		   "packets out here",
		   model_point_name(m, empty));
}

static void none_is_shared(struct draft *f, const struct model *m, int from,
			   int to)
{
	struct point_span a = span_of(m, from), b = span_of(m, to);
	bool apart = ran_apart(&a, &b);

	draft_title(f, "%s and %s have no session in common%s",
		    model_point_name(m, from), model_point_name(m, to),
		    apart ? ": by their clocks they ran at different times"
			  : "");
	draft_against(f, "A tunnel, an encrypting gateway or a proxy between "
			 "them would make the same sessions look like others.");
	if (apart)
		draft_next(f, "capture at both points at the same time: start "
			      "both before the fault is shown, and stop both "
			      "after it");
	else
		draft_next(
			f,
			"check that both captures ran at the same time, on the "
			"path of the same traffic, with filters that keep it");
}

/* For points that share sessions but no packet. */
static void none_is_of_both(struct draft *f, const struct model *m, int from,
			    int to, const struct point_sight *p)
{
	char n[TEXT_UNIT];

	draft_title(f, "%s and %s share %s session%s, but not one packet",
		    model_point_name(m, from), model_point_name(m, to),
		    text_count(p->joined, n), plural(p->joined));
	draft_text(f, "What one of them shows of these the other does not, as "
		      "where each captures one direction: nothing tells what "
		      "was lost between them, nor how long it took.");
	draft_next(f, "capture both directions at each point: mirror what the "
		      "port receives and what it sends");
}

static void none_is_sure(struct draft *f, const struct model *m, int from,
			 int to, const struct point_sight *at)
{
	char a[TEXT_UNIT], b[TEXT_UNIT];

	draft_title(f, "No session of %s could be told among those of %s",
		    model_point_name(m, from), model_point_name(m, to));
	draft_text(f,
		   "%s of %s and %s of %s could be paired in more than one way "
		   "(pair.ambiguous), so that nothing is said of what lies "
		   "between.",
		   text_count(at[from - 1].unsure, a),
		   model_point_name(m, from), text_count(at[to - 1].unsure, b),
		   model_point_name(m, to));
	draft_next(f, "a capture that shows the same sessions twice (two "
		      "interfaces, plain and within a tunnel) should show them "
		      "once: --filter leaves one of the two out");
}

/* Are most connections of one point at the other by their ends, and no others?  Clocks
 * that do not overlap make it likelier that ports were used again. */
static bool mostly_same(const struct model *m, int from, int to,
			struct point_sight *a, struct point_sight *b)
{
	struct point_span x = span_of(m, from), y = span_of(m, to);
	size_t few = a->ends.n < b->ends.n ? a->ends.n : b->ends.n;
	uint64_t same = pairing_ends_same(m, a, b, NULL);

	return same && 2 * same >= few && !ran_apart(&x, &y);
}

void pairing_tell_none(const struct pairing *s, struct derive *d, int from,
		       int to)
{
	const struct model *m = derive_model(d);
	bool form = pairing_is_related(m, from, to, true);
	struct point_sight *a = &s->at[from - 1], *b = &s->at[to - 1];
	bool refused = s->sessions && s->refused == s->sessions;
	bool unmet = s->unresolved && s->refused + s->unresolved == s->sessions;
	bool wraps = is_one_capture(m, from, to) &&
		     (mostly_opaque(m, from, a) || mostly_opaque(m, to, b));
	bool proxied = proxied_between(d, from, to);
	/* after pair.relay, stop.* */
	bool low = form || refused || unmet || wraps || proxied;
	bool same = !a->joined && mostly_same(m, from, to, a, b);
	struct draft *f = draft_new(d, "pair.none",
				    low    ? SEV_LOW
				    : same ? SEV_MEDIUM
					   : SEV_HIGH,
				    low ? 1 : 100);

	draft_hop(f, m, from, to);
	if (a->joined) {
		none_is_of_both(f, m, from, to, a);
		return;
	}
	if (!(a->unsure && b->unsure) || a->alone + b->alone) {
		say_sight(f, m, from, a);
		say_sight(f, m, to, b);
	}
	say_opaque(f, m, from, to, a);
	say_opaque(f, m, to, from, b);
	say_times(f, m, from, to);
	if (refused)
		draft_text(f, "ICMP errors tell of each session that it got no "
			      "further: if they come from before this point, "
			      "it has nothing to show.");
	if (unmet)
		draft_text(f, "Of each session the host is asked for in vain "
			      "(ARP, neighbour discovery), or an ICMP error "
			      "tells that it got no further: beyond that "
			      "there is nothing of it.");
	if (proxied)
		draft_text(f, "At one of them a proxy refuses a client, at the "
			      "other are SYNs in vain that are probably its "
			      "own (stop.host, stop.path): with no connection "
			      "there is nothing in common.");
	if (form)
		draft_text(f, "By the form of their conversations sessions of "
			      "the one probably continue as sessions of the "
			      "other, over a relay (pair.relay).");
	if (!unmet && !span_of(m, from).kept)
		say_asked(f, d, from);
	if (!unmet && !span_of(m, to).kept)
		say_asked(f, d, to);
	if (same)
		pairing_tell_same(f, m, from, to, s->at);
	else if (a->unsure && b->unsure)
		none_is_sure(f, m, from, to, s->at);
	else if (!span_of(m, from).kept && !span_of(m, to).kept)
		none_is_there(f, m, from, to);
	else if (!span_of(m, from).kept)
		none_is_empty(f, m, from, to);
	else if (!span_of(m, to).kept)
		none_is_empty(f, m, to, from);
	else
		none_is_shared(f, m, from, to);
}
