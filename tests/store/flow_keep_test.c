/* Flows in memory: which are kept, and that they come back as they were. */
#include "store/flow_keep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "store/shelf_rows.h"
#include "store/store_int.h"
#include "tests/store/same_flow.h"

static struct flow_part part = { .part = 256ll << 32 | 7 };

static struct flow_row flow_of(int64_t id)
{
	struct flow_row f = {
		.id = id,
		.point = 200,
		.proto = 6,
		.role = ROLE_SYN,
		.first_ns = INT64_MIN,
		.last_ns = INT64_MAX,
		.packets = { UINT32_MAX, 1 },
		.bytes = { 5, UINT32_MAX },
		.n_parts = 1,
		.parts = &part,
		.as_part = true,
		.end = { { .mss = 1460, .wscale = 7, .ts = true, .syn = true },
			 { .mss = 65535, .wscale = -1 } },
	};

	assert_int_equal(net_end_parse("10.1.2.3:65535", &f.client), 0);
	assert_int_equal(net_end_parse("192.0.2.255:53", &f.server), 0);
	return f;
}

static bool is_kept(const struct flow_keep *k, int64_t id)
{
	struct flow_row got = { .id = id };
	bool is = flow_keep_get(k, id, &got);

	if (is)
		flow_row_release(&got);
	return is;
}

static void flows_come_back_as_they_were(void **state)
{
	struct flow_keep *k = flow_keep_new();
	struct flow_row f[2] = { flow_of(1), flow_of(3) }, other = flow_of(2);
	struct flow_row got = { .id = 9 };

	(void)state;
	f[1].end[0].ts = false;
	f[1].end[1].ts = true;
	f[1].end[1].syn = true;
	f[1].proto = 17;
	f[1].point = 1;
	other.tunnel = 1;
	flow_keep_begin(k, 3);
	flow_keep_put(k, &other);
	for (int i = 0; i < 2; i++)
		flow_keep_put(k, &f[i]);
	for (int i = 0; i < 2; i++) {
		assert_true(flow_keep_get(k, f[i].id, &got));
		assert_int_equal(got.id, 9);
		assert_same(&got, &f[i]);
		flow_row_release(&got);
	}
	assert_false(is_kept(k, 2));
	flow_keep_drop(k, 3);
	assert_false(is_kept(k, 3));
	flow_keep_begin(k, 1);
	f[0].as_part = false;
	flow_keep_put(k, &f[0]);
	assert_false(is_kept(k, 1)); /* whatever the memory held */
	flow_keep_free(k);
}

static void others_are_left_to_their_rows(void **state)
{
	struct flow_keep *k = flow_keep_new();
	struct flow_row f[10];
	struct flow_part two[2] = { part, part };

	(void)state;
	for (int i = 0; i < 10; i++)
		f[i] = flow_of(i + 1);
	assert_int_equal(net_end_parse("[2001:db8::1]:53", &f[0].client), 0);
	assert_int_equal(net_end_parse("[2001:db8::1]:53", &f[1].server), 0);
	f[2].tunnel = 1;
	f[3].as_part = false;
	f[4].packets[0]++;
	f[5].bytes[1]++;
	f[6].point = 256;
	f[7].point = 0;
	f[8].n_parts = 2;
	f[8].parts = two;
	flow_keep_begin(k, 9); /* without the tenth */
	for (int i = 0; i < 10; i++) {
		flow_keep_put(k, &f[i]);
		assert_false(is_kept(k, i + 1));
	}
	assert_false(is_kept(k, 0));
	assert_false(is_kept(k, -1));
	assert_false(is_kept(k, INT64_MAX));
	f[8] = flow_of(9);
	flow_keep_put(k, &f[8]);
	assert_true(is_kept(k, 9));
	flow_keep_drop(k, 10);
	flow_keep_begin(k, 0);
	assert_false(is_kept(k, 9));
	flow_keep_free(k);
}

static void there_is_room_for_so_many(void **state)
{
	struct flow_keep *k = flow_keep_new();
	struct flow_row f = flow_of(1);

	(void)state;
	flow_keep_begin(k, SIZE_MAX / 2); /* more than any memory has */
	flow_keep_put(k, &f);
	assert_true(is_kept(k, 1));
	f.id = 1ll << 30;
	flow_keep_put(k, &f);
	assert_false(is_kept(k, f.id));
	flow_keep_free(k);
}

/* Whoever writes a flow anew, or clears all, is believed. */
static void what_is_written_later_holds(void **state)
{
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err);
	struct shelf_rows *rows = shelf_rows_new();
	struct flow_row f = flow_of(1), got;

	(void)state;
	gate_keep(s->gate);
	store_begin(s);
	store_flows_begin(s, 1);
	store_flow_pack(s, &f, shelf_rows_of(rows, SHELF_FLOW));
	shelf_rows_pack(rows);
	shelf_rows_put(rows, s);
	assert_true(store_flow_get(s, 1, &got));
	assert_int_equal(got.id, 1);
	assert_same(&got, &f);
	flow_row_release(&got);
	f.as_part = false;
	f.proto = 17;
	store_flow_put(s, &f);
	assert_true(store_flow_get(s, 1, &got));
	assert_int_equal(got.proto, 17);
	flow_row_release(&got);
	f = flow_of(1);
	store_derived_clear(s);
	store_flows_begin(s, 1);
	store_flow_pack(s, &f, shelf_rows_of(rows, SHELF_FLOW));
	store_derived_clear(s);
	assert_false(store_flow_get(s, 1, &got));
	assert_int_equal(store_commit(s, &err), 0);
	store_begin(s);
	store_flows_begin(s, 1);
	store_flow_pack(s, &f, shelf_rows_of(rows, SHELF_FLOW));
	err_set(&s->err, ERR_CASE, "rolled back");
	assert_int_equal(store_commit(s, &err), -1);
	assert_false(store_flow_get(s, 1, &got));
	shelf_rows_free(rows);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flows_come_back_as_they_were),
		cmocka_unit_test(others_are_left_to_their_rows),
		cmocka_unit_test(there_is_room_for_so_many),
		cmocka_unit_test(what_is_written_later_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
