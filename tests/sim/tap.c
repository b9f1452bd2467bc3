/* A capture point: its clock, what it drops or cannot see, and its file.
 *
 * A frame is one or more packets: a TSO super-segment at the sender's host
 * stands for those that follow it on the wire, a GRO one for those that came.
 * Its number is given only when it is really written, as Wireshark counts.
 */
#include "tests/sim/sim.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "capture/pcapng_writer.h"

struct tap {
	struct pcapng_writer *ng;
	FILE *pcap;
	uint32_t frames;
	uint64_t dropped;
	uint8_t pass; /* of the last frame; for TSO parts */
	struct rng rng;
	uint8_t frame[WIRE_MAX];
};

static int64_t floor_to(int64_t t, int64_t tick)
{
	int64_t r = t % tick;

	return t - (r < 0 ? r + tick : r);
}

int64_t tap_clock(const struct sim *s, int point, int64_t t)
{
	const struct clock_cfg *c = &s->point[point].clock;
	int64_t drift = t / 1000 * c->drift_ppb / 1000000;
	int64_t step = c->step_by && t >= c->step_at ? c->step_by : 0;

	return s->base_ns + t + c->offset + drift + step;
}

static char *plain_path(const struct sim *s, int point)
{
	const char *name = s->point[point].name;

	return mem_printf("%s/%.*s.%s", s->dir, (int)strcspn(name, "#"), name,
			  s->point[point].kind == FILE_PCAPNG ? "pcapng"
							      : "pcap");
}

char *tap_path(const struct sim *s, int point)
{
	char *plain = plain_path(s, point);
	char *path = mem_printf("%s%s", plain,
				s->point[point].gzip ? ".gz" : "");

	free(plain);
	return path;
}

static void die(const char *what, const char *path)
{
	fprintf(stderr, "sim: %s %s\n", what, path);
	exit(2);
}

static uint8_t tsresol(int64_t tick)
{
	return tick == 15625000 ? 0x86 : tick == MS ? 3 : tick == US ? 6 : 9;
}

static void pcap_open_out(struct tap *t, const struct point_cfg *p,
			  const char *path)
{
	uint32_t head[6] = { p->kind == FILE_PCAP_NS ? 0xa1b23c4d : 0xa1b2c3d4,
			     2 | 4 << 16,
			     0,
			     0,
			     p->snap ? p->snap : 262144,
			     p->raw_ip ? 101 : 1 };

	t->pcap = fopen(path, "wb");
	if (!t->pcap)
		die("cannot write", path);
	fwrite(head, sizeof head, 1, t->pcap);
}

void tap_open(struct sim *s, int point)
{
	const struct point_cfg *p = &s->point[point];
	struct tap *t;
	char *path;
	struct err err = { 0 };

	if (p->port == 2) {
		s->tap[point] = s->tap[point - 1];
		return;
	}
	t = s->tap[point] = mem_zalloc(1, sizeof *t);
	path = plain_path(s, point);

	rng_seed(&t->rng, s->seed * 31 + (uint64_t)point + 7);
	if (p->kind == FILE_PCAPNG) {
		t->ng = pcapng_writer_open(path, &err);
		if (!t->ng)
			die("cannot write", path);
		pcapng_writer_iface(t->ng, p->raw_ip ? 101 : 1, p->snap,
				    tsresol(p->clock.tick), "sim0");
	} else {
		pcap_open_out(t, p, path);
	}
	free(path);
}

static uint8_t verdict(const struct sim *s, int point, int way)
{
	const struct point_cfg *p = &s->point[point];

	if (s->now < p->start || s->now >= p->stop)
		return PASS_WINDOW;
	if (p->only_way >= 0 && p->only_way != way)
		return PASS_ONEWAY;
	for (int i = 0; i < p->gaps; i++)
		if (s->now >= p->gap[i].from && s->now < p->gap[i].to)
			return PASS_DROPPED;
	return rng_ppm(&s->tap[point]->rng, p->drop_ppm) ? PASS_DROPPED
							 : PASS_SEEN;
}

/* Hosts are 1 and 2, the router's ports 3 and 4. */
static void put_ports(uint8_t *frame, int way, int port)
{
	uint8_t host = (uint8_t)port, router = (uint8_t)(port + 2);
	bool to_router = way == port - 1;

	frame[5] = to_router ? router : host;
	frame[11] = to_router ? host : router;
}

static void write_frame(struct sim *s, int point, const struct pkt *p,
			const uint8_t *pay, uint32_t len, bool offload)
{
	const struct point_cfg *c = &s->point[point];
	struct tap *t = s->tap[point];
	int64_t when = floor_to(tap_clock(s, point, s->now), c->clock.tick);
	uint32_t wire = wire_frame(p, pay, len, c->vlan, c->raw_ip, offload,
				   t->frame);
	struct net_end peer[2];

	if (c->trailer)
		wire += wire_trailer(relay_peer(p->s, peer) ? peer : NULL,
				     p->proto, c->trailer, t->frame + wire);
	uint32_t cap = c->snap && c->snap < wire ? c->snap : wire;

	if (c->port)
		put_ports(t->frame, p->way, c->port);
	t->frames++;
	if (t->ng) {
		pcapng_writer_packet(t->ng, 0, when, t->frame, cap, wire, NULL);
		return;
	}
	int64_t unit = c->kind == FILE_PCAP_NS ? 1 : US;
	uint32_t head[4] = { (uint32_t)(when / SEC),
			     (uint32_t)(when % SEC / unit), cap, wire };

	fwrite(head, sizeof head, 1, t->pcap);
	fwrite(t->frame, 1, cap, t->pcap);
}

void tap_see(struct sim *s, int point, struct pkt *const *p, int n,
	     const uint8_t *pay, uint32_t len, bool offload)
{
	struct tap *t = s->tap[point];

	if (!p[0]->super_part) {
		t->pass = verdict(s, point, p[0]->way);
		if (t->pass == PASS_SEEN)
			write_frame(s, point, p[0], pay, len, offload);
		t->dropped += t->pass == PASS_DROPPED;
	}
	for (int i = 0; i < n; i++) {
		struct truth_pkt *k = &s->truth.at[p[i]->truth];

		k->at[point].pass = t->pass;
		k->at[point].t = s->now;
		k->at[point].seq = p[i]->seq;
		k->at[point].tos = p[i]->tos;
		k->at[point].ttl = p[i]->ttl;
		if (t->pass != PASS_SEEN)
			continue;
		k->at[point].frame = t->frames;
		*VEC_PUSH(&s->frames[point]) =
			(struct frame_pkt){ t->frames, p[i]->truth };
	}
}

static void compress_file(const char *plain)
{
	char *path = mem_printf("%s.gz", plain);
	FILE *in = fopen(plain, "rb");
	gzFile out = gzopen(path, "wb1");
	uint8_t part[65536];
	size_t n;

	if (!in || !out)
		die("cannot compress", plain);
	while ((n = fread(part, 1, sizeof part, in)) > 0)
		gzwrite(out, part, (unsigned)n);
	fclose(in);
	gzclose(out);
	unlink(plain);
	free(path);
}

void tap_close(struct sim *s, int point)
{
	const struct point_cfg *p = &s->point[point];
	struct tap *t = s->tap[point];
	char *path;
	struct err err = { 0 };

	s->tap[point] = NULL;
	if (p->port == 2) /* closed with the other */
		return;
	path = plain_path(s, point);
	if (t->ng) {
		if (p->tell_drops)
			pcapng_writer_stats(t->ng, 0,
					    tap_clock(s, point, s->now),
					    t->frames + t->dropped, t->dropped);
		if (pcapng_writer_close(t->ng, &err))
			die(err.text, path);
	} else if (fclose(t->pcap)) {
		die("cannot write", path);
	}
	if (p->gzip)
		compress_file(path);
	free(path);
	free(t);
}
