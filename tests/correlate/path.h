/* A session over three points, 10 ms apart, by hand: client, middle, server; or over
 * as many as POINTS says. */
#pragma once

#include <string.h>

#include "correlate/chain.h"
#include "correlate/sees.h"
#include "tests/correlate/side.h"

#ifndef POINTS
#define POINTS 3
#endif
#define N 24u

struct scene {
	struct side data[POINTS], acks[POINTS];
	struct watch watch[POINTS];
	const struct clock_row *clock[POINTS];
	uint8_t sees[POINTS], apart[POINTS * POINTS], loss[POINTS * POINTS];
	struct session_flow flows[POINTS];
	struct session_row row;
	struct strand strand[POINTS * 2];
	struct sweep_env env;
	struct sweep_session s;
	struct chain c;
};

enum { MIDDLE = 1, END = 2, BOTH = 3 }; /* points that segment k reached */

static inline void open_scene(struct scene *t, const uint8_t *reached)
{
	memset(t, 0, sizeof *t);
	for (uint32_t k = 0; k < N; k++)
		for (uint32_t p = 0; p < POINTS; p++)
			if (p == 0 || (reached[k] >> (p - 1) & 1))
				add(&t->data[p], k * 4 + p * 10, 1000 + k * 100,
				    100, 10 + k);
	for (uint32_t p = 0; p < POINTS; p++) {
		watch_add(&t->watch[p], -1000 * MS, 100000 * MS);
		t->watch[p].packets = 10000;
		t->flows[p].point_pos = (int)p + 1;
		t->flows[p].ts_known[0] = true;
		t->flows[p].delta_known[0] = t->flows[p].delta_known[1] = true;
		t->strand[p * 2] = t->data[p].s;
		t->acks[p].s.get = strand_of_array;
		t->strand[p * 2 + 1] = t->acks[p].s;
		for (uint8_t d = 0; d < 2; d++) {
			t->strand[p * 2 + d].pos = (int)p + 1;
			t->strand[p * 2 + d].flow = (int)p;
			t->strand[p * 2 + d].dir = d;
		}
	}
	memset(t->sees, 1 | 2, POINTS);
	t->row = (struct session_row){ .proto = 6, .n_flows = POINTS };
	t->row.flows = t->flows;
	t->env = (struct sweep_env){ .n_points = POINTS,
				     .watch = t->watch,
				     .clock = t->clock,
				     .sees = t->sees,
				     .apart = t->apart,
				     .max_transit_ns = 30000 * MS };
	t->s = (struct sweep_session){ .row = &t->row,
				       .strand = t->strand,
				       .loss = t->loss };
	t->c = (struct chain){ .env = &t->env, .s = &t->s };
}

static inline void close_scene(struct scene *t)
{
	chain_release(&t->c);
	for (int p = 0; p < POINTS; p++)
		watch_release(&t->watch[p]);
}
