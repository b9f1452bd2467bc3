/* Plausible TCP endpoints (RFC 9293, 5681, 2018, 2883, 6298, 7323), enough
 * that captures look like those of real hosts; no claim to be a stack.
 *
 * Offsets count from the initial sequence number: SYN is 0, data begins at 1,
 * FIN follows the data.  `seg` is the scoreboard from snd_una on, a segment
 * each.  Here: opening, and the script of the application above.
 */
#include "tests/sim/tcp_int.h"

#include <stdlib.h>

/* --- opening --- */

static void opened(struct sim *s, struct tcp *c)
{
	c->state = T_OPEN;
	c->backoff = c->tries = 0;
	c->rto_gen++;
	c->una = c->nxt = 1;
	c->cwnd = 10 * c->mss;
	c->ssthresh = UINT32_MAX / 2;
	relay_opened(s, c);
	if (c->s->keepalive)
		sim_at(s, s->now + c->s->keepalive, tcp_on_keepalive, c,
		       c->ka_gen);
}

/* What both ends' SYNs agree on, as it arrived here. */
static void agree(struct tcp *c, const struct pkt *p)
{
	const struct session *e = c->s;
	uint32_t mine = e->mss[c->end] ? e->mss[c->end] : 536;
	uint32_t theirs = p->opts & O_MSS ? p->mss : 536;

	c->irs = p->seq;
	c->rcv_nxt = 1;
	c->ts = e->ts[c->end] && p->opts & O_TS;
	c->ts_recent = p->tsval;
	c->sack = e->sackok[c->end] && p->opts & O_SACKOK;
	c->ws = e->wscale[c->end] >= 0 && p->opts & O_WS;
	c->mss = (theirs < mine ? theirs : mine) - (c->ts ? 12 : 0);
	c->wnd = p->win;
}

static void server_syn(struct sim *s, struct tcp *c, const struct pkt *p)
{
	if (c->s->silent)
		return;
	if (c->s->refused) {
		struct pkt *r = pkt_new(c->s, c->end);

		r->flags = F_RST | F_ACK;
		r->ack = p->seq + 1;
		path_send(s, r);
		return;
	}
	if (c->state == T_CLOSED) {
		agree(c, p);
		c->state = T_SYN_RCVD;
		tcp_arm_rto(s, c);
	}
	if (c->state == T_SYN_RCVD)
		tcp_send_syn(s, c, F_SYN | F_ACK);
}

static void client_syn(struct sim *s, struct tcp *c, const struct pkt *p)
{
	if (c->state == T_SYN_SENT) {
		agree(c, p);
		opened(s, c);
		tcp_send_ack(s, c);
		tcp_app_step(s, c);
	} else if (c->state == T_OPEN) {
		tcp_send_ack(s, c);
	}
}

void tcp_input(struct sim *s, const struct pkt *p)
{
	struct tcp *c = p->s->tcp[!session_from(p->s, p->way)];

	c->last_rcvd = s->now;
	if (p->flags & F_RST) {
		if (c->state != T_CLOSED) {
			tcp_die(c);
			relay_reset(s, c);
		}
		return;
	}
	if (p->flags & F_SYN) {
		if (p->flags & F_ACK)
			client_syn(s, c, p);
		else
			server_syn(s, c, p);
		return;
	}
	if (c->state == T_DEAD) {
		if (p->len || p->flags & F_FIN)
			tcp_send_rst(s, c);
		return;
	}
	if (c->state == T_SYN_RCVD && p->ack - c->iss == 1) {
		opened(s, c);
		tcp_app_step(s, c);
	}
	if (c->state != T_OPEN)
		return;
	if (c->ts && (int32_t)(p->tsval - c->ts_recent) > 0 &&
	    (int32_t)(p->seq - c->irs - c->last_acked) <= 0)
		c->ts_recent = p->tsval;
	tcp_take_data(s, c, p);
	relay_pass(s, c);
	if (c->state == T_OPEN)
		tcp_take_ack(s, c, p);
}

/* --- the application above --- */

static void on_item(struct sim *s, void *ctx, uint64_t arg)
{
	struct tcp *c = ctx;
	const struct app_item *a = &c->s->script[c->end][arg];

	if (c->state != T_OPEN)
		return;
	c->item++;
	c->item_armed = false;
	c->s->thought[c->end] += s->now - c->armed_at;
	if (a->what == APP_WRITE) {
		c->wrote += a->bytes;
	} else if (a->what == APP_CLOSE) {
		c->want_fin = true;
	} else {
		tcp_send_rst(s, c);
		tcp_die(c);
		return;
	}
	tcp_app_step(s, c);
	tcp_output(s, c);
}

void tcp_app_step(struct sim *s, struct tcp *c)
{
	const struct app_item *a;

	if (c->item >= c->s->n_script[c->end] || c->item_armed ||
	    c->state != T_OPEN)
		return;
	a = &c->s->script[c->end][c->item];
	if (c->rcv_nxt - 1 < a->need)
		return;
	c->item_armed = true;
	c->armed_at = s->now;
	if (a->think || a->what == APP_RESET) /* its ACK goes first */
		sim_at(s, s->now + a->think, on_item, c, c->item);
	else
		on_item(s, c, c->item);
}

void tcp_start(struct sim *s, struct session *e)
{
	for (int k = 0; k < 2; k++) {
		struct tcp *c = e->tcp[k] = mem_zalloc(1, sizeof *c);

		c->s = e;
		c->end = k;
		c->iss = e->iss[k];
		c->ts = e->ts[k];
	}
	e->tcp[0]->state = T_SYN_SENT;
	tcp_send_syn(s, e->tcp[0], F_SYN);
	tcp_arm_rto(s, e->tcp[0]);
}

void tcp_free(struct session *e)
{
	for (int k = 0; k < 2; k++) {
		if (e->tcp[k])
			VEC_FREE(&e->tcp[k]->seg);
		free(e->tcp[k]);
	}
}
