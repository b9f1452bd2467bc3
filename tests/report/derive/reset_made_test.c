/* reset.path: resets that something on the way made, as they show themselves. */
#include "tests/report/derive/resets.h"

static void a_reset_made_between_points_is_of_the_path(void **state)
{
	struct derive *d = reset_by_server(500);
	const struct draft *f;

	(void)state;
	desk_fact(&d->facts.injected, 1, 0, KIND_RST, FATE_INJECTED);
	f = desk_found(d, "reset.path");
	assert_true(draft_says(f, "between server and client, not sent "
				  "by the server"));
	assert_int_equal(f->row.evidence[0].frame, 110);
	assert_null(desk_finish(d, "reset.endpoint"));
	desk_free(d);
}

static void resets_made_on_one_hop_are_one_finding(void **state)
{
	struct derive *d = desk_new(2, &rules_reset);
	const struct draft *f;

	(void)state;
	for (int i = 0; i < 3; i++) {
		if (i)
			desk_next(d);
		desk_fact(&d->facts.injected, 0, 1, KIND_RST, FATE_INJECTED)
			->dir = 1;
		desk_show(d);
	}
	f = desk_finish(d, "reset.path");
	assert_non_null(f);
	assert_int_equal(d->drafts.n, 1);
	assert_int_equal(draft_number(f, "sessions"), 3);
	assert_true(draft_says(f, "Resets of 3 sessions were injected "
				  "between"));
	assert_true(draft_says(f, "all with 10.0.0.9:443"));
	desk_free(d);
}

static void other_injected_packets_are_no_reset(void **state)
{
	struct derive *d = desk_new(2, &rules_reset);

	(void)state;
	desk_fact(&d->facts.injected, 1, 0, KIND_ACK, FATE_INJECTED);
	desk_silent(d, "reset.path");
}

/* From farther away than the SYN,ACK, it may be the server's, beyond a device that
 * answers SYNs. */
static void a_reset_from_nearer_is_of_the_path(void **state)
{
	static const uint8_t ttl[] = { DESK_TTL + 1, DESK_TTL, DESK_TTL - 1 };

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct derive *d = reset_by_server(500);
		const struct draft *f;

		d->facts.resets.at[0].near.ttl = ttl[i];
		desk_show(d);
		f = desk_finish(d, "reset.path");
		assert_int_equal(f != NULL, i == 0);
		assert_int_equal(desk_finish(d, "reset.endpoint") != NULL,
				 i != 0);
		if (f)
			assert_true(draft_says(
				f, "beyond server, and by its TTL not"));
		desk_free(d);
	}
}

static void a_reset_from_farther_than_data_is_of_the_path(void **state)
{
	struct derive *d = reset_by_server(500);

	(void)state;
	d->facts.resets.at[0].near.ttl = DESK_TTL - 1;
	d->last[1][0] = (struct record){ .frame = 5, .ttl = DESK_TTL };
	desk_show(d);
	assert_non_null(desk_finish(d, "reset.path"));
	desk_free(d);
}

static void a_reset_of_its_own_host_begins_where_it_likes(void **state)
{
	struct derive *d = reset_by_server(500);

	(void)state;
	d->facts.resets.at[0].near.ttl = 255 - (64 - DESK_TTL);
	desk_show(d);
	assert_null(desk_finish(d, "reset.path"));
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reset_made_between_points_is_of_the_path),
		cmocka_unit_test(resets_made_on_one_hop_are_one_finding),
		cmocka_unit_test(other_injected_packets_are_no_reset),
		cmocka_unit_test(a_reset_from_nearer_is_of_the_path),
		cmocka_unit_test(a_reset_from_farther_than_data_is_of_the_path),
		cmocka_unit_test(a_reset_of_its_own_host_begins_where_it_likes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
