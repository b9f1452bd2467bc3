/* Scenarios by family: what path, points, clocks and sessions a seed means.
 *
 * A scenario has a generator of its own, apart from that of the run, so that
 * a change in the simulator's draws does not change the set-up.  basics()
 * makes a healthy path; each family then adds its troubles.  Sessions are
 * added until about `target` packets are expected.
 */
#include "tests/sim/sessions.h"

#include <stdlib.h>
#include <string.h>

struct build {
	struct sim *s;
	struct rng r;
	struct mix m;
	int target;         /* packets */
	int dns, rtp, echo; /* shares of sessions, in percent */
};

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

static void basics(struct build *b, int points)
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

static void snap(struct build *b, int pct)
{
	for (int i = 0; i < b->s->n_points; i++)
		if (rng_pct(&b->r, pct))
			b->s->point[i].snap = rng_pct(&b->r, 50) ? 96 : 128;
}

/* A segment between two points. */
static int inner(struct build *b)
{
	return rng_int(&b->r, 1, b->s->n_points - 1);
}

static void add_loss(struct build *b)
{
	struct rng *r = &b->r;

	b->s->lossy = true;
	for (int w = 0; w < 2; w++) {
		struct way_cfg *c = &b->s->way[inner(b)][w];

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
		b->s->way[inner(b)][0].over_len = 1300;
		b->target /= 2;
	}
}

static void add_disorder(struct build *b)
{
	struct way_cfg *c = &b->s->way[inner(b)][rng_int(&b->r, 0, 1)];

	if (rng_pct(&b->r, 60))
		c->reorder_ppm = (uint32_t)rng_range(&b->r, 500, 15000);
	if (rng_pct(&b->r, 60))
		c->dup_ppm = (uint32_t)rng_range(&b->r, 500, 10000);
}

static void add_offload(struct build *b)
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

static void on_hosts(struct sim *s)
{
	s->point[0].on_host = -1;
	s->point[s->n_points - 1].on_host = 1;
	for (int k = 0; k < 2; k++) {
		int i = k ? s->n_segs - 1 : 0;

		memset(s->way[i], 0, sizeof s->way[i]);
		memset(&s->box[i], 0, sizeof s->box[i]);
	}
}

static void add_nat(struct build *b)
{
	struct rng *r = &b->r;
	int n = b->s->n_points > 2 && rng_pct(r, 40) ? 2 : 1;

	for (int i = 0; i < n; i++) {
		struct box_cfg *x = &b->s->box[n == 2 ? i + 1 : inner(b)];

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

static void add_reseq(struct build *b)
{
	struct rng *r = &b->r;
	struct box_cfg *x = &b->s->box[inner(b)];
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

static void add_gaps(struct build *b)
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

static void add_windows(struct build *b)
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

static void add_clocks(struct build *b)
{
	static const int64_t tick[] = { 1, US, MS, MS, 15625000 };
	struct rng *r = &b->r;

	for (int i = 0; i < b->s->n_points; i++) {
		struct clock_cfg *c = &b->s->point[i].clock;

		c->offset = rng_pct(r, 50)
				    ? rng_range(r, -6 * 3600, 6 * 3600) * SEC +
					      rng_range(r, 0, SEC)
				    : rng_range(r, -500 * MS, 500 * MS);
		c->drift_ppb = rng_range(r, -100000, 100000);
		c->tick = tick[rng_int(r, 0, 4)];
		if (b->s->point[i].kind == FILE_PCAP_US && c->tick < US)
			c->tick = US;
	}
	if (rng_pct(r, 35)) {
		struct clock_cfg *c = &b->s->point[b->s->n_points - 1].clock;

		c->step_at = rng_range(r, 7, 13) * SEC;
		c->step_by = (rng_pct(r, 50) ? 1 : -1) *
			     rng_range(r, 60, 4000) * MS;
		c->tick = c->tick > MS ? MS : c->tick;
	}
}

/* --- sessions --- */

static void fill_up(struct build *b)
{
	int weight = 0;

	while (weight < b->target) {
		int k = rng_int(&b->r, 0, 99);
		struct session *e;

		if ((k -= b->dns) < 0)
			e = session_dgram(b->s, &b->r, &b->m, S_DNS);
		else if ((k -= b->rtp) < 0)
			e = session_dgram(b->s, &b->r, &b->m, S_RTP);
		else if ((k -= b->echo) < 0)
			e = session_dgram(b->s, &b->r, &b->m, S_ECHO);
		else
			e = session_tcp(b->s, &b->r, &b->m);
		if (e->what == S_DNS && rng_pct(&b->r, 5))
			session_reply_as(b->s, &b->r, e);
		weight += session_weight(e);
	}
}

static void unanswered(struct build *b, int pct)
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

/* --- families --- */

static void family_clean(struct build *b)
{
	basics(b, rng_int(&b->r, 2, 3));
	b->dns = 15;
	snap(b, 30);
	fill_up(b);
}

static void family_loss(struct build *b)
{
	basics(b, rng_pct(&b->r, 60) ? 2 : rng_int(&b->r, 3, 5));
	add_loss(b);
	if (rng_pct(&b->r, 40))
		add_disorder(b);
	b->m.zero_window_pct = 3;
	b->dns = 10;
	snap(b, 20);
	fill_up(b);
}

static void family_offload(struct build *b)
{
	basics(b, rng_int(&b->r, 2, 3));
	on_hosts(b->s);
	add_offload(b);
	if (rng_pct(&b->r, 50))
		add_loss(b);
	b->m.bulk_pct = 40;
	b->m.right_pct = 20;
	snap(b, 30);
	fill_up(b);
}

static void family_nat(struct build *b)
{
	basics(b, rng_int(&b->r, 2, 4));
	add_nat(b);
	if (rng_pct(&b->r, 40))
		add_loss(b);
	b->m.right_pct = 15;
	b->dns = 15;
	b->echo = 3;
	snap(b, 30);
	fill_up(b);
}

static void family_reseq(struct build *b)
{
	basics(b, rng_int(&b->r, 2, 3));
	add_nat(b);
	add_reseq(b);
	if (rng_pct(&b->r, 50))
		add_loss(b);
	if (rng_pct(&b->r, 20))
		b->s->box[inner(b)].rst_pct = 15;
	snap(b, 30);
	fill_up(b);
}

static void family_gaps(struct build *b)
{
	basics(b, rng_int(&b->r, 2, 4));
	add_gaps(b);
	if (rng_pct(&b->r, 50))
		add_loss(b);
	if (rng_pct(&b->r, 30))
		add_nat(b);
	b->dns = 10;
	b->m.bulk_pct = 25;
	snap(b, 20);
	fill_up(b);
}

static void family_window(struct build *b)
{
	basics(b, rng_int(&b->r, 2, 4));
	add_windows(b);
	if (rng_pct(&b->r, 50))
		add_loss(b);
	if (rng_pct(&b->r, 40))
		add_nat(b);
	b->m.idle_pct = 20;
	b->m.bulk_pct = 25;
	b->dns = 10;
	fill_up(b);
}

static void family_oneway(struct build *b)
{
	basics(b, rng_int(&b->r, 2, 4));
	b->s->point[rng_int(&b->r, 0, b->s->n_points - 1)].only_way = rng_int(
		&b->r, 0, 1);
	if (rng_pct(&b->r, 50))
		add_loss(b);
	b->dns = 10;
	fill_up(b);
}

static void family_clock(struct build *b)
{
	basics(b, rng_int(&b->r, 2, 4));
	add_clocks(b);
	if (rng_pct(&b->r, 40))
		add_loss(b);
	if (rng_pct(&b->r, 40))
		add_nat(b);
	fill_up(b);
}

static void family_twins(struct build *b)
{
	struct session *first;
	int n;

	basics(b, rng_int(&b->r, 2, 3));
	add_nat(b);
	if (rng_pct(&b->r, 50))
		add_reseq(b);
	b->m.style = 2;
	b->m.id_mode = rng_pct(&b->r, 50) ? ID_ZERO : -1;
	b->m.max_bytes = 4000;
	b->m.v6_pct = 0;
	n = rng_pct(&b->r, 40) ? 1000 : rng_int(&b->r, 30, 300);
	first = session_tcp(b->s, &b->r, &b->m);
	first->twin = 1;
	while (session_weight(first) > 20) {
		first = session_tcp(b->s, &b->r, &b->m);
		first->twin = 1;
	}
	for (int i = 0; i < n; i++) {
		int64_t at = rng_range(&b->r, 0, 20 * SEC);

		session_twin(b->s, &b->r, &b->m, first, at);
		if (rng_pct(&b->r, 5))
			session_twin(b->s, &b->r, &b->m, first,
				     at + rng_range(&b->r, 0, MS));
	}
	b->m.style = -1;
	b->target = 1500;
	fill_up(b);
}

static void family_reuse(struct build *b)
{
	int n;

	basics(b, rng_int(&b->r, 2, 3));
	if (rng_pct(&b->r, 50))
		add_nat(b);
	if (rng_pct(&b->r, 30))
		add_reseq(b);
	b->m.max_bytes = 20000;
	b->m.spread = 4 * SEC;
	b->m.idle_pct = 0;
	b->target = 800;
	fill_up(b);
	n = (int)b->s->n_sess;
	for (int i = 0; i < n; i++) {
		int again = rng_int(&b->r, 1, 8);
		int64_t at = b->s->sess[i]->start;

		for (int k = 0; k < again; k++) {
			at += rng_range(&b->r, 1500, 4000) * MS;
			session_again(b->s, &b->r, &b->m, b->s->sess[i], at);
		}
	}
}

static void family_syn(struct build *b)
{
	basics(b, rng_int(&b->r, 2, 3));
	if (rng_pct(&b->r, 50))
		add_nat(b);
	if (rng_pct(&b->r, 50)) {
		b->s->lossy = true;
		b->s->way[inner(b)][rng_int(&b->r, 0, 1)].syn_loss_ppm =
			(uint32_t)rng_range(&b->r, 20000, 600000);
	}
	b->m.max_bytes = 30000;
	b->target = 3000;
	fill_up(b);
	unanswered(b, rng_int(&b->r, 20, 70));
}

static void family_udp(struct build *b)
{
	basics(b, rng_int(&b->r, 2, 4));
	if (rng_pct(&b->r, 50))
		add_nat(b);
	if (rng_pct(&b->r, 60))
		add_loss(b);
	if (rng_pct(&b->r, 30))
		add_disorder(b);
	b->dns = 80;
	b->rtp = 10;
	b->target = 4000;
	snap(b, 20);
	fill_up(b);
}

static void family_icmp(struct build *b)
{
	basics(b, rng_int(&b->r, 2, 3));
	if (rng_pct(&b->r, 50))
		add_nat(b);
	if (rng_pct(&b->r, 60))
		add_loss(b);
	b->echo = 60;
	b->target = 3000;
	fill_up(b);
}

static void family_mix(struct build *b)
{
	struct rng *r = &b->r;

	basics(b, rng_int(r, 2, 5));
	if (rng_pct(r, 40)) {
		on_hosts(b->s);
		add_offload(b);
	}
	if (rng_pct(r, 60))
		add_nat(b);
	if (rng_pct(r, 30))
		add_reseq(b);
	if (rng_pct(r, 60))
		add_loss(b);
	if (rng_pct(r, 30))
		add_disorder(b);
	if (rng_pct(r, 30))
		add_gaps(b);
	if (rng_pct(r, 30))
		add_windows(b);
	if (rng_pct(r, 30))
		add_clocks(b);
	if (rng_pct(r, 15))
		b->s->box[inner(b)].hole_pct = 10;
	b->m.right_pct = 20;
	b->m.zero_window_pct = 5;
	b->dns = 10;
	b->rtp = 2;
	b->echo = 3;
	snap(b, 40);
	b->target = rng_int(r, 4000, 14000);
	fill_up(b);
	unanswered(b, 3);
}

static const struct {
	const char *name;
	void (*make)(struct build *b);
} family[] = {
	{ "clean", family_clean },     { "loss", family_loss },
	{ "offload", family_offload }, { "nat", family_nat },
	{ "reseq", family_reseq },     { "gaps", family_gaps },
	{ "window", family_window },   { "oneway", family_oneway },
	{ "clock", family_clock },     { "twins", family_twins },
	{ "reuse", family_reuse },     { "syn", family_syn },
	{ "udp", family_udp },         { "icmp", family_icmp },
	{ "mix", family_mix },
};

#define N_FAMILIES ((int)(sizeof family / sizeof family[0]))

int sim_n_families(void)
{
	return N_FAMILIES;
}

const char *sim_family(int i)
{
	return family[i].name;
}

int scenario_make(struct sim *s, uint64_t seed, const char *name)
{
	struct build b = { .s = s };
	int i = (int)(seed % (uint64_t)N_FAMILIES);

	if (name)
		for (i = 0; i < N_FAMILIES && strcmp(family[i].name, name);)
			i++;
	if (i == N_FAMILIES)
		return -1;
	s->seed = seed;
	s->family = family[i].name;
	s->base_ns = (1700000000 + (int64_t)(seed % 100000) * 1000) * SEC;
	s->end = 150 * SEC;
	rng_seed(&s->rng, seed ^ 0x51a7e);
	rng_seed(&b.r, seed);
	family[i].make(&b);
	for (int k = 0; k < s->n_segs; k++)
		if (s->box[k].hole_pct || s->box[k].rst_pct)
			s->lossy = true;
	return 0;
}
