/* Binary search. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/search.h"

static void finds_the_first_that_is_not_below(void **state)
{
	static const int row[] = { 1, 3, 3, 3, 8 };

	(void)state;
	for (int key = 0; key < 10; key++)
		for (size_t n = 0; n <= 5; n++) {
			size_t want = 0, at = SIZE_MAX;

			while (want < n && row[want] < key)
				want++;
			SEARCH(at, n, i, row[i] < key);
			assert_int_equal(at, want);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_first_that_is_not_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
