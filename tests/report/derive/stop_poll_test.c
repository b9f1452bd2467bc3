/* Of how many polls of NTP without an answer a stop is made. */
#include "report/derive/stop_int.h"
#include "tests/report/derive/desk.h"

/* Return: the severity of @opens datagrams to @port without an answer. */
static enum severity severity(unsigned port, bool datagrams, uint64_t opens)
{
	uint8_t b[4] = { 10, 0, 0, 2 };
	struct derive *d = desk_silence(1, 3);
	struct stop_group g = { .kind = { .datagrams = datagrams },
				.server = { net_addr_v4(b), (uint16_t)port },
				.sessions = opens,
				.opens = opens,
				.draft = draft_new(d, "stop.host", SEV_HIGH,
						   85) };
	enum severity is;

	stop_poll_weigh(&g);
	is = g.draft->row.severity;
	assert_int_equal(draft_says(g.draft, "not known to be a stop"),
			 is == SEV_LOW);
	desk_free(d);
	return is;
}

static void a_few_are_of_low_severity(void **state)
{
	(void)state;
	assert_int_equal(severity(123, true, 1), SEV_LOW);
	assert_int_equal(severity(123, true, 2), SEV_LOW);
	assert_int_equal(severity(123, true, 3), SEV_HIGH);
}

static void other_protocols_are_not_weighed(void **state)
{
	(void)state;
	assert_int_equal(severity(53, true, 1), SEV_HIGH);
	assert_int_equal(severity(123, false, 1), SEV_HIGH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_few_are_of_low_severity),
		cmocka_unit_test(other_protocols_are_not_weighed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
