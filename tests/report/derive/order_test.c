/* dup.path, reorder.path: from the figures, with frames of sessions. */
#include "tests/report/derive/desk.h"

static struct counts *counted(struct derive *d)
{
	desk_count(d, 0, 0, KIND_DATA, FATE_DELIVERED, 100);
	return &d->model.figures.hop[0].way[0].tx;
}

static void doubled_packets_are_shown(void **state)
{
	struct derive *d = desk_new(2, &rules_order);
	const struct draft *f;

	(void)state;
	counted(d)->duplicated = 3;
	desk_fact(&d->facts.duplicated, 0, 1, KIND_DATA, FATE_DELIVERED);
	f = desk_found(d, "dup.path");
	assert_int_equal(draft_number(f, "duplicated"), 3);
	assert_int_equal(f->row.evidence[0].frame, 110);
	assert_int_equal(f->row.n_filters, 1);
	for (size_t i = 0; i < f->row.n_places; i++)
		assert_null(strstr(f->row.places[i], "drop"));
	assert_null(desk_finish(d, "reorder.path"));
	desk_free(d);
}

static void much_reordering_weighs_more_than_a_little(void **state)
{
	struct derive *d = desk_new(2, &rules_order);
	struct derive *e = desk_new(2, &rules_order);

	(void)state;
	counted(d)->reordered = 1;
	counted(e)->reordered = 20;
	assert_int_equal(desk_finish(d, "reorder.path")->row.severity,
			 SEV_INFO);
	assert_int_equal(desk_finish(e, "reorder.path")->row.severity, SEV_LOW);
	desk_free(d);
	desk_free(e);
}

/* Out of order before and after a point, both ways: its capture may be late. */
static void late_capture_is_a_doubt(void **state)
{
	(void)state;
	for (int both = 0; both < 2; both++) {
		struct derive *d = desk_new(3, &rules_order);
		const struct draft *f;

		for (int hop = 0; hop < 2; hop++)
			for (int way = 0; way < 1 + both; way++) {
				desk_count(d, hop, way, KIND_DATA,
					   FATE_DELIVERED, 100);
				d->model.figures.hop[hop]
					.way[way]
					.tx.reordered = 20;
			}
		f = desk_finish(d, "reorder.path");
		assert_int_equal(*f->row.against != 0, both);
		desk_free(d);
	}
}

static void order_kept_says_nothing(void **state)
{
	struct derive *d = desk_new(2, &rules_order);

	(void)state;
	counted(d);
	desk_show(d);
	desk_finish(d, "");
	assert_int_equal(d->drafts.n, 0);
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubled_packets_are_shown),
		cmocka_unit_test(much_reordering_weighs_more_than_a_little),
		cmocka_unit_test(late_capture_is_a_doubt),
		cmocka_unit_test(order_kept_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
