/* A point whose flows share some of their values, made by hand. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "correlate/key_counts.h"
#include "correlate/keys.h"

#define FLOWS 300 /* more than the table counts to */

static inline struct flow flow_of(uint32_t i)
{
	struct flow f = { .addr = { i, 7 },
			  .port = { (uint16_t)(1000 + i), 443 },
			  .proto = 6,
			  .n_parts = 1,
			  .role = ROLE_SYN,
			  .turn_hash = { 5, i + 1, 0 } };

	for (int d = 0; d < 2; d++) {
		struct flow_dir *x = &f.dir[d];

		x->flags = DIR_SYN;
		x->packets = 3;
		x->seq_first = 0x10000 + i * 2 + (uint32_t)d;
		x->seq_next = x->seq_first + 100;
		x->head = d ? i : i < 2 ? 9 : 1000 + i;
		x->head_len = 8;
		x->ip_id = (uint16_t)(i / 2 + 1);
		x->window = 1024;
		x->mss = (uint16_t)i;
	}
	return f;
}

static inline void open_point(struct point *p)
{
	memset(p, 0, sizeof *p);
	p->n = FLOWS;
	p->flow = mem_zalloc(FLOWS, sizeof *p->flow);
	for (uint32_t i = 0; i < FLOWS; i++) {
		p->flow[i] = flow_of(i);
		p->flow[i].samples = i;
		p->flow[i].dir[0].n_samples = 1;
		*VEC_PUSH(&p->sample) = (struct sample){ .digest = i / 3,
							 .len = 10 };
	}
	point_count_keys(p);
}
