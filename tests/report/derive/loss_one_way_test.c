/* Datagrams that pass one way only. */
#include "tests/report/derive/losses.h"

/* So many datagrams of the client's vanish and pass, and of the server's pass and
 * vanish. */
static const struct draft *call(struct derive **d, unsigned lost,
				unsigned passed, unsigned back,
				unsigned back_lost)
{
	*d = desk_new(2, &rules_loss);
	lose(*d, KIND_DATAGRAM, lost);
	rest_on(*d, 0, 0, lost);
	desk_count(*d, 0, 0, KIND_DATAGRAM, FATE_DELIVERED, passed);
	desk_count(*d, 0, 1, KIND_DATAGRAM, FATE_DELIVERED, back);
	desk_count(*d, 0, 1, KIND_DATAGRAM, FATE_LOST, back_lost);
	desk_show(*d);
	return desk_finish(*d, "loss.path");
}

static void a_call_that_one_side_does_not_hear(void **state)
{
	struct derive *d;
	const struct draft *f = call(&d, 500, 0, 500, 0);

	(void)state;
	assert_non_null(f);
	assert_true(draft_says(f, "1 session is one way only"));
	assert_true(draft_says(f, "500 datagrams"));
	assert_true(draft_says(f, "another link"));
	assert_int_equal(draft_number(f, "sessions_one_way"), 1);
	desk_free(d);
}

/* Few are lost in all, and most of these are a link's. */
static void few_of_the_losses_are_not_the_title(void **state)
{
	struct derive *d = desk_new(2, &rules_loss);
	const struct draft *f;

	(void)state;
	lose(d, KIND_DATA, 50);
	rest_on(d, 0, 0, 50);
	desk_count(d, 0, 0, KIND_DATA, FATE_DELIVERED, 500);
	desk_count(d, 0, 0, KIND_DATAGRAM, FATE_LOST, 12);
	desk_count(d, 0, 1, KIND_DATAGRAM, FATE_DELIVERED, 12);
	desk_show(d);
	f = desk_finish(d, "loss.path");
	assert_non_null(f);
	assert_false(strstr(f->row.title, "one way"));
	assert_int_equal(draft_number(f, "sessions_one_way"), 1);
	desk_free(d);
}

static void what_loses_some_of_all_is_a_link(void **state)
{
	static const unsigned n[][4] = { { 450, 50, 500, 0 },
					 { 500, 0, 500, 400 },
					 { 500, 0, 3, 0 },
					 { 9, 0, 500, 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof n / sizeof *n; i++) {
		struct derive *d;
		const struct draft *f = call(&d, n[i][0], n[i][1], n[i][2],
					     n[i][3]);

		assert_true(!f || !draft_says(f, "one way"));
		desk_free(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_that_one_side_does_not_hear),
		cmocka_unit_test(few_of_the_losses_are_not_the_title),
		cmocka_unit_test(what_loses_some_of_all_is_a_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
