/* What of a flow is a key. */
#include "tests/correlate/flows.h"

/* The other point may have cut the content, so it is a key of all flows. */
static void one_turn_is_a_key_where_there_are_no_more(void **state)
{
	struct flow f = flow_of(3);
	struct key k[KEY_MAX];

	(void)state;
	f.turn_hash[1] = 0;
	assert_false(flow_is_cut(&f));
	assert_int_equal(flow_keys(NULL, &f, KEY_TURNS, k), 1);
	f.dir[0].head_len = f.dir[1].head_len = 0;
	assert_true(flow_is_cut(&f));
	assert_int_equal(flow_keys(NULL, &f, KEY_TURNS, k), 1);
	assert_true(k[0].hash == key_turns(&f, 0));
	assert_true(k[0].time_ns == INT64_MIN);
	f.turn_hash[1] = 8; /* more of them tell more */
	assert_int_equal(flow_keys(NULL, &f, KEY_TURNS, k), 1);
	assert_true(k[0].hash == key_turns(&f, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_turn_is_a_key_where_there_are_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
