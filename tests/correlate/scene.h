/* Hand-made sessions over two points, 20 ms apart each way: what decide*.c say of a
 * packet that the far point lacks. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "correlate/bins.h"
#include "correlate/chain.h"
#include "tests/correlate/side.h"

#define SEQ 1000u
#define LEN 100u

struct scene { /* data from near to far, their acknowledgements back */
	struct side near, far, near_acks, far_acks;
	struct watch watch[2];
	struct session_flow flows[2];
	struct session_row row;
	struct strand strand[4];
	struct sweep_env env;
	struct sweep_session s;
	uint8_t loss[4]; /* absence alone is none */
	struct strand *way[2];
	struct hop hop;
	struct recopy copies[2];
	struct leg leg;
	struct chain c;
};

/* Data segments at both points, the first @n ones, 10 ms apart. */
static inline void flow(struct scene *t, uint32_t n)
{
	memset(t, 0, sizeof *t);
	for (uint32_t k = 0; k < n; k++) {
		add(&t->near, k * 10, SEQ + k * LEN, LEN, 10 + k);
		add(&t->far, k * 10 + 20, SEQ + k * LEN, LEN, 10 + k);
	}
}

static inline struct record *ack(struct side *a, int64_t ms, uint32_t number)
{
	struct record *r = add(a, ms, 1, 0, 1);

	r->ack64 = seq_first(number);
	return r;
}

/* Both points see the acknowledgement; @ms at the far one. */
static inline void acked(struct scene *t, int64_t ms, uint32_t number)
{
	ack(&t->far_acks, ms, number);
	ack(&t->near_acks, ms + 20, number);
}

static inline void open_scene(struct scene *t)
{
	for (int p = 0; p < 2; p++) {
		watch_add(&t->watch[p], -1000 * MS, 100000 * MS);
		t->watch[p].packets = 1000000;
	}
	t->row = (struct session_row){ .proto = 6, .n_flows = 2 };
	t->row.flows = t->flows;
	t->strand[0] = t->near.s;
	t->strand[1] = t->near_acks.s;
	t->strand[2] = t->far.s;
	t->strand[3] = t->far_acks.s;
	for (int k = 0; k < 4; k++) {
		t->strand[k].pos = k / 2 + 1;
		t->strand[k].flow = k / 2;
		t->strand[k].dir = (uint8_t)(k % 2);
	}
	t->env = (struct sweep_env){ .n_points = 2,
				     .watch = t->watch,
				     .max_transit_ns = 30000 * MS };
	t->s = (struct sweep_session){ .row = &t->row,
				       .strand = t->strand,
				       .loss = t->loss };
	t->way[0] = &t->strand[0];
	t->way[1] = &t->strand[2];
	t->hop = (struct hop){ .use_ts = true,
			       .tick = 1,
			       .f_low = INT64_MIN,
			       .f_high = INT64_MAX,
			       .max_transit = 30000 * MS };
	hop_init(&t->hop, t->way[0], t->way[1], true);
	hop_match(&t->hop);
	t->leg = (struct leg){ 0, 1, true, true };
	t->c = (struct chain){ .env = &t->env,
			       .s = &t->s,
			       .n = 2,
			       .strand = t->way,
			       .n_hops = 1,
			       .hop = &t->hop,
			       .leg = &t->leg,
			       .copies = t->copies };
}

static inline struct verdict fate_of(struct scene *t, uint32_t i)
{
	assert_int_equal(t->hop.far_of[i], LINK_NONE);
	return decide_absent(&t->c, 0, i, 0, LEN);
}

static inline void close_scene(struct scene *t)
{
	hop_release(&t->hop);
	for (int p = 0; p < 2; p++) {
		watch_release(&t->watch[p]);
		recopy_release(&t->copies[p]);
	}
}

/* The last @n of the flow's segments are missing at the far point. */
static inline void drop_last(struct scene *t, uint32_t n)
{
	t->far.s.n -= n;
}

/* The receiver has the eighth, not the seventh. */
static inline void lacks_the_seventh(struct scene *t)
{
	struct record *r;

	acked(t, 85, SEQ + 6 * LEN);
	r = ack(&t->far_acks, 95, SEQ + 6 * LEN);
	r->n_sack = 1;
	r->sack[0][0] = SEQ + 7 * LEN;
	r->sack[0][1] = SEQ + 8 * LEN;
	add(&t->near, 300, SEQ + 6 * LEN, LEN, 310);
	acked(t, 340, SEQ + 8 * LEN);
}

static inline void lose_the_seventh(struct scene *t)
{
	flow(t, 8);
	t->far.rec[6] = t->far.rec[7];
	drop_last(t, 1);
	lacks_the_seventh(t);
}
