/* Budgets and exchanges as bytes and rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/exchange.h"
#include "store/group.h"

static struct budget some_budget(void)
{
	struct budget b = { .known = true,
			    .near = 0,
			    .far = 2,
			    .streams = true,
			    .start_ns = -5,
			    .before_ns = 7,
			    .beyond_ns = 8,
			    .base_ns = 0,
			    .exchanges = 300,
			    .nagles = 2,
			    .in_flight_max = 16 };
	struct budget_hop *hop;

	for (int p = 0; p < TIME_PARTS; p++)
		b.part[p] = p * 1000000007LL;
	b.repairs[REPAIR_TIMEOUT] = 38;
	b.repair_ns[REPAIR_TIMEOUT] = 7000000000LL;
	b.n_hops = 2;
	b.hop = mem_zalloc(2, sizeof *b.hop);
	hop = &b.hop[1]; /* field by field: what is between them is compared, too */
	hop->from = 1;
	hop->to = 2;
	hop->path_ns = 44;
	hop->queue_ns = 3;
	hop->ways_known = true;
	hop->out_ns = -3;
	hop->slack_ns = 9;
	return b;
}

static void a_budget_comes_back_as_it_was(void **state)
{
	struct budget b = some_budget(), c;
	struct buf out = { 0 };
	struct cursor in;

	(void)state;
	budget_pack(&b, &out);
	in = cursor_of(out.at, out.n);
	assert_int_equal(budget_unpack(&c, &in), 0);
	assert_int_equal(cursor_left(&in), 0);
	assert_memory_equal(b.part, c.part, sizeof b.part);
	assert_memory_equal(b.hop, c.hop, 2 * sizeof *b.hop);
	assert_int_equal(c.base_ns, 0);
	assert_int_equal(c.repairs[REPAIR_TIMEOUT], 38);
	assert_int_equal(c.in_flight_max, 16);
	assert_int_equal(c.start_ns, -5);
	assert_true(c.known && c.streams);
	assert_int_equal(budget_total(&c), budget_total(&b));
	budget_release(&b);
	budget_release(&c);
	buf_release(&out);
}

static void a_budget_cut_anywhere_is_refused(void **state)
{
	struct budget b = some_budget(), c;
	struct buf out = { 0 };

	(void)state;
	budget_pack(&b, &out);
	for (size_t n = 0; n < out.n; n++) {
		struct cursor in = cursor_of(out.at, n);

		assert_int_equal(budget_unpack(&c, &in), -1);
	}
	budget_release(&b);
	buf_release(&out);
}

static void a_negative_part_is_refused(void **state)
{
	struct budget b = { .base_ns = -1 }, c;
	struct buf out = { 0 };
	struct cursor in;

	(void)state;
	b.part[TIME_PATH] = -1;
	budget_pack(&b, &out);
	in = cursor_of(out.at, out.n);
	assert_int_equal(budget_unpack(&c, &in), -1);
	buf_release(&out);
}

/* A hop takes five bytes or more, and what is read of it ten times as much. */
static void more_hops_than_bytes_are_refused(void **state)
{
	static const uint8_t few = 1, many[2] = { 0x80, 2 };
	struct budget b = { .base_ns = -1 }, c;
	struct buf out = { 0 };
	struct cursor in;

	(void)state;
	budget_pack(&b, &out);
	out.n--; /* the number of hops */
	buf_bytes(&out, &few, 1);
	buf_bytes(&out, "\0\0\0\0", 4);
	in = cursor_of(out.at, out.n);
	assert_int_equal(budget_unpack(&c, &in), -1);
	out.n -= 5;
	buf_bytes(&out, many, sizeof many); /* 256: no byte counts so far */
	for (int i = 0; i < 5 * 256; i++)
		buf_u8(&out, 0);
	in = cursor_of(out.at, out.n);
	assert_int_equal(budget_unpack(&c, &in), -1);
	buf_release(&out);
}

static void assert_names(struct store *s, const struct budget *b,
			 size_t n_flows, bool fits)
{
	struct err err = { 0 };
	struct buf out = { 0 };
	struct budget got;

	store_begin(s);
	budget_pack(b, &out);
	store_exchange_put(s, 3, 0, &out);
	assert_int_equal(store_commit(s, &err), 0);
	assert_int_equal(store_budget_get(s, 3, n_flows, &got), fits);
	assert_int_equal(store_failed(s), !fits);
	assert_int_equal(got.known, fits);
	if (!fits)
		assert_int_equal(store_commit(s, &err), -1);
	budget_release(&got);
	buf_release(&out);
}

static void a_budget_names_flows_of_its_session(void **state)
{
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err);
	struct budget b = some_budget();

	(void)state;
	assert_non_null(s);
	assert_names(s, &b, 3, true);
	assert_names(s, &b, 2, false);
	b.far = 0;
	assert_names(s, &b, 2, false); /* a hop's end */
	b.hop[1].to = 0;
	assert_names(s, &b, 2, true);
	b.hop[0].from = UINT8_MAX;
	assert_names(s, &b, 3, false);
	b.hop[0].from = 0;
	b.near = 3;
	assert_names(s, &b, 3, false);
	budget_release(&b);
	store_close(s);
}

static void spans_stand_behind_the_stretches(void **state)
{
	struct budget_hop hop[] = { { .from = 4, .to = 1 },
				    { .from = 1, .to = 3 },
				    { .from = 4, .to = 3 },
				    { .from = 1, .to = 3 } };
	struct budget b = { .near = 4, .far = 3, .n_hops = 4, .hop = hop };

	(void)state;
	assert_false(budget_span(&b, 0));
	assert_false(budget_span(&b, 1));
	assert_true(budget_span(&b, 2));
	assert_true(budget_span(&b, 3));
}

static struct exchange some_exchange(uint64_t i)
{
	static char name[] = "READ dir\\file";
	struct exchange x = {
		.near = { 10 * i, 10 * i + 1, 7 * i, 7 * i + 40 },
		.far = { 10 * i + 3, EXCHANGE_NONE },
		.at_ns = (int64_t)i * 1000,
		.think_ns = 5,
		.hold_ns = i % 3 ? 0 : 400000000,
		.bytes = { 100, 1u << 20 },
		.in_flight = 1 + (uint32_t)i % 4,
		.opening = i == 0,
		.proto = 7,
		.status = i % 2 ? 0xc0000022 : 0,
		.name = i % 2 ? name : NULL,
	};

	x.part[TIME_SERVER] = (int64_t)i;
	x.part[TIME_PATH] = 88000000;
	if (i % 5 == 4)
		x.near[2] = x.near[3] = EXCHANGE_NONE;
	return x;
}

static void same(const struct exchange *a, const struct exchange *b)
{
	assert_memory_equal(a->near, b->near, sizeof a->near);
	assert_memory_equal(a->far, b->far, sizeof a->far);
	assert_memory_equal(a->part, b->part, sizeof a->part);
	assert_int_equal(a->at_ns, b->at_ns);
	assert_int_equal(a->think_ns, b->think_ns);
	assert_int_equal(a->hold_ns, b->hold_ns);
	assert_int_equal(a->bytes[1], b->bytes[1]);
	assert_int_equal(a->in_flight, b->in_flight);
	assert_int_equal(a->opening, b->opening);
	assert_int_equal(a->proto, b->proto);
	assert_int_equal(a->status, b->status);
	if (a->name)
		assert_string_equal(a->name, b->name);
	else
		assert_null(b->name);
}

/* A session of two rows, and one of none. */
static void exchanges_are_read_over_the_ends_of_rows(void **state)
{
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err);
	struct budget b = { .base_ns = -1 };
	struct buf out = { 0 };
	struct exchange last = { 0 }, x;
	struct exchange_cursor *c;
	uint64_t n = 0;

	(void)state;
	assert_non_null(s);
	store_begin(s);
	budget_pack(&b, &out);
	for (uint64_t i = 0; i < 20; i++) {
		x = some_exchange(i);
		if (i == 12) {
			store_exchange_put(s, 3, 0, &out);
			out.n = 0;
			last = (struct exchange){ 0 };
		}
		exchange_pack(&x, &last, &out);
	}
	store_exchange_put(s, 3, 1, &out);
	assert_int_equal(store_commit(s, &err), 0);
	c = store_exchanges(s, 3);
	while (exchange_cursor_next(c, &x)) {
		struct exchange want = some_exchange(n++);

		same(&want, &x);
	}
	exchange_cursor_free(c);
	assert_int_equal(n, 20);
	c = store_exchanges(s, 4);
	assert_false(exchange_cursor_next(c, &x));
	exchange_cursor_free(c);
	assert_false(store_budget_get(s, 4, 3, &b));
	assert_false(store_failed(s));
	buf_release(&out);
	store_close(s);
}

/* Time stamps that mean nothing make a session of a hundred years, and a
 * million sessions of ten minutes are nineteen. */
static void long_times_stop_at_their_limit(void **state)
{
	struct budget b = { .known = true, .base_ns = -1 }, got;
	struct group g = { .sessions = 1 }, more = { .sessions = 1 };
	struct buf out = { 0 };
	struct cursor in;

	(void)state;
	b.part[TIME_CLIENT] = b.part[TIME_PATH] = INT64_MAX / 2;
	b.before_ns = INT64_MAX;
	budget_pack(&b, &out);
	in = cursor_of(out.at, out.n);
	assert_int_equal(budget_unpack(&got, &in), 0);
	assert_int_equal(budget_total(&got), 2 * TIME_PART_MAX);
	budget_release(&got);
	buf_release(&out);
	more.part[TIME_CLIENT] = 600000000000 * 1000000;
	group_merge(&g, &more);
	assert_int_equal(g.part[TIME_CLIENT], more.part[TIME_CLIENT]);
	group_merge(&g, &more);
	assert_int_equal(g.part[TIME_CLIENT], TIME_PART_MAX);
}

/* Its round trips had something else in them. */
static void a_way_out_is_no_longer_than_both_ways(void **state)
{
	struct budget_hop h = { .ways_known = true,
				.path_ns = 300,
				.queue_ns = 700,
				.out_ns = 1010,
				.slack_ns = 10 };

	(void)state;
	assert_true(budget_hop_ways(&h));
	h.out_ns++;
	assert_false(budget_hop_ways(&h));
	h.out_ns = INT64_MIN;
	h.path_ns = h.queue_ns = INT64_MAX; /* as a damaged case may have it */
	assert_true(budget_hop_ways(&h));
	h = (struct budget_hop){ .ways_known = false, .path_ns = 300 };
	assert_false(budget_hop_ways(&h));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_way_out_is_no_longer_than_both_ways),
		cmocka_unit_test(a_budget_comes_back_as_it_was),
		cmocka_unit_test(a_budget_cut_anywhere_is_refused),
		cmocka_unit_test(a_negative_part_is_refused),
		cmocka_unit_test(more_hops_than_bytes_are_refused),
		cmocka_unit_test(a_budget_names_flows_of_its_session),
		cmocka_unit_test(spans_stand_behind_the_stretches),
		cmocka_unit_test(long_times_stop_at_their_limit),
		cmocka_unit_test(exchanges_are_read_over_the_ends_of_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
