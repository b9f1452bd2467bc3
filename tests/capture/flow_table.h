/* A flow table and packets of one connection, one after another: for its tests. */
#pragma once

#include "capture/flow.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/seq.h"

#define SECOND 1000000000LL
#define EPOCH (1ull << 32)

struct table {
	struct flowtab *t;
	struct VEC(struct part) parts; /* in order of end */
	uint64_t frame;
	int64_t now;
	struct packet last;
};

static inline void done(void *ctx, const struct part *p, uint32_t lane)
{
	struct table *x = ctx;

	(void)lane;
	*VEC_PUSH(&x->parts) = *p;
}

static inline struct table *table_new(void)
{
	struct table *x = mem_zalloc(1, sizeof *x);

	x->t = flowtab_new(done, x);
	x->now = 1700000000 * SECOND;
	return x;
}

static inline void table_free(struct table *x)
{
	flowtab_free(x->t);
	VEC_FREE(&x->parts);
	free(x);
}

/* The part with that number, after the end. */
static inline const struct part *part(const struct table *x, uint32_t number)
{
	for (size_t i = 0; i < x->parts.n; i++)
		if (x->parts.at[i].number == number)
			return &x->parts.at[i];
	fail_msg("no part %u", number);
	return NULL;
}

static inline struct packet blank(struct table *x, int way, uint8_t proto)
{
	static const uint8_t a[4] = { 10, 0, 0, 1 }, b[4] = { 10, 0, 0, 2 };
	struct packet p = { 0 };

	x->now += 1000000;
	p.rec.time_ns = x->now;
	p.rec.frame = ++x->frame;
	p.rec.ttl = 64;
	p.rec.hdr_len = 40;
	p.key.proto = proto;
	p.key.src = net_addr_v4(way ? b : a);
	p.key.dst = net_addr_v4(way ? a : b);
	p.key.sport = way ? 80 : 5000;
	p.key.dport = way ? 5000 : 80;
	p.wscale = -1;
	return p;
}

static inline const struct record *add(struct table *x, struct packet *p)
{
	flowtab_add(x->t, p, 1);
	x->last = *p;
	return &x->last.rec;
}

static inline const struct record *tcp(struct table *x, int way, unsigned flags,
				       uint32_t seq, uint32_t ack,
				       const char *data)
{
	struct packet p = blank(x, way, IPPROTO_TCP);

	p.rec.tcp_flags = (uint16_t)flags;
	p.rec.seq64 = seq;
	p.rec.ack64 = ack;
	p.rec.pay_len = p.payload_cap = (uint32_t)strlen(data);
	p.payload = (const uint8_t *)data;
	if (p.rec.pay_len) {
		p.rec.marks = REC_HEAD;
		for (const char *c = data; *c; c++)
			p.rec.head_digest = p.rec.head_digest * 31 +
					    (uint8_t)*c;
	}
	return add(x, &p);
}

static inline const struct record *udp(struct table *x, int way,
				       const char *data)
{
	struct packet p = blank(x, way, IPPROTO_UDP);

	p.rec.pay_len = p.payload_cap = (uint32_t)strlen(data);
	p.payload = (const uint8_t *)data;
	p.rec.marks = REC_HEAD;
	p.rec.head_digest = (uint8_t)data[0] * 77777u;
	return add(x, &p);
}

#define S REC_SYN
#define A REC_ACK
#define F REC_FIN
#define R REC_RST

static inline void handshake(struct table *x, uint32_t c, uint32_t s)
{
	tcp(x, 0, S, c, 0, "");
	tcp(x, 1, S | A, s, c + 1, "");
	tcp(x, 0, A, c + 1, s + 1, "");
}
