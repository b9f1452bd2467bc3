/* What is a trailer, and what a piece that is sent again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "correlate/trailer.h"
#include "tests/correlate/side.h"

#define SIDE                                                                   \
	{                                                                      \
		.s = {.n = 0 }                                                 \
	}

static void the_next_segment_tells_where_one_ended(void **state)
{
	struct side a = SIDE;

	(void)state;
	add(&a, 0, 1000, 112, 0);
	add(&a, 1, 1100, 212, 0);
	add(&a, 2, 1300, 100, 0);
	assert_int_equal(trailer_of(&a.s, 0), 12);
	assert_int_equal(trailer_of(&a.s, 1), 12);
	assert_int_equal(trailer_of(&a.s, 2), 0); /* nothing after it */
}

static void an_ack_carries_a_trailer_only(void **state)
{
	struct side a = SIDE;

	(void)state;
	add(&a, 0, 1000, 112, 0);
	add(&a, 1, 1100, 12, 0);
	add(&a, 2, 1100, 12, 0);
	add(&a, 3, 1100, 112, 0);
	for (uint32_t k = 0; k < 3; k++)
		assert_int_equal(trailer_of(&a.s, k), 12);
}

static void what_is_followed_by_more_has_none(void **state)
{
	struct side a = SIDE;

	(void)state;
	add(&a, 0, 1000, 100, 0);
	add(&a, 1, 1100, 100, 0);
	add(&a, 2, 1000, 200, 0); /* both again */
	add(&a, 3, 1200, 0, 0);
	assert_int_equal(trailer_of(&a.s, 0), 0);
	assert_int_equal(trailer_of(&a.s, 1), 0);
	assert_int_equal(trailer_of(&a.s, 2), 0);
}

/* The end of a super-segment, lost and sent again. */
static void a_piece_that_is_sent_again_is_no_trailer(void **state)
{
	struct side a = SIDE;

	(void)state;
	add(&a, 0, 1000, 3124, 0);
	add(&a, 50, 3920, 204, 0);
	add(&a, 60, 4124, 1460, 0);
	add(&a, 61, 5584, 2920, 0);
	add(&a, 90, 7044, 1460, 0);
	assert_int_equal(trailer_of(&a.s, 0), 0);
	assert_int_equal(trailer_of(&a.s, 3), 0);
}

static void the_last_bytes_of_a_stream_have_none(void **state)
{
	struct side a = SIDE;

	(void)state;
	add(&a, 0, 1000, 20, 0)->tcp_flags |= REC_FIN;
	add(&a, 1, 1010, 0, 0);
	assert_int_equal(trailer_of(&a.s, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_next_segment_tells_where_one_ended),
		cmocka_unit_test(an_ack_carries_a_trailer_only),
		cmocka_unit_test(what_is_followed_by_more_has_none),
		cmocka_unit_test(a_piece_that_is_sent_again_is_no_trailer),
		cmocka_unit_test(the_last_bytes_of_a_stream_have_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
