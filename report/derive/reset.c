/* reset.endpoint, reset.path: who sent the RST.
 *
 * A RST that the capture nearest to its sender has as well is the sender's own,
 * or came from beyond that point, as its time to live may show; one that appears
 * on a hop with evidence that it did not come from the near side (fate injected)
 * was made between (reset_made.c).
 * Where the points nearer to the server have none of its packets in the session, they may
 * never have any (it answers by another way): then the first point that has tells.
 * Otherwise they should have had the reset: reset_absent.c tells that they have not, unless
 * their captures had ended or not begun: then who sent it is not known (reset_cover.c).
 * A reset is worth a finding where it ended something: the server's, before the
 * server answered; or after answers, as reset_killed.c tells; or one that meets the
 * middle of a connection that opened nowhere, as a NAT makes it that forgot a session
 * (reset_stray.c).  If a close and a request crossed, it is of low severity, as a client
 * that uses an idle connection again always runs that risk; of medium severity where it
 * happens again: then both sides wait about as long.  If the client's host had the close
 * before, the client has not looked: that is low.
 * After other FINs, or sent by a client that had its answer, it is how many programs
 * close.  So do servers that took a stream and never answer: after more than a
 * first request the reset is said, as something low.  Where nothing was asked, a
 * reset that answers the SYN refuses, unless it comes AT_ONCE_NS after the last of
 * them, when a device may have given up; one within AT_ONCE_NS of the SYN,ACK ends what
 * was accepted before it could be of use; a later one has waited in vain (low).
 * Nor has a server refused a request of which it acknowledged nothing for so long: it
 * may never have had it.
 * What words these are told in: reset_tell.c.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/time.h"
#include "report/derive/reset_absent.h"
#include "report/derive/reset_cover.h"
#include "report/derive/reset_killed.h"
#include "report/derive/reset_made.h"
#include "report/derive/reset_taken.h"
#include "report/derive/witness.h"
#include "report/derive/words.h"

#define AT_ONCE_NS 1000000000LL

struct reset {
	struct reset_groups groups;
	struct made_resets made;
	struct absent_resets absent;
	struct taken_resets taken;
	struct strays strays;
	struct known_servers known;
};

static void *begin(struct derive *d)
{
	(void)d;
	return mem_zalloc(1, sizeof(struct reset));
}

/* The first RST of the direction at the point nearest to its sender. */
static const struct fact *first_reset(const struct session_facts *facts,
				      const struct session_view *v, int dir)
{
	int near = session_near_flow(v, dir);

	for (size_t i = 0; i < facts->resets.n; i++) {
		const struct fact *k = &facts->resets.at[i];

		if (k->dir == dir && k->from == near && k->has_near &&
		    k->e.fate != FATE_INJECTED)
			return k;
	}
	return NULL;
}

/* Where the points nearer to the server have nothing that it sends in this session, the
 * first point that has. */
static bool first_beyond(const struct derive *d,
			 const struct session_facts *facts,
			 const struct session_view *v, struct fact *k)
{
	int near = session_near_flow(v, 1), step = near ? -1 : 1;
	int n = (int)v->row.n_flows, at = near;

	while (at >= 0 && at < n && !v->flow[at].row.packets[1])
		at += step;
	if (at == near || at < 0 || at == n || !v->flow[at].dir[1].rst)
		return false;
	for (size_t i = 0; i < facts->resets.n; i++) {
		const struct fact *r = &facts->resets.at[i];

		if (r->dir == 1 && r->e.fate != FATE_OUTSIDE &&
		    (at - r->from) * step > 0)
			return false;
	}
	*k = (struct fact){ .dir = 1, .from = at, .has_near = true };
	return derive_record(d, &v->flow[at].row, 1, REC_RST, &k->near,
			     &k->near_file);
}

/* Do all points nearer to the server than flow @at never have what it sends, as with
 * direct server return? */
static bool goes_round(struct derive *d, const struct session_view *v, int at)
{
	int near = session_near_flow(v, 1), step = near ? -1 : 1;

	for (int i = near; i != at; i += step)
		if (!witness_one_way(derive_witness(d),
				     v->row.flows[i].point_pos))
			return false;
	return true;
}

/* Where the captures nearer to the server have ended, or have not begun: the first point
 * that has one. */
static bool first_uncovered(struct derive *d, const struct session_view *v,
			    struct fact *k)
{
	int at = session_near_flow(v, 1), step = at ? -1 : 1;

	while (at >= 0 && at < (int)v->row.n_flows && !v->flow[at].dir[1].rst)
		at += step;
	if (at < 0 || at == (int)v->row.n_flows)
		return false;
	*k = (struct fact){ .dir = 1, .from = at, .has_near = true };
	return derive_record(d, &v->flow[at].row, 1, REC_RST, &k->near,
			     &k->near_file) &&
	       reset_uncovered(d, v, at, k->near.time_ns);
}

/* That of a session that one point has alone: there is no hop to tell of it. */
static const struct fact *reset_alone(const struct derive *d,
				      const struct session_view *v,
				      struct fact *k)
{
	*k = (struct fact){ .dir = 1, .has_near = true };
	return v->flow[0].dir[1].rst &&
			       derive_record(d, &v->flow[0].row, 1, REC_RST,
					     &k->near, &k->near_file)
		       ? k
		       : NULL;
}

/* The server's, at the point nearest to it that tells.  @facts: NULL: not swept, as nothing
 * that both points have is odd.  NULL: there is none. */
static const struct fact *first_of(struct derive *d,
				   const struct session_view *v,
				   const struct session_facts *facts,
				   struct fact *alone)
{
	const struct fact *k = NULL;

	if (v->row.n_flows == 1)
		return reset_alone(d, v, alone);
	if (facts)
		k = first_reset(facts, v, 1);
	if (!k && ((facts && first_beyond(d, facts, v, alone)) ||
		   first_uncovered(d, v, alone)))
		k = alone;
	return k;
}

/* What has the client's packets: the point of the reset, or the nearest to it. */
static const struct flow_view *asked_at(const struct session_view *v, int from)
{
	int step = session_near_flow(v, 1) ? -1 : 1;

	for (int i = from; i >= 0 && i < (int)v->row.n_flows; i += step)
		if (v->flow[i].row.packets[0])
			return &v->flow[i];
	return &v->flow[from];
}

/* The server's reset @k of a session in which nobody has said anything; @c2s has the
 * client's packets.  One whose
 * opening no capture has is the end of something that nobody saw; one of a client that
 * never acknowledged the SYN,ACK is the server's giving up (stop_half.c). */
static enum reset_how unasked(const struct flow_view *f,
			      const struct flow_view *c2s, const struct fact *k)
{
	if (!c2s->dir[0].syn)
		return RESET_NOT;
	if (!f->dir[1].syn)
		return f->row.packets[0] &&
				       time_sub(k->near.time_ns,
						f->dir[0].last_ns) >= AT_ONCE_NS
			       ? RESET_LATE
			       : RESET_REFUSED;
	if (c2s->dir[0].packets <= c2s->dir[0].syn_count)
		return RESET_NOT;
	return time_sub(k->near.time_ns, f->dir[1].syn_ns) < AT_ONCE_NS
		       ? RESET_OPENED
		       : RESET_UNUSED;
}

/* Was the first request sent long before the reset @k, and has the server acknowledged
 * none of it?  A host that refuses what it got acknowledges it in its reset, at once. */
static bool is_unheard(const struct derive *d, const struct flow_view *f,
		       const struct fact *k)
{
	struct record ack = k->near, asked;
	int64_t at = k->near.time_ns, file;

	return f->dir[0].syn &&
	       (ack.tcp_flags & REC_ACK ||
		derive_last(d, &f->row, 1, REC_ACK, at, &ack, NULL)) &&
	       flow_relative(f, 0, ack.ack64) == 1 &&
	       derive_after(d, &f->row, 0, INT64_MIN, at, &asked, &file) &&
	       time_sub(at, asked.time_ns) >= AT_ONCE_NS;
}

static void session(void *state, struct derive *d, const struct session_view *v,
		    const struct session_facts *facts)
{
	enum reset_how how = RESET_NOT;
	struct reset_last last = { 0 };
	struct reset *s = state;
	const struct flow_view *f, *c2s;
	const struct fact *k;
	struct fact alone;

	if (v->row.proto != 6 || v->row.verdict == PAIR_AMBIGUOUS || !v->flow)
		return;
	known_add(&s->known, v);
	for (size_t i = 0; facts && i < facts->injected.n; i++) {
		if (facts->injected.at[i].e.kind == KIND_RST) {
			made_between(&s->made, d, v, &facts->injected.at[i]);
			/* what either end still sends is refused, too */
			derive_claim_losses(d, v->row.id);
			return;
		}
	}
	if (facts || v->row.n_flows == 1)
		stray_heard(&s->strays, d, v);
	if (facts && taken_add(&s->taken, d, v, facts))
		return;
	k = first_of(d, v, facts, &alone);
	/* a lossy session that was given up is another matter: the reset is not
	 * the cause */
	if (!k || (facts && facts->n_lost > 0) ||
	    derive_losses_claimed(d, v->row.id))
		return;
	if (!goes_round(d, v, k->from) &&
	    !reset_uncovered(d, v, k->from, k->near.time_ns)) {
		absent_refused(&s->absent, d, v, k);
		return;
	}
	f = &v->flow[k->from];
	c2s = asked_at(v, k->from);
	if (stray_is_bare(d, v, k)) {
		reset_add(&s->groups, d, v, k, RESET_BARE, &last);
		return;
	}
	if (c2s->dir[0].fin && !(f->dir[1].fin && f->dir[1].bytes))
		return;
	if (reset_answered(d, f, k))
		how = reset_killed(d, f, k, &last);
	else if (stray_is(d, v, k))
		how = RESET_STRAY;
	else if (c2s->dir[0].bytes)
		how = c2s->dir[0].bytes >= RESET_REQUEST_MOST ? RESET_TAKEN
		      : f == c2s && is_unheard(d, f, k)       ? RESET_UNHEARD
							      : RESET_REQUEST;
	else
		how = unasked(f, c2s, k);
	if (c2s->dir[0].fin && how != RESET_CROSSED)
		return;
	if (made_beyond(&s->made, d, v, k, how == RESET_NOT))
		return;
	if (how == RESET_STRAY)
		stray_add(&s->strays, v, k);
	if (how == RESET_REFUSED)
		absent_leaves(&s->absent, v->row.flows[k->from].point_pos);
	if (how != RESET_NOT)
		reset_add(&s->groups, d, v, k, how, &last);
}

static void finish(void *state, struct derive *d)
{
	struct reset *s = state;

	reset_tell(&s->groups, d, &s->strays, &s->known);
	made_finish(&s->made, derive_model(d));
	absent_finish(&s->absent, derive_model(d));
	taken_finish(&s->taken, d, &s->strays);
	stray_free(&s->strays);
	known_free(&s->known);
	free(s);
}

const struct rule_group rules_reset = { "reset", begin, session, finish };
