/* Scenarios by family: what path, points, clocks and sessions a seed means.
 *
 * A scenario has a generator of its own, apart from that of the run, so that
 * a change in the simulator's draws does not change the set-up.
 */
#include "tests/sim/build.h"

#include <string.h>

/* --- families --- */

static void family_clean(struct build *b)
{
	build_path(b, rng_int(&b->r, 2, 3));
	b->dns = 15;
	build_snap(b, 30);
	build_sessions(b);
}

static void family_loss(struct build *b)
{
	build_path(b, rng_pct(&b->r, 60) ? 2 : rng_int(&b->r, 3, 5));
	build_loss(b);
	if (rng_pct(&b->r, 40))
		build_disorder(b);
	b->m.zero_window_pct = 3;
	b->dns = 10;
	build_snap(b, 20);
	build_sessions(b);
}

static void family_offload(struct build *b)
{
	build_path(b, rng_int(&b->r, 2, 3));
	build_on_hosts(b->s);
	build_offload(b);
	if (rng_pct(&b->r, 50))
		build_loss(b);
	b->m.bulk_pct = 40;
	b->m.right_pct = 20;
	build_snap(b, 30);
	build_sessions(b);
}

static void family_nat(struct build *b)
{
	build_path(b, rng_int(&b->r, 2, 4));
	build_nat(b);
	if (rng_pct(&b->r, 40))
		build_loss(b);
	b->m.right_pct = 15;
	b->dns = 15;
	b->echo = 3;
	build_snap(b, 30);
	build_sessions(b);
}

static void family_reseq(struct build *b)
{
	build_path(b, rng_int(&b->r, 2, 3));
	build_nat(b);
	build_reseq(b);
	if (rng_pct(&b->r, 50))
		build_loss(b);
	if (rng_pct(&b->r, 20))
		b->s->box[build_inner(b)].rst_pct = 15;
	build_snap(b, 30);
	build_sessions(b);
}

static void family_gaps(struct build *b)
{
	build_path(b, rng_int(&b->r, 2, 4));
	build_gaps(b);
	if (rng_pct(&b->r, 50))
		build_loss(b);
	if (rng_pct(&b->r, 30))
		build_nat(b);
	b->dns = 10;
	b->m.bulk_pct = 25;
	build_snap(b, 20);
	build_sessions(b);
}

static void family_window(struct build *b)
{
	build_path(b, rng_int(&b->r, 2, 4));
	build_windows(b);
	if (rng_pct(&b->r, 50))
		build_loss(b);
	if (rng_pct(&b->r, 40))
		build_nat(b);
	b->m.idle_pct = 20;
	b->m.bulk_pct = 25;
	b->dns = 10;
	build_sessions(b);
}

static void family_oneway(struct build *b)
{
	int point, way;

	build_path(b, rng_int(&b->r, 2, 4));
	point = rng_int(&b->r, 0, b->s->n_points - 1);
	way = rng_int(&b->r, 0, 1);
	b->s->point[point].only_way = way;
	if (rng_pct(&b->r, 50))
		build_loss(b);
	b->dns = 10;
	build_sessions(b);
}

static void family_clock(struct build *b)
{
	build_path(b, rng_int(&b->r, 2, 4));
	build_clocks(b);
	if (rng_pct(&b->r, 40))
		build_loss(b);
	if (rng_pct(&b->r, 40))
		build_nat(b);
	build_sessions(b);
}

static void family_twins(struct build *b)
{
	struct session *first;
	int n;

	build_path(b, rng_int(&b->r, 2, 3));
	build_nat(b);
	if (rng_pct(&b->r, 50))
		build_reseq(b);
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
	build_sessions(b);
}

static void family_reuse(struct build *b)
{
	int n;

	build_path(b, rng_int(&b->r, 2, 3));
	if (rng_pct(&b->r, 50))
		build_nat(b);
	if (rng_pct(&b->r, 30))
		build_reseq(b);
	b->m.max_bytes = 20000;
	b->m.spread = 4 * SEC;
	b->m.idle_pct = 0;
	b->target = 800;
	build_sessions(b);
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
	build_path(b, rng_int(&b->r, 2, 3));
	if (rng_pct(&b->r, 50))
		build_nat(b);
	if (rng_pct(&b->r, 50)) {
		b->s->lossy = true;
		uint32_t ppm = (uint32_t)rng_range(&b->r, 20000, 600000);

		b->s->way[build_inner(b)][rng_int(&b->r, 0, 1)].syn_loss_ppm =
			ppm;
	}
	b->m.max_bytes = 30000;
	b->target = 3000;
	build_sessions(b);
	build_unanswered(b, rng_int(&b->r, 20, 70));
}

static void family_udp(struct build *b)
{
	build_path(b, rng_int(&b->r, 2, 4));
	if (rng_pct(&b->r, 50))
		build_nat(b);
	if (rng_pct(&b->r, 60))
		build_loss(b);
	if (rng_pct(&b->r, 30))
		build_disorder(b);
	b->dns = 80;
	b->rtp = 10;
	b->target = 4000;
	build_snap(b, 20);
	build_sessions(b);
}

static void family_icmp(struct build *b)
{
	build_path(b, rng_int(&b->r, 2, 3));
	if (rng_pct(&b->r, 50))
		build_nat(b);
	if (rng_pct(&b->r, 60))
		build_loss(b);
	b->echo = 60;
	b->target = 3000;
	build_sessions(b);
}

static void family_mix(struct build *b)
{
	struct rng *r = &b->r;

	build_path(b, rng_int(r, 2, 5));
	if (rng_pct(r, 40)) {
		build_on_hosts(b->s);
		build_offload(b);
	}
	if (rng_pct(r, 60))
		build_nat(b);
	if (rng_pct(r, 30))
		build_reseq(b);
	if (rng_pct(r, 60))
		build_loss(b);
	if (rng_pct(r, 30))
		build_disorder(b);
	if (rng_pct(r, 30))
		build_gaps(b);
	if (rng_pct(r, 30))
		build_windows(b);
	if (rng_pct(r, 30))
		build_clocks(b);
	if (rng_pct(r, 15))
		b->s->box[build_inner(b)].hole_pct = 10;
	b->m.right_pct = 20;
	b->m.zero_window_pct = 5;
	b->dns = 10;
	b->rtp = 2;
	b->echo = 3;
	build_snap(b, 40);
	b->target = rng_int(r, 4000, 14000);
	build_sessions(b);
	build_unanswered(b, 3);
}

/* Known shares of time: judge_time.c. */
static void family_time(struct build *b)
{
	build_path(b, rng_int(&b->r, 2, 4));
	if (rng_pct(&b->r, 60))
		build_on_hosts(b->s);
	if (rng_pct(&b->r, 40))
		build_nat(b);
	for (int i = 0; i < b->s->n_segs; i++)
		for (int w = 0; w < 2; w++)
			b->s->way[i][w].jitter = 0;
	b->m.plain_turns = true;
	b->m.mss = 1460;
	b->m.right_pct = 20;
	build_snap(b, 30);
	if (rng_pct(&b->r, 30))
		build_inner_gaps(b);
	build_sessions(b);
	if (rng_pct(&b->r, 40))
		build_steps(b);
}

/* One file shows both sides of a router, or a NAT. */
static void family_router(struct build *b)
{
	struct rng *r = &b->r;

	build_path(b, rng_int(r, 4, 5));
	if (rng_pct(r, 50))
		build_loss(b);
	if (rng_pct(r, 20))
		build_disorder(b);
	build_snap(b, 30);
	build_router(b);
	b->m.right_pct = 10;
	b->dns = 10;
	b->echo = 3;
	build_sessions(b);
}

/* A path with a relay. */
static void relay_path(struct build *b)
{
	struct rng *r = &b->r;

	build_path(b, rng_int(r, 2, 5));
	b->relay = build_inner(b);
	if (rng_pct(r, 40)) {
		build_on_hosts(b->s);
		build_offload(b);
	}
	if (rng_pct(r, 50))
		build_nat(b);
	if (rng_pct(r, 50))
		build_loss(b);
	if (rng_pct(r, 20))
		build_disorder(b);
	if (rng_pct(r, 20))
		build_gaps(b);
	if (rng_pct(r, 30))
		build_windows(b);
}

/* Connections that are ended on the way and begun anew. */
static void relay(struct build *b, int header_pct, int connect_pct, bool spoof)
{
	relay_path(b);
	b->m.header_pct = header_pct;
	b->m.connect_pct = connect_pct;
	b->m.spoof = spoof;
	b->m.right_pct = 20;
	b->dns = 10;
	build_snap(b, 30);
	build_sessions(b);
}

/* An accelerator (PEP): a relay that keeps the ends of both connections. */
static void family_pep(struct build *b)
{
	relay(b, 0, 0, true);
}

/* Cards of the routers between merge segments, and cut them again. */
static void family_merge(struct build *b)
{
	build_path(b, rng_int(&b->r, 3, 5));
	build_on_hosts(b->s);
	if (rng_pct(&b->r, 50))
		build_offload(b);
	build_router_offload(b);
	if (rng_pct(&b->r, 40))
		build_nat(b);
	if (rng_pct(&b->r, 20))
		build_reseq(b);
	if (rng_pct(&b->r, 60))
		build_loss(b);
	if (rng_pct(&b->r, 20))
		build_disorder(b);
	if (rng_pct(&b->r, 20))
		build_gaps(b);
	b->m.bulk_pct = 40;
	b->m.right_pct = 20;
	build_snap(b, 30);
	build_sessions(b);
}

/* Requests that a relay changes, and sends on over connections that it may
 * share. */
static void family_http(struct build *b)
{
	relay_path(b);
	b->dns = 5;
	build_web(b);
	build_snap(b, 20);
	build_sessions(b);
}

/* What the clients say is sealed, or in frames, as far as the relay: nothing of it
 * is found behind it. */
static void sealed(struct build *b, bool frames)
{
	relay_path(b);
	b->dns = 5;
	build_web(b);
	build_seal(b, frames);
	build_snap(b, 20);
	build_sessions(b);
}

static void family_tls(struct build *b)
{
	sealed(b, false);
}

static void family_frames(struct build *b)
{
	sealed(b, true);
}

static void family_relay(struct build *b)
{
	relay(b, 0, 0, false);
}

/* The same, most named by a header before its stream. */
static void family_proxy(struct build *b)
{
	relay(b, 80, 0, false);
}

/* The same, most asked for by the client before its stream. */
static void family_connect(struct build *b)
{
	relay(b, 0, 80, false);
}

/* A load balancer whose own captures name the connections on its other side:
 * only that tells those apart that have the same contents at the same time. */
static void family_balancer(struct build *b)
{
	struct rng *r = &b->r;

	build_path(b, rng_int(r, 4, 5));
	b->relay = rng_int(r, 2, b->s->n_points - 2);
	if (rng_pct(r, 50))
		build_loss(b);
	if (rng_pct(r, 20))
		build_disorder(b);
	if (rng_pct(r, 20))
		build_gaps(b);
	if (rng_pct(r, 30))
		build_windows(b);
	build_snap(b, 30);
	build_trailers(b);
	b->relay_twins = 40;
	b->m.right_pct = 20;
	b->dns = 10;
	build_sessions(b);
}

/* Routes that change in mid-capture, and queues that look alike. */
static void family_route(struct build *b)
{
	struct rng *r = &b->r;

	build_path(b, rng_int(r, 2, 4));
	if (rng_pct(r, 80))
		build_moves(b);
	if (rng_pct(r, 40))
		build_loss(b);
	if (rng_pct(r, 30))
		build_nat(b);
	if (rng_pct(r, 20))
		build_disorder(b);
	if (rng_pct(r, 20))
		build_gaps(b);
	b->m.steady_pct = rng_int(r, 5, 15);
	b->m.right_pct = 15;
	b->target = 9000;
	build_snap(b, 30);
	build_sessions(b);
}

/* ECN and classes of service, marked and rewritten on the way. */
static void family_marks(struct build *b)
{
	struct rng *r = &b->r;

	build_path(b, rng_int(r, 2, 5));
	if (rng_pct(r, 40)) {
		build_on_hosts(b->s);
		build_offload(b);
	}
	if (rng_pct(r, 40))
		build_nat(b);
	build_marks(b);
	if (rng_pct(r, 50))
		build_loss(b);
	if (rng_pct(r, 20))
		build_disorder(b);
	if (rng_pct(r, 20))
		build_gaps(b);
	b->m.right_pct = 20;
	b->dns = 10;
	build_snap(b, 30);
	build_sessions(b);
}

/* Many sessions of few hosts over a bundle, one link of which loses. */
static void family_bundle(struct build *b)
{
	build_path(b, rng_int(&b->r, 2, 3));
	build_bundle(b);
	if (rng_pct(&b->r, 30))
		build_nat(b);
	b->m.clients = rng_int(&b->r, 1, 4);
	b->m.servers = rng_int(&b->r, 1, 2);
	b->m.spread = rng_range(&b->r, 1, 4) * SEC;
	b->m.v6_pct = 0;
	b->rtp = rng_int(&b->r, 20, 50);
	build_snap(b, 30);
	build_sessions(b);
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
	{ "mix", family_mix },         { "time", family_time },
	{ "relay", family_relay },     { "router", family_router },
	{ "proxy", family_proxy },     { "route", family_route },
	{ "marks", family_marks },     { "balancer", family_balancer },
	{ "http", family_http },       { "tls", family_tls },
	{ "frames", family_frames },   { "pep", family_pep },
	{ "merge", family_merge },     { "connect", family_connect },
	{ "bundle", family_bundle },
};

#define N_FAMILIES ((int)(sizeof family / sizeof family[0]))
#define N_DRAWN 15 /* those that seeds choose; others are asked for by name */

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
	int i = (int)(seed % (uint64_t)N_DRAWN);

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
