/* Talks: order, holes, copies, what is given up; by SMB2 reads, whose sizes and
 * ids tell at once what went wrong. */
#include "capture/talk_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/capture/stage.h"

#define BODY 3000
#define SIZE (4 + 64 + BODY)

/* READ responses with ids from 1 on, SIZE bytes each. */
static uint8_t *responses(size_t n)
{
	uint8_t *all = calloc(n, SIZE), *p = all;

	for (size_t i = 0; i < n; i++, p += SIZE) {
		p[2] = (64 + BODY) >> 8;
		p[3] = (64 + BODY) & 0xff;
		memcpy(p + 4, "\xfeSMB\x40", 5);
		p[4 + 12] = 8;
		p[4 + 16] = 1;
		p[4 + 24] = (uint8_t)(i + 1);
		memset(p + 68, 'x', BODY);
	}
	return all;
}

static void say(struct stage *s, const uint8_t *all, size_t at, size_t n)
{
	stage_segment(s, 1, (1ull << 32) + at, all + at, n, n);
}

static void all_orders(void **state)
{
	uint8_t *all = responses(2);
	/* the second third before the first one, twice; a copy over an edge */
	struct stage s;

	(void)state;
	stage_open(&s, 445);
	say(&s, all, 0, 1000);
	say(&s, all, 2000, 1000);
	say(&s, all, 4000, 1000);
	say(&s, all, 2000, 1000);
	say(&s, all, 3500, 600);
	say(&s, all, 500, 1600);
	say(&s, all, 5000, 2 * SIZE - 5000);
	say(&s, all, 2900, 700);
	assert_string_equal(stage_end(&s), "< response smb2 id=1 READ +3068\n"
					   "< response smb2 id=2 READ +3068\n");
	stage_close(&s);
	free(all);
}

static void complete_with_what_fills_the_hole(void **state)
{
	uint8_t *all = responses(1);
	struct stage s;

	(void)state;
	/* the stage checks that first <= last; here the frames */
	stage_open(&s, 445);
	say(&s, all, 0, 1000);    /* 1 */
	say(&s, all, 2000, 1068); /* 2 */
	assert_int_equal(s.messages, 0);
	say(&s, all, 1000, 1000); /* 3 */
	assert_int_equal(s.messages, 1);
	assert_int_equal(s.last.first_frame, 1);
	assert_int_equal(s.last.last_frame, 3);
	assert_int_equal(s.last.last_ns, 3000);
	stage_close(&s);
	free(all);
}

static void what_was_acknowledged_does_not_come_again(void **state)
{
	uint8_t *all = responses(3);
	struct stage s;

	(void)state;
	stage_open(&s, 445);
	say(&s, all, 0, 1000);
	say(&s, all, 2000, 1068); /* waits */
	assert_int_equal(s.messages, 0);
	s.acked[1] = (1ull << 32) + 2100;
	say(&s, all, SIZE, SIZE);
	say(&s, all, 2 * SIZE, SIZE);
	assert_string_equal(stage_end(&s),
			    "< response smb2 id=1 READ +3068 HOLE\n"
			    "< response smb2 id=2 READ +3068\n"
			    "< response smb2 id=3 READ +3068\n");
	stage_close(&s);
	free(all);
}

static void a_hole_over_a_beginning_loses_that_one(void **state)
{
	uint8_t *all = responses(4);
	struct talk_trouble t;
	struct stage s;
	uint64_t n = 0;

	(void)state;
	stage_open(&s, 445);
	say(&s, all, 0, 2000);
	s.acked[1] = (1ull << 32) + 4000;
	say(&s, all, 4000, 2 * SIZE - 4000);
	say(&s, all, 2 * SIZE, SIZE); /* begins with one */
	say(&s, all, 3 * SIZE, SIZE);
	assert_string_equal(stage_end(&s),
			    "< response smb2 id=1 READ +3068 HOLE\n"
			    "< response smb2 id=3 READ +3068\n"
			    "< response smb2 id=4 READ +3068\n");
	for (unsigned i = 0; talks_trouble(s.all, i, &t); i++) {
		n += t.count;
		free(t.text);
	}
	assert_int_equal(n, 1);
	stage_close(&s);
	free(all);
}

/* No frame is before such a hole, and none has the number 0. */
static void a_hole_in_front_of_all_is_at_the_frame_behind_it(void **state)
{
	static const char ask[] = "GET / HTTP/1.1\r\n\r\n";
	static const char rest[] = "1.1 200 OK\r\n\r\n";
	struct talk_trouble t;
	struct stage s;
	uint64_t n = 0;

	(void)state;
	stage_open(&s, 80);
	stage_say(&s, 0, ask, sizeof ask - 1);
	s.acked[1] = (1ull << 32) + 5;
	stage_segment(&s, 1, (1ull << 32) + 5, rest, sizeof rest - 1,
		      sizeof rest - 1);
	for (unsigned i = 0; talks_trouble(s.all, i, &t); i++) {
		if (t.count)
			assert_int_equal(t.first_frame, 2);
		n += t.count;
		free(t.text);
	}
	assert_int_equal(n, 1);
	stage_close(&s);
}

/* More waits than there is room for: the hole is given up, and nothing else is
 * lost by that. */
static void a_full_hold_gives_the_hole_up(void **state)
{
	size_t count = 250;
	uint8_t *all = responses(count);
	struct stage s;
	size_t end = count * SIZE;

	(void)state;
	stage_open(&s, 445);
	say(&s, all, 0, 1000);
	for (size_t at = 1400; at < end; at += 1400)
		say(&s, all, at, end - at < 1400 ? end - at : 1400);
	stage_end(&s);
	assert_int_equal(s.messages, count);
	assert_non_null(strstr(s.heard.at, "id=1 READ +3068 HOLE\n"));
	assert_null(strstr(s.heard.at, "id=2 READ +3068 HOLE\n"));
	stage_close(&s);
	free(all);
}

static void first_bytes_that_come_late(void **state)
{
	uint8_t *all = responses(2);
	struct stage s;

	(void)state;
	stage_open(&s, 445);
	say(&s, all, SIZE, SIZE);
	assert_int_equal(s.messages, 0);
	say(&s, all, 0, SIZE);
	assert_string_equal(stage_end(&s), "< response smb2 id=1 READ +3068\n"
					   "< response smb2 id=2 READ +3068\n");
	stage_close(&s);
	free(all);
}

static void ends_in_the_middle(void **state)
{
	uint8_t *all = responses(1);
	struct stage s;

	(void)state;
	stage_open(&s, 445);
	say(&s, all, 0, 1000);
	say(&s, all, 1500, 500);
	assert_string_equal(stage_end(&s),
			    "< response smb2 id=1 READ +2000 CUT HOLE\n");
	stage_close(&s);
	free(all);
}

static void nonsense_is_given_up(void **state)
{
	uint8_t bad[100] = "\0\0\0\x60\xfeSMB\x41";
	struct stage s;

	(void)state;
	stage_open(&s, 445);
	for (int i = 0; i < 40 && !talk_deaf(&s.ref); i++)
		stage_say(&s, 0, bad, sizeof bad);
	assert_true(talk_deaf(&s.ref));
	assert_string_equal(stage_end(&s), "");
	stage_close(&s);
}

/* ---- the hold alone ---- */

static struct hold_segment piece(uint64_t off, uint64_t len, uint8_t *bytes)
{
	return (struct hold_segment){ .off = off,
				      .len = len,
				      .bytes = bytes,
				      .cap = bytes ? (uint32_t)len : 0 };
}

static void held_bytes_are_each_once(void **state)
{
	uint8_t bytes[64];
	struct hold h = { 0 };
	size_t all = 0;
	uint64_t rng = 7, end = 0;

	(void)state;
	for (int i = 0; i < 300; i++) {
		struct hold_segment g;

		rng = rng * 6364136223846793005u + 1;
		g = piece(rng >> 33 & 1023, 1 + (rng >> 50 & 63), bytes);
		for (uint64_t k = 0; k < g.len; k++)
			bytes[k] = (uint8_t)(g.off + k);
		hold_add(&h, &g, 0, &all);
	}
	while (h.n) {
		size_t before = all;
		struct hold_segment g = hold_take(&h, &all);

		assert_true(g.off >= end && g.len);
		assert_int_equal(before - all, g.cap);
		for (uint64_t k = 0; k < g.cap; k++)
			assert_int_equal(g.bytes[k], (uint8_t)(g.off + k));
		end = g.off + g.len;
		free(g.bytes);
	}
	assert_int_equal(all, 0);
	hold_release(&h, &all);
}

static void unwanted_neighbours_become_one(void **state)
{
	uint8_t bytes[64] = { 0 };
	struct hold h = { 0 };
	size_t all = 0;

	(void)state;
	for (uint64_t i = 0; i < 10000; i++) {
		struct hold_segment g = piece(i * 64, 64, bytes);

		assert_true(hold_add(&h, &g, 640000, &all));
	}
	assert_int_equal(h.n, 1);
	assert_int_equal(all, 0);
	for (uint64_t i = 0; i < 2 * HOLD_SEGMENTS; i++) {
		struct hold_segment g = piece(640000 + i * 100, 64, bytes);

		if (!hold_add(&h, &g, 640000, &all))
			break;
	}
	assert_int_equal(h.n, HOLD_SEGMENTS);
	hold_release(&h, &all);
	assert_int_equal(all, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_orders),
		cmocka_unit_test(complete_with_what_fills_the_hole),
		cmocka_unit_test(what_was_acknowledged_does_not_come_again),
		cmocka_unit_test(a_hole_over_a_beginning_loses_that_one),
		cmocka_unit_test(
			a_hole_in_front_of_all_is_at_the_frame_behind_it),
		cmocka_unit_test(a_full_hold_gives_the_hole_up),
		cmocka_unit_test(first_bytes_that_come_late),
		cmocka_unit_test(ends_in_the_middle),
		cmocka_unit_test(nonsense_is_given_up),
		cmocka_unit_test(held_bytes_are_each_once),
		cmocka_unit_test(unwanted_neighbours_become_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
