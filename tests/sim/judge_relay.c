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

/* Place of the packet's first byte in the stream. */
static uint32_t place(const struct judge *j, uint32_t pkt)
{
	const struct truth_pkt *t = unit_pkt(j, pkt);
	const struct session *e = sess_of(j, pkt);

	return t->seq - e->iss[session_from(e, t->way)] - 1;
}

/* Does some packet of frame @f carry bytes of [from, to) of @e's @way? */
static bool carries(const struct judge *j, const struct frame_pkt *f, int n,
		    const struct session *e, int way, uint32_t from,
		    uint32_t to)
{
	for (int i = 0; i < n; i++) {
		const struct truth_pkt *t = unit_pkt(j, f[i].pkt);
		uint32_t at = place(j, f[i].pkt);

		if (j->s->sess[t->sess] == e && t->way == way && at < to &&
		    at + t->len > from)
			return true;
	}
	return false;
}

static bool ever_sent(const struct judge *j, const struct session *e, int way,
		      uint32_t from, uint32_t to)
{
	const uint32_t *at = j->roots[e->id * 2 + (uint32_t)way].at;

	for (size_t i = 0; i < j->roots[e->id * 2 + (uint32_t)way].n; i++) {
		uint32_t p = place(j, at[i]);

		if (p < to && p + unit_pkt(j, at[i])->len > from)
			return true;
	}
	return false;
}

static void judge_line(struct judge *j, const struct line *l, uint32_t first,
		       uint32_t so_far)
{
	const struct session *e = sess_of(j, first);
	const struct truth_pkt *t = unit_pkt(j, first);
	uint32_t from = place(j, first) + so_far, to = from + l->len;
	int n;
	const struct frame_pkt *f = index_frame(j, l->to, l->far_frame, &n);
	const char *wrong = NULL;

	if (t->kind != K_DATA && !t->len) {
		wrong = "what is no data has a fate";
	} else if (l->claim == C_DELIVERED) {
		if (carries(j, f, n, e->other, t->way, from, to)) {
			j->t->matched++;
			return;
		}
		j->t->mismatched++;
		wrong = "wrong counterpart";
	} else if (l->claim == C_LOST) {
		if (!ever_sent(j, e->other, t->way, from, to)) {
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
	}
}

/* Was the opening both ways and data both ways of @e captured at @p? */
static bool well_captured(const struct judge *j, const struct session *e, int p)
{
	unsigned has = 0;

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
			uint32_t n = e->total[d] < o->total[d] ? e->total[d]
							       : o->total[d];

			n = n < COMMON ? n : COMMON;
			if (n > 0 && !memcmp(e->content[d], o->content[d], n))
				return true;
		}
	}
	return false;
}

void judge_relays(struct judge *j, uint32_t (*at)[SIM_POINTS])
{
	for (uint32_t x = 0; x < j->s->n_sess; x++) {
		const struct session *e = j->s->sess[x];
		bool could = false, joined = false;

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
