/* What a TCP endpoint sends: packets, timers, new data and old.
 *
 * tcp_output() sends what is marked lost, then new data within the congestion
 * and the receiver's window, as one group where the host offloads
 * segmentation.  Timers (RTO with backoff, tail loss probe, delayed ACK,
 * keep-alive, persist) carry a generation: a stale one does nothing.
 */
#include "tests/sim/tcp_int.h"

static uint32_t free_window(const struct tcp *c)
{
	uint32_t held = c->paused ? c->rcv_nxt - c->pause_from : 0;

	return held > RCV_BUF ? 0 : RCV_BUF - held;
}

static uint32_t tsval(const struct sim *s, const struct tcp *c)
{
	return c->s->ts_base[c->end] +
	       (uint32_t)(s->now / c->s->ts_tick[c->end]);
}

/* --- building packets --- */

static void add_sack(struct tcp *c, struct pkt *p)
{
	int room = c->ts ? 3 : 4;

	if (!c->sack)
		return;
	if (c->dsack.to) {
		p->sack[p->n_sack][0] = c->irs + c->dsack.from;
		p->sack[p->n_sack++][1] = c->irs + c->dsack.to;
		c->dsack.to = 0;
	}
	for (int k = 0; k < c->n_ooo && p->n_sack < room; k++) {
		int i = (c->last_ooo + k) % c->n_ooo;

		p->sack[p->n_sack][0] = c->irs + c->ooo[i].from;
		p->sack[p->n_sack++][1] = c->irs + c->ooo[i].to;
	}
}

static struct pkt *make(struct sim *s, struct tcp *c, uint32_t off,
			uint8_t flags)
{
	struct session *e = c->s;
	struct pkt *p = pkt_new(e, c->end);
	uint32_t win = free_window(c);
	int shift = c->ws && !(flags & F_SYN) ? e->wscale[c->end] : 0;

	p->flags = flags;
	p->seq = c->iss + off;
	p->ack = flags & F_ACK ? c->irs + c->rcv_nxt : 0;
	if (flags & F_SYN && win > 64240)
		win = 64240;
	win >>= shift;
	p->win = (uint16_t)(win > 65535 ? 65535 : win);
	c->last_adv = (uint32_t)p->win << shift;
	if (c->ts && !(flags & F_RST)) {
		p->opts |= O_TS;
		p->tsval = tsval(s, c);
		p->tsecr = flags & F_ACK ? c->ts_recent : 0;
	}
	if (flags & F_ACK && !(flags & F_SYN)) {
		c->unacked = 0;
		c->ack_timer = false;
		c->ack_gen++;
		c->last_acked = c->rcv_nxt;
	}
	c->last_sent = s->now;
	return p;
}

void tcp_send_ack(struct sim *s, struct tcp *c)
{
	struct pkt *p = make(s, c, c->nxt, F_ACK);

	add_sack(c, p);
	path_send(s, p);
}

void tcp_send_syn(struct sim *s, struct tcp *c, uint8_t flags)
{
	struct session *e = c->s;
	struct pkt *p = make(s, c, 0, flags);

	if (e->mss[c->end])
		p->opts |= O_MSS;
	p->mss = e->mss[c->end];
	if (flags & F_ACK ? c->sack : e->sackok[c->end])
		p->opts |= O_SACKOK;
	if (flags & F_ACK ? c->ws : e->wscale[c->end] >= 0)
		p->opts |= O_WS;
	p->wscale = e->wscale[c->end];
	path_send(s, p);
}

void tcp_send_rst(struct sim *s, struct tcp *c)
{
	path_send(s, make(s, c, c->nxt, F_RST | F_ACK));
}

static void kill_timers(struct tcp *c)
{
	c->rto_gen++;
	c->ack_gen++;
	c->ka_gen++;
	c->persist_gen++;
}

void tcp_die(struct tcp *c)
{
	c->state = T_DEAD;
	kill_timers(c);
}

/* --- timers --- */

static void on_rto(struct sim *s, void *ctx, uint64_t arg);

static int64_t rto(const struct tcp *c)
{
	int64_t t = c->srtt ? c->srtt + 4 * c->rttvar : SEC;

	if (t < RTO_MIN)
		t = RTO_MIN;
	return t << (c->backoff > 6 ? 6 : c->backoff);
}

void tcp_arm_rto(struct sim *s, struct tcp *c)
{
	int64_t t = rto(c), tlp = 2 * c->srtt + (c->seg.n == 1 ? DELACK : MS);

	c->rto_gen++;
	if (c->state == T_OPEN && !c->seg.n)
		return;
	if (c->srtt && !c->tlp_done && !c->recovery && !c->backoff && tlp < t)
		t = tlp;
	sim_at(s, s->now + t, on_rto, c, c->rto_gen);
}

void tcp_on_delack(struct sim *s, void *ctx, uint64_t arg)
{
	struct tcp *c = ctx;

	if (arg == c->ack_gen && c->state == T_OPEN && c->unacked)
		tcp_send_ack(s, c);
}

void tcp_on_keepalive(struct sim *s, void *ctx, uint64_t arg)
{
	struct tcp *c = ctx;
	int64_t last = c->last_rcvd > c->last_sent ? c->last_rcvd
						   : c->last_sent;

	if (arg != c->ka_gen || c->state != T_OPEN || c->fin_sent)
		return;
	if (s->now - last >= c->s->keepalive && !c->seg.n)
		path_send(s, make(s, c, c->nxt - 1, F_ACK));
	sim_at(s, s->now + c->s->keepalive, tcp_on_keepalive, c, c->ka_gen);
}

static void on_persist(struct sim *s, void *ctx, uint64_t arg)
{
	struct tcp *c = ctx;

	if (arg != c->persist_gen || c->state != T_OPEN)
		return;
	c->persist_on = false;
	if (c->seg.n || c->wnd >= c->mss || c->wrote + 1 == c->nxt)
		return;
	path_send(s, make(s, c, c->una - 1, F_ACK));
	if (c->backoff < 6)
		c->backoff++;
	c->persist_on = true;
	sim_at(s, s->now + rto(c), on_persist, c, c->persist_gen);
}

/* --- sending data --- */

uint32_t tcp_pipe(const struct tcp *c)
{
	uint32_t n = 0;

	for (size_t i = 0; i < c->seg.n; i++)
		if (!c->seg.at[i].sacked && !c->seg.at[i].lost)
			n += c->seg.at[i].len;
	return n;
}

static struct pkt *seg_packet(struct sim *s, struct tcp *c, const struct seg *g)
{
	uint32_t len = g->len - g->fin;
	struct pkt *p = make(s, c, g->off, F_ACK);

	if (g->fin)
		p->flags |= F_FIN;
	if (len && g->off + len == c->wrote + 1)
		p->flags |= F_PSH;
	p->pay = len ? c->s->content[c->end] + g->off - 1 : NULL;
	p->len = len;
	return p;
}

static void resend(struct sim *s, struct tcp *c, struct seg *g)
{
	g->lost = false;
	g->times++;
	g->sent = s->now;
	path_send(s, seg_packet(s, c, g));
}

static bool resend_lost(struct sim *s, struct tcp *c)
{
	uint32_t pipe = tcp_pipe(c);

	for (size_t i = 0; i < c->seg.n; i++) {
		struct seg *g = &c->seg.at[i];

		if (!g->lost || g->sacked)
			continue;
		if (pipe && pipe + g->len > c->cwnd)
			return false;
		resend(s, c, g);
		return true;
	}
	return false;
}

static struct seg *push_new(struct sim *s, struct tcp *c, uint32_t len,
			    bool fin)
{
	struct seg *g = VEC_PUSH(&c->seg);

	*g = (struct seg){ .off = c->nxt,
			   .len = len + fin,
			   .sent = s->now,
			   .times = 1,
			   .fin = fin };
	c->nxt += len + fin;
	c->fin_sent |= fin;
	return g;
}

/* One group of new segments.  Return: false where nothing may go. */
static bool send_new(struct sim *s, struct tcp *c)
{
	struct pkt *group[TSO_SEGS];
	uint32_t left = c->wrote + 1 - c->nxt, pipe = tcp_pipe(c);
	uint32_t edge = c->una + c->wnd, total = 0;
	int n = 0, most = c->s->tso[c->end] ? TSO_SEGS : 1;

	if (c->fin_sent)
		return false;
	if (!left) {
		if (!c->want_fin)
			return false;
		struct seg g = *push_new(s, c, 0, true);

		path_send(s, seg_packet(s, c, &g));
		return false;
	}
	while (n < most && left && pipe + total < c->cwnd) {
		uint32_t len = left < c->mss ? left : c->mss;

		if ((int32_t)(edge - c->nxt) < (int32_t)len)
			break;
		bool fin = len == left && c->want_fin && c->s->fin_with_data;
		struct seg g = *push_new(s, c, len, fin);

		group[n++] = seg_packet(s, c, &g);
		total += len;
		left -= len;
	}
	for (int i = 0; i < n; i++) { /* as the host's tap sees the group */
		group[i]->super_part = i > 0;
		group[i]->super_len = i == 0 && n > 1 ? total : 0;
		group[i]->super_flags = group[n - 1]->flags;
		path_send(s, group[i]);
	}
	return n > 0;
}

void tcp_output(struct sim *s, struct tcp *c)
{
	bool idle = !c->seg.n;

	if (c->state != T_OPEN)
		return;
	while (resend_lost(s, c))
		;
	while (send_new(s, c))
		;
	if (idle && c->seg.n)
		tcp_arm_rto(s, c);
	if (!c->seg.n && c->wnd < c->mss && c->wrote + 1 != c->nxt &&
	    !c->persist_on) {
		c->persist_on = true;
		sim_at(s, s->now + rto(c), on_persist, c, ++c->persist_gen);
	}
}

static void on_rto(struct sim *s, void *ctx, uint64_t arg)
{
	struct tcp *c = ctx;
	int64_t t = rto(c);

	if (arg != c->rto_gen || c->state == T_DEAD || c->state == T_CLOSED)
		return;
	if (c->state == T_SYN_SENT || c->state == T_SYN_RCVD) {
		if (++c->tries >= c->s->syn_tries) {
			tcp_die(c);
			return;
		}
		c->backoff++;
		tcp_send_syn(s, c,
			     c->state == T_SYN_SENT ? F_SYN : F_SYN | F_ACK);
		tcp_arm_rto(s, c);
		return;
	}
	if (!c->seg.n)
		return;
	if (!c->tlp_done && c->srtt && !c->recovery && !c->backoff &&
	    s->now - c->seg.at[c->seg.n - 1].sent < t - MS) {
		c->tlp_done = true;
		resend(s, c, &c->seg.at[c->seg.n - 1]);
		tcp_arm_rto(s, c);
		return;
	}
	if (++c->tries > 7) {
		tcp_send_rst(s, c);
		tcp_die(c);
		return;
	}
	c->backoff++;
	c->recovery = false;
	c->dupacks = 0;
	c->ssthresh = tcp_pipe(c) / 2;
	if (c->ssthresh < 2 * c->mss)
		c->ssthresh = 2 * c->mss;
	c->cwnd = c->mss;
	for (size_t i = 0; i < c->seg.n; i++)
		c->seg.at[i].lost = !c->seg.at[i].sacked;
	resend(s, c, &c->seg.at[0]);
	tcp_arm_rto(s, c);
}
