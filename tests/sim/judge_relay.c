/* Relays: what is said across one, and what was left apart.
 *
 * The two sides are sessions of their own with the same contents, so bytes are
 * compared by their place in the stream: what is said to be delivered must be
 * at the far frame, what is said to be lost must never have been sent there.
 */
#include "tests/sim/decide.h"

#include <stdlib.h>
#include <string.h>

#define COMMON 24 /* bytes */

static const struct session *sess_of(const struct judge *j, uint32_t pkt)
{
	return j->s->sess[unit_pkt(j, pkt)->sess];
}

/* Place of the packet's first byte in the stream; below 0 in what the relay put
 * before it. */
static int64_t place(const struct judge *j, uint32_t pkt)
{
	const struct truth_pkt *t = unit_pkt(j, pkt);
	const struct session *e = sess_of(j, pkt);
	int end = session_from(e, t->way);

	return (int64_t)(uint32_t)(t->seq - e->iss[end] - 1) - e->header[end];
}

/* Does some packet of frame @f carry bytes of [from, to) of @e's @way? */
static bool carries(const struct judge *j, const struct frame_pkt *f, int n,
		    const struct session *e, int way, int64_t from, int64_t to)
{
	for (int i = 0; i < n; i++) {
		const struct truth_pkt *t = unit_pkt(j, f[i].pkt);
		int64_t at = place(j, f[i].pkt);

		if (j->s->sess[t->sess] == e && t->way == way && at < to &&
		    at + t->len > from)
			return true;
	}
	return false;
}

static bool ever_sent(const struct judge *j, const struct session *e, int way,
		      int64_t from, int64_t to)
{
	const uint32_t *at = j->roots[e->id * 2 + (uint32_t)way].at;

	for (size_t i = 0; i < j->roots[e->id * 2 + (uint32_t)way].n; i++) {
		int64_t p = place(j, at[i]);

		if (p < to && p + unit_pkt(j, at[i])->len > from)
			return true;
	}
	return false;
}

/* Where places say nothing: is a packet of the frame of the same bytes? */
static bool has_copy(const struct judge *j, const struct frame_pkt *f, int n,
		     const struct session *e, const struct truth_pkt *near)
{
	for (int i = 0; i < n; i++) {
		const struct truth_pkt *t = unit_pkt(j, f[i].pkt);

		if (j->s->sess[t->sess] == e && t->way == near->way &&
		    t->len == near->len && t->pay_hash == near->pay_hash)
			return true;
	}
	return false;
}

static void judge_line(struct judge *j, const struct line *l, uint32_t first,
		       uint32_t so_far)
{
	const struct session *e = sess_of(j, first);
	const struct truth_pkt *t = unit_pkt(j, first);
	int64_t from = place(j, first) + so_far, to = from + l->len;
	int n;
	const struct frame_pkt *f = index_frame(j, l->to, l->far_frame, &n);
	const struct session *o = e->other ? e->other : e->own;
	const char *wrong = NULL;

	if (!o || (e->own && session_from(e, t->way) == 0)) {
		if (l->claim != C_DELIVERED && l->claim != C_LOST)
			return;
		if (o && l->claim == C_DELIVERED && has_copy(j, f, n, o, t))
			return;
		wrong = "a fate where bytes are changed";
	} else if (t->kind != K_DATA && !t->len) {
		wrong = "what is no data has a fate";
	} else if (l->claim == C_DELIVERED) {
		if (carries(j, f, n, o, t->way, from, to)) {
			j->t->matched++;
			return;
		}
		j->t->mismatched++;
		j->mismatched++;
		wrong = "wrong counterpart";
	} else if (l->claim == C_LOST) {
		if (!ever_sent(j, o, t->way, from, to)) {
			j->t->fate[R_LOST][K_DATA].right++;
			return;
		}
		wrong = "false lost";
	} else if (l->claim == C_UNSEEN || l->claim == C_INJECTED) {
		wrong = "no such fate can be known";
	}
	if (!wrong)
		return;
	j->t->relay_wrong++;
	judge_complain(j,
		       "over a relay: %s: %s->%s frame %u (said %u), %s, "
		       "session %lld, packet %u",
		       wrong, j->s->point[l->from].name,
		       j->s->point[l->to].name, l->frame, l->far_frame,
		       l->reason, (long long)l->session, first);
}

/* Packets of the near frame with bytes of [from, to) have been given a fate. */
static void note_said(struct judge *j, const struct frame_pkt *f, int n,
		      int64_t from, int64_t to)
{
	for (int i = 0; i < n; i++) {
		int64_t at = place(j, f[i].pkt);

		if (at < to && at + unit_pkt(j, f[i].pkt)->len > from)
			j->over_relay[f[i].pkt] = true;
	}
}

void judge_relayed(struct judge *j, const struct line *l, size_t n)
{
	int m;
	const struct frame_pkt *f = index_frame(j, l->from, l->frame, &m);
	const struct session *e = m ? sess_of(j, f->pkt) : NULL;
	uint32_t so_far = 0;

	for (size_t k = 0; k < n && m; k++) {
		const struct truth_pkt *t = unit_pkt(j, f->pkt);
		uint32_t at = so_far;

		if (l[k].rel_known)
			at = (uint32_t)l[k].rel_seq -
			     (t->seq - e->iss[session_from(e, t->way)]);
		judge_line(j, &l[k], f->pkt, at);
		so_far = at + l[k].len;
		if (l[k].claim == C_DELIVERED || l[k].claim == C_LOST)
			note_said(j, f, m, place(j, f->pkt) + at,
				  place(j, f->pkt) + so_far);
	}
}

/* Payload that a snap length leaves of @e's packets at @p, at least. */
static uint32_t left_by_snap(const struct judge *j, const struct session *e,
			     int p)
{
	uint32_t snap = j->s->point[p].snap;
	uint32_t headers = 14 + 4 + (e->v6 ? 40 : 20) + 20 + 12;

	return !snap ? UINT32_MAX : snap > headers ? snap - headers : 0;
}

/* Was the opening both ways and data both ways of @e captured at @p? */
static bool well_captured(const struct judge *j, const struct session *e, int p)
{
	unsigned has = 0;
	uint32_t least = COMMON;

	for (int d = 0; d < 2; d++)
		least = e->header[d] > least ? e->header[d] : least;

	if (left_by_snap(j, e, p) < least)
		return false;
	for (int way = 0; way < 2; way++) {
		const uint32_t *at = j->roots[e->id * 2 + (uint32_t)way].at;

		for (size_t i = 0; i < j->roots[e->id * 2 + (uint32_t)way].n;
		     i++) {
			const struct truth_pkt *t = unit_pkt(j, at[i]);

			if (!t->at[p].frame)
				continue;
			has |= t->kind == K_SYN ? 1u << way
			       : t->len > 30    ? 4u << way
						: 0;
		}
	}
	return has == 15;
}

/* Does another session begin with the same bytes, so that content does not tell
 * one from the other? */
static bool is_common(const struct judge *j, const struct session *e)
{
	for (size_t i = 0; i < j->s->n_sess; i++) {
		const struct session *o = j->s->sess[i];

		if (o == e || o == e->other || o->what != S_TCP)
			continue;
		for (int d = 0; d < 2; d++) {
			uint32_t x = e->header[d], y = o->header[d];
			uint32_t n = e->total[d] - x < o->total[d] - y
					     ? e->total[d] - x
					     : o->total[d] - y;

			n = n < COMMON ? n : COMMON;
			if (n > 0 &&
			    !memcmp(e->content[d] + x, o->content[d] + y, n))
				return true;
		}
	}
	return false;
}

/* Points that the tool joined over the relay of session @x. */
static void note_joined(struct judge *j, uint32_t (*at)[SIM_POINTS], uint32_t x)
{
	const struct session *e = j->s->sess[x];

	for (int p = 0; p < j->s->n_points; p++)
		for (int q = 0; q < j->s->n_points; q++)
			if (e->other && relay_between(e, p, q) &&
			    at[x][p] != UINT32_MAX &&
			    at[x][p] == at[e->other->id][q])
				j->joined[x] |= 1ull << (p * SIM_POINTS + q);
}

/* Do the captures on the relay itself, which name its connections, have both
 * sides of @e well?  Then nothing else need tell them. */
static void judge_named(struct judge *j, const struct session *e,
			uint32_t (*at)[SIM_POINTS])
{
	int p = e->relay_right ? e->relay_seg : e->relay_seg - 1;
	int q = e->relay_right ? e->relay_seg - 1 : e->relay_seg;
	uint32_t is = at[e->id][p], other = at[e->other->id][q];

	if (!(j->s->point[p].trailer || j->s->point[q].trailer) ||
	    !well_captured(j, e, p) || !well_captured(j, e->other, q))
		return;
	j->t->named++;
	if (is != UINT32_MAX && is == other)
		return;
	j->t->named_apart++;
	judge_complain(j, "named by trailers, and left apart: %u and %u", e->id,
		       e->other->id);
}

void judge_relays(struct judge *j, uint32_t (*at)[SIM_POINTS])
{
	for (uint32_t x = 0; x < j->s->n_sess; x++) {
		const struct session *e = j->s->sess[x];
		bool could = false, joined = false;

		note_joined(j, at, x);
		if (e->other && e->other->id > x)
			judge_named(j, e, at);
		if (!e->other || e->other->id < x || is_common(j, e))
			continue;
		for (int p = 0; p < j->s->n_points; p++)
			for (int q = 0; q < j->s->n_points; q++) {
				if (!relay_between(e, p, q) ||
				    !well_captured(j, e, p) ||
				    !well_captured(j, e->other, q))
					continue;
				could = true;
				joined |= at[x][p] != UINT32_MAX &&
					  at[x][p] == at[e->other->id][q];
			}
		j->t->relays += could;
		j->t->relays_apart += could && !joined;
		if (could && !joined && getenv("SIM_RELAYS"))
			fprintf(j->out, "relay: %u and %u are left apart\n", x,
				e->other->id);
	}
}

/* --- silence --- */

/* Does another packet of @e's @way with bytes of @id have a frame at @p? */
static bool is_repeated(const struct judge *j, const struct session *e, int way,
			uint32_t id, int p)
{
	int64_t from = place(j, id), to = from + unit_pkt(j, id)->len;
	const uint32_t *at = j->roots[e->id * 2 + (uint32_t)way].at;

	for (size_t i = 0; i < j->roots[e->id * 2 + (uint32_t)way].n; i++) {
		int64_t o = place(j, at[i]);

		if (at[i] != id && unit_pkt(j, at[i])->at[p].frame && o < to &&
		    o + unit_pkt(j, at[i])->len > from)
			return true;
	}
	return false;
}

/* Bytes of [from, to) of @e's @way in frames at @q. */
static int64_t captured(const struct judge *j, const struct session *e, int way,
			int64_t from, int64_t to, int q)
{
	const uint32_t *at = j->roots[e->id * 2 + (uint32_t)way].at;
	int64_t n = 0;

	for (size_t i = 0; i < j->roots[e->id * 2 + (uint32_t)way].n; i++) {
		const struct truth_pkt *t = unit_pkt(j, at[i]);
		int64_t a = place(j, at[i]), b = a + t->len;

		a = a > from ? a : from;
		b = b < to ? b : to;
		n += t->at[q].frame && b > a ? b - a : 0;
	}
	return n;
}

/* @way of @e, which goes into its relay after @p and comes out before @q. */
static void count_silence(struct judge *j, const struct session *e, int way,
			  int p, int q)
{
	const uint32_t *at = j->roots[e->id * 2 + (uint32_t)way].at;

	for (size_t i = 0; i < j->roots[e->id * 2 + (uint32_t)way].n; i++) {
		const struct truth_pkt *t = unit_pkt(j, at[i]);
		int64_t from = place(j, at[i]), to = from + t->len;

		if (!t->len || !t->at[p].frame ||
		    captured(j, e->other, way, from, to, q) < t->len ||
		    is_repeated(j, e, way, at[i], p))
			continue;
		j->t->relay_data++;
		if (j->over_relay[at[i]])
			continue;
		j->t->relay_silent++;
		judge_complain(j,
			       "over a relay: nothing said: %s->%s frame %u, "
			       "packet %u",
			       j->s->point[p].name, j->s->point[q].name,
			       t->at[p].frame, at[i]);
	}
}

static bool any_captured(const struct judge *j, const struct session *e,
			 int way, int p)
{
	const uint32_t *at = j->roots[e->id * 2 + (uint32_t)way].at;

	for (size_t i = 0; i < j->roots[e->id * 2 + (uint32_t)way].n; i++)
		if (unit_pkt(j, at[i])->at[p].frame)
			return true;
	return false;
}

/* The joined points next to the relay of @e that have its @way; none: false. */
static bool ends_of_relay(const struct judge *j, const struct session *e,
			  int way, int *p, int *q)
{
	int step = way ? -1 : 1, a = way ? e->relay_seg : e->relay_seg - 1;
	int b = a + step, n = j->s->n_points;

	while (a >= 0 && a < n && !any_captured(j, e, way, a))
		a -= step;
	while (b >= 0 && b < n && !any_captured(j, e->other, way, b))
		b += step;
	*p = a;
	*q = b;
	return a >= 0 && a < n && b >= 0 && b < n &&
	       j->joined[e->id] >> (a * SIM_POINTS + b) & 1;
}

void judge_relay_silence(struct judge *j)
{
	for (uint32_t x = 0; x < j->s->n_sess; x++) {
		const struct session *e = j->s->sess[x];
		int p, q, way = e->other && e->relay_right;

		if (e->other && ends_of_relay(j, e, way, &p, &q))
			count_silence(j, e, way, p, q);
	}
}
