/* What truly happened: one row per packet that was on the wire, copies
 * included.  `root` is what a host or box sent; a copy made by the network has
 * a parent, and the points before it was made do not count as passed by it.
 */
#include "tests/sim/sim.h"

#include <netinet/in.h>
#include <string.h>

static int kind_of(const struct pkt *p)
{
	if (p->proto != IPPROTO_TCP)
		return K_DATAGRAM;
	if (p->flags & F_RST)
		return K_RST;
	if (p->flags & F_SYN)
		return K_SYN;
	if (p->flags & F_FIN)
		return K_FIN;
	return p->len ? K_DATA : K_ACK;
}

const char *kind_name(int kind)
{
	static const char *const name[KINDS_N] = { "data", "ack", "syn",
						   "fin",  "rst", "datagram" };

	return name[kind];
}

static uint64_t hash(const uint8_t *p, uint32_t n)
{
	uint64_t h = 0xcbf29ce484222325u ^ n;

	for (uint32_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 0x100000001b3u;
	return h;
}

uint32_t truth_add(struct sim *s, const struct pkt *p, uint32_t parent,
		   int born_seg, bool injected)
{
	uint32_t id = (uint32_t)s->truth.n;
	struct truth_pkt *t = VEC_PUSH(&s->truth);

	*t = (struct truth_pkt){
		.root = parent == UINT32_MAX ? id : s->truth.at[parent].root,
		.parent = parent,
		.sess = p->s->id,
		.way = p->way,
		.kind = (uint8_t)kind_of(p),
		.proto = p->proto,
		.flags = p->flags,
		.n_sack = p->n_sack,
		.opts = p->opts,
		.injected = injected,
		.born_seg = (int16_t)born_seg,
		.lost_seg = -1,
		.ip_id = p->ip_id,
		.win = p->win,
		.seq = p->seq,
		.ack = p->ack,
		.len = p->len,
		.tsval = p->tsval,
		.sent = s->now,
	};
	if (parent != UINT32_MAX) { /* as the host sent it */
		const struct truth_pkt *from = &s->truth.at[t->root];

		t->seq = from->seq;
		t->ack = from->ack;
		t->tsval = from->tsval;
		t->ip_id = from->ip_id;
		t->pay_hash = from->pay_hash;
		t->opts = from->opts;
		memcpy(t->sack, from->sack, sizeof t->sack);
	} else {
		t->pay_hash = hash(p->pay, p->len);
		memcpy(t->sack, p->sack, sizeof t->sack);
	}
	return id;
}

static void dump_pkt(const struct sim *s, uint32_t id, FILE *f)
{
	static const char *const word[] = { "-", "seen", "DROPPED", "window",
					    "oneway" };
	const struct truth_pkt *t = &s->truth.at[id];

	fprintf(f,
		"%u root %u sess %u way %d %s flags %02x seq %u len %u ack %u"
		" tsval %u id %u sent %.6f",
		id, t->root, t->sess, t->way, kind_name(t->kind), t->flags,
		t->seq, t->len, t->ack, t->tsval, t->ip_id,
		(double)t->sent / 1e9);
	for (int k = 0; k < s->n_points; k++) {
		int i = t->way ? s->n_points - 1 - k : k;

		fprintf(f, " | %s %s", s->point[i].name, word[t->at[i].pass]);
		if (t->at[i].frame)
			fprintf(f, " #%u", t->at[i].frame);
		if (t->at[i].pass)
			fprintf(f, " @%.6f", (double)t->at[i].t / 1e9);
	}
	if (t->lost_seg >= 0)
		fprintf(f, " LOST seg %d", t->lost_seg);
	fprintf(f, "%s\n", t->injected ? " INJECTED" : "");
}

static void dump_session(const struct sim *s, const struct session *e, FILE *f)
{
	char a[NET_END_TEXT], b[NET_END_TEXT];

	fprintf(f, "session %u what %d proto %d start %.6f %s", e->id,
		(int)e->what, e->proto, (double)e->start / 1e9,
		e->client_right ? "from the right" : "from the left");
	for (int i = 0; i < s->n_points; i++)
		fprintf(f, " | %s %s %s", s->point[i].name,
			net_end_text(&e->left[i + 1], a),
			net_end_text(&e->right[i + 1], b));
	fputc('\n', f);
}

static void dump_config(const struct sim *s, FILE *f)
{
	fprintf(f, "seed %llu family %s base %lld\n",
		(unsigned long long)s->seed, s->family, (long long)s->base_ns);
	for (int i = 0; i < s->n_points; i++) {
		const struct point_cfg *p = &s->point[i];

		fprintf(f,
			"point %s on_host %d tso %d gro %d offset %lld drift"
			" %lld ppb tick %lld step %lld at %lld snap %u drop"
			" %u ppm gaps %d run %lld..%lld only %d\n",
			p->name, p->on_host, p->tso, p->gro,
			(long long)p->clock.offset,
			(long long)p->clock.drift_ppb, (long long)p->clock.tick,
			(long long)p->clock.step_by,
			(long long)p->clock.step_at, p->snap, p->drop_ppm,
			p->gaps, (long long)p->start, (long long)p->stop,
			p->only_way);
	}
	for (int i = 0; i < s->n_segs; i++)
		for (int w = 0; w < 2; w++) {
			const struct way_cfg *c = &s->way[i][w];

			fprintf(f,
				"seg %d way %d delay %lld jitter %lld loss"
				" %u burst %u over %u dup %u reorder %u rate"
				" %llu box %d\n",
				i, w, (long long)c->delay, (long long)c->jitter,
				c->loss_ppm, c->burst_ppm, c->over_len,
				c->dup_ppm, c->reorder_ppm,
				(unsigned long long)c->rate, s->box[i].present);
		}
}

void truth_dump(const struct sim *s, FILE *f)
{
	dump_config(s, f);
	for (size_t i = 0; i < s->n_sess; i++)
		dump_session(s, s->sess[i], f);
	for (uint32_t i = 0; i < s->truth.n; i++)
		dump_pkt(s, i, f);
}
