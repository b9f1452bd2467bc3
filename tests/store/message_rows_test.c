/* Messages through windows and blocks into a case, found again by part. */
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "store/message_window.h"
#include "store/store_int.h"

#define PARTS 700
#define LATER 10000
#define ROUNDS 150 /* messages of each part: some windows of all parts */

static int setup(void **state)
{
	struct err err = { 0 };

	*state = store_open(NULL, STORE_CREATE, &err);
	return *state ? 0 : -1;
}

/* Of a temporary case, whose blocks stay in memory. */
static int setup_kept(void **state)
{
	int ret = setup(state);

	if (!ret)
		gate_keep(((struct store *)*state)->gate);
	return ret;
}

static int teardown(void **state)
{
	store_close(*state);
	return 0;
}

static void put_block(void *ctx, uint8_t lane,
		      const struct message_block_row *row, struct buf *bytes)
{
	struct message_block_row r = *row;

	r.file = 256 + lane;
	assert_in_range(r.n, 1, 1024);
	store_messages_put(ctx, &r, bytes);
}

static void put_file(struct store *s, int64_t id, bool complete)
{
	char path[] = "a.pcap", digest[] = "0";
	struct file_row f = {
		.id = id, .path = path, .digest = digest, .complete = complete
	};

	store_file_put(s, &f);
}

/* Of lane 0 parts with even numbers, of lane 1 odd ones. */
static void fill(struct store *s)
{
	struct message_window *w = message_window_new(put_block, s);
	struct message m = { .proto = MESSAGE_DNS };
	char name[32];

	store_begin(s);
	put_file(s, 256, true);
	put_file(s, 257, true);
	put_file(s, 258, false);
	for (uint32_t round = 0; round < ROUNDS; round++)
		for (uint32_t part = 1; part <= PARTS; part++) {
			snprintf(name, sizeof name, "A host%u", part % 10);
			m.part = part;
			m.off = round;
			m.name = name;
			m.proto = part == 5 ? MESSAGE_ICMP : MESSAGE_DNS;
			message_window_add(w, &m, part & 1);
		}
	m.off = 0; /* and of others that windows before do not have */
	for (m.part = LATER; m.part < LATER + PARTS; m.part++)
		message_window_add(w, &m, m.part & 1);
	m.part = 3;
	message_window_add(w, &m, 2);
	message_window_flush(w);
	message_window_free(w);
	assert_int_equal(store_commit(s, &(struct err){ 0 }), 0);
}

/* Has the store's own cursor anything of a part? */
static bool has_any(struct store *s, int64_t part)
{
	struct message m;

	messages_part(store_messages(s), part);
	return messages_next(store_messages(s), &m) && m.part == (uint32_t)part;
}

static void parts_are_found_in_order(void **state)
{
	struct store *s = *state;
	struct messages *in;
	struct message m;
	char name[32];

	assert_false(has_any(s, 256ll << 32 | 2));
	fill(s); /* of which the store's own knows, too */
	assert_true(has_any(s, 256ll << 32 | 2));
	assert_false(has_any(s, 256ll << 32 | 3));
	in = messages_open(s);
	for (int64_t part = 1; part <= PARTS; part++) {
		messages_part(in, (256 + (part & 1)) << 32 | part);
		for (uint32_t round = 0; round < ROUNDS; round++) {
			assert_true(messages_next(in, &m));
			assert_int_equal(m.part, part);
			assert_int_equal(m.off, round);
			snprintf(name, sizeof name, "A host%u",
				 (unsigned)part % 10);
			assert_string_equal(m.name, name);
		}
		assert_false(messages_next(in, &m));
		assert_false(messages_next(in, &m));
	}
	for (int64_t part = LATER; part < LATER + PARTS; part++) {
		messages_part(in, (256 + (part & 1)) << 32 | part);
		assert_true(messages_next(in, &m));
		assert_int_equal(m.part, part);
		assert_false(messages_next(in, &m));
	}
	messages_part(in, 256ll << 32 | 3); /* of the other lane */
	assert_false(messages_next(in, &m));
	messages_part(in, 258ll << 32 | 3); /* not complete */
	assert_false(messages_next(in, &m));
	messages_part(in, 999ll << 32 | 1);
	assert_false(messages_next(in, &m));
	messages_close(in);
	assert_false(store_failed(s));
}

static void a_file_by_protocol(void **state)
{
	struct messages *in = messages_open(*state);
	struct message m;
	uint64_t n = 0;

	messages_file(in, 257, 1u << MESSAGE_ICMP);
	while (messages_next(in, &m)) {
		assert_int_equal(m.part, 5);
		n++;
	}
	assert_int_equal(n, ROUNDS);
	messages_file(in, 257, UINT32_MAX);
	for (n = 0; messages_next(in, &m); n++)
		;
	assert_int_equal(n, (ROUNDS + 1) * PARTS / 2);
	messages_close(in);
}

static void first_cell(void *ctx, bool is_header, int n,
		       const char *const *values)
{
	if (!is_header && n)
		text_puts(ctx, values[0] ? values[0] : "NULL");
}

static void assert_gives(struct store *s, const char *sql, const char *want)
{
	struct text t = { 0 };
	struct err err = { 0 };

	if (store_sql(s, sql, first_cell, &t, &err))
		fail_msg("%s: %s", sql, err.text);
	assert_string_equal(t.at ? t.at : "", want);
	text_release(&t);
}

static void sql_shows_rows(void **state)
{
	assert_gives(*state, "SELECT count(*) FROM message", "105700");
	assert_gives(*state,
		     "SELECT count(*) FROM message WHERE file=257 AND"
		     " proto='icmp' AND kind='request'",
		     "150");
	assert_gives(*state,
		     "SELECT count(DISTINCT name) FROM message"
		     " WHERE part=256*4294967296+4",
		     "1");
	assert_gives(*state,
		     "SELECT count(*) FROM message WHERE file=257 AND"
		     " part=256*4294967296+4",
		     "0");
	assert_gives(*state, "SELECT count(*) FROM message WHERE part='x'",
		     "0");
	assert_gives(*state, "SELECT max(off) FROM message WHERE part & 255=7",
		     "149");
}

static void damaged_blocks_fail_the_case(void **state)
{
	struct store *s = *state;
	struct message_block_row row = {
		.file = 257, .part_min = 1, .part_max = 1, .n = 1, .protos = 1
	};
	struct buf bad = { 0 };
	struct messages *in;
	struct message m;

	buf_bytes(&bad, "\xff\xff\xff", 3);
	store_begin(s);
	store_messages_put(s, &row, &bad);
	assert_int_equal(store_commit(s, &(struct err){ 0 }), 0);
	buf_release(&bad);
	in = messages_open(s);
	messages_part(in, 257ll << 32 | 1);
	while (messages_next(in, &m))
		assert_int_equal(m.part, 1);
	assert_true(store_failed(s));
	messages_close(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_are_found_in_order),
		cmocka_unit_test(a_file_by_protocol),
		cmocka_unit_test(sql_shows_rows),
		cmocka_unit_test(damaged_blocks_fail_the_case),
	};

	return cmocka_run_group_tests(tests, setup, teardown) +
	       cmocka_run_group_tests(tests, setup_kept, teardown);
}
