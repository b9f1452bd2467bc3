/* Of what weight it is that discovery gets no answer. */
#include "report/derive/stop_int.h"
#include "tests/report/derive/desk.h"

static enum severity severity(unsigned port, bool datagrams, uint64_t ports)
{
	uint8_t b[4] = { 10, 0, 0, 2 };
	struct derive *d = desk_silence(1, 3);
	struct stop_group g = {
		.kind = { .place = STOP_REFUSED, .datagrams = datagrams },
		.server = { net_addr_v4(b), (uint16_t)port },
		.ports = ports,
		.draft = draft_new(d, "reset.endpoint", SEV_HIGH, 65)
	};
	enum severity is;

	stop_probe_weigh(&g);
	is = g.draft->row.severity;
	desk_free(d);
	return is;
}

static void discovery_is_low(void **state)
{
	(void)state;
	assert_int_equal(severity(5351, true, 1), SEV_LOW);
	assert_int_equal(severity(192, true, 1), SEV_LOW);
}

static void what_is_asked_in_earnest_is_not(void **state)
{
	(void)state;
	assert_int_equal(severity(53, true, 1), SEV_HIGH);
	assert_int_equal(severity(5351, false, 1), SEV_HIGH);
	assert_int_equal(severity(5351, true, 4), SEV_HIGH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(discovery_is_low),
		cmocka_unit_test(what_is_asked_in_earnest_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
