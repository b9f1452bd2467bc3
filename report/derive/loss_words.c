/* Sentences about lost_ways.
 *
 * Here is what is said of any: how much of what is lost.  loss_basis.c has what that
 * rests on, loss_astray.c what may be lost behind the hop, loss_mtu.c limits on packet
 * size, loss_pattern.c policers, bursts and fragments, loss_outage.c outages,
 * loss_split.c losses of some sessions only, loss_frames.c the frames.
 */
#include "report/derive/delay.h"
#include "report/derive/loss.h"
#include "report/derive/resolve_claims.h"

#include <stdio.h>

#include "base/text.h"

#define HIGH_SHARE 0.01
#define MEDIUM_SHARE 0.001
#define SHARE_LEAST 2   /* lost: one tells little of a share */
#define SYNS_MANY 5     /* lost: no accident */
#define OTHERS_LEAST 30 /* packets that are none, and none of them lost */
#define OTHERS_EACH                                                            \
	10 /* so many for each SYN that is tried until one is lost */

/* The case's figures of the way, over all sessions. */
const struct hop_way *loss_all_of(const struct model *m,
				  const struct lost_way *w)
{
	int first = w->from_pos < w->to_pos ? w->from_pos : w->to_pos;
	int last = w->from_pos < w->to_pos ? w->to_pos : w->from_pos;

	for (size_t i = 0; i < m->figures.n; i++) {
		const struct hop_figures *h = &m->figures.hop[i];

		if (h->from_pos == first && h->to_pos == last)
			return &h->way[w->from_pos > w->to_pos];
	}
	return NULL;
}

/* Of one kind, over all sessions: for the share. */
uint64_t loss_entered(const struct model *m, const struct lost_way *w,
		      enum fate_kind kind)
{
	const struct hop_way *x = loss_all_of(m, w);
	uint64_t n = 0;

	for (int f = FATE_DELIVERED; x && f <= FATE_UNDECIDED; f++)
		n += x->by_kind[kind][f];
	return n;
}

static uint64_t entered_in_all(const struct model *m, const struct lost_way *w)
{
	uint64_t in = 0;

	for (int k = 0; k < KINDS; k++)
		in += loss_entered(m, w, (enum fate_kind)k);
	return in;
}

uint64_t loss_joined(const struct model *m, const struct lost_way *w)
{
	const struct hop_way *x = loss_all_of(m, w);

	return x ? counts_entered(hop_wire(x)) - counts_entered(&x->tx) : 0;
}

uint64_t loss_lost(const struct lost_way *w, enum fate_kind k)
{
	return w->by_kind[k][FATE_LOST];
}

/* Does recovery take enough of some sessions' time to make it high? */
static bool slows(const struct model *m)
{
	size_t n;
	const struct group *g = model_groups(m, CAUSE_RECOVERY, &n);

	for (size_t i = 0; i < n; i++)
		if (delay_share(&g[i]) >= RECOVERY_HIGH &&
		    !delay_repaired_once(&g[i]))
			return true;
	return false;
}

static enum severity severity_of(const struct model *m,
				 const struct lost_way *w)
{
	uint64_t data = loss_lost(w, KIND_DATA) + loss_lost(w, KIND_DATAGRAM) +
			w->joined_lost;
	uint64_t all = loss_entered(m, w, KIND_DATA) +
		       loss_entered(m, w, KIND_DATAGRAM) + loss_joined(m, w);
	double share = all ? (double)data / (double)all : 0;
	uint64_t syns = loss_lost(w, KIND_SYN);

	if (w->injured || syns >= SHARE_LEAST || w->unaware >= SHARE_LEAST ||
	    (share >= HIGH_SHARE && data >= SHARE_LEAST))
		return SEV_HIGH;
	if (share >= MEDIUM_SHARE && slows(m))
		return SEV_HIGH;
	return syns || w->unaware || share >= MEDIUM_SHARE ? SEV_MEDIUM
							   : SEV_LOW;
}

void loss_unaware_text(struct draft *f, const struct lost_way *w)
{
	char n[TEXT_UNIT], span[TEXT_UNIT];

	if (!w->unaware)
		return;
	draft_text(f,
		   "Resets of %s session%s do not get through, and who should "
		   "get them goes on for up to %s: it does not know that the "
		   "connection is gone, and waits in vain.  A stateful device "
		   "that takes a reset for invalid drops it so.",
		   text_count(w->unaware, n), plural(w->unaware),
		   text_duration(w->unaware_ns, span));
	json_object_set_new(f->measure, "sessions_unaware",
			    json_integer((json_int_t)w->unaware));
	json_object_set_new(f->measure, "unaware_max_ns",
			    json_integer(w->unaware_ns));
}

void loss_kinds_text(struct draft *f, const struct model *m,
		     const struct lost_way *w)
{
	static const char *const one[KINDS] = { "data segment", "pure ACK",
						"SYN",          "FIN",
						"RST",          "datagram" };
	struct text t = { 0 };
	char share[WORDS];
	json_t *kinds = json_object();
	uint64_t joined = loss_joined(m, w);

	for (int k = 0; k < KINDS; k++) {
		bool data = k == KIND_DATA;

		if (!loss_lost(w, (enum fate_kind)k))
			continue;
		text_add(&t, "%s%s", t.n ? ", " : "",
			 words_share(loss_lost(w, (enum fate_kind)k) +
					     (data ? w->joined_lost : 0),
				     loss_entered(m, w, (enum fate_kind)k) +
					     (data ? joined : 0),
				     one[k], share));
		json_object_set_new(kinds, fate_kind_name((enum fate_kind)k),
				    json_integer((json_int_t)loss_lost(
					    w, (enum fate_kind)k)));
	}
	draft_text(
		f, "Lost: %s.%s", t.at ? t.at : "nothing",
		joined ? "  These are segments of the wire: the captures have "
			 "several in one frame, as a card joins them."
		       : "");
	json_object_set_new(f->measure, "lost_by_kind", kinds);
	text_release(&t);
}

uint64_t loss_all(const struct lost_way *w)
{
	uint64_t all = 0;

	for (int k = 0; k < KINDS; k++)
		all += loss_lost(w, (enum fate_kind)k);
	return all;
}

const char *loss_share(const struct model *m, const struct lost_way *w,
		       char out[static WORDS])
{
	return words_share(loss_all(w) + w->joined_lost,
			   entered_in_all(m, w) + loss_joined(m, w), "packet",
			   out);
}

/* How many packets that are no SYNs got through. */
static uint64_t others_delivered(const struct model *m,
				 const struct lost_way *w)
{
	const struct hop_way *x = loss_all_of(m, w);
	uint64_t n = 0;

	for (int k = 0; x && k < KINDS; k++)
		n += k == KIND_SYN ? 0 : x->by_kind[k][FATE_DELIVERED];
	return n;
}

/* Is nothing else lost on the way, and so much else passes that it cannot be
 * chance? */
static bool only_syns(const struct model *m, const struct lost_way *w)
{
	uint64_t syns = loss_lost(w, KIND_SYN), n = others_delivered(m, w);

	return syns >= SYNS_MANY && syns == loss_all(w) && n >= OTHERS_LEAST &&
	       n / OTHERS_EACH >= loss_entered(m, w, KIND_SYN) / syns;
}

/* What the loss of SYNs costs is hidden in averages. */
static void openings_text(struct draft *f, const struct model *m,
			  const struct lost_way *w)
{
	size_t n;
	const struct group *g = model_groups(m, CAUSE_OPENING_LOST, &n);
	char some[TEXT_UNIT], wait[TEXT_UNIT * 3];
	enum syn_sort sort;

	if (!loss_lost(w, KIND_SYN))
		return;
	sort = loss_syn_sort(m, w);
	if (sort != SYN_PLAIN)
		loss_syn_text(f, w, sort);
	else if (only_syns(m, w))
		draft_text(
			f,
			"Only SYNs are lost, and %s other packets pass: only "
			"new connections suffer.  A limit on new sessions "
			"(a firewall's or NAT's table or rate) does so; so "
			"does a moment without any path in which nothing "
			"else is sent.",
			text_count(others_delivered(m, w), some));
	for (size_t i = 0; i < n; i++) {
		const char *from, *to;
		int a, b;

		if (!delay_points(m, &g[i], &from, &to) ||
		    sscanf(g[i].key, "%d %d", &a, &b) != 2 ||
		    a > (w->from_pos < w->to_pos ? w->from_pos : w->to_pos) ||
		    b < (w->from_pos < w->to_pos ? w->to_pos : w->from_pos))
			continue;
		draft_text(f,
			   "%s session%s open%s late, because what opens %s "
			   "has to be sent again: after %s.",
			   text_count(g[i].sessions, some),
			   plural(g[i].sessions), g[i].sessions == 1 ? "s" : "",
			   g[i].sessions == 1 ? "it" : "them",
			   delay_span(&g[i].hold, wait));
	}
}

static void title(struct draft *f, const struct model *m,
		  const struct lost_way *w)
{
	uint64_t data = loss_lost(w, KIND_DATA),
		 dgram = loss_lost(w, KIND_DATAGRAM);
	const char *from = model_point_name(m, w->from_pos);
	const char *to = model_point_name(m, w->to_pos);
	uint64_t all = loss_all(w);
	char share[WORDS];

	if (w->ranges == 1 && data > 1 && data == all)
		draft_title(f,
			    "One segment never gets from %s to %s: all %llu "
			    "copies vanish",
			    from, to, (unsigned long long)data);
	else if (w->out)
		loss_outage_title(f, m, w);
	else if (loss_of_rests(w))
		loss_rests_title(f, m, w);
	else if (w->split.by)
		loss_split_title(f, m, w);
	else if (dgram && dgram == all && dgram == w->pieces_lost &&
		 w->datagrams_lost)
		draft_title(f, "%s in fragments %s lost between %s and %s",
			    words_share(w->datagrams_lost, w->datagrams,
					"datagram", share),
			    w->datagrams_lost == 1 ? "is" : "are", from, to);
	else if (dgram && dgram == all)
		draft_title(f, "%s vanish%s between %s and %s",
			    words_share(dgram,
					loss_entered(m, w, KIND_DATAGRAM),
					"datagram", share),
			    dgram == 1 ? "es" : "", from, to);
	else
		draft_title(f, "%s vanish%s between %s and %s",
			    loss_share(m, w, share), all == 1 ? "es" : "", from,
			    to);
}

static bool acks_only(const struct lost_way *w)
{
	for (int k = 0; k < KINDS; k++)
		if (k != KIND_ACK && loss_lost(w, (enum fate_kind)k))
			return false;
	return loss_lost(w, KIND_ACK) > 0;
}

/* What losses that were made good cost is time, and weighs as much.  Of datagrams, and of
 * what never came, that is not all. */
static double weight_of(const struct model *m, const struct lost_way *w)
{
	size_t n;
	const struct group *g = model_groups(m, CAUSE_RECOVERY, &n);
	int64_t ns = 0;
	int a, b;

	if (w->injured || loss_lost(w, KIND_DATAGRAM))
		return 60 + (double)w->injured;
	for (size_t i = 0; i < n; i++)
		if (sscanf(g[i].key, "%d %d", &a, &b) == 2 &&
		    a <= w->from_pos && a <= w->to_pos && b >= w->from_pos &&
		    b >= w->to_pos)
			time_part_add(&ns, g[i].explained_ns);
	return delay_weight(ns);
}

static struct draft *loss_draft(struct derive *d, const struct lost_way *w)
{
	enum severity s = loss_of_rests(w) ? SEV_LOW
					   : severity_of(derive_model(d), w);

	if (acks_only(w))
		return draft_new(d, "loss.ack", SEV_LOW, 20);
	if (loss_is_policed(w))
		return draft_new(d, "loss.policer", s, 80);
	return draft_new(d,
			 w->runs.yes && !loss_one_way_mostly(w) &&
					 w->split.by != SPLIT_PORTS
				 ? "loss.burst"
				 : "loss.path",
			 s, weight_of(derive_model(d), w));
}

static void loss_next(struct draft *f, const struct model *m,
		      const struct lost_way *w)
{
	const char *from = model_point_name(m, w->from_pos);
	const char *to = model_point_name(m, w->to_pos);

	if (loss_is_policed(w))
		draft_next(
			f,
			"look for a rate limit between %s and %s (a "
			"contract, a policy); let the sender's side shape to "
			"below it, or let the limit allow longer bursts",
			from, to);
	else if (w->out)
		draft_next(f,
			   "look in the logs of the devices between %s and %s "
			   "for what changed at that time: a link that went "
			   "down, a failover, spanning tree, a route or an ARP "
			   "entry",
			   from, to);
	if (!loss_is_policed(w))
		draft_next(f,
			   "first check error and drop counters of the devices "
			   "between %s and %s; then capture at a point between "
			   "them, which halves the stretch",
			   from, to);
}

void loss_write(struct derive *d, const struct lost_way *w)
{
	const struct model *m = derive_model(d);
	struct draft *f = loss_draft(d, w);

	if (loss_is_policed(w))
		loss_policer_text(f, m, w);
	else if (loss_one_way_mostly(w))
		loss_one_way_title(f, m, w);
	else
		title(f, m, w);
	loss_one_way_text(f, m, w);
	if (w->out)
		loss_outage_text(f, m, w);
	if (w->split.by)
		loss_split_text(f, m, w);
	loss_kinds_text(f, m, w);
	loss_unaware_text(f, w);
	openings_text(f, m, w);
	if (!loss_is_policed(w) && !loss_one_way_mostly(w) && w->runs.yes)
		loss_burst_text(f, w);
	loss_size_text(f, w);
	loss_fragments_text(f, w);
	loss_basis_text(f, w);
	loss_astray_text(f, m, w);
	draft_hop(f, m, w->from_pos, w->to_pos);
	draft_between(f, m, w->from_pos, w->to_pos);
	loss_unresolved_text(f, d, w);
	if (w->out)
		claims_say_moved(f, d, w->from_pos, w->to_pos,
				 &(struct resolve_while){ w->from_pos,
							  w->outage.first_ns,
							  w->outage.last_ns });
	loss_next(f, m, w);
	loss_frames(f, w, m);
	json_object_set_new(f->measure, "sessions",
			    json_integer((json_int_t)w->sessions));
}
