/* Two connections with something between that ends both. */
#include "tests/correlate/pair_case.h"

/* Numbers and time stamps of a box: passed on, or ended and opened anew. */
static uint64_t paired_behind(int64_t opens)
{
	struct seen far = far_point;
	char t[2][NET_END_TEXT];
	struct pc c;
	uint64_t n;

	far.reseq[0] = 111111;
	far.reseq[1] = 222222;
	far.stamps = 333333;
	far.opens = opens;
	pc_open(&c, 2);
	for (unsigned i = 0; i < 10; i++) {
		struct conv v = conv_number(i, t);

		v.tsval = 5000 * (i + 1);
		pc_add(&c, 0, &v, &near_point);
		pc_add(&c, 1, &v, &far);
	}
	pc_run(&c, NULL);
	n = (uint64_t)pc_count(&c, PAIR_PAIRED);
	pc_close(&c);
	return n;
}

static void two_connections_of_a_proxy_are_no_session(void **state)
{
	(void)state;
	assert_int_equal(paired_behind(0), 10);
	assert_int_equal(paired_behind(40 * MS), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_connections_of_a_proxy_are_no_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
