/* Clocks of a small case, from records in a store. */
#include "correlate/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "store/pack.h"

#define MS 1000000ll
#define SEC 1000000000ll
#define T0 (1700000000 * SEC)
#define OFFSET (-643 * SEC) /* of the far clock */
#define OUT (2 * MS)
#define BACK (3 * MS)
#define PROTO_TCP 6
#define PROTO_UDP 17

/* A flow of @n packets each way, one each @gap; @skip: each so many is missing
 * at the far point.  Of datagrams only the first @kinds differ. */
struct shape {
	uint8_t proto;
	uint32_t n, skip, kinds;
	int64_t gap;
	bool one_way;
};

static struct record packet(const struct shape *v, uint32_t i, int point,
			    int dir)
{
	int64_t t = T0 + (int64_t)i * v->gap + dir * (v->gap / 3);
	int64_t late = (int64_t)(i * 2654435761u % 1000) * 300; /* a queue */
	bool syn = v->proto == PROTO_TCP && i == 0;

	if (point == (dir ? 0 : 1))
		t += late + (dir ? BACK : OUT);
	return (struct record){
		.time_ns = t + (point ? OFFSET : 0),
		.frame = 1 + 2 * (uint64_t)i + (uint64_t)dir,
		.part = 1,
		.dir = (uint8_t)dir,
		.seq64 = (1ull << 32) + (i ? 1 + 100 * (uint64_t)(i - 1) : 0),
		.ack64 = (1ull << 32) + 1 + 100 * (uint64_t)(i ? i - 1 : 0),
		.tcp_flags = v->proto != PROTO_TCP ? 0
			     : syn ? (dir ? REC_SYN | REC_ACK : REC_SYN)
				   : REC_ACK,
		.pay_len = syn ? 0 : 100,
		.hdr_len = 40,
		.wire_len = 154,
		.cap_len = 154,
		.ttl = 60,
		.marks = syn ? 0 : REC_HEAD,
		.head_digest = (i % v->kinds) * 2654435761u + (uint32_t)dir,
	};
}

static void put_run(struct store *s, int64_t file, const struct record *r,
		    uint32_t n, uint8_t dir)
{
	struct buf bytes = { 0 }, block = { 0 };
	struct pack_run run = { .part = 1, .dir = dir, .n = n };
	struct block_row row = {
		.file = file, .part_min = 1, .part_max = 1, .dir = dir, .n = n
	};

	pack_run(r, n, &bytes);
	run.size = bytes.n;
	pack_block(&run, 1, &bytes, &block);
	store_block_put(s, &row, &block);
	buf_release(&bytes);
	buf_release(&block);
}

/* Return: number of records. */
static uint32_t put_dir(struct store *s, int64_t file, const struct shape *v,
			int point, int dir)
{
	struct record *r = mem_alloc(v->n * sizeof *r);
	uint32_t n = 0;

	for (uint32_t i = 0; i < v->n; i++)
		if (!point || !v->skip || (i + 1) % v->skip)
			r[n++] = packet(v, i, point, dir);
	for (uint32_t at = 0; at < n; at += BLOCK_RECORDS)
		put_run(s, file, r + at,
			n - at < BLOCK_RECORDS ? n - at : BLOCK_RECORDS,
			(uint8_t)dir);
	free(r);
	return n;
}

static void put_point(struct store *s, const struct shape *v, int point)
{
	char name[2] = { (char)('A' + point), 0 };
	int64_t end = T0 + (int64_t)v->n * v->gap + SEC;
	int64_t shown = point ? OFFSET : 0;
	struct point_row p = { .pos = point + 1, .name = name };
	struct file_row f = { .id = (int64_t)(point + 1) << 8,
			      .path = name,
			      .digest = name,
			      .packets = 2ull * v->n,
			      .kept = 2ull * v->n,
			      .first_ns = T0 + shown,
			      .last_ns = end + shown,
			      .resolution_ns = 1,
			      .complete = true };
	struct flow_part part = { .part = f.id << 32 | 1 };
	struct flow_row flow = { .id = point + 1,
				 .proto = v->proto,
				 .first_ns = f.first_ns,
				 .last_ns = f.last_ns,
				 .n_parts = 1,
				 .parts = &part };

	flow.point = f.point = store_point_put(s, &p);
	store_file_put(s, &f);
	for (int dir = 0; dir < (v->one_way ? 1 : 2); dir++)
		flow.packets[dir] = put_dir(s, f.id, v, point, dir);
	store_flow_put(s, &flow);
}

/* The far point's clock of a case with one session. */
static struct clock_row clock_of(const struct shape *v)
{
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err);
	struct session_flow f[2] = {
		{ .flow = 1, .point_pos = 1, .delta_known = { true, true } },
		{ .flow = 2, .point_pos = 2, .delta_known = { true, true } },
	};
	char none[] = "";
	struct session_row row = { .id = 1,
				   .proto = v->proto,
				   .verdict = PAIR_PAIRED,
				   .evidence = none,
				   .n_flows = 2,
				   .flows = f };
	struct clock_row *c, out;
	size_t n;

	assert_non_null(s);
	store_begin(s);
	put_point(s, v, 0);
	put_point(s, v, 1);
	store_session_put(s, &row);
	assert_int_equal(store_commit(s, &err), 0);
	if (clock_run(s, NULL, &err))
		fail_msg("%s", err.text);
	c = store_clocks(s, &n);
	assert_int_equal(n, 2);
	out = c[1];
	c[1].piece = NULL;
	c[1].n = 0;
	clock_rows_free(c, n);
	store_close(s);
	return out;
}

/* Bounds hold the truth and are as wide as the least round trip, at both ends
 * of the capture as well as within. */
static void assert_fitted(const struct shape *v, struct clock_row c)
{
	assert_int_equal(c.status, CLOCK_FITTED);
	assert_int_equal(c.n, 1);
	for (int k = 0; k <= 4; k++) {
		int64_t t = T0 + (int64_t)v->n * v->gap / 4 * k;
		int64_t mid, low, high;

		assert_true(clock_to_first(&c, t + OFFSET, &mid, &low, &high));
		assert_true(low <= t && t <= high);
		assert_true(high - low >= OUT + BACK);
		assert_true(high - low <= OUT + BACK + MS);
	}
	free(c.piece);
}

static void short_session_is_read_whole(void **state)
{
	struct shape v = { PROTO_TCP, 100, 0, 1000, 20 * MS, false };

	(void)state;
	assert_fitted(&v, clock_of(&v));
}

static void long_session_is_read_in_stretches(void **state)
{
	struct shape v = { PROTO_TCP, 120000, 0, 1000000, MS, false };

	(void)state;
	assert_fitted(&v, clock_of(&v));
	v.skip = 50; /* records at the far point have other numbers */
	assert_fitted(&v, clock_of(&v));
}

/* A minute's drift freedom is 15 ms: bounds hold at the end only if the
 * datagrams there were read. */
static void long_datagram_flow_is_read_to_its_end(void **state)
{
	struct shape v = { PROTO_UDP, 60000, 0, 1000000, 2 * MS, false };

	(void)state;
	assert_fitted(&v, clock_of(&v));
	v.skip = 50;
	assert_fitted(&v, clock_of(&v));
}

/* Wherever one is missing at the far point, an equal one would be taken. */
static void datagrams_that_repeat_themselves_are_not_sampled(void **state)
{
	struct shape v = { PROTO_UDP, 60000, 7, 300, 2 * MS, false };
	struct clock_row c = clock_of(&v);

	(void)state;
	assert_int_equal(c.status, CLOCK_NONE);
	free(c.piece);
}

static void packets_one_way_leave_one_side_open(void **state)
{
	struct shape v = { PROTO_UDP, 500, 0, 1000, 2 * MS, true };
	struct clock_row c = clock_of(&v);

	(void)state;
	assert_int_equal(c.status, CLOCK_ONE_WAY);
	assert_true(c.high_known && !c.low_known);
	free(c.piece);
}

/* Packets without IP IDs and time stamps: the tightest is the SYN.  Where the
 * far point has all, it binds; where one is missing, it does not alone. */
static void what_nothing_tells_apart_binds_where_all_is_there(void **state)
{
	struct shape v = {
		.proto = PROTO_TCP, .n = 100, .kinds = UINT32_MAX, .gap = 1 * MS
	};

	(void)state;
	for (v.skip = 0; v.skip <= 50; v.skip += 50) {
		struct clock_row c = clock_of(&v);

		assert_int_equal(c.status, CLOCK_FITTED);
		assert_true(c.piece[0].offset_high_ns >= OFFSET + OUT);
		assert_true((c.piece[0].offset_high_ns <=
			     OFFSET + OUT + 1000) == (v.skip == 0));
		free(c.piece);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_nothing_tells_apart_binds_where_all_is_there),
		cmocka_unit_test(short_session_is_read_whole),
		cmocka_unit_test(long_session_is_read_in_stretches),
		cmocka_unit_test(long_datagram_flow_is_read_to_its_end),
		cmocka_unit_test(
			datagrams_that_repeat_themselves_are_not_sampled),
		cmocka_unit_test(packets_one_way_leave_one_side_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
