/* The parts of scenarios: a healthy path, the troubles one by one, and sessions
 * until about `target` packets are expected.
 */
#include "tests/sim/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void segment(struct rng *r, struct way_cfg w[2], int64_t lo, int64_t hi)
{
	int64_t d = rng_range(r, lo, hi), j = rng_range(r, 5 * US, 300 * US);

	for (int i = 0; i < 2; i++) {
		w[i].delay = d + rng_range(r, 0, d / 4);
		w[i].jitter = j;
		w[i].reorder_ns = rng_range(r, 300 * US, 3 * MS);
	}
}

static void clock_usual(struct rng *r, struct clock_cfg *c)
{
	c->offset = rng_range(r, -2000 * MS, 2000 * MS);
	c->drift_ppb = rng_range(r, -40000, 40000);
	c->tick = rng_pct(r, 60) ? US : 1;
}

void build_path(struct build *b, int points)
{
	struct sim *s = b->s;
	struct rng *r = &b->r;

	s->n_points = points;
	s->n_segs = points + 1;
	for (int i = 0; i < points; i++) {
		struct point_cfg *p = &s->point[i];

		snprintf(p->name, sizeof p->name, "%c", 'A' + i);
		clock_usual(r, &p->clock);
		p->start = INT64_MIN;
		p->stop = NEVER;
		p->only_way = -1;
		p->kind = (enum file_kind)rng_int(r, 0, 2);
		if (p->kind == FILE_PCAP_US && p->clock.tick < US)
			p->clock.tick = US;
		p->gzip = rng_pct(r, 15);
		p->vlan = rng_pct(r, 15);
		p->raw_ip = !p->vlan && rng_pct(r, 10);
		p->on_host = i == 0            ? (rng_pct(r, 60) ? -1 : 0)
			     : i == points - 1 ? (rng_pct(r, 60) ? 1 : 0)
					       : 0;
		p->offload_sum = p->on_host && rng_pct(r, 40);
	}
	for (int i = 0; i < s->n_segs; i++) {
		bool outer = i == 0 || i == points;
		const struct point_cfg *p = &s->point[i ? points - 1 : 0];

		if (outer && p->on_host)
			continue;
		segment(r, s->way[i], outer ? 100 * US : MS,
			outer ? 2 * MS : 25 * MS);
		s->box[i].present = true; /* a router at least */
		s->box[i].hops = (uint8_t)rng_int(r, 1, 4);
	}
	b->m = (struct mix){ .v6_pct = 20,
			     .ts_pct = 60,
			     .bulk_pct = 15,
			     .both_pct = 8,
			     .idle_pct = 5,
			     .rst_end_pct = 8,
			     .max_bytes = 300000,
			     .style = -1,
			     .clients = 12,
			     .servers = 3,
			     .id_mode = -1,
			     .spread = 20 * SEC };
	b->target = rng_int(r, 2000, 8000);
}

void build_snap(struct build *b, int pct)
{
	for (int i = 0; i < b->s->n_points; i++)
		if (rng_pct(&b->r, pct))
			b->s->point[i].snap = rng_pct(&b->r, 50) ? 96 : 128;
}

/* A segment between two points. */
int build_inner(struct build *b)
{
	return rng_int(&b->r, 1, b->s->n_points - 1);
}

void build_loss(struct build *b)
{
	struct rng *r = &b->r;

	b->s->lossy = true;
	for (int w = 0; w < 2; w++) {
		struct way_cfg *c = &b->s->way[build_inner(b)][w];

		switch (rng_int(r, 0, 4)) {
		case 0:
			c->burst_ppm = (uint32_t)rng_range(r, 200, 1500);
			c->burst_ns = rng_range(r, 5, 60) * MS;
			break;
		case 1:
			c->rate = (uint64_t)rng_range(r, 3, 20) * 1000000;
			c->queue_ns = rng_range(r, 15, 60) * MS;
			break;
		default:
			c->loss_ppm = (uint32_t)rng_range(r, 1000, 25000);
		}
		if (rng_pct(r, 20))
			c->ack_loss_ppm = (uint32_t)rng_range(r, 2000, 30000);
		if (rng_pct(r, 20))
			c->syn_loss_ppm = (uint32_t)rng_range(r, 20000, 150000);
		if (rng_pct(r, 15))
			c->fin_loss_ppm = (uint32_t)rng_range(r, 20000, 150000);
	}
	if (rng_pct(r, 8)) {
		b->s->way[build_inner(b)][0].over_len = 1300;
		b->target /= 2;
	}
}

void build_bundle(struct build *b)
{
	struct way_cfg *c = &b->s->way[build_inner(b)][rng_int(&b->r, 0, 1)];

	b->s->lossy = true;
	c->members = (uint32_t)rng_int(&b->r, 2, 5);
	c->member_ppm = (uint32_t)rng_range(&b->r, 50000, 300000);
}

void build_disorder(struct build *b)
{
	struct way_cfg *c = &b->s->way[build_inner(b)][rng_int(&b->r, 0, 1)];

	if (rng_pct(&b->r, 60))
		c->reorder_ppm = (uint32_t)rng_range(&b->r, 500, 15000);
	if (rng_pct(&b->r, 60))
		c->dup_ppm = (uint32_t)rng_range(&b->r, 500, 10000);
}

void build_offload(struct build *b)
{
	struct sim *s = b->s;

	for (int i = 0; i < s->n_points; i++) {
		struct point_cfg *p = &s->point[i];

		if (!p->on_host)
			continue;
		p->tso = rng_pct(&b->r, 75);
		p->gro = rng_pct(&b->r, 75);
		p->offload_sum = p->tso || p->offload_sum;
	}
}

void build_router_offload(struct build *b)
{
	for (int i = 1; i + 1 < b->s->n_points; i++)
		b->s->point[i].gro = rng_pct(&b->r, 75);
}

void build_on_hosts(struct sim *s)
{
	s->point[0].on_host = -1;
	s->point[s->n_points - 1].on_host = 1;
	for (int k = 0; k < 2; k++) {
		int i = k ? s->n_segs - 1 : 0;

		memset(s->way[i], 0, sizeof s->way[i]);
		memset(&s->box[i], 0, sizeof s->box[i]);
	}
}

void build_nat(struct build *b)
{
	struct rng *r = &b->r;
	int n = b->s->n_points > 2 && rng_pct(r, 40) ? 2 : 1;

	for (int i = 0; i < n; i++) {
		struct box_cfg *x = &b->s->box[n == 2 ? i + 1 : build_inner(b)];

		x->present = true;
		x->snat_left |= rng_pct(r, 75);
		x->snat_right |= rng_pct(r, 45) || !x->snat_left;
		x->keep_port = rng_pct(r, 45);
		x->rewrite_id |= rng_pct(r, 20);
		if (rng_pct(r, 20))
			x->tos = (uint8_t)(rng_int(r, 1, 46) << 2);
		if (rng_pct(r, 40))
			x->clamp_mss = (uint16_t)rng_range(r, 1200, 1420);
	}
}

void build_reseq(struct build *b)
{
	struct rng *r = &b->r;
	struct box_cfg *x = &b->s->box[build_inner(b)];
	int which = rng_int(r, 1, 3);

	x->present = true;
	x->reseq[0] = which & 1;
	x->reseq[1] = which & 2;
	x->sack_kept = rng_pct(r, 25);
	x->rewrite_ts = rng_pct(r, 40);
	x->strip_ts = !x->rewrite_ts && rng_pct(r, 25);
	x->strip_sack = rng_pct(r, 20);
	x->strip_ws = rng_pct(r, 15);
	if (rng_pct(r, 40))
		x->clamp_mss = (uint16_t)rng_range(r, 1200, 1420);
}

void build_marks(struct build *b)
{
	struct rng *r = &b->r;

	b->m.ecn_pct = rng_int(r, 30, 100);
	for (int i = 1; i < b->s->n_segs - 1; i++) {
		struct box_cfg *x = &b->s->box[i];

		for (int w = 0; w < 2; w++)
			if (rng_pct(r, 50))
				b->s->way[i][w].ce_ppm = (uint32_t)rng_range(
					r, 1000, 200000);
		if (rng_pct(r, 25))
			x->ecn = (enum ecn_mode)rng_int(r, 1, 3);
		if (rng_pct(r, 15))
			x->tos = (uint8_t)(rng_int(r, 1, 46) << 2);
	}
}

/* Only routers are told by TTLs: some moves are of links, and some routes are as
 * long in time. */
void build_moves(struct build *b)
{
	struct rng *r = &b->r;
	int seg = build_inner(b), ways = rng_int(r, 1, 3);
	int64_t at = rng_range(r, 5, 12) * SEC;
	int64_t by = rng_pct(r, 80) ? rng_range(r, 2, 60) * MS : 0;
	int hops = rng_pct(r, 60) ? rng_int(r, 1, 4) : 0;
	int64_t back = rng_pct(r, 25) ? at + rng_range(r, 2, 6) * SEC : NEVER;
	bool shorter = rng_pct(r, 30);

	for (int w = 0; w < 2; w++) {
		struct way_cfg *c = &b->s->way[seg][w];

		if (!(ways & 1 << w))
			continue;
		c->moved = shorter ? 0 : at;
		c->back = shorter ? at : back;
		c->moved_by = by;
		c->moved_hops = hops;
	}
}

void build_gaps(struct build *b)
{
	struct rng *r = &b->r;
	int worst = rng_int(r, 0, b->s->n_points - 1);

	for (int i = 0; i < b->s->n_points; i++) {
		struct point_cfg *p = &b->s->point[i];

		if (i != worst && !rng_pct(r, 30))
			continue;
		if (rng_pct(r, 60))
			p->drop_ppm = (uint32_t)rng_range(r, 500, 20000);
		if (!p->drop_ppm || rng_pct(r, 40))
			p->gaps = rng_int(r, 1, 5);
		for (int k = 0; k < p->gaps; k++) {
			p->gap[k].from = rng_range(r, SEC, 18 * SEC);
			p->gap[k].to = p->gap[k].from +
				       rng_range(r, 20, 600) * MS;
		}
		p->tell_drops = p->kind == FILE_PCAPNG && rng_pct(r, 60);
	}
}

void build_inner_gaps(struct build *b)
{
	for (int i = 1; i + 1 < b->s->n_points; i++)
		b->s->point[i].drop_ppm = (uint32_t)rng_range(&b->r, 500,
							      50000);
}

void build_windows(struct build *b)
{
	struct rng *r = &b->r;

	for (int i = 0; i < b->s->n_points; i++) {
		struct point_cfg *p = &b->s->point[i];

		if (rng_pct(r, 65))
			p->start = rng_range(r, 500 * MS, 8 * SEC);
		if (rng_pct(r, 65))
			p->stop = rng_range(r, 11 * SEC, 19 * SEC);
	}
}

void build_clocks(struct build *b)
{
	static const int64_t tick[] = { 1, US, MS, MS, 15625000 };
	struct rng *r = &b->r;

	for (int i = 0; i < b->s->n_points; i++) {
		struct clock_cfg *c = &b->s->point[i].clock;

		if (rng_pct(r, 50)) {
			c->offset = rng_range(r, -6 * 3600, 6 * 3600) * SEC;
			c->offset += rng_range(r, 0, SEC);
		} else {
			c->offset = rng_range(r, -500 * MS, 500 * MS);
		}
		c->drift_ppb = rng_range(r, -100000, 100000);
		c->tick = tick[rng_int(r, 0, 4)];
		if (b->s->point[i].kind == FILE_PCAP_US && c->tick < US)
			c->tick = US;
	}
	if (rng_pct(r, 35)) {
		struct clock_cfg *c = &b->s->point[b->s->n_points - 1].clock;

		c->step_at = rng_range(r, 7, 13) * SEC;
		c->step_by = rng_pct(r, 50) ? MS : -MS;
		c->step_by *= rng_range(r, 60, 4000);
		c->tick = c->tick > MS ? MS : c->tick;
	}
}

/* Any point's clock, the first one's too. */
void build_steps(struct build *b)
{
	struct rng *r = &b->r;

	for (int i = 0; i < b->s->n_points; i++) {
		struct clock_cfg *c = &b->s->point[i].clock;

		if (!rng_pct(r, 40))
			continue;
		c->step_at = rng_range(r, 5000, 15000) * MS;
		c->step_by = rng_pct(r, 50) ? MS : -MS;
		c->step_by *= rng_pct(r, 50) ? rng_range(r, 20, 200)
					     : rng_range(r, 200, 4000);
	}
}

/* --- sessions --- */

static struct session *relayed(struct build *b, int *weight)
{
	struct session *e = session_relayed(b->s, &b->r, &b->m, b->relay);
	int twins = rng_pct(&b->r, b->relay_twins) ? rng_int(&b->r, 1, 4) : 0;

	while (twins-- && session_weight(e) < 100)
		*weight += session_weight(session_relayed_twin(
			b->s, &b->r, &b->m, e,
			e->start + rng_range(&b->r, 0, 20 * MS)));
	return e;
}

void build_web(struct build *b)
{
	struct rng *r = &b->r;
	static const int paths[] = { 1, 4, 40, 1000, 1000, 100000 };
	struct web *w = b->s->web = mem_zalloc(1, sizeof *w);
	int backs = rng_int(r, 2, 12);

	w->shares = rng_pct(r, 65);
	w->paths = paths[rng_int(r, 0, 5)];
	w->most_asks = rng_pct(r, 30) ? 1 : rng_int(r, 2, 20);
	b->m.right_pct = rng_pct(r, 20) ? 100 : 0;
	b->m.v6_pct = 0;
	for (int i = 0; w->shares && i < backs; i++)
		session_web_back(b->s, r, &b->m, b->relay, w, NULL);
}

void build_seal(struct build *b, bool frames)
{
	struct rng *r = &b->r;
	static const uint32_t record[] = { 16384, 16384, 4096, 1369 };
	struct web *w = b->s->web;
	struct seal *s = &w->seal;

	s->frames = frames;
	s->tls = !frames || rng_pct(r, 60);
	s->new = s->tls &&rng_pct(r, 65);
	s->tag = s->new ? 17 : rng_pct(r, 70) ? 24 : 16;
	s->record = record[rng_int(r, 0, 3)];
	s->split = rng_pct(r, 50);
	s->close = rng_pct(r, 50);
	s->eager = rng_pct(r, 50);
	w->binary = rng_pct(r, 30);
}

void build_sessions(struct build *b)
{
	int weight = 0;

	while (weight < b->target) {
		int k = rng_int(&b->r, 0, 99), dns = b->dns;
		int rtp = dns + b->rtp, echo = rtp + b->echo;
		struct session *e;

		if (k < dns)
			e = session_dgram(b->s, &b->r, &b->m, S_DNS);
		else if (k < rtp)
			e = session_dgram(b->s, &b->r, &b->m, S_RTP);
		else if (k < echo)
			e = session_dgram(b->s, &b->r, &b->m, S_ECHO);
		else if (b->s->web && rng_pct(&b->r, 85))
			e = session_web(b->s, &b->r, &b->m, b->relay,
					b->s->web);
		else if (b->relay && !b->s->web && rng_pct(&b->r, 75))
			e = relayed(b, &weight);
		else
			e = session_tcp(b->s, &b->r, &b->m);
		if (e->what == S_DNS && rng_pct(&b->r, 5))
			session_reply_as(b->s, &b->r, e);
		weight += session_weight(e);
	}
}

void build_trailers(struct build *b)
{
	for (int i = b->relay - 1; i <= b->relay; i++) {
		struct point_cfg *p = &b->s->point[i];

		p->trailer = rng_int(&b->r, 1, 2);
		p->raw_ip = false;
		p->snap = 0;
	}
	for (int w = 0; w < 2; w++)
		b->s->way[b->relay][w] = (struct way_cfg){ .delay = 30 * US,
							   .jitter = 10 * US };
	b->s->box[b->relay] = (struct box_cfg){ .present = true };
}

void build_router(struct build *b)
{
	struct point_cfg *p = &b->s->point[1], *q = &b->s->point[2];
	struct box_cfg *box = &b->s->box[2];

	*q = *p;
	snprintf(p->name, sizeof p->name, "B#in");
	snprintf(q->name, sizeof q->name, "B#out");
	p->port = 1;
	q->port = 2;
	p->raw_ip = q->raw_ip = false;
	for (int w = 0; w < 2; w++)
		b->s->way[2][w] = (struct way_cfg){ .delay = 15 * US,
						    .jitter = 5 * US };
	*box = (struct box_cfg){ .present = true, .hops = 1 };
	box->snat_left = rng_pct(&b->r, 50);
	box->keep_port = rng_pct(&b->r, 50);
}

void build_unanswered(struct build *b, int pct)
{
	for (size_t i = 0; i < b->s->n_sess; i++) {
		struct session *e = b->s->sess[i];

		if (e->what != S_TCP || !rng_pct(&b->r, pct))
			continue;
		if (rng_pct(&b->r, 60))
			e->silent = true;
		else
			e->refused = true;
	}
}
