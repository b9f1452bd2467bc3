/* What is written of lost_ways: sentences.  loss_frames.c has the frames.
 */
#include "report/derive/delay.h"
#include "report/derive/loss.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define MTU_LOST 3
#define MTU_BELOW 5
#define HIGH_SHARE 0.01
#define MEDIUM_SHARE 0.001

/* The case's figures of the way: those of all sessions. */
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

/* All that entered: the share needs all sessions. */
uint64_t loss_entered(const struct model *m, const struct lost_way *w,
		      enum fate_kind kind)
{
	const struct hop_way *x = loss_all_of(m, w);
	uint64_t n = 0;

	for (int f = FATE_DELIVERED; x && f <= FATE_UNDECIDED; f++)
		n += x->by_kind[kind][f];
	return n;
}

uint64_t loss_lost(const struct lost_way *w, enum fate_kind k)
{
	return w->by_kind[k][FATE_LOST];
}

static bool looks_like_mtu(const struct lost_way *w)
{
	return loss_lost(w, KIND_DATA) >= MTU_LOST &&
	       w->max_delivered < w->min_lost && w->min_lost != UINT32_MAX &&
	       w->max_delivered > 0;
}

/* A router said so, and its limit lies between what passed and what did not. */
static bool told_mtu(const struct lost_way *w)
{
	int64_t mtu = w->told ? w->told->m.msg_id : 0;

	return w->told && loss_lost(w, KIND_DATA) && w->max_delivered &&
	       w->max_delivered < w->min_lost && w->min_lost != UINT32_MAX &&
	       (!mtu || (mtu >= w->max_delivered && mtu < w->min_lost));
}

bool loss_is_mtu(const struct model *m, const struct lost_way *w)
{
	uint64_t below = loss_entered(m, w, KIND_DATA) -
			 loss_lost(w, KIND_DATA);

	return told_mtu(w) ||
	       (looks_like_mtu(w) && w->ranges >= 2 && below >= MTU_BELOW);
}

/* Does recovery take as much of some sessions' time as makes it high? */
static bool slows(const struct model *m)
{
	size_t n;
	const struct group *g = model_groups(m, CAUSE_RECOVERY, &n);

	for (size_t i = 0; i < n; i++)
		if (delay_share(&g[i]) >= RECOVERY_HIGH)
			return true;
	return false;
}

static enum severity severity_of(const struct model *m,
				 const struct lost_way *w)
{
	uint64_t data = loss_lost(w, KIND_DATA) + loss_lost(w, KIND_DATAGRAM);
	uint64_t all = loss_entered(m, w, KIND_DATA) +
		       loss_entered(m, w, KIND_DATAGRAM);
	double share = all ? (double)data / (double)all : 0;

	if (w->injured || loss_lost(w, KIND_SYN) || share >= HIGH_SHARE)
		return SEV_HIGH;
	if (share >= MEDIUM_SHARE && slows(m))
		return SEV_HIGH;
	return share >= MEDIUM_SHARE ? SEV_MEDIUM : SEV_LOW;
}

static void kinds_text(struct draft *f, const struct model *m,
		       const struct lost_way *w)
{
	static const char *const many[KINDS] = { "data segments", "pure ACKs",
						 "SYNs",          "FINs",
						 "RSTs",          "datagrams" };
	struct text t = { 0 };
	char share[WORDS];
	json_t *kinds = json_object();

	for (int k = 0; k < KINDS; k++) {
		if (!loss_lost(w, (enum fate_kind)k))
			continue;
		text_add(&t, "%s%s: %s", t.n ? "; " : "", many[k],
			 words_share(loss_lost(w, (enum fate_kind)k),
				     loss_entered(m, w, (enum fate_kind)k),
				     share));
		json_object_set_new(kinds, fate_kind_name((enum fate_kind)k),
				    json_integer((json_int_t)loss_lost(
					    w, (enum fate_kind)k)));
	}
	draft_text(f, "Lost of what entered: %s.", t.at ? t.at : "nothing");
	json_object_set_new(f->measure, "lost_by_kind", kinds);
	text_release(&t);
}

/* @n of all; "All of them are" or "3 of them are". */
static void some_are(struct text *t, uint64_t n, uint64_t all)
{
	char count[TEXT_UNIT];

	text_add(t, "%s of them %s", n == all ? "All" : text_count(n, count),
		 n == 1 && all > 1 ? "is" : "are");
}

/* Of how many it is told what they rest on: those of the sessions swept. */
static uint64_t looked_at(const struct lost_way *w)
{
	uint64_t n = 0;

	for (int b = 0; b < 4; b++)
		n += w->by_basis[b];
	return n;
}

uint64_t loss_all(const struct lost_way *w)
{
	uint64_t all = 0;

	for (int k = 0; k < KINDS; k++)
		all += loss_lost(w, (enum fate_kind)k);
	return all;
}

static void basis_text(struct draft *f, const struct lost_way *w)
{
	uint64_t proven = w->by_basis[BASIS_PROOF];
	uint64_t effect = w->by_basis[BASIS_EFFECT] - w->quoted;
	uint64_t absence = w->by_basis[BASIS_ABSENCE];
	uint64_t all = looked_at(w);
	bool some = all < loss_all(w);
	struct text t = { 0 };
	char n[TEXT_UNIT];
	const char *what = effect == 1 ? "it" : "they";

	if (some && all)
		draft_text(f, "%s of them were looked at one by one:",
			   text_count(all, n));
	if (proven) {
		some_are(&t, proven, all);
		draft_text(f,
			   "%s proven: the receiver's acknowledgements show "
			   "the hole, or later copies do.",
			   t.at);
		t.n = 0;
	}
	if (w->quoted) {
		some_are(&t, w->quoted, all);
		draft_text(f,
			   "%s shown by ICMP errors that quote %s: who sent "
			   "these got the packet%s and threw %s away.",
			   t.at, w->quoted == 1 ? "it" : "them",
			   plural(w->quoted), w->quoted == 1 ? "it" : "them");
		t.n = 0;
	}
	if (effect) {
		some_are(&t, effect, all);
		draft_text(f,
			   "%s shown by what followed: the other side acted as "
			   "if %s had never come.",
			   t.at, what);
	}
	if (absence)
		draft_against(
			f,
			"%s%s rest%s on absence alone: the far capture was "
			"running, sees this direction and shows no gap, "
			"but a receiving driver could have dropped %s "
			"below the capture.",
			some ? "Of those looked at, " : "",
			text_count(absence, n), absence == 1 ? "s" : "",
			absence == 1 ? "it" : "them");
	text_release(&t);
}

static void title(struct draft *f, const struct model *m,
		  const struct lost_way *w)
{
	uint64_t data = loss_lost(w, KIND_DATA),
		 dgram = loss_lost(w, KIND_DATAGRAM);
	const char *from = model_point_name(m, w->from_pos);
	const char *to = model_point_name(m, w->to_pos);
	uint64_t all = loss_all(w), in = 0;
	char share[WORDS];

	for (int k = 0; k < KINDS; k++)
		in += loss_entered(m, w, (enum fate_kind)k);
	if (w->ranges == 1 && data > 1 && data == all)
		draft_title(f,
			    "One segment never gets from %s to %s: all %llu "
			    "copies vanish",
			    from, to, (unsigned long long)data);
	else if (dgram && dgram == all && dgram == w->pieces_lost &&
		 w->datagrams_lost)
		draft_title(f,
			    "%s datagrams in fragments are lost between %s "
			    "and %s",
			    words_share(w->datagrams_lost, w->datagrams, share),
			    from, to);
	else if (dgram && dgram == all)
		draft_title(f, "%s datagrams vanish between %s and %s",
			    words_share(dgram,
					loss_entered(m, w, KIND_DATAGRAM),
					share),
			    from, to);
	else
		draft_title(f, "%s packets vanish between %s and %s",
			    words_share(all, in, share), from, to);
}

static void size_text(struct draft *f, const struct lost_way *w)
{
	if (!looks_like_mtu(w))
		return;
	draft_text(f,
		   "Every lost data segment made an IP packet of %u bytes or "
		   "more, and every one that arrived made one of at most %u: a "
		   "limit on packet size (an MTU black hole) fits, but %s.",
		   w->min_lost, w->max_delivered,
		   w->ranges < 2 ? "one segment does not prove it"
				 : "too few arrived to prove it");
	json_object_set_new(f->measure, "min_lost_ip_bytes",
			    json_integer(w->min_lost));
	json_object_set_new(f->measure, "max_delivered_ip_bytes",
			    json_integer(w->max_delivered));
}

static void broken_text(struct text *t, const struct lost_datagram *x)
{
	text_puts(t, t->n ? "; " : "");
	if (x->missing == x->fragments)
		text_add(t, "all %u fragments of datagram %u", x->fragments,
			 x->id);
	else if (!x->number)
		text_add(t, "%u fragments of datagram %u", x->missing, x->id);
	else if (x->missing == 1)
		text_add(t, "fragment %u of %u of datagram %u (bytes %u to %u)",
			 x->number, x->fragments, x->id, x->from, x->to - 1);
	else
		text_add(t,
			 "%u of %u fragments of datagram %u, the first is "
			 "number %u",
			 x->missing, x->fragments, x->id, x->number);
}

/* Datagrams are what a program sent: one lost fragment loses the whole. */
static void fragments_text(struct draft *f, const struct lost_way *w)
{
	struct text t = { 0 };
	char share[WORDS];

	if (!w->pieces_lost)
		return;
	for (size_t i = 0; i < w->broken.n; i++)
		broken_text(&t, &w->broken.at[i]);
	draft_text(f,
		   "Of datagrams sent in fragments, %s are lost, by %llu "
		   "missing fragment%s: one loses the whole, and half a minute "
		   "later the receiver drops the rest.  %s: %s.",
		   words_share(w->datagrams_lost, w->datagrams, share),
		   (unsigned long long)w->pieces_lost, plural(w->pieces_lost),
		   w->broken.n < w->datagrams_lost ? "Missing, among others"
						   : "Missing",
		   t.at ? t.at : "");
	if (w->overlapping)
		draft_text(f,
			   "%llu datagrams have overlapping fragments, which "
			   "many receivers drop.",
			   (unsigned long long)w->overlapping);
	json_object_set_new(f->measure, "datagrams_in_fragments",
			    json_pack("{s:I, s:I, s:I}", "entered",
				      (json_int_t)w->datagrams, "lost",
				      (json_int_t)w->datagrams_lost,
				      "fragments_lost",
				      (json_int_t)w->pieces_lost));
	text_release(&t);
}

static void say_told(struct draft *f, const struct lost_way *w)
{
	char words[WORDS];

	if (!w->told)
		return;
	draft_text(
		f, "%s said so: %s, frame %llu at %s.  %s",
		w->told->name ? w->told->name : "A router",
		icmp_words(w->told, words),
		(unsigned long long)w->told->m.first_frame, w->told_at->name,
		w->told_near
			? "It came by the point nearest to the sender, which "
			  "does not heed it, or a filter behind that point "
			  "drops it."
			: "It never came by the point nearest to the sender: "
			  "something on the way back drops it.");
	draft_evidence(f, w->told_at->id, w->told->file, w->told->m.first_frame,
		       w->told->m.first_ns, "the ICMP error");
}

void loss_write_mtu(struct derive *d, const struct lost_way *w)
{
	const struct model *m = derive_model(d);
	struct draft *f = draft_new(d, "loss.mtu", SEV_HIGH, 80);
	const char *from = model_point_name(m, w->from_pos);
	const char *to = model_point_name(m, w->to_pos);
	char sizes[32];

	if (w->max_lost > w->min_lost)
		snprintf(sizes, sizeof sizes, "%u to %u", w->min_lost,
			 w->max_lost);
	else
		snprintf(sizes, sizeof sizes, "%u", w->min_lost);
	if (w->told && w->told->m.msg_id)
		draft_title(f,
			    "Packets of %s bytes never get from %s to %s: %s "
			    "says that its MTU is %llu",
			    sizes, from, to,
			    w->told->name ? w->told->name : "a router",
			    (unsigned long long)w->told->m.msg_id);
	else
		draft_title(f,
			    "Packets of %s bytes never get from %s to %s; up "
			    "to %u bytes do",
			    sizes, from, to, w->max_delivered);
	draft_text(f,
		   "All %llu data segments that made IP packets of %s bytes "
		   "were lost, every copy; everything up to %u bytes "
		   "arrived.  The path's MTU lies from %u to %u bytes%s",
		   (unsigned long long)loss_lost(w, KIND_DATA), sizes,
		   w->max_delivered, w->max_delivered, w->min_lost - 1,
		   w->told ? "."
			   : ", and no ICMP error that says so was seen.");
	say_told(f, w);
	kinds_text(f, m, w);
	basis_text(f, w);
	draft_hop(f, m, w->from_pos, w->to_pos);
	if (w->quoted == loss_all(w) && w->told && w->told->name)
		draft_place(f, "%s, which got the packets and sends the errors",
			    w->told->name);
	else
		draft_between(f, m, w->from_pos, w->to_pos);
	draft_next(f, "let ICMP 'fragmentation needed' through, or clamp the "
		      "MSS on the way, or lower the MTU of the sender");
	loss_frames(f, w, m);
}

bool loss_is_policed(const struct lost_way *w)
{
	return w->policed && w->policed_lost * 2 >= w->swept_lost;
}

static void policer_text(struct draft *f, const struct model *m,
			 const struct lost_way *w)
{
	uint64_t all = 0, in = 0;
	char share[WORDS], n[TEXT_UNIT];
	double mbit = (double)w->rate_bps / 1e6;

	for (int k = 0; k < KINDS; k++) {
		all += loss_lost(w, (enum fate_kind)k);
		in += loss_entered(m, w, (enum fate_kind)k);
	}
	draft_title(f,
		    "A policer between %s and %s drops what comes faster than "
		    "about %.2g Mbit/s: %s packets",
		    model_point_name(m, w->from_pos),
		    model_point_name(m, w->to_pos), mbit,
		    words_share(all, in, share));
	draft_text(
		f,
		"%s session%s lose%s like a token bucket: a packet is dropped "
		"just when more was sent than %.3g Mbit/s (of payload) "
		"allows, and passes as soon as that has been waited for.  "
		"Up to %lld bytes passed at once.",
		text_count(w->policed, n), plural(w->policed),
		w->policed == 1 ? "s" : "", mbit, (long long)w->burst);
	if (w->policed_judged)
		draft_text(f,
			   "Delay had grown before %llu of %llu losses: a full "
			   "queue would have held packets up first.",
			   (unsigned long long)w->policed_inflated,
			   (unsigned long long)w->policed_judged);
	else
		draft_against(f, "the delay before the losses is not known, as "
				 "the two clocks cannot be compared: a short "
				 "queue that overflows is not excluded");
	draft_against(f,
		      "the rate is what these sessions got: others that share "
		      "the limit and were not captured make it larger");
	json_object_set_new(f->measure, "rate_bps", json_integer(w->rate_bps));
	json_object_set_new(f->measure, "burst_bytes", json_integer(w->burst));
	json_object_set_new(f->measure, "policed_sessions",
			    json_integer((json_int_t)w->policed));
}

static void burst_text(struct draft *f, const struct lost_way *w)
{
	const struct run_facts *r = &w->runs;
	char a[TEXT_UNIT], b[TEXT_UNIT], c[TEXT_UNIT], ns[TEXT_UNIT];
	char shared[80] = "";

	if (r->shared)
		snprintf(shared, sizeof shared,
			 ", and %llu run%s hit%s more than one session",
			 (unsigned long long)r->shared, plural(r->shared),
			 r->shared == 1 ? "s" : "");
	draft_text(
		f,
		"They come in bursts: %s of %s are in %s run%s of neighbours, "
		"the longest of %llu within %s%s.  %.0f %% of the losses "
		"follow another within three frames; by chance it would be "
		"%.0f %%.",
		text_count(r->losses, a), text_count(w->losses.at.n, b),
		text_count(r->runs, c), plural(r->runs),
		(unsigned long long)r->longest,
		text_duration(r->longest_ns, ns), shared, 100 * r->neighbours,
		100 * r->by_chance);
	if (w->judged && w->inflated * 2 >= w->judged)
		draft_text(
			f,
			"Delay had grown before %llu of %llu losses: a queue "
			"that overflows.",
			(unsigned long long)w->inflated,
			(unsigned long long)w->judged);
	else if (w->judged)
		draft_text(
			f,
			"Delay had grown before %llu of %llu losses only: "
			"rather a line or device that fails for moments than "
			"a queue that overflows.",
			(unsigned long long)w->inflated,
			(unsigned long long)w->judged);
	json_object_set_new(f->measure, "runs",
			    json_integer((json_int_t)r->runs));
	json_object_set_new(f->measure, "in_runs",
			    json_integer((json_int_t)r->losses));
	json_object_set_new(f->measure, "longest_run",
			    json_integer((json_int_t)r->longest));
}

static bool acks_only(const struct lost_way *w)
{
	for (int k = 0; k < KINDS; k++)
		if (k != KIND_ACK && loss_lost(w, (enum fate_kind)k))
			return false;
	return loss_lost(w, KIND_ACK) > 0;
}

static struct draft *loss_draft(struct derive *d, const struct lost_way *w)
{
	enum severity s = severity_of(derive_model(d), w);

	if (acks_only(w))
		return draft_new(d, "loss.ack", SEV_LOW, 20);
	if (loss_is_policed(w))
		return draft_new(d, "loss.policer", s, 80);
	return draft_new(d, w->runs.yes ? "loss.burst" : "loss.path", s,
			 60 + (double)w->injured);
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
	else
		draft_next(
			f,
			"a capture at a place between %s and %s would halve "
			"the stretch; error and drop counters of the devices "
			"there come first",
			from, to);
}

void loss_write(struct derive *d, const struct lost_way *w)
{
	const struct model *m = derive_model(d);
	struct draft *f = loss_draft(d, w);

	if (loss_is_policed(w))
		policer_text(f, m, w);
	else
		title(f, m, w);
	kinds_text(f, m, w);
	if (!loss_is_policed(w) && w->runs.yes)
		burst_text(f, w);
	size_text(f, w);
	fragments_text(f, w);
	basis_text(f, w);
	draft_hop(f, m, w->from_pos, w->to_pos);
	draft_between(f, m, w->from_pos, w->to_pos);
	loss_next(f, m, w);
	loss_frames(f, w, m);
	json_object_set_new(f->measure, "sessions",
			    json_integer((json_int_t)w->sessions));
}
