/* ICMP errors out of a case, by flow and direction; and what they cover. */
#include "correlate/quotes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "store/message_window.h"

#define FILE_ID 256
#define PART(n) ((int64_t)FILE_ID << 32 | (n))
#define MS 1000000ll

static void put_block(void *ctx, uint8_t lane,
		      const struct message_block_row *row, struct buf *bytes)
{
	struct message_block_row r = *row;

	(void)lane;
	r.file = FILE_ID;
	store_messages_put(ctx, &r, bytes);
}

static void say(struct message_window *w, uint32_t part, uint8_t dir,
		int64_t ms, uint64_t seq, uint32_t len, uint8_t proto)
{
	struct message m = {
		.proto = proto,
		.kind = MESSAGE_NOTICE,
		.part = part,
		.dir = dir,
		.off = seq,
		.len = len,
		.first_ns = ms * MS,
		.first_frame = (uint64_t)ms,
		.status = MESSAGE_ICMP_STATUS(3, 4),
	};

	message_window_add(w, &m, 0);
}

static struct store *open_case(void)
{
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err);
	char path[] = "a.pcap", digest[] = "0";
	struct file_row f = {
		.id = FILE_ID, .path = path, .digest = digest, .complete = true
	};
	struct message_window *w;

	assert_non_null(s);
	w = message_window_new(put_block, s);
	store_begin(s);
	store_file_put(s, &f);
	say(w, 2, 0, 9, 5000, 1500, MESSAGE_ICMP);
	say(w, 1, 1, 5, 1000, 1500, MESSAGE_ICMP);
	say(w, 1, 0, 4, 1ull << 33 | 700, 1400, MESSAGE_ICMPV6);
	say(w, 1, 0, 3, 1000, 60, MESSAGE_DNS);  /* no error */
	say(w, 1, 0, 2, 1000, 0, MESSAGE_ICMP);  /* quotes no length */
	say(w, 0, 0, 2, 1000, 60, MESSAGE_ICMP); /* of no part */
	message_window_flush(w);
	message_window_free(w);
	assert_int_equal(store_commit(s, &err), 0);
	return s;
}

static void errors_are_found_by_flow_and_direction(void **state)
{
	struct store *s = open_case();
	struct quotes all = { 0 };
	struct flow_part parts[] = { { PART(2), true, { 0, 0 } },
				     { PART(1), false, { 0, 0 } } };
	struct flow_row f = { .n_parts = 2, .parts = parts };
	struct quote *q;

	(void)state;
	quotes_read(s, &all);
	assert_int_equal(all.n, 3);
	assert_int_equal(quotes_of(&all, &f, 0, &q), 1);
	assert_int_equal(q[0].seq, 700);
	assert_int_equal(q[0].len, 1400);
	free(q);
	/* by time, and the direction of a swapped part is the other one */
	assert_int_equal(quotes_of(&all, &f, 1, &q), 2);
	assert_int_equal(q[0].time_ns, 5 * MS);
	assert_int_equal(q[1].seq, 5000);
	free(q);
	f.n_parts = 0;
	assert_int_equal(quotes_of(&all, &f, 1, &q), 0);
	free(q);
	VEC_FREE(&all);
	store_close(s);
}

static void times_bound_what_they_cover(void **state)
{
	struct quote q[] = { { .time_ns = 10, .seq = UINT32_MAX, .len = 140 },
			     { .time_ns = 20, .seq = 99, .len = 140 } };
	struct strand s = { .quote = q, .n_quotes = 2 };

	(void)state;
	assert_true(quotes_cover(&s, UINT32_MAX, 200, 40, 10, 21));
	assert_false(quotes_cover(&s, UINT32_MAX, 201, 40, 10, 21));
	assert_false(quotes_cover(&s, UINT32_MAX, 200, 40, 10, 20));
	assert_false(quotes_cover(&s, UINT32_MAX, 200, 40, 11, 21));
	assert_true(quotes_cover(&s, 120, 10, 40, 11, 21));
	assert_false(quotes_cover(&s, 98, 10, 40, 11, 21));
	/* headers longer than the packet quoted */
	assert_false(quotes_cover(&s, 99, 10, 200, 10, 21));
}

static void any_error_about_a_byte_touches_it(void **state)
{
	struct quote q = { .seq = 1000, .len = 140 };
	struct strand s = { .quote = &q, .n_quotes = 1 };

	(void)state;
	assert_true(quotes_touch(&s, 950, 51));
	assert_false(quotes_touch(&s, 950, 50));
	assert_true(quotes_touch(&s, 1100, 10));
	assert_true(quotes_touch(&s, 1000, 0));
	assert_false(quotes_touch(&s, 1140, 10));
	s.n_quotes = 0;
	assert_false(quotes_touch(&s, 1000, 10));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_are_found_by_flow_and_direction),
		cmocka_unit_test(times_bound_what_they_cover),
		cmocka_unit_test(any_error_about_a_byte_touches_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
