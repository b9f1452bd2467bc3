/* Plausible TCP endpoints (RFC 9293, 5681, 2018, 2883, 6298, 7323), enough
 * that captures look like those of real hosts; no claim to be a stack.
 *
 * Offsets count from the initial sequence number: SYN is 0, data begins at 1,
 * FIN follows the data.  `seg` is the scoreboard from snd_una on, a segment
 * each.  output() sends what is marked lost, then new data within the
 * congestion and the receiver's window, as one group where the host offloads
 * segmentation.  Timers carry a generation: a stale one does nothing.
 */
#include "tests/sim/sim.h"

#include <stdlib.h>
#include <string.h>

#define RTO_MIN (200 * MS)
#define DELACK (40 * MS)
#define OOO_MAX 32
#define TSO_SEGS 12
#define MAX_CWND_SEGS 64
#define RCV_BUF 262144u

enum tcp_state { T_CLOSED, T_SYN_SENT, T_SYN_RCVD, T_OPEN, T_DEAD };

struct seg {
	uint32_t off, len; /* len counts a FIN */
	int64_t sent;
	int times;
	bool sacked, lost, fin;
};

struct range {
	uint32_t from, to;
};

struct tcp {
	struct session *s;
	int end; /* 0 client, 1 server */
	enum tcp_state state;
	bool ts, sack, ws;
	uint32_t iss, irs, mss;
	/* sending */
	uint32_t una, nxt, wrote, cwnd, ssthresh, wnd, recover;
	bool want_fin, fin_sent, recovery;
	int dupacks, backoff, tries;
	int64_t srtt, rttvar, last_sent, last_rcvd;
	struct VEC(struct seg) seg;
	uint64_t rto_gen, ack_gen, ka_gen, persist_gen;
	bool tlp_done, persist_on;
	/* receiving */
	uint32_t rcv_nxt, pause_from, last_adv, last_acked;
	struct range ooo[OOO_MAX];
	int n_ooo, last_ooo, unacked;
	struct range dsack;
	bool paused, was_paused, fin_rcvd, ack_timer;
	uint32_t fin_at; /* 0: none seen */
	uint32_t ts_recent;
	/* application */
	size_t item;
	bool item_armed;
};

static void output(struct sim *s, struct tcp *c);
static void app_step(struct sim *s, struct tcp *c);

static uint32_t peer_port_window(const struct tcp *c)
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
	uint32_t win = peer_port_window(c);
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

static void send_ack(struct sim *s, struct tcp *c)
{
	struct pkt *p = make(s, c, c->nxt, F_ACK);

	add_sack(c, p);
	path_send(s, p);
}

static void send_syn(struct sim *s, struct tcp *c, uint8_t flags)
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

static void send_rst(struct sim *s, struct tcp *c)
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

static void die(struct tcp *c)
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

static void arm_rto(struct sim *s, struct tcp *c)
{
	int64_t t = rto(c), tlp = 2 * c->srtt + (c->seg.n == 1 ? DELACK : MS);

	c->rto_gen++;
	if (c->state == T_OPEN && !c->seg.n)
		return;
	if (c->srtt && !c->tlp_done && !c->recovery && !c->backoff && tlp < t)
		t = tlp;
	sim_at(s, s->now + t, on_rto, c, c->rto_gen);
}

static void on_delack(struct sim *s, void *ctx, uint64_t arg)
{
	struct tcp *c = ctx;

	if (arg == c->ack_gen && c->state == T_OPEN && c->unacked)
		send_ack(s, c);
}

static void on_keepalive(struct sim *s, void *ctx, uint64_t arg)
{
	struct tcp *c = ctx;
	int64_t last = c->last_rcvd > c->last_sent ? c->last_rcvd
						   : c->last_sent;

	if (arg != c->ka_gen || c->state != T_OPEN || c->fin_sent)
		return;
	if (s->now - last >= c->s->keepalive && !c->seg.n)
		path_send(s, make(s, c, c->nxt - 1, F_ACK));
	sim_at(s, s->now + c->s->keepalive, on_keepalive, c, c->ka_gen);
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

static uint32_t pipe_bytes(const struct tcp *c)
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
	uint32_t pipe = pipe_bytes(c);

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
	uint32_t left = c->wrote + 1 - c->nxt, pipe = pipe_bytes(c);
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

static void output(struct sim *s, struct tcp *c)
{
	bool idle = !c->seg.n;

	if (c->state != T_OPEN)
		return;
	while (resend_lost(s, c))
		;
	while (send_new(s, c))
		;
	if (idle && c->seg.n)
		arm_rto(s, c);
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
			die(c);
			return;
		}
		c->backoff++;
		send_syn(s, c, c->state == T_SYN_SENT ? F_SYN : F_SYN | F_ACK);
		arm_rto(s, c);
		return;
	}
	if (!c->seg.n)
		return;
	if (!c->tlp_done && c->srtt && !c->recovery && !c->backoff &&
	    s->now - c->seg.at[c->seg.n - 1].sent < t - MS) {
		c->tlp_done = true;
		resend(s, c, &c->seg.at[c->seg.n - 1]);
		arm_rto(s, c);
		return;
	}
	if (++c->tries > 7) {
		send_rst(s, c);
		die(c);
		return;
	}
	c->backoff++;
	c->recovery = false;
	c->dupacks = 0;
	c->ssthresh = pipe_bytes(c) / 2;
	if (c->ssthresh < 2 * c->mss)
		c->ssthresh = 2 * c->mss;
	c->cwnd = c->mss;
	for (size_t i = 0; i < c->seg.n; i++)
		c->seg.at[i].lost = !c->seg.at[i].sacked;
	resend(s, c, &c->seg.at[0]);
	arm_rto(s, c);
}

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

static void take_ack(struct sim *s, struct tcp *c, const struct pkt *p)
{
	uint32_t ack = p->ack - c->iss;
	uint32_t wnd = (uint32_t)p->win << (c->ws ? c->s->wscale[!c->end] : 0);

	if (ack > c->nxt || ack < c->una)
		return;
	take_sack(c, p);
	if (ack > c->una) {
		acked(s, c, ack);
		arm_rto(s, c);
	} else if (c->seg.n && !p->len && wnd == c->wnd &&
		   !(p->flags & (F_SYN | F_FIN))) {
		c->dupacks++;
	}
	c->wnd = wnd;
	if (c->seg.n && find_lost(s, c) && !c->recovery) {
		c->recovery = true;
		c->recover = c->nxt;
		c->ssthresh = pipe_bytes(c) / 2;
		if (c->ssthresh < 2 * c->mss)
			c->ssthresh = 2 * c->mss;
		c->cwnd = c->ssthresh;
	}
	output(s, c);
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
		send_ack(s, c);
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

static void take_data(struct sim *s, struct tcp *c, const struct pkt *p)
{
	uint32_t off = p->seq - c->irs, fin = !!(p->flags & F_FIN);
	uint32_t to = off + p->len + fin;
	bool now = c->n_ooo > 0 || fin;

	if (off == c->rcv_nxt - 1 && to == off) { /* keep-alive or probe */
		send_ack(s, c);
		return;
	}
	if (to == off)
		return;
	if (to <= c->rcv_nxt || ooo_has(c, off, to)) {
		c->dsack = (struct range){ off, to };
		send_ack(s, c);
		return;
	}
	if (fin)
		c->fin_at = to - 1;
	if (off > c->rcv_nxt) {
		ooo_add(c, off, to);
		send_ack(s, c);
		return;
	}
	c->rcv_nxt = to;
	ooo_merge(c);
	if (c->fin_at && c->rcv_nxt > c->fin_at)
		c->fin_rcvd = true;
	pause_reading(s, c);
	if (now || ++c->unacked >= 2) {
		send_ack(s, c);
	} else if (!c->ack_timer) {
		c->ack_timer = true;
		sim_at(s, s->now + DELACK, on_delack, c, ++c->ack_gen);
	}
	app_step(s, c);
}

/* --- opening --- */

static void opened(struct sim *s, struct tcp *c)
{
	c->state = T_OPEN;
	c->backoff = c->tries = 0;
	c->rto_gen++;
	c->una = c->nxt = 1;
	c->cwnd = 10 * c->mss;
	c->ssthresh = UINT32_MAX / 2;
	if (c->s->keepalive)
		sim_at(s, s->now + c->s->keepalive, on_keepalive, c, c->ka_gen);
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
		arm_rto(s, c);
	}
	if (c->state == T_SYN_RCVD)
		send_syn(s, c, F_SYN | F_ACK);
}

static void client_syn(struct sim *s, struct tcp *c, const struct pkt *p)
{
	if (c->state == T_SYN_SENT) {
		agree(c, p);
		opened(s, c);
		send_ack(s, c);
		app_step(s, c);
	} else if (c->state == T_OPEN) {
		send_ack(s, c);
	}
}

void tcp_input(struct sim *s, const struct pkt *p)
{
	struct tcp *c = p->s->tcp[!session_from(p->s, p->way)];

	c->last_rcvd = s->now;
	if (p->flags & F_RST) {
		if (c->state != T_CLOSED)
			die(c);
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
			send_rst(s, c);
		return;
	}
	if (c->state == T_SYN_RCVD && p->ack - c->iss == 1) {
		opened(s, c);
		app_step(s, c);
	}
	if (c->state != T_OPEN)
		return;
	if (c->ts && (int32_t)(p->tsval - c->ts_recent) > 0 &&
	    (int32_t)(p->seq - c->irs - c->last_acked) <= 0)
		c->ts_recent = p->tsval;
	take_data(s, c, p);
	if (c->state == T_OPEN)
		take_ack(s, c, p);
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
	if (a->what == APP_WRITE) {
		c->wrote += a->bytes;
	} else if (a->what == APP_CLOSE) {
		c->want_fin = true;
	} else {
		send_rst(s, c);
		die(c);
		return;
	}
	app_step(s, c);
	output(s, c);
}

static void app_step(struct sim *s, struct tcp *c)
{
	const struct app_item *a;

	if (c->item >= c->s->n_script[c->end] || c->item_armed ||
	    c->state != T_OPEN)
		return;
	a = &c->s->script[c->end][c->item];
	if (c->rcv_nxt - 1 < a->need)
		return;
	c->item_armed = true;
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
	send_syn(s, e->tcp[0], F_SYN);
	arm_rto(s, e->tcp[0]);
}

void tcp_free(struct session *e)
{
	for (int k = 0; k < 2; k++) {
		if (e->tcp[k])
			VEC_FREE(&e->tcp[k]->seg);
		free(e->tcp[k]);
	}
}
