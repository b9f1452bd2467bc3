/* Which ICMP error is found for a flow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "report/derive/quoted.h"

#define FILE_ID 7
#define PART(n) ((int64_t)FILE_ID << 32 | (n))

static struct message_row error(uint32_t part, int64_t status, uint8_t dir)
{
	return (struct message_row){
		.file = FILE_ID,
		.m = { .part = part, .status = status, .dir = dir },
	};
}

static struct flow_row flow_of(struct flow_part *parts, size_t n)
{
	return (struct flow_row){ .parts = parts, .n_parts = n };
}

/* The place of what is found, or -1. */
static long found(const struct quoted *q, const struct flow_row *f,
		  int64_t status, int dir)
{
	const struct message_row *m = quoted_first(q, f, status, dir);

	return m ? (long)(m - q->icmp) : -1;
}

static void the_first_of_all_parts_is_found(void **state)
{
	const struct message_row icmp[] = {
		error(9, 1, 0), error(5, 1, 0), error(2, 1, 0),
		error(5, 1, 0), error(2, 1, 0), error(0, 1, 0),
	};
	struct flow_part two[] = { { .part = PART(5) }, { .part = PART(2) } };
	struct flow_part other[] = { { .part = PART(2) } };
	struct flow_part none[] = { { .part = PART(4) }, { .part = PART(10) } };
	struct flow_part elsewhere[] = { { .part = (int64_t)8 << 32 | 5 } };
	struct flow_part unknown[] = { { .part = 0 } };
	struct flow_row f;
	struct quoted q;

	(void)state;
	quoted_open(&q, icmp, 6);
	f = flow_of(two, 2);
	assert_int_equal(found(&q, &f, QUOTED_ANY, QUOTED_ANY), 1);
	f = flow_of(other, 1);
	assert_int_equal(found(&q, &f, QUOTED_ANY, QUOTED_ANY), 2);
	f = flow_of(none, 2);
	assert_int_equal(found(&q, &f, QUOTED_ANY, QUOTED_ANY), -1);
	f = flow_of(elsewhere, 1);
	assert_int_equal(found(&q, &f, QUOTED_ANY, QUOTED_ANY), -1);
	f = flow_of(unknown,
		    1); /* errors that quote nothing known are nobody's */
	assert_int_equal(found(&q, &f, QUOTED_ANY, QUOTED_ANY), -1);
	quoted_close(&q);
}

static void status_and_direction_are_looked_for_behind_others(void **state)
{
	const struct message_row icmp[] = {
		error(5, 1, 0), error(5, 2, 0), error(5, 2, 1),
		error(5, 3, 1), error(6, 3, 0),
	};
	struct flow_part part[] = { { .part = PART(5) } };
	struct flow_part turned[] = { { .part = PART(5), .swap = true } };
	struct flow_row f = flow_of(part, 1), g = flow_of(turned, 1);
	struct quoted q;

	(void)state;
	quoted_open(&q, icmp, 5);
	assert_int_equal(found(&q, &f, 2, QUOTED_ANY), 1);
	assert_int_equal(found(&q, &f, 2, 1), 2);
	assert_int_equal(found(&q, &f, QUOTED_ANY, 1), 2);
	assert_int_equal(found(&q, &f, 1, 1), -1);
	assert_int_equal(found(&q, &f, 3, 0), -1); /* another part has it */
	assert_int_equal(found(&q, &g, 2, 1), 1);
	assert_int_equal(found(&q, &g, 2, 0), 2);
	quoted_close(&q);
}

static void where_there_are_none_none_is_found(void **state)
{
	struct flow_part part[] = { { .part = PART(5) } };
	struct flow_row f = flow_of(part, 1);
	struct quoted q;

	(void)state;
	quoted_open(&q, NULL, 0);
	assert_null(quoted_first(&q, &f, QUOTED_ANY, QUOTED_ANY));
	quoted_close(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_of_all_parts_is_found),
		cmocka_unit_test(
			status_and_direction_are_looked_for_behind_others),
		cmocka_unit_test(where_there_are_none_none_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
