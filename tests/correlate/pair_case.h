/* Cases made of parts, for the tests of pairing: no packets, no files. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "correlate/pair.h"
#include "correlate/pair_int.h"

#define MS 1000000ll
#define SEC 1000000000ll
#define T0 (1700000000 * SEC)

/* A conversation, as its client would see it. */
struct conv {
	const char *client, *server; /* "addr:port" */
	int64_t at;                  /* after T0 */
	uint8_t proto;               /* 0: TCP */
	uint32_t isn[2];
	uint32_t content; /* seeds digests; 0: no payload */
	uint32_t tsval;   /* 0: no time stamps */
	bool no_syn, unanswered, no_c2s, no_s2c;
	unsigned segments; /* each way; 0: 2 */
	bool zeros;        /* every segment has the same content */
	bool upload;       /* the server only acknowledges */
};

/* How a point sees it. */
struct seen {
	const char *client, *server; /* NULL: as is */
	int64_t clock;               /* offset of the point's clock */
	int64_t delay;               /* of c2s; s2c is seen so much earlier */
	uint32_t reseq[2];           /* added to sequence numbers */
	uint8_t hops;                /* that c2s has crossed */
	bool lost_syn;               /* the first SYN never came */
	int64_t opens;               /* so much later than its data its SYNs */
	uint32_t stamps;             /* added to TSvals */
	unsigned late;               /* segments that passed before it looked */
	unsigned syns;               /* SYNs of the client; 0: as is */
	int64_t answered;            /* so much later the first answer it saw */
	unsigned acks;               /* fewer packets of the server */
	bool bare[2];         /* no time stamps but in the client's SYN */
	unsigned cut;         /* so much later every other segment begins */
	unsigned header;      /* bytes that a proxy put before the client's */
	unsigned granted;     /* bytes before the server's: the header is the
			       * client's request to a proxy, this its answer */
	const char *named[2]; /* ends that they name; NULL: none */
};

static inline uint32_t pc_mix(uint32_t h)
{
	h ^= h >> 16;
	h *= 0x7feb352du;
	h ^= h >> 15;
	h *= 0x846ca68bu;
	return h ^ h >> 16;
}

static inline struct net_end pc_end(const char *text)
{
	struct net_end e;

	assert_int_equal(net_end_parse(text, &e), 0);
	return e;
}

static inline int64_t pc_time(const struct conv *c, const struct seen *v, int d,
			      int64_t after)
{
	int64_t rtt = 40 * MS; /* client to server and back */

	return T0 + c->at + v->clock + after + (d ? rtt - v->delay : v->delay);
}

static inline void pc_samples(struct part_dir *p, const struct conv *c,
			      const struct seen *v, int d)
{
	unsigned n = c->segments ? c->segments : 2;

	if (!c->content || c->unanswered || (d && c->upload))
		return;
	for (unsigned i = v->late; i < n && p->any.n < PART_SAMPLES; i++) {
		struct part_sample *s = &p->any.at[p->any.n++];
		unsigned k = c->zeros ? 0 : i;

		s->digest = pc_mix(c->content * 64 + k * 2 + (unsigned)d);
		s->len = 100 - k;
		if (v->cut && i % 2) {
			s->digest++;
			s->len -= v->cut;
		} else if (v->cut) {
			s->len = 100 + v->cut;
		}
		s->seq = c->proto ? i : p->seq_first + 1 + i * 100;
		s->seq += i % 2 ? v->cut : 0;
		s->time_ns = pc_time(c, v, d, 50 * MS + i * 10 * MS);
	}
	p->data_packets = n;
	p->bytes = n * 100;
	p->seq_next = p->seq_first + 1 + n * 100;
	if (v->late)
		p->seq_first += 1 + v->late * 100;
	p->turn = p->any;
	p->turn.n = 1;
	if (!c->no_syn && !v->late) {
		p->head = (uint64_t)pc_mix(c->content + 7 + (unsigned)d) << 20;
		p->head_len = 40;
	}
}

static inline void pc_dir(struct part_dir *p, const struct conv *c,
			  const struct seen *v, int d)
{
	unsigned n = c->segments ? c->segments : 2;
	uint32_t isn = c->isn[d] + v->reseq[d];
	uint32_t tsval = c->tsval + (unsigned)d * 77777 + v->stamps;

	p->packets = c->unanswered ? 3 : n + 3 - (d && v->answered);
	p->packets -= d ? v->acks : 0;
	p->first_ns = pc_time(c, v, d,
			      v->opens + (v->lost_syn && !d ? SEC : 0) +
				      (d ? v->answered : 0));
	p->last_ns = pc_time(c, v, d, 200 * MS + SEC);
	p->ttl_min = p->ttl_max = (uint8_t)(d ? 64 - 8 + v->hops
					      : 64 - v->hops);
	if (!c->proto) {
		p->seq_first = (uint64_t)isn + (1ull << 32);
		p->seq_next = p->seq_first + 1;
		if (!c->unanswered)
			p->ack_max = (1ull << 32) + c->isn[!d] + v->reseq[!d] +
				     n * 100 + 1;
	}
	if (!c->proto && !c->no_syn && !v->late) {
		p->syn = true;
		p->isn = isn;
		p->syn_count = c->unanswered ? 3 : 1;
		if (!d && v->syns)
			p->syn_count = v->syns;
		p->syn_frame = 1 + (unsigned)d;
		p->syn_ns = p->first_ns;
		p->mss = 1460;
		p->syn_window = (uint16_t)(d ? 28960 : 64240);
		p->wscale = 7;
		p->syn_opts = REC_OPT_MSS | REC_OPT_WSCALE;
		if (c->tsval && !(d && v->bare[d])) {
			p->syn_opts |= REC_OPT_TS;
			p->syn_tsval = tsval;
		}
	}
	if (c->tsval && !c->proto && !(d && v->bare[d])) {
		p->ts = true;
		p->tsval_first = tsval;
		p->tsval_last = tsval + (v->bare[d] ? 0 : 1200);
	}
	pc_samples(p, c, v, d);
}

static inline void pc_before(struct part *p, int k, unsigned len)
{
	struct part_dir *d = &p->dir[k];

	p->before.len[k] = (uint16_t)len;
	d->bytes += len;
	d->seq_next += len;
	for (int i = 0; i < d->any.n; i++)
		d->any.at[i].seq += len;
	for (int i = 0; i < d->turn.n; i++)
		d->turn.at[i].seq += len;
}

static inline void pc_header(struct part *p, const struct seen *v)
{
	if (!v->header && !v->named[0])
		return;
	pc_before(p, 0, v->header);
	pc_before(p, 1, v->granted);
	p->before.opening = v->granted > 0;
	p->before.named = v->named[0] != NULL;
	for (int e = 0; e < 2 && v->named[0]; e++)
		p->before.ends[e] = pc_end(v->named[e]);
}

static inline struct part pc_part(const struct conv *c, const struct seen *v)
{
	struct part p = { .proto = c->proto ? c->proto : 6 };

	p.ends[0] = pc_end(v->client ? v->client : c->client);
	p.ends[1] = pc_end(v->server ? v->server : c->server);
	if (!c->no_c2s)
		pc_dir(&p.dir[0], c, v, 0);
	if (!c->unanswered && !c->no_s2c)
		pc_dir(&p.dir[1], c, v, 1);
	p.first_ns = c->no_c2s ? p.dir[1].first_ns : p.dir[0].first_ns;
	p.last_ns = c->no_c2s ? p.dir[1].last_ns : p.dir[0].last_ns;
	if (p.dir[1].packets && p.dir[1].last_ns > p.last_ns)
		p.last_ns = p.dir[1].last_ns;
	if (p.dir[1].packets && p.dir[1].first_ns < p.first_ns)
		p.first_ns = p.dir[1].first_ns;
	p.first_frame = 1;
	p.last_frame = 9;
	pc_header(&p, v);
	return p;
}

/* --- conversations and views of them that many tests use --- */
static const struct seen near_point = { .delay = 1 * MS };
static const struct seen far_point = { .delay = 20 * MS,
				       .clock = 3600 * SEC,
				       .hops = 4 };

static inline struct conv conv_number(unsigned i, char text[2][NET_END_TEXT])
{
	struct conv c = { .at = (int64_t)i * 300 * MS,
			  .isn = { pc_mix(i * 2 + 1), pc_mix(i * 2 + 2) },
			  .content = 1000 + i,
			  .tsval = pc_mix(i + 50000) };

	snprintf(text[0], NET_END_TEXT, "10.0.%u.%u:%u", i / 200, i % 200 + 1,
		 40000 + i % 20000);
	snprintf(text[1], NET_END_TEXT, "192.168.0.%u:443", i % 3 + 1);
	c.client = text[0];
	c.server = text[1];
	return c;
}

/* Number @i behind a box that renumbers both ways and gives the client @nat. */
static inline struct seen seen_renumbered(unsigned i, char nat[NET_END_TEXT])
{
	struct seen far = far_point;

	snprintf(nat, NET_END_TEXT, "203.0.113.9:%u", 2000 + i);
	far.client = nat;
	far.reseq[0] = pc_mix(i + 900);
	far.reseq[1] = pc_mix(i + 9000);
	return far;
}

/* What is behind a device that has numbers and time stamps of its own. */
static inline struct seen behind(struct seen at, int64_t opens)
{
	at.reseq[0] = 111111;
	at.reseq[1] = 222222;
	at.stamps = 333333;
	at.opens = opens;
	return at;
}

/* --- the case --- */

struct pc {
	struct store *s;
	uint32_t number[16]; /* parts so far, by point */
	int64_t point[16];
	int n;
};

static inline void pc_open(struct pc *c, int points)
{
	struct err err = { 0 };

	memset(c, 0, sizeof *c);
	c->s = store_open(NULL, STORE_CREATE, &err);
	assert_non_null(c->s);
	c->n = points;
	store_begin(c->s);
	for (int i = 0; i < points; i++) {
		char name[2] = { (char)('A' + i), 0 };
		struct point_row p = { .pos = i + 1, .name = name };
		struct file_row f = { .path = name,
				      .packets = 100,
				      .kept = 100,
				      .first_ns = T0,
				      .last_ns = T0 + 100 * SEC,
				      .resolution_ns = 1000,
				      .complete = true };

		c->point[i] = store_point_put(c->s, &p);
		f.id = (int64_t)(i + 1) << 8;
		f.point = c->point[i];
		store_file_put(c->s, &f);
	}
}

static inline void pc_put(struct pc *c, int point, const struct part *p)
{
	struct buf b = { 0 };

	part_pack(p, &b);
	store_part_put(c->s, (int64_t)(point + 1) << 8, ++c->number[point], &b);
	buf_release(&b);
}

static inline void pc_add(struct pc *c, int point, const struct conv *v,
			  const struct seen *w)
{
	struct part p = pc_part(v, w);

	pc_put(c, point, &p);
}

static inline void pc_add_both(struct pc *c, const struct conv *v,
			       const struct seen *far)
{
	pc_add(c, 0, v, &near_point);
	pc_add(c, 1, v, far);
}

/* Number @i at two points, with time stamps. */
static inline void pc_add_stamped(struct pc *c, unsigned i,
				  const struct seen *far)
{
	char t[2][NET_END_TEXT];
	struct conv v = conv_number(i, t);

	v.tsval = 5000 * (i + 1);
	pc_add(c, 0, &v, &near_point);
	pc_add(c, 1, &v, far);
}

static inline void pc_run(struct pc *c, const struct pair_options *o)
{
	struct err err = { 0 };

	assert_int_equal(store_commit(c->s, &err), 0);
	if (pair_run(c->s, o, &err))
		fail_msg("%s", err.text);
}

static inline struct session_row pc_session(struct pc *c, int64_t id)
{
	struct session_row r;

	assert_true(store_session_get(c->s, id, &r));
	return r;
}

/* Opens a case of one conversation at two points and pairs it. */
static inline struct session_row pc_only_session(struct pc *c,
						 const struct conv *v,
						 const struct seen *near,
						 const struct seen *far)
{
	pc_open(c, 2);
	pc_add(c, 0, v, near);
	pc_add(c, 1, v, far);
	pc_run(c, NULL);
	return pc_session(c, 1);
}

static inline struct flow_row pc_flow(struct pc *c, int64_t id)
{
	struct flow_row r;

	assert_true(store_flow_get(c->s, id, &r));
	return r;
}

static inline int pc_count(struct pc *c, enum pair_verdict v)
{
	int n = 0;

	for (int64_t i = 1; i <= store_session_count(c->s); i++) {
		struct session_row r = pc_session(c, i);

		n += r.verdict == v;
		session_row_release(&r);
	}
	return n;
}

static inline void pc_close(struct pc *c)
{
	store_close(c->s);
}

/* Are the sessions' flows of the same number in their point's order? */
static inline void expect_pairs(struct pc *c, unsigned n)
{
	for (int64_t i = 1; i <= store_session_count(c->s); i++) {
		struct session_row r = pc_session(c, i);

		if (r.n_flows == 2)
			assert_int_equal(r.flows[0].flow + n, r.flows[1].flow);
		session_row_release(&r);
	}
}
