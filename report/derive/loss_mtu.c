/* loss.mtu: a limit on packet size; everything larger is dropped.
 *
 * What: every data segment from some size on is lost, every one below arrives.  A
 * router's error that names a limit between the two settles it; without one it
 * takes several ranges that never got through and several that did.  Where the
 * sender got it and everything came through after all, in smaller packets, that is
 * as it should be: severity is low; not where it goes on in the refused size.  Errors
 * that quote all that was lost need no sizes.  Where a server answers with full segments only,
 * no data arrives at all to compare with; then it takes that all without data does.
 */
#include "report/derive/loss.h"

#include <stdio.h>

#include "base/text.h"
#include "report/derive/reset_origin.h"

#define MTU_LOST 3
#define MTU_BELOW 5
#define RESTS_LOOKED 16
#define MTU_LARGE 1280 /* IP bytes that every path should let through (IPv6) */

static bool looks_like_mtu(const struct lost_way *w)
{
	return loss_lost(w, KIND_DATA) >= MTU_LOST &&
	       w->max_delivered < w->min_lost && w->min_lost != UINT32_MAX &&
	       w->min_lost > LOSS_MTU_LEAST && w->max_delivered > 0;
}

/* Whether a router said so, with a limit between what passed and what did
 * not. */
static bool told_mtu(const struct lost_way *w)
{
	int64_t mtu = w->told ? w->told->m.msg_id : 0;

	return w->told && loss_lost(w, KIND_DATA) && w->max_delivered &&
	       w->max_delivered < w->min_lost && w->min_lost != UINT32_MAX &&
	       (!mtu || (mtu >= w->max_delivered && mtu < w->min_lost));
}

/* Are all that were lost larger than a limit that errors name, which quote each of them,
 * or which each session that lost data got?  Then it is the
 * limit, however large what passed looks: a host's card cuts segments behind the
 * capture, and joins them before it. */
static bool told_of_each(const struct lost_way *w)
{
	uint64_t data = loss_lost(w, KIND_DATA);

	return w->told && w->told->m.msg_id && data &&
	       w->min_lost != UINT32_MAX && w->min_lost > w->told->m.msg_id &&
	       (w->quoted == loss_all(w) ||
		(data == loss_all(w) && w->told_sessions == w->sessions));
}

bool loss_of_large_alone(const struct hop_way *all)
{
	uint64_t empty = 0, lost = 0;

	for (int k = 0; k < KINDS; k++) {
		if (k == KIND_DATA)
			continue;
		empty += all->by_kind[k][FATE_DELIVERED];
		lost += all->by_kind[k][FATE_LOST];
	}
	return all->by_kind[KIND_DATA][FATE_LOST] >= MTU_LOST && !lost &&
	       !all->by_kind[KIND_DATA][FATE_DELIVERED] &&
	       !all->by_kind[KIND_DATA][FATE_UNSEEN] && !all->max_delivered &&
	       all->min_lost >= MTU_LARGE && empty >= MTU_BELOW;
}

bool loss_is_mtu(const struct model *m, const struct lost_way *w)
{
	uint64_t below = loss_entered(m, w, KIND_DATA) -
			 loss_lost(w, KIND_DATA);
	const struct hop_way *all = loss_all_of(m, w);

	return told_mtu(w) || told_of_each(w) ||
	       (all && loss_of_large_alone(all) && w->ranges >= 2) ||
	       (looks_like_mtu(w) && w->ranges >= 2 && below >= MTU_BELOW);
}

void loss_size_text(struct draft *f, const struct lost_way *w)
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

/* Data came through in the end, and none was sent again and again in a size that had
 * been refused. */
static bool was_heeded(const struct lost_way *w)
{
	return w->told && w->told_near && !w->injured && w->max_delivered &&
	       (!w->insisted || w->insisted <= w->told->m.msg_id);
}

static const char *told_words(const struct lost_way *w)
{
	if (was_heeded(w))
		return "The sender got it and sent the same again in smaller "
		       "packets, which arrived: that costs each session a "
		       "round trip.";
	return w->told_near ? "It came by the point nearest to the sender, "
			      "which does not heed it, or a filter behind that "
			      "point drops it."
			    : "It never came by the point nearest to the "
			      "sender: something on the way back drops it.";
}

static void say_told(struct draft *f, const struct lost_way *w)
{
	char words[WORDS];

	if (!w->told)
		return;
	draft_text(f, "%s said so: %s, frame %llu at %s.  %s",
		   w->told->name ? w->told->name : "A router",
		   icmp_words(w->told, words),
		   (unsigned long long)w->told->m.first_frame, w->told_at->name,
		   told_words(w));
	draft_evidence(f, w->told_at->id, w->told->file, w->told->m.first_frame,
		       w->told->m.first_ns, "the ICMP error");
}

/* What passes, and what does not. */
static void say_sizes(struct draft *f, const struct lost_way *w,
		      const char *sizes)
{
	unsigned long long lost = loss_lost(w, KIND_DATA);

	if (!w->max_delivered) {
		draft_text(f,
			   "All %llu data segments made IP packets of %s bytes "
			   "and were lost, every copy; what carries no data "
			   "arrived.  The path's MTU may be less than %u "
			   "bytes%s",
			   lost, sizes, w->min_lost,
			   w->told ? "."
				   : ", but no ICMP error that says so was "
				     "seen.");
		if (!told_of_each(w))
			draft_against(f, "No smaller data was sent this way: "
					 "what drops all data looks the same");
		return;
	}
	if (w->max_delivered >= w->min_lost) {
		draft_text(f,
			   "The data segments that were lost made IP packets "
			   "of %s bytes.  What arrived may look as large, as "
			   "cards join and cut segments (offload).",
			   sizes);
		return;
	}
	draft_text(f,
		   "All %llu data segments that made IP packets of %s bytes "
		   "were lost, every copy; everything up to %u bytes "
		   "arrived.  The path's MTU lies from %u to %u bytes%s",
		   lost, sizes, w->max_delivered, w->max_delivered,
		   w->min_lost - 1,
		   w->told ? "."
			   : ", and no ICMP error that says so was seen.");
}

static bool is_first_of_session(const struct lost_way *w, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (w->kept.at[k].session == w->kept.at[i].session)
			return false;
	return w->kept.at[i].fact.e.copy == 1 && w->kept.at[i].fact.has_near;
}

/* All data was large, and a pause went before it: the pause may be the reason. */
static void say_rest(struct draft *f, const struct derive *d,
		     const struct lost_way *w)
{
	int64_t rest = INT64_MAX;
	char span[TEXT_UNIT];

	for (size_t i = 0; i < w->kept.n && i < RESTS_LOOKED; i++) {
		const struct kept_loss *x = &w->kept.at[i];
		struct flow_row flow;
		int64_t one;

		if (!is_first_of_session(w, i) ||
		    !derive_flow(d, x->flow, &flow))
			continue;
		one = rest_before(d, &flow, x->fact.near.time_ns);
		rest = one < rest ? one : rest;
		flow_row_release(&flow);
	}
	if (rest < REST_NS || rest == INT64_MAX)
		return;
	draft_against(f,
		      "before that nothing had been sent for %s or more: what "
		      "forgets idle sessions sooner than that fits as well",
		      text_duration(rest, span));
	json_object_set_new(f->measure, "idle_min_ns", json_integer(rest));
}

static void title(struct draft *f, const struct lost_way *w, const char *sizes,
		  const char *from, const char *to)
{
	char more[64] = "what carries no data does", larger[40];

	if (w->told && w->told->m.msg_id) {
		unsigned long long mtu = (unsigned long long)w->told->m.msg_id;

		if (w->max_delivered >= w->min_lost) {
			snprintf(larger, sizeof larger, "more than %llu", mtu);
			sizes = larger;
		}
		draft_title(f,
			    "Packets of %s bytes never get from %s to %s: %s "
			    "says that its MTU is %llu",
			    sizes, from, to,
			    w->told->name ? w->told->name : "a router", mtu);
		return;
	}
	if (w->max_delivered)
		snprintf(more, sizeof more, "up to %u bytes do",
			 w->max_delivered);
	draft_title(f, "Packets of %s bytes never get from %s to %s; %s", sizes,
		    from, to, more);
}

void loss_write_mtu(struct derive *d, const struct lost_way *w)
{
	const struct model *m = derive_model(d);
	struct draft *f = draft_new(d, "loss.mtu",
				    was_heeded(w) ? SEV_LOW : SEV_HIGH,
				    w->max_delivered || w->told ? 80 : 60);
	const char *from = model_point_name(m, w->from_pos);
	const char *to = model_point_name(m, w->to_pos);
	char sizes[32];

	if (w->max_lost > w->min_lost)
		snprintf(sizes, sizeof sizes, "%u to %u", w->min_lost,
			 w->max_lost);
	else
		snprintf(sizes, sizeof sizes, "%u", w->min_lost);
	title(f, w, sizes, from, to);
	say_sizes(f, w, sizes);
	if (!w->max_delivered && !w->told)
		say_rest(f, d, w);
	say_told(f, w);
	loss_kinds_text(f, m, w);
	loss_basis_text(f, w);
	loss_astray_text(f, m, w);
	draft_hop(f, m, w->from_pos, w->to_pos);
	if (w->quoted == loss_all(w) && w->told && w->told->name)
		draft_place(f, "%s, which got the packets and sends the errors",
			    w->told->name);
	else
		draft_between(f, m, w->from_pos, w->to_pos);
	if (!w->max_delivered)
		draft_next(f, "try with a smaller MSS or MTU at the receiver: "
			      "if answers come then, it is their size");
	draft_next(f,
		   was_heeded(w)
			   ? "an MSS clamped to that MTU would save the round "
			     "trip"
			   : "let ICMP 'fragmentation needed' through, or "
			     "clamp the MSS on the way, or lower the MTU of "
			     "the sender");
	loss_frames(f, w, m);
}
