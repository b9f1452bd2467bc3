/* Numbers that move, or only seem to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/correlate/side.h"

/* IDs drawn at random: of two acknowledgements the first is lost, and has by chance
 * the ID of the second. */
static void a_lost_ack_of_equal_id_does_not_move_numbers(void **state)
{
	static struct side a, b;
	struct hop h;

	(void)state;
	for (uint32_t k = 0; k < 10; k++) {
		uint16_t id = (uint16_t)(k < 9 ? 700 + k * k : 764);
		struct record *r = add(&a, k, 1, 0, 0);

		r->opts = 0;
		r->ip_id = id;
		r->ack64 = seq_first(1 + k * 500);
		if (k == 8)
			continue;
		*add(&b, k, 1, 0, 0) = *r;
		b.rec[b.s.n - 1].time_ns += 20 * MS;
	}
	h = hop_matched(&a, &b, 0);
	assert_true(h.use_id);
	assert_int_equal(h.far_of[8], LINK_NONE);
	assert_int_equal(h.far_of[9], 8);
	hop_release(&h);
}

/* Half of all numbers away is as far as it gets, and abs() of that is negative. */
static void numbers_do_not_move_by_half_of_all(void **state)
{
	static struct side a, b;
	struct hop h;

	(void)state;
	for (uint32_t k = 0; k < 20; k++) {
		struct record *r = add(&a, k, 1, 0, 0);

		r->opts = 0;
		r->ip_id = (uint16_t)(700 + k * k);
		r->ack64 = seq_first(1 + k * 500);
		*add(&b, k, 1, 0, 0) = *r;
		b.rec[k].time_ns += 20 * MS;
		if (k > 8)
			b.rec[k].ack64 += 1u << 31;
	}
	h = hop_matched(&a, &b, 0);
	assert_int_equal(h.far_of[8], 8);
	assert_int_equal(h.ack_delta, 0);
	hop_release(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lost_ack_of_equal_id_does_not_move_numbers),
		cmocka_unit_test(numbers_do_not_move_by_half_of_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
