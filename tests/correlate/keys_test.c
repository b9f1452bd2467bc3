/* What of a flow is a key. */
#include "tests/correlate/flows.h"

/* Where nothing else is known of what a flow carries. */
static void one_turn_is_a_key_of_flows_without_content(void **state)
{
	struct flow f = flow_of(3);
	struct key k[KEY_MAX];

	(void)state;
	f.turn_hash[1] = 0;
	assert_int_equal(flow_keys(NULL, &f, KEY_TURNS, k), 0);
	f.dir[0].head_len = f.dir[1].head_len = 0;
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
		cmocka_unit_test(one_turn_is_a_key_of_flows_without_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
