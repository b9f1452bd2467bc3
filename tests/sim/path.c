/* The way of a packet: host, segment, point, segment ... host.
 *
 * path_send() registers it; enter() decides what its next segment does to it:
 * the box there (hole, RST, translation), then loss, copies, queue and delay;
 * arrive() shows it to the point behind and goes on.  Segments are first in,
 * first out, apart from packets that are made late on purpose.  A segment of
 * no delay (between a host and the point on it) is passed at once, so that
 * TSO groups stay together.  The receiving host's NIC merges by the rules of
 * GRO where its point asks for it; so does a router's, which cuts again what it
 * merged before it sends it on.
 */
#include "tests/sim/sim.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define GRO_WAIT (60 * US)
#define GRO_PACKETS 40
#define GRO_BYTES 60000
#define ECN_ECT1 1 /* RFC 3168, 5 */
#define ECN_ECT0 2
#define ECN_CE 3

static void enter(struct sim *s, struct pkt *p);

struct pkt *pkt_new(struct session *e, int end)
{
	struct pkt *p = mem_zalloc(1, sizeof *p);

	p->s = e;
	p->way = (uint8_t)(end ^ e->client_right);
	p->proto = e->proto;
	p->ttl = e->ttl[end];
	p->df = true;
	p->wscale = -1;
	return p;
}

static void set_ends(struct pkt *p, int zone)
{
	const struct session *e = p->s;

	p->src = p->way ? e->right[zone] : e->left[zone];
	p->dst = p->way ? e->left[zone] : e->right[zone];
}

static void set_id(struct sim *s, struct pkt *p)
{
	struct session *e = p->s;
	int end = session_from(e, p->way);

	switch (e->id_mode[end]) {
	case ID_ZERO:
		p->ip_id = 0;
		break;
	case ID_CONST:
		p->ip_id = e->id_const[end];
		break;
	case ID_RANDOM:
		p->ip_id = (uint16_t)rng_u32(&s->rng);
		break;
	default:
		p->ip_id = e->id_next[end]++;
	}
	if (e->v6)
		p->ip_id = 0;
}

void path_send(struct sim *s, struct pkt *p)
{
	p->seg = relay_begins(p->s, p->way);
	if (p->seg >= 0) {
		set_ends(p, p->way ? p->seg : p->seg + 1);
	} else {
		p->seg = p->way ? s->n_segs - 1 : 0;
		set_ends(p, p->way ? s->n_points + 1 : 0);
	}
	set_id(s, p);
	if (p->s->ecn && p->len)
		p->tos |= ECN_ECT0;
	p->truth = truth_add(s, p, UINT32_MAX, p->seg, false);
	s->packets++;
	enter(s, p);
}

/* --- the receiving host --- */

static void deliver(struct sim *s, const struct pkt *p)
{
	if (p->proto == IPPROTO_TCP)
		tcp_input(s, p);
	else
		dgram_input(s, p);
}

static int host_point(const struct sim *s, int way)
{
	int i = way ? 0 : s->n_points - 1;

	return s->point[i].on_host == (way ? -1 : 1) ? i : -1;
}

/* Does a card beside @point merge what comes that @way? */
static bool merges(const struct sim *s, int point, int way)
{
	const struct point_cfg *p = &s->point[point];

	return p->gro && (!p->on_host || point == host_point(s, way));
}

/* From the point behind its segment into the next one. */
static void go_on(struct sim *s, struct pkt *p)
{
	p->seg += p->way ? -1 : 1;
	enter(s, p);
}

static void gro_flush(struct sim *s, int point, int way)
{
	struct gro *g = &s->gro[point][way];
	struct pkt *of[GRO_PACKETS], *p, first;
	uint32_t len = 0;
	uint8_t own;
	int n = 0;

	if (!g->head)
		return;
	first = *g->head;
	for (p = g->head; p; p = p->next) {
		of[n++] = p;
		len += p->len;
		first.flags |= p->flags;
	}
	g->head = g->tail = NULL;
	g->gen++;
	own = of[0]->flags;
	of[0]->flags = first.flags;
	tap_see(s, point, of, n, first.pay, len, n > 1);
	if (point != host_point(s, way)) {
		of[0]->flags = own;
		for (int i = 0; i < n; i++) {
			of[i]->next = NULL;
			go_on(s, of[i]);
		}
		return;
	}
	for (int i = 0; i < n; i++) {
		deliver(s, of[i]);
		free(of[i]);
	}
}

static void gro_timer(struct sim *s, void *ctx, uint64_t arg)
{
	struct gro *g = ctx;
	int at = (int)(g - s->gro[0]);

	if (g->gen == arg)
		gro_flush(s, at / 2, at % 2);
}

static bool gro_fits(const struct gro *g, const struct pkt *p)
{
	const struct pkt *h = g->head, *t = g->tail;
	uint32_t n = 0, bytes = p->len;

	if (!h || h->s != p->s || p->proto != IPPROTO_TCP || !p->len ||
	    p->seq != t->seq + t->len || p->pay != t->pay + t->len ||
	    p->ack != h->ack || p->flags & ~(F_ACK | F_PSH) || p->n_sack ||
	    p->opts != h->opts || p->tsval != h->tsval ||
	    p->tsecr != h->tsecr || p->len > h->len || p->tos != h->tos ||
	    p->ttl != h->ttl)
		return false;
	for (; h; h = h->next, n++)
		bytes += h->len;
	return n < GRO_PACKETS && bytes <= GRO_BYTES;
}

static void gro_take(struct sim *s, int point, struct pkt *p)
{
	struct gro *g = &s->gro[point][p->way];
	bool plain = p->proto == IPPROTO_TCP && p->len &&
		     !(p->flags & ~(F_ACK | F_PSH)) && !p->n_sack;

	if (gro_fits(g, p)) {
		g->tail = g->tail->next = p;
	} else {
		gro_flush(s, point, p->way);
		g->head = g->tail = p;
		g->gen++;
		sim_at(s, s->now + GRO_WAIT, gro_timer, g, g->gen);
	}
	if (!plain || p->flags & F_PSH || p->len < g->head->len)
		gro_flush(s, point, p->way);
}

/* --- points --- */

static void tap_one(struct sim *s, int point, struct pkt *p)
{
	const struct point_cfg *c = &s->point[point];
	bool sent_here = c->on_host == (p->way ? 1 : -1);
	uint32_t len = p->super_len && sent_here && c->tso ? p->super_len
							   : p->len;

	uint8_t flags = p->flags;

	if (!(sent_here && c->tso))
		p->super_part = false;
	if (len > p->len)
		p->flags |= p->super_flags;
	tap_see(s, point, &p, 1, p->pay, len, sent_here && c->offload_sum);
	p->flags = flags;
	p->super_part = false; /* from here on it travels alone */
	p->super_len = 0;
}

static void arrive(struct sim *s, void *ctx, uint64_t arg)
{
	struct pkt *p = ctx;
	int point = p->way ? p->seg - 1 : p->seg;

	(void)arg;
	if (point < 0 || point >= s->n_points ||
	    relay_ends(p->s, p->way, p->seg)) {
		deliver(s, p);
		free(p);
		return;
	}
	if (merges(s, point, p->way)) {
		gro_take(s, point, p);
		return;
	}
	tap_one(s, point, p);
	go_on(s, p);
}

/* --- segments --- */

static bool is_moved(const struct sim *s, const struct way_cfg *c)
{
	return s->now >= c->moved && s->now < c->back;
}

/* Into the segment's queue and out at its other end. */
static void travel(struct sim *s, struct pkt *p, int64_t extra, bool late)
{
	struct way_cfg *c = &s->way[p->seg][p->way];
	int64_t t = s->now + c->delay + extra +
		    (is_moved(s, c) ? c->moved_by : 0);

	if (c->jitter)
		t += rng_exp(&s->rng, c->jitter);
	if (c->rate) {
		int64_t from = c->busy > s->now ? c->busy : s->now;

		c->busy = from + (int64_t)((uint64_t)wire_ip_len(p) * 8 *
					   (uint64_t)SEC / c->rate);
		t += c->busy - s->now;
	}
	if (t == s->now) {
		arrive(s, p, 0);
		return;
	}
	if (late)
		t += c->reorder_ns;
	else if (t <= c->last)
		t = c->last + 1;
	if (!late)
		c->last = t;
	sim_at(s, t, arrive, p, 0);
}

static void lose(struct sim *s, struct pkt *p)
{
	s->truth.at[p->truth].lost_seg = (int16_t)p->seg;
	free(p);
}

/* Which link of a bundle takes it? */
static uint32_t member_of(const struct pkt *p, uint32_t members)
{
	uint32_t a = p->s->left[p->seg].port, b = p->s->right[p->seg].port;

	return (((a * 2654435761u) ^ (b * 2246822519u)) >> 16) % members;
}

static bool lost(struct sim *s, struct pkt *p)
{
	struct way_cfg *c = &s->way[p->seg][p->way];
	const uint32_t by_kind[KINDS_N] = {
		[K_ACK] = c->ack_loss_ppm,
		[K_SYN] = c->syn_loss_ppm,
		[K_FIN] = c->fin_loss_ppm,
		[K_RST] = c->rst_loss_ppm,
	};

	if (rng_ppm(&s->rng, c->burst_ppm) && s->now > c->burst_end)
		c->burst_end = s->now + rng_exp(&s->rng, c->burst_ns);
	return s->now < c->burst_end || rng_ppm(&s->rng, c->loss_ppm) ||
	       rng_ppm(&s->rng, by_kind[s->truth.at[p->truth].kind]) ||
	       (c->over_len && wire_ip_len(p) > c->over_len) ||
	       (c->members && !member_of(p, c->members) &&
		rng_ppm(&s->rng, c->member_ppm)) ||
	       (c->rate && c->queue_ns && c->busy - s->now > c->queue_ns);
}

static uint8_t ecn_after(enum ecn_mode m, uint8_t tos)
{
	uint8_t is = tos & ECN_CE;

	if (m == ECN_CLEARED)
		is = 0;
	else if (m == ECN_ANOTHER && is && is != ECN_CE)
		is ^= ECN_CE;
	else if (m == ECN_MADE_UP && !is)
		is = ECN_ECT1;
	return (uint8_t)((tos & ~ECN_CE) | is);
}

static void translate(struct sim *s, struct pkt *p)
{
	const struct box_cfg *b = &s->box[p->seg];
	const struct session *e = p->s;
	int w = p->way;

	set_ends(p, w ? p->seg : p->seg + 1);
	p->seq += p->proto == IPPROTO_TCP ? e->dseq[p->seg][w] : 0;
	p->ack -= e->dseq[p->seg][!w];
	for (int i = 0; i < p->n_sack && !b->sack_kept; i++)
		for (int k = 0; k < 2; k++)
			p->sack[i][k] -= e->dseq[p->seg][!w];
	p->tsval += e->dts[p->seg][w];
	if (p->tsecr)
		p->tsecr -= e->dts[p->seg][!w];
	if (b->strip_ts)
		p->opts &= (uint8_t)~O_TS;
	if (p->flags & F_SYN && b->strip_sack)
		p->opts &= (uint8_t)~O_SACKOK;
	if (p->flags & F_SYN && b->strip_ws)
		p->opts &= (uint8_t)~O_WS;
	if (b->clamp_mss && p->mss > b->clamp_mss)
		p->mss = b->clamp_mss;
	if (b->rewrite_id && !e->v6)
		p->ip_id = (uint16_t)rng_u32(&s->rng);
	if (b->tos)
		p->tos = (uint8_t)(b->tos | (p->tos & 3));
	p->tos = ecn_after(b->ecn, p->tos);
	p->ttl = p->ttl > b->hops ? (uint8_t)(p->ttl - b->hops) : 1;
}

/* RSTs both ways out of the box, as a firewall that cuts a session. */
static void inject(struct sim *s, struct session *e, int seg)
{
	for (int w = 0; w < 2; w++) {
		struct pkt *p = pkt_new(e, session_from(e, w));

		p->flags = F_RST | F_ACK;
		p->seq = e->box_next[w];
		p->ack = e->box_ack[w];
		p->ttl = 255;
		p->seg = seg;
		set_ends(p, w ? seg : seg + 1);
		p->truth = truth_add(s, p, UINT32_MAX, seg, true);
		travel(s, p, 0, false);
	}
	e->rst_done = true;
}

/* What the session's own box does.  Return: true where it took the packet. */
static bool box_kills(struct sim *s, struct pkt *p)
{
	struct session *e = p->s;

	if (e->box_seg != p->seg || p->proto != IPPROTO_TCP)
		return false;
	if (s->now >= e->hole_at)
		return true;
	if (s->now >= e->rst_at && !e->rst_done && e->box_next[0] &&
	    e->box_next[1])
		inject(s, e, p->seg);
	return e->rst_done;
}

static void box_notes(struct pkt *p)
{
	struct session *e = p->s;
	uint32_t end = p->seq + p->len + !!(p->flags & (F_SYN | F_FIN));

	if (e->box_seg != p->seg || p->proto != IPPROTO_TCP)
		return;
	if (!e->box_next[p->way] || (int32_t)(end - e->box_next[p->way]) > 0)
		e->box_next[p->way] = end;
	if (p->flags & F_ACK)
		e->box_ack[p->way] = p->ack;
}

static void enter(struct sim *s, struct pkt *p)
{
	struct way_cfg *c = &s->way[p->seg][p->way];
	bool late;

	if (box_kills(s, p) || lost(s, p)) {
		lose(s, p);
		return;
	}
	if (s->box[p->seg].present)
		translate(s, p);
	if (is_moved(s, c))
		p->ttl = (uint8_t)(p->ttl - c->moved_hops);
	if (p->tos & ECN_CE && rng_ppm(&s->rng, c->ce_ppm))
		p->tos |= ECN_CE;
	box_notes(p);
	late = rng_ppm(&s->rng, c->reorder_ppm);
	if (rng_ppm(&s->rng, c->dup_ppm)) {
		struct pkt *copy = mem_alloc(sizeof *copy);

		*copy = *p;
		copy->next = NULL;
		copy->super_len = 0;
		copy->super_part = false;
		copy->truth = truth_add(s, copy, p->truth, p->seg, false);
		travel(s, p, 0, late);
		travel(s, copy, rng_range(&s->rng, 1, 300 * US), false);
		return;
	}
	travel(s, p, 0, late);
}
