/* Where the lock step continues after losses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/correlate/side.h"

/* Bursts through a deep buffer that others fill, too: from one to the next the
 * queue may be shorter by half a second. */
static void a_queue_that_drains_between_bursts_loses_nothing(void **state)
{
	static const int64_t sent[] = { 0, 1000, 3000 },
			     took[] = { 160, 700, 250 };
	static struct side a, b;
	struct hop h = { .tick = 1,
			 .paced = true,
			 .pace = 15 * MS,
			 .dev = MS,
			 .f_low = -15 * MS,
			 .f_high = 15 * MS,
			 .max_transit = 30000 * MS };

	(void)state;
	for (uint32_t k = 0; k < 48; k++) {
		uint32_t burst = k / 16;
		int64_t at = sent[burst] + k % 16;
		int64_t came = at + took[burst] + 6 * (k % 16);

		add(&a, at, 1000 + k * 100, 100, 0)->opts = 0;
		add(&b, came, 1000 + k * 100, 100, 0)->opts = 0;
	}
	hop_init(&h, &a.s, &b.s, true);
	hop_match(&h);
	for (uint32_t k = 0; k < 48; k++)
		assert_int_equal(h.far_of[k], k);
	hop_release(&h);
}

/* A queue runs full: of a burst what follows is lost, what is sent later passes,
 * and then all of the lost comes again.  No time stamps tell the copies. */
static void what_a_full_queue_dropped_is_not_what_was_sent_again(void **state)
{
	static struct side near, far;
	struct hop h;
	uint32_t seq = 1000, i;

	(void)state;
	near.s.n = far.s.n = 0;
	for (i = 0; i < 8; i++, seq += 100) {
		add(&near, 0, seq, 100, 0);
		add(&far, 20 + 6 * i, seq, 100, 0);
	}
	for (i = 0; i < 14; i++, seq += 100)
		add(&near, 0, seq, 100, 0); /* lost */
	for (i = 0; i < 60; i++, seq += 100) {
		add(&near, 20 + i / 2, seq, 100, 0);
		add(&far, 64 + i / 2, seq, 100, 0);
	}
	for (i = 0, seq = 1800; i < 14; i++, seq += 100) {
		add(&near, 70 + i, seq, 100, 0);
		add(&far, 100 + i, seq, 100, 0);
	}
	no_stamps(&near);
	no_stamps(&far);
	h = hop_over(&near, &far, 0);
	hop_match(&h);
	for (i = 0; i < 8; i++)
		assert_int_equal(h.far_of[i], i);
	for (; i < 22; i++)
		assert_int_equal(h.far_of[i], LINK_NONE);
	for (; i < near.s.n; i++)
		assert_int_equal(h.far_of[i], i - 14);
	hop_release(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_queue_that_drains_between_bursts_loses_nothing),
		cmocka_unit_test(
			what_a_full_queue_dropped_is_not_what_was_sent_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
