/* Exchanges for whoever shows them, of the sample case of tests/store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "report/exchanges.h"
#include "tests/store/sample_case.h"

#define T0 1700000000000000000

static struct clock_piece piece(int64_t from, int64_t to, int64_t offset,
				uint64_t first, uint64_t last)
{
	return (struct clock_piece){ .from_ns = T0 + from,
				     .to_ns = T0 + to,
				     .at_ns = T0 + from,
				     .offset_ns = offset,
				     .offset_low_ns = offset,
				     .offset_high_ns = offset,
				     .place = { first, last },
				     .first_place = { first, last } };
}

/* Far's clock is set forward by 0.4 ms between its frames 3 and 6. */
static struct store *sample(bool set)
{
	struct clock_piece p[2] = { piece(0, 1010000, 5000, 1, 3),
				    piece(2010000, 5000000, 405000, 6, 11) };
	struct clock_piece whole = piece(0, 5000000, 0, 0, 0);
	struct clock_row first = {
		.point = 1, .status = CLOCK_REFERENCE, .n = 1, .piece = &whole
	};
	struct clock_row row = { .point = 2,
				 .status = CLOCK_FITTED,
				 .low_known = true,
				 .high_known = true,
				 .n = set ? 2 : 1,
				 .piece = p };
	struct err err = { 0 };
	struct store *s = store_open(NULL, STORE_CREATE, &err);

	assert_non_null(s);
	assert_int_equal(sample_fill(s, &err), 0);
	store_begin(s);
	store_clock_put(s, &first);
	store_clock_put(s, &row);
	assert_int_equal(store_commit(s, &err), 0);
	return s;
}

/* What the server took from the far point's frame 3 to its frame 6, and the
 * stamps beside it. */
static int64_t server_ns(bool set, int64_t *raw_ns)
{
	struct store *s = sample(set);
	struct exchange x = { .near = { 1, 1, 2, 2 }, .far = { 1, 2 } };
	struct exchange_views w;
	struct session_view v;
	struct err err = { 0 };
	struct model m;
	int64_t ns;

	assert_int_equal(model_load(&m, s, &err), 0);
	assert_true(session_view_load(&v, &m, 1));
	v.budget.near = 0;
	v.budget.far = 1;
	exchange_views_open(&w, &m, &v);
	ns = exchange_server_ns(&w, &x);
	*raw_ns = exchange_frame(&w, &x, true, 1).time_ns -
		  exchange_frame(&w, &x, true, 0).time_ns;
	exchange_views_close(&w);
	session_view_release(&v);
	model_release(&m);
	store_close(s);
	return ns;
}

static void the_servers_time_is_of_the_far_point(void **state)
{
	int64_t raw;

	(void)state;
	assert_int_equal(server_ns(false, &raw), 1000000);
	assert_int_equal(raw, 1000000);
}

static void a_clock_set_meanwhile_is_not_the_servers_time(void **state)
{
	int64_t raw;

	(void)state;
	assert_int_equal(server_ns(true, &raw), 600000);
	/* stamps are shown as they were captured */
	assert_int_equal(raw, 1000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_servers_time_is_of_the_far_point),
		cmocka_unit_test(a_clock_set_meanwhile_is_not_the_servers_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
