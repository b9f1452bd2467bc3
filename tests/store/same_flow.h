/* Rows of flows, field by field. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/store.h"

static inline void assert_same(const struct flow_row *a,
			       const struct flow_row *b)
{
	assert_int_equal(a->point, b->point);
	assert_int_equal(a->proto, b->proto);
	assert_int_equal(a->tunnel, b->tunnel);
	assert_int_equal(a->role, b->role);
	assert_int_equal(net_end_cmp(&a->client, &b->client), 0);
	assert_int_equal(net_end_cmp(&a->server, &b->server), 0);
	assert_true(a->first_ns == b->first_ns && a->last_ns == b->last_ns);
	assert_int_equal(a->as_part, b->as_part);
	assert_int_equal(a->n_parts, b->n_parts);
	assert_int_equal(a->parts->part, b->parts->part);
	assert_int_equal(a->parts->swap, b->parts->swap);
	for (int d = 0; d < 2; d++)
		assert_int_equal(a->parts->shift[d], b->parts->shift[d]);
	for (int d = 0; d < 2; d++) {
		assert_int_equal(a->packets[d], b->packets[d]);
		assert_int_equal(a->bytes[d], b->bytes[d]);
		assert_int_equal(a->end[d].mss, b->end[d].mss);
		assert_int_equal(a->end[d].wscale, b->end[d].wscale);
		assert_int_equal(a->end[d].ts, b->end[d].ts);
		assert_int_equal(a->end[d].syn, b->end[d].syn);
	}
}
