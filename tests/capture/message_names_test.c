/* Which answers of servers are errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "capture/message.h"

static void what_is_part_of_normal_work_is_no_error(void **state)
{
	(void)state;
	assert_false(message_status_is_error(MESSAGE_SMB2, 0));
	/* more processing required; no DFS here; ask for a referral */
	assert_false(message_status_is_error(MESSAGE_SMB2, 0xc0000016));
	assert_false(message_status_is_error(MESSAGE_SMB2, 0xc0000225));
	assert_false(message_status_is_error(MESSAGE_SMB2, 0xc0000257));
	assert_false(message_status_is_error(MESSAGE_HTTP, 401));
	assert_false(message_status_is_error(MESSAGE_HTTP, 304));
}

static void what_is_refused_is_an_error(void **state)
{
	(void)state;
	/* access denied */
	assert_true(message_status_is_error(MESSAGE_SMB2, 0xc0000022));
	assert_true(message_status_is_error(MESSAGE_HTTP, 404));
	assert_true(message_status_is_error(MESSAGE_DNS, 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_part_of_normal_work_is_no_error),
		cmocka_unit_test(what_is_refused_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
