/* What a TCP endpoint makes of what comes: ACKs and SACKs move the scoreboard
 * and say what is lost (RFC 6675, and a resending lost again as RACK would
 * see it); data is put in order and acknowledged, with DSACK for copies.
 */
#include "tests/sim/tcp_int.h"

#include <string.h>

/* --- ACKs come in --- */

static void rtt_sample(struct tcp *c, int64_t r)
{
	if (!c->srtt) {
		c->srtt = r;
		c->rttvar = r / 2;
		return;
	}
	int64_t err = r > c->srtt ? r - c->srtt : c->srtt - r;

	c->rttvar += (err - c->rttvar) / 4;
	c->srtt += (r - c->srtt) / 8;
}

static void take_sack(struct tcp *c, const struct pkt *p)
{
	for (int k = 0; k < p->n_sack; k++) {
		uint32_t l = p->sack[k][0] - c->iss, r = p->sack[k][1] - c->iss;

		if (!c->sack || l < c->una || r <= l || r > c->nxt)
			continue; /* DSACK, or edges a box left behind */
		for (size_t i = 0; i < c->seg.n; i++) {
			struct seg *g = &c->seg.at[i];

			if (g->off >= l && g->off + g->len <= r)
				g->sacked = true;
		}
	}
}

/* Marks as lost what three later segments have overtaken (RFC 6675), again
 * where its resending is older than what was acknowledged since. */
static bool find_lost(struct sim *s, struct tcp *c)
{
	int above = 0;
	bool any = false;
	int64_t newest = 0;

	for (size_t i = c->seg.n; i-- > 0;) {
		struct seg *g = &c->seg.at[i];

		if (g->sacked) {
			above++;
			newest = g->sent > newest ? g->sent : newest;
		} else if (above >= 3 && !g->lost &&
			   (g->times == 1 ||
			    (g->sent < newest &&
			     s->now - g->sent > c->srtt + c->srtt / 4))) {
			g->lost = any = true;
		}
	}
	if (!c->sack && c->dupacks == 3 && c->seg.n && !c->recovery)
		c->seg.at[0].lost = any = true;
	return any;
}

static void acked(struct sim *s, struct tcp *c, uint32_t ack)
{
	size_t n = 0;
	uint32_t bytes = ack - c->una;

	while (n < c->seg.n && c->seg.at[n].off + c->seg.at[n].len <= ack) {
		if (c->seg.at[n].times == 1)
			rtt_sample(c, s->now - c->seg.at[n].sent);
		n++;
	}
	if (n < c->seg.n && c->seg.at[n].off < ack) {
		c->seg.at[n].len -= ack - c->seg.at[n].off;
		c->seg.at[n].off = ack;
	}
	if (n)
		memmove(c->seg.at, c->seg.at + n,
			(c->seg.n - n) * sizeof *c->seg.at);
	c->seg.n -= n;
	c->una = ack;
	c->dupacks = c->backoff = c->tries = 0;
	c->tlp_done = false;
	if (c->recovery && ack >= c->recover)
		c->recovery = false;
	else if (c->recovery && !c->sack && c->seg.n)
		c->seg.at[0].lost = c->seg.at[0].times == 1;
	if (!c->recovery) {
		c->cwnd += c->cwnd < c->ssthresh
				   ? (bytes < 2 * c->mss ? bytes : 2 * c->mss)
				   : c->mss * c->mss / c->cwnd + 1;
		if (c->cwnd > MAX_CWND_SEGS * c->mss)
			c->cwnd = MAX_CWND_SEGS * c->mss;
	}
}

void tcp_take_ack(struct sim *s, struct tcp *c, const struct pkt *p)
{
	uint32_t ack = p->ack - c->iss;
	uint32_t wnd = (uint32_t)p->win << (c->ws ? c->s->wscale[!c->end] : 0);

	if (ack > c->nxt || ack < c->una)
		return;
	take_sack(c, p);
	if (ack > c->una) {
		acked(s, c, ack);
		tcp_arm_rto(s, c);
	} else if (c->seg.n && !p->len && wnd == c->wnd &&
		   !(p->flags & (F_SYN | F_FIN))) {
		c->dupacks++;
	}
	c->wnd = wnd;
	if (c->seg.n && find_lost(s, c) && !c->recovery) {
		c->recovery = true;
		c->recover = c->nxt;
		c->ssthresh = tcp_pipe(c) / 2;
		if (c->ssthresh < 2 * c->mss)
			c->ssthresh = 2 * c->mss;
		c->cwnd = c->ssthresh;
	}
	tcp_output(s, c);
}

/* --- data comes in --- */

static void ooo_add(struct tcp *c, uint32_t from, uint32_t to)
{
	for (int i = 0; i < c->n_ooo;) { /* merge what touches */
		struct range *r = &c->ooo[i];

		if (r->to < from || r->from > to) {
			i++;
			continue;
		}
		from = r->from < from ? r->from : from;
		to = r->to > to ? r->to : to;
		*r = c->ooo[--c->n_ooo];
	}
	if (c->n_ooo == OOO_MAX)
		return;
	c->last_ooo = c->n_ooo;
	c->ooo[c->n_ooo++] = (struct range){ from, to };
}

static void ooo_merge(struct tcp *c)
{
	for (int i = 0; i < c->n_ooo;) {
		if (c->ooo[i].from > c->rcv_nxt) {
			i++;
			continue;
		}
		if (c->ooo[i].to > c->rcv_nxt)
			c->rcv_nxt = c->ooo[i].to;
		c->ooo[i] = c->ooo[--c->n_ooo];
		i = 0;
	}
	c->last_ooo = 0;
}

static bool ooo_has(const struct tcp *c, uint32_t from, uint32_t to)
{
	for (int i = 0; i < c->n_ooo; i++)
		if (c->ooo[i].from <= from && c->ooo[i].to >= to)
			return true;
	return false;
}

static void on_resume(struct sim *s, void *ctx, uint64_t arg)
{
	struct tcp *c = ctx;

	(void)arg;
	c->paused = false;
	if (c->state == T_OPEN)
		tcp_send_ack(s, c);
}

static void pause_reading(struct sim *s, struct tcp *c)
{
	const struct session *e = c->s;

	if (c->end || !e->pause_at || c->was_paused ||
	    c->rcv_nxt <= e->pause_at)
		return;
	c->paused = c->was_paused = true;
	c->pause_from = c->rcv_nxt;
	sim_at(s, s->now + e->pause_len, on_resume, c, 0);
}

void tcp_take_data(struct sim *s, struct tcp *c, const struct pkt *p)
{
	uint32_t off = p->seq - c->irs, fin = !!(p->flags & F_FIN);
	uint32_t to = off + p->len + fin;
	bool now = c->n_ooo > 0 || fin;

	if (off == c->rcv_nxt - 1 && to == off) { /* keep-alive or probe */
		tcp_send_ack(s, c);
		return;
	}
	if (to == off)
		return;
	if (to <= c->rcv_nxt || ooo_has(c, off, to)) {
		c->dsack = (struct range){ off, to };
		tcp_send_ack(s, c);
		return;
	}
	if (fin)
		c->fin_at = to - 1;
	if (off > c->rcv_nxt) {
		ooo_add(c, off, to);
		tcp_send_ack(s, c);
		return;
	}
	c->rcv_nxt = to;
	ooo_merge(c);
	if (c->fin_at && c->rcv_nxt > c->fin_at)
		c->fin_rcvd = true;
	pause_reading(s, c);
	if (now || ++c->unacked >= 2) {
		tcp_send_ack(s, c);
	} else if (!c->ack_timer) {
		c->ack_timer = true;
		sim_at(s, s->now + DELACK, tcp_on_delack, c, ++c->ack_gen);
	}
	tcp_app_step(s, c);
}
