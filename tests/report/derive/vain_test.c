/* Packets in vain: how many, how often, how long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "report/derive/vain.h"

#define MS 1000000LL

/* The server's last packet: up to 9501, acknowledging 1301. */
static const struct record last = {
	.seq64 = 9001, .ack64 = 1301, .pay_len = 500, .tcp_flags = REC_ACK
};

/* @n segments of 100 bytes, the first of them new. */
static struct vain_count sent(int n, int64_t step_ms)
{
	struct vain_count x;

	vain_begin(&x, &last);
	for (int i = 0; i < n; i++) {
		struct record r = { .time_ns = i * step_ms * MS,
				    .seq64 = 1301,
				    .ack64 = 9501,
				    .pay_len = 100,
				    .hdr_len = 40,
				    .tcp_flags = REC_ACK };

		assert_true(vain_take(&x, &r));
	}
	return x;
}

static void copies_over_a_second_are_a_silence(void **state)
{
	struct vain_count x = sent(3, 500);

	(void)state;
	assert_true(vain_is(&x));
	assert_int_equal(x.n, 3);
	assert_int_equal(x.again, 2);
	assert_int_equal(x.least, 140);
	assert_true(x.data);
	assert_int_equal(x.gap_ns, 500 * MS);
	x = sent(3, 499);
	assert_false(vain_is(&x));
	x = sent(2, 2000);
	assert_false(vain_is(&x));
}

static void new_data_is_not_sent_again(void **state)
{
	struct vain_count x = sent(2, 500);
	struct record r = { .time_ns = 2000 * MS,
			    .seq64 = 1401,
			    .ack64 = 9501,
			    .pay_len = 100,
			    .tcp_flags = REC_ACK };

	(void)state;
	assert_true(vain_take(&x, &r));
	assert_int_equal(x.n, 3);
	assert_false(vain_is(&x));
}

static void acknowledgements_are_not_in_vain(void **state)
{
	struct vain_count x = sent(2, 2000);
	struct record r = { .seq64 = 1401,
			    .ack64 = 9501,
			    .tcp_flags = REC_ACK };

	(void)state;
	assert_true(vain_take(&x, &r));
	assert_int_equal(x.n, 2);
	r.ack64++; /* of what is not seen */
	assert_false(vain_take(&x, &r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_over_a_second_are_a_silence),
		cmocka_unit_test(new_data_is_not_sent_again),
		cmocka_unit_test(acknowledgements_are_not_in_vain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
