/* Messages of a flow's parts, in the flow's view. */
#include "report/derive/feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "store/message_window.h"

#define FILE_ID 256
#define PART(n) ((int64_t)FILE_ID << 32 | (n))

static void put_block(void *ctx, uint8_t lane,
		      const struct message_block_row *row, struct buf *bytes)
{
	struct message_block_row r = *row;

	(void)lane;
	r.file = FILE_ID;
	store_messages_put(ctx, &r, bytes);
}

static struct store *store_of(const struct message *m, size_t n)
{
	char path[] = "a.pcap", digest[] = "0";
	struct file_row f = {
		.id = FILE_ID, .path = path, .digest = digest, .complete = true
	};
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err);
	struct message_window *w = message_window_new(put_block, s);

	assert_non_null(s);
	store_begin(s);
	store_file_put(s, &f);
	for (size_t i = 0; i < n; i++)
		message_window_add(w, &m[i], 0);
	message_window_flush(w);
	message_window_free(w);
	assert_int_equal(store_commit(s, &err), 0);
	return s;
}

/* The second part was seen with its directions exchanged, and begins 1000 bytes into
 * the flow's client, 2000 into its server. */
static void parts_are_seen_as_the_flow(void **state)
{
	struct message m[] = {
		{ .part = 1, .proto = MESSAGE_HTTP, .name = "GET a", .off = 5 },
		{ .part = 1, .proto = MESSAGE_HTTP, .dir = 1, .off = 7 },
		{ .part = 2, .proto = MESSAGE_HTTP, .off = 10 },
		{ .part = 2, .proto = MESSAGE_HTTP, .dir = 1, .off = 20 },
		{ .part = 3, .proto = MESSAGE_HTTP }, /* another flow's */
	};
	static const struct {
		unsigned dir;
		uint64_t off;
		const char *name;
	} expect[] = { { 0, 5, "GET a" },
		       { 1, 7, "" },
		       { 1, 2010, "" },
		       { 0, 1020, "" } };
	struct flow_part parts[] = {
		{ .part = PART(1) },
		{ .part = PART(2), .swap = true, .shift = { 1000, 2000 } },
	};
	struct flow_row flow = { .parts = parts, .n_parts = 2 };
	struct store *s = store_of(m, 5);
	struct feed f;

	(void)state;
	feed_open(&f, s);
	feed_begin(&f, &flow, NULL);
	for (size_t i = 0; i < 4; i++) {
		assert_true(f.has_next);
		assert_int_equal(f.next.dir, expect[i].dir);
		assert_int_equal(f.next.off, expect[i].off);
		assert_string_equal(f.name, expect[i].name);
		feed_step(&f);
	}
	assert_false(f.has_next);
	assert_true(f.any);
	feed_close(&f);
	store_close(s);
}

/* What an ICMP error says counts if it quotes the client, as the flow sees it. */
static void icmp_errors_are_not_handed_on(void **state)
{
	static const struct {
		unsigned proto, dir, type;
		bool swap, refused;
	} x[] = {
		{ MESSAGE_ICMP, 0, 3, false, true },
		{ MESSAGE_ICMP, 0, 4, false, false }, /* source quench */
		{ MESSAGE_ICMP, 0, 5, false, false }, /* redirect */
		{ MESSAGE_ICMP, 1, 3, false, false },
		{ MESSAGE_ICMP, 1, 3, true, true },
		{ MESSAGE_ICMPV6, 0, 4, false, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
		struct message m = { .part = 1,
				     .proto = (uint8_t)x[i].proto,
				     .dir = (uint8_t)x[i].dir,
				     .status = MESSAGE_ICMP_STATUS(x[i].type,
								   1) };
		struct flow_part part = { .part = PART(1), .swap = x[i].swap };
		struct flow_row flow = { .parts = &part, .n_parts = 1 };
		struct store *s = store_of(&m, 1);
		struct feed f;

		feed_open(&f, s);
		feed_begin(&f, &flow, NULL);
		assert_false(f.has_next);
		assert_false(f.any);
		assert_int_equal(f.refused, x[i].refused);
		feed_close(&f);
		store_close(s);
	}
}

/* Frames of several parts may be of several files: then times tell. */
static void a_message_is_due_by_frame_or_by_time(void **state)
{
	struct feed f = { .next = { .last_frame = 10, .last_ns = 500 } };
	struct flow_row flow = { .n_parts = 1 };

	(void)state;
	f.flow = &flow;
	assert_false(feed_due(&f, 9, 900));
	assert_true(feed_due(&f, 10, 100));
	flow.n_parts = 2;
	assert_false(feed_due(&f, 90, 499));
	assert_true(feed_due(&f, 1, 500));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_are_seen_as_the_flow),
		cmocka_unit_test(icmp_errors_are_not_handed_on),
		cmocka_unit_test(a_message_is_due_by_frame_or_by_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
